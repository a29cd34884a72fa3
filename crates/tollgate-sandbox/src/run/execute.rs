//! One execution from admission to outcome.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::Instrument;
use wasmtime::Store;
use wasmtime_wasi::I32Exit;

use super::{
    Execution, guest,
    isolated::{self, Admitted},
    share,
    stoppable::{self, Site},
};
use crate::{
    abi, component,
    config::Profile,
    digest::Digest,
    engine::Engine,
    entry::Entry,
    event::EventKind,
    id::ExecutionId,
    limits::{self, LimitExceeded, LimitKind, Limits, out_of_time},
    outcome::{Captured, Failure, Outcome, Output, Usage, Violation, Violations},
    store::{
        Deadline, Ended, Linked, Pre, State, Stop, Until, core, failure, fuel_left, or_cancelled,
        uncaught,
    },
    threads::{self, ticker},
};

impl Execution {
    /// Runs to the end and reports. Dropping the future stops the guest; what it used until then is in the event
    /// [`EventKind::ExecutionFailed`].
    ///
    /// Needs a tokio runtime with time enabled; [`Execution::run_blocking`] brings its own.
    pub async fn run(&self) -> Outcome {
        self.run_until(std::future::pending()).await
    }

    /// Runs to the end, or until `cancel` is done, and reports. A guest that was cancelled has [`Failure::Cancelled`] with
    /// what it used and wrote so far.
    pub async fn run_until(&self, cancel: impl Future<Output = ()>) -> Outcome {
        let cancel = pin!(cancel);
        let this = self.in_best_code();
        let id = self.id.unwrap_or_else(ExecutionId::next);
        let module = self.module.digest();
        let span = tracing::info_span!("execution", execution.id = id.0, module.digest = %module);
        async {
            let mut report = Report::begin(self.module.engine(), id, module);
            let outcome = this.admit_and_run(id, cancel, &report.last).await;
            report.end(&outcome);
            outcome
        }
        .instrument(span)
        .await
    }

    /// Runs to the end on this thread and reports.
    ///
    /// Inside a tokio runtime use [`Execution::run`]; from there this works too, on a thread of its own.
    pub fn run_blocking(&self) -> Outcome {
        if tokio::runtime::Handle::try_current().is_ok() {
            let run = || threads::run(self.run());
            return std::thread::scope(|scope| match scope.spawn(run).join() {
                Ok(outcome) => outcome,
                Err(panic) => std::panic::resume_unwind(panic),
            });
        }
        self.run_blocking_until(std::future::pending())
    }

    /// As [`Execution::run_until`], on this thread, which is in no tokio runtime.
    pub(crate) fn run_blocking_until(&self, cancel: impl Future<Output = ()>) -> Outcome {
        threads::run(self.run_until(cancel))
    }

    async fn admit_and_run(
        &self,
        id: ExecutionId,
        mut cancel: Pin<&mut impl Future<Output = ()>>,
        last: &LastUsage,
    ) -> Outcome {
        let site = match stoppable::site(self) {
            Ok(site) => site,
            Err(failure) => return Outcome::failed(id, failure),
        };
        let admission = &self.module.engine().shared().admission;
        let entered = admission.enter(share::share(self, site));
        let place = match or_cancelled(cancel.as_mut(), entered).await {
            Some(Ok(place)) => Arc::new(place),
            Some(Err(exceeded)) => return Outcome::failed(id, Failure::LimitExceeded(exceeded)),
            None => return Outcome::failed(id, Failure::Cancelled),
        };
        self.module.count_execution();
        let outcome = match site {
            Site::Here => self.run_here(id, cancel, last).await,
            Site::Isolated(moved) => {
                let place = place.clone();
                let outcome = isolated::run(Admitted { id, place }, self, cancel).await;
                Outcome { moved, ..outcome }
            }
        };
        drop(place);
        outcome
    }

    /// When an execution that began at `started` has to end.
    pub(crate) fn deadline(&self, started: Instant) -> Deadline {
        deadline(&self.limits, started)
    }

    async fn run_here(
        &self,
        id: ExecutionId,
        mut cancel: Pin<&mut impl Future<Output = ()>>,
        last: &LastUsage,
    ) -> Outcome {
        let started = Instant::now();
        let deadline = self.deadline(started);
        let prepared = guest::prepare(id, self, deadline);
        let (linked, store) = match or_cancelled(cancel.as_mut(), prepared).await {
            Some(Ok(prepared)) => prepared,
            Some(Err(failure)) => return Outcome::failed(id, failure),
            None => return Outcome::failed(id, Failure::Cancelled),
        };
        let ticking = match ticking(self.module.engine().config().profile) {
            Ok(ticking) => ticking,
            Err(failure) => return Outcome::failed(id, failure),
        };
        let used = store.data().meter.used.clone();
        isolated::guest_begins(|| isolated::Begun {
            id,
            started,
            deadline: deadline.at(),
            limits: self.limits.clone(),
            used: used.clone(),
            console: store.data().console.clone(),
            log: store.data().log.clone(),
        });
        let mut running = Running {
            store,
            started,
            last,
        };
        let until = Until {
            deadline: deadline.at(),
            cancel,
            used: &used,
        };
        let ended = until.run(drive(&mut running.store, self, &linked)).await;
        drop(ticking);
        settle(self, &running.store, ended, started.elapsed())
    }
}

/// Where an execution leaves what it used, for a caller that may not be there any more to hear of its end.
type LastUsage = Mutex<Option<Usage>>;

/// A store with a guest in it. Its usage is kept when it is dropped, whatever the reason.
struct Running<'a> {
    store: Store<State>,
    started: Instant,
    last: &'a LastUsage,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let used = usage(&self.store, self.started.elapsed());
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(used);
    }
}

/// When what began at `started` has to end.
pub(super) fn deadline(limits: &Limits, started: Instant) -> Deadline {
    let end = started.checked_add(limits.wall);
    Deadline::new(end.unwrap_or_else(|| started + limits::FAR))
}

/// Keeps the clock of timed guests running as long as it is kept.
pub(crate) fn ticking(profile: Profile) -> Result<Option<ticker::Ticking>, Failure> {
    match profile {
        Profile::Timed => ticker::tick().map(Some).ok_or_else(|| Failure::Internal {
            message: String::from("the system gives no thread for the clock of timed guests"),
        }),
        Profile::Metered | Profile::Isolated => Ok(None),
    }
}

async fn drive(
    store: &mut Store<State>,
    execution: &Execution,
    linked: &Linked,
) -> Result<Output, Stop> {
    match &linked.pre {
        Pre::Core(pre) => {
            let instance = pre.instantiate_async(&mut *store).await?;
            let entered = enter_core(store, &instance, &execution.entry).await;
            if let Err(Stop::Error(_)) = &entered {
                uncaught::note(store, &instance);
            }
            entered
        }
        Pre::Component(pre) => {
            let instance = pre.instantiate_async(&mut *store).await?;
            component::enter(store, &instance, pre.component(), &execution.entry).await
        }
    }
}

async fn enter_core(
    store: &mut Store<State>,
    instance: &wasmtime::Instance,
    entry: &Entry,
) -> Result<Output, Stop> {
    if let Entry::Start = entry {
        core::start(store, instance).await?;
        return Ok(Output::Exit);
    }
    core::initialize(store, instance).await?;
    match entry {
        Entry::Start => Ok(Output::Exit),
        Entry::Core { export, args } => Ok(Output::Values(
            core::call(store, instance, export, args).await?,
        )),
        Entry::CoreText { export, args } => {
            let args = core::parse_args(store, instance, export, args)?;
            Ok(Output::Values(
                core::call(store, instance, export, &args).await?,
            ))
        }
        Entry::Bytes { export, input } => Ok(Output::Bytes(
            abi::call(store, instance, export, input).await?,
        )),
        Entry::Component { export, .. } => Err(Failure::MissingExport {
            name: export.clone(),
            wanted: String::from("component function"),
            available: core::functions(store, instance),
        }
        .into()),
    }
}

/// Turns the end of a run into its outcome.
fn settle(
    execution: &Execution,
    store: &Store<State>,
    ended: Ended<Result<Output, Stop>>,
    wall: Duration,
) -> Outcome {
    let stack = execution.module.engine().config().stack_bytes;
    let state = store.data();
    let mut exit_code = None;
    let result = match ended {
        Ended::OutOfTime => Err(Failure::LimitExceeded(out_of_time(&state.limits))),
        Ended::Cancelled => Err(Failure::Cancelled),
        // Gas is looked at where code loops or is called, and what runs on to the end between two such places takes what there is not.
        Ended::Done(Ok(_)) if is_spent(store) => {
            let gas = LimitExceeded::new(LimitKind::Gas, state.limits.gas);
            Err(Failure::LimitExceeded(gas))
        }
        Ended::Done(Ok(output)) => {
            if let Output::Exit = output {
                exit_code = Some(0);
            }
            Ok(output)
        }
        Ended::Done(Err(Stop::Failure(failure))) => Err(failure),
        Ended::Done(Err(Stop::Error(error))) => match error.downcast_ref::<I32Exit>() {
            Some(I32Exit(code)) => {
                exit_code = Some(*code);
                Ok(Output::Exit)
            }
            None => Err(failure::classify(&error, state, stack)),
        },
    };
    let usage = usage(store, wall);
    let written = state.console.take();
    let violations = state.log.take();
    Outcome {
        execution: state.calls.execution(),
        result,
        usage,
        stdout: written.stdout,
        stderr: written.stderr,
        exit_code,
        violations,
        calls: state.calls.digest(),
        moved: None,
    }
}

/// Tells whether a guest whose gas is counted has none left.
fn is_spent(store: &Store<State>) -> bool {
    store.data().meter.metered && fuel_left(store) == 0
}

/// Returns what was used so far.
pub(crate) fn usage(store: &Store<State>, wall: Duration) -> Usage {
    let state = store.data();
    let meter = &state.meter;
    let used = &meter.used;
    let gas = if meter.metered {
        meter.gas_limit.saturating_sub(fuel_left(store))
    } else {
        used.gas_host.get()
    };
    used.with(gas, wall, state.console.written())
}

impl Outcome {
    /// Returns the outcome of an execution that never got to run guest code.
    pub(crate) fn failed(execution: ExecutionId, failure: Failure) -> Self {
        Self {
            execution,
            result: Err(failure),
            usage: Usage::default(),
            stdout: Captured::default(),
            stderr: Captured::default(),
            exit_code: None,
            violations: Violations::default(),
            calls: None,
            moved: None,
        }
    }
}

/// Sends the events of one execution, the last one also when its future is dropped.
struct Report<'a> {
    engine: &'a Engine,
    id: ExecutionId,
    module: Digest,
    started: Instant,
    ended: bool,
    last: LastUsage,
}

impl<'a> Report<'a> {
    fn begin(engine: &'a Engine, id: ExecutionId, module: Digest) -> Self {
        engine
            .events()
            .send(module, || EventKind::ExecutionStarted { execution: id });
        Self {
            engine,
            id,
            module,
            started: Instant::now(),
            ended: false,
            last: LastUsage::default(),
        }
    }

    fn end(&mut self, outcome: &Outcome) {
        self.ended = true;
        let execution = self.id;
        for violation in &outcome.violations.listed {
            self.violation(violation);
        }
        let usage = || outcome.usage.clone();
        match &outcome.result {
            Ok(_) => self.send(|| EventKind::ExecutionCompleted {
                execution,
                usage: usage(),
            }),
            Err(failure) => {
                if let Failure::LimitExceeded(exceeded) = failure {
                    self.limit(exceeded);
                }
                if failure.limit() == Some(crate::limits::LimitKind::Wall) {
                    self.send(|| EventKind::ExecutionTimedOut {
                        execution,
                        usage: usage(),
                    });
                } else {
                    let kind = failure.kind().to_owned();
                    self.send(|| EventKind::ExecutionFailed {
                        execution,
                        kind,
                        usage: usage(),
                    });
                }
            }
        }
    }

    fn limit(&self, exceeded: &LimitExceeded) {
        self.send(|| EventKind::LimitExceeded {
            execution: self.id,
            exceeded: exceeded.clone(),
        });
    }

    fn violation(&self, violation: &Violation) {
        self.send(|| EventKind::Violation {
            execution: self.id,
            violation: violation.clone(),
        });
    }

    fn send(&self, kind: impl FnOnce() -> EventKind) {
        self.engine.events().send(self.module, kind);
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let last = self.last.get_mut().unwrap_or_else(PoisonError::into_inner);
            let usage = last.take().unwrap_or_else(|| Usage {
                wall: self.started.elapsed(),
                ..Usage::default()
            });
            let kind = Failure::Cancelled.kind().to_owned();
            self.send(|| EventKind::ExecutionFailed {
                execution: self.id,
                kind,
                usage,
            });
        }
    }
}
