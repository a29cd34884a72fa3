//! The long suites: hostile modules, cache tampering, benchmarks. Each is a test target or a benchmark package, run in
//! the profile it was written for; the seed and the size come from its own arguments.

use anyhow::{Result, bail};

use crate::cargo;
use crate::guests;
use crate::paths;

pub(crate) fn hostile(arguments: &[String]) -> Result<()> {
    suite("hostile", arguments)
}

pub(crate) fn cache_tamper(arguments: &[String]) -> Result<()> {
    suite("cache_tamper", arguments)
}

fn suite(name: &str, arguments: &[String]) -> Result<()> {
    let mut command = cargo::cargo(["test", "-p", "tollgate-sandbox", "--test", name, "--"]);
    cargo::run(command.args(arguments))
}

/// Benchmarks are packages of their own under `bench/`, because what they compare with is no dependency of ours.
pub(crate) fn bench(name: &str, arguments: &[String]) -> Result<()> {
    let manifest = paths::root().join("bench").join(name).join("Cargo.toml");
    if !manifest.is_file() {
        bail!(
            "no benchmark named `{name}`: `{}` does not exist",
            manifest.display()
        );
    }
    guests::build()?;
    let mut command = cargo::cargo(["run", "--release", "--manifest-path"]);
    cargo::run(command.arg(&manifest).arg("--").args(arguments))
}
