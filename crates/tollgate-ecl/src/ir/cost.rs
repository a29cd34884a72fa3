//! What an expression costs. Gas is defined on the checked IR, not on an engine, so that both engines charge the same.
//!
//! **Blocks.** A block is an expression without the parts that may not be evaluated: the right side of AND and OR, the
//! branches of `if`, the body of a loop, the default of `else`, the body of a function, the part after a `Check`.
//! [`block`] is the sum over the nodes of one block. An engine charges a block once, when it enters it, before anything in
//! it is evaluated; a charge that does not fit is not made and ends the evaluation. What depends on lengths is charged
//! where it is done, after its operands are evaluated and before the work.

use crate::data::gas::{self, Gas, Layer};
use crate::ir::{Expr, ExprKind, FactKind, Keys};

/// What entering the block that starts at `expr` costs.
#[must_use]
pub(crate) fn block(expr: &Expr) -> Gas {
    let mut gas = node(expr);
    expr.each_unconditional(&mut |child| gas = gas.plus(&block(child)));
    gas
}

/// What one node costs by itself, wherever it stands.
#[must_use]
pub(crate) fn node(expr: &Expr) -> Gas {
    match &expr.kind {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Number(_)
        | ExprKind::Wide(_)
        | ExprKind::Text(_)
        | ExprKind::Const(_)
        | ExprKind::Param(_)
        | ExprKind::Let { .. }
        | ExprKind::Else { .. }
        | ExprKind::Effect { .. }
        | ExprKind::Probe { .. }
        | ExprKind::Fail { .. }
        | ExprKind::NoValue
        | ExprKind::NoneOf => Gas::ZERO,
        ExprKind::Input(_) | ExprKind::Local(_) | ExprKind::Field { .. } => {
            Gas::compute(gas::VARIABLE)
        }
        ExprKind::Unary { .. }
        | ExprKind::Binary { .. }
        | ExprKind::And(..)
        | ExprKind::Or(..)
        | ExprKind::If { .. }
        | ExprKind::Check { .. }
        | ExprKind::Some(_)
        | ExprKind::IsSome(_)
        | ExprKind::Payload(_)
        | ExprKind::In { .. }
        | ExprKind::Joined { .. }
        | ExprKind::Loop { .. }
        | ExprKind::Automaton { .. } => Gas::compute(gas::OPERATION),
        ExprKind::Record { fields } => Gas::compute(gas::ELEMENT * fields.len() as u64),
        ExprKind::List { items } => Gas::compute(gas::ELEMENT * items.len() as u64),
        ExprKind::Call { .. } => Gas::compute(gas::CALL),
        ExprKind::Fact { kind, .. } => fact(*kind),
    }
}

/// What finding a bucket costs, the key's own block not counted. It depends on the index alone.
#[must_use]
pub(crate) fn look_up(keys: &Keys) -> Gas {
    let search = match keys {
        Keys::Equal { .. } => 0,
        Keys::Ordered(cuts) => {
            let steps = u64::from(usize::BITS - cuts.len().leading_zeros());
            steps * (gas::INDEX_STEP + gas::text(cuts.bytes_compared()))
        }
    };
    Gas::compute(gas::INDEX_LOOKUP + search)
}

/// What asking the host costs.
#[must_use]
pub(crate) const fn fact(kind: FactKind) -> Gas {
    match kind {
        FactKind::Trust | FactKind::Karma => Gas::in_layer(Layer::Network, gas::TRUST_LOOKUP),
        FactKind::HasCredential => Gas::in_layer(Layer::Network, gas::CREDENTIAL_VERIFICATION),
        FactKind::ResolveDid
        | FactKind::Delegates
        | FactKind::ActiveSessions
        | FactKind::Balance => Gas::in_layer(Layer::Network, gas::DID_RESOLUTION),
        FactKind::Blueprint => Gas::in_layer(Layer::Network, gas::DID_RESOLUTION),
        FactKind::ConformsTo => Gas::compute(gas::BLUEPRINT_VALIDATION),
        FactKind::StoreGet => Gas::in_layer(Layer::Storage, gas::EFFECT),
        FactKind::RealmTrust => Gas::in_layer(Layer::Realm, gas::REALM_CROSSING),
    }
}
