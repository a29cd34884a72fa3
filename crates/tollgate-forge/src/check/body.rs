//! The body of a function while it is checked and lowered.

use std::collections::{HashMap, HashSet};

use oxc_ast::ast;
use tollgate_diagnostics::diagnostic::Diagnostic;
use tollgate_diagnostics::span::Span;

use super::annotation::Sight;
use super::asked_late::TakenFrom;
use super::budget;
use super::checker::Checker;
use super::facts::{Facts, Root};
use super::inner_names::InnerNames;
use super::known::class::InClass;
use super::known::order::Early;
use super::report::{error, place};
use super::scope::{Local, Outer, ScopeKind, Scopes, Variable};
use super::types::{ClassId, Type};
use super::value::Value;
use crate::codes::Code;
use crate::ir;
use crate::ir::op::Val;
use crate::ir::{Expr, Label, LocalId, Sharing, Stmt};
use crate::limits::{DEPTH_MAX, LOCALS_MAX};

/// Values that are put together without a variable between.
const JOINS_INSIDE_EACH_OTHER: usize = 4;

/// What a function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    Known(Type),
    /// Shown by the first `return`.
    Inferred(Option<Type>),
    /// The first `return` is wrong, which is reported, so it does not show the type.
    Broken,
    /// The statements of a file return nothing.
    Nowhere,
}

/// What `break` and `continue` can lead to.
pub(super) struct Target<'a> {
    pub(super) labels: Vec<&'a str>,
    pub(super) leave: Label,
    /// Where `continue` leads, for loops.
    pub(super) next: Option<Label>,
    /// `break` without a label leads here.
    pub(super) takes_break: bool,
    pub(super) left: bool,
    pub(super) continued: bool,
    /// What all know that leave.
    pub(super) leaving: Option<Facts<'a>>,
}

/// A body in the making.
pub(super) struct Body<'c, 'a> {
    pub(super) checker: &'c mut Checker<'a>,
    pub(super) file: u32,
    pub(super) scopes: Scopes<'a>,
    pub(super) outer: Outer<'a>,
    pub(super) locals: Vec<ir::Local>,
    labels: u32,
    pub(super) targets: Vec<Target<'a>>,
    pub(super) returns: Returns,
    /// The body is part of another one: `return` leads there.
    pub(super) inline: Option<Inline>,
    /// The statements of a file: its variables are globals.
    pub(super) top_level: bool,
    /// What functions inside use.
    pub(super) inner: InnerNames<'a>,
    /// The function that comes next is made once in the life of the program.
    pub(super) once: bool,
    /// The function that was made so, by its place in the table of functions.
    pub(super) once_made: Option<usize>,
    /// What is known of values that may be missing.
    pub(super) facts: Facts<'a>,
    /// Variables that have an element, without a type that says that there may be none, while nothing else is assigned to them.
    pub(super) elements: HashMap<Root, TakenFrom<'a>>,
    /// What stands before the `?.` around here, and is there.
    pub(super) links: Vec<Linked>,
    pub(super) early: HashSet<Early>,
    /// Variables of the file that were lowered, by their place in the table of globals.
    pub(super) defined: Vec<usize>,
    /// Classes that were declared.
    pub(super) defined_classes: Vec<ClassId>,
    /// The class that the function belongs to.
    pub(super) class: Option<InClass>,
    /// The literal that comes next becomes JSON and nothing else.
    pub(super) for_json: bool,
}

impl<'c, 'a> Body<'c, 'a> {
    pub(super) fn new(
        checker: &'c mut Checker<'a>,
        file: u32,
        outer: Outer<'a>,
        returns: Returns,
    ) -> Self {
        let mut scopes = Scopes::default();
        scopes.enter(ScopeKind::Function);
        Self {
            checker,
            file,
            scopes,
            outer,
            locals: Vec::new(),
            labels: 0,
            targets: Vec::new(),
            returns,
            inline: None,
            top_level: false,
            inner: InnerNames::default(),
            once: false,
            once_made: None,
            facts: Facts::default(),
            elements: HashMap::new(),
            links: Vec::new(),
            early: HashSet::new(),
            defined: Vec::new(),
            defined_classes: Vec::new(),
            class: None,
            for_json: false,
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.checker.report(diagnostic);
    }

    /// Reports an error at a node.
    pub(super) fn fail(
        &mut self,
        code: Code,
        message: impl Into<String>,
        span: Span,
        help: impl Into<String>,
    ) {
        self.report(error(code, message).at(span, "").help(help));
    }

    pub(super) fn place(&self, node: &impl oxc_span::GetSpan) -> Span {
        place(self.file, node)
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels)
    }

    /// Makes a variable of our own.
    pub(super) fn temporary(&mut self, ty: Val) -> LocalId {
        self.add_local(ir::Local {
            ty,
            name: None,
            unassigned: None,
            sharing: Sharing::No,
        })
    }

    pub(super) fn add_local(&mut self, local: ir::Local) -> LocalId {
        let id = LocalId(self.checker.next_number(self.locals.len()));
        self.checker.spend(budget::VARIABLE);
        if self.locals.len() == LOCALS_MAX {
            self.checker.too_many_variables();
        }
        self.locals.push(local);
        id
    }

    /// Returns from the function, or to where its body is part of another one.
    pub(super) fn give(&mut self, value: Option<Value>, out: &mut Vec<Stmt>) {
        let Some(inline) = self.inline else {
            out.push(Stmt::Return(value.map(|value| value.expr)));
            return;
        };
        if let Some(value) = value {
            let result = match (inline.result, value.ty.val()) {
                (Some(result), _) => result,
                (None, Some(val)) => self.temporary(val),
                (None, None) => return,
            };
            self.inline = Some(Inline {
                result: Some(result),
                ..inline
            });
            out.push(Stmt::SetLocal(result, value.expr));
        }
        out.push(Stmt::Branch(inline.leave));
    }

    /// Evaluates once, and gives the value as often as it is used.
    pub(super) fn keep(&mut self, value: Value, out: &mut Vec<Stmt>) -> Option<Value> {
        let local = self.temporary(value.ty.val()?);
        out.push(Stmt::SetLocal(local, value.expr));
        Some(Value::new(value.ty, Expr::Local(local)))
    }

    /// Puts values of a type together from left to right, two at a time.
    ///
    /// What there is so far is kept in a variable now and then: the IR does not become as high as there are values.
    pub(super) fn chained(
        &mut self,
        first: Value,
        rest: impl IntoIterator<Item = Expr>,
        mut join: impl FnMut(&mut Checker<'a>, Expr, Expr) -> Option<Expr>,
    ) -> Option<Value> {
        let ty = first.ty;
        let mut so_far = first.expr;
        let mut kept = None;
        let mut out = Vec::new();
        for (joins, next) in (1..).zip(rest) {
            so_far = join(self.checker, so_far, next)?;
            if joins % JOINS_INSIDE_EACH_OTHER == 0 {
                let val = ty.val()?;
                let local = *kept.get_or_insert_with(|| self.temporary(val));
                out.push(Stmt::SetLocal(local, so_far));
                so_far = Expr::Local(local);
            }
        }
        Some(Value::new(ty, so_far.after(out)))
    }

    /// Goes one level down in an expression, if the limit allows it.
    pub(super) fn descend<T>(
        &mut self,
        span: Span,
        work: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let around = self.checker.budget.enter(span);
        self.checker.spend(1);
        self.checker.depth += 1;
        let result = if self.is_full() {
            None
        } else if self.checker.depth > DEPTH_MAX {
            self.too_deep(span);
            None
        } else {
            work(self)
        };
        self.checker.depth -= 1;
        self.checker.budget.leave(around);
        if result.is_none() {
            self.checker.must_be_reported(span);
        }
        result
    }

    /// Tells whether the function or the program has as much as it may have, which is reported.
    pub(super) fn is_full(&self) -> bool {
        self.locals.len() > LOCALS_MAX || self.checker.budget.is_spent()
    }

    fn too_deep(&mut self, span: Span) {
        let message = format!("more than {DEPTH_MAX} statements and operators inside each other");
        let help =
            "give parts of an expression a name with `const`; write the result types of functions";
        self.fail(crate::codes::syntax::TOO_DEEP, message, span, help);
    }

    /// Goes one statement down, if the limit allows it.
    pub(super) fn nest(&mut self, span: Span, work: impl FnOnce(&mut Self) -> bool) -> bool {
        self.descend(span, |body| Some(work(body))).unwrap_or(true)
    }

    /// Reads a written type.
    pub(super) fn written(&mut self, ty: &'a ast::TSType<'a>) -> Option<Type> {
        let sight = Sight {
            file: self.file,
            scopes: Some((&self.scopes, &self.outer)),
            first: None,
        };
        self.checker.written(sight, ty)
    }

    /// Declares a variable of the function in a block.
    pub(super) fn declare(&mut self, name: &'a str, variable: Variable) {
        if let Some(scope) = self.scopes.innermost() {
            scope.names.insert(name, Local::Variable(variable));
        }
    }
}

/// Where `return` leads in a body that is part of another one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inline {
    pub(super) leave: Label,
    /// What has the value, once its type is known.
    pub(super) result: Option<LocalId>,
}

/// A value that stands before `?.` and is there.
#[derive(Clone)]
pub(super) struct Linked {
    pub(super) span: oxc_span::Span,
    pub(super) value: Value,
}
