//! `cargo xtask test`: every test there is. Guests and third-party programs come first, because tests run them.

use anyhow::Result;

use crate::cargo;
use crate::{guests, programs};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    guests::build()?;
    programs::install()?;
    if arguments.is_empty() {
        // Examples are compiled as tests would be, and each runs in an integration test of its crate.
        cargo::run(&mut cargo::cargo([
            "build",
            "--workspace",
            "--bins",
            "--examples",
        ]))?;
        cargo::run(&mut cargo::cargo(["test", "--workspace"]))
    } else {
        cargo::run(cargo::cargo(["test"]).args(arguments))
    }
}
