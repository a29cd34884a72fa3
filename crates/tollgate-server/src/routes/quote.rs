//! `/api/v1/casts/quote`: what a run would cost.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use tollgate_api::{ErrorBody, NewCast, Quote};
use tollgate_state::access::Role;

use super::casts::{Order, load, ordered, sent};
use super::json;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::found::resolve;
use crate::prices;
use crate::run::Asked;
use crate::shared::Shared;

/// Says what a run would cost at least and at most, and runs nothing: its body is that of a run. What is refused here would be
/// refused there. A policy is not asked, and nothing is reserved.
#[utoipa::path(
    post,
    path = "/api/v1/casts/quote",
    operation_id = "quote_cast",
    request_body = NewCast,
    responses((status = 200, body = Quote, description = "The price."), (status = "default", response = ErrorBody)),
    security(("key" = ["caller"])),
)]
pub(crate) async fn quote(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Caller])?;
    let (head, content) = request.into_parts();
    let sent = sent((&shared, &caller), &head.headers, content).await?;
    let Order { wanted, sent, .. } = ordered(sent, None).await?;
    let found = resolve(&shared, &caller, &wanted.module).await?;
    let module = load(&shared, &caller, &found.version).await?;
    let quoted = tokio::task::spawn_blocking(move || {
        let asked = Asked::read(&module, found.prices, wanted)?;
        drop(sent);
        let prices = asked.prices();
        Ok(Quote {
            module: found.version.name,
            version: found.version.version,
            least_micro_usd: prices.minimum.micro_usd(),
            most_micro_usd: asked.cost_max().micro_usd(),
            prices: prices::wire(prices),
        })
    });
    let quoted: Result<Quote, ApiError> = quoted.await.map_err(|e| ApiError::internal(&e))?;
    json(StatusCode::OK, &quoted?)
}
