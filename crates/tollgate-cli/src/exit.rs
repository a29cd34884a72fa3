//! Exit codes. A WASI program's own code passes through unchanged; these are the codes of Tollgate itself, where they
//! exist the same as those of `sysexits.h` and of shells (128 + signal).

use std::process::ExitCode;

use crate::interrupt;

/// Why the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what it was asked.
    Success,
    /// The guest's own code.
    Guest(u8),
    /// Wrong use of the command line (`EX_USAGE`).
    Usage,
    /// An invalid module, policy or input (`EX_DATAERR`).
    Invalid,
    /// An input that is not there or cannot be read (`EX_NOINPUT`).
    NotFound,
    /// A receipt of somebody who is not known (`EX_NOUSER`).
    UnknownSigner,
    /// A bug in Tollgate (`EX_SOFTWARE`).
    Internal,
    /// An answer or the guest's output that could not be written (`EX_IOERR`).
    Unwritten,
    /// Something that was not granted ended the run (`EX_NOPERM`).
    Denied,
    /// Bad configuration (`EX_CONFIG`).
    Config,
    /// The time limit, as `timeout(1)` says it.
    Time,
    /// A trap, as a shell reports `SIGABRT`.
    Trap,
    /// The memory limit, as a shell reports `SIGKILL`.
    Memory,
    /// Somebody killed the process of an isolated guest, also as a shell reports `SIGKILL`.
    Killed,
    /// The gas limit, as a shell reports `SIGXCPU`.
    Gas,
    /// The output limit, as a shell reports `SIGXFSZ`.
    Output,
    /// A guest that went on writing when nobody read it any more, as a shell reports `SIGPIPE`.
    Unheard,
    /// A signal with this number ended the run, as a shell reports it.
    Signal(u8),
}

impl Exit {
    /// Why, in one word, for programs.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Guest(_) => "failed",
            Self::Usage => "usage",
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::UnknownSigner => "unknown_signer",
            Self::Internal => "internal",
            Self::Unwritten => "unwritten",
            Self::Denied => "denied",
            Self::Config => "config",
            Self::Time => "time",
            Self::Trap => "trap",
            Self::Memory => "memory",
            Self::Killed => "killed",
            Self::Gas => "gas",
            Self::Output => "output",
            Self::Unheard => "unheard",
            Self::Signal(_) => "signal",
        }
    }

    /// The number the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Guest(code) => code,
            Self::Usage => 64,
            Self::Invalid => 65,
            Self::NotFound => 66,
            Self::UnknownSigner => 67,
            Self::Internal => 70,
            Self::Unwritten => 74,
            Self::Denied => 77,
            Self::Config => 78,
            Self::Time => 124,
            Self::Trap => 134,
            Self::Memory | Self::Killed => 137,
            Self::Gas => 152,
            Self::Output => 153,
            Self::Unheard => 141,
            Self::Signal(number) => interrupt::code(number),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
