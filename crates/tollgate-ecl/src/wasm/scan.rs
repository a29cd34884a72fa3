//! What a program uses, found by walking all of it once.

use std::collections::BTreeSet;

use crate::gas::{self, Gas};
use crate::ir::{Body, ExprKind, FactKind, Program};

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
        let mut rest = program.roots();
        while let Some(expr) = rest.pop() {
            if let ExprKind::Fact { kind, .. } = expr.kind {
                uses.facts.insert(kind);
            }
            uses.layered |= is_layered(&gas::node(expr));
            expr.each_child(&mut |child| rest.push(child));
        }
        uses
    }
}

/// Whether any of the gas is in a layer other than compute.
pub(super) const fn is_layered(gas: &Gas) -> bool {
    gas.network | gas.storage | gas.realm != 0
}
