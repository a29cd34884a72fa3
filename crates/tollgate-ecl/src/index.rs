//! Rule plans: conditions that differ only in constants share a shape, and an index leaves out rules that cannot be true.
//!
//! A rule can be left out when one of its conjuncts compares an input path with constants, the value is none of them, and
//! nothing before that conjunct can fail: then the condition would have been false without an error. The key of an index
//! is the path that leaves the smallest largest bucket; a bucket that is still large gets an index of its own on another
//! path. Every pass is linear in the rules, but for sorting.

use std::collections::HashMap;

use crate::check::PoolBuilder;
use crate::ir::{BinaryOp, Combine, Expr, ExprKind, Index, LoopKind, Plan, PointId, Rule, UnaryOp};
use crate::types::{LIST_BOUND_MAX, Repr, STRING_BOUND_MAX, Type, WORD};

/// Groups with more rules are factored and indexed.
pub(crate) const INDEX_RULES_MIN: usize = 8;
/// Indexes inside each other.
const DEPTH_MAX: u32 = 3;
/// Rules in the buckets of one index, together, as a multiple of the rules it is for.
const BUCKET_RULES_FACTOR: usize = 16;

/// The plan of a group. Parameters go to the pool.
pub(crate) fn plan(
    combine: Combine,
    rules: &mut [Rule],
    conds: Vec<Expr>,
    pool: &mut PoolBuilder,
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
    let tests: Vec<Vec<Test>> = conds.iter().map(|cond| tests_of(cond, pool)).collect();
    let all: Vec<u32> = (0..).take(rules.len()).collect();
    let index = build(&all, &tests, &mut Vec::new());
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
        let key = postcard::to_stdvec(&cond).unwrap_or_default();
        rule.shape = *numbers.entry(key).or_insert_with(|| {
            shapes.push(cond);
            u32::try_from(shapes.len() - 1).unwrap_or(u32::MAX)
        });
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
        ExprKind::Wide(value) => words.extend(crate::value::halves(*value)),
        _ => {
            e.each_child_mut(&mut |child| take_constants(child, words));
            return;
        }
    }
    e.kind = ExprKind::Param(offset);
    e.ty = unbounded(&e.ty);
    e.point = PointId(0);
}

/// The type without the bounds of one constant.
fn unbounded(ty: &Type) -> Type {
    match ty {
        Type::String(_) => Type::String(STRING_BOUND_MAX),
        Type::List(item, _) => Type::List(Box::new(unbounded(item)), LIST_BOUND_MAX),
        other => other.clone(),
    }
}

/// A conjunct that an index can use: the input value at `address` is one of `words`.
#[derive(Debug)]
struct Test {
    address: u32,
    ty: Type,
    words: Vec<u64>,
}

/// The usable conjuncts of a condition: those that nothing fallible stands before.
fn tests_of(cond: &Expr, pool: &PoolBuilder) -> Vec<Test> {
    let mut tests = Vec::new();
    conjuncts(cond, pool, &mut tests);
    tests
}

/// Collects tests from left to right; false when something fallible ends the search.
fn conjuncts(e: &Expr, pool: &PoolBuilder, tests: &mut Vec<Test>) -> bool {
    match &e.kind {
        ExprKind::And(left, right) => conjuncts(left, pool, tests) && conjuncts(right, pool, tests),
        _ => {
            if !cannot_fail(e) {
                return false;
            }
            if let Some(test) = test_of(e, pool) {
                tests.push(test);
            }
            true
        }
    }
}

/// `path == constant`, `path in constants`, and alternatives of these on one path.
fn test_of(e: &Expr, pool: &PoolBuilder) -> Option<Test> {
    match &e.kind {
        ExprKind::Probe { expr, .. } => test_of(expr, pool),
        ExprKind::Or(left, right) => {
            let (mut a, b) = (test_of(left, pool)?, test_of(right, pool)?);
            (a.address == b.address).then(|| {
                a.words.extend(b.words);
                a
            })
        }
        ExprKind::Binary {
            op: BinaryOp::EqWord,
            left,
            right,
        } => {
            let (path, constant) = match (&left.kind, &right.kind) {
                (ExprKind::Input(address), _) => ((*address, &left.ty), right),
                (_, ExprKind::Input(address)) => ((*address, &right.ty), left),
                _ => return None,
            };
            let word = word_of(constant)?;
            Some(Test {
                address: path.0,
                ty: path.1.clone(),
                words: vec![word],
            })
        }
        ExprKind::In { item, list: items } => match (&item.kind, &items.kind) {
            (ExprKind::Input(address), ExprKind::Text(handle)) if item.ty.repr() == Repr::Word => {
                Some(Test {
                    address: *address,
                    ty: item.ty.clone(),
                    words: pool.read(handle.address(), handle.length()),
                })
            }
            _ => None,
        },
        // A bare flag of the input, and its negation.
        ExprKind::Input(address) if e.ty == Type::Bool => Some(Test {
            address: *address,
            ty: Type::Bool,
            words: vec![1],
        }),
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => match &expr.kind {
            ExprKind::Input(address) => Some(Test {
                address: *address,
                ty: Type::Bool,
                words: vec![0],
            }),
            _ => None,
        },
        _ => None,
    }
}

fn word_of(e: &Expr) -> Option<u64> {
    match &e.kind {
        ExprKind::Bool(value) => Some(u64::from(*value)),
        ExprKind::Int(value) => Some(value.cast_unsigned()),
        ExprKind::Text(handle) if e.ty.is_text() => Some(handle.0),
        _ => None,
    }
}

/// True when evaluating cannot end with an error (gas apart, which the plan defines).
fn cannot_fail(e: &Expr) -> bool {
    let alone = match &e.kind {
        ExprKind::Binary { op, .. } => !crate::check::binary_fails(*op),
        ExprKind::Unary { op, .. } => !crate::check::unary_fails(*op),
        ExprKind::Fact { .. }
        | ExprKind::Call { .. }
        | ExprKind::Check { .. }
        | ExprKind::Fail { .. } => false,
        ExprKind::Loop { kind, .. } => *kind != LoopKind::Sum,
        _ => true,
    };
    alone && e.children().iter().all(|child| cannot_fail(child))
}

/// An index for these rules on a path that is not in `used`.
fn build(rules: &[u32], tests: &[Vec<Test>], used: &mut Vec<u32>) -> Option<Index> {
    if rules.len() <= INDEX_RULES_MIN || used.len() >= DEPTH_MAX as usize {
        return None;
    }
    let (address, ty) = best_key(rules, tests, used)?;
    // For each key the rules it can be true for; a rule without a test on the path is in every bucket.
    let mut default: Vec<u32> = Vec::new();
    let mut by_word: HashMap<u64, Vec<u32>> = HashMap::new();
    for rule in rules {
        match test_on(*rule, tests, address) {
            None => default.push(*rule),
            Some(test) => {
                for word in &test.words {
                    let bucket = by_word.entry(*word).or_default();
                    if bucket.last() != Some(rule) {
                        bucket.push(*rule);
                    }
                }
            }
        }
    }
    let mut keys: Vec<u64> = by_word.keys().copied().collect();
    keys.sort_unstable();
    let mut entries = Vec::with_capacity(keys.len());
    let mut buckets = Vec::with_capacity(keys.len() + 1);
    let mut nested = Vec::new();
    used.push(address);
    for key in keys {
        let own = by_word.remove(&key).unwrap_or_default();
        let number = u32::try_from(buckets.len()).unwrap_or(u32::MAX);
        entries.push((key, number));
        add_bucket(
            merged(own, &default),
            tests,
            used,
            &mut buckets,
            &mut nested,
        );
    }
    let default_number = u32::try_from(buckets.len()).unwrap_or(u32::MAX);
    add_bucket(default, tests, used, &mut buckets, &mut nested);
    used.pop();
    Some(Index {
        key: Expr {
            kind: ExprKind::Input(address),
            ty,
            point: PointId(0),
        },
        entries,
        buckets,
        default: default_number,
        nested,
    })
}

fn add_bucket(
    bucket: Vec<u32>,
    tests: &[Vec<Test>],
    used: &mut Vec<u32>,
    buckets: &mut Vec<Vec<u32>>,
    nested: &mut Vec<(u32, Index)>,
) {
    if let Some(index) = build(&bucket, tests, used) {
        nested.push((u32::try_from(buckets.len()).unwrap_or(u32::MAX), index));
    }
    buckets.push(bucket);
}

fn test_on(rule: u32, tests: &[Vec<Test>], address: u32) -> Option<&Test> {
    let tests = tests.get(rule as usize)?;
    tests.iter().find(|test| test.address == address)
}

/// The path whose largest bucket is smallest, when that is worth a look-up.
fn best_key(rules: &[u32], tests: &[Vec<Test>], used: &[u32]) -> Option<(u32, Type)> {
    /// How the rules spread over one path.
    struct Spread<'t> {
        ty: &'t Type,
        tested: usize,
        counts: HashMap<u64, usize>,
    }
    let mut paths: HashMap<u32, Spread<'_>> = HashMap::new();
    for rule in rules {
        for test in tests
            .get(*rule as usize)
            .map(Vec::as_slice)
            .unwrap_or_default()
        {
            let spread = paths.entry(test.address).or_insert_with(|| Spread {
                ty: &test.ty,
                tested: 0,
                counts: HashMap::new(),
            });
            spread.tested += 1;
            for word in &test.words {
                *spread.counts.entry(*word).or_default() += 1;
            }
        }
    }
    let mut best: Option<(usize, u32, &Type)> = None;
    for (address, spread) in &paths {
        // A rule with two tests on one path counts twice; the first test is the one that is used.
        let untested = rules.len().saturating_sub(spread.tested);
        let largest = untested + spread.counts.values().copied().max().unwrap_or(0);
        let together = spread.counts.values().sum::<usize>() + untested * (spread.counts.len() + 1);
        let worth = largest * 2 <= rules.len() && together <= rules.len() * BUCKET_RULES_FACTOR;
        let better = best.is_none_or(|(b, a, _)| (largest, *address) < (b, a));
        if worth && better && !used.contains(address) {
            best = Some((largest, *address, spread.ty));
        }
    }
    best.map(|(_, address, ty)| (address, ty.clone()))
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
