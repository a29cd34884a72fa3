//! `cargo xtask ts-diff`: random TypeScript in Node and in modules of the compiler.

use std::process::Command;

use anyhow::Result;

use crate::{cargo, paths};

/// Runs the comparison with the arguments given; see `crates/tollgate-forge/examples/ts-diff.rs`. It needs Node.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let build = "build -p tollgate-forge --example ts-diff";
    cargo::run(&mut cargo::cargo(build.split(' ')))?;
    let built = paths::target().join("debug/examples/ts-diff");
    cargo::run(Command::new(built).args(arguments))
}
