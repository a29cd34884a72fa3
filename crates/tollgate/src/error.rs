//! Why a [`Tollgate`](crate::tollgate::Tollgate) cannot be built, or an execution cannot be started.
//!
//! Failures of an execution itself are not errors: they are part of its [`Report`](crate::report::Report).

use tollgate_sandbox::{CacheError, CompileError, EngineError, HostFunctionError};

/// A [`Tollgate`](crate::tollgate::Tollgate) cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The engine cannot start on this machine.
    #[error("the engine cannot be made")]
    Engine(#[from] EngineError),
    /// A host function cannot be registered.
    #[error("a host function cannot be registered")]
    HostFunction(#[from] HostFunctionError),
    /// Modules cannot be compiled where they should be: the program's `main` did not prepare for it.
    #[error(
        "this program cannot start compiler processes; call `tollgate::run_if_requested()` first thing in `main`, or \
         choose `TollgateBuilder::compile_in_process` if you trust the makers of all modules not to attack the compiler"
    )]
    Unprepared,
    /// There is no compiler.
    #[error("modules cannot be compiled")]
    Compile(#[from] CompileError),
    /// The cache folder cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// An execution cannot be started; nothing was run, nothing was counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// [`Tollgate::stop`](crate::tollgate::Tollgate::stop) was called.
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
