//! Decisions: every policy on both engines and on the peers, all of them in each round.

use anyhow::Result;
use bench_ecl::own::{BATCH, Interpreter, Wasm};
use bench_ecl::policies::{self, Case};
use bench_measure::{NANO, Plan, Report, Row, Samples, Subject, figure};

use crate::peers::Peers;

/// The least times faster than the best peer.
const VM_MIN: f64 = 3.0;
const WASM_MIN: f64 = 10.0;
const BATCH_MIN: f64 = 20.0;
/// The most an explanation may take, of a decision.
const EXPLAIN_MAX: f64 = 1.25;
/// The most 10,000 rules may take, of 10.
const SCALING_MAX: f64 = 2.0;
/// Rules beyond which linear engines take milliseconds and say nothing new.
const PEER_RULES_MAX: usize = 1_000;

pub fn measure(report: &mut Report, wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    report.section(
        "Decisions, one at a time and in batches of 1,000; every decision metered in layers",
    );
    let peers = Peers::start()?;
    let plain = [
        policies::fifty(),
        policies::p1(),
        policies::p2(),
        policies::p3(),
        policies::p4(),
        policies::p6(),
    ];
    for case in plain.iter().filter(|case| wanted(case.name)) {
        one(report, &peers, case, 1)?;
    }
    if wanted("P5") {
        rules(report, &peers)?;
    }
    for (name, case) in [
        ("ranges", policies::ranges as fn(usize) -> Case),
        ("prefixes", policies::prefixes),
    ] {
        if wanted(name) {
            ordered_rules(report, case)?;
        }
    }
    Ok(())
}

struct Measured {
    vm: Samples,
    wasm: Samples,
}

fn one(report: &mut Report, others: &Peers, case: &Case, rules: usize) -> Result<Measured> {
    let mut vm = Interpreter::new(case)?;
    let mut vm_explaining = Interpreter::new(case)?;
    let mut vm_json = Interpreter::new(case)?;
    let mut wasm = Wasm::new(case)?;
    let mut wasm_explaining = Wasm::new(case)?;
    let mut wasm_json = Wasm::new(case)?;
    let mut wasm_batch = Wasm::new(case)?;
    let names = if rules > PEER_RULES_MAX {
        Vec::new()
    } else {
        others.prepare(case, rules)?
    };
    let mut subjects = vec![
        Subject::new(|| vm.decide()),
        Subject::new(|| wasm.decide()),
        Subject::new(|| wasm_batch.decide_batch()),
        Subject::new(|| vm_explaining.explain()),
        Subject::new(|| wasm_explaining.explain()),
        Subject::new(|| vm_json.decide_json()),
        Subject::new(|| wasm_json.decide_json()),
    ];
    let own = subjects.len();
    subjects.extend((0..names.len()).map(|engine| others.subject(engine)));
    let mut samples = Plan::short().measure(&mut subjects);
    drop(subjects);
    samples[2] = samples[2].divided(BATCH as f64);
    let peers = samples.split_off(own);
    let best = (0..peers.len()).min_by(|a, b| peers[*a].median().total_cmp(&peers[*b].median()));
    let name = if rules > 1 || case.name == "P5" {
        format!("{}, {rules} rules", case.name)
    } else {
        format!("{} ({})", case.name, case.what)
    };
    let targets = &case.targets;
    let rows = [
        ("VM", 0, targets.vm_ns, VM_MIN),
        ("WASM", 1, targets.wasm_ns, WASM_MIN),
        ("WASM, batch", 2, targets.wasm_ns, BATCH_MIN),
    ];
    for (engine, index, most, least) in rows {
        let mut row = Row::new(format!("{name}: {engine}")).ours(&samples[index], NANO);
        if let Some(best) = best {
            let ratio = peers[best].over(&samples[index]);
            row = row.reference(&names[best], &peers[best], NANO);
            row = if case.ratio_targets {
                row.ratio_min(&ratio, least)
            } else {
                row.ratio(&ratio)
            };
        }
        if let Some(most) = most {
            row = row.target(format!("≤ {most} ns"), samples[index].median() <= most);
        }
        report.row(row);
    }
    let explain_max = (case.name != "P5").then_some(EXPLAIN_MAX);
    for (engine, plain, explaining, most) in [("VM", 0, 3, explain_max), ("WASM", 1, 4, None)] {
        let ratio = samples[explaining].over(&samples[plain]);
        let row = Row::new(format!("{name}: {engine} with reasons"))
            .ours(&samples[explaining], NANO)
            .reference("without", &samples[plain], NANO);
        report.row(match most {
            Some(most) => row.ratio_max(&ratio, most),
            None => row.ratio(&ratio),
        });
    }
    for (engine, index) in [("VM", 5), ("WASM", 6)] {
        report.row(Row::new(format!("{name}: {engine}, from JSON")).ours(&samples[index], NANO));
    }
    if !peers.is_empty() {
        let all: Vec<String> = names
            .iter()
            .zip(&peers)
            .map(|(name, samples)| format!("{name} {}", figure(samples.median())))
            .collect();
        report.row(Row::new(format!("{name}: peers")).against(format!("{} ns", all.join(", "))));
    }
    let wasm = samples.swap_remove(1);
    Ok(Measured {
        vm: samples.swap_remove(0),
        wasm,
    })
}

/// The same policy with more and more rules, of which the last one decides.
fn rules(report: &mut Report, peers: &Peers) -> Result<()> {
    let mut ten = None;
    for count in [1, 10, 100, 1_000, 10_000] {
        let measured = one(report, peers, &policies::p5(count), count)?;
        if count == 10 {
            ten = Some(measured);
        } else if let (10_000, Some(ten)) = (count, &ten) {
            scaling(report, "P5", &measured, ten);
        }
    }
    Ok(())
}

fn scaling(report: &mut Report, name: &str, many: &Measured, few: &Measured) {
    for (engine, many, few) in [("VM", &many.vm, &few.vm), ("WASM", &many.wasm, &few.wasm)] {
        report.row(
            Row::new(format!("{name}: {engine}, 10,000 rules"))
                .ours(many, NANO)
                .reference("10 rules", few, NANO)
                .ratio_max(&many.over(few), SCALING_MAX),
        );
    }
}

/// Rules by order instead of equality, for which no peer has an index.
fn ordered_rules(report: &mut Report, case: fn(usize) -> Case) -> Result<()> {
    let mut ten = None;
    for count in [10, 1_000, 10_000] {
        let case = case(count);
        let (mut vm, mut wasm) = (Interpreter::new(&case)?, Wasm::new(&case)?);
        let mut samples = Plan::short()
            .measure(&mut [Subject::new(|| vm.decide()), Subject::new(|| wasm.decide())]);
        let engines = [("VM", case.targets.vm_ns), ("WASM", case.targets.wasm_ns)];
        for ((engine, most), samples) in engines.into_iter().zip(&samples) {
            let row = Row::new(format!("{}, {count} rules: {engine}", case.name));
            let row = row.ours(samples, NANO);
            report.row(match most {
                Some(most) => row.target(format!("≤ {most} ns"), samples.median() <= most),
                None => row,
            });
        }
        let wasm = samples.swap_remove(1);
        let vm = samples.swap_remove(0);
        let measured = Measured { vm, wasm };
        if let (10_000, Some(ten)) = (count, &ten) {
            scaling(report, case.name, &measured, ten);
        } else if count == 10 {
            ten = Some(measured);
        }
    }
    Ok(())
}
