//! The store of one execution: what it carries, how much of it was used, and how guest code is entered and left.

pub(crate) mod core;
mod deadline;
pub(crate) mod failure;
pub(crate) mod link;
mod linked;
mod state;
mod stop;
pub(crate) mod uncaught;
mod used;

pub(crate) use self::{
    deadline::{Deadline, Ended, Until, or_cancelled},
    linked::{Asking, LinkKey, Linked, Pre},
    state::{Meter, State, charge, fuel_left, hook, tell_gas},
    stop::{Stop, stop},
    used::Used,
};
