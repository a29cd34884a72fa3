//! Names of the files of a cache. What has another name was not written by one and is never removed by one.

use super::entry::Subject;

/// End of the name of an entry.
const SUFFIX: &str = ".tgc";
/// End of the name of a file that is being written.
const TEMPORARY: &str = ".tmp";
/// Digits of a digest that name a module, of those that name settings, and of a name for the time of writing.
const DIGITS: (usize, usize, usize) = (64, 16, 16);

/// The name of an entry.
pub(super) fn entry(subject: &Subject) -> String {
    let settings: String = subject.settings.to_hex().chars().take(DIGITS.1).collect();
    format!("{}-{settings}{SUFFIX}", subject.module.to_hex())
}

/// The module and the settings in the name of an entry.
pub(super) fn parts(name: &str) -> Option<(&str, &str)> {
    let (module, settings) = name.strip_suffix(SUFFIX)?.split_once('-')?;
    (is_hex(module, DIGITS.0) && is_hex(settings, DIGITS.1)).then_some((module, settings))
}

/// The name of a file that will be an entry, or the key when `of` is its name and a point.
pub(super) fn temporary(of: &str, random: [u8; 8]) -> String {
    format!("{of}{}{TEMPORARY}", hex::encode(random))
}

/// Whether a writer that was interrupted may have left this behind.
pub(super) fn is_temporary(name: &str) -> bool {
    let rest = name.strip_suffix(TEMPORARY);
    rest.is_some_and(|rest| is_hex(rest.strip_prefix("key.").unwrap_or(rest), DIGITS.2))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn only_names_that_a_cache_gives_are_names_of_a_cache() {
        let subject = Subject {
            module: Digest::of(b"module"),
            settings: Digest::of(b"settings"),
        };
        let name = entry(&subject);
        let (module, settings) = parts(&name).unwrap();
        assert_eq!(module, subject.module.to_hex());
        assert!(subject.settings.to_hex().starts_with(settings));
        for other in [
            "notes.tgc",
            "0000-0000.tgc",
            ".tgc",
            &name.replace(".tgc", ".bak"),
            &name.to_uppercase(),
            &format!("x{name}"),
        ] {
            assert_eq!(parts(other), None, "{other}");
        }
        assert!(is_temporary(&temporary("", [7; 8])) && is_temporary(&temporary("key.", [7; 8])));
        for other in ["draft.tmp", "key.tmp", "0011.tmp", &name] {
            assert!(!is_temporary(other), "{other}");
        }
    }
}
