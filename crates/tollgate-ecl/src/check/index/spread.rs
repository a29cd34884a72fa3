//! Which path tells the rules apart best: how they spread over the buckets of an index on each.

use std::collections::HashMap;

use super::conjunct::{Cut, Range, Test, Values};
use crate::data::types::Type;

/// The key of an index.
#[derive(Debug)]
pub(super) struct Key<'p> {
    pub(super) address: u32,
    pub(super) ty: Type,
    pub(super) split: Split<'p>,
}

/// How the values of a path are split.
#[derive(Debug)]
pub(super) enum Split<'p> {
    /// Each tested word has a bucket.
    Equal,
    /// Each interval between cuts has one.
    Ordered(Vec<Cut<'p>>),
}

/// How rules spread over buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spread {
    /// Rules in the largest bucket.
    pub(super) largest: usize,
    /// Rules in all buckets.
    pub(super) together: usize,
}

/// The path that leaves the smallest largest bucket among those that `admits` the spread; the first such path.
pub(super) fn best_key<'p>(
    rules: &[u32],
    tests: &[Vec<Test<'p>>],
    pool: &'p [u8],
    used: &[u32],
    admits: &dyn Fn(Spread) -> bool,
) -> Option<Key<'p>> {
    let mut paths: HashMap<u32, Vec<&Test<'p>>> = HashMap::new();
    for rule in rules {
        for test in tests.get(*rule as usize).into_iter().flatten() {
            if !used.contains(&test.address) {
                paths.entry(test.address).or_default().push(test);
            }
        }
    }
    let mut best: Option<(usize, Key<'p>)> = None;
    for (address, on_path) in paths {
        let Some((spread, split)) = split(rules.len(), &on_path, pool, admits) else {
            continue;
        };
        let better = best
            .as_ref()
            .is_none_or(|(largest, key)| (spread.largest, address) < (*largest, key.address));
        if let (true, Some(test)) = (better, on_path.first()) {
            let ty = test.ty.clone();
            let key = Key { address, ty, split };
            best = Some((spread.largest, key));
        }
    }
    best.map(|(_, key)| key)
}

/// How to split one path, by equality where that says all.
fn split<'p>(
    rules: usize,
    on_path: &[&Test<'p>],
    pool: &'p [u8],
    admits: &dyn Fn(Spread) -> bool,
) -> Option<(Spread, Split<'p>)> {
    let untested = rules.saturating_sub(on_path.len());
    if on_path.iter().all(|t| matches!(t.values, Values::Words(_))) {
        let spread = by_word(untested, on_path);
        return admits(spread).then_some((spread, Split::Equal));
    }
    let ranges: Vec<Vec<Range<'p>>> = on_path.iter().map(|test| test.ranges(pool)).collect();
    let ends = ranges.iter().flatten().flat_map(|r| [r.from, r.to]);
    let mut cuts: Vec<Cut<'p>> = ends.flatten().collect();
    cuts.sort_unstable();
    cuts.dedup();
    // Rules that overlap much are in many intervals: then several of those share a bucket.
    while !cuts.is_empty() {
        let spread = by_interval(untested, &ranges, &cuts);
        if admits(spread) {
            return Some((spread, Split::Ordered(cuts)));
        }
        let mut odd = false;
        cuts.retain(|_| {
            odd = !odd;
            !odd
        });
    }
    None
}

fn by_word(untested: usize, on_path: &[&Test<'_>]) -> Spread {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for test in on_path {
        if let Values::Words(words) = &test.values {
            for word in words {
                *counts.entry(*word).or_default() += 1;
            }
        }
    }
    Spread {
        largest: untested + counts.values().copied().max().unwrap_or(0),
        together: untested * (counts.len() + 1) + counts.values().sum::<usize>(),
    }
}

/// A rule whose ranges share an interval counts more than once in it, which makes a spread look worse than it is.
fn by_interval(untested: usize, ranges: &[Vec<Range<'_>>], cuts: &[Cut<'_>]) -> Spread {
    // For each interval how many ranges begin there, less those that ended before.
    let mut changes = vec![0_isize; cuts.len() + 2];
    let mut change = |at: usize, by: isize| {
        if let Some(change) = changes.get_mut(at) {
            *change += by;
        }
    };
    for range in ranges.iter().flatten().filter(|range| !range.is_empty()) {
        let intervals = intervals(range, cuts);
        change(*intervals.start(), 1);
        change(*intervals.end() + 1, -1);
    }
    let (mut within, mut largest, mut together) = (0_isize, 0, 0);
    for change in changes.iter().take(cuts.len() + 1) {
        within += change;
        largest = largest.max(within.unsigned_abs());
        together += within.unsigned_abs();
    }
    Spread {
        largest: untested + largest,
        together: untested * (cuts.len() + 1) + together,
    }
}

/// The intervals that a range reaches into.
pub(super) fn intervals(range: &Range<'_>, cuts: &[Cut<'_>]) -> std::ops::RangeInclusive<usize> {
    let first = range
        .from
        .map_or(0, |from| cuts.partition_point(|cut| *cut <= from));
    let last = range
        .to
        .map_or(cuts.len(), |to| cuts.partition_point(|cut| *cut < to));
    first..=last
}
