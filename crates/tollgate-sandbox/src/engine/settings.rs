//! From an [`EngineConfig`] to an engine of wasmtime: each of its settings, said explicitly, and what is compiled with it.

use wasmparser::WasmFeatures;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OperatorCost, OptLevel, PoolingAllocationConfig,
    RegallocAlgorithm, Strategy, WasmBacktraceDetails,
};

use super::names::readable;
use crate::{
    config::{
        Allocation, Backend, DebugInfo, Determinism, EngineConfig, Reservation, Tier, features,
    },
    error::EngineError,
    limits,
};

pub(super) fn validate(config: &EngineConfig, wasm: &[u8]) -> Result<(), EngineError> {
    let features = features(&config.proposals);
    wasmparser::Validator::new_with_features(features)
        .validate_all(wasm)
        .map_err(|error| EngineError::Invalid {
            message: error.to_string(),
        })?;
    if config.determinism == Determinism::NoFloat {
        wasmparser::Validator::new_with_features(features - WasmFeatures::FLOATS)
            .validate_all(wasm)
            .map_err(|error| EngineError::Floats {
                message: error.to_string(),
            })?;
    }
    Ok(())
}

pub(super) fn precompile(engine: &wasmtime::Engine, wasm: &[u8]) -> Result<Vec<u8>, EngineError> {
    let readable = readable(wasm);
    let artifact = if wasmparser::Parser::is_component(wasm) {
        engine.precompile_component(&readable)
    } else {
        engine.precompile_module(&readable)
    };
    artifact.map_err(|error| EngineError::Compile {
        message: format!("{error:#}"),
    })
}

pub(super) fn build(config: &EngineConfig) -> Result<(wasmtime::Engine, Allocation), EngineError> {
    let fail = |error: wasmtime::Error| EngineError::Config {
        message: format!("{error:#}"),
    };
    let on_demand = || wasmtime::Engine::new(&base_config(config)?).map_err(fail);
    let pooling = || {
        let mut wasm = base_config(config)?;
        wasm.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config)));
        wasmtime::Engine::new(&wasm).map_err(fail)
    };
    match config.allocation {
        Allocation::OnDemand => Ok((on_demand()?, Allocation::OnDemand)),
        Allocation::Pooling => Ok((pooling()?, Allocation::Pooling)),
        // A pool reserves many memories.
        Allocation::Auto if config.reservation == Reservation::Small => {
            Ok((on_demand()?, Allocation::OnDemand))
        }
        Allocation::Auto => match pooling() {
            Ok(engine) => Ok((engine, Allocation::Pooling)),
            Err(error) => {
                tracing::warn!(%error, "no address space for pooling, allocating on demand");
                Ok((on_demand()?, Allocation::OnDemand))
            }
        },
    }
}

/// The engine has every proposal of `Proposals::standard`: [`validate`] keeps out what the configuration turns off, and
/// the code it lets through is the same.
fn base_config(config: &EngineConfig) -> Result<Config, EngineError> {
    let proposals = &config.proposals;
    let mut wasm = Config::new();
    wasm.strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking)
        .parallel_compilation(config.parallel_compilation)
        .generate_address_map(true)
        .wasm_backtrace_details(match config.debug_info {
            DebugInfo::Dropped => WasmBacktraceDetails::Disable,
            DebugInfo::Kept => WasmBacktraceDetails::Enable,
        })
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(limits::BACKTRACE_FRAMES))
        .memory_init_cow(true)
        .guard_before_linear_memory(true)
        .memory_guard_size(32 << 20)
        .max_wasm_stack(config.stack_bytes)
        .async_stack_size(config.stack_bytes.saturating_add(limits::HOST_STACK_BYTES))
        .async_stack_zeroing(true)
        .wasm_component_model(true)
        .wasm_bulk_memory(true)
        .wasm_reference_types(true)
        .wasm_multi_value(true)
        .wasm_simd(true)
        .wasm_tail_call(true)
        .wasm_extended_const(true)
        .wasm_relaxed_simd(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        .wasm_threads(proposals.threads)
        .shared_memory(proposals.threads)
        .wasm_memory64(proposals.memory64)
        // Adapters between components have two memories, whatever the components themselves may have.
        .wasm_multi_memory(true)
        .wasm_function_references(proposals.gc)
        .wasm_gc(proposals.gc)
        .wasm_exceptions(proposals.exceptions);
    match config.reservation.chosen() {
        Reservation::Small => {
            wasm.memory_reservation(0)
                .memory_reservation_for_growth(SMALL_GROWTH)
                .memory_guard_size(SMALL_GUARD)
                .guard_before_linear_memory(false);
        }
        Reservation::Full | Reservation::Auto => {}
    }
    if config.is_metered() {
        let mut cost = OperatorCost::default();
        cost.variable.memory_grow_per_page = u8::MAX;
        wasm.consume_fuel(true).operator_cost(cost);
    } else {
        wasm.epoch_interruption(true);
    }
    if config.determinism == Determinism::Full {
        wasm.cranelift_nan_canonicalization(true);
    }
    if config.backend == Backend::Pulley {
        wasm.target("pulley64")
            .map_err(|error| EngineError::Config {
                message: format!("{error:#}"),
            })?;
    }
    Ok(wasm)
}

/// Addresses after a memory of [`Reservation::Small`] that it grows into before it has to move.
const SMALL_GROWTH: u64 = 1 << 20;

/// Addresses after a memory of [`Reservation::Small`] that nothing is in.
const SMALL_GUARD: u64 = 64 << 10;

/// Elements a table of the pool can have: more than the memory limit usually allows, so that the limit is what is reported.
const POOL_TABLE_ELEMENTS: usize = 8 << 20;

/// Slots for [`EngineConfig::concurrent`] executions with several memories and tables each. A module that needs more than
/// a slot gives is loaded by the on-demand twin of the engine.
fn pool(config: &EngineConfig) -> PoolingAllocationConfig {
    let slots = config.concurrent.max(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(8))
        .total_memories(slots.saturating_mul(4))
        .total_tables(slots.saturating_mul(8))
        .total_stacks(slots.saturating_mul(limits::REENTRY_DEPTH.saturating_add(1)))
        .total_gc_heaps(slots)
        .max_memories_per_module(1)
        .max_memories_per_component(4)
        .max_tables_per_module(2)
        .max_tables_per_component(8)
        .max_core_instances_per_component(8)
        .table_elements(POOL_TABLE_ELEMENTS)
        .max_core_instance_size(1 << 20)
        .max_component_instance_size(1 << 20)
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(64 << 10)
        .max_unused_warm_slots((slots / 4).max(1))
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Compiles a module that was checked for `config` as an engine with `config` does it, at the
/// effort of `tier`, without making an engine that could run anything. The result fits every engine with the fingerprint
/// of `config`, in which [`EngineConfig::of_this_process`] left nothing open if it comes from another process: effort
/// changes neither what code does nor what it costs in fuel.
pub(crate) fn precompile_checked(
    config: &EngineConfig,
    tier: Tier,
    wasm: &[u8],
) -> Result<Vec<u8>, EngineError> {
    let mut compiler = base_config(config)?;
    compiler.cranelift_opt_level(match tier {
        Tier::Speed => OptLevel::Speed,
        Tier::Quick => OptLevel::None,
    });
    let engine = wasmtime::Engine::new(&compiler).map_err(|error| EngineError::Config {
        message: format!("{error:#}"),
    })?;
    precompile(&engine, wasm)
}

/// Returns an engine of wasmtime with `config`, for modules that are looked at and not run.
pub(crate) fn for_stubs(config: &EngineConfig) -> Result<wasmtime::Engine, EngineError> {
    wasmtime::Engine::new(&base_config(config)?).map_err(|error| EngineError::Config {
        message: format!("{error:#}"),
    })
}
