//! Why a file operation did not happen.

use rustix::io::Errno;

use crate::limits::LimitExceeded;

/// Why a file operation did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileError {
    /// The system said so, or a rule of WASI does.
    Os(Errno),
    /// It is not granted, and the guest is told no more than that.
    Refused(Refusal),
    /// It would exceed a limit, which ends the execution.
    Limit(LimitExceeded),
}

impl FileError {
    /// Tells whether a look-up failed because its path leads out of the folder it began in, by `..` or as an absolute one.
    pub(crate) fn leads_out(&self) -> bool {
        matches!(self, Self::Os(Errno::PERM))
    }

    /// Returns what a guest is told that may read something and wants to change it.
    pub(crate) const fn read_only() -> Self {
        Self::Os(Errno::PERM)
    }

    /// Returns what a guest is told that lacks a grant for `name`.
    pub(crate) fn not_granted(name: &str) -> Self {
        Self::Refused(Refusal {
            name: name.to_owned(),
            why: Why::NotGranted,
        })
    }
}

impl From<Errno> for FileError {
    fn from(error: Errno) -> Self {
        Self::Os(error)
    }
}

impl From<LimitExceeded> for FileError {
    fn from(exceeded: LimitExceeded) -> Self {
        Self::Limit(exceeded)
    }
}

/// Why something is not granted although a folder around it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The guest's name of what was refused.
    pub(crate) name: String,
    pub(crate) why: Why,
}

/// The reasons of a [`Refusal`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// No grant covers the name.
    NotGranted,
    /// A symbolic link leads out of the granted folder.
    LinkLeadsOut {
        /// Where it says it leads.
        target: String,
    },
    /// Something else is mounted there, and the grant does not say that it may be entered.
    OtherMount,
    /// It is one of the kernel's own file systems.
    Kernel,
    /// It is a file system that may not answer; only a grant that names it opens it.
    Slow,
    /// It is a pipe, a socket or a device.
    Special,
}

impl Why {
    /// Says the reason in words that stand in brackets after the name.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::NotGranted => String::new(),
            Self::LinkLeadsOut { target } => {
                format!("a symbolic link to `{target}`, out of what is granted")
            }
            Self::OtherMount => String::from("on another mount than the granted folder"),
            Self::Kernel => String::from("on a file system of the kernel"),
            Self::Slow => String::from("on a file system that may not answer"),
            Self::Special => String::from("a pipe, a socket or a device"),
        }
    }

    /// Tells whether a grant of exactly that name would help.
    pub(crate) const fn is_grantable(&self) -> bool {
        !matches!(self, Self::LinkLeadsOut { .. })
    }
}
