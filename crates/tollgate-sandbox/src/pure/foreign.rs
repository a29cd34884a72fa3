//! Pure modules of strangers: the same calls, with bounds.
//!
//! Generated code is known to end; of what somebody else made nothing is known. So it is looked at and compiled as every
//! module of a stranger is, where it can be killed, and each call into it has so much gas, time and memory. Gas stops
//! instructions, also those that move much memory at once; a call of a host function has a price and looks at the clock, so
//! neither many nor slow ones go on after the time.

use std::time::{Duration, Instant};

use wasmtime::{AsContextMut, ResourceLimiter, StoreContextMut};

use super::{Data, PureEngine, PureError, PureModule};
use crate::config::EngineConfig;
use crate::engine::Code;
use crate::limits;
use crate::process::LEDGER;
use crate::{
    compile::{Compiler, Optimise},
    config::Allocation,
    digest::Digest,
    engine::Engine,
    loader::{LoadError, LoadOptions, Loader, LoaderConfig},
    source::Source,
};

/// How much one call into a module of strangers may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PureBounds {
    /// Gas of instructions and host calls. Default [`limits::PURE_GAS`].
    pub gas: u64,
    /// Wall time, looked at in each host call. Default [`limits::PURE_WALL`].
    pub wall: Duration,
    /// Bytes of memories and tables. Default [`limits::PURE_MEMORY_BYTES`].
    pub memory_bytes: usize,
}

impl PureBounds {
    /// Returns the defaults.
    pub const fn standard() -> Self {
        Self {
            gas: limits::PURE_GAS,
            wall: limits::PURE_WALL,
            memory_bytes: limits::PURE_MEMORY_BYTES,
        }
    }
}

/// Compiles pure modules of strangers and keeps them by the digest of their bytes.
#[derive(Debug)]
pub struct ForeignEngine {
    engine: PureEngine,
    loader: Loader,
    bounds: PureBounds,
}

impl ForeignEngine {
    /// Makes an engine whose modules `compiler` compiles.
    ///
    /// # Errors
    /// When the machine cannot run compiled code.
    pub fn new(compiler: Compiler, bounds: PureBounds) -> Result<Self, PureError> {
        let config = EngineConfig {
            allocation: Allocation::OnDemand,
            ..EngineConfig::metered()
        };
        let engine = Engine::new(&config).map_err(|error| PureError::Engine {
            message: error.to_string(),
        })?;
        Ok(Self {
            engine: PureEngine::of(engine.wasm().clone()),
            loader: Loader::new(LoaderConfig {
                // What is linked once keeps its code.
                optimise: Optimise::Before,
                ..LoaderConfig::new(engine, compiler)
            }),
            bounds,
        })
    }

    /// Returns the engine for the linker of such modules.
    pub fn engine(&self) -> &PureEngine {
        &self.engine
    }

    /// Loads a module.
    ///
    /// # Errors
    /// As [`Loader::load`]; [`LoadError`] also for a component.
    pub fn load(&self, wasm: &[u8]) -> Result<PureModule, ForeignError> {
        let source = Source::Bytes(wasm.into());
        let loaded = self.loader.load(&source, &LoadOptions::default())?;
        match loaded.module().code() {
            Code::Core(module) => Ok(PureModule {
                module: module.clone(),
                bounds: Some(self.bounds),
            }),
            Code::Component(_) => Err(ForeignError::Component {
                module: loaded.digest(),
            }),
        }
    }
}

/// A pure module of strangers cannot be loaded.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ForeignError {
    /// It is not valid, or takes more than it may.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A component has no functions to be called like this.
    #[error("`{module}` is a component, and a core module is wanted")]
    Component {
        /// Its digest.
        module: Digest,
    },
}

/// The bounds of a store while it lives.
#[derive(Debug)]
pub(super) struct Bounded {
    bounds: PureBounds,
    deadline: Instant,
    used_bytes: usize,
}

impl Bounded {
    pub(super) fn new(bounds: PureBounds) -> Self {
        Self {
            bounds,
            deadline: Instant::now() + bounds.wall,
            used_bytes: 0,
        }
    }

    /// Its own bound makes a growth fail, which the module may handle; what others use up ends the call.
    fn grow(&mut self, from: usize, to: usize) -> wasmtime::Result<bool> {
        let more = to.saturating_sub(from);
        let grown = self.used_bytes.checked_add(more);
        let Some(grown) = grown.filter(|bytes| *bytes <= self.bounds.memory_bytes) else {
            return Ok(false);
        };
        LEDGER.grow(more as u64)?;
        self.used_bytes = grown;
        Ok(true)
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        LEDGER.shrink(self.used_bytes as u64);
    }
}

impl ResourceLimiter for Bounded {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow(current, desired)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = |elements: usize| elements.saturating_mul(size_of::<usize>());
        self.grow(bytes(current), bytes(desired))
    }
}

/// What ended a call besides the module's own faults.
#[derive(Debug, thiserror::Error)]
#[error("the time is over")]
pub(super) struct OutOfTime;

/// Gives a store the gas and the time of one call.
pub(super) fn begin<T: 'static>(
    mut store: impl AsContextMut<Data = Data<T>>,
) -> Result<(), PureError> {
    let mut store = store.as_context_mut();
    let Some(bounded) = &mut store.data_mut().bounded else {
        return Ok(());
    };
    bounded.deadline = Instant::now() + bounded.bounds.wall;
    let gas = bounded.bounds.gas;
    store.set_fuel(gas).map_err(|error| PureError::Engine {
        message: error.to_string(),
    })
}

/// Takes the price of a host call, when the store has bounds.
pub(super) fn charge<T: 'static>(mut store: StoreContextMut<'_, Data<T>>) -> wasmtime::Result<()> {
    let Some(bounded) = &store.data().bounded else {
        return Ok(());
    };
    if Instant::now() >= bounded.deadline {
        return Err(OutOfTime.into());
    }
    match store.get_fuel()?.checked_sub(limits::PURE_HOST_CALL_GAS) {
        Some(left) => store.set_fuel(left),
        None => Err(wasmtime::Trap::OutOfFuel.into()),
    }
}
