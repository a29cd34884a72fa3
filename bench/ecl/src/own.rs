//! The engine of this project on a case: without and with reasons, from JSON, its allocations.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tollgate_ecl::bundle::Bundle;
use tollgate_ecl::check;
use tollgate_ecl::facts::{Answer, FactError, Facts};
use tollgate_ecl::gas::GasLimits;
use tollgate_ecl::input::Encoder;
use tollgate_ecl::ir::{Decision, FactKind, Program};
use tollgate_ecl::vm::{CompiledProgram, Vm};

use crate::measure::time;
use crate::policies::Case;

/// Nanoseconds a decision.
pub struct Own {
    pub decide: f64,
    pub explain: f64,
    pub json: f64,
    pub allocations: u64,
    pub gas: u64,
}

/// Five dids, found by their last byte: a host as quick as a host can be.
struct Agents([[f64; 6]; 5]);

impl Facts for Agents {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        let last = did.bytes().last().unwrap_or(0);
        Ok(self.0.get(usize::from(last.wrapping_sub(b'0'))).copied())
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        Ok(None)
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        Ok(Answer::Unknown)
    }
}

/// The program of a source text.
pub fn program(source: &str) -> Result<Program> {
    let compiled = check::compile(&Bundle::single("bench.ecl", source));
    let errors: Vec<&str> = compiled.diagnostics.iter().map(|d| d.message.as_str()).collect();
    compiled.programs.into_iter().next().with_context(|| format!("no program: {errors:?}"))
}

pub fn run(case: &Case) -> Result<Own> {
    let program = program(&case.source).with_context(|| case.name)?;
    let encoder = Encoder::new(&program);
    let input = encoder.encode(&case.request)?;
    let text = case.request.to_string();
    let limits = GasLimits::total(100_000);
    let mut vm = Vm::new(Arc::new(CompiledProgram::new(program)?));
    let mut facts = Agents([[0.9; 6]; 5]);
    let verdict = vm.evaluate(&input, &mut facts, &limits);
    ensure!(verdict.result == Ok(Decision::Accept), "{}: {verdict:?}", case.name);
    let traced = vm.trace(&input, &mut facts, &limits).verdict;
    ensure!(traced == verdict, "{}: the explanation is of another verdict", case.name);
    let decide = time(|| vm.evaluate(&input, &mut facts, &limits));
    let explain = time(|| vm.trace(&input, &mut facts, &limits).verdict);
    let json = time(|| {
        let input = encoder.encode_str(&text).ok()?;
        Some(vm.evaluate(&input, &mut facts, &limits))
    });
    let allocations = allocation_counter::measure(|| {
        for _ in 0..100 {
            vm.evaluate(&input, &mut facts, &limits);
            vm.trace(&input, &mut facts, &limits);
        }
    });
    Ok(Own {
        decide,
        explain,
        json,
        allocations: allocations.count_total,
        gas: verdict.gas.total(),
    })
}

/// Decisions a second on one thread and on two, as a ratio.
pub fn two_threads(case: &Case) -> Result<f64> {
    let program = program(&case.source)?;
    let input = Encoder::new(&program).encode(&case.request)?;
    let compiled = Arc::new(CompiledProgram::new(program)?);
    let limits = GasLimits::total(100_000);
    let decide = |seconds: f64| {
        let mut vm = Vm::new(Arc::clone(&compiled));
        let mut facts = Agents([[0.9; 6]; 5]);
        let start = std::time::Instant::now();
        let mut decisions = 0_u64;
        while start.elapsed().as_secs_f64() < seconds {
            for _ in 0..1000 {
                std::hint::black_box(vm.evaluate(&input, &mut facts, &limits));
            }
            decisions += 1000;
        }
        decisions as f64 / start.elapsed().as_secs_f64()
    };
    let one = decide(0.5);
    let two: f64 = std::thread::scope(|scope| {
        let threads = [scope.spawn(|| decide(0.5)), scope.spawn(|| decide(0.5))];
        threads.map(|thread| thread.join().unwrap_or(0.0)).iter().sum()
    });
    Ok(two / one)
}

/// Nanoseconds to read and check a source text.
pub fn check_time(source: &str) -> f64 {
    time(|| check::compile(&Bundle::single("bench.ecl", source)).programs.len())
}

/// Bytes of memory a compiled program takes for each of its rules.
pub fn bytes_per_rule(case: &Case, rules: usize) -> Result<f64> {
    let program = program(&case.source)?;
    let mut kept = None;
    let used = allocation_counter::measure(|| kept = CompiledProgram::new(program.clone()).ok());
    drop(kept);
    // The copy of the program and its bytecode; what lowering used in between has been given back.
    Ok(used.bytes_current as f64 / rules as f64)
}
