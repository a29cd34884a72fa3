//! Random types, and where values of them are in the input.

use super::random::Random;
use crate::data::types::{Currency, Dimension, EnumDef, EnumId, RecordDef, RecordId, Type};
use crate::ir::Program;

/// Bound of every generated string type.
pub(super) const STRING_BOUND: u32 = 200;
/// Bound of every generated list type.
pub(super) const LIST_BOUND: u32 = 5;

/// A few record and enum types.
pub(super) fn declarations(random: &mut Random) -> (Vec<RecordDef>, Vec<EnumDef>) {
    let enums: Vec<EnumDef> = (0..random.between(1, 2))
        .map(|i| EnumDef {
            name: format!("Enum{i}").into(),
            cases: (0..random.between(1, 4))
                .map(|c| format!("Case{c}").into())
                .collect(),
        })
        .collect();
    let mut records = Vec::new();
    for i in 0..random.below(3) {
        let fields = (0..random.between(1, 4))
            .map(|f| (format!("r{f}").into(), ty(random, &records, &enums, 1)))
            .collect();
        let mut record = RecordDef::new(&format!("Record{i}"), fields, &records);
        record.open = random.once_in(3);
        records.push(record);
    }
    (records, enums)
}

/// A random type.
pub(super) fn ty(
    random: &mut Random,
    records: &[RecordDef],
    enums: &[EnumDef],
    depth: u32,
) -> Type {
    let compound = if depth > 0 { 9 } else { 0 };
    match random.below(17 + compound) {
        0 | 1 => Type::Bool,
        2 | 3 => Type::Int,
        4 => Type::Decimal,
        5 | 16 => Type::Number,
        6 => Type::String(STRING_BOUND),
        7 => Type::Did,
        8 => Type::Pattern,
        9 => Type::Instant,
        10 => Type::Duration,
        11 => Type::Money(Currency("EUR".into())),
        12 => Type::Quantity(Dimension::Length),
        13 => Type::Enum(EnumId(index(random, enums.len()))),
        14 => Type::Ip,
        15 => Type::Cidr,
        17 => Type::Trust,
        18 => Type::Attributes,
        19 | 20 => Type::Option(Box::new(ty(random, records, enums, depth - 1))),
        23 => {
            let key = match random.below(3) {
                0 => Type::Did,
                1 => Type::Enum(EnumId(index(random, enums.len()))),
                _ => Type::String(STRING_BOUND),
            };
            let value = ty(random, records, enums, depth - 1);
            Type::Map(Box::new(key), Box::new(value), LIST_BOUND)
        }
        21 | 22 if !records.is_empty() => Type::Record(RecordId(index(random, records.len()))),
        _ => Type::List(Box::new(ty(random, records, enums, depth - 1)), LIST_BOUND),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a handful of declarations")]
fn index(random: &mut Random, length: usize) -> u32 {
    random.below(length as u64) as u32
}

/// Collects what can be read at a fixed place in a value at `offset`: the value and the fields of records.
pub(super) fn paths(program: &Program, ty: &Type, offset: u32, found: &mut Vec<(u32, Type)>) {
    found.push((offset, ty.clone()));
    if let Type::Record(id) = ty {
        for field in program
            .records
            .get(id.0 as usize)
            .map_or(&[][..], |r| &r.fields)
        {
            paths(program, &field.ty, offset + field.offset, found);
        }
    }
}
