//! wasmtime itself, set as the sandbox sets it, and as a program that trusts its guests would.

use anyhow::Result;
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, InstancePre, Linker, Module, OptLevel,
    PoolingAllocationConfig, Store, StoreLimits, StoreLimitsBuilder, Strategy,
};

/// Fuel after which a metered guest gives the thread back; the sandbox's own figure.
const YIELD_FUEL: u64 = 1_000_000;
const FUEL: u64 = 1_000_000_000;
const STACK_BYTES: usize = 512 << 10;

/// How guests are interrupted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Metering {
    /// Not at all.
    None,
    /// By counting instructions.
    Fuel,
    /// By a clock. The epoch of this engine never moves: only the checks in the code are measured.
    Epoch,
}

/// An engine with the settings the sandbox has by default.
pub fn engine(metering: Metering, pooling: bool) -> Result<Engine> {
    build(metering, pooling.then_some(100))
}

/// A pooling engine for so many instances at the same time.
pub fn engine_for(metering: Metering, instances: u32) -> Result<Engine> {
    build(metering, Some(instances))
}

fn build(metering: Metering, pool: Option<u32>) -> Result<Engine> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .parallel_compilation(false)
        .memory_init_cow(true)
        .guard_before_linear_memory(true)
        .memory_guard_size(32 << 20)
        .max_wasm_stack(STACK_BYTES)
        .async_stack_size(2 * STACK_BYTES)
        .async_stack_zeroing(true)
        .wasm_relaxed_simd(false)
        .consume_fuel(metering == Metering::Fuel)
        .epoch_interruption(metering == Metering::Epoch);
    if let Some(instances) = pool {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_core_instances(instances * 8)
            .total_memories(instances * 4)
            .total_tables(instances * 8)
            .total_stacks(instances * 9)
            .max_tables_per_module(2)
            .table_elements(8 << 20)
            .max_core_instance_size(1 << 20)
            .linear_memory_keep_resident(256 << 10)
            .table_keep_resident(64 << 10)
            .max_unused_warm_slots(instances / 4)
            .pagemap_scan(Enabled::Auto);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    Ok(Engine::new(&config)?)
}

/// A module whose imports are resolved, and how its stores are made.
pub struct Guest {
    pub pre: InstancePre<StoreLimits>,
    metering: Metering,
}

impl Guest {
    pub fn new(engine: &Engine, metering: Metering, wasm: &[u8]) -> Result<Self> {
        let module = Module::new(engine, wasm)?;
        let pre = Linker::new(engine).instantiate_pre(&module)?;
        Ok(Self { pre, metering })
    }

    /// A store with a memory limit and the metering of the engine.
    pub fn store(&self) -> Result<Store<StoreLimits>> {
        let limits = StoreLimitsBuilder::new().memory_size(64 << 20).build();
        let mut store = Store::new(self.pre.module().engine(), limits);
        store.limiter(|limits| limits);
        match self.metering {
            Metering::Fuel => {
                store.set_fuel(FUEL)?;
                store.fuel_async_yield_interval(Some(YIELD_FUEL))?;
            }
            Metering::Epoch => store.set_epoch_deadline(1),
            Metering::None => {}
        }
        Ok(store)
    }
}
