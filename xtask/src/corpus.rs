//! Modules that others publish, run unchanged with real input and the least grants: `cargo xtask corpus`.
//!
//! They are installed by the usual clients (npm, pip) at fixed versions into the cache folder, which outlives a clone, and never
//! committed. Each case says what the program is given and what must come of it. A part of them is quick enough for every
//! change (`--quick`, a step of `.ci/run`); all of them write the table of `docs/compatibility.md` (`--write`), whose figures
//! are the same on every machine. What is compiled is compiled by this change: no run uses the code of another.

mod cases;
mod install;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cargo;
use crate::paths;
use cases::{CASES, Case, Expected, Pace};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only those that are quick to compile
    #[arg(long, conflicts_with = "write")]
    quick: bool,
    /// Write the table of docs/compatibility.md
    #[arg(long)]
    write: bool,
    /// Only the case with this name
    #[arg(long, conflicts_with = "write")]
    only: Option<String>,
}

/// What a run left that was as expected.
struct Ran {
    /// The report; none of a module that was refused or only checked.
    report: Option<Value>,
    bytes: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let chosen: Vec<&Case> = CASES
        .iter()
        .filter(|case| !arguments.quick || case.pace == Pace::Quick)
        .filter(|case| {
            arguments
                .only
                .as_deref()
                .is_none_or(|only| case.name == only)
        })
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        bail!("no such case; there are {}", names.join(", "));
    }
    let mut build = cargo::cargo(["build", "--quiet", "--workspace", "--bin", "tollgate"]);
    for case in &chosen {
        if let Expected::Hosted { example, .. } = case.expected {
            build.args(["--example", example]);
        }
    }
    cargo::run(&mut build)?;
    let code = paths::target().join("corpus").join("code");
    paths::forget(&code)?;
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    for case in chosen {
        let started = Instant::now();
        match one(case, &code) {
            Ok(ran) => {
                let seconds = started.elapsed().as_secs_f64();
                eprintln!("{}: as expected, in {seconds:.1} s", case.name);
                rows.push(table::row(case, &ran));
            }
            Err(error) => wrong.push(format!("{}: {error:#}", case.name)),
        }
    }
    if !wrong.is_empty() {
        bail!("not as expected:\n{}", wrong.join("\n"));
    }
    if arguments.write {
        table::write(&rows)?;
    }
    Ok(())
}

/// The modules that are wanted and need no proposal beyond the standard ones, by the names of their cases, installed if they
/// are not there yet.
pub(crate) fn installed(wanted: impl Fn(&str) -> bool) -> Result<Vec<(&'static str, PathBuf)>> {
    CASES
        .iter()
        .filter(|case| wanted(case.name))
        .filter(|case| !case.flags.iter().any(|flag| flag.starts_with("--proposal")))
        .map(|case| Ok((case.name, install::module(&case.source)?)))
        .collect()
}

fn one(case: &Case, code: &Path) -> Result<Ran> {
    let module = install::module(&case.source)?;
    let bytes = fs::metadata(&module)
        .with_context(|| format!("`{}` is not in its package", module.display()))?
        .len();
    let folder = folder(case)?;
    let report = folder.join("report.json");
    let mut command = match case.expected {
        Expected::Valid => {
            let mut command = Command::new(built("tollgate"));
            command.arg("validate").arg(&module).args(case.flags);
            command
        }
        Expected::Hosted { example, .. } => {
            let mut command = Command::new(built(&format!("examples/{example}")));
            command.arg(&module).args(case.arguments);
            command
        }
        Expected::Prints(_) | Expected::Makes(..) | Expected::Refused(_) => {
            let mut command = Command::new(built("tollgate"));
            command
                .arg("run")
                .arg(&module)
                .args(["--quiet", "--report=report.json"])
                .args(case.flags)
                .arg("--")
                .args(case.arguments);
            command
        }
    };
    command
        .current_dir(&folder)
        .env("TOLLGATE_CACHE_DIR", code)
        .stdin(Stdio::null());
    let shown = cargo::show(&command);
    let output = command
        .output()
        .with_context(|| format!("cannot start `{shown}`"))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let as_expected = match case.expected {
        Expected::Prints(text) | Expected::Hosted { prints: text, .. } => {
            output.status.success() && (stdout.contains(text) || stderr.contains(text))
        }
        Expected::Makes(file, begins) => {
            output.status.success()
                && fs::read(folder.join(file)).is_ok_and(|made| made.starts_with(begins))
        }
        Expected::Refused(why) => output.status.code() == Some(65) && stderr.contains(why),
        Expected::Valid => output.status.success(),
    };
    if !as_expected {
        bail!("{}\n$ {shown}\n{stdout}{stderr}", output.status);
    }
    let report = fs::read(&report)
        .ok()
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()
        .context("the report is not JSON")?;
    Ok(Ran { report, bytes })
}

/// A fresh folder with the files of a case.
fn folder(case: &Case) -> Result<PathBuf> {
    let folder = paths::target().join("corpus").join(case.name);
    paths::forget(&folder)?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    for (name, text) in case.files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot make `{}`", parent.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(folder)
}

/// A program of this repository.
fn built(name: &str) -> PathBuf {
    let path = paths::target().join("debug").join(name);
    if path.is_absolute() {
        path
    } else {
        Path::new(&paths::root()).join(path)
    }
}
