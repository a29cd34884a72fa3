//! The imports of a module, resolved, and what that depends on.

use super::State;

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

/// Whether a call may wait for the answer of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    Never,
    MayWait,
}

/// What resolved imports depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkKey {
    pub(crate) host: u64,
    pub(crate) asking: Asking,
}
