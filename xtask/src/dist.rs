//! `cargo xtask dist`: what is installed, made from one static program: an archive, a Debian package, a folder that a container is
//! built from, a list of the parts, and the checksums of all of it.
//!
//! The program has the C library in it, so it runs on every Linux of the processor, also where there is nothing beside it. It is the
//! library of Debian, on which the lists of system calls of the jail were made. Everything else
//! is made of the program itself (pages, completions) and of the repository. Tools that write into the tree they describe get
//! a copy of it. Times in archives are those of the last commit, so the same commit makes the same archives.

mod layout;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use self::layout::Layout;
use crate::{cargo, guests, paths, tree};

/// What the program is built for. It is always named, so that flags are for the program and not for what builds it.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Puts the C library into the program, and asks the system for random numbers directly: looking the function up by its name finds
/// nothing in such a program, and what is tried then is a file that a jail does not have.
const FLAGS: &str = "-C target-feature=+crt-static --cfg getrandom_backend=\"linux_getrandom\"";
/// What archives say of the machine.
const MACHINE: &str = "x86_64-linux";
/// The version of everything that is made: that of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What to package.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A program that is built already, to try the packaging. Default: one is built with the profile `dist`, which takes long.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Makes everything and lists it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    tools::are_installed()?;
    let started = Instant::now();
    let program = match &arguments.program {
        Some(program) => fs::canonicalize(program)
            .with_context(|| format!("cannot find `{}`", program.display()))?,
        None => build()?,
    };
    eprintln!("dist: the program after {} s", started.elapsed().as_secs());
    let copy = folder().join("tree");
    tree::copy(&copy)?;
    let layout = Layout::make(&program, &copy.join("stage"))?;
    let made = [
        archive(&layout)?,
        debian(&copy)?,
        container(&layout)?,
        parts(&copy)?,
    ];
    checksums(&made)?;
    for name in made.iter().map(String::as_str).chain([CHECKSUMS]) {
        let path = folder().join(name);
        println!("{:>12}  {}", size(&path)?, path.display());
    }
    eprintln!("dist: all of it after {} s", started.elapsed().as_secs());
    Ok(())
}

/// Everything that belongs to this command.
fn folder() -> PathBuf {
    paths::target().join("dist")
}

/// Builds the program and returns where it is.
fn build() -> Result<PathBuf> {
    guests::build()?;
    let mut command = cargo::cargo(["build", "--locked", "--package", "tollgate-cli"]);
    command
        .args(["--profile", "dist", "--target", TARGET])
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", FLAGS);
    cargo::run(&mut command)?;
    Ok(paths::target().join(TARGET).join("dist/tollgate"))
}

/// Seconds since 1970 of the last commit.
fn epoch() -> Result<String> {
    let mut git = Command::new("git");
    git.args(["log", "-1", "--format=%ct"])
        .current_dir(paths::root());
    Ok(cargo::output(&mut git)?.trim().to_owned())
}

/// The layout as an archive that is unpacked into `/usr/local` or another folder of the kind.
fn archive(layout: &Layout) -> Result<String> {
    pack(&layout.root, &format!("tollgate-{VERSION}-{MACHINE}"))
}

/// Packs a folder, under the name of the archive. Order, owners and times depend on the commit alone.
fn pack(from: &Path, name: &str) -> Result<String> {
    let file = format!("{name}.tar.gz");
    cargo::run(
        Command::new("tar")
            .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
            .arg(format!("--mtime=@{}", epoch()?))
            .arg("--use-compress-program=gzip -n -9")
            .arg(format!("--transform=s,^\\.,{name},"))
            .arg("--create")
            .arg("--file")
            .arg(folder().join(&file))
            .arg("--directory")
            .arg(from)
            .arg("."),
    )?;
    Ok(file)
}

/// The package for Debian; what is in it stands in the manifest of the command.
fn debian(copy: &Path) -> Result<String> {
    let name = format!("tollgate_{VERSION}-1_amd64.deb");
    let mut command = cargo::cargo(["deb", "--no-build", "--no-strip", "--quiet", "--target"]);
    command
        .args([TARGET, "--manifest-path"])
        .arg(copy.join("crates/tollgate-cli/Cargo.toml"))
        .arg("--output")
        .arg(folder().join(&name))
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", folder().join("deb"))
        .env("SOURCE_DATE_EPOCH", epoch()?);
    cargo::run(&mut command)?;
    Ok(name)
}

/// What a container is built from, as an archive: the `Containerfile` and the files it copies.
fn container(layout: &Layout) -> Result<String> {
    let context = folder().join("container");
    paths::forget(&context)?;
    layout.container(&context)?;
    pack(&context, &format!("tollgate-{VERSION}-container"))
}

/// The parts that the program is made of, with versions and licences, in the form of CycloneDX.
fn parts(copy: &Path) -> Result<String> {
    let name = format!("tollgate-{VERSION}.cdx.json");
    let file = name.trim_end_matches(".json");
    let krate = copy.join("crates/tollgate-cli");
    let mut command = cargo::cargo(["cyclonedx", "--quiet", "--format", "json"]);
    command
        .args(["--spec-version", "1.5", "--target", TARGET])
        .args(["--override-filename", file, "--manifest-path"])
        .arg(krate.join("Cargo.toml"))
        .current_dir(copy)
        .env("SOURCE_DATE_EPOCH", epoch()?);
    cargo::run(&mut command)?;
    let made = krate.join(&name);
    let text =
        fs::read_to_string(&made).with_context(|| format!("cannot read `{}`", made.display()))?;
    // Our own crates are named by where they lie, which is nobody's business and another place on each machine.
    let text = text.replace(&copy.display().to_string(), "/tollgate");
    let path = folder().join(&name);
    fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(name)
}

const CHECKSUMS: &str = "SHA256SUMS";

/// Writes the digests of the files, as `sha256sum --check` reads them.
fn checksums(names: &[String]) -> Result<()> {
    let mut command = Command::new("sha256sum");
    command.arg("--").args(names).current_dir(folder());
    let sums = cargo::output(&mut command)?;
    let path = folder().join(CHECKSUMS);
    fs::write(&path, sums).with_context(|| format!("cannot write `{}`", path.display()))
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
    }
    fs::copy(from, to)
        .with_context(|| format!("cannot copy `{}` to `{}`", from.display(), to.display()))?;
    Ok(())
}

/// The size of a file in MiB.
fn size(path: &Path) -> Result<String> {
    let found = fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(format!("{:.2} MiB", found.len() as f64 / 1_048_576.0))
}
