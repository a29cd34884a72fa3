//! The order in which objects came to their properties, which is that of their JSON.
//!
//! Types do not know it: `{ a: 1, b: 2 }` and `{ b: 2, a: 1 }` have the same type. So an object knows it itself, in programs that name `JSON`, and in
//! those with `...`, where a property that an object has not leaves what was given before: its second word is the address of its order. What is
//! written is a block of the data; `...` and properties that come later make new ones while the program runs. What objects are made of and given is next door.

use std::collections::HashMap;

use super::types::RecordId;
use crate::ir::op::Access;
use crate::ir::{Expr, LocalId, MemoryStmt, Stmt};

/// Where an object has the address of its order.
const ORDER: u32 = 4;

/// What a block with an order is, in its first word.
pub(super) const KIND: i32 = 12;

/// The orders of a program.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// Whether objects know their orders.
    pub(super) kept: bool,
    /// The addresses of those that are written.
    pub(super) known: HashMap<Vec<i32>, i32>,
    /// The addresses of the tables that say what the properties of one type are in another.
    pub(super) renumbered: HashMap<(RecordId, RecordId), i32>,
}

/// Where an object has some of its properties from.
#[derive(Debug, Clone, Copy)]
pub(super) enum PropertyOrigin<'a> {
    Name(&'a str),
    /// `...`: an object of this type, whose order is in a variable.
    Object(RecordId, LocalId),
}

/// The order of an object.
pub(super) fn order_of(object: Expr) -> Expr {
    object.load(Access::I32, ORDER)
}

/// Gives an object an order.
pub(super) fn set_order(object: Expr, order: Expr) -> Stmt {
    Stmt::Memory(Box::new(MemoryStmt::Store(
        Access::I32,
        object,
        order,
        ORDER,
    )))
}

/// How many properties an order has.
pub(super) fn properties_in(order: Expr) -> Expr {
    order.load(Access::I32, 4)
}

/// The number of a property in an order, so many bytes on.
pub(super) fn number_in(order: Expr) -> Expr {
    order.load(Access::I32, 8)
}
