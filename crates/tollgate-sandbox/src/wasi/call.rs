//! The function of WASI that a guest called.

use crate::{
    gate::{Operation, Target},
    grant::Capability,
};

/// The function a guest called: the first and the second part of its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
}

impl Call {
    /// Returns the call with what it reaches.
    pub(crate) const fn on<'a>(&self, capability: Capability, target: Target<'a>) -> Operation<'a> {
        Operation {
            capability,
            module: self.module,
            name: self.name,
            target,
        }
    }
}
