//! The corpus: every file of tests/cases is one case.
//!
//! A case is ECL text. What it must give stands beside it: `name.txt` holds the diagnostics as a user sees them; without
//! that file there must be none, and the tests in the text must pass. `UPDATE=1` writes the `.txt` files; the difference is
//! then reviewed like code. Comments at the top of a case are directives:
//!
//! * `# stage: parse` reads the text without checking it.
//! * `# stage: lint` looks for lints too.
//! * `# with: name.ecl` adds another file of the same folder to the bundle.

use std::path::{Path, PathBuf};

use tollgate_ecl::render::{Style, render};
use tollgate_ecl::syntax::parser::parse;
use tollgate_ecl::tools::lint;
use tollgate_ecl::tools::suite::run;
use tollgate_ecl::{Bundle, compile};

/// All `.ecl` files under `tests/cases`, sorted.
pub(crate) fn all() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    found.sort();
    assert!(found.len() > 10, "the corpus is missing");
    found
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

pub(crate) fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "ecl") {
            found.push(path);
        }
    }
}

/// The path as it appears in diagnostics: below `tests/cases`, with `/`.
fn name(path: &Path) -> String {
    let below = path.strip_prefix(root()).unwrap();
    below.to_string_lossy().replace('\\', "/")
}

/// A case with the files its directives name.
struct Case {
    bundle: Bundle,
    stage: Stage,
}

/// How far a case goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Parse,
    Check,
    Lint,
}

impl Case {
    fn load(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut bundle = Bundle::single(name(path), text.clone());
        let mut stage = Stage::Check;
        for line in text.lines().take_while(|line| line.starts_with('#')) {
            match line.trim_start_matches(['#', ' ']).split_once(": ") {
                Some(("stage", "parse")) => stage = Stage::Parse,
                Some(("stage", "lint")) => stage = Stage::Lint,
                Some(("with", other)) => {
                    let other = path.with_file_name(other);
                    let text = std::fs::read_to_string(&other).unwrap();
                    bundle.add(name(&other), text);
                }
                _ => {}
            }
        }
        Self { bundle, stage }
    }

    fn diagnostics(&self) -> String {
        let diagnostics = match self.stage {
            Stage::Parse => parse(0, &self.bundle.files[0].text).diagnostics,
            Stage::Check => compile(&self.bundle).diagnostics,
            Stage::Lint => lint::compile(&self.bundle).diagnostics,
        };
        render(&self.bundle, &diagnostics, Style::Plain)
    }
}

#[test]
fn every_case_gives_the_diagnostics_beside_it() {
    let mut wrong = Vec::new();
    for path in all() {
        let expected_path = path.with_extension("txt");
        let found = Case::load(&path).diagnostics();
        if std::env::var_os("UPDATE").is_some() {
            if found.is_empty() {
                drop(std::fs::remove_file(&expected_path));
            } else {
                std::fs::write(&expected_path, &found).unwrap();
            }
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if expected != found {
            wrong.push(format!(
                "{}:\n{found}\nexpected:\n{expected}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tests_of_every_case_pass() {
    let mut failed = Vec::new();
    for path in all() {
        let case = Case::load(&path);
        if case.stage == Stage::Parse {
            continue;
        }
        let suite = run(&compile(&case.bundle), &|_| true).unwrap();
        let wrong = suite.results.iter().filter(|r| !r.failures.is_empty());
        failed.extend(wrong.map(|r| format!("{}: {}: {:?}", path.display(), r.name, r.failures)));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_code_of_the_front_end_has_a_case() {
    use tollgate_ecl::codes::{lexer, parser};
    if std::env::var_os("UPDATE").is_some() {
        // The files are being written.
        return;
    }
    let shown: String = all()
        .iter()
        .filter_map(|p| std::fs::read_to_string(p.with_extension("txt")).ok())
        .collect();
    let without: Vec<String> = lexer::TABLE
        .iter()
        .chain(parser::TABLE)
        .map(|e| e.code.to_string())
        // A file that is not UTF-8 or too large is refused before it is text.
        .filter(|code| !["E0108", "E0109"].contains(&code.as_str()))
        .filter(|code| !shown.contains(&format!("[{code}]")))
        .collect();
    assert!(
        without.is_empty(),
        "no case in tests/cases shows {without:?}"
    );
}
