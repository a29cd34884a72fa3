//! Checked IR → bytecode, one instruction an operator; the [optimiser](super::optimise) fuses.
//!
//! Conditions are lowered to jumps: [`Lower::condition`] makes code that goes to a label when an expression has a given
//! truth value and falls through otherwise, so AND, OR, NOT and `if` cost no instructions of their own. A block is charged
//! where control enters it, with the amount [`gas::block`] gives.
//!
//! The rules of a group either stand one after the other, with their constants in place, or share the code of their shapes:
//! then the rule set is a table, and 10,000 rules are 10,000 entries of 16 bytes.

use std::collections::HashMap;

use super::bytecode::{
    Bucket, Code, EffectCode, FunctionCode, GAS_TABLE, GroupCode, IndexCode, NONE, Op, OperandSize,
    PcInfo, RuleCode, note,
};
use super::listing::{Line, Listing, index};
use super::optimise;
use crate::gas::{self, Gas};
use crate::ir::{
    BinaryOp, Body, Combine, Decision, Effect, Expr, ExprKind, FactKind, Group, Index, LocalId,
    LoopKind, PolicyBody, Program, Rule, UnaryOp,
};
use crate::types::{Repr, Type, WORD};

/// Rules that stand one after the other in the code although they share shapes, at most.
const INLINE_RULES_MAX: usize = 16;

/// Whether the optimiser runs. It changes nothing but speed; `None` is for tests and listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optimise {
    /// One instruction an operator.
    None,
    /// Threaded, fused, without dead code.
    Full,
}

/// Why a program has no bytecode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LowerError {
    /// A program that the checker would not have made.
    #[error("the program is not well formed: {0}; this is a bug in what made it")]
    Malformed(&'static str),
    /// Too many locals, or too large a record.
    #[error(
        "the program needs {what} of {found}, but at most {max} fit; split it into smaller policies"
    )]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large.
        found: u64,
        /// The limit.
        max: u64,
    },
}

type Lowered = Result<(), LowerError>;

/// Makes the bytecode of a program.
///
/// # Errors
/// When the program is not well formed or larger than the machine.
pub fn lower(program: &Program, level: Optimise) -> Result<Code, LowerError> {
    let mut lower = Lower::new(program);
    lower.program()?;
    let mut listing = lower.listing;
    if level == Optimise::Full {
        optimise::optimise(&mut listing);
    }
    listing
        .assemble()
        .ok_or(LowerError::Malformed("a jump without a target"))
}

/// The cells of a body's locals.
#[derive(Debug, Default)]
struct Frame {
    slots: Vec<u16>,
    top: u32,
    max: u32,
}

/// A value whose place in memory is known when the code is made.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Absolute byte address.
    Memory(u32),
    /// Byte offset into the rule's constants.
    Param(u32),
}

struct Lower<'p> {
    program: &'p Program,
    listing: Listing,
    frame: Frame,
    /// Address of the rule's constants, when the code is for one rule.
    params: Option<u32>,
    /// Added to the leaf numbers of the rule.
    leaf_base: u32,
    /// The leaf instructions belong to.
    leaf: u32,
    /// What the next comparison notes for its leaf: taken by it before its operands are lowered.
    pending: Option<PcInfo>,
    /// Whether the rule's leaves have comparisons.
    compares: Vec<bool>,
}

impl<'p> Lower<'p> {
    fn new(program: &'p Program) -> Self {
        Self {
            program,
            listing: Listing::default(),
            frame: Frame::default(),
            params: None,
            leaf_base: 0,
            leaf: NONE,
            pending: None,
            compares: Vec::new(),
        }
    }

    fn program(&mut self) -> Lowered {
        self.declare_functions()?;
        self.frame = self.frame_of(&self.program.locals)?;
        match &self.program.body {
            Body::Guard(expr) => {
                self.listing.code.effect_entries = [NONE; 3];
                self.block(expr)?;
                if expr.ty.repr() != Repr::Nothing {
                    self.emit(Op::Output);
                }
            }
            Body::Policy(policy) => self.policy(policy)?,
        }
        self.listing.code.locals = cells(self.frame.max)?;
        self.functions()
    }

    // Policies.

    fn policy(&mut self, policy: &'p PolicyBody) -> Lowered {
        let entries = std::array::from_fn(|_| self.listing.label());
        self.listing.code.effect_entries = entries;
        for (local, value) in &policy.lets {
            self.block(value)?;
            self.set_local(*local, &value.ty)?;
        }
        for (number, group) in policy.groups.iter().enumerate() {
            self.group(index(number), group)?;
        }
        self.emit(Op::Otherwise);
        self.effects(&policy.effects, entries)
    }

    fn group(&mut self, number: u32, group: &'p Group) -> Lowered {
        let (start, end) = (self.listing.label(), self.listing.label());
        self.listing.place(start);
        let rules = index(self.listing.code.rules.len());
        let count = index(group.rules.len());
        self.listing.code.groups.push(GroupCode {
            decision: group.decision,
            combine: group.combine,
            rules,
            count,
            start,
            end,
            bucket: NONE,
        });
        if group.rules.is_empty() {
        } else if is_inline(group) {
            self.inline_rules(number, group)?;
        } else {
            self.shared_rules(number, group)?;
        }
        self.listing.place(end);
        self.emit(Op::GroupEnd { group: number });
        Ok(())
    }

    fn inline_rules(&mut self, number: u32, group: &'p Group) -> Lowered {
        let end = self.group_end(number);
        let mut misses = Vec::new();
        for (rule_number, rule) in group.rules.iter().enumerate() {
            let rule_number = index(rule_number);
            let (entry, next) = (self.listing.label(), self.listing.label());
            self.listing.place(entry);
            self.enter_rule(rule, rule.leaf_base, Some(rule.params));
            let shape = shape(group, rule)?;
            self.charge(&gas::block(shape));
            self.condition(shape, false, next)?;
            match group.combine {
                Combine::Any => {
                    self.emit(Op::Decide {
                        group: number,
                        rule: rule_number,
                    });
                    self.listing.place(next);
                }
                Combine::All => misses.push((rule_number, next)),
            }
            let after = self.listing.label();
            self.listing.place(after);
            self.listing.code.rules.push(RuleCode {
                entry,
                end: after,
                params: rule.params / WORD,
                leaf_base: 0,
            });
        }
        self.leave_rule();
        if group.combine == Combine::All {
            let last = index(group.rules.len()) - 1;
            self.emit(Op::Decide {
                group: number,
                rule: last,
            });
        }
        for (rule, label) in misses {
            self.listing.place(label);
            self.emit(Op::Miss {
                group: number,
                rule,
                target: end,
            });
        }
        Ok(())
    }

    fn shared_rules(&mut self, number: u32, group: &'p Group) -> Lowered {
        let bucket = self.bucket(NONE, (0..index(group.rules.len())).collect());
        if let Some(code) = self.listing.code.groups.last_mut() {
            code.bucket = bucket;
        }
        match &group.plan.index {
            Some(index) => self.index(number, index)?,
            None => self.emit(Op::StartRules { group: number }),
        }
        let mut shapes = Vec::new();
        for (shape_number, shape) in group.plan.shapes.iter().enumerate() {
            // Rules of one shape have the same leaves but for their places, so any of them says which have comparisons.
            let Some(rule) = group
                .rules
                .iter()
                .find(|r| r.shape as usize == shape_number)
            else {
                shapes.push((NONE, NONE));
                continue;
            };
            shapes.push(self.shape(group.combine, rule, shape)?);
        }
        self.leave_rule();
        for rule in &group.rules {
            let (entry, end) = *shapes
                .get(rule.shape as usize)
                .ok_or(LowerError::Malformed("a rule without a shape"))?;
            self.listing.code.rules.push(RuleCode {
                entry,
                end,
                params: rule.params / WORD,
                leaf_base: rule.leaf_base,
            });
        }
        Ok(())
    }

    fn shape(
        &mut self,
        combine: Combine,
        rule: &Rule,
        shape: &'p Expr,
    ) -> Result<(u32, u32), LowerError> {
        let (entry, no, end) = (
            self.listing.label(),
            self.listing.label(),
            self.listing.label(),
        );
        self.listing.place(entry);
        self.enter_rule(rule, 0, None);
        self.charge(&gas::block(shape));
        self.condition(shape, false, no)?;
        let (on_true, on_false) = match combine {
            Combine::Any => (Op::DecideRule, Op::NextRule),
            Combine::All => (Op::NextRule, Op::MissRule),
        };
        self.emit(on_true);
        self.listing.place(no);
        self.emit(on_false);
        self.listing.place(end);
        Ok((entry, end))
    }

    fn enter_rule(&mut self, rule: &Rule, leaf_base: u32, params: Option<u32>) {
        self.params = params;
        self.leaf_base = leaf_base;
        self.compares = rule.leaves.iter().map(|l| l.compare.is_some()).collect();
    }

    fn leave_rule(&mut self) {
        self.params = None;
        self.compares = Vec::new();
    }

    fn group_end(&self, group: u32) -> u32 {
        self.listing
            .code
            .groups
            .get(group as usize)
            .map_or(NONE, |g| g.end)
    }

    fn bucket(&mut self, nested: u32, rules: Vec<u32>) -> u32 {
        let code = &mut self.listing.code;
        let start = index(code.bucket_rules.len());
        code.bucket_rules.extend(rules);
        let end = index(code.bucket_rules.len());
        code.buckets.push(Bucket { nested, start, end });
        index(code.buckets.len()) - 1
    }

    /// Code of an index: charge, key, look-up; then the code of the indexes within its buckets.
    fn index(&mut self, group: u32, plan: &'p Index) -> Lowered {
        let nested: HashMap<u32, u32> = plan
            .nested
            .iter()
            .map(|(b, _)| (*b, self.listing.label()))
            .collect();
        let first = index(self.listing.code.buckets.len());
        for (number, rules) in plan.buckets.iter().enumerate() {
            let label = nested.get(&index(number)).copied().unwrap_or(NONE);
            let rules = if label == NONE {
                rules.clone()
            } else {
                Vec::new()
            };
            self.bucket(label, rules);
        }
        let count = index(plan.buckets.len());
        let bucket = |number: u32| {
            if number < count {
                Ok(first + number)
            } else {
                Err(LowerError::Malformed("an index without the bucket"))
            }
        };
        let mut entries = plan
            .entries
            .iter()
            .map(|(key, number)| Ok((*key, bucket(*number)?)))
            .collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(|(key, _)| *key);
        let default = bucket(plan.default)?;
        let code = &mut self.listing.code;
        code.indexes.push(IndexCode {
            group,
            entries,
            default,
        });
        let number = index(code.indexes.len()) - 1;
        self.charge(&Gas::compute(gas::INDEX_LOOKUP).plus(&gas::block(&plan.key)));
        self.value(&plan.key)?;
        self.emit(Op::Lookup { index: number });
        for (bucket, inner) in &plan.nested {
            if let Some(label) = nested.get(bucket) {
                self.listing.place(*label);
                self.index(group, inner)?;
            }
        }
        Ok(())
    }

    fn effects(&mut self, effects: &'p [Effect], entries: [u32; 3]) -> Lowered {
        for effect in effects {
            let mut sizes = [OperandSize::Words(0); 2];
            for (size, operand) in sizes.iter_mut().zip(&effect.operands) {
                *size = if operand.ty.is_text() {
                    OperandSize::Text
                } else {
                    OperandSize::Words(operand.ty.words(&self.program.records))
                };
            }
            let count = u8::try_from(effect.operands.len())
                .ok()
                .filter(|count| *count <= 2)
                .ok_or(LowerError::Malformed(
                    "an effect with more than two operands",
                ))?;
            self.listing.code.effects.push(EffectCode {
                operands: sizes,
                count,
            });
        }
        let decisions = [Decision::Accept, Decision::Reject, Decision::Escalate];
        for (decision, entry) in decisions.into_iter().zip(entries) {
            self.listing.place(entry);
            for (number, effect) in effects.iter().enumerate().filter(|(_, e)| e.on == decision) {
                self.effect(index(number), effect)?;
            }
            self.emit(Op::Finish);
        }
        Ok(())
    }

    fn effect(&mut self, number: u32, effect: &'p Effect) -> Lowered {
        for operand in &effect.operands {
            self.block(operand)?;
            self.emit(match operand.ty.repr() {
                Repr::Wide => Op::EffectWide { effect: number },
                _ => Op::EffectWord { effect: number },
            });
        }
        self.emit_at(Op::EffectEnd { effect: number }, effect.point.0);
        Ok(())
    }

    // Functions.

    fn declare_functions(&mut self) -> Lowered {
        for function in &self.program.functions {
            let parameters = function.locals.get(..function.params as usize);
            let parameters =
                parameters.ok_or(LowerError::Malformed("a function without its parameters"))?;
            let code = FunctionCode {
                entry: self.listing.label(),
                arguments: cells(parameters.iter().map(words_of).sum())?,
                locals: 0,
                result: if function.ret.repr() == Repr::Wide {
                    2
                } else {
                    1
                },
            };
            self.listing.code.functions.push(code);
        }
        Ok(())
    }

    fn functions(&mut self) -> Lowered {
        for (number, function) in self.program.functions.iter().enumerate() {
            self.frame = self.frame_of(&function.locals)?;
            let entry = self
                .listing
                .code
                .functions
                .get(number)
                .map_or(NONE, |f| f.entry);
            self.listing.place(entry);
            self.block(&function.body)?;
            match function.body.ty.repr() {
                Repr::Wide => self.emit(Op::ReturnWide),
                Repr::Word | Repr::Ref => self.emit(Op::Return),
                Repr::Nothing => {}
            }
            if let Some(code) = self.listing.code.functions.get_mut(number) {
                code.locals = cells(self.frame.max)?;
            }
        }
        Ok(())
    }

    fn frame_of(&self, locals: &[Type]) -> Result<Frame, LowerError> {
        let mut frame = Frame::default();
        for ty in locals {
            frame.slots.push(cells(frame.top)?);
            frame.top += words_of(ty);
        }
        frame.max = frame.top;
        Ok(frame)
    }

    /// Takes so many cells for values of its own; [`Lower::release`] gives them back.
    fn take(&mut self, count: u32) -> Result<u16, LowerError> {
        let slot = cells(self.frame.top)?;
        self.frame.top += count;
        self.frame.max = self.frame.max.max(self.frame.top);
        cells(self.frame.top)?;
        Ok(slot)
    }

    fn release(&mut self, count: u32) {
        self.frame.top -= count;
    }

    fn slot(&self, local: LocalId) -> Result<u16, LowerError> {
        let slot = self.frame.slots.get(local.0 as usize).copied();
        slot.ok_or(LowerError::Malformed("an unknown local"))
    }

    fn set_local(&mut self, local: LocalId, ty: &Type) -> Lowered {
        let slot = self.slot(local)?;
        match ty.repr() {
            Repr::Wide => self.emit(Op::SetLocalWide { slot }),
            Repr::Word | Repr::Ref => self.emit(Op::SetLocal { slot }),
            Repr::Nothing => {}
        }
        Ok(())
    }

    // Emission.

    fn emit(&mut self, op: Op) {
        self.emit_at(op, 0);
    }

    fn emit_at(&mut self, op: Op, point: u32) {
        let info = PcInfo {
            point,
            leaf: self.leaf,
            notes: 0,
        };
        self.listing.lines.push(Line::Op(op, info));
    }

    /// A comparison that notes its operands and outcome for an explanation.
    fn emit_noted(&mut self, op: Op, point: u32, noted: Option<PcInfo>) {
        let info = match noted {
            Some(noted) => PcInfo { point, ..noted },
            None => PcInfo {
                point,
                leaf: self.leaf,
                notes: 0,
            },
        };
        self.listing.lines.push(Line::Op(op, info));
    }

    fn charge(&mut self, gas: &Gas) {
        if *gas == Gas::ZERO {
            return;
        }
        match compute_only(gas) {
            Some(amount) => self.emit(Op::Charge { amount }),
            None => {
                let k = self.gas_entry(gas);
                self.emit(Op::ChargeGas { k });
            }
        }
    }

    fn gas_entry(&mut self, gas: &Gas) -> u32 {
        let gases = &mut self.listing.code.gases;
        let found = gases.iter().position(|g| g == gas);
        index(found.unwrap_or_else(|| {
            gases.push(*gas);
            gases.len() - 1
        }))
    }

    /// Charges the block that starts here, then its value.
    fn block(&mut self, expr: &'p Expr) -> Lowered {
        self.charge(&gas::block(expr));
        self.value(expr)
    }

    // Values.

    fn value(&mut self, expr: &'p Expr) -> Lowered {
        if let Some(place) = self.place(expr) {
            self.load(place, &expr.ty);
            return Ok(());
        }
        match &expr.kind {
            ExprKind::Bool(value) => self.emit(Op::Small {
                value: i32::from(*value),
            }),
            ExprKind::Int(value) => self.int(*value),
            ExprKind::Number(value) => self.word(value.to_bits()),
            ExprKind::Wide(value) => {
                let k = self.listing.wide(*value);
                self.emit(Op::ConstWide { k });
            }
            ExprKind::Text(handle) => self.word(handle.0),
            ExprKind::Const(address) => self.word(u64::from(*address)),
            // Both have a place.
            ExprKind::Param(_) | ExprKind::Input(_) => {
                return Err(LowerError::Malformed("a value of no type"));
            }
            ExprKind::Local(local) => {
                let slot = self.slot(*local)?;
                self.emit(match expr.ty.repr() {
                    Repr::Wide => Op::LocalWide { slot },
                    _ => Op::Local { slot },
                });
            }
            ExprKind::Field { base, offset } => self.field(base, *offset, &expr.ty)?,
            ExprKind::Payload(base) => self.field(base, WORD, &expr.ty)?,
            ExprKind::IsSome(base) => self.field(base, 0, &Type::Bool)?,
            ExprKind::Unary { op, expr: inner } => {
                self.value(inner)?;
                self.emit_at(unary(*op), expr.point.0);
            }
            ExprKind::Binary { op, left, right } => {
                let noted = self.pending.take();
                self.value(left)?;
                self.value(right)?;
                self.emit_noted(binary(*op), expr.point.0, noted);
            }
            ExprKind::In { item, list } => {
                let noted = self.pending.take();
                self.value(item)?;
                self.value(list)?;
                let op = match (&item.ty, item.ty.repr()) {
                    (Type::Number, _) => Op::InNumber,
                    (_, Repr::Wide) => Op::InWide,
                    _ => Op::InWord,
                };
                self.emit_noted(op, expr.point.0, noted);
            }
            ExprKind::Automaton { automaton, subject } => {
                let noted = self.pending.take();
                self.value(subject)?;
                let noted = noted.map(|n| PcInfo {
                    notes: n.notes | note::LEFT_ONLY,
                    ..n
                });
                self.emit_noted(
                    Op::Automaton {
                        automaton: automaton.0,
                    },
                    expr.point.0,
                    noted,
                );
            }
            ExprKind::And(..) | ExprKind::Or(..) => self.truth(expr)?,
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => self.choice(cond, then, otherwise)?,
            ExprKind::Let { local, value, body } => {
                self.bind(*local, value)?;
                self.value(body)?;
            }
            ExprKind::Check {
                cond,
                message,
                then,
            } => {
                let ok = self.listing.label();
                self.condition(cond, true, ok)?;
                self.emit(Op::Reject { message: message.0 });
                self.listing.place(ok);
                self.block(then)?;
            }
            ExprKind::Fail { message } => self.emit(Op::Reject { message: message.0 }),
            ExprKind::Call { function, args } => {
                for arg in args {
                    self.value(arg)?;
                }
                self.emit(Op::Call {
                    function: function.0,
                });
            }
            ExprKind::Loop {
                kind,
                var,
                list,
                body,
            } => match kind {
                LoopKind::Any | LoopKind::All => self.truth(expr)?,
                LoopKind::Count => self.count(*var, list, body)?,
                LoopKind::Sum => self.sum(*var, list, body, expr.point.0)?,
                LoopKind::Min | LoopKind::Max => self.extreme(*kind, *var, list, body)?,
                LoopKind::Map | LoopKind::Filter => self.collect(*kind, *var, list, body)?,
            },
            ExprKind::Record { fields } => {
                let words = expr.ty.words(&self.program.records);
                self.emit(Op::Alloc { words });
                for (offset, field) in fields {
                    self.value(field)?;
                    self.store(offset / WORD, &field.ty);
                }
            }
            ExprKind::List { items } => self.list(items)?,
            ExprKind::Some(inner) => {
                let words = 1 + inner.ty.words(&self.program.records);
                self.emit(Op::Alloc { words });
                self.emit(Op::Small { value: 1 });
                self.emit(Op::StoreWord { offset: 0 });
                self.value(inner)?;
                self.store(1, &inner.ty);
            }
            ExprKind::NoneOf => {
                let words = expr.ty.words(&self.program.records);
                self.emit(Op::Alloc { words });
            }
            ExprKind::Fact {
                kind,
                args,
                default,
            } => {
                self.fact(*kind, args, default.as_deref(), expr.point.0)?;
            }
            ExprKind::Probe { leaf, expr: inner } => self.probe_value(*leaf, inner)?,
        }
        Ok(())
    }

    fn word(&mut self, word: u64) {
        let k = self.listing.constant(word);
        self.emit(Op::Const { k });
    }

    fn int(&mut self, value: i64) {
        match i32::try_from(value) {
            Ok(value) => self.emit(Op::Small { value }),
            Err(_) => self.word(value.cast_unsigned()),
        }
    }

    /// Where a value stands in memory, when that is known now.
    fn place(&self, expr: &Expr) -> Option<Place> {
        if expr.ty.repr() == Repr::Nothing {
            return None;
        }
        let shifted = |base: &Expr, offset: u32| {
            if base.ty.repr() != Repr::Ref {
                return None;
            }
            match self.place(base)? {
                Place::Memory(address) => address.checked_add(offset).map(Place::Memory),
                Place::Param(param) => param.checked_add(offset).map(Place::Param),
            }
        };
        match &expr.kind {
            ExprKind::Input(address) | ExprKind::Const(address) => Some(Place::Memory(*address)),
            ExprKind::Param(offset) => match self.params {
                Some(params) => params.checked_add(*offset).map(Place::Memory),
                None => Some(Place::Param(*offset)),
            },
            ExprKind::Field { base, offset } => shifted(base, *offset),
            ExprKind::Payload(base) => shifted(base, WORD),
            ExprKind::IsSome(base) => shifted(base, 0),
            _ => None,
        }
    }

    fn load(&mut self, place: Place, ty: &Type) {
        let op = match (place, ty.repr()) {
            (Place::Memory(address), Repr::Wide) => Op::InputWide {
                word: address / WORD,
            },
            (Place::Memory(address), Repr::Ref) => {
                return self.word(u64::from(address));
            }
            (Place::Memory(address), _) => Op::Input {
                word: address / WORD,
            },
            (Place::Param(offset), Repr::Wide) => Op::ParamWide {
                offset: offset / WORD,
            },
            (Place::Param(offset), Repr::Ref) => Op::ParamAddress {
                offset: offset / WORD,
            },
            (Place::Param(offset), _) => Op::Param {
                offset: offset / WORD,
            },
        };
        self.emit(op);
    }

    fn field(&mut self, base: &'p Expr, offset: u32, ty: &Type) -> Lowered {
        self.value(base)?;
        let offset = offset / WORD;
        self.emit(match ty.repr() {
            Repr::Wide => Op::FieldWide { offset },
            Repr::Ref => Op::FieldAddress { offset },
            _ => Op::Field { offset },
        });
        Ok(())
    }

    fn store(&mut self, offset: u32, ty: &Type) {
        self.emit(match ty.repr() {
            Repr::Wide => Op::StoreWide { offset },
            Repr::Ref => Op::StoreRef {
                offset,
                words: ty.words(&self.program.records),
            },
            _ => Op::StoreWord { offset },
        });
    }

    fn list(&mut self, items: &'p [Expr]) -> Lowered {
        let Some(first) = items.first() else {
            self.word(0);
            return Ok(());
        };
        let stride = first.ty.words(&self.program.records);
        let count = index(items.len());
        let words = stride
            .checked_mul(count)
            .ok_or(LowerError::Malformed("a huge list"))?;
        self.emit(Op::Alloc { words });
        for (i, item) in (0..).zip(items) {
            self.value(item)?;
            self.store(i * stride, &item.ty);
        }
        self.emit(Op::MakeList { count });
        Ok(())
    }

    fn bind(&mut self, local: LocalId, value: &'p Expr) -> Lowered {
        self.value(value)?;
        self.set_local(local, &value.ty)
    }

    fn choice(&mut self, cond: &'p Expr, then: &'p Expr, otherwise: &'p Expr) -> Lowered {
        let (no, end) = (self.listing.label(), self.listing.label());
        self.condition(cond, false, no)?;
        self.block(then)?;
        self.emit(Op::Jump { target: end });
        self.listing.place(no);
        self.block(otherwise)?;
        self.listing.place(end);
        Ok(())
    }

    /// A condition as a value.
    fn truth(&mut self, expr: &'p Expr) -> Lowered {
        let (no, end) = (self.listing.label(), self.listing.label());
        self.condition(expr, false, no)?;
        self.emit(Op::Small { value: 1 });
        self.emit(Op::Jump { target: end });
        self.listing.place(no);
        self.emit(Op::Small { value: 0 });
        self.listing.place(end);
        Ok(())
    }

    fn fact(
        &mut self,
        kind: FactKind,
        args: &'p [Expr],
        default: Option<&'p Expr>,
        point: u32,
    ) -> Lowered {
        let noted = self.pending.take();
        for arg in args {
            self.value(arg)?;
        }
        let known = match default {
            Some(_) => self.listing.label(),
            None => NONE,
        };
        let op = match (kind, kind.arity()) {
            (FactKind::Trust, _) => Op::Trust { known },
            (FactKind::HasCredential, _) => Op::HasCredential { known },
            (FactKind::Balance, _) => Op::AskTwoWide { fact: kind, known },
            (_, 1) => Op::Ask { fact: kind, known },
            _ => Op::AskTwo { fact: kind, known },
        };
        self.emit_noted(op, point, noted);
        if let Some(default) = default {
            self.block(default)?;
            self.listing.place(known);
        }
        Ok(())
    }

    // Conditions.

    /// Goes to `target` when `expr` is `jump_if`, else on.
    fn condition(&mut self, expr: &'p Expr, jump_if: bool, target: u32) -> Lowered {
        match &expr.kind {
            ExprKind::Bool(value) => {
                if *value == jump_if {
                    self.emit(Op::Jump { target });
                }
            }
            ExprKind::And(left, right) => self.junction(left, right, false, jump_if, target)?,
            ExprKind::Or(left, right) => self.junction(left, right, true, jump_if, target)?,
            ExprKind::Unary {
                op: UnaryOp::Not,
                expr: inner,
            } => {
                if let Some(pending) = &mut self.pending {
                    pending.notes ^= note::NEGATED;
                }
                self.condition(inner, !jump_if, target)?;
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                let (no, end) = (self.listing.label(), self.listing.label());
                self.condition(cond, false, no)?;
                self.charge(&gas::block(then));
                self.condition(then, jump_if, target)?;
                self.emit(Op::Jump { target: end });
                self.listing.place(no);
                self.charge(&gas::block(otherwise));
                self.condition(otherwise, jump_if, target)?;
                self.listing.place(end);
            }
            ExprKind::Let { local, value, body } => {
                self.bind(*local, value)?;
                self.condition(body, jump_if, target)?;
            }
            ExprKind::Loop {
                kind: LoopKind::Any,
                var,
                list,
                body,
            } => {
                self.quantifier(*var, list, body, true, jump_if, target)?;
            }
            ExprKind::Loop {
                kind: LoopKind::All,
                var,
                list,
                body,
            } => {
                self.quantifier(*var, list, body, false, jump_if, target)?;
            }
            ExprKind::Probe { leaf, expr: inner } => {
                self.probe_condition(*leaf, inner, jump_if, target)?;
            }
            _ => {
                self.value(expr)?;
                self.emit(jump(jump_if, target));
            }
        }
        Ok(())
    }

    /// AND (`decides` false) and OR (`decides` true): the left side decides alone when it is `decides`.
    fn junction(
        &mut self,
        left: &'p Expr,
        right: &'p Expr,
        decides: bool,
        jump_if: bool,
        target: u32,
    ) -> Lowered {
        if decides == jump_if {
            self.condition(left, jump_if, target)?;
            self.charge(&gas::block(right));
            self.condition(right, jump_if, target)?;
        } else {
            let skip = self.listing.label();
            self.condition(left, decides, skip)?;
            self.charge(&gas::block(right));
            self.condition(right, jump_if, target)?;
            self.listing.place(skip);
        }
        Ok(())
    }

    // Leaves of a rule's condition.

    /// The leaf's notes; `None` when the expression in it is not one that can make them by itself.
    fn leaf_notes(&self, leaf: u32, inner: &Expr) -> Option<PcInfo> {
        if !notes_itself(inner) {
            return None;
        }
        let compares = self.compares.get(leaf as usize).copied().unwrap_or(false);
        let operands = if compares { note::OPERANDS } else { 0 };
        Some(PcInfo {
            point: 0,
            leaf: self.leaf_base + leaf,
            notes: note::STATUS | operands,
        })
    }

    fn probe_condition(
        &mut self,
        leaf: u32,
        inner: &'p Expr,
        jump_if: bool,
        target: u32,
    ) -> Lowered {
        let Some(noted) = self.leaf_notes(leaf, inner) else {
            self.probe_value(leaf, inner)?;
            self.emit(jump(jump_if, target));
            return Ok(());
        };
        let outer = std::mem::replace(&mut self.leaf, self.leaf_base + leaf);
        self.pending = Some(noted);
        let lowered = self.condition(inner, jump_if, target);
        self.pending = None;
        self.leaf = outer;
        lowered
    }

    fn probe_value(&mut self, leaf: u32, inner: &'p Expr) -> Lowered {
        let outer = std::mem::replace(&mut self.leaf, self.leaf_base + leaf);
        // Operands only: the outcome is the whole expression's.
        self.pending = self.operand_notes(leaf, inner);
        let lowered = self.value(inner);
        self.pending = None;
        let info = PcInfo {
            point: 0,
            leaf: self.leaf,
            notes: note::STATUS,
        };
        self.listing.lines.push(Line::Op(Op::Leaf, info));
        self.leaf = outer;
        lowered
    }

    /// Notes for a comparison whose outcome is not yet the condition's: a fact with a default.
    fn operand_notes(&self, leaf: u32, inner: &Expr) -> Option<PcInfo> {
        let compares = self.compares.get(leaf as usize).copied().unwrap_or(false);
        (compares && has_operands(inner)).then_some(PcInfo {
            point: 0,
            leaf: self.leaf_base + leaf,
            notes: note::OPERANDS,
        })
    }

    // Loops.

    /// Starts a loop.
    fn start_loop(&mut self, list: &'p Expr) -> Result<Loop, LowerError> {
        self.value(list)?;
        self.loop_over(list)
    }

    /// The same for a list that is on the stack.
    fn loop_over(&mut self, list: &Expr) -> Result<Loop, LowerError> {
        let Type::List(element, _) = &list.ty else {
            return Err(LowerError::Malformed("a loop over no list"));
        };
        let words = element.words(&self.program.records);
        let stride = u16::try_from(words).map_err(|_| LowerError::TooLarge {
            what: "an element",
            found: words.into(),
            max: u16::MAX.into(),
        })?;
        let slot = self.take(2)?;
        self.emit(Op::LoopStart { slot, stride });
        let body = self.listing.label();
        Ok(Loop {
            slot,
            stride,
            repr: element.repr(),
            body,
        })
    }

    /// The charge of an iteration, as an operand.
    fn iteration_gas(&mut self, body: &Expr) -> u32 {
        let gas = Gas::compute(gas::ELEMENT).plus(&gas::block(body));
        match compute_only(&gas).filter(|amount| amount & GAS_TABLE == 0) {
            Some(amount) => amount,
            None => self.gas_entry(&gas) | GAS_TABLE,
        }
    }

    /// The first element, or on to `exit`.
    fn next(&mut self, lp: &Loop, var: LocalId, body: &Expr, exit: u32) -> Lowered {
        let var = self.slot(var)?;
        let gas = self.iteration_gas(body);
        let Loop { slot, stride, .. } = *lp;
        self.emit(match lp.repr {
            Repr::Wide => Op::NextWide {
                slot,
                var,
                gas,
                exit,
            },
            Repr::Ref => Op::NextRef {
                slot,
                var,
                stride,
                gas,
                exit,
            },
            _ => Op::NextWord {
                slot,
                var,
                gas,
                exit,
            },
        });
        self.listing.place(lp.body);
        Ok(())
    }

    /// The next element and back to the body, or on to `exit`.
    fn again(&mut self, lp: &Loop, var: LocalId, body: &Expr, exit: u32) -> Lowered {
        let var = self.slot(var)?;
        let gas = self.iteration_gas(body);
        let Loop {
            slot,
            stride,
            body: target,
            ..
        } = *lp;
        self.emit(match lp.repr {
            Repr::Wide => Op::AgainWide {
                slot,
                var,
                gas,
                target,
            },
            Repr::Ref => Op::AgainRef {
                slot,
                var,
                stride,
                gas,
                target,
            },
            _ => Op::AgainWord {
                slot,
                var,
                gas,
                target,
            },
        });
        self.emit(Op::Jump { target: exit });
        Ok(())
    }

    fn quantifier(
        &mut self,
        var: LocalId,
        list: &'p Expr,
        body: &'p Expr,
        decides: bool,
        jump_if: bool,
        target: u32,
    ) -> Lowered {
        let lp = self.start_loop(list)?;
        let behind = self.listing.label();
        let (found, exhausted) = if decides == jump_if {
            (target, behind)
        } else {
            (behind, target)
        };
        self.next(&lp, var, body, exhausted)?;
        self.condition(body, decides, found)?;
        self.again(&lp, var, body, exhausted)?;
        self.listing.place(behind);
        self.release(2);
        Ok(())
    }

    fn count(&mut self, var: LocalId, list: &'p Expr, body: &'p Expr) -> Lowered {
        let total = self.take(1)?;
        self.emit(Op::Small { value: 0 });
        self.emit(Op::SetLocal { slot: total });
        let lp = self.start_loop(list)?;
        let (exit, back) = (self.listing.label(), self.listing.label());
        self.next(&lp, var, body, exit)?;
        self.condition(body, false, back)?;
        self.emit(Op::Local { slot: total });
        self.emit(Op::Small { value: 1 });
        self.emit(Op::AddInt);
        self.emit(Op::SetLocal { slot: total });
        self.listing.place(back);
        self.again(&lp, var, body, exit)?;
        self.listing.place(exit);
        self.emit(Op::Local { slot: total });
        self.release(3);
        Ok(())
    }

    fn sum(&mut self, var: LocalId, list: &'p Expr, body: &'p Expr, point: u32) -> Lowered {
        let total = self.take(2)?;
        self.zero(&body.ty, total);
        let lp = self.start_loop(list)?;
        let exit = self.listing.label();
        self.next(&lp, var, body, exit)?;
        self.get(&body.ty, total);
        self.value(body)?;
        let add = match (&body.ty, body.ty.repr()) {
            (Type::Number, _) => Op::AddNumber,
            (_, Repr::Wide) => Op::AddWide,
            _ => Op::AddInt,
        };
        self.emit_at(add, point);
        self.set(&body.ty, total);
        self.again(&lp, var, body, exit)?;
        self.listing.place(exit);
        self.get(&body.ty, total);
        self.release(4);
        Ok(())
    }

    fn extreme(&mut self, kind: LoopKind, var: LocalId, list: &'p Expr, body: &'p Expr) -> Lowered {
        let best = self.take(5)?;
        let (current, found) = (best + 2, best + 4);
        self.zero(&body.ty, best);
        self.emit(Op::Small { value: 0 });
        self.emit(Op::SetLocal { slot: found });
        let lp = self.start_loop(list)?;
        let (exit, first) = (self.listing.label(), self.listing.label());
        self.next(&lp, var, body, exit)?;
        self.value(body)?;
        self.set(&body.ty, current);
        self.emit(Op::Local { slot: found });
        self.emit(Op::JumpUnless { target: first });
        self.get(&body.ty, best);
        self.get(&body.ty, current);
        let min = kind == LoopKind::Min;
        self.emit(match (&body.ty, body.ty.repr()) {
            (Type::Number, _) if min => Op::MinNumber,
            (Type::Number, _) => Op::MaxNumber,
            (_, Repr::Wide) if min => Op::MinWide,
            (_, Repr::Wide) => Op::MaxWide,
            _ if min => Op::MinInt,
            _ => Op::MaxInt,
        });
        self.set(&body.ty, current);
        self.listing.place(first);
        self.get(&body.ty, current);
        self.set(&body.ty, best);
        self.emit(Op::Small { value: 1 });
        self.emit(Op::SetLocal { slot: found });
        self.again(&lp, var, body, exit)?;
        self.listing.place(exit);
        self.emit(Op::Alloc {
            words: 1 + body.ty.words(&self.program.records),
        });
        self.emit(Op::Local { slot: found });
        self.emit(Op::StoreWord { offset: 0 });
        self.get(&body.ty, best);
        self.store(1, &body.ty);
        self.release(7);
        Ok(())
    }

    fn collect(&mut self, kind: LoopKind, var: LocalId, list: &'p Expr, body: &'p Expr) -> Lowered {
        let Type::List(element, _) = &list.ty else {
            return Err(LowerError::Malformed("a loop over no list"));
        };
        let item = if kind == LoopKind::Map {
            &body.ty
        } else {
            &**element
        };
        let stride = item.words(&self.program.records);
        let first = self.take(3)?;
        let (end, source) = (first + 1, first + 2);
        self.value(list)?;
        self.emit(Op::SetLocal { slot: source });
        self.emit(Op::Local { slot: source });
        self.emit(Op::AllocLike { stride });
        self.emit(Op::SetLocal { slot: first });
        self.emit(Op::Local { slot: first });
        self.emit(Op::SetLocal { slot: end });
        self.emit(Op::Local { slot: source });
        let lp = self.loop_over(list)?;
        let (exit, back) = (self.listing.label(), self.listing.label());
        self.next(&lp, var, body, exit)?;
        if kind == LoopKind::Map {
            self.value(body)?;
        } else {
            self.condition(body, false, back)?;
            let slot = self.slot(var)?;
            self.get(element, slot);
        }
        self.emit(match item.repr() {
            Repr::Wide => Op::AppendWide { slot: end },
            Repr::Ref => Op::AppendRef {
                slot: end,
                words: stride,
            },
            _ => Op::AppendWord { slot: end },
        });
        self.listing.place(back);
        self.again(&lp, var, body, exit)?;
        self.listing.place(exit);
        self.emit(Op::FinishList {
            slot: first,
            end,
            stride,
        });
        self.release(5);
        Ok(())
    }

    fn zero(&mut self, ty: &Type, slot: u16) {
        if ty.repr() == Repr::Wide {
            let k = self.listing.wide(0);
            self.emit(Op::ConstWide { k });
        } else {
            self.emit(Op::Small { value: 0 });
        }
        self.set(ty, slot);
    }

    fn get(&mut self, ty: &Type, slot: u16) {
        self.emit(match ty.repr() {
            Repr::Wide => Op::LocalWide { slot },
            _ => Op::Local { slot },
        });
    }

    fn set(&mut self, ty: &Type, slot: u16) {
        self.emit(match ty.repr() {
            Repr::Wide => Op::SetLocalWide { slot },
            _ => Op::SetLocal { slot },
        });
    }
}

/// A loop being lowered.
struct Loop {
    slot: u16,
    stride: u16,
    repr: Repr,
    /// Label of its body.
    body: u32,
}

fn jump(jump_if: bool, target: u32) -> Op {
    if jump_if {
        Op::JumpIf { target }
    } else {
        Op::JumpUnless { target }
    }
}

/// Whether the group's rules stand one after the other, each with its constants in place.
fn is_inline(group: &Group) -> bool {
    if group.plan.index.is_some() {
        return false;
    }
    group.rules.len() <= INLINE_RULES_MAX || group.plan.shapes.len() == group.rules.len()
}

fn shape<'g>(group: &'g Group, rule: &Rule) -> Result<&'g Expr, LowerError> {
    let shape = group.plan.shapes.get(rule.shape as usize);
    shape.ok_or(LowerError::Malformed("a rule without a shape"))
}

/// Cells of a value on the stack.
fn words_of(ty: &Type) -> u32 {
    match ty.repr() {
        Repr::Wide => 2,
        Repr::Word | Repr::Ref => 1,
        Repr::Nothing => 0,
    }
}

fn cells(count: u32) -> Result<u16, LowerError> {
    let max = crate::limits::STACK_WORDS / 2;
    u16::try_from(count)
        .ok()
        .filter(|count| usize::from(*count) <= max)
        .ok_or(LowerError::TooLarge {
            what: "locals",
            found: count.into(),
            max: max as u64,
        })
}

/// The amount, when it is all in the compute layer.
fn compute_only(gas: &Gas) -> Option<u32> {
    (gas.total() == gas.compute).then(|| u32::try_from(gas.compute).ok())?
}

/// Comparisons, tests and bool facts without a default, also under NOT: one instruction knows operands and outcome.
fn notes_itself(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => notes_itself(expr),
        ExprKind::Binary { .. } | ExprKind::In { .. } | ExprKind::Automaton { .. } => {
            expr.ty == Type::Bool
        }
        ExprKind::Fact { default: None, .. } => expr.ty == Type::Bool,
        _ => false,
    }
}

/// Whether the expression is an operator whose operands a reason shows, also under NOT.
fn has_operands(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => has_operands(expr),
        ExprKind::Binary { .. }
        | ExprKind::In { .. }
        | ExprKind::Automaton { .. }
        | ExprKind::Fact { .. } => true,
        _ => false,
    }
}

fn unary(op: UnaryOp) -> Op {
    match op {
        UnaryOp::Not => Op::Not,
        UnaryOp::NegInt => Op::NegInt,
        UnaryOp::NegNumber => Op::NegNumber,
        UnaryOp::NegWide => Op::NegWide,
        UnaryOp::TextLength | UnaryOp::ListLength => Op::Length,
        UnaryOp::IntToDecimal => Op::IntToDecimal,
        UnaryOp::IntToNumber => Op::IntToNumber,
        UnaryOp::DecimalToNumber => Op::DecimalToNumber,
        UnaryOp::NumberToDecimal => Op::NumberToDecimal,
        UnaryOp::DecimalToInt => Op::DecimalToInt,
        UnaryOp::TrustNorm => Op::TrustNorm,
    }
}

fn binary(op: BinaryOp) -> Op {
    match op {
        BinaryOp::AddInt => Op::AddInt,
        BinaryOp::SubInt => Op::SubInt,
        BinaryOp::MulInt => Op::MulInt,
        BinaryOp::DivInt => Op::DivInt,
        BinaryOp::RemInt => Op::RemInt,
        BinaryOp::AddNumber => Op::AddNumber,
        BinaryOp::SubNumber => Op::SubNumber,
        BinaryOp::MulNumber => Op::MulNumber,
        BinaryOp::DivNumber => Op::DivNumber,
        BinaryOp::AddWide => Op::AddWide,
        BinaryOp::SubWide => Op::SubWide,
        BinaryOp::MulWide => Op::MulWide,
        BinaryOp::DivWide => Op::DivWide,
        BinaryOp::EqWord => Op::EqWord,
        BinaryOp::NeWord => Op::NeWord,
        BinaryOp::LtInt => Op::LtInt,
        BinaryOp::LeInt => Op::LeInt,
        BinaryOp::GtInt => Op::GtInt,
        BinaryOp::GeInt => Op::GeInt,
        BinaryOp::EqNumber => Op::EqNumber,
        BinaryOp::NeNumber => Op::NeNumber,
        BinaryOp::LtNumber => Op::LtNumber,
        BinaryOp::LeNumber => Op::LeNumber,
        BinaryOp::GtNumber => Op::GtNumber,
        BinaryOp::GeNumber => Op::GeNumber,
        BinaryOp::EqWide => Op::EqWide,
        BinaryOp::NeWide => Op::NeWide,
        BinaryOp::LtWide => Op::LtWide,
        BinaryOp::LeWide => Op::LeWide,
        BinaryOp::GtWide => Op::GtWide,
        BinaryOp::GeWide => Op::GeWide,
        BinaryOp::StartsWith => Op::StartsWith,
        BinaryOp::EndsWith => Op::EndsWith,
        BinaryOp::Contains => Op::Contains,
        BinaryOp::DidMatch => Op::DidMatch,
        BinaryOp::MinInt => Op::MinInt,
        BinaryOp::MaxInt => Op::MaxInt,
        BinaryOp::MinNumber => Op::MinNumber,
        BinaryOp::MaxNumber => Op::MaxNumber,
        BinaryOp::MinWide => Op::MinWide,
        BinaryOp::MaxWide => Op::MaxWide,
        BinaryOp::TrustChain => Op::TrustChain,
        BinaryOp::TrustCombine => Op::TrustCombine,
        BinaryOp::TrustDistance => Op::TrustDistance,
    }
}
