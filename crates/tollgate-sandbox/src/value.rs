//! Core WebAssembly values and function types, as the public API has them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value of a core function. References carry no host object: only the null ones can cross the border.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// 32-bit integer.
    I32(i32),
    /// 64-bit integer.
    I64(i64),
    /// 32-bit float.
    F32(f32),
    /// 64-bit float.
    F64(f64),
    /// 128-bit vector, first lane lowest.
    V128(u128),
    /// A function reference; `true` stands for one that is not null and can only be looked at.
    FuncRef(bool),
    /// A host reference; `true` stands for one that is not null and can only be looked at.
    ExternRef(bool),
}

impl Value {
    /// Returns the type of the value.
    pub const fn value_type(&self) -> ValueType {
        match self {
            Self::I32(_) => ValueType::I32,
            Self::I64(_) => ValueType::I64,
            Self::F32(_) => ValueType::F32,
            Self::F64(_) => ValueType::F64,
            Self::V128(_) => ValueType::V128,
            Self::FuncRef(_) => ValueType::FuncRef,
            Self::ExternRef(_) => ValueType::ExternRef,
        }
    }

    /// Reads `text` as a value of type `ty`: decimal or `0x` integers, `true` and `false` as 1 and 0, floats with `inf` and `nan`, `null` references.
    ///
    /// # Errors
    /// When the text is not such a value or does not fit.
    pub fn parse(text: &str, ty: ValueType) -> Result<Self, ValueError> {
        let wrong = || ValueError {
            text: text.to_owned(),
            ty,
        };
        let value = match ty {
            // What languages call a boolean is a 0 or a 1.
            ValueType::I32 => parse_int(text)
                .or(parse_bool(text))
                .and_then(|v| {
                    i32::try_from(v)
                        .ok()
                        .or_else(|| u32::try_from(v).ok().map(u32::cast_signed))
                })
                .map(Self::I32),
            ValueType::I64 => parse_int(text)
                .and_then(|v| {
                    i64::try_from(v)
                        .ok()
                        .or_else(|| u64::try_from(v).ok().map(u64::cast_signed))
                })
                .map(Self::I64),
            ValueType::F32 => text.parse().ok().map(Self::F32),
            ValueType::F64 => text.parse().ok().map(Self::F64),
            ValueType::V128 => match text.strip_prefix("0x") {
                Some(hex) => u128::from_str_radix(hex, 16).ok().map(Self::V128),
                None => text.parse().ok().map(Self::V128),
            },
            ValueType::FuncRef => (text == "null").then_some(Self::FuncRef(false)),
            ValueType::ExternRef => (text == "null").then_some(Self::ExternRef(false)),
        };
        value.ok_or_else(wrong)
    }
}

fn parse_bool(text: &str) -> Option<i128> {
    text.parse().ok().map(|truth: bool| i128::from(truth))
}

fn parse_int(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let magnitude = match digits.strip_prefix("0x") {
        Some(hex) => i128::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    (magnitude >= 0).then_some(if negative { -magnitude } else { magnitude })
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32(v) => write!(f, "{v}"),
            Self::I64(v) => write!(f, "{v}"),
            Self::F32(v) => write!(f, "{v}"),
            Self::F64(v) => write!(f, "{v}"),
            Self::V128(v) => write!(f, "{v:#034x}"),
            Self::FuncRef(set) | Self::ExternRef(set) => {
                f.write_str(if *set { "ref" } else { "null" })
            }
        }
    }
}

/// The type of a core value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// Function reference.
    FuncRef,
    /// Host reference.
    ExternRef,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
            Self::FuncRef => "funcref",
            Self::ExternRef => "externref",
        })
    }
}

/// The type of a core function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// Types of the parameters.
    pub params: Vec<ValueType>,
    /// Types of the results.
    pub results: Vec<ValueType>,
}

impl Signature {
    /// Returns the type of functions from `params` to `results`.
    pub fn new(params: impl Into<Vec<ValueType>>, results: impl Into<Vec<ValueType>>) -> Self {
        Self {
            params: params.into(),
            results: results.into(),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[ValueType]| {
            f.write_str("(")?;
            for (i, ty) in types.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{ty}")?;
            }
            f.write_str(")")
        };
        list(f, &self.params)?;
        f.write_str(" -> ")?;
        list(f, &self.results)
    }
}

/// A text that is not a value of the type that is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a value of type {ty}")]
pub struct ValueError {
    /// What was given.
    pub text: String,
    /// What is needed.
    pub ty: ValueType,
}

/// Returns `ty` as a signature, or nothing when it uses types that cannot cross the border.
pub(crate) fn signature(ty: &wasmtime::FuncType) -> Option<Signature> {
    let types = |types: &mut dyn Iterator<Item = wasmtime::ValType>| {
        types.map(|ty| value_type(&ty)).collect()
    };
    let params: Option<Vec<_>> = types(&mut ty.params());
    let results: Option<Vec<_>> = types(&mut ty.results());
    Some(Signature {
        params: params?,
        results: results?,
    })
}

fn value_type(ty: &wasmtime::ValType) -> Option<ValueType> {
    match ty {
        wasmtime::ValType::I32 => Some(ValueType::I32),
        wasmtime::ValType::I64 => Some(ValueType::I64),
        wasmtime::ValType::F32 => Some(ValueType::F32),
        wasmtime::ValType::F64 => Some(ValueType::F64),
        wasmtime::ValType::V128 => Some(ValueType::V128),
        wasmtime::ValType::Ref(reference)
            if reference.matches(&wasmtime::RefType::FUNCREF) && reference.is_nullable() =>
        {
            Some(ValueType::FuncRef)
        }
        wasmtime::ValType::Ref(reference)
            if reference.matches(&wasmtime::RefType::EXTERNREF) && reference.is_nullable() =>
        {
            Some(ValueType::ExternRef)
        }
        wasmtime::ValType::Ref(_) => None,
    }
}

/// Returns the engine's form of `ty`.
pub(crate) fn to_wasm_type(ty: ValueType) -> wasmtime::ValType {
    match ty {
        ValueType::I32 => wasmtime::ValType::I32,
        ValueType::I64 => wasmtime::ValType::I64,
        ValueType::F32 => wasmtime::ValType::F32,
        ValueType::F64 => wasmtime::ValType::F64,
        ValueType::V128 => wasmtime::ValType::V128,
        ValueType::FuncRef => wasmtime::ValType::FUNCREF,
        ValueType::ExternRef => wasmtime::ValType::EXTERNREF,
    }
}

/// Returns the engine's form of `value`; a reference that is not null has none.
pub(crate) fn to_wasm(value: &Value) -> Option<wasmtime::Val> {
    Some(match value {
        Value::I32(v) => wasmtime::Val::I32(*v),
        Value::I64(v) => wasmtime::Val::I64(*v),
        Value::F32(v) => wasmtime::Val::F32(v.to_bits()),
        Value::F64(v) => wasmtime::Val::F64(v.to_bits()),
        Value::V128(v) => wasmtime::Val::V128((*v).into()),
        Value::FuncRef(false) => wasmtime::Val::FuncRef(None),
        Value::ExternRef(false) => wasmtime::Val::ExternRef(None),
        Value::FuncRef(true) | Value::ExternRef(true) => return None,
    })
}

/// Returns the public form of `value`, or nothing for garbage-collected types.
pub(crate) fn from_wasm(value: &wasmtime::Val) -> Option<Value> {
    Some(match value {
        wasmtime::Val::I32(v) => Value::I32(*v),
        wasmtime::Val::I64(v) => Value::I64(*v),
        wasmtime::Val::F32(bits) => Value::F32(f32::from_bits(*bits)),
        wasmtime::Val::F64(bits) => Value::F64(f64::from_bits(*bits)),
        wasmtime::Val::V128(v) => Value::V128(v.as_u128()),
        wasmtime::Val::FuncRef(v) => Value::FuncRef(v.is_some()),
        wasmtime::Val::ExternRef(v) => Value::ExternRef(v.is_some()),
        wasmtime::Val::AnyRef(_) | wasmtime::Val::ExnRef(_) | wasmtime::Val::ContRef(_) => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_take_signed_unsigned_and_hexadecimal_text() {
        assert_eq!(Value::parse("-1", ValueType::I32), Ok(Value::I32(-1)));
        assert_eq!(
            Value::parse("4294967295", ValueType::I32),
            Ok(Value::I32(-1))
        );
        assert_eq!(Value::parse("true", ValueType::I32), Ok(Value::I32(1)));
        assert_eq!(Value::parse("false", ValueType::I32), Ok(Value::I32(0)));
        assert_eq!(Value::parse("0xff", ValueType::I64), Ok(Value::I64(255)));
        assert_eq!(
            Value::parse("-9223372036854775808", ValueType::I64),
            Ok(Value::I64(i64::MIN))
        );
    }

    #[test]
    fn text_that_does_not_fit_is_refused_with_its_type() {
        for (text, ty) in [
            ("4294967296", ValueType::I32),
            ("", ValueType::I32),
            ("--1", ValueType::I64),
            ("1.5", ValueType::I64),
            ("one", ValueType::F64),
            ("0", ValueType::FuncRef),
        ] {
            let error = Value::parse(text, ty).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{text}` is not a value of type {ty}")
            );
        }
    }
}
