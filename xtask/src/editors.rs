//! The engine that editors read TextMate grammars with, for the test that holds ours against the lexer.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::packages::{Package, from_npm};
use crate::paths;

/// The files of the engine, and how the test calls them.
const FILES: [(Package, &str); 3] = [
    (
        Package {
            name: "vscode-textmate",
            version: "9.3.2",
            file: "release/main.js",
        },
        "vscode-textmate.cjs",
    ),
    (
        Package {
            name: "vscode-oniguruma",
            version: "2.0.1",
            file: "release/main.js",
        },
        "vscode-oniguruma.cjs",
    ),
    (
        Package {
            name: "vscode-oniguruma",
            version: "2.0.1",
            file: "release/onig.wasm",
        },
        "onig.wasm",
    ),
];

/// Puts the engine beside the guests. Without npm that is skipped, but not in CI.
pub(crate) fn install() -> Result<()> {
    if Command::new("npm").arg("--version").output().is_err() {
        if std::env::var_os("CI").is_some() {
            bail!("CI needs `npm`, which was not found");
        }
        println!("SKIPPED: the engine of editors, which npm installs: `apt-get install npm`");
        return Ok(());
    }
    let destination = paths::guests_build().join("textmate");
    fs::create_dir_all(&destination)
        .with_context(|| format!("cannot make `{}`", destination.display()))?;
    for (package, name) in &FILES {
        let installed = from_npm(package)?;
        fs::copy(&installed, destination.join(name))
            .with_context(|| format!("cannot copy `{}`", installed.display()))?;
    }
    Ok(())
}
