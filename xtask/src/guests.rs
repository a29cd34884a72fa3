//! Builds the guests of `guests/` into `guests/build/`: the examples, and `ecl-host`, which the command has inside.
//!
//! Rust guests are a cargo workspace of their own; WAT is assembled here; C needs a compiler with a WASI library, and is
//! skipped loudly when there is none, because every other guest and test works without it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo;
use crate::paths;

struct RustGuest {
    package: &'static str,
    /// What it is called in `guests/build/`.
    name: &'static str,
    target: &'static str,
    /// What cargo calls the file.
    artifact: &'static str,
}

const RUST_GUESTS: [RustGuest; 11] = [
    // What takes inputs in for the host in JavaScript: the command has it inside.
    RustGuest {
        package: "ecl-host",
        name: "ecl-host",
        target: "wasm32-unknown-unknown",
        artifact: "ecl_host.wasm",
    },
    RustGuest {
        package: "ecl-corpus",
        name: "ecl-corpus",
        target: "wasm32-wasip1",
        artifact: "ecl-corpus.wasm",
    },
    RustGuest {
        package: "broker-component",
        name: "broker-component",
        target: "wasm32-wasip2",
        artifact: "broker_component.wasm",
    },
    RustGuest {
        package: "wordstat",
        name: "wordstat",
        target: "wasm32-wasip1",
        artifact: "wordstat.wasm",
    },
    RustGuest {
        package: "json-transform",
        name: "json-transform",
        target: "wasm32-unknown-unknown",
        artifact: "json_transform.wasm",
    },
    RustGuest {
        package: "greet-component",
        name: "greet-component",
        target: "wasm32-wasip2",
        artifact: "greet-component.wasm",
    },
    RustGuest {
        package: "pricing-component",
        name: "pricing-component",
        target: "wasm32-wasip2",
        artifact: "pricing_component.wasm",
    },
    RustGuest {
        package: "wasi-calls",
        name: "wasi-calls",
        target: "wasm32-wasip1",
        artifact: "wasi-calls.wasm",
    },
    RustGuest {
        package: "wasi-calls-component",
        name: "wasi-calls-component",
        target: "wasm32-wasip2",
        artifact: "wasi-calls-component.wasm",
    },
    RustGuest {
        package: "operations",
        name: "operations",
        target: "wasm32-wasip1",
        artifact: "operations.wasm",
    },
    RustGuest {
        package: "operations",
        name: "operations-component",
        target: "wasm32-wasip2",
        artifact: "operations.wasm",
    },
];

pub(crate) fn build() -> Result<()> {
    fs::create_dir_all(paths::guests_build()).context("cannot make `guests/build`")?;
    cargo::add_targets(&["wasm32-unknown-unknown", "wasm32-wasip1", "wasm32-wasip2"])?;
    for guest in &RUST_GUESTS {
        let bytes = build_rust(guest)?;
        let name = format!("{}.wasm", guest.name);
        write_if_changed(&paths::guests_build().join(name), &bytes)?;
    }
    let assembled = assemble_wat()?;
    let compiled = compile_c()?;
    eprintln!(
        "guests: {} in Rust, {assembled} in WAT, {compiled} in C, in `guests/build/`",
        RUST_GUESTS.len()
    );
    Ok(())
}

/// Builds one guest; gives the module.
fn build_rust(guest: &RustGuest) -> Result<Vec<u8>> {
    let target_dir = paths::target().join("guests");
    let mut command = cargo::cargo([
        "build",
        "--quiet",
        "--locked",
        "--release",
        "--target",
        guest.target,
        "-p",
        guest.package,
    ]);
    command
        .current_dir(paths::root().join("guests"))
        .arg("--target-dir")
        .arg(&target_dir);
    // Flags of a coverage or sanitizer run are for the host, not for guests.
    command
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    cargo::run(&mut command)?;
    let built = target_dir
        .join(guest.target)
        .join("release")
        .join(guest.artifact);
    fs::read(&built).with_context(|| format!("cannot read `{}`", built.display()))
}

fn assemble_wat() -> Result<usize> {
    let sources = sources("wat", "wat")?;
    for source in &sources {
        let bytes = wat::parse_file(source)
            .with_context(|| format!("cannot assemble `{}`", source.display()))?;
        write_if_changed(&destination(source)?, &bytes)?;
    }
    Ok(sources.len())
}

fn compile_c() -> Result<usize> {
    let sources = sources("c", "c")?;
    let Some(compiler) = c_compiler() else {
        eprintln!(
            "guests: SKIPPED {} C guest(s): no C compiler with a WASI library was found.",
            sources.len()
        );
        eprintln!(
            "guests: on Debian: apt-get install clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32"
        );
        return Ok(0);
    };
    for source in &sources {
        let (program, arguments) = compiler
            .split_first()
            .context("an empty compiler command")?;
        let built = paths::target().join("guests").join("c.wasm");
        cargo::run(
            Command::new(program)
                .args(arguments)
                .arg("-o")
                .arg(&built)
                .arg(source),
        )?;
        write_if_changed(&destination(source)?, &fs::read(&built)?)?;
    }
    Ok(sources.len())
}

/// The first compiler that links an empty program: one that is installed without its WASI library would only fail later.
fn c_compiler() -> Option<Vec<String>> {
    let candidates = [
        "clang-14 --target=wasm32-wasi --sysroot=/usr -Os -Wl,--strip-all",
        "clang --target=wasm32-wasi --sysroot=/usr -Os -Wl,--strip-all",
        "zig cc --target=wasm32-wasi -Os -s",
        "python3 -m ziglang cc --target=wasm32-wasi -Os -s",
    ];
    let folder = paths::target().join("guests");
    let probe = folder.join("probe.c");
    fs::write(&probe, "int main(void) { return 0; }\n").ok()?;
    candidates
        .into_iter()
        .map(|line| line.split(' ').map(String::from).collect::<Vec<_>>())
        .find(|command| {
            let (program, arguments) = (&command[0], &command[1..]);
            let output = Command::new(program)
                .args(arguments)
                .arg("-o")
                .arg(folder.join("probe.wasm"))
                .arg(&probe)
                .output();
            output.is_ok_and(|output| output.status.success())
        })
}

fn sources(folder: &str, extension: &str) -> Result<Vec<PathBuf>> {
    let folder = paths::root().join("guests").join(folder);
    let mut sources = Vec::new();
    for entry in
        fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            sources.push(path);
        }
    }
    if sources.is_empty() {
        bail!("no `.{extension}` files in `{}`", folder.display());
    }
    sources.sort();
    Ok(sources)
}

fn destination(source: &Path) -> Result<PathBuf> {
    let stem = source
        .file_stem()
        .with_context(|| format!("`{}` has no name", source.display()))?;
    Ok(paths::guests_build().join(stem).with_extension("wasm"))
}

/// Unchanged files keep their time stamp, so that nothing that depends on them is built again. The write is a rename:
/// a test that runs at the same time sees the old file or the new one, never half of one.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let partial = path.with_extension(format!("partial-{}", std::process::id()));
    fs::write(&partial, bytes).with_context(|| format!("cannot write `{}`", partial.display()))?;
    fs::rename(&partial, path).with_context(|| format!("cannot write `{}`", path.display()))
}
