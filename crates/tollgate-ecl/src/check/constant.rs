//! Constants: what is known now becomes words of the pool, and words of the pool become values again.

use crate::data::net::Cidr;
use crate::data::types::{Type, WORD};
use crate::ir::value;
use crate::ir::{Expr, ExprKind};
use crate::limits::POOL_BYTES_MAX;

use super::unit::{Unit, expr, length};
use super::work::{self, Task};

impl<'a> Unit<'a, '_> {
    /// A record, list or option whose parts are all constant becomes a constant.
    pub(super) fn constant_of(&mut self, e: Expr) -> Expr {
        let room = self.pool.len() <= POOL_BYTES_MAX;
        let bytes = self.constant_words(&e) * WORD as usize;
        if !room || !self.spend(Task::Data, work::bytes(bytes)) {
            return e;
        }
        let mut words = Vec::new();
        match &e.kind {
            ExprKind::List { items } => {
                if !items.iter().all(|item| self.words_of(item, &mut words)) {
                    return e;
                }
                let address = self.pool.words(&words);
                let handle = crate::ir::Handle::new(address, length(items));
                let handle = if items.is_empty() {
                    crate::ir::Handle(0)
                } else {
                    handle
                };
                expr(ExprKind::Text(handle), e.ty)
            }
            ExprKind::Record { .. } | ExprKind::Some(_) | ExprKind::NoneOf => {
                if !self.words_of(&e, &mut words) || words.is_empty() {
                    return e;
                }
                expr(ExprKind::Const(self.pool.words(&words)), e.ty)
            }
            _ => e,
        }
    }

    /// Words that a list, record or option would take as a constant.
    fn constant_words(&self, e: &Expr) -> usize {
        match (&e.kind, &e.ty) {
            (ExprKind::List { items }, ty) => {
                let words = ty.element_words(&self.records).unwrap_or(1);
                items.len() * words as usize
            }
            _ => e.ty.words(&self.records) as usize,
        }
    }

    /// Appends the words of a constant; false when it is none.
    pub(super) fn words_of(&self, e: &Expr, words: &mut Vec<u64>) -> bool {
        match &e.kind {
            ExprKind::Bool(value) => words.push(u64::from(*value)),
            ExprKind::Int(value) => words.push(value.cast_unsigned()),
            ExprKind::Number(value) => words.push(value.to_bits()),
            ExprKind::Text(handle) => words.push(handle.0),
            ExprKind::Wide(value) => words.extend(value::halves(*value)),
            ExprKind::Const(address) => {
                let count = e.ty.words(&self.records);
                words.extend(self.pool.read(*address, count));
            }
            ExprKind::NoneOf => words.extend((0..e.ty.words(&self.records)).map(|_| 0)),
            ExprKind::Some(inner) => {
                words.push(1);
                return self.words_of(inner, words);
            }
            ExprKind::Record { fields } => {
                return fields.iter().all(|(_, value)| self.words_of(value, words));
            }
            _ => return false,
        }
        true
    }

    /// The network at an address of the pool.
    #[expect(
        clippy::unreachable,
        reason = "the checker has put it there, and another network would be another policy"
    )]
    pub(super) fn constant_cidr(&self, address: u32) -> Cidr {
        let words = self.pool.read(address, Cidr::WORDS);
        let found = <[u64; 5]>::try_from(words).ok();
        match found.and_then(Cidr::from_words) {
            Some(cidr) => cidr,
            None => unreachable!("what stands at {address} of the pool is no network"),
        }
    }

    /// The constant of that type at an address of the pool.
    pub(super) fn constant_at(&self, address: u32, ty: Type) -> Expr {
        let word = |i: u32| {
            self.pool
                .read(address + i * WORD, 1)
                .first()
                .copied()
                .unwrap_or(0)
        };
        let kind = match ty.repr() {
            crate::data::types::Repr::Ref => ExprKind::Const(address),
            crate::data::types::Repr::Wide => ExprKind::Wide(value::wide(word(0), word(1))),
            _ => match ty {
                Type::Bool => ExprKind::Bool(word(0) != 0),
                Type::Number => ExprKind::Number(f64::from_bits(word(0))),
                Type::Int | Type::Instant | Type::Duration | Type::Enum(_) => {
                    ExprKind::Int(word(0).cast_signed())
                }
                _ => ExprKind::Text(crate::ir::Handle(word(0))),
            },
        };
        expr(kind, ty)
    }
}
