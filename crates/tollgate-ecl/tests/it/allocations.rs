//! Decisions allocate nothing: once a machine is warm, evaluating is arithmetic on memory it has.
//!
//! Counted on the calling thread, for the input of every test of the examples. The facts come from a host that answers
//! without allocating, so what is counted is the engine's.

use std::sync::Arc;

use tollgate_ecl::check::TestCase;
use tollgate_ecl::{
    Answer, Compiled, CompiledProgram, FactError, FactKind, Facts, Vm, compile, encode,
};

use super::suite::bundles;

/// Trusts everybody, and has seen every credential.
struct Trusting;

impl Facts for Trusting {
    fn trust(&mut self, _did: &str) -> Result<Option<[f64; 6]>, FactError> {
        Ok(Some([0.8; 6]))
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        Ok(Some(true))
    }

    fn ask(&mut self, kind: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        Ok(match kind {
            FactKind::ConformsTo | FactKind::ResolveDid => Answer::Bool(true),
            FactKind::ActiveSessions => Answer::Int(0),
            FactKind::Karma => Answer::Number(1.0),
            FactKind::RealmTrust => Answer::Trust([0.8; 6]),
            _ => Answer::Unknown,
        })
    }
}

/// Allocations of a decision, and of one with a trace.
fn allocations(compiled: &Compiled, test: &TestCase) -> (u64, u64) {
    let program = compiled.programs[test.program].clone();
    let input = encode(&program, &test.input).unwrap();
    let limits = program.gas_limits;
    let mut vm = Vm::new(Arc::new(CompiledProgram::new(program).unwrap()));
    for _ in 0..2 {
        let _ = vm.evaluate(&input, &mut Trusting, &limits);
        let _ = vm.trace(&input, &mut Trusting, &limits);
    }
    let decide = allocation_counter::measure(|| {
        let _ = vm.evaluate(&input, &mut Trusting, &limits);
    });
    let trace = allocation_counter::measure(|| {
        let _ = vm.trace(&input, &mut Trusting, &limits);
    });
    (decide.count_total, trace.count_total)
}

#[test]
fn decisions_and_traces_of_a_warm_machine_allocate_nothing() {
    let mut measured = 0;
    for (name, bundle) in bundles() {
        let compiled = compile(&bundle);
        for test in &compiled.tests {
            measured += 1;
            let found = allocations(&compiled, test);
            assert_eq!(found, (0, 0), "{name}: {}", test.name);
        }
    }
    assert!(measured > 100, "only {measured} tests were measured");
}

#[test]
fn allocations_are_counted() {
    let counted = allocation_counter::measure(|| drop(vec![1_u8; 100]));
    assert_eq!(counted.count_total, 1);
}
