//! Signals that end a run: the guest is stopped, and the bill is written as after any other end.
//!
//! They are heard while the guest runs and from then on, since whoever reads its output may not. Before, they end the process at
//! once: there is nothing to report. A signal that whoever started the command had it ignore (`nohup`) stays ignored.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tollgate::sandbox::ignores_signal;

/// How long the end of a run may take after a signal. Whoever reads the output may have stopped too.
const PATIENCE: Duration = Duration::from_secs(5);

/// The signals of a terminal and of whoever supervises a process.
const SIGNALS: [SignalKind; 3] = [
    SignalKind::hangup(),
    SignalKind::interrupt(),
    SignalKind::terminate(),
];

/// The signal that ended a run, if one did.
pub(crate) struct Interrupt {
    caught: Arc<AtomicU8>,
    /// The signals this process does not ignore.
    heard: Vec<SignalKind>,
    /// How they come, from when they are listened to. Kept, so that none is lost between two that listen.
    coming: Arc<Mutex<Option<Coming>>>,
}

type Coming = Vec<(SignalKind, Signal)>;

impl Interrupt {
    /// How long whoever reads the output may take after a signal; less than the end of the run may.
    pub(crate) const READERS: Duration = Duration::from_secs(2);

    /// Looks which signals are to be heard. To be called before the jail is closed.
    pub(crate) fn prepare() -> Self {
        Self {
            caught: Arc::default(),
            heard: SIGNALS
                .into_iter()
                .filter(|kind| !ignores_signal(kind.as_raw_value()))
                .collect(),
            coming: Arc::default(),
        }
    }

    /// Returns the number of the signal that came.
    pub(crate) fn caught(&self) -> Option<u8> {
        match self.caught.load(Ordering::Acquire) {
            0 => None,
            number => Some(number),
        }
    }

    /// Returns when a signal has come. Runs on a tokio runtime.
    pub(crate) fn comes(&self) -> impl Future<Output = ()> + use<> {
        let (caught, wanted) = (self.caught.clone(), self.heard.clone());
        let coming = self.coming.clone();
        async move {
            let number = poll_fn(|context| {
                let mut coming = coming.lock().unwrap_or_else(PoisonError::into_inner);
                let coming = coming.get_or_insert_with(|| listened(&wanted));
                let ready = coming.iter_mut().find_map(|(kind, signal)| {
                    let is_ready = signal.poll_recv(context).is_ready();
                    is_ready.then(|| kind.as_raw_value())
                });
                ready.map_or(Poll::Pending, Poll::Ready)
            })
            .await;
            let number = u8::try_from(number).unwrap_or(u8::MAX);
            caught.store(number, Ordering::Release);
            end_in_time(number);
        }
    }

    /// Listens from now on, when nothing waits for [`Interrupt::comes`] any more: until a signal has come, or the process ends.
    pub(crate) fn keep_listening(&self) {
        if self.caught().is_some() {
            return;
        }
        let comes = self.comes();
        let listen = move || {
            if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
                runtime.block_on(comes);
            }
        };
        // Without a thread nothing can be done about signals.
        drop(
            std::thread::Builder::new()
                .name("signals".to_owned())
                .spawn(listen),
        );
    }
}

/// Begins to listen. A signal that cannot be heard ends the process as it would have without us.
fn listened(wanted: &[SignalKind]) -> Coming {
    let heard = wanted
        .iter()
        .filter_map(|kind| Some((*kind, signal(*kind).ok()?)));
    heard.collect()
}

/// The code of a process that a signal ended, as shells say it.
pub(crate) fn code(number: u8) -> u8 {
    number.saturating_add(128)
}

/// Ends the process if it does not end by itself.
fn end_in_time(number: u8) {
    let wait = move || {
        std::thread::sleep(PATIENCE);
        std::process::exit(code(number).into());
    };
    // Without a thread there is no hurry.
    drop(std::thread::Builder::new().spawn(wait));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_told_as_shells_do() {
        assert_eq!([code(1), code(2), code(15)], [129, 130, 143]);
    }
}
