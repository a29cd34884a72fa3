//! Why an engine, a module or a host function could not be made.

use crate::{limits::LimitExceeded, value::Signature};

/// An engine cannot be made, or a module cannot be compiled or loaded by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The configuration does not work on this machine.
    #[error("the engine cannot start: {message}")]
    Config {
        /// What does not work.
        message: String,
    },
    /// The bytes are not a valid module or component.
    #[error("invalid module: {message}")]
    Invalid {
        /// What is wrong, with its offset.
        message: String,
    },
    /// The module uses floats and the engine refuses them.
    #[error(
        "the module uses floating point, which determinism level `no-float` refuses: {message}; use `full` or `off`"
    )]
    Floats {
        /// Where.
        message: String,
    },
    /// The module is valid but the compiler failed on it.
    #[error("the module does not compile: {message}")]
    Compile {
        /// What the compiler said.
        message: String,
    },
    /// A compiled artifact was made by another engine, or is not one.
    #[error("the compiled artifact does not fit this engine: {message}; compile the module again")]
    Artifact {
        /// What does not fit.
        message: String,
    },
    /// The module needs more than the engine ever gives.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// A host function cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostFunctionError {
    /// The name is taken.
    #[error("host function `{module}` `{name}` is registered already; unregister it first")]
    Duplicate {
        /// First part of the name.
        module: String,
        /// Second part of the name.
        name: String,
    },
    /// The name belongs to WASI.
    #[error("`{module}` is a WASI module; host functions cannot replace it")]
    Reserved {
        /// First part of the name.
        module: String,
    },
    /// The signature cannot be used for a host function.
    #[error(
        "host function `{module}` `{name}` has signature {signature}, which is not possible: {message}"
    )]
    Signature {
        /// First part of the name.
        module: String,
        /// Second part of the name.
        name: String,
        /// The signature.
        signature: Signature,
        /// Why not.
        message: String,
    },
}
