//! Networks that stand beside a network they are in.
//!
//! A text in a list need not be a network, and the trees have no types: so a list counts when a program has the same networks as a
//! constant list of them. Of networks that are ordered by their first address one that is inside of another stands behind it, before the
//! next one that is not.

use std::collections::HashSet;

use super::found::{Lints, warning};
use crate::check::Compiled;
use crate::check::stdlib::{self, Builtin};
use crate::codes::lint as codes;
use crate::data::net::Cidr;
use crate::data::types::Type;
use crate::ir::value::{self, Value};
use crate::ir::{self, Body, Handle, Program};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind};

/// The list that a call or an operator asks for what is in it, as it is written.
pub(super) fn asked(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::Binary {
            op: BinaryOp::In | BinaryOp::NotIn,
            right,
            ..
        } => vec![&**right],
        ExprKind::Call { name, args, .. } => match stdlib::lookup(&name.node) {
            Some(Builtin::Overlaps | Builtin::IsSubset) => args.iter().collect(),
            Some(Builtin::Contains) => args.iter().take(1).collect(),
            Some(Builtin::Intersection | Builtin::Difference) => args.iter().skip(1).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Says of each network in a list that another one of the list has its addresses.
pub(super) fn covered(lists: &[&Expr], compiled: &Compiled, lints: &mut Lints<'_>) {
    let lists: Vec<_> = lists.iter().filter_map(|list| written(list)).collect();
    if lists.is_empty() {
        return;
    }
    let advisories = compiled.advisories.iter().map(|advisory| &advisory.program);
    let mut known = HashSet::new();
    for program in compiled.programs.iter().chain(advisories) {
        of_program(program, &mut known);
    }
    // A constraint is looked at for each policy that has it.
    let mut told = HashSet::new();
    for networks in lists {
        let values: Vec<Cidr> = networks.iter().map(|(_, network)| *network).collect();
        let is_new = networks.first().is_some_and(|(e, _)| told.insert(e.span));
        if is_new && known.contains(&values) {
            look(networks, lints);
        }
    }
}

/// The networks of a written list of nothing else.
fn written(list: &Expr) -> Option<Vec<(&Expr, Cidr)>> {
    let ExprKind::List(items) = &list.kind else {
        return None;
    };
    let networks = items.iter().map(|item| match &item.kind {
        ExprKind::Str(text) => Some((item, text.parse().ok()?)),
        _ => None,
    });
    networks.collect::<Option<_>>()
}

fn look(mut networks: Vec<(&Expr, Cidr)>, lints: &mut Lints<'_>) {
    networks.sort_by_key(|(_, network)| (network.first(), network.prefix()));
    let mut rest = networks.into_iter();
    let Some(mut outer) = rest.next() else {
        return;
    };
    for inner in rest {
        let ((e, network), (around, of)) = (inner, outer);
        if !of.covers(&network) {
            outer = inner;
            continue;
        }
        let text = match network == of {
            true => format!("`{network}` stands in this list twice"),
            false => format!("`{network}` is inside of `{of}`, which is in this list too"),
        };
        let found = warning(codes::COVERED_NETWORK, e.span, text).at(around.span, "");
        let help = "remove it: the other one has all its addresses";
        lints.add(lints.removed(found, e.span, help));
    }
}

/// The constant lists of networks that a program has.
fn of_program(program: &Program, known: &mut HashSet<Vec<Cidr>>) {
    let mut rest = program.roots();
    while let Some(e) = rest.pop() {
        if let ir::ExprKind::Text(list) = e.kind {
            known.extend(networks(program, &e.ty, list));
        }
        e.each_child(&mut |child| rest.push(child));
    }
    let Body::Policy(policy) = &program.body else {
        return;
    };
    for group in &policy.groups {
        let shapes: Vec<_> = group.plan.shapes.iter().map(ir::Expr::params).collect();
        for rule in &group.rules {
            for (offset, ty) in shapes.get(rule.shape as usize).into_iter().flatten() {
                let word = value::word(&program.pool.bytes, rule.params.saturating_add(*offset));
                known.extend(word.and_then(|word| networks(program, ty, Handle(word))));
            }
        }
    }
}

fn networks(program: &Program, ty: &Type, list: Handle) -> Option<Vec<Cidr>> {
    if !matches!(ty, Type::List(element, _) if **element == Type::Cidr) {
        return None;
    }
    let found = value::from_words(program, &program.pool.bytes, ty, [list.0, 0])?;
    let Value::List(items) = found else {
        return None;
    };
    let networks = items.into_iter().map(|item| match item {
        Value::Cidr(network) => Some(network),
        _ => None,
    });
    networks.collect()
}
