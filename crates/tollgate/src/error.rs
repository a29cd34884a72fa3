//! Why a [`Tollgate`](crate::Tollgate) cannot be built, a module cannot be loaded, or an execution cannot be started.
//!
//! Failures of an execution itself are not errors: they are part of its [`Report`](crate::Report).

use tollgate_sandbox::{EngineError, HostFunctionError, ScanError, SourceError};

/// A [`Tollgate`](crate::Tollgate) cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The engine cannot start on this machine.
    #[error("the engine cannot be made")]
    Engine(#[from] EngineError),
    /// A host function cannot be registered.
    #[error("a host function cannot be registered")]
    HostFunction(#[from] HostFunctionError),
}

/// A module cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The source cannot be read, or is not a module.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The module is not valid, or a part of it is larger than allowed.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The module does not compile.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The thread that was loading ended early.
    #[error("loading was interrupted: {message}")]
    Interrupted {
        /// How.
        message: String,
    },
}

/// An execution cannot be started; nothing was run, nothing was counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// [`Tollgate::stop`](crate::Tollgate::stop) was called.
    #[error("this Tollgate is stopped; call `start` before executing")]
    Stopped,
    /// A blocking method was called where it would block an asynchronous runtime.
    #[error(
        "a blocking call inside an asynchronous runtime would stall it; use the asynchronous form and `await` it"
    )]
    InsideRuntime,
    /// The operating system gave no runtime to wait in.
    #[error("no runtime to run in: {message}")]
    Runtime {
        /// What the system said.
        message: String,
    },
}
