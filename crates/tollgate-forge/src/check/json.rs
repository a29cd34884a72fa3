//! `JSON`: what is known of the types whose values are written and read. Which types have JSON is in [`super::json_types`], what writes and reads is next to it.

use std::collections::HashMap;

use tollgate_diagnostics::span::Span;

use super::types::{RecordId, Type};
use crate::ir::FuncId;

/// The functions of `JSON`.
pub(super) const FUNCTIONS: &[&str] = &["parse", "stringify"];

/// What is done with values of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum JsonUse {
    Write,
    Read,
}

/// What is known of types as JSON.
#[derive(Debug, Default)]
pub(super) struct Json {
    /// Types whose values have JSON, and where that mattered first.
    pub(super) fits: HashMap<(Type, JsonUse), Span>,
    /// The functions that write or read values, and those that are not made yet.
    pub(super) functions: HashMap<(Type, JsonUse), FuncId>,
    pub(super) waiting: Vec<(Type, JsonUse, FuncId)>,
    /// The functions that throw what is no value of a type.
    pub(super) parsers: HashMap<Type, FuncId>,
    /// Types of objects that are read, by the numbers that they have among them.
    pub(super) read: HashMap<RecordId, u32>,
}
