//! Loading: where modules are compiled, where their code is kept, and memory that modules share.

use std::sync::Arc;

use tollgate::{
    BuildError, CacheConfig, CacheError, EngineConfig, Failure, LoadOptions, MemoryCacheConfig,
    Origin, Proposals, Request, SharedMemory, Source, Tollgate, TollgateBuilder, Unstoppable,
    Value,
};

fn builder() -> TollgateBuilder {
    Tollgate::builder().compile_in_process()
}

fn module() -> Source {
    text(r#"(module (func (export "f")))"#)
}

fn text(text: &str) -> Source {
    Source::Bytes(Arc::from(text.as_bytes()))
}

#[test]
fn a_program_that_did_not_prepare_for_workers_is_told_what_to_do() {
    let error = Tollgate::builder().build().expect_err("main is the test's");
    assert!(matches!(error, BuildError::Unprepared));
    let text = error.to_string();
    assert!(
        text.contains("run_if_requested") && text.contains("compile_in_process"),
        "{text}"
    );
}

/// A component of two parts, of which one sends the other a text in another encoding: between them stands code that the engine
/// makes, and that has several memories.
fn composed(encoding: &str) -> Source {
    text(&format!(
        r#"(component
            (component $Reader
                (core module $m (memory (export "memory") 1)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
                    (func (export "read") (param i32 i32) (result i32) (local.get 1)))
                (core instance $i (instantiate $m))
                (func (export "read") (param "s" string) (result u32) (canon lift (core func $i "read") (memory $i "memory")
                    (realloc (func $i "realloc")) string-encoding={encoding})))
            (component $Writer
                (import "read" (func $read (param "s" string) (result u32)))
                (core module $own (memory (export "memory") 1) (data (i32.const 32) "seven..")
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
                (core instance $own (instantiate $own))
                (core func $lowered (canon lower (func $read) (memory $own "memory") (realloc (func $own "realloc"))))
                (core module $main (import "reader" "read" (func $read (param i32 i32) (result i32)))
                    (func (export "count") (result i32) (call $read (i32.const 32) (i32.const 7))))
                (core instance $reader (export "read" (func $lowered)))
                (core instance $m (instantiate $main (with "reader" (instance $reader))))
                (func (export "count") (result u32) (canon lift (core func $m "count"))))
            (instance $r (instantiate $Reader))
            (instance $w (instantiate $Writer (with "read" (func $r "read"))))
            (alias export $w "count" (func $count)) (export "count" (func $count)))"#
    ))
}

#[test]
fn composed_components_with_texts_are_compiled_in_this_process_too() {
    let tollgate = builder().build().expect("a tollgate");
    for encoding in ["utf8", "utf16", "latin1+utf16"] {
        // A compiler that panicked the first time would keep whoever comes next waiting.
        for _ in 0..2 {
            let loaded = tollgate.load_blocking(&composed(encoding));
            assert!(loaded.is_ok(), "{encoding}: {:?}", loaded.err());
        }
    }
}

#[test]
fn code_is_kept_in_the_cache_folder_when_there_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let origin = || {
        let config = CacheConfig::new(folder.path().join("cache"));
        let tollgate = builder().cache(config).build().expect("a tollgate");
        let loaded = tollgate
            .load_with(&module(), &tollgate.load_options())
            .expect("it loads");
        let statistics = tollgate.cache_statistics().disk.expect("a cache on disk");
        assert_eq!(statistics.entries, 1);
        loaded.origin()
    };
    assert_eq!([origin(), origin()], [Origin::Compiled, Origin::Disk]);
}

#[test]
fn a_cache_folder_that_is_not_safe_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777))
        .expect("it is ours");
    let error = builder()
        .cache(CacheConfig::new(folder.path()))
        .build()
        .expect_err("others can write into it");
    assert!(
        matches!(&error, BuildError::Cache(CacheError::Folder { .. })),
        "{error}"
    );
}

#[test]
fn the_memory_layer_is_as_large_as_it_was_built() {
    let one = MemoryCacheConfig {
        modules_max: 1,
        ..MemoryCacheConfig::default()
    };
    let tollgate = builder().memory_cache(one).build().expect("a tollgate");
    for value in 0..3 {
        let text = text(&format!("(module (func (export \"f{value}\")))"));
        tollgate.load_blocking(&text).expect("it loads");
    }
    assert_eq!(tollgate.statistics().modules, 1);
}

#[test]
fn an_export_that_has_to_be_there_is_checked_when_loading() {
    let tollgate = builder().build().expect("a tollgate");
    let options = LoadOptions {
        exports: vec!["g".to_owned()],
        ..tollgate.load_options()
    };
    let error = tollgate.load_with(&module(), &options).expect_err("no `g`");
    assert!(error.to_string().contains("`g`"), "{error}");
}

fn sharing(builder: TollgateBuilder) -> (Tollgate, Request, Request) {
    let threads = Proposals {
        threads: true,
        ..Proposals::standard()
    };
    let tollgate = builder
        .engine(EngineConfig {
            proposals: threads,
            unstoppable: Unstoppable::Accept,
            ..EngineConfig::metered()
        })
        .build()
        .expect("a tollgate");
    let memory = SharedMemory::new(tollgate.engine(), 1, 1).expect("a memory");
    let request = |body: &str| {
        let wat = format!("(module (import \"env\" \"memory\" (memory 1 1 shared)) {body})");
        let module = tollgate.load_blocking(&text(&wat)).expect("it loads");
        Request::call(&module, "f", []).share("env", "memory", memory.clone())
    };
    let write = request(r#"(func (export "f") (i32.store (i32.const 8) (i32.const 42)))"#);
    let read = request(r#"(func (export "f") (result i32) (i32.load (i32.const 8)))"#);
    (tollgate, write, read)
}

#[test]
fn memory_is_shared_only_where_that_may_be() {
    let (tollgate, write, _) = sharing(builder());
    let report = tollgate.execute_blocking(write).expect("it starts");
    assert!(matches!(
        &report.outcome.result,
        Err(Failure::Denied(violation)) if violation.detail.contains("memory may not be shared")
    ));

    let (tollgate, write, read) = sharing(builder().may_share_memory());
    let report = tollgate.execute_blocking(write).expect("it starts");
    assert!(report.is_success(), "{:?}", report.outcome);
    let report = tollgate.execute_blocking(read).expect("it starts");
    assert_eq!(report.values().expect("a value"), [Value::I32(42)]);
}
