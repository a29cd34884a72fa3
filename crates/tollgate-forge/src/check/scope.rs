//! The names a body sees: its own blocks, then the functions around it, then its file.

use std::collections::HashMap;
use std::rc::Rc;

use tollgate_diagnostics::span::Span;

use super::constant::Constant;
use super::types::{EnumId, Type};
use crate::ir::LocalId;

/// What a name stands for inside a function.
#[derive(Debug, Clone, Copy)]
pub(super) enum Local {
    /// Declared further down in the same block.
    Pending(Span),
    Variable(Variable),
    /// A function by its place in the table of functions.
    Function(usize),
    Enum(EnumId),
    /// A `type` by its place in the table of aliases.
    Alias(usize),
    /// Its declaration was wrong, which is reported.
    Broken,
    /// Declared in an earlier `case`, which may have been jumped over.
    Skipped(Span),
}

/// A variable of a function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variable {
    pub(super) local: LocalId,
    pub(super) ty: Type,
    pub(super) constant: bool,
    /// The value of a constant, when it is known as a number.
    pub(super) literal: Option<Constant>,
}

/// The names of one block.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    pub(super) names: HashMap<&'a str, Local>,
    pub(super) kind: ScopeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ScopeKind {
    #[default]
    Block,
    /// The body of a function, which `var` belongs to.
    Function,
}

/// What an inner function sees of the functions around it.
pub(super) type Outer<'a> = Rc<HashMap<&'a str, OuterName>>;

/// A name of an outer function.
#[derive(Debug, Clone, Copy)]
pub(super) enum OuterName {
    /// A variable, which an inner function cannot use yet.
    Variable,
    Function(usize),
    Enum(EnumId),
    Alias(usize),
}

/// The scopes of a body, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    list: Vec<Scope<'a>>,
}

impl<'a> Scopes<'a> {
    pub(super) fn enter(&mut self, kind: ScopeKind) {
        self.list.push(Scope {
            names: HashMap::new(),
            kind,
        });
    }

    pub(super) fn leave(&mut self) {
        self.list.pop();
    }

    pub(super) fn find(&self, name: &str) -> Option<Local> {
        self.list
            .iter()
            .rev()
            .find_map(|scope| scope.names.get(name).copied())
    }

    /// Returns what the name stands for in the innermost block itself.
    pub(super) fn here(&self, name: &str) -> Option<Local> {
        self.list.last()?.names.get(name).copied()
    }

    /// Returns what the name is as a type: a variable or a function of the name does not hide a type.
    pub(super) fn find_type(&self, name: &str) -> Option<Local> {
        let named = self.list.iter().rev();
        let mut named = named.filter_map(|scope| scope.names.get(name).copied());
        named.find(|local| match local {
            Local::Variable(_) | Local::Function(_) => false,
            Local::Enum(_) | Local::Alias(_) => true,
            // What it will be is not known here.
            Local::Pending(_) | Local::Broken | Local::Skipped(_) => true,
        })
    }

    /// Returns the innermost block.
    pub(super) fn innermost(&mut self) -> Option<&mut Scope<'a>> {
        self.list.last_mut()
    }

    /// Returns the block of the function's body.
    pub(super) fn function(&mut self) -> Option<&mut Scope<'a>> {
        self.list
            .iter_mut()
            .rev()
            .find(|scope| scope.kind == ScopeKind::Function)
    }

    /// Returns all names in sight, to guess what was meant.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.list
            .iter()
            .flat_map(|scope| scope.names.keys().copied())
    }

    /// Returns what a function that is declared here sees.
    pub(super) fn seen_by_inner(&self, outer: &Outer<'a>) -> Outer<'a> {
        let mut seen: HashMap<&'a str, OuterName> = outer.as_ref().clone();
        for (name, local) in self.list.iter().flat_map(|scope| &scope.names) {
            let outer = match local {
                Local::Pending(_) | Local::Variable(_) | Local::Broken | Local::Skipped(_) => {
                    OuterName::Variable
                }
                Local::Function(index) => OuterName::Function(*index),
                Local::Enum(id) => OuterName::Enum(*id),
                Local::Alias(index) => OuterName::Alias(*index),
            };
            seen.insert(name, outer);
        }
        Rc::new(seen)
    }
}
