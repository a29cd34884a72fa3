//! Waiting for a future on a thread that has no runtime.
//!
//! One thread waits for one execution, so a runtime of this thread alone is enough; it is kept for the next call, because
//! making one costs more than a small execution. Inside a runtime waiting would stall every other task: that is refused.

use std::cell::RefCell;
use std::future::Future;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::StartError;

thread_local! {
    static RUNTIME: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// A runtime that does not wait for reads that nobody answers (of standard input, say) when its thread ends.
struct Kept(Option<Runtime>);

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs `future` to its end.
pub(crate) fn wait<F: Future>(future: F) -> Result<F::Output, StartError> {
    if Handle::try_current().is_ok() {
        return Err(StartError::InsideRuntime);
    }
    // Taken out while in use: a host function may itself wait for another Tollgate on this thread.
    let kept = RUNTIME.with(RefCell::take);
    let runtime = match kept.and_then(|mut kept| kept.0.take()) {
        Some(runtime) => runtime,
        None => make()?,
    };
    let output = runtime.block_on(future);
    RUNTIME.with(|slot| slot.replace(Some(Kept(Some(runtime)))));
    Ok(output)
}

fn make() -> Result<Runtime, StartError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| StartError::Runtime {
        message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_works_again_and_again() {
        for n in 0..3 {
            assert_eq!(wait(async move { n }), Ok(n));
        }
    }

    #[test]
    fn waiting_inside_a_runtime_is_refused() {
        assert_eq!(
            wait(async { wait(async {}) }),
            Ok(Err(StartError::InsideRuntime))
        );
    }
}
