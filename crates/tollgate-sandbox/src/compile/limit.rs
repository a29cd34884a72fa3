//! How much the work on one module may take, and why it failed.

use std::io;
use std::num::NonZero;
use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::EngineError;
use crate::jail::{SystemCall, call_text};
use crate::limits::{self, LimitExceeded};
use crate::prescan::ScanError;

use super::ready::Lack;

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
    /// Bytes of the result that describe the module. Default [`limits::ARTIFACT_METADATA_BYTES`].
    pub metadata_bytes: u64,
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
            metadata_bytes: limits::ARTIFACT_METADATA_BYTES,
            concurrent: (processors() / 2).max(1),
            queue_wait: limits::COMPILE_QUEUE_WAIT,
        }
    }
}

/// Asking takes the system a dozen files to read, so it is asked once.
pub(super) fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZero::get))
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
    /// [`CompileLimits::metadata_bytes`].
    Metadata,
}

impl CompileLimit {
    /// Returns the name people read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "CPU time",
            Self::Wall => "wall time",
            Self::Artifact => "code size",
            Self::Metadata => "metadata size",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Memory | Self::Cpu | Self::Wall | Self::Artifact => {
                "simplify its largest functions"
            }
            Self::Metadata => "give it fewer functions, exports and types",
        }
    }

    /// Returns four times its value, as the command line takes it. What it bounds grows with the module, so a few such steps
    /// lead to any module.
    pub(super) fn more(self, limits: &CompileLimits) -> String {
        let mebibytes = |bytes: u64| format!("{}MiB", (bytes >> 20).max(1).saturating_mul(4));
        match self {
            Self::Memory => mebibytes(limits.memory_bytes),
            Self::Cpu | Self::Wall => format!("{}s", limits.cpu.as_secs().max(1).saturating_mul(4)),
            Self::Artifact => mebibytes(limits.artifact_bytes),
            Self::Metadata => mebibytes(limits.metadata_bytes),
        }
    }

    pub(super) fn shown(self, limits: &CompileLimits) -> String {
        match self {
            Self::Memory => format!("{} bytes", limits.memory_bytes),
            Self::Cpu => format!("{:?}", limits.cpu),
            Self::Wall => format!("{:?}", limits.wall),
            Self::Artifact => format!("{} bytes", limits.artifact_bytes),
            Self::Metadata => format!("{} bytes", limits.metadata_bytes),
        }
    }
}

/// A module could not be compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// Compiling took more than allowed.
    #[error(
        "compiling the module needs more than the {} limit of {value}; {}, or raise the limit if you trust the module",
        .limit.name(), .limit.advice()
    )]
    Limit {
        /// Which limit.
        limit: CompileLimit,
        /// Its value, with the unit.
        value: String,
        /// A value that is worth the next attempt, as the command line takes it.
        more: String,
    },
    /// The module was refused before compiling.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// It cannot be used as intended.
    #[error(transparent)]
    Lack(#[from] Lack),
    /// The text form does not assemble.
    #[error("line {line}, column {column}: {message}")]
    Text {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the assembler said.
        message: String,
    },
    /// The binary form of a text is larger than allowed.
    #[error("the binary form of the text is larger than the size limit of {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: u64,
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
    /// The worker process made a system call that its jail forbids, and was ended.
    #[error(
        "the compiler made {} and was ended; that is a bug of Tollgate or an attack: please report the module",
        call_text(call)
    )]
    Forbidden {
        /// Which call, as the process said before it ended.
        call: Option<SystemCall>,
    },
    /// The jail of the worker process could not be closed.
    #[error("the compiler did not start: {message}")]
    NotJailed {
        /// What is missing.
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
    /// This process holds as much for guests and modules as it may.
    #[error(transparent)]
    Full(#[from] LimitExceeded),
    /// The engine does not work here.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl CompileError {
    /// Whether the same module fails the same way again, so that the answer may be remembered.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            // The machine had too much to do: CPU time is what the module needs.
            Self::Limit {
                limit: CompileLimit::Wall,
                ..
            } => false,
            Self::Limit { .. }
            | Self::Scan(_)
            | Self::Text { .. }
            | Self::TooLarge { .. }
            | Self::Refused { .. }
            | Self::Crashed { .. }
            | Self::Forbidden { .. } => true,
            // It may be good for something else.
            Self::Lack(_)
            | Self::NotJailed { .. }
            | Self::Process { .. }
            | Self::Unprepared
            | Self::Busy { .. }
            | Self::Full(_)
            | Self::Engine(_) => false,
        }
    }
}
