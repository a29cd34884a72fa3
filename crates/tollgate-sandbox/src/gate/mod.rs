//! Deciding calls out of the sandbox one by one.
//!
//! Grants say what exists for a guest; a [`Gate`] decides, for each single call of a host function, each file or connection
//! opened and each name looked up, whether it happens. It is asked after the grant and before the tariff. `calls` is the
//! one place that asks it and that turns what it says into an effect; `record` is what is kept of each decision, and `result` of what
//! a call came to.

mod aside;
mod calls;
mod log;
mod ongoing;
mod operation;
mod record;
mod result;

use std::{fmt, future::Future, net::SocketAddr, pin::Pin};

use serde::{Deserialize, Serialize};

pub use self::{
    aside::{Aside, GateFacts, PolicySaid, ShadowSaid},
    record::{Because, CallDecision, CallRecord, CallSink, CallTarget, DecidedBy, Journal, Taken},
    result::{CallResult, Effect, Returned},
};
pub(crate) use self::{
    calls::{Calls, Denial, Judges, decides, may_ask},
    log::Log,
    ongoing::Ongoing,
    operation::Operation,
};
use crate::{
    digest::Digest,
    grant::Capability,
    id::{ExecutionId, VERSION},
    value::Value,
};

/// A call a guest wants to make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateCall<'a> {
    /// The execution that wants it.
    pub execution: ExecutionId,
    /// How many of its calls were decided before.
    pub earlier: u64,
    /// The gas it has used so far, where the gate may ask somebody or records are kept; else 0. Also 0 for a guest in a process of
    /// its own, whose gas is known here when it has ended.
    pub gas_used: u64,
    /// The kind of thing it reaches.
    pub capability: Capability,
    /// First part of the function's name: `env`, `wasi_snapshot_preview1`, `wasi:filesystem/types`.
    pub module: &'a str,
    /// Second part of the function's name: `lookup`, `path_open`.
    pub name: &'a str,
    /// What it reaches.
    pub target: Target<'a>,
}

/// What a call reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Target<'a> {
    /// A file or folder: its name in the guest, as the grants spell it, after links and `..` were followed.
    Path(&'a str),
    /// An address on the network.
    Address(SocketAddr),
    /// A host whose addresses are looked up.
    Host(&'a str),
    /// A function of the embedder, with the arguments it is called with.
    Function(Arguments<'a>),
    /// The end of the guest, with this status.
    Exit(&'a str),
}

/// Arguments of a function of the embedder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arguments<'a> {
    /// Of a core module's function.
    Values(&'a [Value]),
    /// Of a function of an interface: a JSON array.
    Json(&'a str),
}

impl Target<'_> {
    /// Returns the SHA-256 of the arguments of a function (as JSON or, of a core module, in the encoding of postcard), else of the
    /// name or address.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Function(Arguments::Json(text)) => Digest::of(text.as_bytes()),
            Self::Function(Arguments::Values(values)) => Digest::of_value(VERSION, values),
            Self::Path(_) | Self::Address(_) | Self::Host(_) | Self::Exit(_) => {
                Digest::of(self.to_string().as_bytes())
            }
        }
    }
}

impl fmt::Display for Target<'_> {
    /// Shows a name or an address; the arguments of a function are not shown, since they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(name) | Self::Host(name) => f.write_str(name),
            Self::Address(address) => write!(f, "{address}"),
            Self::Function(_) => Ok(()),
            Self::Exit(status) => write!(f, "status {status}"),
        }
    }
}

/// What a gate says to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It happens.
    Allow,
    /// It does not happen.
    Deny {
        /// Why; becomes part of the violation.
        reason: String,
    },
    /// Somebody has to be asked: [`Gate::ask`] is called and the guest waits.
    Ask,
}

/// What comes of asking somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What follows from it; [`Verdict::Ask`] when nobody answered.
    pub verdict: Verdict,
    /// The answers it follows from, as far as something is known of them.
    pub answers: Vec<GivenAnswer>,
}

impl From<Verdict> for Said {
    /// An answer of which nothing else is known.
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            answers: Vec::new(),
        }
    }
}

/// What is known of an answer. Each text is cut to [`limits::MESSAGE_BYTES`](crate::limits::MESSAGE_BYTES) where it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenAnswer {
    /// What was said: `allow-once`.
    pub answer: String,
    /// Who said it.
    pub by: String,
    /// The card that was answered, if the question stood on one.
    pub card: Option<String>,
}

/// The future of an answer.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Said> + Send + 'a>>;

/// Decides calls. Called on the path of every host call: it should answer from memory. One that panics has denied.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use tollgate_sandbox::{
///     CompileLimits, Compiler, Engine, EngineConfig, Entry, Execution, Gate, GateCall, HostFunctions, LoadOptions, Loader, LoaderConfig,
///     Source, Tariff, Verdict,
/// };
///
/// /// Denies what is called `pay`.
/// struct NoPayments;
///
/// impl Gate for NoPayments {
///     fn check(&self, call: &GateCall<'_>) -> Verdict {
///         match call.name {
///             "pay" => Verdict::Deny { reason: "nothing is paid here".into() },
///             _ => Verdict::Allow,
///         }
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut host = HostFunctions::new();
/// host.register_typed("bank", "pay", Tariff::CHEAP, |_, (_euros,): (i64,)| Ok(()))?;
///
/// let engine = Engine::new(&EngineConfig::metered())?;
/// let compiler = Compiler::in_process(CompileLimits::default());
/// let loader = Loader::new(LoaderConfig::new(engine, compiler));
/// let wat = br#"(module (import "bank" "pay" (func $pay (param i64)))
///     (func (export "run") (call $pay (i64.const 5))))"#;
/// let loaded = loader.load(&Source::Bytes(wat.as_slice().into()), &LoadOptions::default())?;
/// let entry = Entry::Core { export: "run".into(), args: Vec::new() };
/// let mut execution = Execution::new(loaded.module(), entry);
/// execution.host = Arc::new(host);
/// execution.gate = Some(Arc::new(NoPayments));
/// let outcome = execution.run_blocking();
/// assert!(outcome.result.is_err());
/// assert_eq!(outcome.violations.listed.len(), 1);
/// # Ok(())
/// # }
/// ```
pub trait Gate: Send + Sync {
    /// Decides a call.
    fn check(&self, call: &GateCall<'_>) -> Verdict;

    /// Tells whether `check` ever says anything but [`Verdict::Allow`]; what is allowed by one that never does is recorded as the
    /// grant's decision. Where it does, a folder is not moved as a whole: the gate
    /// would be asked about one name, and everything below would have another. Yes unless implemented.
    fn decides(&self) -> bool {
        true
    }

    /// Tells whether `check` ever says [`Verdict::Ask`]. Host functions can only wait for an answer if so, and calls of
    /// those that return at once cost more then. No unless implemented.
    fn may_ask(&self) -> bool {
        false
    }

    /// Returns what a call that `check` does not allow hangs on, in lines for people: rules with what they compared. It is asked
    /// where decisions are recorded, and kept with them; what nobody may read must not be in it. Nothing unless implemented.
    fn explain(&self, call: &GateCall<'_>) -> Vec<String> {
        let _unused = call;
        Vec::new()
    }

    /// Returns what is recorded with the decision about a call, for who decides it later or beside. It is asked where decisions are
    /// recorded. Nothing unless implemented.
    fn aside(&self, call: &GateCall<'_>) -> Aside {
        let _unused = call;
        Aside::default()
    }

    /// Waits for the answer to a call that `check` said [`Verdict::Ask`] to. The execution's wall time limit goes on;
    /// [`Verdict::Ask`] as what was said is a denial. Denies unless implemented.
    fn ask<'a>(&'a self, call: &GateCall<'_>) -> Answer<'a> {
        let reason = format!("nobody can be asked about `{}`", call.name);
        Box::pin(async move { Verdict::Deny { reason }.into() })
    }
}
