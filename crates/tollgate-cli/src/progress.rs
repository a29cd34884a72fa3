//! A line that says what takes long, on a terminal only. Everywhere else long work is silent.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::escapes::clean;

/// Work that ends sooner shows nothing.
const DELAY: Duration = Duration::from_millis(300);

/// Runs `work`; from [`DELAY`] on a spinner on standard error says `what` is going on. It is gone when the work is done.
pub(crate) fn during<T: Send>(what: &str, work: impl FnOnce() -> T + Send) -> T {
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::default_spinner())
        .with_message(clean(what));
    if bar.is_hidden() {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            // Times out while the work goes on; is disconnected when it is done.
            let mut pause = DELAY;
            while wait.recv_timeout(pause) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                bar.tick();
                pause = Duration::from_millis(100);
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}
