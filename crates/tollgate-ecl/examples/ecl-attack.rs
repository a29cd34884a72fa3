//! A campaign of hostile policies, bundles and compiled programs: `ecl-attack --count 10000 --seed 1`.
//!
//! Each is struck on this thread, whose CPU time is measured for each part (check, compile, format, load), with every allocation counted. A panic, more time or more memory
//! than [`attack`](tollgate_ecl::testing::attack) allows is said with the seed of what did it, and fails the campaign.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::time::{ClockId, clock_gettime};
use tollgate_ecl::Bundle;
use tollgate_ecl::limits::SOURCE_BYTES_MAX;
use tollgate_ecl::testing::attack::Hostile;
use tollgate_ecl::testing::attack::{
    Attacker, CPU_MILLISECONDS_MAX, Fate, MEMORY_BYTES_MAX, allowed_milliseconds, bombs, liar,
};

/// What a strike took.
#[derive(Debug, Default, Clone, Copy)]
struct Cost {
    milliseconds: u64,
    bytes: u64,
}

fn main() -> ExitCode {
    let (seed, count) = match args() {
        Ok(args) => args,
        Err(error) => {
            eprintln!("{error}\nusage: ecl-attack [--seed SEED] [--count COUNT]");
            return ExitCode::from(64);
        }
    };
    let attacker = Attacker::new(corpus());
    let mut campaign = Campaign::default();
    for bomb in bombs::all() {
        let text = bomb.of_bytes(SOURCE_BYTES_MAX);
        let cost = campaign.strike(bomb.name, &Hostile::Bundle(Bundle::single("a.ecl", text)));
        println!("  {}: {}", bomb.name, in_words(cost));
    }
    println!("bombs of 1 MiB: {}", campaign.summary());
    println!(
        "allowed here: {} ms CPU, {CPU_MILLISECONDS_MAX} on the machine that the bound is of",
        allowed_milliseconds(cpu)
    );
    let mut campaign = Campaign {
        failed: campaign.failed,
        ..Campaign::default()
    };
    for seed in seed..seed + count {
        campaign.strike(&format!("seed {seed}"), &attacker.input(seed));
        if seed % 4 == 0 {
            campaign.strike(&format!("liar {seed}"), &Hostile::Bytecode(liar(seed)));
        }
    }
    println!("{count} from seed {seed}: {}", campaign.summary());
    if campaign.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

#[derive(Default)]
struct Campaign {
    taken: usize,
    refused: usize,
    longest: (Cost, String),
    largest: (Cost, String),
    failed: bool,
}

impl Campaign {
    /// Strikes; gives the cost of the dearest part.
    fn strike(&mut self, name: &str, hostile: &Hostile) -> Cost {
        let mut parts: Vec<(&str, Cost)> = Vec::new();
        let mut part = |what: &'static str, work: &mut dyn FnMut()| {
            let before = cpu();
            let allocated = allocation_counter::measure(work);
            let cost = Cost {
                milliseconds: cpu() - before,
                bytes: allocated.bytes_max,
            };
            parts.push((what, cost));
        };
        let fate = catch_unwind(AssertUnwindSafe(|| hostile.strike(&mut part)));
        match fate {
            Ok(Fate::Taken) => self.taken += 1,
            Ok(Fate::Refused) => self.refused += 1,
            Err(_) => self.fail(name, "it panics"),
        }
        let mut dearest = Cost::default();
        for (what, cost) in parts {
            let name = format!("{name}: {what}");
            if cost.bytes > MEMORY_BYTES_MAX {
                self.fail(&name, &in_words(cost));
            }
            if cost.milliseconds > CPU_MILLISECONDS_MAX {
                let allowed = allowed_milliseconds(cpu);
                println!("{name}: {}; here {allowed} ms are allowed", in_words(cost));
                self.failed |= cost.milliseconds > allowed;
            }
            if cost.bytes > self.largest.0.bytes {
                self.largest = (cost, name.clone());
            }
            if cost.milliseconds > self.longest.0.milliseconds {
                self.longest = (cost, name);
            }
            dearest.milliseconds = dearest.milliseconds.max(cost.milliseconds);
            dearest.bytes = dearest.bytes.max(cost.bytes);
        }
        dearest
    }

    fn fail(&mut self, name: &str, why: &str) {
        self.failed = true;
        println!("{name}: {why}");
    }

    fn summary(&self) -> String {
        format!(
            "{} taken, {} refused; the longest {} ({}), the largest {} ({})",
            self.taken,
            self.refused,
            in_words(self.longest.0),
            self.longest.1,
            in_words(self.largest.0),
            self.largest.1
        )
    }
}

fn in_words(cost: Cost) -> String {
    format!("{} ms CPU, {} MiB", cost.milliseconds, cost.bytes >> 20)
}

/// CPU time of this thread in milliseconds.
fn cpu() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let milliseconds = time.tv_sec * 1_000 + time.tv_nsec / 1_000_000;
    u64::try_from(milliseconds).unwrap_or(0)
}

fn corpus() -> Vec<Vec<u8>> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["crates/tollgate-ecl/tests/cases", "examples/ecl"] {
        collect(&repository.join(folder), &mut files);
    }
    files.sort();
    let texts = files.iter().filter_map(|path| std::fs::read(path).ok());
    texts.collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "ecl") {
            files.push(path);
        }
    }
}

fn args() -> Result<(u64, u64), String> {
    let (mut seed, mut count) = (1, 10_000);
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("`{name}` needs a value"))?;
        let number = value.parse();
        let number = number.map_err(|_| format!("`{value}` is not a number"))?;
        match name.as_str() {
            "--seed" => seed = number,
            "--count" => count = number,
            _ => return Err(format!("unknown option `{name}`")),
        }
    }
    Ok((seed, count))
}
