//! Running each guest in a process of its own.
//!
//! The parent starts this program again as a worker, hands it the compiled code and everything the guest gets, and waits
//! for one outcome, answering the questions its gate is asked meanwhile. They talk over a socket that is the worker's
//! descriptor 1; descriptor 0 is the guest's standard input. After guest code has run, the worker counts as hostile: what
//! it sends is bounded in size and number, read as data only, and held against the limits again; a worker that is not done
//! in time is killed.

mod message;
mod parent;
mod patience;
mod watchdog;
mod worker;

use std::{
    future::Future,
    net::Shutdown,
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::ExitStatusExt},
    },
    pin::Pin,
    process::{Child, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustix::process::Signal;
use tokio::sync::oneshot;

use self::{
    message::Job,
    parent::Parent,
    patience::{Heard, Patience, untold},
};
pub(crate) use self::{
    watchdog::{Begun, guest_begins},
    worker::{child_main, is_runner},
};
use crate::{
    Allocation, EngineConfig, Execution, ExecutionId, Failure, Grant, Limits, Outcome, Stdin,
    child::{self, ChildLimits, Role},
    limits,
    run::{bounded, out_of_time},
};

/// Runs `execution` in a worker process, until `cancel` is done.
pub(crate) async fn run(
    id: ExecutionId,
    execution: &Execution,
    cancel: Pin<&mut impl Future<Output = ()>>,
) -> Outcome {
    let started = Instant::now();
    let mut outcome = match start(id, execution) {
        Ok((worker, begins)) => finish(execution, worker, begins, cancel).await,
        Err(failure) => Outcome::failed(failure),
    };
    believe(&mut outcome, &execution.limits, started.elapsed());
    outcome
}

/// Cuts what a worker claims to what can be true.
fn believe(outcome: &mut Outcome, limits: &Limits, wall: Duration) {
    let usage = &mut outcome.usage;
    usage.wall = match usage.wall {
        Duration::ZERO => wall,
        claimed => claimed.min(wall),
    };
    usage.gas = usage.gas.min(limits.gas);
    usage.gas_host = usage.gas_host.min(usage.gas);
    usage.memory_bytes_peak = usage.memory_bytes_peak.min(limits.memory_bytes);
    outcome.violations.truncate(limits::VIOLATIONS);
}

struct Worker {
    process: Mutex<Child>,
    conversation: tokio::task::JoinHandle<Result<Outcome, String>>,
    /// The socket of the conversation, to end our side of it.
    socket: UnixStream,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let process = self
            .process
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // Both fail only for a process that is gone. The conversation ends with it.
        drop(process.kill());
        drop(process.wait());
    }
}

fn crashed(message: impl ToString) -> Failure {
    Failure::Crashed {
        message: bounded(message.to_string()),
    }
}

fn unstarted(error: std::io::Error) -> Failure {
    Failure::Unstarted {
        message: error.to_string(),
    }
}

fn internal(message: impl Into<String>) -> Failure {
    Failure::Internal {
        message: message.into(),
    }
}

/// What cannot cross into another process.
pub(crate) fn transportable(execution: &Execution) -> Result<(), Failure> {
    if !child::prepared() {
        return Err(internal(
            "this program cannot start workers; call `tollgate_sandbox::run_if_requested()` first in its `main`",
        ));
    }
    if !execution.host.is_empty() {
        return Err(internal(
            "host functions do not reach isolated guests; use the profile `metered`",
        ));
    }
    if !execution.shared.is_empty() {
        return Err(internal(
            "shared memories do not reach isolated guests; use the profile `metered`",
        ));
    }
    Ok(())
}

fn start(
    id: ExecutionId,
    execution: &Execution,
) -> Result<(Worker, oneshot::Receiver<()>), Failure> {
    transportable(execution)?;
    let artifact = execution
        .module
        .serialize()
        .map_err(|error| internal(error.to_string()))?;
    let process_limits = process_limits(&execution.limits, artifact.len() as u64);
    let job = job(execution)?;
    let (ours, theirs) = UnixStream::pair().map_err(unstarted)?;
    let stdin = match execution.grant.stdin {
        Stdin::Inherit => Stdio::inherit(),
        Stdin::Empty | Stdin::Bytes(_) => Stdio::null(),
    };
    let process = child::command(Role::Run, &process_limits)
        .stdin(stdin)
        .stdout(OwnedFd::from(theirs))
        // Nobody reads what the worker says there.
        .stderr(Stdio::null())
        .spawn()
        .map_err(unstarted)?;
    let socket = ours.try_clone().map_err(unstarted)?;
    let (begins, begun) = oneshot::channel();
    let mut parent = Parent {
        id,
        socket: ours,
        gate: execution.gate.clone(),
        sink: execution.output.clone(),
        limits: execution.limits.clone(),
        output_bytes: 0,
        runtime: tokio::runtime::Handle::current(),
        begins: Some(begins),
        deadline: None,
    };
    let worker = Worker {
        process: Mutex::new(process),
        conversation: tokio::task::spawn_blocking(move || parent.converse(&job, &artifact)),
        socket,
    };
    Ok((worker, begun))
}

fn process_limits(limits: &Limits, artifact_bytes: u64) -> ChildLimits {
    let memories = u64::from(limits.memories).saturating_mul(limits::ISOLATED_MEMORY_ADDRESSES);
    let buffers = limits
        .host_call_bytes
        .saturating_mul(limits::ISOLATED_RESULT_FACTOR)
        .saturating_add(limits.output_bytes)
        // As it arrives, while the room for it grows, and as code.
        .saturating_add(artifact_bytes.saturating_mul(3));
    ChildLimits {
        address_bytes: memories.saturating_add(limits::ISOLATED_ADDRESS_BYTES),
        data_bytes: limits
            .memory_bytes
            .saturating_add(buffers)
            .saturating_add(limits::ISOLATED_DATA_BYTES),
        files: u64::from(limits.handles).saturating_add(limits::CHILD_FILES),
        cpu: patience(limits),
    }
}

/// How long a worker may live. It stops its guest itself; this is for a worker that does not.
fn patience(limits: &Limits) -> Duration {
    limits.wall.saturating_add(limits::ISOLATED_START)
}

async fn finish(
    execution: &Execution,
    mut worker: Worker,
    started: oneshot::Receiver<()>,
    cancel: Pin<&mut impl Future<Output = ()>>,
) -> Outcome {
    let limits = &execution.limits;
    let socket = &worker.socket;
    let patience = Patience {
        limits,
        started,
        cancel,
        // Fails for a worker that is gone, and then the conversation ends by itself.
        hang_up: || drop(socket.shutdown(Shutdown::Write)),
    };
    let Heard { begun, said } = patience.hear(&mut worker.conversation).await;
    let answer = match said {
        Ok(answer) => answer,
        Err(failure) => return untold(failure, limits, begun),
    };
    let message = match answer {
        Ok(Ok(outcome)) => return outcome,
        Ok(Err(message)) => message,
        Err(_) => String::from("its answer could not be read"),
    };
    untold(worker.ended(limits, message).await, limits, begun)
}

impl Worker {
    /// Says how a worker ended that gave no answer.
    async fn ended(&self, limits: &Limits, message: String) -> Failure {
        match self.status().await {
            Ok(status) => of_status(status, limits, message),
            Err(_) => crashed(message),
        }
    }

    /// How the process ended by itself, or by somebody else. One that closed its socket is about to end, so that is waited
    /// for; one that goes on is ended here, and that is an error.
    async fn status(&self) -> std::io::Result<ExitStatus> {
        let given_up = Instant::now() + limits::ISOLATED_END;
        loop {
            if let Some(status) = self.lock().try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= given_up {
                let mut process = self.lock();
                process.kill()?;
                process.wait()?;
                return Err(std::io::ErrorKind::TimedOut.into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the end of a worker means that gave no answer.
fn of_status(status: ExitStatus, limits: &Limits, message: String) -> Failure {
    let signal = status.signal().and_then(Signal::from_named_raw);
    match signal {
        // Nothing in a worker sends these. Faults and aborts, which it can bring about, have other signals.
        Some(Signal::KILL) => killed("SIGKILL"),
        Some(Signal::TERM) => killed("SIGTERM"),
        Some(Signal::INT) => killed("SIGINT"),
        Some(Signal::HUP) => killed("SIGHUP"),
        // Its limit of processor time, which is its wall time and some more.
        Some(Signal::XCPU) => Failure::LimitExceeded(out_of_time(limits)),
        Some(_) | None if status.success() => crashed(message),
        Some(_) | None => crashed(format!("{message} ({status})")),
    }
}

fn killed(signal: &str) -> Failure {
    Failure::Killed {
        signal: signal.to_owned(),
    }
}

fn job(execution: &Execution) -> Result<Vec<u8>, Failure> {
    let job = Job {
        config: EngineConfig {
            allocation: Allocation::OnDemand,
            concurrent: 1,
            ..execution.module.engine().config().clone()
        },
        digest: execution.module.digest(),
        entry: execution.entry.clone(),
        grant: absolute(&execution.grant)?,
        limits: execution.limits.clone(),
        virtual_world: execution.virtual_world,
        gated: execution.gate.is_some(),
        streaming: execution.output.is_some(),
    };
    postcard::to_stdvec(&job).map_err(|error| internal(error.to_string()))
}

/// The grant with paths that mean the same in a process with another current folder.
fn absolute(grant: &Grant) -> Result<Grant, Failure> {
    let mut grant = grant.clone();
    for path in grant.read.iter_mut().chain(&mut grant.write) {
        path.host = std::path::absolute(&path.host).map_err(|error| Failure::GrantUnusable {
            path: path.host.display().to_string(),
            message: error.to_string(),
        })?;
    }
    Ok(grant)
}
