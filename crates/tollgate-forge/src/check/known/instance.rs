//! The instances of declarations with type parameters.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use oxc_ast::ast::TSTypeParameterDeclaration;
use tollgate_diagnostics::span::Span;

use super::generic::{Generic, Step};
use crate::check::scope::Outer;
use crate::check::types::Type;

/// The instances of a program.
#[derive(Debug, Default)]
pub(crate) struct Instances<'a> {
    pub(crate) known: HashMap<(Generic, Vec<Type>), usize>,
    pub(crate) needed_at: Option<Span>,
    /// Uses whose types are being looked at, the outermost first.
    pub(crate) settling: Vec<UseOf>,
    /// Uses that others lead to, and that are wrong, which is reported.
    pub(crate) refused: HashSet<UseOf>,
    /// Uses that are looked at when it is known what classes are.
    pub(crate) waiting: Vec<Waiting<'a>>,
    /// Where what does not fit is reported: once for each place, however many types it has there.
    pub(crate) unfit: HashSet<(Generic, Span)>,
}

/// A declaration with the types that are known of a use.
type UseOf = (Generic, Vec<Option<Type>>);

/// A use whose types must fit.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    pub(crate) known: Known<'a>,
    /// Where the names of what is wanted are looked for.
    pub(crate) outer: Outer<'a>,
    pub(crate) file: u32,
    pub(crate) span: Span,
}

impl Instances<'_> {
    pub(crate) fn is_settling(&self, known: &Known<'_>) -> bool {
        let mut settling = self.settling.iter();
        settling.any(|(generic, types)| *generic == known.generic && *types == known.types)
    }

    /// Where the program itself needed one last.
    pub(crate) fn needed_at(&self) -> Option<Span> {
        self.needed_at
    }
}

/// Type parameters, and what they are.
#[derive(Debug, Clone)]
pub(crate) struct Known<'a> {
    pub(crate) generic: Generic,
    pub(crate) parameters: &'a TSTypeParameterDeclaration<'a>,
    /// What is given or found, by the place of the parameter.
    pub(crate) types: Vec<Option<Type>>,
    pub(crate) name: &'a str,
    /// The instance that uses it.
    pub(crate) around: Option<Rc<Step>>,
}

impl<'a> Known<'a> {
    /// The names that have a type by now.
    pub(crate) fn names(&self) -> Vec<(&'a str, Type)> {
        let names = self.parameters.params.iter().zip(&self.types);
        names
            .filter_map(|(parameter, ty)| Some((parameter.name.name.as_str(), (*ty)?)))
            .collect()
    }

    /// The same as the names that are seen in what the declaration wants.
    pub(crate) fn seen(&self) -> Outer<'a> {
        Outer::default().with_types(&self.names(), self.around.clone())
    }
}
