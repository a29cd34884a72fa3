//! `cargo xtask demo`: an untrusted program on real input, granted, denied, limited, and what each run cost.

use anyhow::Result;

use crate::cargo;
use crate::guests;

pub(crate) fn run() -> Result<()> {
    guests::build()?;
    cargo::run(&mut cargo::cargo(["build", "--package", "tollgate-cli"]))
}
