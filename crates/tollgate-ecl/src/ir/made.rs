//! Texts that a program makes, and how they are compared.
//!
//! What the host writes into memory is interned, so equal texts have equal handles. A text that is made has a handle of its own: nothing looks
//! for an equal one, which would be a search in all texts of the evaluation. So where a text may have been made, the bytes are compared. Only
//! programs that make texts have such places: those of others, and comparisons of the input with constants, stay comparisons of words.

use super::{BinaryOp, Expr, ExprKind, Making, Program, Splitting, UnaryOp};
use crate::data::gas;
use crate::data::types::{Type, WORD};

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

    /// Whether some text becomes this one.
    #[must_use]
    pub(crate) fn gives(self, text: &str) -> bool {
        match self {
            Self::Lower => !text.bytes().any(|b| b.is_ascii_uppercase()),
            Self::Upper => !text.bytes().any(|b| b.is_ascii_lowercase()),
            Self::Trim => self.part(text) == text,
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

impl Splitting {
    /// At a separator of 1 to 8 bytes, into at least one part.
    #[must_use]
    pub(crate) fn new(separator: &str, most: u32) -> Option<Self> {
        let mut word = [0; 8];
        word.get_mut(..separator.len())?
            .copy_from_slice(separator.as_bytes());
        let made = Self {
            separator: u64::from_le_bytes(word),
            bytes: u8::try_from(separator.len()).ok()?,
            most,
        };
        made.is_sound().then_some(made)
    }

    /// Whether there is a separator, and a part.
    #[must_use]
    pub(crate) const fn is_sound(self) -> bool {
        1 <= self.bytes && self.bytes <= 8 && self.most >= 1
    }

    /// What the parts cost besides the text.
    pub(crate) fn gas(self) -> u64 {
        gas::ELEMENT.saturating_mul(self.most.into())
    }

    /// Bytes of arena for a text of so many: the list, and parts of whole words.
    pub(crate) fn arena(self, text: u64) -> u64 {
        let word = u64::from(WORD);
        let parts = u64::from(self.most).saturating_mul(2 * word);
        parts.saturating_add(text.next_multiple_of(word))
    }

    /// Where the first part of a text ends, and where the next one begins.
    pub(crate) fn cut(self, text: &[u8]) -> Option<(usize, usize)> {
        let separator = self.separator.to_le_bytes();
        let separator = separator.get(..self.bytes.into())?;
        separator.first()?;
        let at = text.windows(separator.len()).position(|w| w == separator)?;
        Some((at, at + separator.len()))
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
                op: UnaryOp::Make(_) | UnaryOp::Split(_),
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
    fn what_is_made_can_be_made_again() {
        for making in Making::ALL {
            for text in ["", "a", "A", " a", "a\n", "Ä ä", "1"] {
                assert_eq!(making.gives(text), made(making, text) == text, "{text:?}");
            }
        }
    }

    #[test]
    fn a_text_is_split_at_a_few_bytes() {
        let comma = Splitting::new(", ", 2).unwrap();
        assert_eq!(comma.cut(b"a,, b"), Some((2, 4)));
        assert_eq!(comma.cut(b"a,"), None);
        assert_eq!(comma.cut(b""), None);
        for (separator, most) in [("", 1), ("123456789", 1), (",", 0)] {
            assert_eq!(Splitting::new(separator, most), None);
        }
        assert_eq!(Splitting { bytes: 0, ..comma }.cut(b"a, b"), None);
        assert_eq!(Splitting { bytes: 9, ..comma }.cut(b"a, b"), None);
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
