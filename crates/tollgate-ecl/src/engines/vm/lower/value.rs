//! Expressions as values on the stack. What stands in memory at an address known now is loaded from there by one instruction.

use super::super::bytecode::{NONE, Op, PcInfo, note};
use super::super::listing::index;
use super::condition::Branch;
use super::frame::words_of;
use super::loops::Each;
use super::operator::{binary, unary};
use super::{Handler, Lower, LowerError, Lowered};
use crate::data::types::{Repr, Type, WORD};
use crate::ir::{EffectId, Expr, ExprKind, FactKind, FuncId, Joining, LocalId, LoopKind};

/// A value whose place in memory is known when the code is made.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Absolute byte address.
    Memory(u32),
    /// Byte offset into the rule's constants.
    Param(u32),
}

impl<'p> Lower<'p> {
    pub(super) fn value(&mut self, expr: &'p Expr) -> Lowered {
        let below = self.height;
        self.value_of(expr)?;
        self.height = below + words_of(&expr.ty);
        Ok(())
    }

    fn value_of(&mut self, expr: &'p Expr) -> Lowered {
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
                self.condition(cond, Branch::when(ok))?;
                self.emit(Op::Reject { message: message.0 });
                self.listing.place(ok);
                self.block(then)?;
            }
            ExprKind::Fail { message } => self.emit(Op::Reject { message: message.0 }),
            ExprKind::NoValue => self.emit_at(Op::NoValue, expr.point.0),
            ExprKind::Call { function, args } => self.call(*function, args)?,
            ExprKind::Loop {
                kind,
                var,
                list,
                body,
            } => {
                let each = &Each {
                    var: *var,
                    list,
                    body,
                };
                match kind {
                    LoopKind::Any | LoopKind::All => self.truth(expr)?,
                    LoopKind::Count => self.count(each)?,
                    LoopKind::Sum => self.sum(each, expr.point.0)?,
                    LoopKind::Min | LoopKind::Max => self.extreme(*kind, each)?,
                    LoopKind::Map | LoopKind::Filter => self.collect(*kind, each)?,
                    LoopKind::First => self.first(each)?,
                }
            }
            ExprKind::Record { fields } => {
                let words = expr.ty.words(&self.program.records);
                self.emit(Op::Alloc { words });
                for (offset, field) in fields {
                    self.value(field)?;
                    self.store(offset / WORD, &field.ty);
                }
            }
            ExprKind::List { items } => self.list(items)?,
            ExprKind::Joined { how, left, right } => self.joined(*how, left, right)?,
            ExprKind::Effect { effect, operands } => self.new_effect(*effect, operands)?,
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
            ExprKind::Fact { kind, args } => self.fact(*kind, args, expr.point.0)?,
            ExprKind::Else { value, default } => self.handled(value, default)?,
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

    pub(super) fn store(&mut self, offset: u32, ty: &Type) {
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

    fn joined(&mut self, how: Joining, left: &'p Expr, right: &'p Expr) -> Lowered {
        let records = &self.program.records;
        let words = [left, right].map(|list| list.ty.element_words(records));
        let [Some(one), Some(other)] = words else {
            return Err(LowerError::Malformed("what is joined is no list"));
        };
        self.value(left)?;
        self.value(right)?;
        self.emit(match how {
            Joining::Append => Op::Append { stride: one },
            Joining::Zip => Op::Zip {
                left: one,
                right: other,
            },
        });
        Ok(())
    }

    pub(super) fn bind(&mut self, local: LocalId, value: &'p Expr) -> Lowered {
        self.value(value)?;
        self.set_local(local, &value.ty)
    }

    fn choice(&mut self, cond: &'p Expr, then: &'p Expr, otherwise: &'p Expr) -> Lowered {
        let below = self.height;
        let (no, end) = (self.listing.label(), self.listing.label());
        self.condition(cond, Branch::unless(no))?;
        self.block(then)?;
        self.emit(Op::Jump { target: end });
        self.listing.place(no);
        self.height = below;
        self.block(otherwise)?;
        self.listing.place(end);
        Ok(())
    }

    /// A condition as a value.
    fn truth(&mut self, expr: &'p Expr) -> Lowered {
        let (no, end) = (self.listing.label(), self.listing.label());
        self.condition(expr, Branch::unless(no))?;
        self.emit(Op::Small { value: 1 });
        self.emit(Op::Jump { target: end });
        self.listing.place(no);
        self.emit(Op::Small { value: 0 });
        self.listing.place(end);
        Ok(())
    }

    fn new_effect(&mut self, number: EffectId, operands: &'p [Expr]) -> Lowered {
        let program = self.program;
        let effect = program.effects.get(number.0 as usize);
        let effect = effect.ok_or(LowerError::Malformed("an unknown effect"))?;
        self.emit(Op::Alloc {
            words: effect.words(&program.records),
        });
        for ((offset, _), operand) in effect.places(&program.records).zip(operands) {
            self.value(operand)?;
            self.store(offset / WORD, &operand.ty);
        }
        self.emit(Op::Effect { effect: number.0 });
        Ok(())
    }

    /// `value else default`
    fn handled(&mut self, value: &'p Expr, default: &'p Expr) -> Lowered {
        let (unknown, end) = (self.listing.label(), self.listing.label());
        let height = self.height;
        let handler = Handler {
            label: unknown,
            height,
        };
        let outer = self.handler.replace(handler);
        self.value(value)?;
        self.handler = outer;
        self.emit(Op::Jump { target: end });
        self.listing.place(unknown);
        self.height = height;
        if self.leaf != NONE {
            self.emit(Op::Handled);
        }
        self.block(default)?;
        self.listing.place(end);
        Ok(())
    }

    fn call(&mut self, function: FuncId, args: &'p [Expr]) -> Lowered {
        let below = self.height;
        for arg in args {
            self.value(arg)?;
        }
        let may_be_unknown = self.unknown_functions.get(function.0 as usize) == Some(&true);
        let (unknown, drop) = if may_be_unknown {
            self.unknown(below)?
        } else {
            (NONE, 0)
        };
        self.emit(Op::Call {
            function: function.0,
            unknown,
            drop,
        });
        Ok(())
    }

    fn fact(&mut self, fact: FactKind, args: &'p [Expr], point: u32) -> Lowered {
        let noted = self.pending.take();
        let below = self.height;
        for arg in args {
            self.value(arg)?;
        }
        let (unknown, drop) = self.unknown(below)?;
        let op = match (fact, fact.arity()) {
            (FactKind::Trust, _) => Op::Trust { unknown, drop },
            (FactKind::HasCredential, _) => Op::HasCredential { unknown, drop },
            (FactKind::Balance, _) => Op::AskTwoWide {
                fact,
                unknown,
                drop,
            },
            (_, 1) => Op::Ask {
                fact,
                unknown,
                drop,
            },
            _ => Op::AskTwo {
                fact,
                unknown,
                drop,
            },
        };
        self.emit_noted(op, point, noted);
        Ok(())
    }
}
