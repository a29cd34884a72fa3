//! The functions of a module that evaluate ECL code: the main one, user functions, pieces of large policies.
//!
//! Each begins by taking the gas margin and ends at one place, where a packed result may arrive that ends the whole
//! evaluation: a piece writes it to a global and returns, and every caller looks there.

use std::collections::HashMap;

use wasm_encoder::{BlockType, ValType};

use super::emitter::{Code, Emitter, Leaves, Params, Slot, global, values};
use super::group::{self, Place};
use super::{effect, expr, gas, layout, result, trace};
use crate::gas as cost;
use crate::ir::{Body, Decision, Expr, FuncId, PolicyBody};
use crate::outcome::DecidedBy;
use crate::types::{Repr, Type};

/// Begins a piece: parameter `input` is the address of the input record.
pub(super) fn begin(e: &Emitter<'_>, params: &[ValType], input: u32, leaves: Leaves) -> Code {
    let mut f = e.body(params);
    let margin = f.local(ValType::I64);
    f.i().global_get(global::MARGIN).local_set(margin);
    let exit = f.block(BlockType::Result(ValType::I64));
    Code {
        f,
        exit,
        unknown: None,
        margin,
        input,
        slots: HashMap::new(),
        params: Params::None,
        leaves,
        leaf: None,
        rows: HashMap::new(),
    }
}

/// Ends a piece whose value is on the stack.
pub(super) fn end(e: &mut Emitter<'_>, mut c: Code, function: u32, results: &[ValType]) {
    c.f.get(c.margin);
    c.f.i().global_set(global::MARGIN).return_();
    c.f.end();
    c.f.i().global_set(global::FAILURE);
    c.f.get(c.margin);
    c.f.i().global_set(global::MARGIN);
    for ty in results {
        match ty {
            ValType::F64 => c.f.f64(0.0),
            ValType::I32 => c.f.i32(0),
            _ => c.f.i64(0),
        }
    }
    e.define(function, c.f);
}

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
        let mut c = begin(e, &params, 0, Leaves::Untraced);
        c.slots = slots;
        gas::charge(e, &mut c, &cost::block(&function.body));
        expr::emit(e, &mut c, &function.body);
        end(e, c, declared, results);
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

/// Emits `evaluate(input) -> packed`: gas used is left in the state block. The traced one also records every leaf and rule.
pub(super) fn evaluate(e: &mut Emitter<'_>, traced: bool) -> u32 {
    let name = format!(
        "{} {}",
        if traced { "explain" } else { "decide" },
        e.program.name
    );
    let function = e.declare(&name, &[ValType::I32], &[ValType::I64]);
    let mut f = e.body(&[ValType::I32]);
    let margin = f.local(ValType::I64);
    gas::start(e, &mut f, margin);
    let exit = f.block(BlockType::Result(ValType::I64));
    let mut c = Code {
        f,
        exit,
        unknown: None,
        margin,
        input: 0,
        slots: e.policy_slots.clone(),
        params: Params::None,
        leaves: if traced {
            Leaves::Known(0)
        } else {
            Leaves::Untraced
        },
        leaf: None,
        rows: HashMap::new(),
    };
    match &e.program.body {
        Body::Policy(body) => policy(e, &mut c, body),
        Body::Guard(expr) => guard(e, &mut c, expr),
    }
    c.f.end();
    gas::finish(e, &mut c.f, margin);
    e.define(function, c.f);
    function
}

fn policy(e: &mut Emitter<'_>, c: &mut Code, policy: &PolicyBody) {
    let decided = c.f.block(BlockType::Result(ValType::I64));
    for (local, value) in &policy.lets {
        gas::charge(e, c, &cost::block(value));
        expr::bind(e, c, *local, value);
    }
    for (number, group) in policy.groups.iter().enumerate() {
        if group.rules.is_empty() {
            continue;
        }
        trace::group_reached(c, number);
        let packed = c.f.local(ValType::I64);
        let miss = c.f.block(BlockType::Empty);
        let hit = c.f.block(BlockType::Result(ValType::I64));
        let place = Place {
            group,
            number,
            hit,
            miss,
        };
        group::emit(e, c, &place);
        c.f.end();
        c.f.set(packed);
        effect::emit(e, c, policy, group.decision);
        c.f.get(packed);
        c.f.br(decided);
        c.f.end();
    }
    effect::emit(e, c, policy, policy.otherwise);
    c.f.i64(result::decided(policy.otherwise, DecidedBy::Otherwise));
    c.f.end();
    if !trace::is_untraced(c) {
        let packed = c.f.local(ValType::I64);
        c.f.set(packed);
        rest(e, c, |e, c| {
            for (number, group) in policy.groups.iter().enumerate() {
                group::rest(e, c, group, number);
            }
        });
        c.f.get(packed);
    }
}

/// Code that is outside of the verdict's gas: what is left is put aside, and put back.
fn rest(e: &mut Emitter<'_>, c: &mut Code, code: impl FnOnce(&mut Emitter<'_>, &mut Code)) {
    const PLENTY: u64 = 1 << 60;
    let mut counters = Vec::new();
    if e.layered {
        counters.extend([
            global::LEFT_TOTAL,
            global::LEFT_NETWORK,
            global::LEFT_COMPUTE,
            global::LEFT_STORAGE,
            global::LEFT_REALM,
            global::MARGIN_START,
        ]);
    }
    let margin = c.f.local(ValType::I64);
    c.f.get(c.margin);
    c.f.set(margin);
    let mut kept = Vec::new();
    for counter in counters {
        let local = c.f.local(ValType::I64);
        c.f.i().global_get(counter).local_set(local);
        c.f.i64(PLENTY);
        c.f.i().global_set(counter);
        kept.push((counter, local));
    }
    c.f.i64(PLENTY);
    c.f.set(c.margin);
    code(e, c);
    for (counter, local) in kept {
        c.f.get(local);
        c.f.i().global_set(counter);
    }
    c.f.get(margin);
    c.f.set(c.margin);
}

/// A guard: its output's address goes to the state block; a `valid` field that is false rejects.
fn guard(e: &mut Emitter<'_>, c: &mut Code, body: &Expr) {
    gas::charge(e, c, &cost::block(body));
    expr::emit(e, c, body);
    if body.ty.repr() != Repr::Ref {
        // A guard that only ever fails with a message.
        c.f.i().unreachable();
        return;
    }
    let output = c.f.local(ValType::I32);
    c.f.set(output);
    c.f.i32(0);
    c.f.get(output);
    c.f.i().i64_extend_i32_u();
    let place = super::body::absolute(u64::from(layout::OUTPUT));
    c.f.i().i64_store(place);
    let accept = result::decided(Decision::Accept, DecidedBy::Output);
    let reject = result::decided(Decision::Reject, DecidedBy::Output);
    c.f.i64(accept);
    if let Some(offset) = valid_field(e, &body.ty) {
        c.f.i64(reject);
        let at = c.f.at(offset);
        c.f.get(output);
        c.f.i().i32_load(at).select();
    }
}

fn valid_field(e: &Emitter<'_>, ty: &Type) -> Option<u32> {
    let Type::Record(id) = ty else {
        return None;
    };
    let record = e.program.records.get(id.0 as usize)?;
    let field = record.field("valid")?;
    (field.ty == Type::Bool).then_some(field.offset)
}
