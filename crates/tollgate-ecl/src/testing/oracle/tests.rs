//! The language on real programs: the documents' two, and every test of the examples.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::*;
use crate::check::{Compiled, TestCase, compile};
use crate::host::input;
use crate::host::providers::MemoryFacts;
use crate::ir::Decision;
use crate::syntax::bundle::Bundle;
use crate::tools::explain::{Reasons, Redaction};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ecl")
}

fn bundle(files: &[PathBuf]) -> Compiled {
    let mut bundle = Bundle::default();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        bundle.add(file.file_name().unwrap().to_string_lossy(), text);
    }
    let compiled = compile(&bundle);
    assert!(
        !compiled.has_errors(),
        "{files:?}: {:?}",
        compiled.diagnostics
    );
    compiled
}

/// Evaluates within the program's limits, with reasons.
fn explained(
    program: &Program,
    json: &serde_json::Value,
    facts: &mut dyn Facts,
) -> (Evaluation, Reasons) {
    let input = input::encode(program, json).unwrap();
    let evaluation = run(program, &input, facts, &program.gas_limits);
    let memory = &evaluation.memory;
    let read = |ty: &Type, words| value::from_words(program, memory, ty, words);
    let explanation = evaluation.clone().into_explanation();
    let reasons = Reasons::new(program, &explanation, &read, &Redaction::none());
    (evaluation, reasons)
}

#[test]
fn the_charging_policy_gives_the_documents_reasons_word_for_word() {
    let folder = examples().join("ev-charging");
    let compiled = bundle(&[
        folder.join("policy.ecl"),
        folder.join("evaluate-verbatim.ecl"),
    ]);
    let written = &compiled.evaluations[0];
    let program = &compiled.programs[written.program];
    let (_, reasons) = explained(program, &written.input, &mut crate::host::facts::NoFacts);
    assert_eq!(reasons.decision, written.decision);
    assert_eq!(Some(reasons.lines()), written.reasoning);
}

/// The guard on a transition of an object, and who calls.
fn guard(transition: &str, caller: &str, status: &str, sessions: i64) -> (Evaluation, Reasons) {
    let compiled = bundle(&[examples().join("ev-charging/guard-verbatim.ecl")]);
    let (amo, owner, blueprint) = ("did:e:amo:1", "did:e:owner", "did:e:blueprint:ev");
    let facts = json!({
        "blueprint": { blueprint: { "power": { "type": "power", "min": "0kW" } } },
        "has_credential": { amo: ["did:erynoa:credential:eichrecht:v1"] },
        "delegates": { owner: ["did:e:delegate"] },
        "active_sessions": { amo: sessions },
    });
    let input = json!({
        "amo": {
            "id": amo, "blueprint": blueprint, "owner": owner, "status": status,
            "attributes": { "power": "11kW" },
        },
        "transition": transition,
        "caller": caller,
        "context": {
            "agent_trust": 0.85, "budget_remaining": "65.00", "current_time": "2025-01-28T10:15:00Z",
        },
    });
    let program = &compiled.programs[0];
    explained(
        program,
        &input,
        &mut MemoryFacts::from_json(&facts).unwrap(),
    )
}

#[test]
fn the_guard_lets_owners_and_delegates_activate_and_deactivate() {
    for caller in ["did:e:owner", "did:e:delegate"] {
        let (evaluation, _) = guard("Activate", caller, "Pending", 0);
        assert_eq!(evaluation.verdict.result, Ok(Decision::Accept), "{caller}");
        let output = evaluation.output.unwrap().to_json();
        assert_eq!(output, json!({ "valid": true, "reason": null }));
        let (evaluation, _) = guard("Deactivate", caller, "Active", 0);
        assert_eq!(evaluation.verdict.result, Ok(Decision::Accept), "{caller}");
    }
}

#[test]
fn the_guard_rejects_strangers_wrong_states_and_unknown_transitions() {
    let rejects = |transition, caller, status, sessions| {
        let (evaluation, reasons) = guard(transition, caller, status, sessions);
        assert_eq!(evaluation.verdict.result, Ok(Decision::Reject));
        assert_eq!(evaluation.output, None);
        reasons.message.unwrap()
    };
    let owner = "did:e:owner";
    rejects("Activate", "did:e:stranger", "Pending", 0);
    rejects("Activate", owner, "Active", 0);
    rejects("Deactivate", owner, "Active", 1);
    let compiled = bundle(&[examples().join("ev-charging/guard-verbatim.ecl")]);
    let transitions = compiled.programs[0]
        .enums
        .iter()
        .find(|e| &*e.name == "Transition");
    let known = ["Activate", "Deactivate"];
    let other = transitions
        .unwrap()
        .cases
        .iter()
        .find(|c| !known.contains(&&***c));
    let message = rejects(other.unwrap(), owner, "Active", 0);
    assert_eq!(&*message, "Unknown transition");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "ecl") {
            found.push(path);
        }
    }
}

/// The bundles of the examples, compiled.
pub(crate) fn compiled_examples() -> Vec<Compiled> {
    let mut files = Vec::new();
    sources(&examples(), &mut files);
    let mut all = Bundle::default();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        all.add(file.to_string_lossy(), text);
    }
    let bundles = crate::syntax::bundle::connected(all);
    let compiled: Vec<Compiled> = bundles.iter().map(compile).collect();
    for compiled in &compiled {
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    }
    compiled
}

/// Runs a test of the source; an error says what came out instead.
fn passes(compiled: &Compiled, test: &TestCase) -> Result<(), String> {
    let program = &compiled.programs[test.program];
    let mut facts = MemoryFacts::new();
    for fact in &test.facts {
        let args: Vec<&str> = fact.args.iter().map(String::as_str).collect();
        facts.set(fact.kind, &args, fact.answer.clone());
    }
    let (evaluation, reasons) = explained(program, &test.input, &mut facts);
    let verdict = evaluation.verdict;
    let by = reasons
        .rules
        .iter()
        .find(|r| r.decided)
        .map(|r| r.rule.to_string());
    let expect = &test.expect;
    let met = expect.decision.is_none_or(|d| verdict.result == Ok(d))
        && expect.error.is_none() == verdict.result.is_ok()
        && expect
            .by
            .as_ref()
            .is_none_or(|rule| by.as_ref() == Some(rule))
        && verdict.gas.total() <= program.gas_bound.total()
        && evaluation.arena_used <= program.arena_bound;
    if met {
        return Ok(());
    }
    let lines = reasons.all_lines();
    Err(format!("`{}`: {verdict:?} by {by:?}; {lines:?}", test.name))
}

#[test]
fn every_test_of_the_examples_passes() {
    let mut tests = 0;
    let mut failures = Vec::new();
    for compiled in compiled_examples() {
        for test in &compiled.tests {
            tests += 1;
            failures.extend(passes(&compiled, test).err());
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(tests > 50, "{tests} tests");
}

#[test]
fn static_bounds_of_the_examples_hold_on_random_inputs() {
    use crate::testing::differential::{Engine, Reference, check_program};

    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Reference::default())];
    for program in compiled_examples().iter().flat_map(|c| &c.programs) {
        let differences = check_program(program, 1, 50, &mut engines);
        assert!(differences.is_empty(), "{}", differences[0]);
    }
}
