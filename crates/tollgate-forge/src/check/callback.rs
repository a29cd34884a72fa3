//! Functions that are given to methods of arrays: their body is put into the loop that calls them.
//!
//! So variables of the function around are what they are, read and written, and nothing is allocated for a call.

use oxc_ast::ast::{self, Expression, Statement};
use oxc_ast_visit::Visit as _;
use tollgate_diagnostics::span::Span;

use super::assigned_names::AssignedNames;
use super::body::{Body, Inline, Returns};
use super::class_initial::UsesThis;
use super::function_value::Kept;
use super::pattern::{Part, Way};
use super::scope::{Name, ScopeKind};
use super::types::Type;
use super::value::{Called, Value};
use crate::codes::{types as codes, unsupported};
use crate::ir::{self, LocalId, Stmt};

/// What is called for each element.
#[derive(Clone, Copy)]
pub(super) enum Callback<'a> {
    Arrow(&'a ast::ArrowFunctionExpression<'a>),
    Function(&'a ast::Function<'a>),
    /// A declared function, with the variable that has its block.
    Named(usize, &'a str, Option<LocalId>),
    /// A function that is a value, before and after it is kept.
    Value(&'a Expression<'a>),
    Kept(Kept),
    /// `String` or `Number`.
    Conversion(Type),
}

/// What a function is called with.
pub(super) struct Given {
    pub(super) arguments: Vec<Value>,
    /// The type its value must have.
    pub(super) expected: Option<Type>,
    pub(super) span: Span,
}

impl<'a> Body<'_, 'a> {
    /// What an argument is that should be a function.
    pub(super) fn callback(&mut self, expr: &'a Expression<'a>) -> Option<Callback<'a>> {
        let span = self.place(expr);
        match expr.without_parentheses() {
            Expression::ArrowFunctionExpression(arrow)
                if !arrow.r#async && arrow.type_parameters.is_none() =>
            {
                Some(Callback::Arrow(arrow))
            }
            Expression::FunctionExpression(function)
                if !function.r#async && !function.generator && function.id.is_none() =>
            {
                // It has no `this`, and would be put where there is one.
                let mut uses = UsesThis::default();
                for statement in function.body.iter().flat_map(|body| &body.statements) {
                    uses.visit_statement(statement);
                }
                if uses.found {
                    let help = "write an arrow function: it has the `this` around it";
                    self.fail(unsupported::CLASS, "there is no `this` here", span, help);
                    return None;
                }
                Some(Callback::Function(function))
            }
            Expression::Identifier(id) => {
                let name = id.name.as_str();
                match name {
                    "String" if !self.shadowed(name) => {
                        return Some(Callback::Conversion(Type::Text));
                    }
                    "Number" if !self.shadowed(name) => {
                        return Some(Callback::Conversion(Type::Number));
                    }
                    _ => {}
                }
                match self.find(name, span)? {
                    Name::Function(index) => Some(Callback::Named(index, name, None)),
                    Name::Inner(index, local) => Some(Callback::Named(index, name, Some(local))),
                    Name::Variable(_)
                    | Name::Global(_)
                    | Name::Enum(_)
                    | Name::Class
                    | Name::Namespace(_) => Some(Callback::Value(expr)),
                }
            }
            _ => Some(Callback::Value(expr)),
        }
    }

    /// Evaluates the function once, if it is a value.
    pub(super) fn settled(
        &mut self,
        callback: Callback<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<Callback<'a>> {
        let Callback::Value(expr) = callback else {
            return Some(callback);
        };
        let span = self.place(expr);
        let value = self.value(expr, None)?;
        match value.ty {
            Type::Function(ty) => {
                let block = self.keep_local(value, out)?;
                Some(Callback::Kept(Kept { block, ty }))
            }
            Type::Maybe(..) | Type::Nothing(_) => {
                self.may_be_missing(value.ty, span);
                None
            }
            _ => {
                let ty = self.checker.type_name(value.ty);
                let message = format!("a value of type `{ty}` is no function");
                let help = "write the function here, `(x) => …`, or name one";
                self.fail(codes::NOT_CALLABLE, message, span, help);
                None
            }
        }
    }

    /// Reports a function that should return something.
    pub(super) fn no_result(&mut self, span: Span) {
        let help = "return a value from the function";
        self.fail(codes::NO_VALUE, "the function returns no value", span, help);
    }

    /// Calls it. `None` within is no value.
    pub(super) fn invoke(
        &mut self,
        callback: Callback<'a>,
        given: Given,
        out: &mut Vec<Stmt>,
    ) -> Option<Option<Value>> {
        let span = given.span;
        match callback {
            Callback::Arrow(arrow) => {
                let written = arrow.return_type.as_ref();
                let (statements, expression): (&'a [Statement<'a>], _) = match &arrow.body {
                    ast::ArrowFunctionBody::FunctionBody(body) => (&body.statements, None),
                    body => (&[], body.as_expression()),
                };
                let source = Source {
                    params: &arrow.params,
                    written: written.map(|ty| &ty.type_annotation),
                    statements,
                    expression,
                };
                self.inlined(source, given, out)
            }
            Callback::Function(function) => {
                let written = function.return_type.as_ref();
                let source = Source {
                    params: &function.params,
                    written: written.map(|ty| &ty.type_annotation),
                    statements: &function.body.as_ref()?.statements,
                    expression: None,
                };
                self.inlined(source, given, out)
            }
            Callback::Named(index, name, block) => self.named((index, name, block), given, out),
            // It is kept before it is called.
            Callback::Value(_) => None,
            Callback::Kept(kept) => Some(match self.invoke_kept(kept, given.arguments, span)? {
                Called::Value(value) => Some(value),
                Called::Nothing(call) => {
                    out.push(call);
                    None
                }
            }),
            Callback::Conversion(Type::Text) => {
                let value = given.arguments.into_iter().next()?;
                let expr = self.as_text(value, span)?;
                Some(Some(Value::new(Type::Text, expr)))
            }
            Callback::Conversion(ty) => {
                let value = given.arguments.into_iter().next()?;
                match value.ty {
                    Type::Text => self.number_of_text(value.expr).map(Some),
                    _ => self.cast(value, ty, span).map(Some),
                }
            }
        }
    }

    fn named(
        &mut self,
        (index, name, block): (usize, &str, Option<LocalId>),
        given: Given,
        out: &mut Vec<Stmt>,
    ) -> Option<Option<Value>> {
        let Given {
            arguments,
            expected: _,
            span,
        } = given;
        let index = if self.checker.is_template(index) {
            let types: Vec<Type> = arguments.iter().map(|value| value.ty).collect();
            self.instance_taking(index, &types, span)?
        } else {
            index
        };
        let signature = self.checker.signature(index)?;
        if signature.broken {
            return None;
        }
        let (least, most) = (signature.required(), signature.params.len());
        if least > arguments.len() {
            self.wrong_count(name, arguments.len(), least, most, span);
            return None;
        }
        let mut values = Vec::new();
        for (value, param) in arguments.into_iter().zip(&signature.params) {
            values.push(self.coerce(value, param.ty, span)?);
        }
        let block = block.map(ir::Expr::Local);
        Some(
            match self.finished_call(index, block, values, &signature)? {
                Called::Value(value) => Some(value),
                Called::Nothing(call) => {
                    out.push(call);
                    None
                }
            },
        )
    }

    /// Puts a body here.
    fn inlined(
        &mut self,
        source: Source<'a>,
        given: Given,
        out: &mut Vec<Stmt>,
    ) -> Option<Option<Value>> {
        self.scopes.enter(ScopeKind::Function);
        let targets = std::mem::take(&mut self.targets);
        let mut assigned = AssignedNames::default().with_expression(source.expression);
        for statement in source.statements {
            assigned = assigned.with_statement(statement);
        }
        self.forget_assigned(&assigned);
        let known = self.facts.clone();
        let (returns, inline) = (self.returns, self.inline);
        let done = self.descend(given.span, |body| body.inlined_inside(source, given, out));
        (self.returns, self.inline) = (returns, inline);
        self.targets = targets;
        self.facts = known;
        self.scopes.leave();
        done
    }

    fn inlined_inside(
        &mut self,
        source: Source<'a>,
        given: Given,
        out: &mut Vec<Stmt>,
    ) -> Option<Option<Value>> {
        let Given {
            arguments,
            expected,
            span: _,
        } = given;
        self.inlined_parameters(source.params, arguments, out)?;
        let written = match source.written {
            Some(ty) => Some(self.written(ty)?),
            None => expected,
        };
        if let Some(expression) = source.expression {
            return match written {
                Some(Type::Void) => {
                    self.effect(expression, out);
                    Some(None)
                }
                Some(ty) => {
                    let value = self.value_as(expression, ty)?;
                    Some(Some(Value::new(ty, value)))
                }
                None => self.value_or_void(expression, out),
            };
        }
        let leave = self.label();
        let result = written.and_then(Type::val).map(|val| self.temporary(val));
        self.inline = Some(Inline { leave, result });
        self.returns = written.map_or(Returns::Inferred(None), Returns::Known);
        let mut inside = Vec::new();
        self.hoist_vars(source.statements, &mut inside);
        self.hoist(source.statements, &mut inside);
        let completes = self.statements(source.statements, &mut inside);
        let ty = match self.returns {
            Returns::Known(ty) => ty,
            Returns::Inferred(ty) => ty.unwrap_or(Type::Void),
            Returns::Nowhere => Type::Void,
            Returns::Broken => return None,
        };
        out.push(Stmt::Block(leave, inside));
        if ty == Type::Void {
            return Some(None);
        }
        // What comes too much is left out, and with it the `return` of it.
        if completes && self.is_full() {
            return None;
        }
        if completes {
            let span = self.place(source.params);
            let help = "return a value on every path";
            self.fail(
                codes::NO_RETURN,
                "the function can end without returning a value",
                span,
                help,
            );
            return None;
        }
        let result = self.inline.and_then(|inline| inline.result)?;
        Some(Some(Value::new(ty, ir::Expr::Local(result))))
    }

    fn inlined_parameters(
        &mut self,
        params: &'a ast::FormalParameters<'a>,
        arguments: Vec<Value>,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let span = self.place(params);
        if params.rest.is_some() || params.items.len() > arguments.len() {
            let help = "take what the method gives: the element, its index, the array";
            self.fail(
                codes::ARGUMENTS,
                "the function takes more than it is given",
                span,
                help,
            );
            return None;
        }
        for (item, value) in params.items.iter().zip(arguments) {
            let span = self.place(item);
            if item.initializer.is_some() || item.optional {
                let help = "the method gives every argument: remove the default";
                self.fail(
                    unsupported::PATTERN,
                    "a default that is never used",
                    span,
                    help,
                );
                return None;
            }
            let value = match &item.type_annotation {
                Some(written) => {
                    let ty = self.written(&written.type_annotation)?;
                    Value::new(ty, self.coerce(value, ty, span)?)
                }
                None => value,
            };
            let part = Part::declared(&item.pattern);
            self.take(&part.pattern, value, Way::Inside { constant: false }, out)?;
        }
        Some(())
    }
}

/// A function that is written where it is used.
#[derive(Clone, Copy)]
struct Source<'a> {
    params: &'a ast::FormalParameters<'a>,
    written: Option<&'a ast::TSType<'a>>,
    statements: &'a [Statement<'a>],
    /// The body, if it is an expression.
    expression: Option<&'a Expression<'a>>,
}
