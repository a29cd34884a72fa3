//! Any seed: the reference evaluator runs the program and breaks none of its own rules.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::generate::{RandomFacts, case};
use tollgate_ecl::oracle;
use tollgate_ecl::outcome::EvalError;

fuzz_target!(|seed: u64| {
    let case = case(seed, 1);
    for run in &case.runs {
        let mut facts = RandomFacts::new(run.facts);
        let verdict = oracle::evaluate(&case.program, &run.input, &mut facts, &run.limits);
        assert_ne!(verdict.result, Err(EvalError::Internal));
    }
});
