//! What the two processes say to each other: frames of bytes with their length in front, bounded where they are read.

use std::{
    borrow::Cow,
    io::{BufWriter, Read, Write},
    net::SocketAddr,
};

use crate::{
    child::ChildLimits,
    digest::Digest,
    entry::{Entry, Virtual},
    gate::{CallRecord, CallResult, CallTarget, Effect, Operation, Target},
    grant::{Capability, Grant},
    id::ExecutionId,
    jail::Jail,
    limits::{self, Limits},
    outcome::{Outcome, Output, Violation},
    stream::Stream,
};
use serde::{Deserialize, Serialize};

/// What a worker gets after the configuration of its engine. The compiled code follows.
#[derive(Serialize, Deserialize)]
pub(crate) struct Job<'e> {
    pub(crate) id: ExecutionId,
    pub(crate) digest: Digest,
    pub(crate) entry: Cow<'e, Entry>,
    pub(crate) grant: Grant,
    pub(crate) limits: Limits,
    /// What its process may use from now on.
    pub(crate) process: ChildLimits,
    /// What its process may reach from now on.
    pub(crate) jail: Jail,
    pub(crate) virtual_world: Virtual,
    /// Whether each call is asked about.
    pub(crate) gated: bool,
    /// Whether somebody decides then, and does not only record.
    pub(crate) decides: bool,
    /// Whether decisions are recorded.
    pub(crate) recorded: bool,
    pub(crate) streaming: bool,
}

/// What a worker says.
#[derive(Serialize, Deserialize)]
pub(crate) enum Message {
    /// The guest begins now; its time runs from here.
    Started,
    /// May the guest do this?
    Question(Asked),
    /// The guest may not do this: its grant lacks it. Only those who record decisions are told.
    Lacking {
        asked: Asked,
        lacks: Vec<Violation>,
        reason: String,
    },
    /// The guest is doing this now, which may change something; the answer says whether it may. Only those who record are told.
    Doing(Asked),
    /// What that, or something that only looks, came to.
    Did {
        asked: Asked,
        effect: Effect,
        result: CallResult,
    },
    /// The guest wrote something to this stream, which follows.
    Output(Stream),
    /// The end. What can be large follows: [`Large`].
    Done(Box<Outcome>),
}

/// A call as it crosses to the parent.
#[derive(Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) capability: Capability,
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) reaches: Reaches,
}

/// What such a call reaches. Functions of the embedder are not there: they do not reach isolated guests.
#[derive(Serialize, Deserialize)]
pub(crate) enum Reaches {
    Path(String),
    Address(SocketAddr),
    Host(String),
    Exit(String),
}

impl Asked {
    /// Returns the call as the parent decides about it.
    pub(crate) fn operation(&self) -> Operation<'_> {
        let Self {
            capability,
            module,
            name,
            reaches,
        } = self;
        Operation {
            capability: *capability,
            module,
            name,
            target: match reaches {
                Reaches::Path(name) => Target::Path(name),
                Reaches::Address(address) => Target::Address(*address),
                Reaches::Host(name) => Target::Host(name),
                Reaches::Exit(status) => Target::Exit(status),
            },
        }
    }
}

impl Asked {
    /// Returns what crosses of a record; nothing of a call of a function of the embedder.
    pub(crate) fn recorded(record: &CallRecord) -> Option<Self> {
        Some(Self {
            capability: record.capability,
            module: record.module.clone(),
            name: record.name.clone(),
            reaches: Reaches::recorded(&record.target)?,
        })
    }
}

impl Reaches {
    /// Returns what crosses; nothing for a function of the embedder.
    pub(crate) fn of(target: &Target<'_>) -> Option<Self> {
        Some(match *target {
            Target::Path(name) => Self::Path(name.to_owned()),
            Target::Address(address) => Self::Address(address),
            Target::Host(name) => Self::Host(name.to_owned()),
            Target::Exit(status) => Self::Exit(status.to_owned()),
            Target::Function(_) => return None,
        })
    }
}

impl Reaches {
    /// Returns what crosses of a record; nothing for a function of the embedder.
    fn recorded(target: &CallTarget) -> Option<Self> {
        Some(match target {
            CallTarget::Path(name) => Self::Path(name.clone()),
            CallTarget::Address(address) => Self::Address(*address),
            CallTarget::Host(name) => Self::Host(name.clone()),
            CallTarget::Exit(status) => Self::Exit(status.clone()),
            CallTarget::Function(_) => return None,
        })
    }
}

/// What a worker hears after its job.
#[derive(Serialize, Deserialize)]
pub(crate) enum Reply {
    Allow,
    Deny {
        reason: String,
    },
    /// The run ends before there is an answer: the guest does nothing more.
    Unanswered,
}

/// The parts of an outcome that can be large. They are sent as plain bytes, because what a few bytes of a structure become
/// in memory can be many times larger, and the limits are about memory.
#[derive(Default)]
pub(crate) struct Large(pub(crate) [Vec<u8>; 4]);

impl Large {
    /// Takes the large parts out of `outcome`.
    pub(crate) fn take(outcome: &mut Outcome) -> Self {
        let (result, wave) = match &mut outcome.result {
            Ok(Output::Bytes(bytes)) => (std::mem::take(bytes), Vec::new()),
            Ok(Output::Component { json, wave }) => (
                std::mem::take(json).into_bytes(),
                std::mem::take(wave).into_bytes(),
            ),
            Ok(Output::Exit | Output::Values(_)) | Err(_) => Default::default(),
        };
        let stdout = std::mem::take(&mut outcome.stdout.bytes);
        let stderr = std::mem::take(&mut outcome.stderr.bytes);
        Self([stdout, stderr, result, wave])
    }

    /// Puts them back.
    pub(crate) fn put(self, outcome: &mut Outcome) -> Result<(), String> {
        let Self([stdout, stderr, result, written]) = self;
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).map_err(|_| String::from("its result is not text"))
        };
        outcome.stdout.bytes = stdout;
        outcome.stderr.bytes = stderr;
        match &mut outcome.result {
            Ok(Output::Bytes(bytes)) => *bytes = result,
            Ok(Output::Component { json, wave }) => {
                *json = text(result)?;
                *wave = text(written)?;
            }
            Ok(Output::Exit | Output::Values(_)) | Err(_) => {}
        }
        Ok(())
    }

    /// The most bytes each part may have.
    pub(crate) fn most(limits: &Limits) -> [u64; 4] {
        let result = limits
            .host_call_bytes
            .saturating_mul(limits::ISOLATED_RESULT_FACTOR);
        [limits.output_bytes, limits.output_bytes, result, result]
    }
}

/// The most bytes that this process holds at once of what a worker sends.
pub(crate) fn answer_bytes(limits: &Limits) -> u64 {
    Large::most(limits)
        .into_iter()
        .fold(limits::ISOLATED_MESSAGE_BYTES, u64::saturating_add)
}

/// Writes what belongs together at once: each part by itself would wake the other side.
pub(crate) fn at_once<W: Write>(
    to: W,
    parts: impl FnOnce(&mut BufWriter<W>) -> Result<(), String>,
) -> Result<(), String> {
    let mut together = BufWriter::with_capacity(limits::ISOLATED_AT_ONCE_BYTES, to);
    parts(&mut together)?;
    together.flush().map_err(|error| error.to_string())
}

pub(crate) fn send<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), String> {
    let bytes = postcard::to_stdvec(message).map_err(|error| error.to_string())?;
    write_frame(to, &bytes)
}

pub(crate) fn write_frame(to: &mut impl Write, bytes: &[u8]) -> Result<(), String> {
    let len = (bytes.len() as u64).to_le_bytes();
    to.write_all(&len)
        .and_then(|()| to.write_all(bytes))
        .map_err(|error| error.to_string())
}

pub(crate) fn read_frame(from: &mut impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut len = [0; HEADER_BYTES];
    from.read_exact(&mut len)
        .map_err(|_| String::from("it ended without an answer"))?;
    read_body(from, len, most)
}

/// Bytes of a frame's length.
pub(crate) const HEADER_BYTES: usize = 8;

/// Reads the rest of a frame.
pub(crate) fn read_body(
    from: &mut impl Read,
    header: [u8; HEADER_BYTES],
    most: u64,
) -> Result<Vec<u8>, String> {
    let len = u64::from_le_bytes(header);
    if len > most {
        return Err(format!("it sent {len} bytes where {most} are possible"));
    }
    // No more than this is taken because of what somebody claims; the rest grows with what arrives.
    let room = len.min(limits::ISOLATED_ROOM_BYTES);
    let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
    from.take(len)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 != len {
        return Err(String::from("it ended in the middle of an answer"));
    }
    Ok(bytes)
}
