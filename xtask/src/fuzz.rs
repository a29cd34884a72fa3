//! `cargo xtask fuzz`: the properties of the policy language on random changes of a corpus, optimised, on a stable compiler.

use anyhow::Result;

use crate::cargo;

/// Runs it with the arguments given; see `crates/tollgate-ecl/examples/ecl-fuzz.rs`. Only the language is built: it is light.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let build = "run --release -p tollgate-ecl --features oracle --example ecl-fuzz --";
    let arguments = arguments.iter().map(String::as_str);
    cargo::run(&mut cargo::cargo(build.split(' ').chain(arguments)))
}
