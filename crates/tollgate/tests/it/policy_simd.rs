//! Searches with vector instructions find what searches without them find, at every place and length.

use std::fmt::Write as _;
use std::sync::Arc;

use tollgate::policy::{WasmEngineConfig, WasmPolicy, WasmPolicyEngine};
use tollgate_ecl::{Bundle, Decision, NoFacts, Program, compile};

fn program(source: &str) -> Arc<Program> {
    let compiled = compile(&Bundle::single("policy.ecl", source));
    let diagnostics: Vec<_> = compiled.diagnostics.iter().collect();
    match compiled.program(None) {
        Some(program) => Arc::new(program.clone()),
        None => panic!("{diagnostics:?}"),
    }
}

/// The same policy without and with vectors.
fn both(source: &str) -> [Arc<WasmPolicy>; 2] {
    let program = program(source);
    [false, true].map(|simd| {
        let config = WasmEngineConfig {
            simd,
            ..WasmEngineConfig::default()
        };
        let engine = WasmPolicyEngine::new(config).unwrap();
        engine.compile(Arc::clone(&program)).unwrap()
    })
}

fn decide(policy: &WasmPolicy, input: &str) -> bool {
    let input = policy.encoder().encode_str(input).unwrap();
    let limits = policy.program().gas_limits;
    let verdict = policy.evaluate(&input, &mut NoFacts, &limits);
    verdict.result.unwrap() == Decision::Accept
}

#[test]
fn a_needle_is_found_at_every_place_of_a_text_and_nowhere_else() {
    let policies = both(
        r#"policy "search" {
            input { text: string<96>, needle: string<96> }
            auto_accept { found: contains(text, needle) }
        }"#,
    );
    let plain = "abcabdabeabfabgabhabcabdabeabfabgabhabcabdabe";
    for length in 0..plain.len() {
        let text = &plain[..length];
        for needle_length in 1..=40_usize.min(length + 1) {
            for start in [0, 1, 7, 8, 15, 16, 17, 31, 32, 33] {
                let Some(piece) = plain.get(start..start + needle_length) else {
                    continue;
                };
                // Once as it is, once with another last byte, which is found nowhere.
                let other = format!("{}z", &piece[..needle_length - 1]);
                for needle in [piece, &other] {
                    let input = format!(r#"{{"text": "{text}", "needle": "{needle}"}}"#);
                    for policy in &policies {
                        assert_eq!(decide(policy, &input), text.contains(needle), "{input}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_element_is_found_at_every_place_of_a_list_and_nowhere_else() {
    let policies = both(
        r#"policy "search" {
            input { xs: list<int, 24>, x: int, ys: list<number, 24>, y: number }
            auto_accept any { word: x in xs  number: y in ys }
        }"#,
    );
    let list = |length: usize, hit: Option<usize>, element: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        for place in 0..length {
            let value = if hit == Some(place) { 77 } else { place };
            let comma = if place == 0 { "" } else { "," };
            write!(text, "{comma}{}", element(value)).unwrap();
        }
        text
    };
    for length in 0..=20 {
        for hit in (0..length).map(Some).chain([None]) {
            let whole = list(length, hit, &|value| value.to_string());
            let broken = list(length, hit, &|value| format!("{value}.5"));
            for input in [
                format!(r#"{{"xs": [{whole}], "x": 77, "ys": [], "y": 0.0}}"#),
                format!(r#"{{"xs": [], "x": 0, "ys": [{broken}], "y": 77.5}}"#),
            ] {
                for policy in &policies {
                    assert_eq!(decide(policy, &input), hit.is_some(), "{input}");
                }
            }
        }
    }
}

#[test]
fn only_a_module_made_with_vectors_needs_them() {
    let program = program(
        r#"policy "search" {
            input { text: string<96>, needle: string<96>, xs: list<int, 24>, x: int }
            auto_accept all { found: contains(text, needle)  listed: x in xs }
        }"#,
    );
    for simd in [false, true] {
        let built = tollgate_ecl::engines::wasm::build_with(
            &program,
            tollgate_ecl::engines::wasm::Options { simd },
        );
        let mut features = wasmparser::WasmFeatures::default();
        features.remove(wasmparser::WasmFeatures::SIMD | wasmparser::WasmFeatures::RELAXED_SIMD);
        let valid = wasmparser::Validator::new_with_features(features)
            .validate_all(&built.unwrap().wasm)
            .is_ok();
        assert_eq!(valid, !simd);
    }
}
