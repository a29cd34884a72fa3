//! The default jail beside none: the same program with `--jail=off`, and the same isolated execution, in turns.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bench_measure::{Plan, Report, Row, Subject};
use tollgate::sandbox::{Engine, Execution, JailMode};
use tollgate::{EngineConfig, Entry, PathGrant};

use crate::guests;
use crate::start::{beside, run};

const MILLI: (f64, &str) = (1e6, "ms");
const MICRO: (f64, &str) = (1e3, "µs");
/// The most a row may take with the default jail, of the same without.
const JAIL_MAX: f64 = 1.05;
/// Microseconds that an isolated no-op may take where a worker waits.
const WAITING_MAX: f64 = 500.0;
const ROUNDS: usize = 60;
/// Longer than starting a worker takes, so that one waits for each execution.
const PAUSE: Duration = Duration::from_millis(40);

/// Adds numbers for about 50 ms.
const LOOP: &str = r#"(module (func (export "run") (param i32) (result i32) (local $sum i32)
  (loop $again
    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (local.get 0)))
    (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  (local.get $sum)))"#;

pub fn measure(report: &mut Report) -> Result<()> {
    report.section("The default jail, beside `--jail=off`");
    let folder = tempfile::tempdir()?;
    let texts = texts(folder.path())?;
    let compute = folder.path().join("loop.wasm");
    std::fs::write(&compute, guests::wat(LOOP)?)?;
    let texts = texts.display().to_string();
    let read = format!("--allow-read={texts}");
    let cases: [(&str, PathBuf, Vec<&str>, Vec<&str>); 3] = [
        (
            "a process that prints a line",
            guests::example_path("hello"),
            vec![],
            vec![],
        ),
        (
            "a process that computes for 50 ms",
            compute,
            vec!["--invoke=run", "--gas=10G"],
            vec!["60000000"],
        ),
        (
            "a process that reads 200 files, 8 MiB",
            guests::example_path("wordstat"),
            vec![read.as_str(), "--gas=100G", "--timeout=60s"],
            vec![texts.as_str()],
        ),
    ];
    for (what, wasm, flags, arguments) in cases {
        let cache = folder.path().join("cache");
        let command = |jail: &str| -> Result<Command> {
            let mut command = Command::new(beside("tollgate")?);
            command.arg("run").arg(&wasm).arg(jail).args(&flags);
            command.arg("--").args(&arguments);
            command.env("TOLLGATE_CACHE_DIR", &cache);
            Ok(command)
        };
        let (mut jailed, mut free) = (command("--jail=best")?, command("--jail=off")?);
        ensure!(
            run(&mut jailed)? == run(&mut free)?,
            "{what}: the two differ"
        );
        let samples = Plan::calls(ROUNDS).measure(&mut [
            Subject::new(|| run(&mut jailed).is_ok()),
            Subject::new(|| run(&mut free).is_ok()),
        ]);
        report.row(
            Row::new(what)
                .ours(&samples[0], MILLI)
                .reference("`--jail=off`", &samples[1], MILLI)
                .ratio_max(&samples[0].over(&samples[1]), JAIL_MAX),
        );
    }
    isolated(report, "isolated no-op, a worker waits", &[])?;
    isolated(
        report,
        "isolated no-op with a folder to read, a worker waits",
        &[folder.path()],
    )
}

/// An execution in a worker that waited, by the wall clock.
fn isolated(report: &mut Report, what: &str, readable: &[&Path]) -> Result<()> {
    let execution = |jail: JailMode| -> Result<Execution> {
        let config = EngineConfig {
            jail,
            ..EngineConfig::isolated()
        };
        let module = Engine::new(&config)?.compile_in_process(&guests::wat(guests::NOOP)?)?;
        let entry = Entry::Core {
            export: String::from("run"),
            args: Vec::new(),
        };
        let mut execution = Execution::new(&module, entry);
        execution.grant.read = readable.iter().map(|path| PathGrant::same(*path)).collect();
        ensure!(execution.run_blocking().result.is_ok(), "{what} fails");
        Ok(execution)
    };
    let (jailed, free) = (execution(JailMode::Best)?, execution(JailMode::Off)?);
    let waited = |execution: &Execution| {
        std::thread::sleep(PAUSE);
        let started = Instant::now();
        let outcome = execution.run_blocking();
        let taken = started.elapsed().as_secs_f64() * 1e9;
        if outcome.result.is_ok() {
            taken
        } else {
            f64::NAN
        }
    };
    let samples = Plan::calls(ROUNDS).measure(&mut [
        Subject::timed(|| waited(&jailed)),
        Subject::timed(|| waited(&free)),
    ]);
    let median = samples[0].median() / MICRO.0;
    report.row(
        Row::new(what)
            .ours(&samples[0], MICRO)
            .reference("without a jail", &samples[1], MICRO)
            .ratio(&samples[0].over(&samples[1]))
            .target(format!("≤ {WAITING_MAX} µs"), median <= WAITING_MAX),
    );
    Ok(())
}

/// A folder of 200 texts, 8 MiB together.
fn texts(below: &Path) -> Result<PathBuf> {
    const FILES: usize = 200;
    const LINES: usize = 1_000;
    let folder = below.join("texts");
    std::fs::create_dir(&folder)?;
    for file in 0..FILES {
        let mut text = String::new();
        for line in 0..LINES {
            writeln!(text, "the line {line} of the file with the number {file}")?;
        }
        std::fs::write(folder.join(format!("{file}.txt")), text)?;
    }
    Ok(folder)
}
