//! What a user sees for every code: the example of its table entry, rendered.

use std::path::{Path, PathBuf};

use tollgate_ecl::bundle::Bundle;
use tollgate_ecl::check::compile;
use tollgate_ecl::codes::{Entry, check, lexer, parser};
use tollgate_ecl::render::{Style, render};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/codes")
}

/// The diagnostics of an entry's example; empty when the example is in words.
fn shown(entry: &Entry) -> String {
    let bundle = Bundle::single("example.ecl", entry.example);
    let all = compile(&bundle).diagnostics;
    let own: Vec<_> = all.into_iter().filter(|d| d.code == entry.code).collect();
    render(&bundle, &own, Style::Plain)
}

#[test]
fn every_code_looks_as_reviewed() {
    let mut wrong = Vec::new();
    for entry in lexer::TABLE.iter().chain(parser::TABLE).chain(check::TABLE) {
        let path = folder().join(format!("{}.txt", entry.code));
        let found = shown(entry);
        if found.is_empty() {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{}:\n{found}\nexpected:\n{expected}", entry.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
