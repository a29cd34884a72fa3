//! Decisions: policies evaluated by either engine through one entry point.
//!
//! [`WasmPolicyEngine`] keeps compiled modules in a cache and reuses instances, because a policy's module keeps nothing from
//! one evaluation to the next.

#[cfg(feature = "wasm")]
mod batch;
#[cfg(feature = "wasm")]
mod engine;
mod error;
#[cfg(feature = "wasm")]
mod host;
#[cfg(feature = "wasm")]
mod instance;

#[cfg(feature = "wasm")]
pub use batch::{Batch, BatchResults};
#[cfg(feature = "wasm")]
pub use engine::{
    CACHED_POLICIES_DEFAULT, IDLE_INSTANCES_DEFAULT, MEMORY_BYTES_DEFAULT, WasmEngineConfig,
    WasmPolicy, WasmPolicyEngine,
};
pub use error::PolicyError;
#[cfg(feature = "wasm")]
pub use host::FactFailure;
#[cfg(feature = "wasm")]
pub use instance::WasmInstance;
pub use tollgate_ecl::providers::{RequiredFact, RequiredKey, required_facts};
