//! The types of arrays, and how their elements lie in memory.

use std::collections::HashMap;

use super::typed_array::Kind;
use crate::check::conversion::convert;
use crate::check::sequence::elements_from;
use crate::check::types::{ArrayId, Type};
use crate::check::value::Value;
use crate::ir::op::{Access, Binary};
use crate::ir::{Expr, MemoryStmt, Stmt};
use crate::limits::ARRAY_LEVELS_MAX;

/// How the elements of an array lie in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements {
    pub(crate) ty: Type,
    pub(crate) access: Access,
    /// What they are kept as in a typed array, which does not grow.
    pub(crate) kind: Option<Kind>,
}

impl Elements {
    pub(crate) fn shift(self) -> Expr {
        Expr::i32(self.access.shift().cast_signed())
    }

    /// Where an element lies, if there is one.
    pub(crate) fn address(self, list: Expr, index: Expr) -> Expr {
        let offset = index.binary(Binary::I32Shl, self.shift());
        elements_from(list).binary(Binary::I32Add, offset)
    }

    pub(crate) fn load(self, address: Expr) -> Value {
        let raw = address.load(self.access, 0);
        let Some(kind) = self.kind else {
            return Value::new(self.ty, raw);
        };
        // Each of them is a number.
        let number = convert(Value::new(kind.raw(), raw.clone()), self.ty);
        Value::new(self.ty, number.unwrap_or(raw))
    }

    /// Writes an element as it is kept.
    pub(crate) fn store(self, address: Expr, value: Expr) -> Stmt {
        Stmt::Memory(Box::new(MemoryStmt::Store(self.access, address, value, 0)))
    }
}

/// The types of arrays, each once.
#[derive(Debug, Default)]
pub(crate) struct Arrays {
    list: Vec<ArrayType>,
    by_element: HashMap<Type, ArrayId>,
    by_kind: HashMap<Kind, ArrayId>,
}

/// A type of arrays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArrayType {
    pub(crate) element: Type,
    /// Arrays inside each other, with this one.
    levels: u32,
    pub(crate) kind: Option<Kind>,
}

impl Arrays {
    pub(crate) fn get(&self, id: ArrayId) -> Option<ArrayType> {
        self.list.get(id.0).copied()
    }

    /// Returns the type of the elements.
    pub(crate) fn element(&self, id: ArrayId) -> Option<Type> {
        self.get(id).map(|array| array.element)
    }

    /// Returns the type of arrays of these elements; `None` if too many are inside each other.
    pub(crate) fn of(&mut self, element: Type) -> Option<Type> {
        if let Some(known) = self.by_element.get(&element) {
            return Some(Type::Array(*known));
        }
        let inside = match element {
            Type::Array(id) => self.get(id)?.levels,
            _ => 0,
        };
        if inside >= ARRAY_LEVELS_MAX {
            return None;
        }
        let id = ArrayId(self.list.len());
        self.list.push(ArrayType {
            element,
            levels: inside + 1,
            kind: None,
        });
        self.by_element.insert(element, id);
        Some(Type::Array(id))
    }

    /// Returns what the elements of a typed array are kept as.
    pub(crate) fn kind(&self, id: ArrayId) -> Option<Kind> {
        self.get(id)?.kind
    }

    pub(crate) fn typed(&mut self, kind: Kind) -> ArrayId {
        let list = &mut self.list;
        *self.by_kind.entry(kind).or_insert_with(|| {
            list.push(ArrayType {
                element: Type::Number,
                levels: 1,
                kind: Some(kind),
            });
            ArrayId(list.len() - 1)
        })
    }
}
