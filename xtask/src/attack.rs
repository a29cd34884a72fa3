//! `cargo xtask attack`: every campaign against the promises of `docs/SPECIFICATION.md`, one after the other, from one seed.
//!
//! A campaign is a program that takes a seed and a number of attempts and fails when something got through. They are built
//! together, with the choice of features that everything else here has, and each says how to see its failure again.

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
    /// Attempts of each campaign. Default: as many as take about a minute.
    #[arg(long)]
    n: Option<u64>,
    /// Only the campaigns with this in their names.
    #[arg(long)]
    only: Option<String>,
}

struct Campaign {
    name: &'static str,
    what: &'static str,
    /// Attempts in about a minute, and of the long run before a release.
    usual: u64,
    /// A program among the examples.
    example: &'static str,
    /// Its arguments for a seed and a number of attempts.
    arguments: fn(u64, u64) -> Vec<String>,
}

const CAMPAIGNS: &[Campaign] = &[
    Campaign {
        name: "hostile",
        what: "attacking guests in each profile, beside a neighbour; time, processor time and memory of the host",
        usual: 1,
        example: "hostile",
        arguments: |seed, n| (0..n).map(|i| seed.wrapping_add(i).to_string()).collect(),
    },
    Campaign {
        name: "strangers",
        what: "mutated and generated modules, components and text, read and run; memory of the host",
        usual: 300,
        example: "strangers",
        arguments: |seed, n| vec![n.to_string(), seed.to_string()],
    },
    Campaign {
        name: "policies",
        what: "hostile policies, bundles and compiled programs: time and memory of each",
        usual: 1_000,
        example: "ecl-attack",
        arguments: |seed, n| named(&[("--seed", seed), ("--count", n)]),
    },
    Campaign {
        name: "cache",
        what: "changed entries of the cache",
        usual: 1_000,
        example: "cache_tamper",
        arguments: |seed, n| named(&[("--seed", seed), ("--n", n)]),
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
    cargo::run(&mut cargo::cargo(
        "build --workspace --features tollgate-ecl/oracle --examples".split(' '),
    ))?;
    let mut failed = Vec::new();
    for campaign in chosen {
        let n = arguments.n.unwrap_or(campaign.usual);
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
        let program = paths::target().join("debug/examples").join(self.example);
        cargo::run(Command::new(program).args((self.arguments)(seed, n)))
            .with_context(|| format!("the campaign `{}`", self.name))
    }
}
