//! A compiled module or component.

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{Code, Engine};
use crate::{
    digest::Digest,
    engine::workers::HandedCode,
    error::EngineError,
    limiter::{MemoryAccount, MemoryStatistics},
    limits,
    store::{LinkKey, Linked},
    value::{self, Signature},
};

/// A compiled core module or component, ready to run many times. Cheap to clone.
#[derive(Clone)]
pub struct Module {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    code: Code,
    digest: Digest,
    memory: Arc<MemoryAccount>,
    used: Arc<Used>,
    /// The same module in code that was made with more effort, once there is some.
    better: OnceLock<Module>,
    linked: Mutex<Vec<Arc<Linked>>>,
    /// Its code for processes of their own, once there was one.
    handed: OnceLock<Arc<HandedCode>>,
}

/// What is counted of a module, whichever code it runs.
#[derive(Default)]
struct Used {
    executions: AtomicU64,
    last_ms: AtomicU64,
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("digest", &self.inner.digest)
            .field("component", &self.is_component())
            .finish()
    }
}

impl Module {
    pub(crate) fn new(engine: Engine, code: Code, digest: Digest) -> Self {
        let memory = Arc::new(MemoryAccount::new(engine.config().module_memory_bytes));
        let inner = Inner {
            engine,
            code,
            digest,
            memory,
            used: Arc::default(),
            better: OnceLock::new(),
            linked: Mutex::new(Vec::new()),
            handed: OnceLock::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Takes the place of `plain`, which is the same module in code made with less effort: executions of `plain` that begin from
    /// now on run this, and count as executions of both.
    pub(crate) fn in_place_of(self, plain: &Self) -> Self {
        // A module that was loaded just now is nobody else's.
        let Ok(inner) = Arc::try_unwrap(self.inner) else {
            return plain.clone();
        };
        let better = Self {
            inner: Arc::new(Inner {
                memory: plain.inner.memory.clone(),
                used: plain.inner.used.clone(),
                ..inner
            }),
        };
        plain.inner.better.get_or_init(|| better).clone()
    }

    /// Returns the module in code made with more effort, if there is some by now.
    pub(crate) fn better(&self) -> Option<&Self> {
        self.inner.better.get()
    }

    /// Returns the SHA-256 of the bytes the module was compiled from.
    pub fn digest(&self) -> Digest {
        self.inner.digest
    }

    /// Returns the engine that runs the module.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Tells whether this is a component rather than a core module.
    pub fn is_component(&self) -> bool {
        match self.inner.code {
            Code::Core(_) => false,
            Code::Component(_) => true,
        }
    }

    /// Returns the names of the exported functions: of a core module, or of a component as `interface#function`. At most
    /// [`limits::FUNCTIONS_LISTED`]: an interface that is exported often has its functions often.
    pub fn functions(&self) -> Vec<String> {
        match &self.inner.code {
            Code::Core(module) => module
                .exports()
                .filter(|export| export.ty().func().is_some())
                .map(|export| export.name().to_owned())
                .take(limits::FUNCTIONS_LISTED)
                .collect(),
            Code::Component(component) => crate::component::functions(component),
        }
    }

    /// Tells whether a function with this name is exported, as [`Module::functions`] names it.
    pub fn has_function(&self, name: &str) -> bool {
        match &self.inner.code {
            Code::Core(module) => module
                .get_export(name)
                .is_some_and(|export| export.func().is_some()),
            Code::Component(component) => crate::component::has_function(component, name),
        }
    }

    /// Returns the signature of an exported core function whose types can cross the border.
    pub fn signature(&self, export: &str) -> Option<Signature> {
        match &self.inner.code {
            Code::Core(module) => value::signature(module.get_export(export)?.func()?),
            Code::Component(_) => None,
        }
    }

    /// Returns what the executions of this module allocate and have allocated.
    pub fn memory(&self) -> MemoryStatistics {
        self.inner.memory.statistics()
    }

    /// Returns how many executions of this module were started.
    pub fn executions(&self) -> u64 {
        self.inner.used.executions.load(Relaxed)
    }

    /// Returns when the last execution was started, to the millisecond.
    pub fn last_used(&self) -> Option<SystemTime> {
        match self.inner.used.last_ms.load(Relaxed) {
            0 => None,
            ms => Some(UNIX_EPOCH + Duration::from_millis(ms)),
        }
    }

    /// Returns the compiled code, for an engine with the same fingerprint.
    pub(crate) fn serialize(&self) -> Result<Vec<u8>, EngineError> {
        let bytes = match &self.inner.code {
            Code::Core(module) => module.serialize(),
            Code::Component(component) => component.serialize(),
        };
        bytes.map_err(|error| EngineError::Artifact {
            message: format!("{error:#}"),
        })
    }

    /// Returns the compiled code for a worker, which is made for the first one.
    pub(crate) fn handed(&self) -> Result<&Arc<HandedCode>, EngineError> {
        if let Some(handed) = self.inner.handed.get() {
            return Ok(handed);
        }
        let made = Arc::new(HandedCode::of(self.serialize()?));
        Ok(self.inner.handed.get_or_init(|| made))
    }

    pub(crate) fn code(&self) -> &Code {
        &self.inner.code
    }

    pub(crate) fn memory_account(&self) -> &Arc<MemoryAccount> {
        &self.inner.memory
    }

    pub(crate) fn count_execution(&self) {
        self.inner.used.executions.fetch_add(1, Relaxed);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.inner
            .used
            .last_ms
            .store(u64::try_from(now.as_millis()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Returns the imports resolved for `key`, resolving them with `link` the first time.
    pub(crate) fn linked<E>(
        &self,
        key: LinkKey,
        link: impl FnOnce() -> Result<Linked, E>,
    ) -> Result<Arc<Linked>, E> {
        let mut known = self
            .inner
            .linked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(linked) = known.iter().find(|linked| linked.key == key) {
            return Ok(linked.clone());
        }
        let linked = Arc::new(link()?);
        if known.len() >= limits::LINKED_PER_MODULE {
            known.remove(0);
        }
        known.push(linked.clone());
        Ok(linked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Allocation, EngineConfig},
        entry::Entry,
        run::Execution,
    };

    #[test]
    fn an_execution_of_plain_code_that_begins_later_runs_the_better() {
        let engine = Engine::new(&EngineConfig {
            allocation: Allocation::OnDemand,
            ..EngineConfig::metered()
        })
        .unwrap();
        let compiled = || engine.compile_in_process(b"\0asm\x01\0\0\0").unwrap();
        let plain = compiled();
        let execution = Execution::new(&plain, Entry::Start);
        let runs =
            |module: &Module| Arc::ptr_eq(&execution.in_best_code().module.inner, &module.inner);
        assert!(runs(&plain));
        let better = compiled().in_place_of(&plain);
        assert!(runs(&better) && !runs(&plain));
        better.count_execution();
        assert_eq!(plain.executions(), 1);
    }
}
