//! What an evaluation left in the memory of a module: gas, traces, effects and output.

use crate::data::gas::Gas;
use crate::data::types::Type;
use crate::host::effect;
use crate::host::outcome::{EffectRecord, EvalError, LeafTrace, RuleTrace, Status};
use crate::ir::value::{self, Value};
use crate::ir::{Body, Decision, Program};

use super::layout;

/// The memory of a module after an evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Results<'m> {
    program: &'m Program,
    /// The linear memory, whole.
    state: &'m [u8],
    /// Linear address of program address 0.
    base: usize,
}

impl<'m> Results<'m> {
    /// Reads the linear memory of a module of `program` whose global `base` has that value.
    #[must_use]
    pub fn new(program: &'m Program, state: &'m [u8], base: usize) -> Self {
        Self {
            program,
            state,
            base,
        }
    }

    /// Gas of the evaluation; `None` when the memory has no room for what it was: then nobody knows, and it was not free.
    #[must_use]
    #[inline]
    pub fn gas(&self) -> Option<Gas> {
        let at = layout::GAS as usize;
        let words = self.state.get(at..)?.first_chunk()?;
        Some(gas(words))
    }

    /// The memory as programs see it, from address 0.
    #[must_use]
    pub fn memory(&self) -> &'m [u8] {
        self.state.get(self.base..).unwrap_or(&[])
    }

    fn state_address(&self, at: u32) -> Option<u32> {
        let word = value::word(self.state, at)?;
        u32::try_from(word).ok()
    }

    /// Status of every rule of the groups that `explain` reached.
    #[must_use]
    pub fn rule_traces(&self) -> Vec<RuleTrace> {
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

    /// What `explain` recorded of every condition.
    #[must_use]
    pub fn leaf_traces(&self) -> Vec<LeafTrace> {
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

    /// Returns the effects that belong to a decision, for the host to commit all together.
    ///
    /// # Errors
    /// [`EvalError::Internal`] when one cannot be read: then the decision does not hold, see
    /// [`Verdict::whole`](crate::host::outcome::Verdict::whole).
    pub fn effects(&self, decision: Decision) -> Result<Vec<EffectRecord>, EvalError> {
        let Body::Policy(policy) = &self.program.body else {
            return Ok(Vec::new());
        };
        let slots = (layout::EFFECTS..).step_by(layout::EFFECT_BYTES as usize);
        let taken = slots
            .zip(&policy.effects)
            .filter(|(_, entry)| entry.on == decision);
        effect::all(taken.map(|(slot, entry)| {
            let word = value::word(self.state, slot)?;
            effect::read(self.program, self.memory(), &entry.value.ty, word)
        }))
    }

    /// Returns what a guard returned.
    #[must_use]
    pub fn output(&self) -> Option<Value> {
        match &self.program.body {
            Body::Guard(body) => self.value_at(layout::OUTPUT, &body.ty),
            Body::Policy(_) => None,
        }
    }

    /// The value whose words stand in the state block.
    fn value_at(&self, at: u32, ty: &Type) -> Option<Value> {
        let words = [
            value::word(self.state, at)?,
            value::word(self.state, at + 8)?,
        ];
        value::from_words(self.program, self.memory(), ty, words)
    }
}

/// Gas from its four words in memory.
#[must_use]
pub fn gas(bytes: &[u8; 32]) -> Gas {
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
