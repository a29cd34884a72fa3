//! The work on bytes of strangers, out of process.
//!
//! Assembler, validator and compiler are the largest programs that untrusted bytes reach, and no engine promises that they
//! end. So all of it runs in a worker process with limits on memory, CPU and wall time: one worker for one module, which
//! assembles, checks, compiles and describes it, whatever is asked for. This process sends bytes and reads a bounded, typed
//! answer (see `job.rs`); what goes wrong is a typed error here. Modules that look expensive, or turn out to be, are
//! compiled without optimisation (see `effort.rs`).

mod assemble;
mod conversation;
mod effort;
mod job;
mod limit;
mod ready;
mod rules;
mod turns;

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::child::{self, ChildLimits, Role};
use crate::config::{Determinism, EngineConfig, Tier};
use crate::describe::{DescribeOptions, Description, Inspection};
use crate::digest::Digest;
use crate::exit;
use crate::jail::{JailMode, Network, SystemCall};
use crate::limits;
use crate::prescan::Scan;
use crate::process::{LEDGER, ProcessShare, Taken};
use crate::source::{SourceBytes, SourceForm};
use conversation::{Heard, Said};
use effort::Choice;
use job::{Done, Head, Job};
use turns::{Turn, Turns};

pub use effort::Optimise;
pub(crate) use job::child_main;
pub use limit::{CompileError, CompileLimit, CompileLimits};
pub(crate) use ready::entry_of;
pub use ready::{Intent, Lack};
pub use rules::Rules;

/// Compiled code, how it was made and what that took.
#[derive(Debug)]
pub struct Compiled {
    /// The compiled code.
    pub artifact: Vec<u8>,
    /// The effort that went into it.
    pub tier: Tier,
    /// What was counted before.
    pub scan: Scan,
    /// Wall time of looking at the module before compiling it; a part of [`Compiled::took`].
    pub scan_took: Duration,
    /// Wall time, waiting for a turn not counted.
    pub took: Duration,
}

/// What a module imports, and what of it nobody provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imports {
    /// Its imports, among what else it looks like.
    pub inspection: Inspection,
    /// Those that nobody provides: at most [`limits::UNPROVIDED_LISTED`], in the module's order. Of an interface of a component there
    /// is the first function; without all of them it is of no use. What is provided in another type has no name, and its hint is what
    /// the engine says. `None` where nobody can tell: what is imported cannot be looked at apart from the module, since it depends on
    /// what a component makes itself.
    pub unprovided: Option<Vec<Lack>>,
}

/// A description with what is known of the module here and not in a worker.
fn of_source(mut description: Description, source: &SourceBytes) -> Description {
    if source.form == SourceForm::Binary {
        description.inspection.digest = source.digest;
        description.inspection.bytes = source.bytes.len() as u64;
    }
    description
}

/// What is asked of the compiler for one module, whatever effort it makes.
#[derive(Clone, Copy)]
pub struct Compilation<'a> {
    /// What the module is held to.
    pub rules: &'a Rules,
    /// What it is going to be used for, if that is known.
    pub intent: Option<&'a Intent>,
    /// When it is optimised, if that takes long.
    pub optimise: Optimise,
    /// Hears that compiling begins, and with which effort: once, or twice if optimising took too long.
    pub begins: &'a (dyn Fn(Tier) + Sync),
}

impl fmt::Debug for Compilation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compilation")
            .field("rules", self.rules)
            .field("intent", &self.intent)
            .field("optimise", &self.optimise)
            .finish_non_exhaustive()
    }
}

/// Where bytes of strangers are read: text is assembled, modules are checked, compiled and described.
#[derive(Debug, Clone)]
pub struct Compiler {
    limits: CompileLimits,
    place: CompilePlace,
    jail: JailMode,
    turns: Arc<Turns>,
    /// Those of work that nobody waits for: it takes no turn from others.
    turns_later: Arc<Turns>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CompilePlace {
    Worker,
    InProcess,
}

impl Compiler {
    /// Works in worker processes, which `limits` bounds.
    ///
    /// # Errors
    /// [`CompileError::Unprepared`] when `main` did not call [`crate::requested::run_if_requested`].
    pub fn worker(limits: CompileLimits) -> Result<Self, CompileError> {
        if !child::prepared() {
            return Err(CompileError::Unprepared);
        }
        Ok(Self::new(limits, CompilePlace::Worker))
    }

    /// Works in this process. Nothing bounds what that takes, and a fault of the compiler is a fault of this process: for
    /// modules whose makers are trusted not to attack it.
    pub fn in_process(limits: CompileLimits) -> Self {
        Self::new(limits, CompilePlace::InProcess)
    }

    fn new(limits: CompileLimits, place: CompilePlace) -> Self {
        Self {
            limits,
            place,
            jail: JailMode::Best,
            turns: Arc::new(Turns::new(limits.concurrent)),
            turns_later: Arc::new(Turns::new(1)),
        }
    }

    /// Sets how much of their jail workers must have. Default [`JailMode::Best`].
    #[must_use]
    pub fn jailed(mut self, jail: JailMode) -> Self {
        self.jail = jail;
        self
    }

    /// Turns text into the binary form, blocking; what is binary already is returned as it is.
    ///
    /// # Errors
    /// [`CompileError::Text`] with the place of what is wrong, [`CompileError::TooLarge`], and what ended the worker.
    pub fn assemble(
        &self,
        source: &SourceBytes,
        bytes_max: u64,
    ) -> Result<SourceBytes, CompileError> {
        if source.form == SourceForm::Binary {
            return Ok(source.clone());
        }
        let done = self.work(&Job::Assemble { bytes_max }, &source.bytes)?;
        let Head::Assembled = done.head else {
            return Err(nonsense());
        };
        // The worker is not believed: what it says is held to the limit here too.
        if done.content.len() as u64 > bytes_max {
            return Err(CompileError::TooLarge { bytes_max });
        }
        Ok(SourceBytes {
            digest: Digest::of(&done.content),
            bytes: done.content.into(),
            form: SourceForm::Binary,
        })
    }

    /// Checks a binary module against `rules` without compiling it, blocking.
    ///
    /// # Errors
    /// [`CompileError::Scan`] with the place of the first thing that is wrong, and what ended the worker.
    pub fn scan(&self, wasm: &[u8], rules: &Rules) -> Result<Scan, CompileError> {
        let job = Job::Scan {
            rules: rules.clone(),
        };
        match self.work(&job, wasm)?.head {
            Head::Scanned(scan) => Ok(scan),
            _ => Err(nonsense()),
        }
    }

    /// Says what a module looks like from outside, blocking. Text is assembled first.
    ///
    /// # Errors
    /// [`CompileError::Scan`] when the module is not valid, [`CompileError::Text`], and what ended the worker.
    pub fn describe(
        &self,
        source: &SourceBytes,
        wanted: &DescribeOptions,
    ) -> Result<Description, CompileError> {
        let job = Job::Describe {
            form: source.form,
            wanted: wanted.clone(),
        };
        let Head::Described(description) = self.work(&job, &source.bytes)?.head else {
            return Err(nonsense());
        };
        Ok(of_source(*description, source))
    }

    /// Says what a module imports and which of that nobody provides in an engine with this configuration, blocking. Nothing is
    /// compiled.
    ///
    /// # Errors
    /// As [`Compiler::describe`].
    pub fn imports(
        &self,
        source: &SourceBytes,
        wanted: &DescribeOptions,
        config: &EngineConfig,
    ) -> Result<Imports, CompileError> {
        let job = Job::Imports {
            form: source.form,
            wanted: wanted.clone(),
            config: config.clone(),
        };
        let answer = self.work(&job, &source.bytes)?.head;
        let Head::Imports {
            description,
            unprovided,
        } = answer
        else {
            return Err(nonsense());
        };
        if unprovided.as_ref().map_or(0, Vec::len) > limits::UNPROVIDED_LISTED {
            return Err(nonsense());
        }
        Ok(Imports {
            inspection: of_source(*description, source).inspection,
            unprovided,
        })
    }

    /// Checks a binary module against `rules` and compiles it, blocking.
    ///
    /// # Errors
    /// [`CompileError`]; nothing of the attempt is left behind.
    pub fn compile(&self, wasm: &[u8], rules: &Rules) -> Result<Compiled, CompileError> {
        self.compile_with(
            wasm,
            &Compilation {
                rules,
                intent: None,
                optimise: Optimise::default(),
                begins: &|_| {},
            },
        )
    }

    /// As [`Compiler::compile`], if the module can be used as intended.
    ///
    /// # Errors
    /// As [`Compiler::compile`]; [`CompileError::Lack`] says what the module lacks, before anything is compiled.
    pub fn compile_with(
        &self,
        wasm: &[u8],
        work: &Compilation<'_>,
    ) -> Result<Compiled, CompileError> {
        let _turn = self.turn(&self.turns, wasm)?;
        let started = Instant::now();
        let done = match self.place {
            CompilePlace::Worker => self.in_worker(wasm, work, started)?,
            CompilePlace::InProcess => {
                let mut announce = |head| {
                    if let Head::Compiling { tier } = head {
                        (work.begins)(tier);
                    }
                };
                job::perform(work.job(work.first()), wasm.to_vec(), &mut announce)?
            }
        };
        self.compiled(done, started.elapsed())
    }

    /// Compiles a module with optimisation that runs without already, blocking: on one thread, one module at a time. Returns
    /// nothing when it would take too long.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub(crate) fn optimise(
        &self,
        wasm: &[u8],
        rules: &Rules,
    ) -> Result<Option<Compiled>, CompileError> {
        let _turn = self.turn(&self.turns_later, wasm)?;
        let started = Instant::now();
        let config = EngineConfig {
            parallel_compilation: false,
            ..rules.config.clone()
        };
        let rules = Rules {
            limits: rules.limits.clone(),
            config,
        };
        let work = Compilation {
            rules: &rules,
            intent: None,
            optimise: Optimise::After,
            begins: &|_| {},
        };
        let done = self.once(&work.job(Choice::later()), wasm)?;
        match done.head {
            Head::Scanned(_) => Ok(None),
            _ => self.compiled(done, started.elapsed()).map(Some),
        }
    }

    /// What came of compiling, which took this long.
    fn compiled(&self, done: Done, took: Duration) -> Result<Compiled, CompileError> {
        let Head::Compiled {
            tier,
            scan,
            scan_took,
            metadata_bytes,
        } = done.head
        else {
            return Err(nonsense());
        };
        if done.content.len() as u64 > self.limits.artifact_bytes {
            return Err(self.limit(CompileLimit::Artifact));
        }
        if metadata_bytes > self.limits.metadata_bytes {
            return Err(self.limit(CompileLimit::Metadata));
        }
        Ok(Compiled {
            artifact: done.content,
            tier,
            scan,
            scan_took: scan_took.min(took),
            took,
        })
    }

    /// Waits for a turn, and then for a share of the process: all that the answer may be, and what talks to a worker.
    fn turn<'a>(&self, turns: &'a Turns, bytes: &[u8]) -> Result<(Turn<'a>, Taken), CompileError> {
        let began = Instant::now();
        let turn = turns.take(self.limits.queue_wait)?;
        let answer = conversation::answer_max(self.limits.artifact_bytes);
        let (descriptors, threads) = match self.place {
            CompilePlace::Worker => (limits::WORKER_DESCRIPTORS, limits::COMPILE_TALK_THREADS),
            CompilePlace::InProcess => (0, 0),
        };
        let share = ProcessShare {
            memory_bytes: answer.saturating_add(bytes.len() as u64),
            descriptors,
            threads,
        };
        let left = self.limits.queue_wait.saturating_sub(began.elapsed());
        Ok((turn, LEDGER.enter_blocking(share, left)?))
    }

    /// Does work that is done once, with all of the time.
    fn work(&self, job: &Job, bytes: &[u8]) -> Result<Done, CompileError> {
        let _turn = self.turn(&self.turns, bytes)?;
        self.once(job, bytes)
    }

    /// Does work in one attempt.
    fn once(&self, job: &Job, bytes: &[u8]) -> Result<Done, CompileError> {
        match self.place {
            CompilePlace::Worker => self
                .attempt(&Attempt {
                    job,
                    bytes,
                    cpu: self.limits.cpu,
                    cpu_most: self.limits.cpu,
                    deadline: Instant::now() + self.limits.wall,
                    last_deadline: Instant::now() + self.limits.wall,
                    begins: &|_| {},
                })
                .map_err(|ended| ended.error),
            CompilePlace::InProcess => Ok(job::perform(job.clone(), bytes.to_vec(), &mut |_| {})?),
        }
    }

    /// Tries with optimisation for half of the time, then without. A worker that finds the module too costly to optimise has
    /// all of the time at once, and so has one that is the only attempt.
    fn in_worker(
        &self,
        wasm: &[u8],
        work: &Compilation<'_>,
        started: Instant,
    ) -> Result<Done, CompileError> {
        let CompileLimits { wall, cpu, .. } = self.limits;
        let attempts = if work.may_change_tier() { 2 } else { 1 };
        let first = Attempt {
            job: &work.job(work.first()),
            bytes: wasm,
            cpu: cpu / attempts,
            cpu_most: cpu,
            deadline: started + wall / attempts,
            last_deadline: started + wall,
            begins: work.begins,
        };
        match self.attempt(&first) {
            Err(Ended {
                error: CompileError::Limit { limit, .. },
                tier,
            }) if work.may_change_tier()
                && matches!(
                    (tier, limit),
                    (Some(Tier::Speed), _) | (None, CompileLimit::Wall)
                ) => {}
            result => return result.map_err(|ended| ended.error),
        }
        let second = Attempt {
            job: &work.job(Choice::This(Tier::Quick)),
            cpu_most: cpu / 2,
            deadline: started + wall,
            ..first
        };
        self.attempt(&second).map_err(|ended| ended.error)
    }

    fn attempt(&self, attempt: &Attempt<'_>) -> Result<Done, Ended> {
        let Attempt {
            job,
            bytes,
            cpu,
            cpu_most,
            deadline,
            last_deadline,
            begins,
        } = *attempt;
        let limits = ChildLimits {
            address_bytes: self.limits.memory_bytes,
            data_bytes: self.limits.memory_bytes,
            files: limits::CHILD_FILES,
            cpu,
            cpu_most,
            network: Network::None,
            jail: self.jail,
        };
        let job = job.to_bytes().map_err(process)?;
        let mut child = child::command(Role::Compile, &limits)
            .spawn()
            .map_err(process)?;
        let ended = conversation::hold(
            &mut child,
            Said {
                job: &job,
                bytes,
                artifact_max: self.limits.artifact_bytes,
                deadline,
                last_deadline,
                begins,
            },
        );
        // Whatever happened, no worker outlives its attempt.
        let ended = ended.and_then(|heard| {
            conversation::wait(&mut child, last_deadline).map(|status| (heard, status))
        });
        child
            .kill()
            .and_then(|()| child.wait().map(drop))
            .map_err(process)?;
        let (heard, status) = ended.map_err(process)?;
        let tier = heard.tier();
        self.judge(heard, status)
            .map_err(|error| Ended { error, tier })
    }

    fn judge(&self, heard: Heard, status: Option<ExitStatus>) -> Result<Done, CompileError> {
        let Some(status) = status.filter(|_| !heard.timed_out) else {
            return Err(self.limit(CompileLimit::Wall));
        };
        if heard.too_long {
            return Err(self.limit(CompileLimit::Artifact));
        }
        let message = heard.message();
        if status.success() {
            return match heard.answer() {
                Some(Ok(done)) => Ok(done),
                Some(Err(CompileError::Refused { message })) if says_no_memory(&message) => {
                    Err(self.limit(CompileLimit::Memory))
                }
                Some(Err(error)) => Err(error),
                None => Err(CompileError::Crashed {
                    status: "no answer".into(),
                    message,
                }),
            };
        }
        if status.code() == Some(exit::NOT_JAILED) {
            return Err(CompileError::NotJailed { message });
        }
        if status.signal() == Some(Signal::SYS.as_raw()) {
            return Err(CompileError::Forbidden {
                call: SystemCall::heard(&heard.stderr),
            });
        }
        let crashed = |status: String| CompileError::Crashed { status, message };
        Err(match ended_by(status, &heard.stderr) {
            Some(limit) => self.limit(limit),
            // It could not even say that its memory was out: a stack that cannot grow is a fault.
            None if self.limits.memory_bytes < limits::COMPILE_MEMORY_BYTES_SMALL => {
                self.limit(CompileLimit::Memory)
            }
            None => crashed(status.to_string()),
        })
    }

    fn limit(&self, limit: CompileLimit) -> CompileError {
        CompileError::Limit {
            limit,
            value: limit.shown(&self.limits),
            more: limit.more(&self.limits),
        }
    }
}

/// Why an attempt has no result, and the effort the worker was making when it ended.
struct Ended {
    error: CompileError,
    tier: Option<Tier>,
}

impl From<CompileError> for Ended {
    fn from(error: CompileError) -> Self {
        Self { error, tier: None }
    }
}

/// One worker, what it does and how far it may go.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    job: &'a Job,
    bytes: &'a [u8],
    cpu: Duration,
    /// What a worker takes that makes the least effort at once.
    cpu_most: Duration,
    deadline: Instant,
    last_deadline: Instant,
    begins: &'a (dyn Fn(Tier) + Sync),
}

impl Compilation<'_> {
    fn threads(&self) -> usize {
        if self.rules.config.parallel_compilation {
            limit::processors().min(limits::COMPILE_THREADS)
        } else {
            1
        }
    }

    /// Whether another effort may be made than the one the check proposes. How deep a stack goes depends on the effort, so
    /// code that is to do the same everywhere is not made in another way because a machine was busy.
    fn may_change_tier(&self) -> bool {
        match self.rules.config.determinism {
            Determinism::Off => true,
            Determinism::Full | Determinism::NoFloat => false,
        }
    }

    fn first(&self) -> Choice {
        Choice::first(self.optimise, self.rules.config.determinism)
    }

    fn job(&self, choice: Choice) -> Job {
        // What a worker's own limits would decide otherwise is decided here, where the code is going to be loaded.
        let rules = Rules {
            limits: self.rules.limits.clone(),
            config: self.rules.config.clone().of_this_process(),
        };
        Job::Compile {
            rules,
            choice,
            threads: self.threads(),
            intent: self.intent.cloned(),
        }
    }
}

fn nonsense() -> CompileError {
    CompileError::Crashed {
        status: String::from("another answer than was asked for"),
        message: String::new(),
    }
}

fn process(source: io::Error) -> CompileError {
    CompileError::Process { source }
}

/// The limit that ended a worker, if one did.
fn ended_by(status: ExitStatus, stderr: &[u8]) -> Option<CompileLimit> {
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
