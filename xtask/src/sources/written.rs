//! What ARCHITECTURE.md says of the sources: the files and folders that it names are there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::lengths;
use crate::paths;

const PAGE: &str = "ARCHITECTURE.md";

/// Says which names on the page stand for nothing.
pub(super) fn faults() -> Result<Vec<String>> {
    let page = paths::root().join(PAGE);
    let text = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "guests"] {
        files.extend(lengths::files(&paths::root().join(folder))?);
    }
    Ok(missing(&text, &files))
}

/// The names of sources and folders between backticks that no file has, or is below.
fn missing(text: &str, files: &[PathBuf]) -> Vec<String> {
    let named = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| is_name(name));
    let is_there = |name: &str| match name.strip_suffix('/') {
        Some(folder) => files.iter().any(|file| {
            file.ancestors()
                .skip(1)
                .any(|above| above.ends_with(folder))
        }),
        None => files.iter().any(|file| file.ends_with(Path::new(name))),
    };
    named
        .filter(|name| !is_there(name))
        .map(|name| format!("{PAGE} names `{name}`, which is not there"))
        .collect()
}

fn is_name(name: &str) -> bool {
    let is_plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let is_source = Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "rs");
    is_plain && (is_source || name.ends_with('/') && !name.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_file_that_is_gone_is_told() {
        let files = [PathBuf::from("/r/crates/a/src/gate/calls.rs")];
        let text = "`a/src/gate/calls.rs`, `calls.rs` in `gate/`, `calls` and `Calls::decide`";
        assert_eq!(missing(text, &files), [""; 0]);
        let told = missing("`ate/calls.rs`, `gates/`", &files);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("`ate/calls.rs`"));
    }
}
