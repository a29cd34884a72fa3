//! Truth: conditions, `&&`, `||`, `!` and `?:`.

use oxc_ast::ast::{self, Expression};
use oxc_syntax::operator::{LogicalOperator, UnaryOperator};

use super::body::{Body, Value};
use super::convert::{convert, truth};
use super::types::Type;
use crate::codes::{types as codes, unsupported};
use crate::ir::op::{Unary, Val};
use crate::ir::{Expr, Stmt};

impl<'a> Body<'_, 'a> {
    /// Lowers an expression of which only the truth counts; operands may have different types.
    pub(super) fn condition(&mut self, expr: &'a Expression<'a>) -> Option<Expr> {
        let span = self.place(expr);
        self.descend(span, |body| body.condition_inside(expr))
    }

    fn condition_inside(&mut self, expr: &'a Expression<'a>) -> Option<Expr> {
        match expr {
            Expression::ParenthesizedExpression(inner) => self.condition(&inner.expression),
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::LogicalNot => {
                let inner = self.condition(&unary.argument)?;
                Some(inner.unary(Unary::I32Eqz))
            }
            Expression::LogicalExpression(logical)
                if logical.operator != LogicalOperator::Coalesce =>
            {
                let left = self.condition(&logical.left);
                let right = self.condition(&logical.right);
                let (left, right) = (left?, right?);
                Some(match logical.operator {
                    LogicalOperator::And => Expr::conditional(Val::I32, left, right, Expr::i32(0)),
                    LogicalOperator::Or | LogicalOperator::Coalesce => {
                        Expr::conditional(Val::I32, left, Expr::i32(1), right)
                    }
                })
            }
            _ => self.value(expr, None).and_then(truth),
        }
    }

    /// `a && b` and `a || b` have the value of one of both.
    pub(super) fn logical(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        if node.operator == LogicalOperator::Coalesce {
            let help = "nothing here can be `null`: remove it";
            self.fail(unsupported::MAYBE, "`??` is not supported yet", span, help);
            return None;
        }
        let (left, right) = self.pair(&node.left, &node.right, hint);
        let (left, right) = (left?, right?);
        let Some(ty) = left.ty.common(right.ty) else {
            self.mixed(left.ty, right.ty, node.operator.as_str(), span);
            return None;
        };
        let left = Value::new(ty, convert(left, ty)?);
        let right = convert(right, ty)?;
        if ty == Type::Boolean {
            let expr = match node.operator {
                LogicalOperator::And => Expr::conditional(Val::I32, left.expr, right, Expr::i32(0)),
                LogicalOperator::Or | LogicalOperator::Coalesce => {
                    Expr::conditional(Val::I32, left.expr, Expr::i32(1), right)
                }
            };
            return Some(Value::new(ty, expr));
        }
        let mut before = Vec::new();
        let kept = self.keep(left, &mut before)?;
        let condition = truth(kept.clone())?;
        let val = ty.val()?;
        let chosen = match node.operator {
            LogicalOperator::And => Expr::conditional(val, condition, right, kept.expr),
            LogicalOperator::Or | LogicalOperator::Coalesce => {
                Expr::conditional(val, condition, kept.expr, right)
            }
        };
        Some(Value::new(ty, Expr::Before(before, Box::new(chosen))))
    }

    /// `a && b` as a statement: the right side is done or not.
    pub(super) fn logical_effect(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        out: &mut Vec<Stmt>,
    ) {
        if node.operator == LogicalOperator::Coalesce {
            self.logical(node, None);
            return;
        }
        let condition = self.condition(&node.left);
        let mut right = Vec::new();
        self.effect(&node.right, &mut right);
        let Some(condition) = condition else { return };
        out.push(match node.operator {
            LogicalOperator::And => Stmt::If(condition, right, Vec::new()),
            LogicalOperator::Or | LogicalOperator::Coalesce => {
                Stmt::If(condition, Vec::new(), right)
            }
        });
    }

    pub(super) fn conditional(
        &mut self,
        node: &'a ast::ConditionalExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let condition = self.condition(&node.test);
        let (then, otherwise) = self.pair(&node.consequent, &node.alternate, hint);
        let (then, otherwise) = (then?, otherwise?);
        let span = self.place(node);
        let Some(ty) = then.ty.common(otherwise.ty) else {
            self.mixed(then.ty, otherwise.ty, "?:", span);
            return None;
        };
        let (then, otherwise) = (convert(then, ty)?, convert(otherwise, ty)?);
        Some(Value::new(
            ty,
            Expr::conditional(ty.val()?, condition?, then, otherwise),
        ))
    }

    /// Lowers two expressions that should have one type: a known number takes the type of the other.
    pub(super) fn pair(
        &mut self,
        left: &'a Expression<'a>,
        right: &'a Expression<'a>,
        hint: Option<Type>,
    ) -> (Option<Value>, Option<Value>) {
        let hint = hint.filter(|ty| *ty != Type::Boolean && *ty != Type::Void);
        match (self.constant(left), self.constant(right)) {
            (Some(a), None) => {
                let right = self.value(right, hint);
                let left = right
                    .as_ref()
                    .map(|right| super::expr::literal(a, Some(right.ty.operand())));
                (left, right)
            }
            (None, Some(b)) => {
                let left = self.value(left, hint);
                let right = left
                    .as_ref()
                    .map(|left| super::expr::literal(b, Some(left.ty.operand())));
                (left, right)
            }
            (Some(_), Some(_)) | (None, None) => (self.value(left, hint), self.value(right, hint)),
        }
    }

    pub(super) fn mixed(
        &mut self,
        left: Type,
        right: Type,
        operator: &str,
        span: tollgate_diagnostics::span::Span,
    ) {
        let (a, b) = (self.checker.type_name(left), self.checker.type_name(right));
        let help = match (left, right) {
            (Type::Text, _) | (_, Type::Text) => {
                "make both texts, `String(x)`, or both numbers, `Number(x)`".to_owned()
            }
            (Type::Record(_), _) | (_, Type::Record(_)) => {
                "both must be objects with the same properties".to_owned()
            }
            (Type::Boolean, _) | (_, Type::Boolean) => {
                "convert the boolean in the open: `x ? 1 : 0`".to_owned()
            }
            (Type::Int(_), _) => {
                format!("convert one of them: `{a}(…)` or `{b}(…)`").replace("number(", "f64(")
            }
            _ => format!("convert one of them: `{b}(…)`").replace("number(", "f64("),
        };
        let message = format!("`{operator}` has operands of type `{a}` and `{b}`");
        self.fail(codes::MIXED, message, span, help);
    }
}
