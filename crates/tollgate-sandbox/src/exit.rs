//! Exit codes of a worker.

pub(crate) const DONE: i32 = 0;
pub(crate) const NOT_RESTRICTED: i32 = 71;
pub(crate) const BAD_JOB: i32 = 72;
pub(crate) const NOT_JAILED: i32 = 73;
