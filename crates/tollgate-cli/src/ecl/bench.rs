//! `tollgate ecl bench`: how long one decision takes on this machine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;
use tollgate_ecl::host::input::Encoder;
use tollgate_ecl::tools::suite::outcome;
use tollgate_ecl::{CompiledProgram, Redaction, Vm};

use super::answer::{FormatArguments, print, print_json};
use super::policy::{ProgramArguments, RequestArguments, select};
use super::source;
use crate::error::{CliResult, OrExit as _};
use crate::exit::Exit;
use crate::quantity;

#[derive(Args)]
#[command(after_help = "Example:
  tollgate ecl bench charging.ecl --input @request.json --facts facts.json")]
pub(super) struct BenchArguments {
    #[command(flatten)]
    program: ProgramArguments,
    #[command(flatten)]
    request: RequestArguments,
    /// How long each figure is measured, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = quantity::whole::<u64>(1..=60_000))]
    duration_ms: u64,
    #[command(flatten)]
    format: FormatArguments,
}

/// Rounds of one figure; the fastest and the median are reported.
const ROUNDS: u32 = 10;

pub(super) fn run(arguments: &BenchArguments) -> CliResult<Exit> {
    let sources = source::compiled(&arguments.program.paths)?;
    let (_, program) = select(&sources, arguments.program.policy.as_deref())?;
    let (json, input) = arguments.request.encoded(program, &Redaction::none())?;
    let mut facts = arguments.request.facts(&Redaction::none())?;
    let limits = arguments.request.limits(program);
    let compiled = CompiledProgram::new(program.clone()).or_exit(Exit::Internal)?;
    let mut vm = Vm::new(Arc::new(compiled));
    let verdict = vm.evaluate(&input, &mut facts, &limits);
    let total = Duration::from_millis(arguments.duration_ms);
    let decide = measure(total, || {
        std::hint::black_box(vm.evaluate(std::hint::black_box(&input), &mut facts, &limits));
    });
    let explain = measure(total, || {
        std::hint::black_box(vm.trace(std::hint::black_box(&input), &mut facts, &limits));
    });
    let encoder = Encoder::new(program);
    let read = measure(total, || {
        drop(std::hint::black_box(
            encoder.encode_str(std::hint::black_box(&json)),
        ));
    });
    let figures = [
        ("decide", decide),
        ("decide and trace", explain),
        ("encode the input", read),
    ];
    if arguments.format.json() {
        let figures: Vec<_> = figures
            .iter()
            .map(|(name, f)| json!({ "name": name, "fastest_ns": f.fastest_ns, "median_ns": f.median_ns }))
            .collect();
        print_json(
            &json!({ "outcome": outcome(&verdict), "gas": verdict.gas.total(), "figures": figures }),
        )?;
    } else {
        let mut out = format!("{}, {} gas\n", outcome(&verdict), verdict.gas.total());
        for (name, f) in figures {
            out.push_str(&format!(
                "{name:<18} {:>10.1} ns fastest {:>10.1} ns median\n",
                f.fastest_ns, f.median_ns
            ));
        }
        print(&out)?;
    }
    Ok(Exit::Success)
}

/// Time of one call, in nanoseconds.
struct Figure {
    fastest_ns: f64,
    median_ns: f64,
}

/// Calls in rounds that together take about `total`.
fn measure(total: Duration, mut call: impl FnMut()) -> Figure {
    let round = total / ROUNDS;
    // Twice as many calls each time until they take a tenth of a round: that many times ten fill one.
    let mut calls = 1_u32;
    loop {
        let taken = time(calls, &mut call);
        if taken * 10 >= round || calls >= 1 << 28 {
            break;
        }
        calls *= 2;
    }
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            time(calls.saturating_mul(10), &mut call).as_secs_f64() * 1e9
                / f64::from(calls.saturating_mul(10))
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    Figure {
        fastest_ns: rounds.first().copied().unwrap_or(0.0),
        median_ns: rounds.get(rounds.len() / 2).copied().unwrap_or(0.0),
    }
}

fn time(calls: u32, call: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed()
}
