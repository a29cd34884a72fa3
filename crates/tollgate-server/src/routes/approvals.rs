//! `/api/v1/approvals`: runs that wait for somebody's answer. Who asked for one does not answer it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode, Uri};
use tollgate::limits::ANSWER_STANDS_DEFAULT;
use tollgate_api::{
    Approval, ApprovalAnswer, Approvals, CastMost, ErrorBody, ErrorCode, GiveAnswer,
};
use tollgate_state::Store;
use tollgate_state::access::Role;
use tollgate_state::approval::{Answer, ApprovalError, Card, CardId, Principal, Reply};

use super::{json, next_page, page};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::shared::Shared;
use crate::{body, clock};

/// Lists the cards of the tenant, those that are answered or have expired included, the first first.
#[utoipa::path(
    get,
    path = "/api/v1/approvals",
    operation_id = "list_approvals",
    params(("page" = Option<String>, Query)),
    responses((status = 200, body = Approvals, description = "Cards, the first asked first."), (status = "default", response = ErrorBody)),
    security(("key" = ["approver"]), ("key" = ["auditor"])),
)]
pub(crate) async fn list(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Approver, Role::Auditor])?;
    let after = page(&uri)?;
    let find = move |store: &mut Store| Ok(store.cards_of(caller.tenant(), after)?);
    let cards = shared.database.run(find).await?;
    let next_page = next_page(cards.len(), cards.last().map(|card| card.seq));
    let approvals = cards.into_iter().map(wire).collect();
    json(
        StatusCode::OK,
        &Approvals {
            approvals,
            next_page,
        },
    )
}

/// Shows a card.
#[utoipa::path(
    get,
    path = "/api/v1/approvals/{id}",
    operation_id = "show_approval",
    params(("id" = String, Path)),
    responses((status = 200, body = Approval, description = "The card."), (status = "default", response = ErrorBody)),
    security(("key" = ["approver"]), ("key" = ["auditor"])),
)]
pub(crate) async fn show(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Approver, Role::Auditor])?;
    let card = card_id(&id)?;
    let find = move |store: &mut Store| Ok(store.card_of(caller.tenant(), &card));
    let card = shared.database.run(find).await?.map_err(refused)?;
    json(StatusCode::OK, &wire(card))
}

/// Answers a card, once, in time. For somebody else than who asked for its run.
#[utoipa::path(
    post,
    path = "/api/v1/approvals/{id}",
    operation_id = "answer_approval",
    params(("id" = String, Path)),
    request_body = GiveAnswer,
    responses((status = 200, body = Approval, description = "The card."), (status = "default", response = ErrorBody)),
    security(("key" = ["approver"])),
)]
pub(crate) async fn answer(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Approver])?;
    let card = card_id(&id)?;
    let (head, content) = request.into_parts();
    let given: GiveAnswer = body::json(content, &head.headers, caller.small_body(&shared)).await?;
    let answer = Answer::named(&given.answer, &Answer::OF_SERVERS)?;
    let reply = move |store: &mut Store| {
        let by = Principal::new([&*caller.principal.key])?;
        let reply = Reply {
            card: &card,
            answer,
            by: &by,
            stands_ns: i64::try_from(ANSWER_STANDS_DEFAULT.as_nanos()).unwrap_or(i64::MAX),
        };
        let answered = store.answer_card_as(&caller.act(), &reply);
        Ok(answered.and_then(|()| store.card_of(caller.tenant(), &card)))
    };
    let answered = shared.database.run(reply).await?.map_err(refused)?;
    shared.parked.answered();
    json(StatusCode::OK, &wire(answered))
}

/// What is no name of a card names none.
fn card_id(id: &str) -> Result<CardId, ApiError> {
    id.parse()
        .map_err(|_| ApiError::new(ErrorCode::NotFound, format!("there is no card `{id}`")))
}

fn refused(error: ApprovalError) -> ApiError {
    let code = match error {
        ApprovalError::State(error) => return error.into(),
        ApprovalError::Absent { .. } => ErrorCode::NotFound,
        ApprovalError::Requester { .. } => ErrorCode::Forbidden,
        // It was answered, has expired, or there is no room.
        _ => ErrorCode::Conflict,
    };
    ApiError::new(code, error.to_string())
}

fn wire(card: Card) -> Approval {
    let state = card.state_at(clock::now()).name().to_owned();
    let first = card.waiting.first();
    Approval {
        id: card.id.to_string(),
        state,
        casts: {
            let waiting = card.waiting.iter().filter(|one| one.left_at.is_none());
            waiting.map(|one| one.waiter.execution.clone()).collect()
        },
        requested_by: first
            .map(|one| one.waiter.requester.name().to_owned())
            .unwrap_or_default(),
        module: card.question.interface,
        digest: card.question.module,
        export: Some(card.question.operation).filter(|export| !export.is_empty()),
        input: card.target,
        most: card.most.map(|most| CastMost {
            gas: most.gas,
            memory_bytes: most.memory_bytes,
            timeout_ms: most.wall_ms,
            cost_micro_usd: most.cost_micro_usd,
        }),
        request_digest: card.question.arguments,
        policy: card.question.policy,
        reason: card.reason,
        created_at: clock::text(card.created_at),
        expires_at: clock::text(card.expires_at),
        answer: card.answer.map(|kept| ApprovalAnswer {
            answer: kept.answer.name().to_owned(),
            by: kept.by.name().to_owned(),
            at: clock::text(kept.at),
        }),
    }
}
