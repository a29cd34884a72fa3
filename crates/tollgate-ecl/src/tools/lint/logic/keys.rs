//! Numbers for expressions: equal numbers have equal values in one evaluation.
//!
//! The language is pure and a host answers one question in one way, so expressions that look alike are alike (hash consing).
//! Names of `let`s stand for their values, parameters of a rule for its constants. What is not understood is like nothing.

use std::collections::HashMap;

use super::set::Whole;
use crate::data::types::{Repr, Type, WORD};
use crate::ir::value;
use crate::ir::{
    BinaryOp, Expr, ExprKind, FactKind, Handle, Joining, LocalId, LoopKind, Program, UnaryOp,
};

/// The number of an expression.
pub(super) type Key = u32;

/// An expression without what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Head {
    Bool(bool),
    Int(i64),
    Number(u64),
    Wide(i128),
    Text(u64),
    Const(u32),
    Input(u32),
    Local(u32),
    Field(u32),
    Unary(UnaryOp),
    Binary(BinaryOp),
    /// The order of two values.
    Order,
    And,
    Or,
    If,
    Let(u32),
    Call(u32),
    In,
    Loop(LoopKind, u32),
    List,
    Joined(Joining),
    Some,
    NoneOf,
    IsSome,
    Payload,
    Automaton(u32),
    Fact(FactKind),
    Else,
    Other(u32),
}

/// The expressions met so far.
#[derive(Debug, Default)]
pub(super) struct Keys {
    known: HashMap<(Head, Vec<Key>), Key>,
    /// What the `let`s of the policy stand for.
    lets: HashMap<LocalId, Key>,
    /// Where the constants of the rule stand that is looked at.
    pub(super) params: u32,
}

impl Keys {
    /// From now on the name stands for a value.
    pub(super) fn name(&mut self, local: LocalId, value: &Expr, program: &Program) {
        let key = self.of(value, program);
        self.lets.insert(local, key);
    }

    /// The number of the order of two values.
    pub(super) fn order(&mut self, left: Key, right: Key) -> Key {
        self.number(Head::Order, vec![left, right])
    }

    fn number(&mut self, head: Head, parts: Vec<Key>) -> Key {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry((head, parts)).or_insert(next)
    }

    /// The number of an expression.
    pub(super) fn of(&mut self, e: &Expr, program: &Program) -> Key {
        if let ExprKind::Probe { expr, .. } = &e.kind {
            return self.of(expr, program);
        }
        if let ExprKind::Local(local) = &e.kind
            && let Some(key) = self.lets.get(local)
        {
            return *key;
        }
        let mut parts = Vec::new();
        e.each_child(&mut |child| parts.push(self.of(child, program)));
        let head = self.head(e, program);
        self.number(head, parts)
    }

    fn head(&self, e: &Expr, program: &Program) -> Head {
        match &e.kind {
            ExprKind::Bool(value) => Head::Bool(*value),
            ExprKind::Int(value) => Head::Int(*value),
            ExprKind::Number(value) => Head::Number(value.to_bits()),
            ExprKind::Wide(value) => Head::Wide(*value),
            ExprKind::Text(handle) => Head::Text(handle.0),
            ExprKind::Const(address) => Head::Const(*address),
            ExprKind::Param(offset) => self.param(*offset, &e.ty, program).unwrap_or(self.other()),
            ExprKind::Input(address) => Head::Input(*address),
            ExprKind::Local(local) => Head::Local(local.0),
            ExprKind::Field { offset, .. } => Head::Field(*offset),
            ExprKind::Unary { op, .. } => Head::Unary(*op),
            ExprKind::Binary { op, .. } => Head::Binary(*op),
            ExprKind::And(..) => Head::And,
            ExprKind::Or(..) => Head::Or,
            ExprKind::If { .. } => Head::If,
            ExprKind::Let { local, .. } => Head::Let(local.0),
            ExprKind::Call { function, .. } => Head::Call(function.0),
            ExprKind::In { .. } => Head::In,
            ExprKind::Loop { kind, var, .. } => Head::Loop(*kind, var.0),
            ExprKind::List { .. } => Head::List,
            ExprKind::Joined { how, .. } => Head::Joined(*how),
            ExprKind::Some(_) => Head::Some,
            ExprKind::NoneOf => Head::NoneOf,
            ExprKind::IsSome(_) => Head::IsSome,
            ExprKind::Payload(_) => Head::Payload,
            ExprKind::Automaton { automaton, .. } => Head::Automaton(automaton.0),
            ExprKind::Fact { kind, .. } => Head::Fact(*kind),
            ExprKind::Else { .. } => Head::Else,
            ExprKind::Probe { .. }
            | ExprKind::Check { .. }
            | ExprKind::Fail { .. }
            | ExprKind::Record { .. }
            | ExprKind::Effect { .. }
            | ExprKind::NoValue => self.other(),
        }
    }

    /// Like nothing that is known.
    fn other(&self) -> Head {
        Head::Other(u32::try_from(self.known.len()).unwrap_or(u32::MAX))
    }

    /// A constant of the rule that is looked at.
    fn param(&self, offset: u32, ty: &Type, program: &Program) -> Option<Head> {
        let (address, memory) = (self.params.checked_add(offset)?, &program.pool.bytes);
        let word = value::word(memory, address)?;
        Some(match ty.repr() {
            Repr::Wide => {
                let high = value::word(memory, address.checked_add(WORD)?)?;
                Head::Wide(value::wide(word, high))
            }
            Repr::Word if *ty == Type::Number => Head::Number(word),
            Repr::Word if ty.is_text() || matches!(ty, Type::List(..) | Type::Map(..)) => {
                Head::Text(word)
            }
            Repr::Word => Head::Int(word.cast_signed()),
            Repr::Ref | Repr::Nothing => return None,
        })
    }

    /// The constant that an expression is, by its place in the order of its type, with the ends of that order.
    pub(super) fn constant(&self, e: &Expr, program: &Program) -> Option<(i128, Whole)> {
        let words = (i64::MIN.into(), i64::MAX.into());
        let numbers = || {
            (
                crate::check::index::ordinal(f64::MIN),
                crate::check::index::ordinal(f64::MAX),
            )
        };
        Some(match self.head(e, program) {
            Head::Bool(value) => (value.into(), (0, 1)),
            Head::Int(value) => (value.into(), words),
            Head::Number(bits) => (
                crate::check::index::ordinal(f64::from_bits(bits)),
                numbers(),
            ),
            Head::Wide(value) => (value, (i128::MIN, i128::MAX)),
            // A text is equal to another one or not; its handle says which.
            Head::Text(handle) if e.ty.is_text() => (handle.into(), (0, u64::MAX.into())),
            _ => return None,
        })
    }

    /// The list that an expression is, if it is a constant.
    pub(super) fn list(&self, e: &Expr, program: &Program) -> Option<Handle> {
        match self.head(e, program) {
            Head::Text(handle) if matches!(e.ty, Type::List(..)) => Some(Handle(handle)),
            _ => None,
        }
    }

    /// The elements of a constant list, by their places in the order of their type.
    pub(super) fn elements(
        item: &Type,
        list: Handle,
        program: &Program,
    ) -> Option<(Vec<i128>, Whole)> {
        let memory = &program.pool.bytes;
        let word = |place: u32| {
            let offset = place.checked_mul(WORD)?;
            value::word(memory, list.address().checked_add(offset)?)
        };
        let places = 0..list.length();
        let values: Option<Vec<i128>> = match item.repr() {
            Repr::Word if *item == Type::Number => return None,
            Repr::Word if item.is_text() => places.map(|at| word(at).map(i128::from)).collect(),
            Repr::Word => places
                .map(|at| word(at).map(|w| w.cast_signed().into()))
                .collect(),
            Repr::Wide => {
                let wide = |at: u32| {
                    let low = at.checked_mul(2)?;
                    Some(value::wide(word(low)?, word(low.checked_add(1)?)?))
                };
                places.map(wide).collect()
            }
            Repr::Ref | Repr::Nothing => None,
        };
        let whole = match item {
            Type::Bool => (0, 1),
            _ if item.is_text() => (0, u64::MAX.into()),
            _ if item.repr() == Repr::Wide => (i128::MIN, i128::MAX),
            _ => (i64::MIN.into(), i64::MAX.into()),
        };
        Some((values?, whole))
    }
}
