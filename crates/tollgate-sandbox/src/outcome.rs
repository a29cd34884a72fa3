//! What an execution did: its result or why there is none, what it used, and what it wrote.
//!
//! INVARIANT: every way an execution can end, a crash of the worker process included, produces one [`Outcome`] with its
//! [`Usage`].

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    grant::Capability,
    id::{CallsDigest, DecisionId, ExecutionId},
    jail::{JailError, SystemCall, call_text},
    limits::{LimitExceeded, LimitKind},
    stopping::Obstacle,
    stream::Stream,
    value::Value,
};

/// The report of one execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The execution.
    pub execution: ExecutionId,
    /// What the entry returned, or why it did not return.
    pub result: Result<Output, Failure>,
    /// What was used.
    pub usage: Usage,
    /// What the guest wrote to standard output.
    pub stdout: Captured,
    /// What the guest wrote to standard error.
    pub stderr: Captured,
    /// The guest's own exit code, when it left through `exit` or returned from `_start` (0).
    pub exit_code: Option<i32>,
    /// Attempts to use what was not granted.
    pub violations: Violations,
    /// How many decisions about its calls there were, and their digest; nothing if nobody got the records.
    pub calls: Option<CallsDigest>,
    /// Why it ran in a process of its own, when its engine has no profile that says so.
    pub moved: Option<Obstacle>,
}

/// Attempts to use what was not granted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violations {
    /// The first ones, in order, each once; at most [`crate::limits::VIOLATIONS`].
    pub listed: Vec<Violation>,
    /// How many attempts there were that are not listed. One that is made again counts again.
    pub more: u64,
}

impl Violations {
    /// Whether there was no attempt.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.more == 0
    }

    /// How many attempts there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.more.saturating_add(self.listed.len() as u64)
    }
}

/// What an entry returned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// A WASI command ended; its code is [`Outcome::exit_code`].
    Exit,
    /// Results of a core function.
    Values(Vec<Value>),
    /// Result of a function of the bytes ABI.
    Bytes(Vec<u8>),
    /// Result of a component function.
    Component {
        /// As JSON text.
        json: String,
        /// As WAVE text.
        wave: String,
    },
}

impl Output {
    /// Returns the SHA-256 of what was returned: of the bytes, of a component's JSON, of nothing for the end of a program.
    /// Values of a core function are taken bit by bit, as `tollgate values 1` and the encoding of postcard have them.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Exit => Digest::of(b""),
            Self::Values(values) => Digest::of_value(b"tollgate values 1\0", values),
            Self::Bytes(bytes) => Digest::of(bytes),
            Self::Component { json, wave: _ } => Digest::of(json.as_bytes()),
        }
    }
}

/// What an execution used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Gas: instructions (none in the `timed` profile) and tariff of host work.
    pub gas: u64,
    /// The part of [`Usage::gas`] that is the tariff of host work.
    pub gas_host: u64,
    /// Wall time from the start of instantiation.
    pub wall: Duration,
    /// CPU time of the thread that ran the guest. Zero where the system does not tell or the guest moved between threads.
    pub cpu: Duration,
    /// Highest total of all memories and tables.
    pub memory_bytes_peak: u64,
    /// Bytes written to standard output and standard error, truncated ones included.
    pub output_bytes: u64,
    /// Calls from the guest to the host.
    pub host_calls: u64,
    /// Bytes moved by calls from the guest to the host.
    pub host_call_bytes: u64,
    /// Bytes put on the disk, sparse files by their length.
    pub disk_bytes: u64,
    /// Files, folders and links made.
    pub disk_files: u64,
}

/// Bytes a guest wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    /// The bytes, up to the limit.
    pub bytes: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
}

impl Captured {
    /// Returns the bytes as text, with replacement characters where they are not UTF-8.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// Why an execution has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Failure {
    /// The guest did something WebAssembly does not allow.
    #[error("{0}")]
    Trap(Trap),
    /// The guest wanted more than its limits allow.
    #[error(transparent)]
    LimitExceeded(LimitExceeded),
    /// Something that was not granted ended the execution.
    #[error("{0}")]
    Denied(Violation),
    /// The module has no such export, or it is not what the entry needs.
    #[error("the module has no {wanted} `{name}`{}", exports_text(.available))]
    MissingExport {
        /// The export that was asked for.
        name: String,
        /// What it should be: `function`, `component function`, `memory`.
        wanted: String,
        /// What there is, at most 32 names.
        available: Vec<String>,
    },
    /// The module imports something nobody provides.
    #[error("the module imports {}, which is not provided{}", import_text(.module, .name), hint_text(.hint))]
    MissingImport {
        /// First part of the import's name.
        module: String,
        /// Second part of the import's name; empty when a whole interface is missing.
        name: String,
        /// What to do, when something is known.
        hint: Option<String>,
    },
    /// The arguments do not fit the entry.
    #[error("arguments do not fit `{export}`: {message}")]
    BadArguments {
        /// The function that was to be called.
        export: String,
        /// What does not fit.
        message: String,
    },
    /// The guest broke the rules of the bytes ABI or of WASI, with a pointer outside its memory for example.
    #[error("the module breaks the rules of its calls: {message}")]
    BadGuest {
        /// What it did.
        message: String,
    },
    /// A host function failed.
    #[error("host function `{function}` failed: {message}")]
    HostError {
        /// `module.name` of the function.
        function: String,
        /// What it said.
        message: String,
    },
    /// A granted resource could not be opened.
    #[error("granted path `{path}` cannot be opened: {message}")]
    GrantUnusable {
        /// The host path.
        path: String,
        /// What the system said.
        message: String,
    },
    /// Nobody reads the output any more, and the guest was told so and went on writing.
    #[error("nobody reads {} of the module any more, and it went on writing", stream_name(*.stream))]
    Unheard {
        /// Which stream.
        stream: Stream,
    },
    /// The caller cancelled.
    #[error("the execution was cancelled")]
    Cancelled,
    /// The process that ran the guest crashed.
    #[error("the process running the module crashed: {message}")]
    Crashed {
        /// How it ended.
        message: String,
    },
    /// The process that ran the guest made a system call that its jail forbids, and was ended.
    #[error(
        "the process running the module made {} and was ended; that is a bug of Tollgate or an attack: please report the \
         module",
        call_text(call)
    )]
    Forbidden {
        /// Which call, as the process said before it ended.
        call: Option<SystemCall>,
    },
    /// The jail the guest was to run in could not be closed.
    #[error(transparent)]
    NotJailed(JailError),
    /// The process that ran the guest was ended by somebody else: a user, or the system when memory ran out.
    #[error(
        "the process running the module was killed from outside ({signal}); if nobody did that, the system ran out of \
         memory: run fewer at once, or lower its memory limit"
    )]
    Killed {
        /// The signal: `SIGKILL`.
        signal: String,
    },
    /// No process could be started for the guest.
    #[error(
        "no process could be started for the module: {message}; raise the system's limits on processes, or use the profile \
         `metered`, which needs none"
    )]
    Unstarted {
        /// What the system said.
        message: String,
    },
    /// The run cannot be stopped in time in this process, and nowhere else can it run.
    #[error(
        "the module cannot be stopped at its time limit inside this process, since {obstacle}, and it cannot run in one of \
         its own: {hindrance}; build it without that, or, if you trust it, set `unstoppable` of the engine to `accept`"
    )]
    Unstoppable {
        /// What keeps it from being stopped.
        obstacle: Obstacle,
        /// What keeps it from a process of its own.
        hindrance: String,
    },
    /// The system refused something that the run needs; this is not the guest's doing.
    #[error("the system refuses what the run needs: {message}")]
    System {
        /// What it said.
        message: String,
    },
    /// The sandbox itself failed; this is not the guest's doing.
    #[error("the sandbox failed: {message}")]
    Internal {
        /// What happened.
        message: String,
    },
}

fn exports_text(names: &[String]) -> String {
    if names.is_empty() {
        return String::from("; it exports none");
    }
    format!(
        "; it exports {}",
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

fn import_text(module: &str, name: &str) -> String {
    if name.is_empty() {
        format!("`{module}`")
    } else {
        format!("`{module}` `{name}`")
    }
}

const fn stream_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "the standard output",
        Stream::Stderr => "the standard error",
    }
}

fn hint_text(hint: &Option<String>) -> String {
    hint.as_ref()
        .map(|hint| format!("; {hint}"))
        .unwrap_or_default()
}

impl Failure {
    /// Returns the limit that was hit, if that is the reason.
    pub fn limit(&self) -> Option<LimitKind> {
        match self {
            Self::LimitExceeded(exceeded) => Some(exceeded.limit),
            _ => None,
        }
    }

    /// Returns a short stable name of the kind of failure.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Trap(_) => "trap",
            Self::LimitExceeded(_) => "limit-exceeded",
            Self::Denied(_) => "denied",
            Self::MissingExport { .. } => "missing-export",
            Self::MissingImport { .. } => "missing-import",
            Self::BadArguments { .. } => "bad-arguments",
            Self::BadGuest { .. } => "bad-guest",
            Self::HostError { .. } => "host-error",
            Self::GrantUnusable { .. } => "grant-unusable",
            Self::Unheard { .. } => "unheard",
            Self::Cancelled => "cancelled",
            Self::Crashed { .. } => "crashed",
            Self::Forbidden { .. } => "forbidden",
            Self::NotJailed(_) => "not-jailed",
            Self::Killed { .. } => "killed",
            Self::Unstarted { .. } => "unstarted",
            Self::Unstoppable { .. } => "unstoppable",
            Self::System { .. } => "system",
            Self::Internal { .. } => "internal",
        }
    }
}

/// A WebAssembly trap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trap {
    /// Which one.
    pub code: TrapCode,
    /// What the module says of an exception that nothing caught: its name, its message, where it was thrown. At most
    /// [`crate::limits::MESSAGE_BYTES`].
    pub message: Option<String>,
    /// The guest's stack, innermost frame first, at most [`crate::limits::BACKTRACE_FRAMES`].
    pub backtrace: Vec<Frame>,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the module trapped: {}", self.code.message())?;
        if let Some(message) = &self.message {
            return write!(f, ": {message}");
        }
        if let Some(frame) = self.backtrace.first() {
            write!(f, " in {frame}")?;
        }
        Ok(())
    }
}

/// The kinds of traps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrapCode {
    /// `unreachable` was executed: in most languages a failed assertion or panic.
    Unreachable,
    /// A load or store outside a memory.
    MemoryOutOfBounds,
    /// An access outside a table.
    TableOutOfBounds,
    /// An atomic access at an unaligned address.
    UnalignedAtomic,
    /// An indirect call of an empty table entry or null reference.
    NullReference,
    /// An indirect call of a function with another type.
    BadSignature,
    /// An integer result that does not fit.
    IntegerOverflow,
    /// Division by zero.
    DivisionByZero,
    /// A float that has no integer value.
    BadConversion,
    /// The rules for calls between components were broken.
    ComponentRules,
    /// An exception nobody caught.
    UncaughtException,
    /// Any other trap.
    Other,
}

impl TrapCode {
    /// Returns the text people read.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Unreachable => "`unreachable` executed",
            Self::MemoryOutOfBounds => "memory access out of bounds",
            Self::TableOutOfBounds => "table access out of bounds",
            Self::UnalignedAtomic => "unaligned atomic access",
            Self::NullReference => "call of a null reference",
            Self::BadSignature => "indirect call with another signature",
            Self::IntegerOverflow => "integer overflow",
            Self::DivisionByZero => "integer division by zero",
            Self::BadConversion => "float has no integer value",
            Self::ComponentRules => "component call rules broken",
            Self::UncaughtException => "uncaught exception",
            Self::Other => "trap",
        }
    }
}

/// One frame of a guest's stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Index of the function in its module.
    pub function_index: u32,
    /// Name from the module's name section or debug information.
    pub function: Option<String>,
    /// Offset in the module's bytes.
    pub module_offset: Option<u64>,
    /// Source file, when the module has debug information.
    pub file: Option<String>,
    /// Line in the file, from 1.
    pub line: Option<u32>,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(name) => write!(f, "`{name}`")?,
            None => write!(f, "function {}", self.function_index)?,
        }
        match (&self.file, self.line, self.module_offset) {
            (Some(file), Some(line), _) => write!(f, " at {file}:{line}"),
            (_, _, Some(offset)) => write!(f, " at offset {offset:#x}"),
            _ => Ok(()),
        }
    }
}

/// An attempt to use something that was not granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// What kind of thing.
    pub capability: Capability,
    /// The call that was refused: `path_open`, `env.lookup`.
    pub call: String,
    /// What the guest wanted: a path, an address, a reason.
    pub detail: String,
    /// The grant that would allow it; nothing if none would.
    pub need: Option<Box<Need>>,
    /// The name of the decision, where it was recorded: the first, of several attempts at the same.
    pub decision: Option<DecisionId>,
}

impl Violation {
    /// Tells whether it is another attempt at the same, whatever its decision is called.
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        let Self {
            capability,
            call,
            detail,
            need,
            decision: _,
        } = self;
        (capability, call, detail, need)
            == (&other.capability, &other.call, &other.detail, &other.need)
    }
}

/// A grant that is missing. How it is asked for is the business of those who can give it: a flag of a command, a field of
/// a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The kind of thing.
    pub capability: Capability,
    /// Which one: a path as the guest names it, a host, an address.
    pub what: String,
    /// The link in the folder `what` that the guest wanted to read, which takes the right to its folder.
    pub entry: Option<String>,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of `{}`", self.capability, self.what)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} denied: `{}` of {}",
            self.capability, self.call, self.detail
        )?;
        match &self.need {
            Some(need) => write!(f, " needs {need}"),
            None => Ok(()),
        }
    }
}
