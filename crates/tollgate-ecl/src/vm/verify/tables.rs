//! Sizes, layouts and tables: what can be checked without following control.

use super::super::bytecode::{Code, NONE, Op, RuleCode};
use super::{Verified, VerifyError, at_most, table};
use crate::gas::GAS_LIMIT_MAX;
use crate::ir::{Body, Program};
use crate::limits::{CODE_MAX, MEMORY_BYTES_MAX, STACK_WORDS};
use crate::types::{RecordDef, Type, WORD};

/// Words of a record at most: 8 MiB.
const RECORD_WORDS_MAX: usize = 1 << 20;

/// Checks everything but the code.
pub(super) fn check(program: &Program, code: &Code) -> Verified {
    sizes(program, code)?;
    records(program)?;
    tables(program, code)
}

fn sizes(program: &Program, code: &Code) -> Verified {
    at_most("instructions", code.ops.len(), CODE_MAX)?;
    at_most("cells of locals", code.locals.into(), STACK_WORDS / 2)?;
    let memory = program.input_base as usize + program.arena_bound as usize;
    at_most("bytes of memory", memory, MEMORY_BYTES_MAX)?;
    let gas = usize::try_from(program.gas_limits.total).unwrap_or(usize::MAX);
    at_most(
        "gas",
        gas,
        usize::try_from(GAS_LIMIT_MAX).unwrap_or(usize::MAX),
    )?;
    let pool = program.pool.bytes.len();
    table(
        "pool",
        0,
        pool <= program.input_base as usize,
        "is longer than its place",
    )?;
    table(
        "pool",
        0,
        program.input_base.is_multiple_of(16),
        "the input is not aligned",
    )?;
    table(
        "code",
        0,
        code.ops.len() == code.infos.len(),
        "places are missing",
    )
}

/// Layouts as the checker makes them: sizes are used in arithmetic and to read values for reports.
fn records(program: &Program) -> Verified {
    for (i, record) in program.records.iter().enumerate() {
        let earlier = program.records.get(..i).unwrap_or_default();
        let mut words = 0_u64;
        for field in &record.fields {
            table(
                "record",
                i,
                u64::from(field.offset) == words * u64::from(WORD),
                "has a gap",
            )?;
            words += type_words(&field.ty, earlier).ok_or(VerifyError::Table {
                table: "record",
                entry: i,
                what: "refers to a later one",
            })?;
            at_most(
                "words in a record",
                usize::try_from(words).unwrap_or(usize::MAX),
                RECORD_WORDS_MAX,
            )?;
        }
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

fn type_words(ty: &Type, earlier: &[RecordDef]) -> Option<u64> {
    Some(match ty {
        Type::Record(id) => u64::from(earlier.get(id.0 as usize)?.words),
        Type::Option(inner) => 1 + type_words(inner, earlier)?,
        Type::List(inner, _) => {
            type_words(inner, earlier)?;
            1
        }
        Type::Trust => 6,
        Type::Never | Type::Error => 0,
        Type::Decimal | Type::Money(_) | Type::Quantity(_) => 2,
        _ => 1,
    })
}

fn tables(program: &Program, code: &Code) -> Verified {
    let length = code.ops.len();
    let inside = |pc: u32| (pc as usize) < length;
    table(
        "functions",
        0,
        code.functions.len() == program.functions.len(),
        "are not those of the program",
    )?;
    for (i, function) in code.functions.iter().enumerate() {
        let fits = function.arguments <= function.locals
            && usize::from(function.locals) <= STACK_WORDS / 2
            && matches!(function.result, 1 | 2);
        table(
            "function",
            i,
            fits && inside(function.entry),
            "is out of bounds",
        )?;
    }
    table(
        "effects",
        0,
        code.effects.len() == program.effects.len(),
        "are not those of the program",
    )?;
    let policy = match &program.body {
        Body::Policy(policy) => policy,
        Body::Guard(_) => {
            return table("groups", 0, code.groups.is_empty(), "a guard has none");
        }
    };
    table(
        "groups",
        0,
        policy.groups.len() == code.groups.len(),
        "are not those of the program",
    )?;
    for (i, (group, source)) in code.groups.iter().zip(&policy.groups).enumerate() {
        let first = group.rules as usize;
        let rules = code
            .rules
            .get(first..first.saturating_add(group.count as usize));
        let same = group.decision == source.decision
            && group.combine == source.combine
            && group.count as usize == source.rules.len();
        table(
            "group",
            i,
            same && rules.is_some(),
            "is not that of the program",
        )?;
        let ended = matches!(code.ops.get(group.end as usize), Some(Op::GroupEnd { group }) if *group as usize == i);
        table("group", i, group.start <= group.end && ended, "has no end")?;
        let within = |rule: &&RuleCode| {
            group.start <= rule.entry && rule.entry <= rule.end && rule.end <= group.end
        };
        let all = rules.unwrap_or_default().iter().all(|rule| within(&rule));
        table("group", i, all, "has a rule outside of it")?;
        if group.bucket != NONE {
            bucket(code, group.bucket, i, group.count)?;
        }
    }
    for (i, index) in code.indexes.iter().enumerate() {
        let Some(group) = code.groups.get(index.group as usize) else {
            return table("index", i, false, "has no group");
        };
        let sorted = index
            .entries
            .iter()
            .zip(index.entries.iter().skip(1))
            .all(|(a, b)| a.0 < b.0);
        table("index", i, sorted, "has keys that are not sorted")?;
        bucket(code, index.default, i, group.count)?;
        for (_, number) in &index.entries {
            bucket(code, *number, i, group.count)?;
        }
    }
    searches(program, code)?;
    for entry in code.effect_entries {
        table("effects", 0, inside(entry), "start outside of the code")?;
    }
    Ok(())
}

fn searches(program: &Program, code: &Code) -> Verified {
    for (i, search) in code.searches.iter().enumerate() {
        let Some(group) = code.groups.get(search.group as usize) else {
            return table("search", i, false, "has no group");
        };
        let ascend = search.cuts.ascend(&program.pool.bytes);
        table("search", i, ascend, "has cuts that do not ascend")?;
        let intervals = u32::try_from(search.cuts.len()).unwrap_or(u32::MAX);
        for interval in 0..=intervals {
            let number = search.first.saturating_add(interval);
            bucket(code, number, i, group.count)?;
        }
    }
    Ok(())
}

fn bucket(code: &Code, number: u32, owner: usize, count: u32) -> Verified {
    let Some(bucket) = code.buckets.get(number as usize) else {
        return table("bucket of", owner, false, "does not exist");
    };
    let Some(rules) = code
        .bucket_rules
        .get(bucket.start as usize..bucket.end as usize)
    else {
        return table("bucket of", owner, false, "is out of bounds");
    };
    let ascending = rules.iter().zip(rules.iter().skip(1)).all(|(a, b)| a < b);
    let known = rules.iter().all(|rule| *rule < count);
    table(
        "bucket of",
        owner,
        ascending && known,
        "has rules out of order",
    )?;
    let nested = bucket.nested == NONE || (bucket.nested as usize) < code.ops.len();
    table("bucket of", owner, nested, "goes on outside of the code")
}
