//! `--profile isolated`: the same run in a process of its own.

use crate::command::{guest, run};

#[test]
fn an_isolated_program_gets_its_folders_arguments_input_and_exit_code() {
    let arguments = [
        "--profile=isolated",
        "--quiet",
        "--allow-read=data",
        "--",
        "data",
        "-",
    ];
    let ran = run(std::iter::once(&*guest("wordstat")).chain(arguments))
        .file("data/a.txt", "one two two")
        .input("two three")
        .ends_with(0);
    assert!(
        ran.stdout.contains("words 5") && ran.stdout.contains("3 two"),
        "{}",
        ran.stdout
    );
    run([&*guest("exit"), "--profile=isolated", "--quiet"]).ends_with(42);
}

#[test]
fn an_isolated_program_is_denied_and_limited_like_any_other() {
    let ran = run([&*guest("wordstat"), "--profile=isolated", "--", "data"])
        .file("data/a.txt", "one")
        .ends_with(1);
    assert!(ran.stderr.contains("`--allow-read=data`"), "{}", ran.stderr);
    run([&*guest("spin"), "--profile=isolated", "--gas=1M"]).ends_with(152);
    run([
        &*guest("memory-bomb"),
        "--profile=isolated",
        "--memory=8MiB",
    ])
    .ends_with(137);
}

#[test]
fn the_same_run_uses_the_same_gas_isolated_or_not() {
    let gas = |flag: &str| {
        let ran = run([&*guest("hello"), flag, "--format=json"]).ends_with(0);
        ran.json()["usage"]["gas"].clone()
    };
    assert_eq!(gas("--profile=isolated"), gas("--profile=metered"));
}
