//! `/api/v1/modules`: versions that never change, and tags that move.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode, Uri};
use tollgate::Tollgate;
use tollgate_api::{ErrorBody, Module, ModuleVersion, ModuleVersions, Prune, Pruned, SetTag, Tag};
use tollgate_state::Store;
use tollgate_state::access::Role;
use tollgate_state::names::check_name;
use tollgate_state::registry::{self, Deletes, Reference, TagEntry, VersionEntry};

use super::signers::signature;
use super::{json, next_page, page};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::shared::Shared;
use crate::{body, clock};

/// Lists every version of every module of the tenant.
#[utoipa::path(
    get,
    path = "/api/v1/modules",
    operation_id = "list_modules",
    params(("page" = Option<String>, Query)),
    responses((status = 200, body = ModuleVersions, description = "One page of versions."), (status = "default", response = ErrorBody)),
    security(("key" = ["publisher"]), ("key" = ["caller"]), ("key" = ["admin"])),
)]
pub(crate) async fn list(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Publisher, Role::Caller, Role::Admin])?;
    let after = page(&uri)?;
    let entries = shared
        .database
        .run(move |store| Ok(store.versions(caller.tenant(), None, after)?))
        .await?;
    json(StatusCode::OK, &versions(entries))
}

/// Shows a module: its versions and its tags.
#[utoipa::path(
    get,
    path = "/api/v1/modules/{name}",
    operation_id = "show_module",
    params(("name" = String, Path), ("page" = Option<String>, Query)),
    responses((status = 200, body = Module, description = "The module, its tags and its versions."), (status = "default", response = ErrorBody)),
    security(("key" = ["publisher"]), ("key" = ["caller"]), ("key" = ["admin"])),
)]
pub(crate) async fn show(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Publisher, Role::Caller, Role::Admin])?;
    check_name("module", &name)?;
    let after = page(&uri)?;
    let (entries, tags) = shared
        .database
        .run(move |store| {
            let tenant = caller.tenant();
            // A module is there when it has a version.
            store.resolve(tenant, &Reference::read(&name)?)?;
            let entries = store.versions(tenant, Some(&name), after)?;
            Ok((entries, store.tags(tenant, &name)?))
        })
        .await?;
    let module = Module {
        versions: versions(entries),
        tags: tags.into_iter().map(tag).collect(),
    };
    json(StatusCode::OK, &module)
}

/// Shows a version of a module, or the one that a tag names, with what it exports and could want.
#[utoipa::path(
    get,
    path = "/api/v1/modules/{name}/versions/{version}",
    operation_id = "show_version",
    params(("name" = String, Path), ("version" = String, Path)),
    responses((status = 200, body = ModuleVersion, description = "The version."), (status = "default", response = ErrorBody)),
    security(("key" = ["publisher"]), ("key" = ["caller"]), ("key" = ["admin"])),
)]
pub(crate) async fn show_version(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path((name, version)): Path<(String, String)>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Publisher, Role::Caller, Role::Admin])?;
    let shown = shared
        .database
        .run(move |store| {
            let reference = format!("{name}@{version}");
            shown(store, caller.tenant(), &reference)
        })
        .await?;
    json(StatusCode::OK, &shown)
}

/// Deletes a version that no tag names. For the key that pushed it, and for `admin`.
#[utoipa::path(
    delete,
    path = "/api/v1/modules/{name}/versions/{version}",
    operation_id = "delete_version",
    params(("name" = String, Path), ("version" = String, Path)),
    responses((status = 204, description = "Done."), (status = "default", response = ErrorBody)),
    security(("key" = ["publisher"]), ("key" = ["admin"])),
)]
pub(crate) async fn delete(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path((name, version)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    caller.must_be(&[Role::Publisher, Role::Admin])?;
    let (blobs, tollgate) = (Arc::clone(&shared.blobs), shared.tollgate.clone());
    shared
        .database
        .run(move |store| {
            let what = (deletes(&caller), (&*name, &*version));
            if let Some(digest) = blobs.delete(store, &caller.act(), what)? {
                forget_code(store, &tollgate, &digest);
            }
            Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes versions of a module, but neither the newest nor any that a tag names, and at most 100 at a time. Of a key that is not
/// `admin`, those that it pushed.
#[utoipa::path(
    post,
    path = "/api/v1/modules/{name}/pruning",
    operation_id = "prune_module",
    params(("name" = String, Path)),
    request_body = Prune,
    responses((status = 200, body = Pruned, description = "What was deleted."), (status = "default", response = ErrorBody)),
    security(("key" = ["publisher"]), ("key" = ["admin"])),
)]
pub(crate) async fn prune(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Publisher, Role::Admin])?;
    let (head, content) = request.into_parts();
    let asked: Prune = body::json(content, &head.headers, caller.small_body(&shared)).await?;
    let (blobs, tollgate) = (Arc::clone(&shared.blobs), shared.tollgate.clone());
    let pruned = shared
        .database
        .run(move |store| {
            let prune = registry::Prune {
                name: &name,
                keep: asked.keep,
            };
            let deletes = deletes(&caller);
            if asked.dry_run {
                return Ok(store.prunable(caller.tenant(), deletes, &prune)?);
            }
            let pruned = blobs.prune(store, &caller.act(), (deletes, &prune))?;
            for digest in &pruned.digests {
                forget_code(store, &tollgate, digest);
            }
            Ok(pruned)
        })
        .await?;
    let pruned = Pruned {
        versions: listed(pruned.versions),
        is_complete: pruned.is_complete,
    };
    json(StatusCode::OK, &pruned)
}

/// What a caller may delete.
fn deletes(caller: &Caller) -> Deletes<'_> {
    match caller.is(Role::Admin) {
        true => Deletes::Any,
        false => Deletes::PushedBy(&caller.principal.key),
    }
}

/// Forgets the code of bytes that no tenant has any more. Runs under way go on. What cannot be forgotten takes room and nothing else.
pub(super) fn forget_code(store: &Store, tollgate: &Tollgate, digest: &str) {
    match (store.anybody_has_bytes(digest), digest.parse()) {
        (Ok(false), Ok(bytes)) => drop(tollgate.loader().invalidate(bytes)),
        (Err(error), _) => {
            tracing::warn!(%error, digest, "the code of a deleted module is still there");
        }
        (Ok(_), _) => {}
    }
}

/// Lets a tag name a version.
#[utoipa::path(
    put,
    path = "/api/v1/modules/{name}/tags/{tag}",
    operation_id = "set_tag",
    params(("name" = String, Path), ("tag" = String, Path)),
    request_body = SetTag,
    responses((status = 204, description = "Done."), (status = "default", response = ErrorBody)),
    security(("key" = ["publisher"])),
)]
pub(crate) async fn set_tag(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path((name, tag)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    caller.must_be(&[Role::Publisher])?;
    let (head, content) = request.into_parts();
    let asked: SetTag = body::json(content, &head.headers, caller.small_body(&shared)).await?;
    let tag = TagEntry {
        tag,
        version: asked.version,
        set_at: clock::now(),
    };
    shared
        .database
        .run(move |store| Ok(store.set_tag(&caller.act(), &name, &tag)?))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn versions(entries: Vec<VersionEntry>) -> ModuleVersions {
    let next_page = next_page(entries.len(), entries.last().map(|entry| entry.seq));
    ModuleVersions {
        versions: listed(entries),
        next_page,
    }
}

/// Versions as they stand in lists.
fn listed(entries: Vec<VersionEntry>) -> Vec<ModuleVersion> {
    entries.into_iter().map(|entry| wire(entry).0).collect()
}

/// The version that a reference names, as it is shown alone.
pub(super) fn shown(
    store: &Store,
    tenant: &str,
    reference: &str,
) -> Result<ModuleVersion, ApiError> {
    let entry = store.resolve(tenant, &Reference::read(reference)?)?;
    let signatures = store.signatures(tenant, &entry.digest)?;
    let (version, description) = wire(entry);
    let description = serde_json::from_str(&description).map_err(|e| ApiError::internal(&e))?;
    Ok(ModuleVersion {
        description: Some(description),
        signatures: Some(signatures.into_iter().map(signature).collect()),
        ..version
    })
}

/// The version without its description, and that.
fn wire(entry: VersionEntry) -> (ModuleVersion, String) {
    let VersionEntry {
        seq: _,
        name,
        version,
        digest,
        bytes,
        description,
        pushed_by,
        created_at,
    } = entry;
    let version = ModuleVersion {
        name,
        version,
        digest,
        bytes,
        pushed_by,
        created_at: clock::text(created_at),
        description: None,
        signatures: None,
    };
    (version, description)
}

/// Takes a tag away. The version it named stays.
#[utoipa::path(
    delete,
    path = "/api/v1/modules/{name}/tags/{tag}",
    operation_id = "remove_tag",
    params(("name" = String, Path), ("tag" = String, Path)),
    responses((status = 204, description = "Done."), (status = "default", response = ErrorBody)),
    security(("key" = ["publisher"])),
)]
pub(crate) async fn remove_tag(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path((name, tag)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    caller.must_be(&[Role::Publisher])?;
    shared
        .database
        .run(move |store| Ok(store.remove_tag(&caller.act(), &name, &tag)?))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn tag(entry: TagEntry) -> Tag {
    let TagEntry {
        tag,
        version,
        set_at,
    } = entry;
    Tag {
        tag,
        version,
        set_at: clock::text(set_at),
    }
}
