//! Third-party programs: real command-line tools from crates.io, written by others for no particular runtime.
//!
//! They are the proof that programs run unchanged. They are installed at fixed versions into the cache folder, which
//! outlives a clone, copied to `guests/build/programs/`, and never committed.

use std::fs;

use anyhow::{Context, Result};

use crate::cargo;
use crate::paths;

struct Program {
    krate: &'static str,
    version: &'static str,
    target: &'static str,
    binary: &'static str,
}

/// One that formats, one that cuts fields and reads standard input, and coreutils as core modules and as components.
const PROGRAMS: [Program; 4] = [
    Program {
        krate: "hexyl",
        version: "0.17.0",
        target: "wasm32-wasip1",
        binary: "hexyl.wasm",
    },
    Program {
        krate: "choose",
        version: "1.3.7",
        target: "wasm32-wasip1",
        binary: "choose.wasm",
    },
    Program {
        krate: "uu_printenv",
        version: "0.12.0",
        target: "wasm32-wasip1",
        binary: "printenv.wasm",
    },
    Program {
        krate: "uu_cksum",
        version: "0.12.0",
        target: "wasm32-wasip2",
        binary: "cksum.wasm",
    },
];

pub(crate) fn install() -> Result<()> {
    let destination = paths::guests_build().join("programs");
    fs::create_dir_all(&destination)
        .with_context(|| format!("cannot make `{}`", destination.display()))?;
    for program in &PROGRAMS {
        let root = paths::cache().join("programs").join(format!(
            "{}-{}-{}",
            program.krate, program.version, program.target
        ));
        let installed = root.join("bin").join(program.binary);
        if !installed.is_file() {
            let version = format!("{}@{}", program.krate, program.version);
            let mut command = cargo::cargo([
                "install",
                "--quiet",
                "--locked",
                &version,
                "--target",
                program.target,
                "--root",
            ]);
            command
                .arg(&root)
                .env("CARGO_TARGET_DIR", paths::target().join("programs"));
            cargo::run(&mut command)?;
        }
        let copy = destination.join(program.binary);
        fs::copy(&installed, &copy)
            .with_context(|| format!("cannot copy `{}`", installed.display()))?;
    }
    Ok(())
}
