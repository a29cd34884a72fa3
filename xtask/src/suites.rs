//! The long suites: hostile modules, cache tampering, bytes of strangers. The seed and the size come from their own arguments.

use std::process::Command;

use anyhow::Result;

use crate::cargo;
use crate::paths;

pub(crate) fn hostile(arguments: &[String]) -> Result<()> {
    example("hostile", arguments)
}

pub(crate) fn cache_tamper(arguments: &[String]) -> Result<()> {
    example("cache_tamper", arguments)
}

pub(crate) fn strangers(arguments: &[String]) -> Result<()> {
    example("strangers", arguments)
}

/// Runs an example of the sandbox, built with the whole workspace: one choice of features, so nothing is built twice.
fn example(name: &str, arguments: &[String]) -> Result<()> {
    cargo::run(&mut cargo::cargo(["build", "--workspace", "--examples"]))?;
    let program = paths::target().join("debug").join("examples").join(name);
    // What `--` separates from our own arguments is for the example.
    let arguments = arguments.iter().filter(|argument| *argument != "--");
    cargo::run(Command::new(program).args(arguments))
}
