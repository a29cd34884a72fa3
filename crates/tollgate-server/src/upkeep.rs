//! What the server does by itself, again and again: it shows other servers that it is there, and looks which of them are; runs that nobody
//! has under way any more are lost; answers that have been kept for long enough are forgotten, and bytes of pushes that did not end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tollgate_state::audit::Act;
use tollgate_state::limits::ANSWERS_FORGOTTEN_AT_ONCE;
use tollgate_state::node::{OpenNode, process_of};
use tollgate_state::{StateError, Store};

use crate::clock;
use crate::error::ApiError;
use crate::limits::{HOLD_EVERY, NODE_MISSED, ORPHANS_KEPT, OTHERS_LOOK, UPKEEP_EVERY};
use crate::operator::by_nobody;
use crate::shared::Shared;

/// Works until it is dropped.
pub(crate) async fn keep(shared: Arc<Shared>) {
    let mut orphans_forgotten = None;
    loop {
        for done in [
            lose(&shared).await,
            forget(&shared).await,
            forget_orphans(&shared, &mut orphans_forgotten).await,
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
    let mut answers = Vec::new();
    loop {
        tokio::time::sleep(OTHERS_LOOK).await;
        if shared.underway.is_empty() {
            continue;
        }
        let process = process_of(shared.database.node());
        let hear =
            move |store: &mut Store| Ok((store.cancelled_casts()?, store.answered_for(&process)?));
        match shared.database.run(hear).await {
            Ok((cancelled, answered)) => {
                for id in cancelled {
                    shared.underway.cancel(&id);
                }
                if answers != answered {
                    shared.parked.answered();
                    answers = answered;
                }
            }
            // The upkeep says it, and the next look comes soon.
            Err(error) => tracing::debug!(cause = error.cause, "other servers could not be heard"),
        }
    }
}

/// Shows other servers again and again that this one is there, and looks which of them are, until it is dropped.
pub(crate) async fn hold(shared: Arc<Shared>) {
    if !shared.database.is_shared() {
        return;
    }
    let mut missed = Missed::default();
    loop {
        let (database, under_way) = (Arc::clone(&shared.database), shared.underway.ids());
        // Nothing but a panic ends it early, and then nothing is held.
        let is_another = tokio::task::spawn_blocking(move || database.hold()).await;
        if is_another.is_ok_and(|is_another| is_another) {
            for lost in under_way {
                shared.underway.cancel(&lost);
            }
        }
        if let Err(ApiError { message, cause, .. }) = end_missed(&shared, &mut missed).await {
            // Who was not looked for may have been there.
            missed = Missed::default();
            tracing::warn!(message, cause, "other servers could not be looked for");
        }
        tokio::time::sleep(HOLD_EVERY).await;
    }
}

/// The servers that were missed, and since when.
#[derive(Default)]
struct Missed(HashMap<i64, Instant>);

impl Missed {
    /// Notes which servers nobody holds now, and returns those that have been missed for long enough.
    fn note(&mut self, free: &[OpenNode], now: Instant) -> Vec<i64> {
        let is_free = |node: &i64| free.iter().any(|other| other.node == *node);
        self.0.retain(|node, _| is_free(node));
        for other in free {
            self.0.entry(other.node).or_insert(now);
        }
        let since = self.0.iter();
        since
            .filter(|(_, since)| now.saturating_duration_since(**since) >= NODE_MISSED)
            .map(|(node, _)| *node)
            .collect()
    }
}

/// Ends servers that have been missed for long enough, and loses what they had under way.
async fn end_missed(shared: &Arc<Shared>, missed: &mut Missed) -> Result<(), ApiError> {
    let node = shared.database.node();
    let look = move |store: &mut Store| Ok(store.free_nodes(node)?);
    let free = shared.database.run(look).await?;
    let gone = missed.note(&free, Instant::now());
    if gone.is_empty() {
        return Ok(());
    }
    let end = move |store: &mut Store| Ok(end_gone(store, &by_nobody(), &gone)?);
    shared.database.run(end).await
}

/// Ends servers that are gone, and loses what they had under way.
pub(crate) fn end_gone(store: &mut Store, act: &Act<'_>, gone: &[i64]) -> Result<(), StateError> {
    let (gone, lost) = store.end_gone_nodes(act, gone)?;
    for OpenNode { node, name, .. } in &gone {
        tracing::warn!(node, name, "a server is gone");
    }
    if lost > 0 {
        tracing::warn!(lost, "runs were lost with their servers");
    }
    Ok(())
}

/// Loses runs whose end could not be written, and those of no server that is still there.
async fn lose(shared: &Arc<Shared>) -> Result<(), ApiError> {
    let server = Arc::clone(shared);
    let lose = move |store: &mut Store| {
        end_gone(store, &by_nobody(), &[])?;
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

/// Forgets bytes of pushes that did not end, now and then.
async fn forget_orphans(shared: &Arc<Shared>, last: &mut Option<Instant>) -> Result<(), ApiError> {
    let is_soon = last.is_some_and(|last| last.elapsed() < ORPHANS_KEPT);
    if is_soon || !shared.database.is_shared() {
        return Ok(());
    }
    let kept = i64::try_from(ORPHANS_KEPT.as_nanos()).map_err(|e| ApiError::internal(&e))?;
    let before = clock::now().saturating_sub(kept);
    let forget = move |store: &mut Store| Ok(store.forget_old_pieces(before)?);
    shared.database.run(forget).await?;
    *last = Some(Instant::now());
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn open(nodes: &[i64]) -> Vec<OpenNode> {
        let one = |node: &i64| OpenNode {
            node: *node,
            name: "one".to_owned(),
            signer: "key".to_owned(),
        };
        nodes.iter().map(one).collect()
    }

    #[test]
    fn who_is_missed_for_a_moment_is_not_gone() {
        let (mut missed, begun) = (Missed::default(), Instant::now());
        assert!(missed.note(&open(&[1, 2]), begun).is_empty());
        let soon = begun + NODE_MISSED / 2;
        assert!(missed.note(&open(&[2]), soon).is_empty());
        // The first one was there in between, and is missed anew.
        let late = begun + NODE_MISSED;
        assert_eq!(missed.note(&open(&[1, 2]), late), [2]);
        assert!(missed.note(&open(&[1]), late + NODE_MISSED / 2).is_empty());
        assert_eq!(missed.note(&open(&[1]), late + NODE_MISSED), [1]);
    }
}
