//! Host functions over numbers, without a detour through lists of values.

use std::{marker::PhantomData, sync::Arc};

use wasmtime::{Caller, Linker};

use super::{Declaration, HostCall, HostError, guarded};
use crate::{
    gate::Returned,
    store::{Asking, State},
    value::{Value, ValueType},
};

mod sealed {
    /// Keeps the engine's traits out of the public interface.
    pub trait Wasm: wasmtime::WasmTy {}
    pub trait Params {}
    pub trait Return {
        type Wasm: wasmtime::WasmRet + Send;
        fn returned(&self) -> crate::gate::Returned;
        fn into_wasm(self) -> Self::Wasm;
    }
}

/// A number that crosses the border: `i32`, `u32`, `i64`, `u64`, `f32` or `f64`.
pub trait Scalar: sealed::Wasm + Copy + Send + Sync + 'static {
    /// The type in WebAssembly.
    const TYPE: ValueType;
    /// The value, as gates see it.
    fn value(self) -> Value;
}

macro_rules! scalars {
    ($($ty:ident => $wasm:ident, $convert:expr;)*) => {$(
        impl sealed::Wasm for $ty {}
        impl Scalar for $ty {
            const TYPE: ValueType = ValueType::$wasm;
            fn value(self) -> Value {
                let convert: fn($ty) -> Value = $convert;
                convert(self)
            }
        }
    )*};
}

scalars! {
    i32 => I32, Value::I32;
    u32 => I32, |v| Value::I32(v.cast_signed());
    i64 => I64, Value::I64;
    u64 => I64, |v| Value::I64(v.cast_signed());
    f32 => F32, Value::F32;
    f64 => F64, Value::F64;
}

/// The parameters of a typed host function: a tuple of up to six [`Scalar`]s.
pub trait HostParams: sealed::Params + Sized + Send + 'static {
    #[doc(hidden)]
    fn types() -> Vec<ValueType>;
    #[doc(hidden)]
    #[expect(
        private_interfaces,
        reason = "only this crate can implement or call it"
    )]
    fn link<R: HostResult, F>(
        linker: &mut Linker<State>,
        declaration: Arc<Declaration>,
        body: Arc<F>,
        asking: Asking,
    ) -> wasmtime::Result<()>
    where
        F: Fn(&mut HostCall<'_>, Self) -> Result<R, HostError> + Send + Sync + 'static;
}

/// The result of a typed host function: `()` or a [`Scalar`].
pub trait HostResult: sealed::Return + Send + 'static {
    #[doc(hidden)]
    fn types() -> Vec<ValueType>;
}

impl sealed::Return for () {
    type Wasm = ();
    fn returned(&self) -> Returned {
        Returned::Nothing
    }
    fn into_wasm(self) {}
}

impl HostResult for () {
    fn types() -> Vec<ValueType> {
        Vec::new()
    }
}

impl<S: Scalar> sealed::Return for S {
    type Wasm = S;
    fn returned(&self) -> Returned {
        Returned::values(&[self.value()])
    }
    fn into_wasm(self) -> S {
        self
    }
}

impl<S: Scalar> HostResult for S {
    fn types() -> Vec<ValueType> {
        vec![S::TYPE]
    }
}

macro_rules! params {
    ($(($($ty:ident $arg:ident),*))*) => {$(
        impl<$($ty: Scalar),*> sealed::Params for ($($ty,)*) {}
        impl<$($ty: Scalar),*> HostParams for ($($ty,)*) {
            fn types() -> Vec<ValueType> {
                vec![$($ty::TYPE),*]
            }

            #[expect(private_interfaces, reason = "only this crate can implement or call it")]
            fn link<R: HostResult, F>(
                linker: &mut Linker<State>,
                declaration: Arc<Declaration>,
                body: Arc<F>,
                asking: Asking,
            ) -> wasmtime::Result<()>
            where
                F: Fn(&mut HostCall<'_>, Self) -> Result<R, HostError> + Send + Sync + 'static,
            {
                let of = declaration.clone();
                if asking == Asking::MayWait {
                    linker.func_wrap_async(&of.module, &of.name, move |caller: Caller<'_, State>, ($($arg,)*): ($($ty,)*)| {
                        let (declaration, body) = (declaration.clone(), body.clone());
                        Box::new(async move {
                            let mut call = HostCall::begin(caller, &declaration)?;
                            let ongoing = call.pass_or_ask(&[$($arg.value()),*]).await?;
                            let result = guarded(&declaration, || body(&mut call, ($($arg,)*)));
                            call.end(ongoing, result, R::returned).map(R::into_wasm)
                        })
                    })?;
                } else {
                    linker.func_wrap(&of.module, &of.name, move |caller: Caller<'_, State>, $($arg: $ty),*| {
                        let mut call = HostCall::begin(caller, &declaration)?;
                        let ongoing = call.pass(&[$($arg.value()),*])?;
                        let result = guarded(&declaration, || body(&mut call, ($($arg,)*)));
                        call.end(ongoing, result, R::returned).map(R::into_wasm)
                    })?;
                }
                Ok(())
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

/// A typed closure with its types forgotten.
pub(super) trait TypedBody: Send + Sync {
    fn link(
        &self,
        linker: &mut Linker<State>,
        declaration: Arc<Declaration>,
        asking: Asking,
    ) -> wasmtime::Result<()>;
}

pub(super) struct TypedClosure<P, R, F> {
    pub(super) body: Arc<F>,
    pub(super) types: PhantomData<fn(P) -> R>,
}

impl<P: HostParams, R: HostResult, F> TypedBody for TypedClosure<P, R, F>
where
    F: Fn(&mut HostCall<'_>, P) -> Result<R, HostError> + Send + Sync + 'static,
{
    fn link(
        &self,
        linker: &mut Linker<State>,
        declaration: Arc<Declaration>,
        asking: Asking,
    ) -> wasmtime::Result<()> {
        P::link::<R, F>(linker, declaration, self.body.clone(), asking)
    }
}
