//! Functions the embedder gives to guests.
//!
//! A [`HostFunctions`] is a set of functions by module and name. Each has a signature and a [`Tariff`]; each call passes
//! the execution's [`Gate`](crate::gate::Gate), pays the tariff, and only then runs. Guest memory is reachable through
//! [`HostCall`] alone, which checks every pointer and length before anything is allocated.

mod interface;
mod slice;
mod typed;

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Poll,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wasmtime::{Caller, Extern, FuncType, Val};

use self::interface::InterfaceBody;
pub use self::interface::InterfaceCall;
pub use self::slice::GuestSlice;
pub use self::typed::{HostParams, HostResult, Scalar};
use self::typed::{TypedBody, TypedClosure};
use crate::{
    error::HostFunctionError,
    gate::{Arguments, CallResult, Denial, Effect, Ongoing, Operation, Returned, Target},
    grant::Capability,
    id::ExecutionId,
    limits::{self, LimitExceeded, LimitKind},
    outcome::{Failure, Violation},
    store::{Asking, State, charge, tell_gas},
    text::bounded,
    value::{self, Signature, Value},
};

/// What calls of a host function cost, in gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tariff {
    /// Gas for each call.
    pub per_call: u64,
    /// Gas for each byte read from or written to the guest's memory.
    pub per_byte: u64,
}

impl Tariff {
    /// The price of a function that only computes: 100 for the call, 1 for each byte.
    pub const CHEAP: Self = Self {
        per_call: 100,
        per_byte: 1,
    };
}

/// Why a host function does not return.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The guest may not do this.
    #[error("denied: {reason}")]
    Denied {
        /// Why.
        reason: String,
    },
    /// It did not work.
    #[error("{message}")]
    Failed {
        /// What went wrong.
        message: String,
    },
    /// A limit was hit.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

impl HostError {
    /// Returns the failure with this message.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed {
            message: message.into(),
        }
    }
}

/// The future an asynchronous host function returns.
pub type HostFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<Value>, HostError>> + Send + 'a>>;

type SyncBody = dyn Fn(&mut HostCall<'_>, &[Value]) -> Result<Vec<Value>, HostError> + Send + Sync;
type AsyncBody = dyn for<'a> Fn(HostCall<'a>, Vec<Value>) -> HostFuture<'a> + Send + Sync;

/// Name, signature and price of a host function.
#[derive(Debug)]
struct Declaration {
    module: String,
    name: String,
    signature: Signature,
    tariff: Tariff,
}

impl Declaration {
    /// Returns a call of the function with these arguments.
    fn operation<'a>(&'a self, args: Arguments<'a>) -> Operation<'a> {
        Operation {
            capability: Capability::HostFunctions,
            module: &self.module,
            name: &self.name,
            target: Target::Function(args),
        }
    }
}

#[derive(Clone)]
enum Body {
    Sync(Arc<SyncBody>),
    Async(Arc<AsyncBody>),
    Typed(Arc<dyn TypedBody>),
    /// For components; core modules do not see it.
    Interface(Arc<InterfaceBody>),
}

#[derive(Clone)]
struct HostFunction {
    declaration: Arc<Declaration>,
    body: Body,
}

/// A set of host functions. Make it once and use it for many executions: modules keep their imports resolved for it.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use tollgate_sandbox::{
///     CompileLimits, Compiler, Engine, EngineConfig, Entry, Execution, HostError, HostFunctions, LoadOptions, Loader, LoaderConfig,
///     Output, Source, Tariff, Value,
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut host = HostFunctions::new();
/// // The tariff says what a call costs in gas; an error ends the guest and says why.
/// host.register_typed("host", "root", Tariff::CHEAP, |_, (n,): (f64,)| match n >= 0.0 {
///     true => Ok(n.sqrt()),
///     false => Err(HostError::failed("no root of less than nothing")),
/// })?;
///
/// let engine = Engine::new(&EngineConfig::metered())?;
/// let compiler = Compiler::in_process(CompileLimits::default());
/// let loader = Loader::new(LoaderConfig::new(engine, compiler));
/// let wat = br#"(module (import "host" "root" (func $root (param f64) (result f64)))
///     (func (export "run") (param f64) (result f64) (call $root (local.get 0))))"#;
/// let loaded = loader.load(&Source::Bytes(wat.as_slice().into()), &LoadOptions::default())?;
/// let entry = Entry::Core { export: "run".into(), args: vec![Value::F64(9.0)] };
/// let mut execution = Execution::new(loaded.module(), entry);
/// execution.host = Arc::new(host);
/// let outcome = execution.run_blocking();
/// assert_eq!(outcome.result, Ok(Output::Values(vec![Value::F64(3.0)])));
/// assert_eq!(outcome.usage.host_calls, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HostFunctions {
    /// Changes with every change of the set, so that resolved imports are never used with another set.
    id: u64,
    functions: BTreeMap<(String, String), HostFunction>,
}

impl fmt::Debug for HostFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(
                self.functions
                    .values()
                    .map(|function| &function.declaration),
            )
            .finish()
    }
}

impl Default for HostFunctions {
    fn default() -> Self {
        Self::new()
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Relaxed)
}

impl HostFunctions {
    /// Returns an empty set.
    pub fn new() -> Self {
        Self {
            id: next_id(),
            functions: BTreeMap::new(),
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// Returns the one shared empty set.
    pub fn none() -> Arc<Self> {
        static NONE: LazyLock<Arc<HostFunctions>> =
            LazyLock::new(|| Arc::new(HostFunctions::new()));
        NONE.clone()
    }

    /// Adds a function that returns without waiting.
    ///
    /// # Errors
    /// When the name is taken or belongs to WASI.
    pub fn register(
        &mut self,
        module: &str,
        name: &str,
        signature: Signature,
        tariff: Tariff,
        body: impl Fn(&mut HostCall<'_>, &[Value]) -> Result<Vec<Value>, HostError>
        + Send
        + Sync
        + 'static,
    ) -> Result<(), HostFunctionError> {
        self.insert(module, name, signature, tariff, Body::Sync(Arc::new(body)))
    }

    /// Adds a function that may wait; the guest waits with it, and the wall time limit ends both.
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_async(
        &mut self,
        module: &str,
        name: &str,
        signature: Signature,
        tariff: Tariff,
        body: impl for<'a> Fn(HostCall<'a>, Vec<Value>) -> HostFuture<'a> + Send + Sync + 'static,
    ) -> Result<(), HostFunctionError> {
        self.insert(module, name, signature, tariff, Body::Async(Arc::new(body)))
    }

    /// Adds a function whose signature is that of a closure over numbers; several times faster to call than the others.
    /// The parameters come as a tuple of up to six of `i32`, `u32`, `i64`, `u64`, `f32`, `f64`.
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_typed<P: HostParams, R: HostResult>(
        &mut self,
        module: &str,
        name: &str,
        tariff: Tariff,
        body: impl Fn(&mut HostCall<'_>, P) -> Result<R, HostError> + Send + Sync + 'static,
    ) -> Result<(), HostFunctionError> {
        let signature = Signature::new(P::types(), R::types());
        let body = Body::Typed(Arc::new(TypedClosure {
            body: Arc::new(body),
            types: std::marker::PhantomData,
        }));
        self.insert(module, name, signature, tariff, body)
    }

    /// Adds a function of an interface for components: `package:name/interface@version` and the function's name. Arguments
    /// come as JSON and the answer goes as JSON, in the form that [`ComponentArgs::Json`](crate::entry::ComponentArgs) has; a gate
    /// sees the arguments as the target of the call. Each byte of both as JSON text costs the tariff's price of a byte.
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_interface(
        &mut self,
        interface: &str,
        name: &str,
        tariff: Tariff,
        body: impl Fn(
            &mut InterfaceCall<'_>,
            Vec<serde_json::Value>,
        ) -> Result<serde_json::Value, HostError>
        + Send
        + Sync
        + 'static,
    ) -> Result<(), HostFunctionError> {
        let signature = Signature::new(Vec::new(), Vec::new());
        let body = Body::Interface(Arc::new(body));
        self.insert(interface, name, signature, tariff, body)
    }

    /// Removes a function; tells whether it was there.
    pub fn unregister(&mut self, module: &str, name: &str) -> bool {
        let removed = self
            .functions
            .remove(&(module.to_owned(), name.to_owned()))
            .is_some();
        if removed {
            self.id = next_id();
        }
        removed
    }

    /// Returns module, name, signature and tariff of every function, sorted by name.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str, &Signature, Tariff)> {
        self.functions.values().map(|function| {
            let Declaration {
                module,
                name,
                signature,
                tariff,
            } = &*function.declaration;
            (module.as_str(), name.as_str(), signature, *tariff)
        })
    }

    /// Tells whether there is no function.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    fn insert(
        &mut self,
        module: &str,
        name: &str,
        signature: Signature,
        tariff: Tariff,
        body: Body,
    ) -> Result<(), HostFunctionError> {
        if module.starts_with("wasi_") || module.starts_with("wasi:") {
            return Err(HostFunctionError::Reserved {
                module: module.to_owned(),
            });
        }
        let key = (module.to_owned(), name.to_owned());
        if self.functions.contains_key(&key) {
            return Err(HostFunctionError::Duplicate {
                module: key.0,
                name: key.1,
            });
        }
        let declaration = Declaration {
            module: module.to_owned(),
            name: name.to_owned(),
            signature,
            tariff,
        };
        self.functions.insert(
            key,
            HostFunction {
                declaration: Arc::new(declaration),
                body,
            },
        );
        self.id = next_id();
        Ok(())
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Defines every function of an interface in a component's `linker`.
    pub(crate) fn link_interfaces(
        &self,
        linker: &mut wasmtime::component::Linker<State>,
    ) -> wasmtime::Result<()> {
        for function in self.functions.values() {
            if let Body::Interface(body) = &function.body {
                interface::link(linker, function.declaration.clone(), body.clone())?;
            }
        }
        Ok(())
    }

    /// Defines every function in `linker`.
    pub(crate) fn link(
        &self,
        linker: &mut wasmtime::Linker<State>,
        asking: Asking,
    ) -> wasmtime::Result<()> {
        for function in self.functions.values() {
            function.link(linker, asking)?;
        }
        Ok(())
    }
}

impl HostFunction {
    fn link(&self, linker: &mut wasmtime::Linker<State>, asking: Asking) -> wasmtime::Result<()> {
        let Declaration {
            module,
            name,
            signature,
            ..
        } = &*self.declaration;
        let params = signature.params.iter().copied().map(value::to_wasm_type);
        let results = signature.results.iter().copied().map(value::to_wasm_type);
        let ty = FuncType::new(linker.engine(), params, results);
        let declaration = self.declaration.clone();
        match self.body.clone() {
            Body::Typed(body) => return body.link(linker, declaration, asking),
            Body::Interface(_) => {}
            Body::Sync(body) if asking == Asking::Never => {
                linker.func_new(module, name, ty, move |caller, params, results| {
                    let args = from_params(params)?;
                    let mut call = HostCall::begin(caller, &declaration)?;
                    let ongoing = call.pass(&args)?;
                    let values = guarded(&declaration, || body(&mut call, &args));
                    let values = call.end(ongoing, values, |values| Returned::values(values))?;
                    store_results(&declaration, values, results)
                })?;
            }
            Body::Sync(body) => {
                linker.func_new_async(module, name, ty, move |caller, params, results| {
                    let (declaration, body) = (declaration.clone(), body.clone());
                    Box::new(async move {
                        let args = from_params(params)?;
                        let mut call = HostCall::begin(caller, &declaration)?;
                        let ongoing = call.pass_or_ask(&args).await?;
                        let values = guarded(&declaration, || body(&mut call, &args));
                        let values =
                            call.end(ongoing, values, |values| Returned::values(values))?;
                        store_results(&declaration, values, results)
                    })
                })?;
            }
            Body::Async(body) => {
                linker.func_new_async(module, name, ty, move |caller, params, results| {
                    let (declaration, body) = (declaration.clone(), body.clone());
                    Box::new(async move {
                        let args = from_params(params)?;
                        let mut call = HostCall::begin(caller, &declaration)?;
                        let ongoing = call.pass_or_ask(&args).await?;
                        let calls = call.caller.data().calls.clone();
                        let values = guarded_async(&declaration, || body(call, args)).await;
                        calls.end(ongoing, || {
                            came_to(&values, |values| Returned::values(values))
                        });
                        store_results(&declaration, values?, results)
                    })
                })?;
            }
        }
        Ok(())
    }
}

fn from_params(params: &[Val]) -> wasmtime::Result<Vec<Value>> {
    let unknown = || Failure::Internal {
        message: String::from("a parameter has a type that cannot cross the border"),
    };
    params
        .iter()
        .map(|param| value::from_wasm(param).ok_or_else(|| unknown().into()))
        .collect()
}

fn store_results(
    declaration: &Declaration,
    values: Vec<Value>,
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let types: Vec<_> = values.iter().map(Value::value_type).collect();
    if types != declaration.signature.results {
        let returned = Signature::new(declaration.signature.params.clone(), types);
        let message = format!(
            "it returned {returned}, declared is {}",
            declaration.signature
        );
        return Err(failure(declaration, HostError::Failed { message }).into());
    }
    for (slot, value) in results.iter_mut().zip(&values) {
        let null_only = || {
            failure(
                declaration,
                HostError::failed("only null references can be returned"),
            )
        };
        *slot = value::to_wasm(value).ok_or_else(null_only)?;
    }
    Ok(())
}

/// Runs an embedder's function; its panic fails the execution and not the process.
fn guarded<R>(
    declaration: &Declaration,
    body: impl FnOnce() -> Result<R, HostError>,
) -> Result<R, Failure> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => result.map_err(|error| failure(declaration, error)),
        Err(_) => Err(failure(declaration, HostError::failed("it panicked"))),
    }
}

/// As [`guarded`], for a function that may wait: making its future and each step of it can panic.
async fn guarded_async<'a>(
    declaration: &Declaration,
    body: impl FnOnce() -> HostFuture<'a>,
) -> Result<Vec<Value>, Failure> {
    let mut future = guarded(declaration, || Ok(body()))?;
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(polled) => polled.map_err(|error| failure(declaration, error)),
            Err(_) => Poll::Ready(Err(failure(declaration, HostError::failed("it panicked")))),
        },
    )
    .await
}

/// What is recorded of the end of a function: of one that failed no more than how, since messages have what it likes.
fn came_to<R>(ended: &Result<R, Failure>, returned: impl FnOnce(&R) -> Returned) -> CallResult {
    match ended {
        Ok(values) => CallResult::Done(returned(values)),
        Err(failure) => CallResult::Failed(failure.kind().to_owned()),
    }
}

fn failure(declaration: &Declaration, error: HostError) -> Failure {
    let function = format!("{}.{}", declaration.module, declaration.name);
    match error {
        HostError::Denied { reason } => Failure::Denied(Violation {
            capability: Capability::HostFunctions,
            call: function,
            detail: bounded(reason),
            need: None,
            decision: None,
        }),
        HostError::Failed { message } => Failure::HostError {
            function,
            message: bounded(message),
        },
        HostError::Limit(exceeded) => Failure::LimitExceeded(exceeded),
    }
}

/// One call of a host function: what it may touch of the guest and of the execution.
pub struct HostCall<'a> {
    caller: Caller<'a, State>,
    tariff: Tariff,
    declaration: Arc<Declaration>,
}

impl fmt::Debug for HostCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostCall")
            .field("function", &self.declaration)
            .finish_non_exhaustive()
    }
}

impl<'a> HostCall<'a> {
    fn begin(caller: Caller<'a, State>, declaration: &Arc<Declaration>) -> wasmtime::Result<Self> {
        let state = caller.data();
        if !state.meter.hooked {
            state.meter.used.host_calls.add(1);
            state.check_time()?;
            tell_gas(&caller);
        }
        Ok(Self {
            caller,
            tariff: declaration.tariff,
            declaration: declaration.clone(),
        })
    }

    /// Records what the function came to.
    fn end<R>(
        self,
        ongoing: Ongoing,
        result: Result<R, Failure>,
        returned: impl FnOnce(&R) -> Returned,
    ) -> wasmtime::Result<R> {
        let calls = &self.caller.data().calls;
        calls.end(ongoing, || came_to(&result, returned));
        if let Err(Failure::Denied(violation)) = &result {
            self.caller.data().log.push(violation.clone());
        }
        Ok(result?)
    }

    /// Asks the gate, charges the call, and tells that it starts.
    fn pass(&mut self, args: &[Value]) -> Result<Ongoing, wasmtime::Error> {
        let operation = self.declaration.operation(Arguments::Values(args));
        let decided = self.caller.data().calls.decide_now(&operation);
        self.settle(decided, args)
    }

    async fn pass_or_ask(&mut self, args: &[Value]) -> Result<Ongoing, wasmtime::Error> {
        let calls = self.caller.data().calls.clone();
        let deciding = calls.decide(&self.declaration.operation(Arguments::Values(args)));
        let decided = deciding.await;
        self.settle(decided, args)
    }

    fn settle(
        &mut self,
        decided: Result<(), Denial>,
        args: &[Value],
    ) -> Result<Ongoing, wasmtime::Error> {
        decided.map_err(Failure::from)?;
        charge(&mut self.caller, self.tariff.per_call)?;
        let operation = self.declaration.operation(Arguments::Values(args));
        let started = self.caller.data().calls.start(&operation, Effect::Some);
        Ok(started.map_err(Failure::from)?)
    }

    /// Returns the execution this call belongs to.
    pub fn execution(&self) -> ExecutionId {
        self.caller.data().calls.execution()
    }

    /// Returns the value the execution was given as its context, if it is a `T`.
    pub fn context<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.caller.data().context.clone()?.downcast().ok()
    }

    /// Returns how much wall time the execution has left.
    pub fn time_left(&self) -> Duration {
        self.caller.data().deadline.left()
    }

    /// Charges `gas` for work whose price depends on what it does. Call it before the work.
    ///
    /// # Errors
    /// When the gas is spent; return the error.
    pub fn charge(&mut self, gas: u64) -> Result<(), HostError> {
        Ok(charge(&mut self.caller, gas)?)
    }

    /// Checks a pointer and a length the guest gave, before anything is allocated or copied.
    ///
    /// # Errors
    /// When they are not inside the memory, exceed the host call limit, or there is no memory.
    pub fn slice(&mut self, pointer: u32, len: u32) -> Result<GuestSlice, HostError> {
        let memory = self.memory()?;
        let size = memory.data_size(&self.caller);
        GuestSlice::check(
            u64::from(pointer),
            u64::from(len),
            size,
            self.caller.data().limits.host_call_bytes,
        )
    }

    /// Copies the bytes of `slice` out of the guest and charges for them.
    ///
    /// # Errors
    /// When the gas is spent, or `slice` is of another guest and outside this one's memory.
    pub fn read(&mut self, slice: GuestSlice) -> Result<Vec<u8>, HostError> {
        self.moved(slice.len)?;
        let memory = self.memory()?;
        let bytes = slice.of(memory.data(&self.caller));
        Ok(bytes.ok_or_else(|| foreign(slice))?.to_vec())
    }

    /// Copies the bytes at `pointer` as text.
    ///
    /// # Errors
    /// As [`HostCall::slice`] and [`HostCall::read`], and when they are not UTF-8.
    pub fn read_text(&mut self, pointer: u32, len: u32) -> Result<String, HostError> {
        let slice = self.slice(pointer, len)?;
        String::from_utf8(self.read(slice)?)
            .map_err(|_| HostError::failed("the bytes are not UTF-8"))
    }

    /// Copies `bytes` to the start of `slice` and charges for them.
    ///
    /// # Errors
    /// When they do not fit, the gas is spent, or `slice` is of another guest and outside this one's memory.
    pub fn write(&mut self, slice: GuestSlice, bytes: &[u8]) -> Result<(), HostError> {
        self.moved(bytes.len())?;
        let memory = self.memory()?;
        let room = slice.of_mut(memory.data_mut(&mut self.caller));
        match room.ok_or_else(|| foreign(slice))?.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(HostError::Failed {
                message: format!(
                    "{} bytes do not fit into the {} bytes the guest offered",
                    bytes.len(),
                    slice.len
                ),
            }),
        }
    }

    /// Calls an exported function of the guest, which may call the host again, to a bounded depth.
    ///
    /// # Errors
    /// When there is no such function, the arguments do not fit, or the depth is reached. A trap of the guest ends the
    /// execution as its own.
    pub async fn call_guest(
        &mut self,
        export: &str,
        args: &[Value],
    ) -> Result<Vec<Value>, HostError> {
        let depth = self.caller.data().depth.saturating_add(1);
        if depth > limits::REENTRY_DEPTH {
            return Err(
                LimitExceeded::new(LimitKind::Reentry, u64::from(limits::REENTRY_DEPTH)).into(),
            );
        }
        let Some(function) = self.caller.get_export(export).and_then(Extern::into_func) else {
            return Err(HostError::Failed {
                message: format!("the module has no function `{export}`"),
            });
        };
        let (params, mut results) = crate::store::core::prepare(&function.ty(&self.caller), args)
            .map_err(|message| HostError::Failed {
            message: format!("`{export}`: {message}"),
        })?;
        self.caller.data_mut().depth = depth;
        let called = function
            .call_async(&mut self.caller, &params, &mut results)
            .await;
        self.caller.data_mut().depth = depth.saturating_sub(1);
        called.map_err(|error| match crate::store::stop(&error) {
            Some(Failure::LimitExceeded(exceeded)) => HostError::Limit(exceeded),
            Some(failure) => HostError::failed(failure.to_string()),
            None => HostError::failed(format!("`{export}` failed: {}", error.root_cause())),
        })?;
        results
            .iter()
            .map(|result| {
                value::from_wasm(result)
                    .ok_or_else(|| HostError::failed("a result cannot cross the border"))
            })
            .collect()
    }

    fn memory(&mut self) -> Result<wasmtime::Memory, HostError> {
        let memory = self
            .caller
            .get_export("memory")
            .and_then(Extern::into_memory);
        memory.ok_or_else(|| HostError::failed("the module exports no memory named `memory`"))
    }

    fn moved(&mut self, bytes: usize) -> Result<(), HostError> {
        let bytes = bytes as u64;
        let state = self.caller.data_mut();
        if bytes > state.limits.host_call_bytes {
            return Err(
                LimitExceeded::new(LimitKind::HostCall, state.limits.host_call_bytes).into(),
            );
        }
        state.meter.used.host_call_bytes.add(bytes);
        Ok(charge(
            &mut self.caller,
            bytes.saturating_mul(self.tariff.per_byte),
        )?)
    }
}

fn foreign(slice: GuestSlice) -> HostError {
    let GuestSlice { start, len } = slice;
    HostError::failed(format!(
        "{len} bytes at {start} are outside the memory: they were found in another guest's"
    ))
}
