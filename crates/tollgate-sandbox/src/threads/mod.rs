//! Threads that work for guests: those that may be kept waiting, the runtime of a blocking call, the clock of timed guests.

mod blocking;
mod lane;
pub(crate) mod ticker;

pub(crate) use self::{
    blocking::{prepare, run},
    lane::{Lane, Unanswered},
};
