//! The default jail beside none: the same program with `--jail=off`, and the same isolated execution, in turns.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bench_measure::{MICRO, MILLI, Plan, Report, Row, Subject};
use tollgate::sandbox::{Engine, Execution, JailMode};
use tollgate::{EngineConfig, Entry, PathGrant};

use crate::guests;
use crate::start::{beside, run};

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
    let nothing = Isolated {
        what: "isolated no-op, a worker waits",
        readable: &[],
        in_a_row: 1,
    };
    nothing.measure(report)?;
    let folder = Isolated {
        what: "isolated no-op with a folder to read, a worker waits",
        readable: &[folder.path()],
        ..nothing
    };
    folder.measure(report)?;
    let many = Isolated {
        what: "isolated no-op, eight in a row for which workers wait: each",
        in_a_row: 8,
        ..nothing
    };
    many.measure(report)
}

/// Executions in workers that waited, by the wall clock.
struct Isolated<'a> {
    what: &'static str,
    readable: &'a [&'a Path],
    /// How many follow each other, for which as many workers wait.
    in_a_row: u32,
}

impl Isolated<'_> {
    fn measure(&self, report: &mut Report) -> Result<()> {
        let (jailed, free) = (
            self.execution(JailMode::Best)?,
            self.execution(JailMode::Off)?,
        );
        let samples = Plan::calls(ROUNDS).measure(&mut [
            Subject::timed(|| self.time(&jailed)),
            Subject::timed(|| self.time(&free)),
        ]);
        let median = samples[0].median() / MICRO.0;
        report.row(
            Row::new(self.what)
                .ours(&samples[0], MICRO)
                .reference("without a jail", &samples[1], MICRO)
                .ratio(&samples[0].over(&samples[1]))
                .target(format!("≤ {WAITING_MAX} µs"), median <= WAITING_MAX),
        );
        Ok(())
    }

    fn execution(&self, jail: JailMode) -> Result<Execution> {
        let config = EngineConfig {
            jail,
            waiting_workers: self.in_a_row.max(EngineConfig::isolated().waiting_workers),
            ..EngineConfig::isolated()
        };
        let module = Engine::new(&config)?.compile_in_process(&guests::wat(guests::NOOP)?)?;
        let entry = Entry::Core {
            export: String::from("run"),
            args: Vec::new(),
        };
        let mut execution = Execution::new(&module, entry);
        execution.grant.read = self
            .readable
            .iter()
            .map(|path| PathGrant::same(*path))
            .collect();
        ensure!(
            execution.run_blocking().result.is_ok(),
            "{} fails",
            self.what
        );
        Ok(execution)
    }

    /// Nanoseconds that one of them takes.
    fn time(&self, execution: &Execution) -> f64 {
        std::thread::sleep(PAUSE * self.in_a_row);
        let started = Instant::now();
        let all_ran = (0..self.in_a_row).all(|_| execution.run_blocking().result.is_ok());
        if all_ran {
            started.elapsed().as_secs_f64() * 1e9 / f64::from(self.in_a_row)
        } else {
            f64::NAN
        }
    }
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
