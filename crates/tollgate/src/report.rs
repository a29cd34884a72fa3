//! The answer to a [`Request`](crate::request::Request): the decision, what happened, what it used and what it costs.

use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tollgate_sandbox::{
    DebugInfo, Determinism, Digest, EntryName, ExecutionId, Failure, Fingerprint, Limits, Outcome,
    Output, Profile, Proposals, Usage, Value, Virtual,
};

use crate::gate::ShadowReport;
use crate::{granted::Granted, price::Cost};

/// Whether an execution was admitted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Decision {
    /// It runs.
    Accept {
        /// Why; empty when nothing was asked for that needs a reason.
        reasons: Vec<String>,
    },
    /// It does not run.
    Reject {
        /// Why: at least one sentence that names what was asked for and may not be had.
        reasons: Vec<String>,
    },
}

impl Decision {
    /// Returns the decision to run, with `reason` if there is more to say than that nothing forbids it.
    pub fn accept(reason: impl Into<Option<String>>) -> Self {
        Self::Accept {
            reasons: reason.into().into_iter().collect(),
        }
    }

    /// Returns the decision not to run, for `reason`.
    pub fn reject(reason: impl Into<String>) -> Self {
        Self::Reject {
            reasons: vec![reason.into()],
        }
    }

    /// Tells whether it may run.
    pub fn is_accept(&self) -> bool {
        matches!(self, Self::Accept { .. })
    }

    /// Returns why.
    pub fn reasons(&self) -> &[String] {
        match self {
            Self::Accept { reasons } | Self::Reject { reasons } => reasons,
        }
    }
}

/// Everything there is to say about one execution. There is one for every request, also for those that did not run.
///
/// # Example
/// ```
/// use tollgate::{Limits, Failure, LimitKind, Request, Source, Tollgate};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tollgate = Tollgate::builder().compile_in_process().build()?;
/// let wat = r#"(module (func (export "spin") (loop (br 0))))"#;
/// let module = tollgate.load_blocking(&Source::Bytes(wat.as_bytes().into()))?;
/// let limits = Limits { gas: 10_000, ..Limits::standard() };
/// let report = tollgate.execute_blocking(Request::call(&module, "spin", []).limits(limits))?;
/// assert!(!report.is_success());
/// // However it ended, what it used is there and is paid.
/// let Err(Failure::LimitExceeded(exceeded)) = &report.outcome.result else { panic!("it ended") };
/// assert_eq!((exceeded.limit, report.usage().gas), (LimitKind::Gas, 10_000));
/// assert!(report.cost.micro_usd() > 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The number of the execution; its events and the records of its calls have it too.
    pub execution: ExecutionId,
    /// When it was asked for, by the clock of this machine.
    pub started: SystemTime,
    /// The module.
    pub module: Digest,
    /// Where it begins.
    pub entry: EntryName,
    /// What the engine was that ran it, or would have: everything that changes what code does or costs.
    pub engine: Fingerprint,
    /// What beside the module, its input, the grant and the limits decides what it does.
    pub setting: Setting,
    /// Who asked.
    pub caller: String,
    /// SHA-256 of what it got from its asker: where it begins, arguments, variables with their values, and standard input if
    /// the asker chose it.
    pub input: Digest,
    /// What was granted, or asked for in vain.
    pub grant: Granted,
    /// How much it could use.
    pub limits: Limits,
    /// Hash of the policy that decided about its calls, if there was one.
    pub policy: Option<String>,
    /// What a second policy would have said, if there was one.
    pub shadow: Option<ShadowReport>,
    /// Whether it was admitted, and why.
    pub decision: Decision,
    /// What happened. Of a rejected request: [`Failure::Denied`] and no usage.
    pub outcome: Outcome,
    /// What it costs.
    pub cost: Cost,
    /// What its usage comes to. [`Report::cost`] is more when the price list has a minimum above that.
    pub metered: Cost,
}

/// How the engine was set, and what the embedder added, as far as it changes what a run does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// How it was metered.
    pub profile: Profile,
    /// How far its result depends on its input alone.
    pub determinism: Determinism,
    /// The proposals of WebAssembly.
    pub proposals: Proposals,
    /// Bytes of stack for its frames.
    pub stack_bytes: u64,
    /// What became of the module's debug information; a trap is told with it.
    pub debug_info: DebugInfo,
    /// The clock and seed it saw where those of the host were not granted.
    pub virtual_world: Virtual,
    /// How many functions of the embedder there were.
    pub host_functions: u64,
    /// Whether a gate of the request decided about its calls, beside the policy.
    pub gate: bool,
    /// The memories it shared with other executions, by the module and name it imports them as.
    pub shared: Vec<(String, String)>,
}

impl Report {
    /// Tells whether the execution returned. A WASI program that ends with a code other than 0 has returned too.
    pub fn is_success(&self) -> bool {
        self.outcome.result.is_ok()
    }

    /// Returns what was used.
    pub fn usage(&self) -> &Usage {
        &self.outcome.usage
    }

    /// Returns the results of a core function.
    ///
    /// # Errors
    /// [`ResultError::Failed`] when the execution failed, [`ResultError::Other`] when it returned something else.
    pub fn values(&self) -> Result<&[Value], ResultError> {
        match self.output()? {
            Output::Values(values) => Ok(values),
            other => Err(ResultError::other("core values", other)),
        }
    }

    /// Returns the answer of a function of the bytes ABI.
    ///
    /// # Errors
    /// As [`Report::values`].
    pub fn bytes(&self) -> Result<&[u8], ResultError> {
        match self.output()? {
            Output::Bytes(bytes) => Ok(bytes),
            other => Err(ResultError::other("bytes", other)),
        }
    }

    /// Returns the answer of a function of the bytes ABI as text.
    ///
    /// # Errors
    /// As [`Report::values`], and [`ResultError::Text`] when it is not UTF-8.
    pub fn text(&self) -> Result<&str, ResultError> {
        std::str::from_utf8(self.bytes()?).map_err(|error| ResultError::Text {
            offset: error.valid_up_to(),
        })
    }

    /// Returns the answer of a function of the bytes ABI, or of a component's function, read as JSON.
    ///
    /// # Errors
    /// As [`Report::values`], and [`ResultError::Json`] when it is not JSON of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ResultError> {
        let bytes = match self.output()? {
            Output::Bytes(bytes) => bytes.as_slice(),
            Output::Component { json, .. } => json.as_bytes(),
            other => return Err(ResultError::other("JSON", other)),
        };
        serde_json::from_slice(bytes).map_err(ResultError::Json)
    }

    /// Returns what the entry returned.
    ///
    /// # Errors
    /// [`ResultError::Failed`] when it did not return.
    pub fn output(&self) -> Result<&Output, ResultError> {
        self.outcome
            .result
            .as_ref()
            .map_err(|failure| ResultError::Failed(failure.clone()))
    }
}

/// A report does not hold the kind of result that was asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultError {
    /// The execution failed.
    #[error(transparent)]
    Failed(Failure),
    /// The execution returned something else.
    #[error(
        "the execution returned {found}, not {wanted}; ask the report for that, or call another export"
    )]
    Other {
        /// What was asked for.
        wanted: &'static str,
        /// What there is.
        found: &'static str,
    },
    /// The answer is not text.
    #[error("the answer is not UTF-8 text: byte {offset} starts no character")]
    Text {
        /// Offset of the first wrong byte.
        offset: usize,
    },
    /// The answer is not the JSON that was asked for.
    #[error("the answer is not the expected JSON")]
    Json(#[source] serde_json::Error),
}

impl ResultError {
    fn other(wanted: &'static str, found: &Output) -> Self {
        let found = match found {
            Output::Exit => "an exit code",
            Output::Values(_) => "core values",
            Output::Bytes(_) => "bytes",
            Output::Component { .. } => "a component value",
        };
        Self::Other { wanted, found }
    }
}
