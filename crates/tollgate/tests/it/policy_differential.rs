//! The WebAssembly engine against the reference evaluator, on random programs: verdict, gas of each layer, questions to
//! the host in their order, effects, output, and the trace of every rule and condition.
//!
//! `ECL_DIFF_SEEDS=0..100000` runs other seeds than the default.

use std::sync::Arc;

use tollgate::policy::{Batch, WasmEngineConfig, WasmInstance, WasmPolicy, WasmPolicyEngine};
use tollgate_ecl::Program;
use tollgate_ecl::host::outcome::{Explanation, LeafTrace};
use tollgate_ecl::ir::Body;
use tollgate_ecl::ir::value::{self, Value};
use tollgate_ecl::testing::generate::{self, Case, RandomFacts, Run};
use tollgate_ecl::testing::oracle::{self, Evaluation};

/// Every second program is compiled with vector instructions.
fn engine(seed: u64) -> WasmPolicyEngine {
    let config = WasmEngineConfig {
        simd: seed % 2 == 1,
        ..WasmEngineConfig::default()
    };
    WasmPolicyEngine::new(config).unwrap()
}

fn seeds() -> std::ops::Range<u64> {
    let Ok(range) = std::env::var("ECL_DIFF_SEEDS") else {
        return 0..300;
    };
    let (from, to) = range.split_once("..").unwrap();
    from.parse().unwrap()..to.parse().unwrap()
}

#[test]
fn random_programs_do_the_same_as_in_the_reference_evaluator() {
    let mut failures = Vec::new();
    for seed in seeds() {
        let engine = engine(seed);
        let case = generate::case(seed, 4);
        let policy = engine.compile(Arc::new(case.program.clone())).unwrap();
        for (number, run) in case.runs.iter().enumerate() {
            if let Err(difference) = compare(&case, &policy, run) {
                failures.push(format!("seed {seed} run {number}: {difference}"));
            }
        }
        if let Err(difference) = compare_batch(&case, &policy) {
            failures.push(format!("seed {seed} batch: {difference}"));
        }
    }
    let first: Vec<_> = failures.iter().take(10).collect();
    assert!(
        failures.is_empty(),
        "{} differences: {first:#?}",
        failures.len()
    );
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, oracle: &T) -> Result<(), String> {
    if ours == oracle {
        return Ok(());
    }
    Err(format!("{what}\n   wasm {ours:?}\n oracle {oracle:?}"))
}

fn compare(case: &Case, policy: &WasmPolicy, run: &Run) -> Result<(), String> {
    let mut asked = RandomFacts::new(run.facts);
    let expected = oracle::run(&case.program, &run.input, &mut asked, &run.limits);
    let mut instance = policy.instance().unwrap();

    let mut facts = RandomFacts::new(run.facts);
    let verdict = instance.evaluate(&run.input, &mut facts, &run.limits);
    same("verdict", &verdict, &expected.verdict)?;
    same(
        "effects",
        &format!(
            "{:?}",
            instance.effects().map_err(|error| error.to_string())?
        ),
        &format!("{:?}", expected.effects),
    )?;
    same(
        "output",
        &format!("{:?}", instance.output()),
        &format!("{:?}", expected.output),
    )?;

    let mut facts = RandomFacts::new(run.facts);
    let explanation = instance.explain(&run.input, &mut facts, &run.limits);
    same("explained verdict", &explanation.verdict, &expected.verdict)?;
    same("questions", &facts.asked, &asked.asked)?;
    same("rules", &explanation.rules, &expected.rules)?;
    compare_leaves(&case.program, &instance, &explanation, &expected)?;
    policy.give_back(instance);
    Ok(())
}

/// Operands that refer to memory are compared by value: engines place what they make where they like.
fn compare_leaves(
    program: &Program,
    instance: &WasmInstance,
    ours: &Explanation,
    expected: &Evaluation,
) -> Result<(), String> {
    same(
        "number of leaves",
        &ours.leaves.len(),
        &expected.leaves.len(),
    )?;
    let Body::Policy(policy) = &program.body else {
        return Ok(());
    };
    for rule in policy.groups.iter().flat_map(|group| &group.rules) {
        for (number, leaf) in rule.leaves.iter().enumerate() {
            let at = rule.leaf_base as usize + number;
            let (one, other) = (&ours.leaves[at], &expected.leaves[at]);
            let what = format!("leaf {number} of {}", rule.name);
            same(
                &what,
                &(one.status, one.handled),
                &(other.status, other.handled),
            )?;
            if let Some(compare) = &leaf.compare {
                let values = |memory: &[u8], leaf: &LeafTrace| -> [Option<Value>; 2] {
                    [
                        value::from_words(program, memory, &compare.left_type, leaf.left),
                        value::from_words(program, memory, &compare.right_type, leaf.right),
                    ]
                };
                let one = format!("{:?}", values(instance.memory(), one));
                let other = format!("{:?}", values(&expected.memory, other));
                same(&what, &one, &other)?;
            }
        }
    }
    Ok(())
}

fn compare_batch(case: &Case, policy: &WasmPolicy) -> Result<(), String> {
    let first = &case.runs[0];
    let mut batch = Batch::new(policy, case.runs.len());
    for run in &case.runs {
        batch.push(&run.input).map_err(|error| error.to_string())?;
    }
    let mut facts = RandomFacts::new(first.facts);
    let results = policy
        .evaluate_batch(&batch, &mut facts, &first.limits)
        .map_err(|error| error.to_string())?;
    for (number, run) in case.runs.iter().enumerate() {
        let mut facts = RandomFacts::new(first.facts);
        let expected = oracle::evaluate(&case.program, &run.input, &mut facts, &first.limits);
        same("verdict", &results.get(number), &Some(expected))?;
    }
    Ok(())
}
