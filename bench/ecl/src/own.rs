//! Both engines of the project on a case.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tollgate::policy::{Batch, WasmEngineConfig, WasmInstance, WasmPolicy, WasmPolicyEngine};
use tollgate_ecl::host::input::Encoder;
use tollgate_ecl::{
    Bundle, CompiledProgram, Decision, GasLimits, Input, Program, Verdict, Vm, compile,
};

use crate::facts::Agents;
use crate::policies::Case;

/// Requests in a batch.
pub const BATCH: usize = 1_000;

/// Checks a source text with one policy.
pub fn program(source: &str) -> Result<Program> {
    let compiled = compile(&Bundle::single("bench.ecl", source));
    let errors: Vec<&str> = compiled
        .diagnostics
        .iter()
        .map(|d| d.message.as_str())
        .collect();
    compiled
        .programs
        .into_iter()
        .next()
        .with_context(|| format!("no program: {errors:?}"))
}

/// The limits everything is measured with: real ones, never reached.
pub fn limits() -> GasLimits {
    GasLimits::total(100_000)
}

/// The interpreter, ready for a case.
pub struct Interpreter {
    vm: Vm,
    encoder: Encoder,
    input: Input,
    text: String,
    facts: Agents,
    limits: GasLimits,
}

impl Interpreter {
    /// Compiles the policy and takes the request in.
    pub fn new(case: &Case) -> Result<Self> {
        let program = program(&case.source).with_context(|| case.name)?;
        let encoder = Encoder::new(&program);
        let input = encoder.encode(&case.request)?;
        let vm = Vm::new(Arc::new(CompiledProgram::new(program)?));
        let mut made = Self {
            vm,
            encoder,
            input,
            text: case.request.to_string(),
            facts: Agents::trusted(),
            limits: limits(),
        };
        let verdict = made.decide();
        ensure!(
            verdict.result == Ok(Decision::Accept),
            "{}: {verdict:?}",
            case.name
        );
        let explained = made
            .vm
            .trace(&made.input, &mut made.facts, &made.limits)
            .verdict;
        ensure!(
            explained == verdict,
            "{}: the explanation is of another verdict",
            case.name
        );
        Ok(made)
    }

    pub fn decide(&mut self) -> Verdict {
        self.vm.evaluate(&self.input, &mut self.facts, &self.limits)
    }

    /// With the outcome and operands of every condition.
    pub fn explain(&mut self) -> Verdict {
        self.vm
            .trace(&self.input, &mut self.facts, &self.limits)
            .verdict
    }

    /// From the text of the request.
    pub fn decide_json(&mut self) -> Option<Verdict> {
        let input = self.encoder.encode_str(&self.text).ok()?;
        Some(self.vm.evaluate(&input, &mut self.facts, &self.limits))
    }

    pub fn compiled(&self) -> &CompiledProgram {
        self.vm.program()
    }
}

/// The WebAssembly engine, ready for a case.
pub struct Wasm {
    pub policy: Arc<WasmPolicy>,
    instance: Box<WasmInstance>,
    input: Input,
    batch: Batch,
    text: String,
    facts: Agents,
    limits: GasLimits,
}

impl Wasm {
    /// Compiles the policy and takes the request in, alone and a thousand times.
    pub fn new(case: &Case) -> Result<Self> {
        let engine = WasmPolicyEngine::new(WasmEngineConfig::default())?;
        let policy = engine.compile(Arc::new(program(&case.source)?))?;
        let input = policy.encoder().encode(&case.request)?;
        let mut batch = Batch::new(&policy, BATCH);
        for _ in 0..BATCH {
            batch.push(&input)?;
        }
        let mut made = Self {
            instance: policy.instance()?,
            policy,
            input,
            batch,
            text: case.request.to_string(),
            facts: Agents::trusted(),
            limits: limits(),
        };
        let verdict = made.decide();
        ensure!(
            verdict.result == Ok(Decision::Accept),
            "{}: {verdict:?}",
            case.name
        );
        ensure!(
            made.decide_batch() == BATCH,
            "{}: the batch decides otherwise",
            case.name
        );
        Ok(made)
    }

    pub fn decide(&mut self) -> Verdict {
        self.instance
            .evaluate(&self.input, &mut self.facts, &self.limits)
    }

    /// With the outcome and operands of every condition, and room allocated for them.
    pub fn explain(&mut self) -> Verdict {
        self.instance
            .explain(&self.input, &mut self.facts, &self.limits)
            .verdict
    }

    /// From the text of the request.
    pub fn decide_json(&mut self) -> Option<Verdict> {
        let input = self.policy.encoder().encode_str(&self.text).ok()?;
        Some(
            self.instance
                .evaluate(&input, &mut self.facts, &self.limits),
        )
    }

    /// Decides the batch; tells how many were accepted.
    pub fn decide_batch(&mut self) -> usize {
        let results = self
            .instance
            .evaluate_batch(&self.batch, &mut self.facts, &self.limits);
        results.map_or(0, |results| {
            results
                .iter()
                .filter(|verdict| verdict.result == Ok(Decision::Accept))
                .count()
        })
    }
}
