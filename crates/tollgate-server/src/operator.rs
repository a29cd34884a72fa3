//! What the operator, who has the data of a server, may do without a key: keys of its tenants, tenants, and what they may have and spend. Also beside a
//! server that works.

use rand::Rng as _;
use tollgate::PriceList;
use tollgate_api::Budget;
use tollgate_state::access::{KeyText, NewKey, Role, Roles};
use tollgate_state::audit::Act;
use tollgate_state::ledger::{self, NewBudget, SetBy};
use tollgate_state::price::{Prices, PricesOf};
use tollgate_state::quota::Quotas;
use tollgate_state::{StateError, Store};

use crate::data::ServerData;
use crate::folder::{Folder, FolderError};
use crate::{clock, ids, prices};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The state refuses.
    #[error(transparent)]
    State(#[from] StateError),
}

fn found(data: &ServerData) -> Result<Store, OperatorError> {
    let folder = Folder::find(&data.folder)?;
    Ok(data.found_state(&folder)?)
}

/// Makes an admin key of `tenant`, and the tenant if there is none, in the data of a server that has begun before. The key
/// is nowhere else.
///
/// # Errors
/// See [`OperatorError`].
pub fn admin_key(data: &ServerData, tenant: &str) -> Result<KeyText, OperatorError> {
    let mut store = found(data)?;
    let act = act(tenant, "access");
    let (text, key) = admin("made by the operator")?;
    if store.tenants()?.iter().any(|known| known == tenant) {
        store.put_key(&act, &key)?;
    } else {
        store.found_tenant(&act, &key)?;
    }
    Ok(text)
}

/// Sets what `tenant` may spend in all, micro-dollars, in the data of a server that has begun before; its own admins can set no
/// more. `None`: there is no bound.
///
/// # Errors
/// See [`OperatorError`].
pub fn set_budget(
    data: &ServerData,
    tenant: &str,
    limit: Option<u64>,
) -> Result<Budget, OperatorError> {
    let mut store = found(data)?;
    let id = ids::random("budget");
    let new = NewBudget {
        id: &id,
        limit,
        by: SetBy::Operator,
    };
    Ok(wire(&store.set_budget(&act(tenant, "budget"), &new)?))
}

/// A budget as it is told.
pub(crate) fn wire(budget: &ledger::Budget) -> Budget {
    let ledger::Budget {
        limit,
        ceiling,
        spent,
        reserved,
    } = *budget;
    Budget {
        limit_micro_usd: limit,
        ceiling_micro_usd: ceiling,
        spent_micro_usd: spent,
        reserved_micro_usd: reserved,
        left_micro_usd: budget.left(),
    }
}

/// Changes the quotas of `tenant` in the data of a server that has begun before. Requests that come from then on are judged
/// by them.
///
/// # Errors
/// See [`OperatorError`].
pub fn change_quotas(
    data: &ServerData,
    tenant: &str,
    change: impl FnOnce(Quotas) -> Quotas,
) -> Result<(), OperatorError> {
    let mut store = found(data)?;
    store.change_quotas(&act(tenant, "quota"), change)?;
    Ok(())
}

/// Changes the prices of `tenant`, or of one of its modules, in the data of a server that has begun before, and returns what they
/// are then. Where there were none, those that were in force until then are changed. Runs that begin from then on are charged by
/// them.
///
/// # Errors
/// See [`OperatorError`].
pub fn change_prices(
    data: &ServerData,
    (tenant, of): (&str, PricesOf<'_>),
    change: impl FnOnce(Prices) -> Prices,
) -> Result<Prices, OperatorError> {
    let mut store = found(data)?;
    let change =
        |before: Option<_>| change(before.unwrap_or_else(|| prices::kept(&PriceList::standard())));
    Ok(store.change_prices(&act(tenant, "price"), of, change)?)
}

/// Removes prices of `tenant`, or of one of its modules.
///
/// # Errors
/// See [`OperatorError`].
pub fn remove_prices(
    data: &ServerData,
    (tenant, of): (&str, PricesOf<'_>),
) -> Result<(), OperatorError> {
    let mut store = found(data)?;
    Ok(store.remove_prices(&act(tenant, "price"), of)?)
}

/// What is done without a key, for the audit log.
pub(crate) fn act<'a>(tenant: &'a str, request: &'a str) -> Act<'a> {
    Act {
        tenant,
        actor: "operator",
        origin: "local",
        request,
        at: clock::now(),
    }
}

/// What a server does by itself, for the audit log.
pub(crate) fn by_nobody() -> Act<'static> {
    Act {
        actor: "server",
        ..act("", "upkeep")
    }
}

/// A key that may do everything but approve, because who asks is not who approves.
pub(crate) fn admin(name: &str) -> Result<(KeyText, NewKey), StateError> {
    let text = new_key();
    let key = NewKey {
        key: text.kept()?,
        name: name.to_owned(),
        roles: Roles::from([Role::Admin, Role::Publisher, Role::Caller, Role::Auditor]),
        expires_at: None,
    };
    Ok((text, key))
}

/// A key of random bytes.
pub(crate) fn new_key() -> KeyText {
    let mut random = [0; 38];
    rand::rng().fill_bytes(&mut random);
    KeyText::from_random(random)
}
