//! `tollgate new`: what it makes builds, runs and is tested as its README says.

use std::fs;

use crate::command::{Ran, tollgate};
use crate::pages::{follow_text, missing};

fn new(kind: &str, path: &str) -> Ran {
    tollgate(["new", kind, path]).ends()
}

/// Makes one of a kind, and does what its README says.
fn follow(kind: &str) {
    let made = new(kind, "guests/my-guest");
    assert_eq!(made.code, 0, "{}", made.stderr);
    let folder = made.folder.path().join("guests/my-guest");
    let readme = fs::read_to_string(folder.join("README.md")).expect("a README");
    assert!(
        made.stdout.contains("  cd guests/my-guest\n"),
        "{}",
        made.stdout
    );
    for line in made.stdout.lines().skip(3) {
        assert!(readme.contains(line.trim_start()), "{line}");
    }
    follow_text(&format!("README of {kind}"), &readme, &folder);
}

#[test]
fn a_new_rust_program_runs() {
    follow("rust");
}

#[test]
fn a_new_component_runs() {
    follow("component");
}

#[test]
fn a_new_c_program_runs() {
    if let Some(compiler) = missing("clang-14") {
        assert!(std::env::var_os("CI").is_none(), "CI has {compiler}");
        eprintln!("SKIPPED a_new_c_program_runs: `{compiler}` is not installed");
        return;
    }
    follow("c");
}

#[test]
fn a_new_module_in_wat_runs() {
    follow("wat");
}

#[test]
fn a_new_module_in_typescript_runs() {
    follow("ts");
}

#[test]
fn a_new_policy_decides() {
    follow("policy");
}

#[test]
fn what_is_there_is_kept() {
    let ran = tollgate(["new", "wat", "mine"])
        .file("mine/a.txt", "kept")
        .ends();
    assert_eq!(ran.code, 74);
    assert_eq!(
        ran.stderr,
        "tollgate: cannot make `mine`: it is there already, and nothing is written over; name another folder\n"
    );
    let kept: Vec<_> = fs::read_dir(ran.folder.path().join("mine"))
        .expect("a folder")
        .collect();
    assert_eq!(kept.len(), 1);
}

#[test]
fn a_name_that_is_none_comes_with_one_that_is() {
    let ran = new("rust", "Word Count");
    assert_eq!(ran.code, 64);
    assert!(
        ran.stderr.ends_with("for instance `word-count`\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(new("rust", "word-count").code, 0);
    assert_eq!(new("rust", "fn").code, 64);
}

#[test]
fn a_kind_that_is_none_is_told_with_all_that_are() {
    let ran = new("go", "x");
    assert_eq!(ran.code, 64);
    for kind in ["rust", "component", "c", "wat", "ts", "policy"] {
        assert!(ran.stderr.contains(kind), "{}", ran.stderr);
    }
}
