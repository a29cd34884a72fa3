//! Faults that are exceptions: what makes their errors.
//!
//! Where a program has `try`, each kind of fault that it may come to has a function that makes the error and puts it on its way.
//! [`crate::exceptions`] calls it where the fault is one that something may handle.

use std::collections::BTreeSet;

use oxc_ast::ast::{self, Expression};

use super::body::{Body, Returns};
use super::checker::Checker;
use super::scope::Outer;
use super::types::{Absent, Base, Type};
use super::value::{Called, Value};
use crate::ir::fault::{Fault, FaultKind, More};
use crate::ir::op::{Unary, Val};
use crate::ir::walk::{Rewrite, Visit, rewrite_all, visit_all};
use crate::ir::{self, Expr, FuncId, Function, FunctionKind, GlobalId, Stmt};

impl Checker<'_> {
    /// Makes what the faults of a program with `try` need. That is before the tables of classes are written.
    pub(super) fn settle_faults(&mut self) {
        if !self.tries {
            return;
        }
        loop {
            self.name_faults();
            let kinds = self.fault_kinds();
            let made = &self.module.faults;
            let new: Vec<FaultKind> = (kinds.into_iter())
                .filter(|kind| !made.contains_key(kind))
                .collect();
            if new.is_empty() {
                return;
            }
            for kind in new {
                let Some(function) = self.thrower(kind) else {
                    return self.internal("the error of a fault cannot be made");
                };
                self.module.faults.insert(kind, function);
            }
            self.lower_standard();
        }
    }

    /// The kinds of faults that functions have. A division may be one of integers by zero.
    fn fault_kinds(&self) -> BTreeSet<FaultKind> {
        struct Kinds(BTreeSet<FaultKind>);
        impl Visit for Kinds {
            fn expr(&mut self, expr: &Expr) {
                if matches!(expr, Expr::Binary(op, ..) if op.traps()) {
                    self.0
                        .extend([FaultKind::DivisionByZero, FaultKind::Quotient]);
                }
            }

            fn stmt(&mut self, stmt: &Stmt) {
                if let Stmt::Fault(fault) = stmt {
                    self.0.insert(fault.kind);
                }
            }
        }
        let mut kinds = Kinds(BTreeSet::new());
        for body in self.module.functions.iter().filter_map(Function::body) {
            visit_all(&body.statements, &mut kinds);
        }
        kinds.0
    }

    /// Gives the faults that have the name of a function this name as their message.
    fn name_faults(&mut self) {
        struct Named<'c, 'a>(&'c mut Checker<'a>);
        impl Rewrite for Named<'_, '_> {
            fn expr(&mut self, _: &mut Expr) {}

            fn stmts(&mut self, statements: &mut Vec<Stmt>) {
                for statement in statements {
                    if let Stmt::Fault(fault) = statement
                        && let (More::Text, None) = (fault.kind.more(), &fault.value)
                    {
                        let name = fault.end.and_then(|end| self.0.module.function(end));
                        let name = name.map_or("a value is not there yet", |f| &f.name);
                        let units = name.encode_utf16().collect();
                        fault.value = Some(self.0.text(units));
                    }
                }
            }
        }
        for at in 0..self.module.functions.len() {
            let Some(FunctionKind::Defined(body)) =
                (self.module.functions.get_mut(at)).map(|function| &mut function.kind)
            else {
                continue;
            };
            let mut statements = std::mem::take(&mut body.statements);
            rewrite_all(&mut statements, &mut Named(self));
            if let Some(FunctionKind::Defined(body)) =
                (self.module.functions.get_mut(at)).map(|function| &mut function.kind)
            {
                body.statements = statements;
            }
        }
    }

    /// The function that makes the error of a fault and puts it on its way. It takes the text of the place, and what the kind
    /// says more.
    fn thrower(&mut self, kind: FaultKind) -> Option<FuncId> {
        let thrown = self.standard_global("thrown")?;
        let class = self.own_error(kind.class())?;
        let file = u32::try_from(self.standard?).ok()?;
        let message = self.text(kind.message().encode_utf16().collect());
        let mut body = Body::new(self, file, Outer::default(), Returns::Known(Type::Void));
        let place = body.temporary(Val::I32);
        let mut params = vec![Val::I32];
        let message = match kind.more() {
            More::Nothing => message,
            More::Number => {
                let value = body.temporary(Val::F64);
                params.push(Val::F64);
                let value = Expr::Local(value);
                let number = body.checker.standard_call("numberText", vec![value])?;
                let both = vec![message, number];
                body.checker.standard_call("concatenate", both)?
            }
            More::Text => {
                params.push(Val::I32);
                Expr::Local(body.temporary(Val::I32))
            }
        };
        let message = Value::new(Type::Maybe(Base::Text, Absent::Undefined), message);
        let error = body.made_object(class, vec![message])?;
        let above = Type::Class(body.checker.error_class()?);
        let error = Value::new(above, error.expr);
        let place = vec![Expr::Local(place)];
        let Called::Value(error) = body.own_method(error, "#thrown", place)? else {
            return None;
        };
        let locals = std::mem::take(&mut body.locals);
        // Whoever called this relies on an error. The `return` keeps it out of the place of its calls, of which there are many.
        let statements = vec![
            Stmt::SetGlobal(thrown, error.expr),
            Stmt::If(is_nothing(thrown), vec![Stmt::Unreachable], Vec::new()),
            Stmt::If(Expr::Global(thrown), vec![Stmt::Return(None)], Vec::new()),
        ];
        let function = self.reserve(format!("~{kind:?}"));
        if let Some(made) = self.module.functions.get_mut(function.0 as usize) {
            let result = None;
            made.signature = ir::Signature { params, result };
        }
        self.set_body(function, ir::Body { locals, statements });
        Some(function)
    }
}

fn is_nothing(global: GlobalId) -> Expr {
    Expr::Global(global).unary(Unary::I32Eqz)
}

impl<'a> Body<'_, 'a> {
    /// `fault(Kind)` and `fault(Kind, value)` in our own functions.
    pub(super) fn fault(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Stmt> {
        let (first, rest) = node.arguments.split_first()?;
        let Some(Expression::Identifier(name)) = first.as_expression() else {
            return None;
        };
        let kind = FaultKind::named(&name.name)?;
        let value = match rest.first().and_then(ast::Argument::as_expression) {
            Some(value) => Some(self.value_as(value, Type::Number)?),
            None => None,
        };
        if value.is_some() != (kind.more() == More::Number) {
            return None;
        }
        Some(Stmt::Fault(Box::new(Fault {
            value,
            ..Fault::of(kind)
        })))
    }
}
