//! `/api/v1/audit`: the records of the caller's tenant, and whether the whole log is. For `auditor`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, Uri};
use tollgate_api::{AuditBreak, AuditRecord, AuditRecords, AuditVerification, ErrorBody};
use tollgate_state::Store;
use tollgate_state::access::Role;
use tollgate_state::audit::{self, AuditVerdict};

use super::{json, next_page, page};
use crate::anchor::Said;
use crate::caller::Caller;
use crate::clock;
use crate::error::ApiError;
use crate::limits::VERIFICATION_WAIT;
use crate::shared::Shared;

/// Lists the records of the tenant.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "list_audit",
    params(("page" = Option<String>, Query)),
    responses((status = 200, body = AuditRecords, description = "One page of records."), (status = "default", response = ErrorBody)),
    security(("key" = ["auditor"])),
)]
pub(crate) async fn list(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Auditor])?;
    let after = page(&uri)?;
    let records = shared
        .database
        .run(move |store| Ok(store.audit_page(caller.tenant(), after)?))
        .await?;
    let next_page = next_page(records.len(), records.last().map(|record| record.seq));
    let records = records.into_iter().map(wire).collect::<Result<_, _>>()?;
    json(StatusCode::OK, &AuditRecords { records, next_page })
}

/// Checks the whole log, record by record, and names the first one that does not follow.
#[utoipa::path(
    get,
    path = "/api/v1/audit/verification",
    operation_id = "verify_audit",
    responses(
        (status = 200, body = AuditVerification, description = "Whether the chain is whole, and if not, where it breaks."),
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
    let anchor = Arc::clone(&shared.anchor);
    let check = move |store: &mut Store| {
        let said = anchor.read().map_err(|e| ApiError::file(&e))?;
        let verdict = match said {
            Said::Nothing => store.verify_audit(None)?,
            Said::Record(record) => store.verify_audit(Some(record))?,
            Said::Unreadable => AuditVerdict::Broken {
                seq: 0,
                why: "the file beside it that says how far it was cannot be read",
            },
        };
        drop(turn);
        Ok(verdict)
    };
    let verdict = shared.database.run(check).await?;
    let found = match verdict {
        AuditVerdict::Whole { records, last } => AuditVerification {
            whole: true,
            records: Some(records),
            last: Some(hex::encode(last)),
            broken: None,
        },
        AuditVerdict::Broken { seq, why } => AuditVerification {
            whole: false,
            records: None,
            last: None,
            broken: Some(AuditBreak {
                seq,
                why: why.to_owned(),
            }),
        },
    };
    json(StatusCode::OK, &found)
}

fn wire(record: audit::AuditRecord) -> Result<AuditRecord, ApiError> {
    Ok(AuditRecord {
        seq: record.seq,
        at: clock::text(record.at),
        actor: record.actor,
        origin: record.origin,
        request_id: record.request,
        action: record.action,
        object: record.object,
        detail: serde_json::from_str(&record.detail).map_err(|e| ApiError::internal(&e))?,
        hash: hex::encode(record.hash),
    })
}
