//! Workers that are started before they are needed.
//!
//! A worker that waits has its program, its engine and the part of its jail that no job changes; it serves one execution and
//! is gone. One thread starts workers and buries them, so that an execution waits for neither: it exists from the first
//! execution on, and its end is the end of all that wait, by its hand or by the system's.

use std::{
    collections::VecDeque,
    io,
    process::Stdio,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    HandedCode,
    message::Job,
    process::{Process, Start},
    rehearsal,
};
use crate::{
    child::ChildLimits,
    config::{Allocation, EngineConfig},
    grant::Stdin,
    jail::Network,
    limits,
    process::{LEDGER, ProcessShare},
};

/// The workers of one engine.
pub(crate) struct Pool {
    yard: Arc<Yard>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the executions and the thread share.
struct Yard {
    /// The engine workers make, and as they read it.
    made: EngineConfig,
    config: Vec<u8>,
    /// What they rehearse, compiled when the first is started.
    rehearsal: OnceLock<HandedCode>,
    /// What a waiting worker may use until its job says less.
    limits: ChildLimits,
    /// How many wait at most.
    size: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Process>,
    ended: Vec<Process>,
    /// Whether there was an execution lately, so that there may be another.
    busy: bool,
    /// When a worker was given to the execution that has not ended yet. Starting another takes a processor for milliseconds,
    /// which is longer than a short run.
    given: Option<Instant>,
    closed: bool,
}

impl Pool {
    /// Returns the pool of an engine with `config`. Nothing is started yet.
    pub(crate) fn new(config: &EngineConfig) -> Self {
        let made = EngineConfig {
            allocation: Allocation::OnDemand,
            concurrent: 1,
            waiting_workers: 0,
            ..config.clone()
        };
        let yard = Yard {
            // A configuration is numbers and names; should it not go into bytes, the worker says what it misses.
            config: postcard::to_stdvec(&made).unwrap_or_default(),
            made,
            rehearsal: OnceLock::new(),
            limits: ChildLimits {
                address_bytes: u64::MAX,
                data_bytes: u64::MAX,
                files: u64::MAX,
                cpu: Duration::MAX,
                cpu_most: Duration::MAX,
                network: Network::None,
                jail: config.jail,
            },
            size: usize::try_from(config.waiting_workers.min(limits::ISOLATED_WAITING_CEILING))
                .unwrap_or(0),
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        Self {
            yard: Arc::new(yard),
            thread: Mutex::default(),
        }
    }

    /// Returns a worker for `job`: one that waits where the job can be served by one, else one that is started now.
    pub(crate) fn take(&self, job: &Job<'_>) -> io::Result<Process> {
        if self.serves(job)
            && let Some(process) = self.yard.take()
        {
            return Ok(process);
        }
        let stdin = match job.grant.stdin {
            Stdin::Inherit => Stdio::inherit(),
            Stdin::Empty | Stdin::Bytes(_) => Stdio::null(),
        };
        Process::start(Start {
            config: &self.yard.config,
            rehearsal: &rehearsal::none(),
            limits: &job.process,
            stdin,
        })
    }

    /// Whether a worker that waits can serve this: it has no standard input and no network.
    fn serves(&self, job: &Job<'_>) -> bool {
        let has_thread = || {
            let mut thread = self.thread();
            if thread.is_none() {
                // There may be none now, and one later.
                *thread = Yard::staff(&self.yard);
            }
            thread.is_some()
        };
        let inherits = job.grant.stdin == Stdin::Inherit;
        self.yard.size > 0 && !inherits && job.process.network == Network::None && has_thread()
    }

    fn thread(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a worker. The thread waits for its end, if there is one.
    pub(crate) fn end(&self, mut process: Process) {
        if self.thread().is_some() {
            process.kill();
            let mut state = self.yard.lock();
            state.ended.push(process);
            state.given = None;
            drop(state);
            self.yard.changed.notify_one();
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.yard.lock().closed = true;
        self.yard.changed.notify_one();
        let thread = self.thread().take();
        if let Some(thread) = thread {
            // A thread that panicked has dropped what it had.
            drop(thread.join());
        }
    }
}

/// What the thread is to do next.
enum Duty {
    Bury(Vec<Process>),
    Start,
    Leave,
}

impl Yard {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Process> {
        let mut state = self.lock();
        state.busy = true;
        let process = loop {
            match state.waiting.pop_front() {
                Some(mut process) => {
                    if process.is_alive() {
                        process.serve();
                        break Some(process);
                    }
                    state.ended.push(process);
                }
                None => break None,
            }
        };
        if process.is_some() {
            // From the first that was given: others that follow do not put the next start off for ever.
            state.given.get_or_insert_with(Instant::now);
        }
        self.changed.notify_one();
        process
    }

    /// Starts the thread; without one nobody waits.
    fn staff(yard: &Arc<Self>) -> Option<JoinHandle<()>> {
        let yard = yard.clone();
        let share = ProcessShare {
            threads: 1,
            ..ProcessShare::default()
        };
        let taken = LEDGER.take(share).ok()?;
        let thread = std::thread::Builder::new().name(String::from("tollgate-workers"));
        let serve = move || {
            yard.serve();
            drop(taken);
        };
        thread.spawn(serve).ok()
    }

    /// Starts a worker that will wait.
    fn start(&self) -> io::Result<Process> {
        let share = ProcessShare {
            descriptors: limits::WORKER_DESCRIPTORS,
            ..ProcessShare::default()
        };
        let share = LEDGER.take(share).map_err(io::Error::other)?;
        let rehearsal = self.rehearsal.get_or_init(|| rehearsal::code(&self.made));
        let mut process = Process::start(Start {
            config: &self.config,
            rehearsal,
            limits: &self.limits,
            stdin: Stdio::null(),
        })?;
        process.wait_with(share);
        Ok(process)
    }

    fn serve(&self) {
        loop {
            match self.duty() {
                Duty::Bury(ended) => drop(ended),
                Duty::Start => match self.start() {
                    Ok(process) => self.lock().waiting.push_back(process),
                    // The next execution starts its own and says what is wrong, or has better luck.
                    Err(_) => self.lock().busy = false,
                },
                Duty::Leave => return,
            }
        }
    }

    /// Waits for something to do. When nothing was for a while, those that wait are let go.
    fn duty(&self) -> Duty {
        let mut state = self.lock();
        loop {
            if state.closed {
                let waiting = std::mem::take(&mut state.waiting);
                state.ended.extend(waiting);
            }
            if !state.ended.is_empty() {
                return Duty::Bury(std::mem::take(&mut state.ended));
            }
            if state.closed {
                return Duty::Leave;
            }
            let lacks = state.busy && state.waiting.len() < self.size;
            let pause = state.given.map_or(Duration::ZERO, |given| {
                limits::ISOLATED_REPLACED.saturating_sub(given.elapsed())
            });
            if lacks && pause.is_zero() {
                return Duty::Start;
            }
            let patience = if lacks { pause } else { limits::ISOLATED_IDLE };
            let (woken, waited) = self
                .changed
                .wait_timeout(state, patience)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if waited.timed_out() && !lacks {
                state.busy = false;
                let waiting = std::mem::take(&mut state.waiting);
                state.ended.extend(waiting);
            }
        }
    }
}
