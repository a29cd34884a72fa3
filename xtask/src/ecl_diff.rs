//! `cargo xtask ecl-diff`: the differential test of the policy language at length, optimised.

use std::process::Command;

use anyhow::Result;

use crate::{cargo, paths};

/// Runs it with the arguments given; see `crates/tollgate/examples/ecl_diff/main.rs`. It is built with the whole workspace,
/// as everything is, so that the engine is not built a second time with other features.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let build = "build --release --workspace --example ecl_diff";
    cargo::run(&mut cargo::cargo(build.split(' ')))?;
    let built = paths::target().join("release/examples/ecl_diff");
    cargo::run(Command::new(built).args(arguments))
}
