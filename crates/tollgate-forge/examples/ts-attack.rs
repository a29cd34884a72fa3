//! A campaign of hostile programs against the compiler: `ts-attack --count 300 --seed 1`.
//!
//! Each is compiled on this thread at each level of optimisation, its CPU time measured and every allocation counted. A panic, an error of the compiler
//! itself, more time or more memory than is promised ends the campaign with what did it.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use rustix::time::{ClockId, clock_gettime};
use tollgate_diagnostics::source::Bundle;
use tollgate_forge::codes::program::INTERNAL;
use tollgate_forge::limits::SOURCE_BYTES_MAX;
use tollgate_forge::oracle::bombs::{BOMBS, random};
use tollgate_forge::{Level, Options, compile};

/// CPU time that a text of 1 MiB may take, at one level.
const CPU_MILLISECONDS_MAX: u64 = 10_000;
/// Memory that a text of 1 MiB may take.
const MEMORY_BYTES_MAX: u64 = 512 << 20;

fn main() -> ExitCode {
    let (mut seed, mut count, mut only) = (1, 20, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next();
        let number = value.as_ref().and_then(|value| value.parse().ok());
        match (name.as_str(), number) {
            ("--seed", Some(value)) => seed = value,
            ("--count", Some(value)) => count = value,
            ("--only", _) => only = value,
            _ => {
                say("usage: ts-attack [--seed SEED] [--count COUNT] [--only NAME]");
                return ExitCode::from(64);
            }
        }
    }
    let mut campaign = Campaign::default();
    let wanted = BOMBS
        .iter()
        .filter(|bomb| only.as_deref().is_none_or(|only| bomb.name.contains(only)));
    for bomb in wanted {
        let text = bomb.of_bytes(SOURCE_BYTES_MAX);
        for level in [Level::Speed, Level::Aggressive] {
            campaign.strike(&format!("{}, {level:?}", bomb.name), text.clone(), level);
        }
    }
    for seed in seed..seed + count {
        let text = random(seed, SOURCE_BYTES_MAX);
        campaign.strike(&format!("seed {seed}"), text, Level::Aggressive);
    }
    say(&format!(
        "{} taken, {} refused, {} failed",
        campaign.taken, campaign.refused, campaign.failed
    ));
    if campaign.failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

#[derive(Default)]
struct Campaign {
    taken: usize,
    refused: usize,
    failed: usize,
}

impl Campaign {
    fn strike(&mut self, name: &str, text: String, level: Level) {
        let bundle = Bundle::single("a.ts", text);
        let options = Options { optimise: level };
        let mut fate = "taken".to_owned();
        let before = cpu();
        let allocated = allocation_counter::measure(|| {
            fate = match catch_unwind(AssertUnwindSafe(|| compile(&bundle, 0, options))) {
                Ok(compiled) => {
                    let internal = compiled.diagnostics.iter().find(|d| d.code == INTERNAL);
                    let first = internal.or(compiled.diagnostics.iter().find(|d| d.is_error()));
                    match first {
                        Some(first) => format!("{} {:.80}", first.code, first.message),
                        None => format!(
                            "taken, {} KiB",
                            compiled.built.map_or(0, |b| b.wasm.len()) >> 10
                        ),
                    }
                }
                Err(_) => "it panics".to_owned(),
            };
        });
        let took = cpu() - before;
        let bytes = allocated.bytes_max;
        let wrong = fate.contains("panics")
            || fate.starts_with(&INTERNAL.to_string())
            || took > CPU_MILLISECONDS_MAX
            || bytes > MEMORY_BYTES_MAX;
        let mark = if wrong { "WRONG " } else { "" };
        say(&format!(
            "{mark}{name}: {took} ms, {} MiB; {fate}",
            bytes >> 20
        ));
        self.failed += usize::from(wrong);
        if fate.starts_with("taken") {
            self.taken += 1;
        } else {
            self.refused += 1;
        }
    }
}

/// CPU time of this thread in milliseconds.
fn cpu() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let milliseconds = time.tv_sec * 1_000 + time.tv_nsec / 1_000_000;
    u64::try_from(milliseconds).unwrap_or(0)
}

fn say(text: &str) {
    // That nobody reads it is not an error.
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}
