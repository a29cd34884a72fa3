//! Texts that say numbers, and nearly do, and expressions that read them.

use super::Generator;
use super::expr::expr;
use super::random::Random;
use super::types::{LIST_BOUND, STRING_BOUND};
use crate::data::said::Form;
use crate::data::types::Type;
use crate::ir::{Expr, ExprKind, Splitting, UnaryOp};

/// Digits at the ends of what fits.
const DIGITS: [&str; 18] = [
    "0",
    "1",
    "00",
    "7",
    "10",
    "500",
    "9223372036854775807",
    "9223372036854775808",
    "9223372036854775809",
    "99999999999999999999",
    "170141183460469231731",
    "170141183460469231731687303715884105727",
    "170141183460469231731687303715884105728",
    "340282366920938463463374607431768211456",
    "147573952589676412928",
    "106751991167300",
    "687303715884105727",
    "1000000000000000000",
];

/// What stands behind a number.
const SUFFIXES: [&str; 36] = [
    "",
    "",
    "n",
    "u",
    "m",
    "k",
    "M",
    "G",
    "T",
    "P",
    "E",
    "Ki",
    "Mi",
    "Gi",
    "Ti",
    "Pi",
    "Ei",
    "ns",
    "us",
    "µs",
    "ms",
    "s",
    "min",
    "h",
    "d",
    "K",
    "ki",
    "Eim",
    "mi",
    "s1s1s1s1s1s1s1s",
    "s1s1s1s1s1s1m",
    "e",
    "\0",
    "٣",
    "e3",
    " h",
];

/// A text that says a number of some [`Form`], or nearly.
#[must_use]
pub(in crate::testing) fn random_numeral(random: &mut Random) -> String {
    let mut text = String::new();
    if random.once_in(3) {
        text.push_str(one_of(random, &["-", "-", "+", "--", " "]));
    }
    for _ in 0..*random.pick(&[1, 1, 1, 2, 3]) {
        digits(random, &mut text);
        if random.once_in(3) {
            text.push('.');
            digits(random, &mut text);
        }
        if random.once_in(4) {
            text.push_str(one_of(random, &["e", "E", "e-", "E-", "e+", "e0"]));
            text.push_str(&random.below(45).to_string());
        }
        text.push_str(one_of(random, &SUFFIXES));
    }
    if random.once_in(12) {
        // One character less somewhere.
        let at = random.below(text.chars().count() as u64);
        text = (0..)
            .zip(text.chars())
            .filter(|(i, _)| *i != at)
            .map(|(_, c)| c)
            .collect();
    }
    let fits = text.len() <= STRING_BOUND as usize;
    if fits { text } else { String::new() }
}

fn one_of(random: &mut Random, texts: &[&'static str]) -> &'static str {
    let text: &&'static str = random.pick(texts);
    text
}

fn digits(random: &mut Random, text: &mut String) {
    match random.below(5) {
        0 => {}
        1 => text.push_str(&"0".repeat(usize::try_from(random.below(42)).unwrap_or(0))),
        2 => text.push_str(one_of(random, &DIGITS)),
        _ => text.push_str(&random.below(2_000).to_string()),
    }
    if random.once_in(6) {
        text.push_str(one_of(random, &DIGITS));
    }
    if random.once_in(8) || text.is_empty() {
        text.push_str(one_of(random, &["000", "5", "00000000000000000000", "25"]));
    }
}

impl Generator<'_> {
    /// The parts of a text.
    pub(super) fn split(&mut self, ty: &Type, depth: u32) -> Expr {
        let separators = ["a", " ", "b", "ab", "ï", "*", "a text o", "e t"];
        let separator = one_of(self.random, &separators);
        let most = u32::try_from(self.random.between(1, u64::from(LIST_BOUND))).unwrap_or(1);
        let splitting = Splitting::new(separator, most).expect("a separator of few bytes");
        let text = self.boxed(&Type::String(STRING_BOUND), depth);
        let op = UnaryOp::Split(splitting);
        expr(ExprKind::Unary { op, expr: text }, ty)
    }

    /// An option of what a text says; of another type, none.
    pub(super) fn said(&mut self, ty: &Type, inner: &Type, depth: u32) -> Expr {
        let mut forms = Form::ALL.to_vec();
        forms.retain(|form| form.value() == *inner);
        if forms.is_empty() {
            return expr(ExprKind::NoneOf, ty);
        }
        let op = UnaryOp::Read(*self.random.pick(&forms));
        let text = self.boxed(&Type::String(STRING_BOUND), depth);
        expr(ExprKind::Unary { op, expr: text }, ty)
    }
}
