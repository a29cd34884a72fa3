//! `cargo xtask ecl-diff`: the differential tests of the policy language at length, optimised.

use std::process::Command;

use anyhow::Result;

use crate::{cargo, paths};

/// Runs the comparison with the arguments given; see `crates/tollgate-ecl/examples/ecl-diff`, which needs the language alone
/// and is built in a minute. Beginning with `--compiled 1` it is the one of `crates/tollgate/examples/ecl_diff`, built with
/// the whole workspace so that the engine has the features it has everywhere.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (build, example, arguments) = match arguments {
        [flag, yes, rest @ ..] if flag == "--compiled" && yes == "1" => (
            "build --release --workspace --example ecl_diff",
            "ecl_diff",
            rest,
        ),
        all => (
            "build --release -p tollgate-ecl --features oracle --example ecl-diff",
            "ecl-diff",
            all,
        ),
    };
    cargo::run(&mut cargo::cargo(build.split(' ')))?;
    let built = paths::target().join("release/examples").join(example);
    cargo::run(Command::new(built).args(arguments))
}
