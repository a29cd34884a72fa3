//! Rule plans: conditions that differ only in constants share a shape, and an index leaves out rules that cannot be true.
//!
//! A rule can be left out when one of its conjuncts compares an input path with constants, the value of that path makes the
//! conjunct false, and nothing before it can fail: then the condition would have been false without an error. Conjuncts of
//! equality name a bucket by the value itself; where there are others (`<`, `<=`, prefixes of texts), the ends of all ranges
//! cut the values of the path into intervals, and each interval has a bucket. The key of an index is the path that leaves
//! the smallest largest bucket; a bucket that is still large gets an index of its own on another path. Every pass is linear
//! in the rules, but for sorting and halving.

mod conjunct;
mod spread;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use self::conjunct::{Cut, Test, Values};
pub(crate) use self::conjunct::{cannot_fail, ordinal};
use self::spread::{Key, Split, Spread};
use crate::data::types::{Repr, Type, WORD};
use crate::ir::pool::PoolBuilder;
use crate::ir::{Automaton, Combine, Cuts, Expr, ExprKind, Index, Keys, Plan, PointId, Rule};

/// Groups with more rules are factored and indexed.
pub(crate) const INDEX_RULES_MIN: usize = 8;
/// Rules in the buckets of one index, together, as a multiple of the rules it is for: of the first index, of one in a
/// bucket of it, and of one in a bucket of that. There are no indexes below these.
const BUCKET_RULES_FACTORS: [usize; 3] = [16, 4, 2];

/// When there is an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// For more than [`INDEX_RULES_MIN`] rules, when it leaves half of them or fewer.
    Worthwhile,
    /// Whenever a rule can be left out: for tests.
    #[cfg_attr(
        not(any(test, feature = "oracle")),
        allow(dead_code, reason = "for tests")
    )]
    Possible,
}

/// The plan of a group. Parameters go to the pool.
pub(crate) fn plan(
    combine: Combine,
    rules: &mut [Rule],
    conds: Vec<Expr>,
    pool: &mut PoolBuilder,
    automata: &[Automaton],
) -> Plan {
    if combine == Combine::All || rules.len() <= INDEX_RULES_MIN {
        for (rule, shape) in rules.iter_mut().zip(0..) {
            rule.shape = shape;
        }
        return Plan {
            shapes: conds,
            index: None,
        };
    }
    let constants = Constants {
        pool: pool.bytes(),
        automata,
    };
    let index = build(&conds, constants, When::Worthwhile);
    Plan {
        shapes: factor(rules, conds, pool),
        index,
    }
}

/// Puts the constants of conditions into parameters, so that alike conditions become one shape.
fn factor(rules: &mut [Rule], conds: Vec<Expr>, pool: &mut PoolBuilder) -> Vec<Expr> {
    let mut shapes: Vec<Expr> = Vec::new();
    let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut words = Vec::new();
    for (rule, mut cond) in rules.iter_mut().zip(conds) {
        words.clear();
        take_constants(&mut cond, &mut words);
        rule.params = pool.words(&words);
        // INVARIANT: only equal conditions share a shape. One that has no key has a shape of its own.
        let key = postcard::to_stdvec(&cond).ok();
        let known = key.as_ref().and_then(|key| numbers.get(key).copied());
        rule.shape = known.unwrap_or_else(|| {
            shapes.push(cond);
            u32::try_from(shapes.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(key) = key {
            numbers.insert(key, rule.shape);
        }
    }
    shapes
}

fn take_constants(e: &mut Expr, words: &mut Vec<u64>) {
    let offset = u32::try_from(words.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(WORD);
    match &e.kind {
        ExprKind::Int(value) => words.push(value.cast_unsigned()),
        ExprKind::Number(value) => words.push(value.to_bits()),
        ExprKind::Text(handle) => words.push(handle.0),
        ExprKind::Wide(value) => words.extend(crate::ir::value::halves(*value)),
        _ => {
            e.each_child_mut(&mut |child| take_constants(child, words));
            return;
        }
    }
    e.kind = ExprKind::Param(offset);
    // Without the bounds of one constant.
    e.ty = e.ty.loosest();
    e.point = PointId(0);
}

/// What conditions refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Constants<'p> {
    /// The bytes of the program's pool.
    pub(crate) pool: &'p [u8],
    /// Its automata.
    pub(crate) automata: &'p [Automaton],
}

/// The index for rules with these conditions.
pub(crate) fn build(conds: &[Expr], constants: Constants<'_>, when: When) -> Option<Index> {
    let tests = conds.iter().map(|cond| conjunct::tests(cond, constants));
    let builder = Builder {
        tests: tests.collect(),
        pool: constants.pool,
        when,
    };
    let all: Vec<u32> = (0..).take(conds.len()).collect();
    builder.index(&all, &mut Vec::new())
}

/// What the indexes of one group are made from.
struct Builder<'p> {
    /// Of each rule.
    tests: Vec<Vec<Test<'p>>>,
    pool: &'p [u8],
    when: When,
}

impl<'p> Builder<'p> {
    /// An index for these rules on a path that is not in `used`.
    fn index(&self, rules: &[u32], used: &mut Vec<u32>) -> Option<Index> {
        let factor = *BUCKET_RULES_FACTORS.get(used.len())?;
        let admits = |spread: Spread| {
            let worthwhile = spread.largest * 2 <= rules.len() || self.when == When::Possible;
            worthwhile && spread.together <= rules.len() * factor
        };
        if rules.len() <= INDEX_RULES_MIN && self.when == When::Worthwhile {
            return None;
        }
        let key = spread::best_key(rules, &self.tests, self.pool, used, &admits)?;
        let (keys, buckets) = match &key.split {
            Split::Equal => self.by_word(rules, key.address),
            Split::Ordered(cuts) => self.by_interval(rules, &key, cuts),
        };
        used.push(key.address);
        let mut nested = Vec::new();
        for (number, bucket) in (0..).zip(&buckets) {
            if let Some(index) = self.index(bucket, used) {
                nested.push((number, index));
            }
        }
        used.pop();
        Some(Index {
            key: Expr {
                kind: ExprKind::Input(key.address),
                ty: key.ty,
                point: PointId(0),
            },
            keys,
            buckets,
            nested,
        })
    }

    fn test(&self, rule: u32, address: u32) -> Option<&Test<'p>> {
        let tests = self.tests.get(rule as usize)?;
        tests.iter().find(|test| test.address == address)
    }

    /// For each word the rules it can be true for; a rule without a test on the path is in every bucket.
    fn by_word(&self, rules: &[u32], address: u32) -> (Keys, Vec<Vec<u32>>) {
        let mut untested: Vec<u32> = Vec::new();
        let mut by_word: HashMap<u64, Vec<u32>> = HashMap::new();
        for rule in rules {
            match self.test(*rule, address).map(|test| &test.values) {
                Some(Values::Words(words)) => {
                    for word in words {
                        let bucket = by_word.entry(*word).or_default();
                        if bucket.last() != Some(rule) {
                            bucket.push(*rule);
                        }
                    }
                }
                None | Some(Values::Ranges(_)) => untested.push(*rule),
            }
        }
        let mut by_word: Vec<(u64, Vec<u32>)> = by_word.into_iter().collect();
        by_word.sort_unstable_by_key(|(word, _)| *word);
        let entries: Vec<(u64, u32)> = by_word.iter().map(|(word, _)| *word).zip(0..).collect();
        let default = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let buckets = by_word.into_iter().map(|(_, own)| merged(own, &untested));
        let mut buckets: Vec<Vec<u32>> = buckets.collect();
        buckets.push(untested);
        (Keys::Equal { entries, default }, buckets)
    }

    /// For each interval the rules it can be true in. Cuts between equal buckets go.
    fn by_interval(&self, rules: &[u32], key: &Key<'p>, cuts: &[Cut<'p>]) -> (Keys, Vec<Vec<u32>>) {
        let mut buckets: Vec<Vec<u32>> = vec![Vec::new(); cuts.len() + 1];
        for rule in rules {
            let mut add = |intervals: std::ops::RangeInclusive<usize>| {
                // INVARIANT: a rule is in each bucket where it can be true; one that is in none would not be looked at. Were there an
                // interval that is none, it would be in all of them.
                let all = 0..=cuts.len();
                let is_known = buckets.get(intervals.clone()).is_some();
                debug_assert!(is_known, "a range reaches into no intervals");
                let known = if is_known { intervals } else { all };
                for bucket in buckets.get_mut(known).into_iter().flatten() {
                    if bucket.last() != Some(rule) {
                        bucket.push(*rule);
                    }
                }
            };
            match self.test(*rule, key.address) {
                None => add(0..=cuts.len()),
                Some(test) => {
                    let ranges = test.ranges(self.pool);
                    let some = ranges.iter().filter(|range| !range.is_empty());
                    some.for_each(|range| add(spread::intervals(range, cuts)));
                }
            }
        }
        let mut kept: Vec<Cut<'p>> = Vec::new();
        let mut distinct: Vec<Vec<u32>> = Vec::new();
        // There is no cut before the first bucket.
        for (cut, bucket) in std::iter::once(None)
            .chain(cuts.iter().map(Some))
            .zip(buckets)
        {
            if distinct.last() != Some(&bucket) {
                kept.extend(cut);
                distinct.push(bucket);
            }
        }
        (Keys::Ordered(cuts_of(&key.ty, &kept)), distinct)
    }
}

/// Cuts in the form of their type.
fn cuts_of(ty: &Type, cuts: &[Cut<'_>]) -> Cuts {
    let values = cuts.iter().filter_map(|cut| match cut {
        Cut::Value(value) => Some(*value),
        Cut::Text(..) => None,
    });
    match ty {
        ty if ty.is_text() => Cuts::Texts(
            cuts.iter()
                .filter_map(|cut| match cut {
                    Cut::Text(cut, _) => Some(*cut),
                    Cut::Value(_) => None,
                })
                .collect(),
        ),
        Type::Number => Cuts::Numbers(values.map(conjunct::number).collect()),
        ty if ty.repr() == Repr::Wide => Cuts::Wides(values.collect()),
        _ => Cuts::Words(values.filter_map(|value| value.try_into().ok()).collect()),
    }
}

/// Two ascending lists without common elements as one.
fn merged(a: Vec<u32>, b: &[u32]) -> Vec<u32> {
    if b.is_empty() {
        return a;
    }
    let mut all = a;
    all.extend_from_slice(b);
    all.sort_unstable();
    all
}
