//! From the start of a process to the first result: our command with a warm cache, and the least program that runs
//! precompiled code with wasmtime and WASI, which is what `wasmtime run --allow-precompiled` does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use bench_measure::{MILLI, Plan, Report, Row, Subject};

use crate::guests;

/// The most our command may take, of the reference.
const START_MAX: f64 = 1.2;
const ROUNDS: usize = 60;

pub fn measure(report: &mut Report) -> Result<()> {
    report.section("From process start to the first result, code in the cache");
    let command = beside("tollgate")?;
    let precompiled = beside("precompiled")?;
    let folder = tempfile::tempdir()?;
    let large = folder.path().join("large.wasm");
    std::fs::write(&large, guests::large())?;
    let cases: [(&str, PathBuf, &[&str], &[&str]); 3] = [
        (
            "WASI program that prints a line",
            guests::example_path("hello"),
            &[],
            &[],
        ),
        (
            "a call into a 104 KB guest",
            guests::example_path("json-transform"),
            &["--invoke", "alloc"],
            &["16"],
        ),
        (
            "a call into a 207 KB module",
            large,
            &["--invoke", "first"],
            &["20", "22"],
        ),
    ];
    for (what, wasm, flags, arguments) in cases {
        let artifact = folder.path().join("artifact.cwasm");
        run(Command::new(&precompiled)
            .arg("--compile")
            .arg(&wasm)
            .arg(&artifact))?;
        let cache = folder.path().join("cache");
        let mut ours = Command::new(&command);
        ours.arg("run").arg(&wasm).args(flags);
        if !arguments.is_empty() {
            ours.arg("--").args(arguments);
        }
        ours.env("TOLLGATE_CACHE_DIR", &cache);
        let mut theirs = Command::new(&precompiled);
        theirs.arg(&artifact).args(flags).args(arguments);
        ensure!(
            run(&mut ours)? == run(&mut theirs)?,
            "{what}: the two print different things"
        );
        let samples = Plan::calls(ROUNDS).measure(&mut [
            Subject::new(|| run(&mut ours).is_ok()),
            Subject::new(|| run(&mut theirs).is_ok()),
        ]);
        report.row(
            Row::new(what)
                .ours(&samples[0], MILLI)
                .reference("wasmtime, precompiled", &samples[1], MILLI)
                .ratio_max(&samples[0].over(&samples[1]), START_MAX),
        );
    }
    Ok(())
}

/// A program that was built into the same folder as this one.
pub fn beside(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let path = own.parent().unwrap_or(Path::new(".")).join(name);
    ensure!(
        path.is_file(),
        "`{}` is not built; `cargo xtask bench sandbox` builds it",
        path.display()
    );
    Ok(path)
}

pub fn run(command: &mut Command) -> Result<Vec<u8>> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}
