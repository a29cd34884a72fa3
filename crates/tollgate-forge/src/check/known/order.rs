//! What the files do when they run, step by step, and what has no value before its step.

use std::collections::HashSet;

use tollgate_diagnostics::span::Span;

use crate::check::types::{ClassId, EnumId};
use crate::ir::walk::Visit;
use crate::ir::{Expr, FuncId, GlobalId, StaticId, Stmt};

/// One statement of a file.
pub(crate) struct Step {
    pub(crate) span: Span,
    pub(crate) uses: Uses,
    /// The globals that have a value once it ran, by their place in the table.
    pub(crate) defines: Vec<usize>,
    /// The classes that are declared before it runs.
    pub(crate) classes: Vec<ClassId>,
}

/// What may not have a value yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Wait {
    /// A variable of a file, by its place in the table.
    Global(usize),
    /// A class, by its place in the table.
    Class(usize),
}

/// What a piece of IR names.
#[derive(Debug, Default, Clone)]
pub(crate) struct Uses {
    pub(crate) calls: Vec<FuncId>,
    /// Functions that are values from here on.
    pub(crate) values: Vec<FuncId>,
    pub(crate) statics: Vec<StaticId>,
    /// Some function that is a value is called.
    pub(crate) calls_values: bool,
    pub(crate) globals: HashSet<GlobalId>,
    pub(crate) early: HashSet<Early>,
}

impl Visit for Uses {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(id, _) => self.calls.push(*id),
            Expr::CallValue(_) => self.calls_values = true,
            Expr::Slot(id) => self.values.push(*id),
            Expr::Static(id) => self.statics.push(*id),
            Expr::Global(id) => {
                self.globals.insert(*id);
            }
            _ => {}
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Call(id, _) => self.calls.push(*id),
            Stmt::CallValue(_) => self.calls_values = true,
            Stmt::SetGlobal(id, _) => {
                self.globals.insert(*id);
            }
            _ => {}
        }
    }
}

/// Something that has no value before its declaration ran, and that bodies use without naming it in the IR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Early {
    /// A constant of a file whose value is known, by its place in the table of globals.
    Literal(usize),
    Enum(EnumId),
    Class(ClassId),
}
