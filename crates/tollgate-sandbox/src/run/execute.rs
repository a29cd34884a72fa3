//! One execution from admission to outcome.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use tracing::Instrument;
use wasmtime::Store;
use wasmtime_wasi::I32Exit;

use super::{Linked, Pre, State, core, failure, guest, out_of_time, ticker};
use crate::{
    Captured, Digest, Engine, Entry, EventKind, Execution, ExecutionId, Failure, LimitExceeded,
    Limits, Outcome, Output, Profile, Usage, Violation, abi, component,
};

/// What ends a run of guest code: a result, a failure that is known already, or an error to look into.
pub(crate) enum Stop {
    Failure(Failure),
    Error(wasmtime::Error),
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Self {
        Self::Error(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

pub(crate) fn next_id() -> ExecutionId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    ExecutionId(NEXT.fetch_add(1, Relaxed))
}

impl Execution {
    /// Runs to the end and reports. Dropping the future stops the guest.
    ///
    /// Needs a tokio runtime with time enabled; [`Execution::run_blocking`] brings its own.
    pub async fn run(&self) -> Outcome {
        let id = next_id();
        let module = self.module.digest();
        let span = tracing::info_span!("execution", execution.id = id.0, module.digest = %module);
        async {
            let mut report = Report::begin(self.module.engine(), id, module);
            let outcome = self.admit_and_run(id).await;
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
            let run = || super::blocking::run(self.run());
            return std::thread::scope(|scope| match scope.spawn(run).join() {
                Ok(outcome) => outcome,
                Err(panic) => std::panic::resume_unwind(panic),
            });
        }
        super::blocking::run(self.run())
    }

    async fn admit_and_run(&self, id: ExecutionId) -> Outcome {
        let engine = self.module.engine();
        let place = match engine.shared().admission.enter().await {
            Ok(place) => place,
            Err(exceeded) => return Outcome::failed(Failure::LimitExceeded(exceeded)),
        };
        self.module.count_execution();
        let outcome = match engine.config().profile {
            Profile::Isolated if !crate::isolated::is_runner() => {
                crate::isolated::run(id, self).await
            }
            Profile::Metered | Profile::Timed | Profile::Isolated => self.run_here(id).await,
        };
        drop(place);
        outcome
    }

    /// When an execution that began at `started` has to end.
    pub(crate) fn deadline(&self, started: Instant) -> Instant {
        deadline(&self.limits, started)
    }

    async fn run_here(&self, id: ExecutionId) -> Outcome {
        let started = Instant::now();
        let deadline = self.deadline(started);
        let (linked, mut store) = match guest::prepare(id, self, deadline) {
            Ok(prepared) => prepared,
            Err(failure) => return Outcome::failed(failure),
        };
        let ticking = match ticking(self.module.engine().config().profile) {
            Ok(ticking) => ticking,
            Err(failure) => return Outcome::failed(failure),
        };
        let timed = super::deadline::until(deadline, drive(&mut store, self, &linked)).await;
        drop(ticking);
        let wall = started.elapsed();
        settle(self, store, timed.result, wall, timed.cpu)
    }
}

/// When what began at `started` has to end.
pub(super) fn deadline(limits: &Limits, started: Instant) -> Instant {
    let end = started.checked_add(limits.wall);
    end.unwrap_or_else(|| started + FAR)
}

/// A wall time limit beyond what the clock can hold is as good as none.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

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
            enter_core(store, &instance, &execution.entry).await
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
    store: Store<State>,
    result: Option<Result<Output, Stop>>,
    wall: Duration,
    cpu: Duration,
) -> Outcome {
    let stack = execution.module.engine().config().stack_bytes;
    let state = store.data();
    let mut exit_code = None;
    let result = match result {
        None => Err(Failure::LimitExceeded(out_of_time(&state.limits))),
        Some(Ok(output)) => {
            if let Output::Exit = output {
                exit_code = Some(0);
            }
            Ok(output)
        }
        Some(Err(Stop::Failure(failure))) => Err(failure),
        Some(Err(Stop::Error(error))) => match error.downcast_ref::<I32Exit>() {
            Some(I32Exit(code)) => {
                exit_code = Some(*code);
                Ok(Output::Exit)
            }
            None => Err(failure::classify(&error, state, stack)),
        },
    };
    if let Err(Failure::Denied(violation)) = &result {
        state.log.push(violation.clone());
    }
    let usage = usage(&store, wall, cpu);
    let state = store.data();
    let written = state.console.take();
    let violations = state.log.take();
    Outcome {
        result,
        usage,
        stdout: written.stdout,
        stderr: written.stderr,
        exit_code,
        violations,
    }
}

/// Returns what was used so far.
pub(crate) fn usage(store: &Store<State>, wall: Duration, cpu: Duration) -> Usage {
    let state = store.data();
    let meter = &state.meter;
    let gas = if meter.metered {
        meter
            .gas_limit
            .saturating_sub(store.get_fuel().unwrap_or(0))
    } else {
        meter.gas_host
    };
    Usage {
        gas,
        gas_host: meter.gas_host,
        wall,
        cpu,
        memory_bytes_peak: state.limiter.peak(),
        output_bytes: state.console.written(),
        host_calls: meter.host_calls,
        host_call_bytes: meter.host_call_bytes,
    }
}

impl Outcome {
    /// Returns the outcome of an execution that never got to run guest code.
    pub(crate) fn failed(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            usage: Usage::default(),
            stdout: Captured::default(),
            stderr: Captured::default(),
            exit_code: None,
            violations: Vec::new(),
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
        }
    }

    fn end(&mut self, outcome: &Outcome) {
        self.ended = true;
        let execution = self.id;
        for violation in &outcome.violations {
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
                if failure.limit() == Some(crate::LimitKind::Wall) {
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
            let usage = Usage {
                wall: self.started.elapsed(),
                ..Usage::default()
            };
            let kind = Failure::Cancelled.kind().to_owned();
            self.send(|| EventKind::ExecutionFailed {
                execution: self.id,
                kind,
                usage,
            });
        }
    }
}
