//! Sizes, layouts and tables: what can be checked without following control.

use super::super::bytecode::{Code, NONE, Op, RuleCode};
use super::{Verified, VerifyError, at_most, table};
use crate::ir::{Body, Program};
use crate::limits::{CODE_MAX, STACK_WORDS};

/// Checks everything but the code.
pub(super) fn check(program: &Program, code: &Code) -> Verified {
    sizes(program, code)?;
    tables(program, code)
}

fn sizes(program: &Program, code: &Code) -> Verified {
    super::program::sizes(program)?;
    at_most("instructions", code.ops.len(), CODE_MAX)?;
    at_most("cells of locals", code.locals.into(), STACK_WORDS / 2)?;
    table(
        "code",
        0,
        code.ops.len() == code.infos.len(),
        "places are missing",
    )
}

fn tables(program: &Program, code: &Code) -> Verified {
    let buckets = Buckets::of(code);
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
        let rules = rules.filter(|_| same).ok_or(VerifyError::Table {
            table: "group",
            entry: i,
            what: "is not that of the program",
        })?;
        let ended = matches!(code.ops.get(group.end as usize), Some(Op::GroupEnd { group }) if *group as usize == i);
        table("group", i, group.start <= group.end && ended, "has no end")?;
        let within = |rule: &&RuleCode| {
            group.start <= rule.entry && rule.entry <= rule.end && rule.end <= group.end
        };
        let all = rules.iter().all(|rule| within(&rule));
        table("group", i, all, "has a rule outside of it")?;
        if group.bucket != NONE {
            buckets.check(group.bucket, i, group.count)?;
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
        buckets.check(index.default, i, group.count)?;
        for (_, number) in &index.entries {
            buckets.check(*number, i, group.count)?;
        }
    }
    searches(program, code, &buckets)?;
    for entry in code.effect_entries {
        table("effects", 0, inside(entry), "start outside of the code")?;
    }
    Ok(())
}

fn searches(program: &Program, code: &Code, buckets: &Buckets<'_>) -> Verified {
    for (i, search) in code.searches.iter().enumerate() {
        let Some(group) = code.groups.get(search.group as usize) else {
            return table("search", i, false, "has no group");
        };
        let ascend = search.cuts.ascend(&program.pool.bytes);
        table("search", i, ascend, "has cuts that do not ascend")?;
        let intervals = u32::try_from(search.cuts.len()).unwrap_or(u32::MAX);
        for interval in 0..=intervals {
            let number = search.first.saturating_add(interval);
            buckets.check(number, i, group.count)?;
        }
    }
    Ok(())
}

/// The buckets of all indexes. Many keys may name one bucket, and buckets may share rules, so that looking at the rules of a
/// bucket for each key would take time out of proportion: what there is to know about them is found out once.
struct Buckets<'c> {
    code: &'c Code,
    /// For each entry of [`Code::bucket_rules`] where the rules cease to ascend.
    ascends_to: Vec<usize>,
}

impl<'c> Buckets<'c> {
    fn of(code: &'c Code) -> Self {
        let rules = &code.bucket_rules;
        let mut ascends_to = vec![rules.len(); rules.len()];
        let mut end = rules.len();
        for (i, pair) in rules.windows(2).enumerate().rev() {
            if let [a, b] = pair
                && a >= b
            {
                end = i + 1;
            }
            if let Some(place) = ascends_to.get_mut(i) {
                *place = end;
            }
        }
        Self { code, ascends_to }
    }

    /// Whether a bucket has rules of a group of so many, in order.
    fn check(&self, number: u32, owner: usize, count: u32) -> Verified {
        let Some(bucket) = self.code.buckets.get(number as usize) else {
            return table("bucket of", owner, false, "does not exist");
        };
        let (start, end) = (bucket.start as usize, bucket.end as usize);
        let Some(rules) = self.code.bucket_rules.get(start..end) else {
            return table("bucket of", owner, false, "is out of bounds");
        };
        // In ascending order the last is the largest.
        let ascending = rules.is_empty() || self.ascends_to.get(start).is_some_and(|to| *to >= end);
        let known = rules.last().is_none_or(|last| *last < count);
        table(
            "bucket of",
            owner,
            ascending && known,
            "has rules out of order",
        )?;
        let nested = bucket.nested == NONE || (bucket.nested as usize) < self.code.ops.len();
        table("bucket of", owner, nested, "goes on outside of the code")
    }
}
