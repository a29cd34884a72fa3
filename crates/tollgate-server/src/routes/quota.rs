//! `/api/v1/quota`: how much of the server the tenant may have, and has. The operator sets it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use tollgate_api::{ErrorBody, Quota};
use tollgate_state::access::Role;

use super::json;
use crate::caller::Caller;
use crate::clock;
use crate::error::ApiError;
use crate::limits::REQUESTS_PER_MINUTE;
use crate::shared::Shared;

/// Shows how much of the server the tenant may have, and has.
#[utoipa::path(
    get,
    path = "/api/v1/quota",
    operation_id = "show_quota",
    responses((status = 200, body = Quota, description = "What the tenant may use, and what it has used."), (status = "default", response = ErrorBody)),
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
    let casts_at_once = caller.casts_of(&shared) as u64;
    let (quotas, used) = shared
        .database
        .run(move |store| {
            let used = store.quota_use(caller.tenant(), clock::now())?;
            Ok((store.quotas(caller.tenant())?, used))
        })
        .await?;
    let quota = Quota {
        requests_per_minute: quotas.requests_per_minute.unwrap_or(REQUESTS_PER_MINUTE),
        casts_at_once,
        storage_bytes: quotas.storage(),
        gas_per_day: quotas.gas_per_day,
        storage_bytes_used: used.storage_bytes,
        answer_bytes_used: used.answer_bytes,
        gas_used: used.gas_used,
        gas_reserved: used.gas_reserved,
    };
    json(StatusCode::OK, &quota)
}
