//! Loading with the compiler in a worker process and the cache on disk: the way a server does it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tollgate_sandbox::{
    Allocation, CacheConfig, CompileError, CompileLimits, Compiler, DiskCache, Engine,
    EngineConfig, Entry, EventKind, Execution, LoadError, LoadOptions, Loader, LoaderConfig,
    ModuleLimits, Optimise, Origin, Source, Tier,
};

use crate::{Test, bombs, meter::Meter, shapes};

pub(crate) const TESTS: &[Test] = &[
    (
        "module_goes_through_worker_and_cache",
        module_goes_through_worker_and_cache,
    ),
    ("compile_bombs_end", compile_bombs_end),
    (
        "limit_of_the_compiler_is_remembered",
        limit_of_the_compiler_is_remembered,
    ),
    (
        "a_module_is_optimised_in_a_worker_beside_its_runs",
        a_module_is_optimised_in_a_worker_beside_its_runs,
    ),
];

fn loader(limits: ModuleLimits, compile: CompileLimits, disk: Option<DiskCache>) -> Loader {
    let config = EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::metered()
    };
    let engine = Engine::new(&config).unwrap();
    let compiler = Compiler::worker(compile).unwrap();
    Loader::new(LoaderConfig {
        limits,
        disk,
        // So that what reading takes is over when it has ended.
        optimise: Optimise::Before,
        ..LoaderConfig::new(engine, compiler)
    })
}

fn bytes(wasm: Vec<u8>) -> Source {
    Source::Bytes(Arc::from(wasm))
}

fn module_goes_through_worker_and_cache() {
    let dir = tempfile::tempdir().unwrap();
    let origins: Vec<Origin> = (0..2)
        .map(|_| {
            let disk = DiskCache::open(CacheConfig::new(dir.path())).unwrap();
            let loader = loader(
                ModuleLimits::default(),
                CompileLimits::default(),
                Some(disk),
            );
            let loaded = loader
                .load(
                    &bytes(shapes::functions(3, &shapes::body([]))),
                    &LoadOptions::default(),
                )
                .unwrap();
            assert_eq!(loaded.module().functions(), ["run"]);
            loaded.origin()
        })
        .collect();
    assert_eq!(origins, [Origin::Compiled, Origin::Disk]);
}

/// Every bomb ends as it may, and costs its host little, while a neighbour runs.
fn compile_bombs_end() {
    let compile = CompileLimits {
        cpu: Duration::from_secs(4),
        ..CompileLimits::default()
    };
    let loader = loader(ModuleLimits::default(), compile, None);
    let text = Source::Bytes(b"(module (func (export \"run\")))"[..].into());
    let neighbour = loader.load(&text, &LoadOptions::default()).unwrap();
    let entry = Entry::Core {
        export: String::from("run"),
        args: Vec::new(),
    };
    let neighbour = Execution::new(neighbour.module(), entry);
    let (meter, done) = (Meter::default(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let runs = scope.spawn(|| {
            while !done.load(Relaxed) {
                assert!(neighbour.run_blocking().result.is_ok());
                meter.neighbour_ran();
            }
        });
        let wrong: Vec<String> = bombs::bombs(1)
            .iter()
            .filter_map(|bomb| {
                let (_, verdict) = bomb.detonate(&loader, &compile, &meter);
                verdict.err().map(|error| format!("{}: {error}", bomb.name))
            })
            .collect();
        done.store(true, Relaxed);
        runs.join().unwrap();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

fn limit_of_the_compiler_is_remembered() {
    let unlimited = ModuleLimits {
        functions: u64::MAX,
        ..ModuleLimits::default()
    };
    let compile = CompileLimits {
        cpu: std::time::Duration::from_secs(2),
        ..CompileLimits::default()
    };
    let loader = loader(unlimited, compile, None);
    let source = bytes(shapes::functions(100_000, &shapes::body([])));
    for _ in 0..2 {
        let error = loader.load(&source, &LoadOptions::default()).unwrap_err();
        assert!(
            matches!(&error, LoadError::Compile(error) if matches!(**error, CompileError::Limit { .. })),
            "{error}"
        );
    }
    assert_eq!(loader.statistics().memory.refused, 1);
}

fn a_module_is_optimised_in_a_worker_beside_its_runs() {
    let engine = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::metered()
    })
    .unwrap();
    let mut events = engine.subscribe();
    let compiler = Compiler::worker(CompileLimits::default()).unwrap();
    let loader = Loader::new(LoaderConfig::new(engine, compiler));
    let source = bytes(shapes::nested_loops(400));
    let load = || loader.load(&source, &LoadOptions::default()).unwrap();
    assert_eq!(load().tier(), Tier::Quick);
    let heard = async {
        while let Some(event) = events.next().await {
            if matches!(event.kind, EventKind::ModuleOptimised { .. }) {
                return;
            }
        }
        panic!("the events ended");
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime
        .block_on(async { tokio::time::timeout(std::time::Duration::from_secs(120), heard).await })
        .unwrap();
    assert_eq!(
        (load().origin(), load().tier()),
        (Origin::Memory, Tier::Speed)
    );
}
