//! Whether the server lives and can work, and what it says of itself.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use tollgate_api::{ErrorCode, Health};

use super::{json, json_bytes};
use crate::error::ApiError;
use crate::openapi;
use crate::shared::Shared;

/// Says that the server lives.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "health",
    responses((status = 200, body = Health, description = "It is.")),
    security(()),
)]
pub(crate) async fn alive() -> Result<Response<Body>, ApiError> {
    ok()
}

/// Says that the server can work: its state can be read and it takes runs.
#[utoipa::path(
    get,
    path = "/ready",
    operation_id = "ready",
    responses((status = 200, body = Health, description = "It is."), (status = 503, body = tollgate_api::ErrorBody, description = "It takes on nothing now.")),
    security(()),
)]
pub(crate) async fn ready(State(shared): State<Arc<Shared>>) -> Result<Response<Body>, ApiError> {
    let read = shared.database.run(|store| Ok(store.tenants()?)).await;
    if read.is_err() || !shared.tollgate.is_started() {
        let message = "the server is stopping, or its database cannot be read";
        return Err(ApiError::new(ErrorCode::Unavailable, message));
    }
    ok()
}

fn ok() -> Result<Response<Body>, ApiError> {
    let status = "ok".to_owned();
    json(StatusCode::OK, &Health { status })
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "openapi",
    responses((status = 200, body = Object, description = "The document.")),
    security(()),
)]
pub(crate) async fn openapi() -> Result<Response<Body>, ApiError> {
    // It is the same for everybody, and large: whoever asks again and again takes no time of the others.
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = match TEXT.get() {
        Some(text) => text,
        None => {
            let text = serde_json::to_string(&openapi::document());
            let text = text.map_err(|e| ApiError::internal(&e))?;
            TEXT.get_or_init(|| text)
        }
    };
    Ok(json_bytes(StatusCode::OK, text.as_str()))
}
