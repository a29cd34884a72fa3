//! Loading as a whole: one compilation for many loads, refusals remembered, exports required, proposals by choice.

use std::sync::Arc;

use tollgate_sandbox::{
    Allocation, CompileLimits, Compiler, Engine, EngineConfig, EntryName, EventKind, Intent,
    LoadError, LoadOptions, LoadedModule, Loader, LoaderConfig, MemoryCacheConfig, Origin,
    Proposals, Source, Tier,
};

use crate::shapes;

fn engine() -> Engine {
    Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::metered()
    })
    .unwrap()
}

fn loader(engine: &Engine, memory: MemoryCacheConfig) -> Loader {
    let compiler = Compiler::in_process(CompileLimits::default());
    Loader::new(LoaderConfig {
        memory,
        ..LoaderConfig::new(engine.clone(), compiler)
    })
}

fn text(text: &str) -> Source {
    Source::Bytes(Arc::from(text.as_bytes()))
}

fn load(loader: &Loader, source: &Source) -> Result<LoadedModule, LoadError> {
    loader.load(source, &LoadOptions::default())
}

#[test]
fn concurrent_loads_of_one_module_compile_it_once() {
    let engine = engine();
    let loader = loader(&engine, MemoryCacheConfig::default());
    let source = Source::Bytes(Arc::from(shapes::huge_body(20_000)));
    let mut events = engine.subscribe();
    let origins: Vec<Origin> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| load(&loader, &source).unwrap().origin()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(
        origins
            .iter()
            .filter(|origin| **origin == Origin::Compiled)
            .count(),
        1,
        "{origins:?}"
    );
    let compiled = std::iter::from_fn(|| events.try_next())
        .filter(|event| matches!(event.kind, EventKind::ModuleCompiled { .. }));
    assert_eq!(compiled.count(), 1);
}

#[test]
fn readers_of_events_hear_that_compiling_begins_in_this_process() {
    let engine = engine();
    let loader = loader(&engine, MemoryCacheConfig::default());
    let mut events = engine.subscribe();
    load(&loader, &text("(module (func i32.const 0))")).unwrap_err();
    load(&loader, &text("(module)")).unwrap();
    let kinds: Vec<_> = std::iter::from_fn(|| events.try_next())
        .map(|event| event.kind)
        .collect();
    let begun = EventKind::ModuleCompiling { tier: Tier::Speed };
    assert_eq!(kinds.first(), Some(&begun), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == begun).count(), 1);
}

#[test]
fn a_missing_entry_is_told_in_the_same_words_before_and_after_compiling() {
    let core = r#"(module (func (export "b")) (func (export "a")))"#;
    let component = r#"(component (core module $m (func (export "f"))) (core instance $c (instantiate $m))
        (func (export "b") (canon lift (core func $c "f"))) (func (export "a") (canon lift (core func $c "f"))))"#;
    let wanted = |entry: &EntryName| LoadOptions {
        intent: Some(Intent {
            entry: entry.clone(),
            provided: Vec::new(),
        }),
        ..LoadOptions::default()
    };
    for wat in [core, component] {
        let source = text(wat);
        for entry in [EntryName::Start, EntryName::Function(String::from("ab"))] {
            let loader = loader(&engine(), MemoryCacheConfig::default());
            let refused = |loader: &Loader| {
                let error = loader.load(&source, &wanted(&entry)).unwrap_err();
                assert!(matches!(error, LoadError::Lack(_)), "{error}");
                error.to_string()
            };
            let before = refused(&loader);
            load(&loader, &source).unwrap();
            assert_eq!(refused(&loader), before);
        }
        let there = EntryName::Function(String::from("a"));
        let loader = loader(&engine(), MemoryCacheConfig::default());
        for _ in 0..2 {
            loader.load(&source, &wanted(&there)).unwrap();
        }
    }
}

#[test]
fn refusal_is_remembered_until_it_is_invalidated() {
    let loader = loader(&engine(), MemoryCacheConfig::default());
    let source = text("(module (func i32.const 0))");
    let first = load(&loader, &source).unwrap_err();
    let second = load(&loader, &source).unwrap_err();
    assert!(matches!(first, LoadError::Scan(_)));
    assert_eq!(first.to_string(), second.to_string());
    assert_eq!(loader.statistics().memory.refused, 1);
    loader.invalidate(tollgate_sandbox::Digest::of(
        &wat::parse_str("(module (func i32.const 0))").unwrap(),
    ));
    load(&loader, &source).unwrap_err();
    assert_eq!(
        loader.statistics().memory.refused,
        1,
        "it was looked at again"
    );
}

#[test]
fn memory_layer_is_bounded_and_drops_the_least_recently_used() {
    let memory = MemoryCacheConfig {
        modules_max: 2,
        refusals_max: 2,
        ..MemoryCacheConfig::default()
    };
    let loader = loader(&engine(), memory);
    let module = |value: i32| {
        text(&format!(
            "(module (func (export \"f\") (result i32) i32.const {value}))"
        ))
    };
    let first = load(&loader, &module(1)).unwrap().digest();
    let second = load(&loader, &module(2)).unwrap().digest();
    assert_eq!(load(&loader, &module(1)).unwrap().origin(), Origin::Memory);
    load(&loader, &module(3)).unwrap();
    assert!(loader.loaded(first).is_some() && loader.loaded(second).is_none());
    let statistics = loader.statistics().memory;
    assert_eq!((statistics.modules, statistics.evicted), (2, 1));
    for value in 0..5 {
        load(
            &loader,
            &text(&format!("(module (func i32.const {value}))")),
        )
        .unwrap_err();
    }
    assert_eq!(
        loader.statistics().memory.modules,
        2,
        "refusals do not displace modules"
    );
}

#[test]
fn module_that_is_idle_for_too_long_is_made_again() {
    let memory = MemoryCacheConfig {
        idle_max: std::time::Duration::ZERO,
        ..MemoryCacheConfig::default()
    };
    let loader = loader(&engine(), memory);
    for _ in 0..2 {
        assert_eq!(
            load(&loader, &text("(module)")).unwrap().origin(),
            Origin::Compiled
        );
    }
}

#[test]
fn missing_export_names_what_is_there() {
    let loader = loader(&engine(), MemoryCacheConfig::default());
    let source = text(
        "(module (func (export \"transform\")) (func (export \"alloc\")) (memory (export \"run\") 1))",
    );
    let need = |name: &str| LoadOptions {
        exports: vec![name.to_owned()],
        ..LoadOptions::default()
    };
    loader.load(&source, &need("transform")).unwrap();
    let error = loader.load(&source, &need("tranform")).unwrap_err();
    assert!(matches!(error, LoadError::Export(_)));
    assert!(
        error.to_string().contains("did you mean `transform`?"),
        "{error}"
    );
    let error = loader.load(&source, &need("run")).unwrap_err().to_string();
    assert!(
        error.contains("`run`") && error.contains("`alloc`"),
        "a memory is no function: {error}"
    );
}

#[test]
fn proposals_are_chosen_for_each_module() {
    let loader = loader(&engine(), MemoryCacheConfig::default());
    let source = text("(module (memory i64 1))");
    assert!(matches!(load(&loader, &source), Err(LoadError::Scan(_))));
    let proposals = Proposals {
        memory64: true,
        ..Proposals::default()
    };
    let options = LoadOptions {
        proposals: Some(proposals),
        ..LoadOptions::default()
    };
    let loaded = loader.load(&source, &options).unwrap();
    assert!(loaded.module().engine().config().proposals.memory64);
    assert!(
        matches!(load(&loader, &source), Err(LoadError::Scan(_))),
        "one module's choice is not another's"
    );
}

#[test]
fn loading_works_from_asynchronous_code() {
    let loader = loader(&engine(), MemoryCacheConfig::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let loaded = runtime
        .block_on(loader.load_async(text("(module)"), LoadOptions::default()))
        .unwrap();
    assert!(loaded.timings().total >= loaded.timings().compile);
}
