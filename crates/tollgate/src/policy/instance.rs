//! One instance of a policy's module: memory to write an input to, functions to call.
//!
//! Nothing of an evaluation reaches the next one: the module begins with an empty arena, and everything it reads was
//! written by the host or by itself in the same evaluation.

use std::sync::Arc;

use tollgate_ecl::engines::wasm::host::{FactFailure, FactHost, has_text};
use tollgate_ecl::engines::wasm::results::Results;
use tollgate_ecl::engines::wasm::{layout, result};
use tollgate_ecl::host::input::ProgramId;
use tollgate_ecl::host::outcome::{DecidedBy, EffectRecord, Explanation};
use tollgate_ecl::ir::value::Value;
use tollgate_ecl::{Decision, EvalError, FactKind, Facts, GasLimits, Input, Program, Verdict};
use tollgate_sandbox::{PureEntry, PureInstance};

use super::batch::{Batch, BatchResults};
use super::engine::{INTERNAL, WasmPolicy};
use super::error::PolicyError;
use super::host::HostState;

/// What an evaluation is to give.
#[derive(Debug, Clone, Copy)]
enum Entry {
    /// The verdict.
    Decide,
    /// The outcome of every rule and condition too.
    Explain,
}

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
        let mut instance = policy.template.instantiate(host(policy, 0))?;
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
        *instance.state_mut() = host(policy, base);
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
        self.run(Entry::Decide, input, facts, limits)
    }

    #[inline]
    fn run(
        &mut self,
        entry: Entry,
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
        let Ok(packed) = self.call(entry, input, facts, limits) else {
            return INTERNAL;
        };
        let Some(gas) = self.results().gas() else {
            return INTERNAL;
        };
        let verdict = result::unpack(packed, gas);
        self.last = verdict.result.ok().map(|decision| (decision, verdict.by));
        verdict
    }

    #[inline]
    fn call(
        &mut self,
        entry: Entry,
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
        let entry = match entry {
            Entry::Decide => &self.decide,
            Entry::Explain => &self.explain,
        };
        Ok(if self.asks {
            self.instance.call_with(entry, (length,), facts)?
        } else {
            self.instance.call(entry, (length,))?
        })
    }

    /// Forgets the facts of the last evaluation.
    fn prepare(&mut self, input: &Input) {
        let HostState(host) = self.instance.state_mut();
        host.begin();
        if self.interns {
            host.begin_texts(input);
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
        let bytes = layout::limits(limits);
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

    /// What the last evaluation left in memory.
    #[inline]
    fn results(&self) -> Results<'_> {
        Results::new(&self.program, self.instance.memory(), self.base)
    }

    /// Evaluates one input and records the outcome of every rule and condition.
    pub fn explain(
        &mut self,
        input: &Input,
        facts: &mut dyn Facts,
        limits: &GasLimits,
    ) -> Explanation {
        let verdict = self.run(Entry::Explain, input, facts, limits);
        let failed = verdict == INTERNAL || verdict.result == Err(EvalError::WrongInput);
        let (rules, leaves) = if failed {
            (Vec::new(), Vec::new())
        } else {
            (self.results().rule_traces(), self.results().leaf_traces())
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
        self.results().memory()
    }

    /// Returns the effects of the last evaluation, for the host to commit all together. None after an error.
    ///
    /// # Errors
    /// [`EvalError::Internal`] when one cannot be read: then the decision does not hold, see [`Verdict::whole`].
    pub fn effects(&self) -> Result<Vec<EffectRecord>, EvalError> {
        match self.last {
            Some((decision, _)) => self.results().effects(decision),
            None => Ok(Vec::new()),
        }
    }

    /// Returns what a guard returned in the last evaluation.
    #[must_use]
    pub fn output(&self) -> Option<Value> {
        let (_, DecidedBy::Output) = self.last? else {
            return None;
        };
        self.results().output()
    }

    /// Why a fact failed in the last evaluation.
    #[must_use]
    pub fn fact_failure(&self) -> Option<&(FactKind, FactFailure)> {
        self.instance.state().0.failure()
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

fn host(policy: &WasmPolicy, base: usize) -> HostState {
    HostState(FactHost::new(policy.encoder.pool().clone(), base))
}
