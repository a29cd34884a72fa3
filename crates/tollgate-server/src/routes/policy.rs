//! `/api/v1/modules/{name}/policy`: what decides about the calls of a module's runs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use tollgate_api::{ErrorBody, ModulePolicy, SetPolicy};
use tollgate_state::Store;
use tollgate_state::access::Role;
use tollgate_state::policy::{NewPolicy, PolicyEntry};

use super::json;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::limits::LOAD_WAIT;
use crate::shared::Shared;
use crate::{body, clock};

/// Shows the policy of a module.
#[utoipa::path(
    get,
    path = "/api/v1/modules/{name}/policy",
    operation_id = "show_policy",
    params(("name" = String, Path)),
    responses((status = 200, body = ModulePolicy, description = "The policy."), (status = "default", response = ErrorBody)),
    security(
        ("key" = ["publisher"]),
        ("key" = ["caller"]),
        ("key" = ["admin"]),
        ("key" = ["approver"]),
        ("key" = ["auditor"])
    ),
)]
pub(crate) async fn show(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[
        Role::Publisher,
        Role::Caller,
        Role::Admin,
        Role::Approver,
        Role::Auditor,
    ])?;
    let find = move |store: &mut Store| Ok(store.module_policy(caller.tenant(), &name)?);
    let entry = shared.database.run(find).await?;
    json(StatusCode::OK, &wire(entry))
}

/// Lets a policy decide about the calls of a module's runs from now on. It is checked before; a module need not be there yet.
#[utoipa::path(
    put,
    path = "/api/v1/modules/{name}/policy",
    operation_id = "set_policy",
    params(("name" = String, Path)),
    request_body = SetPolicy,
    responses((status = 200, body = ModulePolicy, description = "The policy."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"])),
)]
pub(crate) async fn set(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Admin])?;
    let (head, content) = request.into_parts();
    let asked: SetPolicy = body::json(content, &head.headers, caller.small_body(&shared)).await?;
    let turn = shared.loads.take(caller.tenant(), LOAD_WAIT).await;
    let turn = turn.map_err(|full| ApiError::full("modules that are read", full))?;
    let (compiler, text) = (Arc::clone(&shared), asked.text.clone());
    let compiled = tokio::task::spawn_blocking(move || {
        // It compiles on when its client is gone.
        let _turn = turn;
        compiler.policies.compiled(&text)
    });
    let compiled = compiled.await.map_err(|e| ApiError::internal(&e))?;
    let policy = compiled.map_err(|error| ApiError::policy(&error))?;
    let set = move |store: &mut Store| {
        let new = NewPolicy {
            module: &name,
            text: &asked.text,
            name: policy.name(),
            hash: policy.hash(),
        };
        store.set_module_policy(&caller.act(), &new)?;
        Ok(store.module_policy(caller.tenant(), &name)?)
    };
    let entry = shared.database.run(set).await?;
    json(StatusCode::OK, &wire(entry))
}

/// Takes the policy of a module away: nothing but the grant decides then.
#[utoipa::path(
    delete,
    path = "/api/v1/modules/{name}/policy",
    operation_id = "remove_policy",
    params(("name" = String, Path)),
    responses((status = 204, description = "Done."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"])),
)]
pub(crate) async fn remove(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.must_be(&[Role::Admin])?;
    let remove = move |store: &mut Store| Ok(store.remove_module_policy(&caller.act(), &name)?);
    shared.database.run(remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn wire(entry: PolicyEntry) -> ModulePolicy {
    let PolicyEntry {
        text,
        name,
        hash,
        set_by,
        set_at,
    } = entry;
    ModulePolicy {
        text,
        name,
        hash,
        set_by,
        set_at: clock::text(set_at),
    }
}
