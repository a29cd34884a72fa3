//! `/api/v1/prices`: what runs of the tenant cost. The operator sets it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use tollgate::{Cost, PriceList};
use tollgate_api::{ErrorBody, PriceLists, Prices};
use tollgate_state::access::Role;
use tollgate_state::price;

use super::json;
use crate::caller::Caller;
use crate::clock;
use crate::error::ApiError;
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

/// Prices that were set, as a run is charged by them.
pub(super) fn list(set: &price::Prices) -> PriceList {
    let price::Prices {
        second,
        megabyte,
        giga_gas,
        minimum,
    } = *set;
    PriceList {
        second: Cost::from_micro_usd(second),
        megabyte: Cost::from_micro_usd(megabyte),
        giga_gas: Cost::from_micro_usd(giga_gas),
        minimum: Cost::from_micro_usd(minimum),
    }
}

/// Prices as they are told.
pub(super) fn wire(list: &PriceList) -> Prices {
    let PriceList {
        second,
        megabyte,
        giga_gas,
        minimum,
    } = *list;
    Prices {
        second_micro_usd: second.micro_usd(),
        megabyte_micro_usd: megabyte.micro_usd(),
        giga_gas_micro_usd: giga_gas.micro_usd(),
        minimum_micro_usd: minimum.micro_usd(),
    }
}
