//! What a program uses, found by walking all of it once.

use std::collections::BTreeSet;

use super::emitter::Emitter;
use crate::gas;
use crate::ir::{Body, Expr, ExprKind, FactKind, Program};

/// Visits the children of an expression, whether they are always evaluated or not.
pub(super) fn each_child<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    gas::each_unconditional(expr, visit);
    match &expr.kind {
        ExprKind::And(_, right) | ExprKind::Or(_, right) => visit(right),
        ExprKind::If {
            then, otherwise, ..
        } => {
            visit(then);
            visit(otherwise);
        }
        ExprKind::Check { then, .. } => visit(then),
        ExprKind::Loop { body, .. } => visit(body),
        ExprKind::Fact {
            default: Some(default),
            ..
        } => visit(default),
        _ => {}
    }
}

/// Every expression of a program that stands by itself.
fn roots(program: &Program) -> Vec<&Expr> {
    let mut roots: Vec<&Expr> = program.functions.iter().map(|f| &f.body).collect();
    match &program.body {
        Body::Guard(expr) => roots.push(expr),
        Body::Policy(policy) => {
            roots.extend(policy.lets.iter().map(|(_, expr)| expr));
            for group in &policy.groups {
                roots.extend(&group.plan.shapes);
                let mut indexes: Vec<_> = group.plan.index.iter().collect();
                while let Some(index) = indexes.pop() {
                    roots.push(&index.key);
                    indexes.extend(index.nested.iter().map(|(_, nested)| nested));
                }
            }
            roots.extend(policy.effects.iter().flat_map(|e| &e.operands));
        }
    }
    roots
}

/// What a program uses.
pub(super) struct Uses {
    /// Kinds of facts it asks for.
    pub(super) facts: BTreeSet<FactKind>,
    /// Whether it charges anything outside of the compute layer.
    pub(super) layered: bool,
}

impl Uses {
    pub(super) fn of(program: &Program) -> Self {
        let mut uses = Self {
            facts: BTreeSet::new(),
            layered: matches!(&program.body, Body::Policy(policy) if !policy.effects.is_empty()),
        };
        let mut rest = roots(program);
        while let Some(expr) = rest.pop() {
            if let ExprKind::Fact { kind, .. } = expr.kind {
                uses.facts.insert(kind);
            }
            uses.layered |= Emitter::is_layered(&gas::node(expr));
            each_child(expr, &mut |child| rest.push(child));
        }
        uses
    }
}
