//! Truth: conditions, `&&`, `||`, `!` and `?:`.

use oxc_ast::ast::{self, Expression};
use oxc_syntax::operator::LogicalOperator;

use super::absence::unboxed;
use super::body::Body;
use super::facts::Facts;
use super::flow::{Tested, Weighed};
use super::sought::{Gap, Sought, may_lack};
use super::types::{Base, Type};
use super::value::Value;
use crate::codes::types as codes;
use crate::ir::op::Val;
use crate::ir::{Expr, Stmt};

/// What looks for an element, and whether it is missing then.
struct Held {
    before: Vec<Stmt>,
    gone: Expr,
}

impl<'a> Body<'_, 'a> {
    /// `a && b`, `a || b` and `a ?? b` have the value of one of both.
    pub(super) fn logical(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        if node.operator == LogicalOperator::Coalesce {
            return self.coalesced(node, hint, Gap::Fault);
        }
        let Weighed { value, yes, no } = self.logical_weighed(node, hint)?;
        self.facts = yes.meet(&no);
        Some(value)
    }

    /// The same for `&&` and `||`, with what is known when the value counts as true and when it does not.
    pub(super) fn logical_weighed(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Weighed<'a>> {
        let and = node.operator == LogicalOperator::And;
        let hint = hint.filter(|ty| *ty != Type::Boolean && *ty != Type::Void);
        let left = match self.constant(&node.left) {
            Some(known) => Err(known),
            None => Ok(self.left_weighed(node, hint)),
        };
        if let Ok(Some((left, _))) = &left {
            self.facts = if and { &left.yes } else { &left.no }.clone();
        }
        let start = self.facts.clone();
        let like = match &left {
            Ok(Some((left, _))) => left.value.ty.base(),
            _ => None,
        };
        let right = match (self.constant(&node.right), like) {
            (Some(known), Some(base)) => {
                let value = super::conversion::literal(known, Some(base.ty().operand()));
                Some(self.known_either_way(value))
            }
            _ => self.weighed(&node.right, hint),
        };
        let left = match left {
            Ok(left) => left,
            Err(known) => {
                let like = right.as_ref().map(|right| right.value.ty.operand());
                let value = super::conversion::literal(known, like);
                self.facts = start;
                Some((self.known_either_way(value), None))
            }
        };
        let ((left, held), right) = (left?, right?);
        let (yes, no) = if and {
            (right.yes, left.no.meet(&right.no))
        } else {
            (left.yes.meet(&right.yes), right.no)
        };
        let value = self.chosen(node, (left.value, held), right.value)?;
        Some(Weighed { value, yes, no })
    }

    /// The left side of `&&` and `||`. An element before `||` may be missing: it is not taken then.
    fn left_weighed(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        hint: Option<Type>,
    ) -> Option<(Weighed<'a>, Option<Held>)> {
        let expr = &node.left;
        if node.operator == LogicalOperator::And || !may_lack(expr) {
            return Some((self.weighed(expr, hint)?, None));
        }
        let sought = self.sought(expr, hint)?;
        let (yes, no) = self.known_of_truth(expr, sought.ty());
        let (value, held) = match sought {
            Sought::Value(value) => (value, None),
            Sought::Perhaps(perhaps) => {
                let mut before = Vec::new();
                let (gone, value) = self.held(perhaps, &mut before)?;
                (value, Some(Held { before, gone }))
            }
        };
        Some((Weighed { value, yes, no }, held))
    }

    fn known_either_way(&self, value: Value) -> Weighed<'a> {
        Weighed {
            value,
            yes: self.facts.clone(),
            no: self.facts.clone(),
        }
    }

    /// The left value or the right one, as the truth of the left one says.
    fn chosen(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        (left, held): (Value, Option<Held>),
        right: Value,
    ) -> Option<Value> {
        let and = node.operator == LogicalOperator::And;
        if let (Type::Nothing(_), false) = (left.ty, and) {
            let dropped = vec![Stmt::Drop(left.expr)];
            return Some(Value::new(right.ty, right.expr.after(dropped)));
        }
        // Where the left value is taken it counts as true, or does not: that says more of it.
        let taken = match left.ty {
            Type::Maybe(base, _) if !and => base.ty(),
            Type::Maybe(
                Base::Array(_) | Base::Record(_) | Base::Class(_) | Base::Function(_),
                absent,
            ) => Type::Nothing(absent),
            ty => ty,
        };
        let Some(ty) = self.checker.common(taken, right.ty) else {
            let span = self.place(node);
            self.mixed(taken, right.ty, node.operator.as_str(), span);
            return None;
        };
        let val = ty.val()?;
        if left.ty == Type::Boolean && ty == Type::Boolean && held.is_none() {
            let expr = if and {
                Expr::conditional(val, left.expr, right.expr, Expr::i32(0))
            } else {
                Expr::conditional(val, left.expr, Expr::i32(1), right.expr)
            };
            return Some(Value::new(ty, expr));
        }
        let (mut before, gone) = match held {
            Some(Held { before, gone }) => (before, Some(gone)),
            None => (Vec::new(), None),
        };
        let kept = self.keep(left, &mut before)?;
        let mut condition = self.truth_of(kept.clone())?;
        if let Some(gone) = gone {
            condition = Expr::conditional(Val::I32, gone, Expr::i32(0), condition);
        }
        let left = match kept.ty {
            Type::Maybe(base, _) if !and => unboxed(base, kept.expr),
            _ => Value::new(taken, kept.expr),
        };
        let left = self.checker.turned(left, ty)?;
        let right = self.checker.turned(right, ty)?;
        let chosen = if and {
            Expr::conditional(val, condition, right, left)
        } else {
            Expr::conditional(val, condition, left, right)
        };
        Some(Value::new(ty, chosen.after(before)))
    }

    /// `a && b` as a statement: the right side is done or not.
    pub(super) fn logical_effect(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        out: &mut Vec<Stmt>,
    ) {
        if node.operator == LogicalOperator::Coalesce {
            self.coalesced_effect(node, out);
            return;
        }
        let tested = self.tested(&node.left);
        let and = node.operator == LogicalOperator::And;
        let otherwise = self.begin_branch(tested.as_ref());
        let skipped = if and {
            otherwise
        } else {
            std::mem::replace(&mut self.facts, otherwise)
        };
        let mut right = Vec::new();
        self.effect(&node.right, &mut right);
        self.facts = skipped.meet(&self.facts);
        let Some(tested) = tested else { return };
        out.push(if and {
            Stmt::If(tested.expr, right, Vec::new())
        } else {
            Stmt::If(tested.expr, Vec::new(), right)
        });
    }

    /// Begins the branch of a condition that holds, and returns what is known in the other one.
    pub(super) fn begin_branch(&mut self, tested: Option<&Tested<'a>>) -> Facts<'a> {
        match tested {
            Some(tested) => {
                self.facts = tested.yes.clone();
                tested.no.clone()
            }
            None => self.facts.clone(),
        }
    }

    pub(super) fn conditional(
        &mut self,
        node: &'a ast::ConditionalExpression<'a>,
        hint: Option<Type>,
        gap: Gap,
    ) -> Option<Value> {
        let tested = self.tested(&node.test);
        let mut no = self.begin_branch(tested.as_ref());
        let (then, otherwise) =
            self.pair_with((&node.consequent, &node.alternate), (hint, gap), |body| {
                std::mem::swap(&mut body.facts, &mut no)
            });
        self.facts = no.meet(&self.facts);
        let (then, otherwise) = (then?, otherwise?);
        let span = self.place(node);
        // Objects of different classes may have what is wanted in common.
        let both = |ty: &Type| {
            let checker = &self.checker;
            checker.becomes(then.ty, *ty) && checker.becomes(otherwise.ty, *ty)
        };
        let wanted = hint.filter(|ty| matches!(ty, Type::Class(_) | Type::Record(_)) || ty.lists());
        let common = wanted
            .filter(both)
            .or_else(|| self.checker.common(then.ty, otherwise.ty));
        let Some(ty) = common else {
            self.mixed(then.ty, otherwise.ty, "?:", span);
            return None;
        };
        let then = self.checker.turned(then, ty)?;
        let otherwise = self.checker.turned(otherwise, ty)?;
        let expr = Expr::conditional(ty.val()?, tested?.expr, then, otherwise);
        Some(Value::new(ty, expr))
    }

    /// Lowers two expressions that should have one type: a known number takes the type of the other.
    pub(super) fn pair(
        &mut self,
        left: &'a Expression<'a>,
        right: &'a Expression<'a>,
        hint: Option<Type>,
    ) -> (Option<Value>, Option<Value>) {
        self.pair_with((left, right), (hint, Gap::Fault), |_| {})
    }

    /// The same, with something to do between them.
    fn pair_with(
        &mut self,
        (left, right): (&'a Expression<'a>, &'a Expression<'a>),
        (hint, gap): (Option<Type>, Gap),
        between: impl FnOnce(&mut Self),
    ) -> (Option<Value>, Option<Value>) {
        let hint = hint.filter(|ty| *ty != Type::Boolean && *ty != Type::Void);
        // Where values are listed, a number that is known is one of them or not.
        let listed = hint.is_some_and(Type::lists);
        match (self.constant(left), self.constant(right)) {
            (Some(a), None) if !listed => {
                between(self);
                let right = self.value_with(right, hint, gap);
                let left = right
                    .as_ref()
                    .map(|right| super::conversion::literal(a, Some(right.ty.operand())));
                (left, right)
            }
            (None, Some(b)) if !listed => {
                let left = self.value_with(left, hint, gap);
                between(self);
                let right = left
                    .as_ref()
                    .map(|left| super::conversion::literal(b, Some(left.ty.operand())));
                (left, right)
            }
            (Some(_) | None, Some(_) | None) => {
                let left = self.value_with(left, hint, gap);
                between(self);
                (left, self.value_with(right, hint, gap))
            }
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
            (Type::Maybe(..) | Type::Nothing(_), _) | (_, Type::Maybe(..) | Type::Nothing(_)) => {
                "both must have the same type where they are not missing".to_owned()
            }
            (Type::Text, _) | (_, Type::Text) => {
                "make both texts, `String(x)`, or both numbers, `Number(x)`".to_owned()
            }
            (Type::Class(_), _) | (_, Type::Class(_)) => {
                "both must be objects of classes that extend one".to_owned()
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
