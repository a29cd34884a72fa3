//! `cargo xtask attack`: every campaign against the promises of `docs/SPECIFICATION.md`, one after the other, from one seed.
//!
//! A campaign takes a seed and a number of attempts and fails when something got through. All together take about three
//! minutes with the numbers of every day, and hours with `--full`. Each says how to see its failure again.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use crate::{cargo, paths};

/// What to attack with.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where the random numbers begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Attempts of each campaign.
    #[arg(long)]
    n: Option<u64>,
    /// As many attempts as a release takes.
    #[arg(long, conflicts_with = "n")]
    full: bool,
    /// Only the campaigns with this in their names.
    #[arg(long)]
    only: Option<String>,
}

struct Campaign {
    name: &'static str,
    what: &'static str,
    /// Attempts of every day, and of a release.
    usual: u64,
    full: u64,
    program: Program,
}

/// What runs a campaign.
enum Program {
    /// An example, and its arguments for a seed and a number of attempts.
    Example(&'static str, fn(u64, u64) -> Vec<String>),
    /// A test that reads both from its environment: what `cargo test` is told to build, and its name there.
    Test(&'static str, &'static str),
}

const CAMPAIGNS: &[Campaign] = &[
    Campaign {
        name: "hostile",
        what: "attacking guests in each profile, beside a neighbour; time, processor time and memory of the host",
        usual: 1,
        full: 20,
        program: Program::Example("hostile", |seed, n| {
            (0..n).map(|i| seed.wrapping_add(i).to_string()).collect()
        }),
    },
    Campaign {
        name: "strangers",
        what: "mutated and generated modules, components and text, read and run; memory of the host",
        usual: 100,
        full: 10_000,
        program: Program::Example("strangers", |seed, n| vec![n.to_string(), seed.to_string()]),
    },
    Campaign {
        name: "files",
        what: "file operations of two guests while somebody moves and links; the sandbox alone",
        usual: 1_000,
        full: 20_000,
        program: Program::Test("--test it", "two_guests_and_a_meddler_reach_nothing"),
    },
    Campaign {
        name: "files-jailed",
        what: "the same with both walls, in workers",
        usual: 100,
        full: 20_000,
        program: Program::Test("--test worker", "two_guests_in_jails_reach_nothing"),
    },
    Campaign {
        name: "files-jail-alone",
        what: "the same with the jail alone: the sandbox checks nothing",
        usual: 100,
        full: 20_000,
        program: Program::Test("--lib", "the_jail_alone_lets_guests_reach_nothing"),
    },
    Campaign {
        name: "policies",
        what: "hostile policies, bundles and compiled programs: time and memory of each",
        usual: 300,
        full: 10_000,
        program: Program::Example("ecl-attack", |seed, n| {
            named(&[("--seed", seed), ("--count", n)])
        }),
    },
    Campaign {
        name: "programs",
        what: "hostile programs in TypeScript: time and memory of compiling each",
        usual: 20,
        full: 1_000,
        program: Program::Example("ts-attack", |seed, n| {
            named(&[("--seed", seed), ("--count", n)])
        }),
    },
    Campaign {
        name: "cache",
        what: "changed entries of the cache",
        usual: 500,
        full: 10_000,
        program: Program::Example("cache_tamper", |seed, n| {
            named(&[("--seed", seed), ("--n", n)])
        }),
    },
];

fn named(values: &[(&str, u64)]) -> Vec<String> {
    let pairs = values
        .iter()
        .flat_map(|(name, value)| [(*name).to_owned(), value.to_string()]);
    pairs.collect()
}

/// Runs the campaigns that were asked for; all of them, also after one has failed.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let wanted = |campaign: &&Campaign| {
        let only = arguments.only.as_deref();
        only.is_none_or(|part| campaign.name.contains(part))
    };
    let chosen: Vec<_> = CAMPAIGNS.iter().filter(wanted).collect();
    let known = || {
        CAMPAIGNS
            .iter()
            .map(|campaign| campaign.name)
            .collect::<Vec<_>>()
    };
    anyhow::ensure!(
        !chosen.is_empty(),
        "no campaign is called that; there are {}",
        known().join(", ")
    );
    let examples = |campaign: &&Campaign| matches!(campaign.program, Program::Example(..));
    if chosen.iter().any(examples) {
        let build = "build --workspace --features tollgate-ecl/oracle --examples";
        cargo::run(&mut cargo::cargo(build.split(' ')))?;
    }
    let mut failed = Vec::new();
    for campaign in chosen {
        let n = match (arguments.n, arguments.full) {
            (Some(n), _) => n,
            (None, true) => campaign.full,
            (None, false) => campaign.usual,
        };
        println!(
            "\n=== {}: {} ({n} attempts, seed {})",
            campaign.name, campaign.what, arguments.seed
        );
        let started = Instant::now();
        let ended = campaign.attempt(arguments.seed, n);
        println!("--- {}: {} s", campaign.name, started.elapsed().as_secs());
        if let Err(error) = ended {
            println!("{}: {error:#}", campaign.name);
            failed.push(campaign.name);
        }
    }
    let again = format!(
        "cargo xtask attack --seed {} --only {}",
        arguments.seed,
        failed.first().unwrap_or(&"")
    );
    anyhow::ensure!(
        failed.is_empty(),
        "{} got through; `{again}` shows it again",
        failed.join(", ")
    );
    Ok(())
}

impl Campaign {
    fn attempt(&self, seed: u64, n: u64) -> Result<()> {
        let mut command = match self.program {
            Program::Example(name, arguments) => {
                let program = paths::target().join("debug/examples").join(name);
                let mut command = Command::new(program);
                command.args(arguments(seed, n));
                command
            }
            Program::Test(build, name) => {
                let build = format!("test --workspace {build} -- {name}");
                let mut command = cargo::cargo(build.split(' '));
                command
                    .env("TOLLGATE_SEED", seed.to_string())
                    .env("TOLLGATE_SEQUENCES", n.to_string());
                command
            }
        };
        cargo::run(&mut command).with_context(|| format!("the campaign `{}`", self.name))
    }
}
