//! What to run, with what, and how far.

use std::{any::Any, borrow::Cow, fmt, sync::Arc};

use crate::{
    engine::Module,
    entry::{Entry, Virtual},
    gate::{CallSink, Gate, Judges},
    grant::Grant,
    host::HostFunctions,
    id::ExecutionId,
    limits::Limits,
    shared::SharedMemory,
    stream::OutputSink,
};

/// One execution that is to happen.
#[derive(Clone)]
pub struct Execution {
    /// Its number, for one who has to know it before. Starts as none: then each run has a number of its own.
    pub id: Option<ExecutionId>,
    /// The module.
    pub module: Module,
    /// Where it begins. Shared, since its input may be large.
    pub entry: Arc<Entry>,
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
    pub fn new(module: &Module, entry: impl Into<Arc<Entry>>) -> Self {
        Self {
            id: None,
            module: module.clone(),
            entry: entry.into(),
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
