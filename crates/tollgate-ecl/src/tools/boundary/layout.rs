//! The fields of an input that two programs have in common, and values for them.

use serde_json::Value as Json;

use crate::data::net::{Cidr, Ip};
use crate::data::types::{RecordId, Type, WORD};
use crate::ir::Program;
use crate::ir::value::Value;

/// The input of two programs, flat: records in it are their fields.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) fields: Vec<Field>,
}

/// A field that is no record.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name and those of the records around it, outermost first.
    pub(super) path: Vec<Box<str>>,
    /// Where it stands, from the beginning of the input.
    pub(super) offset: u32,
    /// Whether it is an option; `kind` is about what it has then.
    pub(super) optional: bool,
    pub(super) kind: Kind,
    /// What it has where nobody asks: none, zero, nothing.
    pub(super) unasked: Json,
}

/// What there can be in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    /// The names of its cases.
    Enum(Vec<Box<str>>),
    Whole(Whole),
    /// At most so many bytes.
    Text(u32),
    /// What the search knows nothing of.
    Other,
}

/// What a whole number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Int,
    Instant,
    Duration,
}

impl Field {
    /// Where its value stands: behind the tag if it is an option.
    pub(super) fn value_offset(&self) -> u32 {
        self.offset + if self.optional { WORD } else { 0 }
    }
}

impl Whole {
    /// The JSON of a number of it.
    pub(super) fn json(self, number: i64) -> Json {
        json(&match self {
            Self::Int => Value::Int(number),
            Self::Instant => Value::Instant(number),
            Self::Duration => Value::Duration(number),
        })
    }
}

fn json(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or(Json::Null)
}

/// The input of both, if it is the same.
pub(super) fn common(one: &Program, other: &Program) -> Option<Layout> {
    let records = (one.input, other.input);
    if !same_record((one, other), records) {
        return None;
    }
    let mut layout = Layout { fields: Vec::new() };
    let whole = Part {
        path: Vec::new(),
        offset: 0,
    };
    flatten(one, (one.input, &whole), &mut layout.fields);
    Some(layout)
}

/// A record of the input.
struct Part {
    path: Vec<Box<str>>,
    offset: u32,
}

fn flatten(program: &Program, (record, part): (RecordId, &Part), fields: &mut Vec<Field>) {
    let record = program.records.get(record.0 as usize);
    for field in record.into_iter().flat_map(|record| &record.fields) {
        let mut path = part.path.clone();
        path.push(field.name.clone());
        let offset = part.offset + field.offset;
        if let Type::Record(inner) = field.ty {
            flatten(program, (inner, &Part { path, offset }), fields);
            continue;
        }
        let (optional, ty) = match &field.ty {
            Type::Option(inner) => (true, &**inner),
            other => (false, other),
        };
        fields.push(Field {
            path,
            offset,
            optional,
            kind: kind(program, ty),
            unasked: match optional {
                true => Json::Null,
                false => json(&nothing(program, ty)),
            },
        });
    }
}

fn kind(program: &Program, ty: &Type) -> Kind {
    match ty {
        Type::Bool => Kind::Bool,
        Type::Int => Kind::Whole(Whole::Int),
        Type::Instant => Kind::Whole(Whole::Instant),
        Type::Duration => Kind::Whole(Whole::Duration),
        Type::String(bytes) => Kind::Text(*bytes),
        Type::Enum(id) => match program.enums.get(id.0 as usize) {
            Some(known) => Kind::Enum(known.cases.clone()),
            None => Kind::Other,
        },
        _ => Kind::Other,
    }
}

/// A value of a type that says as little as one can.
fn nothing(program: &Program, ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::Bool(false),
        Type::Int => Value::Int(0),
        Type::Decimal => Value::Decimal(0),
        Type::Number => Value::Number(0.0),
        Type::Did => Value::Did("did:example:a".into()),
        Type::Pattern => Value::Pattern("did:example:*".into()),
        Type::Instant => Value::Instant(0),
        Type::Duration => Value::Duration(0),
        Type::Money(currency) => Value::Money(0, currency.clone()),
        Type::Quantity(dimension) => Value::Quantity(0, *dimension),
        Type::Ip => Value::Ip(Ip::at(0)),
        Type::Cidr => Value::Cidr(Cidr::alone(Ip::at(0))),
        Type::List(..) => Value::List(Vec::new()),
        Type::Map(..) => Value::Map(Vec::new()),
        Type::Enum(id) => {
            let known = program.enums.get(id.0 as usize);
            let case = known.and_then(|known| known.cases.first());
            Value::Enum(case.cloned().unwrap_or_default())
        }
        Type::Trust => Value::Trust([0.0; 6]),
        Type::Attributes => Value::Attributes("{}".into()),
        // Records are taken apart before, and an option that nobody asks about has nothing.
        Type::Option(_) | Type::Record(_) => Value::Option(None),
        Type::String(_) | Type::Effect | Type::Never | Type::Error => Value::String("".into()),
    }
}

fn same_record((one, other): (&Program, &Program), (mine, theirs): (RecordId, RecordId)) -> bool {
    let record = |program: &'_ Program, id: RecordId| program.records.get(id.0 as usize).cloned();
    let (Some(mine), Some(theirs)) = (record(one, mine), record(other, theirs)) else {
        return false;
    };
    mine.fields.len() == theirs.fields.len()
        && mine.fields.iter().zip(&theirs.fields).all(|(a, b)| {
            a.name == b.name && a.offset == b.offset && same((one, other), (&a.ty, &b.ty))
        })
}

/// Whether two types of two programs are the same: their enums and records have the same names in the same order.
fn same(programs: (&Program, &Program), types: (&Type, &Type)) -> bool {
    match types {
        (Type::Record(a), Type::Record(b)) => same_record(programs, (*a, *b)),
        (Type::Enum(a), Type::Enum(b)) => {
            let cases = |program: &Program, id: u32| {
                let known = program.enums.get(id as usize);
                known.map(|known| known.cases.clone())
            };
            cases(programs.0, a.0) == cases(programs.1, b.0)
        }
        (Type::Option(a), Type::Option(b)) => same(programs, (a, b)),
        (Type::List(a, n), Type::List(b, m)) => n == m && same(programs, (a, b)),
        (Type::Map(k, a, n), Type::Map(l, b, m)) => {
            n == m && same(programs, (k, l)) && same(programs, (a, b))
        }
        (a, b) => a == b,
    }
}
