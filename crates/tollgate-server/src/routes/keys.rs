//! `/api/v1/keys`: the keys of the caller's tenant. For `admin`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use tollgate_api::{ErrorBody, Key, Keys, MadeKey, NewKey};
use tollgate_state::access::{self, KeyEntry, Role};

use super::json;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::shared::Shared;
use crate::{body, clock, operator};

/// Lists the keys of the tenant.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    operation_id = "list_keys",
    responses((status = 200, body = Keys, description = "The keys, without their secret halves."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"])),
)]
pub(crate) async fn list(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Admin])?;
    let keys = shared
        .database
        .run(move |store| Ok(store.keys(caller.tenant())?))
        .await?;
    let keys = keys.into_iter().map(wire).collect();
    json(StatusCode::OK, &Keys { keys })
}

/// Makes a key of the tenant. It is shown in this answer and never again.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    operation_id = "create_key",
    request_body = NewKey,
    responses((status = 201, body = MadeKey, description = "The new key, shown here and never again."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"])),
)]
pub(crate) async fn create(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Admin])?;
    let (head, content) = request.into_parts();
    let asked: NewKey = body::json(content, &head.headers, caller.small_body(&shared)).await?;
    let text = operator::new_key();
    let new = access::NewKey {
        key: text.kept()?,
        name: asked.name,
        roles: asked
            .roles
            .iter()
            .map(|role| role.parse())
            .collect::<Result<_, _>>()?,
        expires_at: asked.expires_at.as_deref().map(expiry).transpose()?,
    };
    let made = MadeKey {
        key: text.reveal().to_owned(),
        prefix: new.key.prefix.clone(),
    };
    shared
        .database
        .run(move |store| Ok(store.put_key(&caller.act(), &new)?))
        .await?;
    json(StatusCode::CREATED, &made)
}

/// Revokes a key of the tenant: it is nothing when this has answered.
#[utoipa::path(
    delete,
    path = "/api/v1/keys/{prefix}",
    operation_id = "revoke_key",
    params(("prefix" = String, Path)),
    responses((status = 204, description = "Done."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"])),
)]
pub(crate) async fn revoke(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(prefix): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.must_be(&[Role::Admin])?;
    shared
        .database
        .run(move |store| Ok(store.revoke_key(&caller.act(), &prefix)?))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn expiry(text: &str) -> Result<i64, ApiError> {
    let at = clock::read(text)
        .ok_or_else(|| ApiError::bad("`expires_at` is a time such as `2027-01-31T12:00:00Z`"))?;
    if at <= clock::now() {
        return Err(ApiError::bad("`expires_at` is in the past"));
    }
    Ok(at)
}

fn wire(entry: KeyEntry) -> Key {
    let KeyEntry {
        prefix,
        name,
        roles,
        created_at,
        expires_at,
        revoked_at,
    } = entry;
    Key {
        prefix,
        name,
        roles: roles.iter().map(|role| role.name().to_owned()).collect(),
        created_at: clock::text(created_at),
        expires_at: expires_at.map(clock::text),
        revoked_at: revoked_at.map(clock::text),
    }
}
