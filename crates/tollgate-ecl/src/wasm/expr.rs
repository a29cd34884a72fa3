//! Expressions: every kind leaves its value on the stack, as [`values`] says.

use wasm_encoder::{BlockType, ValType};

use super::body::Label;
use super::emitter::{Code, Emitter, Params, Slot, global, values};
use super::{fact, gas, joined, loops, ops, result, text, trace};
use crate::gas as cost;
use crate::ir::{Decision, Expr, ExprKind, FuncId, LocalId, MessageId, UnaryOp};
use crate::outcome::DecidedBy;
use crate::types::{Repr, Type, WORD};

/// Leaves the value of the expression on the stack.
pub(super) fn emit(e: &mut Emitter<'_>, c: &mut Code, expr: &Expr) {
    match &expr.kind {
        ExprKind::Bool(value) => c.f.i32(u32::from(*value)),
        ExprKind::Int(value) => c.f.i64(value.cast_unsigned()),
        ExprKind::Number(value) => c.f.f64(*value),
        ExprKind::Wide(value) => wide(c, *value),
        ExprKind::Text(handle) => c.f.i64(handle.0),
        ExprKind::Const(address) => c.f.i32(*address),
        ExprKind::Param(offset) => param(e, c, *offset, &expr.ty),
        ExprKind::Input(_) | ExprKind::Field { .. } | ExprKind::Payload(_) => {
            let offset = place(e, c, expr);
            load(c, &expr.ty, offset);
        }
        ExprKind::Local(local) => get(e, c, *local),
        ExprKind::Unary { op, expr: operand } => ops::unary(e, c, *op, operand, expr.point),
        ExprKind::Binary { op, left, right } => ops::binary(e, c, *op, left, right, expr.point),
        ExprKind::And(..) | ExprKind::Or(..) => truth(e, c, expr),
        ExprKind::If { .. } => choose(e, c, expr),
        ExprKind::Let { local, value, body } => {
            bind(e, c, *local, value);
            emit(e, c, body);
        }
        ExprKind::Check {
            cond,
            message,
            then,
        } => {
            let fine = c.f.block(BlockType::Empty);
            jump_if(e, c, cond, true, fine);
            refuse(c, *message);
            c.f.end();
            gas::charge(e, c, &cost::block(then));
            emit(e, c, then);
        }
        ExprKind::Fail { message } => refuse(c, *message),
        ExprKind::NoValue => gas::fail(c, crate::outcome::EvalError::NoValue { point: expr.point }),
        ExprKind::Call { function, args } => call(e, c, *function, args),
        ExprKind::In { item, list } => loops::contains(e, c, item, list),
        ExprKind::Loop {
            kind,
            var,
            list,
            body,
        } => loops::emit(e, c, expr, *kind, *var, list, body),
        ExprKind::Record { fields } => {
            let record = allocate(c, e.bytes(&expr.ty));
            for (offset, value) in fields {
                store(e, c, record, *offset, value);
            }
            c.f.get(record);
        }
        ExprKind::List { items } => list(e, c, &expr.ty, items),
        ExprKind::Joined { how, left, right } => joined::emit(e, c, *how, left, right),
        ExprKind::Effect { effect, operands } => super::effect::make(e, c, *effect, operands),
        ExprKind::Some(value) => {
            let option = allocate(c, e.bytes(&expr.ty));
            store_word(c, option, 0, 1);
            store(e, c, option, WORD, value);
            c.f.get(option);
        }
        ExprKind::NoneOf => {
            let words = e.words(&expr.ty);
            let option = allocate(c, words * WORD);
            for word in 0..words {
                store_word(c, option, word * WORD, 0);
            }
            c.f.get(option);
        }
        ExprKind::IsSome(option) => {
            let offset = place(e, c, option);
            let at = c.f.at(offset);
            c.f.i().i32_load(at);
        }
        ExprKind::Automaton { automaton, subject } => {
            text::automaton(e, c, *automaton, subject);
        }
        ExprKind::Fact { kind, args } => fact::emit(e, c, *kind, args, expr),
        ExprKind::Else { value, default } => handled(e, c, value, default, &expr.ty),
        ExprKind::Probe { leaf, expr: inner } => trace::probe(e, c, *leaf, inner),
    }
}

/// Branches to `label` when the condition is `want`, else goes on.
pub(super) fn jump_if(e: &mut Emitter<'_>, c: &mut Code, cond: &Expr, want: bool, label: Label) {
    match &cond.kind {
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => jump_if(e, c, expr, !want, label),
        ExprKind::Probe { expr, .. } if trace::is_untraced(c) => jump_if(e, c, expr, want, label),
        ExprKind::And(..) => jump_if_terms(e, c, cond, true, want, label),
        ExprKind::Or(..) => jump_if_terms(e, c, cond, false, want, label),
        ExprKind::Let { local, value, body } => {
            bind(e, c, *local, value);
            jump_if(e, c, body, want, label);
        }
        _ => {
            emit(e, c, cond);
            if !want {
                c.f.i().i32_eqz();
            }
            c.f.br_if(label);
        }
    }
}

/// AND (`all`) and OR as jumps: a term that is not `all` settles the whole.
fn jump_if_terms(
    e: &mut Emitter<'_>,
    c: &mut Code,
    expr: &Expr,
    all: bool,
    want: bool,
    label: Label,
) {
    let terms = terms(expr, all);
    // A term that settles the whole jumps to the label itself when that is what the caller waits for, else past the rest.
    let block = (want == all).then(|| c.f.block(BlockType::Empty));
    let target = block.unwrap_or(label);
    let last = terms.len().saturating_sub(1);
    for (number, (block_start, term)) in terms.into_iter().enumerate() {
        if let Some(start) = block_start {
            gas::charge(e, c, &cost::block(start));
        }
        if number == last && block.is_some() {
            jump_if(e, c, term, want, label);
        } else {
            jump_if(e, c, term, !all, target);
        }
    }
    if block.is_some() {
        c.f.end();
    }
}

/// The terms of a tree of ANDs (or ORs) in order, each with the block that begins with it: the right side of an operator,
/// however that leans.
fn terms(expr: &Expr, all: bool) -> Vec<(Option<&Expr>, &Expr)> {
    let mut terms = Vec::new();
    let mut rest = vec![(None, expr)];
    while let Some((start, expr)) = rest.pop() {
        match (&expr.kind, all) {
            (ExprKind::And(left, right), true) | (ExprKind::Or(left, right), false) => {
                rest.push((Some(&**right), right));
                rest.push((start, left));
            }
            _ => terms.push((start, expr)),
        }
    }
    terms
}

/// AND and OR as a value.
fn truth(e: &mut Emitter<'_>, c: &mut Code, expr: &Expr) {
    let done = c.f.block(BlockType::Result(ValType::I32));
    let holds = c.f.block(BlockType::Empty);
    jump_if(e, c, expr, true, holds);
    c.f.i32(0);
    c.f.br(done);
    c.f.end();
    c.f.i32(1);
    c.f.end();
}

/// `if`, and the chains of them that `match` makes, without nesting.
fn choose(e: &mut Emitter<'_>, c: &mut Code, expr: &Expr) {
    let results = values(&expr.ty);
    let ty = e.block_type(results);
    let done = c.f.block(ty);
    let mut rest = expr;
    while let ExprKind::If {
        cond,
        then,
        otherwise,
    } = &rest.kind
    {
        let next = c.f.block(BlockType::Empty);
        jump_if(e, c, cond, false, next);
        gas::charge(e, c, &cost::block(then));
        emit(e, c, then);
        c.f.br(done);
        c.f.end();
        gas::charge(e, c, &cost::block(otherwise));
        rest = otherwise;
    }
    emit(e, c, rest);
    c.f.end();
    if expr.ty.repr() == Repr::Nothing {
        c.f.i().unreachable();
    }
}

/// `value else default`: a block that an unknown fact branches out of, whatever is on the stack.
fn handled(e: &mut Emitter<'_>, c: &mut Code, value: &Expr, default: &Expr, ty: &Type) {
    let results = e.block_type(values(ty));
    let done = c.f.block(results);
    let unknown = c.f.block(BlockType::Empty);
    let outer = c.unknown.replace(unknown);
    emit(e, c, value);
    c.unknown = outer;
    c.f.br(done);
    c.f.end();
    trace::handled(c);
    gas::charge(e, c, &cost::block(default));
    emit(e, c, default);
    c.f.end();
    if ty.repr() == Repr::Nothing {
        c.f.i().unreachable();
    }
}

/// Ends a guard with a message.
fn refuse(c: &mut Code, message: MessageId) {
    let by = DecidedBy::Message(message);
    c.f.i64(result::decided(Decision::Reject, by));
    gas::exit(c);
}

fn wide(c: &mut Code, value: i128) {
    let (low, high) = halves(value);
    c.f.i64(low);
    c.f.i64(high);
}

/// Low and high half.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "halves of the bits are taken on purpose"
)]
pub(super) const fn halves(value: i128) -> (u64, u64) {
    (value as u64, (value >> 64) as u64)
}

/// The value of a local.
fn get(e: &Emitter<'_>, c: &mut Code, local: LocalId) {
    let slot = c.slots.get(&local.0).or(e.policy_slots.get(&local.0));
    match slot.copied() {
        Some(slot) => read(c, slot),
        // A checked program binds every local before it is read.
        None => {
            c.f.i().unreachable();
        }
    }
}

/// Leaves the value of a local on the stack.
pub(super) fn read(c: &mut Code, slot: Slot) {
    match slot {
        Slot::Local(at) => c.f.get(at),
        Slot::Wide(low, high) => {
            c.f.get(low);
            c.f.get(high);
        }
        Slot::Global(at) => {
            c.f.i().global_get(at);
        }
        Slot::GlobalWide(low, high) => {
            c.f.i().global_get(low).global_get(high);
        }
    }
}

/// Takes the value on the stack into a local.
pub(super) fn set(c: &mut Code, slot: Slot) {
    match slot {
        Slot::Local(at) => c.f.set(at),
        Slot::Wide(low, high) => {
            c.f.set(high);
            c.f.set(low);
        }
        Slot::Global(at) => {
            c.f.i().global_set(at);
        }
        Slot::GlobalWide(low, high) => {
            c.f.i().global_set(high).global_set(low);
        }
    }
}

/// Evaluates `value` into a local.
pub(super) fn bind(e: &mut Emitter<'_>, c: &mut Code, local: LocalId, value: &Expr) {
    emit(e, c, value);
    if values(&value.ty).is_empty() {
        return;
    }
    let slot = match c.slots.get(&local.0) {
        Some(slot) => *slot,
        None => e.slot(&mut c.f, &value.ty),
    };
    c.slots.insert(local.0, slot);
    set(c, slot);
}

/// Leaves the address of the memory an expression reads from on the stack; the value is at the returned offset from it.
/// Fields of fields become one access.
pub(super) fn place(e: &mut Emitter<'_>, c: &mut Code, expr: &Expr) -> u32 {
    match &expr.kind {
        ExprKind::Input(address) => {
            c.f.get(c.input);
            address.saturating_sub(e.program.input_base)
        }
        ExprKind::Field { base, offset } => place(e, c, base) + offset,
        ExprKind::Payload(option) => place(e, c, option) + WORD,
        _ => {
            emit(e, c, expr);
            0
        }
    }
}

/// Loads a value at `offset` from the address on the stack; for a `Ref` the address itself.
pub(super) fn load(c: &mut Code, ty: &Type, offset: u32) {
    let at = c.f.at(offset);
    match (ty, ty.repr()) {
        (Type::Bool, _) => {
            c.f.i().i32_load(at);
        }
        (Type::Number, _) => {
            c.f.i().f64_load(at);
        }
        (_, Repr::Word) => {
            c.f.i().i64_load(at);
        }
        (_, Repr::Wide) => {
            let address = c.f.local(ValType::I32);
            let high = c.f.at(offset + WORD);
            c.f.tee(address);
            c.f.i().i64_load(at).local_get(address).i64_load(high);
        }
        (_, Repr::Ref) => {
            if offset != 0 {
                c.f.i32(offset);
                c.f.i().i32_add();
            }
        }
        (_, Repr::Nothing) => {
            c.f.i().drop();
        }
    }
}

/// Makes the value on the stack a memory word (an i64) when it is a word that travels as something else.
pub(super) fn to_word(c: &mut Code, ty: &Type) {
    match values(ty) {
        [ValType::I32] => {
            c.f.i().i64_extend_i32_u();
        }
        [ValType::F64] => {
            c.f.i().i64_reinterpret_f64();
        }
        _ => {}
    }
}

/// A constant of the rule being evaluated.
fn param(e: &mut Emitter<'_>, c: &mut Code, offset: u32, ty: &Type) {
    match c.params {
        Params::Pool(address) => constant(e, c, address + offset, ty),
        Params::Local(local) => {
            c.f.get(local);
            load(c, ty, offset);
        }
        Params::None => {
            c.f.i().unreachable();
        }
    }
}

/// A value of the pool, known now.
fn constant(e: &Emitter<'_>, c: &mut Code, address: u32, ty: &Type) {
    let word = |at: u32| pool_word(e, at);
    match (ty, ty.repr()) {
        (Type::Bool, _) => c.f.i32(u32::from(word(address) != 0)),
        (Type::Number, _) => c.f.f64(f64::from_bits(word(address))),
        (_, Repr::Word) => c.f.i64(word(address)),
        (_, Repr::Wide) => {
            c.f.i64(word(address));
            c.f.i64(word(address + WORD));
        }
        (_, Repr::Ref | Repr::Nothing) => c.f.i32(address),
    }
}

/// A word of the pool.
pub(super) fn pool_word(e: &Emitter<'_>, address: u32) -> u64 {
    let word = crate::value::word(&e.program.pool.bytes, address);
    e.layout.must(word, "a constant")
}

/// The handle an expression is, when it is known now.
pub(super) fn known_handle(e: &Emitter<'_>, c: &Code, expr: &Expr) -> Option<crate::ir::Handle> {
    match (&expr.kind, c.params) {
        (ExprKind::Text(handle), _) => Some(*handle),
        (ExprKind::Param(offset), Params::Pool(address)) => {
            Some(crate::ir::Handle(pool_word(e, address + offset)))
        }
        _ => None,
    }
}

/// Takes so many bytes of the arena; their address is in the returned local.
pub(super) fn allocate(c: &mut Code, bytes: u32) -> u32 {
    let address = c.f.local(ValType::I32);
    c.f.i().global_get(global::ARENA).local_tee(address);
    c.f.i32(bytes);
    c.f.i().i32_add().global_set(global::ARENA);
    address
}

/// Takes as many bytes of the arena as the i32 on the stack says; their address is in the returned local.
pub(super) fn allocate_dynamic(e: &mut Emitter<'_>, c: &mut Code) -> u32 {
    let address = c.f.local(ValType::I32);
    e.call(&mut c.f, super::emitter::Runtime::Reserve);
    c.f.set(address);
    address
}

pub(super) fn store_word(c: &mut Code, base: u32, offset: u32, value: u64) {
    let at = c.f.at(offset);
    c.f.get(base);
    c.f.i64(value);
    c.f.i().i64_store(at);
}

/// Evaluates `value` and writes it at `offset` from the address in `base`.
pub(super) fn store(e: &mut Emitter<'_>, c: &mut Code, base: u32, offset: u32, value: &Expr) {
    emit(e, c, value);
    store_value(e, c, base, offset, &value.ty);
}

/// Writes the value on the stack at `offset` from the address in `base`; what a `Ref` refers to is copied.
pub(super) fn store_value(e: &mut Emitter<'_>, c: &mut Code, base: u32, offset: u32, ty: &Type) {
    let at = c.f.at(offset);
    match ty.repr() {
        Repr::Word => {
            to_word(c, ty);
            let value = c.f.local(ValType::I64);
            c.f.set(value);
            c.f.get(base);
            c.f.get(value);
            c.f.i().i64_store(at);
        }
        Repr::Wide => {
            let [low, high] = c.f.locals(ValType::I64);
            let next = c.f.at(offset + WORD);
            c.f.set(high);
            c.f.set(low);
            c.f.get(base);
            c.f.get(low);
            c.f.i().i64_store(at);
            c.f.get(base);
            c.f.get(high);
            c.f.i().i64_store(next);
        }
        Repr::Ref => {
            let from = c.f.local(ValType::I32);
            c.f.set(from);
            copy(e, c, base, offset, from, e.words(ty));
        }
        Repr::Nothing => {}
    }
}

/// Copies words from the address in `from` to `offset` from the address in `base`.
pub(super) fn copy(e: &Emitter<'_>, c: &mut Code, base: u32, offset: u32, from: u32, words: u32) {
    const UNROLLED: u32 = 8;
    if words <= UNROLLED {
        for word in 0..words {
            let (to_at, from_at) = (c.f.at(offset + word * WORD), c.f.at(word * WORD));
            c.f.get(base);
            c.f.get(from);
            c.f.i().i64_load(from_at).i64_store(to_at);
        }
        return;
    }
    c.f.get(base);
    c.f.i32(offset.wrapping_add(e.layout.base));
    c.f.i().i32_add();
    c.f.get(from);
    c.f.i32(e.layout.base);
    c.f.i().i32_add();
    c.f.i32(words * WORD);
    c.f.i().memory_copy(0, 0);
}

fn list(e: &mut Emitter<'_>, c: &mut Code, ty: &Type, items: &[Expr]) {
    let stride = match ty {
        Type::List(item, _) => e.bytes(item),
        Type::Map(_, value, _) => WORD + e.bytes(value),
        _ => WORD,
    };
    let count = super::layout::length(items.len());
    let elements = allocate(c, stride * count);
    let mut offset = 0;
    for item in items {
        store(e, c, elements, offset, item);
        offset += stride;
    }
    c.f.get(elements);
    c.f.i().i64_extend_i32_u();
    c.f.i64(32);
    c.f.i().i64_shl();
    c.f.i64(u64::from(count));
    c.f.i().i64_or();
}

/// Calls a user function. The margin travels in a global; a function that fails leaves its packed result in another.
fn call(e: &mut Emitter<'_>, c: &mut Code, function: FuncId, args: &[Expr]) {
    let Some(callee) = e.user.get(&function).copied() else {
        c.f.i().unreachable();
        return;
    };
    c.f.get(c.input);
    for arg in args {
        emit(e, c, arg);
    }
    let may_be_unknown = e.unknown_functions.get(function.0 as usize) == Some(&true);
    let unknown = c.unknown.filter(|_| may_be_unknown);
    call_handled(c, unknown, |c| {
        c.f.i().call(callee);
    });
}

/// A call of a function that charges and may fail.
pub(super) fn call_checked(c: &mut Code, call: impl FnOnce(&mut Code)) {
    call_handled(c, None, call);
}

/// The same; a fact that is unknown there branches to `unknown`.
fn call_handled(c: &mut Code, unknown: Option<Label>, call: impl FnOnce(&mut Code)) {
    c.f.get(c.margin);
    c.f.i().global_set(global::MARGIN);
    call(c);
    c.f.i().global_get(global::MARGIN);
    c.f.set(c.margin);
    c.f.i().global_get(global::FAILURE).i64_eqz().i32_eqz();
    c.f.if_(BlockType::Empty);
    if let Some(unknown) = unknown {
        c.f.i().global_get(global::FAILURE);
        result::is_unknown(&mut c.f);
        c.f.if_(BlockType::Empty);
        c.f.i64(0);
        c.f.i().global_set(global::FAILURE);
        c.f.br(unknown);
        c.f.end();
    }
    c.f.i().global_get(global::FAILURE);
    gas::exit(c);
    c.f.end();
}
