//! One way to evaluate, whichever engine runs.
//!
//! Both engines decide the same and charge the same; they differ in what they cost. The interpreter is ready as soon as a
//! policy is checked. WebAssembly first compiles machine code, then evaluates several times as fast. Automatic mode begins
//! with the interpreter and compiles a policy when it has been evaluated so often that compiling would have paid for
//! itself: the [`BreakEven`], measured on this machine or taken from a record.

use std::fmt;
#[cfg(feature = "wasm")]
use std::sync::OnceLock;
#[cfg(feature = "wasm")]
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tollgate_ecl::data::types::Type;
use tollgate_ecl::host::input::Encoder;
use tollgate_ecl::host::outcome::{EffectRecord, EvalError};
#[cfg(feature = "wasm")]
use tollgate_ecl::ir::value;
use tollgate_ecl::ir::value::Value;
use tollgate_ecl::{
    CompiledProgram, Facts, GasLimits, Input, Program, Reasons, Redaction, Verdict, Vm,
};

use super::break_even::BreakEven;
use super::error::PolicyError;
#[cfg(feature = "wasm")]
use super::{WasmEngineConfig, WasmPolicy, WasmPolicyEngine};
use crate::limits::POLICY_MACHINES_IDLE;

/// Which engine evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// The bytecode interpreter.
    Interpreter,
    /// WebAssembly.
    #[cfg(feature = "wasm")]
    Wasm,
    /// The interpreter until compiling pays.
    #[default]
    Automatic,
}

/// Makes policies ready for one of the engines, or both.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use tollgate::policy::{EngineChoice, PolicyRunner};
/// use tollgate_ecl::{Bundle, Decision, NoFacts, compile};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = r#"policy "cheap" { input { price: int }  accept { low: price <= 3 } }"#;
/// let compiled = compile(&Bundle::single("cheap.ecl", source));
/// let program = Arc::new(compiled.programs.into_iter().next().ok_or("errors")?);
///
/// let policy = PolicyRunner::new(EngineChoice::Automatic)?.load(program)?;
/// let input = policy.encoder().encode_str(r#"{ "price": 2 }"#)?;
/// let verdict = policy.evaluate(&input, &mut NoFacts, &policy.program().gas_limits);
/// assert_eq!(verdict.result, Ok(Decision::Accept));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PolicyRunner {
    choice: EngineChoice,
    break_even: BreakEven,
    #[cfg(feature = "wasm")]
    wasm: Option<WasmPolicyEngine>,
}

impl fmt::Debug for PolicyRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyRunner")
            .field("choice", &self.choice)
            .field("break_even", &self.break_even)
            .finish_non_exhaustive()
    }
}

impl PolicyRunner {
    /// A runner with that choice and the break-even of a typical machine.
    ///
    /// # Errors
    /// When WebAssembly is chosen and the machine cannot run compiled code.
    pub fn new(choice: EngineChoice) -> Result<Self, PolicyError> {
        Ok(Self {
            choice,
            break_even: BreakEven::TYPICAL,
            #[cfg(feature = "wasm")]
            wasm: match (choice, WasmPolicyEngine::new(WasmEngineConfig::default())) {
                (EngineChoice::Interpreter, _) => None,
                (_, Ok(engine)) => Some(engine),
                (EngineChoice::Wasm, Err(error)) => return Err(error),
                // Without compiled code the interpreter does everything.
                (EngineChoice::Automatic, Err(_)) => None,
            },
        })
    }

    /// The same runner with a break-even that was measured or recorded.
    #[must_use]
    pub fn with_break_even(mut self, break_even: BreakEven) -> Self {
        self.break_even = break_even;
        self
    }

    /// The break-even in use, to be recorded.
    #[must_use]
    pub fn break_even(&self) -> BreakEven {
        self.break_even
    }

    /// The same runner with the break-even of this machine, measured now on a policy of ordinary size. Takes about 50 ms.
    ///
    /// # Errors
    /// When an engine refuses the policy measured with.
    #[cfg(feature = "wasm")]
    pub fn calibrated(self) -> Result<Self, PolicyError> {
        let break_even = match &self.wasm {
            Some(_) => BreakEven::measure()?,
            None => BreakEven::NEVER,
        };
        Ok(self.with_break_even(break_even))
    }

    /// Makes a checked program ready. WebAssembly compiles it now, when it is the choice.
    ///
    /// # Errors
    /// [`PolicyError::Forged`] when the program has the hash of another, and when an engine refuses the program.
    pub fn load(&self, program: Arc<Program>) -> Result<Policy, PolicyError> {
        let policy = Policy {
            encoder: Encoder::new(&program),
            compiled: interpreted(&program)?,
            machines: Mutex::default(),
            #[cfg(feature = "wasm")]
            evaluations: AtomicU64::new(0),
            #[cfg(feature = "wasm")]
            threshold: match self.choice {
                EngineChoice::Interpreter => u64::MAX,
                EngineChoice::Wasm => 0,
                EngineChoice::Automatic => self.break_even.evaluations(),
            },
            #[cfg(feature = "wasm")]
            engine: self.wasm.clone(),
            #[cfg(feature = "wasm")]
            wasm: OnceLock::new(),
            program,
        };
        #[cfg(feature = "wasm")]
        if self.choice == EngineChoice::Wasm
            && let Some(engine) = &policy.engine
        {
            let compiled = engine.compile(Arc::clone(&policy.program))?;
            policy.wasm.get_or_init(|| Some(compiled));
        }
        Ok(policy)
    }
}

/// The hash of a program, which says whose inputs it takes. One that stands in it and belongs to another is refused.
pub(super) fn identity(program: &Program) -> Result<Box<str>, PolicyError> {
    let found = program.identity();
    if found == program.hash {
        return Ok(found);
    }
    Err(PolicyError::Forged {
        policy: program.name.clone(),
        claimed: program.hash.clone(),
        found,
    })
}

pub(super) fn interpreted(program: &Arc<Program>) -> Result<Arc<CompiledProgram>, PolicyError> {
    identity(program)?;
    let compiled = CompiledProgram::new(Arc::clone(program));
    compiled
        .map(Arc::new)
        .map_err(|source| PolicyError::Bytecode {
            policy: program.name.clone(),
            message: source.to_string(),
        })
}

/// A policy that is ready. Evaluates on any thread.
pub struct Policy {
    program: Arc<Program>,
    encoder: Encoder,
    compiled: Arc<CompiledProgram>,
    machines: Mutex<Vec<Vm>>,
    #[cfg(feature = "wasm")]
    evaluations: AtomicU64,
    /// Evaluations after which it is compiled.
    #[cfg(feature = "wasm")]
    threshold: u64,
    #[cfg(feature = "wasm")]
    engine: Option<WasmPolicyEngine>,
    /// The compiled policy; `None` inside when it could not be compiled and the interpreter goes on.
    #[cfg(feature = "wasm")]
    wasm: OnceLock<Option<Arc<WasmPolicy>>>,
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("name", &self.program.name)
            .field("hash", &self.program.hash)
            .finish_non_exhaustive()
    }
}

/// A verdict with what the host has to do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The verdict.
    pub verdict: Verdict,
    /// Effects to commit all together or not at all; none after an error.
    pub effects: Vec<EffectRecord>,
    /// What a guard returned.
    pub output: Option<Value>,
}

impl Decided {
    /// A verdict with the effects and the output that an engine read. It is an error when they cannot be read: nobody acts on
    /// an accept that lost them.
    fn new(
        verdict: Verdict,
        effects: Result<Vec<EffectRecord>, EvalError>,
        output: Option<Value>,
    ) -> Self {
        let (verdict, effects, output) = verdict.whole(effects, output);
        Self {
            verdict,
            effects,
            output,
        }
    }
}

impl Policy {
    /// Returns the program.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Returns the encoder of this policy's inputs.
    #[must_use]
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Whether WebAssembly evaluates it by now.
    #[must_use]
    pub fn is_compiled(&self) -> bool {
        #[cfg(feature = "wasm")]
        return matches!(self.wasm.get(), Some(Some(_)));
        #[cfg(not(feature = "wasm"))]
        return false;
    }

    /// Evaluates one input; the verdict alone. The limits are the program's or lower ones.
    pub fn evaluate(&self, input: &Input, facts: &mut dyn Facts, limits: &GasLimits) -> Verdict {
        #[cfg(feature = "wasm")]
        if let Some(policy) = self.compiled_now(1) {
            return policy.evaluate(input, facts, limits);
        }
        self.with_machine(|machine| machine.evaluate(input, facts, limits))
    }

    /// Evaluates one input with its effects and output.
    pub fn decide(&self, input: &Input, facts: &mut dyn Facts, limits: &GasLimits) -> Decided {
        #[cfg(feature = "wasm")]
        if let Some(policy) = self.compiled_now(1)
            && let Ok(mut instance) = policy.instance()
        {
            let verdict = instance.evaluate(input, facts, limits);
            let decided = Decided::new(verdict, instance.effects(), instance.output());
            policy.give_back(instance);
            return decided;
        }
        self.with_machine(|machine| {
            let verdict = machine.evaluate(input, facts, limits);
            Decided::new(verdict, machine.effects(), machine.output())
        })
    }

    /// Evaluates one input with its effects, its output, and the reasons: the outcome of every rule and condition. Values of
    /// redacted fields are not in the reasons.
    pub fn explain(
        &self,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
        redaction: &Redaction,
    ) -> (Decided, Reasons) {
        let program = &self.program;
        #[cfg(feature = "wasm")]
        if let Some(policy) = self.compiled_now(1)
            && let Ok(mut instance) = policy.instance()
        {
            let mut explanation = instance.explain(input, facts, limits);
            let decided = Decided::new(explanation.verdict, instance.effects(), instance.output());
            explanation.verdict = decided.verdict;
            let read = |ty: &Type, words| value::from_words(program, instance.memory(), ty, words);
            let reasons = Reasons::new(program, &explanation, &read, redaction);
            policy.give_back(instance);
            return (decided, reasons);
        }
        self.with_machine(|machine| {
            let mut explanation = machine.explain(input, facts, limits);
            let decided = Decided::new(explanation.verdict, machine.effects(), machine.output());
            explanation.verdict = decided.verdict;
            let read = |ty: &Type, words| machine.read(ty, words);
            let reasons = Reasons::new(program, &explanation, &read, redaction);
            (decided, reasons)
        })
    }

    /// Evaluates many inputs; the verdicts in their order.
    pub fn evaluate_batch(
        &self,
        inputs: &[Input],
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Vec<Verdict> {
        #[cfg(feature = "wasm")]
        if let Some(policy) = self.compiled_now(inputs.len()) {
            let mut batch = super::Batch::new(policy, inputs.len());
            let ours = inputs
                .iter()
                .try_for_each(|input| batch.push(input))
                .is_ok();
            if ours && let Ok(results) = policy.evaluate_batch(&batch, facts, limits) {
                return results.iter().collect();
            }
            // An input of another program is refused by itself.
            return inputs
                .iter()
                .map(|input| policy.evaluate(input, facts, limits))
                .collect();
        }
        self.with_machine(|machine| {
            let all = inputs.iter();
            all.map(|input| machine.evaluate(input, facts, limits))
                .collect()
        })
    }

    fn with_machine<R>(&self, work: impl FnOnce(&mut Vm) -> R) -> R {
        let mut machine = lock(&self.machines)
            .pop()
            .unwrap_or_else(|| Vm::new(Arc::clone(&self.compiled)));
        let result = work(&mut machine);
        let mut idle = lock(&self.machines);
        if idle.len() < POLICY_MACHINES_IDLE {
            idle.push(machine);
        }
        result
    }

    /// The compiled policy, when it is the engine to use for so many evaluations. Counts them, and compiles at the
    /// break-even.
    #[cfg(feature = "wasm")]
    fn compiled_now(&self, evaluations: usize) -> Option<&Arc<WasmPolicy>> {
        if let Some(policy) = self.wasm.get() {
            return policy.as_ref();
        }
        let engine = self.engine.as_ref()?;
        let evaluations = evaluations as u64;
        let before = self.evaluations.fetch_add(evaluations, Ordering::Relaxed);
        if before.saturating_add(evaluations) <= self.threshold {
            return None;
        }
        let compile = || engine.compile(Arc::clone(&self.program)).ok();
        self.wasm.get_or_init(compile).as_ref()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tollgate_ecl::data::gas::Gas;
    use tollgate_ecl::host::outcome::DecidedBy;
    use tollgate_ecl::ir::Decision;

    use super::*;

    fn accept(by: DecidedBy) -> Verdict {
        Verdict {
            result: Ok(Decision::Accept),
            by,
            gas: Gas::ZERO,
        }
    }

    #[test]
    fn an_accept_without_the_effects_or_the_output_that_it_has_is_an_error() {
        let lost = Decided::new(accept(DecidedBy::Otherwise), Err(EvalError::Internal), None);
        assert_eq!(lost.verdict.result, Err(EvalError::Internal));
        assert_eq!(
            (lost.verdict.by, lost.effects),
            (DecidedBy::Error, Vec::new())
        );
        let lost = Decided::new(accept(DecidedBy::Output), Ok(Vec::new()), None);
        assert_eq!(lost.verdict.result, Err(EvalError::Internal));
        let whole = Decided::new(accept(DecidedBy::Otherwise), Ok(Vec::new()), None);
        assert_eq!(whole.verdict, accept(DecidedBy::Otherwise));
    }
}
