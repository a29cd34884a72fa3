//! The handlers, one file for each resource: who asks, what, one domain function, the answer.

pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod budget;
pub(crate) mod casts;
pub(crate) mod content;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod metrics;
pub(crate) mod modules;
pub(crate) mod policy;
pub(crate) mod prices;
pub(crate) mod quota;
pub(crate) mod quote;
pub(crate) mod receipts;
pub(crate) mod signers;
pub(crate) mod statement;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use serde::Serialize;
use tollgate_state::limits::PAGE_ROWS_MAX;

use crate::error::ApiError;

/// An answer with a body in JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Result<Response<Body>, ApiError> {
    let bytes = serde_json::to_vec(body).map_err(|e| ApiError::internal(&e))?;
    Ok(json_bytes(status, bytes))
}

pub(crate) fn json_bytes(status: StatusCode, bytes: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The number after which a page begins: `?page=`, as the page before it said. Nothing else may stand there.
pub(crate) fn page(uri: &Uri) -> Result<i64, ApiError> {
    let Some(query) = uri.query().filter(|query| !query.is_empty()) else {
        return Ok(0);
    };
    let after = query.strip_prefix("page=").and_then(|page| {
        let plain = page.bytes().all(|b| b.is_ascii_digit());
        page.parse::<i64>().ok().filter(|_| plain)
    });
    after.ok_or_else(|| ApiError::bad("the query of a list is `page=` and what `next_page` said"))
}

/// What the next page is called, if this one is full.
pub(crate) fn next_page(rows: usize, last: Option<i64>) -> Option<String> {
    let full = rows as i64 >= PAGE_ROWS_MAX;
    last.filter(|_| full).map(|last| last.to_string())
}
