//! Runs of a small function in a second, and how long the slowest of a hundred takes.

use std::time::Duration;

use anyhow::{Result, ensure};
use bench_measure::{Report, Row, Samples, rounds};

use crate::clients::{self, Ask, agent};
use crate::host::{self, Database, Host, POLICY, Plain};

/// The least part of the plain handler's runs in a second.
const OF_PLAIN: f64 = 0.8;
const CLIENTS: usize = 16;
const ROUNDS: usize = 15;
const MILLI: f64 = 1e6;

/// How long each side is asked in a round.
fn slice() -> Duration {
    match rounds(ROUNDS) {
        1 => Duration::from_millis(200),
        _ => Duration::from_secs(2),
    }
}

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    report.section(&format!(
        "Runs of a function that adds two numbers, {CLIENTS} clients at once"
    ));
    for database in Database::BOTH {
        for (profile, what) in [
            (
                "isolated",
                "each in a process of its own, the default of `serve`",
            ),
            ("metered", "in the server's process"),
        ] {
            let what = format!("{}, {what}", database.name());
            let Some(address) = database.address() else {
                report.say(&format!("NOT MEASURED: {what}: it is not installed"));
                continue;
            };
            let ours = Host::start(&["--profile", profile, "--casts", "64"], address)?;
            ours.push("add", &host::add()?)?;
            ours.policy("add", POLICY)?;
            ours.unbounded("default")?;
            let plain = Plain::start()?;
            let body = host::add_body();
            let sides = [ours.cast(&ours.key, &body), plain.add(&body)];
            for (ask, wanted) in sides
                .iter()
                .zip([r#""status":"succeeded""#, r#""output":5"#])
            {
                let said = ask.once(&agent())?;
                ensure!(said.contains(wanted), "{said}");
            }
            rows(report, &what, &sides)?;
        }
    }
    Ok(())
}

fn rows(report: &mut Report, what: &str, sides: &[Ask; 2]) -> Result<()> {
    let mut per_second = [const { Vec::new() }; 2];
    let mut slowest = [const { Vec::new() }; 2];
    for round in 0..rounds(ROUNDS) {
        for turn in 0..2 {
            let side = (round + turn) % 2;
            let asked = clients::ask(&sides[side], CLIENTS, slice())?;
            per_second[side].push(asked.per_second());
            slowest[side].push(Samples::new(asked.each).quantile(0.99));
        }
    }
    let [ours, plain] = per_second.map(Samples::new);
    report.row(
        Row::new(format!("{what}: runs in a second"))
            .ours(&ours, (1.0, "/s"))
            .reference("axum and wasmtime", &plain, (1.0, "/s"))
            .ratio_min(&ours.over(&plain), OF_PLAIN),
    );
    let [ours, plain] = slowest.map(Samples::new);
    report.row(
        Row::new(format!("{what}: p99"))
            .ours(&ours, (MILLI, "ms"))
            .reference("axum and wasmtime", &plain, (MILLI, "ms"))
            .ratio(&ours.over(&plain)),
    );
    Ok(())
}
