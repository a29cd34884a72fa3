//! What a condition says about input paths: the values that one must have for the condition to be true.
//!
//! It need not say all: a test may let values through that make the condition false, never keep one out that makes it true.
//! So what is not understood is no test, AND may drop what it cannot join, and OR keeps only paths that both sides test.

use std::cmp::Ordering;

use super::Constants;
use crate::data::net::Cidr;
use crate::data::types::{Repr, Type, WORD};
use crate::ir::value;
use crate::ir::{BinaryOp, Edge, Expr, ExprKind, Handle, LoopKind, TextCut, UnaryOp, When};
use crate::limits::KEY_BYTES_MAX;

/// A condition can only be true when the input value at `address` is one of `values`.
#[derive(Debug, Clone)]
pub(super) struct Test<'p> {
    pub(super) address: u32,
    pub(super) ty: Type,
    pub(super) values: Values<'p>,
}

/// A set of values of one type.
#[derive(Debug, Clone)]
pub(super) enum Values<'p> {
    /// These words: the type has words that are equal or not.
    Words(Vec<u64>),
    /// What lies in one of these ranges.
    Ranges(Vec<Range<'p>>),
}

/// From a cut up to another; without one, to the end of the order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range<'p> {
    pub(super) from: Option<Cut<'p>>,
    pub(super) to: Option<Cut<'p>>,
}

/// A cut, see [`Cuts`](crate::ir::Cuts), in a form that all types share.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cut<'p> {
    /// A word or wide; a number by [`ordinal`].
    Value(i128),
    /// With the constants that it names bytes of.
    Text(TextCut, &'p [u8]),
}

impl Cut<'_> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Value(a), Self::Value(b)) => a.cmp(b),
            (Self::Text(a, pool), Self::Text(b, _)) => a.order(b, pool),
            // A path has one type, so this is never asked.
            (Self::Value(_), Self::Text(..)) => Ordering::Less,
            (Self::Text(..), Self::Value(_)) => Ordering::Greater,
        }
    }
}

impl PartialEq for Cut<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.order(other).is_eq()
    }
}

impl Eq for Cut<'_> {}

impl PartialOrd for Cut<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cut<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order(other)
    }
}

impl<'p> Range<'p> {
    /// `value` alone, in an order that ends at `last`.
    fn point(value: i128, last: i128) -> Self {
        Self {
            from: Some(Cut::Value(value)),
            to: following(value, last),
        }
    }

    /// Texts equal to a constant.
    fn text(text: Handle, pool: &'p [u8]) -> Self {
        // Of a long one only the beginning is compared.
        if text.length() > KEY_BYTES_MAX {
            return Self::prefix(text, pool);
        }
        Self::texts_until(Edge::Behind, text, pool)
    }

    /// Texts that begin with a constant.
    fn prefix(text: Handle, pool: &'p [u8]) -> Self {
        let kept = Handle::new(text.address(), text.length().min(KEY_BYTES_MAX));
        Self::texts_until(Edge::BehindAll, kept, pool)
    }

    fn texts_until(end: Edge, kept: Handle, pool: &'p [u8]) -> Self {
        let cut = |edge| Some(Cut::Text(TextCut { text: kept, edge }, pool));
        // Every text begins with the empty one.
        let all = end == Edge::BehindAll && kept.length() == 0;
        Self {
            from: cut(Edge::Before).filter(|_| !all),
            to: cut(end).filter(|_| !all),
        }
    }

    /// What lies in both.
    fn and(&self, other: &Self) -> Self {
        let pick = |a: Option<Cut<'p>>, b: Option<Cut<'p>>, wanted: Ordering| match (a, b) {
            (Some(a), Some(b)) => Some(if a.cmp(&b) == wanted { a } else { b }),
            (a, b) => a.or(b),
        };
        Self {
            from: pick(self.from, other.from, Ordering::Greater),
            to: pick(self.to, other.to, Ordering::Less),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!((self.from, self.to), (Some(from), Some(to)) if from >= to)
    }
}

/// The cut behind a value.
fn following<'p>(value: i128, last: i128) -> Option<Cut<'p>> {
    (value < last).then(|| Cut::Value(value + 1))
}

/// The place of a finite number in the order of numbers: neighbours differ by one, and -0 stands with 0.
pub(crate) fn ordinal(number: f64) -> i128 {
    // Adding zero makes -0 positive.
    let bits = (number + 0.0).to_bits().cast_signed();
    i128::from(if bits < 0 { bits ^ i64::MAX } else { bits })
}

/// The number at a place.
pub(super) fn number(ordinal: i128) -> f64 {
    // What is no place of a number lies behind all of them, on its side.
    let (first, last) = (
        self::ordinal(f64::NEG_INFINITY),
        self::ordinal(f64::INFINITY),
    );
    let bits = i64::try_from(ordinal.clamp(first, last)).unwrap_or(i64::MAX);
    f64::from_bits(if bits < 0 { bits ^ i64::MAX } else { bits }.cast_unsigned())
}

impl<'p> Test<'p> {
    /// The values as ranges of the type's order.
    pub(super) fn ranges(&self, pool: &'p [u8]) -> Vec<Range<'p>> {
        match &self.values {
            Values::Ranges(ranges) => ranges.clone(),
            Values::Words(words) if self.ty.is_text() => {
                let range = |word: &u64| Range::text(Handle(*word), pool);
                words.iter().map(range).collect()
            }
            Values::Words(words) => {
                let value = |word: &u64| i128::from(word.cast_signed());
                let point = |word| Range::point(value(word), i64::MAX.into());
                words.iter().map(point).collect()
            }
        }
    }

    /// Both tests of one path hold.
    fn and(&mut self, other: Self) {
        match (&mut self.values, other.values) {
            (Values::Words(mine), Values::Words(words)) => {
                if words.len() < mine.len() {
                    *mine = words;
                }
            }
            (Values::Words(_), Values::Ranges(_)) => {}
            (values @ Values::Ranges(_), Values::Words(words)) => *values = Values::Words(words),
            (Values::Ranges(mine), Values::Ranges(ranges)) => {
                match (mine.as_slice(), ranges.as_slice()) {
                    ([one], more) | (more, [one]) => {
                        let both = more.iter().map(|range| range.and(one));
                        *mine = both.filter(|range| !range.is_empty()).collect();
                    }
                    _ => {}
                }
            }
        }
    }

    /// One of two tests of one path holds.
    fn or(&mut self, other: Self, pool: &'p [u8]) {
        match (&mut self.values, &other.values) {
            (Values::Words(mine), Values::Words(words)) => mine.extend(words),
            (Values::Ranges(mine), _) => mine.extend(other.ranges(pool)),
            (Values::Words(_), Values::Ranges(_)) => {
                let mut ranges = self.ranges(pool);
                ranges.extend(other.ranges(pool));
                self.values = Values::Ranges(ranges);
            }
        }
    }
}

/// The tests of a condition, one for a path at most: of the conjuncts that nothing fallible stands before.
pub(super) fn tests<'p>(cond: &Expr, constants: Constants<'p>) -> Vec<Test<'p>> {
    let mut found = Vec::new();
    conjuncts(cond, constants, &mut found);
    found
}

/// Collects tests from left to right; false when something fallible ends the search.
fn conjuncts<'p>(e: &Expr, constants: Constants<'p>, found: &mut Vec<Test<'p>>) -> bool {
    match &e.kind {
        ExprKind::And(left, right) => {
            conjuncts(left, constants, found) && conjuncts(right, constants, found)
        }
        ExprKind::Probe { expr, .. } => conjuncts(expr, constants, found),
        _ if cannot_fail(e) => {
            join(found, alone(e, constants));
            true
        }
        _ => false,
    }
}

/// Adds what holds as well.
fn join<'p>(found: &mut Vec<Test<'p>>, more: Vec<Test<'p>>) {
    for test in more {
        match found.iter_mut().find(|t| t.address == test.address) {
            Some(same) => same.and(test),
            None => found.push(test),
        }
    }
}

/// The tests of a condition that cannot fail.
fn alone<'p>(e: &Expr, constants: Constants<'p>) -> Vec<Test<'p>> {
    match &e.kind {
        ExprKind::Probe { expr, .. } => alone(expr, constants),
        ExprKind::And(left, right) => {
            let mut found = alone(left, constants);
            join(&mut found, alone(right, constants));
            found
        }
        ExprKind::Or(left, right) => {
            let (mut found, others) = (alone(left, constants), alone(right, constants));
            found.retain_mut(|test| {
                let other = others.iter().find(|t| t.address == test.address);
                other.is_some_and(|other| {
                    test.or(other.clone(), constants.pool);
                    true
                })
            });
            found
        }
        _ => leaf(e, constants).into_iter().collect(),
    }
}

/// One comparison of a path with constants.
fn leaf<'p>(e: &Expr, constants: Constants<'p>) -> Option<Test<'p>> {
    let pool = constants.pool;
    let (path, values) = match &e.kind {
        ExprKind::Binary {
            op: BinaryOp::IpInCidr | BinaryOp::IpInCidrs,
            left,
            right,
        } => (left, Values::Ranges(networks(right, pool)?)),
        ExprKind::Binary { op, left, right } => match (address(left), address(right)) {
            (Some(_), _) => (left, compared(*op, &left.ty, right, pool)?),
            (_, Some(_)) => (right, compared(mirrored(*op)?, &right.ty, left, pool)?),
            _ => return None,
        },
        ExprKind::In { item, list } => match list.kind {
            ExprKind::Text(elements) => (item, listed(&item.ty, elements, pool)?),
            _ => return None,
        },
        ExprKind::Automaton { automaton, subject } => {
            let automaton = constants.automata.get(automaton.0 as usize)?;
            let range = Range::prefix(automaton.prefix, pool);
            (subject, Values::Ranges(vec![range]))
        }
        // A bare flag of the input, and its negation.
        ExprKind::Input(_) | ExprKind::Payload(_) => return flag(e, When::True),
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => return flag(expr, When::False),
        _ => return None,
    };
    test(path, values)
}

/// Where a value of the input stands. That of an option too: for none there are zeros, and the test beside it fails.
fn address(path: &Expr) -> Option<u32> {
    match &path.kind {
        ExprKind::Input(address) => Some(*address),
        ExprKind::Payload(option) => address(option)?.checked_add(WORD),
        ExprKind::Field { base, offset } => address(base)?.checked_add(*offset),
        _ => None,
    }
}

fn test<'p>(path: &Expr, values: Values<'p>) -> Option<Test<'p>> {
    let address = address(path)?;
    // What every value passes is no test.
    let all = |range: &Range<'_>| range.from.is_none() && range.to.is_none();
    if matches!(&values, Values::Ranges(ranges) if ranges.iter().any(all)) {
        return None;
    }
    let ty = path.ty.clone();
    Some(Test {
        address,
        ty,
        values,
    })
}

fn flag<'p>(path: &Expr, wanted: When) -> Option<Test<'p>> {
    if path.ty != Type::Bool {
        return None;
    }
    test(path, Values::Words(vec![u64::from(wanted == When::True)]))
}

/// The values for which `path op constant` holds.
fn compared<'p>(op: BinaryOp, path: &Type, constant: &Expr, pool: &'p [u8]) -> Option<Values<'p>> {
    use BinaryOp as B;
    let (value, last): (i128, i128) = match constant.kind {
        ExprKind::Bool(value) => return words(op, u64::from(value)),
        ExprKind::Text(handle) if path.is_text() && constant.ty.is_text() => {
            return texts(op, handle, pool);
        }
        ExprKind::Int(value) if op == B::EqWord => return words(op, value.cast_unsigned()),
        ExprKind::Int(value) => (value.into(), i64::MAX.into()),
        ExprKind::Number(value) => (ordinal(value), ordinal(f64::MAX)),
        ExprKind::Wide(value) => (value, i128::MAX),
        _ => return None,
    };
    let (at, behind) = (Some(Cut::Value(value)), following(value, last));
    let range = |from, to| vec![Range { from, to }];
    Some(Values::Ranges(match op {
        B::LtInt | B::LtNumber | B::LtWide => range(None, at),
        B::LeInt | B::LeNumber | B::LeWide => range(None, behind),
        B::GeInt | B::GeNumber | B::GeWide => range(at, None),
        B::GtInt | B::GtNumber | B::GtWide if value < last => range(behind, None),
        // Nothing is beyond the end of the order.
        B::GtInt | B::GtNumber | B::GtWide => Vec::new(),
        B::EqNumber | B::EqWide => vec![Range::point(value, last)],
        _ => return None,
    }))
}

fn words<'p>(op: BinaryOp, word: u64) -> Option<Values<'p>> {
    (op == BinaryOp::EqWord).then(|| Values::Words(vec![word]))
}

fn texts(op: BinaryOp, text: Handle, pool: &[u8]) -> Option<Values<'_>> {
    let prefix = match op {
        BinaryOp::EqWord => return words(op, text.0),
        BinaryOp::StartsWith => text,
        // What stands before a pattern's first star stands at the beginning of every did that matches.
        BinaryOp::DidMatch => {
            let pattern = value::text(pool, text)?;
            let literal = pattern.find('*').unwrap_or(pattern.len());
            Handle::new(text.address(), u32::try_from(literal).ok()?)
        }
        _ => return None,
    };
    Some(Values::Ranges(vec![Range::prefix(prefix, pool)]))
}

/// The operator with its operands exchanged.
fn mirrored(op: BinaryOp) -> Option<BinaryOp> {
    use BinaryOp as B;
    Some(match op {
        B::EqWord | B::EqNumber | B::EqWide => op,
        B::LtInt => B::GtInt,
        B::LeInt => B::GeInt,
        B::GtInt => B::LtInt,
        B::GeInt => B::LeInt,
        B::LtNumber => B::GtNumber,
        B::LeNumber => B::GeNumber,
        B::GtNumber => B::LtNumber,
        B::GeNumber => B::LeNumber,
        B::LtWide => B::GtWide,
        B::LeWide => B::GeWide,
        B::GtWide => B::LtWide,
        B::GeWide => B::LeWide,
        _ => return None,
    })
}

/// The addresses of a constant network, or of each of a constant list of them.
fn networks<'p>(constant: &Expr, pool: &[u8]) -> Option<Vec<Range<'p>>> {
    let range = |address: u32| {
        let at = |word: u32| value::word(pool, address.checked_add(word * WORD)?);
        let words: Vec<u64> = (0..Cidr::WORDS).map(at).collect::<Option<_>>()?;
        let network = Cidr::from_words(words.try_into().ok()?)?;
        Some(Range {
            from: Some(Cut::Value(network.first().place())),
            to: following(network.last().place(), i128::MAX),
        })
    };
    match constant.kind {
        ExprKind::Const(address) => range(address).map(|one| vec![one]),
        ExprKind::Text(list) => {
            let bytes = Cidr::WORDS * WORD;
            let places = 0..list.length();
            let address = |place: u32| list.address().checked_add(place.checked_mul(bytes)?);
            places.map(|place| range(address(place)?)).collect()
        }
        _ => None,
    }
}

/// The elements of a constant list.
fn listed<'p>(item: &Type, list: Handle, pool: &'p [u8]) -> Option<Values<'p>> {
    let word =
        |place: u32| value::word(pool, list.address().checked_add(place.checked_mul(WORD)?)?);
    let places = 0..list.length();
    Some(match item.repr() {
        Repr::Word if *item == Type::Number => {
            let point = |number| Range::point(ordinal(number), ordinal(f64::MAX));
            let points = places.map(|place| word(place).map(|bits| point(f64::from_bits(bits))));
            Values::Ranges(points.collect::<Option<_>>()?)
        }
        Repr::Word => Values::Words(places.map(word).collect::<Option<_>>()?),
        Repr::Wide => {
            let wide = |place: u32| {
                let (low, high) = (word(place.checked_mul(2)?)?, word(place * 2 + 1)?);
                Some(Range::point(value::wide(low, high), i128::MAX))
            };
            Values::Ranges(places.map(wide).collect::<Option<_>>()?)
        }
        Repr::Ref | Repr::Nothing => return None,
    })
}

/// True when evaluating cannot end with an error (gas apart, which the plan defines).
pub(crate) fn cannot_fail(e: &Expr) -> bool {
    let alone = match &e.kind {
        ExprKind::Binary { op, .. } => !op.can_fail(),
        ExprKind::Unary { op, .. } => !op.can_fail(),
        ExprKind::Fact { .. }
        | ExprKind::Call { .. }
        | ExprKind::Check { .. }
        | ExprKind::Fail { .. }
        | ExprKind::NoValue => false,
        ExprKind::Loop { kind, .. } => match kind {
            LoopKind::Sum => false,
            LoopKind::Any
            | LoopKind::All
            | LoopKind::Count
            | LoopKind::Min
            | LoopKind::Max
            | LoopKind::Map
            | LoopKind::Filter
            | LoopKind::First => true,
        },
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Number(_)
        | ExprKind::Wide(_)
        | ExprKind::Text(_)
        | ExprKind::Const(_)
        | ExprKind::Param(_)
        | ExprKind::Input(_)
        | ExprKind::Local(_)
        | ExprKind::Field { .. }
        | ExprKind::And(..)
        | ExprKind::Or(..)
        | ExprKind::If { .. }
        | ExprKind::Let { .. }
        | ExprKind::In { .. }
        | ExprKind::Record { .. }
        | ExprKind::List { .. }
        | ExprKind::Joined { .. }
        | ExprKind::Effect { .. }
        | ExprKind::Some(_)
        | ExprKind::NoneOf
        | ExprKind::IsSome(_)
        | ExprKind::Payload(_)
        | ExprKind::Automaton { .. }
        | ExprKind::Else { .. }
        | ExprKind::Probe { .. } => true,
    };
    alone && e.children().iter().all(|child| cannot_fail(child))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_order_and_both_zeros_are_one() {
        let numbers = [f64::MIN, -1.5, -5e-324, 0.0, 5e-324, 0.1, 1.5, f64::MAX];
        for pair in numbers.windows(2) {
            assert!(ordinal(pair[0]) < ordinal(pair[1]), "{pair:?}");
        }
        assert_eq!(ordinal(-0.0), ordinal(0.0));
        assert_eq!(ordinal(5e-324) - ordinal(0.0), 1);
        for value in numbers {
            assert_eq!(number(ordinal(value)).to_bits(), value.to_bits());
        }
    }

    #[test]
    fn nothing_lies_beyond_the_end_of_an_order() {
        let constant = Expr {
            kind: ExprKind::Int(i64::MAX),
            ty: Type::Int,
            point: crate::ir::PointId(0),
        };
        let values = |op| match compared(op, &Type::Int, &constant, &[]) {
            Some(Values::Ranges(ranges)) => ranges,
            other => panic!("ranges, not {other:?}"),
        };
        assert!(values(BinaryOp::GtInt).is_empty());
        let [all] = values(BinaryOp::LeInt)[..] else {
            panic!("one range")
        };
        assert!(all.from.is_none() && all.to.is_none());
    }
}
