//! `cargo xtask test`: every test there is, then the pages. Guests and third-party programs come first, because tests run them.

use std::path::PathBuf;

use anyhow::Result;

use crate::cargo;
use crate::{docs, editors, guests, programs};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    guests::build()?;
    programs::install()?;
    editors::install()?;
    if arguments.is_empty() {
        // This builds the examples and the binaries as well, before the tests that start them.
        let mut test = cargo::cargo(["test", "--workspace", "--no-fail-fast"]);
        if !has_postgres() && std::env::var_os("CI").is_none() {
            println!(
                "SKIPPED: the tests with PostgreSQL, which is not installed: `apt-get install postgresql`"
            );
            test.args(["--", "--skip", "postgres::"]);
        }
        cargo::run(&mut test)?;
        docs::run(&docs::Arguments::default())
    } else {
        cargo::run(cargo::cargo(["test"]).args(arguments))
    }
}

/// Whether there is what makes a database of PostgreSQL, which Debian does not put on the path.
pub(crate) fn has_postgres() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/lib/postgresql/15/bin")])
        .any(|folder| folder.join("initdb").is_file())
}
