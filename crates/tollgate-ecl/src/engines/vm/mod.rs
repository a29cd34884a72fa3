//! The bytecode engine.
//!
//! [`mod@lower`] turns the checked IR into [`bytecode`], the optimiser fuses it, the verifier admits it, and a [`Vm`] runs it:
//! one memory (constants, input, arena), one fixed stack, nothing allocated for a decision. A [`CompiledProgram`] is shared;
//! each thread has a `Vm` of its own.

pub(crate) mod bytecode;
mod compiled;
mod explain;
pub mod file;
mod interp;
mod listing;
mod lookup;
mod lower;
mod meter;
mod optimise;
pub mod reference;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod text;
pub mod verify;

use std::sync::Arc;

pub use self::compiled::CompiledProgram;
use self::explain::{Decided, Trace};
use self::interp::{Ending, Machine, Memory, RawEffect};
pub use self::lower::{LowerError, Optimise};
pub(crate) use self::text::{Tables, accepts as automaton_accepts};
use crate::data::gas::{Gas, GasLimits};
use crate::data::glob::Matcher;
use crate::data::types::{Repr, Type};
use crate::host::effect;
use crate::host::facts::Facts;
use crate::host::input::Input;
use crate::host::memory::Interner;
use crate::host::outcome::{DecidedBy, EffectRecord, EvalError, Explanation, Verdict};
use crate::ir::value::{self, Value};
use crate::ir::{Body, Decision, Handle, MessageId};
use crate::limits::{MEMORY_BYTES_MAX, STACK_WORDS};

/// Runs one program, again and again, without allocating for a decision. The first page of the crate has an example.
pub struct Vm {
    program: Arc<CompiledProgram>,
    memory: Memory,
    stack: Box<[u64; STACK_WORDS]>,
    interner: Interner,
    effects: Vec<RawEffect>,
    trace: Trace,
    glob: Matcher,
    /// Address of the guard's output.
    output: Option<u64>,
}

impl Vm {
    /// A machine for a program.
    #[must_use]
    pub fn new(program: Arc<CompiledProgram>) -> Self {
        let mut memory: Memory = Vec::new();
        let base = program.input_base / 8;
        let room = program.input_bytes / 8 + program.arena_words;
        let pool = &program.program().pool.bytes;
        memory.resize(
            (base + room)
                .min(MEMORY_BYTES_MAX / 8)
                .max(pool.len().div_ceil(8)),
            [0; 8],
        );
        if let Some(place) = memory.as_flattened_mut().get_mut(..pool.len()) {
            place.copy_from_slice(pool);
        }
        let effects = match &program.program().body {
            Body::Policy(policy) => policy.effects.len(),
            Body::Guard(_) => 0,
        };
        let trace = Trace::new(program.program(), program.leaves);
        Self {
            memory,
            stack: Box::new([0; STACK_WORDS]),
            interner: Interner::new(program.texts.clone()),
            effects: Vec::with_capacity(effects),
            trace,
            glob: Matcher::default(),
            output: None,
            program,
        }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &CompiledProgram {
        &self.program
    }

    /// Decides, without reasons.
    pub fn evaluate(
        &mut self,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Verdict {
        let (ending, gas) = match self.machine(input, facts, limits) {
            Ok(mut machine) => {
                let ending = machine.run::<false>(0);
                (ending, machine.used())
            }
            Err(error) => return refused(error),
        };
        self.settle(ending, gas)
    }

    /// Decides, with the outcome of every rule and condition, kept in the machine until the next evaluation: nothing is
    /// allocated.
    pub fn trace(
        &mut self,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> &Explanation {
        self.trace.reset();
        let verdict = match self.machine(input, facts, limits) {
            Ok(mut machine) => {
                let ending = machine.run::<true>(0);
                let used = machine.used();
                let effects = machine.effects.len();
                explain::conclude(&mut machine, ending);
                machine.effects.truncate(effects);
                match machine.trace.decided {
                    Some(Decided { group, rule, gas }) => {
                        self.settle(Ending::Decided { group, rule }, gas)
                    }
                    None => self.settle(ending, used),
                }
            }
            Err(error) => refused(error),
        };
        self.trace.close();
        self.trace.explanation.verdict = verdict;
        &self.trace.explanation
    }

    /// Decides, with the outcome of every rule and condition.
    pub fn explain(
        &mut self,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Explanation {
        self.trace(input, facts, limits).clone()
    }

    /// The effects of the last decision, in source order: to be committed all together or not at all.
    ///
    /// # Errors
    /// [`EvalError::Internal`] when one cannot be read: then the decision does not hold, see [`Verdict::whole`].
    pub fn effects(&self) -> Result<Vec<EffectRecord>, EvalError> {
        let Body::Policy(policy) = &self.program.program().body else {
            return Ok(Vec::new());
        };
        let program = self.program.program();
        let memory = self.memory.as_flattened();
        effect::all(self.effects.iter().map(|raw| {
            let entry = policy.effects.get(raw.entry as usize)?;
            effect::read(program, memory, &entry.value.ty, raw.word)
        }))
    }

    /// The output of a guard whose last evaluation returned one.
    #[must_use]
    pub fn output(&self) -> Option<Value> {
        let record = self.program.program().output?;
        self.read(&Type::Record(record), [self.output?, 0])
    }

    /// A value of the last evaluation, by the words that stand for it in a trace.
    #[must_use]
    pub fn read(&self, ty: &Type, words: [u64; 2]) -> Option<Value> {
        value::from_words(
            self.program.program(),
            self.memory.as_flattened(),
            ty,
            words,
        )
    }

    /// Puts the input into memory and everything else back to its start.
    #[inline]
    fn machine<'a>(
        &'a mut self,
        input: &'a Input,
        facts: &'a mut dyn Facts,
        limits: &GasLimits,
    ) -> Result<Machine<'a>, EvalError> {
        self.effects.clear();
        self.output = None;
        self.interner.reset();
        self.glob.forget();
        let program: &CompiledProgram = &self.program;
        let length = input.bytes.len();
        if input.program != program.id || length < program.input_bytes || !length.is_multiple_of(8)
        {
            return Err(EvalError::WrongInput);
        }
        let base = program.input_base;
        let top = (base + length).next_multiple_of(16) / 8;
        let needed = top + program.arena_words;
        if needed > self.memory.len() {
            grow(&mut self.memory, needed)?;
        }
        let place = self.memory.as_flattened_mut().get_mut(base..base + length);
        place
            .ok_or(EvalError::Internal)?
            .copy_from_slice(&input.bytes);
        Ok(Machine::new(
            program,
            &mut self.memory,
            &mut self.stack,
            facts,
            &mut self.interner,
            &input.texts,
            &mut self.effects,
            &mut self.trace,
            &mut self.glob,
            top,
            limits,
        ))
    }

    #[inline]
    fn settle(&mut self, ending: Ending, gas: Gas) -> Verdict {
        let code = &self.program.code;
        let (result, by) = match ending {
            Ending::Decided { group, rule } => {
                let decision = code.groups.get(group as usize).map(|group| group.decision);
                (
                    decision.ok_or(EvalError::Internal),
                    DecidedBy::Rule { group, rule },
                )
            }
            Ending::Otherwise => (Ok(self.program.otherwise), DecidedBy::Otherwise),
            Ending::Output(address) => {
                self.output = Some(address);
                (self.output_decision(address), DecidedBy::Output)
            }
            Ending::Rejected(message) => {
                (Ok(Decision::Reject), DecidedBy::Message(MessageId(message)))
            }
            Ending::GroupEnd => (Err(EvalError::Internal), DecidedBy::Error),
            Ending::Failed(error, _) => (Err(error), DecidedBy::Error),
        };
        if result.is_err() {
            self.effects.clear();
            self.output = None;
            return Verdict {
                result,
                by: DecidedBy::Error,
                gas,
            };
        }
        Verdict { result, by, gas }
    }

    /// Accept, unless the output says `valid: false`.
    fn output_decision(&self, address: u64) -> Result<Decision, EvalError> {
        let program = self.program.program();
        let record = program
            .output
            .and_then(|id| program.records.get(id.0 as usize));
        let record = record.ok_or(EvalError::Internal)?;
        let Some(valid) = record.field("valid").filter(|field| field.ty == Type::Bool) else {
            return Ok(Decision::Accept);
        };
        debug_assert_eq!(valid.ty.repr(), Repr::Word);
        let address = Handle(address << 32).address().wrapping_add(valid.offset);
        match value::word(self.memory.as_flattened(), address).ok_or(EvalError::Internal)? {
            0 => Ok(Decision::Reject),
            _ => Ok(Decision::Accept),
        }
    }
}

/// Room for a larger input than any before.
#[cold]
fn grow(memory: &mut Memory, needed: usize) -> Result<(), EvalError> {
    if needed > MEMORY_BYTES_MAX / 8 {
        return Err(EvalError::WrongInput);
    }
    memory.resize(needed, [0; 8]);
    Ok(())
}

fn refused(error: EvalError) -> Verdict {
    Verdict {
        result: Err(error),
        by: DecidedBy::Error,
        gas: Gas::ZERO,
    }
}
