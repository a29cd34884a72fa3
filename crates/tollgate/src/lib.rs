//! The library people embed: load a WebAssembly module, run it, and know what it did, used and cost.
//!
//! It is for programs that run code of others, from a tool on a desk to a server for strangers.
//!
//! ```standalone_crate
//! use tollgate::{Request, Source, Tollgate, Value};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // First thing in `main`: modules are compiled in worker processes, and the worker is this program.
//! tollgate::run_if_requested();
//!
//! let tollgate = Tollgate::builder().build()?;
//! let wat = r#"(module (func (export "add") (param i32 i32) (result i32)
//!     (i32.add (local.get 0) (local.get 1))))"#;
//! let module = tollgate.load_blocking(&Source::Bytes(wat.as_bytes().into()))?;
//! let report = tollgate.execute_blocking(Request::call(&module, "add", [Value::I32(2), Value::I32(3)]))?;
//! assert_eq!(report.values()?, [Value::I32(5)]);
//! println!("{} gas, {}", report.usage().gas, report.cost);
//! # Ok(())
//! # }
//! ```
//!
//! # The three steps
//!
//! [`Tollgate::execute`] is the only place of this crate where an execution can start, and every request goes the same way:
//!
//! 1. **Admit** decides from what was asked for and what may be had. Grants and limits above the [`Ceiling`] are rejected
//!    before an instance exists; after that an optional hook decides.
//! 2. **Run** is the sandbox: one fresh instance with that grant and those limits.
//! 3. **Settle** turns usage into a [`Cost`] and writes the statistics, whichever way the execution ended.
//!
//! What is run with [`sandbox`] directly is neither admitted nor settled.
//!
//! # Loading
//!
//! [`Tollgate::load`] reads a module, checks it, and takes its code from memory, from the cache folder if there is one
//! ([`TollgateBuilder::cache`]), or from a compiler process with limits of its own ([`TollgateBuilder::compile_limits`]).
//! Compiler processes are this program, started again, so its `main` has to begin with [`run_if_requested`]. A program
//! that cannot do that gets [`BuildError::Unprepared`] until it chooses [`TollgateBuilder::compile_in_process`].
//!
//! Nothing is granted by default: a [`Request`] starts with [`Grant::none`], and a [`Tollgate`] may grant nothing until
//! [`TollgateBuilder::may_grant`] says what.
//!
//! # Where next
//!
//! * [`Request`] is what to run and with which grant and limits; [`Report`] is what became of it, and [`receipt`] a signed record
//!   of that, which [`replay`] can check.
//! * [`TollgateBuilder`] has the ceiling, prices, caches, the hook of admission, and functions of the host.
//! * [`gate`] decides single calls of a guest, by a policy or by asking somebody; [`policies`] reads policies from a folder and
//!   [`policy`] evaluates them; [`gateway`] decides crossings between realms.
//! * `docs/embedding.md` is the guide, and the examples of this crate can be run.

#![forbid(unsafe_code)]

mod admit;
mod blocking;
mod builder;
mod error;
pub mod gate;
pub mod gateway;
mod granted;
mod lifecycle;
pub mod limits;
pub mod paths;
pub mod policies;
pub mod policy;
mod price;
pub mod receipt;
pub mod replay;
mod report;
mod request;
mod settle;
pub mod signature;
pub mod source_files;
mod statistics;
mod tollgate;
mod typed;

pub use admit::{Admission, AdmissionHook, Ceiling};
pub use builder::TollgateBuilder;
pub use error::{BuildError, StartError};
pub use granted::{Granted, GrantedInput};
pub use policies::Policies;
pub use price::{Cost, PriceList};
pub use report::{Decision, Report, ResultError, Setting};
pub use request::Request;
pub use statistics::Statistics;
pub use tollgate::Tollgate;
pub use typed::{Scalar, Scalars, TypedCall, TypedError};

pub use tollgate_ecl as ecl;
pub use tollgate_sandbox as sandbox;
pub use tollgate_sandbox::{
    CacheConfig, CacheError, CallRecord, CallSink, Capability, Captured, CompileError,
    CompileLimits, ComponentArgs, Determinism, Digest, EngineConfig, Entry, Event, EventKind,
    ExecutionId, Failure, Gate, GateCall, Grant, HostCall, HostError, HostFunctions, Inspection,
    InterfaceCall, Item, Journal, LimitExceeded, LimitKind, Limits, LoadError, LoadOptions,
    LoadedModule, Loader, LoaderStatistics, MemoryCacheConfig, MemoryStatistics, Module,
    ModuleLimits, ModuleStatistics, Mounts, Need, NetGrant, Obstacle, Optimise, Origin, Outcome,
    Output, OutputSink, PathGrant, Profile, Proposals, Reader, SharedMemory, Signature, Source,
    SourceOptions, Stdin, Stream, Subscription, Target, Tariff, Trap, TrapCode, Unstoppable, Usage,
    Value, ValueType, Violation, Violations, Virtual, run_if_requested,
};
pub use tollgate_sandbox::{ProcessLimits, ProcessShare};
pub use tollgate_state as state;
