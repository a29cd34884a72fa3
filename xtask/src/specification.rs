//! Reads `docs/SPECIFICATION.md`: every promise is a numbered line that names its tests, and every figure is a constant.
//!
//! A promise is an item `* **N.M** …` with code spans in it. A span `crate::binary::file::test` names a test: of
//! `crates/CRATE/tests/BINARY/FILE.rs`, or of `crates/CRATE/src/FILE.rs` when the binary is `lib`. A span `NAME = value` in
//! capitals names a constant of some `limits.rs`, and its value as it stands there. What the document says is true only as
//! long as such a test and such a constant exist, which the test below looks after.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::paths;

/// One promise.
#[derive(Debug)]
struct Promise {
    /// `4.2`.
    number: String,
    /// `tollgate-sandbox::it::limits::gas_stops_a_loop_and_is_all_spent`.
    tests: Vec<String>,
    /// Names and values.
    figures: Vec<(String, String)>,
}

/// Prints how many promises there are; fails with what is wrong with the document.
pub(crate) fn check() -> Result<()> {
    let document = read()?;
    let faults = faults(&document)?;
    anyhow::ensure!(faults.is_empty(), "{}", faults.join("\n"));
    let promises = promises(&document);
    let tests: usize = promises.iter().map(|promise| promise.tests.len()).sum();
    println!("{} promises, {tests} tests", promises.len());
    Ok(())
}

fn read() -> Result<String> {
    let path = paths::root().join("docs/SPECIFICATION.md");
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Returns the promises of the document, in its order.
fn promises(document: &str) -> Vec<Promise> {
    let mut promises: Vec<Promise> = Vec::new();
    let mut text = String::new();
    let mut number = None;
    // The empty line at the end closes the last item.
    for line in document.lines().chain([""]) {
        let begins = line
            .strip_prefix("* **")
            .and_then(|rest| rest.split_once("**"));
        let goes_on = line.starts_with("  ") && number.is_some();
        if !goes_on && let Some(number) = number.take() {
            promises.push(promise(number, &text));
        }
        if let Some((begun, rest)) = begins {
            number = Some(begun.to_owned());
            text = rest.to_owned();
        } else if goes_on {
            text.push(' ');
            text.push_str(line.trim());
        }
    }
    promises
}

fn promise(number: String, text: &str) -> Promise {
    let spans: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let is_test = |span: &&&str| span.starts_with("tollgate") && span.contains("::");
    Promise {
        number,
        tests: spans
            .iter()
            .filter(is_test)
            .map(|span| (*span).to_owned())
            .collect(),
        figures: spans.iter().filter_map(|span| figure(span)).collect(),
    }
}

fn figure(span: &str) -> Option<(String, String)> {
    let (name, value) = span.split_once(" = ")?;
    let capitals = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.chars()
        .all(capitals)
        .then(|| (name.to_owned(), value.to_owned()))
}

/// Says what is wrong with the document.
fn faults(document: &str) -> Result<Vec<String>> {
    let constants = constants()?;
    let mut faults = Vec::new();
    let mut last = (0, 0);
    for promise in promises(document) {
        let number = &promise.number;
        match parts(number) {
            Some(next) if follows(last, next) => last = next,
            Some(_) | None => {
                faults.push(format!("{number} does not follow {}.{}", last.0, last.1))
            }
        }
        if promise.tests.is_empty() {
            faults.push(format!("{number} names no test"));
        }
        for test in &promise.tests {
            if let Err(error) = find(test) {
                faults.push(format!("{number}: {error:#}"));
            }
        }
        for (name, value) in &promise.figures {
            let known = constants.get(name);
            if known.is_none_or(|values| !values.contains(value)) {
                faults.push(format!("{number}: `{name}` is {known:?} and not `{value}`"));
            }
        }
    }
    Ok(faults)
}

fn parts(number: &str) -> Option<(u32, u32)> {
    let (section, line) = number.split_once('.')?;
    Some((section.parse().ok()?, line.parse().ok()?))
}

fn follows(last: (u32, u32), next: (u32, u32)) -> bool {
    next == (last.0, last.1 + 1) || next == (last.0 + 1, 1)
}

/// Looks for a test where its name says it is.
fn find(name: &str) -> Result<()> {
    let parts: Vec<&str> = name.split("::").collect();
    let [package, binary, modules @ .., test] = parts.as_slice() else {
        anyhow::bail!("`{name}` is not `crate::binary::file::test`");
    };
    let folder = paths::root().join("crates").join(package);
    let folder = match *binary {
        "lib" => folder.join("src"),
        binary => folder.join("tests").join(binary),
    };
    let files = candidates(&folder, modules);
    let texts = files
        .iter()
        .filter_map(|file| std::fs::read_to_string(file).ok());
    let found = texts.into_iter().any(|text| has_test(&text, test));
    anyhow::ensure!(found, "there is no test `{name}`");
    Ok(())
}

/// The files in which a module can be. Unit tests stand in a file of their own, or in that of the module around them.
fn candidates(folder: &Path, modules: &[&str]) -> Vec<PathBuf> {
    let around = modules.strip_suffix(&["tests"]);
    let places = [Some(modules), around].into_iter().flatten();
    let files = places.flat_map(|modules| {
        let path: PathBuf = [folder]
            .into_iter()
            .chain(modules.iter().map(Path::new))
            .collect();
        [
            path.join("mod.rs"),
            path.join("main.rs"),
            path.join("lib.rs"),
            path.with_extension("rs"),
        ]
    });
    files.collect()
}

/// Whether `text` has a function of this name that is a test: by its attribute, or by a place in the list of a program that
/// is its own harness.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let defined = lines.iter().position(|line| {
        let rest = line
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("async ");
        rest.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    });
    let Some(defined) = defined else { return false };
    let above = lines[..defined].iter().rev();
    let attributes = above.take_while(|line| {
        line.starts_with('#') || line.starts_with("//") || line.starts_with(')')
    });
    let attributed = attributes
        .clone()
        .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
    attributed || text.contains(&format!("\"{name}\""))
}

/// The constants of every `limits.rs`, with the values that stand there.
fn constants() -> Result<BTreeMap<String, Vec<String>>> {
    let mut constants = BTreeMap::<String, Vec<String>>::new();
    let crates = std::fs::read_dir(paths::root().join("crates")).context("the crates")?;
    for folder in crates.flatten() {
        let Ok(text) = std::fs::read_to_string(folder.path().join("src/limits.rs")) else {
            continue;
        };
        let declared = text.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("pub const ")?.split_once(": ")?;
            Some((
                name.to_owned(),
                rest.split_once(" = ")?.1.trim_end_matches(';').to_owned(),
            ))
        });
        for (name, value) in declared {
            constants.entry(name).or_default().push(value);
        }
    }
    Ok(constants)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_has_tests_and_every_figure_is_true() {
        let document = read().unwrap();
        assert!(promises(&document).len() >= 50);
        let faults = faults(&document).unwrap();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    fn faults_of(line: &str) -> String {
        faults(line).unwrap().join("; ")
    }

    #[test]
    fn a_promise_without_a_test_is_a_fault() {
        assert_eq!(
            faults_of("* **1.1** Nothing bad happens."),
            "1.1 names no test"
        );
    }

    #[test]
    fn a_test_that_is_not_there_is_a_fault() {
        let line = "* **1.1** It ends.\n  `tollgate-sandbox::it::limits::it_ends_some_day`";
        assert_eq!(
            faults_of(line),
            "1.1: there is no test `tollgate-sandbox::it::limits::it_ends_some_day`"
        );
        let helper = "* **1.1** It ends. `tollgate-sandbox::it::guest::engine`";
        assert!(
            faults_of(helper).contains("there is no test"),
            "a function is no test"
        );
    }

    #[test]
    fn a_figure_that_changed_is_a_fault() {
        let test = "`tollgate-sandbox::it::limits::gas_stops_a_loop_and_is_all_spent`";
        let line = format!("* **1.1** At most `GAS = 7`. {test}");
        assert!(faults_of(&line).contains("not `7`"), "{}", faults_of(&line));
        let line = format!("* **1.1** At most `GAS = 1_000_000_000`. {test}");
        assert_eq!(faults_of(&line), "");
    }

    #[test]
    fn a_number_that_is_left_out_is_a_fault() {
        let test = "`tollgate-sandbox::it::limits::gas_stops_a_loop_and_is_all_spent`";
        let text = format!("* **1.1** A. {test}\n* **1.3** B. {test}\n");
        assert_eq!(faults_of(&text), "1.3 does not follow 1.1");
    }

    #[test]
    fn tests_of_a_library_and_of_a_program_with_its_own_list_are_found() {
        for test in [
            "tollgate-sandbox::lib::limiter::tests::a_growth_that_fails_later_is_given_back",
            "tollgate-sandbox::worker::isolated::limits_hold_in_the_worker",
        ] {
            assert_eq!(faults_of(&format!("* **1.1** A. `{test}`")), "");
        }
    }
}
