//! Threads, checking, memory, allocations, and the goals of the document the WebAssembly engine comes from.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use bench_ecl::own::{Interpreter, Wasm};
use bench_ecl::policies::{self, Case};
use bench_measure::{MICRO, MILLI, Plan, Report, Row, Samples, Subject, rounds};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;
use tollgate_ecl::{Bundle, compile};

use crate::engine::Summary;

const MILLION: (f64, &str) = (1e6, "million/s");
/// The least that two threads decide, of one.
const THREADS_MIN: f64 = 1.9;
/// Microseconds to read and check nine lines.
const CHECK_MAX: f64 = 30.0;
const ROUNDS: usize = 9;
/// Decisions of one thread in one round.
const CALLS: u32 = 1_000_000;

pub fn measure(report: &mut Report) -> Result<f64> {
    report.section("Decisions a second, by processor time of each thread");
    let a_loop = threads(report, "a loop that touches no memory", || Ok(native))?;
    let case = policies::p1();
    threads(report, "P1: VM", || {
        let mut vm = Interpreter::new(&case)?;
        Ok(move || vm.decide().gas.compute)
    })?;
    let wasm = threads(report, "P1: WASM", || {
        let mut wasm = Wasm::new(&case)?;
        Ok(move || wasm.decide().gas.compute)
    })?;
    let _compared_by_the_reader = a_loop;
    report.section("Reading and checking, memory, allocations");
    checking(report);
    counted(report)?;
    Ok(wasm)
}

fn native() -> u64 {
    (0..40_u64).fold(std::hint::black_box(1), |x: u64, i| {
        x.wrapping_mul(0x9E37_79B9).rotate_left(5) ^ i
    })
}

/// One thread and two, in turns; gives decisions a second of two.
fn threads<D>(report: &mut Report, what: &str, make: impl Fn() -> Result<D> + Sync) -> Result<f64>
where
    D: FnMut() -> u64,
{
    let run = || -> Result<f64> {
        let mut decide = make()?;
        let before = now();
        for _ in 0..CALLS {
            std::hint::black_box(decide());
        }
        Ok(f64::from(CALLS) / (now() - before))
    };
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..rounds(ROUNDS) {
        one.push(run()?);
        let both = std::thread::scope(|scope| {
            let threads = [scope.spawn(run), scope.spawn(run)];
            threads.map(|thread| thread.join().unwrap_or_else(|_| Ok(f64::NAN)))
        });
        two.push(both.into_iter().sum::<Result<f64>>()?);
    }
    let (one, two) = (Samples::new(one), Samples::new(two));
    let row = Row::new(format!("{what}, two threads"))
        .ours(&two, MILLION)
        .reference("one thread", &one, MILLION);
    let ratio = two.over(&one);
    let is_ours = what.starts_with('P');
    report.row(if is_ours {
        row.ratio_min(&ratio, THREADS_MIN)
    } else {
        row.ratio(&ratio)
    });
    Ok(two.median())
}

/// Seconds of processor time of this thread.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn checking(report: &mut Report) {
    let check = |source: &str| compile(&Bundle::single("bench.ecl", source)).programs.len();
    let thousand = policies::p5(1_000).source;
    let samples = Plan::short().measure(&mut [
        Subject::new(|| check(policies::NINE_LINES)),
        Subject::new(|| check(&thousand)),
    ]);
    report.row(
        Row::new("read and check 9 lines")
            .ours(&samples[0], MICRO)
            .target(
                format!("≤ {CHECK_MAX} µs"),
                samples[0].median() / 1e3 <= CHECK_MAX,
            ),
    );
    report.row(Row::new("read and check 1,000 rules").ours(&samples[1], MILLI));
}

/// What the program beside this one counted.
fn counted(report: &mut Report) -> Result<()> {
    let own = std::env::current_exe()?;
    let path = own.parent().unwrap_or(Path::new(".")).join("allocations");
    ensure!(path.is_file(), "`{}` is not built", path.display());
    let output = Command::new(&path).output()?;
    let counted: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    for (case, counts) in counted["decisions"].as_object().into_iter().flatten() {
        let count = |way: &str| counts[way].as_u64().unwrap_or(u64::MAX);
        let (vm, explain, wasm) = (count("vm"), count("vm_explain"), count("wasm"));
        report.row(
            Row::new(format!(
                "{case}: allocations of 1,000 decisions by the VM, with reasons, by WASM"
            ))
            .against(format!("{vm}, {explain}, {wasm}"))
            .target("0", vm + explain + wasm == 0),
        );
    }
    for rules in counted["rules"].as_array().into_iter().flatten() {
        let bytes = rules["bytes"].as_f64().unwrap_or(f64::NAN);
        report.row(
            Row::new(format!(
                "{} rules: memory of a rule, checked and compiled",
                rules["rules"]
            ))
            .value(bytes, "bytes"),
        );
    }
    Ok(())
}

/// The goals of the document that the WebAssembly engine was planned in.
pub fn goals(report: &mut Report, summary: &Summary, decisions_two_threads: f64) -> Result<()> {
    report.section(
        "Against the plan's goals, and what the plan's own machine took (1.1 to 4.2 µs a policy)",
    );
    let case: Case = policies::fifty();
    let mut wasm = Wasm::new(&case)?;
    let decision = Plan::short().one(|| wasm.decide());
    let nanoseconds = decision.median();
    let look_ups = 5.0 / nanoseconds * 1e6;
    let rows = [
        (
            "latency of a policy, µs (50 operations, 5 look-ups)",
            nanoseconds / 1e3,
            "2,000 → 200",
            nanoseconds / 1e3 <= 200.0,
        ),
        (
            "the same, against the plan's own machine",
            nanoseconds / 1e3,
            "1.1 to 4.2",
            nanoseconds / 1e3 <= 1.1,
        ),
        (
            "look-ups of trust a millisecond",
            look_ups,
            "50 → 500",
            look_ups >= 500.0,
        ),
        (
            "source to first decision, ms",
            summary.start.median() / 1e6,
            "1 cold",
            summary.start.median() / 1e6 <= 1.0,
        ),
        (
            "warm: a policy that is loaded, ms",
            nanoseconds / 1e6,
            "0.1 hot",
            nanoseconds / 1e6 <= 0.1,
        ),
        (
            "memory of a policy, MB",
            summary.bytes / 1e6,
            "1 → 2",
            summary.bytes / 1e6 <= 2.0,
        ),
        (
            "policies a second, two threads (P1)",
            decisions_two_threads,
            "500 → 5,000",
            decisions_two_threads >= 5e3,
        ),
    ];
    for (what, value, goal, met) in rows {
        report.row(Row::new(what).value(value, "").target(goal, met));
    }
    Ok(())
}
