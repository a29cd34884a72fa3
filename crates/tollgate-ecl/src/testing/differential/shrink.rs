//! Makes a case smaller while it still differs: fewer runs, rules and effects; expressions replaced by parts of themselves
//! or by plain constants.

use crate::data::types::Type;
use crate::ir::{Body, Expr, ExprKind, Handle};
use crate::testing::generate::Case;

/// Attempts at most. Each compiles and runs a program.
const ATTEMPTS_MAX: usize = 4_000;

/// The smallest case found that still differs.
pub(super) fn shrink(mut case: Case, differs: &mut dyn FnMut(&Case) -> bool) -> Case {
    let mut attempts = 0;
    loop {
        let before = attempts;
        let mut progress = false;
        for candidate in structural(&case) {
            attempts += 1;
            if differs(&candidate) {
                case = candidate;
                progress = true;
                break;
            }
        }
        if !progress {
            progress = expressions(&mut case, differs, &mut attempts);
        }
        if !progress || attempts > ATTEMPTS_MAX || attempts == before {
            return case;
        }
    }
}

/// The case without one of its parts.
fn structural(case: &Case) -> Vec<Case> {
    let mut candidates = Vec::new();
    if case.runs.len() > 1 {
        for run in &case.runs {
            candidates.push(Case {
                runs: vec![run.clone()],
                ..case.clone()
            });
        }
    }
    let Body::Policy(policy) = &case.program.body else {
        return candidates;
    };
    let mut without = |edit: &dyn Fn(&mut crate::ir::PolicyBody)| {
        let mut smaller = case.clone();
        if let Body::Policy(policy) = &mut smaller.program.body {
            edit(policy);
        }
        candidates.push(smaller);
    };
    for at in 0..policy.effects.len() {
        without(&|p| drop(p.effects.remove(at)));
    }
    for (number, group) in policy.groups.iter().enumerate() {
        without(&|p| drop(p.groups.remove(number)));
        if group.plan.index.is_some() {
            without(&|p| {
                p.groups
                    .iter_mut()
                    .skip(number)
                    .take(1)
                    .for_each(|g| g.plan.index = None)
            });
            continue;
        }
        for rule in 0..group.rules.len() {
            without(&|p| {
                let groups = p.groups.iter_mut().skip(number).take(1);
                groups.for_each(|g| drop(g.rules.remove(rule)));
            });
        }
    }
    candidates
}

/// Replaces one expression by something smaller; false when nothing works.
fn expressions(
    case: &mut Case,
    differs: &mut dyn FnMut(&Case) -> bool,
    attempts: &mut usize,
) -> bool {
    for function in 0..case.program.functions.len() + 1 {
        let mut count = 0;
        visit(&mut case.clone(), function, &mut |_| count += 1);
        for site in 0..count {
            let mut options = Vec::new();
            at(case, function, site, &mut |expr| options = smaller(expr));
            for option in options {
                let mut candidate = case.clone();
                at(&mut candidate, function, site, &mut |expr| {
                    *expr = option.clone()
                });
                *attempts += 1;
                if differs(&candidate) {
                    *case = candidate;
                    return true;
                }
            }
        }
    }
    false
}

/// Visits the expressions of a function, or of the body for the number after the last one.
fn visit(case: &mut Case, function: usize, act: &mut dyn FnMut(&mut Expr)) {
    match case.program.functions.get_mut(function) {
        Some(function) => {
            let mut body = Body::Guard(function.body.clone());
            body.each_root_mut(&mut |root| root.walk_mut(act));
            if let Body::Guard(changed) = body {
                function.body = changed;
            }
        }
        None => case
            .program
            .body
            .each_root_mut(&mut |root| root.walk_mut(act)),
    }
}

fn at(case: &mut Case, function: usize, site: usize, act: &mut dyn FnMut(&mut Expr)) {
    let mut number = 0;
    visit(case, function, &mut |expr| {
        if number == site {
            act(expr);
        }
        number += 1;
    });
}

/// What an expression could be replaced by.
fn smaller(expr: &mut Expr) -> Vec<Expr> {
    let ty = expr.ty.clone();
    let plain = |kind| Expr {
        kind,
        ty: ty.clone(),
        point: expr.point,
    };
    let constant = match &ty {
        Type::Bool => vec![plain(ExprKind::Bool(false)), plain(ExprKind::Bool(true))],
        Type::Int | Type::Instant | Type::Duration | Type::Enum(_) => vec![plain(ExprKind::Int(0))],
        Type::Number => vec![plain(ExprKind::Number(0.0))],
        Type::Decimal | Type::Money(_) | Type::Quantity(_) | Type::Ip => {
            vec![plain(ExprKind::Wide(0))]
        }
        Type::List(..) | Type::Map(..) | Type::String(_) => vec![plain(ExprKind::Text(Handle(0)))],
        Type::Option(_) => vec![plain(ExprKind::NoneOf)],
        _ => vec![],
    };
    let is_constant = matches!(
        expr.kind,
        ExprKind::Bool(_)
            | ExprKind::Int(0)
            | ExprKind::Wide(0)
            | ExprKind::Text(Handle(0))
            | ExprKind::NoneOf
            | ExprKind::Probe { .. }
    ) || matches!(expr.kind, ExprKind::Number(n) if n == 0.0);
    let parts = expr.children().into_iter().filter(|part| part.ty == ty);
    // A part may use a local its parent binds; then the local is zero, which is no value of a record.
    let parts = parts.cloned();
    if is_constant {
        return parts.collect();
    }
    constant.into_iter().chain(parts).collect()
}
