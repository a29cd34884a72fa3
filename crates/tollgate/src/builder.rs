//! Building a [`Tollgate`]: what it may give, how it compiles, what guests can call.

use std::sync::Arc;

use tollgate_sandbox::{
    Engine, EngineConfig, Grant, HostCall, HostError, HostFunctions, HostFuture, HostParams,
    HostResult, Limits, ModuleLimits, Signature, SourceOptions, Tariff, Value,
};

use crate::admit::{Admit, Ceiling};
use crate::price::PriceList;
use crate::tollgate::Parts;
use crate::{Admission, BuildError, Decision, Tollgate};

/// Collects what a [`Tollgate`] is made of. Made by [`Tollgate::builder`].
pub struct TollgateBuilder {
    engine: EngineConfig,
    source: SourceOptions,
    module_limits: ModuleLimits,
    admit: Admit,
    limits: Limits,
    prices: PriceList,
    host: HostFunctions,
    /// The first host function that could not be registered, so that the methods can be chained.
    wrong: Option<BuildError>,
}

impl TollgateBuilder {
    pub(crate) fn new() -> Self {
        Self {
            engine: EngineConfig::metered(),
            source: SourceOptions::default(),
            module_limits: ModuleLimits::default(),
            admit: Admit {
                ceiling: Ceiling::nothing(),
                hook: None,
            },
            limits: Limits::standard(),
            prices: PriceList::standard(),
            host: HostFunctions::new(),
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

    /// Lets `hook` decide about each request that the ceiling allows. A hook that panics rejects.
    #[must_use]
    pub fn on_admission(
        mut self,
        hook: impl Fn(&Admission<'_>) -> Decision + Send + Sync + 'static,
    ) -> Self {
        self.admit.hook = Some(Arc::new(hook));
        self
    }

    /// Gives guests a function that returns without waiting. See [`HostFunctions::register`].
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
    /// When the engine cannot start on this machine, or a host function could not be registered.
    pub fn build(self) -> Result<Tollgate, BuildError> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        let engine = Engine::new(&self.engine)?;
        let Self {
            source,
            module_limits,
            admit,
            limits,
            prices,
            host,
            ..
        } = self;
        Ok(Tollgate::assemble(Parts {
            engine,
            source,
            module_limits,
            admit,
            limits,
            prices,
            host,
        }))
    }
}
