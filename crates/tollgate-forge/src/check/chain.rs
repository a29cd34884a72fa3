//! `?.`, `??` and `??=`: what is done with a value that may be missing.

use oxc_ast::ast::{self, ChainElement, Expression};
use oxc_span::GetSpan;

use super::absence::{is_absent, nothing, unboxed};
use super::body::{Body, Linked};
use super::types::{Absent, Type};
use super::value::{Called, Value};
use crate::codes::unsupported;
use crate::ir::op::Val;
use crate::ir::{Expr, Stmt};

/// What stands before the name or the index of a member.
#[derive(Clone, Copy)]
pub(super) struct Accessed<'a> {
    pub(super) object: &'a Expression<'a>,
    /// `?.` stands between them.
    pub(super) optional: bool,
}

/// What stands before each `?.` of a chain, the first one first.
pub(super) fn links<'a>(chain: &'a ast::ChainExpression<'a>) -> Vec<&'a Expression<'a>> {
    let mut found = Vec::new();
    let mut next = match &chain.expression {
        ChainElement::CallExpression(call) => Some(step_call(call, &mut found)),
        ChainElement::TSNonNullExpression(inner) => Some(&inner.expression),
        ChainElement::StaticMemberExpression(member) => Some(step_member(member, &mut found)),
        ChainElement::ComputedMemberExpression(member) => Some(step_element(member, &mut found)),
        ChainElement::PrivateFieldExpression(_) => None,
    };
    while let Some(expr) = next {
        next = match expr {
            Expression::CallExpression(call) => Some(step_call(call, &mut found)),
            Expression::TSNonNullExpression(inner) => Some(&inner.expression),
            Expression::StaticMemberExpression(member) => Some(step_member(member, &mut found)),
            Expression::ComputedMemberExpression(member) => Some(step_element(member, &mut found)),
            _ => None,
        };
    }
    found.reverse();
    found
}

fn step_call<'a>(
    call: &'a ast::CallExpression<'a>,
    found: &mut Vec<&'a Expression<'a>>,
) -> &'a Expression<'a> {
    if call.optional {
        found.push(&call.callee);
    }
    &call.callee
}

fn step_member<'a>(
    member: &'a ast::StaticMemberExpression<'a>,
    found: &mut Vec<&'a Expression<'a>>,
) -> &'a Expression<'a> {
    if member.optional {
        found.push(&member.object);
    }
    &member.object
}

fn step_element<'a>(
    member: &'a ast::ComputedMemberExpression<'a>,
    found: &mut Vec<&'a Expression<'a>>,
) -> &'a Expression<'a> {
    if member.optional {
        found.push(&member.object);
    }
    &member.object
}

impl<'a> Body<'_, 'a> {
    /// A chain as a value: `undefined` if something before a `?.` is missing.
    pub(super) fn chain(&mut self, node: &'a ast::ChainExpression<'a>) -> Option<Value> {
        match self.chain_called(node)? {
            Called::Value(value) => Some(value),
            Called::Nothing(_) => {
                let span = self.place(node);
                self.no_result(span);
                None
            }
        }
    }

    /// A chain as a value or a statement.
    pub(super) fn chain_called(&mut self, node: &'a ast::ChainExpression<'a>) -> Option<Called> {
        let links = links(node);
        let before = self.links.len();
        let done = self.perhaps(|body| body.linked(node, &links));
        self.links.truncate(before);
        done
    }

    fn linked(
        &mut self,
        node: &'a ast::ChainExpression<'a>,
        links: &[&'a Expression<'a>],
    ) -> Option<Called> {
        let Some((first, others)) = links.split_first() else {
            return self.chain_end(node);
        };
        let value = self.perhaps_there(first, None)?;
        let mut out = Vec::new();
        let (there, missing) = match value.ty {
            Type::Maybe(base, _) => {
                let word = self.keep(value, &mut out)?.expr;
                let missing = is_absent(word.clone(), Absent::Either);
                (unboxed(base, word), Some(missing))
            }
            _ => (self.keep(value, &mut out)?, None),
        };
        self.links.push(Linked {
            span: first.span(),
            value: there,
        });
        let at = self.place(*first);
        let rest = self.descend(at, |body| body.linked(node, others))?;
        let Some(missing) = missing else {
            return Some(match rest {
                Called::Value(value) => Called::Value(Value::new(value.ty, value.expr.after(out))),
                Called::Nothing(statement) => {
                    out.push(statement);
                    Called::Nothing(Stmt::If(Expr::i32(1), out, Vec::new()))
                }
            });
        };
        Some(match rest {
            Called::Value(value) => {
                let ty = value.ty.or(Absent::Undefined)?;
                let value = self.checker.turned(value, ty)?;
                let none = nothing(Absent::Undefined);
                let expr = Expr::conditional(Val::I32, missing, none, value);
                Called::Value(Value::new(ty, expr.after(out)))
            }
            Called::Nothing(statement) => {
                out.push(Stmt::If(missing, Vec::new(), vec![statement]));
                Called::Nothing(Stmt::If(Expr::i32(1), out, Vec::new()))
            }
        })
    }

    /// The chain where all that may be missing is there.
    fn chain_end(&mut self, node: &'a ast::ChainExpression<'a>) -> Option<Called> {
        match &node.expression {
            ChainElement::CallExpression(call) => self.call(call, None),
            ChainElement::TSNonNullExpression(inner) => {
                self.asserted(inner, None).map(Called::Value)
            }
            ChainElement::StaticMemberExpression(member) => {
                self.member(member, None).map(Called::Value)
            }
            ChainElement::ComputedMemberExpression(member) => {
                self.element(member).map(Called::Value)
            }
            ChainElement::PrivateFieldExpression(_) => {
                let span = self.place(node);
                let help = "look first: `if (x !== null) x.#name`";
                let message = "`?.` before a private member is not supported";
                self.fail(unsupported::CLASS, message, span, help);
                None
            }
        }
    }

    /// The object of a member.
    pub(super) fn object_of(&mut self, accessed: Accessed<'a>) -> Option<Value> {
        if accessed.optional {
            self.linked_object(accessed.object)
        } else {
            self.value(accessed.object, None)
        }
    }

    /// What stands before `?.`, which has been looked at already.
    pub(super) fn linked_object(&mut self, object: &'a Expression<'a>) -> Option<Value> {
        let span = object.span();
        let known = self.links.iter().rev().find(|link| link.span == span);
        known.map(|link| link.value.clone())
    }

    /// `a ?? b` as a statement: the right side is done or not.
    pub(super) fn coalesced_effect(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        out: &mut Vec<Stmt>,
    ) {
        let left = self.perhaps_there(&node.left, None);
        let mut right = Vec::new();
        self.perhaps(|body| body.effect(&node.right, &mut right));
        let Some(left) = left else { return };
        let missing = match left.ty.absent() {
            Some(_) => is_absent(left.expr, Absent::Either),
            None => Expr::i32(0).after(vec![Stmt::Drop(left.expr)]),
        };
        out.push(Stmt::If(missing, right, Vec::new()));
    }

    /// `a ?? b`
    pub(super) fn coalesced(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        let left = self.perhaps_there(&node.left, hint);
        let wanted = left.as_ref().and_then(|left| left.ty.base());
        let right = self.perhaps(|body| match (body.constant(&node.right), wanted) {
            (Some(known), Some(base)) if !hint.is_some_and(Type::lists) => {
                Some(super::conversion::literal(known, Some(base.ty().operand())))
            }
            _ => body.value(&node.right, hint.or(wanted.map(|base| base.ty()))),
        });
        let (left, right) = (left?, right?);
        let base = match left.ty {
            Type::Maybe(base, _) => base,
            // The left side is always taken, or never.
            Type::Nothing(_) => {
                let before = vec![Stmt::Drop(left.expr)];
                return Some(Value::new(right.ty, right.expr.after(before)));
            }
            _ => return Some(left),
        };
        let Some(ty) = self.checker.common(base.ty(), right.ty) else {
            self.mixed(base.ty(), right.ty, "??", span);
            return None;
        };
        let mut out = Vec::new();
        let word = self.keep(left, &mut out)?.expr;
        let missing = is_absent(word.clone(), Absent::Either);
        let there = self.checker.turned(unboxed(base, word), ty)?;
        let other = self.checker.turned(right, ty)?;
        let expr = Expr::conditional(ty.val()?, missing, other, there);
        Some(Value::new(ty, expr.after(out)))
    }
}
