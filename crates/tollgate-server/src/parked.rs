//! Runs that wait for somebody's answer before they begin. They hold no thread, no process and no place among those that run.
//!
//! They are told when a card was answered, and when the server stops. How one asks and waits is `asking.rs`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tollgate_state::approval::CardId;

use crate::limits::{PARKED_MAX, PARKED_PER_TENANT};
use crate::shares::Shares;

/// The process that the runs of a server are in, as the state knows it. A folder has one server.
pub(crate) const PROCESS: &str = "server";

/// Those that wait.
pub(crate) struct Parked {
    pub(crate) places: Shares,
    /// The card of each run that waits.
    cards: Mutex<HashMap<String, CardId>>,
    news: watch::Sender<News>,
}

/// What those who wait are told.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct News {
    /// How many answers there were.
    answers: u64,
    /// Nobody waits any more.
    pub(crate) is_over: bool,
}

impl Parked {
    pub(crate) fn new() -> Self {
        Self {
            places: Shares::new(PARKED_MAX, PARKED_PER_TENANT),
            cards: Mutex::default(),
            news: watch::Sender::new(News::default()),
        }
    }

    /// The card at which a run waits.
    pub(crate) fn card_of(&self, run: &str) -> Option<String> {
        self.lock().get(run).map(ToString::to_string)
    }

    /// Says that there is an answer.
    pub(crate) fn answered(&self) {
        self.news.send_modify(|news| news.answers += 1);
    }

    /// Ends all waiting, from now on.
    pub(crate) fn end(&self) {
        self.news.send_modify(|news| news.is_over = true);
    }

    /// What there is to know from now on.
    pub(crate) fn news(&self) -> watch::Receiver<News> {
        self.news.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, CardId>> {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that waits at a card until this is dropped.
pub(crate) struct Waits<'p> {
    parked: &'p Parked,
    run: String,
}

impl<'p> Waits<'p> {
    pub(crate) fn at(parked: &'p Parked, run: &str, card: CardId) -> Self {
        parked.lock().insert(run.to_owned(), card);
        let run = run.to_owned();
        Self { parked, run }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.parked.lock().remove(&self.run);
    }
}
