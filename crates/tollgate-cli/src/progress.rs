//! A line that says what takes long, on a terminal only. Everywhere else long work is silent.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::escapes::clean;

/// Work that ends sooner shows nothing.
const DELAY: Duration = Duration::from_millis(300);
/// How often the line is drawn.
const PERIOD: Duration = Duration::from_millis(100);
/// From when on the line says how long the work has taken.
const TIMED: Duration = Duration::from_secs(2);

/// What is said beside what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// The whole report, and on a terminal what takes long.
    Heard,
    /// Nothing, as `--quiet` asks.
    Silent,
}

/// Runs `work`; from [`DELAY`] on a spinner on standard error says what is going on and how long it has been. `what` is asked
/// for that each time, and answers with something new or not. The line is gone when the work is done.
pub(crate) fn during<T: Send>(
    voice: Voice,
    mut what: impl FnMut() -> Option<String> + Send,
    work: impl FnOnce() -> T + Send,
) -> T {
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
    if voice == Voice::Silent || bar.is_hidden() {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            let started = Instant::now();
            let (mut doing, mut since) = (String::new(), started);
            let mut pause = DELAY;
            // Times out while the work goes on; is disconnected when it is done.
            while wait.recv_timeout(pause) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if let Some(new) = what() {
                    (doing, since) = (clean(&new), Instant::now());
                }
                bar.set_message(line(&doing, since.elapsed()));
                bar.tick();
                pause = PERIOD;
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

fn line(doing: &str, taken: Duration) -> String {
    if taken < TIMED {
        return doing.to_owned();
    }
    format!("{doing}, {} s", taken.as_secs())
}

/// Something that stays the same: said once.
pub(crate) fn only(what: String) -> impl FnMut() -> Option<String> + Send {
    let mut what = Some(what);
    move || what.take()
}
