//! The WebAssembly engine: policies compiled once, kept by the digest of what they were made from, instances lent out and
//! taken back.
//!
//! A policy that was compiled here from its checked program is known to end and counts its own gas: it runs without other
//! bounds, and its instances are used again. A module that was loaded may be anybody's, whatever it says of itself: it is
//! known by the digest of its bytes alone, it runs with bounds of gas, time and memory, and each evaluation has an instance
//! of its own.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tollgate_ecl::data::gas::Gas;
use tollgate_ecl::engines::wasm::host::FactHost;
use tollgate_ecl::engines::wasm::{self, Metadata};
use tollgate_ecl::host::input::{Encoder, ProgramId};
use tollgate_ecl::host::memory::PoolTexts;
use tollgate_ecl::host::outcome::{DecidedBy, Explanation};
use tollgate_ecl::{EvalError, FactKind, Facts, GasLimits, Input, Program, Verdict};
use tollgate_sandbox::{
    CompileLimits, Compiler, Digest, ForeignEngine, PureBounds, PureEngine, PureLinker,
    PureTemplate,
};

use super::batch::{Batch, BatchResults};
use super::error::PolicyError;
use super::host::{HostState, linker};
use super::instance::WasmInstance;
use super::runner::identity;
use crate::limits::{
    POLICIES_COMPILED, POLICY_INSTANCES_IDLE, POLICY_MEMORY_BYTES, POLICY_MODULE_BYTES_MAX,
};

/// Bounds of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WasmEngineConfig {
    /// Idle instances each policy keeps for the next evaluation.
    pub idle_instances: usize,
    /// Compiled policies kept; beyond, the cache is emptied. 0: none are.
    pub cached_policies: usize,
    /// Largest memory of one instance, in bytes.
    pub memory_bytes: usize,
    /// Whether modules that are loaded are compiled in this process: for programs that cannot start compiler processes. Only the
    /// look at a module before bounds what compiling it takes then.
    pub compile_in_process: bool,
    /// Whether machine code of policies compiled here is optimised, which takes longer. Without it they compile sooner and decide
    /// slower.
    pub optimise: bool,
    /// Whether policies compiled here search lists and texts with vector instructions. By default when the crate is built with its
    /// feature `simd`. It changes no decision and no gas.
    pub simd: bool,
}

impl Default for WasmEngineConfig {
    fn default() -> Self {
        Self {
            idle_instances: POLICY_INSTANCES_IDLE,
            cached_policies: POLICIES_COMPILED,
            memory_bytes: POLICY_MEMORY_BYTES,
            compile_in_process: false,
            optimise: true,
            simd: cfg!(feature = "simd"),
        }
    }
}

/// Compiles policies to machine code and keeps them. Cheap to share.
#[derive(Clone)]
pub struct WasmPolicyEngine {
    inner: Arc<Inner>,
}

struct Inner {
    engine: PureEngine,
    linker: PureLinker<HostState>,
    config: WasmEngineConfig,
    /// Made with the first module that is loaded.
    foreign: OnceLock<Foreign>,
    cache: Mutex<HashMap<Origin, Arc<WasmPolicy>>>,
}

/// What runs modules that were loaded.
struct Foreign {
    engine: ForeignEngine,
    linker: PureLinker<HostState>,
}

/// What a policy was made from: its identity, whatever it says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Origin {
    /// A checked program, by the hash that was found to be its own.
    Program(Box<str>),
    /// A module, by the digest of its bytes.
    Module(Digest),
}

impl fmt::Debug for WasmPolicyEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmPolicyEngine")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

impl WasmPolicyEngine {
    /// Starts an engine; one for a process is enough.
    ///
    /// # Errors
    /// When the machine cannot run compiled code.
    pub fn new(config: WasmEngineConfig) -> Result<Self, PolicyError> {
        let engine = if config.optimise {
            PureEngine::new()?
        } else {
            PureEngine::unoptimised()?
        };
        let linker = linker(&engine)?;
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                linker,
                config,
                foreign: OnceLock::new(),
                cache: Mutex::default(),
            }),
        })
    }

    /// Compiles a checked program, or gives the policy compiled from the same program before.
    ///
    /// # Errors
    /// [`PolicyError::Forged`] when the program has the hash of another, and when it is beyond what a module can be, or the
    /// engine has no memory.
    pub fn compile(&self, program: Arc<Program>) -> Result<Arc<WasmPolicy>, PolicyError> {
        let origin = Origin::Program(identity(&program)?);
        if let Some(policy) = self.cached(&origin) {
            return Ok(policy);
        }
        let options = wasm::Options {
            simd: self.inner.config.simd,
        };
        let built = wasm::build_with(&program, options).map_err(|source| PolicyError::Build {
            policy: program.name.clone(),
            source,
        })?;
        let metadata = Metadata::of(&program);
        let compiled = self.inner.engine.compile(&built.wasm)?;
        let parts = Parts {
            template: self.inner.linker.resolve(&compiled)?,
            program,
            facts: metadata.facts,
            claimed: None,
            config: self.inner.config,
        };
        self.keep(origin, WasmPolicy::new(parts)?)
    }

    /// Takes a module that was built before, when its bytes are those with this SHA-256 (hexadecimal). Use it for a file
    /// that others could have changed: the digest inside of a module shows accidents, not forgeries.
    ///
    /// # Errors
    /// [`PolicyError::ModuleMismatch`] when they are not, and as [`WasmPolicyEngine::load`].
    pub fn load_pinned(&self, module: &[u8], sha256: &str) -> Result<Arc<WasmPolicy>, PolicyError> {
        let found = Digest::of(module).to_hex();
        if !found.eq_ignore_ascii_case(sha256) {
            return Err(PolicyError::ModuleMismatch {
                expected: sha256.into(),
                found: found.into(),
            });
        }
        self.load(module)
    }

    /// Takes a module that was built before, by whomever. It must be as it was built, for this version of the host interface,
    /// and it may import nothing but facts. It is compiled like every module of strangers, and every evaluation has bounds
    /// of gas, time and memory; reaching one is [`EvalError::Internal`].
    ///
    /// # Errors
    /// When it is not a policy of ours, has been changed, is for another version, or cannot be compiled within the bounds of
    /// compiling.
    pub fn load(&self, module: &[u8]) -> Result<Arc<WasmPolicy>, PolicyError> {
        if module.len() > POLICY_MODULE_BYTES_MAX {
            return Err(PolicyError::ModuleTooLarge {
                bytes: module.len(),
            });
        }
        let digest = Digest::of(module);
        let origin = Origin::Module(digest);
        if let Some(policy) = self.cached(&origin) {
            return Ok(policy);
        }
        let wasm::Metadata { program, facts, .. } = wasm::metadata::read(module)?;
        let foreign = self.foreign()?;
        let compiled = foreign
            .engine
            .load(module)
            .map_err(|source| PolicyError::Foreign(Box::new(source)))?;
        // What it says it is made from is kept apart; inputs and outcomes have its real name.
        let claimed = Some(program.hash);
        let hash = digest.to_hex().into();
        let parts = Parts {
            template: foreign.linker.resolve(&compiled)?,
            program: Arc::new(Program { hash, ..program }),
            facts,
            claimed,
            config: self.inner.config,
        };
        self.keep(origin, WasmPolicy::new(parts)?)
    }

    fn foreign(&self) -> Result<&Foreign, PolicyError> {
        if let Some(foreign) = self.inner.foreign.get() {
            return Ok(foreign);
        }
        let config = &self.inner.config;
        let limits = CompileLimits::default();
        let compiler = if config.compile_in_process {
            Compiler::in_process(limits)
        } else {
            Compiler::worker(limits).map_err(|source| PolicyError::Compiler {
                message: source.to_string(),
            })?
        };
        let bounds = PureBounds {
            memory_bytes: config.memory_bytes,
            ..PureBounds::standard()
        };
        let engine = ForeignEngine::new(compiler, bounds)?;
        let linker = linker(engine.engine())?;
        Ok(self
            .inner
            .foreign
            .get_or_init(|| Foreign { engine, linker }))
    }

    fn keep(&self, origin: Origin, policy: WasmPolicy) -> Result<Arc<WasmPolicy>, PolicyError> {
        let policy = Arc::new(policy);
        if self.inner.config.cached_policies == 0 {
            return Ok(policy);
        }
        let mut cache = lock(&self.inner.cache);
        if cache.len() >= self.inner.config.cached_policies {
            cache.clear();
        }
        cache.insert(origin, Arc::clone(&policy));
        Ok(policy)
    }

    fn cached(&self, origin: &Origin) -> Option<Arc<WasmPolicy>> {
        lock(&self.inner.cache).get(origin).map(Arc::clone)
    }
}

/// A value behind a mutex whose holder cannot leave it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A compiled policy. Evaluates on any thread; each evaluation borrows an instance.
pub struct WasmPolicy {
    pub(super) program: Arc<Program>,
    pub(super) id: ProgramId,
    pub(super) encoder: Encoder,
    pub(super) template: PureTemplate<HostState>,
    pub(super) config: WasmEngineConfig,
    /// Facts it may ask for.
    facts: Vec<FactKind>,
    /// For a module that was loaded: the hash of the program that it says it was built from.
    claimed: Option<Box<str>>,
    #[expect(
        clippy::vec_box,
        reason = "an instance is large and moves on every loan; a box moves as a pointer"
    )]
    idle: Mutex<Vec<Box<WasmInstance>>>,
}

impl fmt::Debug for WasmPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmPolicy")
            .field("name", &self.program.name)
            .field("hash", &self.program.hash)
            .finish_non_exhaustive()
    }
}

/// What a policy is made of.
struct Parts {
    template: PureTemplate<HostState>,
    program: Arc<Program>,
    facts: Vec<FactKind>,
    claimed: Option<Box<str>>,
    config: WasmEngineConfig,
}

impl WasmPolicy {
    fn new(parts: Parts) -> Result<Self, PolicyError> {
        let Parts {
            template,
            program,
            facts,
            claimed,
            config,
        } = parts;
        let program = with_pool(&template, program)?;
        let policy = Self {
            id: ProgramId::of(&program),
            encoder: Encoder::new(&program),
            program,
            template,
            config,
            facts,
            claimed,
            idle: Mutex::default(),
        };
        // The first instance also shows that the module has the functions of a policy.
        let first = policy.instance()?;
        policy.give_back(first);
        Ok(policy)
    }

    /// Returns the program: without code when the policy came from a module.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Returns the encoder of this policy's inputs.
    #[must_use]
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Returns the kinds of facts the policy may ask for; empty when it is decided by its input alone.
    #[must_use]
    pub fn facts(&self) -> &[FactKind] {
        &self.facts
    }

    /// Lends an instance: an idle one, or a new one. For many evaluations on one thread, keep it.
    ///
    /// # Errors
    /// When there is no memory for a new one.
    pub fn instance(&self) -> Result<Box<WasmInstance>, PolicyError> {
        match lock(&self.idle).pop() {
            Some(instance) => Ok(instance),
            None => Ok(Box::new(WasmInstance::new(self)?)),
        }
    }

    /// Returns the hash of the program that a loaded module says it was built from; `None` for a policy compiled here. Good for
    /// noticing that the wrong file was taken, and no proof: the maker of a module writes into it what they like.
    #[must_use]
    pub fn claimed_program(&self) -> Option<&str> {
        self.claimed.as_deref()
    }

    /// Takes an instance back for the next evaluation. One of a loaded module is dropped: it may remember what it was asked.
    pub fn give_back(&self, instance: Box<WasmInstance>) {
        if self.claimed.is_some() {
            return;
        }
        let mut idle = lock(&self.idle);
        if instance.is_of(&self.id) && idle.len() < self.config.idle_instances {
            idle.push(instance);
        }
    }

    /// Evaluates one input.
    pub fn evaluate(&self, input: &Input, facts: &mut dyn Facts, limits: &GasLimits) -> Verdict {
        self.with_instance(|instance| instance.evaluate(input, facts, limits))
            .unwrap_or(INTERNAL)
    }

    /// Evaluates one input and records the outcome of every rule.
    pub fn explain(&self, input: &Input, facts: &mut dyn Facts, limits: &GasLimits) -> Explanation {
        self.with_instance(|instance| instance.explain(input, facts, limits))
            .unwrap_or_else(|_| Explanation {
                verdict: INTERNAL,
                rules: Vec::new(),
                leaves: Vec::new(),
            })
    }

    /// Evaluates all inputs of a batch.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn evaluate_batch(
        &self,
        batch: &Batch,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Result<BatchResults, PolicyError> {
        self.with_instance(|instance| instance.evaluate_batch(batch, facts, limits))?
    }

    fn with_instance<R>(
        &self,
        work: impl FnOnce(&mut WasmInstance) -> R,
    ) -> Result<R, PolicyError> {
        let mut instance = self.instance()?;
        let result = work(&mut instance);
        self.give_back(instance);
        Ok(result)
    }
}

/// The verdict of an evaluation that could not be made.
pub(super) const INTERNAL: Verdict = Verdict {
    result: Err(EvalError::Internal),
    by: DecidedBy::Error,
    gas: Gas::ZERO,
};

/// Fills in the pool of a program that came out of a module: it stands in the memory.
fn with_pool(
    template: &PureTemplate<HostState>,
    program: Arc<Program>,
) -> Result<Arc<Program>, PolicyError> {
    if !program.pool.bytes.is_empty() {
        return Ok(program);
    }
    let shape = |message: &str| PolicyError::Shape {
        message: message.to_owned(),
    };
    let host = FactHost::new(PoolTexts::default(), 0);
    let mut instance = template.instantiate(HostState(host))?;
    let base = instance
        .global("base")
        .and_then(|base| usize::try_from(base).ok())
        .ok_or_else(|| shape("it exports no global `base`"))?;
    let bytes = instance.read(base, program.input_base as usize)?;
    let mut program = Arc::unwrap_or_clone(program);
    program.pool.bytes = bytes.to_vec();
    Ok(Arc::new(program))
}
