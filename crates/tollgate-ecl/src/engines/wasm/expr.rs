//! Expressions: every kind leaves its value on the stack, as [`values`] says.

use wasm_encoder::{BlockType, ValType};

use super::body::Label;
use super::coder::{Coder, Params, Words};
use super::emitter::{Slot, global, values};
use super::loops::Loop;
use super::runtime::Runtime;
use super::{ops, result};
use crate::data::types::{Repr, Type, WORD};
use crate::host::outcome::DecidedBy;
use crate::ir::cost;
use crate::ir::{BinaryOp, Decision, Expr, ExprKind, FuncId, LocalId, MessageId, UnaryOp, When};

impl Coder<'_, '_> {
    /// Leaves the value of the expression on the stack.
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Bool(value) => self.f.i32(u32::from(*value)),
            ExprKind::Int(value) => self.f.i64(value.cast_unsigned()),
            ExprKind::Number(value) => self.f.f64(*value),
            ExprKind::Wide(value) => self.wide(*value),
            ExprKind::Text(handle) => self.f.i64(handle.0),
            ExprKind::Const(address) => self.f.i32(*address),
            ExprKind::Param(offset) => self.param(*offset, &expr.ty),
            ExprKind::Input(_) | ExprKind::Field { .. } | ExprKind::Payload(_) => {
                let offset = self.place(expr);
                self.load(&expr.ty, offset);
            }
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Unary { op, expr: operand } => self.unary(*op, operand, expr.point),
            ExprKind::Binary {
                op: BinaryOp::GlobMatch,
                left,
                right,
            } => self.glob_match(left, right, expr.point),
            ExprKind::Binary { op, left, right } if ops::is_of_texts(*op) => {
                self.text_binary(*op, left, right);
            }
            ExprKind::Binary {
                op: BinaryOp::IpInCidrs,
                left,
                right,
            } => self.ip_in_cidrs(left, right),
            ExprKind::Binary {
                op: op @ (BinaryOp::EqText | BinaryOp::NeText),
                left,
                right,
            } => self.same_text(*op, left, right),
            ExprKind::Binary {
                op: BinaryOp::InTexts,
                left,
                right,
            } => self.in_texts(left, right),
            ExprKind::Binary { op, left, right } if ops::is_of_trust(*op) => {
                self.trust(*op, left, right);
            }
            ExprKind::Binary { op, left, right } => {
                self.expr(left);
                self.expr(right);
                self.operate(*op, values(&left.ty), expr.point);
            }
            ExprKind::And(..) | ExprKind::Or(..) => self.truth(expr),
            ExprKind::If { .. } => self.choose(expr),
            ExprKind::Let { local, value, body } => {
                self.bind(*local, value);
                self.expr(body);
            }
            ExprKind::Check {
                cond,
                message,
                then,
            } => {
                let fine = self.f.block(BlockType::Empty);
                self.jump_if(cond, fine);
                self.refuse(*message);
                self.f.end();
                self.charge(&cost::block(then));
                self.expr(then);
            }
            ExprKind::Fail { message } => self.refuse(*message),
            ExprKind::NoValue => {
                self.fail(crate::host::outcome::EvalError::NoValue { point: expr.point })
            }
            ExprKind::Call { function, args } => self.call_user(*function, args),
            ExprKind::In { item, list } => self.is_in(item, list),
            ExprKind::Loop {
                kind,
                var,
                list,
                body,
            } => self.loop_over(
                list,
                &Loop {
                    kind: *kind,
                    var: *var,
                    body,
                    point: expr.point,
                },
            ),
            ExprKind::Record { fields } => {
                let record = self.allocate(self.emitter.bytes(&expr.ty));
                for (offset, value) in fields {
                    self.store(record, *offset, value);
                }
                self.f.get(record);
            }
            ExprKind::List { items } => self.list(&expr.ty, items),
            ExprKind::Joined { how, left, right } => self.joined(*how, left, right),
            ExprKind::Effect { effect, operands } => self.make_effect(*effect, operands),
            ExprKind::Some(value) => {
                let option = self.allocate(self.emitter.bytes(&expr.ty));
                self.store_word(option, 0, 1);
                self.store(option, WORD, value);
                self.f.get(option);
            }
            ExprKind::NoneOf => {
                let words = self.emitter.words(&expr.ty);
                let option = self.allocate(words * WORD);
                for word in 0..words {
                    self.store_word(option, word * WORD, 0);
                }
                self.f.get(option);
            }
            ExprKind::IsSome(option) => {
                let offset = self.place(option);
                let at = self.f.at(offset);
                self.f.i().i32_load(at);
            }
            ExprKind::Automaton { automaton, subject } => {
                self.automaton(*automaton, subject);
            }
            ExprKind::Fact { kind, args } => self.fact(*kind, args, expr),
            ExprKind::Else { value, default } => self.or_default(value, default, &expr.ty),
            ExprKind::Probe { leaf, expr: inner } => self.probe(*leaf, inner),
        }
    }

    /// Branches to `label` when the condition holds, else goes on.
    pub(super) fn jump_if(&mut self, cond: &Expr, label: Label) {
        self.jump(cond, When::True, label);
    }

    /// Branches to `label` when the condition does not hold, else goes on.
    pub(super) fn jump_unless(&mut self, cond: &Expr, label: Label) {
        self.jump(cond, When::False, label);
    }

    fn jump(&mut self, cond: &Expr, when: When, label: Label) {
        match &cond.kind {
            ExprKind::Unary {
                op: UnaryOp::Not,
                expr,
            } => self.jump(expr, when.negated(), label),
            ExprKind::Probe { expr, .. } if self.is_untraced() => self.jump(expr, when, label),
            ExprKind::And(..) | ExprKind::Or(..) => self.jump_terms(cond, when, label),
            ExprKind::Let { local, value, body } => {
                self.bind(*local, value);
                self.jump(body, when, label);
            }
            _ => {
                self.expr(cond);
                if when == When::False {
                    self.f.i().i32_eqz();
                }
                self.f.br_if(label);
            }
        }
    }

    /// AND and OR as jumps.
    fn jump_terms(&mut self, expr: &Expr, when: When, label: Label) {
        // The outcome of one term that settles the whole.
        let settles = match expr.kind {
            ExprKind::And(..) => When::False,
            _ => When::True,
        };
        let terms = terms(expr);
        // A term that settles the whole jumps to the label itself when that is what the caller waits for, else past the rest.
        let block = (when != settles).then(|| self.f.block(BlockType::Empty));
        let target = block.unwrap_or(label);
        let last = terms.len().saturating_sub(1);
        for (number, (block_start, term)) in terms.into_iter().enumerate() {
            if let Some(start) = block_start {
                self.charge(&cost::block(start));
            }
            if number == last && block.is_some() {
                self.jump(term, when, label);
            } else {
                self.jump(term, settles, target);
            }
        }
        if block.is_some() {
            self.f.end();
        }
    }

    /// AND and OR as a value.
    fn truth(&mut self, expr: &Expr) {
        let done = self.f.block(BlockType::Result(ValType::I32));
        let holds = self.f.block(BlockType::Empty);
        self.jump_if(expr, holds);
        self.f.i32(0);
        self.f.br(done);
        self.f.end();
        self.f.i32(1);
        self.f.end();
    }

    /// `if`, and the chains of them that `match` makes, without nesting.
    fn choose(&mut self, expr: &Expr) {
        let results = values(&expr.ty);
        let ty = self.emitter.block_type(results);
        let done = self.f.block(ty);
        let mut rest = expr;
        while let ExprKind::If {
            cond,
            then,
            otherwise,
        } = &rest.kind
        {
            let next = self.f.block(BlockType::Empty);
            self.jump_unless(cond, next);
            self.charge(&cost::block(then));
            self.expr(then);
            self.f.br(done);
            self.f.end();
            self.charge(&cost::block(otherwise));
            rest = otherwise;
        }
        self.expr(rest);
        self.f.end();
        if expr.ty.repr() == Repr::Nothing {
            self.f.i().unreachable();
        }
    }

    /// `value else default`: a block that an unknown fact branches out of, whatever is on the stack.
    fn or_default(&mut self, value: &Expr, default: &Expr, ty: &Type) {
        let results = self.emitter.block_type(values(ty));
        let done = self.f.block(results);
        let unknown = self.f.block(BlockType::Empty);
        let outer = self.unknown.replace(unknown);
        self.expr(value);
        self.unknown = outer;
        self.f.br(done);
        self.f.end();
        self.mark_handled();
        self.charge(&cost::block(default));
        self.expr(default);
        self.f.end();
        if ty.repr() == Repr::Nothing {
            self.f.i().unreachable();
        }
    }

    /// Ends a guard with a message.
    fn refuse(&mut self, message: MessageId) {
        let by = DecidedBy::Message(message);
        self.f.i64(result::decided(Decision::Reject, by));
        self.leave();
    }

    fn wide(&mut self, value: i128) {
        let (low, high) = halves(value);
        self.f.i64(low);
        self.f.i64(high);
    }
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

impl Coder<'_, '_> {
    /// The value of a local.
    fn local(&mut self, local: LocalId) {
        let slot = self
            .slots
            .get(&local.0)
            .or(self.emitter.policy_slots.get(&local.0));
        match slot.copied() {
            Some(slot) => self.read(slot),
            // A checked program binds every local before it is read.
            None => {
                self.f.i().unreachable();
            }
        }
    }

    /// Leaves the value of a local on the stack.
    pub(super) fn read(&mut self, slot: Slot) {
        match slot {
            Slot::Local(at) => self.f.get(at),
            Slot::Wide(low, high) => {
                self.f.get(low);
                self.f.get(high);
            }
            Slot::Global(at) => {
                self.f.i().global_get(at);
            }
            Slot::GlobalWide(low, high) => {
                self.f.i().global_get(low).global_get(high);
            }
        }
    }

    /// Takes the value on the stack into a local.
    pub(super) fn set(&mut self, slot: Slot) {
        match slot {
            Slot::Local(at) => self.f.set(at),
            Slot::Wide(low, high) => {
                self.f.set(high);
                self.f.set(low);
            }
            Slot::Global(at) => {
                self.f.i().global_set(at);
            }
            Slot::GlobalWide(low, high) => {
                self.f.i().global_set(high).global_set(low);
            }
        }
    }

    /// Evaluates `value` into a local.
    pub(super) fn bind(&mut self, local: LocalId, value: &Expr) {
        self.expr(value);
        if values(&value.ty).is_empty() {
            return;
        }
        let slot = match self.slots.get(&local.0) {
            Some(slot) => *slot,
            None => self.slot(&value.ty),
        };
        self.slots.insert(local.0, slot);
        self.set(slot);
    }

    /// Leaves the address of the memory an expression reads from on the stack; the value is at the returned offset from it.
    /// Fields of fields become one access.
    pub(super) fn place(&mut self, expr: &Expr) -> u32 {
        match &expr.kind {
            ExprKind::Input(address) => {
                self.f.get(self.input);
                address.saturating_sub(self.emitter.program.input_base)
            }
            ExprKind::Field { base, offset } => self.place(base) + offset,
            ExprKind::Payload(option) => self.place(option) + WORD,
            _ => {
                self.expr(expr);
                0
            }
        }
    }

    /// Loads a value at `offset` from the address on the stack; for a `Ref` the address itself.
    pub(super) fn load(&mut self, ty: &Type, offset: u32) {
        let at = self.f.at(offset);
        match (ty, ty.repr()) {
            (Type::Bool, _) => {
                self.f.i().i32_load(at);
            }
            (Type::Number, _) => {
                self.f.i().f64_load(at);
            }
            (_, Repr::Word) => {
                self.f.i().i64_load(at);
            }
            (_, Repr::Wide) => {
                let address = self.f.local(ValType::I32);
                let high = self.f.at(offset + WORD);
                self.f.tee(address);
                self.f.i().i64_load(at).local_get(address).i64_load(high);
            }
            (_, Repr::Ref) => {
                if offset != 0 {
                    self.f.i32(offset);
                    self.f.i().i32_add();
                }
            }
            (_, Repr::Nothing) => {
                self.f.i().drop();
            }
        }
    }

    /// Makes the value on the stack a memory word (an i64) when it is a word that travels as something else.
    pub(super) fn word_of(&mut self, ty: &Type) {
        match values(ty) {
            [ValType::I32] => {
                self.f.i().i64_extend_i32_u();
            }
            [ValType::F64] => {
                self.f.i().i64_reinterpret_f64();
            }
            _ => {}
        }
    }

    /// A constant of the rule being evaluated.
    fn param(&mut self, offset: u32, ty: &Type) {
        match self.params {
            Params::Pool(address) => self.constant(address + offset, ty),
            Params::Local(local) => {
                self.f.get(local);
                self.load(ty, offset);
            }
            Params::None => {
                self.f.i().unreachable();
            }
        }
    }

    /// A value of the pool, known now.
    fn constant(&mut self, address: u32, ty: &Type) {
        let word = |at: u32| self.emitter.pool_word(at);
        match (ty, ty.repr()) {
            (Type::Bool, _) => self.f.i32(u32::from(word(address) != 0)),
            (Type::Number, _) => self.f.f64(f64::from_bits(word(address))),
            (_, Repr::Word) => self.f.i64(word(address)),
            (_, Repr::Wide) => {
                self.f.i64(word(address));
                self.f.i64(word(address + WORD));
            }
            (_, Repr::Ref | Repr::Nothing) => self.f.i32(address),
        }
    }

    /// The handle an expression is, when it is known now.
    pub(super) fn known_handle(&self, expr: &Expr) -> Option<crate::ir::Handle> {
        match (&expr.kind, self.params) {
            (ExprKind::Text(handle), _) => Some(*handle),
            (ExprKind::Param(offset), Params::Pool(address)) => {
                Some(crate::ir::Handle(self.emitter.pool_word(address + offset)))
            }
            _ => None,
        }
    }

    /// Takes so many bytes of the arena; their address is in the returned local.
    pub(super) fn allocate(&mut self, bytes: u32) -> u32 {
        let address = self.f.local(ValType::I32);
        self.f.i().global_get(global::ARENA).local_tee(address);
        self.f.i32(bytes);
        self.f.i().i32_add().global_set(global::ARENA);
        address
    }

    /// Takes as many bytes of the arena as the i32 on the stack says; their address is in the returned local.
    pub(super) fn reserve(&mut self) -> u32 {
        let address = self.f.local(ValType::I32);
        self.call(Runtime::Reserve);
        self.f.set(address);
        address
    }

    pub(super) fn store_word(&mut self, base: u32, offset: u32, value: u64) {
        let at = self.f.at(offset);
        self.f.get(base);
        self.f.i64(value);
        self.f.i().i64_store(at);
    }

    /// Evaluates `value` and writes it at `offset` from the address in `base`.
    pub(super) fn store(&mut self, base: u32, offset: u32, value: &Expr) {
        self.expr(value);
        self.store_value(base, offset, &value.ty);
    }

    /// Writes the value on the stack at `offset` from the address in `base`; what a `Ref` refers to is copied.
    pub(super) fn store_value(&mut self, base: u32, offset: u32, ty: &Type) {
        let at = self.f.at(offset);
        match ty.repr() {
            Repr::Word => {
                self.word_of(ty);
                let value = self.f.local(ValType::I64);
                self.f.set(value);
                self.f.get(base);
                self.f.get(value);
                self.f.i().i64_store(at);
            }
            Repr::Wide => {
                let [low, high] = self.f.locals(ValType::I64);
                let next = self.f.at(offset + WORD);
                self.f.set(high);
                self.f.set(low);
                self.f.get(base);
                self.f.get(low);
                self.f.i().i64_store(at);
                self.f.get(base);
                self.f.get(high);
                self.f.i().i64_store(next);
            }
            Repr::Ref => {
                let from = self.f.local(ValType::I32);
                self.f.set(from);
                let count = self.emitter.words(ty);
                self.copy(base, offset, Words { from, count });
            }
            Repr::Nothing => {}
        }
    }

    /// Copies words to `offset` from the address in `base`.
    pub(super) fn copy(&mut self, base: u32, offset: u32, words: Words) {
        let Words { from, count: words } = words;
        const UNROLLED: u32 = 8;
        if words <= UNROLLED {
            for word in 0..words {
                let (to_at, from_at) = (self.f.at(offset + word * WORD), self.f.at(word * WORD));
                self.f.get(base);
                self.f.get(from);
                self.f.i().i64_load(from_at).i64_store(to_at);
            }
            return;
        }
        self.f.get(base);
        self.f.i32(offset.wrapping_add(self.emitter.layout.base));
        self.f.i().i32_add();
        self.f.get(from);
        self.f.i32(self.emitter.layout.base);
        self.f.i().i32_add();
        self.f.i32(words * WORD);
        self.f.i().memory_copy(0, 0);
    }

    fn list(&mut self, ty: &Type, items: &[Expr]) {
        let stride = match ty {
            Type::List(item, _) => self.emitter.bytes(item),
            Type::Map(_, value, _) => WORD + self.emitter.bytes(value),
            _ => WORD,
        };
        let count = super::layout::length(items.len());
        let elements = self.allocate(stride * count);
        let mut offset = 0;
        for item in items {
            self.store(elements, offset, item);
            offset += stride;
        }
        self.f.get(elements);
        self.f.i().i64_extend_i32_u();
        self.f.i64(32);
        self.f.i().i64_shl();
        self.f.i64(u64::from(count));
        self.f.i().i64_or();
    }

    /// Calls a user function. The margin travels in a global; a function that fails leaves its packed result in another.
    fn call_user(&mut self, function: FuncId, args: &[Expr]) {
        let Some(callee) = self.emitter.user.get(&function).copied() else {
            self.f.i().unreachable();
            return;
        };
        self.f.get(self.input);
        for arg in args {
            self.expr(arg);
        }
        let may_be_unknown = self.emitter.unknown_functions.get(function.0 as usize) == Some(&true);
        let unknown = self.unknown.filter(|_| may_be_unknown);
        self.call_handled(unknown, |c| {
            c.f.i().call(callee);
        });
    }

    /// A call of a function that charges and may fail.
    pub(super) fn call_checked(&mut self, call: impl FnOnce(&mut Self)) {
        self.call_handled(None, call);
    }

    /// The same; a fact that is unknown there branches to `unknown`.
    fn call_handled(&mut self, unknown: Option<Label>, call: impl FnOnce(&mut Self)) {
        self.f.get(self.margin);
        self.f.i().global_set(global::MARGIN);
        call(self);
        self.f.i().global_get(global::MARGIN);
        self.f.set(self.margin);
        self.f.i().global_get(global::FAILURE).i64_eqz().i32_eqz();
        self.f.if_(BlockType::Empty);
        if let Some(unknown) = unknown {
            self.f.i().global_get(global::FAILURE);
            result::is_unknown(&mut self.f);
            self.f.if_(BlockType::Empty);
            self.f.i64(0);
            self.f.i().global_set(global::FAILURE);
            self.f.br(unknown);
            self.f.end();
        }
        self.f.i().global_get(global::FAILURE);
        self.leave();
        self.f.end();
    }
}

/// The terms of a tree of ANDs (or ORs) in order, each with the block that begins with it: the right side of an operator,
/// however that leans.
fn terms(whole: &Expr) -> Vec<(Option<&Expr>, &Expr)> {
    let operator = std::mem::discriminant(&whole.kind);
    let mut terms = Vec::new();
    let mut rest = vec![(None, whole)];
    while let Some((start, expr)) = rest.pop() {
        match &expr.kind {
            ExprKind::And(left, right) | ExprKind::Or(left, right)
                if std::mem::discriminant(&expr.kind) == operator =>
            {
                rest.push((Some(&**right), right));
                rest.push((start, left));
            }
            _ => terms.push((start, expr)),
        }
    }
    terms
}
