//! Who asks and who answers, in a form that can be compared.
//!
//! A name that is spelled in another way is still that name. So names are kept in one form alone: decomposed by compatibility,
//! without case (Unicode, definition 146 of chapter 3.13), composed again, with single spaces and none around it. Letters that
//! only look alike stay different: no rule knows which of them somebody meant.

use std::sync::LazyLock;

use regex_automata::meta::Regex;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{StateError, invalid};
use crate::limits::{PRINCIPAL_BYTES_MAX, PRINCIPAL_NAMES_MAX};
use crate::names::shown;

/// What has no place in a name: what is not seen, what controls, and what no letter is yet.
const UNSEEN: &str = r"[\p{C}\p{Default_Ignorable_Code_Point}]";

/// `None` would be a fault of the pattern above, which no name passes then.
static UNSEEN_PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(UNSEEN).ok());

/// Somebody who asks or answers: one name or more, any of which says who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// In canonical form; never empty.
    names: Vec<String>,
}

impl Principal {
    /// Returns who has these names, the first of which is shown.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when there is no name or more than [`PRINCIPAL_NAMES_MAX`], or one is not a name.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, StateError> {
        let names = names.into_iter().map(canonical);
        let names: Vec<String> = names.collect::<Result<_, _>>()?;
        if (1..=PRINCIPAL_NAMES_MAX).contains(&names.len()) {
            return Ok(Self { names });
        }
        Err(invalid(
            "principal",
            names.join(", "),
            format!("it has 1 to {PRINCIPAL_NAMES_MAX} names"),
        ))
    }

    /// The name that is shown.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// All of its names, in canonical form.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// A name that both have: then they are the same.
    #[must_use]
    pub fn shared_name(&self, other: &Self) -> Option<&str> {
        self.names()
            .find(|name| other.names.iter().any(|other| other == name))
    }

    /// The names as one text; none of them has a line end.
    pub(crate) fn to_text(&self) -> String {
        self.names.join("\n")
    }

    /// Reads what [`Principal::to_text`] wrote.
    pub(crate) fn of_text(text: &str) -> Result<Self, StateError> {
        Self::new(text.split('\n'))
    }
}

/// Returns the one form of a name.
///
/// # Errors
/// [`StateError::Invalid`] for a name that is empty, too long, or has characters that are not seen.
pub fn canonical(name: &str) -> Result<String, StateError> {
    let refused = |rule: String| Err(invalid("name of a principal", shown(name), rule));
    if name.len() > PRINCIPAL_BYTES_MAX {
        return refused(format!("it has at most {PRINCIPAL_BYTES_MAX} bytes"));
    }
    let name = name.trim();
    if UNSEEN_PATTERN
        .as_ref()
        .is_none_or(|unseen| unseen.is_match(name))
    {
        return refused("it has no characters that control or are not seen".to_owned());
    }
    let folded = caseless::default_case_fold_str(&name.nfd().collect::<String>());
    let folded = caseless::default_case_fold_str(&folded.nfkd().collect::<String>());
    let folded: String = folded.nfkc().collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    if words.is_empty() {
        return refused("it is not empty".to_owned());
    }
    Ok(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_however_it_is_spelled() {
        for (one, other) in [
            ("alice", "ALICE"),
            ("alice", "  Alice\t"),
            ("alice", "ａｌｉｃｅ"),
            ("alice", "𝓐𝓵𝓲𝓬𝓮"),
            ("alice", "Ⓐlice"),
            ("ada lovelace", "Ada\u{a0}\u{2003} Lovelace"),
            ("josé", "jose\u{301}"),
            ("weiss", "WEIẞ"),
            ("weiß", "WEISS"),
            ("office", "oﬃce"),
            ("σας", "ΣΑΣ"),
            ("uid:1000 sid:7", "UID:1000  SID:７"),
        ] {
            assert_eq!(canonical(one).unwrap(), canonical(other).unwrap(), "{one}");
        }
    }

    #[test]
    fn a_canonical_name_is_its_own() {
        for name in ["Ǆ", "ﷺ", "ẞß", "İi\u{307}", "ͅα", "ᾳ", "K", "½ Ｋ", "ﬃ"] {
            let once = canonical(name).unwrap();
            assert_eq!(canonical(&once).unwrap(), once, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_empty_or_not_all_seen_is_none() {
        let long = "a".repeat(PRINCIPAL_BYTES_MAX + 1);
        for name in [
            "",
            " ",
            "\u{a0}\u{2003}",
            "al\u{200b}ice",
            "alice\u{200d}",
            "\u{202e}alice",
            "al\u{ad}ice",
            "alice\u{fe0f}",
            "\u{3164}",
            "al\nice",
            "al\0ice",
            "\u{e000}",
            &long,
        ] {
            assert!(canonical(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn who_shares_a_name_is_the_same() {
        let ada = Principal::new(["uid:1 sid:2", "Ada"]).unwrap();
        for other in [&["ADA"][..], &["bob", "ada"], &["UID:1 sid:2", "bob"]] {
            let other = Principal::new(other.iter().copied()).unwrap();
            assert!(ada.shared_name(&other).is_some(), "{other:?}");
        }
        let bob = Principal::new(["uid:1 sid:3", "bob"]).unwrap();
        assert_eq!(ada.shared_name(&bob), None);
        assert_eq!(Principal::of_text(&ada.to_text()).unwrap(), ada);
    }

    #[test]
    fn a_principal_has_a_name_and_not_many() {
        assert!(Principal::new([]).is_err());
        assert!(Principal::new(["a", " "]).is_err());
        assert!(Principal::new(["a"; PRINCIPAL_NAMES_MAX]).is_ok());
        assert!(Principal::new(["a"; PRINCIPAL_NAMES_MAX + 1]).is_err());
    }
}
