//! The engine against the reference evaluator, on policies made by hand.

use std::sync::Arc;

use serde_json::{Value, json};

use super::interp::RawEffect;
use super::{CompiledProgram, Optimise, Vm, bytecode, samples};
use crate::check::compile;
use crate::data::gas::GasLimits;
use crate::host::facts::{Answer, FactError, Facts};
use crate::host::input;
use crate::host::outcome::{DecidedBy, EvalError, GasLayer};
use crate::ir::{Decision, FactKind, Program};
use crate::syntax::bundle::Bundle;
use crate::testing::{generate, oracle};

/// Knows the trust of dids that do not end in `?`.
struct Known;

impl Facts for Known {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        Ok((!did.ends_with('?')).then_some([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]))
    }

    fn has_credential(&mut self, _: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        Ok(Some(pattern.len() > 4))
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        Ok(Answer::Unknown)
    }
}

/// Both forms of the bytecode agree with the reference evaluator, with every gas limit.
fn agrees(program: &Program, json: &Value) -> Result<Decision, EvalError> {
    let input = input::encode(program, json).unwrap();
    let mut machines = [Optimise::None, Optimise::Full].map(|level| {
        Vm::new(Arc::new(
            CompiledProgram::with(program.clone(), level).unwrap(),
        ))
    });
    let full = GasLimits::total(100_000);
    let verdict = oracle::evaluate(program, &input, &mut Known, &full);
    let used = verdict.gas.total();
    for total in (0..=used).chain([100_000]) {
        let limits = GasLimits::total(total);
        let wanted = oracle::explain(program, &input, &mut Known, &limits);
        for vm in &mut machines {
            assert_eq!(
                vm.evaluate(&input, &mut Known, &limits),
                wanted.verdict,
                "limit {total}"
            );
            let explanation = vm.explain(&input, &mut Known, &limits);
            assert_eq!(explanation, wanted, "limit {total}");
        }
    }
    verdict.result
}

fn roles(roles: &[&str], action: &str) -> Value {
    json!({"roles": roles, "action": action, "kind": "Doc"})
}

#[test]
fn roles_decide_as_in_the_reference() {
    let program = samples::rbac();
    assert_eq!(
        agrees(&program, &roles(&["staff", "editor"], "write")),
        Ok(Decision::Accept)
    );
    assert_eq!(
        agrees(&program, &roles(&["editor"], "delete")),
        Ok(Decision::Reject)
    );
    assert_eq!(
        agrees(&program, &roles(&["editor", "admin"], "delete")),
        Ok(Decision::Reject)
    );
    assert_eq!(
        agrees(&program, &roles(&["viewer"], "read")),
        Ok(Decision::Accept)
    );
    assert_eq!(agrees(&program, &roles(&[], "read")), Ok(Decision::Reject));
}

#[test]
fn sets_decide_as_in_the_reference() {
    let program = samples::abac();
    let request = |region: &str, tags: &[&str]| {
        json!({
            "action": "read",
            "u": {"department": "eng", "region": region, "clearances": ["public", "internal"]},
            "d": {"department": "eng", "tags": tags},
        })
    };
    assert_eq!(
        agrees(&program, &request("CH", &["design", "internal"])),
        Ok(Decision::Accept)
    );
    assert_eq!(
        agrees(&program, &request("US", &["internal"])),
        Ok(Decision::Reject)
    );
    assert_eq!(
        agrees(&program, &request("CH", &["internal", "embargo"])),
        Ok(Decision::Reject)
    );
    assert_eq!(agrees(&program, &request("CH", &[])), Ok(Decision::Reject));
}

#[test]
fn thresholds_decide_as_in_the_reference() {
    let program = samples::trust_gate();
    let request = |trust: f64, price: f64| json!({"action": "charge", "price": price, "trust": trust, "distance": 1.2, "budget": 65.5});
    assert_eq!(agrees(&program, &request(0.92, 0.42)), Ok(Decision::Accept));
    assert_eq!(agrees(&program, &request(0.2, 0.42)), Ok(Decision::Reject));
    assert_eq!(agrees(&program, &request(0.5, 0.42)), Ok(Decision::Reject));
    assert_eq!(agrees(&program, &request(0.92, 0.51)), Ok(Decision::Reject));
}

#[test]
fn text_tests_decide_as_in_the_reference() {
    let program = samples::texts();
    let request = |path: &str, method: &str| json!({"action": "http", "path": path, "host": "eu.example.com", "method": method});
    assert_eq!(
        agrees(&program, &request("/api/v1/a/items", "GET")),
        Ok(Decision::Accept)
    );
    assert_eq!(
        agrees(&program, &request("/api/v1/a/items", "PUT")),
        Ok(Decision::Reject)
    );
    assert_eq!(
        agrees(&program, &request("/api/v1/a/item", "GET")),
        Ok(Decision::Reject)
    );
    assert_eq!(agrees(&program, &request("", "GET")), Ok(Decision::Reject));
}

#[test]
fn an_index_decides_as_in_the_reference() {
    let program = samples::many_rules(40);
    let request = |user: &str, level: i64| json!({"user": user, "action": "a3", "kind": "k3", "level": level});
    assert_eq!(agrees(&program, &request("u3", 9)), Ok(Decision::Accept));
    assert_eq!(agrees(&program, &request("u3", 2)), Ok(Decision::Reject));
    assert_eq!(agrees(&program, &request("u4", 9)), Ok(Decision::Reject));
    assert_eq!(
        agrees(&program, &request("nobody", 9)),
        Ok(Decision::Reject)
    );
}

#[test]
fn quantifiers_decide_as_in_the_reference() {
    let program = samples::order_lines();
    let request = |sku: &str, price: i64| {
        json!({
            "lines": [{"sku": "a", "price": 1}, {"sku": sku, "price": price}],
            "allowed": ["a", "b", "c", "d", "e", "f", "g", "h", "i"],
        })
    };
    assert_eq!(agrees(&program, &request("i", 999)), Ok(Decision::Accept));
    assert_eq!(agrees(&program, &request("b", 1000)), Ok(Decision::Reject));
    assert_eq!(agrees(&program, &request("x", 1)), Ok(Decision::Reject));
}

#[test]
fn facts_decide_as_in_the_reference_and_unknown_ones_are_an_error() {
    let program = samples::fifty_operations();
    let request = |last: &str| {
        let mut fields = serde_json::Map::new();
        for i in 0..5 {
            fields.insert(format!("did{i}"), json!(format!("did:example:{i}")));
            fields.insert(format!("amount{i}"), json!(i + 1));
        }
        fields.insert("did4".into(), json!(last));
        Value::Object(fields)
    };
    assert_eq!(
        agrees(&program, &request("did:example:x")),
        Ok(Decision::Accept)
    );
    let exhausted = {
        let input = input::encode(&program, &request("did:example:x")).unwrap();
        let mut vm = Vm::new(Arc::new(CompiledProgram::new(program).unwrap()));
        vm.evaluate(&input, &mut Known, &GasLimits::total(60))
            .result
    };
    assert_eq!(
        exhausted,
        Err(EvalError::GasExhausted {
            layer: GasLayer::Total
        })
    );
}

#[test]
fn an_input_for_another_program_is_refused() {
    let input = input::encode(&samples::rbac(), &roles(&[], "read")).unwrap();
    let mut other = samples::rbac();
    other.hash = "11".repeat(32).into();
    let mut vm = Vm::new(Arc::new(CompiledProgram::new(other).unwrap()));
    let verdict = vm.evaluate(&input, &mut Known, &GasLimits::total(1000));
    assert_eq!(verdict.result, Err(EvalError::WrongInput));
}

#[test]
fn an_accept_whose_effects_cannot_be_read_is_an_error() {
    let text = "policy \"p\" { input { n: int }  accept { some: n > 0 }\n\
                on accept { emit(\"first\", n), emit(\"second\", n) } }";
    let compiled = compile(&Bundle::single("p.ecl", text));
    let program = &compiled.programs[0];
    let input = input::encode(program, &json!({"n": 1})).unwrap();
    let mut vm = Vm::new(Arc::new(CompiledProgram::new(program.clone()).unwrap()));
    let verdict = vm.evaluate(&input, &mut Known, &GasLimits::total(10_000));
    let (kept, effects, _) = verdict.whole(vm.effects(), vm.output());
    assert_eq!((kept, effects.len()), (verdict, 2));
    assert_eq!(kept.result, Ok(Decision::Accept));
    let good = vm.effects[1];
    for broken in [
        RawEffect {
            word: 1 << 40,
            ..good
        },
        RawEffect { entry: 2, ..good },
    ] {
        vm.effects[1] = broken;
        let (kept, effects, _) = verdict.whole(vm.effects(), vm.output());
        assert_eq!(kept.result, Err(EvalError::Internal), "{broken:?}");
        assert_eq!((kept.by, kept.gas), (DecidedBy::Error, verdict.gas));
        assert_eq!(effects, []);
    }
}

#[test]
fn the_random_programs_of_the_differential_tests_use_every_instruction() {
    let mut used = vec![0_u32; bytecode::TABLE.len()];
    for seed in 0..20_000 {
        let program = generate::case(seed, 0).program;
        for level in [Optimise::None, Optimise::Full] {
            let compiled = CompiledProgram::with(program.clone(), level).unwrap();
            for op in &compiled.code().ops {
                used[op.number()] += 1;
            }
        }
    }
    let unused: Vec<_> = bytecode::TABLE
        .iter()
        .zip(&used)
        .filter_map(|(instruction, &times)| (times == 0).then_some(instruction.name))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}
