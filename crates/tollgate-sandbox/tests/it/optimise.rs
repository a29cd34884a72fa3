//! Large modules run without optimisation at first, and are optimised beside that or when it is asked for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tollgate_sandbox::{
    Allocation, CacheConfig, CompileLimits, Compiler, Determinism, DiskCache, Engine, EngineConfig,
    Entry, EventKind, Execution, LoadOptions, LoadedModule, Loader, LoaderConfig, Optimise, Origin,
    Source, Subscription, Tier,
};

use crate::shapes;

fn engine(determinism: Determinism) -> Engine {
    Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        determinism,
        ..EngineConfig::metered()
    })
    .unwrap()
}

fn loader(engine: &Engine, optimise: Optimise, folder: &Path) -> Loader {
    let compiler = Compiler::in_process(CompileLimits::default());
    Loader::new(LoaderConfig {
        disk: Some(DiskCache::open(CacheConfig::new(folder)).unwrap()),
        optimise,
        ..LoaderConfig::new(engine.clone(), compiler)
    })
}

/// Loads a module whose estimate says that optimising it takes seconds; it does not.
fn load(loader: &Loader) -> LoadedModule {
    let source = Source::Bytes(Arc::from(shapes::nested_loops(400)));
    loader.load(&source, &LoadOptions::default()).unwrap()
}

fn made(loaded: &LoadedModule) -> (Origin, Tier) {
    (loaded.origin(), loaded.tier())
}

/// Returns when a module was optimised.
fn optimised(mut events: Subscription) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let heard = async {
        while let Some(event) = events.next().await {
            if matches!(event.kind, EventKind::ModuleOptimised { .. }) {
                return;
            }
        }
        panic!("the events ended");
    };
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(120), heard).await })
        .unwrap();
}

/// Runs the module and returns what that cost.
fn run(loaded: &LoadedModule) -> u64 {
    let entry = Entry::Core {
        export: String::from("run"),
        args: Vec::new(),
    };
    let outcome = Execution::new(loaded.module(), entry).run_blocking();
    outcome.result.unwrap();
    outcome.usage.gas
}

#[test]
fn the_next_load_has_optimised_code_and_so_has_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(Determinism::Off);
    let events = engine.subscribe();
    let loader = loader(&engine, Optimise::After, folder.path());
    let first = load(&loader);
    assert_eq!(made(&first), (Origin::Compiled, Tier::Quick));
    run(&first);
    optimised(events);
    assert_eq!(made(&load(&loader)), (Origin::Memory, Tier::Speed));
    let other = self::loader(&engine, Optimise::Never, folder.path());
    assert_eq!(made(&load(&other)), (Origin::Disk, Tier::Speed));
}

#[test]
fn executions_of_both_codes_are_executions_of_one_module() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(Determinism::Off);
    let events = engine.subscribe();
    let loader = loader(&engine, Optimise::After, folder.path());
    let plain = load(&loader);
    run(&plain);
    optimised(events);
    run(&plain);
    run(&load(&loader));
    let counted: Vec<_> = loader.list().iter().map(|of| of.executions).collect();
    assert_eq!(counted, [3]);
    assert_eq!(plain.module().executions(), 3);
}

#[test]
fn both_codes_cost_the_same_gas() {
    let engine = engine(Determinism::Off);
    let cost = |optimise| {
        let folder = tempfile::tempdir().unwrap();
        run(&load(&loader(&engine, optimise, folder.path())))
    };
    assert_eq!(cost(Optimise::Never), cost(Optimise::Before));
}

#[test]
fn code_from_the_disk_is_optimised_too() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(Determinism::Off);
    load(&loader(&engine, Optimise::Never, folder.path()));
    let events = engine.subscribe();
    let loader = loader(&engine, Optimise::After, folder.path());
    assert_eq!(made(&load(&loader)), (Origin::Disk, Tier::Quick));
    optimised(events);
    assert_eq!(made(&load(&loader)), (Origin::Memory, Tier::Speed));
}

#[test]
fn who_wants_optimised_code_first_takes_no_other_and_leaves_it_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(Determinism::Off);
    let load = |optimise| made(&load(&loader(&engine, optimise, folder.path())));
    assert_eq!(load(Optimise::Never), (Origin::Compiled, Tier::Quick));
    assert_eq!(load(Optimise::Never), (Origin::Disk, Tier::Quick));
    assert_eq!(load(Optimise::Before), (Origin::Compiled, Tier::Speed));
    assert_eq!(load(Optimise::Never), (Origin::Disk, Tier::Speed));
}

#[test]
fn a_level_of_determinism_has_one_code_for_a_module() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(Determinism::Full);
    let load = |optimise| made(&load(&loader(&engine, optimise, folder.path())));
    assert_eq!(load(Optimise::After), (Origin::Compiled, Tier::Speed));
    for optimise in [Optimise::After, Optimise::Before, Optimise::Never] {
        assert_eq!(load(optimise), (Origin::Disk, Tier::Speed));
    }
}
