//! One instance of a policy's module: memory to write an input to, functions to call.
//!
//! Nothing of an evaluation reaches the next one: the module begins with an empty arena, and everything it reads was
//! written by the host or by itself in the same evaluation.

use std::sync::Arc;

use tollgate_ecl::effect;
use tollgate_ecl::facts::Facts;
use tollgate_ecl::gas::{Gas, GasLimits};
use tollgate_ecl::input::{Input, ProgramId};
use tollgate_ecl::ir::{Body, Decision, EffectEntry, FactKind, Program};
use tollgate_ecl::outcome::{
    DecidedBy, EffectRecord, EvalError, Explanation, LeafTrace, RuleTrace, Status, Verdict,
};
use tollgate_ecl::types::Type;
use tollgate_ecl::value::{self, Value};
use tollgate_ecl::wasm::{layout, result};
use tollgate_sandbox::{PureEntry, PureInstance};

use super::batch::{Batch, BatchResults};
use super::engine::{INTERNAL, WasmPolicy};
use super::error::PolicyError;
use super::host::{FactFailure, HostState};

/// A live policy module. Used by one thread at a time.
#[derive(Debug)]
pub struct WasmInstance {
    pub(super) instance: PureInstance<HostState>,
    decide: PureEntry<(u32,), u64>,
    explain: PureEntry<(u32,), u64>,
    pub(super) batch: PureEntry<(u32, u32, u32, u32, u32), u64>,
    pub(super) program: Arc<Program>,
    id: ProgramId,
    /// Linear address of program address 0, and of the input.
    pub(super) base: usize,
    input_base: usize,
    limits: GasLimits,
    /// Whether it asks for anything, and for anything with text in it.
    asks: bool,
    interns: bool,
    memory_bytes: usize,
    /// What the last evaluation decided, for its effects, and from what.
    last: Option<(Decision, DecidedBy)>,
}

impl WasmInstance {
    pub(super) fn new(policy: &WasmPolicy) -> Result<Self, PolicyError> {
        let state = HostState::new(policy.encoder.pool().clone(), 0);
        let mut instance = policy.template.instantiate(state)?;
        let mut global = |name: &str| {
            let value = instance.global(name);
            value
                .and_then(|value| usize::try_from(value).ok())
                .ok_or_else(|| PolicyError::Shape {
                    message: format!("it exports no global `{name}`"),
                })
        };
        let (base, input_base, abi) = (global("base")?, global("input_base")?, global("abi")?);
        if abi != layout::ABI_VERSION as usize
            || input_base.checked_sub(base) != Some(policy.program.input_base as usize)
        {
            return Err(PolicyError::Shape {
                message: "its globals are not those of its program".to_owned(),
            });
        }
        instance.state_mut().base = base;
        let interns = policy.facts().iter().any(|kind| has_text(*kind));
        let mut made = Self {
            decide: instance.entry("decide")?,
            explain: instance.entry("explain")?,
            batch: instance.entry("decide_batch")?,
            program: Arc::clone(&policy.program),
            id: policy.id,
            base,
            input_base,
            limits: policy.program.gas_limits,
            asks: !policy.facts().is_empty(),
            interns,
            memory_bytes: policy.config.memory_bytes,
            last: None,
            instance,
        };
        let limits = made.limits;
        made.write_limits(&limits)?;
        Ok(made)
    }

    pub(super) fn is_of(&self, id: &ProgramId) -> bool {
        self.id == *id
    }

    /// Evaluates one input.
    #[inline]
    pub fn evaluate(
        &mut self,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Verdict {
        self.run(false, input, facts, limits)
    }

    #[inline]
    fn run(
        &mut self,
        traced: bool,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Verdict {
        self.last = None;
        if input.program != self.id {
            return Verdict {
                result: Err(EvalError::WrongInput),
                ..INTERNAL
            };
        }
        let Ok(packed) = self.call(traced, input, facts, limits) else {
            return INTERNAL;
        };
        let verdict = result::unpack(packed, self.gas());
        self.last = verdict.result.ok().map(|decision| (decision, verdict.by));
        verdict
    }

    #[inline]
    fn call(
        &mut self,
        traced: bool,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Result<u64, PolicyError> {
        if self.limits != *limits {
            self.write_limits(limits)?;
        }
        let length = self.place(self.input_base, &input.bytes)?;
        if self.asks {
            self.prepare(input);
        }
        let entry = if traced { &self.explain } else { &self.decide };
        Ok(if self.asks {
            self.instance.call_with(entry, (length,), facts)?
        } else {
            self.instance.call(entry, (length,))?
        })
    }

    /// Forgets the texts of the last evaluation.
    fn prepare(&mut self, input: &Input) {
        let state = self.instance.state_mut();
        state.failure = None;
        if self.interns {
            state.interner.reset();
            state.input_texts.clear();
            state.input_texts.extend_from_slice(&input.texts);
        }
    }

    /// Writes bytes to the memory, growing it when they do not fit; gives their length.
    #[inline]
    pub(super) fn place(&mut self, at: usize, bytes: &[u8]) -> Result<u32, PolicyError> {
        if self.instance.write(at, bytes).is_err() {
            self.grow(at.saturating_add(bytes.len()))?;
            self.instance.write(at, bytes)?;
        }
        u32::try_from(bytes.len()).map_err(|_| self.too_large(bytes.len()))
    }

    #[cold]
    fn grow(&mut self, end: usize) -> Result<(), PolicyError> {
        if end > self.memory_bytes {
            return Err(self.too_large(end));
        }
        let missing = end.saturating_sub(self.instance.memory().len());
        let pages = missing.div_ceil(layout::PAGE as usize);
        Ok(self.instance.grow(pages as u64)?)
    }

    #[cold]
    fn too_large(&self, bytes: usize) -> PolicyError {
        PolicyError::InputTooLarge {
            bytes,
            limit: self.memory_bytes,
        }
    }

    #[cold]
    pub(super) fn write_limits(&mut self, limits: &GasLimits) -> Result<(), PolicyError> {
        let words = [
            limits.total,
            limits.layers.network,
            limits.layers.compute,
            limits.layers.storage,
            limits.layers.realm,
        ];
        let bytes: Vec<u8> = words
            .into_iter()
            .flat_map(|word| word.min(i64::MAX.cast_unsigned()).to_le_bytes())
            .collect();
        self.instance.write(layout::LIMITS as usize, &bytes)?;
        self.limits = *limits;
        Ok(())
    }

    pub(super) fn limits(&self) -> &GasLimits {
        &self.limits
    }

    pub(super) fn asks(&self) -> bool {
        self.asks
    }

    /// Gas of the last evaluation.
    #[inline]
    fn gas(&self) -> Gas {
        let at = layout::GAS as usize;
        let words = self
            .instance
            .memory()
            .get(at..)
            .and_then(|bytes| bytes.first_chunk::<32>());
        words.map_or(Gas::ZERO, gas_of)
    }

    /// Evaluates one input and records the outcome of every rule and condition.
    pub fn explain(
        &mut self,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Explanation {
        let verdict = self.run(true, input, facts, limits);
        let failed = verdict == INTERNAL || verdict.result == Err(EvalError::WrongInput);
        let (rules, leaves) = if failed {
            (Vec::new(), Vec::new())
        } else {
            (self.rule_traces(), self.leaf_traces())
        };
        Explanation {
            verdict,
            rules,
            leaves,
        }
    }

    /// The memory as programs see it, from address 0.
    #[must_use]
    pub fn memory(&self) -> &[u8] {
        self.instance.memory().get(self.base..).unwrap_or(&[])
    }

    fn state_address(&self, at: u32) -> Option<u32> {
        let word = value::word(self.instance.memory(), at)?;
        u32::try_from(word).ok()
    }

    fn rule_traces(&self) -> Vec<RuleTrace> {
        let (Body::Policy(policy), Some(at)) =
            (&self.program.body, self.state_address(layout::RULE_TRACES))
        else {
            return Vec::new();
        };
        let statuses = self.memory().get(at as usize..).unwrap_or(&[]);
        let reached = self.state_address(layout::GROUPS_REACHED).unwrap_or(0);
        let groups = (0..reached).zip(&policy.groups);
        let rules =
            groups.flat_map(|(group, rules)| (0..).zip(&rules.rules).map(move |(n, _)| (group, n)));
        rules
            .zip(statuses)
            .map(|((group, rule), status)| RuleTrace {
                group,
                rule,
                status: match status {
                    1 => Status::Fail,
                    2 => Status::Pass,
                    3 => Status::Error,
                    _ => Status::NotEvaluated,
                },
            })
            .collect()
    }

    fn leaf_traces(&self) -> Vec<LeafTrace> {
        let (Body::Policy(policy), Some(at)) =
            (&self.program.body, self.state_address(layout::LEAF_TRACES))
        else {
            return Vec::new();
        };
        let rules = policy.groups.iter().flat_map(|group| &group.rules);
        let count = rules
            .map(|rule| rule.leaf_base as usize + rule.leaves.len())
            .max()
            .unwrap_or(0);
        let memory = self.memory();
        let word = |at: u32| value::word(memory, at).unwrap_or(0);
        let starts = (at..).step_by(layout::LEAF_BYTES as usize).take(count);
        starts
            .map(|at| LeafTrace {
                status: u8::try_from(word(at) & 0xffff_ffff).unwrap_or(0),
                handled: word(at) >> 32 != 0,
                left: [word(at + 8), word(at + 16)],
                right: [word(at + 24), word(at + 32)],
            })
            .collect()
    }

    /// Returns the effects of the last evaluation, for the host to commit all together. None after an error.
    #[must_use]
    pub fn effects(&self) -> Vec<EffectRecord> {
        let (Body::Policy(policy), Some((decision, _))) = (&self.program.body, self.last) else {
            return Vec::new();
        };
        let slots = (layout::EFFECTS..).step_by(layout::EFFECT_BYTES as usize);
        let taken = slots
            .zip(&policy.effects)
            .filter(|(_, entry)| entry.on == decision);
        let records = |(slot, entry): (u32, &EffectEntry)| {
            let word = value::word(self.instance.memory(), slot)?;
            effect::read(&self.program, self.memory(), &entry.value.ty, word)
        };
        taken.filter_map(records).flatten().collect()
    }

    /// Returns what a guard returned in the last evaluation.
    #[must_use]
    pub fn output(&self) -> Option<Value> {
        let Body::Guard(body) = &self.program.body else {
            return None;
        };
        let (_, DecidedBy::Output) = self.last? else {
            return None;
        };
        self.value_at(layout::OUTPUT, &body.ty)
    }

    /// Why a fact failed in the last evaluation.
    #[must_use]
    pub fn fact_failure(&self) -> Option<&(FactKind, FactFailure)> {
        self.instance.state().failure.as_ref()
    }

    /// The value whose words stand in the state block.
    fn value_at(&self, at: u32, ty: &Type) -> Option<Value> {
        let state = self.instance.memory();
        let words = [value::word(state, at)?, value::word(state, at + 8)?];
        value::from_words(&self.program, self.memory(), ty, words)
    }

    /// Evaluates all inputs of a batch.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn evaluate_batch(
        &mut self,
        batch: &Batch,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Result<BatchResults, PolicyError> {
        super::batch::run(self, batch, facts, limits)
    }
}

/// Gas from its four words.
pub(super) fn gas_of(bytes: &[u8; 32]) -> Gas {
    let word = |n: usize| {
        let word = bytes.get(n * 8..).and_then(|b| b.first_chunk::<8>());
        word.map_or(0, |word| u64::from_le_bytes(*word))
    };
    Gas {
        network: word(0),
        compute: word(1),
        storage: word(2),
        realm: word(3),
    }
}

/// Whether answers of that kind bring text into the memory.
pub(super) fn has_text(kind: FactKind) -> bool {
    let answer = kind.answer();
    answer.is_text() || matches!(answer, Type::List(..))
}
