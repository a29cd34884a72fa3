//! Functions that are values: declared ones by their names, and calls of whatever has such a value.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::body::{Body, Returns};
use super::capture::SLOT;
use super::checker::Checker;
use super::known::function_type::{FunctionType, Given};
use super::report::error;
use super::takes::Takes;
use super::types::{FunctionTypeId, Type};
use super::value::{Called, Value};
use crate::codes::types as codes;
use crate::ir;
use crate::ir::op::{Access, Val};
use crate::ir::{CallValue, Expr, LocalId, Stmt};

/// A function that is a value, kept in a variable, with its type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) block: LocalId,
    pub(super) ty: FunctionTypeId,
}

impl<'a> Body<'_, 'a> {
    /// A declared function that shares nothing, as a value: of the type that is wanted, or of its own.
    pub(super) fn named_function(
        &mut self,
        index: usize,
        name: &str,
        hint: Option<Type>,
        span: Span,
    ) -> Option<Value> {
        let index = self.instance_as_value(index, name, hint, span)?;
        let signature = self.checker.signature(index)?;
        if signature.broken {
            return None;
        }
        let wanted = match hint {
            Some(Type::Function(id)) => Some(id).filter(|id| {
                let Some(ty) = self.checker.function_types.get(*id) else {
                    return false;
                };
                let params = signature.params.iter().map(|param| param.ty);
                let given = ty.params.iter().map(|param| param.ty);
                let result = signature.result == Some(ty.result) || ty.result == Type::Void;
                let enough = signature.required() <= ty.params.len();
                result && enough && params.zip(given).all(|(param, given)| given == param)
            }),
            _ => None,
        };
        let ty = match wanted {
            Some(id) => id,
            None => {
                let node = self.checker.functions.get(index)?.node;
                let items = &node.params().items;
                let given = items.iter().position(|item| item.initializer.is_some());
                let given = given.unwrap_or(signature.params.len());
                if given < signature.required() {
                    self.no_value_of_function(name, span);
                    return None;
                }
                self.checker.natural_type(&signature, given)?
            }
        };
        let block = self.checker.function_as(index, ty)?;
        Some(Value::new(Type::Function(ty), block))
    }

    /// The instance of a function that is meant where a type of functions is wanted; the function itself if it has no type
    /// parameters.
    fn instance_as_value(
        &mut self,
        index: usize,
        name: &str,
        hint: Option<Type>,
        span: Span,
    ) -> Option<usize> {
        if !self.checker.is_template(index) {
            return Some(index);
        }
        if let Some(Type::Function(id)) = hint
            && let Some(ty) = self.checker.function_types.get(id)
        {
            let given: Vec<Type> = ty.params.iter().map(|param| param.ty).collect();
            return self.instance_taking(index, &given, span);
        }
        let node = self.checker.functions.get(index)?.node;
        self.checker.template_as_value(name, node, span);
        None
    }

    /// A function that has its block in a variable, as a value.
    pub(super) fn inner_function(
        &mut self,
        index: usize,
        name: &str,
        local: LocalId,
        span: Span,
    ) -> Option<Value> {
        if self.checker.is_template(index) {
            let node = self.checker.functions.get(index)?.node;
            self.checker.template_as_value(name, node, span);
            return None;
        }
        let signature = self.checker.signature(index)?;
        if signature.broken {
            return None;
        }
        let entry = self.checker.functions.get(index)?;
        let ty = match (entry.expected, entry.reserved_variant) {
            (Some(ty), _) => ty,
            (None, Some((given, _))) if given < signature.required() => {
                self.no_value_of_function(name, span);
                return None;
            }
            (None, Some((given, _))) => self.checker.natural_type(&signature, given)?,
            (None, None) => self.checker.natural_type(&signature, usize::MAX)?,
        };
        Some(Value::new(Type::Function(ty), Expr::Local(local)))
    }

    /// Calls a function that is a value.
    pub(super) fn call_value(
        &mut self,
        callee: Value,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let span = self.place(node);
        self.no_type_arguments(node);
        let callee = match node.callee.without_parentheses() {
            Expression::TSNonNullExpression(_) => self.checked(callee)?,
            _ => callee,
        };
        let Type::Function(id) = callee.ty else {
            if callee.ty.absent().is_some() {
                self.may_be_missing(callee.ty, span);
                return None;
            }
            let ty = self.checker.type_name(callee.ty);
            let message = format!("a value of type `{ty}` is no function");
            let help = "call a function, or a method by its name";
            self.fail(codes::NOT_CALLABLE, message, self.place(&node.callee), help);
            return None;
        };
        let mut out = Vec::new();
        let block = self.keep_local(callee, &mut out)?;
        let arguments = self.arguments_of_type(id, name, node)?;
        let called = self.called_with(Kept { block, ty: id }, arguments)?;
        Some(after(called, out))
    }

    /// The arguments of a call as a type of functions takes them.
    pub(super) fn arguments_of_type(
        &mut self,
        id: FunctionTypeId,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Vec<Expr>> {
        let ty = self.checker.function_types.get(id)?;
        let params: Vec<Type> = ty.params.iter().map(|param| param.ty).collect();
        let takes = Takes {
            name,
            least: ty.required(),
            params: &params,
            span: self.place(node),
        };
        self.arguments_for(&node.arguments, takes)
    }

    /// Calls a kept function with these arguments; those that are lacking are `undefined`.
    pub(super) fn called_with(&mut self, kept: Kept, given: Vec<Expr>) -> Option<Called> {
        let ty = self.checker.function_types.get(kept.ty)?;
        let (signature, result) = (ty.lowered()?, ty.result);
        let lacking: Vec<Type> = ty.params.iter().skip(given.len()).map(|p| p.ty).collect();
        let mut arguments = vec![Expr::Local(kept.block)];
        arguments.extend(given);
        for ty in lacking {
            arguments.push(self.left_out(ty)?);
        }
        let call = Box::new(CallValue {
            signature,
            arguments,
            slot: Expr::Local(kept.block).load(Access::I32, SLOT),
        });
        Some(if result == Type::Void {
            Called::Nothing(Stmt::CallValue(call))
        } else {
            Called::Value(Value::new(result, Expr::CallValue(call)))
        })
    }

    /// Calls a kept function with values that a method of an array has for it: as many as it takes.
    pub(super) fn invoke_kept(
        &mut self,
        kept: Kept,
        given: Vec<Value>,
        span: Span,
    ) -> Option<Called> {
        let ty: FunctionType<'a> = self.checker.function_types.get(kept.ty)?.clone();
        let mut arguments = Vec::new();
        let mut given = given.into_iter();
        for param in &ty.params {
            match (given.next(), param.given) {
                (Some(value), _) => arguments.push(self.coerce(value, param.ty, span)?),
                (None, Given::Perhaps) => break,
                (None, Given::Always) => {
                    let help = "take what the method gives: the element, its index, the array";
                    let message = "the function takes more than it is given";
                    self.fail(codes::ARGUMENTS, message, span, help);
                    return None;
                }
            }
        }
        self.called_with(kept, arguments)
    }

    /// What is called as it is known here: a property may have been looked at.
    pub(super) fn known_callee(
        &mut self,
        node: &'a ast::CallExpression<'a>,
        callee: Value,
    ) -> Option<Value> {
        match &node.callee {
            Expression::StaticMemberExpression(member) => self.known_member(member, callee),
            _ => Some(callee),
        }
    }

    /// `((x) => x + 1)(2)`: a function that is written where it is called.
    pub(super) fn call_written(
        &mut self,
        callee: &'a Expression<'a>,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let callee = self.value(callee, None)?;
        self.call_value(callee, "function", node)
    }
}

/// A call behind what it needs.
pub(super) fn after(called: Called, mut before: Vec<Stmt>) -> Called {
    match called {
        Called::Value(value) => Called::Value(Value::new(value.ty, value.expr.after(before))),
        Called::Nothing(statement) if before.is_empty() => Called::Nothing(statement),
        Called::Nothing(statement) => {
            before.push(statement);
            Called::Nothing(Stmt::If(Expr::i32(1), before, Vec::new()))
        }
    }
}

impl<'a> Checker<'a> {
    /// The block of a declared function that shares nothing, as a function of a type. It is the same each time.
    fn function_as(&mut self, index: usize, ty: FunctionTypeId) -> Option<Expr> {
        let known = self.functions.get(index)?.blocks.get(&ty).copied();
        if let Some(id) = known {
            return Some(Expr::Static(id));
        }
        let entry = self.functions.get(index)?;
        let (name, file) = (entry.name, entry.file);
        let around = self.reserve(format!("{name}~value"));
        let block = self.static_function(around);
        if let (Expr::Static(id), Some(entry)) = (&block, self.functions.get_mut(index)) {
            entry.blocks.insert(ty, *id);
        }
        let signature = self.signature(index)?;
        let wanted = self.function_types.get(ty)?.clone();
        let lowered = wanted.lowered()?;
        let outer = super::scope::Outer::default();
        let mut body = Body::new(self, file, outer, Returns::Known(wanted.result));
        body.temporary(Val::I32);
        let mut arguments = Vec::new();
        for param in &wanted.params {
            let local = body.temporary(param.ty.val()?);
            arguments.push(Expr::Local(local));
        }
        arguments.truncate(signature.params.len());
        let statements = match (
            body.finished_call(index, None, arguments, &signature)?,
            wanted.result,
        ) {
            (Called::Value(value), Type::Void) => vec![Stmt::Drop(value.expr)],
            (Called::Value(value), _) => vec![Stmt::Return(Some(value.expr))],
            (Called::Nothing(call), _) => vec![call],
        };
        let locals = std::mem::take(&mut body.locals);
        if let Some(function) = self.module.functions.get_mut(around.0 as usize) {
            function.signature = lowered;
        }
        self.set_body(around, ir::Body { locals, statements });
        Some(block)
    }

    /// Reports a variable of another function whose type is not known yet.
    pub(super) fn untyped_capture(&mut self, name: &str, span: Span) {
        if self.declaring.contains(&name) {
            let message = format!("the type of `{name}` depends on itself");
            self.report(
                error(codes::RECURSIVE_RESULT, message)
                    .at(span, "is used in its own value")
                    .help("write the result type of the function, and those of its parameters: `(x: number): number => …`"),
            );
            return;
        }
        let message = format!("the type of `{name}` is not known here yet");
        self.report(
            error(codes::CAPTURE, message)
                .at(span, "it is declared further down in the function around this one")
                .help("move the declaration up, or write the types of this function: `(x: number): number => …`"),
        );
    }
}
