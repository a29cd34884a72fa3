//! Why a policy cannot be used. None of these ever becomes an accept.

use tollgate_ecl::engines::wasm::BuildError;
use tollgate_ecl::engines::wasm::metadata::MetadataError;
use tollgate_sandbox::{ForeignError, PureError};

use crate::limits::POLICY_MODULE_BYTES_MAX;

/// Why a policy cannot be loaded, compiled or run.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The program has no module.
    #[error("policy `{policy}` cannot be compiled to WebAssembly")]
    Build {
        /// Name of the policy.
        policy: Box<str>,
        /// Why.
        #[source]
        source: BuildError,
    },
    /// The program has the hash of another one.
    #[error(
        "policy `{policy}` says that its hash is {claimed}, and it is {found}: compile it from its source"
    )]
    Forged {
        /// Name of the policy.
        policy: Box<str>,
        /// The hash that stands in it.
        claimed: Box<str>,
        /// The hash it has.
        found: Box<str>,
    },
    /// The bytecode engine refused the program.
    #[error("policy `{policy}` cannot be lowered to bytecode: {message}")]
    Bytecode {
        /// Name of the policy.
        policy: Box<str>,
        /// Why.
        message: String,
    },
    /// The bytes are not a policy's module, or not as it was built.
    #[error("the module is not a policy that can be used")]
    Module(#[from] MetadataError),
    /// The module is larger than modules may be.
    #[error(
        "the module has {bytes} bytes, at most {POLICY_MODULE_BYTES_MAX} are read: split the policy"
    )]
    ModuleTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The module cannot be compiled as a module of strangers.
    #[error("the module cannot be loaded")]
    Foreign(#[source] Box<ForeignError>),
    /// Nothing here compiles modules of strangers.
    #[error(
        "modules that were built elsewhere cannot be compiled: {message}; or set `compile_in_process` of the engine"
    )]
    Compiler {
        /// Why.
        message: String,
    },
    /// Its bytes are not the pinned ones.
    #[error(
        "the module has the SHA-256 {found}, not {expected}: check where it comes from, and pin the new one only if you trust it"
    )]
    ModuleMismatch {
        /// The pin.
        expected: Box<str>,
        /// What the module has.
        found: Box<str>,
    },
    /// The module imports or exports something a policy does not.
    #[error("the module does not have the shape of a policy: {message}")]
    Shape {
        /// What is wrong.
        message: String,
    },
    /// The engine refused the module or ran out of memory.
    #[error("the WebAssembly engine failed")]
    Engine(#[from] PureError),
    /// An input is larger than the configuration allows.
    #[error("the input takes {bytes} bytes, at most {limit} are allowed")]
    InputTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// More inputs than a batch was made for.
    #[error("the batch has room for {capacity} inputs and is full: evaluate it and begin another")]
    BatchFull {
        /// Inputs it has room for.
        capacity: usize,
    },
    /// The module could not grow its memory.
    #[error("there is no memory for the evaluation")]
    NoMemory,
    /// An input that was encoded for another program.
    #[error("the input was made for another program than policy `{policy}`")]
    WrongInput {
        /// Name of the policy.
        policy: Box<str>,
    },
}
