//! Pure modules: generated code that is known to end, called millions of times.
//!
//! Programs of the policy language are total and count their own gas, so here is neither fuel nor interruption, no WASI
//! and no async: a [`PureInstance`] is instantiated once and then costs little more than a function call. It is not a
//! sandbox for code of strangers: a loop without end is not stopped. Modules of strangers come from a [`ForeignEngine`], and
//! each call into them has bounds.
//!
//! ```
//! use tollgate_sandbox::{PureEngine, PureLinker};
//!
//! let engine = PureEngine::new()?;
//! let module = engine.compile(br#"(module
//!     (import "host" "trust" (func $trust (param i64) (result i64)))
//!     (memory (export "memory") 1)
//!     (func (export "decide") (param i32) (result i64)
//!         (call $trust (i64.load (local.get 0)))))"#)?;
//! let mut linker = PureLinker::<u64>::new(&engine);
//! linker.func("host", "trust", |call, (who,): (i64,)| Ok(who * *call.state() as i64))?;
//! let mut instance = linker.resolve(&module)?.instantiate(3)?;
//! let decide = instance.entry::<(i32,), i64>("decide")?;
//! instance.write(16, &14i64.to_le_bytes())?;
//! assert_eq!(instance.call(&decide, (16,))?, 42);
//! # Ok::<(), tollgate_sandbox::PureError>(())
//! ```

use std::fmt;

use wasmtime::{
    AsContextMut as _, Caller, Config, Extern, Memory, OptLevel, Store, Strategy, TypedFunc,
};

use self::foreign::{Bounded, OutOfTime, begin, charge};
pub use self::foreign::{ForeignEngine, ForeignError, PureBounds};
use crate::{host::Scalar, outcome::TrapCode, store::failure::trap_code};

mod foreign;

/// Name of the exported memory of a pure module.
const MEMORY: &str = "memory";

/// Why a pure module cannot be made or called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PureError {
    /// The engine does not start on this machine.
    #[error("the engine cannot start: {message}")]
    Engine {
        /// Why.
        message: String,
    },
    /// The bytes are not a module.
    #[error("invalid module: {message}")]
    Invalid {
        /// Why.
        message: String,
    },
    /// Imports are missing or have other types, or the start function failed.
    #[error("the module cannot be instantiated: {message}")]
    Instantiate {
        /// Why.
        message: String,
    },
    /// No export of that name and type.
    #[error("the module has no function `{name}` of the wanted type: {message}")]
    Entry {
        /// The name.
        name: String,
        /// What is there instead.
        message: String,
    },
    /// Two functions of one name.
    #[error("host function `{module}` `{name}` is defined already")]
    Duplicate {
        /// First part of the name.
        module: String,
        /// Second part of the name.
        name: String,
    },
    /// Bytes outside the memory.
    #[error("{len} bytes at {offset} are outside the memory of {size} bytes")]
    OutOfBounds {
        /// Where they start.
        offset: usize,
        /// How many.
        len: usize,
        /// Bytes there are.
        size: usize,
    },
    /// The module trapped.
    #[error("the module trapped: {}", .0.message())]
    Trap(TrapCode),
    /// A module of strangers wanted more than one call may use.
    #[error("the module reached its bound of {what} for one call")]
    Bound {
        /// Gas or wall time.
        what: &'static str,
    },
    /// A host function failed with this message.
    #[error("{0}")]
    Host(String),
}

/// Compiles pure modules. Cheap to clone.
///
/// # Example
/// ```
/// use tollgate_sandbox::{PureEngine, PureLinker};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = PureEngine::new()?;
/// let module = engine.compile(br#"(module
///     (import "host" "price" (func $price (param i32) (result i64)))
///     (func (export "total") (param i32) (result i64)
///         (i64.add (call $price (local.get 0)) (i64.const 2))))"#)?;
/// let mut linker = PureLinker::new(&engine);
/// linker.func("host", "price", |_, (item,): (i32,)| Ok::<i64, String>(i64::from(item) * 10))?;
/// let mut instance = linker.resolve(&module)?.instantiate(())?;
/// let total = instance.entry::<(i32,), i64>("total")?;
/// assert_eq!(instance.call(&total, (4,))?, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PureEngine {
    engine: wasmtime::Engine,
}

impl fmt::Debug for PureEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureEngine")
    }
}

impl PureEngine {
    /// Makes an engine; one for a process is enough.
    ///
    /// # Errors
    /// When the machine cannot run compiled code.
    pub fn new() -> Result<Self, PureError> {
        Self::with(OptLevel::Speed)
    }

    /// Makes an engine that compiles sooner and runs slower: for modules that are called few times.
    ///
    /// # Errors
    /// When the machine cannot run compiled code.
    pub fn unoptimised() -> Result<Self, PureError> {
        Self::with(OptLevel::None)
    }

    fn with(level: OptLevel) -> Result<Self, PureError> {
        let mut config = Config::new();
        config
            .strategy(Strategy::Cranelift)
            .cranelift_opt_level(level)
            .parallel_compilation(false)
            .wasm_threads(false)
            .wasm_memory64(false)
            .wasm_relaxed_simd(false)
            .wasm_backtrace_max_frames(None);
        let engine = wasmtime::Engine::new(&config).map_err(|error| PureError::Engine {
            message: format!("{error:#}"),
        })?;
        Ok(Self { engine })
    }

    fn of(engine: wasmtime::Engine) -> Self {
        Self { engine }
    }

    /// Compiles a module, given as bytes or as text, in this process: it must come from a generator that is trusted not
    /// to make modules that are hard to compile.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn compile(&self, wasm: &[u8]) -> Result<PureModule, PureError> {
        let module =
            wasmtime::Module::new(&self.engine, wasm).map_err(|error| PureError::Invalid {
                message: format!("{error:#}"),
            })?;
        Ok(PureModule {
            module,
            bounds: None,
        })
    }
}

/// A compiled pure module. Cheap to clone.
#[derive(Clone)]
pub struct PureModule {
    module: wasmtime::Module,
    /// What each call may use, when strangers made it.
    bounds: Option<PureBounds>,
}

impl fmt::Debug for PureModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureModule")
    }
}

struct Data<T> {
    state: T,
    memory: Option<Memory>,
    /// What [`PureInstance::call_with`] lends, while it runs.
    lent: Option<Lent>,
    /// None for modules of our own.
    bounded: Option<Bounded>,
}

/// What a caller can lend to host functions for the time of one call, though it does not live for ever.
///
/// ```
/// use tollgate_sandbox::Lend;
///
/// trait Clock {
///     fn now(&mut self) -> i64;
/// }
/// struct State;
/// impl Lend for State {
///     type Of<'a> = dyn Clock + 'a;
/// }
/// ```
pub trait Lend: 'static {
    /// A trait object type.
    type Of<'a>: ?Sized + 'a;
}

/// A pointer to a trait object, of which only [`Lent::new`] and [`Lent::get`] know the type.
struct Lent([*mut (); 2]);

#[expect(
    unsafe_code,
    reason = "a store is moved between threads only while no call runs, and then it has no `Lent`"
)]
// SAFETY: `call_with` sets `Data::lent` and takes it away before it returns, also when it unwinds, so a store that can be
// moved holds none.
unsafe impl Send for Lent {}

impl Lent {
    #[expect(
        unsafe_code,
        reason = "the lifetime of what is lent has no name in the store's type"
    )]
    fn new<'a, T: Lend>(lent: &mut T::Of<'a>) -> Self {
        let pointer: *mut T::Of<'a> = lent;
        const {
            assert!(
                size_of::<*mut T::Of<'static>>() == size_of::<[*mut (); 2]>(),
                "only trait objects can be lent"
            );
        }
        // SAFETY: both are two pointers in size, as asserted: `T::Of` with another lifetime is the same layout.
        Self(unsafe { std::mem::transmute_copy(&pointer) })
    }

    #[expect(unsafe_code, reason = "the counterpart of `new`")]
    fn get<T: Lend>(&self) -> *mut T::Of<'static> {
        // SAFETY: `new::<T>` made these two words from such a pointer: a store's `T` never changes.
        unsafe { std::mem::transmute_copy(&self.0) }
    }
}

/// Host functions for pure modules, over a state `T` that each instance has its own of.
pub struct PureLinker<T: 'static> {
    linker: wasmtime::Linker<Data<T>>,
}

impl<T> fmt::Debug for PureLinker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureLinker")
    }
}

impl<T: Send + 'static> PureLinker<T> {
    /// Returns a linker without functions.
    pub fn new(engine: &PureEngine) -> Self {
        Self {
            linker: wasmtime::Linker::new(&engine.engine),
        }
    }

    /// Defines a function. Its parameters come as a tuple of up to six numbers; an error ends the call it was made in.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn func<P: PureParams, R: PureResult>(
        &mut self,
        module: &str,
        name: &str,
        body: impl Fn(&mut PureCaller<'_, T>, P) -> Result<R, String> + Send + Sync + 'static,
    ) -> Result<&mut Self, PureError> {
        P::define(self, module, name, body)?;
        Ok(self)
    }

    /// Resolves the imports of `module`, once for all its instances.
    ///
    /// # Errors
    /// When an import is missing or has another type.
    pub fn resolve(&self, module: &PureModule) -> Result<PureTemplate<T>, PureError> {
        let pre = self.linker.instantiate_pre(&module.module);
        Ok(PureTemplate {
            bounds: module.bounds,
            pre: pre.map_err(|error| PureError::Instantiate {
                message: format!("{error:#}"),
            })?,
        })
    }
}

/// A pure module with its imports resolved. Cheap to clone.
pub struct PureTemplate<T: 'static> {
    pre: wasmtime::InstancePre<Data<T>>,
    bounds: Option<PureBounds>,
}

impl<T> Clone for PureTemplate<T> {
    fn clone(&self) -> Self {
        Self {
            pre: self.pre.clone(),
            bounds: self.bounds,
        }
    }
}

impl<T> fmt::Debug for PureTemplate<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureTemplate")
    }
}

impl<T: Send + 'static> PureTemplate<T> {
    /// Makes an instance with its own memory and `state`.
    ///
    /// # Errors
    /// When there is no memory for it, or the start function fails.
    pub fn instantiate(&self, state: T) -> Result<PureInstance<T>, PureError> {
        let mut store = Store::new(
            self.pre.module().engine(),
            Data {
                state,
                memory: None,
                lent: None,
                bounded: self.bounds.map(Bounded::new),
            },
        );
        if self.bounds.is_some() {
            store.limiter(|data| limiter(&mut data.bounded));
            begin(&mut store)?;
        }
        let instance =
            self.pre
                .instantiate(&mut store)
                .map_err(|error| PureError::Instantiate {
                    message: format!("{error:#}"),
                })?;
        store.data_mut().memory = instance.get_memory(&mut store, MEMORY);
        Ok(PureInstance {
            store,
            instance,
            is_bounded: self.bounds.is_some(),
        })
    }
}

/// The limiter of a store that has bounds. A store without them asks no limiter.
fn limiter(bounded: &mut Option<Bounded>) -> &mut dyn wasmtime::ResourceLimiter {
    bounded.get_or_insert_with(|| Bounded::new(PureBounds::standard()))
}

/// A function of a pure instance, found once and called many times.
pub struct PureEntry<P, R> {
    function: TypedFunc<P, R>,
}

impl<P, R> Clone for PureEntry<P, R> {
    fn clone(&self) -> Self {
        Self {
            function: self.function.clone(),
        }
    }
}

impl<P, R> fmt::Debug for PureEntry<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureEntry")
    }
}

/// A live pure module. Moves between threads; used by one at a time.
pub struct PureInstance<T: 'static> {
    store: Store<Data<T>>,
    instance: wasmtime::Instance,
    is_bounded: bool,
}

impl<T> fmt::Debug for PureInstance<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureInstance")
    }
}

impl<T: Send + 'static> PureInstance<T> {
    /// Finds an exported function by name and type. Keep what it returns: the search is slower than a call.
    ///
    /// # Errors
    /// When there is no such function or its type is another.
    pub fn entry<P: PureParams, R: PureResult>(
        &mut self,
        name: &str,
    ) -> Result<PureEntry<P, R>, PureError> {
        let function = self.instance.get_typed_func::<P, R>(&mut self.store, name);
        let function = function.map_err(|error| PureError::Entry {
            name: name.to_owned(),
            message: format!("{error:#}"),
        })?;
        Ok(PureEntry { function })
    }

    /// Calls a function of this instance.
    ///
    /// # Errors
    /// When it traps or a host function fails. The instance stays usable; its memory is as the failed call left it.
    #[inline]
    pub fn call<P: PureParams, R: PureResult>(
        &mut self,
        entry: &PureEntry<P, R>,
        args: P,
    ) -> Result<R, PureError> {
        if self.is_bounded {
            begin(&mut self.store)?;
        }
        entry
            .function
            .call(&mut self.store, args)
            .map_err(|error| call_error(&error))
    }

    /// Calls a function of this instance and lends `lent` to the host functions it calls.
    ///
    /// # Errors
    /// Like [`call`](Self::call).
    #[inline]
    pub fn call_with<P: PureParams, R: PureResult>(
        &mut self,
        entry: &PureEntry<P, R>,
        args: P,
        lent: &mut T::Of<'_>,
    ) -> Result<R, PureError>
    where
        T: Lend,
    {
        /// Takes the loan back however the call ends.
        struct Loan<'s, T: 'static>(&'s mut Store<Data<T>>);

        impl<T> Drop for Loan<'_, T> {
            fn drop(&mut self) {
                self.0.data_mut().lent = None;
            }
        }

        if self.is_bounded {
            begin(&mut self.store)?;
        }
        self.store.data_mut().lent = Some(Lent::new::<T>(lent));
        let loan = Loan(&mut self.store);
        entry
            .function
            .call(&mut *loan.0, args)
            .map_err(|error| call_error(&error))
    }

    /// Copies `bytes` into the memory at `offset`.
    ///
    /// # Errors
    /// When they do not fit.
    #[inline]
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), PureError> {
        let memory = self.memory_mut();
        let size = memory.len();
        let room = offset
            .checked_add(bytes.len())
            .and_then(|end| memory.get_mut(offset..end));
        room.ok_or(PureError::OutOfBounds {
            offset,
            len: bytes.len(),
            size,
        })?
        .copy_from_slice(bytes);
        Ok(())
    }

    /// Returns `len` bytes of the memory at `offset`.
    ///
    /// # Errors
    /// When they are not inside it.
    #[inline]
    pub fn read(&self, offset: usize, len: usize) -> Result<&[u8], PureError> {
        let memory = self.memory();
        let bytes = offset
            .checked_add(len)
            .and_then(|end| memory.get(offset..end));
        bytes.ok_or(PureError::OutOfBounds {
            offset,
            len,
            size: memory.len(),
        })
    }

    /// Returns the whole memory; empty when the module exports none named `memory`.
    #[inline]
    pub fn memory(&self) -> &[u8] {
        match self.store.data().memory {
            Some(memory) => memory.data(&self.store),
            None => &[],
        }
    }

    /// Returns the whole memory to change.
    #[inline]
    pub fn memory_mut(&mut self) -> &mut [u8] {
        match self.store.data().memory {
            Some(memory) => memory.data_mut(&mut self.store),
            None => &mut [],
        }
    }

    /// Grows the memory by a number of pages of 64 KiB.
    ///
    /// # Errors
    /// When the module's maximum does not allow it, or there is no memory.
    pub fn grow(&mut self, pages: u64) -> Result<(), PureError> {
        let wrong = |message: String| PureError::Instantiate { message };
        let memory = self
            .store
            .data()
            .memory
            .ok_or_else(|| wrong(String::from("it has no memory")))?;
        memory
            .grow(&mut self.store, pages)
            .map_err(|error| wrong(format!("{error:#}")))?;
        Ok(())
    }

    /// Returns the value of an exported global that is a 64-bit or 32-bit integer, sign-extended.
    pub fn global(&mut self, name: &str) -> Option<i64> {
        match self
            .instance
            .get_global(&mut self.store, name)?
            .get(&mut self.store)
        {
            wasmtime::Val::I32(v) => Some(i64::from(v)),
            wasmtime::Val::I64(v) => Some(v),
            _ => None,
        }
    }

    /// Returns the state of this instance.
    #[inline]
    pub fn state(&self) -> &T {
        &self.store.data().state
    }

    /// Returns the state of this instance to change.
    #[inline]
    pub fn state_mut(&mut self) -> &mut T {
        &mut self.store.data_mut().state
    }
}

/// A host function's view of the instance that called it.
pub struct PureCaller<'a, T: 'static> {
    caller: Caller<'a, Data<T>>,
}

impl<T> fmt::Debug for PureCaller<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PureCaller")
    }
}

impl<T> PureCaller<'_, T> {
    /// Returns the state of the instance.
    #[inline]
    pub fn state(&self) -> &T {
        &self.caller.data().state
    }

    /// Returns the state of the instance to change.
    #[inline]
    pub fn state_mut(&mut self) -> &mut T {
        &mut self.caller.data_mut().state
    }

    /// Returns the memory and the state of the instance, both to change. The memory is empty when there is none, and
    /// during the start function for modules that do not export it as `memory`.
    #[inline]
    pub fn memory_and_state(&mut self) -> (&mut [u8], &mut T) {
        let known = self.caller.data().memory;
        match known.or_else(|| self.caller.get_export(MEMORY).and_then(Extern::into_memory)) {
            Some(memory) => {
                let (bytes, data) = memory.data_and_store_mut(&mut self.caller);
                (bytes, &mut data.state)
            }
            None => (&mut [], &mut self.caller.data_mut().state),
        }
    }

    /// Calls `body` with the memory, the state, and what [`PureInstance::call_with`] lent; returns `None` when nothing is
    /// lent. `body` cannot keep what is lent: it must do for a loan of any length.
    #[inline]
    #[expect(
        unsafe_code,
        reason = "the loan is known to be alive, its lifetime has no name here"
    )]
    pub fn with_lent<O>(
        &mut self,
        body: impl for<'x> FnOnce(&mut [u8], &mut T, &mut T::Of<'x>) -> O,
    ) -> Option<O>
    where
        T: Lend,
    {
        let lent = self.caller.data().lent.as_ref()?.get::<T>();
        let (memory, state) = self.memory_and_state();
        // SAFETY: the pointer was made from an exclusive reference by the `call_with` that this host function runs in, and
        // that still holds the reference. Nobody else makes a reference from it: this method holds the caller exclusively,
        // and host functions cannot call into the instance again. `body` is generic over the lifetime, so neither can it
        // keep the reference nor put something shorter-lived in its place.
        Some(body(memory, state, unsafe { &mut *lent }))
    }

    /// Returns `len` bytes of the memory at `offset`.
    ///
    /// # Errors
    /// When they are not inside it.
    #[inline]
    pub fn read(&mut self, offset: usize, len: usize) -> Result<&[u8], PureError> {
        let (memory, _) = self.memory_and_state();
        let size = memory.len();
        let bytes = offset
            .checked_add(len)
            .and_then(|end| memory.get(offset..end));
        bytes.ok_or(PureError::OutOfBounds { offset, len, size })
    }
}

/// An error message of a host function, on its way through the engine.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct HostMessage(String);

#[cold]
fn call_error(error: &wasmtime::Error) -> PureError {
    if let Some(HostMessage(message)) = error.downcast_ref() {
        return PureError::Host(message.clone());
    }
    if error.is::<OutOfTime>() {
        return PureError::Bound { what: "wall time" };
    }
    match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::OutOfFuel) => PureError::Bound { what: "gas" },
        Some(trap) => PureError::Trap(trap_code(*trap)),
        None => PureError::Trap(TrapCode::Other),
    }
}

mod sealed {
    pub trait Params: wasmtime::WasmParams {}
    pub trait Return: wasmtime::WasmResults + wasmtime::WasmRet {}
}

/// Parameters of a pure function: a tuple of up to six [`Scalar`]s.
pub trait PureParams: sealed::Params + Sized + 'static {
    #[doc(hidden)]
    fn define<T: Send + 'static, R: PureResult>(
        linker: &mut PureLinker<T>,
        module: &str,
        name: &str,
        body: impl Fn(&mut PureCaller<'_, T>, Self) -> Result<R, String> + Send + Sync + 'static,
    ) -> Result<(), PureError>;
}

/// Result of a pure function: `()` or a [`Scalar`].
pub trait PureResult: sealed::Return + 'static {}

impl sealed::Return for () {}
impl PureResult for () {}

macro_rules! results {
    ($($ty:ty)*) => {$(
        impl sealed::Return for $ty {}
        impl PureResult for $ty {}
    )*};
}

results! { i32 u32 i64 u64 f32 f64 }

macro_rules! params {
    ($(($($ty:ident $arg:ident),*))*) => {$(
        impl<$($ty: Scalar),*> sealed::Params for ($($ty,)*) {}
        impl<$($ty: Scalar),*> PureParams for ($($ty,)*) {
            fn define<T: Send + 'static, R: PureResult>(
                linker: &mut PureLinker<T>,
                module: &str,
                name: &str,
                body: impl Fn(&mut PureCaller<'_, T>, Self) -> Result<R, String> + Send + Sync + 'static,
            ) -> Result<(), PureError> {
                let duplicate = |_| PureError::Duplicate { module: module.to_owned(), name: name.to_owned() };
                linker
                    .linker
                    .func_wrap(module, name, move |mut caller: Caller<'_, Data<T>>, $($arg: $ty),*| {
                        charge(caller.as_context_mut())?;
                        body(&mut PureCaller { caller }, ($($arg,)*))
                            .map_err(|message| wasmtime::Error::from(HostMessage(message)))
                    })
                    .map(|_| ())
                    .map_err(duplicate)
            }
        }
    )*};
}

params! {
    ()
    (A a)
    (A a, B b)
    (A a, B b, C c)
    (A a, B b, C c, D d)
    (A a, B b, C c, D d, E e)
    (A a, B b, C c, D d, E e, G g)
}
