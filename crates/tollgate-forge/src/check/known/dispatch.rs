//! What is wanted of objects whose class is not known, and the functions that will look at it.

use std::collections::HashMap;

use tollgate_diagnostics::span::Span;

use crate::check::types::{ClassId, RecordId, Type};
use crate::ir::op::Val;
use crate::ir::{self, FuncId};

/// What is wanted of an object whose class is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) act: Act,
    pub(crate) params: Vec<Type>,
    pub(crate) result: Type,
    /// The types of the member's own type parameters.
    pub(crate) types: Vec<Type>,
}

/// What is done with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Act {
    Call,
    Get,
    Set,
}

impl Wanted<'_> {
    /// Returns how the function lies in WebAssembly: the object comes first.
    pub(crate) fn lowered(&self) -> Option<ir::Signature> {
        let mut params = vec![Val::I32];
        for ty in &self.params {
            params.push(ty.val()?);
        }
        Some(ir::Signature {
            params,
            result: self.result.val(),
        })
    }
}

/// What is to be written.
#[derive(Debug, Default)]
pub(crate) struct Dispatch<'a> {
    /// The places in tables, by the class at the top of the tree and the uppermost one that has the member.
    pub(crate) slots: HashMap<(ClassId, Wanted<'a>), usize>,
    pub(crate) slots_of_tree: HashMap<ClassId, usize>,
    pub(crate) waiting_slots: Vec<(ClassId, Wanted<'a>, usize)>,
    /// Those that were written, for classes that come later.
    pub(crate) written_slots: Vec<(ClassId, Wanted<'a>, usize)>,
    pub(crate) functions: HashMap<(RecordId, Wanted<'a>), FuncId>,
    pub(crate) waiting: Vec<Looking<'a>>,
    pub(crate) written: Vec<Looking<'a>>,
}

/// A function that looks at the class of an object.
#[derive(Debug, Clone)]
pub(crate) struct Looking<'a> {
    pub(crate) record: RecordId,
    pub(crate) wanted: Wanted<'a>,
    pub(crate) function: FuncId,
    /// Where it is needed first.
    pub(crate) span: Span,
}
