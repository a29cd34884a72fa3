//! Assignments, `++` and `--`.

use oxc_ast::ast::{self, AssignmentTarget, SimpleAssignmentTarget};
use oxc_syntax::operator::{AssignmentOperator, LogicalOperator, UpdateOperator};
use tollgate_diagnostics::span::Span;

use super::body::{Body, Value};
use super::convert::{convert, truth};
use super::expr::Name;
use super::operator::{Arithmetic, arithmetic_of, one};
use super::types::Type;
use crate::codes::{types as codes, unsupported};
use crate::ir::{Expr, GlobalId, LocalId, Stmt};

/// A variable that is assigned.
#[derive(Debug, Clone, Copy)]
struct Slot {
    ty: Type,
    place: SlotPlace,
}

#[derive(Debug, Clone, Copy)]
enum SlotPlace {
    Local(LocalId),
    Global(GlobalId),
}

impl Slot {
    fn read(self) -> Value {
        let expr = match self.place {
            SlotPlace::Local(local) => Expr::Local(local),
            SlotPlace::Global(global) => Expr::Global(global),
        };
        Value::new(self.ty, expr)
    }

    fn write(self, value: Expr) -> Stmt {
        match self.place {
            SlotPlace::Local(local) => Stmt::SetLocal(local, value),
            SlotPlace::Global(global) => Stmt::SetGlobal(global, value),
        }
    }

    /// Writes, and has the written value.
    fn write_and_read(self, value: Expr) -> Expr {
        match self.place {
            SlotPlace::Local(local) => Expr::Tee(local, Box::new(value)),
            SlotPlace::Global(global) => Expr::Before(
                vec![Stmt::SetGlobal(global, value)],
                Box::new(Expr::Global(global)),
            ),
        }
    }
}

/// What an assignment does.
enum Assigned {
    Always(Slot, Expr),
    /// `&&=` and `||=`: only if the condition holds.
    If(Expr, Slot, Expr),
}

impl<'a> Body<'_, 'a> {
    /// Lowers an assignment as a statement.
    pub(super) fn assign(&mut self, node: &'a ast::AssignmentExpression<'a>, out: &mut Vec<Stmt>) {
        match self.assignment(node) {
            Some(Assigned::Always(slot, value)) => out.push(slot.write(value)),
            Some(Assigned::If(condition, slot, value)) => {
                out.push(Stmt::If(condition, vec![slot.write(value)], Vec::new()));
            }
            None => {
                let span = self.place(node);
                self.must_be_reported(span);
            }
        }
    }

    /// Lowers an assignment that has a value: the one that was assigned.
    pub(super) fn assigned(&mut self, node: &'a ast::AssignmentExpression<'a>) -> Option<Value> {
        match self.assignment(node)? {
            Assigned::Always(slot, value) => Some(Value::new(slot.ty, slot.write_and_read(value))),
            Assigned::If(condition, slot, value) => {
                let expr = Expr::conditional(
                    slot.ty.val()?,
                    condition,
                    slot.write_and_read(value),
                    slot.read().expr,
                );
                Some(Value::new(slot.ty, expr))
            }
        }
    }

    fn assignment(&mut self, node: &'a ast::AssignmentExpression<'a>) -> Option<Assigned> {
        let slot = self.target(&node.left);
        let Some(slot) = slot else {
            // The value is looked at for its own errors.
            self.value(&node.right, None);
            return None;
        };
        let span = self.place(node);
        if node.operator == AssignmentOperator::Assign {
            return Some(Assigned::Always(slot, self.value_as(&node.right, slot.ty)?));
        }
        if let Some(logical) = node.operator.to_logical_operator() {
            let value = self.value_as(&node.right, slot.ty)?;
            let condition = truth(slot.read());
            return match logical {
                LogicalOperator::And => Some(Assigned::If(condition, slot, value)),
                LogicalOperator::Or => {
                    let not = condition.unary(crate::ir::op::Unary::I32Eqz);
                    Some(Assigned::If(not, slot, value))
                }
                LogicalOperator::Coalesce => {
                    let help = "nothing here can be `null`: assign with `=`";
                    self.fail(unsupported::MAYBE, "`??=` is not supported yet", span, help);
                    None
                }
            };
        }
        let op = arithmetic_of(node.operator.to_binary_operator()?)?;
        let right = match self.constant(&node.right) {
            Some(known) => super::expr::literal(known, Some(slot.ty.operand())),
            None => self.value(&node.right, Some(slot.ty))?,
        };
        let value = self.arithmetic(op, slot.read(), right, span)?;
        Some(Assigned::Always(slot, self.coerce(value, slot.ty, span)?))
    }

    fn target(&mut self, target: &'a AssignmentTarget<'a>) -> Option<Slot> {
        if let Some(simple) = target.as_simple_assignment_target() {
            return self.slot(simple);
        }
        let span = self.place(target);
        self.checker.pattern_unsupported(span);
        None
    }

    fn slot(&mut self, target: &'a SimpleAssignmentTarget<'a>) -> Option<Slot> {
        let span = self.place(target);
        match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                self.named_slot(id.name.as_str(), span)
            }
            SimpleAssignmentTarget::TSNonNullExpression(inner) => {
                match inner.expression.without_parentheses() {
                    ast::Expression::Identifier(id) => self.named_slot(id.name.as_str(), span),
                    _ => self.no_slot(span),
                }
            }
            _ => self.no_slot(span),
        }
    }

    fn no_slot(&mut self, span: Span) -> Option<Slot> {
        let help = "only variables can be assigned";
        self.fail(
            unsupported::OBJECT,
            "objects and arrays are not supported yet",
            span,
            help,
        );
        None
    }

    fn named_slot(&mut self, name: &'a str, span: Span) -> Option<Slot> {
        if !self.shadowed(name) && super::builtin::constant(name).is_some() {
            self.fixed(name, span);
            return None;
        }
        match self.find(name, span)? {
            Name::Variable(variable) if variable.constant => self.fixed(name, span),
            Name::Variable(variable) => Some(Slot {
                ty: variable.ty,
                place: SlotPlace::Local(variable.local),
            }),
            Name::Global(index) => {
                let entry = self.checker.globals.get(index)?;
                // Another file may read a variable, not set it.
                if entry.constant || entry.file != self.file {
                    return self.fixed(name, span);
                }
                let value = self.read_global(index, span)?;
                match value.expr {
                    Expr::Global(id) => Some(Slot {
                        ty: value.ty,
                        place: SlotPlace::Global(id),
                    }),
                    _ => None,
                }
            }
            Name::Function(_) | Name::Enum(_) | Name::Namespace(_) => self.fixed(name, span),
        }
    }

    fn fixed(&mut self, name: &str, span: Span) -> Option<Slot> {
        let message = format!("`{name}` keeps its value and cannot be assigned");
        self.fail(
            codes::CONSTANT,
            message,
            span,
            "declare a variable with `let`",
        );
        None
    }

    /// Lowers `++` or `--` as a statement.
    pub(super) fn update(&mut self, node: &'a ast::UpdateExpression<'a>, out: &mut Vec<Stmt>) {
        match self.stepped(node) {
            Some((slot, value)) => out.push(slot.write(value)),
            None => {
                let span = self.place(node);
                self.must_be_reported(span);
            }
        }
    }

    /// Lowers `++` or `--` that has a value: the new one, or the one from before.
    pub(super) fn updated(&mut self, node: &'a ast::UpdateExpression<'a>) -> Option<Value> {
        let (slot, value) = self.stepped(node)?;
        let expr = if node.prefix {
            slot.write_and_read(value)
        } else {
            Expr::After(Box::new(slot.read().expr), vec![slot.write(value)])
        };
        Some(Value::new(slot.ty, expr))
    }

    fn stepped(&mut self, node: &'a ast::UpdateExpression<'a>) -> Option<(Slot, Expr)> {
        let slot = self.slot(&node.argument)?;
        let span = self.place(node);
        let ty = slot.ty.operand();
        let op = match node.operator {
            UpdateOperator::Increment => Arithmetic::Add,
            UpdateOperator::Decrement => Arithmetic::Subtract,
        };
        let one = Value::new(ty, one(ty)?);
        let now = Value::new(ty, slot.read().expr);
        let value = self.arithmetic(op, now, one, span)?;
        convert(value, slot.ty).map(|value| (slot, value))
    }
}
