//! The end of a run: written down, and then said.
//!
//! Nobody is told an end that is not on the disk. While the state cannot be written, such as on a full disk, it is tried again:
//! what a run did is not done again, so its answer is worth the wait. An end that cannot be written for
//! [`END_WAIT`] is given up, which the log says, and its run is lost (`upkeep.rs`).

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::{Instant, sleep};
use tollgate_api::{Cast, ErrorCode};
use tollgate_state::audit::Act;
use tollgate_state::cast::{CastEnd, CastState};
use tollgate_state::receipt::Seal;
use tollgate_state::{Batch, StateError};

use crate::caller::Caller;
use crate::clock;
use crate::error::ApiError;
use crate::limits::END_WAIT;
use crate::run;
use crate::shared::Shared;
use crate::signing::Receipt;

/// How long to wait before the second attempt; before each later one twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// How a run ended.
pub(crate) struct Ended {
    /// What its caller is told.
    pub(crate) cast: Cast,
    /// What is signed about it; `None`: nothing ran.
    pub(crate) receipt: Option<Receipt>,
}

impl Ended {
    /// Of a run that did not begin.
    pub(crate) fn before_it_began(cast: Cast) -> Self {
        Self {
            cast,
            receipt: None,
        }
    }

    /// The same, told otherwise.
    pub(crate) fn told(self, told: impl FnOnce(Cast) -> Cast) -> Self {
        Self {
            cast: told(self.cast),
            ..self
        }
    }
}

/// An end as it is written.
struct End {
    at: i64,
    cast: Cast,
    answer: String,
    receipt: Option<Receipt>,
}

impl End {
    fn of(ended: Ended) -> Result<Self, ApiError> {
        let Ended { mut cast, receipt } = ended;
        let at = clock::now();
        cast.ended_at = Some(clock::text(at));
        let (cast, answer) = run::fitting(cast).map_err(|e| ApiError::internal(&e))?;
        Ok(Self {
            at,
            cast,
            answer,
            receipt,
        })
    }

    fn write(&self, batch: &mut Batch<'_>, caller: &Caller) -> Result<(), ApiError> {
        let Self {
            at,
            cast,
            answer,
            receipt,
        } = self;
        let act = Act {
            at: *at,
            ..caller.act()
        };
        let end = CastEnd {
            id: &cast.id,
            cost_micro_usd: cast.cost_micro_usd,
            gas_used: cast.usage.as_ref().map_or(0, |usage| usage.gas),
            status: StatusCode::OK.as_u16(),
            answer,
            failure: cast.failure.as_ref().map(|failure| &*failure.kind),
            receipt: receipt.as_ref().map(|receipt| receipt as &dyn Seal),
        };
        match batch.end_cast(&act, &end) {
            Err(StateError::Absent { .. }) => Err(ApiError::new(
                ErrorCode::CastLost,
                format!(
                    "the run `{}` is lost: its time was over, or other servers have seen this one gone, before its end was written down",
                    cast.id
                ),
            )),
            ended => Ok(ended?),
        }
    }

    /// Whether this end stands in the state already.
    fn is_written(&self, batch: &Batch<'_>, caller: &Caller) -> Result<bool, ApiError> {
        let kept = batch.cast(caller.tenant(), &self.cast.id)?;
        Ok(kept.state == CastState::Ended && kept.answer.as_deref() == Some(&*self.answer))
    }
}

/// Writes the end of a run down, and returns what is answered.
pub(crate) async fn write(
    shared: &Arc<Shared>,
    caller: &Caller,
    ended: Ended,
) -> Result<String, ApiError> {
    let id = ended.cast.id.clone();
    let written = patiently(shared, caller, ended).await;
    if let Err(ApiError { message, cause, .. }) = &written {
        shared.metrics.lost();
        // Of a run that nobody waits for this is all that is said.
        tracing::error!(
            cast = id,
            message,
            cause,
            "the end of a run could not be written down; it is lost"
        );
    }
    written
}

async fn patiently(
    shared: &Arc<Shared>,
    caller: &Caller,
    ended: Ended,
) -> Result<String, ApiError> {
    let made = tokio::task::spawn_blocking(move || End::of(ended)).await;
    let end = Arc::new(made.map_err(|e| ApiError::internal(&e))??);
    let (give_up, mut pause) = (Instant::now() + END_WAIT, PAUSE);
    let mut tried = false;
    loop {
        let (once, caller) = (Arc::clone(&end), caller.clone());
        let again = tried;
        let write = move |batch: &mut Batch<'_>| match once.write(batch, &caller) {
            // It may have been committed, and the answer to that been lost.
            Err(error) if again => match once.is_written(batch, &caller)? {
                true => Ok(()),
                false => Err(error),
            },
            written => written,
        };
        tried = true;
        match shared.database.write(write).await {
            Ok(()) => {
                shared.metrics.ended(&end.cast);
                return Ok(end.answer.clone());
            }
            Err(error) if may_pass(&error) && Instant::now() + pause < give_up => {
                sleep(pause).await;
                pause = pause.saturating_mul(2);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether the same can be written later: nothing is wrong with the end itself.
fn may_pass(error: &ApiError) -> bool {
    matches!(
        error.code,
        ErrorCode::Unavailable | ErrorCode::StorageFull | ErrorCode::Internal
    )
}
