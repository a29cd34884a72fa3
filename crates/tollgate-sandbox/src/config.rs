//! What an engine is made from: how guests are metered and interrupted, how deterministic they are, which proposals of
//! WebAssembly are on, and how much there may be of everything.

use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};
use wasmparser::WasmFeatures;

use crate::{jail::JailMode, limits, stopping::Unstoppable};

/// How guests are metered and interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Every instruction is counted; the default.
    Metered,
    /// Instructions are not counted, only time is; for trusted code at full speed.
    Timed,
    /// As `Metered`, each execution in a process of its own.
    Isolated,
}

/// How far an execution's result depends only on its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Determinism {
    /// The bits of not-a-number values are fixed; float loops can be several times slower.
    Full,
    /// Modules with floats are refused, which costs nothing.
    NoFloat,
    /// Bits of not-a-number values may differ between machines; the default.
    Off,
}

/// How much effort the compiler makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Optimised code; the default.
    Speed,
    /// Plain code, for modules on which optimising would take too long: deep loops are compiled fifty times faster, an
    /// interpreter in a fifth less time; and it takes up to two thirds more time to run.
    Quick,
}

/// What becomes of a module's debug information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DebugInfo {
    /// It is left out of compiled code; the default. Traces have names of functions, and places in the module.
    Dropped,
    /// It is kept, and read in this process when the module traps: traces have files and lines. A few kilobytes of it can
    /// take minutes and gigabytes, which no limit bounds: for modules whose makers are trusted.
    Kept,
}

/// What executes the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Machine code by Cranelift; the default.
    Native,
    /// wasmtime's portable interpreter: slow, and without generated machine code.
    Pulley,
}

/// Where instances get their memory from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// From slots reserved at the start: fastest for many executions; needs terabytes of address space.
    Pooling,
    /// From the system, each time: cheapest for one execution.
    OnDemand,
    /// Pooling if this process has the address space, else on demand with a warning.
    Auto,
}

/// How many addresses a memory of a guest reserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reservation {
    /// As many as it can have: fastest, since the processor finds accesses outside of it. Each takes four GiB of addresses.
    Full,
    /// As many as it has: for processes whose addresses are limited. Each access is checked, which is slower.
    Small,
    /// Small if the addresses of this process are limited to less than [`limits::ADDRESS_SPACE_FULL`], else full.
    Auto,
}

impl Reservation {
    /// Returns the choice for this process: never [`Reservation::Auto`].
    pub(crate) fn chosen(self) -> Self {
        match self {
            Self::Full | Self::Small => self,
            Self::Auto => {
                let most = getrlimit(Resource::As).current;
                if most.is_some_and(|most| most < limits::ADDRESS_SPACE_FULL) {
                    Self::Small
                } else {
                    Self::Full
                }
            }
        }
    }
}

/// Proposals of WebAssembly that can be turned on and off. [`Proposals::standard`] has those on that every current
/// toolchain takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Proposals {
    /// Vector instructions. On by default.
    pub simd: bool,
    /// Copying and filling whole ranges. On by default.
    pub bulk_memory: bool,
    /// References as values. On by default.
    pub reference_types: bool,
    /// Calls that replace the caller's frame. On by default.
    pub tail_call: bool,
    /// Atomic instructions and shared memories.
    pub threads: bool,
    /// Memories with 64-bit addresses.
    pub memory64: bool,
    /// More than one memory in a module.
    pub multi_memory: bool,
    /// Garbage-collected types and typed function references. The collector's work is not metered.
    pub gc: bool,
    /// Exceptions.
    pub exceptions: bool,
}

impl Proposals {
    /// Returns the default choice.
    pub const fn standard() -> Self {
        Self {
            simd: true,
            bulk_memory: true,
            reference_types: true,
            tail_call: true,
            threads: false,
            memory64: false,
            multi_memory: false,
            gc: false,
            exceptions: false,
        }
    }
}

impl Default for Proposals {
    fn default() -> Self {
        Self::standard()
    }
}

/// Everything an engine is made from. Start from [`EngineConfig::metered`], [`EngineConfig::timed`] or
/// [`EngineConfig::isolated`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineConfig {
    /// How guests are metered.
    pub profile: Profile,
    /// How deterministic they are.
    pub determinism: Determinism,
    /// What executes the code.
    pub backend: Backend,
    /// Where instances get their memory from.
    pub allocation: Allocation,
    /// How many addresses each memory reserves. Default [`Reservation::Auto`].
    pub reservation: Reservation,
    /// Proposals of WebAssembly. Default [`Proposals::standard`].
    pub proposals: Proposals,
    /// Bytes of stack for guest frames. Default [`limits::STACK_BYTES`].
    pub stack_bytes: usize,
    /// Executions at the same time. Default [`limits::CONCURRENT`].
    pub concurrent: u32,
    /// Executions that may wait. Default [`limits::QUEUED`].
    pub queued: u32,
    /// How long they wait. Default [`limits::QUEUE_WAIT`].
    pub queue_wait: Duration,
    /// Bytes of memories and tables of all executions together. Default [`limits::GLOBAL_MEMORY_BYTES`].
    pub global_memory_bytes: u64,
    /// Bytes of all executions of one module together. Default: no limit but the global one.
    pub module_memory_bytes: Option<u64>,
    /// Whether one compilation may use several threads. Off by default: a compilation must not take a whole server.
    pub parallel_compilation: bool,
    /// What happens to a run that could go on past its time limit inside this process. Default
    /// [`Unstoppable::Isolate`].
    pub unstoppable: Unstoppable,
    /// What becomes of debug information. Default [`DebugInfo::Dropped`].
    pub debug_info: DebugInfo,
    /// Worker processes that wait for an execution of the profile `isolated`, from the first one on. Default
    /// [`limits::ISOLATED_WAITING`], at most [`limits::ISOLATED_WAITING_CEILING`].
    pub waiting_workers: u32,
    /// How much of their jail worker processes must have. Default [`JailMode::Best`].
    pub jail: JailMode,
}

impl EngineConfig {
    /// Returns the default configuration: metered, native, pooling when possible.
    pub const fn metered() -> Self {
        Self {
            profile: Profile::Metered,
            determinism: Determinism::Off,
            backend: Backend::Native,
            allocation: Allocation::Auto,
            reservation: Reservation::Auto,
            proposals: Proposals::standard(),
            stack_bytes: limits::STACK_BYTES,
            concurrent: limits::CONCURRENT,
            queued: limits::QUEUED,
            queue_wait: limits::QUEUE_WAIT,
            global_memory_bytes: limits::GLOBAL_MEMORY_BYTES,
            module_memory_bytes: None,
            parallel_compilation: false,
            unstoppable: Unstoppable::Isolate,
            debug_info: DebugInfo::Dropped,
            waiting_workers: limits::ISOLATED_WAITING,
            jail: JailMode::Best,
        }
    }

    /// Returns the configuration for trusted code at full speed.
    pub const fn timed() -> Self {
        Self {
            profile: Profile::Timed,
            ..Self::metered()
        }
    }

    /// Returns the configuration that gives each execution its own process.
    pub const fn isolated() -> Self {
        Self {
            profile: Profile::Isolated,
            allocation: Allocation::OnDemand,
            ..Self::metered()
        }
    }

    /// Decides what depends on the limits of the process that runs the code, as this process has them.
    pub(crate) fn of_this_process(self) -> Self {
        Self {
            reservation: self.reservation.chosen(),
            ..self
        }
    }

    /// Whether instructions are counted.
    pub(crate) fn is_metered(&self) -> bool {
        match self.profile {
            Profile::Metered | Profile::Isolated => true,
            Profile::Timed => false,
        }
    }
}

/// The proposals that are always on, and those the configuration has on. An explicit list: a new version of wasmtime must
/// not turn on anything by itself.
pub(crate) fn features(proposals: &Proposals) -> WasmFeatures {
    let mut features = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::FLOATS
        | WasmFeatures::GC_TYPES
        | WasmFeatures::COMPONENT_MODEL;
    features.set(WasmFeatures::SIMD, proposals.simd);
    features.set(WasmFeatures::BULK_MEMORY, proposals.bulk_memory);
    features.set(WasmFeatures::BULK_MEMORY_OPT, proposals.bulk_memory);
    features.set(WasmFeatures::REFERENCE_TYPES, proposals.reference_types);
    features.set(
        WasmFeatures::CALL_INDIRECT_OVERLONG,
        proposals.reference_types,
    );
    features.set(WasmFeatures::TAIL_CALL, proposals.tail_call);
    features.set(WasmFeatures::THREADS, proposals.threads);
    features.set(WasmFeatures::MEMORY64, proposals.memory64);
    features.set(WasmFeatures::MULTI_MEMORY, proposals.multi_memory);
    features.set(WasmFeatures::GC, proposals.gc);
    features.set(WasmFeatures::FUNCTION_REFERENCES, proposals.gc);
    features.set(WasmFeatures::EXCEPTIONS, proposals.exceptions);
    features
}
