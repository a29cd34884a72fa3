//! What is wrong with an input, where, and what to do about it.

use crate::data::types::{EnumDef, RecordDef, Type};
use crate::ir::Program;

/// A value of an input that is not of its type.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{}expected {expected}, found {found}", self.place())]
pub struct InputError {
    /// Where: `offer.tags[3].name`; empty for the input as a whole.
    pub path: String,
    /// The type or form that belongs there.
    pub expected: String,
    /// What stands there instead.
    pub found: String,
    /// What to do.
    pub help: Option<String>,
    /// The fields and keys on the path, innermost first, and how much of the path stands behind each.
    #[serde(skip)]
    fields: Vec<(Box<str>, usize)>,
}

/// Longest piece of a value that an error quotes, in characters.
const QUOTED_MAX: usize = 40;

impl InputError {
    pub(super) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            expected: expected.into(),
            found: found.into(),
            help: None,
            fields: Vec::new(),
        }
    }

    /// The same error without what was found, when a field or key on its path is hidden. The path ends there: keys stand in
    /// it, which are values.
    pub(crate) fn hiding(mut self, hides: impl Fn(&str) -> bool, shown: &str) -> Self {
        let mut outermost = self.fields.iter().rev();
        let Some((_, behind)) = outermost.find(|(name, _)| hides(name)) else {
            return self;
        };
        self.path.truncate(self.path.len().saturating_sub(*behind));
        self.found = format!("a value that is not shown ({shown})");
        self.help = None;
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn syntax(error: &serde_json::Error) -> Self {
        Self::new("JSON", error.to_string()).help("the input is one JSON object")
    }

    pub(super) fn too_large(bytes: usize, bytes_max: usize) -> Self {
        Self::new(
            format!("at most {bytes_max} bytes"),
            format!("an input of {bytes} bytes"),
        )
        .help("send less")
    }

    /// Puts a field in front of the path.
    pub(super) fn in_field(&mut self, name: &str) {
        let separator = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        let behind = separator.len() + self.path.len();
        self.path = format!("{name}{separator}{}", self.path);
        self.fields.push((name.into(), behind));
    }

    /// Puts the key of a map in front of the path.
    pub(super) fn in_key(&mut self, key: &str) {
        let separator = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        let behind = separator.len() + self.path.len();
        self.path = format!("[\"{}\"]{separator}{}", short(key), self.path);
        self.fields.push((key.into(), behind));
    }

    /// Puts an element in front of the path.
    pub(super) fn in_element(&mut self, index: usize) {
        let separator = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("[{index}]{separator}{}", self.path);
    }

    fn place(&self) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!("`{}`: ", self.path)
        }
    }
}

/// A text as an error quotes it: in backticks, shortened, on one line.
pub(super) fn quote(text: &str) -> String {
    format!("`{}`", short(text))
}

/// Shortened, on one line.
fn short(text: &str) -> String {
    let mut quoted = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == QUOTED_MAX {
            quoted.push('…');
            break;
        }
        if c.is_control() {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted
}

/// A type as it is written in source.
pub(super) fn type_name(ty: &Type, records: &[RecordDef], enums: &[EnumDef]) -> String {
    match ty {
        Type::Bool => "bool".into(),
        Type::Int => "int".into(),
        Type::Decimal => "decimal".into(),
        Type::Number => "number".into(),
        Type::String(bound) => format!("string<{bound}>"),
        Type::Did => "did".into(),
        Type::Pattern => "pattern".into(),
        Type::Instant => "instant".into(),
        Type::Duration => "duration".into(),
        Type::Money(currency) => format!("money<{}>", currency.0),
        Type::Quantity(dimension) => dimension.to_string(),
        Type::Ip => "ip".into(),
        Type::Cidr => "cidr".into(),
        Type::List(element, bound) => {
            format!("list<{}, {bound}>", type_name(element, records, enums))
        }
        Type::Map(key, value, bound) => format!(
            "map<{}, {}, {bound}>",
            type_name(key, records, enums),
            type_name(value, records, enums)
        ),
        Type::Option(inner) => format!("{}?", type_name(inner, records, enums)),
        Type::Enum(id) => match enums.get(id.0 as usize) {
            Some(def) => def.name.to_string(),
            None => "enum".into(),
        },
        Type::Record(id) => match records.get(id.0 as usize) {
            Some(def) => def.name.to_string(),
            None => "record".into(),
        },
        Type::Trust => "trust".into(),
        Type::Attributes => "attributes".into(),
        Type::Effect => "effect".into(),
        Type::Never | Type::Error => "nothing".into(),
    }
}

impl Program {
    /// A type of this program as it is written in source.
    #[must_use]
    pub fn type_name(&self, ty: &Type) -> String {
        type_name(ty, &self.records, &self.enums)
    }
}

/// The candidate nearest to a name, when it is near enough to be meant.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance without regard to case. Names are cut at 64 characters, which bounds the work.
fn distance(a: &str, b: &str) -> usize {
    let letters = |s: &str| -> Vec<char> { s.to_lowercase().chars().take(64).collect() };
    let (a, b) = (letters(a), letters(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (y, above) in b.iter().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(x != y))
                .min(left + 1)
                .min(*above + 1);
            diagonal = std::mem::replace(above, here);
            left = here;
        }
    }
    row.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("Type2", "type2"), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }

    #[test]
    fn only_near_names_are_suggested() {
        let names = ["price_per_kwh", "distance"];
        assert_eq!(
            nearest("price_per_kw", names.into_iter()),
            Some("price_per_kwh")
        );
        assert_eq!(nearest("trust", names.into_iter()), None);
    }
}
