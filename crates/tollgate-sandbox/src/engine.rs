//! The engine: how code is compiled and where it runs.
//!
//! An [`Engine`] is one wasmtime engine with an explicit configuration: which proposals of WebAssembly are on, how guests
//! are interrupted, how deterministic they are. Settings that change the compiled code are part of
//! [`Engine::fingerprint`], so code of one engine never runs in another.

mod admission;
mod artifact;
mod fingerprint;
mod module;
mod names;
mod obstacle;
mod settings;
pub(crate) mod workers;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

pub use self::{
    admission::Load, artifact::VerifiedArtifact, fingerprint::Fingerprint, module::Module,
};
pub(crate) use self::{
    admission::{Admission, Place},
    artifact::{ArtifactCode, Code},
    settings::{for_stubs, precompile_checked},
};
use self::{
    artifact::load,
    fingerprint::fingerprint,
    settings::{build, precompile, validate},
};
use crate::{
    config::{Allocation, EngineConfig, Profile, Proposals},
    digest::Digest,
    engine::workers::Pool,
    error::EngineError,
    event::{EventBus, EventKind, Subscription},
    id::ExecutionId,
    limiter::{MemoryAccount, MemoryStatistics},
    limits,
    threads::ticker,
};

/// What a unit of gas is: the fuel of wasmtime 48 for instructions, and the second table of prices for host work. Two figures
/// can be compared when they have the same one.
pub const GAS_VERSION: &str = "fuel wasmtime-48, host prices 2";

/// Compiles, loads and runs modules. Cheap to clone; clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    config: EngineConfig,
    allocation: Allocation,
    primary: wasmtime::Engine,
    /// Allocates on demand, for modules that do not fit the slots of the pool. Compiled code is the same for both.
    spill: OnceLock<wasmtime::Engine>,
    fingerprint: Fingerprint,
    shared: Arc<Shared>,
    workers: Arc<Pool>,
}

/// What engines of one family share: accounts, queue, events.
pub(crate) struct Shared {
    pub(crate) memory: Arc<MemoryAccount>,
    pub(crate) admission: Admission,
    pub(crate) events: EventBus,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.inner.config)
            .field("fingerprint", &self.inner.fingerprint)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Makes an engine.
    ///
    /// # Errors
    /// When the machine cannot run this configuration; with [`Allocation::Auto`] a lack of address space is not an error.
    pub fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        let shared = Shared {
            memory: Arc::new(MemoryAccount::new(Some(config.global_memory_bytes))),
            admission: Admission::new(config),
            events: EventBus::new(limits::EVENTS),
        };
        Self::with_shared(config.clone(), Arc::new(shared))
    }

    /// Makes an engine with other proposals that shares the memory account, the queue and the events of this one.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_proposals(&self, proposals: Proposals) -> Result<Self, EngineError> {
        if proposals == self.inner.config.proposals {
            return Ok(self.clone());
        }
        let config = EngineConfig {
            proposals,
            ..self.inner.config.clone()
        };
        Self::with_shared(config, self.inner.shared.clone())
    }

    fn with_shared(config: EngineConfig, shared: Arc<Shared>) -> Result<Self, EngineError> {
        let config = config.of_this_process();
        let (primary, allocation) = build(&config)?;
        let fingerprint = fingerprint(&config, &primary);
        if config.profile == Profile::Timed {
            ticker::register(&primary);
        }
        let inner = Inner {
            workers: Arc::new(Pool::new(&config)),
            config,
            allocation,
            primary,
            spill: OnceLock::new(),
            fingerprint,
            shared,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Returns the configuration the engine was made from.
    pub fn config(&self) -> &EngineConfig {
        &self.inner.config
    }

    /// Returns where instances get their memory from: never [`Allocation::Auto`].
    pub fn allocation(&self) -> Allocation {
        self.inner.allocation
    }

    /// Returns the hash of everything that changes what compiled code does or costs.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.inner.fingerprint
    }

    /// Returns a reader of the engine's events from now on.
    pub fn subscribe(&self) -> Subscription {
        self.inner.shared.events.subscribe()
    }

    /// Tells the readers of events that this execution of `module` was asked for and not admitted. Admission lies with the crate that
    /// uses the engine.
    pub fn tell_rejected(&self, execution: ExecutionId, module: Digest, reasons: &[String]) {
        self.events().send(module, || EventKind::ExecutionRejected {
            execution,
            reasons: reasons.to_vec(),
        });
    }

    /// Returns what all executions of this engine allocate and have allocated.
    pub fn memory(&self) -> MemoryStatistics {
        self.inner.shared.memory.statistics()
    }

    /// Returns how many executions run and how many wait.
    pub fn load(&self) -> Load {
        self.inner.shared.admission.load()
    }

    /// Compiles a module or component to an artifact that [`Engine::deserialize_trusted`] of an engine with the same
    /// fingerprint accepts. Compilation is not bounded here; run it where it can be killed.
    ///
    /// # Errors
    /// When `wasm` is not valid for this engine's proposals.
    pub fn precompile(&self, wasm: &[u8]) -> Result<Vec<u8>, EngineError> {
        self.validate(wasm)?;
        precompile(&self.inner.primary, wasm)
    }

    /// Checks that `wasm` is a valid binary module or component under this engine's proposals and determinism level.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] or [`EngineError::Floats`], with the offset.
    pub fn validate(&self, wasm: &[u8]) -> Result<(), EngineError> {
        validate(&self.inner.config, wasm)
    }

    /// Compiles and loads a module in this process. For modules the caller trusts not to be a burden for the compiler;
    /// others go through a compiler process.
    ///
    /// # Errors
    /// As [`Engine::precompile`].
    pub fn compile_in_process(&self, wasm: &[u8]) -> Result<Module, EngineError> {
        let started = std::time::Instant::now();
        let module = Digest::of(wasm);
        let bytes = self.precompile(wasm)?;
        self.events().send(module, || EventKind::ModuleCompiled {
            took: started.elapsed(),
        });
        self.deserialize_trusted(VerifiedArtifact::assume_verified(
            ArtifactCode::Bytes(bytes),
            module,
        ))
    }

    /// Loads compiled code. The only place that does.
    ///
    /// # Errors
    /// When the artifact was made by an engine with another fingerprint.
    pub fn deserialize_trusted(&self, artifact: VerifiedArtifact) -> Result<Module, EngineError> {
        let code = match load(&self.inner.primary, &artifact) {
            Err(EngineError::Artifact { .. }) if self.inner.allocation == Allocation::Pooling => {
                load(self.spill()?, &artifact)?
            }
            loaded => loaded?,
        };
        let module = Module::new(self.clone(), code, artifact.module());
        self.events()
            .send(artifact.module(), || EventKind::ModuleLoaded);
        Ok(module)
    }

    fn spill(&self) -> Result<&wasmtime::Engine, EngineError> {
        if let Some(engine) = self.inner.spill.get() {
            return Ok(engine);
        }
        let config = EngineConfig {
            allocation: Allocation::OnDemand,
            ..self.inner.config.clone()
        };
        let (engine, _) = build(&config)?;
        if config.profile == Profile::Timed {
            ticker::register(&engine);
        }
        Ok(self.inner.spill.get_or_init(|| engine))
    }

    pub(crate) fn wasm(&self) -> &wasmtime::Engine {
        &self.inner.primary
    }

    pub(crate) fn events(&self) -> &EventBus {
        &self.inner.shared.events
    }

    pub(crate) fn workers(&self) -> &Arc<Pool> {
        &self.inner.workers
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.inner.shared
    }
}
