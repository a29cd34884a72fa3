//! Running without a runtime of the caller's: one small runtime for each thread, made at the first use.

use std::{cell::RefCell, future::Future};

use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: RefCell<Option<Background>> = const { RefCell::new(None) };
}

/// A runtime that does not wait for blocked host calls of stopped guests when its thread ends.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs `future` on this thread.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let kept = RUNTIME
        .with(|runtime| runtime.take())
        .and_then(|mut kept| kept.0.take());
    let runtime = kept.unwrap_or_else(make);
    let output = runtime.block_on(future);
    drop(RUNTIME.with(|kept| kept.replace(Some(Background(Some(runtime))))));
    output
}

/// Makes the runtime of this thread, so that the first execution finds it.
pub(crate) fn prepare() {
    run(async {});
}

#[expect(
    clippy::expect_used,
    reason = "without a timer the sandbox cannot bound anything; this is not caused by input"
)]
fn make() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system gives an event queue to the runtime")
}
