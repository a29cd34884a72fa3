//! Decisions of the policy language beside other policy engines, one process, processor time, requests taken in before.
//!
//! `cargo xtask bench ecl` prints a table and writes `bench/results/ecl.md` and `.json`. Names of cases as arguments measure
//! only those.

mod measure;
mod own;
mod peers;
mod policies;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use crate::policies::Case;

/// How much faster than the best peer the bytecode engine is meant to be.
const RATIO_TARGET: f64 = 3.0;

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let on = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w.eq_ignore_ascii_case(name));
    let mut report = Report::default();
    let plain = [policies::fifty(), policies::p1(), policies::p2(), policies::p3(), policies::p4(), policies::p6()];
    for case in plain.iter().filter(|case| on(case.name)) {
        report.case(case, 1)?;
    }
    if on("P5") {
        for rules in [1, 10, 100, 1000, 10_000] {
            report.case(&policies::p5(rules), rules)?;
        }
    }
    if on("other") {
        report.other()?;
    }
    println!("{}", report.text);
    if wanted.is_empty() {
        let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
        std::fs::create_dir_all(&results)?;
        std::fs::write(results.join("ecl.md"), &report.text)?;
        std::fs::write(results.join("ecl.json"), serde_json::to_string_pretty(&report.rows)?)?;
    }
    Ok(())
}

struct Report {
    text: String,
    rows: Vec<Value>,
}

impl Default for Report {
    fn default() -> Self {
        let text = "# Policy decisions\n\nNanoseconds of processor time, median. `decide`: the bytecode engine, metered in layers. \
                    `reasons`: the same with every operand and outcome recorded. `JSON`: from the text of the request. \
                    Peers: request taken in before, no metering.\n\n\
                    | case | decide | reasons | JSON | allocations | gas | best peer | ratio | all peers |\n\
                    |---|---|---|---|---|---|---|---|---|\n";
        Self { text: text.into(), rows: Vec::new() }
    }
}

impl Report {
    fn case(&mut self, case: &Case, rules: usize) -> Result<()> {
        let own = own::run(case)?;
        // The larger rule sets take linear engines seconds, and say nothing new.
        let peers = if rules > 1000 { Vec::new() } else { peers::run(case, rules)? };
        let best = peers.iter().min_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds));
        let name = if case.name == "P5" { format!("P5, {rules}") } else { case.name.into() };
        let list: Vec<String> =
            peers.iter().map(|peer| format!("{} {:.0}", peer.engine, peer.nanoseconds)).collect();
        let ratio = best.map(|best| best.nanoseconds / own.decide);
        writeln!(
            self.text,
            "| {name}: {} | {:.0}{} | {:.0} ({:+.0} %) | {:.0} | {} | {} | {} | {} | {} |",
            case.what,
            own.decide,
            case.target_ns.map_or(String::new(), |t| format!(" (target {t:.0})")),
            own.explain,
            (own.explain / own.decide - 1.0) * 100.0,
            own.json,
            own.allocations,
            own.gas,
            best.map_or(String::new(), |best| format!("{} {:.0}", best.engine, best.nanoseconds)),
            ratio.map_or(String::new(), |ratio| format!("{ratio:.1}× (target {RATIO_TARGET}×)")),
            list.join(", "),
        )?;
        let peers: serde_json::Map<String, Value> =
            peers.iter().map(|peer| (peer.engine.into(), json!(peer.nanoseconds))).collect();
        self.rows.push(json!({
            "case": name,
            "decide_ns": own.decide,
            "explain_ns": own.explain,
            "json_ns": own.json,
            "allocations": own.allocations,
            "gas": own.gas,
            "target_ns": case.target_ns,
            "peers_ns": peers,
            "ratio": ratio,
        }));
        Ok(())
    }

    fn other(&mut self) -> Result<()> {
        let thousand = policies::p5(1000);
        let rows = [
            ("decisions on two threads, of one", own::two_threads(&policies::p1())?, "≥ 1.9"),
            ("parse and check nine lines, µs", own::check_time(policies::NINE_LINES) / 1e3, "≤ 30"),
            ("parse and check 1,000 rules, ms", own::check_time(&thousand.source) / 1e6, ""),
            ("memory of a rule, bytes (1,000 rules)", own::bytes_per_rule(&thousand, 1000)?, ""),
        ];
        self.text += "\n| measure | value | target |\n|---|---|---|\n";
        for (what, value, target) in rows {
            writeln!(self.text, "| {what} | {value:.2} | {target} |")?;
            self.rows.push(json!({"measure": what, "value": value}));
        }
        Ok(())
    }
}
