//! The functions of a module that evaluate ECL code: the main one, user functions, pieces of large policies.
//!
//! Each begins by taking the gas margin and ends at one place, where a packed result may arrive that ends the whole
//! evaluation: a [piece](Coder::piece) writes it to a global and returns, and every caller looks there.

use std::collections::HashMap;

use wasm_encoder::{BlockType, ValType};

use super::coder::{Coder, Exits, Leaves, Place};
use super::emitter::{Emitter, Slot, global, values};
use super::{gas, glob, group, layout, result};
use crate::data::types::{Repr, Type};
use crate::host::outcome::DecidedBy;
use crate::ir::cost;
use crate::ir::{Body, Decision, Expr, FuncId, PolicyBody, Program};

/// Emits every user function. A function calls earlier ones only.
pub(super) fn user_functions(e: &mut Emitter<'_>) {
    for (number, function) in e.program.functions.iter().enumerate() {
        let mut params = vec![ValType::I32];
        let mut slots = HashMap::new();
        for (local, ty) in (0..function.params).zip(&function.locals) {
            let first = layout::length(params.len());
            params.extend(values(ty));
            let slot = match ty.repr() {
                Repr::Wide => Slot::Wide(first, first + 1),
                _ => Slot::Local(first),
            };
            slots.insert(local, slot);
        }
        let results = values(&function.ret);
        let declared = e.declare(&format!("fn {}", function.name), &params, results);
        let mut c = Coder::piece(e, &params);
        c.slots = slots;
        c.charge(&cost::block(&function.body));
        c.expr(&function.body);
        c.end_piece(declared, results);
        e.user.insert(FuncId(layout::length(number)), declared);
    }
}

/// Puts the locals that a split policy's pieces share in globals.
pub(super) fn share_locals(e: &mut Emitter<'_>) {
    let Body::Policy(policy) = &e.program.body else {
        return;
    };
    if !policy.groups.iter().any(group::is_split) {
        return;
    }
    for (local, value) in &policy.lets {
        let types = values(&value.ty);
        let first = global::LOCALS + layout::length(e.local_globals.len());
        e.local_globals.extend(types);
        let slot = match types.len() {
            2 => Slot::GlobalWide(first, first + 1),
            1 => Slot::Global(first),
            _ => continue,
        };
        e.policy_slots.insert(local.0, slot);
    }
}

/// Emits `evaluate(input) -> packed`: gas used is left in the state block. With `leaves` it also records every leaf and rule.
pub(super) fn evaluate(e: &mut Emitter<'_>, leaves: Leaves) -> u32 {
    let what = match leaves {
        Leaves::Untraced => "decide",
        Leaves::Known(_) | Leaves::Local(_) => "explain",
    };
    let name = format!("{what} {}", e.program.name);
    let function = e.declare(&name, &[ValType::I32], &[ValType::I64]);
    let mut f = e.body(&[ValType::I32]);
    let margin = f.local(ValType::I64);
    gas::start(e, &mut f, margin);
    glob::forget(e, &mut f);
    let program = e.program;
    let mut c = Coder::new(e, f, margin);
    c.slots.clone_from(&c.emitter.policy_slots);
    c.leaves = leaves;
    match &program.body {
        Body::Policy(body) => c.policy(body),
        Body::Guard(expr) => c.guard(expr),
    }
    let Coder { mut f, .. } = c;
    f.end();
    gas::finish(e, &mut f, margin);
    e.define(function, f);
    function
}

impl Coder<'_, '_> {
    fn policy(&mut self, policy: &PolicyBody) {
        let decided = self.f.block(BlockType::Result(ValType::I64));
        for (local, value) in &policy.lets {
            self.charge(&cost::block(value));
            self.bind(*local, value);
        }
        for (number, group) in policy.groups.iter().enumerate() {
            if group.rules.is_empty() {
                continue;
            }
            self.group_reached(number);
            let packed = self.f.local(ValType::I64);
            let miss = self.f.block(BlockType::Empty);
            let hit = self.f.block(BlockType::Result(ValType::I64));
            self.group(Place { group, number }, Exits { hit, miss });
            self.f.end();
            self.f.set(packed);
            self.effects_of(policy, group.decision);
            self.f.get(packed);
            self.f.br(decided);
            self.f.end();
        }
        self.effects_of(policy, policy.otherwise);
        self.f
            .i64(result::decided(policy.otherwise, DecidedBy::Otherwise));
        self.f.end();
        if !self.is_untraced() {
            let packed = self.f.local(ValType::I64);
            self.f.set(packed);
            self.beside_the_gas(|c| {
                for (number, group) in policy.groups.iter().enumerate() {
                    c.rest_of_group(Place { group, number });
                }
            });
            self.f.get(packed);
        }
    }

    /// Code that is outside of the verdict's gas: what is left is put aside, and put back.
    fn beside_the_gas(&mut self, code: impl FnOnce(&mut Self)) {
        const PLENTY: u64 = 1 << 60;
        let mut counters = Vec::new();
        if self.emitter.layered {
            counters.extend([
                global::LEFT_TOTAL,
                global::LEFT_NETWORK,
                global::LEFT_COMPUTE,
                global::LEFT_STORAGE,
                global::LEFT_REALM,
                global::MARGIN_START,
            ]);
        }
        let margin = self.f.local(ValType::I64);
        self.f.get(self.margin);
        self.f.set(margin);
        let mut kept = Vec::new();
        for counter in counters {
            let local = self.f.local(ValType::I64);
            self.f.i().global_get(counter).local_set(local);
            self.f.i64(PLENTY);
            self.f.i().global_set(counter);
            kept.push((counter, local));
        }
        self.f.i64(PLENTY);
        self.f.set(self.margin);
        code(self);
        for (counter, local) in kept {
            self.f.get(local);
            self.f.i().global_set(counter);
        }
        self.f.get(margin);
        self.f.set(self.margin);
    }

    /// A guard: its output's address goes to the state block; a `valid` field that is false rejects.
    fn guard(&mut self, body: &Expr) {
        self.charge(&cost::block(body));
        self.expr(body);
        if body.ty.repr() != Repr::Ref {
            // A guard that only ever fails with a message.
            self.f.i().unreachable();
            return;
        }
        let output = self.f.local(ValType::I32);
        self.f.set(output);
        self.f.i32(0);
        self.f.get(output);
        self.f.i().i64_extend_i32_u();
        let place = super::body::absolute(u64::from(layout::OUTPUT));
        self.f.i().i64_store(place);
        let accept = result::decided(Decision::Accept, DecidedBy::Output);
        let reject = result::decided(Decision::Reject, DecidedBy::Output);
        self.f.i64(accept);
        if let Some(offset) = valid_field(self.emitter.program, &body.ty) {
            self.f.i64(reject);
            let at = self.f.at(offset);
            self.f.get(output);
            self.f.i().i32_load(at).select();
        }
    }
}

/// Where the field `valid` of an output is, if it has one.
fn valid_field(program: &Program, ty: &Type) -> Option<u32> {
    let Type::Record(id) = ty else {
        return None;
    };
    let record = program.records.get(id.0 as usize)?;
    let field = record.field("valid")?;
    (field.ty == Type::Bool).then_some(field.offset)
}
