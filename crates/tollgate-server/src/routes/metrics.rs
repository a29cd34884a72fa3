//! `/metrics` of the listener that gives numbers.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};

use crate::error::ApiError;
use crate::metrics::Now;
use crate::shared::Shared;

const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Gives the numbers.
pub(crate) async fn show(State(shared): State<Arc<Shared>>) -> Result<Response<Body>, ApiError> {
    let text = tokio::task::spawn_blocking(move || {
        let now = Now {
            tollgate: &shared.tollgate,
            casts: &shared.casts,
            parked: &shared.parked,
        };
        shared.metrics.text(&now)
    });
    let text = text.await.map_err(|e| ApiError::internal(&e))?;
    let text = text.map_err(|e| ApiError::internal(&e))?;
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static(TEXT);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
