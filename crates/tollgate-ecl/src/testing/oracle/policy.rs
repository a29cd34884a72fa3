//! Policies and guards: groups of rules, their plans, effects and output.

use super::{BROKEN, Eval, Evaluation, Stop, Walk, Words};
use crate::data::gas::{self, Gas, GasLimits, Layer};
use crate::data::types::{Type, WORD};
use crate::host::effect;
use crate::host::outcome::{DecidedBy, EffectRecord, EvalError, RuleTrace, Status, Verdict};
use crate::ir::cost;
use crate::ir::value::{self, Value};
use crate::ir::{Combine, Cuts, Decision, Expr, Group, Handle, Index, Keys, PolicyBody, Rule};

/// How an evaluation ended.
type Ended = (Result<Decision, EvalError>, DecidedBy);

impl Walk<'_> {
    pub(super) fn policy(mut self, policy: &PolicyBody, arena_base: u32) -> Evaluation {
        // Rules a short circuit left out, by place in `rules`.
        let mut left_out = Vec::new();
        let mut effects = Vec::new();
        let ended = self.decide(policy, &mut left_out).and_then(|decided| {
            effects = self.effects(policy, decided.0)?;
            Ok((Ok(decided.0), decided.1))
        });
        let (result, by) = ended.unwrap_or_else(|stop| (Err(error(stop)), DecidedBy::Error));
        let gas = self.used;
        let arena_used = self.top - arena_base;
        if result.is_ok() {
            self.complete(policy, &left_out);
        }
        Evaluation {
            verdict: Verdict { result, by, gas },
            effects,
            output: None,
            rules: self.rules,
            leaves: self.leaves,
            memory: self.memory,
            arena_used,
            read_none: self.read_none,
        }
    }

    fn decide(
        &mut self,
        policy: &PolicyBody,
        left_out: &mut Vec<usize>,
    ) -> Eval<(Decision, DecidedBy)> {
        for (local, value) in &policy.lets {
            let value = self.block(value)?;
            self.bind(*local, value)?;
        }
        for (number, group) in (0..).zip(&policy.groups) {
            if let Some(rule) = self.group(number, group, left_out)? {
                let by = DecidedBy::Rule {
                    group: number,
                    rule,
                };
                return Ok((group.decision, by));
            }
        }
        Ok((policy.otherwise, DecidedBy::Otherwise))
    }

    /// The deciding rule of a group that decides.
    fn group(
        &mut self,
        number: u32,
        group: &Group,
        left_out: &mut Vec<usize>,
    ) -> Eval<Option<u32>> {
        let first_trace = self.rules.len();
        self.rules
            .extend((0..).zip(&group.rules).map(|(rule, _)| RuleTrace {
                group: number,
                rule,
                status: Status::NotEvaluated,
            }));
        let candidates = match &group.plan.index {
            Some(index) => self.look_up(index)?,
            None => (0..u32::try_from(group.rules.len()).map_err(|_| BROKEN)?).collect(),
        };
        let mut decided = None;
        let mut over = false;
        for &rule in &candidates {
            let trace = first_trace + rule as usize;
            if over {
                left_out.push(trace);
                continue;
            }
            let holds = self.rule(group, rule, trace)?;
            match group.combine {
                Combine::Any if holds => (decided, over) = (Some(rule), true),
                Combine::All if !holds => (decided, over) = (None, true),
                Combine::Any => {}
                Combine::All => decided = Some(rule),
            }
        }
        Ok(decided)
    }

    /// The rules an index leaves.
    fn look_up(&mut self, index: &Index) -> Eval<Vec<u32>> {
        self.charge(cost::block(&index.key).plus(&cost::look_up(&index.keys)))?;
        let key = self.eval(&index.key)?;
        let bucket = match &index.keys {
            Keys::Equal { entries, default } => {
                let entry = entries.iter().find(|(word, _)| *word == key[0]);
                entry.map_or(*default, |(_, bucket)| *bucket)
            }
            Keys::Ordered(cuts) => self.interval(cuts, key)?,
        };
        match index.nested.iter().find(|(number, _)| *number == bucket) {
            Some((_, nested)) => self.look_up(nested),
            None => index.buckets.get(bucket as usize).cloned().ok_or(BROKEN),
        }
    }

    /// The number of cuts that a key has reached.
    fn interval(&self, cuts: &Cuts, key: Words) -> Eval<u32> {
        let count = match cuts {
            Cuts::Words(cuts) => {
                let key = key[0].cast_signed();
                cuts.iter().filter(|cut| **cut <= key).count()
            }
            Cuts::Numbers(cuts) => {
                let key = f64::from_bits(key[0]);
                cuts.iter().filter(|cut| **cut <= key).count()
            }
            Cuts::Wides(cuts) => {
                let key = value::wide(key[0], key[1]);
                cuts.iter().filter(|cut| **cut <= key).count()
            }
            Cuts::Texts(cuts) => {
                let text = self.text(Handle(key[0]))?.as_bytes();
                let pool = &self.program.pool.bytes;
                let reached = cuts.iter().filter(|cut| cut.is_reached(text, pool));
                reached.count()
            }
        };
        u32::try_from(count).map_err(|_| BROKEN)
    }

    fn rule(&mut self, group: &Group, rule: u32, trace: usize) -> Eval<bool> {
        let Rule {
            shape,
            params,
            leaf_base,
            ..
        } = group.rules.get(rule as usize).ok_or(BROKEN)?;
        let shape = group.plan.shapes.get(*shape as usize).ok_or(BROKEN)?;
        (self.params, self.leaf_base) = (*params, *leaf_base);
        let holds = self.block_is_true(shape);
        if let Some(trace) = self.rules.get_mut(trace) {
            trace.status = match &holds {
                Ok(true) => Status::Pass,
                Ok(false) => Status::Fail,
                Err(_) => Status::Error,
            };
        }
        holds
    }

    fn effects(&mut self, policy: &PolicyBody, decision: Decision) -> Eval<Vec<EffectRecord>> {
        let mut records = Vec::new();
        for entry in policy.effects.iter().filter(|e| e.on == decision) {
            let [word, _] = self.block(&entry.value)?;
            self.take(&entry.value.ty, word)?;
            let taken = effect::read(self.program, &self.memory, &entry.value.ty, word);
            records.extend(taken.ok_or(BROKEN)?);
        }
        Ok(records)
    }

    /// Charges for the effects in a value.
    #[expect(clippy::cast_possible_truncation, reason = "addresses have 32 bits")]
    fn take(&mut self, ty: &Type, word: u64) -> Eval<()> {
        match ty {
            Type::Effect => {
                let amount = self.word(word as u32 + effect::GAS)?;
                self.charge(Gas::in_layer(Layer::Storage, amount))
            }
            Type::Option(inner) => {
                let address = word as u32;
                if self.word(address)? != 0 {
                    let [word, _] = self.load(inner, address + WORD)?;
                    self.take(inner, word)?;
                }
                Ok(())
            }
            Type::List(inner, _) => {
                let list = Handle(word);
                let stride = inner.words(&self.program.records) * WORD;
                for number in 0..list.length() {
                    self.charge(Gas::compute(gas::ELEMENT))?;
                    let [word, _] = self.load(inner, list.address() + number * stride)?;
                    self.take(inner, word)?;
                }
                Ok(())
            }
            _ => Err(BROKEN),
        }
    }

    /// Evaluates what the verdict did not need, for the reasons only.
    fn complete(&mut self, policy: &PolicyBody, left_out: &[usize]) {
        self.limits = GasLimits::total(u64::MAX);
        for &trace in left_out {
            let Some(&RuleTrace { group, rule, .. }) = self.rules.get(trace) else {
                continue;
            };
            if let Some(group) = policy.groups.get(group as usize) {
                // An error is recorded as the rule's status and changes nothing.
                let _shown = self.rule(group, rule, trace);
            }
        }
    }

    pub(super) fn guard(mut self, body: &Expr, arena_base: u32) -> Evaluation {
        let mut output = None;
        let (result, by): Ended = match self.block(body) {
            Ok(words) => {
                output = value::from_words(self.program, &self.memory, &body.ty, words);
                let valid = match &output {
                    Some(value) => value.field("valid") != Some(&Value::Bool(false)),
                    None => false,
                };
                let decision = if valid {
                    Decision::Accept
                } else {
                    Decision::Reject
                };
                match output {
                    Some(_) => (Ok(decision), DecidedBy::Output),
                    None => (Err(EvalError::Internal), DecidedBy::Error),
                }
            }
            Err(Stop::Message(message)) => (Ok(Decision::Reject), DecidedBy::Message(message)),
            Err(Stop::Error(error)) => (Err(error), DecidedBy::Error),
        };
        debug_assert!(matches!(body.ty, Type::Record(_) | Type::Never));
        let gas = self.used;
        Evaluation {
            verdict: Verdict { result, by, gas },
            output,
            ..self.finish(result, arena_base)
        }
    }
}

fn error(stop: Stop) -> EvalError {
    match stop {
        Stop::Error(error) => error,
        // A policy has no `Check` and no `Fail`.
        Stop::Message(_) => EvalError::Internal,
    }
}
