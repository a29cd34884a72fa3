//! Elements that may not be there, in places that ask whether they are.
//!
//! `list[i]` beside the elements ends the program, since its type has no `undefined`. Where the place asks, it is `undefined` as in
//! JavaScript: before `??` and `?.`, beside `===`, in conditions, and where the type that is wanted has `undefined`. Whether it
//! is there is a condition of its own here, so that a number needs no block in memory to be asked for.

use oxc_ast::ast::{self, Expression};
use oxc_syntax::operator::LogicalOperator;

use super::absence::{is_absent, nothing, unboxed};
use super::body::Body;
use super::chain::Accessed;
use super::sequence::count;
use super::types::{Absent, Base, Type};
use super::value::Value;
use crate::ir::op::{Binary, Val};
use crate::ir::{Expr, Stmt};

/// What a place gets that asks whether a value is there.
pub(super) enum Sought {
    /// The value, of which the type says whether it may be missing.
    Value(Value),
    Perhaps(Perhaps),
}

/// A value that is `undefined` where a condition holds.
pub(super) struct Perhaps {
    /// What both need.
    pub(super) before: Vec<Stmt>,
    pub(super) missing: Expr,
    /// Is computed where it is there, at once: what runs in between may change it.
    pub(super) value: Value,
}

/// What an element is that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    Undefined,
    /// It ends the program.
    Fault,
}

impl Gap {
    /// What a place asks for where a value of a type is wanted.
    pub(super) fn of(ty: Type) -> Self {
        match ty.absent() {
            Some(absent) if absent.has_undefined() => Self::Undefined,
            _ => Self::Fault,
        }
    }
}

impl Sought {
    pub(super) fn ty(&self) -> Type {
        match self {
            Self::Value(value) => value.ty,
            Self::Perhaps(perhaps) => perhaps.value.ty,
        }
    }

    /// The same with statements before it.
    pub(super) fn after(self, mut before: Vec<Stmt>) -> Self {
        match self {
            Self::Value(value) => Self::Value(Value::new(value.ty, value.expr.after(before))),
            Self::Perhaps(mut perhaps) => {
                before.append(&mut perhaps.before);
                perhaps.before = before;
                Self::Perhaps(perhaps)
            }
        }
    }
}

/// How far an expression is looked into for elements. One that has more inside of itself may have some.
const LEVELS: u32 = 6;

/// Whether a value may come from an element or a chain.
pub(super) fn may_lack(expr: &Expression<'_>) -> bool {
    lacks_within(expr, LEVELS)
}

fn lacks_within(expr: &Expression<'_>, levels: u32) -> bool {
    let either = |a, b| levels == 0 || lacks_within(a, levels - 1) || lacks_within(b, levels - 1);
    match expr.without_parentheses() {
        Expression::ComputedMemberExpression(_) | Expression::ChainExpression(_) => true,
        Expression::LogicalExpression(node) if node.operator == LogicalOperator::Coalesce => {
            either(&node.left, &node.right)
        }
        Expression::ConditionalExpression(node) => either(&node.consequent, &node.alternate),
        _ => false,
    }
}

impl<'a> Body<'_, 'a> {
    /// A value in a place that asks whether it is there.
    pub(super) fn sought(
        &mut self,
        expr: &'a Expression<'a>,
        hint: Option<Type>,
    ) -> Option<Sought> {
        let hint = hint.and_then(Type::hint);
        if !may_lack(expr) || self.constant(expr).is_some() {
            return self.perhaps_there(expr, hint).map(Sought::Value);
        }
        let span = self.place(expr);
        self.descend(span, |body| body.sought_inside(expr, hint))
    }

    fn sought_inside(&mut self, expr: &'a Expression<'a>, hint: Option<Type>) -> Option<Sought> {
        match expr.without_parentheses() {
            Expression::ComputedMemberExpression(member) => self.sought_element(member),
            Expression::ChainExpression(chain) => self.sought_chain(chain),
            Expression::LogicalExpression(node) => self
                .coalesced(node, hint, Gap::Undefined)
                .map(Sought::Value),
            Expression::ConditionalExpression(node) => self
                .conditional(node, hint, Gap::Undefined)
                .map(Sought::Value),
            other => self.perhaps_there(other, hint).map(Sought::Value),
        }
    }

    /// A value in a place that asks whether it is there, or in one that does not.
    pub(super) fn value_with(
        &mut self,
        expr: &'a Expression<'a>,
        hint: Option<Type>,
        gap: Gap,
    ) -> Option<Value> {
        if gap == Gap::Fault || !may_lack(expr) {
            return self.value(expr, hint);
        }
        let mut sought = self.sought(expr, hint)?;
        if let (Sought::Perhaps(perhaps), Some(wanted)) = (&mut sought, hint) {
            perhaps.value = self.as_number_of(perhaps.value.clone(), wanted)?;
        }
        self.whole(sought)
    }

    /// A number as one of the type that is wanted, if it becomes one by itself: where it may be missing it is in a block in memory,
    /// which is of one type.
    pub(super) fn as_number_of(&mut self, value: Value, wanted: Type) -> Option<Value> {
        let wanted = wanted.present();
        let is_number = |ty| matches!(ty, Type::Int(_) | Type::F32 | Type::Number | Type::Enum(_));
        if !is_number(value.ty) || !is_number(wanted) || !value.ty.becomes(wanted) {
            return Some(value);
        }
        let expr = self.checker.turned(value, wanted)?;
        Some(Value::new(wanted, expr))
    }

    /// `list[index]` in a place that asks whether it is there.
    pub(super) fn sought_element(
        &mut self,
        member: &'a ast::ComputedMemberExpression<'a>,
    ) -> Option<Sought> {
        let object = self.object_of(Accessed {
            object: &member.object,
            optional: member.optional,
        })?;
        let growing = self.elements_of(object.ty);
        let text = object.ty.widened() == Type::Text;
        if growing.is_none() && !text {
            return self.element_of(object, member).map(Sought::Value);
        }
        let mut before = Vec::new();
        let object = self.keep(object, &mut before)?.expr;
        let index = self.index(&member.expression)?;
        let index = self.keep(Value::new(Type::I32, index), &mut before)?.expr;
        let missing = index.clone().binary(Binary::I32GeU, count(object.clone()));
        let value = match growing {
            Some(elements) => elements.load(elements.address(object, index)),
            None => self.unit_at(object, index)?,
        };
        let perhaps = Perhaps {
            before,
            missing,
            value,
        };
        Some(match perhaps.value.ty {
            // One more value that its word may be.
            Type::Maybe(..) => Sought::Value(self.whole(Sought::Perhaps(perhaps))?),
            _ => Sought::Perhaps(perhaps),
        })
    }

    /// What is sought as one value, which its type says may be missing.
    pub(super) fn whole(&mut self, sought: Sought) -> Option<Value> {
        let Perhaps {
            before,
            missing,
            value,
        } = match sought {
            Sought::Value(value) => return Some(value),
            Sought::Perhaps(perhaps) => perhaps,
        };
        let ty = match value.ty {
            Type::Never => Type::Nothing(Absent::Undefined),
            other => other.or(Absent::Undefined)?,
        };
        let value = self.checker.turned(value, ty)?;
        let none = nothing(Absent::Undefined);
        let expr = Expr::conditional(Val::I32, missing, none, value);
        Some(Value::new(ty, expr.after(before)))
    }

    /// What is sought in two parts; the value alone if its type says that it is always there, or never.
    pub(super) fn parted(&mut self, sought: Sought) -> Option<Result<Perhaps, Value>> {
        let value = match sought {
            Sought::Perhaps(perhaps) => return Some(Ok(perhaps)),
            Sought::Value(value) => value,
        };
        let Type::Maybe(base, _) = value.ty else {
            return Some(Err(value));
        };
        let mut before = Vec::new();
        let word = self.keep(value, &mut before)?.expr;
        Some(Ok(Perhaps {
            before,
            missing: is_absent(word.clone(), Absent::Either),
            value: unboxed(base, word),
        }))
    }

    /// Looks for a value now: whether it is missing, and what it is otherwise, in variables.
    pub(super) fn held(&mut self, perhaps: Perhaps, out: &mut Vec<Stmt>) -> Option<(Expr, Value)> {
        let Perhaps {
            before,
            missing,
            value,
        } = perhaps;
        let ty = value.ty;
        let gone = self.temporary(Val::I32);
        let kept = self.temporary(ty.val()?);
        out.extend(before);
        out.push(Stmt::SetLocal(gone, missing));
        out.push(Stmt::If(
            Expr::Local(gone),
            Vec::new(),
            vec![Stmt::SetLocal(kept, value.expr)],
        ));
        Some((Expr::Local(gone), Value::new(ty, Expr::Local(kept))))
    }

    /// Whether what is sought counts as true; what is missing does not.
    pub(super) fn truth_of_sought(&mut self, sought: Sought) -> Option<Expr> {
        let Perhaps {
            before,
            missing,
            value,
        } = match sought {
            Sought::Value(value) => return self.truth_of(value),
            Sought::Perhaps(perhaps) => perhaps,
        };
        let there = self.truth_of(value)?;
        Some(Expr::conditional(Val::I32, missing, Expr::i32(0), there).after(before))
    }

    /// Whether what is sought is `null` or `undefined`.
    pub(super) fn absence_of(&mut self, sought: Sought, absent: Absent) -> Expr {
        match sought {
            Sought::Value(value) => match value.ty.absent() {
                Some(_) => is_absent(value.expr, absent),
                None => Expr::i32(0).after(vec![Stmt::Drop(value.expr)]),
            },
            Sought::Perhaps(Perhaps {
                before, missing, ..
            }) if absent == Absent::Null => {
                let mut before = before;
                before.push(Stmt::Drop(missing));
                Expr::i32(0).after(before)
            }
            Sought::Perhaps(Perhaps {
                before, missing, ..
            }) => missing.after(before),
        }
    }
}

/// Whether a value needs a block in memory where it may be missing.
pub(super) fn needs_block(base: Base) -> bool {
    match base.plain() {
        Base::Int(_) | Base::F32 | Base::Number | Base::Enum(_) => true,
        Base::Boolean
        | Base::Text
        | Base::Array(_)
        | Base::Record(_)
        | Base::Class(_)
        | Base::Function(_)
        | Base::Exact(_)
        | Base::Union(_) => false,
    }
}
