//! JSON as component values.
//!
//! Records are objects, lists and tuples arrays, flags arrays of names, enums strings; a variant is its name or
//! `{"name": payload}`, a result `{"ok": …}` or `{"err": …}`, an option `null` or the value (`{"some": …}` where the value
//! may be `null` itself). Floats that JSON has no number for are `"nan"`, `"inf"` and `"-inf"`.

use std::fmt;

use serde_json::Value as Json;
use wasmtime::component::{
    Type, Val,
    types::{ComponentFunc, Enum, Flags, Record, Variant},
};

use super::budget::Steps;

/// Where a value stands. It becomes text only for an error: a name can be long, and a list of values with it too.
#[derive(Clone, Copy)]
struct At<'a> {
    around: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Item(usize),
}

impl<'a> At<'a> {
    fn root(name: &'a str) -> Self {
        Self {
            around: None,
            step: Step::Name(name),
        }
    }

    fn field(&'a self, name: &'a str) -> Self {
        Self {
            around: Some(self),
            step: Step::Name(name),
        }
    }

    fn item(&'a self, index: usize) -> Self {
        Self {
            around: Some(self),
            step: Step::Item(index),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(around) = self.around {
            around.fmt(f)?;
        }
        match (self.step, self.around) {
            (Step::Name(name), None) => f.write_str(name),
            (Step::Name(name), Some(_)) => write!(f, ".{name}"),
            (Step::Item(index), _) => write!(f, "[{index}]"),
        }
    }
}

/// Reads one value of type `ty`; `name` is what it is called in an error.
pub(super) fn value(ty: &Type, json: &Json, name: &str) -> Result<Val, String> {
    val(ty, json, &At::root(name), &mut Steps::new())
}

/// Reads the arguments of `ty`: an array in order, or an object by name.
pub(super) fn params(ty: &ComponentFunc, text: &str) -> Result<Vec<Val>, String> {
    let given: Json = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let params: Vec<_> = ty.params().collect();
    let mut steps = Steps::new();
    let mut read = |ty: &Type, json: &Json, name: &str| val(ty, json, &At::root(name), &mut steps);
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
                .map(|((name, ty), item)| read(ty, item, name))
                .collect()
        }
        Json::Object(mut fields) => {
            let values = params.iter().map(|(name, ty)| {
                let field = fields
                    .remove(*name)
                    .or_else(|| matches!(ty, Type::Option(_)).then_some(Json::Null));
                read(
                    ty,
                    &field.ok_or_else(|| format!("argument `{name}` is missing"))?,
                    name,
                )
            });
            let vals = values.collect::<Result<_, String>>()?;
            match fields.keys().next() {
                Some(extra) => Err(format!("there is no argument `{extra}`")),
                None => Ok(vals),
            }
        }
        other if params.len() == 1 => params
            .iter()
            .map(|(name, ty)| read(ty, &other, name))
            .collect(),
        _ => Err(format!(
            "it takes {} arguments; give a JSON array or object",
            params.len()
        )),
    }
}

/// Reads `json` as a value of type `ty`; `at` is where it stands, for the error.
fn val(ty: &Type, json: &Json, at: &At<'_>, steps: &mut Steps) -> Result<Val, String> {
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
            let ty = list.ty();
            Ok(Val::List(sequence(
                items.iter().map(|item| (ty.clone(), item)),
                at,
                steps,
            )?))
        }
        Type::Tuple(tuple) => {
            let items = json
                .as_array()
                .filter(|items| items.len() == tuple.types().len());
            let items = items
                .ok_or_else(|| wrong(&format!("an array of {} values", tuple.types().len())))?;
            Ok(Val::Tuple(sequence(tuple.types().zip(items), at, steps)?))
        }
        Type::Record(record) => record_val(record, json, at, steps),
        Type::Variant(variant) => {
            variant_val(variant, json, at, steps).ok_or_else(|| wrong("a case of the variant"))?
        }
        Type::Enum(cases) => enum_val(cases, json, at, steps),
        Type::Option(option) => option_val(&option.ty(), json, at, steps),
        Type::Result(result) => {
            let (case, payload) =
                single(json).ok_or_else(|| wrong("`{\"ok\": …}` or `{\"err\": …}`"))?;
            match case {
                "ok" => Ok(Val::Result(Ok(payload_val(
                    result.ok(),
                    payload,
                    at,
                    steps,
                )?))),
                "err" => Ok(Val::Result(Err(payload_val(
                    result.err(),
                    payload,
                    at,
                    steps,
                )?))),
                _ => Err(wrong("`{\"ok\": …}` or `{\"err\": …}`")),
            }
        }
        Type::Flags(flags) => flags_val(flags, json, at, steps),
        Type::FixedLengthList(list) => {
            let items = json.as_array().ok_or_else(|| wrong("an array"))?;
            let ty = list.ty();
            Ok(Val::FixedLengthList(sequence(
                items.iter().map(|item| (ty.clone(), item)),
                at,
                steps,
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
    at: &At<'_>,
    steps: &mut Steps,
) -> Result<Vec<Val>, String> {
    items
        .enumerate()
        .map(|(index, (ty, item))| val(&ty, item, &at.item(index), steps))
        .collect()
}

fn record_val(record: &Record, json: &Json, at: &At<'_>, steps: &mut Steps) -> Result<Val, String> {
    let given = json
        .as_object()
        .ok_or_else(|| format!("`{at}` must be an object, it is {}", shown(json)))?;
    steps.take(record.fields().len())?;
    let mut found = 0;
    let mut fields = Vec::with_capacity(record.fields().len());
    for field in record.fields() {
        let at = at.field(field.name);
        let value = given.get(field.name);
        found += usize::from(value.is_some());
        let missing = matches!(field.ty, Type::Option(_)).then_some(&Json::Null);
        let value = value
            .or(missing)
            .ok_or_else(|| format!("`{at}` is missing"))?;
        fields.push((field.name.to_owned(), val(&field.ty, value, &at, steps)?));
    }
    if found == given.len() {
        return Ok(Val::Record(fields));
    }
    let known: std::collections::HashSet<&str> = record.fields().map(|field| field.name).collect();
    let extra = given.keys().find(|key| !known.contains(key.as_str()));
    Err(format!(
        "`{at}` has no field `{}`",
        extra.map_or("", String::as_str)
    ))
}

fn enum_val(cases: &Enum, json: &Json, at: &At<'_>, steps: &mut Steps) -> Result<Val, String> {
    steps.take(cases.names().len())?;
    let name = json
        .as_str()
        .filter(|name| cases.names().any(|case| case == *name));
    name.map(|name| Val::Enum(name.to_owned())).ok_or_else(|| {
        let known: Vec<_> = cases.names().take(CASES_LISTED).collect();
        format!(
            "`{at}` must be one of {}, it is {}",
            known.join(", "),
            shown(json)
        )
    })
}

fn flags_val(flags: &Flags, json: &Json, at: &At<'_>, steps: &mut Steps) -> Result<Val, String> {
    let names = json
        .as_array()
        .ok_or_else(|| format!("`{at}` must be an array of names, it is {}", shown(json)))?;
    let read = names.iter().map(|name| {
        steps.take(flags.names().len())?;
        let known = name
            .as_str()
            .filter(|name| flags.names().any(|flag| flag == *name));
        known
            .map(str::to_owned)
            .ok_or_else(|| format!("`{at}` has no flag {}", shown(name)))
    });
    Ok(Val::Flags(read.collect::<Result<_, String>>()?))
}

fn variant_val(
    variant: &Variant,
    json: &Json,
    at: &At<'_>,
    steps: &mut Steps,
) -> Option<Result<Val, String>> {
    let (name, payload) = match json {
        Json::String(name) => (name.as_str(), None),
        _ => single(json).map(|(name, payload)| (name, Some(payload)))?,
    };
    if let Err(spent) = steps.take(variant.cases().len()) {
        return Some(Err(spent));
    }
    let case = variant.cases().find(|case| case.name == name)?;
    let at = at.field(name);
    let payload = match (case.ty, payload) {
        (None, None | Some(Json::Null)) => Ok(None),
        (None, Some(_)) => Err(format!("`{at}` has no payload")),
        (Some(_), None) => Err(format!("`{at}` needs a payload")),
        (Some(ty), Some(payload)) => {
            val(&ty, payload, &at, steps).map(|payload| Some(Box::new(payload)))
        }
    };
    Some(payload.map(|payload| Val::Variant(name.to_owned(), payload)))
}

fn option_val(ty: &Type, json: &Json, at: &At<'_>, steps: &mut Steps) -> Result<Val, String> {
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
    Ok(Val::Option(Some(Box::new(val(ty, inner, at, steps)?))))
}

fn payload_val(
    ty: Option<Type>,
    json: &Json,
    at: &At<'_>,
    steps: &mut Steps,
) -> Result<Option<Box<Val>>, String> {
    match ty {
        Some(ty) => Ok(Some(Box::new(val(&ty, json, at, steps)?))),
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

/// Cases listed in a message.
const CASES_LISTED: usize = 32;
/// Bytes of a value shown in a message.
const SHOWN_BYTES: usize = 64;

/// The beginning of a value, as text.
fn shown(json: &Json) -> String {
    struct Start(String);
    impl fmt::Write for Start {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = SHOWN_BYTES.saturating_sub(self.0.len());
            let end = text.floor_char_boundary(room);
            self.0.push_str(text.get(..end).unwrap_or_default());
            if end < text.len() {
                self.0.push('…');
                return Err(fmt::Error);
            }
            Ok(())
        }
    }
    let mut start = Start(String::new());
    // What is cut off ends the writing.
    fmt::write(&mut start, format_args!("{json}")).ok();
    format!("`{}`", start.0)
}
