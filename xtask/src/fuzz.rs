//! `cargo xtask fuzz`: the properties of the policy language on random changes of a corpus, on a stable compiler.

use std::process::Command;

use anyhow::Result;

use crate::{cargo, paths};

/// Runs it with the arguments given; see `crates/tollgate-ecl/examples/ecl-fuzz.rs`. The tests have built it already.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let build = "build --workspace --features tollgate-ecl/oracle --example ecl-fuzz";
    cargo::run(&mut cargo::cargo(build.split(' ')))?;
    let built = paths::target().join("debug/examples/ecl-fuzz");
    cargo::run(Command::new(built).args(arguments))
}
