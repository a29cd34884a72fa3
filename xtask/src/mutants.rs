//! `cargo xtask mutants`: changes the files that decide, one small change at a time, and finds those that no test notices.
//!
//! cargo-mutants makes the changes (a condition turned round, a bound off by one, a function that answers yes) and runs the
//! tests of [`table`] for each. It works on a copy of the repository in the target folder, always the same, so that one change
//! is one incremental build, and so that nobody's files are touched. What no test could notice is listed with its reason in
//! `.cargo/mutants.toml`.

mod outcome;
mod shard;
mod table;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use self::outcome::Outcome;
use self::shard::Shard;
use self::table::{Deciding, OWN};
use crate::{cargo, guests, paths, tree};

/// The version whose mutants are counted; another one makes others.
const VERSION: &str = "27.1.0";
/// Seconds that the tests of a mutant have at least.
const TEST_SECONDS: &str = "30";
/// Seconds that building a mutant has.
const BUILD_SECONDS: &str = "900";

/// What to change.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only the K-th of N parts: `0/50`. `commit/50` takes another part for each commit.
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Only files of crates that are built without the engine: a mutant takes seconds there, and a minute or more elsewhere.
    #[arg(long)]
    light: bool,
    /// Only files whose paths end with one of these, for instance `mana.rs`. Default: all files that decide.
    #[arg(value_name = "FILE")]
    files: Vec<String>,
}

/// Tries the mutants; an error if tests notice too few of them.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    installed()?;
    let mut files = table::chosen(&arguments.files)?;
    files.retain(|file| file.is_light() || !arguments.light);
    anyhow::ensure!(
        !files.is_empty(),
        "none of these files is in a crate that is built without the engine"
    );
    if files.iter().any(|file| file.needs_guests()) {
        guests::build()?;
    }
    let tree = folder().join("tree");
    tree::copy(&tree)?;
    link_guests(&tree)?;
    let mut outcomes = Vec::new();
    for (file, names) in chosen(&tree, &files, arguments.shard)? {
        if !names.is_empty() {
            outcomes.push(attempt(&tree, file, &names)?);
        }
    }
    anyhow::ensure!(!outcomes.is_empty(), "there is no mutant in this shard");
    outcome::print(&outcomes);
    match arguments.shard {
        None => outcome::all_hold(&outcomes),
        Some(_) => outcome::sum_holds(&outcomes),
    }
}

fn installed() -> Result<()> {
    let version = cargo::output(&mut cargo::cargo(["mutants", "--version"])).unwrap_or_default();
    anyhow::ensure!(
        version.trim() == format!("cargo-mutants {VERSION}"),
        "cargo-mutants {VERSION} is not installed; `cargo install --locked cargo-mutants@{VERSION}` installs it"
    );
    Ok(())
}

/// Returns the names of the mutants to try, file by file. A shard is one of all files together.
fn chosen<'a>(
    tree: &Path,
    files: &[&'a Deciding],
    shard: Option<Shard>,
) -> Result<Vec<(&'a Deciding, Vec<String>)>> {
    let lists = files.iter().map(|file| Ok((*file, names(tree, file)?)));
    let mut lists = lists.collect::<Result<Vec<_>>>()?;
    let count = lists.iter().map(|(_, names)| names.len()).sum();
    let taken = shard.map_or(0..count, |shard| shard.of(count));
    let mut number = 0..;
    for (_, names) in &mut lists {
        names.retain(|_| number.next().is_some_and(|number| taken.contains(&number)));
    }
    Ok(lists)
}

/// Returns the names of all mutants of a file.
fn names(tree: &Path, file: &Deciding) -> Result<Vec<String>> {
    let mut command = cargo::cargo(["mutants", "--list", "--json", "--file"]);
    let text = cargo::output(command.arg(file.path).current_dir(tree))?;
    let list: Vec<Value> =
        serde_json::from_str(&text).context("`cargo mutants --list` did not answer with JSON")?;
    let names = list.iter().map(|mutant| {
        let name = mutant["name"].as_str();
        name.map(str::to_owned).context("a mutant without a name")
    });
    names.collect()
}

/// Tries the mutants of one file.
fn attempt(tree: &Path, file: &Deciding, names: &[String]) -> Result<Outcome> {
    let report = report_folder();
    let mut command = cargo::cargo(["mutants", "--in-place", "--colors", "never", "--no-times"]);
    command
        .current_dir(tree)
        .args(["--minimum-test-timeout", TEST_SECONDS])
        .args(["--build-timeout", BUILD_SECONDS])
        .args(["--file", file.path, "--output"])
        .arg(&report);
    for name in names {
        command.arg("--re").arg(exactly(name));
    }
    for package in file.packages() {
        command.args(["--test-package", package]);
    }
    for target in file.targets() {
        command.arg(format!("--cargo-arg={target}"));
    }
    // Our own crates are built quickly; what is below them stays as it is built for everything else.
    for package in OWN {
        let fast = format!("profile.dev.package.{package}.opt-level=0");
        command.arg(format!("--cargo-arg=--config={fast}"));
    }
    command.args(["--", "--"]).args(file.tests);
    settings(&mut command, file);
    println!("\n=== {}: {} mutants", file.path, names.len());
    let started = Instant::now();
    let status = command.status().context("cannot start cargo-mutants")?;
    // 2: some were missed; 3: some ran out of time. Both stand in the report.
    anyhow::ensure!(
        matches!(status.code(), Some(0 | 2 | 3)),
        "cargo-mutants failed on `{}`: {status}; the logs are in `{}`",
        file.path,
        report.join("mutants.out/log").display()
    );
    Outcome::read(file.path, &report, started.elapsed())
}

/// A pattern that matches this name and no other.
fn exactly(name: &str) -> String {
    let mut pattern = String::from("^");
    for char in name.chars() {
        if r"\.+*?()|[]{}^$".contains(char) {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern.push('$');
    pattern
}

/// Everything that belongs to this command.
fn folder() -> PathBuf {
    paths::target().join("mutants")
}

fn report_folder() -> PathBuf {
    folder().join("report")
}

/// Tests look for built guests beside their crates.
fn link_guests(tree: &Path) -> Result<()> {
    let link = tree.join("guests/build");
    match std::os::unix::fs::symlink(paths::guests_build(), &link) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot link `{}`", link.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn settings(command: &mut Command, file: &Deciding) {
    command
        .env("CARGO_TARGET_DIR", paths::target())
        .env("CARGO_INCREMENTAL", "1")
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    let memory = Path::new("/dev/shm");
    if file.waits_for_the_disk() && memory.is_dir() {
        command.env("TMPDIR", memory);
    }
}
