//! The calls of declared functions in a function, as its text has them.

use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, FnDecl, MatchPattern};

/// Names and places of the calls in a function, in order; `is_declared` says which names are functions of the bundle.
pub(super) fn calls_of(function: &FnDecl, is_declared: impl Fn(&str) -> bool) -> Vec<(&str, Span)> {
    let mut found = Vec::new();
    let lets = function.lets.iter().map(|decl| &decl.value);
    for expr in lets.chain([&function.body]) {
        collect(expr, &mut found);
    }
    found.retain(|(name, _)| is_declared(name));
    found
}

/// Expressions have a bounded height, so this may recurse.
fn collect<'a>(expr: &'a Expr, found: &mut Vec<(&'a str, Span)>) {
    let mut each =
        |exprs: &mut dyn Iterator<Item = &'a Expr>| exprs.for_each(|e| collect(e, found));
    match &expr.kind {
        ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Measure { .. }
        | ExprKind::Str(_)
        | ExprKind::Regex(_)
        | ExprKind::Name(_)
        | ExprKind::None
        | ExprKind::Ref(_)
        | ExprKind::Error => {}
        ExprKind::Field { base: only, .. }
        | ExprKind::Unary { expr: only, .. }
        | ExprKind::Demand(only)
        | ExprKind::Paren(only) => collect(only, found),
        ExprKind::Call { module, name, args } => {
            each(&mut args.iter());
            if module.is_none() {
                found.push((&name.node, expr.span));
            }
        }
        ExprKind::Index { base, key } => each(&mut [&**base, key].into_iter()),
        ExprKind::Binary { left, right, .. } => each(&mut [&**left, right].into_iter()),
        ExprKind::Compare { operands, .. } => each(&mut operands.iter()),
        ExprKind::If {
            cond,
            then,
            otherwise,
        } => each(&mut [&**cond, then, otherwise].into_iter()),
        ExprKind::Match { subject, arms } => {
            collect(subject, found);
            for arm in arms {
                collect_pattern(&arm.pattern, found);
                arm.guard.iter().for_each(|guard| collect(guard, found));
                collect(&arm.body, found);
            }
        }
        ExprKind::Loop { list, body, .. } => each(&mut [&**list, body].into_iter()),
        ExprKind::Record { fields, .. } => each(&mut fields.iter().map(|field| &field.value)),
        ExprKind::With { changes, .. } => each(&mut changes.iter().map(|change| &change.value)),
        ExprKind::List(items) => each(&mut items.iter()),
        ExprKind::Else { expr, default } => each(&mut [&**expr, default].into_iter()),
    }
}

fn collect_pattern<'a>(pattern: &'a MatchPattern, found: &mut Vec<(&'a str, Span)>) {
    match pattern {
        MatchPattern::Literal(literal) => collect(literal, found),
        MatchPattern::Or(patterns) => {
            patterns
                .iter()
                .for_each(|pattern| collect_pattern(pattern, found));
        }
        MatchPattern::Wildcard(_) | MatchPattern::Name(_) => {}
    }
}
