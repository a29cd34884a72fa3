//! From a source to a module that is ready to run.
//!
//! Read, assemble if it is text, look in memory, look on disk, else check and compile it where it can be killed, keep the
//! code. The order is what makes it both fast and safe: the digest decides everything after reading, several loads of one
//! module at the same time do the work once, and this process looks into no byte of a module that is not our own code.

mod later;
mod queue;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use crate::cache::memory::{Lookup, MemoryCache};
use crate::cache::{
    CacheStatistics, DiskCache, Form, Found, MemoryCacheConfig, MemoryCacheStatistics, Rejection,
};
use crate::compile::{
    Compilation, CompileError, Compiled, Compiler, Intent, Lack, Optimise, Rules, entry_of,
};
use crate::digest::Digest;
use crate::engine::Module;
use crate::error::EngineError;
use crate::event::EventKind;
use crate::export::{self, MissingExport};
use crate::limiter::MemoryStatistics;
use crate::limits::MODULE_BYTES_CEILING;
use crate::prescan::{ModuleLimit, ModuleLimits, ScanError};
use crate::source::{Source, SourceBytes, SourceError, SourceForm, SourceOptions};
use crate::{
    config::{Proposals, Tier},
    engine::{ArtifactCode, Engine, VerifiedArtifact},
};
use later::Work;
use queue::Queue;

/// What a loader is made of.
#[derive(Debug)]
pub struct LoaderConfig {
    /// Runs the modules.
    pub engine: Engine,
    /// Compiles them.
    pub compiler: Compiler,
    /// Keeps compiled code on disk; `None` keeps none.
    pub disk: Option<DiskCache>,
    /// Keeps modules in memory.
    pub memory: MemoryCacheConfig,
    /// What modules are held to before they are compiled.
    pub limits: ModuleLimits,
    /// When modules are optimised that take long to optimise.
    pub optimise: Optimise,
}

impl LoaderConfig {
    /// Returns a configuration without a cache on disk.
    pub fn new(engine: Engine, compiler: Compiler) -> Self {
        Self {
            engine,
            compiler,
            disk: None,
            memory: MemoryCacheConfig::default(),
            limits: ModuleLimits::default(),
            optimise: Optimise::default(),
        }
    }
}

/// What one load may do and must find.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// How the source is read.
    pub source: SourceOptions,
    /// Functions the module must export.
    pub exports: Vec<String>,
    /// Proposals to turn on for this module. Default: those of the loader's engine.
    pub proposals: Option<Proposals>,
    /// What the module is going to be used for. A module that lacks something for that is not compiled, and one without the
    /// entry is not loaded either if it was compiled before. Default: not known, and nothing is looked for.
    pub intent: Option<Intent>,
}

/// A module cannot be loaded.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The source could not be read.
    #[error(transparent)]
    Source(Arc<SourceError>),
    /// The module was refused before compiling.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The module could not be compiled.
    #[error(transparent)]
    Compile(Arc<CompileError>),
    /// The engine does not take it.
    #[error(transparent)]
    Engine(Arc<EngineError>),
    /// The module cannot be used as intended.
    #[error(transparent)]
    Lack(#[from] Lack),
    /// A function it must export is not there.
    #[error(transparent)]
    Export(#[from] MissingExport),
    /// The runtime ended while the module was being loaded.
    #[error("loading was interrupted because the program is ending")]
    Interrupted,
}

impl From<SourceError> for LoadError {
    fn from(error: SourceError) -> Self {
        Self::Source(Arc::new(error))
    }
}

impl From<EngineError> for LoadError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Arc::new(error))
    }
}

impl LoadError {
    /// The error of a compiler, as that of the step it belongs to; `name` is the source.
    fn of_compiler(error: Arc<CompileError>, name: &str) -> Self {
        match &*error {
            CompileError::Scan(error) => Self::Scan(error.clone()),
            CompileError::Lack(lack) => Self::Lack(lack.clone()),
            CompileError::Text {
                line,
                column,
                message,
            } => SourceError::Text {
                name: name.to_owned(),
                line: *line,
                column: *column,
                message: message.clone(),
            }
            .into(),
            CompileError::TooLarge { bytes_max } => SourceError::TooLarge {
                name: name.to_owned(),
                bytes_max: *bytes_max,
            }
            .into(),
            CompileError::Limit { .. }
            | CompileError::Refused { .. }
            | CompileError::Crashed { .. }
            | CompileError::Forbidden { .. }
            | CompileError::NotJailed { .. }
            | CompileError::Process { .. }
            | CompileError::Unprepared
            | CompileError::Busy { .. }
            | CompileError::Full(_)
            | CompileError::Engine(_) => Self::Compile(error),
        }
    }

    /// Whether the same bytes are refused the same way again.
    fn is_final(&self) -> bool {
        match self {
            Self::Scan(_) => true,
            Self::Compile(error) => error.is_final(),
            Self::Source(_)
            | Self::Engine(_)
            | Self::Lack(_)
            | Self::Export(_)
            | Self::Interrupted => false,
        }
    }
}

/// Where a loaded module's code came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It was loaded already.
    Memory,
    /// Its code was on disk.
    Disk,
    /// It was compiled now.
    Compiled,
}

/// What the parts of a load took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadTimings {
    /// Reading the source, with its digest.
    pub read: Duration,
    /// Looking at it before compiling.
    pub scan: Duration,
    /// Compiling.
    pub compile: Duration,
    /// Reading and checking code on disk.
    pub cache: Duration,
    /// Making the module from code.
    pub link: Duration,
    /// Everything, waiting for others included.
    pub total: Duration,
}

/// A module that is ready to run.
#[derive(Debug, Clone)]
pub struct LoadedModule {
    kept: Kept,
    origin: Origin,
    timings: LoadTimings,
}

/// What is kept in memory of a module.
#[derive(Clone)]
struct Kept {
    module: Module,
    wasm: Arc<[u8]>,
    tier: Tier,
    name: Arc<str>,
    loaded: SystemTime,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("module", &self.module)
            .field("tier", &self.tier)
            .finish_non_exhaustive()
    }
}

impl LoadedModule {
    /// Returns the module.
    pub fn module(&self) -> &Module {
        &self.kept.module
    }

    /// Returns the digest of its binary form.
    pub fn digest(&self) -> Digest {
        self.kept.module.digest()
    }

    /// Returns its binary form.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.kept.wasm
    }

    /// Returns where its code came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Returns the effort its code was compiled with.
    pub fn tier(&self) -> Tier {
        self.kept.tier
    }

    /// Returns what the parts of the load took.
    pub fn timings(&self) -> LoadTimings {
        self.timings
    }
}

/// One module that is ready to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleStatistics {
    /// SHA-256 of its binary form.
    pub digest: Digest,
    /// Where it came from when it was first loaded.
    pub name: String,
    /// Size of its binary form.
    pub bytes: u64,
    /// Whether it is a component.
    pub component: bool,
    /// When it was first loaded.
    pub loaded: SystemTime,
    /// When an execution of it was last started.
    pub last_used: Option<SystemTime>,
    /// Executions of it that were started.
    pub executions: u64,
    /// What its executions allocate and have allocated.
    pub memory: MemoryStatistics,
}

/// What the caches of a loader hold and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoaderStatistics {
    /// Modules in memory.
    pub memory: MemoryCacheStatistics,
    /// Code on disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<CacheStatistics>,
}

/// Loads modules. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Loader {
    inner: Arc<Inner>,
}

type Key = (Digest, Proposals);

#[derive(Debug)]
struct Inner {
    compiler: Compiler,
    disk: Option<DiskCache>,
    memory: MemoryCache<Key, Kept, LoadError>,
    /// Texts that were assembled, by their digest and the size their binary form may have.
    assembled: MemoryCache<(Digest, u64), SourceBytes, Arc<CompileError>>,
    limits: ModuleLimits,
    optimise: Optimise,
    to_optimise: Queue<Work>,
    /// The loader's own engine.
    own: Engine,
    /// Those for other choices of proposals.
    others: Mutex<Vec<(Proposals, Engine)>>,
}

impl Loader {
    /// Makes a loader.
    pub fn new(config: LoaderConfig) -> Self {
        let inner = Inner {
            compiler: config.compiler,
            disk: config.disk,
            assembled: MemoryCache::new(config.memory),
            memory: MemoryCache::new(config.memory),
            limits: config.limits,
            optimise: config.optimise,
            to_optimise: Queue::new(),
            own: config.engine,
            others: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Loads a module, blocking: reading, downloading or compiling it can take seconds. In asynchronous code use
    /// [`Loader::load_async`].
    ///
    /// # Errors
    /// [`LoadError`], one variant for each step.
    pub fn load(&self, source: &Source, options: &LoadOptions) -> Result<LoadedModule, LoadError> {
        let started = Instant::now();
        let name = source.to_string();
        let bytes = source.read(&options.source)?;
        let read = started.elapsed();
        let mut loaded = self.load_bytes(&name, bytes, options)?;
        loaded.timings.read = read;
        loaded.timings.total = started.elapsed();
        Ok(loaded)
    }

    /// Loads a module on a thread for blocking work.
    ///
    /// # Errors
    /// As [`Loader::load`].
    pub async fn load_async(
        &self,
        source: Source,
        options: LoadOptions,
    ) -> Result<LoadedModule, LoadError> {
        let loader = self.clone();
        let work = tokio::task::spawn_blocking(move || loader.load(&source, &options));
        work.await.unwrap_or(Err(LoadError::Interrupted))
    }

    /// Loads a module from bytes that were read already; `name` is where they came from, for lists.
    ///
    /// # Errors
    /// As [`Loader::load`], without those of the source.
    pub fn load_bytes(
        &self,
        name: &str,
        bytes: SourceBytes,
        options: &LoadOptions,
    ) -> Result<LoadedModule, LoadError> {
        let started = Instant::now();
        let bytes = self.binary(name, bytes, options)?;
        let engine = self.engine(options.proposals)?;
        let key = (bytes.digest, engine.config().proposals);
        let mut loaded = match self.inner.memory.look_up(&key) {
            Lookup::Hit(kept) => LoadedModule {
                kept,
                origin: Origin::Memory,
                timings: LoadTimings::default(),
            },
            Lookup::Refused(error) => return Err(error),
            Lookup::Make(ticket) => match self.make(&engine, name, &bytes, options) {
                Ok(mut loaded) => {
                    loaded.kept.name = Arc::from(name);
                    ticket.fill(loaded.kept.clone(), loaded.kept.wasm.len() as u64);
                    self.inner.optimise_later(&engine, key, &loaded.kept);
                    loaded
                }
                Err(error) if error.is_final() => {
                    ticket.refuse(error.clone());
                    return Err(error);
                }
                Err(error) => return Err(error),
            },
        };
        let intent = options.intent.as_ref();
        if let Some(lack) = intent.and_then(|intent| entry_of(&loaded.kept.module, &intent.entry)) {
            return Err(lack.into());
        }
        export::require(&loaded.kept.module, &options.exports)?;
        loaded.timings.total = started.elapsed();
        Ok(loaded)
    }

    /// Returns a module that is in memory.
    pub fn loaded(&self, digest: Digest) -> Option<LoadedModule> {
        let proposals = self.inner.own.config().proposals;
        let kept = self.inner.memory.peek(&(digest, proposals))?;
        Some(LoadedModule {
            kept,
            origin: Origin::Memory,
            timings: LoadTimings::default(),
        })
    }

    /// Returns how many modules are in memory.
    pub fn len(&self) -> u64 {
        self.inner.memory.statistics().modules
    }

    /// Tells whether no module is in memory.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns every module in memory, the first loaded first.
    pub fn list(&self) -> Vec<ModuleStatistics> {
        let summary = |kept: Kept| ModuleStatistics {
            digest: kept.module.digest(),
            name: kept.name.to_string(),
            bytes: kept.wasm.len() as u64,
            component: kept.module.is_component(),
            loaded: kept.loaded,
            last_used: kept.module.last_used(),
            executions: kept.module.executions(),
            memory: kept.module.memory(),
        };
        let mut list: Vec<_> = self
            .inner
            .memory
            .values()
            .into_iter()
            .map(summary)
            .collect();
        list.sort_by_key(|summary| (summary.loaded, summary.digest));
        list
    }

    /// Forgets a module in memory; what is on disk stays, and executions that run go on. Tells whether it was there.
    pub fn unload(&self, digest: Digest) -> bool {
        self.inner.memory.forget(|(known, _)| *known == digest) > 0
    }

    /// Forgets a module: in memory, on disk, and that it was refused. Executions that run go on. The digest of a text forgets
    /// what was made of the text, and not the module.
    pub fn invalidate(&self, digest: Digest) -> u64 {
        let memory = self.inner.memory.forget(|(known, _)| *known == digest);
        self.inner.assembled.forget(|(text, _)| *text == digest);
        memory
            + self
                .inner
                .disk
                .as_ref()
                .map_or(0, |disk| disk.invalidate(digest))
    }

    /// Forgets everything.
    pub fn clear(&self) -> u64 {
        let memory = self.inner.memory.forget(|_| true);
        self.inner.assembled.forget(|_| true);
        memory + self.inner.disk.as_ref().map_or(0, DiskCache::clear)
    }

    /// Returns the cache on disk.
    pub fn disk(&self) -> Option<&DiskCache> {
        self.inner.disk.as_ref()
    }

    /// Returns what the caches hold and did.
    pub fn statistics(&self) -> LoaderStatistics {
        LoaderStatistics {
            memory: self.inner.memory.statistics(),
            disk: self.inner.disk.as_ref().map(DiskCache::statistics),
        }
    }

    /// The engine for a choice of proposals; one is made for each choice.
    fn engine(&self, proposals: Option<Proposals>) -> Result<Engine, EngineError> {
        let Inner { own, others, .. } = &*self.inner;
        let Some(wanted) = proposals.filter(|wanted| *wanted != own.config().proposals) else {
            return Ok(own.clone());
        };
        let mut others = others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, engine)) = others.iter().find(|(known, _)| *known == wanted) {
            return Ok(engine.clone());
        }
        let engine = own.with_proposals(wanted)?;
        others.push((wanted, engine.clone()));
        Ok(engine)
    }

    /// The binary form. A text is assembled once, as long as it is remembered.
    fn binary(
        &self,
        name: &str,
        read: SourceBytes,
        options: &LoadOptions,
    ) -> Result<SourceBytes, LoadError> {
        if read.form == SourceForm::Binary {
            return Ok(read);
        }
        let bytes_max = options.source.bytes_max.min(MODULE_BYTES_CEILING);
        let failed = |error| LoadError::of_compiler(error, name);
        let assembled = match self.inner.assembled.look_up(&(read.digest, bytes_max)) {
            Lookup::Hit(assembled) => assembled,
            Lookup::Refused(error) => return Err(failed(error)),
            Lookup::Make(ticket) => match self.inner.compiler.assemble(&read, bytes_max) {
                Ok(assembled) => {
                    ticket.fill(assembled.clone(), assembled.bytes.len() as u64);
                    assembled
                }
                Err(error) => {
                    let error = Arc::new(error);
                    if error.is_final() {
                        ticket.refuse(error.clone());
                    }
                    return Err(failed(error));
                }
            },
        };
        assembled.check_pin(name, &options.source)?;
        Ok(assembled)
    }

    /// Takes the code from disk or compiles it.
    fn make(
        &self,
        engine: &Engine,
        name: &str,
        bytes: &SourceBytes,
        options: &LoadOptions,
    ) -> Result<LoadedModule, LoadError> {
        let mut timings = LoadTimings::default();
        let settings = self.inner.settings(engine);
        if let Some((artifact, tier)) = timed(&mut timings.cache, || {
            self.read_from_disk(engine, bytes, settings)
        }) {
            match timed(&mut timings.link, || engine.deserialize_trusted(artifact)) {
                Ok(module) => {
                    engine.events().send(bytes.digest, || EventKind::CacheHit);
                    return Ok(loaded(module, bytes, tier, Origin::Disk, timings));
                }
                // An artifact of ours that does not fit is useless, not dangerous: make another.
                Err(error) => reject(engine, bytes.digest, &error.to_string()),
            }
        }
        let rules = self.inner.rules(engine);
        let compiled = self
            .inner
            .compiler
            .compile_with(
                &bytes.bytes,
                &Compilation {
                    rules: &rules,
                    intent: options.intent.as_ref(),
                    optimise: self.inner.optimise,
                    begins: &|tier| {
                        engine
                            .events()
                            .send(bytes.digest, || EventKind::ModuleCompiling { tier });
                    },
                },
            )
            .map_err(|error| LoadError::of_compiler(Arc::new(error), name))?;
        timings.scan = compiled.scan_took;
        timings.compile = compiled.took.saturating_sub(compiled.scan_took);
        engine
            .events()
            .send(bytes.digest, || EventKind::ModuleCompiled {
                took: compiled.took,
            });
        self.inner.keep_on_disk(engine, bytes.digest, &compiled);
        let artifact =
            VerifiedArtifact::assume_verified(ArtifactCode::Bytes(compiled.artifact), bytes.digest);
        let module = timed(&mut timings.link, || engine.deserialize_trusted(artifact))?;
        Ok(loaded(
            module,
            bytes,
            compiled.tier,
            Origin::Compiled,
            timings,
        ))
    }

    fn read_from_disk(
        &self,
        engine: &Engine,
        bytes: &SourceBytes,
        settings: Digest,
    ) -> Option<(VerifiedArtifact, Tier)> {
        // The engine maps modules, and copies components.
        let form = if wasmparser::Parser::is_component(&bytes.bytes) {
            Form::Bytes
        } else {
            Form::Mapped
        };
        let determinism = engine.config().determinism;
        match self.inner.disk.as_ref()?.get(bytes.digest, settings, form) {
            Found::Artifact { artifact, tier } => self
                .inner
                .optimise
                .takes(tier, determinism)
                .then_some((artifact, tier)),
            // What is too old is no news.
            Found::Nothing | Found::Rejected(Rejection::Expired) => None,
            Found::Rejected(rejection) => {
                reject(engine, bytes.digest, &rejection.to_string());
                None
            }
        }
    }
}

impl Inner {
    fn rules(&self, engine: &Engine) -> Rules {
        Rules {
            limits: self.limits.clone(),
            config: engine.config().clone(),
        }
    }

    /// Failing to is no error of the load: the next one compiles again.
    fn keep_on_disk(&self, engine: &Engine, module: Digest, compiled: &Compiled) {
        let settings = self.settings(engine);
        if let Some(disk) = &self.disk
            && let Err(error) = disk.put(module, settings, compiled.artifact.clone(), compiled.tier)
        {
            tracing::warn!(%error, "compiled code could not be kept on disk");
        }
    }

    /// What compiled code depends on besides the module: the engine, the limits that let the module pass, and the format it
    /// is kept in, so that code kept by another version is not taken for a forgery.
    fn settings(&self, engine: &Engine) -> Digest {
        let limits = ModuleLimit::ALL
            .iter()
            .flat_map(|limit| limit.value(&self.limits).to_le_bytes());
        let mut bytes = engine.fingerprint().as_str().as_bytes().to_vec();
        bytes.extend(limits);
        bytes.extend(crate::cache::FORMAT);
        Digest::of(&bytes)
    }
}

fn reject(engine: &Engine, module: Digest, reason: &str) {
    tracing::warn!(module.digest = %module, reason, "cached code was thrown away");
    engine.events().send(module, || EventKind::CacheRejected {
        reason: reason.to_owned(),
    });
}

fn loaded(
    module: Module,
    bytes: &SourceBytes,
    tier: Tier,
    origin: Origin,
    timings: LoadTimings,
) -> LoadedModule {
    let kept = Kept {
        module,
        wasm: bytes.bytes.clone(),
        tier,
        name: Arc::default(),
        loaded: SystemTime::now(),
    };
    LoadedModule {
        kept,
        origin,
        timings,
    }
}

fn timed<T>(took: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    *took = started.elapsed();
    result
}
