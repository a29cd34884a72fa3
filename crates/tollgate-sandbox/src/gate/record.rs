//! What is kept of each decision about a call, and where it goes.
//!
//! A [`CallRecord`] is given to a [`CallSink`] when the call is decided, in the order of the decisions. The sink has a
//! bound; what it has no room for is counted. The digest covers every record, whether there was room for it or not, and
//! leaves out what differs between two equal runs: the number of the execution and the time.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    gate::{Aside, CallResult, Effect, GivenAnswer, Operation, Target},
    grant::Capability,
    id::{CallsChain, CallsDigest, DecisionId, ExecutionId},
    limits,
    outcome::Violation,
    text::bounded,
};

/// One decision about one call, a step on the way to it, or what the call came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The execution that made the call.
    pub execution: ExecutionId,
    /// Number of the record in its execution, from 0.
    pub sequence: u64,
    /// The kind of thing the call reaches.
    pub capability: Capability,
    /// First part of the function's name.
    pub module: String,
    /// Second part of the function's name.
    pub name: String,
    /// What it reaches.
    pub target: CallTarget,
    /// Whether it happens, who says so and why.
    pub decision: CallDecision,
    /// What that hangs on.
    pub because: Because,
    /// What the gate says beside it. Not part of the digest.
    pub aside: Aside,
    /// Gas the execution had used by then; 0 for a guest in a process of its own, whose gas is known here when it has ended.
    /// Not part of the digest.
    pub gas: u64,
    /// Time since the execution began.
    pub time: Duration,
}

/// What a decision hangs on. There is nothing of one that allows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Because {
    /// What the gate says of it ([`Gate::explain`](crate::gate::Gate::explain)): at most [`limits::EXPLAINED_LINES`], each cut to
    /// [`limits::MESSAGE_BYTES`].
    pub explained: Vec<String>,
    /// What the grant lacks, as the report has it.
    pub lacks: Vec<Violation>,
}

impl Because {
    /// What the gate says.
    pub(super) fn explained(lines: Vec<String>) -> Self {
        let lines = lines.into_iter().take(limits::EXPLAINED_LINES);
        Self {
            explained: lines.map(bounded).collect(),
            lacks: Vec::new(),
        }
    }
}

/// What a recorded call reaches: as [`Target`], with a digest in the place of arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallTarget {
    /// A file or folder, cut to [`limits::MESSAGE_BYTES`].
    Path(String),
    /// An address on the network.
    Address(SocketAddr),
    /// A host whose addresses are looked up, cut as a path.
    Host(String),
    /// A function of the embedder: the SHA-256 of its arguments, as JSON or, of a core module, in the encoding of postcard.
    Function(Digest),
    /// The end of the guest, with this status.
    Exit(String),
}

impl CallTarget {
    fn of(target: &Target<'_>) -> Self {
        match *target {
            Target::Path(name) => Self::Path(bounded(name.to_owned())),
            Target::Address(address) => Self::Address(address),
            Target::Host(name) => Self::Host(bounded(name.to_owned())),
            Target::Function(_) => Self::Function(target.digest()),
            Target::Exit(status) => Self::Exit(bounded(status.to_owned())),
        }
    }
}

/// Whether a call happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallDecision {
    /// It happens.
    Allowed {
        /// Who said so last.
        by: DecidedBy,
    },
    /// It does not happen.
    Denied {
        /// Who said so.
        by: DecidedBy,
        /// Why; empty when it is only not granted.
        reason: String,
    },
    /// Not decided yet: the gate wants to ask somebody, who is asked after this.
    Proposed,
    /// Somebody has answered; what is decided follows.
    Answered(GivenAnswer),
    /// A call that was allowed and has an effect is done from here on. Where nothing follows, nobody knows whether it was.
    Started,
    /// A call that was allowed has ended.
    Returned {
        /// Whether it may have changed something: then [`CallDecision::Started`] came before.
        effect: Effect,
        /// What it came to.
        result: CallResult,
    },
}

impl CallDecision {
    /// Tells whether it has a name by which people ask why: it is a denial or a question.
    pub const fn is_asked_about(&self) -> bool {
        match self {
            Self::Denied { .. } | Self::Proposed => true,
            Self::Allowed { .. } | Self::Answered(_) | Self::Started | Self::Returned { .. } => {
                false
            }
        }
    }

    /// Tells whether something happens because of it: a call, or a question to somebody.
    const fn lets_happen(&self) -> bool {
        match self {
            Self::Allowed { .. } | Self::Proposed | Self::Started => true,
            Self::Denied { .. } | Self::Answered(_) | Self::Returned { .. } => false,
        }
    }
}

/// Who decided about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The grant of the execution, and nobody else had to.
    Grant,
    /// The gate, at once.
    Gate,
    /// Somebody whom the gate asked, or nobody, when no answer came.
    Answer,
    /// Whoever keeps the records, and could not keep that the call is allowed.
    Sink,
}

/// How much of a call's record a sink took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// All of it.
    Kept,
    /// Nothing: there is no room. It is counted in [`CallsDigest::dropped`].
    Dropped,
    /// Nothing, and what is not kept does not happen: a call that was allowed, that somebody was to be asked about, or
    /// that starts, is denied. It is counted as well.
    Refused,
}

/// Why a call is denied whose record could not be kept.
const NOT_KEPT: &str =
    "the record of the call cannot be kept, and what is not kept does not happen";

/// Takes records of calls, in order. It is called while the guest waits, and must not block.
pub trait CallSink: Send + Sync {
    /// Takes one record, or says that there is no room for it.
    fn take(&self, record: &CallRecord) -> Taken;
}

/// A sink in memory with a bound.
#[derive(Debug)]
pub struct Journal {
    records: Mutex<Vec<CallRecord>>,
    records_max: usize,
}

impl Default for Journal {
    fn default() -> Self {
        Self::new(limits::JOURNAL_RECORDS)
    }
}

impl Journal {
    /// Returns an empty journal with room for that many records. [`Journal::default`] has room for
    /// [`limits::JOURNAL_RECORDS`].
    pub const fn new(records_max: usize) -> Self {
        Self {
            records: Mutex::new(Vec::new()),
            records_max,
        }
    }

    /// Takes the records out, the first first; then there is room again.
    pub fn drain(&self) -> Vec<CallRecord> {
        std::mem::take(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl CallSink for Journal {
    fn take(&self, record: &CallRecord) -> Taken {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() >= self.records_max {
            return Taken::Dropped;
        }
        records.push(record.clone());
        Taken::Kept
    }
}

/// What a decision is about, before it is made.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) capability: Capability,
    pub(super) module: String,
    pub(super) name: String,
    pub(super) target: CallTarget,
    pub(super) because: Because,
    pub(super) aside: Aside,
}

impl Draft {
    /// The same with what is decided hangs on.
    pub(super) fn because(self, because: Because) -> Self {
        Self { because, ..self }
    }

    /// The same with what the gate says beside its decision.
    pub(super) fn beside(self, aside: Aside) -> Self {
        Self { aside, ..self }
    }

    fn of_record(record: CallRecord) -> Self {
        Self {
            capability: record.capability,
            module: record.module,
            name: record.name,
            target: record.target,
            because: Because::default(),
            aside: Aside::default(),
        }
    }

    pub(super) fn of(call: &Operation<'_>) -> Self {
        Self {
            capability: call.capability,
            module: bounded(call.module.to_owned()),
            name: bounded(call.name.to_owned()),
            target: CallTarget::of(&call.target),
            because: Because::default(),
            aside: Aside::default(),
        }
    }
}

/// A record that a sink refused to keep, and for which nothing happens.
pub(super) struct Refused {
    pub(super) draft: Draft,
    pub(super) reason: &'static str,
    pub(super) id: DecisionId,
}

/// When a decision was made.
pub(super) struct Moment {
    pub(super) execution: ExecutionId,
    pub(super) gas: u64,
    pub(super) time: Duration,
}

/// The records of one execution so far, and where they go.
pub(super) struct Recorder {
    sink: Arc<dyn CallSink>,
    so_far: Mutex<SoFar>,
}

#[derive(Default)]
struct SoFar {
    count: u64,
    dropped: u64,
    chain: CallsChain,
}

impl Recorder {
    pub(super) fn new(sink: Arc<dyn CallSink>) -> Self {
        Self {
            sink,
            so_far: Mutex::default(),
        }
    }

    /// Gives a record to the sink. The lock makes the order of the numbers that of the records. A call that is allowed, asked
    /// about or starts and that the sink refuses is recorded as a denied one, and why it is one is returned. What people may ask about has a name.
    pub(super) fn record(
        &self,
        draft: Draft,
        decision: CallDecision,
        moment: &Moment,
    ) -> Result<Option<DecisionId>, Box<Refused>> {
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        let mut record = CallRecord {
            execution: moment.execution,
            sequence: so_far.count,
            capability: draft.capability,
            module: draft.module,
            name: draft.name,
            target: draft.target,
            decision,
            because: draft.because,
            aside: draft.aside,
            gas: moment.gas,
            time: moment.time,
        };
        so_far.count = so_far.count.saturating_add(1);
        let taken = self.sink.take(&record);
        if taken != Taken::Kept {
            so_far.dropped = so_far.dropped.saturating_add(1);
        }
        let is_refused = record.decision.lets_happen() && taken == Taken::Refused;
        if is_refused {
            record.decision = CallDecision::Denied {
                by: DecidedBy::Sink,
                reason: NOT_KEPT.to_owned(),
            };
        }
        so_far.chain.cover(&record);
        let id = record
            .decision
            .is_asked_about()
            .then(|| DecisionId::of(record.sequence, &so_far.chain));
        match id {
            Some(id) if is_refused => Err(Box::new(Refused {
                draft: Draft::of_record(record),
                reason: NOT_KEPT,
                id,
            })),
            id => Ok(id),
        }
    }

    pub(super) fn digest(&self) -> CallsDigest {
        let so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        CallsDigest {
            count: so_far.count,
            dropped: so_far.dropped,
            digest: so_far.chain.digest(),
        }
    }
}

impl CallsChain {
    /// Covers one more record.
    pub fn cover(&mut self, record: &CallRecord) {
        // A new field does not compile until it is covered or left out on purpose.
        let CallRecord {
            execution: _,
            sequence,
            capability,
            module,
            name,
            target,
            decision,
            because,
            // Places and times differ between equal runs.
            aside: _,
            // Known only where the guest runs.
            gas: _,
            time: _,
        } = record;
        let covered = (
            sequence, capability, module, name, target, decision, because,
        );
        self.add(&covered);
    }
}
