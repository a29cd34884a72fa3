//! Tools that packaging needs, each with what to type when it is missing.

use anyhow::Result;

use super::TARGET;
use crate::cargo;

/// A subcommand of cargo, at a fixed version.
struct Tool {
    name: &'static str,
    version: &'static str,
}

const TOOLS: [Tool; 2] = [
    Tool {
        name: "deb",
        version: "3.8.0",
    },
    Tool {
        name: "cyclonedx",
        version: "0.5.9",
    },
];

/// An error if one is missing; the target of the compiler is added.
pub(super) fn are_installed() -> Result<()> {
    for tool in &TOOLS {
        tool.is_installed()?;
    }
    cargo::add_targets(&[TARGET])
}

impl Tool {
    fn is_installed(&self) -> Result<()> {
        let Self { name, version } = self;
        let said = cargo::output(&mut cargo::cargo([name, "--version"])).unwrap_or_default();
        anyhow::ensure!(
            said.split_whitespace().any(|word| word == *version),
            "cargo-{name} {version} is not installed; `cargo install --locked cargo-{name}@{version}` installs it"
        );
        Ok(())
    }
}
