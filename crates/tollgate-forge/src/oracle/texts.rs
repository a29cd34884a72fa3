//! What random programs do with texts.

use super::maker::Maker;
use super::tree::{Expr, Ty};

/// Texts as they are written in both languages.
const TEXTS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "'b'",
    "\"abcabc\"",
    "\"Hello, World\"",
    "\" x \\n\"",
    "\"grüße ß\"",
    "\"😀\"",
    "\"12\"",
    "\"-1.5e3\"",
    "\"0x1f\"",
    "\"\\u03a3Σ\"",
    "\"\\ud800\"",
    "\"null\"",
];
/// Methods that give texts, with the types of their arguments.
const TO_TEXT: &[(&str, &[Ty])] = &[
    ("charAt", &[Ty::Number]),
    ("concat", &[Ty::Text]),
    ("replace", &[Ty::Text, Ty::Text]),
    ("replaceAll", &[Ty::Text, Ty::Text]),
    ("slice", &[Ty::Number]),
    ("slice", &[Ty::Number, Ty::Number]),
    ("substring", &[Ty::Number, Ty::Number]),
    ("toLowerCase", &[]),
    ("toUpperCase", &[]),
    ("trim", &[]),
    ("trimEnd", &[]),
    ("trimStart", &[]),
];
const TO_NUMBER: &[(&str, &[Ty])] = &[
    ("charCodeAt", &[Ty::Number]),
    ("indexOf", &[Ty::Text]),
    ("indexOf", &[Ty::Text, Ty::Number]),
    ("lastIndexOf", &[Ty::Text]),
];
const TO_BOOLEAN: &[(&str, &[Ty])] = &[
    ("endsWith", &[Ty::Text]),
    ("includes", &[Ty::Text]),
    ("startsWith", &[Ty::Text]),
    ("startsWith", &[Ty::Text, Ty::Number]),
];

impl Maker {
    pub(super) fn text_literal(&mut self) -> Expr {
        let text = self.random.pick(TEXTS).copied().unwrap_or("\"\"");
        Expr::Literal(Ty::Text, text.to_owned())
    }

    /// A text that loops do not make longer and longer.
    pub(super) fn short(&mut self, value: Expr) -> Expr {
        let bounds = ["0", "40"].map(|n| Expr::Literal(Ty::Number, n.to_owned()));
        Expr::Method(Ty::Text, Box::new(value), "slice", bounds.to_vec())
    }

    /// An operation that gives a text.
    pub(super) fn text(&mut self, depth: usize) -> Expr {
        match self.random.below(7) {
            0 | 1 => self.method(Ty::Text, depth),
            6 if self.random.one_in(3) => self.repeated(depth),
            6 => self.of_base(depth),
            2 => {
                let count = self.random.below(3) + 1;
                let parts = (0..count).map(|_| {
                    let ty = self.ty();
                    self.expr(ty, depth)
                });
                Expr::Template(parts.collect())
            }
            3 => {
                let other = self.ty();
                let (text, value) = (self.expr(Ty::Text, depth), self.expr(other, depth));
                Expr::Binary(Ty::Text, "+", Box::new(text), Box::new(value))
            }
            _ => {
                let (left, right) = (self.expr(Ty::Text, depth), self.expr(Ty::Text, depth));
                Expr::Binary(Ty::Text, "+", Box::new(left), Box::new(right))
            }
        }
    }

    /// A text that is repeated, as often as there are such texts and sometimes not.
    fn repeated(&mut self, depth: usize) -> Expr {
        let counts = [
            "0", "1", "2", "1.9", "NaN", "-0.5", "-1", "-2.5", "Infinity",
        ];
        let count = self.random.pick(&counts).copied().unwrap_or("0");
        let value = self.expr(Ty::Text, depth);
        let value = self.short(value);
        let count = Expr::Literal(Ty::Number, count.to_owned());
        Expr::Method(Ty::Text, Box::new(value), "repeat", vec![count])
    }

    /// A number as a text with another base, or with so many digits.
    fn of_base(&mut self, depth: usize) -> Expr {
        let ty = match self.ty() {
            Ty::Text | Ty::Boolean => Ty::Number,
            ty => ty,
        };
        let base = if self.random.one_in(12) {
            [1, 37].get(self.random.below(2)).copied().unwrap_or(1)
        } else {
            2 + self.random.below(35)
        };
        let base = Expr::Literal(Ty::Number, base.to_string());
        if ty == Ty::Number && self.random.one_in(4) {
            let places = ["0", "1", "3.9", "NaN", "20", "100", "101", "-1"];
            let places = self.random.pick(&places).copied().unwrap_or("0");
            let places = Expr::Literal(Ty::Number, places.to_owned());
            let value = Box::new(self.expr(ty, depth));
            return Expr::Method(Ty::Text, value, "toFixed", vec![places]);
        }
        let value = Box::new(self.expr(ty, depth));
        Expr::Method(Ty::Text, value, "toString", vec![base])
    }

    /// A method of a text that gives a value of a type.
    pub(super) fn method(&mut self, ty: Ty, depth: usize) -> Expr {
        let list = match ty {
            Ty::Text => TO_TEXT,
            Ty::Boolean => TO_BOOLEAN,
            _ => TO_NUMBER,
        };
        let object = Box::new(self.expr(Ty::Text, depth));
        let Some((name, takes)) = self.random.pick(list).copied() else {
            return Expr::Length(object);
        };
        let arguments = takes.iter().map(|ty| self.expr(*ty, depth)).collect();
        Expr::Method(ty, object, name, arguments)
    }
}
