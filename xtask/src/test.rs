//! `cargo xtask test`: every test there is, then the pages. Guests and third-party programs come first, because tests run them.

use anyhow::Result;

use crate::cargo;
use crate::{docs, guests, programs};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    guests::build()?;
    programs::install()?;
    if arguments.is_empty() {
        // This builds the examples and the binaries as well, before the tests that start them.
        cargo::run(&mut cargo::cargo(["test", "--workspace", "--no-fail-fast"]))?;
        docs::run(&docs::Arguments::default())
    } else {
        cargo::run(cargo::cargo(["test"]).args(arguments))
    }
}
