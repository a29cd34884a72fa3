//! What to run, with what, and how far.

use std::{
    any::Any,
    borrow::Cow,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use crate::{
    CallSink, Digest, EntryName, ExecutionId, Gate, Grant, HostFunctions, Limits, Module,
    SharedMemory, Value, gate::Judges,
};

/// Where an execution begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// The `_start` of a WASI preview 1 command, or `wasi:cli/run` of a preview 2 component.
    Start,
    /// A core function with core values.
    Core {
        /// Name of the export.
        export: String,
        /// Its arguments.
        args: Vec<Value>,
    },
    /// A core function with the arguments as text, read by the types of its signature.
    CoreText {
        /// Name of the export.
        export: String,
        /// Its arguments.
        args: Vec<String>,
    },
    /// A function of the bytes ABI: bytes in, bytes out. Text and JSON are bytes too.
    Bytes {
        /// Name of the export.
        export: String,
        /// The bytes it gets.
        input: Vec<u8>,
    },
    /// A function of a component.
    Component {
        /// `function`, or `interface#function` when it is exported by an interface.
        export: String,
        /// Its arguments.
        args: ComponentArgs,
    },
}

impl Entry {
    /// Returns the SHA-256 of what the run gets from its caller: where it begins, its arguments, its variables with their
    /// values, and the bytes of its standard input if the caller chose them.
    pub fn input_digest(&self, grant: &Grant) -> Digest {
        let input = (self, &grant.args, grant.env(), &grant.stdin);
        Digest::of_value(b"tollgate input 2\0", &input)
    }

    /// Returns where it begins, without the arguments.
    pub fn name(&self) -> EntryName {
        match self {
            Self::Start => EntryName::Start,
            Self::Core { export, .. }
            | Self::CoreText { export, .. }
            | Self::Bytes { export, .. }
            | Self::Component { export, .. } => EntryName::Function(export.clone()),
        }
    }
}

/// Arguments of a component's function, converted by the types of its WIT signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ComponentArgs {
    /// A JSON array with one element for each parameter, or an object with the parameters' names.
    Json(String),
    /// WAVE values, separated by commas.
    Wave(String),
}

/// What a guest without the clock and randomness of the host sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Virtual {
    /// Where the virtual clock starts. Default: 2000-01-01T00:00:00Z.
    pub clock_start: SystemTime,
    /// Seed of the generator. Default: 0.
    pub seed: u64,
}

impl Virtual {
    /// Seconds from the Unix epoch to 2000-01-01T00:00:00Z.
    const YEAR_2000: Duration = Duration::from_secs(946_684_800);

    /// Returns the default start and seed.
    pub fn standard() -> Self {
        Self {
            clock_start: SystemTime::UNIX_EPOCH + Self::YEAR_2000,
            seed: 0,
        }
    }
}

/// One of a guest's output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Whether anybody reads what a guest writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reader {
    /// Somebody does, or will.
    Listens,
    /// Nobody will any more: the guest is told so when it writes.
    IsGone,
}

/// Gets a guest's output as it is written, in addition to the capture in the outcome. Must not block.
pub type OutputSink = Arc<dyn Fn(Stream, &[u8]) -> Reader + Send + Sync>;

/// One execution that is to happen.
#[derive(Clone)]
pub struct Execution {
    /// Its number, for one who has to know it before. Starts as none: then each run has a number of its own.
    pub id: Option<ExecutionId>,
    /// The module.
    pub module: Module,
    /// Where it begins.
    pub entry: Entry,
    /// What it may reach. Starts as [`Grant::none`].
    pub grant: Grant,
    /// How much it may use. Starts as [`Limits::standard`].
    pub limits: Limits,
    /// Functions of the embedder. Starts empty.
    pub host: Arc<HostFunctions>,
    /// What it sees instead of the host's clock and randomness.
    pub virtual_world: Virtual,
    /// Decides each call out of the sandbox; without one, grants alone decide.
    pub gate: Option<Arc<dyn Gate>>,
    /// Gets a record of each decision about a call out of the sandbox. Starts as nobody.
    pub calls: Option<Arc<dyn CallSink>>,
    /// A value host functions can get at.
    pub context: Option<Arc<dyn Any + Send + Sync>>,
    /// Gets the output as it is written.
    pub output: Option<OutputSink>,
    /// Memories it shares with other executions, by the module and name it imports them as. Starts empty.
    pub shared: Vec<(String, String, SharedMemory)>,
}

impl Execution {
    /// Returns an execution of `entry` with nothing granted and standard limits.
    pub fn new(module: &Module, entry: Entry) -> Self {
        Self {
            id: None,
            module: module.clone(),
            entry,
            grant: Grant::none(),
            limits: Limits::standard(),
            host: HostFunctions::none(),
            virtual_world: Virtual::standard(),
            gate: None,
            calls: None,
            context: None,
            output: None,
            shared: Vec::new(),
        }
    }

    /// This, in code that was made with more effort meanwhile if there is some.
    pub(crate) fn in_best_code(&self) -> Cow<'_, Self> {
        match self.module.better() {
            None => Cow::Borrowed(self),
            Some(better) => Cow::Owned(Self {
                module: better.clone(),
                ..self.clone()
            }),
        }
    }
}

impl Execution {
    /// Returns who decides about its calls, and who is told.
    pub(crate) fn judges(&self) -> Judges {
        Judges {
            gate: self.gate.clone(),
            sink: self.calls.clone(),
        }
    }
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution")
            .field("module", &self.module)
            .field("entry", &self.entry)
            .field("grant", &self.grant)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
