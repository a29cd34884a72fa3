//! Runs that were asked for, and the promise that one idempotency key runs once.
//!
//! A run is written before it begins and again when it has ended, with what the caller is told. A key belongs to the first
//! request that came with it: the same request again gets that answer, failures included; another request, or one that
//! comes while the first still runs, is refused and runs nothing. A run whose server died is *lost*: nobody knows what it
//! did, so it is not run again by itself, and its key answers just that.
//!
//! The most that a run can cost is reserved when it is written down, and what it did cost is charged when its end is. A run
//! that is lost costs nothing, and of its gas all counts as used, unless it never began.
//!
//! An answer is kept for a time ([`ANSWER_KEPT_NS`](crate::limits::ANSWER_KEPT_NS)), and its receipt and the key of its run as
//! long. What else is known of a run stays.

use crate::error::{StateError, invalid};
use crate::ledger::{Resolution, check_amount};
use crate::limits::{ANSWER_BYTES_MAX, IDEMPOTENCY_KEY_BYTES_MAX, QUOTA_MAX};
use crate::names::shown;
use crate::receipt::Seal;
use crate::registry::Basis;

/// A run that is about to begin.
#[derive(Debug, Clone)]
pub struct NewCast<'a> {
    /// Its id, of the caller's making; no two runs have the same.
    pub id: &'a str,
    /// The module's name.
    pub module: &'a str,
    /// Its version.
    pub version: &'a str,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub digest: &'a str,
    /// SHA-256 of the input, in hexadecimal digits.
    pub input_digest: &'a str,
    /// The most it can cost, micro-dollars, which is reserved.
    pub reserve_micro_usd: u64,
    /// The most gas it can use, which is reserved; at most [`QUOTA_MAX`].
    pub gas_max: u64,
    /// The hash of the policy that decides about it, if there is one.
    pub policy: Option<&'a str>,
    /// What was decided about it on, which has to be so still; `None`: nothing was decided.
    pub basis: Option<Basis<'a>>,
    /// When it begins.
    pub begins: Begins,
    /// The promise, if there is one.
    pub once: Option<Once<'a>>,
}

/// When a run begins that is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// Now: from here on nobody knows what it has used until its end is written.
    Now,
    /// When [`Store::start_cast`](crate::Store::start_cast) says so, or never. Until then it has used nothing.
    Later,
}

impl NewCast<'_> {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        if self.gas_max > QUOTA_MAX {
            let rule = format!("it is at most {QUOTA_MAX}");
            return Err(invalid("amount of gas", self.gas_max.to_string(), rule));
        }
        self.once.as_ref().map_or(Ok(()), Once::check)
    }
}

/// A promise that this request runs once.
#[derive(Debug, Clone, Copy)]
pub struct Once<'a> {
    /// The idempotency key; 1 to [`IDEMPOTENCY_KEY_BYTES_MAX`] bytes of visible ASCII.
    pub key: &'a str,
    /// SHA-256 of the request, in hexadecimal digits: the same key with another one is refused.
    pub request: &'a str,
}

impl Once<'_> {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        let visible = self.key.bytes().all(|b| b.is_ascii_graphic());
        if visible && (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&self.key.len()) {
            return Ok(());
        }
        Err(invalid(
            "idempotency key",
            shown(self.key),
            format!("it has 1 to {IDEMPOTENCY_KEY_BYTES_MAX} visible ASCII characters"),
        ))
    }
}

/// Whether a run may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is written down; run it, and say how it ended.
    Now,
    /// What was decided about it on is another by now. Nothing is written, and its key is free.
    Changed,
    /// Its key has run before; this is what was answered then.
    Before(Box<CastEntry>),
    /// Its key runs now, or belongs to another request.
    Refused(OnceRefusal),
}

/// Why a key does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnceRefusal {
    /// The first request with this key has not ended.
    StillRunning,
    /// The key was used for a request that was not this one.
    OtherRequest,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct CastEnd<'a> {
    /// The run.
    pub id: &'a str,
    /// What it costs, micro-dollars; no more than was reserved.
    pub cost_micro_usd: u64,
    /// The gas it used; what is more than was reserved is not counted.
    pub gas_used: u64,
    /// The status that the caller is told.
    pub status: u16,
    /// What the caller is told, as JSON.
    pub answer: &'a str,
    /// Why it did not succeed, in one word; `None`: it did.
    pub failure: Option<&'a str>,
    /// What is signed and kept with the answer; `None`: nothing ran.
    pub receipt: Option<&'a dyn Seal>,
}

impl CastEnd<'_> {
    /// How the money ends that was reserved for it.
    pub(crate) fn resolution(&self) -> Resolution {
        match self.cost_micro_usd {
            0 => Resolution::Voided,
            cost => Resolution::Posted(cost),
        }
    }

    pub(crate) fn check(&self) -> Result<(), StateError> {
        if self.answer.len() > ANSWER_BYTES_MAX {
            return Err(invalid(
                "answer",
                format!("{} bytes", self.answer.len()),
                format!("an answer has at most {ANSWER_BYTES_MAX} bytes"),
            ));
        }
        check_amount(self.cost_micro_usd)
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CastState {
    /// It has begun.
    Running,
    /// It has ended.
    Ended,
    /// The process that ran it died.
    Lost,
}

/// A run that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CastEntry {
    /// Its place among all runs; lists go by it.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// The prefix of the key that asked for it.
    pub caller: String,
    /// The module's name.
    pub module: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// When it began, nanoseconds since 1970.
    pub started_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// How far it is.
    pub state: CastState,
    /// What it costs, micro-dollars.
    pub cost_micro_usd: u64,
    /// The status that the caller was told.
    pub status: Option<u16>,
    /// Why it did not succeed, in one word.
    pub failure: Option<String>,
    /// What the caller was told, as JSON; `None` also when it is not kept any more.
    pub answer: Option<String>,
    /// The number of the server that has it; `None`: it ran before servers had any.
    pub node: Option<i64>,
    /// The card at which it waits for an answer, if it does.
    pub card: Option<String>,
}
