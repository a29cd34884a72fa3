//! Running each guest in a process of its own.
//!
//! The parent starts this program again as a worker, hands it the compiled code and everything the guest gets, and waits
//! for one outcome, answering the questions its gate is asked meanwhile. They talk over a socket that is the worker's
//! descriptor 1; descriptor 0 is the guest's standard input. After guest code has run, the worker counts as hostile: what
//! it sends is bounded in size and number, read as data only, and held against the limits again; a worker that is not done
//! in time is killed.
//!
//! A worker serves one execution and is gone. It may have been started before there was one ([`Pool`]): then it has its
//! program and its engine, and waits for the job. What depends on the job, its limits and its jail, comes with it and is put
//! up before anything of the guest is touched.

mod job;
mod parent;
mod patience;
mod rehearse;
mod watchdog;
mod worker;

use std::{
    future::Future, net::Shutdown, os::unix::net::UnixStream, pin::Pin, sync::Arc, time::Instant,
};

use tokio::sync::{oneshot, watch};

use self::{
    parent::Parent,
    patience::{Heard, Patience, believed, untold},
};
pub(crate) use self::{
    watchdog::{Begun, guest_begins},
    worker::{child_main, is_runner},
};
use crate::{
    child,
    engine::{
        Place,
        workers::{Pool, Process, crashed},
    },
    gate::{Calls, Log},
    id::ExecutionId,
    limits::Limits,
    outcome::{Failure, Outcome},
    run::Execution,
};

/// An execution that may run.
pub(crate) struct Admitted {
    pub(crate) id: ExecutionId,
    /// Kept as long as anything of the execution is left, its thread of the conversation too.
    pub(crate) place: Arc<Place>,
}

/// Runs `execution` in a worker process, until `cancel` is done.
pub(crate) async fn run(
    Admitted { id, place }: Admitted,
    execution: &Execution,
    cancel: Pin<&mut impl Future<Output = ()>>,
) -> Outcome {
    let started = Instant::now();
    let log = Log::default();
    let calls = Calls::new(id, execution.judges(), log.clone());
    let (mut outcome, begun) = match start(execution, &calls, place) {
        Ok((worker, begins)) => finish(id, execution, worker, begins, cancel).await,
        Err(failure) => (Outcome::failed(id, failure), None),
    };
    // What was decided here is known here, whatever the worker says.
    log.agree(std::mem::take(&mut outcome.violations));
    outcome.violations = log.take();
    if let Err(Failure::Denied(violation)) = &mut outcome.result {
        // The worker does not know what the decision is called.
        let listed = outcome.violations.listed.iter();
        let known = listed.filter(|known| known.is_of(violation));
        violation.decision = known.filter_map(|known| known.decision).next();
    }
    outcome.execution = id;
    outcome.calls = calls.digest();
    let wall = begun.map_or_else(|| started.elapsed(), |begun| begun.elapsed());
    outcome.usage = believed(&outcome.usage, &execution.limits, wall);
    outcome
}

/// A process that works on an execution, and what it says.
struct Worker {
    process: Option<Process>,
    pool: Arc<Pool>,
    conversation: tokio::task::JoinHandle<Result<Outcome, String>>,
    /// The socket of the conversation, to end our side of it.
    socket: UnixStream,
    /// Whether the run has ended here: then nobody's answer is waited for.
    ended: watch::Sender<bool>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The conversation ends with the process.
        if let Some(process) = self.process.take() {
            self.pool.end(process);
        }
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
    execution: &Execution,
    calls: &Arc<Calls>,
    place: Arc<Place>,
) -> Result<(Worker, oneshot::Receiver<()>), Failure> {
    transportable(execution)?;
    let code = execution
        .module
        .handed()
        .map_err(|error| internal(error.to_string()))?
        .clone();
    let job = job::job(calls.execution(), execution, &code)?;
    let pool = execution.module.engine().workers().clone();
    let process = pool.take(&job).map_err(unstarted)?;
    let mut talk = process.socket().map_err(unstarted)?;
    let socket = process.socket().map_err(unstarted)?;
    let job = postcard::to_stdvec(&job).map_err(|error| internal(error.to_string()))?;
    let (begins, begun) = oneshot::channel();
    let (end, ended) = watch::channel(false);
    // The worker wakes while the thread of the conversation does.
    let told = code.send_at_once(&mut talk, &job);
    let mut parent = Parent {
        socket: talk,
        told,
        calls: calls.clone(),
        sink: execution.output.clone(),
        limits: execution.limits.clone(),
        output_bytes: 0,
        unheard: None,
        runtime: tokio::runtime::Handle::current(),
        begins: Some(begins),
        deadline: None,
        ended,
    };
    let worker = Worker {
        process: Some(process),
        pool,
        conversation: tokio::task::spawn_blocking(move || {
            let _place = place;
            parent.converse(&job, &code)
        }),
        socket,
        ended: end,
    };
    Ok((worker, begun))
}

async fn finish(
    id: ExecutionId,
    execution: &Execution,
    mut worker: Worker,
    started: oneshot::Receiver<()>,
    cancel: Pin<&mut impl Future<Output = ()>>,
) -> (Outcome, Option<tokio::time::Instant>) {
    let limits = &execution.limits;
    let (socket, ended) = (&worker.socket, &worker.ended);
    let patience = Patience {
        limits,
        started,
        cancel,
        hang_up: || {
            ended.send_replace(true);
            // Fails for a worker that is gone, and then the conversation ends by itself.
            drop(socket.shutdown(Shutdown::Write));
        },
    };
    let Heard { begun, said } = patience.hear(&mut worker.conversation).await;
    let failure = match said {
        Ok(Ok(Ok(outcome))) => return (outcome, begun),
        Ok(Ok(Err(message))) => worker.ended(limits, message).await,
        Ok(Err(_)) => {
            let message = String::from("its answer could not be read");
            worker.ended(limits, message).await
        }
        Err(failure) => failure,
    };
    (untold(Outcome::failed(id, failure), limits, begun), begun)
}

impl Worker {
    /// Says how a worker ended that gave no answer.
    async fn ended(&mut self, limits: &Limits, message: String) -> Failure {
        match &mut self.process {
            Some(process) => process.ended(limits, message).await,
            None => crashed(message),
        }
    }
}
