//! Texts that a program makes, and how they are compared.
//!
//! What the host writes into memory is interned, so equal texts have equal handles. A text that is made has a handle of its own: nothing looks
//! for an equal one, which would be a search in all texts of the evaluation. So where a text may have been made, the bytes are compared. Only
//! programs that make texts have such places: those of others, and comparisons of the input with constants, stay comparisons of words.

use super::{BinaryOp, Expr, ExprKind, Making, Program, UnaryOp};
use crate::data::types::Type;

impl Making {
    /// Every way.
    #[cfg(any(test, feature = "oracle"))]
    pub(crate) const ALL: [Self; 3] = [Self::Lower, Self::Upper, Self::Trim];

    /// The part of a text that is kept.
    #[must_use]
    pub(crate) fn part(self, text: &str) -> &str {
        match self {
            Self::Lower | Self::Upper => text,
            Self::Trim => text.trim_matches(BLANKS),
        }
    }

    /// Changes the letters of what is kept.
    pub(crate) const fn recase(self, part: &mut [u8]) {
        match self {
            Self::Lower => part.make_ascii_lowercase(),
            Self::Upper => part.make_ascii_uppercase(),
            Self::Trim => {}
        }
    }
}

/// What [`Making::Trim`] takes away: tab, line feed, form feed, carriage return, space, as WHATWG's ASCII whitespace.
pub(crate) const BLANKS: [char; 5] = ['\t', '\n', '\u{c}', '\r', ' '];

impl Program {
    /// Compares texts by their bytes where one of them may have been made. Before the program's worst case is computed: it costs more.
    pub(crate) fn settle_texts(&mut self) {
        if !self.makes_texts() {
            return;
        }
        for function in &mut self.functions {
            function.body.walk_mut(&mut settle);
        }
        self.body
            .each_root_mut(&mut |root| root.walk_mut(&mut settle));
    }

    fn makes_texts(&self) -> bool {
        let mut rest = self.roots();
        while let Some(expr) = rest.pop() {
            if let ExprKind::Unary {
                op: UnaryOp::Make(_),
                ..
            } = expr.kind
            {
                return true;
            }
            expr.each_child(&mut |child| rest.push(child));
        }
        false
    }
}

fn settle(expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::Binary { op, left, right } => {
            let is_text = matches!(left.ty, Type::String(_));
            if is_text && (may_be_made(left) || may_be_made(right)) {
                *op = match *op {
                    BinaryOp::EqWord => BinaryOp::EqText,
                    BinaryOp::NeWord => BinaryOp::NeText,
                    other => other,
                };
            }
        }
        ExprKind::In { item, list } => {
            let is_text = matches!(item.ty, Type::String(_));
            if is_text && (may_be_made(item) || may_be_made(list)) {
                let (left, right) = (item.clone(), list.clone());
                let op = BinaryOp::InTexts;
                expr.kind = ExprKind::Binary { op, left, right };
            }
        }
        _ => {}
    }
}

/// Whether a text, or one within a list or an option, may have been made: what is not known to come from the input, the constants or the host.
fn may_be_made(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Text(_)
        | ExprKind::Const(_)
        | ExprKind::Param(_)
        | ExprKind::Input(_)
        | ExprKind::Fact { .. }
        | ExprKind::NoValue => false,
        ExprKind::Field { base, .. } | ExprKind::Payload(base) => may_be_made(base),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(making: Making, text: &str) -> String {
        let mut bytes = making.part(text).as_bytes().to_vec();
        making.recase(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_letters_of_ascii_change() {
        assert_eq!(
            made(Making::Lower, "AZ@[`{Ä\u{130}\u{212a}"),
            "az@[`{Ä\u{130}\u{212a}"
        );
        assert_eq!(made(Making::Upper, "az@[`{ß ı"), "AZ@[`{ß ı");
        assert_eq!(made(Making::Trim, "\t\r\n\u{c} a b \u{a0}\n"), "a b \u{a0}");
        assert_eq!(made(Making::Trim, "\u{b}a\0 "), "\u{b}a\0");
        assert_eq!(made(Making::Trim, " \n"), "");
    }
}
