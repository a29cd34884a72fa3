//! The engine for differential tests: with or without the optimiser, through its file format and the verifier.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::engines::vm::{CompiledProgram, Optimise, Vm, file};
use crate::ir::Program;
use crate::testing::differential::{Engine, Explained, Outcome};
use crate::testing::generate::{self, RandomFacts, Run};

/// The bytecode engine under test.
pub struct Bytecode {
    level: Optimise,
    loaded: Option<Vm>,
}

impl Bytecode {
    /// The engine with code of that level.
    #[must_use]
    pub const fn new(level: Optimise) -> Self {
        Self {
            level,
            loaded: None,
        }
    }
}

impl Engine for Bytecode {
    fn name(&self) -> &'static str {
        match self.level {
            Optimise::None => "bytecode",
            Optimise::Full => "optimised bytecode",
        }
    }

    fn load(&mut self, program: &Arc<Program>) -> Result<(), String> {
        self.loaded = None;
        let compiled = CompiledProgram::with(Program::clone(program), self.level);
        let mut compiled = compiled.map_err(|error| error.to_string())?;
        // A program that was shrunk is no longer the one its hash names, and no file of it is taken.
        if program.identity() == program.hash {
            let written = file::write(&compiled).map_err(|error| error.to_string())?;
            compiled = file::read(&written).map_err(|error| error.to_string())?;
        }
        self.loaded = Some(Vm::new(Arc::new(compiled)));
        Ok(())
    }

    fn run(&mut self, run: &Run) -> Outcome {
        // The harness loads before it runs.
        let Some(vm) = &mut self.loaded else {
            unreachable!("a program is run that was not loaded")
        };
        let facts = || RandomFacts::new(run.facts);
        let verdict = vm.evaluate(&run.input, &mut facts(), &run.limits);
        let mut outcome = Outcome::new(verdict, vm.effects(), vm.output().as_ref());
        let explanation = vm.explain(&run.input, &mut facts(), &run.limits);
        let explained = Outcome::new(explanation.verdict, vm.effects(), vm.output().as_ref());
        assert_eq!(explained, outcome, "explaining changes the outcome");
        let program = vm.program().program();
        outcome.explained = Some(Explained::new(program, &explanation, &|ty, words| {
            vm.read(ty, words)
        }));
        outcome
    }
}

/// The outcomes of the programs of some seeds, on the bytecode engine with and without its optimiser, as one digest: equal on
/// machines where everything is decided, explained and charged alike.
///
/// # Panics
/// When the engine refuses a program.
#[must_use]
pub fn digest(seeds: std::ops::Range<u64>) -> String {
    let mut hash = Sha256::new();
    let mut engines = [Bytecode::new(Optimise::None), Bytecode::new(Optimise::Full)];
    for seed in seeds {
        let case = generate::case(seed, DIGEST_RUNS);
        let program = Arc::new(case.program);
        for engine in &mut engines {
            if let Err(error) = engine.load(&program) {
                panic!("seed {seed}: {error}");
            }
            for run in &case.runs {
                hash.update(format!("{:?}", engine.run(run)));
            }
        }
    }
    hex::encode(hash.finalize())
}

/// Evaluations of each program of a digest.
const DIGEST_RUNS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::differential::check;

    /// Programs, each evaluated several times. `cargo xtask ecl-diff` goes on from there.
    const PROGRAMS: u64 = 4_000;
    const RUNS: usize = 4;

    /// Seeds that showed a difference once: elements that took no words were not counted, an error in a call from an empty
    /// frame was put down to no rule.
    const FOUND: [u64; 3] = [1_002_094, 10_110, 36_493];

    #[test]
    fn random_programs_decide_explain_and_cost_as_in_the_reference() {
        let mut engines: Vec<Box<dyn Engine>> = vec![
            Box::new(Bytecode::new(Optimise::None)),
            Box::new(Bytecode::new(Optimise::Full)),
        ];
        for seed in (0..PROGRAMS).chain(FOUND) {
            if let Some(difference) = check(seed, RUNS, &mut engines).first() {
                panic!("{difference}");
            }
        }
    }
}
