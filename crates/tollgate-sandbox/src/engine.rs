//! The engine: how code is compiled and where it runs.
//!
//! An [`Engine`] is one wasmtime engine with an explicit configuration: which proposals of WebAssembly are on, how guests
//! are interrupted, how deterministic they are. Settings that change the compiled code are part of
//! [`Engine::fingerprint`], so code of one engine never runs in another.

use std::{
    fmt,
    hash::{Hash, Hasher},
    os::unix::fs::FileExt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wasmparser::WasmFeatures;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OperatorCost, OptLevel, PoolingAllocationConfig,
    Precompiled, RegallocAlgorithm, Strategy, WasmBacktraceDetails,
};

use crate::{
    Digest, EngineError, EventKind, ExecutionId, JailMode, Module, Subscription,
    limiter::{MemoryAccount, MemoryStatistics},
    limits,
    module::Code,
    run::{Admission, Unstoppable},
};

/// Version of the table that prices instructions and host work; part of the fingerprint.
const PRICE_TABLE: u32 = 2;

/// What a unit of gas is: the fuel of wasmtime 48 for instructions, and the second table of prices for host work. Two figures
/// can be compared when they have the same one.
pub const GAS_VERSION: &str = "fuel wasmtime-48, host prices 2";

/// How guests are metered and interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Every instruction is counted; the default.
    Metered,
    /// Instructions are not counted, only time is; for trusted code at full speed.
    Timed,
    /// As `Metered`, each execution in a process of its own.
    Isolated,
}

/// How far an execution's result depends only on its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Determinism {
    /// The bits of not-a-number values are fixed; float loops can be several times slower.
    Full,
    /// Modules with floats are refused, which costs nothing.
    NoFloat,
    /// Bits of not-a-number values may differ between machines; the default.
    Off,
}

/// How much effort the compiler makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Optimised code; the default.
    Speed,
    /// Plain code, for modules on which optimising would take too long: deep loops are compiled fifty times faster, an
    /// interpreter in a fifth less time; and it takes up to two thirds more time to run.
    Quick,
}

/// What becomes of a module's debug information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DebugInfo {
    /// It is left out of compiled code; the default. Traces have names of functions, and places in the module.
    Dropped,
    /// It is kept, and read in this process when the module traps: traces have files and lines. A few kilobytes of it can
    /// take minutes and gigabytes, which no limit bounds: for modules whose makers are trusted.
    Kept,
}

/// What executes the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Machine code by Cranelift; the default.
    Native,
    /// wasmtime's portable interpreter: slow, and without generated machine code.
    Pulley,
}

/// Where instances get their memory from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// From slots reserved at the start: fastest for many executions; needs terabytes of address space.
    Pooling,
    /// From the system, each time: cheapest for one execution.
    OnDemand,
    /// Pooling if this process has the address space, else on demand with a warning.
    Auto,
}

/// How many addresses a memory of a guest reserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reservation {
    /// As many as it can have: fastest, since the processor finds accesses outside of it. Each takes four GiB of addresses.
    Full,
    /// As many as it has: for processes whose addresses are limited. Each access is checked, which is slower.
    Small,
    /// Small if the addresses of this process are limited to less than [`limits::ADDRESS_SPACE_FULL`], else full.
    Auto,
}

impl Reservation {
    /// Returns the choice for this process: never [`Reservation::Auto`].
    fn chosen(self) -> Self {
        match self {
            Self::Full | Self::Small => self,
            Self::Auto => {
                let most = getrlimit(Resource::As).current;
                if most.is_some_and(|most| most < limits::ADDRESS_SPACE_FULL) {
                    Self::Small
                } else {
                    Self::Full
                }
            }
        }
    }
}

/// Proposals of WebAssembly that can be turned on and off. [`Proposals::standard`] has those on that every current
/// toolchain takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Proposals {
    /// Vector instructions. On by default.
    pub simd: bool,
    /// Copying and filling whole ranges. On by default.
    pub bulk_memory: bool,
    /// References as values. On by default.
    pub reference_types: bool,
    /// Calls that replace the caller's frame. On by default.
    pub tail_call: bool,
    /// Atomic instructions and shared memories.
    pub threads: bool,
    /// Memories with 64-bit addresses.
    pub memory64: bool,
    /// More than one memory in a module.
    pub multi_memory: bool,
    /// Garbage-collected types and typed function references. The collector's work is not metered.
    pub gc: bool,
    /// Exceptions.
    pub exceptions: bool,
}

impl Proposals {
    /// Returns the default choice.
    pub const fn standard() -> Self {
        Self {
            simd: true,
            bulk_memory: true,
            reference_types: true,
            tail_call: true,
            threads: false,
            memory64: false,
            multi_memory: false,
            gc: false,
            exceptions: false,
        }
    }
}

impl Default for Proposals {
    fn default() -> Self {
        Self::standard()
    }
}

/// Everything an engine is made from. Start from [`EngineConfig::metered`], [`EngineConfig::timed`] or
/// [`EngineConfig::isolated`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineConfig {
    /// How guests are metered.
    pub profile: Profile,
    /// How deterministic they are.
    pub determinism: Determinism,
    /// What executes the code.
    pub backend: Backend,
    /// Where instances get their memory from.
    pub allocation: Allocation,
    /// How many addresses each memory reserves. Default [`Reservation::Auto`].
    pub reservation: Reservation,
    /// Proposals of WebAssembly. Default [`Proposals::standard`].
    pub proposals: Proposals,
    /// Bytes of stack for guest frames. Default [`limits::STACK_BYTES`].
    pub stack_bytes: usize,
    /// Executions at the same time. Default [`limits::CONCURRENT`].
    pub concurrent: u32,
    /// Executions that may wait. Default [`limits::QUEUED`].
    pub queued: u32,
    /// How long they wait. Default [`limits::QUEUE_WAIT`].
    pub queue_wait: Duration,
    /// Bytes of memories and tables of all executions together. Default [`limits::GLOBAL_MEMORY_BYTES`].
    pub global_memory_bytes: u64,
    /// Bytes of all executions of one module together. Default: no limit but the global one.
    pub module_memory_bytes: Option<u64>,
    /// Whether one compilation may use several threads. Off by default: a compilation must not take a whole server.
    pub parallel_compilation: bool,
    /// What happens to a run that could go on past its time limit inside this process. Default
    /// [`Unstoppable::Isolate`].
    pub unstoppable: Unstoppable,
    /// What becomes of debug information. Default [`DebugInfo::Dropped`].
    pub debug_info: DebugInfo,
    /// Worker processes that wait for an execution of the profile `isolated`, from the first one on. Default
    /// [`limits::ISOLATED_WAITING`], at most [`limits::ISOLATED_WAITING_CEILING`].
    pub waiting_workers: u32,
    /// How much of their jail worker processes must have. Default [`JailMode::Best`].
    pub jail: JailMode,
}

impl EngineConfig {
    /// Returns the default configuration: metered, native, pooling when possible.
    pub const fn metered() -> Self {
        Self {
            profile: Profile::Metered,
            determinism: Determinism::Off,
            backend: Backend::Native,
            allocation: Allocation::Auto,
            reservation: Reservation::Auto,
            proposals: Proposals::standard(),
            stack_bytes: limits::STACK_BYTES,
            concurrent: limits::CONCURRENT,
            queued: limits::QUEUED,
            queue_wait: limits::QUEUE_WAIT,
            global_memory_bytes: limits::GLOBAL_MEMORY_BYTES,
            module_memory_bytes: None,
            parallel_compilation: false,
            unstoppable: Unstoppable::Isolate,
            debug_info: DebugInfo::Dropped,
            waiting_workers: limits::ISOLATED_WAITING,
            jail: JailMode::Best,
        }
    }

    /// Returns the configuration for trusted code at full speed.
    pub const fn timed() -> Self {
        Self {
            profile: Profile::Timed,
            ..Self::metered()
        }
    }

    /// Returns the configuration that gives each execution its own process.
    pub const fn isolated() -> Self {
        Self {
            profile: Profile::Isolated,
            allocation: Allocation::OnDemand,
            ..Self::metered()
        }
    }

    /// Decides what depends on the limits of the process that runs the code, as this process has them.
    pub(crate) fn of_this_process(self) -> Self {
        Self {
            reservation: self.reservation.chosen(),
            ..self
        }
    }

    /// Whether instructions are counted.
    pub(crate) fn is_metered(&self) -> bool {
        match self.profile {
            Profile::Metered | Profile::Isolated => true,
            Profile::Timed => false,
        }
    }
}

/// Compiled code that is known to come from this program: read from the cache with a valid authentication code, or made
/// by our own compiler process.
///
/// Loading machine code runs it, so there is no public way to make one of these from arbitrary bytes.
#[derive(Debug)]
pub struct VerifiedArtifact {
    code: ArtifactCode,
    module: Digest,
}

/// Where the bytes of an artifact are.
#[derive(Debug)]
pub(crate) enum ArtifactCode {
    /// In memory of this process.
    Bytes(Vec<u8>),
    /// In a file that is all of it and that the system lets nobody change any more.
    Sealed(std::fs::File),
}

impl VerifiedArtifact {
    /// Declares `code` to be the untouched output of [`Engine::precompile`] for the module with digest `module`.
    ///
    /// INVARIANT: callers have checked a message authentication code over all of `code`, after the last moment at which
    /// anybody could change it, or got it from a compiler process they started themselves.
    pub(crate) fn assume_verified(code: ArtifactCode, module: Digest) -> Self {
        Self { code, module }
    }

    /// Returns the digest of the module that was compiled.
    pub fn module(&self) -> Digest {
        self.module
    }
}

/// Hash of everything that changes what compiled code does or costs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Returns the 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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
    workers: Arc<crate::isolated::Pool>,
}

/// What engines of one family share: accounts, queue, events.
pub(crate) struct Shared {
    pub(crate) memory: Arc<MemoryAccount>,
    pub(crate) admission: Admission,
    pub(crate) events: crate::event::EventBus,
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
            events: crate::event::EventBus::new(limits::EVENTS),
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
            crate::run::ticker::register(&primary);
        }
        let inner = Inner {
            workers: Arc::new(crate::isolated::Pool::new(&config)),
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

    /// Tells the readers of events that this execution of `module` was asked for and not admitted. Admission lies with whoever
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

    /// Compiles a module that was checked for `config` as [`Engine::precompile`] of an engine with `config` does, at the
    /// effort of `tier`, without making an engine that could run anything. The result fits every engine with the fingerprint
    /// of `config`, in which [`EngineConfig::of_this_process`] left nothing open if it comes from another process: effort
    /// changes neither what code does nor what it costs in fuel.
    pub(crate) fn precompile_checked(
        config: &EngineConfig,
        tier: Tier,
        wasm: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let mut compiler = base_config(config)?;
        compiler.cranelift_opt_level(match tier {
            Tier::Speed => OptLevel::Speed,
            Tier::Quick => OptLevel::None,
        });
        let engine = wasmtime::Engine::new(&compiler).map_err(|error| EngineError::Config {
            message: format!("{error:#}"),
        })?;
        precompile(&engine, wasm)
    }

    /// Returns an engine of wasmtime with `config`, for modules that are looked at and not run.
    pub(crate) fn for_stubs(config: &EngineConfig) -> Result<wasmtime::Engine, EngineError> {
        wasmtime::Engine::new(&base_config(config)?).map_err(|error| EngineError::Config {
            message: format!("{error:#}"),
        })
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
        let module = Module::new(self.clone(), code, artifact.module);
        self.events()
            .send(artifact.module, || EventKind::ModuleLoaded);
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
            crate::run::ticker::register(&engine);
        }
        Ok(self.inner.spill.get_or_init(|| engine))
    }

    pub(crate) fn wasm(&self) -> &wasmtime::Engine {
        &self.inner.primary
    }

    pub(crate) fn events(&self) -> &crate::event::EventBus {
        &self.inner.shared.events
    }

    pub(crate) fn workers(&self) -> &Arc<crate::isolated::Pool> {
        &self.inner.workers
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.inner.shared
    }
}

/// Executions of an engine at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Running.
    pub running: u32,
    /// Waiting for a place.
    pub waiting: u32,
}

fn load(engine: &wasmtime::Engine, artifact: &VerifiedArtifact) -> Result<Code, EngineError> {
    let unread = |error: std::io::Error| EngineError::Artifact {
        message: error.to_string(),
    };
    match &artifact.code {
        ArtifactCode::Bytes(bytes) => load_bytes(engine, bytes),
        ArtifactCode::Sealed(file) => {
            match load_sealed(engine, file.try_clone().map_err(unread)?) {
                Ok(code) => Ok(code),
                // Some systems do not let such files be mapped as code; and what is wrong is said better below.
                Err(_) => {
                    let mut bytes = vec![
                        0;
                        usize::try_from(file.metadata().map_err(unread)?.len())
                            .unwrap_or(0)
                    ];
                    file.read_exact_at(&mut bytes, 0).map_err(unread)?;
                    load_bytes(engine, &bytes)
                }
            }
        }
    }
}

#[expect(
    unsafe_code,
    reason = "compiled code can only be loaded through an unsafe function"
)]
fn load_sealed(engine: &wasmtime::Engine, file: std::fs::File) -> wasmtime::Result<Code> {
    // SAFETY: the file is the unchanged output of our own compiler: `VerifiedArtifact` is only made of it after an
    // authentication code over all of it was checked. It cannot change afterwards: it has no name, and was sealed against
    // writing before the check and against any other size after it. What is mapped is what was checked.
    unsafe { wasmtime::Module::deserialize_open_file(engine, file) }.map(Code::Core)
}

#[expect(
    unsafe_code,
    reason = "compiled code can only be loaded through an unsafe function"
)]
fn load_bytes(engine: &wasmtime::Engine, bytes: &[u8]) -> Result<Code, EngineError> {
    let foreign = |error: wasmtime::Error| EngineError::Artifact {
        message: format!("{error:#}"),
    };
    match wasmtime::Engine::detect_precompiled(bytes) {
        Some(Precompiled::Module) => {
            // SAFETY: the bytes are the unchanged output of our own compiler: `VerifiedArtifact` is only made after an
            // authentication code over all of them was checked, or straight from a compiler we started.
            let module = unsafe { wasmtime::Module::deserialize(engine, bytes) };
            module.map(Code::Core).map_err(foreign)
        }
        Some(Precompiled::Component) => {
            // SAFETY: as above.
            let component = unsafe { wasmtime::component::Component::deserialize(engine, bytes) };
            component.map(Code::Component).map_err(foreign)
        }
        None => Err(EngineError::Artifact {
            message: String::from("these bytes are not compiled code"),
        }),
    }
}

fn validate(config: &EngineConfig, wasm: &[u8]) -> Result<(), EngineError> {
    let features = features(&config.proposals);
    wasmparser::Validator::new_with_features(features)
        .validate_all(wasm)
        .map_err(|error| EngineError::Invalid {
            message: error.to_string(),
        })?;
    if config.determinism == Determinism::NoFloat {
        wasmparser::Validator::new_with_features(features - WasmFeatures::FLOATS)
            .validate_all(wasm)
            .map_err(|error| EngineError::Floats {
                message: error.to_string(),
            })?;
    }
    Ok(())
}

fn precompile(engine: &wasmtime::Engine, wasm: &[u8]) -> Result<Vec<u8>, EngineError> {
    let readable = crate::compile::readable(wasm);
    let artifact = if wasmparser::Parser::is_component(wasm) {
        engine.precompile_component(&readable)
    } else {
        engine.precompile_module(&readable)
    };
    artifact.map_err(|error| EngineError::Compile {
        message: format!("{error:#}"),
    })
}

/// The proposals that are always on, and those the configuration has on. An explicit list: a new version of wasmtime must
/// not turn on anything by itself.
pub(crate) fn features(proposals: &Proposals) -> WasmFeatures {
    let mut features = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::FLOATS
        | WasmFeatures::GC_TYPES
        | WasmFeatures::COMPONENT_MODEL;
    features.set(WasmFeatures::SIMD, proposals.simd);
    features.set(WasmFeatures::BULK_MEMORY, proposals.bulk_memory);
    features.set(WasmFeatures::BULK_MEMORY_OPT, proposals.bulk_memory);
    features.set(WasmFeatures::REFERENCE_TYPES, proposals.reference_types);
    features.set(
        WasmFeatures::CALL_INDIRECT_OVERLONG,
        proposals.reference_types,
    );
    features.set(WasmFeatures::TAIL_CALL, proposals.tail_call);
    features.set(WasmFeatures::THREADS, proposals.threads);
    features.set(WasmFeatures::MEMORY64, proposals.memory64);
    features.set(WasmFeatures::MULTI_MEMORY, proposals.multi_memory);
    features.set(WasmFeatures::GC, proposals.gc);
    features.set(WasmFeatures::FUNCTION_REFERENCES, proposals.gc);
    features.set(WasmFeatures::EXCEPTIONS, proposals.exceptions);
    features
}

fn build(config: &EngineConfig) -> Result<(wasmtime::Engine, Allocation), EngineError> {
    let fail = |error: wasmtime::Error| EngineError::Config {
        message: format!("{error:#}"),
    };
    let on_demand = || wasmtime::Engine::new(&base_config(config)?).map_err(fail);
    let pooling = || {
        let mut wasm = base_config(config)?;
        wasm.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config)));
        wasmtime::Engine::new(&wasm).map_err(fail)
    };
    match config.allocation {
        Allocation::OnDemand => Ok((on_demand()?, Allocation::OnDemand)),
        Allocation::Pooling => Ok((pooling()?, Allocation::Pooling)),
        // A pool reserves many memories.
        Allocation::Auto if config.reservation == Reservation::Small => {
            Ok((on_demand()?, Allocation::OnDemand))
        }
        Allocation::Auto => match pooling() {
            Ok(engine) => Ok((engine, Allocation::Pooling)),
            Err(error) => {
                tracing::warn!(%error, "no address space for pooling, allocating on demand");
                Ok((on_demand()?, Allocation::OnDemand))
            }
        },
    }
}

/// The engine has every proposal of [`Proposals::standard`]: [`validate`] keeps out what the configuration turns off, and
/// the code it lets through is the same.
fn base_config(config: &EngineConfig) -> Result<Config, EngineError> {
    let proposals = &config.proposals;
    let mut wasm = Config::new();
    wasm.strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking)
        .parallel_compilation(config.parallel_compilation)
        .generate_address_map(true)
        .wasm_backtrace_details(match config.debug_info {
            DebugInfo::Dropped => WasmBacktraceDetails::Disable,
            DebugInfo::Kept => WasmBacktraceDetails::Enable,
        })
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(limits::BACKTRACE_FRAMES))
        .memory_init_cow(true)
        .guard_before_linear_memory(true)
        .memory_guard_size(32 << 20)
        .max_wasm_stack(config.stack_bytes)
        .async_stack_size(config.stack_bytes.saturating_add(limits::HOST_STACK_BYTES))
        .async_stack_zeroing(true)
        .wasm_component_model(true)
        .wasm_bulk_memory(true)
        .wasm_reference_types(true)
        .wasm_multi_value(true)
        .wasm_simd(true)
        .wasm_tail_call(true)
        .wasm_extended_const(true)
        .wasm_relaxed_simd(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        .wasm_threads(proposals.threads)
        .shared_memory(proposals.threads)
        .wasm_memory64(proposals.memory64)
        // Adapters between components have two memories, whatever the components themselves may have.
        .wasm_multi_memory(true)
        .wasm_function_references(proposals.gc)
        .wasm_gc(proposals.gc)
        .wasm_exceptions(proposals.exceptions);
    match config.reservation.chosen() {
        Reservation::Small => {
            wasm.memory_reservation(0)
                .memory_reservation_for_growth(SMALL_GROWTH)
                .memory_guard_size(SMALL_GUARD)
                .guard_before_linear_memory(false);
        }
        Reservation::Full | Reservation::Auto => {}
    }
    if config.is_metered() {
        let mut cost = OperatorCost::default();
        cost.variable.memory_grow_per_page = u8::MAX;
        wasm.consume_fuel(true).operator_cost(cost);
    } else {
        wasm.epoch_interruption(true);
    }
    if config.determinism == Determinism::Full {
        wasm.cranelift_nan_canonicalization(true);
    }
    if config.backend == Backend::Pulley {
        wasm.target("pulley64")
            .map_err(|error| EngineError::Config {
                message: format!("{error:#}"),
            })?;
    }
    Ok(wasm)
}

/// Addresses after a memory of [`Reservation::Small`] that it grows into before it has to move.
const SMALL_GROWTH: u64 = 1 << 20;
/// Addresses after a memory of [`Reservation::Small`] that nothing is in.
const SMALL_GUARD: u64 = 64 << 10;

/// Elements a table of the pool can have: more than the memory limit usually allows, so that the limit is what is reported.
const POOL_TABLE_ELEMENTS: usize = 8 << 20;

/// Slots for [`EngineConfig::concurrent`] executions with several memories and tables each. A module that needs more than
/// a slot gives is loaded by the on-demand twin of the engine.
fn pool(config: &EngineConfig) -> PoolingAllocationConfig {
    let slots = config.concurrent.max(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(8))
        .total_memories(slots.saturating_mul(4))
        .total_tables(slots.saturating_mul(8))
        .total_stacks(slots.saturating_mul(limits::REENTRY_DEPTH.saturating_add(1)))
        .total_gc_heaps(slots)
        .max_memories_per_module(1)
        .max_memories_per_component(4)
        .max_tables_per_module(2)
        .max_tables_per_component(8)
        .max_core_instances_per_component(8)
        .table_elements(POOL_TABLE_ELEMENTS)
        .max_core_instance_size(1 << 20)
        .max_component_instance_size(1 << 20)
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(64 << 10)
        .max_unused_warm_slots((slots / 4).max(1))
        .pagemap_scan(Enabled::Auto);
    pool
}

fn fingerprint(config: &EngineConfig, engine: &wasmtime::Engine) -> Fingerprint {
    let mut hasher = FingerprintHasher(Sha256::new());
    hasher.0.update(b"tollgate engine fingerprint 2\0");
    engine.precompile_compatibility_hash().hash(&mut hasher);
    PRICE_TABLE.hash(&mut hasher);
    config.determinism.hash(&mut hasher);
    config.proposals.hash(&mut hasher);
    config.is_metered().hash(&mut hasher);
    config.debug_info.hash(&mut hasher);
    Fingerprint(hex::encode(hasher.0.finalize()))
}

/// Lets [`Hash`] feed a cryptographic hash; the 64-bit result is never used.
struct FingerprintHasher(Sha256);

impl Hasher for FingerprintHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
