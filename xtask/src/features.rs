//! `cargo xtask features`: every declared feature of every crate builds alone, all of them together, and none.
//!
//! Features add an artifact and never change behaviour, so pairs need no build of their own. All commands name the whole
//! workspace, less the crates that would switch the default features on again: third-party crates then keep the features
//! they have in every other build, and the engine is not built once more for each combination.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::cargo;

pub(crate) fn check() -> Result<()> {
    let packages = packages()?;
    for package in &packages {
        if package.features.is_empty() {
            continue;
        }
        let dependents = packages.iter().filter(|other| {
            let defaults = &other.with_default_features_of;
            package.has_default && defaults.contains(&package.name)
        });
        let excluded: Vec<&str> = dependents.map(|other| &*other.name).collect();
        let named: Vec<String> = package
            .features
            .iter()
            .map(|feature| format!("{}/{feature}", package.name))
            .collect();
        check_one(&excluded, "")?;
        for feature in &named {
            check_one(&excluded, feature)?;
        }
        if named.len() > 1 {
            check_one(&excluded, &named.join(","))?;
        }
    }
    Ok(())
}

fn check_one(excluded: &[&str], features: &str) -> Result<()> {
    let mut command = cargo::cargo(["check", "--quiet", "--workspace", "--no-default-features"]);
    for package in excluded {
        command.args(["--exclude", package]);
    }
    if !features.is_empty() {
        command.args(["--features", features]);
    }
    cargo::run(&mut command)
}

struct Package {
    name: String,
    /// `default` left out.
    features: Vec<String>,
    has_default: bool,
    with_default_features_of: Vec<String>,
}

/// The crates of the workspace, as cargo itself reports them.
fn packages() -> Result<Vec<Package>> {
    let text = cargo::output(&mut cargo::cargo([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    let metadata: Value =
        serde_json::from_str(&text).context("`cargo metadata` did not answer with JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` names no packages")?;
    let read = |package: &Value| read(package).context("a package without a name or features");
    packages.iter().map(read).collect()
}

fn read(package: &Value) -> Option<Package> {
    let features = package["features"].as_object()?;
    let dependencies = package["dependencies"].as_array()?;
    let defaults = dependencies
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .filter(|dependency| dependency["uses_default_features"] == true)
        .filter_map(|dependency| Some(dependency["name"].as_str()?.to_owned()));
    Some(Package {
        name: package["name"].as_str()?.to_owned(),
        features: features
            .keys()
            .filter(|feature| *feature != "default")
            .cloned()
            .collect(),
        has_default: features.contains_key("default"),
        with_default_features_of: defaults.collect(),
    })
}
