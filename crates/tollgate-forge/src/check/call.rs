//! Calls of declared functions. Those of built-in ones are next door.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::builtin;
use super::chain::Accessed;
use super::known::class::Whose;
use super::known::entry::Calls;
use super::known::signature::Signature;
use super::report::error;
use super::scope::Name;
use super::takes::Takes;
use super::types::Type;
use super::value::{Called, Value};
use crate::codes::{types as codes, unsupported};
use crate::ir::{Const, Expr, FuncId, Stmt};

impl<'a> Body<'_, 'a> {
    pub(super) fn call(
        &mut self,
        node: &'a ast::CallExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Called> {
        if node.optional {
            return self.call_linked(node);
        }
        let callee = node.callee.get_inner_expression();
        match callee {
            Expression::Identifier(id) => {
                let name = id.name.as_str();
                if !self.shadowed(name)
                    && let Some(called) = self.builtin(name, node, hint)
                {
                    return called;
                }
                let callee = self.place(id.as_ref());
                let found = self.find_function(name, callee);
                self.called(found, name, (node, hint))
            }
            Expression::StaticMemberExpression(member) => self.call_member(member, node, hint),
            Expression::Super(_) => self.super_call(node),
            Expression::PrivateFieldExpression(member) => self.call_private(member, node),
            other => self.call_written(other, node),
        }
    }

    /// `f?.(x)`: the function was looked at before, and is there.
    fn call_linked(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Called> {
        let callee = self.linked_object(&node.callee)?;
        self.call_value(callee, "the function", node)
    }

    fn call_member(
        &mut self,
        member: &'a ast::StaticMemberExpression<'a>,
        node: &'a ast::CallExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Called> {
        let span = self.place(member);
        let property = member.property.name.as_str();
        if let Some(id) = self.class_named(&member.object) {
            return self.static_call(id, property, (node, hint));
        }
        if let Expression::Super(word) = &member.object {
            let place = self.place(word.as_ref());
            let object = self.super_object(place)?;
            return self.class_method(object, property, Whose::Class, node);
        }
        if let Expression::Identifier(id) = &member.object
            && id.name == "Array"
            && property == "from"
            && !self.shadowed("Array")
        {
            self.no_type_arguments(node);
            return self.array_from(node, hint).map(Called::Value);
        }
        if let Expression::NewExpression(made) = &member.object
            && made.callee.is_specific_id("Array")
            && !self.shadowed("Array")
            && property == "fill"
        {
            let [value] = self.exactly::<1>(property, node)?;
            return self.filled(made, value, hint).map(Called::Value);
        }
        if !self.is_no_value(&member.object) {
            let object = self.object_of(Accessed {
                object: &member.object,
                optional: member.optional,
            })?;
            return self.method(object, property, node);
        }
        let Expression::Identifier(object) = &member.object else {
            return None;
        };
        let name = object.name.as_str();
        if !self.shadowed(name) {
            if let Some(kind) = super::known::typed_array::kind_named(name) {
                self.no_type_arguments(node);
                return self.typed_function(kind, property, node);
            }
            if builtin::is_object(name) {
                if (name, property) != ("JSON", "parse") {
                    self.no_type_arguments(node);
                }
                return self.builtin_member(name, property, (node, hint));
            }
            if let Some((code, message, help)) = builtin::elsewhere(name) {
                let object = self.place(object.as_ref());
                self.fail(code, message, object, help);
                return None;
            }
        }
        let object = self.place(object.as_ref());
        match self.find(name, object)? {
            Name::Namespace(file) => {
                let found = self.namespace_member(file, property, span);
                self.called(found, property, (node, hint))
            }
            Name::Variable(_)
            | Name::Global(_)
            | Name::Function(_)
            | Name::Inner(..)
            | Name::Class
            | Name::Enum(_) => {
                let help = "values have no methods yet: write a function that takes the value";
                self.fail(
                    unsupported::OBJECT,
                    "methods are not supported yet",
                    span,
                    help,
                );
                None
            }
        }
    }

    fn called(
        &mut self,
        found: Option<Name>,
        name: &'a str,
        (node, hint): (&'a ast::CallExpression<'a>, Option<Type>),
    ) -> Option<Called> {
        let (index, block) = match found {
            Some(Name::Function(index)) => (index, None),
            Some(Name::Inner(index, local)) => (index, Some(Expr::Local(local))),
            Some(Name::Global(global)) => {
                let span = self.place(&node.callee);
                let value = self.read_global(global, span)?;
                match self.checker.globals.get(global)?.function {
                    // It is known which function the constant is.
                    Some(index) => (index, Some(value.expr)),
                    None => {
                        let value = self.known_name(name, value)?;
                        return self.call_value(value, name, node);
                    }
                }
            }
            Some(Name::Variable(variable)) => {
                let value = Value::new(variable.ty, super::variable::read(variable.local));
                let value = self.known_name(name, value)?;
                return self.call_value(value, name, node);
            }
            Some(Name::Class) => {
                let span = self.place(&node.callee);
                let help = format!("write `new {name}(…)`");
                self.fail(
                    codes::NOT_CALLABLE,
                    format!("`{name}` is a class"),
                    span,
                    help,
                );
                return None;
            }
            Some(Name::Enum(_) | Name::Namespace(_)) => {
                let span = self.place(&node.callee);
                let help = "call a declared function by its name";
                self.fail(
                    codes::NOT_CALLABLE,
                    format!("`{name}` is no function"),
                    span,
                    help,
                );
                return None;
            }
            None => {
                self.look_at_arguments(node);
                return None;
            }
        };
        if Some(self.file as usize) == self.checker.standard {
            self.checker.wanted.insert(index);
        }
        if self.checker.is_template(index) {
            let asked = self.asked(name, node, hint);
            let chosen = self.generic_call(index, &asked)?;
            return self.finished_call(chosen.index, block, chosen.arguments, &chosen.signature);
        }
        self.no_type_arguments(node);
        let signature = self.checker.signature(index)?;
        let arguments = self.given_arguments(node, name, &signature)?;
        self.finished_call(index, block, arguments, &signature)
    }

    /// `object.#name(…)`
    fn call_private(
        &mut self,
        member: &'a ast::PrivateFieldExpression<'a>,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let name = self.checker.private_name(member.field.name.as_str());
        if let Some(id) = self.class_named(&member.object) {
            return self.static_call(id, name, (node, None));
        }
        let object = self.object_of(Accessed {
            object: &member.object,
            optional: member.optional,
        })?;
        self.method(object, name, node)
    }

    /// What stands in the arguments of a wrong call is looked at all the same.
    pub(super) fn look_at_arguments(&mut self, node: &'a ast::CallExpression<'a>) {
        for argument in &node.arguments {
            if let Some(expr) = argument.as_expression() {
                self.value(expr, None);
            }
        }
    }

    /// The arguments of a call as a function takes them.
    pub(super) fn given_arguments(
        &mut self,
        node: &'a ast::CallExpression<'a>,
        name: &str,
        signature: &Signature<'a>,
    ) -> Option<Vec<Expr>> {
        if signature.broken {
            self.look_at_arguments(node);
            return None;
        }
        let params: Vec<Type> = signature.params.iter().map(|param| param.ty).collect();
        let takes = Takes {
            name,
            least: signature.required(),
            params: &params,
            span: self.place(node),
        };
        self.arguments_for(&node.arguments, takes)
    }

    /// A call of a declared function with these arguments, and with its block if it has one.
    pub(super) fn finished_call(
        &mut self,
        index: usize,
        block: Option<Expr>,
        mut arguments: Vec<Expr>,
        signature: &Signature<'a>,
    ) -> Option<Called> {
        let given = arguments.len();
        self.checker.want(index);
        let entry = self.checker.functions.get(index)?;
        let (id, calls) = (entry.ir, entry.calls);
        let function = self.checker.module.function(id)?;
        let result = signature.result?;
        if function.body().is_none() {
            let mut passed = Vec::new();
            for (value, param) in arguments.into_iter().zip(&signature.params) {
                passed.extend(self.for_host(param.ty, value)?);
            }
            return Some(match finished(id, passed, result) {
                Called::Value(value) => {
                    let expr = super::border::from_host(result, value.expr);
                    Called::Value(Value::new(result, expr))
                }
                called => called,
            });
        }
        let lacking = signature.params.len().saturating_sub(given);
        let function = match calls {
            Calls::ByName if lacking > 0 => self.checker.variant(index, given)?,
            Calls::ByName => id,
            Calls::ByType => {
                for param in signature.params.iter().skip(given) {
                    arguments.push(self.left_out(param.ty)?);
                }
                for ty in &signature.ignored {
                    arguments.push(Expr::Const(Const::zero(ty.val()?)));
                }
                id
            }
        };
        // The block comes first, and is evaluated first.
        let arguments = block.into_iter().chain(arguments).collect();
        Some(finished(function, arguments, result))
    }

    pub(super) fn wrong_count(
        &mut self,
        name: &str,
        given: usize,
        least: usize,
        most: usize,
        span: Span,
    ) {
        let needed = match (least, most) {
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) if least == most => format!("{most}"),
            (least, most) => format!("{least} to {most}"),
        };
        let arguments = if needed == "1" || needed == "at least 1" {
            "argument"
        } else {
            "arguments"
        };
        self.report(
            error(
                codes::ARGUMENTS,
                format!("`{name}` takes {needed} {arguments}, and is given {given}"),
            )
            .at(span, "in this call")
            .help("give as many arguments as there are parameters"),
        );
    }

    /// The arguments, if none of them is spread.
    pub(super) fn arguments(
        &mut self,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Vec<&'a Expression<'a>>> {
        self.plain_arguments(&node.arguments)
    }

    /// The same for what is given to a constructor.
    pub(super) fn plain_arguments(
        &mut self,
        given: &'a [ast::Argument<'a>],
    ) -> Option<Vec<&'a Expression<'a>>> {
        let mut list = Vec::new();
        for argument in given {
            match argument.as_expression() {
                Some(expr) => list.push(expr),
                None => {
                    let span = self.place(argument);
                    self.spread_fills_nothing(span);
                    return None;
                }
            }
        }
        Some(list)
    }
}

/// A call as a value or a statement.
fn finished(function: FuncId, arguments: Vec<Expr>, result: Type) -> Called {
    if result == Type::Void {
        Called::Nothing(Stmt::Call(function, arguments))
    } else {
        Called::Value(Value::new(result, Expr::Call(function, arguments)))
    }
}
