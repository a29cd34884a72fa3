//! How a run asks whether it may begin, and waits.
//!
//! A question is a card in the state ([`tollgate_state::approval`]), whose rules say which answers count. A run that waits is told
//! when a card was answered here, and looks now and then for answers that came another way.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tollgate_api::ErrorCode;
use tollgate_state::Store;
use tollgate_state::approval::{ApprovalError, CardId, Given, NewCard, Proposed};
use tollgate_state::cast::CastState;

use crate::clock;
use crate::error::ApiError;
use crate::ids;
use crate::limits::ANSWER_LOOK;
use crate::shared::Shared;
use crate::underway::Run;

/// What became of a question.
pub(crate) enum Became {
    Allowed(Given),
    Denied(Given),
    /// There is no answer, and none will come.
    Unanswered(String),
    /// The run was cancelled, or the server stops.
    Stopped,
}

/// Puts the question of a run, and waits for what becomes of it; `told` is called when it waits at a card, with that. Whatever goes wrong is no
/// answer, which denies.
pub(crate) async fn ask(
    shared: &Arc<Shared>,
    mut new: NewCard,
    run: &Run<'_>,
    told: impl FnOnce(&CardId),
) -> Became {
    let mut told = Some(told);
    loop {
        let put = new.clone();
        let propose = move |store: &mut Store| {
            // Nobody is asked about what was lost since it was written down.
            match store
                .cast(&put.question.tenant, &put.waiter.execution)?
                .state
            {
                CastState::Running => Ok(store.propose(&put, clock::now())),
                CastState::Ended | CastState::Lost => {
                    Err(ApiError::new(ErrorCode::CastLost, "the run is lost"))
                }
            }
        };
        let card = match said(shared.database.run(propose).await) {
            Ok(Proposed::Stands(given)) => return judged(given),
            Ok(Proposed::Asked(card)) => card,
            Err(NoAnswer { why, .. }) => {
                return Became::Unanswered(format!("nobody can be asked: {why}"));
            }
        };
        if let Some(told) = told.take() {
            told(&card);
        }
        match wait(shared, &new, &card, run).await {
            Some(became) => return became,
            // What was said there allows it no more: it is asked about anew.
            None => new.id = ids::card(),
        }
    }
}

/// Waits at a card; `None`: its answer was another run's, or is withdrawn.
async fn wait(shared: &Arc<Shared>, new: &NewCard, card: &CardId, run: &Run<'_>) -> Option<Became> {
    let mut news = shared.parked.news();
    loop {
        if news.borrow_and_update().is_over {
            return Some(stopped(shared, new).await);
        }
        let (question, at) = (new.question.clone(), card.clone());
        let execution = new.waiter.execution.clone();
        let take = move |store: &mut Store| {
            Ok(store.take_answer(&at, &question, &execution, clock::now()))
        };
        match said(shared.database.run(take).await) {
            Ok(Some(given)) => return Some(judged(given)),
            Ok(None) => {}
            Err(NoAnswer {
                kind: Kind::Gone, ..
            }) => return None,
            // There is another look, and an end: the card's own.
            Err(NoAnswer {
                kind: Kind::Unknown,
                ..
            }) if clock::now() < new.expires_at => {}
            Err(NoAnswer { why, .. }) => return Some(Became::Unanswered(why)),
        }
        let left = new.expires_at.saturating_sub(clock::now());
        let left = Duration::from_nanos(u64::try_from(left).unwrap_or(0));
        tokio::select! {
            // Neither news nor their end is needed for the next look.
            _ = timeout(left.min(ANSWER_LOOK), news.changed()) => {}
            () = run.cancelled() => return Some(stopped(shared, new).await),
        }
    }
}

/// Closes the question of a run that does not wait any more. Where that cannot be written, its card expires by itself.
async fn stopped(shared: &Arc<Shared>, new: &NewCard) -> Became {
    let execution = new.waiter.execution.clone();
    let close = move |store: &mut Store| Ok(store.stop_waiting(&[&execution], clock::now())?);
    shared.database.run(close).await.ok();
    Became::Stopped
}

/// Why there is no answer.
struct NoAnswer {
    kind: Kind,
    /// What everybody may know of it.
    why: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// There was one, and it is another run's, or the key that gave it is not good any more.
    Gone,
    /// The state could not be read or written.
    Unknown,
    /// There will be none.
    Final,
}

fn said<T>(asked: Result<Result<T, ApprovalError>, ApiError>) -> Result<T, NoAnswer> {
    let (kind, why) = match asked {
        Ok(Ok(said)) => return Ok(said),
        Ok(Err(error @ (ApprovalError::Used { .. } | ApprovalError::Withdrawn { .. }))) => {
            (Kind::Gone, error.to_string())
        }
        Ok(Err(ApprovalError::State(error))) => (Kind::Unknown, ApiError::from(error).message),
        Ok(Err(error)) => (Kind::Final, error.to_string()),
        Err(error) => (Kind::Unknown, error.message),
    };
    Err(NoAnswer { kind, why })
}

fn judged(given: Given) -> Became {
    match given.answer.allows() {
        true => Became::Allowed(given),
        false => Became::Denied(given),
    }
}
