//! `?.`, `??` and `??=`: what is done with a value that may be missing.

use oxc_ast::ast::{self, ChainElement, Expression};
use oxc_span::GetSpan;

use super::body::{Body, Linked};
use super::sought::{Gap, Perhaps, Sought, needs_block};
use super::types::{Absent, Type};
use super::value::{Called, Value};
use crate::codes::unsupported;
use crate::ir::{Expr, Stmt};

/// What stands before the name or the index of a member.
#[derive(Clone, Copy)]
pub(super) struct Accessed<'a> {
    pub(super) object: &'a Expression<'a>,
    /// `?.` stands between them.
    pub(super) optional: bool,
}

/// What a chain comes to.
enum Chained {
    Sought(Sought),
    /// A call that returns no value.
    Nothing(Stmt),
}

impl Chained {
    /// The same with statements before it.
    fn after(self, mut before: Vec<Stmt>) -> Self {
        match self {
            Self::Sought(sought) => Self::Sought(sought.after(before)),
            Self::Nothing(statement) if before.is_empty() => Self::Nothing(statement),
            Self::Nothing(statement) => {
                before.push(statement);
                Self::Nothing(Stmt::If(Expr::i32(1), before, Vec::new()))
            }
        }
    }
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
        let sought = self.chain_with(node, Gap::Fault)?;
        self.whole(sought)
    }

    /// The same where the place asks whether the value is there.
    pub(super) fn sought_chain(&mut self, node: &'a ast::ChainExpression<'a>) -> Option<Sought> {
        self.chain_with(node, Gap::Undefined)
    }

    fn chain_with(&mut self, node: &'a ast::ChainExpression<'a>, gap: Gap) -> Option<Sought> {
        match self.chain_linked(node, gap)? {
            Chained::Sought(sought) => Some(sought),
            Chained::Nothing(_) => {
                let span = self.place(node);
                self.no_result(span);
                None
            }
        }
    }

    /// A chain as a value or a statement.
    pub(super) fn chain_called(&mut self, node: &'a ast::ChainExpression<'a>) -> Option<Called> {
        Some(match self.chain_linked(node, Gap::Fault)? {
            Chained::Sought(sought) => Called::Value(self.whole(sought)?),
            Chained::Nothing(statement) => Called::Nothing(statement),
        })
    }

    fn chain_linked(&mut self, node: &'a ast::ChainExpression<'a>, gap: Gap) -> Option<Chained> {
        let links = links(node);
        let before = self.links.len();
        let done = self.perhaps(|body| body.linked(node, &links, gap));
        self.links.truncate(before);
        done
    }

    fn linked(
        &mut self,
        node: &'a ast::ChainExpression<'a>,
        links: &[&'a Expression<'a>],
        gap: Gap,
    ) -> Option<Chained> {
        let Some((first, others)) = links.split_first() else {
            return self.chain_end(node, gap);
        };
        let sought = self.sought(first, None)?;
        self.not_asked_late(first, sought.ty());
        let mut out = Vec::new();
        let (there, missing) = match self.parted(sought)? {
            Ok(Perhaps {
                before,
                missing,
                value,
            }) => {
                out.extend(before);
                (value, Some(missing))
            }
            Err(value) => (self.keep(value, &mut out)?, None),
        };
        // Where it is missing the rest is not looked at; its value is found once.
        let mut found = Vec::new();
        let there = match missing {
            Some(_) => self.keep(there, &mut found)?,
            None => there,
        };
        self.links.push(Linked {
            span: first.span(),
            value: there,
        });
        let at = self.place(*first);
        // What comes of the chain may be missing anyhow.
        let gap = missing.as_ref().map_or(gap, |_| Gap::Undefined);
        let rest = self.descend(at, |body| body.linked(node, others, gap))?;
        let Some(missing) = missing else {
            return Some(rest.after(out));
        };
        self.unless(missing, rest.after(found), out)
    }

    /// A chain of which the rest is looked at unless something is missing.
    fn unless(&mut self, missing: Expr, rest: Chained, mut out: Vec<Stmt>) -> Option<Chained> {
        let sought = match rest {
            Chained::Nothing(statement) => {
                out.push(Stmt::If(missing, Vec::new(), vec![statement]));
                return Some(Chained::Nothing(Stmt::If(Expr::i32(1), out, Vec::new())));
            }
            Chained::Sought(Sought::Value(value)) if !needs_block_of(value.ty) => {
                let perhaps = Perhaps {
                    before: out,
                    missing,
                    value,
                };
                let value = self.whole(Sought::Perhaps(perhaps))?;
                return Some(Chained::Sought(Sought::Value(value)));
            }
            Chained::Sought(sought) => sought,
        };
        // Both may have to be looked at: whether it is missing is known in a variable.
        let mut rest = Vec::new();
        let perhaps = match sought {
            Sought::Perhaps(perhaps) => perhaps,
            Sought::Value(value) => Perhaps {
                before: Vec::new(),
                missing: Expr::i32(0),
                value,
            },
        };
        let (gone, value) = self.held(perhaps, &mut rest)?;
        if let Expr::Local(gone) = gone {
            out.push(Stmt::SetLocal(gone, Expr::i32(1)));
        }
        out.push(Stmt::If(missing, Vec::new(), rest));
        Some(Chained::Sought(Sought::Perhaps(Perhaps {
            before: out,
            missing: gone,
            value,
        })))
    }

    /// The chain where all that may be missing is there.
    fn chain_end(&mut self, node: &'a ast::ChainExpression<'a>, gap: Gap) -> Option<Chained> {
        let value = match &node.expression {
            ChainElement::CallExpression(call) => {
                return Some(match self.call(call, None)? {
                    Called::Value(value) => Chained::Sought(Sought::Value(value)),
                    Called::Nothing(statement) => Chained::Nothing(statement),
                });
            }
            ChainElement::TSNonNullExpression(inner) => self.asserted(inner, None),
            ChainElement::StaticMemberExpression(member) => self.member(member, None),
            ChainElement::ComputedMemberExpression(member) if gap == Gap::Undefined => {
                return self.sought_element(member).map(Chained::Sought);
            }
            ChainElement::ComputedMemberExpression(member) => self.element(member),
            ChainElement::PrivateFieldExpression(_) => {
                let span = self.place(node);
                let help = "look first: `if (x !== null) x.#name`";
                let message = "`?.` before a private member is not supported";
                self.fail(unsupported::CLASS, message, span, help);
                None
            }
        };
        value.map(|value| Chained::Sought(Sought::Value(value)))
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
        let left = self.sought(&node.left, None);
        if let Some(left) = &left {
            self.not_asked_late(&node.left, left.ty());
        }
        let mut right = Vec::new();
        self.perhaps(|body| body.effect(&node.right, &mut right));
        let Some(left) = left else { return };
        let missing = self.absence_of(left, Absent::Either);
        out.push(Stmt::If(missing, right, Vec::new()));
    }

    /// `a ?? b`
    pub(super) fn coalesced(
        &mut self,
        node: &'a ast::LogicalExpression<'a>,
        hint: Option<Type>,
        gap: Gap,
    ) -> Option<Value> {
        let span = self.place(node);
        let left = self.sought(&node.left, hint);
        let wanted = left.as_ref().and_then(|left| left.ty().base());
        let right = self.perhaps(|body| match (body.constant(&node.right), wanted) {
            (Some(known), Some(base)) if !hint.is_some_and(Type::lists) => {
                Some(super::conversion::literal(known, Some(base.ty().operand())))
            }
            _ => body.value_with(&node.right, hint.or(wanted.map(|base| base.ty())), gap),
        });
        let (left, right) = (left?, right?);
        self.not_asked_late(&node.left, left.ty());
        let left = match self.parted(left)? {
            Ok(left) => left,
            // The left side is always taken, or never.
            Err(left) if matches!(left.ty, Type::Nothing(_)) => {
                let before = vec![Stmt::Drop(left.expr)];
                return Some(Value::new(right.ty, right.expr.after(before)));
            }
            Err(left) => return Some(left),
        };
        let Some(ty) = self.checker.common(left.value.ty, right.ty) else {
            self.mixed(left.value.ty, right.ty, "??", span);
            return None;
        };
        let there = self.checker.turned(left.value, ty)?;
        let other = self.checker.turned(right, ty)?;
        let expr = Expr::conditional(ty.val()?, left.missing, other, there);
        Some(Value::new(ty, expr.after(left.before)))
    }
}

fn needs_block_of(ty: Type) -> bool {
    match ty {
        Type::Maybe(..) => false,
        other => other.base().is_some_and(needs_block),
    }
}
