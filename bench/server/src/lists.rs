//! Lists and histories of many runs.

use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use bench_measure::{ROUNDS_MAX, Report, Row, Samples};
use serde_json::Value;
use tollgate_state::audit::Act;
use tollgate_state::cast::{Begins, CastEnd, NewCast};
use tollgate_state::{Batch, Place, StateError, Store};

use crate::clients::{Ask, agent};
use crate::host::{Database, Host};

/// The variable that says how many runs there are.
const RUNS: &str = "TOLLGATE_BENCH_RUNS";
const MILLI: f64 = 1e6;
/// The most that 95 of 100 requests take, milliseconds.
const P95_MAX: f64 = 100.0;

/// Runs in the database, and requests for each list.
fn size() -> Result<(u64, usize)> {
    let (runs, requests) = match std::env::var_os(ROUNDS_MAX) {
        Some(_) => (500, 3),
        None => (1_000_000, 200),
    };
    match std::env::var(RUNS) {
        Ok(wanted) => Ok((
            wanted.parse().with_context(|| format!("{RUNS}={wanted}"))?,
            requests,
        )),
        Err(_) => Ok((runs, requests)),
    }
}

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let (runs, requests) = size()?;
    report.section(&format!("Lists over {runs} runs of one tenant"));
    for database in Database::BOTH {
        let Some(address) = database.address() else {
            report.say(&format!(
                "NOT MEASURED: {}: it is not installed",
                database.name()
            ));
            continue;
        };
        let host = Host::start(&[], address.clone())?;
        host.unbounded("default")?;
        let begun = Instant::now();
        fill(&host, address.as_deref(), runs)?;
        report.say(&format!(
            "{}: {runs} runs were written in {:.0} s, {:.0} in a second",
            database.name(),
            begun.elapsed().as_secs_f64(),
            runs as f64 / begun.elapsed().as_secs_f64()
        ));
        let middle = page_in_the_middle(&host)?;
        for (what, path) in [
            ("the first page of runs", String::from("/api/v1/casts")),
            ("a page in the middle", middle),
            ("one run", format!("/api/v1/casts/{}", id(runs / 2))),
            ("a page of the audit log", String::from("/api/v1/audit")),
            ("the budget", String::from("/api/v1/budget")),
        ] {
            row(
                report,
                &format!("{}: {what}", database.name()),
                &host.list(&path),
                requests,
            )?;
        }
    }
    Ok(())
}

fn row(report: &mut Report, what: &str, ask: &Ask, requests: usize) -> Result<()> {
    let agent = agent();
    let mut each = Vec::with_capacity(requests);
    for _ in 0..requests {
        let before = Instant::now();
        ask.once(&agent)?;
        each.push(before.elapsed().as_secs_f64() * 1e9);
    }
    let each = Samples::new(each);
    let p95 = each.quantile(0.95) / MILLI;
    report.row(
        Row::new(what)
            .ours(&each, (MILLI, "ms"))
            .target(format!("p95 ≤ {P95_MAX} ms: {p95:.1}"), p95 <= P95_MAX),
    );
    Ok(())
}

/// The path of a page that is reached by turning pages, half of a hundred of them where there are so many.
fn page_in_the_middle(host: &Host) -> Result<String> {
    let agent = agent();
    let mut path = String::from("/api/v1/casts");
    for _ in 0..50 {
        let page: Value = serde_json::from_str(&host.list(&path).once(&agent)?)?;
        match &page["next_page"] {
            Value::String(next) => path = format!("/api/v1/casts?page={next}"),
            _ => break,
        }
    }
    Ok(path)
}

fn id(number: u64) -> String {
    format!("cast_bench{number}")
}

/// Writes runs as the server does, many in a commit, while it works on the same database.
fn fill(host: &Host, database: Option<&str>, runs: u64) -> Result<()> {
    const IN_A_COMMIT: u64 = 1_000;
    let mut store = open(host, database)?;
    let mut number = 0;
    while number < runs {
        let until = (number + IN_A_COMMIT).min(runs);
        let mut written = Ok(());
        let committed = store.together(|batch| {
            written = (number..until).try_for_each(|number| run(batch, number));
        });
        committed.map_err(|error| anyhow!("{error:?}"))?;
        written?;
        number = until;
    }
    Ok(())
}

fn open(host: &Host, database: Option<&str>) -> Result<Store> {
    Ok(match database {
        None => Store::open(&host.folder().join("state.db"))?,
        Some(url) => Store::at(&Place::Postgres(url.parse()?))?,
    })
}

fn run(batch: &mut Batch<'_>, number: u64) -> Result<(), StateError> {
    let id = id(number);
    let act = Act {
        tenant: "default",
        actor: "operator",
        origin: "local",
        request: "bench",
        at: 1_800_000_000_000_000_000 + i64::try_from(number).unwrap_or(i64::MAX) * 1_000_000,
    };
    let new = NewCast {
        id: &id,
        module: "add",
        version: "1.0.0",
        digest: "aa",
        input_digest: "bb",
        reserve_micro_usd: 20_000,
        gas_max: 1_000,
        policy: None,
        basis: None,
        begins: Begins::Now,
        once: None,
    };
    batch.begin_cast(&act, &new)?;
    let end = CastEnd {
        id: &id,
        cost_micro_usd: 10_000,
        gas_used: 300,
        status: 200,
        answer: r#"{"output":5}"#,
        failure: None,
        receipt: None,
    };
    batch.end_cast(&act, &end)
}
