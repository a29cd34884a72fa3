//! The names of a file, and what they stand for.

use std::collections::HashMap;

use oxc_ast::ast::Statement;
use tollgate_diagnostics::span::Span;

use super::class::InClass;
use crate::check::function_node::FunctionNode;
use crate::check::scope::Outer;
use crate::check::types::{ClassId, EnumId, Type};

/// A function that enters the table.
pub(crate) struct NewFunction<'a> {
    pub(crate) file: u32,
    pub(crate) node: FunctionNode<'a>,
    pub(crate) name: &'a str,
    pub(crate) outer: Outer<'a>,
    /// The class that it belongs to.
    pub(crate) class: Option<InClass>,
}

/// The names of one file.
#[derive(Default)]
pub(crate) struct FileNames<'a> {
    pub(crate) names: HashMap<&'a str, (Item<'a>, Span)>,
    /// Exports by name: the local name, or that of another file.
    pub(crate) exports: Vec<ExportName<'a>>,
    /// The places in `exports` by name.
    pub(crate) exported: HashMap<&'a str, usize>,
    /// Files this one runs after, in order, with the place of the import.
    pub(crate) imports: Vec<(usize, Span)>,
    pub(crate) statements: Option<&'a [Statement<'a>]>,
    /// Not to be checked: it has syntax errors, or is ours.
    pub(crate) broken: bool,
}

/// What a name of a file stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Function(usize),
    Global(usize),
    Enum(EnumId),
    Class(ClassId),
    Alias(usize),
    /// A type parameter, with its type here.
    Given(Type),
    /// What another file exports under a name.
    Import(usize, &'a str),
    /// All exports of a file.
    Namespace(usize),
    /// A name that stands for nothing that can be compiled, which is reported.
    Broken,
}

/// An export of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExportName<'a> {
    pub(crate) name: &'a str,
    pub(crate) span: Span,
    pub(crate) target: ExportTarget<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum ExportTarget<'a> {
    /// A name of the same file.
    Local(&'a str),
    Item(Item<'a>),
    /// A name that another file exports.
    From(usize, &'a str),
    /// Everything that another file exports.
    All(usize),
}
