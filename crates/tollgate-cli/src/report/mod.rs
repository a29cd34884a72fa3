//! Reports of an execution: for people on standard error, for programs as JSON.

use tollgate::sandbox::{LoadTimings, Tier};
use tollgate::{Grant, Limits, Origin, Profile};

use crate::exit::Exit;

mod checked;
mod human;
mod json;

pub(crate) use human::human;
pub(crate) use json::json;

/// What a report says beside what the library reported.
pub(crate) struct Context {
    /// The module as the user named it.
    pub(crate) source: String,
    pub(crate) profile: Profile,
    pub(crate) limits: Limits,
    /// What was granted, for what is to be typed against a denial.
    pub(crate) grant: Grant,
    pub(crate) exit: Exit,
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
}
