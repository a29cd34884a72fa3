//! What the server does by itself, again and again: it shows other servers that it is there, and looks which of them are; runs that nobody
//! has under way any more are lost; answers that have been kept for long enough are forgotten.

use std::sync::Arc;

use tollgate_state::audit::Act;
use tollgate_state::limits::ANSWERS_FORGOTTEN_AT_ONCE;
use tollgate_state::node::{GoneNode, process_of};
use tollgate_state::{StateError, Store};

use crate::error::ApiError;
use crate::limits::{OTHERS_LOOK, UPKEEP_EVERY};
use crate::operator::by_nobody;
use crate::shared::Shared;

/// Works until it is dropped.
pub(crate) async fn keep(shared: Arc<Shared>) {
    loop {
        let database = Arc::clone(&shared.database);
        // Nothing but a panic ends it early, and then nothing is held.
        tokio::task::spawn_blocking(move || database.hold())
            .await
            .ok();
        for done in [
            end_gone_nodes(&shared).await,
            lose(&shared).await,
            forget(&shared).await,
        ] {
            if let Err(ApiError { message, cause, .. }) = done {
                tracing::warn!(message, cause, "the state could not be looked after");
            }
        }
        tokio::time::sleep(UPKEEP_EVERY).await;
    }
}

/// Hears what is said at other servers about runs of this one, and passes it on, until it is dropped: that they are to stop, and
/// answers for which they wait.
pub(crate) async fn hear_others(shared: Arc<Shared>) {
    if !shared.database.is_shared() {
        return;
    }
    let mut answers = 0;
    loop {
        tokio::time::sleep(OTHERS_LOOK).await;
        if shared.underway.is_empty() {
            continue;
        }
        let process = process_of(shared.database.node());
        let hear =
            move |store: &mut Store| Ok((store.cancelled_casts()?, store.answers_for(&process)?));
        match shared.database.run(hear).await {
            Ok((cancelled, answered)) => {
                for id in cancelled {
                    shared.underway.cancel(&id);
                }
                if std::mem::replace(&mut answers, answered) != answered {
                    shared.parked.answered();
                }
            }
            // The upkeep says it, and the next look comes soon.
            Err(error) => tracing::debug!(cause = error.cause, "other servers could not be heard"),
        }
    }
}

/// Ends servers that are gone, and loses what they had under way.
async fn end_gone_nodes(shared: &Arc<Shared>) -> Result<(), ApiError> {
    let node = shared.database.node();
    let end = move |store: &mut Store| Ok(end_gone(store, &by_nobody(), node)?);
    shared.database.run(end).await
}

/// Ends servers that are gone, but for `node`, and loses what they had under way.
pub(crate) fn end_gone(store: &mut Store, act: &Act<'_>, node: i64) -> Result<(), StateError> {
    let (gone, lost) = store.end_gone_nodes(act, node)?;
    for GoneNode { node, name } in &gone {
        tracing::warn!(node, name, "a server is gone");
    }
    if lost > 0 {
        tracing::warn!(lost, "runs were lost with their servers");
    }
    Ok(())
}

/// Loses runs whose end could not be written.
async fn lose(shared: &Arc<Shared>) -> Result<(), ApiError> {
    let server = Arc::clone(shared);
    let lose = move |store: &mut Store| {
        let lost = store.lose_casts_but(&by_nobody(), |id| server.underway.has(id))?;
        if lost > 0 {
            tracing::warn!(
                lost,
                "runs are lost, since their ends could not be written down"
            );
        }
        Ok(())
    };
    shared.database.run(lose).await
}

/// Forgets old answers, some at a time, so that others get to write in between.
async fn forget(shared: &Arc<Shared>) -> Result<(), ApiError> {
    loop {
        let forget = |store: &mut Store| Ok(store.forget_answers(&by_nobody())?);
        if shared.database.run(forget).await? < ANSWERS_FORGOTTEN_AT_ONCE {
            return Ok(());
        }
    }
}
