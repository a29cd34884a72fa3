//! `cargo xtask features`: every declared feature of every crate builds alone, all of them together, and none.
//!
//! Features add an artifact and never change behaviour, so pairs need no build of their own.

use anyhow::{Context, Result};

use crate::cargo;

pub(crate) fn check() -> Result<()> {
    for (package, features) in packages()? {
        if features.is_empty() {
            continue;
        }
        check_one(&package, &["--no-default-features"])?;
        check_one(&package, &["--all-features"])?;
        for feature in features {
            check_one(&package, &["--no-default-features", "--features", &feature])?;
        }
    }
    Ok(())
}

fn check_one(package: &str, arguments: &[&str]) -> Result<()> {
    let mut command = cargo::cargo(["check", "--quiet", "--package", package]);
    cargo::run(command.args(arguments))
}

/// The crates of the workspace with their features, `default` left out, as cargo itself reports them.
fn packages() -> Result<Vec<(String, Vec<String>)>> {
    let text = cargo::output(&mut cargo::cargo([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&text).context("`cargo metadata` did not answer with JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` names no packages")?;
    let read = |package: &serde_json::Value| {
        let name = package["name"].as_str()?.to_owned();
        let features = package["features"].as_object()?;
        Some((
            name,
            features
                .keys()
                .filter(|feature| *feature != "default")
                .cloned()
                .collect(),
        ))
    };
    packages
        .iter()
        .map(|package| read(package).context("a package without a name or features"))
        .collect()
}
