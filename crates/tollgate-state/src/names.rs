//! Names that strangers choose: short, plain, and the same however they are compared, printed or put into a path.

use crate::error::{StateError, invalid};
use crate::limits::{NAME_BYTES_MAX, VERSION_BYTES_MAX};

/// Checks a name of a tenant, a module or a tag: lower-case ASCII letters, digits, `-`, `_` and single dots, beginning
/// with a letter or digit.
///
/// # Errors
/// [`StateError::Invalid`].
pub fn check_name(what: &'static str, name: &str) -> Result<(), StateError> {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let plain = name
        .bytes()
        .all(|b| letter(b) || matches!(b, b'-' | b'_' | b'.'));
    let begins = name.bytes().next().is_some_and(letter);
    if plain && begins && name.len() <= NAME_BYTES_MAX && !name.contains("..") {
        return Ok(());
    }
    Err(invalid(
        what,
        shown(name),
        format!(
            "it has 1 to {NAME_BYTES_MAX} of `a-z`, `0-9`, `-`, `_` and single dots, and begins with a letter or digit"
        ),
    ))
}

/// Checks the version of a module: three numbers with dots between, and after `-` a name of its stage if it is not final.
///
/// # Errors
/// [`StateError::Invalid`].
pub fn check_version(version: &str) -> Result<(), StateError> {
    let (numbers, stage) = match version.split_once('-') {
        Some((numbers, stage)) => (numbers, Some(stage)),
        None => (version, None),
    };
    let number = |part: &str| {
        (1..=9).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let three = numbers.split('.').count() == 3 && numbers.split('.').all(number);
    let stage = stage.is_none_or(|stage| check_name("stage", stage).is_ok());
    if three && stage && version.len() <= VERSION_BYTES_MAX {
        return Ok(());
    }
    Err(invalid(
        "version",
        shown(version),
        "it is like `1.0.0` or `1.0.0-beta.2`",
    ))
}

/// As much of a value as an error shows.
pub(crate) fn shown(value: &str) -> String {
    value.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_tricks_in_it() {
        for good in ["a", "word-stat", "0_1.x", &"a".repeat(NAME_BYTES_MAX)] {
            assert!(check_name("module", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "A",
            "a b",
            "a/b",
            "../a",
            "a..b",
            ".a",
            "-a",
            "ａ",
            "a\u{200b}",
            "a%2f",
            "a@1",
            "a:b",
            "a\n",
            &"a".repeat(NAME_BYTES_MAX + 1),
        ] {
            assert!(check_name("module", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_version_is_three_numbers_and_perhaps_a_stage() {
        for good in ["0.0.0", "1.20.3", "1.0.0-beta.2", "999999999.0.0"] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "1",
            "1.0",
            "1.0.0.0",
            "01.0.0",
            "1.0.x",
            "1..0",
            "v1.0.0",
            "1.0.0-",
            "1.0.0+b",
            "1.0.0-B",
            "-1.0.0",
            "1.0.0 ",
            "1000000000.0.0",
            "latest",
        ] {
            assert!(check_version(bad).is_err(), "{bad:?}");
        }
    }
}
