//! Calls on file systems that may never answer, on threads of their own.
//!
//! A file of this machine answers at once and is used where the guest runs. One behind a network or another program can keep
//! a thread for ever, so such a call gets another thread: the guest waits for it until its time is over, the thread as long as
//! the system makes it. There are few of those threads; when all of them are stuck, such files are busy for everybody, and
//! nothing else is.

use std::sync::LazyLock;

use rustix::io::Errno;

use super::error::FileError;
use crate::{
    limits,
    run::{Busy, Lane},
};

/// The threads are not shared out: what is stuck is a file system, for whoever uses it.
static CALLS: LazyLock<Lane<()>> =
    LazyLock::new(|| Lane::new(limits::SLOW_FILE_CALLS, limits::SLOW_FILE_CALLS));

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
    match CALLS.run((), work).await {
        Ok(done) => done,
        Err(Busy) => Err(Errno::BUSY.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Barrier, Mutex, PoisonError, mpsc},
        time::Duration,
    };

    use super::*;

    /// The calls of this process are counted together, so these tests take turns.
    static TURN: Mutex<()> = Mutex::new(());

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
    }

    #[test]
    fn calls_that_never_end_leave_the_others_alone() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let all = Arc::new(Barrier::new(limits::SLOW_FILE_CALLS + 1));
        let (end, ends) = mpsc::channel::<()>();
        let ends = Arc::new(Mutex::new(ends));
        runtime().block_on(async {
            let stuck: Vec<_> = (0..limits::SLOW_FILE_CALLS)
                .map(|_| {
                    let (all, ends) = (all.clone(), ends.clone());
                    tokio::spawn(run(true, move || {
                        all.wait();
                        drop(ends.lock().map(|ends| ends.recv()));
                        Ok(())
                    }))
                })
                .collect();
            // Each of them is polled, and then each is stuck.
            let begun = std::thread::spawn(move || all.wait());
            while !begun.is_finished() {
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

    #[test]
    fn a_runtime_ends_while_a_call_is_stuck() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let (end, ends) = mpsc::channel::<()>();
        let (ended, is_ended) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = runtime();
            let (begin, begun) = mpsc::channel();
            runtime.spawn(run(true, move || {
                begin.send(()).ok();
                ends.recv().ok();
                Ok(())
            }));
            runtime.block_on(async {
                while begun.try_recv().is_err() {
                    tokio::task::yield_now().await;
                }
            });
            drop(runtime);
            ended.send(()).ok();
        });
        let result = is_ended.recv_timeout(Duration::from_secs(30));
        drop(end);
        assert_eq!(result, Ok(()));
    }
}
