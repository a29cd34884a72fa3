//! Networks that stand beside a network they are in, and networks that are compared as texts.
//!
//! A text in a list need not be a network, and the trees have no types: so a list counts when a program has the same networks as a
//! constant list of them, or the same texts. Of networks that are ordered by their first address one that is inside of another stands
//! behind it, before the next one that is not.

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

/// The constant lists of the programs of a bundle.
#[derive(Default)]
struct Lists {
    /// The lists of the program that were read: many rules may have the same one.
    read: HashSet<(Handle, Type)>,
    networks: HashSet<Vec<Cidr>>,
    texts: HashSet<Vec<Box<str>>>,
}

/// Says of each network in a list that another one of the list has its addresses, and of a list of networks that it is one of
/// texts.
pub(super) fn look(lists: &[&Expr], compiled: &Compiled, lints: &mut Lints<'_>) {
    let lists: Vec<_> = lists.iter().filter_map(|list| written(list)).collect();
    if lists.is_empty() {
        return;
    }
    let advisories = compiled.advisories.iter().map(|advisory| &advisory.program);
    let mut known = Lists::default();
    for program in compiled.programs.iter().chain(advisories) {
        known.add(program);
    }
    // A constraint is looked at for each policy that has it.
    let mut told = HashSet::new();
    for Written {
        list,
        networks,
        texts,
    } in lists
    {
        if networks.is_empty() || !told.insert(list.span) {
            continue;
        }
        let values: Vec<Cidr> = networks.iter().map(|(_, network)| *network).collect();
        if known.networks.contains(&values) {
            covered(networks, lints);
        } else if known.texts.contains(&texts) {
            let text = "these networks are compared as texts: no address is in them";
            let found = warning(codes::NETWORKS_AS_TEXTS, list.span, text);
            let help = "declare what is looked for as `ip`, or as `cidr` if it is a network";
            lints.add(found.help(help));
        }
    }
}

/// A written list of networks and of nothing else.
struct Written<'e> {
    list: &'e Expr,
    networks: Vec<(&'e Expr, Cidr)>,
    texts: Vec<Box<str>>,
}

fn written(list: &Expr) -> Option<Written<'_>> {
    let ExprKind::List(items) = &list.kind else {
        return None;
    };
    let mut networks = Vec::with_capacity(items.len());
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        let ExprKind::Str(text) = &item.kind else {
            return None;
        };
        networks.push((item, text.parse().ok()?));
        texts.push(text.as_str().into());
    }
    Some(Written {
        list,
        networks,
        texts,
    })
}

fn covered(mut networks: Vec<(&Expr, Cidr)>, lints: &mut Lints<'_>) {
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

impl Lists {
    /// Adds the lists of a program.
    fn add(&mut self, program: &Program) {
        self.read.clear();
        let mut rest = program.roots();
        while let Some(e) = rest.pop() {
            if let ir::ExprKind::Text(list) = e.kind {
                self.add_list(program, &e.ty, list);
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
                    let at = rule.params.saturating_add(*offset);
                    if let Some(word) = value::word(&program.pool.bytes, at) {
                        self.add_list(program, ty, Handle(word));
                    }
                }
            }
        }
    }

    fn add_list(&mut self, program: &Program, ty: &Type, list: Handle) {
        let Type::List(element, _) = ty else {
            return;
        };
        if !matches!(**element, Type::Cidr | Type::String(_)) {
            return;
        }
        if !self.read.insert((list, ty.clone())) {
            return;
        }
        let found = value::from_words(program, &program.pool.bytes, ty, [list.0, 0]);
        let Some(Value::List(items)) = found else {
            return;
        };
        let networks = items.iter().map(|item| match item {
            Value::Cidr(network) => Some(*network),
            _ => None,
        });
        self.networks.extend(networks.collect::<Option<_>>());
        let texts = items.into_iter().map(|item| match item {
            Value::String(text) => Some(text),
            _ => None,
        });
        self.texts.extend(texts.collect::<Option<_>>());
    }
}
