//! Compiling out of process.
//!
//! A compiler is the largest program that untrusted bytes reach, and no engine promises that compiling ends. So it runs in
//! a worker process with limits on memory, CPU and wall time, and what goes wrong there is a typed error here. The worker
//! gets a module that passed [`mod@crate::prescan`]. Modules that look expensive, or turn out to be, are compiled without
//! optimisation.

use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::child::{self, ChildLimits, Role, exit};
use crate::{Engine, EngineConfig, EngineError, Scan, Tier, limits};

/// How much compiling one module may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CompileLimits {
    /// Address space of the worker in bytes. Default [`limits::COMPILE_MEMORY_BYTES`].
    pub memory_bytes: u64,
    /// CPU time. Default [`limits::COMPILE_CPU`].
    pub cpu: Duration,
    /// Wall time. Default [`limits::COMPILE_WALL`].
    pub wall: Duration,
    /// Bytes of the result. Default [`limits::ARTIFACT_BYTES`].
    pub artifact_bytes: u64,
    /// Compilations at the same time. Default: half of the processors, at least one.
    pub concurrent: usize,
    /// How long a compilation waits for its turn. Default [`limits::COMPILE_QUEUE_WAIT`].
    pub queue_wait: Duration,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            memory_bytes: limits::COMPILE_MEMORY_BYTES,
            cpu: limits::COMPILE_CPU,
            wall: limits::COMPILE_WALL,
            artifact_bytes: limits::ARTIFACT_BYTES,
            concurrent: half_of_the_processors(),
            queue_wait: limits::COMPILE_QUEUE_WAIT,
        }
    }
}

/// Asking takes the system a dozen files to read, so it is asked once.
fn half_of_the_processors() -> usize {
    static HALF: OnceLock<usize> = OnceLock::new();
    let ask = || std::thread::available_parallelism().map_or(1, |count| (count.get() / 2).max(1));
    *HALF.get_or_init(ask)
}

/// A limit of [`CompileLimits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompileLimit {
    /// [`CompileLimits::memory_bytes`].
    Memory,
    /// [`CompileLimits::cpu`].
    Cpu,
    /// [`CompileLimits::wall`].
    Wall,
    /// [`CompileLimits::artifact_bytes`].
    Artifact,
}

impl CompileLimit {
    /// Returns the name people read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "CPU time",
            Self::Wall => "wall time",
            Self::Artifact => "code size",
        }
    }

    /// Returns the command line flag that changes the limit.
    pub const fn flag(self) -> Option<&'static str> {
        match self {
            Self::Memory => Some("--compile-memory"),
            // The wall time is as many times the CPU time as by default.
            Self::Cpu | Self::Wall => Some("--compile-time"),
            Self::Artifact => None,
        }
    }

    fn advice(self) -> String {
        match self.flag() {
            Some(flag) => format!(
                "simplify its largest functions, or raise it with `{flag}` if you trust the module"
            ),
            None => String::from("simplify its largest functions"),
        }
    }

    fn shown(self, limits: &CompileLimits) -> String {
        match self {
            Self::Memory => format!("{} bytes", limits.memory_bytes),
            Self::Cpu => format!("{:?}", limits.cpu),
            Self::Wall => format!("{:?}", limits.wall),
            Self::Artifact => format!("{} bytes", limits.artifact_bytes),
        }
    }
}

/// A module could not be compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// Compiling took more than allowed.
    #[error(
        "compiling the module needs more than the {} limit of {value}; {}",
        .limit.name(), .limit.advice()
    )]
    Limit {
        /// Which limit.
        limit: CompileLimit,
        /// Its value, with the unit.
        value: String,
    },
    /// The compiler refused the module.
    #[error("the module does not compile: {message}")]
    Refused {
        /// What the compiler said.
        message: String,
    },
    /// The worker process died.
    #[error(
        "the compiler crashed on the module ({status}): {message}; please report the module as a bug"
    )]
    Crashed {
        /// How it ended.
        status: String,
        /// The last it wrote to standard error.
        message: String,
    },
    /// The worker process could not be started or talked to.
    #[error("cannot run the compiler process")]
    Process {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// This program cannot start workers.
    #[error(
        "this program cannot start compiler processes; call `tollgate_sandbox::run_if_requested()` first thing in \
         `main`, or choose `Compiler::in_process()`"
    )]
    Unprepared,
    /// Too many compilations wait already.
    #[error(
        "no compiler was free within {waited:?}; try again, or allow more compilations at the same time"
    )]
    Busy {
        /// How long it waited.
        waited: Duration,
    },
    /// The engine does not work here.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl CompileError {
    /// Whether the same module fails the same way again, so that the answer may be remembered.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Limit { .. } | Self::Refused { .. } | Self::Crashed { .. } => true,
            Self::Process { .. } | Self::Unprepared | Self::Busy { .. } | Self::Engine(_) => false,
        }
    }
}

/// Compiled code, how it was made and what that took.
#[derive(Debug)]
pub struct Compiled {
    /// The compiled code.
    pub artifact: Vec<u8>,
    /// The effort that went into it.
    pub tier: Tier,
    /// Wall time, waiting for a turn not counted.
    pub took: Duration,
}

/// Where modules are compiled.
#[derive(Debug, Clone)]
pub struct Compiler {
    limits: CompileLimits,
    place: CompilePlace,
    turns: Arc<Turns>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CompilePlace {
    Worker,
    InProcess,
}

impl Compiler {
    /// Compiles in worker processes, which `limits` bounds.
    ///
    /// # Errors
    /// [`CompileError::Unprepared`] when `main` did not call [`crate::run_if_requested`].
    pub fn worker(limits: CompileLimits) -> Result<Self, CompileError> {
        if !child::prepared() {
            return Err(CompileError::Unprepared);
        }
        Ok(Self::new(limits, CompilePlace::Worker))
    }

    /// Compiles in this process. Only the look at the module before bounds what that takes, and a fault of the compiler
    /// is a fault of this process: for modules whose makers are trusted not to attack the compiler.
    pub fn in_process(limits: CompileLimits) -> Self {
        Self::new(limits, CompilePlace::InProcess)
    }

    fn new(limits: CompileLimits, place: CompilePlace) -> Self {
        Self {
            limits,
            place,
            turns: Arc::new(Turns::new(limits.concurrent)),
        }
    }

    /// Compiles a module for `engine`, blocking. `scan` is what [`mod@crate::prescan`] found.
    ///
    /// # Errors
    /// [`CompileError`]; nothing of the attempt is left behind.
    pub fn compile(
        &self,
        engine: &Engine,
        wasm: &[u8],
        scan: &Scan,
    ) -> Result<Compiled, CompileError> {
        let _turn = self.turns.take(self.limits.queue_wait)?;
        let started = Instant::now();
        let (artifact, tier) = match self.place {
            CompilePlace::Worker => self.in_worker(engine.config(), wasm, scan, started)?,
            CompilePlace::InProcess => {
                let tier = first_tier(scan);
                (
                    Engine::precompile_tier(engine.config(), tier, wasm).map_err(refused)?,
                    tier,
                )
            }
        };
        if artifact.len() as u64 > self.limits.artifact_bytes {
            return Err(self.limit(CompileLimit::Artifact));
        }
        Ok(Compiled {
            artifact,
            tier,
            took: started.elapsed(),
        })
    }

    /// Tries with optimisation for half of the CPU time, then without, both before one deadline.
    fn in_worker(
        &self,
        config: &EngineConfig,
        wasm: &[u8],
        scan: &Scan,
        started: Instant,
    ) -> Result<(Vec<u8>, Tier), CompileError> {
        let deadline = started + self.limits.wall;
        let half = ChildLimits {
            address_bytes: self.limits.memory_bytes,
            data_bytes: self.limits.memory_bytes,
            files: limits::CHILD_FILES,
            cpu: self.limits.cpu / 2,
        };
        if first_tier(scan) == Tier::Speed {
            let middle = started + self.limits.wall / 2;
            match self.attempt(config, Tier::Speed, wasm, half, middle) {
                Err(CompileError::Limit { .. }) => {}
                result => return result.map(|artifact| (artifact, Tier::Speed)),
            }
        }
        self.attempt(config, Tier::Quick, wasm, half, deadline)
            .map(|artifact| (artifact, Tier::Quick))
    }

    fn attempt(
        &self,
        config: &EngineConfig,
        tier: Tier,
        wasm: &[u8],
        limits: ChildLimits,
        deadline: Instant,
    ) -> Result<Vec<u8>, CompileError> {
        let job = serde_json::to_vec(&Job {
            config: config.clone(),
            tier,
        })
        .map_err(|error| process(error.into()))?;
        let mut child = child::command(Role::Compile, &limits)
            .spawn()
            .map_err(process)?;
        let ended = converse(&mut child, &job, wasm, self.limits.artifact_bytes, deadline);
        // Whatever happened, no worker outlives its attempt.
        let ended =
            ended.and_then(|answer| wait(&mut child, deadline).map(|status| (answer, status)));
        child
            .kill()
            .and_then(|()| child.wait().map(drop))
            .map_err(process)?;
        match ended.map_err(process)? {
            (
                Answer {
                    timed_out: true, ..
                },
                _,
            )
            | (_, None) => Err(self.limit(CompileLimit::Wall)),
            (answer, Some(status)) => self.judge(answer, status),
        }
    }

    fn judge(&self, answer: Answer, status: ExitStatus) -> Result<Vec<u8>, CompileError> {
        let message = String::from_utf8_lossy(&answer.stderr)
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        if answer.too_long {
            return Err(self.limit(CompileLimit::Artifact));
        }
        if status.success() {
            let answered = read_answer(answer.stdout);
            if let Some(Err(CompileError::Refused { message })) = &answered
                && says_no_memory(message)
            {
                return Err(self.limit(CompileLimit::Memory));
            }
            return answered.unwrap_or_else(|| {
                Err(CompileError::Crashed {
                    status: "no answer".into(),
                    message,
                })
            });
        }
        Err(match ended_by(status, &answer.stderr) {
            Some(limit) => self.limit(limit),
            // It could not even say that its memory was out: a stack that cannot grow is a fault.
            None if self.limits.memory_bytes < limits::COMPILE_MEMORY_BYTES_SMALL => {
                self.limit(CompileLimit::Memory)
            }
            None => CompileError::Crashed {
                status: status.to_string(),
                message,
            },
        })
    }

    fn limit(&self, limit: CompileLimit) -> CompileError {
        CompileError::Limit {
            limit,
            value: limit.shown(&self.limits),
        }
    }
}

fn first_tier(scan: &Scan) -> Tier {
    if scan.compile_cost > limits::COMPILE_COST_SPEED {
        Tier::Quick
    } else {
        Tier::Speed
    }
}

fn process(source: io::Error) -> CompileError {
    CompileError::Process { source }
}

fn refused(error: EngineError) -> CompileError {
    match error {
        EngineError::Config { .. } => CompileError::Engine(error),
        error => CompileError::Refused {
            message: error.to_string(),
        },
    }
}

/// The limit that ended a worker, if one did.
fn ended_by(status: ExitStatus, stderr: &[u8]) -> Option<CompileLimit> {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    let signal = status.signal();
    if signal == Some(Signal::XCPU.as_raw()) || signal == Some(Signal::KILL.as_raw()) {
        return Some(CompileLimit::Cpu);
    }
    says_no_memory(&String::from_utf8_lossy(stderr)).then_some(CompileLimit::Memory)
}

/// The allocator of the standard library says so before it aborts; the engine reports a failed mapping as an error.
fn says_no_memory(text: &str) -> bool {
    text.contains("memory allocation of") || text.contains("Cannot allocate memory")
}

/// What a worker sent until it closed its streams or time was up.
#[derive(Default)]
struct Answer {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    too_long: bool,
    timed_out: bool,
}

/// Sends the job and reads the answer, each stream on a thread so that none can block another. Kills the worker at the
/// deadline, which ends all three.
fn converse(
    child: &mut Child,
    job: &[u8],
    wasm: &[u8],
    answer_max: u64,
    deadline: Instant,
) -> io::Result<Answer> {
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(move || send(stdin, job, wasm));
        let errors = scope.spawn(move || read_tail(stderr));
        scope.spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout
                .take(answer_max.saturating_add(ANSWER_HEAD + 1))
                .read_to_end(&mut bytes);
            // The receiver is gone only when time was up.
            sender.send(read.map(|_| bytes)).ok();
        });
        let mut answer = Answer::default();
        match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(stdout) => answer.stdout = stdout?,
            Err(_) => answer.timed_out = true,
        }
        answer.too_long = answer.stdout.len() as u64 > answer_max.saturating_add(ANSWER_HEAD);
        if answer.timed_out || answer.too_long {
            child.kill()?;
        }
        answer.stderr = errors.join().unwrap_or_default();
        Ok(answer)
    })
}

fn send(mut stdin: ChildStdin, job: &[u8], wasm: &[u8]) {
    let length = u32::try_from(job.len()).unwrap_or(u32::MAX).to_le_bytes();
    // A worker that ends early stops reading; its exit status says why.
    stdin
        .write_all(&length)
        .and_then(|()| stdin.write_all(job))
        .and_then(|()| stdin.write_all(wasm))
        .ok();
}

/// Keeps the start of a stream and reads the rest to nowhere.
fn read_tail(mut stream: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    stream
        .by_ref()
        .take(limits::COMPILE_ERROR_BYTES)
        .read_to_end(&mut kept)
        .ok();
    io::copy(&mut stream, &mut io::sink()).ok();
    kept
}

/// Waits for the end of a worker that closed its streams; `None` if it does not come in time.
fn wait(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(100);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

/// What the worker is told, before the module.
#[derive(Serialize, Deserialize)]
struct Job {
    config: EngineConfig,
    tier: Tier,
}

/// The bytes in front of an answer's content: what it is, and how long.
const ANSWER_HEAD: u64 = 9;
const ANSWER_ARTIFACT: u8 = b'A';
const ANSWER_REFUSED: u8 = b'R';

/// The worker's side: reads the job from standard input, writes the answer to standard output.
pub(crate) fn child_main() -> i32 {
    let Some((job, wasm)) = read_job() else {
        return exit::BAD_JOB;
    };
    let (kind, content) = match Engine::precompile_tier(&job.config, job.tier, &wasm) {
        Ok(artifact) => (ANSWER_ARTIFACT, artifact),
        Err(error) => (ANSWER_REFUSED, error.to_string().into_bytes()),
    };
    let mut stdout = io::stdout().lock();
    let length = (content.len() as u64).to_le_bytes();
    let written = stdout
        .write_all(&[kind])
        .and_then(|()| stdout.write_all(&length))
        .and_then(|()| stdout.write_all(&content))
        .and_then(|()| stdout.flush());
    if written.is_ok() {
        exit::DONE
    } else {
        exit::BAD_JOB
    }
}

fn read_job() -> Option<(Job, Vec<u8>)> {
    let mut stdin = io::stdin().lock();
    let mut length = [0; 4];
    stdin.read_exact(&mut length).ok()?;
    let mut job = Vec::new();
    stdin
        .by_ref()
        .take(u32::from_le_bytes(length).into())
        .read_to_end(&mut job)
        .ok()?;
    let job = serde_json::from_slice(&job).ok()?;
    let mut wasm = Vec::new();
    stdin
        .take(limits::MODULE_BYTES_CEILING + 1)
        .read_to_end(&mut wasm)
        .ok()?;
    Some((job, wasm))
}

/// The content of a whole answer; `None` when it is not whole.
fn read_answer(mut answer: Vec<u8>) -> Option<Result<Vec<u8>, CompileError>> {
    let (head, content) = answer.split_first_chunk::<9>()?;
    let (kind, length) = head.split_first()?;
    let length = u64::from_le_bytes(length.try_into().ok()?);
    if length != content.len() as u64 {
        return None;
    }
    match *kind {
        ANSWER_ARTIFACT => {
            answer.drain(..head.len());
            Some(Ok(answer))
        }
        ANSWER_REFUSED => {
            let message = String::from_utf8_lossy(content).into_owned();
            Some(Err(CompileError::Refused { message }))
        }
        _ => None,
    }
}

/// Lets a bounded number of compilations run.
#[derive(Debug)]
struct Turns {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Turns {
    fn new(count: usize) -> Self {
        Self {
            free: Mutex::new(count.max(1)),
            freed: Condvar::new(),
        }
    }

    fn take(&self, wait: Duration) -> Result<Turn<'_>, CompileError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut free, waited) = self
            .freed
            .wait_timeout_while(free, wait, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && *free == 0 {
            return Err(CompileError::Busy { waited: wait });
        }
        *free -= 1;
        Ok(Turn(self))
    }
}

/// A place among the running compilations, given back when dropped.
struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
