//! Programs written by others, from crates.io, for no particular runtime: they run unchanged.
//!
//! `cargo xtask programs` installs them at fixed versions.

use crate::command::{repository, run};

fn program(name: &str) -> String {
    let path = repository()
        .join("guests/build/programs")
        .join(name)
        .with_extension("wasm");
    assert!(
        path.is_file(),
        "`{}` is missing; run `cargo xtask programs`",
        path.display()
    );
    path.to_string_lossy().into_owned()
}

#[test]
fn hexyl_shows_a_granted_file() {
    let arguments = [
        "--quiet",
        "--allow-read=data",
        "--",
        "--plain",
        "--color=never",
        "data/bytes",
    ];
    let ran = run(std::iter::once(&*program("hexyl")).chain(arguments))
        .file("data/bytes", "Tollgate")
        .ends_with(0);
    assert_eq!(ran.stdout.trim(), "54 6f 6c 6c 67 61 74 65");
}

#[test]
fn hexyl_fails_as_programs_do_without_the_grant() {
    let ran = run([&*program("hexyl"), "--", "data/bytes"])
        .file("data/bytes", "Tollgate")
        .ends_with(1);
    assert!(ran.stderr.contains("--allow-read"), "{}", ran.stderr);
}

#[test]
fn choose_reads_standard_input() {
    let ran = run([&*program("choose"), "--quiet", "--", "0", "2"])
        .input("a b c\nd e f\n")
        .ends_with(0);
    assert_eq!(ran.stdout, "a c\nd f\n");
}

#[test]
fn choose_reads_a_file_and_reports_wrong_use_with_its_own_code() {
    let arguments = [
        "--quiet",
        "--allow-read=in",
        "--",
        "-f",
        ":",
        "--input",
        "in/table",
        "1",
    ];
    let ran = run(std::iter::once(&*program("choose")).chain(arguments))
        .file("in/table", "a:b\nc:d\n")
        .ends_with(0);
    assert_eq!(ran.stdout, "b\nd\n");
    let ran = run([&*program("choose"), "--quiet", "--", "--no-such-flag"]).ends_with(1);
    assert!(ran.stderr.contains("--no-such-flag"), "{}", ran.stderr);
}

#[test]
fn cksum_is_a_component_that_reads_files_and_standard_input() {
    let arguments = [
        "--quiet",
        "--allow-read=data",
        "--",
        "-a",
        "sha256",
        "--untagged",
        "data/a",
        "data/b",
    ];
    let test = run(std::iter::once(&*program("cksum")).chain(arguments))
        .file("data/a", "")
        .file("data/b", "abc");
    let ran = test.ends_with(0);
    assert_eq!(
        ran.stdout,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/a\n\
         ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  data/b\n"
    );
    let ran = run([&*program("cksum"), "--quiet"])
        .input("abc")
        .ends_with(0);
    assert_eq!(ran.stdout, "1219131554 3\n");
}

#[test]
fn cksum_ends_with_its_own_code_when_a_file_is_missing() {
    let arguments = ["--quiet", "--allow-read=data", "--", "data/missing"];
    let ran = run(std::iter::once(&*program("cksum")).chain(arguments))
        .file("data/a", "")
        .ends_with(1);
    assert!(ran.stderr.contains("data/missing"), "{}", ran.stderr);
}

#[test]
fn printenv_shows_the_variables_that_were_granted_and_no_other() {
    let printenv = program("printenv");
    let ran = run([
        &*printenv,
        "--quiet",
        "--allow-env=ONE",
        "--env=THREE=3",
        "--",
        "ONE",
        "THREE",
    ])
    .env("ONE", "1")
    .env("TWO", "2")
    .ends_with(0);
    assert_eq!(ran.stdout, "1\n3\n");
    let ran = run([&*printenv, "--quiet", "--", "TWO"])
        .env("TWO", "2")
        .ends_with(1);
    assert_eq!(ran.stdout, "");
    let ran = run([&*printenv, "--quiet"]).env("TWO", "2").ends_with(0);
    assert_eq!(ran.stdout, "", "nothing of this process is there");
}

#[test]
fn programs_run_isolated_as_well() {
    let arguments = [
        "--quiet",
        "--profile=isolated",
        "--allow-read=data",
        "--",
        "-a",
        "sha256",
        "--untagged",
        "data/b",
        "-",
    ];
    let ran = run(std::iter::once(&*program("cksum")).chain(arguments))
        .file("data/b", "abc")
        .input("abc")
        .ends_with(0);
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(ran.stdout, format!("{digest}  data/b\n{digest}  -\n"));
}
