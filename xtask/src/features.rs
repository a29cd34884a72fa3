//! `cargo xtask features`: every declared feature of every crate builds alone, all of them together, and none.
//!
//! Features add an artifact and never change behaviour, so pairs need no build of their own. All commands name the whole
//! workspace, less the crates that would switch features on again: third-party crates then keep the features
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
        let dependents = packages.iter().filter(|other| other.switches_on(package));
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
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    /// It is used with its default features.
    with_default: bool,
    /// Features of it are asked for.
    with_others: bool,
}

impl Package {
    /// Whether features of `other` are on wherever this package is built.
    fn switches_on(&self, other: &Self) -> bool {
        self.dependencies.iter().any(|dependency| {
            let with_default = dependency.with_default && other.has_default;
            dependency.name == other.name && (with_default || dependency.with_others)
        })
    }
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
    let dependencies = dependencies
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .filter_map(|dependency| {
            Some(Dependency {
                name: dependency["name"].as_str()?.to_owned(),
                with_default: dependency["uses_default_features"] == true,
                with_others: !dependency["features"].as_array()?.is_empty(),
            })
        });
    Some(Package {
        name: package["name"].as_str()?.to_owned(),
        features: features
            .keys()
            .filter(|feature| *feature != "default")
            .cloned()
            .collect(),
        has_default: features.contains_key("default"),
        dependencies: dependencies.collect(),
    })
}
