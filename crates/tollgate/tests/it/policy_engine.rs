//! The engine's edges: modules that are not ours, providers that fail, batches, the choice of an engine.

use std::sync::Arc;

use tollgate::policy::{
    Batch, BreakEven, EngineChoice, FactFailure, PolicyError, PolicyRunner, WasmEngineConfig,
    WasmPolicy, WasmPolicyEngine,
};
use tollgate_ecl::engines::wasm;
use tollgate_ecl::engines::wasm::metadata::MetadataError;
use tollgate_ecl::{
    Answer, Bundle, Decision, EvalError, FactError, FactKind, Facts, GasLimits, NoFacts, Program,
    Redaction, compile,
};

const CHEAP: &str = r#"policy "cheap" {
    input { price: money<EUR>, seller: did, note: string }
    auto_accept all { price: price <= 0.50 EUR  named: starts_with(note, "ok") }
}"#;

const TRUSTED: &str = r#"policy "trusted" {
    input { seller: did }
    auto_accept { trusted: norm(trust(seller)) >= 0.5 }
}"#;

fn program(source: &str) -> Arc<Program> {
    let compiled = compile(&Bundle::single("policy.ecl", source));
    let diagnostics: Vec<_> = compiled.diagnostics.iter().collect();
    match compiled.program(None) {
        Some(program) => Arc::new(program.clone()),
        None => panic!("{diagnostics:?}"),
    }
}

fn engine() -> WasmPolicyEngine {
    let config = WasmEngineConfig {
        compile_in_process: true,
        ..WasmEngineConfig::default()
    };
    WasmPolicyEngine::new(config).unwrap()
}

fn refused(module: &[u8]) -> MetadataError {
    match engine().load(module) {
        Err(PolicyError::Module(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn cheap(policy: &WasmPolicy, price: &str, note: &str) -> tollgate_ecl::Input {
    let json = format!(r#"{{"price": "{price}", "seller": "did:e:a", "note": "{note}"}}"#);
    policy.encoder().encode_str(&json).unwrap()
}

fn decide(policy: &WasmPolicy, price: &str, note: &str) -> Result<Decision, EvalError> {
    let limits = policy.program().gas_limits;
    let input = cheap(policy, price, note);
    policy.evaluate(&input, &mut NoFacts, &limits).result
}

#[test]
fn a_policy_built_earlier_decides_as_the_one_compiled_from_source() {
    let program = program(CHEAP);
    let module = wasm::build(&program).unwrap().wasm;
    for policy in [
        engine().compile(Arc::clone(&program)).unwrap(),
        engine().load(&module).unwrap(),
    ] {
        assert_eq!(decide(&policy, "0.42 EUR", "ok then"), Ok(Decision::Accept));
        assert_eq!(decide(&policy, "0.55 EUR", "ok then"), Ok(Decision::Reject));
        assert_eq!(decide(&policy, "0.42 EUR", "no"), Ok(Decision::Reject));
        assert!(policy.facts().is_empty());
    }
}

#[test]
fn modules_that_are_not_policies_are_refused() {
    let empty = b"\0asm\x01\0\0\0";
    assert_eq!(refused(empty), MetadataError::NotOurs);
    assert_eq!(refused(b""), MetadataError::NotOurs);
}

#[test]
fn a_module_that_was_changed_is_refused() {
    let mut module = wasm::build(&program(CHEAP)).unwrap().wasm;
    for at in (8..module.len() - 60).step_by(97) {
        module[at] ^= 1;
        assert_eq!(refused(&module), MetadataError::Changed);
        module[at] ^= 1;
    }
}

#[test]
fn a_pinned_module_is_taken_only_with_the_bytes_it_was_pinned_with() {
    let module = wasm::build(&program(CHEAP)).unwrap().wasm;
    let pin = tollgate::Digest::of(&module).to_hex();
    let policy = engine().load_pinned(&module, &pin.to_uppercase()).unwrap();
    assert_eq!(decide(&policy, "0.42 EUR", "ok"), Ok(Decision::Accept));
    // Another policy, built and sealed as it should be.
    let other = wasm::build(&program(TRUSTED)).unwrap().wasm;
    let error = engine().load_pinned(&other, &pin).unwrap_err();
    assert!(matches!(&error, PolicyError::ModuleMismatch { expected, .. } if **expected == *pin));
}

/// Loads a module that was sealed as it should be, with that metadata.
fn sealed(wat: &str, metadata: &wasm::Metadata) -> PolicyError {
    let mut module = wat::parse_str(wat).unwrap();
    let mut append = |name: &str, data: &[u8]| {
        let section = wasm_encoder::CustomSection {
            name: name.into(),
            data: data.into(),
        };
        wasm_encoder::Section::append_to(&section, &mut module);
        tollgate::Digest::of(&module).to_hex()
    };
    let json = serde_json::to_vec(metadata).unwrap();
    let digest = append(wasm::metadata::METADATA_SECTION, &json);
    let byte = |at: usize| u8::from_str_radix(&digest[at..at + 2], 16).unwrap();
    let digest: Vec<u8> = (0..64).step_by(2).map(byte).collect();
    append(wasm::metadata::DIGEST_SECTION, &digest);
    engine().load(&module).unwrap_err()
}

#[test]
fn a_sealed_module_that_is_no_policy_is_refused() {
    // Whoever can write a section can seal a module of their own: what it imports and exports is checked too.
    let metadata = wasm::Metadata::of(&program(CHEAP));
    let empty = sealed("(module)", &metadata);
    assert!(
        matches!(empty, PolicyError::Shape { .. } | PolicyError::Engine(_)),
        "{empty:?}"
    );
    let clock = r#"(module (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32))))"#;
    assert!(matches!(sealed(clock, &metadata), PolicyError::Engine(_)));
}

#[test]
fn modules_for_another_version_are_refused_with_both_versions() {
    let refused_with = |change: fn(&mut wasm::Metadata)| {
        let mut metadata = wasm::Metadata::of(&program(CHEAP));
        change(&mut metadata);
        match sealed("(module)", &metadata) {
            PolicyError::Module(error @ MetadataError::Version { .. }) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let host = refused_with(|metadata| metadata.wit = "0.2.0".into());
    assert!(
        host.contains("host interface 0.2.0, this is 0.1.0"),
        "{host}"
    );
    let convention = refused_with(|metadata| metadata.abi += 1);
    let ours = wasm::layout::ABI_VERSION;
    let versions = format!("calling convention {}, this is {ours}", ours + 1);
    assert!(convention.contains(&versions), "{convention}");
    let gas = refused_with(|metadata| metadata.gas_table += 1);
    assert!(gas.contains("gas table"), "{gas}");
}

#[test]
fn the_same_program_is_compiled_once() {
    let engine = engine();
    let one = engine.compile(program(CHEAP)).unwrap();
    let other = engine.compile(program(CHEAP)).unwrap();
    assert!(Arc::ptr_eq(&one, &other));
}

/// A provider that does one thing.
enum Provider {
    Knows(f64),
    Fails,
    Wrong,
}

impl Facts for Provider {
    fn trust(&mut self, _did: &str) -> Result<Option<[f64; 6]>, FactError> {
        match self {
            Self::Knows(value) => Ok(Some([*value; 6])),
            Self::Fails => Err(FactError("timed out after 2s".to_owned())),
            Self::Wrong => Ok(Some([7.0; 6])),
        }
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        Ok(None)
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        Ok(Answer::Unknown)
    }
}

#[test]
fn facts_decide_and_their_failures_are_named_and_never_accept() {
    let policy = engine().compile(program(TRUSTED)).unwrap();
    assert_eq!(policy.facts(), [FactKind::Trust]);
    let input = policy
        .encoder()
        .encode_str(r#"{"seller": "did:e:a"}"#)
        .unwrap();
    let limits = policy.program().gas_limits;
    let mut instance = policy.instance().unwrap();
    let mut ask = |facts: &mut dyn Facts| {
        let verdict = instance.evaluate(&input, facts, &limits);
        (verdict.result, instance.fact_failure().cloned())
    };
    assert_eq!(ask(&mut Provider::Knows(0.9)), (Ok(Decision::Accept), None));
    assert_eq!(ask(&mut Provider::Knows(0.1)), (Ok(Decision::Reject), None));
    let (unknown, _) = ask(&mut NoFacts);
    assert!(matches!(
        unknown,
        Err(EvalError::UnknownFact {
            kind: FactKind::Trust,
            ..
        })
    ));
    let (failed, failure) = ask(&mut Provider::Fails);
    assert!(matches!(
        failed,
        Err(EvalError::FactFailed {
            kind: FactKind::Trust,
            ..
        })
    ));
    let Some((FactKind::Trust, FactFailure::Provider(FactError(message)))) = failure else {
        panic!("{failure:?}");
    };
    assert_eq!(message, "timed out after 2s");
    let (wrong, failure) = ask(&mut Provider::Wrong);
    assert!(matches!(wrong, Err(EvalError::FactFailed { .. })));
    assert!(matches!(failure, Some((_, FactFailure::Answer(_)))));
    assert_eq!(ask(&mut Provider::Knows(0.9)), (Ok(Decision::Accept), None));
}

#[test]
fn lower_limits_end_with_exhausted_gas() {
    let policy = engine().compile(program(CHEAP)).unwrap();
    let input = cheap(&policy, "0.42 EUR", "ok");
    let verdict = policy.evaluate(&input, &mut NoFacts, &GasLimits::total(3));
    assert!(matches!(
        verdict.result,
        Err(EvalError::GasExhausted { .. })
    ));
    assert!(verdict.gas.total() <= 3);
}

#[test]
fn a_batch_decides_like_one_after_the_other() {
    let policy = engine().compile(program(CHEAP)).unwrap();
    let inputs: Vec<_> = (0..100)
        .map(|n| cheap(&policy, &format!("0.{n:02} EUR"), &format!("ok {n}")))
        .collect();
    let mut batch = Batch::new(&policy, inputs.len());
    for input in &inputs {
        batch.push(input).unwrap();
    }
    let full = batch.push(&inputs[0]);
    assert!(matches!(
        full,
        Err(PolicyError::BatchFull { capacity: 100 })
    ));
    let limits = policy.program().gas_limits;
    let results = policy
        .evaluate_batch(&batch, &mut NoFacts, &limits)
        .unwrap();
    let one_by_one: Vec<_> = inputs
        .iter()
        .map(|input| policy.evaluate(input, &mut NoFacts, &limits))
        .collect();
    assert_eq!(results.iter().collect::<Vec<_>>(), one_by_one);
    assert_eq!(results.get(100), None);
}

#[test]
fn inputs_of_another_program_are_refused() {
    let policy = engine().compile(program(CHEAP)).unwrap();
    let other = engine().compile(program(TRUSTED)).unwrap();
    let input = other
        .encoder()
        .encode_str(r#"{"seller": "did:e:a"}"#)
        .unwrap();
    let limits = policy.program().gas_limits;
    let verdict = policy.evaluate(&input, &mut NoFacts, &limits);
    assert_eq!(verdict.result, Err(EvalError::WrongInput));
    let pushed = Batch::new(&policy, 1).push(&input);
    assert!(matches!(pushed, Err(PolicyError::WrongInput { .. })));
}

#[test]
fn a_large_input_grows_the_memory_up_to_the_configured_bound() {
    let source = r#"policy "long" {
        input { notes: list<string<1000>, 2000> }
        auto_accept { long: len(notes) > 1999 }
    }"#;
    let config = WasmEngineConfig {
        memory_bytes: 1024 * 1024,
        ..WasmEngineConfig::default()
    };
    let program = program(source);
    let json = |count: usize| {
        let notes: Vec<String> = (0..count).map(|n| format!("{n:0>900}")).collect();
        serde_json::json!({ "notes": notes }).to_string()
    };
    let roomy = engine().compile(Arc::clone(&program)).unwrap();
    let tight = WasmPolicyEngine::new(config)
        .unwrap()
        .compile(program)
        .unwrap();
    let input = roomy.encoder().encode_str(&json(2000)).unwrap();
    let limits = GasLimits::total(100_000);
    let verdict = roomy.evaluate(&input, &mut NoFacts, &limits);
    assert_eq!(verdict.result, Ok(Decision::Accept));
    let verdict = tight.evaluate(&input, &mut NoFacts, &limits);
    assert_eq!(verdict.result, Err(EvalError::Internal));
}

#[test]
fn automatic_mode_changes_engines_without_changing_the_answer() {
    let break_even = BreakEven {
        compile_ns: 1_000,
        saved_ns: 100,
    };
    assert_eq!(break_even.evaluations(), 10);
    let program = program(CHEAP);
    for choice in [
        EngineChoice::Interpreter,
        EngineChoice::Wasm,
        EngineChoice::Automatic,
    ] {
        let runner = PolicyRunner::new(choice)
            .unwrap()
            .with_break_even(break_even);
        let policy = runner.load(Arc::clone(&program)).unwrap();
        let json = r#"{"price": "0.42 EUR", "seller": "did:e:a", "note": "ok"}"#;
        let input = policy.encoder().encode_str(json).unwrap();
        let limits = program.gas_limits;
        let verdicts: Vec<_> = (0..30)
            .map(|_| policy.evaluate(&input, &mut NoFacts, &limits))
            .collect();
        assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]));
        assert_eq!(verdicts[0].result, Ok(Decision::Accept));
        assert_eq!(policy.is_compiled(), choice != EngineChoice::Interpreter);
        let batch = policy.evaluate_batch(&[input.clone(), input], &mut NoFacts, &limits);
        assert_eq!(batch, vec![verdicts[0]; 2]);
    }
}

#[test]
fn the_break_even_is_measured_and_can_be_recorded() {
    let runner = PolicyRunner::new(EngineChoice::Automatic)
        .unwrap()
        .calibrated()
        .unwrap();
    let measured = runner.break_even();
    assert!(measured.compile_ns > 0, "{measured:?}");
    assert!(measured.evaluations() > 1, "{measured:?}");
    let record = serde_json::to_string(&measured).unwrap();
    let again: BreakEven = serde_json::from_str(&record).unwrap();
    assert_eq!(again, measured);
    assert_eq!(BreakEven::NEVER.evaluations(), u64::MAX);
}

#[test]
fn reasons_effects_and_output_are_the_same_whichever_engine_runs() {
    let source = r#"policy "charge" {
        input { price: money<EUR>, seller: did }
        auto_accept all { price: price <= 0.50 EUR  trusted: norm(trust(seller)) >= 0.7 }
        on accept { emit("charged", seller) }
    }"#;
    let program = program(source);
    let explain = |choice| {
        let runner = PolicyRunner::new(choice).unwrap();
        let policy = runner.load(Arc::clone(&program)).unwrap();
        let json = r#"{"price": "0.42 EUR", "seller": "did:e:a"}"#;
        let input = policy.encoder().encode_str(json).unwrap();
        let limits = program.gas_limits;
        let mut facts = Provider::Knows(0.9);
        let decided = policy.decide(&input, &mut facts, &limits);
        let explained = policy.explain(&input, &mut facts, &limits, &Redaction::none());
        assert_eq!(decided, explained.0);
        explained
    };
    let interpreted = explain(EngineChoice::Interpreter);
    assert_eq!(interpreted.0.verdict.result, Ok(Decision::Accept));
    assert_eq!(interpreted.0.effects.len(), 1);
    assert_eq!(
        interpreted.1.lines(),
        [
            "price (0.42) <= max (0.50): PASS",
            "norm(trust(seller)) (0.9) >= min (0.7): PASS"
        ]
    );
    assert_eq!(explain(EngineChoice::Wasm), interpreted);
}
