//! Running each guest in a process of its own.
//!
//! The parent starts this program again as a worker, hands it the compiled code and everything the guest gets, and waits
//! for one outcome, answering the questions its gate is asked meanwhile. They talk over a socket that is the worker's
//! descriptor 1; descriptor 0 is the guest's standard input. After guest code has run, the worker counts as hostile: what
//! it sends is bounded in size and number, read as data only, and held against the limits again; a worker that is not done
//! in time is killed.

use std::{
    io::{Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::{net::UnixStream, process::ExitStatusExt},
    },
    process::{Child, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::{
    Allocation, Answer, Capability, Digest, Engine, EngineConfig, Entry, Execution, ExecutionId,
    Failure, Gate, GateCall, Grant, Limits, Outcome, Output, OutputSink, Stdin, Stream, Verdict,
    VerifiedArtifact, Virtual,
    child::{self, ChildLimits, Role},
    engine::ArtifactCode,
    limits,
    run::{bounded, out_of_time},
};

static RUNNER: AtomicBool = AtomicBool::new(false);

/// Whether this process was started to run one guest.
pub(crate) fn is_runner() -> bool {
    RUNNER.load(Relaxed)
}

/// What a worker gets. The compiled code follows, as plain bytes: as a part of this it would be taken apart and put
/// together byte by byte.
#[derive(Serialize, Deserialize)]
struct Job {
    config: EngineConfig,
    digest: Digest,
    entry: Entry,
    grant: Grant,
    limits: Limits,
    virtual_world: Virtual,
    gated: bool,
    streaming: bool,
}

/// What a worker says.
#[derive(Serialize, Deserialize)]
enum Message {
    /// May the guest do this?
    Question {
        capability: Capability,
        module: String,
        name: String,
        target: String,
    },
    /// The guest wrote something to this stream, which follows.
    Output(Stream),
    /// The end. What can be large follows: [`Large`].
    Done(Box<Outcome>),
}

/// What a worker hears after its job.
#[derive(Serialize, Deserialize)]
enum Reply {
    Allow,
    Deny { reason: String },
}

/// The parts of an outcome that can be large. They are sent as plain bytes, because what a few bytes of a structure become
/// in memory can be many times larger, and the limits are about memory.
#[derive(Default)]
struct Large([Vec<u8>; 4]);

impl Large {
    /// Takes the large parts out of `outcome`.
    fn take(outcome: &mut Outcome) -> Self {
        let (result, wave) = match &mut outcome.result {
            Ok(Output::Bytes(bytes)) => (std::mem::take(bytes), Vec::new()),
            Ok(Output::Component { json, wave }) => (
                std::mem::take(json).into_bytes(),
                std::mem::take(wave).into_bytes(),
            ),
            Ok(Output::Exit | Output::Values(_)) | Err(_) => Default::default(),
        };
        let stdout = std::mem::take(&mut outcome.stdout.bytes);
        let stderr = std::mem::take(&mut outcome.stderr.bytes);
        Self([stdout, stderr, result, wave])
    }

    /// Puts them back.
    fn put(self, outcome: &mut Outcome) -> Result<(), String> {
        let Self([stdout, stderr, result, written]) = self;
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).map_err(|_| String::from("its result is not text"))
        };
        outcome.stdout.bytes = stdout;
        outcome.stderr.bytes = stderr;
        match &mut outcome.result {
            Ok(Output::Bytes(bytes)) => *bytes = result,
            Ok(Output::Component { json, wave }) => {
                *json = text(result)?;
                *wave = text(written)?;
            }
            Ok(Output::Exit | Output::Values(_)) | Err(_) => {}
        }
        Ok(())
    }

    /// The most bytes each part may have.
    fn most(limits: &Limits) -> [u64; 4] {
        let result = limits
            .host_call_bytes
            .saturating_mul(limits::ISOLATED_RESULT_FACTOR);
        [limits.output_bytes, limits.output_bytes, result, result]
    }
}

/// Runs `execution` in a worker process.
pub(crate) async fn run(id: ExecutionId, execution: &Execution) -> Outcome {
    let started = Instant::now();
    let mut outcome = match start(id, execution) {
        Ok(worker) => finish(execution, worker).await,
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
fn transportable(execution: &Execution) -> Result<(), Failure> {
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

fn start(id: ExecutionId, execution: &Execution) -> Result<Worker, Failure> {
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
    let mut parent = Parent {
        id,
        socket: ours,
        gate: execution.gate.clone(),
        sink: execution.output.clone(),
        limits: execution.limits.clone(),
        output_bytes: 0,
        runtime: tokio::runtime::Handle::current(),
    };
    Ok(Worker {
        process: Mutex::new(process),
        conversation: tokio::task::spawn_blocking(move || parent.converse(&job, &artifact)),
    })
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

async fn finish(execution: &Execution, mut worker: Worker) -> Outcome {
    match tokio::time::timeout(patience(&execution.limits), &mut worker.conversation).await {
        Ok(Ok(Ok(outcome))) => outcome,
        Ok(Ok(Err(message))) => Outcome::failed(worker.ended(&execution.limits, message).await),
        Ok(Err(_)) => {
            let message = String::from("its answer could not be read");
            Outcome::failed(worker.ended(&execution.limits, message).await)
        }
        Err(_) => Outcome::failed(Failure::LimitExceeded(out_of_time(&execution.limits))),
    }
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

/// The parent's side of a conversation.
struct Parent {
    id: ExecutionId,
    socket: UnixStream,
    gate: Option<Arc<dyn Gate>>,
    sink: Option<OutputSink>,
    limits: Limits,
    output_bytes: u64,
    runtime: tokio::runtime::Handle,
}

impl Parent {
    fn converse(&mut self, job: &[u8], artifact: &[u8]) -> Result<Outcome, String> {
        write_frame(&mut self.socket, job)?;
        write_frame(&mut self.socket, artifact)?;
        loop {
            let frame = read_frame(&mut self.socket, limits::ISOLATED_MESSAGE_BYTES)?;
            let message = postcard::from_bytes(&frame)
                .map_err(|error| format!("it sent nonsense: {error}"))?;
            match message {
                Message::Question {
                    capability,
                    module,
                    name,
                    target,
                } => {
                    let call = GateCall {
                        execution: self.id,
                        capability,
                        module: &module,
                        name: &name,
                        target: &target,
                        args: &[],
                    };
                    let reply = self.answer(&call);
                    send(&mut self.socket, &reply)?;
                }
                Message::Output(stream) => self.output(stream)?,
                Message::Done(outcome) => return self.outcome(*outcome),
            }
        }
    }

    fn answer(&self, call: &GateCall<'_>) -> Reply {
        let deny = |reason: &str| Reply::Deny {
            reason: reason.to_owned(),
        };
        let Some(gate) = &self.gate else {
            return deny("nobody decides");
        };
        let mut verdict = gate.check(call);
        if verdict == Verdict::Ask {
            let asked = tokio::time::timeout(patience(&self.limits), gate.ask(call));
            verdict = self.runtime.block_on(asked).unwrap_or(Verdict::Ask);
        }
        match verdict {
            Verdict::Allow => Reply::Allow,
            Verdict::Deny { reason } => Reply::Deny { reason },
            Verdict::Ask => deny("nobody answered"),
        }
    }

    fn output(&mut self, stream: Stream) -> Result<(), String> {
        let left = self.limits.output_bytes.saturating_sub(self.output_bytes);
        let bytes = read_frame(&mut self.socket, left)?;
        self.output_bytes = self.output_bytes.saturating_add(bytes.len() as u64);
        if let Some(sink) = &self.sink {
            sink(stream, &bytes);
        }
        Ok(())
    }

    fn outcome(&mut self, mut outcome: Outcome) -> Result<Outcome, String> {
        let mut large = Large::default();
        for (part, most) in large.0.iter_mut().zip(Large::most(&self.limits)) {
            *part = read_frame(&mut self.socket, most)?;
        }
        large.put(&mut outcome)?;
        Ok(outcome)
    }
}

fn send<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), String> {
    let bytes = postcard::to_stdvec(message).map_err(|error| error.to_string())?;
    write_frame(to, &bytes)
}

fn write_frame(to: &mut impl Write, bytes: &[u8]) -> Result<(), String> {
    let len = (bytes.len() as u64).to_le_bytes();
    to.write_all(&len)
        .and_then(|()| to.write_all(bytes))
        .map_err(|error| error.to_string())
}

fn read_frame(from: &mut impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut len = [0; 8];
    from.read_exact(&mut len)
        .map_err(|_| String::from("it ended without an answer"))?;
    let len = u64::from_le_bytes(len);
    if len > most {
        return Err(format!("it sent {len} bytes where {most} are possible"));
    }
    let mut bytes = Vec::new();
    from.take(len)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 != len {
        return Err(String::from("it ended in the middle of an answer"));
    }
    Ok(bytes)
}

/// The worker's side: reads the job, runs it, says the outcome. Returns the exit code.
pub(crate) fn child_main() -> i32 {
    RUNNER.store(true, Relaxed);
    let Ok(line) = Line::take() else {
        return child::exit::BAD_JOB;
    };
    let line = Arc::new(line);
    let (Ok(job), Ok(artifact)) = (line.job(), line.artifact()) else {
        return child::exit::BAD_JOB;
    };
    match line.done(work(job, artifact, &line)) {
        Ok(()) => child::exit::DONE,
        Err(_) => child::exit::BAD_JOB,
    }
}

fn work(job: Job, artifact: Vec<u8>, line: &Arc<Line>) -> Outcome {
    let module = Engine::new(&job.config).and_then(|engine| {
        // The parent made these bytes and nobody else can write to this socket.
        engine.deserialize_trusted(VerifiedArtifact::assume_verified(
            ArtifactCode::Bytes(artifact),
            job.digest,
        ))
    });
    let module = match module {
        Ok(module) => module,
        Err(error) => return Outcome::failed(internal(error.to_string())),
    };
    let mut execution = Execution::new(&module, job.entry);
    execution.grant = job.grant;
    execution.limits = job.limits;
    execution.virtual_world = job.virtual_world;
    if job.gated {
        execution.gate = Some(line.clone());
    }
    if job.streaming {
        let line = line.clone();
        execution.output = Some(Arc::new(move |stream, bytes| {
            // A parent that is gone takes this process with it.
            drop(line.output(stream, bytes));
        }));
    }
    execution.run_blocking()
}

/// The worker's side of the conversation.
struct Line(Mutex<UnixStream>);

impl Line {
    /// Takes the socket away from standard output, so that nothing that is printed gets into the conversation.
    fn take() -> std::io::Result<Self> {
        let socket = std::io::stdout().as_fd().try_clone_to_owned()?;
        let nowhere = std::fs::File::options().write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdout(nowhere)?;
        Ok(Self(Mutex::new(socket.into())))
    }

    fn lock(&self) -> MutexGuard<'_, UnixStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn job(&self) -> Result<Job, String> {
        let frame = read_frame(&mut *self.lock(), u64::MAX)?;
        postcard::from_bytes(&frame).map_err(|error| error.to_string())
    }

    /// The compiled code that follows the job.
    fn artifact(&self) -> Result<Vec<u8>, String> {
        read_frame(&mut *self.lock(), u64::MAX)
    }

    fn output(&self, stream: Stream, bytes: &[u8]) -> Result<(), String> {
        let mut socket = self.lock();
        send(&mut *socket, &Message::Output(stream))?;
        write_frame(&mut *socket, bytes)
    }

    fn done(&self, mut outcome: Outcome) -> Result<(), String> {
        let mut socket = self.lock();
        let large = Large::take(&mut outcome);
        send(&mut *socket, &Message::Done(Box::new(outcome)))?;
        large
            .0
            .iter()
            .try_for_each(|part| write_frame(&mut *socket, part))
    }

    fn question(&self, call: &GateCall<'_>) -> Result<Reply, String> {
        let mut socket = self.lock();
        let question = Message::Question {
            capability: call.capability,
            module: call.module.to_owned(),
            name: call.name.to_owned(),
            target: call.target.to_owned(),
        };
        send(&mut *socket, &question)?;
        let frame = read_frame(&mut *socket, limits::ISOLATED_MESSAGE_BYTES)?;
        postcard::from_bytes(&frame).map_err(|error| error.to_string())
    }
}

impl Gate for Line {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        // The guest waits while the parent decides, and this thread has nothing else to do.
        match self.question(call) {
            Ok(Reply::Allow) => Verdict::Allow,
            Ok(Reply::Deny { reason }) | Err(reason) => Verdict::Deny { reason },
        }
    }

    fn ask<'a>(&'a self, _call: &GateCall<'_>) -> Answer<'a> {
        Box::pin(async {
            Verdict::Deny {
                reason: String::from("the parent decides at once"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Captured, Usage};

    /// What a parent makes of what a worker says.
    fn hears(
        says: impl FnOnce(&mut UnixStream) -> Result<(), String>,
    ) -> (Result<Outcome, String>, Vec<u8>) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = seen.clone();
        let mut parent = Parent {
            id: ExecutionId(1),
            socket: ours,
            gate: None,
            sink: Some(Arc::new(move |_, bytes: &[u8]| {
                sink.lock().unwrap().extend_from_slice(bytes);
            })),
            limits: Limits {
                output_bytes: 1_000,
                host_call_bytes: 1_000,
                ..Limits::standard()
            },
            output_bytes: 0,
            runtime: runtime.handle().clone(),
        };
        let heard = std::thread::scope(|scope| {
            let parent = scope.spawn(move || parent.converse(b"job", b"code"));
            assert_eq!(read_frame(&mut theirs, 3).unwrap(), b"job");
            assert_eq!(read_frame(&mut theirs, 4).unwrap(), b"code");
            // The parent may stop listening in the middle of nonsense.
            drop(says(&mut theirs));
            drop(theirs);
            parent.join().unwrap()
        });
        let seen = seen.lock().unwrap().clone();
        (heard, seen)
    }

    fn ended() -> Outcome {
        Outcome {
            stdout: Captured {
                bytes: b"out".to_vec(),
                truncated: false,
            },
            usage: Usage {
                gas: u64::MAX,
                memory_bytes_peak: u64::MAX,
                wall: Duration::MAX,
                ..Usage::default()
            },
            ..Outcome::failed(internal("for the test"))
        }
    }

    fn done(to: &mut UnixStream, mut outcome: Outcome) -> Result<(), String> {
        let large = Large::take(&mut outcome);
        send(to, &Message::Done(Box::new(outcome)))?;
        large.0.iter().try_for_each(|part| write_frame(to, part))
    }

    #[test]
    fn an_outcome_arrives_whole() {
        let results = [
            Ok(Output::Bytes(vec![0xff; 1_000])),
            Ok(Output::Component {
                json: "[1]".to_owned(),
                wave: "[1]".to_owned(),
            }),
            Err(Failure::Cancelled),
        ];
        for result in results {
            let outcome = Outcome { result, ..ended() };
            assert_eq!(hears(|to| done(to, outcome.clone())).0, Ok(outcome));
        }
    }

    #[test]
    fn claims_above_the_limits_are_not_believed() {
        let (limits, wall) = (Limits::standard(), Duration::from_millis(7));
        let mut outcome = ended();
        believe(&mut outcome, &limits, wall);
        let usage = outcome.usage;
        assert_eq!(usage.gas, limits.gas);
        assert_eq!(usage.memory_bytes_peak, limits.memory_bytes);
        assert_eq!(usage.wall, wall);
    }

    #[test]
    fn output_above_the_limit_is_not_passed_on() {
        let (heard, seen) = hears(|to| {
            loop {
                send(to, &Message::Output(Stream::Stdout))?;
                write_frame(to, &[b'x'; 400])?;
            }
        });
        assert!(heard.unwrap_err().contains("400 bytes where 200"));
        assert_eq!(seen.len(), 800);
    }

    #[test]
    fn nonsense_is_an_error_and_never_a_large_allocation() {
        let silent = hears(|_| Ok(())).0;
        assert!(silent.unwrap_err().contains("without an answer"));
        let huge = hears(|to| to.write_all(&[0xff; 8]).map_err(|error| error.to_string())).0;
        assert!(huge.unwrap_err().contains("18446744073709551615 bytes"));
        let half = hears(|to| {
            to.write_all(&[9, 0, 0, 0, 0, 0, 0, 0, 1])
                .map_err(|e| e.to_string())
        })
        .0;
        assert!(half.unwrap_err().contains("in the middle"));
        let garbage = hears(|to| write_frame(to, &[0xee; 64])).0;
        assert!(garbage.unwrap_err().contains("nonsense"));
        let large = hears(|to| {
            done(
                to,
                Outcome {
                    result: Ok(Output::Bytes(vec![0; 8_001])),
                    ..ended()
                },
            )
        });
        assert!(large.0.unwrap_err().contains("8001 bytes where 8000"));
    }

    #[test]
    fn a_question_nobody_decides_is_denied() {
        let mut reply = None;
        let (heard, _) = hears(|to| {
            let question = Message::Question {
                capability: Capability::FileRead,
                module: String::new(),
                name: String::new(),
                target: String::from("/etc/passwd"),
            };
            send(to, &question)?;
            let frame = read_frame(to, 1_000)?;
            reply = Some(matches!(
                postcard::from_bytes(&frame),
                Ok(Reply::Deny { .. })
            ));
            done(to, ended())
        });
        assert!(heard.is_ok());
        assert_eq!(reply, Some(true));
    }
}
