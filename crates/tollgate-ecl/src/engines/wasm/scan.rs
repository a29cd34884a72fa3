//! What a program uses, found by walking all of it once.

use std::collections::BTreeSet;

use crate::data::gas::Gas;
use crate::data::types::Type;
use crate::ir::cost;
use crate::ir::{BinaryOp, Body, Expr, ExprKind, FactKind, Program};

/// What a program uses.
pub(super) struct Uses {
    /// Kinds of facts it asks for.
    pub(super) facts: BTreeSet<FactKind>,
    /// Whether it charges anything outside of the compute layer.
    pub(super) layered: bool,
    /// Bytes of the longest glob that is data, if any is.
    pub(super) glob_bytes: Option<u32>,
}

impl Uses {
    pub(super) fn of(program: &Program) -> Self {
        let mut uses = Self {
            facts: BTreeSet::new(),
            layered: matches!(&program.body, Body::Policy(policy) if !policy.effects.is_empty()),
            glob_bytes: None,
        };
        let mut rest = program.roots();
        while let Some(expr) = rest.pop() {
            match &expr.kind {
                ExprKind::Fact { kind, .. } => {
                    uses.facts.insert(*kind);
                }
                ExprKind::Binary {
                    op: BinaryOp::GlobMatch,
                    right,
                    ..
                } => uses.glob_bytes = uses.glob_bytes.max(Some(longest(right))),
                _ => {}
            }
            uses.layered |= is_layered(&cost::node(expr));
            expr.each_child(&mut |child| rest.push(child));
        }
        uses
    }
}

/// Bytes that a glob may have.
fn longest(glob: &Expr) -> u32 {
    match glob.ty {
        Type::String(bytes) => bytes,
        _ => 0,
    }
}

/// Whether any of the gas is in a layer other than compute.
pub(super) const fn is_layered(gas: &Gas) -> bool {
    gas.network | gas.storage | gas.realm != 0
}
