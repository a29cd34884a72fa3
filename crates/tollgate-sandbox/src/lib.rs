//! Runs one WebAssembly module with one grant and one set of limits, and reports what it did and used.
//!
//! This crate is for who builds on executions alone. Who wants decisions, prices and receipts takes the crate `tollgate`, which
//! uses this one. The crate knows nothing of tenants or of the policy language, and no other crate of the library names wasmtime: no
//! type of wasmtime is part of its interface.
//!
//! ```
//! use tollgate_sandbox::{
//!     CompileLimits, Compiler, Engine, EngineConfig, Entry, Execution, LoadOptions, Loader, LoaderConfig, Source, Value,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(&EngineConfig::metered())?;
//! // Modules of strangers are compiled in a process of their own: `Compiler::worker`. This one is ours.
//! let compiler = Compiler::in_process(CompileLimits::default());
//! let loader = Loader::new(LoaderConfig::new(engine, compiler));
//!
//! let wat = br#"(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;
//! let loaded = loader.load(&Source::Bytes(wat.as_slice().into()), &LoadOptions::default())?;
//! let entry = Entry::Core { export: "add".into(), args: vec![Value::I32(2), Value::I32(3)] };
//! let outcome = Execution::new(loaded.module(), entry).run_blocking();
//! println!("{:?} with {} gas", outcome.result, outcome.usage.gas);
//! assert!(outcome.result.is_ok());
//! # Ok(())
//! # }
//! ```
//!
//! # The parts
//!
//! * A [`Loader`] turns a [`Source`] into a [`Module`]: it reads, checks, compiles or finds in a cache.
//! * An [`Execution`] says what to run ([`Entry`]), what that may reach ([`Grant`], by default nothing), and how far it may go
//!   ([`Limits`], by default [`Limits::standard`]).
//! * The [`Outcome`] says what happened and what was used ([`Usage`]), on every way an execution can end.
//! * A [`Gate`] decides single calls out of the sandbox; [`HostFunctions`] are those that an embedder adds, each with a [`Tariff`].
//! * [`PureEngine`] runs modules that import nothing of a system, such as policies, without any of the above.
//!
//! Every host call has a price, and every bound of what a guest or a module can reach is in [`limits`].

mod abi;
mod address;
mod cache;
mod child;
mod compile;
mod component;
mod config;
mod counter;
mod describe;
mod digest;
mod engine;
mod entry;
mod error;
mod event;
mod exit;
mod export;
mod fetch;
mod files;
mod gate;
mod grant;
mod host;
mod id;
mod identity;
pub mod input;
mod jail;
mod limiter;
pub mod limits;
mod loader;
mod outcome;
mod prescan;
mod process;
mod pure;
mod requested;
mod run;
#[cfg(target_os = "linux")]
mod sealed;
mod secret;
mod shared;
mod signals;
mod source;
mod stopping;
mod store;
mod stream;
mod text;
mod threads;
mod value;
mod wasi;

pub use address::{AddressGrant, not_public};
pub use cache::{
    CacheAudit, CacheConfig, CacheEntry, CacheError, CacheStatistics, DiskCache, MemoryCacheConfig,
    MemoryCacheStatistics, Rejection,
};
pub use child::jail_layers;
pub use compile::{
    Compilation, CompileError, CompileLimit, CompileLimits, Compiled, Compiler, Imports, Intent,
    Lack, Optimise, Rules,
};
pub use config::{
    Allocation, Backend, DebugInfo, Determinism, EngineConfig, Profile, Proposals, Reservation,
    Tier,
};
pub use describe::{DescribeOptions, Description, Inspection, Item};
pub use digest::{Digest, DigestError};
pub use engine::{Engine, Fingerprint, GAS_VERSION, Load, Module, VerifiedArtifact};
pub use entry::{ComponentArgs, Entry, EntryName, Virtual};
pub use error::{EngineError, HostFunctionError};
pub use event::{Event, EventKind, Subscription};
pub use export::MissingExport;
pub use fetch::{FetchError, FetchOptions, Lookup, fetch};
pub use files::guest_name;
pub use gate::{
    Answer, Arguments, Aside, Because, CallDecision, CallRecord, CallResult, CallSink, CallTarget,
    DecidedBy, Effect, Gate, GateCall, GateFacts, GivenAnswer, Journal, PolicySaid, Returned, Said,
    ShadowSaid, Taken, Target, Verdict,
};
pub use grant::{Capability, EnvGrant, Grant, GrantError, Mounts, NetGrant, PathGrant, Stdin};
pub use host::{
    GuestSlice, HostCall, HostError, HostFunctions, HostFuture, HostParams, HostResult,
    InterfaceCall, Scalar, Tariff,
};
pub use id::{CallsChain, CallsDigest, DecisionId, DecisionIdError, ExecutionId};
pub use identity::OpenPath;
pub use jail::{
    HostFiles, Jail, JailError, JailMode, JailReport, JailRole, Layer, LayerState, Ports,
    SystemCall,
};
pub use limiter::MemoryStatistics;
pub use limits::{LimitExceeded, LimitKind, Limits};
pub use loader::{
    LoadError, LoadOptions, LoadTimings, LoadedModule, Loader, LoaderConfig, LoaderStatistics,
    ModuleStatistics, Origin,
};
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
pub use requested::{run_if_requested, run_if_requested_instead};
pub use run::{Execution, Instance, TypedCall, enter_jail};
pub use secret::{holds_secret, looks_secret};
pub use shared::SharedMemory;
pub use signals::ignores_signal;
pub use source::{Source, SourceBytes, SourceError, SourceForm, SourceOptions};
pub use stopping::{Obstacle, Unstoppable};
pub use stream::{OutputSink, Reader, Stream};
pub use value::{Signature, Value, ValueError, ValueType};
pub use wasi::Asked;
