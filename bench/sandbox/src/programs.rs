//! Programs that other people publish, beside wasmtime with its defaults: compiling them, starting them, a long listing and a
//! long pipe.
//!
//! `cargo xtask bench sandbox programs` installs them as `cargo xtask corpus` does and says where they are. Everything is
//! measured in processes by the wall clock, all cores in use, since that is what somebody waits for.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use bench_measure::{MILLI, Plan, Report, Row, Samples, Subject, rounds};
use tollgate::EngineConfig;
use tollgate::sandbox::{Compilation, CompileLimits, Compiler, ModuleLimits, Optimise, Rules};

use crate::guests;
use crate::start::{beside, run};

const MIB: (f64, &str) = (1024.0, "MiB");
const ROUNDS: usize = 5;
/// The most the first start of a large module may take, of wasmtime's time for compiling it.
const FIRST_START_MAX: f64 = 0.5;
/// Names in the folder that is listed, and how often that happens in a process.
const NAMES: u32 = 10_000;
const LISTINGS: usize = 20;
/// The most a listing may take, of the reference.
const LISTING_MAX: f64 = 2.0;
/// MiB that go through a pipe.
const PIPED_MIB: usize = 1024;

/// The programs, by their names in the corpus.
struct Programs(Vec<(String, PathBuf)>);

impl Programs {
    fn given() -> Result<Self> {
        let list = std::env::var("TOLLGATE_BENCH_PROGRAMS").context(
            "it is not said where the programs are; `cargo xtask bench sandbox programs` does",
        )?;
        let programs = list.lines().filter_map(|line| line.split_once('\t'));
        Ok(Self(
            programs
                .map(|(name, path)| (name.to_owned(), path.into()))
                .collect(),
        ))
    }

    fn path(&self, name: &str) -> Result<&Path> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, path)| path.as_path())
            .with_context(|| format!("no program `{name}`"))
    }
}

pub fn measure(report: &mut Report) -> Result<()> {
    let programs = Programs::given()?;
    compiling(report, &programs)?;
    starting(report, &programs)?;
    listing(report, &programs)?;
    piping(report)
}

/// Who compiles, in a process of its own.
const SIDES: [&str; 3] = ["wasmtime", "first", "optimised"];

fn compiling(report: &mut Report, programs: &Programs) -> Result<()> {
    report.section("Compiling programs of others, and the most memory that takes");
    for (name, path) in &programs.0 {
        let mut figures = SIDES.map(|_| (Vec::new(), Vec::new()));
        for _ in 0..rounds(ROUNDS) {
            for (side, (times, peaks)) in SIDES.iter().zip(&mut figures) {
                let (time, peak) = again(side, path)?;
                times.push(time);
                peaks.push(peak);
            }
        }
        let [wasmtime, first, optimised] =
            figures.map(|(times, peaks)| (Samples::new(times), Samples::new(peaks)));
        for (what, ours) in [("for the first run", first), ("optimised", optimised)] {
            report.row(
                Row::new(format!("{name}, {what}"))
                    .ours(&ours.0, MILLI)
                    .reference("wasmtime", &wasmtime.0, MILLI)
                    .ratio(&ours.0.over(&wasmtime.0)),
            );
            report.row(
                Row::new(format!("{name}, {what}: memory"))
                    .ours(&ours.1, MIB)
                    .reference("wasmtime", &wasmtime.1, MIB)
                    .ratio(&ours.1.over(&wasmtime.1)),
            );
        }
    }
    Ok(())
}

/// Starts this program again to compile on one side: nanoseconds and KiB.
fn again(side: &str, path: &Path) -> Result<(f64, f64)> {
    let output = run(Command::new(std::env::current_exe()?)
        .args(["--compile", side])
        .arg(path))?;
    let text = String::from_utf8(output)?;
    let figures: Vec<f64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    match figures.as_slice() {
        [time, peak] => Ok((*time, *peak)),
        _ => bail!("no figures from the process: {text}"),
    }
}

/// Nanoseconds and KiB, in the process made for it.
pub fn child(side: &str, path: &str) -> Result<(f64, i64)> {
    let wasm = std::fs::read(path)?;
    let started = Instant::now();
    let who = match side {
        "wasmtime" => {
            let engine = wasmtime::Engine::new(&wasmtime::Config::new())?;
            engine.precompile_module(&wasm)?;
            libc::RUSAGE_SELF
        }
        // The worker is what compiles.
        "first" | "optimised" => {
            ours(&wasm, side)?;
            libc::RUSAGE_CHILDREN
        }
        other => bail!("no side `{other}`"),
    };
    let took = started.elapsed().as_secs_f64() * 1e9;
    // SAFETY: all of it is numbers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a structure of the right type that lives until the call returns.
    let failed = unsafe { libc::getrusage(who, &raw mut usage) };
    ensure!(failed == 0, "no usage of resources");
    Ok((took, usage.ru_maxrss))
}

fn ours(wasm: &[u8], side: &str) -> Result<()> {
    let rules = Rules {
        limits: ModuleLimits::default(),
        // As the command compiles.
        config: EngineConfig {
            parallel_compilation: true,
            ..EngineConfig::metered()
        },
    };
    let work = Compilation {
        rules: &rules,
        intent: None,
        optimise: match side {
            "first" => Optimise::Never,
            _ => Optimise::Before,
        },
        begins: &|_| {},
    };
    Compiler::worker(CompileLimits::default())?.compile_with(wasm, &work)?;
    Ok(())
}

/// A script, what runs it, and what that is granted.
struct Start {
    what: &'static str,
    program: &'static str,
    script: (&'static str, &'static str),
    target: Option<f64>,
}

const STARTS: [Start; 2] = [
    Start {
        what: "CPython prints a line",
        program: "cpython",
        script: ("script.py", "print('hello')\n"),
        target: Some(FIRST_START_MAX),
    },
    Start {
        what: "QuickJS prints a line",
        program: "quickjs",
        script: ("script.js", "console.log('hello')\n"),
        target: None,
    },
];

/// The command and the reference, in a folder with what they need.
struct Pair {
    folder: tempfile::TempDir,
    wasm: PathBuf,
    artifact: PathBuf,
    script: &'static str,
}

impl Pair {
    fn new(wasm: &Path, (script, text): (&'static str, &str)) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join(script), text)?;
        let artifact = folder.path().join("artifact.cwasm");
        run(Command::new(beside("precompiled")?)
            .arg("--compile")
            .arg(wasm)
            .arg(&artifact))?;
        Ok(Self {
            folder,
            wasm: wasm.to_owned(),
            artifact,
            script,
        })
    }

    fn ours(&self, cache: &str) -> Result<Command> {
        let mut command = Command::new(beside("tollgate")?);
        command
            .current_dir(self.folder.path())
            .arg("run")
            .arg(&self.wasm)
            .args(["--quiet", "--allow-read", "--timeout=10m", "--gas=1000G"])
            .args(["--cache-dir", cache, "--", self.script]);
        Ok(command)
    }

    /// Runs the module, or the code that was made of it before.
    fn theirs(&self, file: &Path) -> Result<Command> {
        let mut command = Command::new(beside("precompiled")?);
        command
            .current_dir(self.folder.path())
            .args(["--dir", "."])
            .arg(file)
            .args(["--", self.script]);
        Ok(command)
    }
}

fn starting(report: &mut Report, programs: &Programs) -> Result<()> {
    report.section(
        "From process start to the end of a script: the first time, and with the code kept",
    );
    for start in STARTS {
        let pair = Pair::new(programs.path(start.program)?, start.script)?;
        let (mut ours, mut theirs) = (pair.ours("first")?, pair.theirs(&pair.wasm)?);
        let forget = || std::fs::remove_dir_all(pair.folder.path().join("first")).is_ok();
        ensure!(
            run(&mut ours)? == run(&mut theirs)?,
            "{}: the two print different things",
            start.what
        );
        let samples = Plan::calls(ROUNDS).measure(&mut [
            Subject::new(|| forget() && run(&mut ours).is_ok()),
            Subject::new(|| run(&mut theirs).is_ok()),
        ]);
        let row = Row::new(format!("{}, first", start.what))
            .ours(&samples[0], MILLI)
            .reference("wasmtime, compiling", &samples[1], MILLI);
        let ratio = samples[0].over(&samples[1]);
        report.row(match start.target {
            Some(most) => row.ratio_max(&ratio, most),
            None => row.ratio(&ratio),
        });
        let (mut ours, mut theirs) = (pair.ours("first")?, pair.theirs(&pair.artifact)?);
        let samples = Plan::calls(4 * ROUNDS).measure(&mut [
            Subject::new(|| run(&mut ours).is_ok()),
            Subject::new(|| run(&mut theirs).is_ok()),
        ]);
        report.row(
            Row::new(format!("{}, again", start.what))
                .ours(&samples[0], MILLI)
                .reference("wasmtime, precompiled", &samples[1], MILLI)
                .ratio(&samples[0].over(&samples[1])),
        );
    }
    Ok(())
}

fn listing(report: &mut Report, programs: &Programs) -> Result<()> {
    report.section("A long listing");
    let listings = rounds(LISTINGS);
    let script =
        format!("import os\nfor _ in range({listings}): n = len(os.listdir('many'))\nprint(n)\n");
    let pair = Pair::new(programs.path("cpython")?, ("script.py", &script))?;
    let many = pair.folder.path().join("many");
    std::fs::create_dir(&many)?;
    for name in 0..NAMES {
        std::fs::write(many.join(format!("file-{name:05}")), "")?;
    }
    let (mut ours, mut theirs) = (pair.ours("cache")?, pair.theirs(&pair.artifact)?);
    ensure!(
        run(&mut ours)? == run(&mut theirs)?,
        "the two list different things"
    );
    let samples = Plan::calls(ROUNDS).measure(&mut [
        Subject::new(|| run(&mut ours).is_ok()),
        Subject::new(|| run(&mut theirs).is_ok()),
    ]);
    report.row(
        Row::new(format!("CPython lists {NAMES} names {listings} times"))
            .ours(&samples[0], MILLI)
            .reference("wasmtime", &samples[1], MILLI)
            .ratio_max(&samples[0].over(&samples[1]), LISTING_MAX),
    );
    Ok(())
}

/// Copies standard input to standard output, 64 KiB at a time.
const CAT: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 2)
    (func (export "_start") (local $at i32) (local $end i32)
      (loop $more
        (i32.store (i32.const 0) (i32.const 65536))
        (i32.store (i32.const 4) (i32.const 65536))
        (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
        (local.set $at (i32.const 65536))
        (local.set $end (i32.add (local.get $at) (i32.load (i32.const 8))))
        (if (i32.eq (local.get $at) (local.get $end)) (then (return)))
        (loop $rest
          (i32.store (i32.const 0) (local.get $at))
          (i32.store (i32.const 4) (i32.sub (local.get $end) (local.get $at)))
          (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
          (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
          (br_if $rest (i32.lt_u (local.get $at) (local.get $end))))
        (br $more))))"#;

fn piping(report: &mut Report) -> Result<()> {
    report.section("A long pipe");
    let folder = tempfile::tempdir()?;
    let wasm = folder.path().join("cat.wasm");
    std::fs::write(&wasm, guests::wat(CAT)?)?;
    let artifact = folder.path().join("cat.cwasm");
    run(Command::new(beside("precompiled")?)
        .arg("--compile")
        .arg(&wasm)
        .arg(&artifact))?;
    let mut ours = Command::new(beside("tollgate")?);
    ours.arg("run")
        .arg(&wasm)
        .args([
            "--quiet",
            "--timeout=10m",
            "--gas=1000G",
            "--output-limit=2GiB",
        ])
        .arg("--host-call-limit=4GiB")
        .arg("--cache-dir")
        .arg(folder.path().join("cache"));
    let mut theirs = Command::new(beside("precompiled")?);
    theirs.arg(&artifact);
    let mib = rounds(PIPED_MIB);
    ensure!(
        through(&mut ours, mib)? && through(&mut theirs, mib)?,
        "something got lost in a pipe"
    );
    let samples = Plan::calls(ROUNDS).measure(&mut [
        Subject::new(|| through(&mut ours, mib).is_ok_and(|all| all)),
        Subject::new(|| through(&mut theirs, mib).is_ok_and(|all| all)),
    ]);
    report.row(
        Row::new(format!("{mib} MiB from standard input to standard output"))
            .ours(&samples[0], MILLI)
            .reference("wasmtime", &samples[1], MILLI)
            .ratio(&samples[0].over(&samples[1])),
    );
    Ok(())
}

/// Feeds a program and returns whether as much came back.
fn through(command: &mut Command, mib: usize) -> Result<bool> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    let (Some(mut to), Some(mut from)) = (child.stdin.take(), child.stdout.take()) else {
        bail!("a program without pipes");
    };
    let feeding = std::thread::spawn(move || {
        let piece = [b'.'; 64 << 10];
        for _ in 0..16 * mib {
            to.write_all(&piece)?;
        }
        std::io::Result::Ok(())
    });
    let (mut passed, mut piece) = (0_usize, vec![0; 64 << 10]);
    loop {
        match from.read(&mut piece)? {
            0 => break,
            read => passed += read,
        }
    }
    feeding.join().ok().context("nobody fed the program")??;
    ensure!(child.wait()?.success(), "{command:?} failed");
    Ok(passed == mib << 20)
}
