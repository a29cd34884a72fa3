//! Reports of an execution: for people on standard error, for programs as JSON.

use std::path::PathBuf;

use tollgate::sandbox::{LoadTimings, Tier};
use tollgate::{ComponentArgs, Entry, Grant, Limits, Origin, Profile};

use crate::exit::Exit;
use crate::lesson::Taught;
use crate::set_by::SetBy;

mod checked;
mod human;
mod json;

pub(crate) use human::human;
pub(crate) use json::json;

/// How arguments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// That of components, as they stand on the command line.
    Wave,
    /// JSON, bytes, and values of core modules.
    Other,
}

impl Notation {
    pub(crate) fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Component {
                args: ComponentArgs::Wave(_),
                ..
            } => Self::Wave,
            Entry::Component {
                args: ComponentArgs::Json(_),
                ..
            }
            | Entry::Start
            | Entry::Core { .. }
            | Entry::CoreText { .. }
            | Entry::Bytes { .. } => Self::Other,
        }
    }
}

/// What a report says beside what the library reported.
pub(crate) struct Context {
    /// The module as the user named it.
    pub(crate) source: String,
    /// How the arguments of its entry were written.
    pub(crate) notation: Notation,
    pub(crate) profile: Profile,
    pub(crate) limits: Limits,
    /// Who set those that were not typed.
    pub(crate) set_by: SetBy,
    /// What was granted, for what is to be typed against a denial.
    pub(crate) grant: Grant,
    pub(crate) exit: Exit,
    /// The journal, if there is one.
    pub(crate) journal: Option<PathBuf>,
    /// Control sequences kept from the terminal.
    pub(crate) escapes_dropped: u64,
    /// Environment variables that look like secrets and were not passed on.
    pub(crate) secrets_left_out: Vec<String>,
    /// Where the module's code came from.
    pub(crate) origin: Origin,
    /// What loading it took.
    pub(crate) timings: LoadTimings,
    /// The effort its code was compiled with.
    pub(crate) tier: Tier,
    /// What the user should know although it stopped nothing.
    pub(crate) warnings: Vec<String>,
    /// What was learned, if that was wanted.
    pub(crate) taught: Option<Taught>,
}
