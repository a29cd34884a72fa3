//! Calls whose types the compiler checks: the signature is compared once, then every call takes and gives Rust values.
//!
//! Each call is an execution like any other, with its admission, its fresh instance and its settlement.

use std::marker::PhantomData;

use tollgate_sandbox::{Grant, Limits, Module, Signature, Value, ValueType};

use crate::error::StartError;
use crate::{
    report::{Report, ResultError},
    request::Request,
    tollgate::Tollgate,
};

/// A Rust number that is a core value.
pub trait Scalar: Copy + Send + Sync + 'static {
    /// Its core type.
    const TYPE: ValueType;
    /// Returns it as a core value.
    fn to_value(self) -> Value;
    /// Returns the number in `value`, if it is one of this type.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! scalar {
    ($($rust:ty, $core:ident, $into:expr, $from:expr;)*) => {$(
        impl Scalar for $rust {
            const TYPE: ValueType = ValueType::$core;

            fn to_value(self) -> Value {
                Value::$core(($into)(self))
            }

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$core(value) => Some(($from)(*value)),
                    _ => None,
                }
            }
        }
    )*};
}

scalar! {
    i32, I32, |n: i32| n, |n: i32| n;
    u32, I32, u32::cast_signed, i32::cast_unsigned;
    i64, I64, |n: i64| n, |n: i64| n;
    u64, I64, u64::cast_signed, i64::cast_unsigned;
    f32, F32, |n: f32| n, |n: f32| n;
    f64, F64, |n: f64| n, |n: f64| n;
}

/// Values a function takes or gives: nothing, one number, or a tuple of up to six.
pub trait Scalars: Copy + Send + Sync + 'static {
    /// Their core types, in order.
    fn types() -> Vec<ValueType>;
    /// Returns them as core values.
    fn to_values(self) -> Vec<Value>;
    /// Returns what is in `values`, if number and types fit.
    fn from_values(values: &[Value]) -> Option<Self>;
}

impl<T: Scalar> Scalars for T {
    fn types() -> Vec<ValueType> {
        vec![T::TYPE]
    }

    fn to_values(self) -> Vec<Value> {
        vec![self.to_value()]
    }

    fn from_values(values: &[Value]) -> Option<Self> {
        match values {
            [value] => T::from_value(value),
            _ => None,
        }
    }
}

macro_rules! tuple {
    ($($name:ident),*) => {
        impl<$($name: Scalar),*> Scalars for ($($name,)*) {
            fn types() -> Vec<ValueType> {
                vec![$($name::TYPE),*]
            }

            #[expect(non_snake_case, reason = "the macro names a variable like its type")]
            fn to_values(self) -> Vec<Value> {
                let ($($name,)*) = self;
                vec![$($name.to_value()),*]
            }

            #[expect(non_snake_case, reason = "the macro names a variable like its type")]
            fn from_values(values: &[Value]) -> Option<Self> {
                match values {
                    [$($name),*] => Some(($($name::from_value($name)?,)*)),
                    _ => None,
                }
            }
        }
    };
}

tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
tuple!(A, B, C, D, E, F);

impl Scalars for () {
    fn types() -> Vec<ValueType> {
        Vec::new()
    }

    fn to_values(self) -> Vec<Value> {
        Vec::new()
    }

    fn from_values(values: &[Value]) -> Option<Self> {
        values.is_empty().then_some(())
    }
}

/// An exported function with known types. Made by [`Tollgate::typed`].
#[derive(Debug, Clone)]
pub struct TypedCall<P, R> {
    tollgate: Tollgate,
    module: Module,
    export: String,
    grant: Grant,
    limits: Option<Limits>,
    types: PhantomData<fn(P) -> R>,
}

/// A typed call cannot be made, or did not return.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TypedError {
    /// The module has no such core function.
    #[error("the module has no core function `{export}`; it has {available}")]
    Missing {
        /// The function that was asked for.
        export: String,
        /// What there is.
        available: String,
    },
    /// The function has another signature.
    #[error("`{export}` has the signature {actual}, not {wanted}; change the types of the call")]
    Signature {
        /// The function.
        export: String,
        /// What the call's types stand for.
        wanted: Signature,
        /// What the module says.
        actual: Signature,
    },
    /// The execution could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The execution failed.
    #[error(transparent)]
    Result(#[from] ResultError),
}

impl<P: Scalars, R: Scalars> TypedCall<P, R> {
    pub(crate) fn new(
        tollgate: &Tollgate,
        module: &Module,
        export: &str,
    ) -> Result<Self, TypedError> {
        let actual = module
            .signature(export)
            .ok_or_else(|| TypedError::Missing {
                export: export.to_owned(),
                available: module
                    .functions()
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
        let wanted = Signature::new(P::types(), R::types());
        if actual != wanted {
            return Err(TypedError::Signature {
                export: export.to_owned(),
                wanted,
                actual,
            });
        }
        Ok(Self {
            tollgate: tollgate.clone(),
            module: module.clone(),
            export: export.to_owned(),
            grant: Grant::none(),
            limits: None,
            types: PhantomData,
        })
    }

    /// Says what each call wants to reach. Default: nothing.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
    }

    /// Says how much each call wants to use. Default: the standard limits of the [`Tollgate`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Calls the function; gives its results and the report.
    ///
    /// # Errors
    /// [`TypedError::Start`] and [`TypedError::Result`].
    pub async fn call(&self, params: P) -> Result<(R, Report), TypedError> {
        Self::results(self.tollgate.execute(self.request(params)).await?)
    }

    /// As [`TypedCall::call`], blocking this thread until the end.
    ///
    /// # Errors
    /// As [`TypedCall::call`], and when called inside an asynchronous runtime.
    pub fn call_blocking(&self, params: P) -> Result<(R, Report), TypedError> {
        Self::results(self.tollgate.execute_blocking(self.request(params))?)
    }

    fn request(&self, params: P) -> Request {
        let mut request =
            Request::call(&self.module, &self.export, params.to_values()).grant(self.grant.clone());
        request.limits = self.limits.clone();
        request
    }

    fn results(report: Report) -> Result<(R, Report), TypedError> {
        let values = report.values()?;
        // The signature was compared when the call was made; a module never changes.
        let results = R::from_values(values).ok_or(ResultError::Other {
            wanted: "values of the declared types",
            found: "other values",
        })?;
        Ok((results, report))
    }
}
