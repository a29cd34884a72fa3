//! Files that may never answer: what a call may have to wait for, and threads for those that may.
//!
//! Behind a network or another program, a call takes as long as the other side likes, and nothing ends it. Nothing like that
//! is done on a thread that other guests need: it gets one of its own, of which there are only so many; when all of them are
//! stuck, further calls fail at once. `waits` is the only place that says which calls those are. What a call will touch is
//! mostly known before, and is known on the way where it comes to a mount that was never asked what it is ([`Asking`]).

use std::{
    cell::Cell,
    collections::VecDeque,
    mem::ManuallyDrop,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use rustix::io::Errno;

use super::error::FileError;
use crate::{
    digest::Digest,
    limits,
    threads::{Lane, Unanswered},
};

/// The threads are not shared out: what is stuck is a file system, for whoever uses it.
static CALLS: LazyLock<Lane<()>> = LazyLock::new(|| {
    Lane::new(limits::SLOW_FILE_CALLS, limits::SLOW_FILE_CALLS).afterwards(close_what_waits)
});
/// Executions that begin wait for a thread here, each as long as its own time allows. These are shared out: every execution
/// with files comes here, those with files that answer too.
static OPENINGS: LazyLock<Lane<Digest>> =
    LazyLock::new(|| Lane::new(limits::GRANT_OPENINGS, limits::GRANT_OPENINGS_PER_MODULE));

/// Whether a call may have to wait. Only `waits` makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waits(pub(super) bool);

impl Waits {
    /// Tells whether the call may be done where it is.
    pub(crate) const fn never(self) -> bool {
        !self.0
    }
}

/// Does `work`, on a thread of its own if it may have to wait.
///
/// # Errors
/// Those of `work`; [`Errno::BUSY`] if too many such calls are stuck, [`Errno::IO`] if `work` panicked.
pub(crate) async fn run<R, W>(waits: Waits, work: W) -> Result<R, FileError>
where
    R: Send + 'static,
    W: FnOnce() -> Result<R, FileError> + Send + 'static,
{
    if waits.never() {
        return work();
    }
    match CALLS.run((), work).await {
        Ok(done) => done,
        Err(Unanswered::Busy) => Err(Errno::BUSY.into()),
        Err(Unanswered::Panicked) => Err(Errno::IO.into()),
    }
}

/// Opens what an execution of `module` was granted, which may lie anywhere, on a thread of its own.
///
/// # Errors
/// If the system gives no thread, and if `work` panicked.
pub(super) async fn open<R, W>(module: Digest, work: W) -> Result<R, Unanswered>
where
    R: Send + 'static,
    W: FnOnce() -> R + Send + 'static,
{
    OPENINGS.run_in_turn(module, work).await
}

/// Whether a look-up may ask a mount it comes to what it is, which may take for ever.
#[derive(Debug)]
pub(super) struct Asking {
    may: bool,
    wanted: Cell<bool>,
}

impl Asking {
    /// On a thread that may wait.
    pub(super) const fn allowed() -> Self {
        Self {
            may: true,
            wanted: Cell::new(false),
        }
    }

    /// On the thread of a guest.
    pub(super) const fn later() -> Self {
        Self {
            may: false,
            wanted: Cell::new(false),
        }
    }

    /// Tells whether it may ask; if not, it is known that it wanted to.
    pub(super) fn may(&self) -> bool {
        if !self.may {
            self.wanted.set(true);
        }
        self.may
    }

    /// Tells whether what was found is of no use, because something was not asked.
    pub(super) fn was_wanted(&self) -> bool {
        self.wanted.get()
    }

    /// Says that the look-up, done again, may have to wait if it wanted to ask.
    pub(super) fn waits(&self) -> Waits {
        Waits(self.was_wanted())
    }
}

/// A descriptor of an open file. Closing one may have to wait as well, and then nobody waits for that.
#[derive(Debug)]
pub(super) struct Descriptor {
    fd: ManuallyDrop<OwnedFd>,
    pub(super) slow: bool,
}

impl Descriptor {
    pub(super) const fn new(fd: OwnedFd, slow: bool) -> Self {
        Self {
            fd: ManuallyDrop::new(fd),
            slow,
        }
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Descriptor {
    #[expect(unsafe_code, reason = "a field cannot be moved out of what is dropped")]
    fn drop(&mut self) {
        // SAFETY: this is the only place that takes it, it runs once, and nothing uses the field afterwards.
        let fd = unsafe { ManuallyDrop::take(&mut self.fd) };
        if self.slow {
            close_later(fd);
        }
    }
}

/// Descriptors to be closed. They stay here while all threads are stuck: the first call that comes back looks here.
static CLOSING: Mutex<VecDeque<OwnedFd>> = Mutex::new(VecDeque::new());

fn closing() -> MutexGuard<'static, VecDeque<OwnedFd>> {
    CLOSING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn close_later(fd: OwnedFd) {
    closing().push_back(fd);
    close_what_waits();
}

/// Closes what is in the list, on a thread. Where all are taken, each of them comes here when its call is over.
fn close_what_waits() {
    if closing().is_empty() {
        return;
    }
    let close_all = || {
        let next = || closing().pop_front();
        while let Some(fd) = next() {
            drop(fd);
        }
    };
    CALLS.leave((), close_all).ok();
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        sync::{Arc, Barrier, Mutex, PoisonError, mpsc},
        task::{Context, Poll},
        time::Duration,
    };

    use tokio::task::JoinHandle;

    use super::*;

    /// The calls of this process are counted together, so these tests take turns.
    static TURN: Mutex<()> = Mutex::new(());

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
    }

    /// Takes all places, until what comes first is dropped.
    async fn all_stuck() -> (mpsc::Sender<()>, Vec<JoinHandle<Result<(), FileError>>>) {
        let all = Arc::new(Barrier::new(limits::SLOW_FILE_CALLS + 1));
        let (end, ends) = mpsc::channel::<()>();
        let ends = Arc::new(Mutex::new(ends));
        let stuck = (0..limits::SLOW_FILE_CALLS)
            .map(|_| {
                let (all, ends) = (all.clone(), ends.clone());
                tokio::spawn(in_turn(move || {
                    let (all, ends) = (all.clone(), ends.clone());
                    move || {
                        all.wait();
                        drop(ends.lock().map(|ends| ends.recv()));
                        Ok(())
                    }
                }))
            })
            .collect();
        // Each of them is polled, and then each is stuck.
        let begun = std::thread::spawn(move || all.wait());
        while !begun.is_finished() {
            tokio::task::yield_now().await;
        }
        (end, stuck)
    }

    /// Runs a call as soon as there is a thread: what an earlier test closes may still have one.
    async fn in_turn<W>(work: impl Fn() -> W) -> Result<(), FileError>
    where
        W: FnOnce() -> Result<(), FileError> + Send + 'static,
    {
        loop {
            match run(Waits(true), work()).await {
                Err(busy) if busy == Errno::BUSY.into() => tokio::task::yield_now().await,
                done => return done,
            }
        }
    }

    #[test]
    fn a_descriptor_without_a_thread_to_close_it_is_closed_when_a_call_comes_back() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut reader, writer) = std::io::pipe().unwrap();
        runtime().block_on(async {
            let (end, stuck) = all_stuck().await;
            drop(Descriptor::new(writer.into(), true));
            assert_eq!(closing().len(), 1);
            drop(end);
            for call in stuck {
                assert_eq!(call.await.unwrap(), Ok(()));
            }
        });
        // There is an end when nobody can write any more.
        let (ended, is_ended) = mpsc::channel();
        std::thread::spawn(move || ended.send(reader.read(&mut [0]).ok()));
        let result = is_ended.recv_timeout(Duration::from_secs(30));
        assert_eq!(result, Ok(Some(0)));
    }

    #[test]
    fn calls_that_never_end_leave_the_others_alone() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        runtime().block_on(async {
            let (end, stuck) = all_stuck().await;
            assert_eq!(run(Waits(true), || Ok(1)).await, Err(Errno::BUSY.into()));
            assert_eq!(run(Waits(false), || Ok(1)).await, Ok(1));
            drop(end);
            for call in stuck {
                assert_eq!(call.await.unwrap(), Ok(()));
            }
            assert_eq!(run(Waits(true), || Ok(1)).await, Ok(1));
        });
    }

    #[test]
    fn a_module_whose_openings_are_stuck_leaves_those_of_others_alone() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let (end, ends) = mpsc::channel::<()>();
        let ends = Arc::new(Mutex::new(ends));
        runtime.block_on(async {
            let mut stuck: Vec<_> = (0..limits::GRANT_OPENINGS)
                .map(|_| {
                    let ends = ends.clone();
                    let work = move || drop(ends.lock().map(|ends| ends.recv()));
                    Box::pin(open(Digest::of(b"stuck"), work))
                })
                .collect();
            for opening in &mut stuck {
                let once = |context: &mut Context<'_>| Poll::Ready(opening.as_mut().poll(context));
                assert!(std::future::poll_fn(once).await.is_pending());
            }
            let other = open(Digest::of(b"other"), || 1);
            let opened = tokio::time::timeout(Duration::from_secs(30), other).await;
            assert_eq!(opened, Ok(Ok(1)));
            drop(end);
            for opening in stuck {
                assert_eq!(opening.await, Ok(()), "those that waited have their turn");
            }
        });
    }

    #[test]
    fn a_call_that_panics_is_an_error_of_its_own() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let panics = || -> Result<(), FileError> { panic!("a fault of the call") };
        let result = runtime().block_on(run(Waits(true), panics));
        assert_eq!(result, Err(Errno::IO.into()));
    }

    #[test]
    fn a_runtime_ends_while_a_call_is_stuck() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let (end, ends) = mpsc::channel::<()>();
        let (ended, is_ended) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = runtime();
            let (begin, begun) = mpsc::channel();
            runtime.spawn(run(Waits(true), move || {
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
