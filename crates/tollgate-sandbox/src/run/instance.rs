//! A live core module of an embedder: instantiated once, called many times, its memory and globals in view.
//!
//! For code that keeps state between calls. An [`Instance`] has one grant and one set of limits: gas, memory and output
//! add up over all calls, wall time is for each call. It keeps its place among the engine's executions until it is
//! dropped. Strangers' code should get a fresh instance for each call instead: [`Execution::run`].

use std::{
    fmt,
    marker::PhantomData,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::{Extern, Store, TypedFunc};

use crate::{
    abi,
    config::Profile,
    engine::{Module, Place},
    host::{GuestSlice, HostError},
    id::{CallsDigest, ExecutionId},
    limits::out_of_time,
    outcome::{Failure, Usage, Violations},
    pure::{PureParams, PureResult},
    run::{Execution, execute, guest, share, stoppable},
    store::{Deadline, Ended, Pre, State, Stop, Until, Used, core, failure, uncaught},
    threads::{self, ticker},
    value::{self, Value},
};

/// A live instance of a core module.
pub struct Instance {
    store: Store<State>,
    instance: wasmtime::Instance,
    module: Module,
    wall: Duration,
    /// Why nothing can be called any more.
    stopped: Option<Failure>,
    _place: Place,
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("module", &self.module)
            .finish_non_exhaustive()
    }
}

/// A function of an [`Instance`], found and checked once. Calls of it convert nothing.
pub struct TypedCall<P, R> {
    function: TypedFunc<P, R>,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> fmt::Debug for TypedCall<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedCall")
    }
}

impl Execution {
    /// Instantiates the module and runs its start function, and `_initialize` if it has one. The execution's entry is not
    /// called.
    ///
    /// # Errors
    /// As [`Outcome::result`](crate::outcome::Outcome::result); components, the `isolated` profile and what cannot be stopped in
    /// this process cannot be kept.
    pub async fn instantiate(&self) -> Result<Instance, Failure> {
        self.in_best_code().instantiate_here().await
    }

    async fn instantiate_here(&self) -> Result<Instance, Failure> {
        let engine = self.module.engine();
        if engine.config().profile == Profile::Isolated {
            return Err(Failure::Internal {
                message: String::from("isolated guests end with their process"),
            });
        }
        stoppable::stays_here(self)?;
        let place = engine
            .shared()
            .admission
            .enter(share::here(self))
            .await
            .map_err(Failure::LimitExceeded)?;
        self.module.count_execution();
        let started = Instant::now();
        let deadline = self.deadline(started);
        let id = self.id.unwrap_or_else(ExecutionId::next);
        let (linked, mut store) = guest::prepare(id, self, deadline).await?;
        let clock = Clock {
            started,
            deadline,
            used: store.data().meter.used.clone(),
        };
        let Pre::Core(pre) = &linked.pre else {
            return Err(Failure::BadArguments {
                export: String::new(),
                message: String::from("only core modules can be kept, this is a component"),
            });
        };
        let begun = async {
            let instance = pre.instantiate_async(&mut store).await?;
            core::initialize(&mut store, &instance).await?;
            Ok::<_, Stop>(instance)
        };
        let begun = timed(&self.module, &clock, begun).await?;
        let instance = ended(&self.module, &store, begun)?;
        let wall = started.elapsed();
        Ok(Instance {
            store,
            instance,
            module: self.module.clone(),
            wall,
            stopped: None,
            _place: place,
        })
    }

    /// As [`Execution::instantiate`], on this thread.
    ///
    /// # Errors
    /// As [`Execution::instantiate`].
    pub fn instantiate_blocking(&self) -> Result<Instance, Failure> {
        threads::run(self.instantiate())
    }
}

/// The time of one call.
struct Clock {
    started: Instant,
    deadline: Deadline,
    used: Arc<Used>,
}

async fn timed<R>(
    module: &Module,
    clock: &Clock,
    future: impl Future<Output = Result<R, Stop>>,
) -> Result<Ended<Result<R, Stop>>, Failure> {
    let ticking = execute::ticking(module.engine().config().profile)?;
    let until = Until {
        deadline: clock.deadline.at(),
        cancel: pin!(std::future::pending()),
        used: &clock.used,
    };
    let ended = until.run(future).await;
    drop::<Option<ticker::Ticking>>(ticking);
    Ok(ended)
}

fn ended<R>(
    module: &Module,
    store: &Store<State>,
    ended: Ended<Result<R, Stop>>,
) -> Result<R, Failure> {
    let stack = module.engine().config().stack_bytes;
    match ended {
        Ended::OutOfTime => Err(Failure::LimitExceeded(out_of_time(&store.data().limits))),
        Ended::Cancelled => Err(Failure::Cancelled),
        Ended::Done(Ok(result)) => Ok(result),
        Ended::Done(Err(Stop::Failure(failure))) => Err(failure),
        Ended::Done(Err(Stop::Error(error))) => Err(failure::classify(&error, store.data(), stack)),
    }
}

impl Instance {
    /// Calls an exported function.
    ///
    /// # Errors
    /// As [`Outcome::result`](crate::outcome::Outcome::result). After a time limit, or when the future of a call was dropped, the
    /// instance cannot be called any more.
    pub async fn call(&mut self, export: &str, args: &[Value]) -> Result<Vec<Value>, Failure> {
        let clock = self.begin()?;
        let Self {
            store,
            instance,
            module,
            ..
        } = self;
        let called = timed(module, &clock, core::call(store, instance, export, args)).await?;
        self.end(&clock, called)
    }

    /// Calls a function of the bytes ABI.
    ///
    /// # Errors
    /// As [`Instance::call`].
    pub async fn call_bytes(&mut self, export: &str, input: &[u8]) -> Result<Vec<u8>, Failure> {
        let clock = self.begin()?;
        let Self {
            store,
            instance,
            module,
            ..
        } = self;
        let called = timed(module, &clock, abi::call(store, instance, export, input)).await?;
        self.end(&clock, called)
    }

    /// Finds an exported function by name and type. Keep what it returns.
    ///
    /// # Errors
    /// When there is no such function or its type is another.
    pub fn typed<P: PureParams, R: PureResult>(
        &mut self,
        export: &str,
    ) -> Result<TypedCall<P, R>, Failure> {
        let function = core::function(&mut self.store, &self.instance, export)?;
        let typed = function.typed::<P, R>(&mut self.store);
        let function = typed.map_err(|error| core::bad_arguments(export, format!("{error:#}")))?;
        Ok(TypedCall {
            function,
            types: PhantomData,
        })
    }

    /// Calls a function of this instance that [`Instance::typed`] found.
    ///
    /// # Errors
    /// As [`Instance::call`].
    pub async fn call_typed<P, R>(
        &mut self,
        call: &TypedCall<P, R>,
        params: P,
    ) -> Result<R, Failure>
    where
        P: PureParams + Send + Sync,
        R: PureResult + Send + Sync,
    {
        let clock = self.begin()?;
        let Self { store, module, .. } = self;
        let future = async {
            call.function
                .call_async(store, params)
                .await
                .map_err(Stop::from)
        };
        let called = timed(module, &clock, future).await?;
        self.end(&clock, called)
    }

    /// Runs a future of this instance on this thread: `instance.block_on(async |i| i.call("f", &[]).await)`.
    pub fn block_on<R>(&mut self, call: impl AsyncFnOnce(&mut Self) -> R) -> R {
        threads::run(call(self))
    }

    fn begin(&mut self) -> Result<Clock, Failure> {
        if let Some(failure) = &self.stopped {
            return Err(failure.clone());
        }
        // Until the call has ended: if its future is dropped, the guest is left in the middle of something.
        self.stopped = Some(Failure::Cancelled);
        let started = Instant::now();
        let state = self.store.data_mut();
        state.deadline = execute::deadline(&state.limits, started);
        Ok(Clock {
            started,
            deadline: state.deadline,
            used: state.meter.used.clone(),
        })
    }

    fn end<R>(&mut self, clock: &Clock, called: Ended<Result<R, Stop>>) -> Result<R, Failure> {
        self.wall = self.wall.saturating_add(clock.started.elapsed());
        let complete = matches!(called, Ended::Done(_));
        if let Ended::Done(Err(Stop::Error(_))) = &called {
            uncaught::note(&mut self.store, &self.instance);
        }
        let result = ended(&self.module, &self.store, called);
        self.stopped = match &result {
            Err(failure) if !complete => Some(failure.clone()),
            Ok(_) | Err(_) => None,
        };
        result
    }

    /// Returns the size of an exported memory in bytes.
    pub fn memory_len(&mut self, name: &str) -> Option<usize> {
        let memory = self.instance.get_memory(&mut self.store, name)?;
        Some(memory.data_size(&self.store))
    }

    /// Copies `len` bytes at `offset` of an exported memory.
    ///
    /// # Errors
    /// When there is no such memory or the bytes are not inside it.
    pub fn read_memory(&mut self, name: &str, offset: u64, len: u64) -> Result<Vec<u8>, Failure> {
        let memory = self.memory(name)?;
        let slice = self.slice(name, memory, offset, len)?;
        let bytes = slice.of(memory.data(&self.store));
        Ok(bytes.ok_or_else(GuestSlice::lost)?.to_vec())
    }

    /// Copies `bytes` to `offset` of an exported memory.
    ///
    /// # Errors
    /// As [`Instance::read_memory`].
    pub fn write_memory(&mut self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), Failure> {
        let memory = self.memory(name)?;
        let slice = self.slice(name, memory, offset, bytes.len() as u64)?;
        let room = slice.of_mut(memory.data_mut(&mut self.store));
        room.ok_or_else(GuestSlice::lost)?.copy_from_slice(bytes);
        Ok(())
    }

    fn memory(&mut self, name: &str) -> Result<wasmtime::Memory, Failure> {
        self.instance
            .get_memory(&mut self.store, name)
            .ok_or_else(|| Failure::MissingExport {
                name: name.to_owned(),
                wanted: String::from("memory"),
                available: Vec::new(),
            })
    }

    fn slice(
        &self,
        name: &str,
        memory: wasmtime::Memory,
        offset: u64,
        len: u64,
    ) -> Result<GuestSlice, Failure> {
        let size = memory.data_size(&self.store);
        GuestSlice::check(offset, len, size, u64::MAX).map_err(|error| match error {
            HostError::Failed { message } | HostError::Denied { reason: message } => {
                core::bad_arguments(name, message)
            }
            HostError::Limit(exceeded) => Failure::LimitExceeded(exceeded),
        })
    }

    /// Returns the exported globals by name, those whose values can cross the border.
    pub fn globals(&mut self) -> Vec<(String, Value)> {
        let exports = self.instance.exports(&mut self.store);
        let globals = exports.filter_map(|export| {
            let name = export.name().to_owned();
            export.into_global().map(|global| (name, global))
        });
        let globals: Vec<_> = globals.collect();
        let read = globals
            .into_iter()
            .map(|(name, global)| (name, global.get(&mut self.store)));
        read.filter_map(|(name, val)| value::from_wasm(&val).map(|value| (name, value)))
            .collect()
    }

    /// Returns the value of one exported global.
    pub fn global(&mut self, name: &str) -> Option<Value> {
        let global = self
            .instance
            .get_export(&mut self.store, name)
            .and_then(Extern::into_global)?;
        value::from_wasm(&global.get(&mut self.store))
    }

    /// Returns what all calls used so far.
    pub fn usage(&self) -> Usage {
        execute::usage(&self.store, self.wall)
    }

    /// Returns the attempts to use what was not granted since the last time.
    pub fn violations(&mut self) -> Violations {
        self.store.data().log.take()
    }

    /// Returns how many decisions about its calls there were so far, and their digest, if somebody gets the records.
    pub fn calls(&self) -> Option<CallsDigest> {
        self.store.data().calls.digest()
    }

    /// Returns what the guest wrote to standard output and standard error since the last time.
    pub fn take_output(&mut self) -> (crate::outcome::Captured, crate::outcome::Captured) {
        let written = self.store.data().console.take();
        (written.stdout, written.stderr)
    }
}
