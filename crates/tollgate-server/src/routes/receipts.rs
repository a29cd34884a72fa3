//! Receipts of runs, and the key that signed them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use tollgate_api::{ErrorBody, ErrorCode, ReceiptSigner};
use tollgate_state::access::Role;
use tollgate_state::cast::{CastEntry, CastState};

use super::json;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::shared::Shared;

/// A [DSSE](https://github.com/secure-systems-lab/dsse) envelope.
const ENVELOPE: HeaderValue = HeaderValue::from_static("application/vnd.dsse.envelope.v1+json");

/// Gives the receipt of a run, a signed line (`docs/receipts.md`): as long as its answer is kept. What did not run has none.
#[utoipa::path(
    get,
    path = "/api/v1/casts/{id}/receipt",
    operation_id = "cast_receipt",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Object, content_type = "application/vnd.dsse.envelope.v1+json", description = "The receipt, signed."),
        (status = "default", response = ErrorBody),
    ),
    security(("key" = ["caller"]), ("key" = ["admin"]), ("key" = ["auditor"])),
)]
pub(crate) async fn of_cast(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Caller, Role::Admin, Role::Auditor])?;
    let mut line = shared
        .database
        .run(move |store| match store.receipt(caller.tenant(), &id)? {
            Some(line) => Ok(line),
            // The run is read for what is said of it: its answer may be a thousand times as long as a receipt.
            None => Err(none(&store.cast(caller.tenant(), &id)?)),
        })
        .await?;
    line.push('\n');
    let mut response = Response::new(Body::from(line));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, ENVELOPE);
    Ok(response)
}

/// Why a run has no receipt.
fn none(cast: &CastEntry) -> ApiError {
    let CastEntry {
        id, state, answer, ..
    } = cast;
    let (code, why) = match (state, answer) {
        (CastState::Running, _) => (ErrorCode::Conflict, "has not ended; ask again when it has"),
        (CastState::Lost, _) => (
            ErrorCode::NotFound,
            "was lost with its server, and has no receipt",
        ),
        (CastState::Ended, None) => (
            ErrorCode::NotFound,
            "ended so long ago that its receipt is not kept any more",
        ),
        (CastState::Ended, Some(_)) => (
            ErrorCode::NotFound,
            "has no receipt: nothing ran, or it ran before there were any",
        ),
    };
    ApiError::new(code, format!("the run `{id}` {why}"))
}

/// Says which key signs the receipts of this server, and which have signed those of its state.
#[utoipa::path(
    get,
    path = "/api/v1/receipts/signer",
    operation_id = "receipt_signer",
    responses((status = 200, body = ReceiptSigner, description = "The public key that receipts are signed with."), (status = "default", response = ErrorBody)),
    security(
        ("key" = ["admin"]),
        ("key" = ["publisher"]),
        ("key" = ["caller"]),
        ("key" = ["approver"]),
        ("key" = ["auditor"])
    ),
)]
pub(crate) async fn signer(
    _caller: Caller,
    State(shared): State<Arc<Shared>>,
) -> Result<Response<Body>, ApiError> {
    let signers = shared.database.run(|store| Ok(store.signers()?)).await?;
    let signer = ReceiptSigner {
        signer: shared.signer.public().to_string(),
        signers,
    };
    json(StatusCode::OK, &signer)
}
