//! `cargo xtask ecl-diff`: the differential test of the policy language at length, optimised.

use anyhow::Result;

use crate::cargo;

/// Runs it with the arguments given; see `crates/tollgate-ecl/examples/ecl-diff.rs`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let build = "run --release -p tollgate-ecl --features oracle --example ecl-diff --";
    let arguments = arguments.iter().map(String::as_str);
    cargo::run(&mut cargo::cargo(build.split(' ').chain(arguments)))
}
