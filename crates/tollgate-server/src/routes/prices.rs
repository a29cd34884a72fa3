//! `/api/v1/prices`: what runs of the tenant cost. The operator sets it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use tollgate_api::{ErrorBody, PriceLists};
use tollgate_state::access::Role;

use super::json;
use crate::caller::Caller;
use crate::clock;
use crate::error::ApiError;
use crate::prices::{list, wire};
use crate::shared::Shared;

/// Shows what runs of the tenant cost from now on.
#[utoipa::path(
    get,
    path = "/api/v1/prices",
    operation_id = "show_prices",
    responses((status = 200, body = PriceLists, description = "The prices."), (status = "default", response = ErrorBody)),
    security(
        ("key" = ["publisher"]),
        ("key" = ["caller"]),
        ("key" = ["admin"]),
        ("key" = ["auditor"])
    ),
)]
pub(crate) async fn show(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Publisher, Role::Caller, Role::Admin, Role::Auditor])?;
    let set = shared
        .database
        .run(move |store| Ok(store.prices(caller.tenant())?))
        .await?;
    let lists = set.into_iter().map(|entry| tollgate_api::PriceList {
        module: entry.module,
        prices: wire(&list(&entry.prices)),
        set_at: clock::text(entry.set_at),
    });
    let lists = PriceLists {
        standard: wire(&shared.tollgate.prices()),
        lists: lists.collect(),
    };
    json(StatusCode::OK, &lists)
}
