//! Reading bytes of strangers in a worker: text, descriptions, and many that nobody would write.

use std::time::Duration;

use tollgate_sandbox::{
    CompileError, CompileLimit, CompileLimits, Compiler, DescribeOptions, Digest, EngineConfig,
    LoadError, LoadOptions, Loader, LoaderConfig, Source, SourceBytes, SourceError, SourceForm,
    SourceOptions,
};

use crate::{Test, compile::children, shapes, strangers};

pub(crate) const TESTS: &[Test] = &[
    ("text_becomes_the_binary_form", text_becomes_the_binary_form),
    (
        "a_text_is_assembled_once_for_several_loads",
        a_text_is_assembled_once_for_several_loads,
    ),
    (
        "a_pin_is_about_the_binary_form_of_a_text",
        a_pin_is_about_the_binary_form_of_a_text,
    ),
    (
        "one_worker_assembles_checks_and_describes",
        one_worker_assembles_checks_and_describes,
    ),
    (
        "what_a_description_takes_is_limited",
        what_a_description_takes_is_limited,
    ),
    (
        "metadata_of_compiled_code_is_limited",
        metadata_of_compiled_code_is_limited,
    ),
    ("strangers_end_within_limits", strangers_end_within_limits),
];

fn compiler(limits: CompileLimits) -> Compiler {
    Compiler::worker(limits).unwrap()
}

fn read(bytes: &[u8]) -> SourceBytes {
    Source::Bytes(bytes.into())
        .read(&SourceOptions::default())
        .unwrap()
}

fn text_becomes_the_binary_form() {
    let text = "(module (func (export \"f\")))";
    let assembled = compiler(CompileLimits::default())
        .assemble(&read(text.as_bytes()), 1_000)
        .unwrap();
    let binary = wat::parse_str(text).unwrap();
    assert_eq!(assembled.form, SourceForm::Binary);
    assert_eq!(
        (&*assembled.bytes, assembled.digest),
        (&*binary, Digest::of(&binary))
    );
}

fn loader() -> Loader {
    let config = EngineConfig {
        allocation: tollgate_sandbox::Allocation::OnDemand,
        ..EngineConfig::metered()
    };
    let engine = tollgate_sandbox::Engine::new(&config).unwrap();
    Loader::new(LoaderConfig::new(
        engine,
        compiler(CompileLimits::default()),
    ))
}

fn a_text_is_assembled_once_for_several_loads() {
    let loader = loader();
    let right = Source::Bytes(b"(module)"[..].into());
    let wrong = Source::Bytes(b"(module\n oops)"[..].into());
    for _ in 0..2 {
        let loaded = loader.load(&right, &LoadOptions::default()).unwrap();
        assert_eq!(loaded.digest(), Digest::of(b"\0asm\x01\0\0\0"));
        let error = loader.load(&wrong, &LoadOptions::default()).unwrap_err();
        assert!(
            matches!(&error, LoadError::Source(error) if matches!(**error, SourceError::Text { line: 2, .. })),
            "{error}"
        );
    }
    assert_eq!(loader.statistics().memory.hits, 1);
}

fn a_pin_is_about_the_binary_form_of_a_text() {
    let text = b"(module)";
    let pinned = |digest| LoadOptions {
        source: SourceOptions {
            digest: Some(digest),
            ..SourceOptions::default()
        },
        ..LoadOptions::default()
    };
    let source = Source::Bytes(text[..].into());
    assert!(
        loader()
            .load(&source, &pinned(Digest::of(b"\0asm\x01\0\0\0")))
            .is_ok()
    );
    let error = loader()
        .load(&source, &pinned(Digest::of(text)))
        .unwrap_err();
    assert!(
        matches!(&error, LoadError::Source(error) if matches!(**error, SourceError::DigestMismatch { .. })),
        "{error}"
    );
}

fn one_worker_assembles_checks_and_describes() {
    let text =
        r#"(module (import "env" "f" (func)) (func (export "run") (result i32) (i32.const 1)))"#;
    let wanted = DescribeOptions {
        valid_under: Some(EngineConfig::metered()),
        exports: vec!["run".into(), "stop".into()],
        interface: true,
        ..DescribeOptions::default()
    };
    let described = compiler(CompileLimits::default())
        .describe(&read(text.as_bytes()), &wanted)
        .unwrap();
    assert_eq!(described.inspection.exports[0].name, "run");
    assert_eq!(described.inspection.imports[0].module, "env");
    assert_eq!(
        described.inspection.digest,
        Digest::of(&wat::parse_str(text).unwrap())
    );
    assert_eq!(described.missing, ["stop"]);
    assert!(described.interface.unwrap().contains("run: () => number"));
}

fn what_a_description_takes_is_limited() {
    let module = shapes::functions(100_000, &shapes::body([]));
    let within = CompileLimits {
        memory_bytes: 20 << 20,
        ..CompileLimits::default()
    };
    let described = compiler(within).describe(&read(&module), &DescribeOptions::default());
    assert!(
        matches!(
            described,
            Err(CompileError::Limit {
                limit: CompileLimit::Memory,
                ..
            })
        ),
        "{described:?}"
    );
    assert_eq!(children(), Vec::<String>::new(), "a worker is left behind");
}

fn metadata_of_compiled_code_is_limited() {
    let module = shapes::exports(20_000);
    let rules = tollgate_sandbox::Rules {
        limits: tollgate_sandbox::ModuleLimits::default(),
        config: EngineConfig::metered(),
    };
    let within = |metadata_bytes| CompileLimits {
        metadata_bytes,
        ..CompileLimits::default()
    };
    assert!(compiler(within(10 << 20)).compile(&module, &rules).is_ok());
    let error = compiler(within(100_000))
        .compile(&module, &rules)
        .unwrap_err();
    assert!(
        matches!(
            error,
            CompileError::Limit {
                limit: CompileLimit::Metadata,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("metadata size limit"), "{error}");
}

/// A bounded part of the campaign of `examples/strangers.rs`.
fn strangers_end_within_limits() {
    let figures = strangers::run(&strangers::Campaign {
        seed: 20_261_128,
        count: 60,
        seeds: strangers::Seeds::of_the_repository(),
    });
    assert_eq!(figures.late, Vec::<String>::new(), "{figures:?}");
    assert!(
        figures.tried == 60 && figures.described > 0 && figures.loaded > 0,
        "{figures:?}"
    );
    assert!(figures.run_over < Duration::from_secs(2));
}
