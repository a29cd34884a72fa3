//! A call out of the sandbox, as the one describes it who would do it.

use super::Target;
use crate::grant::Capability;

/// A call a guest wants to make, as the one knows it who would do it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub(crate) capability: Capability,
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) target: Target<'a>,
}
