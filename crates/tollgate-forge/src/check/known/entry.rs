//! The tables of functions, variables, enums and type names.

use std::collections::HashMap;

use oxc_ast::ast;
use tollgate_diagnostics::span::Span;

use super::capture::Captures;
use super::class::InClass;
use super::generic::InstanceOf;
use super::signature::Signature;
use crate::check::constant::{Constant, Members};
use crate::check::function_node::FunctionNode;
use crate::check::scope::Outer;
use crate::check::types::{FunctionTypeId, RecordId, Type, UnionId};
use crate::ir::{self, FuncId, GlobalId};

/// A declared function.
pub(crate) struct FunctionEntry<'a> {
    pub(crate) name: &'a str,
    pub(crate) node: FunctionNode<'a>,
    pub(crate) file: u32,
    pub(crate) ir: FuncId,
    pub(crate) state: State,
    pub(crate) signature: Option<Signature<'a>>,
    /// Its types are being read; needing them now leads in a circle.
    pub(crate) reading: bool,
    /// Functions for calls that leave arguments out, by how many.
    pub(crate) variants: HashMap<usize, FuncId>,
    /// What an inner function sees of the functions around it.
    pub(crate) outer: Outer<'a>,
    /// The class that it belongs to.
    pub(crate) class: Option<InClass>,
    /// What it shares with them; `None` if it has no block.
    pub(crate) captures: Option<Captures<'a>>,
    pub(crate) calls: Calls,
    /// The type that is wanted where it is written.
    pub(crate) expected: Option<FunctionTypeId>,
    /// The function for calls with so many arguments, which is in the table before it is made.
    pub(crate) reserved_variant: Option<(usize, FuncId)>,
    /// Its blocks as a value of each type.
    pub(crate) blocks: HashMap<FunctionTypeId, ir::StaticId>,
    /// The types that it is for, if it is declared with type parameters.
    pub(crate) instance: Option<InstanceOf>,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    /// By its name: a call may leave out what has a default.
    ByName,
    /// As its type says: what is left out is `undefined`.
    ByType,
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    /// Being worked on; needing it now leads in a circle.
    Working,
    Done,
}

/// A variable of a file.
pub(crate) struct GlobalEntry<'a> {
    pub(crate) name: &'a str,
    pub(crate) file: u32,
    pub(crate) span: Span,
    pub(crate) constant: bool,
    pub(crate) ty: Option<Type>,
    /// The value, when it is known as a number: such a constant takes the type its use needs.
    pub(crate) literal: Option<Constant>,
    pub(crate) state: State,
    pub(crate) ir: Option<GlobalId>,
    /// Set by a statement, not by its initial value.
    pub(crate) computed: bool,
    /// The function that a constant is, by its place in the table of functions.
    pub(crate) function: Option<usize>,
}

/// A declared enum.
pub(crate) struct EnumEntry<'a> {
    pub(crate) name: &'a str,
    pub(crate) node: &'a ast::TSEnumDeclaration<'a>,
    pub(crate) file: u32,
    pub(crate) state: State,
    pub(crate) members: Members<'a>,
}

/// The declaration that gives a type a name.
#[derive(Clone, Copy)]
pub(crate) enum Named<'a> {
    Type(&'a ast::TSTypeAliasDeclaration<'a>),
    Interface(&'a ast::TSInterfaceDeclaration<'a>),
}

/// A `type` or an interface.
pub(crate) struct AliasEntry<'a> {
    pub(crate) node: Named<'a>,
    pub(crate) file: u32,
    pub(crate) state: State,
    pub(crate) ty: Option<Type>,
    /// Properties around the place where it began to be read.
    pub(crate) began: u32,
    /// The place of its type, once a property leads back to it.
    pub(crate) reserved: Option<RecordId>,
    /// The same for a type with several alternatives.
    pub(crate) reserved_union: Option<UnionId>,
    /// As it is called in messages.
    pub(crate) shown: &'a str,
    /// Its type parameters with their types, if it is an instance.
    pub(crate) given: Option<Outer<'a>>,
}
