//! The exports a caller relies on, and a useful answer when one is not there.

use serde::{Deserialize, Serialize};

use crate::engine::Module;
use crate::prescan::shortened;

/// Names listed in a message.
const LISTED: usize = 20;
/// Exports compared with a missing name; a module may have any number.
const COMPARED: usize = 1_000;

/// A function the module must export is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the module does not export the function `{wanted}`; {}", self.help())]
pub struct MissingExport {
    /// The name that was asked for.
    pub wanted: String,
    /// The exported function with the most similar name, if one is similar.
    pub similar: Option<String>,
    /// The first of the functions it does export.
    pub exported: Vec<String>,
    /// How many it exports.
    pub exported_count: usize,
}

impl MissingExport {
    fn help(&self) -> String {
        let names = || {
            self.exported
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match (&self.similar, self.exported_count) {
            (Some(similar), _) => format!("did you mean `{similar}`?"),
            (None, 0) => String::from("it exports no function at all: was it built as a library?"),
            (None, count) if count > self.exported.len() => {
                format!(
                    "it exports {} and {} more",
                    names(),
                    count - self.exported.len()
                )
            }
            (None, _) => format!("it exports {}", names()),
        }
    }
}

/// Checks that `module` exports all of `wanted`.
pub(crate) fn require(module: &Module, wanted: &[String]) -> Result<(), MissingExport> {
    match wanted.iter().find(|name| !module.has_function(name)) {
        None => Ok(()),
        Some(name) => Err(missing(&module.functions(), name)),
    }
}

fn missing(exported: &[String], wanted: &str) -> MissingExport {
    MissingExport {
        wanted: shortened(wanted),
        similar: similar(exported, wanted).map(shortened),
        exported: exported
            .iter()
            .take(LISTED)
            .map(|name| shortened(name))
            .collect(),
        exported_count: exported.len(),
    }
}

fn similar<'a>(exported: &'a [String], wanted: &str) -> Option<&'a str> {
    let short = |name: &&String| name.len() <= 100;
    let scored = exported
        .iter()
        .take(COMPARED)
        .filter(short)
        .map(|name| (strsim::jaro_winkler(name, wanted), name));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 > 0.8).then_some(best.1.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(exported: &[&str], wanted: &str) -> String {
        let exported: Vec<String> = exported.iter().map(|name| (*name).to_owned()).collect();
        missing(&exported, wanted).to_string()
    }

    #[test]
    fn similar_name_is_suggested() {
        assert!(said(&["transform", "alloc"], "trasnform").contains("did you mean `transform`?"));
    }

    #[test]
    fn other_names_are_listed_and_bounded() {
        assert!(said(&["alloc", "free"], "xyzzy").ends_with("it exports `alloc`, `free`"));
        let many: Vec<String> = (0..50).map(|index| format!("f{index}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(said(&many, "xyzzy").ends_with("`f19` and 30 more"));
        assert!(said(&[], "run").contains("no function at all"));
    }
}
