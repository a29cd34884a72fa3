//! Component values as JSON.
//!
//! Records are objects, lists and tuples arrays, flags arrays of names, enums strings; a variant is its name or
//! `{"name": payload}`, a result `{"ok": …}` or `{"err": …}`, an option `null` or the value (`{"some": …}` where the value
//! may be `null` itself). Floats that JSON has no number for are `"nan"`, `"inf"` and `"-inf"`.

use serde_json::{Map, Number, Value as Json};
use wasmtime::component::{
    Type, Val,
    types::{ComponentFunc, Variant},
};

/// Reads the arguments of `ty`: an array in order, or an object by name.
pub(super) fn params(ty: &ComponentFunc, text: &str) -> Result<Vec<Val>, String> {
    let given: Json = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let params: Vec<_> = ty.params().collect();
    match given {
        Json::Array(items) => {
            if items.len() != params.len() {
                return Err(format!(
                    "it takes {} arguments, {} given",
                    params.len(),
                    items.len()
                ));
            }
            params
                .iter()
                .zip(&items)
                .map(|((name, ty), item)| val(ty, item, name))
                .collect()
        }
        Json::Object(mut fields) => {
            let read = params.iter().map(|(name, ty)| {
                let field = fields
                    .remove(*name)
                    .or_else(|| matches!(ty, Type::Option(_)).then_some(Json::Null));
                val(
                    ty,
                    &field.ok_or_else(|| format!("argument `{name}` is missing"))?,
                    name,
                )
            });
            let vals = read.collect::<Result<_, String>>()?;
            match fields.keys().next() {
                Some(extra) => Err(format!("there is no argument `{extra}`")),
                None => Ok(vals),
            }
        }
        other if params.len() == 1 => params
            .iter()
            .map(|(name, ty)| val(ty, &other, name))
            .collect(),
        _ => Err(format!(
            "it takes {} arguments; give a JSON array or object",
            params.len()
        )),
    }
}

/// Reads `json` as a value of type `ty`; `at` is where it stands, for the error.
pub(super) fn val(ty: &Type, json: &Json, at: &str) -> Result<Val, String> {
    let wrong = |want: &str| format!("`{at}` must be {want}, it is {}", shown(json));
    macro_rules! int {
        ($val:ident, $int:ty) => {
            integer(json)
                .and_then(|number| <$int>::try_from(number).ok())
                .map(Val::$val)
                .ok_or_else(|| wrong(concat!("a number of type ", stringify!($int))))
        };
    }
    match ty {
        Type::Bool => json
            .as_bool()
            .map(Val::Bool)
            .ok_or_else(|| wrong("true or false")),
        Type::S8 => int!(S8, i8),
        Type::U8 => int!(U8, u8),
        Type::S16 => int!(S16, i16),
        Type::U16 => int!(U16, u16),
        Type::S32 => int!(S32, i32),
        Type::U32 => int!(U32, u32),
        Type::S64 => int!(S64, i64),
        Type::U64 => int!(U64, u64),
        Type::Float32 => float(json)
            .map(|v| Val::Float32(v as f32))
            .ok_or_else(|| wrong("a number")),
        Type::Float64 => float(json)
            .map(Val::Float64)
            .ok_or_else(|| wrong("a number")),
        Type::Char => {
            let mut chars = json.as_str().unwrap_or_default().chars();
            match (chars.next(), chars.next()) {
                (Some(char), None) => Ok(Val::Char(char)),
                _ => Err(wrong("a text of one character")),
            }
        }
        Type::String => json
            .as_str()
            .map(|text| Val::String(text.to_owned()))
            .ok_or_else(|| wrong("a text")),
        Type::List(list) => {
            let items = json.as_array().ok_or_else(|| wrong("an array"))?;
            Ok(Val::List(sequence(
                items.iter().map(|item| (list.ty(), item)),
                at,
            )?))
        }
        Type::Tuple(tuple) => {
            let items = json
                .as_array()
                .filter(|items| items.len() == tuple.types().len());
            let items = items
                .ok_or_else(|| wrong(&format!("an array of {} values", tuple.types().len())))?;
            Ok(Val::Tuple(sequence(tuple.types().zip(items), at)?))
        }
        Type::Record(record) => {
            let fields = json.as_object().ok_or_else(|| wrong("an object"))?;
            if let Some(extra) = fields
                .keys()
                .find(|key| record.fields().all(|field| field.name != key.as_str()))
            {
                return Err(format!("`{at}` has no field `{extra}`"));
            }
            let read = record.fields().map(|field| {
                let at = format!("{at}.{}", field.name);
                let missing = matches!(field.ty, Type::Option(_)).then_some(&Json::Null);
                let value = fields
                    .get(field.name)
                    .or(missing)
                    .ok_or_else(|| format!("`{at}` is missing"))?;
                Ok((field.name.to_owned(), val(&field.ty, value, &at)?))
            });
            Ok(Val::Record(read.collect::<Result<_, String>>()?))
        }
        Type::Variant(variant) => {
            variant_val(variant, json, at).ok_or_else(|| wrong("a case of the variant"))?
        }
        Type::Enum(cases) => {
            let name = json
                .as_str()
                .filter(|name| cases.names().any(|case| case == *name));
            let known = || cases.names().collect::<Vec<_>>().join(", ");
            name.map(|name| Val::Enum(name.to_owned()))
                .ok_or_else(|| wrong(&format!("one of {}", known())))
        }
        Type::Option(option) => option_val(&option.ty(), json, at),
        Type::Result(result) => {
            let (case, payload) =
                single(json).ok_or_else(|| wrong("`{\"ok\": …}` or `{\"err\": …}`"))?;
            match case {
                "ok" => Ok(Val::Result(Ok(payload_val(result.ok(), payload, at)?))),
                "err" => Ok(Val::Result(Err(payload_val(result.err(), payload, at)?))),
                _ => Err(wrong("`{\"ok\": …}` or `{\"err\": …}`")),
            }
        }
        Type::Flags(flags) => {
            let names = json.as_array().ok_or_else(|| wrong("an array of names"))?;
            let read = names.iter().map(|name| {
                let known = name
                    .as_str()
                    .filter(|name| flags.names().any(|flag| flag == *name));
                known
                    .map(str::to_owned)
                    .ok_or_else(|| format!("`{at}` has no flag {}", shown(name)))
            });
            Ok(Val::Flags(read.collect::<Result<_, String>>()?))
        }
        Type::FixedLengthList(list) => {
            let items = json.as_array().ok_or_else(|| wrong("an array"))?;
            Ok(Val::FixedLengthList(sequence(
                items.iter().map(|item| (list.ty(), item)),
                at,
            )?))
        }
        Type::Own(_)
        | Type::Borrow(_)
        | Type::Future(_)
        | Type::Stream(_)
        | Type::ErrorContext
        | Type::Map(_) => Err(format!("`{at}` has a type that has no JSON form")),
    }
}

fn sequence<'a>(
    items: impl Iterator<Item = (Type, &'a Json)>,
    at: &str,
) -> Result<Vec<Val>, String> {
    items
        .enumerate()
        .map(|(i, (ty, item))| val(&ty, item, &format!("{at}[{i}]")))
        .collect()
}

fn variant_val(variant: &Variant, json: &Json, at: &str) -> Option<Result<Val, String>> {
    let (name, payload) = match json {
        Json::String(name) => (name.as_str(), None),
        _ => single(json).map(|(name, payload)| (name, Some(payload)))?,
    };
    let case = variant.cases().find(|case| case.name == name)?;
    let at = format!("{at}.{name}");
    let payload = match (case.ty, payload) {
        (None, None | Some(Json::Null)) => Ok(None),
        (None, Some(_)) => Err(format!("`{at}` has no payload")),
        (Some(_), None) => Err(format!("`{at}` needs a payload")),
        (Some(ty), Some(payload)) => val(&ty, payload, &at).map(|payload| Some(Box::new(payload))),
    };
    Some(payload.map(|payload| Val::Variant(name.to_owned(), payload)))
}

fn option_val(ty: &Type, json: &Json, at: &str) -> Result<Val, String> {
    let inner = match (ty, json) {
        (_, Json::Null) => return Ok(Val::Option(None)),
        (Type::Option(_), json) => match single(json) {
            Some(("some", inner)) => inner,
            _ => {
                return Err(format!(
                    "`{at}` must be null or `{{\"some\": …}}`, it is {}",
                    shown(json)
                ));
            }
        },
        (_, json) => json,
    };
    Ok(Val::Option(Some(Box::new(val(ty, inner, at)?))))
}

fn payload_val(ty: Option<Type>, json: &Json, at: &str) -> Result<Option<Box<Val>>, String> {
    match ty {
        Some(ty) => Ok(Some(Box::new(val(&ty, json, at)?))),
        None if json.is_null() => Ok(None),
        None => Err(format!("`{at}` has no payload; write null")),
    }
}

/// Returns the only field of an object.
fn single(json: &Json) -> Option<(&str, &Json)> {
    let fields = json.as_object().filter(|fields| fields.len() == 1)?;
    fields
        .iter()
        .next()
        .map(|(name, value)| (name.as_str(), value))
}

/// A whole number; as text too, since many programs lose digits of large numbers.
fn integer(json: &Json) -> Option<i128> {
    match json {
        Json::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from)),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn float(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "nan" => Some(f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

fn shown(json: &Json) -> String {
    let mut text: String = json.to_string().chars().take(64).collect();
    if text.len() < json.to_string().len() {
        text.push('…');
    }
    format!("`{text}`")
}

/// Writes `val` as JSON.
pub(super) fn from_val(val: &Val) -> Result<Json, String> {
    Ok(match val {
        Val::Bool(v) => Json::Bool(*v),
        Val::S8(v) => Json::from(*v),
        Val::U8(v) => Json::from(*v),
        Val::S16(v) => Json::from(*v),
        Val::U16(v) => Json::from(*v),
        Val::S32(v) => Json::from(*v),
        Val::U32(v) => Json::from(*v),
        Val::S64(v) => Json::from(*v),
        Val::U64(v) => Json::from(*v),
        Val::Float32(v) => from_float(f64::from(*v)),
        Val::Float64(v) => from_float(*v),
        Val::Char(v) => Json::String(v.to_string()),
        Val::String(v) => Json::String(v.clone()),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => {
            Json::Array(items.iter().map(from_val).collect::<Result<_, _>>()?)
        }
        Val::Record(fields) => {
            let written = fields
                .iter()
                .map(|(name, field)| Ok((name.clone(), from_val(field)?)));
            Json::Object(written.collect::<Result<Map<_, _>, String>>()?)
        }
        Val::Variant(name, None) => Json::String(name.clone()),
        Val::Variant(name, Some(payload)) => object(name, from_val(payload)?),
        Val::Enum(name) => Json::String(name.clone()),
        Val::Option(None) => Json::Null,
        Val::Option(Some(inner)) => match &**inner {
            Val::Option(_) => object("some", from_val(inner)?),
            inner => from_val(inner)?,
        },
        Val::Result(Ok(payload)) => {
            object("ok", payload.as_deref().map_or(Ok(Json::Null), from_val)?)
        }
        Val::Result(Err(payload)) => {
            object("err", payload.as_deref().map_or(Ok(Json::Null), from_val)?)
        }
        Val::Flags(names) => Json::from(names.clone()),
        Val::Map(_) | Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => {
            return Err(String::from("its type has no JSON form"));
        }
    })
}

fn object(name: &str, value: Json) -> Json {
    Json::Object(Map::from_iter([(name.to_owned(), value)]))
}

fn from_float(value: f64) -> Json {
    match Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None if value.is_nan() => Json::from("nan"),
        None if value > 0.0 => Json::from("inf"),
        None => Json::from("-inf"),
    }
}
