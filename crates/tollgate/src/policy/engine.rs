//! The WebAssembly engine: policies compiled once, kept by their program's hash, instances lent out and taken back.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tollgate_ecl::facts::Facts;
use tollgate_ecl::gas::{Gas, GasLimits};
use tollgate_ecl::input::{Encoder, Input, ProgramId};
use tollgate_ecl::ir::{FactKind, Program};
use tollgate_ecl::memory::PoolTexts;
use tollgate_ecl::outcome::{DecidedBy, EvalError, Explanation, Verdict};
use tollgate_ecl::wasm::host::FactHost;
use tollgate_ecl::wasm::{self, Metadata};
use tollgate_sandbox::{Digest, PureEngine, PureLinker, PureTemplate};

use super::batch::{Batch, BatchResults};
use super::error::PolicyError;
use super::host::{HostState, linker};
use super::instance::WasmInstance;

/// Idle instances a policy keeps by default.
pub const IDLE_INSTANCES_DEFAULT: usize = 8;
/// Compiled policies an engine keeps by default.
pub const CACHED_POLICIES_DEFAULT: usize = 1024;
/// Largest memory of one instance by default, in bytes.
pub const MEMORY_BYTES_DEFAULT: usize = 64 * 1024 * 1024;

/// Bounds of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WasmEngineConfig {
    /// Idle instances each policy keeps for the next evaluation.
    pub idle_instances: usize,
    /// Compiled policies kept; beyond, the cache is emptied. 0: none are.
    pub cached_policies: usize,
    /// Largest memory of one instance, in bytes.
    pub memory_bytes: usize,
    /// Whether machine code is optimised, which takes longer. Without it policies compile sooner and decide slower.
    pub optimise: bool,
    /// Whether policies compiled here search lists and texts with vector instructions. By default when the crate is built with its
    /// feature `simd`. It changes no decision and no gas.
    pub simd: bool,
}

impl Default for WasmEngineConfig {
    fn default() -> Self {
        Self {
            idle_instances: IDLE_INSTANCES_DEFAULT,
            cached_policies: CACHED_POLICIES_DEFAULT,
            memory_bytes: MEMORY_BYTES_DEFAULT,
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
    cache: Mutex<HashMap<Box<str>, Arc<WasmPolicy>>>,
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
                cache: Mutex::default(),
            }),
        })
    }

    /// Compiles a checked program, or gives the policy compiled from the same program before.
    ///
    /// # Errors
    /// When the program is beyond what a module can be, or the engine has no memory.
    pub fn compile(&self, program: Arc<Program>) -> Result<Arc<WasmPolicy>, PolicyError> {
        if let Some(policy) = self.cached(&program.hash) {
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
        self.install(&built.wasm, program, metadata.facts)
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
        self.load(module, None)
    }

    /// Takes a module that was built before. It must be as it was built, for this version of the host interface, and it
    /// may import nothing but facts.
    ///
    /// # Errors
    /// When it is not a policy of ours, has been changed, is for another version, or is another policy than `expected`
    /// (a program hash) when that is given.
    pub fn load(
        &self,
        module: &[u8],
        expected: Option<&str>,
    ) -> Result<Arc<WasmPolicy>, PolicyError> {
        let metadata = wasm::metadata::read(module)?;
        let found = &metadata.program.hash;
        if let Some(expected) = expected.filter(|expected| *expected != &**found) {
            return Err(PolicyError::HashMismatch {
                expected: expected.into(),
                found: found.clone(),
            });
        }
        if let Some(policy) = self.cached(found) {
            return Ok(policy);
        }
        self.install(module, Arc::new(metadata.program), metadata.facts)
    }

    fn install(
        &self,
        module: &[u8],
        program: Arc<Program>,
        facts: Vec<FactKind>,
    ) -> Result<Arc<WasmPolicy>, PolicyError> {
        let compiled = self.inner.engine.compile(module)?;
        let template = self.inner.linker.resolve(&compiled)?;
        let policy = Arc::new(WasmPolicy::new(
            template,
            program,
            facts,
            self.inner.config,
        )?);
        if self.inner.config.cached_policies == 0 {
            return Ok(policy);
        }
        let mut cache = lock(&self.inner.cache);
        if cache.len() >= self.inner.config.cached_policies {
            cache.clear();
        }
        cache.insert(policy.program.hash.clone(), Arc::clone(&policy));
        Ok(policy)
    }

    fn cached(&self, hash: &str) -> Option<Arc<WasmPolicy>> {
        lock(&self.inner.cache).get(hash).map(Arc::clone)
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

impl WasmPolicy {
    fn new(
        template: PureTemplate<HostState>,
        program: Arc<Program>,
        facts: Vec<FactKind>,
        config: WasmEngineConfig,
    ) -> Result<Self, PolicyError> {
        let program = with_pool(&template, program)?;
        let policy = Self {
            id: ProgramId::of(&program),
            encoder: Encoder::new(&program),
            program,
            template,
            config,
            facts,
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

    /// Takes an instance back for the next evaluation.
    pub fn give_back(&self, instance: Box<WasmInstance>) {
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
