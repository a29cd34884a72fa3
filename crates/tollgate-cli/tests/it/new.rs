//! `tollgate new`: what it prints is in the README that it writes. What that says is done by `cargo xtask docs`.

use std::fs;

use crate::command::{Ran, tollgate};

const KINDS: [&str; 6] = ["rust", "component", "c", "wat", "ts", "policy"];

fn new(kind: &str, path: &str) -> Ran {
    tollgate(["new", kind, path]).ends()
}

#[test]
fn the_commands_that_it_prints_are_those_of_the_readme() {
    for kind in KINDS {
        prints_its_readme(kind);
    }
}

fn prints_its_readme(kind: &str) {
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
    for kind in KINDS {
        assert!(ran.stderr.contains(kind), "{}", ran.stderr);
    }
}
