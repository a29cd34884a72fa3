//! A place that is assigned: how it is read and written.

use super::known::array::Elements;
use super::known::record::Property;
use super::types::Type;
use super::value::Value;
use crate::ir::{Expr, FuncId, GlobalId, LocalId, Stmt};

/// What is assigned.
#[derive(Debug, Clone)]
pub(super) struct Slot<'a> {
    pub(super) ty: Type,
    pub(super) place: SlotPlace<'a>,
    /// What finds the place, done once.
    pub(super) before: Vec<Stmt>,
}

#[derive(Debug, Clone)]
pub(super) enum SlotPlace<'a> {
    Local(LocalId),
    Global(GlobalId),
    Element(Box<ElementPlace>),
    /// A property of a record.
    Property {
        property: Property<'a>,
        record: LocalId,
        value: LocalId,
        /// What is done where it has a value then.
        noted: Vec<Stmt>,
    },
    /// A member of an object whose class has more to say: how it is read, and how what the variable has is written.
    Member {
        get: Box<Expr>,
        value: LocalId,
        set: Vec<Stmt>,
    },
    /// What an object with any keys has under one.
    Entry(Box<EntryPlace>),
    /// The length of an array.
    Length {
        list: LocalId,
        set: FuncId,
        value: LocalId,
    },
}

/// What an object with any keys has under one.
#[derive(Debug, Clone)]
pub(super) struct EntryPlace {
    /// What it has now, if it has something.
    pub(super) now: Value,
    pub(super) value: LocalId,
    pub(super) set: Stmt,
}

/// An element of an array.
#[derive(Debug, Clone)]
pub(super) struct ElementPlace {
    pub(super) elements: Elements,
    /// Where it is, and where it is written.
    pub(super) get: Expr,
    pub(super) set: Expr,
    /// Whether it is not there.
    pub(super) gone: Expr,
    /// Has the value before the place is looked for: computing it may change the array.
    pub(super) value: LocalId,
}

impl<'a> Slot<'a> {
    pub(super) fn simple(ty: Type, place: SlotPlace<'a>) -> Self {
        Self {
            ty,
            place,
            before: Vec::new(),
        }
    }

    /// A variable of a file.
    pub(super) fn global(ty: Type, global: GlobalId) -> Self {
        Self::simple(ty, SlotPlace::Global(global))
    }

    /// A member: what it has now, the variable that gets what is written, and how that is written.
    pub(super) fn member(now: Value, value: LocalId, set: Vec<Stmt>, before: Vec<Stmt>) -> Self {
        Self {
            ty: now.ty,
            place: SlotPlace::Member {
                get: Box::new(now.expr),
                value,
                set,
            },
            before,
        }
    }

    pub(super) fn read(&self) -> Value {
        let expr = match &self.place {
            SlotPlace::Local(local) => Expr::Local(*local),
            SlotPlace::Global(global) => Expr::Global(*global),
            SlotPlace::Element(element) => element.elements.load(element.get.clone()).expr,
            SlotPlace::Property {
                property, record, ..
            } => property.load(Expr::Local(*record)).expr,
            SlotPlace::Member { get, .. } => get.as_ref().clone(),
            SlotPlace::Entry(place) => return place.now.clone(),
            SlotPlace::Length { list, .. } => super::sequence::length(Expr::Local(*list)).expr,
        };
        Value::new(self.ty, expr)
    }

    pub(super) fn write(&self, value: Expr) -> Vec<Stmt> {
        match &self.place {
            SlotPlace::Local(local) => vec![Stmt::SetLocal(*local, value)],
            SlotPlace::Global(global) => vec![Stmt::SetGlobal(*global, value)],
            SlotPlace::Element(element) => {
                let kept = Expr::Local(element.value);
                let store = element.elements.store(element.set.clone(), kept);
                vec![Stmt::SetLocal(element.value, value), store]
            }
            SlotPlace::Property {
                property,
                record,
                value: kept,
                noted,
            } => {
                let store = property.store(Expr::Local(*record), Expr::Local(*kept));
                let mut out = vec![Stmt::SetLocal(*kept, value), store];
                out.extend(noted.iter().cloned());
                out
            }
            SlotPlace::Member {
                get: _,
                value: kept,
                set,
            } => {
                let mut out = vec![Stmt::SetLocal(*kept, value)];
                out.extend(set.iter().cloned());
                out
            }
            SlotPlace::Entry(place) => {
                vec![Stmt::SetLocal(place.value, value), place.set.clone()]
            }
            SlotPlace::Length {
                list,
                set,
                value: kept,
            } => {
                let arguments = vec![Expr::Local(*list), Expr::Local(*kept)];
                vec![Stmt::SetLocal(*kept, value), Stmt::Call(*set, arguments)]
            }
        }
    }

    /// What it has where it is there already.
    pub(super) fn stays(&self) -> Value {
        let now = self.read();
        match (now.ty, self.ty) {
            // What may be missing is the same word, whichever kind of nothing it may be.
            (Type::Maybe(..), Type::Maybe(..)) => Value::new(self.ty, now.expr),
            (Type::Maybe(base, _), _) => super::absence::unboxed(base, now.expr),
            _ => now,
        }
    }

    /// Whether there is nothing yet that could be read, where that may be.
    pub(super) fn gone(&self) -> Option<Expr> {
        match &self.place {
            SlotPlace::Element(element) => Some(element.gone.clone()),
            SlotPlace::Local(_)
            | SlotPlace::Global(_)
            | SlotPlace::Property { .. }
            | SlotPlace::Member { .. }
            | SlotPlace::Entry(_)
            | SlotPlace::Length { .. } => None,
        }
    }

    pub(super) fn is_entry(&self) -> bool {
        matches!(self.place, SlotPlace::Entry(_))
    }

    /// Writes, and has the written value.
    pub(super) fn write_and_read(&self, value: Expr) -> Expr {
        let written = match &self.place {
            SlotPlace::Local(local) => return Expr::Tee(*local, Box::new(value)),
            SlotPlace::Global(global) => Expr::Global(*global),
            SlotPlace::Element(element) => Expr::Local(element.value),
            SlotPlace::Property { value, .. }
            | SlotPlace::Member { value, .. }
            | SlotPlace::Length { value, .. } => Expr::Local(*value),
            SlotPlace::Entry(place) => Expr::Local(place.value),
        };
        Expr::Before(self.write(value), Box::new(written))
    }

    /// An expression behind what finds the place.
    pub(super) fn after_finding(self, expr: Expr) -> Expr {
        if self.before.is_empty() {
            return expr;
        }
        Expr::Before(self.before, Box::new(expr))
    }
}
