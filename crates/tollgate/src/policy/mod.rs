//! Decisions: policies evaluated by either engine through one entry point.
//!
//! [`PolicyRunner`] is what hosts use. It holds a policy for the bytecode interpreter and, once that pays, for WebAssembly.
//! [`WasmPolicyEngine`] is the second engine by itself: compiled modules in a cache, instances that are reused, because a
//! policy's module keeps nothing from one evaluation to the next.
//!
//! Facts come from [`Providers`], which name whose fault a failure is, or in one round from [`Prefetched`] answers. Over a
//! database, [`Policy::decide_in`] takes them from one snapshot, pays with mana, and commits the effects once.

#[cfg(feature = "wasm")]
mod batch;
mod break_even;
mod budget;
mod documents;
#[cfg(feature = "wasm")]
mod engine;
mod error;
mod guest;
#[cfg(feature = "wasm")]
mod host;
#[cfg(feature = "wasm")]
mod instance;
mod prefetch;
mod providers;
mod runner;
pub(crate) mod source;
mod state;

#[cfg(feature = "wasm")]
pub use batch::{Batch, BatchResults};
pub use break_even::BreakEven;
pub use budget::{Budget, ManaPrice};
pub use documents::WebDocuments;
#[cfg(feature = "wasm")]
pub use engine::{WasmEngineConfig, WasmPolicy, WasmPolicyEngine};
pub use error::PolicyError;
pub(crate) use guest::register as register_guest_host;
pub use guest::{GuestAccess, GuestBudget, GuestContext, GuestHost};
#[cfg(feature = "wasm")]
pub use instance::WasmInstance;
pub use prefetch::{Prefetched, Question, Questions};
pub use providers::{DuplicateProvider, Problem, ProviderFailure, Providers, Timed};
pub use runner::{Decided, EngineChoice, Policy, PolicyRunner};
pub use state::{Hold, Payer, Settled, StateCall, StateCallError, StateOutcome};
#[cfg(feature = "wasm")]
pub use tollgate_ecl::engines::wasm::host::FactFailure;
pub use tollgate_ecl::host::providers::{RequiredFact, RequiredKey, required_facts};
