//! The WebAssembly engine for differential tests: a module is built, compiled and run.

use std::sync::Arc;

use tollgate::policy::{WasmEngineConfig, WasmInstance, WasmPolicyEngine};
use tollgate_ecl::Program;
use tollgate_ecl::ir::value;
use tollgate_ecl::testing::differential::{Engine, Explained, Outcome};
use tollgate_ecl::testing::generate::{RandomFacts, Run};

/// How modules are made and compiled.
#[derive(Clone, Copy)]
pub(crate) struct Choices {
    /// Whether machine code is optimised.
    pub(crate) optimise: bool,
    /// Whether vector instructions are used.
    pub(crate) simd: bool,
}

/// The engine under test. Programs are not kept: each is used once, and compiling it is most of the work.
pub(crate) struct WebAssembly {
    engine: WasmPolicyEngine,
    loaded: Option<(Arc<Program>, Box<WasmInstance>)>,
}

impl WebAssembly {
    pub(crate) fn new(choices: Choices) -> Self {
        let config = WasmEngineConfig {
            cached_policies: 0,
            optimise: choices.optimise,
            simd: choices.simd,
            ..WasmEngineConfig::default()
        };
        match WasmPolicyEngine::new(config) {
            Ok(engine) => Self {
                engine,
                loaded: None,
            },
            Err(error) => panic!("this machine cannot run compiled code: {error}"),
        }
    }
}

impl Engine for WebAssembly {
    fn name(&self) -> &'static str {
        "WebAssembly"
    }

    fn load(&mut self, program: &Arc<Program>) -> Result<(), String> {
        self.loaded = None;
        let policy = self.engine.compile(Arc::clone(program));
        let instance = policy.and_then(|policy| policy.instance());
        let instance = instance.map_err(|error| format!("{error:?}"))?;
        self.loaded = Some((program.clone(), instance));
        Ok(())
    }

    fn run(&mut self, run: &Run) -> Outcome {
        // The harness loads before it runs.
        let Some((program, instance)) = &mut self.loaded else {
            unreachable!("a program is run that was not loaded")
        };
        let facts = || RandomFacts::new(run.facts);
        let verdict = instance.evaluate(&run.input, &mut facts(), &run.limits);
        let mut outcome = Outcome::new(verdict, instance.effects(), instance.output().as_ref());
        let explanation = instance.explain(&run.input, &mut facts(), &run.limits);
        let explained = Outcome::new(
            explanation.verdict,
            instance.effects(),
            instance.output().as_ref(),
        );
        assert_eq!(explained, outcome, "explaining changes the outcome");
        let memory = instance.memory();
        outcome.explained = Some(Explained::new(program, &explanation, &|ty, words| {
            value::from_words(program, memory, ty, words)
        }));
        outcome
    }
}
