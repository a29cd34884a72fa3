//! What the server does by itself, again and again: it sees that the database is its own, runs that nobody has under way any more are lost, answers that have been kept
//! for long enough are forgotten.

use std::sync::Arc;

use tollgate_state::Store;
use tollgate_state::audit::Act;
use tollgate_state::limits::ANSWERS_FORGOTTEN_AT_ONCE;

use crate::clock;
use crate::error::ApiError;
use crate::limits::UPKEEP_EVERY;
use crate::shared::Shared;

/// Works until it is dropped.
pub(crate) async fn keep(shared: Arc<Shared>) {
    loop {
        let database = Arc::clone(&shared.database);
        // Nothing but a panic ends it early, and then nothing is held.
        tokio::task::spawn_blocking(move || database.hold())
            .await
            .ok();
        for done in [lose(&shared).await, forget(&shared).await] {
            if let Err(ApiError { message, cause, .. }) = done {
                tracing::warn!(message, cause, "the state could not be looked after");
            }
        }
        tokio::time::sleep(UPKEEP_EVERY).await;
    }
}

/// Loses runs whose end could not be written.
async fn lose(shared: &Arc<Shared>) -> Result<(), ApiError> {
    let server = Arc::clone(shared);
    let lose = move |store: &mut Store| {
        let lost = store.lose_casts_but(&act(), |id| server.underway.has(id))?;
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
        let forget = |store: &mut Store| Ok(store.forget_answers(&act())?);
        if shared.database.run(forget).await? < ANSWERS_FORGOTTEN_AT_ONCE {
            return Ok(());
        }
    }
}

/// It is nobody's doing.
fn act() -> Act<'static> {
    Act {
        tenant: "",
        actor: "server",
        origin: "local",
        request: "upkeep",
        at: clock::now(),
    }
}
