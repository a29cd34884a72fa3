//! The bytes of versions: streamed in, looked at by workers and kept; and streamed out.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::channel::Channel;
use tollgate::sandbox::{DescribeOptions, SourceBytes, SourceForm};
use tollgate::{Digest, Source};
use tollgate_api::{ErrorBody, ErrorCode, ModuleVersion};
use tollgate_state::Store;
use tollgate_state::access::Role;
use tollgate_state::limits::MODULE_BYTES_MAX;
use tollgate_state::names::{check_name, check_version};
use tollgate_state::registry::{NewVersion, Reference};
use utoipa::ToSchema;

use super::json;
use super::modules::{forget_code, shown};
use crate::blobs::{Arrived, Checked};
use crate::body::{self, Arriving};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::limits::{CHECK_WAIT, CHUNK_BYTES, LOAD_WAIT};
use crate::shared::Shared;
use crate::shares::Held;

/// The digest that a client expects its bytes to have, if it says so.
const DIGEST: &str = "x-content-sha256";

/// The bytes of a module.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "bodies are streams; this says what they are of")]
struct Wasm(Vec<u8>);

/// Gives the bytes of a version.
#[utoipa::path(
    get,
    path = "/api/v1/modules/{name}/versions/{version}/content",
    operation_id = "download_version",
    tag = "modules",
    params(("name" = String, Path), ("version" = String, Path)),
    responses(
        (status = 200, body = Wasm, content_type = "application/wasm", description = "Its bytes."),
        (status = "default", response = ErrorBody),
    ),
    security(("key" = ["publisher"]), ("key" = ["caller"]), ("key" = ["admin"])),
)]
pub(crate) async fn download(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path((name, version)): Path<(String, String)>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Publisher, Role::Caller, Role::Admin])?;
    let place = shared.downloads.try_take_many(caller.tenant(), 1);
    let place = place.map_err(|full| ApiError::full("modules that are given", full))?;
    let turn = shared.loads.take(caller.tenant(), LOAD_WAIT).await;
    let turn = turn.map_err(|full| ApiError::full("modules that are read", full))?;
    let blobs = Arc::clone(&shared.blobs);
    let open = move |store: &mut Store| {
        // It reads on when its client is gone.
        let _turn = turn;
        let reference = format!("{name}@{version}");
        let found = blobs.of_version(store, caller.tenant(), &Reference::read(&reference)?)?;
        Ok((found, place))
    };
    let ((entry, blob), place) = shared.database.run(open).await?;
    let length = HeaderValue::from(blob.left);
    let mut response = Response::new(pieces(blob, place));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/wasm");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, length);
    if let Ok(digest) = HeaderValue::from_str(&entry.digest) {
        headers.insert(DIGEST, digest);
    }
    Ok(response)
}

/// The bytes as a body that holds a few pieces at a time, and a place until its end. It ends early, as an error, when they are not
/// those of the digest.
fn pieces(mut blob: Checked, place: Held) -> Body {
    let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
    tokio::spawn(async move {
        let _place = place;
        loop {
            let read = tokio::task::spawn_blocking(move || {
                let piece = blob.next();
                (blob, piece)
            });
            let Ok((back, piece)) = read.await else {
                return;
            };
            blob = back;
            let sent = match piece {
                Ok(None) => return,
                Ok(Some(piece)) => sender.send_data(piece.into()).await,
                Err(error) => {
                    tracing::error!(%error, "a module cannot be given");
                    sender.abort(error);
                    return;
                }
            };
            // A client that is gone needs nothing more.
            if sent.is_err() {
                return;
            }
        }
    });
    Body::new(body)
}

/// Pushes a version. The bytes are checked and described by a worker and compiled before they are kept; a version never means
/// other bytes. The header `x-content-sha256` lets the server refuse bytes that changed on the way.
#[utoipa::path(
    put,
    path = "/api/v1/modules/{name}/versions/{version}",
    operation_id = "push_version",
    tag = "modules",
    params(
        ("name" = String, Path),
        ("version" = String, Path),
        ("x-content-sha256" = Option<String>, Header),
    ),
    request_body(content = Wasm, content_type = "application/wasm"),
    responses(
        (status = 201, body = ModuleVersion, description = "The new version."),
        (status = 200, body = ModuleVersion, description = "The same bytes were there."),
        (status = "default", response = ErrorBody),
    ),
    security(("key" = ["publisher"])),
)]
pub(crate) async fn push(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path((name, version)): Path<(String, String)>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Publisher])?;
    check_name("module", &name)?;
    check_version(&version)?;
    let (head, content) = request.into_parts();
    body::of_type(&head.headers, "application/wasm")?;
    let expected = expected(&head.headers)?;
    let place = shared.pushes.try_take_many(caller.tenant(), 1);
    let place = place.map_err(|full| ApiError::full("pushes", full))?;
    let bytes_max = usize::try_from(MODULE_BYTES_MAX).unwrap_or(usize::MAX);
    let arriving = Arriving::new(content, &head.headers, bytes_max)?;
    let arrived = received(&shared, arriving).await?;
    if expected.is_some_and(|expected| expected != arrived.digest) {
        let message = format!(
            "the bytes that arrived have the digest `{}`",
            arrived.digest
        );
        return Err(ApiError::new(ErrorCode::DigestMismatch, message));
    }
    // What has begun to be looked at keeps its place when the client is gone.
    let push = Push {
        caller,
        name,
        version,
        arrived,
    };
    let pushed = tokio::spawn(async move {
        let pushed = push.carry_out(&shared).await;
        drop(place);
        pushed
    });
    let (status, version) = pushed.await.map_err(|e| ApiError::internal(&e))??;
    json(status, &version)
}

/// Writes what arrives into a file.
async fn received(shared: &Arc<Shared>, mut arriving: Arriving) -> Result<Arrived, ApiError> {
    let blobs = Arc::clone(&shared.blobs);
    let mut incoming = on_a_thread(move || blobs.receive()).await?;
    let mut waiting = BytesMut::new();
    loop {
        let piece = arriving.next().await?;
        waiting.extend_from_slice(piece.as_deref().unwrap_or_default());
        if piece.is_some() && waiting.len() < CHUNK_BYTES {
            continue;
        }
        let written = waiting.split();
        incoming = on_a_thread(move || incoming.write(&written).map(|()| incoming)).await?;
        if piece.is_none() {
            return on_a_thread(move || incoming.end()).await;
        }
    }
}

/// Reads or writes files on a thread that may wait.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|e| ApiError::internal(&e))?;
    done.map_err(|e| ApiError::file(&e))
}

/// A version whose bytes have arrived.
struct Push {
    caller: Caller,
    name: String,
    version: String,
    arrived: Arrived,
}

impl Push {
    /// Lets workers look at the bytes, and then keeps them and their row together.
    async fn carry_out(
        self,
        shared: &Arc<Shared>,
    ) -> Result<(StatusCode, ModuleVersion), ApiError> {
        let Self {
            caller,
            name,
            version,
            arrived,
        } = self;
        let arrived = foreseen(shared, arrived, &caller, (&name, &version)).await?;
        let turn = shared.checks.take(caller.tenant(), CHECK_WAIT).await;
        let turn = turn.map_err(|full| ApiError::full("modules that are looked at", full))?;
        let read = move || arrived.read().map(|bytes| (arrived, bytes));
        let (arrived, bytes) = on_a_thread(read).await?;
        let description = checked(shared, bytes, arrived.digest).await?;
        drop(turn);
        let (blobs, tollgate) = (Arc::clone(&shared.blobs), shared.tollgate.clone());
        let keep = move |store: &mut Store| {
            let digest = arrived.digest.to_hex();
            let new = NewVersion {
                name: &name,
                version: &version,
                digest: &digest,
                bytes: arrived.bytes,
                description: &description,
            };
            let made = blobs.put(store, &caller.act(), (&new, arrived));
            if made.is_err() {
                forget_code(store, &tollgate, &digest);
            }
            let made = made?;
            let reference = format!("{name}@{version}");
            Ok((made, shown(store, caller.tenant(), &reference)?))
        };
        let (made, version) = shared.database.run(keep).await?;
        let status = match made {
            true => StatusCode::CREATED,
            false => StatusCode::OK,
        };
        Ok((status, version))
    }
}

/// Refuses bytes that could not be kept, before workers look at them.
async fn foreseen(
    shared: &Arc<Shared>,
    arrived: Arrived,
    caller: &Caller,
    (name, version): (&str, &str),
) -> Result<Arrived, ApiError> {
    let (caller, name, version) = (caller.clone(), name.to_owned(), version.to_owned());
    let foresee = move |store: &mut Store| {
        let new = NewVersion {
            name: &name,
            version: &version,
            digest: &arrived.digest.to_hex(),
            bytes: arrived.bytes,
            description: "",
        };
        store.foresee_version(&caller.act(), &new)?;
        Ok(arrived)
    };
    shared.database.run(foresee).await
}

/// The digest that a client says its bytes have, if it says one.
fn expected(headers: &HeaderMap) -> Result<Option<Digest>, ApiError> {
    let wrong = || {
        ApiError::bad(format!(
            "`{DIGEST}` is one SHA-256 in 64 hexadecimal digits"
        ))
    };
    let mut given = headers.get_all(DIGEST).iter();
    let said = match (given.next(), given.next()) {
        (None, _) => return Ok(None),
        (Some(said), None) => said,
        (Some(_), Some(_)) => return Err(wrong()),
    };
    let said = said.to_str().ok().and_then(|said| said.parse().ok());
    said.ok_or_else(wrong).map(Some)
}

/// Lets workers check, describe and compile a module; returns its description as JSON.
async fn checked(
    shared: &Arc<Shared>,
    bytes: Arc<[u8]>,
    digest: Digest,
) -> Result<String, ApiError> {
    if !bytes.starts_with(b"\0asm") {
        let message =
            "the body is no WebAssembly in binary form; text is assembled by whoever pushes it";
        return Err(ApiError::new(ErrorCode::InvalidModule, message));
    }
    let source = SourceBytes {
        bytes: Arc::clone(&bytes),
        digest,
        form: SourceForm::Binary,
    };
    let compiler = Arc::clone(shared);
    let described = tokio::task::spawn_blocking(move || {
        let wanted = DescribeOptions::default();
        compiler.compiler.describe(&source, &wanted)
    });
    let described = described.await.map_err(|e| ApiError::internal(&e))?;
    let description = described.map_err(|error| ApiError::compile(&error))?;
    let compiled = shared.tollgate.load(Source::Bytes(bytes)).await;
    compiled.map_err(|error| ApiError::load(&error))?;
    serde_json::to_string(&description.inspection).map_err(|e| ApiError::internal(&e))
}
