//! Runs that wait for somebody's answer before they begin. They hold no thread, no process and no place among those that run.
//!
//! They are told when a card was answered, and when the server stops. How one asks and waits is `asking.rs`.

use tokio::sync::watch;

use crate::limits::{PARKED_MAX, PARKED_PER_TENANT};
use crate::shares::Shares;

/// Those that wait.
pub(crate) struct Parked {
    pub(crate) places: Shares,
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
            news: watch::Sender::new(News::default()),
        }
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
}
