//! `throw`, `try` and the classes of errors.
//!
//! What is thrown is an object of `Error` or of a class that extends it, so a `catch` has one. The classes are ours, written in
//! TypeScript; a file that uses their names and declares none of them sees them. The IR keeps `throw` and `try` as they are:
//! [`crate::exceptions`] turns them into branches once the whole program is known.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::assigned_names::AssignedNames;
use super::body::Body;
use super::checker::Checker;
use super::known::file::Item;
use super::pattern::{Part, Way};
use super::report::error;
use super::scope::ScopeKind;
use super::types::{Absent, Base, ClassId, Type};
use super::value::{Called, Value};
use crate::codes::{modules, unsupported};
use crate::exceptions::{MEMORY, UNCAUGHT};
use crate::ir;
use crate::ir::op::Val;
use crate::ir::{Exceptions, Expr, Handler, Stmt, Try};
use crate::syntax::words_in;

/// The classes of errors.
const CLASSES: &[&str] = &[
    "Error",
    "RangeError",
    "TypeError",
    "SyntaxError",
    "ReferenceError",
];

impl<'a> Checker<'a> {
    /// Lets files see the classes of errors that they name and do not declare. That is before classes are looked at.
    pub(super) fn enter_errors(&mut self) {
        let mut wanted = vec!["throw", "try", "JSON"];
        wanted.extend(CLASSES);
        let used: Vec<(usize, Vec<&str>)> = (self.bundle.files.iter().enumerate())
            .map(|(file, source)| (file, words_in(&source.text, &wanted)))
            .filter(|(_, words)| !words.is_empty())
            .collect();
        if used.is_empty() {
            return;
        }
        let Some(standard) = self.standard_file() else {
            return;
        };
        for (file, words) in used {
            for name in CLASSES.iter().filter(|name| words.contains(*name)) {
                let Some(item @ Item::Class(id)) = self.file_item(standard, name) else {
                    continue;
                };
                let span = self.classes.get(id).map(|class| class.span);
                if let (Some(names), Some(span)) = (self.files.get_mut(file), span) {
                    names.names.entry(name).or_insert((item, span));
                }
            }
        }
    }

    /// The class that all errors extend.
    pub(super) fn error_class(&mut self) -> Option<ClassId> {
        self.own_error("Error")
    }

    /// A class of errors of ours.
    pub(super) fn own_error(&mut self, name: &str) -> Option<ClassId> {
        let file = self.standard_file()?;
        match self.file_item(file, name) {
            Some(Item::Class(id)) => Some(id),
            _ => {
                self.internal(format!("there is no class `{name}` of ours"));
                None
            }
        }
    }

    /// Makes what exceptions need, if there are any.
    pub(super) fn finish_exceptions(&mut self) {
        if !self.throws || self.reports_are_hidden() {
            return;
        }
        let Some((report, uncaught)) = self.report_uncaught() else {
            return self.internal("an error that nothing catches cannot be told");
        };
        let end = self.end_named("an exception that nothing catches".to_owned());
        let Some(thrown) = self.standard_global("thrown") else {
            return self.internal("there is no variable for an error");
        };
        let Some(next) = self.standard_global("heap") else {
            return self.internal("there is no variable for the next block");
        };
        let heap = (!self.outlives_calls()).then_some(next);
        self.module.exceptions = Some(Exceptions {
            thrown,
            report,
            uncaught,
            end,
            heap,
            next,
        });
    }

    /// Whether the program gives the host something else under the names by which errors are told.
    fn reports_are_hidden(&mut self) -> bool {
        let exports = self.module.exports.iter();
        let mut taken = exports.filter(|(name, export)| {
            name == UNCAUGHT || name == MEMORY && *export != ir::Export::Memory
        });
        let Some((name, _)) = taken.next() else {
            return false;
        };
        let message = format!("the export `{name}` is needed for exceptions that nothing catches");
        let help = format!("rename `{name}`: a host reads by this name what was thrown");
        self.report(error(modules::DUPLICATE_EXPORT, message).help(help));
        true
    }

    /// The function that tells the host of an error, with the variable that the host reads.
    fn report_uncaught(&mut self) -> Option<(ir::FuncId, ir::GlobalId)> {
        let ty = Type::Class(self.error_class()?);
        let uncaught = self.standard_global("uncaught")?;
        let file = u32::try_from(self.standard?).ok()?;
        let returns = super::body::Returns::Known(Type::Void);
        let mut body = Body::new(self, file, super::scope::Outer::default(), returns);
        let error = body.temporary(Val::I32);
        let object = Value::new(ty, Expr::Local(error));
        let text = body.own_value(object, "#told")?.expr;
        let locals = std::mem::take(&mut body.locals);
        let text = self.standard_call("encodeUtf8", vec![text])?;
        self.lower_standard();
        let statements = vec![Stmt::SetGlobal(uncaught, text)];
        let report = self.reserve("~uncaught".to_owned());
        if let Some(function) = self.module.functions.get_mut(report.0 as usize) {
            function.signature = ir::Signature {
                params: vec![Val::I32],
                result: None,
            };
        }
        self.set_body(report, ir::Body { locals, statements });
        Some((report, uncaught))
    }
}

impl<'a> Body<'_, 'a> {
    /// `throw e`
    pub(super) fn throw(&mut self, node: &'a ast::ThrowStatement<'a>, out: &mut Vec<Stmt>) -> bool {
        let span = self.place(node);
        if self.thrown(&node.argument, span, out).is_none() {
            self.checker.must_be_reported(span);
        }
        false
    }

    fn thrown(
        &mut self,
        argument: &'a Expression<'a>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let error = self.checker.error_class()?;
        let value = self.value(argument, None)?;
        let is_error =
            matches!(value.ty, Type::Class(id) if self.checker.classes.extends(id, error));
        if !is_error {
            let ty = self.checker.type_name(value.ty);
            let help = match value.ty {
                Type::Text => "throw an error with this text: `throw new Error(text)`",
                Type::Class(_) => "let the class extend `Error`: `class Failed extends Error { }`",
                Type::Maybe(..) => "look whether it is there first, or throw `new Error(\"…\")`",
                _ => "throw `new Error(\"…\")`, or an object of a class that extends `Error`",
            };
            let message = format!("a value of type `{ty}` is thrown, which is no `Error`");
            self.fail(unsupported::EXCEPTION, message, span, help);
            return None;
        }
        let place = self.thrown_at(span);
        out.push(self.raised(value.expr, place)?);
        Some(())
    }

    /// What is said of the place where something is thrown.
    pub(super) fn thrown_at(&mut self, span: Span) -> Expr {
        let (line, column) = self.checker.places.line_column(span);
        let file = self.checker.file_name(self.file as usize);
        let place = format!("at {file}:{line}:{column}");
        self.checker.text(place.encode_utf16().collect())
    }

    /// Throws an error, with the text of the place.
    fn raised(&mut self, error: Expr, place: Expr) -> Option<Stmt> {
        self.checker.throws = true;
        let class = self.checker.error_class()?;
        let object = Value::new(Type::Class(class), error);
        match self.own_method(object, "#thrown", vec![place])? {
            Called::Value(value) => Some(Stmt::Throw(value.expr)),
            Called::Nothing(_) => None,
        }
    }

    /// Throws a new error of a class of ours.
    pub(super) fn raised_new(&mut self, class: &str, message: Expr, place: Expr) -> Option<Stmt> {
        let class = self.checker.own_error(class)?;
        let message = Value::new(Type::Maybe(Base::Text, Absent::Undefined), message);
        let error = self.made_object(class, vec![message])?;
        self.raised(error.expr, place)
    }

    /// `try`, with `catch`, `finally` or both.
    pub(super) fn try_statement(
        &mut self,
        node: &'a ast::TryStatement<'a>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        self.checker.throws = true;
        self.checker.tries = true;
        let mut inside = Vec::new();
        let Some(last) = &node.finalizer else {
            let completes = self.caught(node, &mut inside);
            out.append(&mut inside);
            return completes;
        };
        // What runs before `finally` may have been left at any place.
        let mut assigned = AssignedNames::default();
        assigned.add_statements(&node.block.body);
        if let Some(handler) = &node.handler {
            assigned.add_statements(&handler.body.body);
        }
        let before = self.facts.clone().without(&assigned);
        let completes = self.caught(node, &mut inside);
        let after = std::mem::replace(&mut self.facts, before);
        let mut finally = Vec::new();
        let goes_on = self.block(&last.body, &mut finally);
        let mut assigned = AssignedNames::default();
        assigned.add_statements(&last.body);
        self.facts = after.without(&assigned);
        // So do the jumps out of it, which `finally` runs before.
        for target in &mut self.targets {
            let leaving = target.leaving.take();
            target.leaving = leaving.map(|facts| facts.without(&assigned));
        }
        out.push(Stmt::Try(Box::new(Try {
            body: inside,
            handler: Handler::Finally(finally),
        })));
        completes && goes_on
    }

    /// The block with its `catch`, if it has one.
    fn caught(&mut self, node: &'a ast::TryStatement<'a>, out: &mut Vec<Stmt>) -> bool {
        let Some(clause) = &node.handler else {
            return self.block(&node.block.body, out);
        };
        let mut assigned = AssignedNames::default();
        assigned.add_statements(&node.block.body);
        let before = self.facts.clone().without(&assigned);
        let mut body = Vec::new();
        let completes = self.block(&node.block.body, &mut body);
        let after = std::mem::replace(&mut self.facts, before);
        let error = self.temporary(Val::I32);
        let mut handler = Vec::new();
        self.scopes.enter(ScopeKind::Block);
        let handles = self.handler(clause, Expr::Local(error), &mut handler);
        self.scopes.leave();
        match (completes, handles) {
            (true, true) => self.facts = after.meet(&self.facts),
            (true, false) => self.facts = after,
            (false, _) => {}
        }
        out.push(Stmt::Try(Box::new(Try {
            body,
            handler: Handler::Catch(error, handler),
        })));
        completes || handles
    }

    fn handler(
        &mut self,
        clause: &'a ast::CatchClause<'a>,
        error: Expr,
        out: &mut Vec<Stmt>,
    ) -> bool {
        if let Some(param) = &clause.param {
            let span = self.place(param);
            let way = Way::Inside { constant: false };
            let taken = self.catch_type(param).and_then(|class| {
                let value = Value::new(Type::Class(class), error);
                let value = self.keep(value, out)?;
                self.take(&Part::declared(&param.pattern).pattern, value, way, out)
            });
            if taken.is_none() {
                self.checker.must_be_reported(span);
                self.break_names(&param.pattern, way);
            }
        }
        self.hoist(&clause.body.body, out);
        self.statements(&clause.body.body, out)
    }

    /// The type of what is caught: `Error`, also where `unknown` is written.
    fn catch_type(&mut self, param: &'a ast::CatchParameter<'a>) -> Option<ClassId> {
        let class = self.checker.error_class()?;
        let Some(written) = &param.type_annotation else {
            return Some(class);
        };
        if matches!(
            written.type_annotation,
            ast::TSType::TSUnknownKeyword(_) | ast::TSType::TSAnyKeyword(_)
        ) {
            return Some(class);
        }
        let span = self.place(&written.type_annotation);
        let help = "remove the type: it is `Error`; ask with `e instanceof RangeError` for others";
        let message = "the type of what is caught is not written";
        self.fail(unsupported::EXCEPTION, message, span, help);
        None
    }
}
