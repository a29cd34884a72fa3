//! Running a module: admission, the store and its state, the call, and the outcome.

mod admission;
mod blocking;
pub(crate) mod core;
mod deadline;
mod execute;
pub(crate) mod failure;
mod guest;
mod instance;
mod lane;
pub(crate) mod link;
mod request;
mod share;
mod state;
mod stoppable;
pub(crate) mod ticker;
mod used;

pub(crate) use admission::{Admission, Place};
pub(crate) use blocking::prepare as prepare_thread;
pub(crate) use deadline::Deadline;
pub(crate) use execute::Stop;
pub(crate) use failure::bounded;
pub(crate) use guest::LinkKey;
pub use instance::{Instance, TypedCall};
pub(crate) use lane::{Lane, Unanswered};
pub use request::{ComponentArgs, Entry, Execution, OutputSink, Reader, Stream, Virtual};
pub(crate) use state::{
    Log, Meter, State, WASI_BYTE_GAS, WASI_CALL_GAS, charge, hook, out_of_time, tell_gas,
};
pub(crate) use stoppable::obstacle;
pub use stoppable::{Obstacle, Unstoppable};
pub(crate) use used::{Counter, Used};

/// The imports of a module, resolved.
pub(crate) struct Linked {
    /// What resolved them.
    pub(crate) key: LinkKey,
    pub(crate) pre: Pre,
}

pub(crate) enum Pre {
    Core(wasmtime::InstancePre<State>),
    Component(wasmtime::component::InstancePre<State>),
}
