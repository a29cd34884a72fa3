//! Names of what is begun: they become names of folders, files, packages and policies, so they are names in each of these.

use std::path::Path;

use super::template::Kind;

/// Bytes of a name at most: what the registry of Rust's packages takes.
const LONGEST: usize = 64;

/// Names that Cargo or Rust keep for themselves: what `cargo new` refuses of the names that have the form of one here.
const KEPT: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// The name of something that is begun.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    /// The name that the last part of a path is; an error says why it is none, and proposes one.
    pub(super) fn of(path: &Path, kind: Kind) -> Result<Self, String> {
        let Some(name) = path.file_name() else {
            return Err(format!(
                "`{}` has no name at its end; write `NAME` or `FOLDER/NAME`",
                path.display()
            ));
        };
        let name = name.to_string_lossy();
        if !is_name(&name) {
            let proposed = proposed(&name);
            return Err(format!(
                "`{name}` is no name for {}: a name is 1 to {LONGEST} lower-case letters, digits and single `-`, and begins \
                 with a letter; for instance `{proposed}`",
                kind.what()
            ));
        }
        if kind.is_a_package() && KEPT.contains(&&*name) {
            return Err(format!(
                "`{name}` is a name that Rust keeps for itself; take another one, for instance `my-{name}`"
            ));
        }
        Ok(Self(name.into_owned()))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The name as Rust writes it in names of files.
    pub(super) fn of_crate(&self) -> String {
        self.0.replace('-', "_")
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.len() <= LONGEST
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('-').all(is_part)
}

/// A name near to what was typed.
fn proposed(typed: &str) -> String {
    let lower = typed.to_lowercase();
    let parts = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.collect();
    let mut name = parts.join("-");
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name.insert_str(0, "my-");
    }
    name.truncate(LONGEST);
    let name = name.trim_end_matches('-');
    String::from(if is_name(name) { name } else { "my-guest" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(path: &str, kind: Kind) -> Result<Name, String> {
        Name::of(Path::new(path), kind)
    }

    #[test]
    fn the_last_part_of_a_path_is_the_name() {
        assert_eq!(
            name("a/b/word-count", Kind::Rust).unwrap().text(),
            "word-count"
        );
        assert_eq!(name("./x2/", Kind::Rust).unwrap().of_crate(), "x2");
        assert_eq!(
            name("word-count", Kind::Rust).unwrap().of_crate(),
            "word_count"
        );
    }

    #[test]
    fn what_is_proposed_is_a_name() {
        let long = "x".repeat(65);
        let typed = [
            "Word Count",
            "word_count",
            "2nd",
            "-",
            "a--b",
            "über",
            "a-",
            "$(rm)",
            "ä",
            long.as_str(),
        ];
        for typed in typed {
            let error = name(typed, Kind::Wat).unwrap_err();
            let proposed = error.rsplit('`').nth(1).unwrap();
            assert!(name(proposed, Kind::Wat).is_ok(), "{typed}: {error}");
        }
    }

    #[test]
    fn a_path_without_a_name_is_refused() {
        for path in ["..", "/", "a/.."] {
            assert!(
                name(path, Kind::Wat).unwrap_err().contains("no name"),
                "{path}"
            );
        }
    }

    #[test]
    fn packages_leave_names_to_rust() {
        for kept in ["fn", "test", "build"] {
            assert!(
                name(kept, Kind::Rust)
                    .unwrap_err()
                    .contains(&format!("my-{kept}"))
            );
            assert!(name(kept, Kind::Policy).is_ok());
        }
    }
}
