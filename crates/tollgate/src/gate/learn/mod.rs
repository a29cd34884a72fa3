//! Learning: from what a run did, the smallest grant and policy under which it can do that again, and nothing else that a policy can tell
//! from it ([`Wider`]).
//!
//! A [`Recording`] is the gate of the run. It allows whatever the grant of the run, which is the outer bound, lets come to it, and keeps
//! each kind of call once: function, kind of thing, and what was reached. Of a file that is its place on the host. How often a call
//! was made is not kept. What is not a call that a gate is asked about leaves no trace here: variables, clocks and randomness are
//! taken over from the bound if the module imports what reads them.

mod used;
mod wider;
mod write;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use tollgate_sandbox::{
    Arguments, Capability, Digest, Failure, Gate, GateCall, Grant, Outcome, Target, Verdict,
    Violation, holds_secret,
};

pub use self::wider::Wider;
use super::places::Places;
use crate::limits::{LEARNED_BYTES_MAX, LEARNED_CALLS_MAX};

/// The gate of a run that is recorded.
pub struct Recording {
    module: Digest,
    caller: String,
    bound: Grant,
    places: Places,
    seen: Mutex<Seen>,
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    calls: BTreeSet<Made>,
    bytes: usize,
    /// The first call that cannot be written down.
    unlearned: Option<LearnError>,
}

/// One kind of call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Made {
    interface: String,
    operation: String,
    capability: Capability,
    reach: Reach,
}

/// What a call reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Path {
        name: String,
        place: Option<String>,
    },
    Address(SocketAddr),
    Host(String),
    /// Arguments as JSON; none of a function of a core module, whose numbers no policy reads.
    Function(Option<String>),
}

/// What a run is allowed again with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The policy, as source.
    pub policy: String,
    /// What of the bound was used.
    pub grant: Grant,
    /// The kinds of calls that the policy allows, a rule for each.
    pub calls: usize,
    /// What it allows beyond those that were made, because no policy can tell the difference.
    pub wider: Vec<Wider>,
}

/// Nothing was learned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// The run did not come to its end, so nobody knows what else it does.
    #[error("the run did not come to its end: {0}")]
    Unfinished(Failure),
    /// The bound denied something, and so would what is learned.
    #[error("the run was denied something, {count} in all, first {first}")]
    Denied {
        /// The first denial.
        first: Violation,
        /// How many there were.
        count: u64,
    },
    /// There were more kinds of calls than are kept.
    #[error(
        "the run made more than {LEARNED_CALLS_MAX} different calls; grant less, or write a policy by hand"
    )]
    TooMany,
    /// What they reached takes more than is kept.
    #[error(
        "what the calls of the run reached takes more than {LEARNED_BYTES_MAX} bytes; grant less, or write a policy by hand"
    )]
    TooLarge,
    /// Nobody can say where something is.
    #[error("the run reached something that no policy can name: {0}")]
    Unplaced(String),
    /// What it would have to name looks like a secret.
    #[error(
        "the arguments of `{operation}` look like a secret, which a policy would show; write a policy by hand"
    )]
    Secret {
        /// The function.
        operation: String,
    },
    /// The policy that was written does not allow a call that was made.
    #[error("no policy can be written that allows `{operation}`: {why}")]
    Unwritable {
        /// The function.
        operation: String,
        /// What is in the way.
        why: String,
    },
}

/// What was recorded, and what beside the run says what it needs.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// What came of the run.
    pub outcome: &'a Outcome,
    /// What the module could use ([`Inspection::capabilities`](tollgate_sandbox::Inspection::capabilities)).
    pub capabilities: &'a [Capability],
}

impl Recording {
    /// Returns the gate for a run of `module` that `caller` asks for with the grant `bound`. It has to be of names that stand for one
    /// file each ([`second_names`](super::second_names)).
    pub fn new(module: Digest, caller: &str, bound: &Grant) -> Self {
        Self {
            module,
            caller: caller.to_owned(),
            bound: bound.clone(),
            places: Places::of(bound),
            seen: Mutex::default(),
        }
    }

    /// Returns what the run needs, when it has ended.
    ///
    /// # Errors
    /// [`LearnError`]; then there is nothing that would allow just that run.
    pub fn learned(&self, recorded: Recorded<'_>) -> Result<Learned, LearnError> {
        let Recorded {
            outcome,
            capabilities,
        } = recorded;
        if let Err(failure) = &outcome.result {
            return Err(LearnError::Unfinished(failure.clone()));
        }
        if let Some(first) = outcome.violations.listed.first() {
            return Err(LearnError::Denied {
                first: first.clone(),
                count: outcome.violations.count(),
            });
        }
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = &seen.unlearned {
            return Err(error.clone());
        }
        let used = used::used(&self.bound, &seen.calls, capabilities);
        let wider = wider::wider(&used.calls);
        let about = write::About {
            module: self.module,
            caller: &self.caller,
            calls: &used.calls,
            wider: &wider,
        };
        Ok(Learned {
            policy: write::policy(&about)?,
            grant: used.grant,
            calls: used.calls.len(),
            wider,
        })
    }

    /// Keeps a call.
    fn keep(&self, call: &GateCall<'_>) -> Result<(), LearnError> {
        let made = self.made(call)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.calls.contains(&made) {
            return Ok(());
        }
        seen.bytes = seen.bytes.saturating_add(made.bytes());
        if seen.calls.len() >= LEARNED_CALLS_MAX {
            return Err(LearnError::TooMany);
        }
        if seen.bytes > LEARNED_BYTES_MAX {
            return Err(LearnError::TooLarge);
        }
        seen.calls.insert(made);
        Ok(())
    }

    fn made(&self, call: &GateCall<'_>) -> Result<Made, LearnError> {
        let operation = call.name.to_owned();
        let reach = match call.target {
            Target::Path(name) => Reach::Path {
                place: self.places.find(name).map_err(LearnError::Unplaced)?,
                name: name.to_owned(),
            },
            Target::Address(address) => {
                let ip = address.ip().to_canonical();
                Reach::Address(SocketAddr::new(ip, address.port()))
            }
            Target::Host(host) => Reach::Host(host.to_owned()),
            Target::Function(Arguments::Json(arguments)) if holds_secret(arguments) => {
                return Err(LearnError::Secret { operation });
            }
            Target::Function(Arguments::Json(arguments)) => {
                Reach::Function(Some(arguments.to_owned()))
            }
            Target::Function(Arguments::Values(_)) => Reach::Function(None),
            _ => {
                let why = String::from("it reaches something that a policy knows nothing of");
                return Err(LearnError::Unwritable { operation, why });
            }
        };
        Ok(Made {
            interface: call.module.to_owned(),
            operation,
            capability: call.capability,
            reach,
        })
    }
}

impl Made {
    /// About the bytes it takes.
    fn bytes(&self) -> usize {
        let reach = match &self.reach {
            Reach::Path { name, place } => name.len() + place.as_ref().map_or(0, String::len),
            Reach::Host(text) | Reach::Function(Some(text)) => text.len(),
            Reach::Address(_) | Reach::Function(None) => 0,
        };
        self.interface.len() + self.operation.len() + reach
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("module", &self.module)
            .finish_non_exhaustive()
    }
}

impl Gate for Recording {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        match self.keep(call) {
            Ok(()) => Verdict::Allow,
            Err(error) => {
                let reason = error.to_string();
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.unlearned.get_or_insert(error);
                Verdict::Deny { reason }
            }
        }
    }
}
