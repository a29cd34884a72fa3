//! `/api/v1/signers`: whose signatures of modules count; and the signatures.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use tollgate::Digest;
use tollgate::receipt::PublicKey;
use tollgate::signature::ModuleSignature as Verified;
use tollgate_api::{
    AddSignature, ErrorBody, ErrorCode, ModuleSignature, ModuleVersion, Signer, Signers,
    TrustSigner,
};
use tollgate_state::Store;
use tollgate_state::access::Role;
use tollgate_state::names::check_version;
use tollgate_state::registry::Reference;
use tollgate_state::signer::{NewSignature, NewSigner, SignatureEntry, SignerEntry};

use super::json;
use super::modules::shown;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::shared::Shared;
use crate::{body, clock};

/// Lists the keys whose signatures of modules count, and those that were revoked.
#[utoipa::path(
    get,
    path = "/api/v1/signers",
    operation_id = "list_signers",
    responses((status = 200, body = Signers, description = "All of them, by name."), (status = "default", response = ErrorBody)),
    security(
        ("key" = ["publisher"]),
        ("key" = ["caller"]),
        ("key" = ["admin"]),
        ("key" = ["approver"]),
        ("key" = ["auditor"])
    ),
)]
pub(crate) async fn list(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&Role::ALL)?;
    let find = move |store: &mut Store| Ok(store.module_signers(caller.tenant())?);
    let entries = shared.database.run(find).await?;
    let signers = entries.into_iter().map(signer).collect();
    json(StatusCode::OK, &Signers { signers })
}

/// Lets the signatures of a key count from now on, under a name for policies. A key that was revoked stays so.
#[utoipa::path(
    put,
    path = "/api/v1/signers/{key}",
    operation_id = "trust_signer",
    params(("key" = String, Path, description = "`ed25519:` and 64 hexadecimal digits in small letters.")),
    request_body = TrustSigner,
    responses((status = 204, description = "Done."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"])),
)]
pub(crate) async fn trust(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    caller.must_be(&[Role::Admin])?;
    let key = public_key(&key)?;
    let (head, content) = request.into_parts();
    let asked: TrustSigner = body::json(content, &head.headers, caller.small_body(&shared)).await?;
    let trust = move |store: &mut Store| {
        let new = NewSigner {
            key: &key.to_string(),
            name: &asked.name,
        };
        Ok(store.trust_signer(&caller.act(), &new)?)
    };
    shared.database.run(trust).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets nothing count any more that a key signed, now or before.
#[utoipa::path(
    delete,
    path = "/api/v1/signers/{key}",
    operation_id = "revoke_signer",
    params(("key" = String, Path)),
    responses((status = 204, description = "Done."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"])),
)]
pub(crate) async fn revoke(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.must_be(&[Role::Admin])?;
    let key = public_key(&key)?.to_string();
    let revoke = move |store: &mut Store| Ok(store.revoke_signer(&caller.act(), &key)?);
    shared.database.run(revoke).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps a signature of the bytes of a version, by a key that counts. It holds for all versions with these bytes.
#[utoipa::path(
    post,
    path = "/api/v1/modules/{name}/versions/{version}/signatures",
    operation_id = "sign_version",
    params(("name" = String, Path), ("version" = String, Path)),
    request_body = AddSignature,
    responses(
        (status = 201, body = ModuleVersion, description = "It is kept: the version with all its signatures."),
        (status = 200, body = ModuleVersion, description = "It was."),
        (status = "default", response = ErrorBody),
    ),
    security(("key" = ["publisher"])),
)]
pub(crate) async fn sign(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path((name, version)): Path<(String, String)>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Publisher])?;
    check_version(&version)?;
    let (head, content) = request.into_parts();
    let asked: AddSignature =
        body::json(content, &head.headers, caller.small_body(&shared)).await?;
    let key = public_key(&asked.key)?;
    let signature = Verified::read(key, &asked.signature)
        .map_err(|error| ApiError::bad(format!("`signature`: {error}")))?;
    let keep = move |store: &mut Store| {
        let reference = format!("{name}@{version}");
        let found = store.resolve(caller.tenant(), &Reference::read(&reference)?)?;
        verify(&signature, &found.digest)?;
        let new = NewSignature {
            key: &key.to_string(),
            signature: &signature.to_string(),
        };
        // A version never means other bytes.
        let is_new = store.sign_version(&caller.act(), (&name, &version), &new)?;
        Ok((is_new, shown(store, caller.tenant(), &reference)?))
    };
    let (is_new, version) = shared.database.run(keep).await?;
    let status = match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    json(status, &version)
}

fn verify(signature: &Verified, digest: &str) -> Result<(), ApiError> {
    let bytes: Digest = digest.parse().map_err(|e| ApiError::internal(&e))?;
    if signature.is_of(&bytes) {
        return Ok(());
    }
    let message = format!(
        "the signature is not one of `{}` for the bytes with the digest `sha256:{digest}`",
        signature.key()
    );
    Err(ApiError::new(ErrorCode::InvalidSignature, message))
}

fn public_key(text: &str) -> Result<PublicKey, ApiError> {
    text.parse()
        .map_err(|error: tollgate::receipt::KeyError| ApiError::bad(error.to_string()))
}

fn signer(entry: SignerEntry) -> Signer {
    let SignerEntry {
        key,
        name,
        set_by,
        set_at,
        revoked_at,
    } = entry;
    Signer {
        key,
        name,
        set_by,
        set_at: clock::text(set_at),
        revoked_at: revoked_at.map(clock::text),
    }
}

/// A signature as it is shown.
pub(super) fn signature(entry: SignatureEntry) -> ModuleSignature {
    let SignatureEntry {
        signer:
            SignerEntry {
                key,
                name,
                revoked_at,
                ..
            },
        signature,
        signed_at,
    } = entry;
    ModuleSignature {
        key,
        name,
        signature,
        signed_at: clock::text(signed_at),
        counts: revoked_at.is_none(),
    }
}
