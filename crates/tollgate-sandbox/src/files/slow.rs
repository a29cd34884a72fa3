//! Calls on file systems that may never answer, on threads of their own.
//!
//! A file of this machine answers at once and is used where the guest runs. One behind a network or another program can keep
//! a thread for ever, so such a call gets another thread: the guest waits for it until its time is over, the thread as long as
//! the system makes it. There are few of those threads; when all of them are stuck, such files are busy for everybody, and
//! nothing else is.

use std::sync::LazyLock;

use rustix::io::Errno;
use tokio::sync::Semaphore;

use super::error::FileError;
use crate::limits;

static THREADS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(limits::SLOW_FILE_CALLS));

/// Does `work`, on a thread of its own if it is `slow`.
///
/// # Errors
/// Those of `work`, and [`Errno::BUSY`] if all threads are taken.
pub(crate) async fn run<R, W>(slow: bool, work: W) -> Result<R, FileError>
where
    R: Send + 'static,
    W: FnOnce() -> Result<R, FileError> + Send + 'static,
{
    if !slow {
        return work();
    }
    let Ok(place) = THREADS.try_acquire() else {
        return Err(Errno::BUSY.into());
    };
    let call = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    match call.await {
        Ok(done) => done,
        Err(_) => Err(Errno::IO.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_never_end_leave_the_others_alone() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let ends = std::sync::Arc::new(std::sync::Mutex::new(ends));
        runtime.block_on(async {
            let stuck: Vec<_> = (0..limits::SLOW_FILE_CALLS)
                .map(|_| {
                    let ends = ends.clone();
                    tokio::spawn(run(true, move || {
                        drop(ends.lock().map(|ends| ends.recv()));
                        Ok(())
                    }))
                })
                .collect();
            // A runtime of one thread looks at 61 tasks before it comes back here.
            while THREADS.available_permits() > 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(run(true, || Ok(1)).await, Err(Errno::BUSY.into()));
            assert_eq!(run(false, || Ok(1)).await, Ok(1));
            drop(end);
            for call in stuck {
                assert_eq!(call.await.unwrap(), Ok(()));
            }
            assert_eq!(run(true, || Ok(1)).await, Ok(1));
        });
    }
}
