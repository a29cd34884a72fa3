//! Random inputs as JSON, for the encoder.

use std::net::IpAddr;

use serde_json::{Map, Value as Json, json};

use super::random::Random;
use super::value;
use crate::data::decimal::{Amount, Exact};
use crate::data::trust::DIMENSIONS;
use crate::data::types::{Dimension, Type};
use crate::data::unit;
use crate::ir::Program;

/// A random input of a program. Exact numbers are written as text; numbers survive JSON because they print shortest.
pub(super) fn json(program: &Program, random: &mut Random) -> String {
    value(program, &Type::Record(program.input), random).to_string()
}

fn value(program: &Program, ty: &Type, random: &mut Random) -> Json {
    match ty {
        Type::Bool => json!(random.flip()),
        Type::Int => json!(value::int(random)),
        Type::Number => json!(value::number(random)),
        Type::Decimal => json!(Exact(value::wide(random)).to_string()),
        Type::Money(currency) => {
            let amount = Amount(value::wide(random)).to_string();
            match random.below(3) {
                0 => json!(amount),
                1 => json!({ "amount": amount, "currency": *currency.0 }),
                _ => json!(format!("{amount} {}", currency.0)),
            }
        }
        Type::Quantity(dimension) => quantity(*dimension, random),
        Type::String(bound) => {
            let text = value::text(random, ty);
            let fits = text.len() <= *bound as usize;
            json!(if fits { &text } else { "" })
        }
        Type::Did | Type::Pattern => json!(value::text(random, ty)),
        Type::Attributes => serde_json::from_str(&value::text(random, ty)).unwrap_or(Json::Null),
        Type::Ip => {
            let address: IpAddr = value::ip(random).into();
            match address {
                IpAddr::V4(v4) if random.once_in(3) => json!(v4.to_ipv6_mapped().to_string()),
                _ => json!(address.to_string()),
            }
        }
        Type::Cidr => json!(value::cidr(random).to_string()),
        Type::Instant => {
            let nanoseconds = value::int(random);
            let timestamp = jiff::Timestamp::from_nanosecond(i128::from(nanoseconds));
            json!(timestamp.map(|t| t.to_string()).unwrap_or_default())
        }
        Type::Duration => json!(unit::Duration(value::int(random)).to_string()),
        Type::Enum(id) => {
            let cases = program
                .enums
                .get(id.0 as usize)
                .map_or(&[][..], |e| &e.cases);
            json!(**random.pick(cases))
        }
        Type::List(element, bound) => {
            let count = random.below(u64::from(*bound) + 1);
            (0..count)
                .map(|_| value(program, element, random))
                .collect()
        }
        Type::Map(key, element, bound) => {
            // Keys that are drawn twice stand once, in the order of their texts or the other way round.
            let count = random.below(u64::from(*bound) + 1);
            let mut map = Map::new();
            for _ in 0..count {
                if let Json::String(key) = value(program, key, random)
                    && !is_place(&key)
                {
                    map.insert(key, value(program, element, random));
                }
            }
            if random.flip() {
                map = map.into_iter().rev().collect();
            }
            Json::Object(map)
        }
        Type::Option(inner) => {
            if random.flip() {
                Json::Null
            } else {
                value(program, inner, random)
            }
        }
        Type::Record(id) => {
            let record = program.records.get(id.0 as usize);
            let mut map = Map::new();
            if record.is_some_and(|r| r.open) && random.flip() {
                map.insert(
                    "dropped".to_owned(),
                    json!({ "any": [random.flip(), null, "x"] }),
                );
            }
            for field in record.map_or(&[][..], |r| &r.fields) {
                let omitted = matches!(field.ty, Type::Option(_)) && random.once_in(4);
                if !omitted {
                    map.insert(field.name.to_string(), value(program, &field.ty, random));
                }
            }
            Json::Object(map)
        }
        Type::Trust => {
            let names = DIMENSIONS.iter().map(|n| (*n).to_owned());
            names
                .map(|n| (n, json!(value::share(random))))
                .collect::<Map<_, _>>()
                .into()
        }
        Type::Effect | Type::Never | Type::Error => Json::Null,
    }
}

fn quantity(dimension: Dimension, random: &mut Random) -> Json {
    let amount = value::wide(random);
    if random.flip() {
        json!(Exact(amount).to_string() + unit::base(dimension))
    } else {
        json!(unit::Quantity { amount, dimension }.to_string())
    }
}

/// Whether an object of JavaScript has a key before all others, whatever the order in which they come: then its input lies otherwise in
/// memory, and means the same.
fn is_place(key: &str) -> bool {
    key.parse().is_ok_and(|place: u32| place.to_string() == key)
}
