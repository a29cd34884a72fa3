//! Runs one WebAssembly module with one grant and one set of limits, and reports what it did and used.
//!
//! The crate knows nothing of policies or tenants, and it is the only one that names wasmtime: no type of wasmtime is part
//! of its interface. An [`Engine`] makes [`Module`]s; an [`Execution`] says what to run, with what, and how far; the
//! [`Outcome`] says what happened, on every way an execution can end.
//!
//! Nothing is granted by default, every host call has a price, and every bound is in [`limits`].

#![warn(missing_docs)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

mod abi;
mod address;
mod cache;
mod child;
mod compile;
mod component;
mod describe;
mod digest;
mod engine;
mod error;
mod event;
mod export;
mod fetch;
mod files;
mod gate;
mod grant;
mod host;
pub mod input;
mod isolated;
mod jail;
mod limiter;
pub mod limits;
mod loader;
mod module;
mod outcome;
mod prescan;
mod process;
mod pure;
mod run;
mod secret;
mod shared;
mod signals;
mod source;
mod value;
mod wasi;

pub use address::{AddressGrant, not_public};
pub use cache::{
    CacheAudit, CacheConfig, CacheEntry, CacheError, CacheStatistics, DiskCache, MemoryCacheConfig,
    MemoryCacheStatistics, Rejection,
};
pub use child::{run_if_requested, run_if_requested_instead};
pub use compile::{
    Compilation, CompileError, CompileLimit, CompileLimits, Compiled, Compiler, EntryName, Intent,
    Lack, Optimise, Rules,
};
pub use describe::{DescribeOptions, Description, Inspection, Item};
pub use digest::{Digest, DigestError};
pub use engine::{
    Allocation, Backend, DebugInfo, Determinism, Engine, EngineConfig, Fingerprint, GAS_VERSION,
    Load, Profile, Proposals, Reservation, Tier, VerifiedArtifact,
};
pub use error::{EngineError, HostFunctionError};
pub use event::{Event, EventKind, ExecutionId, Subscription};
pub use export::MissingExport;
pub use fetch::{FetchError, FetchOptions, Lookup, fetch};
pub use files::{OpenPath, guest_name};
pub use gate::{
    Answer, Arguments, Because, CallDecision, CallRecord, CallResult, CallSink, CallTarget,
    CallsChain, CallsDigest, DecidedBy, DecisionId, DecisionIdError, Effect, Gate, GateCall,
    GivenAnswer, Journal, Returned, Said, Taken, Target, Verdict,
};
pub use grant::{Capability, EnvGrant, Grant, GrantError, Mounts, NetGrant, PathGrant, Stdin};
pub use host::{
    GuestSlice, HostCall, HostError, HostFunctions, HostFuture, HostParams, HostResult,
    InterfaceCall, Scalar, Tariff,
};
pub use jail::{
    HostFiles, Jail, JailError, JailMode, JailReport, JailRole, Layer, LayerState, Ports,
    SystemCall, enter_jail, jail_layers,
};
pub use limiter::MemoryStatistics;
pub use limits::{LimitExceeded, LimitKind, Limits};
pub use loader::{
    LoadError, LoadOptions, LoadTimings, LoadedModule, Loader, LoaderConfig, LoaderStatistics,
    ModuleStatistics, Origin,
};
pub use module::Module;
pub use outcome::{
    Captured, Failure, Frame, Need, Outcome, Output, Trap, TrapCode, Usage, Violation, Violations,
};
pub use prescan::{
    ModuleLimit, ModuleLimitExceeded, ModuleLimits, Place, Proposal, ProposalSwitch, Scan,
    ScanError, UnknownModuleLimit, UnknownProposal,
};
pub use process::{ProcessLimits, ProcessShare};
pub use pure::{
    ForeignEngine, ForeignError, Lend, PureBounds, PureCaller, PureEngine, PureEntry, PureError,
    PureInstance, PureLinker, PureModule, PureParams, PureResult, PureTemplate,
};
pub use run::{
    ComponentArgs, Entry, Execution, Instance, Obstacle, OutputSink, Reader, Stream, TypedCall,
    Unstoppable, Virtual,
};
pub use secret::{holds_secret, looks_secret};
pub use shared::SharedMemory;
pub use signals::ignores_signal;
pub use source::{Source, SourceBytes, SourceError, SourceForm, SourceOptions};
pub use value::{Signature, Value, ValueError, ValueType};
