//! The program itself: what it says of its own sizes is computed again and compared.
//!
//! Sizes are what memory is taken for and what loops run over, so none is believed: layouts of records, the place of the input,
//! the texts of the pool, the numbers of conditions, the worst case.

use super::{Verified, VerifyError, at_most, table};
use crate::data::gas::GAS_LIMIT_MAX;
use crate::data::net::Cidr;
use crate::data::types::{RecordDef, Type, WORD};
use crate::ir::{Body, Expr, ExprKind, Leaf, Program, UnaryOp};
use crate::limits::{
    ARENA_BYTES_MAX, IR_HEIGHT_MAX, MEMORY_BYTES_MAX, POOL_BYTES_MAX, RECORD_WORDS_MAX,
    TYPE_NESTING_MAX,
};

/// Checks what a program says of its own sizes. Its pool may stand elsewhere: then only the place of it is known.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn sizes(program: &Program) -> Verified {
    memory(program)?;
    records(program)?;
    texts(program)?;
    conditions(program)?;
    names(program)?;
    types(program)
}

/// Compares the place of the input and the worst case with what they are computed from.
pub(crate) fn recomputed(program: &Program) -> Verified {
    let place = program.pool.bytes.len().next_multiple_of(16);
    table(
        "pool",
        0,
        program.input_base as usize == place,
        "has another length than its place",
    )?;
    let height = program.roots().iter().map(|root| root.height()).max();
    at_most(
        "operations inside each other",
        height.unwrap_or(0) as usize,
        IR_HEIGHT_MAX as usize,
    )?;
    let splits = |expr: &Expr| match expr.kind {
        ExprKind::Unary {
            op: UnaryOp::Split(splitting),
            ..
        } => splitting.is_sound(),
        _ => true,
    };
    let sound = program.roots().into_iter().all(|root| root.all(&splits));
    table("program", 0, sound, "splits a text at nothing")?;
    let bound = crate::ir::bound::bound(program);
    table(
        "program",
        0,
        bound.is_ok(),
        "refers to what it does not have",
    )?;
    let same = bound.is_ok_and(|bound| {
        bound.gas == program.gas_bound && bound.arena == u64::from(program.arena_bound)
    });
    table("program", 0, same, "has another worst case than it says")
}

fn memory(program: &Program) -> Verified {
    let place = program.input_base as usize;
    at_most("bytes of constants", place, POOL_BYTES_MAX + 16)?;
    at_most(
        "bytes of arena",
        program.arena_bound as usize,
        usize::try_from(ARENA_BYTES_MAX).unwrap_or(usize::MAX),
    )?;
    let memory = place + program.arena_bound as usize;
    at_most("bytes of memory", memory, MEMORY_BYTES_MAX)?;
    let gas_max = usize::try_from(GAS_LIMIT_MAX).unwrap_or(usize::MAX);
    let gas = usize::try_from(program.gas_limits.total).unwrap_or(usize::MAX);
    at_most("gas", gas, gas_max)?;
    let pool = program.pool.bytes.len();
    table("pool", 0, pool <= place, "is longer than its place")?;
    table(
        "pool",
        0,
        program.input_base.is_multiple_of(16),
        "the input is not aligned",
    )
}

/// Layouts as the checker makes them: sizes are used in arithmetic and to read values for reports.
fn records(program: &Program) -> Verified {
    let mut depths: Vec<u32> = Vec::with_capacity(program.records.len());
    for (i, record) in program.records.iter().enumerate() {
        let earlier = program.records.get(..i).unwrap_or_default();
        let mut words = 0_u64;
        let mut depth = 0;
        for field in &record.fields {
            table(
                "record",
                i,
                u64::from(field.offset) == words * u64::from(WORD),
                "has a gap",
            )?;
            let found = type_words(&field.ty, earlier).ok_or(VerifyError::Table {
                table: "record",
                entry: i,
                what: "refers to a later one, or to what is no data",
            })?;
            words += found;
            depth = depth.max(type_depth(&field.ty, &depths));
            at_most(
                "words in a record",
                usize::try_from(words).unwrap_or(usize::MAX),
                usize::try_from(RECORD_WORDS_MAX).unwrap_or(usize::MAX),
            )?;
        }
        at_most(
            "records, lists, maps and options inside each other",
            depth as usize,
            TYPE_NESTING_MAX as usize,
        )?;
        depths.push(depth + 1);
        table(
            "record",
            i,
            words.max(1) == u64::from(record.words),
            "has another size than its fields",
        )?;
    }
    table(
        "records",
        program.input.0 as usize,
        (program.input.0 as usize) < program.records.len(),
        "lack the input",
    )?;
    let output = program
        .output
        .is_none_or(|id| (id.0 as usize) < program.records.len());
    table("records", 0, output, "lack the output")
}

/// Returns how many words a value of the type takes; `None` if the type is not data.
fn type_words(ty: &Type, earlier: &[RecordDef]) -> Option<u64> {
    Some(match ty {
        Type::Record(id) => u64::from(earlier.get(id.0 as usize)?.words),
        Type::Option(inner) => 1 + type_words(inner, earlier)?,
        Type::List(inner, _) => {
            type_words(inner, earlier)?;
            1
        }
        Type::Map(key, value, _) => {
            type_words(key, earlier)?;
            type_words(value, earlier)?;
            1
        }
        Type::Trust => 6,
        Type::Cidr => Cidr::WORDS.into(),
        Type::Never | Type::Error => return None,
        Type::Decimal | Type::Money(_) | Type::Quantity(_) | Type::Ip => 2,
        Type::Bool
        | Type::Int
        | Type::Number
        | Type::String(_)
        | Type::Did
        | Type::Pattern
        | Type::Instant
        | Type::Duration
        | Type::Enum(_)
        | Type::Attributes
        | Type::Effect => 1,
    })
}

fn type_depth(ty: &Type, records: &[u32]) -> u32 {
    match ty {
        Type::List(inner, _) | Type::Option(inner) => 1 + type_depth(inner, records),
        Type::Map(_, value, _) => 2 + type_depth(value, records),
        Type::Record(id) => records.get(id.0 as usize).copied().unwrap_or(0),
        Type::Bool
        | Type::Int
        | Type::Decimal
        | Type::Number
        | Type::Money(_)
        | Type::Quantity(_)
        | Type::Ip
        | Type::Cidr
        | Type::String(_)
        | Type::Did
        | Type::Pattern
        | Type::Instant
        | Type::Duration
        | Type::Enum(_)
        | Type::Trust
        | Type::Attributes
        | Type::Effect
        | Type::Never
        | Type::Error => 0,
    }
}

/// Texts stand one after the other, so that together they are no longer than the pool.
fn texts(program: &Program) -> Verified {
    let mut end = 0_u64;
    for (i, text) in program.pool.texts.iter().enumerate() {
        let start = u64::from(text.address());
        table(
            "text",
            i,
            start >= end,
            "begins before the one before it ends",
        )?;
        end = start + u64::from(text.length());
    }
    let place = u64::from(program.input_base);
    table("texts", 0, end <= place, "are longer than the pool")
}

/// Conditions are numbered one after the other, over all rules.
fn conditions(program: &Program) -> Verified {
    let Body::Policy(policy) = &program.body else {
        return Ok(());
    };
    let mut count = 0_u64;
    let rules = policy.groups.iter().flat_map(|group| &group.rules);
    for (i, rule) in rules.enumerate() {
        let same = u64::from(rule.leaf_base) == count;
        table("rule", i, same, "has other numbers for its conditions")?;
        count += rule.leaves.len() as u64;
    }
    Ok(())
}

/// Types name records of the program: everything that is computed from sizes relies on it.
fn names(program: &Program) -> Verified {
    let known = |ty: &Type| ty.is_among(&program.records);
    table(
        "local",
        0,
        program.locals.iter().all(known),
        "has a type that does not exist",
    )?;
    for (i, function) in program.functions.iter().enumerate() {
        let all = known(&function.ret) && function.locals.iter().all(known);
        table("function", i, all, "has a type that does not exist")?;
    }
    let mut rest = program.roots();
    while let Some(expr) = rest.pop() {
        table(
            "expression",
            expr.point.0 as usize,
            known(&expr.ty),
            "has a type that does not exist",
        )?;
        expr.each_child(&mut |child| rest.push(child));
    }
    Ok(())
}

/// The types that values are read by, for reports and for the host.
fn types(program: &Program) -> Verified {
    let is_data = |ty: &Type| type_words(ty, &program.records).is_some();
    for (i, effect) in program.effects.iter().enumerate() {
        let data = effect.operands.iter().all(is_data);
        table("effect", i, data, "takes what is no data")?;
    }
    let Body::Policy(policy) = &program.body else {
        return Ok(());
    };
    let rules = policy.groups.iter().flat_map(|group| &group.rules);
    for (i, leaf) in rules.flat_map(|rule| &rule.leaves).enumerate() {
        let Leaf { compare, .. } = leaf;
        let shown = |ty: &Type| matches!(ty, Type::Never) || is_data(ty);
        let data = compare
            .as_ref()
            .is_none_or(|c| shown(&c.left_type) && shown(&c.right_type));
        table("condition", i, data, "compares what is no data")?;
    }
    Ok(())
}
