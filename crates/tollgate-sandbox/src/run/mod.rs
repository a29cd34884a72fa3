//! Running a module: admission, the store and its state, the call, and the outcome.

mod admission;
pub(crate) mod core;
pub(crate) mod failure;
mod request;
mod state;
pub(crate) mod ticker;

pub(crate) use admission::Admission;
pub(crate) use failure::bounded;
pub use request::{ComponentArgs, Entry, Execution, OutputSink, Stream, Virtual};
pub(crate) use state::{Log, Meter, State, charge, hook, out_of_time};

/// The imports of a module, resolved.
pub(crate) struct Linked {
    /// Which set of host functions resolved them.
    pub(crate) host: u64,
    pub(crate) pre: Pre,
}

pub(crate) enum Pre {
    Core(wasmtime::InstancePre<State>),
    Component(wasmtime::component::InstancePre<State>),
}
