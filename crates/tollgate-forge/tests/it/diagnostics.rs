//! What a user sees for every code, and the page that explains them.

use std::path::{Path, PathBuf};

use tollgate_forge::codes::{self, Code, modules, program, syntax, types};

use crate::engine::{LEVELS, build_files};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/codes")
}

/// What gives a code, where it is not the example of its entry.
fn source(code: Code, example: &str) -> String {
    match code {
        syntax::TOO_DEEP => format!("export const x = {}1{};", "(".repeat(200), ")".repeat(200)),
        syntax::TOO_LARGE => " ".repeat(1_100_000),
        syntax::TOO_MANY_ERRORS => "missing;\n".repeat(101),
        modules::NO_EXPORT => {
            format!("{example} export function f(): number {{ return missing; }}")
        }
        program::PROGRAM_TOO_LARGE => {
            let list: Vec<String> = (0..256).map(|n| format!("p{n}: number")).collect();
            format!("export function f({}): void {{ }}", list.join(", "))
        }
        types::NOT_DEFINED => example.to_owned(),
        _ => example.to_owned(),
    }
}

#[test]
fn every_code_looks_as_reviewed() {
    let mut wrong = Vec::new();
    for entry in codes::all().filter(|e| e.code != program::INTERNAL) {
        let text = source(entry.code, entry.example);
        let shown = match build_files(
            &[
                ("example.ts", &text),
                ("other.ts", "export const there = 1;"),
            ],
            LEVELS[0],
        ) {
            Ok(_) => String::new(),
            Err(shown) => only(&entry.code.to_string(), &shown),
        };
        let path = folder().join(format!("{}.txt", entry.code));
        if std::env::var_os("UPDATE").is_some() && !shown.is_empty() {
            std::fs::create_dir_all(folder()).expect("a folder");
            std::fs::write(&path, &shown).expect("a file");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if shown != expected || shown.is_empty() {
            wrong.push(format!("{}:\n{shown}\nexpected:\n{expected}", entry.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The reports of one code.
fn only(code: &str, shown: &str) -> String {
    let reports = shown
        .split("\n\n")
        .filter(|report| report.starts_with(&format!("error[{code}]")));
    let mut text: String = reports
        .take(2)
        .map(|report| format!("{report}\n\n"))
        .collect();
    text.truncate(text.trim_end().len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

#[test]
fn the_page_of_codes_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/typescript-errors.md");
    let expected = codes::markdown();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &expected).expect("the page is written");
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == expected,
        "docs/typescript-errors.md is out of date: UPDATE=1 cargo test -p tollgate-forge"
    );
}

#[test]
fn a_constant_without_a_value_is_told_to_have_one_of_this_language() {
    let shown = build_files(&[("example.ts", "const x;")], LEVELS[0]).expect_err("it is wrong");
    assert!(shown.contains("write its value: `= 0`"), "{shown}");
    assert!(!shown.contains("undefined"), "{shown}");
}

#[test]
fn a_function_that_is_not_there_is_told_a_function_and_no_variable() {
    let wrong = |source: &str| build_files(&[("example.ts", source)], LEVELS[0]).expect_err(source);
    let shown = wrong("export function f(n: number): number { return g(n); }");
    assert!(shown.contains("there is no function `g` here"), "{shown}");
    assert!(!shown.contains("did you mean `n`"), "{shown}");
    let shown = wrong(
        "function total(n: number): number { return n; } export function f(totals: number): number { return totl(totals); }",
    );
    assert!(shown.contains("did you mean `total`?"), "{shown}");
}
