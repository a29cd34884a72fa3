//! The names a body sees: its own blocks, then the functions around it, then its file.

use std::collections::HashMap;
use std::rc::Rc;

use tollgate_diagnostics::span::Span;

use super::constant::Constant;
use super::known::generic::Step;
use super::types::{EnumId, Type};
use crate::ir::LocalId;

/// What a name stands for inside a function.
#[derive(Debug, Clone, Copy)]
pub(super) enum Local {
    /// Declared further down in the same block, with its variable if functions inside may use it before.
    Pending(Span, Option<LocalId>),
    Variable(Variable),
    /// A function by its place in the table of functions.
    Function(usize),
    /// The same with a block, which the variable has.
    Inner(usize, LocalId),
    Enum(EnumId),
    /// A `type` by its place in the table of aliases.
    Alias(usize),
    /// A variable of a function around this one, which is declared further down there.
    Untyped,
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
    /// What the functions of this block and of those inside see, if one is declared there.
    seen: Outer<'a>,
}

impl<'a> Scope<'a> {
    /// Notes what a name stands for. What is broken is no longer seen by inner functions as a variable.
    pub(super) fn bind(&mut self, name: &'a str, local: Local) {
        if matches!(local, Local::Broken) {
            self.seen = Outer::default();
        }
        self.names.insert(name, local);
    }

    /// Returns what a function sees that is declared in this block, with what is around it. It is made once for all of them.
    fn seen(&mut self, around: Outer<'a>) -> Outer<'a> {
        if self.names.is_empty() {
            return around;
        }
        let made = self.seen.0.as_deref();
        if !made.is_some_and(|made| made.names.len() == self.names.len() && made.around == around) {
            let names = self.names.iter();
            let names = names.map(|(name, local)| (*name, OuterName::from(*local)));
            let names = names.collect();
            self.seen = Outer(Some(Rc::new(Layer {
                names,
                around,
                step: None,
            })));
        }
        self.seen.clone()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ScopeKind {
    #[default]
    Block,
    /// The body of a function, which `var` belongs to.
    Function,
}

/// What an inner function sees of the functions around it: block after block, each shared by all that see it.
#[derive(Debug, Clone, Default)]
pub(super) struct Outer<'a>(Option<Rc<Layer<'a>>>);

/// What is seen of one block, and of those around it.
#[derive(Debug)]
struct Layer<'a> {
    names: HashMap<&'a str, OuterName>,
    around: Outer<'a>,
    /// The instance of a generic declaration that the names are type parameters of.
    step: Option<Rc<Step>>,
}

impl PartialEq for Outer<'_> {
    /// Whether they are the same blocks of one function.
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl<'a> Outer<'a> {
    /// Returns what the name is as a value: a type parameter does not hide one.
    pub(super) fn find(&self, name: &str) -> Option<OuterName> {
        let mut all = self.all(name);
        all.find(|found| !matches!(found, OuterName::Given(_)))
    }

    /// Adds the type parameters of an instance.
    pub(super) fn with_types(&self, names: &[(&'a str, Type)], step: Option<Rc<Step>>) -> Self {
        let names = names.iter();
        let names = names.map(|(name, ty)| (*name, OuterName::Given(*ty)));
        Self(Some(Rc::new(Layer {
            names: names.collect(),
            around: self.clone(),
            step,
        })))
    }

    /// Returns the instance that the names are seen in.
    pub(super) fn step(&self) -> Option<Rc<Step>> {
        let mut layers =
            std::iter::successors(self.0.as_deref(), |layer| layer.around.0.as_deref());
        layers.find_map(|layer| layer.step.clone())
    }

    /// Returns what the name is as a type: a variable or a function of the name does not hide a type.
    pub(super) fn find_type(&self, name: &str) -> Option<OuterName> {
        self.all(name).find(|found| match found {
            OuterName::Variable | OuterName::Function(_) => false,
            // One that is broken may have been a class.
            OuterName::Enum(_) | OuterName::Alias(_) | OuterName::Given(_) | OuterName::Broken => {
                true
            }
        })
    }

    /// Returns all that the name is, from the inside out.
    fn all(&self, name: &str) -> impl Iterator<Item = OuterName> {
        let layers = std::iter::successors(self.0.as_deref(), |layer| layer.around.0.as_deref());
        layers.filter_map(move |layer| layer.names.get(name).copied())
    }
}

/// A name of an outer function.
#[derive(Debug, Clone, Copy)]
pub(super) enum OuterName {
    /// A variable, which the function uses only if it shares it.
    Variable,
    /// Its declaration was wrong, which is reported.
    Broken,
    Function(usize),
    Enum(EnumId),
    Alias(usize),
    /// A type parameter, with its type here.
    Given(Type),
}

impl From<Local> for OuterName {
    fn from(local: Local) -> Self {
        match local {
            Local::Pending(..)
            | Local::Variable(_)
            | Local::Untyped
            | Local::Inner(..)
            | Local::Skipped(_) => Self::Variable,
            Local::Broken => Self::Broken,
            Local::Function(index) => Self::Function(index),
            Local::Enum(id) => Self::Enum(id),
            Local::Alias(index) => Self::Alias(index),
        }
    }
}

/// The scopes of a body, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    list: Vec<Scope<'a>>,
}

impl<'a> Scopes<'a> {
    pub(super) fn enter(&mut self, kind: ScopeKind) {
        self.list.push(Scope {
            kind,
            ..Scope::default()
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

    /// Whether a block inside of the function declares a name, which a `var` cannot declare again.
    pub(super) fn in_block(&self, name: &str) -> bool {
        let blocks = self.list.iter().rev();
        let mut blocks = blocks.take_while(|scope| scope.kind == ScopeKind::Block);
        blocks.any(|scope| scope.names.contains_key(name))
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
            Local::Variable(_)
            | Local::Function(_)
            | Local::Inner(..)
            | Local::Untyped
            | Local::Pending(..)
            | Local::Skipped(_) => false,
            // One that is broken may have been a class.
            Local::Enum(_) | Local::Alias(_) | Local::Broken => true,
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
    pub(super) fn seen_by_inner(&mut self, outer: &Outer<'a>) -> Outer<'a> {
        let scopes = self.list.iter_mut();
        scopes.fold(outer.clone(), |around, scope| scope.seen(around))
    }
}

/// What a name stands for where a value is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name {
    Variable(Variable),
    Global(usize),
    Function(usize),
    /// One that has its block in a variable.
    Inner(usize, LocalId),
    Enum(EnumId),
    Class,
    Namespace(usize),
}
