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

/// What resolved imports depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkKey {
    pub(crate) host: u64,
    pub(crate) asking: bool,
}
