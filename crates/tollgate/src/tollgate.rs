//! The one place of this crate where an execution can start: admit, run, settle.

use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::Poll;
use std::time::SystemTime;

use tollgate_sandbox::{
    Digest, Engine, Execution, ExecutionId, Gate, HostFunctionError, HostFunctions, Limits,
    LoadError, LoadOptions, LoadedModule, Loader, LoaderStatistics, Module, ModuleStatistics,
    Outcome, Source, SourceOptions, Subscription,
};

use crate::admit::Admit;
use crate::blocking;
use crate::error::StartError;
use crate::gate::{
    Asker, Both, CallPolicy, Decider, Run, Shadow, Shadowed, Sight, Watcher, second_names,
};
use crate::lifecycle::Lifecycle;
use crate::limits;
use crate::price::{Cost, PriceList};
use crate::settle::{self, Asked, Books};
use crate::statistics::{Statistics, Totals};
use crate::typed::{Scalars, TypedCall, TypedError};
use crate::{
    builder::TollgateBuilder,
    report::{Report, Setting},
    request::Request,
};

/// Loads and runs modules of strangers. Cheap to clone; clones are the same Tollgate.
#[derive(Clone)]
pub struct Tollgate {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    loader: Loader,
    source: SourceOptions,
    admit: Admit,
    limits: Limits,
    prices: PriceList,
    host: RwLock<Arc<HostFunctions>>,
    policy: Option<CallPolicy>,
    shadow: Option<CallPolicy>,
    facts: RecordedFacts,
    asker: Option<Asker>,
    totals: Totals,
    lifecycle: Lifecycle,
}

/// What a builder hands over.
pub(crate) struct Parts {
    pub(crate) engine: Engine,
    pub(crate) loader: Loader,
    pub(crate) source: SourceOptions,
    pub(crate) admit: Admit,
    pub(crate) limits: Limits,
    pub(crate) prices: PriceList,
    pub(crate) host: HostFunctions,
    pub(crate) policy: Option<CallPolicy>,
    pub(crate) shadow: Option<CallPolicy>,
    pub(crate) facts: RecordedFacts,
    pub(crate) asker: Option<Asker>,
}

/// Where records say what a policy reads of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordedFacts {
    WherePolicyDecides,
    Always,
}

impl std::fmt::Debug for Tollgate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tollgate")
            .field("engine", &self.inner.engine)
            .field("admit", &self.inner.admit)
            .finish_non_exhaustive()
    }
}

impl Tollgate {
    /// Returns a builder with the defaults: metered engine, nothing that may be granted, standard limits and prices.
    pub fn builder() -> TollgateBuilder {
        TollgateBuilder::new()
    }

    pub(crate) fn assemble(parts: Parts) -> Self {
        let Parts {
            engine,
            loader,
            source,
            admit,
            limits,
            prices,
            host,
            policy,
            shadow,
            facts,
            asker,
        } = parts;
        let inner = Inner {
            engine,
            loader,
            source,
            admit,
            limits,
            prices,
            host: RwLock::new(Arc::new(host)),
            policy,
            shadow,
            facts,
            asker,
            totals: Totals::default(),
            lifecycle: Lifecycle::started(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Runs one request from admission to settlement.
    ///
    /// Whatever happens to the guest is in the report: a trap, a limit and a denial are not errors.
    ///
    /// Dropping the future stops the guest and settles nothing: there is no report and no cost, and what was used is in the event
    /// [`ExecutionFailed`](crate::sandbox::EventKind::ExecutionFailed). [`Tollgate::execute_until`] stops a guest and reports.
    ///
    /// # Errors
    /// [`StartError::Stopped`] when this Tollgate is stopped.
    pub async fn execute(&self, request: Request) -> Result<Report, StartError> {
        self.execute_until(request, std::future::pending()).await
    }

    /// As [`Tollgate::execute`], until `cancel` is done: then the guest is stopped, and the report says what it used.
    ///
    /// # Errors
    /// As [`Tollgate::execute`].
    pub async fn execute_until(
        &self,
        mut request: Request,
        cancel: impl Future<Output = ()>,
    ) -> Result<Report, StartError> {
        let inner = &*self.inner;
        // What is decided about is what is reached, whatever stands at the paths by then.
        request.grant.pin();
        let _ticket = inner.lifecycle.enter()?;
        let limits = request
            .limits
            .clone()
            .unwrap_or_else(|| inner.limits.clone());
        let started = SystemTime::now();
        let decision = inner.admit.decide(&request, &limits);
        let accepted = decision.is_accept();
        let asked = Asked {
            request: &request,
            execution: request.execution.unwrap_or_else(ExecutionId::next),
            decision,
            limits,
            started,
            engine: inner.engine.fingerprint().clone(),
            setting: self.setting(&request),
            policy: inner.policy.as_ref().map(|policy| policy.hash().to_owned()),
        };
        if !accepted {
            return Ok(settle::rejected(asked, &inner.engine, &inner.totals));
        }
        let shadow = self.shadow(&request);
        let outcome = self.run(&asked, shadow.clone(), cancel).await;
        let books = Books {
            prices: asked.request.prices.as_ref().unwrap_or(&inner.prices),
            totals: &inner.totals,
        };
        let mut report = settle::settled(asked, outcome, books);
        report.shadow = shadow.map(|shadow| shadow.report());
        Ok(report)
    }

    /// As [`Tollgate::execute`], blocking this thread until the end.
    ///
    /// # Errors
    /// As [`Tollgate::execute`], and when called inside an asynchronous runtime.
    pub fn execute_blocking(&self, request: Request) -> Result<Report, StartError> {
        blocking::wait(self.execute(request))?
    }

    /// As [`Tollgate::execute_until`], blocking this thread until the end. `cancel` runs on a tokio runtime.
    ///
    /// # Errors
    /// As [`Tollgate::execute_blocking`].
    pub fn execute_blocking_until(
        &self,
        request: Request,
        cancel: impl Future<Output = ()>,
    ) -> Result<Report, StartError> {
        blocking::wait(self.execute_until(request, cancel))?
    }

    /// Loads a module so that it is ready to run: reads it, checks it, compiles it or takes it from a cache.
    ///
    /// The same bytes are loaded once, wherever they come from. Reading and compiling block a thread; inside an
    /// asynchronous runtime use [`Tollgate::load`].
    ///
    /// # Errors
    /// [`LoadError`], which says what is wrong with the source or the module, and where.
    pub fn load_blocking(&self, source: &Source) -> Result<Module, LoadError> {
        let loaded = self.load_with(source, &self.load_options())?;
        Ok(loaded.module().clone())
    }

    /// As [`Tollgate::load_blocking`], on a thread made for blocking.
    ///
    /// # Errors
    /// As [`Tollgate::load_blocking`].
    pub async fn load(&self, source: Source) -> Result<Module, LoadError> {
        let loaded = self
            .inner
            .loader
            .load_async(source, self.load_options())
            .await?;
        Ok(loaded.module().clone())
    }

    /// As [`Tollgate::load_blocking`], with options of this one load, and with where its code came from in the answer.
    ///
    /// # Errors
    /// As [`Tollgate::load_blocking`], and when an export is missing that the options require.
    pub fn load_with(
        &self,
        source: &Source,
        options: &LoadOptions,
    ) -> Result<LoadedModule, LoadError> {
        self.inner.loader.load(source, options)
    }

    /// Returns the options loads have here: how far reading may go, no exports required, the engine's proposals.
    pub fn load_options(&self) -> LoadOptions {
        LoadOptions {
            source: self.inner.source.clone(),
            ..LoadOptions::default()
        }
    }

    /// Returns what loads modules, with its caches.
    pub fn loader(&self) -> &Loader {
        &self.inner.loader
    }

    /// Returns a call of a core function with these Rust types: `tollgate.typed::<(i32, i32), i32>(&module, "add")`.
    ///
    /// # Errors
    /// [`TypedError::Missing`] and [`TypedError::Signature`] when the module has no such function.
    ///
    /// # Example
    /// ```
    /// use tollgate::{Source, Tollgate};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tollgate = Tollgate::builder().compile_in_process().build()?;
    /// let wat = r#"(module (func (export "add") (param i32 i32) (result i32)
    ///     (i32.add (local.get 0) (local.get 1))))"#;
    /// let module = tollgate.load_blocking(&Source::Bytes(wat.as_bytes().into()))?;
    /// let add = tollgate.typed::<(i32, i32), i32>(&module, "add")?;
    /// let (sum, report) = add.call_blocking((2, 3))?;
    /// assert_eq!(sum, 5);
    /// assert!(report.usage().gas > 0);
    /// // The signature is compared here, and not when it is called.
    /// assert!(tollgate.typed::<i64, i64>(&module, "add").is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn typed<P: Scalars, R: Scalars>(
        &self,
        module: &Module,
        export: &str,
    ) -> Result<TypedCall<P, R>, TypedError> {
        TypedCall::new(self, module, export)
    }

    /// Forgets a loaded module; executions under way go on, and code on disk stays. Tells whether it was loaded.
    pub fn unload(&self, digest: &Digest) -> bool {
        self.inner.loader.unload(*digest)
    }

    /// Returns the module with this digest, if it is loaded.
    pub fn module(&self, digest: &Digest) -> Option<Module> {
        let loaded = self.inner.loader.loaded(*digest)?;
        Some(loaded.module().clone())
    }

    /// Returns every loaded module with its numbers, the first loaded first.
    pub fn modules(&self) -> Vec<ModuleStatistics> {
        self.inner.loader.list()
    }

    /// Returns the numbers about everything that ran.
    pub fn statistics(&self) -> Statistics {
        let engine = &self.inner.engine;
        self.inner
            .totals
            .read(engine.load(), engine.memory(), self.inner.loader.len())
    }

    /// Returns what the caches of code hold and did. Looks through the cache folder, if there is one.
    pub fn cache_statistics(&self) -> LoaderStatistics {
        self.inner.loader.statistics()
    }

    /// Returns a reader of what happens from now on: modules loaded, executions started and ended, limits, violations.
    pub fn subscribe(&self) -> Subscription {
        self.inner.engine.subscribe()
    }

    /// Returns what the usage of a request costs that has no prices of its own.
    pub fn prices(&self) -> PriceList {
        self.inner.prices
    }

    /// Returns the most an execution with these limits can cost, by [`Tollgate::prices`].
    pub fn estimate(&self, limits: &Limits) -> Cost {
        self.inner.prices.estimate(limits)
    }

    /// Returns the engine's configuration.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Changes the host functions for executions that begin from now on; those under way keep theirs.
    ///
    /// # Errors
    /// What `change` returns; then nothing is changed.
    pub fn change_host_functions(
        &self,
        change: impl FnOnce(&mut HostFunctions) -> Result<(), HostFunctionError>,
    ) -> Result<(), HostFunctionError> {
        let mut current = self
            .inner
            .host
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mut changed = (**current).clone();
        change(&mut changed)?;
        *current = Arc::new(changed);
        Ok(())
    }

    /// Returns the host functions executions get now.
    pub fn host_functions(&self) -> Arc<HostFunctions> {
        self.inner
            .host
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Lets executions begin again after [`Tollgate::stop`].
    pub fn start(&self) {
        self.inner.lifecycle.start();
    }

    /// Tells whether executions may begin.
    pub fn is_started(&self) -> bool {
        self.inner.lifecycle.is_started()
    }

    /// Lets no execution begin, waits up to [`limits::STOP_WAIT`] for those under way, cancels the rest, and returns when
    /// none is left. A cancelled execution has a report as well, with what it used until then.
    pub async fn stop(&self) {
        self.inner.lifecycle.stop(limits::STOP_WAIT).await;
    }

    /// Returns who decides about the calls of a request: the policy, the request's own gate, or both.
    fn gate(&self, request: &Request) -> Option<Arc<dyn Gate>> {
        let Inner { policy, asker, .. } = &*self.inner;
        let policy = policy.as_ref().map(|policy| {
            let decider = Decider::new(policy, asker.as_ref(), &run_of(request));
            Arc::new(decider) as Arc<dyn Gate>
        });
        match (policy, request.gate.clone()) {
            (Some(first), Some(second)) => Some(Arc::new(Both { first, second })),
            (only, None) | (None, only) => only,
        }
    }

    /// Returns who is asked about the calls of a request: who decides, and who looks on.
    fn watched(&self, request: &Request, shadow: Option<Arc<Shadow>>) -> Option<Arc<dyn Gate>> {
        let watches = self.inner.facts == RecordedFacts::Always && request.calls.is_some();
        let gate = self.gate(request).or_else(|| {
            // Where a file has two names nobody knows which place a name means.
            let watches = watches && second_names(&request.grant).is_empty();
            let watcher = || Arc::new(Watcher::of(&run_of(request))) as Arc<dyn Gate>;
            watches.then(watcher)
        });
        match shadow {
            Some(shadow) => Some(Arc::new(Shadowed { gate, shadow })),
            None => gate,
        }
    }

    /// Returns the shadow of one execution.
    fn shadow(&self, request: &Request) -> Option<Arc<Shadow>> {
        let Inner { shadow, asker, .. } = &*self.inner;
        let shadow = shadow.as_ref()?;
        let decider = Decider::new(shadow, asker.as_ref(), &run_of(request));
        let sight = match second_names(&request.grant).is_empty() {
            true => Sight::Whole,
            false => Sight::NoFiles,
        };
        Some(Shadow::new(decider, sight))
    }

    /// Returns what beside the request's own words decides what a run does.
    fn setting(&self, request: &Request) -> Setting {
        let config = self.inner.engine.config();
        let shared = request.shared.iter();
        Setting {
            profile: config.profile,
            determinism: config.determinism,
            proposals: config.proposals,
            stack_bytes: config.stack_bytes as u64,
            debug_info: config.debug_info,
            virtual_world: request.virtual_world,
            host_functions: self.host_functions().len() as u64,
            gate: request.gate.is_some(),
            shared: shared
                .map(|(module, name, _)| (module.clone(), name.clone()))
                .collect(),
        }
    }

    async fn run(
        &self,
        asked: &Asked<'_>,
        shadow: Option<Arc<Shadow>>,
        cancel: impl Future<Output = ()>,
    ) -> Outcome {
        let request = asked.request;
        let execution = Execution {
            id: Some(asked.execution),
            module: request.module.clone(),
            entry: Arc::clone(&request.entry),
            grant: request.grant.clone(),
            limits: asked.limits.clone(),
            host: self.host_functions(),
            virtual_world: request.virtual_world,
            gate: self.watched(request, shadow),
            calls: request.calls.clone(),
            context: request.context.clone(),
            output: request.output.clone(),
            shared: request.shared.clone(),
        };
        let stopped = self.inner.lifecycle.cancelled();
        execution.run_until(either(cancel, stopped)).await
    }
}

/// The execution whose calls are decided.
fn run_of(request: &Request) -> Run<'_> {
    Run {
        module: request.module.digest(),
        caller: &request.caller,
        grant: &request.grant,
    }
}

/// Returns when one of two futures is done.
async fn either(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    std::future::poll_fn(|context| match one.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => other.as_mut().poll(context),
    })
    .await;
}
