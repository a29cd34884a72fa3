//! `/api/v1/budget`: what the tenant may spend, what its runs cost, and every movement of money.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, Uri};
use tollgate_api::{
    Budget, ErrorBody, LedgerVerification, SetBudget, Transfer, TransferKind, Transfers,
};
use tollgate_state::Store;
use tollgate_state::access::Role;
use tollgate_state::ledger::{
    LedgerVerdict, Movement, NewBudget, Resolution, SetBy, TransferEntry,
};

use super::{json, next_page, page};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::limits::VERIFICATION_WAIT;
use crate::operator::wire;
use crate::shared::Shared;
use crate::{body, clock, ids};

/// Shows what the tenant may spend, and what became of it.
#[utoipa::path(
    get,
    path = "/api/v1/budget",
    operation_id = "show_budget",
    responses((status = 200, body = Budget, description = "The budget, and what became of it."), (status = "default", response = ErrorBody)),
    security(("key" = ["caller"]), ("key" = ["admin"]), ("key" = ["auditor"])),
)]
pub(crate) async fn show(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Caller, Role::Admin, Role::Auditor])?;
    let budget = shared
        .database
        .run(move |store| Ok(store.budget(caller.tenant())?))
        .await?;
    json(StatusCode::OK, &wire(&budget))
}

/// Sets what the tenant may spend in all, up to what the operator of the server lets it.
#[utoipa::path(
    put,
    path = "/api/v1/budget",
    operation_id = "set_budget",
    request_body = SetBudget,
    responses((status = 200, body = Budget, description = "The budget, and what became of it."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"])),
)]
pub(crate) async fn set(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Admin])?;
    let (head, content) = request.into_parts();
    let asked: SetBudget = body::json(content, &head.headers, caller.small_body(&shared)).await?;
    let set = move |store: &mut Store| {
        let id = ids::random("budget");
        let new = NewBudget {
            id: &id,
            limit: asked.limit_micro_usd,
            by: SetBy::Tenant,
        };
        Ok(store.set_budget(&caller.act(), &new)?)
    };
    let budget = shared.database.run(set).await?;
    json(StatusCode::OK, &wire(&budget))
}

/// Lists the movements of money of the tenant.
#[utoipa::path(
    get,
    path = "/api/v1/budget/transfers",
    operation_id = "list_transfers",
    params(("page" = Option<String>, Query)),
    responses((status = 200, body = Transfers, description = "One page of movements."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"]), ("key" = ["auditor"])),
)]
pub(crate) async fn transfers(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    let after = page(&uri)?;
    let entries = shared
        .database
        .run(move |store| Ok(store.transfers(caller.tenant(), after)?))
        .await?;
    let next_page = next_page(entries.len(), entries.last().map(|entry| entry.seq));
    let transfers = entries.into_iter().map(transfer).collect();
    let listed = Transfers {
        transfers,
        next_page,
    };
    json(StatusCode::OK, &listed)
}

/// Computes the ledger of the tenant again, from its movements and from what its runs cost.
#[utoipa::path(
    get,
    path = "/api/v1/budget/verification",
    operation_id = "verify_ledger",
    responses(
        (status = 200, body = LedgerVerification, description = "Whether the ledger is whole, and if not, what differs."),
        (status = "default", response = ErrorBody),
    ),
    security(("key" = ["auditor"])),
)]
pub(crate) async fn verify(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Auditor])?;
    // It reads everything: one at a time leaves the database to others.
    let turn = shared
        .verifications
        .take(caller.tenant(), VERIFICATION_WAIT);
    let turn = turn
        .await
        .map_err(|full| ApiError::full("checks of whole logs", full))?;
    let check = move |store: &mut Store| {
        let verdict = store.verify_ledger(caller.tenant())?;
        drop(turn);
        Ok(verdict)
    };
    let found = match shared.database.run(check).await? {
        LedgerVerdict::Whole {
            transfers,
            spent,
            reserved: _,
        } => LedgerVerification {
            whole: true,
            transfers: Some(transfers),
            spent_micro_usd: Some(spent),
            why: None,
        },
        LedgerVerdict::Broken { why } => LedgerVerification {
            whole: false,
            transfers: None,
            spent_micro_usd: None,
            why: Some(why),
        },
    };
    json(StatusCode::OK, &found)
}

fn transfer(entry: TransferEntry) -> Transfer {
    let TransferEntry {
        seq,
        id,
        movement,
        debit,
        credit,
        amount,
        at,
    } = entry;
    let kind = match movement {
        Movement::Moved => TransferKind::Moved,
        Movement::Reserved { expires_at: _ } => TransferKind::Reserved,
        Movement::Ended(Resolution::Posted(_)) => TransferKind::Posted,
        Movement::Ended(Resolution::Voided) => TransferKind::Voided,
        Movement::Ended(Resolution::Expired) => TransferKind::Expired,
    };
    Transfer {
        seq,
        id,
        kind,
        debit: debit.name().to_owned(),
        credit: credit.name().to_owned(),
        amount_micro_usd: amount,
        at: clock::text(at),
    }
}
