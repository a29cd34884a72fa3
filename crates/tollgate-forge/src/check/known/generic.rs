//! Declarations with type parameters, and the row of instances that leads to a place.

use std::rc::Rc;

use tollgate_diagnostics::span::Span;

use crate::check::types::{ClassId, Type};

/// A declaration with type parameters, by its place in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Generic {
    Function(usize),
    Class(ClassId),
    Alias(usize),
}

/// Which instance leads to a place, and which ones lead to that.
#[derive(Debug)]
pub(crate) struct Step {
    of: Generic,
    /// How often it stands in the row, with this one.
    pub(crate) times: u32,
    around: Option<Rc<Step>>,
}

impl Step {
    pub(crate) fn after(around: Option<Rc<Self>>, of: Generic) -> Self {
        let mut row = std::iter::successors(around.as_deref(), |step| step.around.as_deref());
        let before = row.find(|step| step.of == of);
        Self {
            of,
            times: before.map_or(1, |step| step.times + 1),
            around,
        }
    }
}

/// The types of an instance.
#[derive(Debug, Clone)]
pub(crate) struct InstanceOf {
    /// The declaration, by its place in the table.
    pub(crate) template: usize,
    pub(crate) arguments: Rc<[Type]>,
}

/// Where an instance is needed.
#[derive(Debug, Clone)]
pub(crate) struct Needed {
    pub(crate) around: Option<Rc<Step>>,
    pub(crate) span: Span,
}
