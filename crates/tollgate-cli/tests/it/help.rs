//! What `--help` says, as a user reads it.

use crate::command::tollgate;

fn help(arguments: &[&str]) -> String {
    tollgate(arguments.iter().copied().chain(["--help"]))
        .env("COLUMNS", "100")
        .ends_with(0)
        .stdout
}

#[test]
fn the_commands() {
    insta::assert_snapshot!(help(&[]));
}

#[test]
fn run() {
    insta::assert_snapshot!(help(&["run"]));
}

#[test]
fn the_other_commands() {
    for command in [
        "inspect",
        "plan",
        "validate",
        "cache",
        "doctor",
        "verify",
        "key",
        "serve",
        "module",
        "cast",
        "casts",
        "audit",
        "budget",
        "price",
        "quota",
        "access",
        "new",
        "completions",
        "man",
    ] {
        insta::assert_snapshot!(command, help(&[command]));
    }
}

#[test]
fn gateway() {
    for command in ["decide", "policies", "issuer", "issue"] {
        insta::assert_snapshot!(format!("gateway_{command}"), help(&["gateway", command]));
    }
    insta::assert_snapshot!("policy_backtest", help(&["policy", "backtest"]));
    insta::assert_snapshot!("gateway_facts_load", help(&["gateway", "facts", "load"]));
}

#[test]
fn approvals() {
    for command in ["list", "show", "answer", "watch"] {
        let name = format!("approvals_{command}");
        insta::assert_snapshot!(name, help(&["approvals", command]));
    }
}

#[test]
fn the_version_is_an_answer() {
    let version = concat!("tollgate ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(tollgate(["--version"]).ends_with(0).stdout, version);
    let first = tollgate(["doctor"]).ends().stdout;
    let start = format!("version    ok       {} on ", version.trim_end());
    assert!(first.starts_with(&start), "{first}");
}
