//! `/api/v1/casts`: runs. Nothing is granted to them; what they use is metered, priced and written down.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use tollgate::{Module, Source};
use tollgate_api::{
    Cast, CastDecision, CastFailure, CastStatus, Casts, ErrorBody, ErrorCode, NewCast, Verdict,
};
use tollgate_state::access::Role;
use tollgate_state::approval::CardId;
use tollgate_state::cast::{self, Begins, Begun, CastEntry, CastState, Once, OnceRefusal};
use tollgate_state::registry::{Reference, VersionEntry};
use tollgate_state::{Batch, Store};

use super::{json, json_bytes, next_page, page};
use crate::admission::{self, Decided, Question};
use crate::asking;
use crate::body::{self, Reading, Whole};
use crate::caller::Caller;
use crate::clock;
use crate::ending::{self, Ended};
use crate::error::ApiError;
use crate::found::{Deciding, Found, Standing, changed, resolve};
use crate::ids;
use crate::limits::{CAST_BYTES_MAX, LOAD_WAIT, PLACE_WAIT};
use crate::run::{self, Asked};
use crate::shared::Shared;
use crate::shares::Held;
use crate::signing::Receipt;
use crate::underway::Run;

/// The promise that a request runs once.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// How an answer is wished for; `respond-async`: without waiting for the end ([RFC 7240](https://www.rfc-editor.org/rfc/rfc7240)).
const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const AT_ONCE: &str = "respond-async";
/// Says that an answer is that of an earlier run.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Runs a module and answers when it has ended, or with a header `prefer: respond-async` when it has begun: `location` says
/// where its end will be. With a header `idempotency-key` it runs once, however often it is sent.
#[utoipa::path(
    post,
    path = "/api/v1/casts",
    operation_id = "create_cast",
    params(
        ("idempotency-key" = Option<String>, Header),
        ("prefer" = Option<String>, Header),
    ),
    request_body = NewCast,
    responses(
        (status = 200, body = Cast, description = "The run, which has ended."),
        (status = 202, body = Cast, description = "It has begun."),
        (status = "default", response = ErrorBody),
    ),
    security(("key" = ["caller"])),
)]
pub(crate) async fn create(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Caller])?;
    let (head, content) = request.into_parts();
    let key = idempotency_key(&head.headers)?;
    let whole = sent((&shared, &caller), &head.headers, content).await?;
    let most = caller.casts_of(&shared);
    let place = shared.casts.try_take(caller.tenant(), most);
    let place = place.map_err(|full| ApiError::full("runs", full))?;
    let (to, begun) = oneshot::channel();
    let taken_on = TakenOn {
        to: Some(to),
        when: match prefers_at_once(&head.headers) {
            true => Tell::Always,
            false => Tell::WhenItWaits,
        },
    };
    // A run goes on when its client is gone: what it did is written down in any case.
    let cast = tokio::spawn(async move {
        match ordered(whole, key).await {
            Ok(order) => {
                let order = Order {
                    taken_on: Some(taken_on),
                    place: Some(place),
                    ..order
                };
                carry_out(&shared, &caller, order).await
            }
            Err(error) => {
                // Nobody is told anything but the end.
                drop(taken_on);
                Err(error)
            }
        }
    });
    // Nothing comes here when the end is waited for, or when nothing begins.
    if let Ok(response) = begun.await {
        return Ok(response);
    }
    cast.await.map_err(|e| ApiError::internal(&e))?
}

/// Stops a run. What it used until then is charged.
#[utoipa::path(
    post,
    path = "/api/v1/casts/{id}/cancellation",
    operation_id = "cancel_cast",
    params(("id" = String, Path)),
    responses(
        (status = 202, body = Cast, description = "It is being stopped."),
        (status = "default", response = ErrorBody),
    ),
    security(("key" = ["caller"]), ("key" = ["admin"])),
)]
pub(crate) async fn cancel(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Caller, Role::Admin])?;
    let server = Arc::clone(&shared);
    let cancel = move |store: &mut Store| {
        let entry = store.cancel_cast(&caller.act(), &id)?;
        let is_running = entry.state == CastState::Running;
        // Also when its client is gone: what was noted is done.
        let is_here = is_running && server.underway.cancel(&entry.id);
        // Another server looks by itself what was cancelled.
        let node = server.database.node();
        let is_elsewhere = is_running && entry.node.is_some_and(|other| other != node);
        Ok((entry, is_here || is_elsewhere))
    };
    let (entry, is_told) = shared.database.run(cancel).await?;
    match is_told {
        true => json(StatusCode::ACCEPTED, &seen(entry)),
        false => Err(ApiError::new(
            ErrorCode::Conflict,
            format!("the run `{}` has ended", entry.id),
        )),
    }
}

/// Shows a run.
#[utoipa::path(
    get,
    path = "/api/v1/casts/{id}",
    operation_id = "show_cast",
    params(("id" = String, Path)),
    responses((status = 200, body = Cast, description = "The run."), (status = "default", response = ErrorBody)),
    security(("key" = ["caller"]), ("key" = ["admin"])),
)]
pub(crate) async fn show(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Caller, Role::Admin])?;
    let tenant = caller.tenant().to_owned();
    let find = move |store: &mut Store| Ok(store.cast(&tenant, &id)?);
    let entry = shared.database.run(find).await?;
    match entry.answer {
        Some(answer) => {
            let answer = shared.room.hold(caller.tenant(), answer)?;
            Ok(json_bytes(StatusCode::OK, answer))
        }
        None => {
            let is_forgotten = entry.state == CastState::Ended;
            let cast = Cast {
                is_forgotten,
                ..seen(entry)
            };
            json(StatusCode::OK, &cast)
        }
    }
}

/// Lists the runs of the tenant.
#[utoipa::path(
    get,
    path = "/api/v1/casts",
    operation_id = "list_casts",
    params(("page" = Option<String>, Query)),
    responses((status = 200, body = Casts, description = "One page of runs."), (status = "default", response = ErrorBody)),
    security(("key" = ["caller"]), ("key" = ["admin"])),
)]
pub(crate) async fn list(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Caller, Role::Admin])?;
    let after = page(&uri)?;
    let entries = shared
        .database
        .run(move |store| Ok(store.casts(caller.tenant(), after)?))
        .await?;
    let next_page = next_page(entries.len(), entries.last().map(|entry| entry.seq));
    let casts = entries.into_iter().map(seen).collect();
    json(StatusCode::OK, &Casts { casts, next_page })
}

/// A run that is asked for.
pub(super) struct Order {
    id: String,
    once: Option<Promise>,
    pub(super) wanted: NewCast,
    /// Who is told before its end.
    taken_on: Option<TakenOn>,
    /// Its place among those that run.
    place: Option<Held>,
    /// What was sent: it keeps its room until the run has ended, or waits.
    pub(super) sent: Whole,
}

/// Who is told that a run has begun, or waits.
struct TakenOn {
    to: Option<oneshot::Sender<Response<Body>>>,
    when: Tell,
}

/// When somebody is told of a run before it has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tell {
    /// They wait for no end.
    Always,
    /// They wait for the end of a run, and not for an answer of somebody.
    WhenItWaits,
}

impl TakenOn {
    fn tell(&mut self, cast: &Cast) {
        let told = self.to.take().map(|to| (to, begun(cast)));
        if let Some((to, Ok(mut response))) = told {
            if self.when == Tell::Always {
                let applied = HeaderValue::from_static(AT_ONCE);
                response.headers_mut().insert(APPLIED, applied);
            }
            // A client that is gone asks for the run by its key, or not at all.
            to.send(response).ok();
        }
    }
}

/// An idempotency key, and the request it came with.
#[derive(Clone)]
struct Promise {
    key: String,
    /// SHA-256 of the body.
    request: String,
}

impl Promise {
    fn once(&self) -> Once<'_> {
        Once {
            key: &self.key,
            request: &self.request,
        }
    }
}

/// The body of a request that asks for a run, or for its price.
pub(super) async fn sent(
    (shared, caller): (&Shared, &Caller),
    headers: &HeaderMap,
    content: Body,
) -> Result<Whole, ApiError> {
    let reading = Reading {
        bytes_max: CAST_BYTES_MAX,
        room: &shared.room,
        tenant: caller.tenant(),
    };
    body::whole_json(content, headers, reading).await
}

/// Reads what was sent, on a thread of its own: it may be large.
pub(super) async fn ordered(sent: Whole, key: Option<String>) -> Result<Order, ApiError> {
    let read = move || {
        let wanted: NewCast = body::parse(&sent.bytes)?;
        let promise = |key| Promise {
            key,
            request: hex::encode(Sha256::digest(&sent.bytes)),
        };
        Ok(Order {
            id: ids::random("cast"),
            once: key.map(promise),
            wanted,
            taken_on: None,
            place: None,
            sent,
        })
    };
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|e| ApiError::internal(&e))?
}

/// Whether the answer is wanted before the run has ended.
fn prefers_at_once(headers: &HeaderMap) -> bool {
    let said = headers.get_all(PREFER).iter();
    let words = said.filter_map(|value| value.to_str().ok());
    words
        .flat_map(|value| value.split(','))
        .any(|word| word.trim().eq_ignore_ascii_case(AT_ONCE))
}

/// What is answered when a run has begun, or waits.
fn begun(cast: &Cast) -> Result<Response<Body>, ApiError> {
    let mut response = json(StatusCode::ACCEPTED, cast)?;
    let headers = response.headers_mut();
    let place = HeaderValue::from_str(&format!("/api/v1/casts/{}", cast.id));
    headers.insert(header::LOCATION, place.map_err(|e| ApiError::internal(&e))?);
    Ok(response)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut given = headers.get_all(KEY).iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => match key.to_str() {
            Ok(key) => Ok(Some(key.to_owned())),
            Err(_) => Err(ApiError::bad("an idempotency key is visible ASCII")),
        },
        (Some(_), Some(_)) => Err(ApiError::bad("a request has one idempotency key")),
    }
}

/// A promise is looked at first: its answer is the first one whatever became of the module. Everything that can be refused
/// is refused before the run is written down; then it runs, and its end is written down before anybody is told.
async fn carry_out(
    shared: &Arc<Shared>,
    caller: &Caller,
    order: Order,
) -> Result<Response<Body>, ApiError> {
    let Order {
        id,
        once,
        wanted,
        taken_on,
        place,
        sent,
    } = order;
    if let Some(once) = &once {
        let (once, tenant) = (once.clone(), caller.tenant().to_owned());
        let promised = move |store: &mut Store| Ok(store.promised(&tenant, &once.once())?);
        if let Some(before) = shared.database.run(promised).await? {
            return kept_promise(shared, caller, before);
        }
    }
    let found = resolve(shared, caller, &wanted.module).await?;
    let version = found.version.clone();
    let standing = Arc::new(found.standing());
    let module = load(shared, caller, &version).await?;
    let read = {
        let (shared, caller) = (Arc::clone(shared), caller.clone());
        move || read(&shared, &module, (&caller, found), wanted)
    };
    let read = tokio::task::spawn_blocking(read).await;
    let (asked, decided) = read.map_err(|e| ApiError::internal(&e))??;
    let waits = match &decided {
        Some(Decided::Ask(asking)) => {
            let place = shared.parked.places.try_take_many(caller.tenant(), 1);
            let place = place.map_err(|full| ApiError::full("runs that wait", full))?;
            let node = shared.database.node();
            let question = Question {
                caller,
                version: &version,
                signers: &standing.signers,
                asked: &asked,
            };
            Some((place, asking.card((&id, node), &question)?))
        }
        Some(Decided::Now(_)) | None => None,
    };
    let underway = shared.underway.begin(&id);
    let begin = {
        let (caller, version) = (caller.clone(), version.clone());
        let (id, input_digest) = (id.clone(), asked.input_digest.clone());
        let standing = Arc::clone(&standing);
        let reserve_micro_usd = asked.cost_max().micro_usd();
        let gas_max = asked.limits().gas;
        let policy = decided.as_ref().and_then(Decided::policy);
        let begins = match &waits {
            Some(_) => Begins::Later,
            None => Begins::Now,
        };
        move |batch: &mut Batch<'_>| {
            let new = cast::NewCast {
                id: &id,
                module: &version.name,
                version: &version.version,
                digest: &version.digest,
                input_digest: &input_digest,
                reserve_micro_usd,
                gas_max,
                policy: policy.as_deref(),
                basis: Some(standing.basis()),
                begins,
                once: once.as_ref().map(Promise::once),
            };
            let act = caller.act();
            Ok((batch.begin_cast(&act, &new)?, act.at))
        }
    };
    let (answer, started_at) = shared.database.write(begin).await?;
    match answer {
        Begun::Now => {}
        Begun::Changed | Begun::Before(_) | Begun::Refused(_) => {
            return kept_promise(shared, caller, answer);
        }
    }
    let named = |cast: Cast| Cast {
        id: id.clone(),
        module: version.name.clone(),
        version: version.version.clone(),
        digest: version.digest.clone(),
        started_at: clock::text(started_at),
        ..cast
    };
    let mut taken_on = taken_on;
    if waits.is_none()
        && let Some(taken_on) = &mut taken_on
        && taken_on.when == Tell::Always
    {
        taken_on.tell(&named(run::blank()));
    }
    let settled = match (decided, waits) {
        (Some(Decided::Now(decision)), _) if decision.verdict == Verdict::Deny => {
            Settled::Denied(decision)
        }
        (Some(Decided::Now(decision)), _) => Settled::Runs(Some(decision), place),
        (None, _) => Settled::Runs(None, place),
        (Some(Decided::Ask(_)), None) => Settled::Never("nobody could be asked"),
        (Some(Decided::Ask(asking)), Some((_waits, card))) => {
            // Others run meanwhile, and send.
            drop(place);
            drop(sent);
            let told = |card: &CardId| {
                let waiting = Cast {
                    status: CastStatus::Waiting,
                    card: Some(card.to_string()),
                    ..run::blank()
                };
                if let Some(taken_on) = &mut taken_on {
                    taken_on.tell(&named(waiting));
                }
            };
            let became = asking::ask(shared, card, &underway, told).await;
            let stands = Stands {
                run: &id,
                caller,
                standing: &standing,
            };
            settled(shared, stands, asking.decided(became)).await
        }
    };
    let ended = match settled {
        Settled::Denied(decision) => Ended::before_it_began(run::denied_by(&decision)),
        Settled::Never(why) => Ended::before_it_began(run::unstarted(why)),
        Settled::Runs(decision, place) => {
            let request = asked.request(caller, &version.name);
            let ended = ran(shared, request, (&asked, &underway)).await;
            drop(place);
            match &decision {
                Some(decision) => ended.told(|cast| run::allowed_by(decision, cast)),
                None => ended,
            }
        }
    };
    let ended = match underway.was_cancelled() {
        true => ended.told(run::cancelled),
        false => ended,
    };
    let answer = ending::write(shared, caller, ended.told(named)).await?;
    Ok(json_bytes(StatusCode::OK, answer))
}

/// Reads what is asked for, and has the policy of the module decide, if there is one. Blocking.
fn read(
    shared: &Shared,
    module: &Module,
    (caller, found): (&Caller, Found),
    wanted: NewCast,
) -> Result<(Asked, Option<Decided>), ApiError> {
    let Found {
        version,
        policy,
        prices,
    } = found;
    let asked = Asked::read(module, prices, wanted)?;
    let Some(Deciding { entry, signers }) = policy else {
        return Ok((asked, None));
    };
    let question = Question {
        caller,
        version: &version,
        signers: &signers,
        asked: &asked,
    };
    let decided = admission::decide(shared, &entry, &question)?;
    Ok((asked, Some(decided)))
}

/// Runs it, until its end or until it is cancelled.
async fn ran(
    shared: &Arc<Shared>,
    request: tollgate::Request,
    (asked, underway): (&Asked, &Run<'_>),
) -> Ended {
    let running = shared.tollgate.execute_until(request, underway.cancelled());
    let report = match running.await {
        Ok(report) => asked.charged(report),
        Err(stopped) => return Ended::before_it_began(run::unstarted(&stopped.to_string())),
    };
    let cast = asked.answer(&report);
    run::log(underway.id(), (&report, &cast));
    Ended {
        cast,
        receipt: Some(Receipt::of(&report, &shared.signer)),
    }
}

/// What becomes of a run that is written down.
enum Settled {
    /// It runs, in a place.
    Runs(Option<CastDecision>, Option<Held>),
    /// It was denied.
    Denied(CastDecision),
    /// It does not begin any more.
    Never(&'static str),
}

/// What somebody was asked about, which has to be so still when it begins.
struct Stands<'a> {
    run: &'a str,
    /// Who asks for it.
    caller: &'a Caller,
    standing: &'a Arc<Standing>,
}

/// What becomes of a run about which somebody was asked. One that was allowed stands in line for a place.
async fn settled(
    shared: &Arc<Shared>,
    stands: Stands<'_>,
    decided: Option<CastDecision>,
) -> Settled {
    let decision = match decided {
        None => return Settled::Never("the server stopped before somebody answered"),
        Some(decision) if decision.verdict == Verdict::Deny => return Settled::Denied(decision),
        Some(decision) => decision,
    };
    let (tenant, most) = (stands.caller.tenant(), stands.caller.casts_of(shared));
    let Ok(place) = shared.casts.take_of(tenant, most, PLACE_WAIT).await else {
        return Settled::Never("it was allowed, and no place to run was free in time");
    };
    match begins(shared, stands).await {
        Ok(true) => Settled::Runs(Some(decision), Some(place)),
        Ok(false) => Settled::Never(
            "it was allowed, and while it waited its key, its module, who signed that, or its policy changed; ask for it again",
        ),
        // What is not written down does not begin, and nobody waits longer: it can be asked for again.
        Err(_) => Settled::Never("it was allowed, and its beginning could not be written down"),
    }
}

/// Writes down that a run begins, if what it was asked about is still so: who asks, what runs, and by which policy.
async fn begins(shared: &Arc<Shared>, stands: Stands<'_>) -> Result<bool, ApiError> {
    let Stands {
        run,
        caller,
        standing,
    } = stands;
    let (run, caller, standing) = (run.to_owned(), caller.clone(), Arc::clone(standing));
    let begin = move |batch: &mut Batch<'_>| {
        Ok(batch.start_cast(&caller.act(), &run, Some(&standing.basis()))?)
    };
    match shared.database.write(begin).await {
        Err(error) if error.status().is_client_error() => Ok(false),
        found => found,
    }
}

/// The module, from memory or from its bytes, which are checked.
pub(super) async fn load(
    shared: &Arc<Shared>,
    caller: &Caller,
    version: &VersionEntry,
) -> Result<Module, ApiError> {
    let digest = version.digest.parse().map_err(|e| ApiError::internal(&e))?;
    if let Some(module) = shared.tollgate.module(&digest) {
        return Ok(module);
    }
    let turn = shared.loads.take(caller.tenant(), LOAD_WAIT).await;
    let turn = turn.map_err(|full| ApiError::full("modules that are read", full))?;
    let (shared, tenant, version) = (
        Arc::clone(shared),
        caller.tenant().to_owned(),
        version.clone(),
    );
    // It loads on when its client is gone, and keeps its turn.
    let load = tokio::spawn(async move {
        let _turn = turn;
        load_from_bytes(&shared, tenant, version).await
    });
    load.await.map_err(|e| ApiError::internal(&e))?
}

async fn load_from_bytes(
    shared: &Shared,
    tenant: String,
    version: VersionEntry,
) -> Result<Module, ApiError> {
    let blobs = Arc::clone(&shared.blobs);
    let open = move |store: &mut Store| {
        let reference = Reference {
            name: &version.name,
            which: Some(&version.version),
        };
        let (_, blob) = blobs.of_version(store, &tenant, &reference)?;
        Ok(blob)
    };
    let blob = shared.database.run(open).await?;
    let bytes = tokio::task::spawn_blocking(move || blob.all()).await;
    let bytes = bytes
        .map_err(|e| ApiError::internal(&e))?
        .map_err(|e| ApiError::file(&e))?;
    let loaded = shared.tollgate.load(Source::Bytes(bytes)).await;
    loaded.map_err(|error| ApiError::load(&error))
}

/// What a request gets that does not begin: the first answer under its idempotency key once more, or why there is none.
fn kept_promise(
    shared: &Shared,
    caller: &Caller,
    begun: Begun,
) -> Result<Response<Body>, ApiError> {
    match begun {
        // Who asks this has looked whether it may run.
        Begun::Now => Err(ApiError::internal(&std::io::Error::other(
            "a promise that is none",
        ))),
        Begun::Changed => Err(changed()),
        Begun::Before(entry) => replayed(shared, caller, *entry),
        Begun::Refused(OnceRefusal::StillRunning) => Err(ApiError::new(
            ErrorCode::IdempotencyRunning,
            "the first request with this idempotency key still runs; ask again when it has ended",
        )),
        Begun::Refused(OnceRefusal::OtherRequest) => Err(ApiError::new(
            ErrorCode::IdempotencyReused,
            "this idempotency key was used for another request; give every request a key of its own",
        )),
    }
}

/// The first answer once more.
fn replayed(
    shared: &Shared,
    caller: &Caller,
    entry: CastEntry,
) -> Result<Response<Body>, ApiError> {
    let Some(answer) = entry.answer else {
        let message = format!(
            "the run `{}` under this idempotency key was lost with the server that ran it; nobody knows what it did",
            entry.id
        );
        return Err(ApiError::new(ErrorCode::CastLost, message));
    };
    let kept = entry
        .status
        .and_then(|status| StatusCode::from_u16(status).ok());
    let status = kept
        .ok_or_else(|| ApiError::internal(&std::io::Error::other("an answer without a status")))?;
    let answer = shared.room.hold(caller.tenant(), answer)?;
    let mut response = json_bytes(status, answer);
    let yes = HeaderValue::from_static("true");
    response.headers_mut().insert(REPLAYED, yes);
    Ok(response)
}

/// A run as it is listed: what it returned is asked for by its id.
fn seen(entry: CastEntry) -> Cast {
    let CastEntry {
        seq: _,
        id,
        caller: _,
        module,
        version,
        digest,
        started_at,
        ended_at,
        state,
        cost_micro_usd,
        status: _,
        failure,
        answer: _,
        node: _,
        card,
    } = entry;
    let status = match (state, failure.as_deref()) {
        (CastState::Running, _) if card.is_some() => CastStatus::Waiting,
        (CastState::Running, _) => CastStatus::Running,
        (CastState::Lost, _) => CastStatus::Lost,
        (CastState::Ended, None) => CastStatus::Succeeded,
        (CastState::Ended, Some("denied")) => CastStatus::Denied,
        (CastState::Ended, Some(_)) => CastStatus::Failed,
    };
    Cast {
        id,
        status,
        module,
        version,
        digest,
        failure: failure.map(|kind| CastFailure {
            message: kind.clone(),
            limit: None,
            kind,
        }),
        cost_micro_usd,
        started_at: clock::text(started_at),
        ended_at: ended_at.map(clock::text),
        card,
        ..run::blank()
    }
}
