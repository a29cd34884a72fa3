//! Building a [`Tollgate`]: what it may give, how it compiles and keeps code, what guests can call.

use std::sync::Arc;

use tollgate_sandbox::{
    CacheConfig, CompileError, CompileLimits, Compiler, DiskCache, Engine, EngineConfig, Grant,
    HostCall, HostError, HostFunctions, HostFuture, HostParams, HostResult, Limits, Loader,
    LoaderConfig, MemoryCacheConfig, ModuleLimits, Optimise, Signature, SourceOptions, Tariff,
    Value,
};

use crate::admit::{Admit, Ceiling};
use crate::gate::{Asker, CallPolicy};
use crate::price::PriceList;
use crate::tollgate::{Parts, RecordedFacts};
use crate::{admit::Admission, error::BuildError, report::Decision, tollgate::Tollgate};

/// Collects what a [`Tollgate`] is made of. Made by [`Tollgate::builder`].
///
/// # Example
/// ```
/// use tollgate::{Decision, Limits, Tollgate};
///
/// let tollgate = Tollgate::builder()
///     .compile_in_process()
///     .limits(Limits { gas: 1_000_000, ..Limits::standard() })
///     .on_admission(|admission| match admission.caller {
///         "ci" => Decision::accept(None),
///         _ => Decision::reject("only ci may run modules"),
///     })
///     .build()?;
/// # drop(tollgate);
/// # Ok::<(), tollgate::BuildError>(())
/// ```
pub struct TollgateBuilder {
    engine: EngineConfig,
    source: SourceOptions,
    module_limits: ModuleLimits,
    compile: CompileLimits,
    compile_in_process: bool,
    optimise: Optimise,
    cache: Option<CacheConfig>,
    memory_cache: MemoryCacheConfig,
    admit: Admit,
    limits: Limits,
    prices: PriceList,
    host: HostFunctions,
    policy: Option<CallPolicy>,
    shadow: Option<CallPolicy>,
    facts: RecordedFacts,
    asker: Option<Asker>,
    /// The first host function that could not be registered, so that the methods can be chained.
    wrong: Option<BuildError>,
}

impl TollgateBuilder {
    pub(crate) fn new() -> Self {
        Self {
            engine: EngineConfig::metered(),
            source: SourceOptions::default(),
            module_limits: ModuleLimits::default(),
            compile: CompileLimits::default(),
            compile_in_process: false,
            optimise: Optimise::default(),
            cache: None,
            memory_cache: MemoryCacheConfig::default(),
            admit: Admit {
                ceiling: Ceiling::nothing(),
                share_memory: false,
                hook: None,
                by_names: false,
            },
            limits: Limits::standard(),
            prices: PriceList::standard(),
            host: HostFunctions::new(),
            policy: None,
            shadow: None,
            facts: RecordedFacts::WherePolicyDecides,
            asker: None,
            wrong: None,
        }
    }

    /// Sets the engine. Default: [`EngineConfig::metered`].
    #[must_use]
    pub fn engine(mut self, config: EngineConfig) -> Self {
        self.engine = config;
        self
    }

    /// Sets how far reading a source may go: size, digest, downloads. Default: [`SourceOptions::default`].
    #[must_use]
    pub fn source(mut self, options: SourceOptions) -> Self {
        self.source = options;
        self
    }

    /// Sets how large the parts of a module may be; checked before anything is compiled. Default: [`ModuleLimits::default`].
    #[must_use]
    pub fn module_limits(mut self, limits: ModuleLimits) -> Self {
        self.module_limits = limits;
        self
    }

    /// Sets how much compiling one module may take. Default: [`CompileLimits::default`].
    #[must_use]
    pub fn compile_limits(mut self, limits: CompileLimits) -> Self {
        self.compile = limits;
        self
    }

    /// Reads and compiles modules in this process instead of in workers. Then nothing bounds what that takes, and a fault of
    /// the compiler is a fault of this process. Default: in workers.
    #[must_use]
    pub fn compile_in_process(mut self) -> Self {
        self.compile_in_process = true;
        self
    }

    /// Sets when modules are optimised that take long to optimise. Default: [`Optimise::After`], beside their first executions.
    #[must_use]
    pub fn optimise(mut self, optimise: Optimise) -> Self {
        self.optimise = optimise;
        self
    }

    /// Keeps compiled code in a folder: which one, how many bytes, how long. Default: nothing is kept on disk;
    /// [`CacheConfig::for_user`] is the usual place.
    #[must_use]
    pub fn cache(mut self, config: CacheConfig) -> Self {
        self.cache = Some(config);
        self
    }

    /// Sets how many modules are kept ready to run, and how long. Default: [`MemoryCacheConfig::default`].
    #[must_use]
    pub fn memory_cache(mut self, config: MemoryCacheConfig) -> Self {
        self.memory_cache = config;
        self
    }

    /// Lets requests share memory with each other (`Request::share`). Default: they may not. The engine needs the proposal
    /// `threads` as well.
    #[must_use]
    pub fn may_share_memory(mut self) -> Self {
        self.admit.share_memory = true;
        self
    }

    /// Sets the most that requests may be granted. Default: nothing.
    #[must_use]
    pub fn may_grant(mut self, most: Grant) -> Self {
        self.admit.ceiling.grant = most;
        self
    }

    /// Sets the highest limits a request may ask for. Default: [`crate::limits::maximum`].
    #[must_use]
    pub fn limits_max(mut self, most: Limits) -> Self {
        self.admit.ceiling.limits = most;
        self
    }

    /// Sets the limits of requests that name none. Default: [`Limits::standard`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what usage costs. Default: [`PriceList::standard`].
    #[must_use]
    pub fn prices(mut self, prices: PriceList) -> Self {
        self.prices = prices;
        self
    }

    /// Lets `hook` decide about each request that the ceiling allows. A hook that panics rejects. Default: what the ceiling
    /// allows is accepted.
    #[must_use]
    pub fn on_admission(
        mut self,
        hook: impl Fn(&Admission<'_>) -> Decision + Send + Sync + 'static,
    ) -> Self {
        self.admit.hook = Some(Arc::new(hook));
        self
    }

    /// Lets a policy decide each call of each execution, after the grant. A gate of the request is asked as well; a call happens if
    /// both allow it. A request whose grant gives a file two names is rejected ([`second_names`](crate::gate::second_names)).
    /// Default: the grant alone decides.
    #[must_use]
    pub fn policy(mut self, policy: CallPolicy) -> Self {
        self.admit.by_names = true;
        self.policy = Some(policy);
        self
    }

    /// Evaluates a second policy for each call, beside whatever decides: [`Report::shadow`](crate::report::Report::shadow) counts where it
    /// says something else, and the records of those calls say so. It decides nothing, and what it fails at is counted: calls on files are
    /// faults where a grant gives a file two names, since nobody knows which it would decide by. Default: none.
    #[must_use]
    pub fn shadow(mut self, policy: CallPolicy) -> Self {
        self.shadow = Some(policy);
        self
    }

    /// Records with each decision about a call what a policy would read of it, also where none decides, so that one can decide it later
    /// ([`gate::backtest`](crate::gate::backtest)). Default: where a policy decides.
    #[must_use]
    pub fn record_facts(mut self) -> Self {
        self.facts = RecordedFacts::Always;
        self
    }

    /// Sets who is asked where the policy says to ask. Default: nobody, and such a call is denied.
    #[must_use]
    pub fn asker(mut self, asker: Asker) -> Self {
        self.asker = Some(asker);
        self
    }

    /// Gives guests a function that returns without waiting. See [`HostFunctions::register`].
    ///
    /// # Errors
    /// [`TollgateBuilder::build`] fails when the name is taken or belongs to WASI.
    #[must_use]
    pub fn host_function(
        self,
        module: &str,
        name: &str,
        signature: Signature,
        tariff: Tariff,
        body: impl Fn(&mut HostCall<'_>, &[Value]) -> Result<Vec<Value>, HostError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.register(|host| host.register(module, name, signature, tariff, body))
    }

    /// Gives guests a function that may wait. See [`HostFunctions::register_async`].
    ///
    /// # Errors
    /// [`TollgateBuilder::build`] fails when the name is taken or belongs to WASI.
    #[must_use]
    pub fn host_function_async(
        self,
        module: &str,
        name: &str,
        signature: Signature,
        tariff: Tariff,
        body: impl for<'a> Fn(HostCall<'a>, Vec<Value>) -> HostFuture<'a> + Send + Sync + 'static,
    ) -> Self {
        self.register(|host| host.register_async(module, name, signature, tariff, body))
    }

    /// Gives guests a function over numbers. See [`HostFunctions::register_typed`].
    ///
    /// # Errors
    /// [`TollgateBuilder::build`] fails when the name is taken or belongs to WASI.
    #[must_use]
    pub fn host_function_typed<P: HostParams, R: HostResult>(
        self,
        module: &str,
        name: &str,
        tariff: Tariff,
        body: impl Fn(&mut HostCall<'_>, P) -> Result<R, HostError> + Send + Sync + 'static,
    ) -> Self {
        self.register(|host| host.register_typed(module, name, tariff, body))
    }

    /// Gives components the interface `tollgate:ecl/host@0.1.0`: trust, credentials, stores, events and a budget of gas in
    /// layers. What a run may ask and has at its disposal is its [`GuestHost`](crate::policy::GuestHost), given as the
    /// request's context; a run without one may ask nothing.
    ///
    /// # Errors
    /// [`TollgateBuilder::build`] fails when functions of that interface were registered before.
    #[must_use]
    pub fn policy_interface(self) -> Self {
        self.register(crate::policy::register_guest_host)
    }

    fn register(
        mut self,
        add: impl FnOnce(&mut HostFunctions) -> Result<(), tollgate_sandbox::HostFunctionError>,
    ) -> Self {
        if let Err(error) = add(&mut self.host) {
            self.wrong.get_or_insert(error.into());
        }
        self
    }

    /// Makes the [`Tollgate`].
    ///
    /// # Errors
    /// When the engine cannot start on this machine, a host function could not be registered, this program cannot start
    /// compiler processes ([`BuildError::Unprepared`]), or the cache folder is not safe to use.
    pub fn build(self) -> Result<Tollgate, BuildError> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        let compiler = if self.compile_in_process {
            Compiler::in_process(self.compile)
        } else {
            let workers = Compiler::worker(self.compile).map_err(|error| match error {
                CompileError::Unprepared => BuildError::Unprepared,
                error => error.into(),
            })?;
            workers.jailed(self.engine.jail)
        };
        let engine = Engine::new(&self.engine)?;
        let loader = Loader::new(LoaderConfig {
            disk: self.cache.map(DiskCache::open).transpose()?,
            memory: self.memory_cache,
            limits: self.module_limits,
            optimise: self.optimise,
            ..LoaderConfig::new(engine.clone(), compiler)
        });
        Ok(Tollgate::assemble(Parts {
            engine,
            loader,
            source: self.source,
            admit: self.admit,
            limits: self.limits,
            prices: self.prices,
            host: self.host,
            policy: self.policy,
            shadow: self.shadow,
            facts: self.facts,
            asker: self.asker,
        }))
    }
}
