//! Policy modules of strangers: what they say of themselves counts for nothing, and what they use is bounded.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tollgate::limits::POLICY_MODULE_BYTES_MAX;
use tollgate::policy::{
    EngineChoice, PolicyError, PolicyRunner, WasmEngineConfig, WasmPolicy, WasmPolicyEngine,
};
use tollgate::sandbox::limits::{PURE_GAS, PURE_HOST_CALL_GAS};
use tollgate_ecl::engines::wasm;
use tollgate_ecl::{
    Answer, Bundle, Decision, EvalError, FactError, FactKind, Facts, NoFacts, Program, compile,
};
use wasm_encoder::{CodeSection, CustomSection, Module, RawSection, Section};
use wasmparser::{ExternalKind, Parser, Payload};

const STRICT: &str = r#"policy "vault" {
    input { amount: int }
    auto_accept { small: amount < 10 }
    otherwise reject "too much"
}"#;
const OPEN: &str = r#"policy "vault" {
    input { amount: int }
    auto_accept { small: amount < 1000000000 }
    otherwise reject "too much"
}"#;
const ASKS: &str = r#"policy "asks" {
    input { seller: did }
    auto_accept { trusted: norm(trust(seller)) >= 0.5 }
}"#;

fn program(source: &str) -> Arc<Program> {
    let compiled = compile(&Bundle::single("policy.ecl", source));
    Arc::new(compiled.program(None).unwrap().clone())
}

fn engine() -> WasmPolicyEngine {
    let config = WasmEngineConfig {
        compile_in_process: true,
        ..WasmEngineConfig::default()
    };
    WasmPolicyEngine::new(config).unwrap()
}

fn built(source: &str) -> Vec<u8> {
    wasm::build(&program(source)).unwrap().wasm
}

fn ask(policy: &WasmPolicy, amount: u64) -> Result<Decision, EvalError> {
    let json = format!(r#"{{"amount": {amount}}}"#);
    let input = policy.encoder().encode_str(&json).unwrap();
    let limits = policy.program().gas_limits;
    policy.evaluate(&input, &mut NoFacts, &limits).result
}

/// The module with these instructions at the beginning of the function `decide`, sealed again.
fn with_prefix(module: &[u8], prefix: &[u8]) -> Vec<u8> {
    let payloads: Vec<Payload<'_>> = Parser::new(0)
        .parse_all(module)
        .map(Result::unwrap)
        .collect();
    let mut imported = 0;
    let mut decide = None;
    for payload in &payloads {
        match payload {
            Payload::ImportSection(imports) => imported = imports.count(),
            Payload::ExportSection(exports) => {
                let exports = exports.clone().into_iter().map(Result::unwrap);
                let found = exports
                    .filter(|e| e.kind == ExternalKind::Func)
                    .find(|e| e.name == "decide");
                decide = found.map(|e| e.index);
            }
            _ => {}
        }
    }
    let decide = (decide.unwrap() - imported) as usize;
    let (mut out, mut code, mut number) = (Module::new(), CodeSection::new(), 0);
    for payload in &payloads {
        if let Payload::CodeSectionEntry(body) = payload {
            let range = body.range();
            let at = body.get_operators_reader().unwrap().original_position();
            let mut bytes = module[range.start..at].to_vec();
            if number == decide {
                bytes.extend(prefix);
            }
            bytes.extend(&module[at..range.end]);
            code.raw(&bytes);
            number += 1;
            continue;
        }
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let is_digest = matches!(payload, Payload::CustomSection(custom) if custom.name() == wasm::metadata::DIGEST_SECTION);
        if id == 10 || is_digest {
            continue;
        }
        // The code stands before the data and whatever comes after.
        if number > 0 && !code.is_empty() {
            out.section(&std::mem::take(&mut code));
        }
        let data = &module[range];
        out.section(&RawSection { id, data });
    }
    if !code.is_empty() {
        out.section(&code);
    }
    seal(out.finish())
}

/// The module with the hash of `to` in place of the hash of `from`, sealed again.
fn renamed(module: &[u8], from: &str, to: &str) -> Vec<u8> {
    let end = module.len() - (3 + wasm::metadata::DIGEST_SECTION.len() + 32);
    let mut bytes = module[..end].to_vec();
    let places: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    seal(bytes)
}

fn seal(mut module: Vec<u8>) -> Vec<u8> {
    let digest = Sha256::digest(&module);
    let section = CustomSection {
        name: wasm::metadata::DIGEST_SECTION.into(),
        data: (&digest[..]).into(),
    };
    section.append_to(&mut module);
    assert_eq!(wasm::metadata::is_intact(&module), Some(true));
    module
}

#[test]
fn a_module_that_claims_another_policys_hash_takes_nobodys_place() {
    let (strict, open) = (program(STRICT), program(OPEN));
    let evil = renamed(&built(OPEN), &open.hash, &strict.hash);
    let engine = engine();
    let loaded = engine.load(&evil).unwrap();
    assert_eq!(loaded.claimed_program(), Some(&*strict.hash));
    assert_eq!(ask(&loaded, 5_000), Ok(Decision::Accept));
    // Its name is that of its bytes, and so is that of its inputs.
    assert_eq!(
        *loaded.program().hash,
        *tollgate::Digest::of(&evil).to_hex()
    );
    let compiled = engine.compile(Arc::clone(&strict)).unwrap();
    assert_eq!(compiled.claimed_program(), None);
    assert_eq!(ask(&compiled, 5_000), Ok(Decision::Reject));
    let input = loaded.encoder().encode_str(r#"{"amount": 5}"#).unwrap();
    let wrong = compiled.evaluate(&input, &mut NoFacts, &strict.gas_limits);
    assert_eq!(wrong.result, Err(EvalError::WrongInput));
    // And the other way round: the module is not taken for what was compiled.
    let again = engine.load(&evil).unwrap();
    assert!(Arc::ptr_eq(&loaded, &again));
}

#[test]
fn a_program_that_claims_another_ones_hash_takes_nobodys_place() {
    let (strict, open) = (program(STRICT), program(OPEN));
    let forged = Program {
        hash: strict.hash.clone(),
        ..Program::clone(&open)
    };
    let forged = Arc::new(forged);
    let engine = engine();
    let error = engine.compile(Arc::clone(&forged)).unwrap_err();
    assert!(matches!(error, PolicyError::Forged { .. }), "{error}");
    let runner = PolicyRunner::new(EngineChoice::Interpreter).unwrap();
    let error = runner.load(forged).unwrap_err();
    assert!(matches!(error, PolicyError::Forged { .. }), "{error}");
    let compiled = engine.compile(strict).unwrap();
    assert_eq!(ask(&compiled, 5_000), Ok(Decision::Reject));
}

#[test]
fn the_program_of_an_advisory_constraint_has_a_hash_of_its_own() {
    let source = r#"constraint "cheap" { severity: warning  rule: amount <= 10  message: "rather dear" }
    policy "vault" { input { amount: int }  constraints: ["cheap"]  accept { low: amount < 50 } }"#;
    let compiled = compile(&Bundle::single("policy.ecl", source));
    let [advisory] = &*compiled.advisories else {
        panic!("{:?}", compiled.diagnostics)
    };
    let policy = engine()
        .compile(Arc::new(advisory.program.clone()))
        .unwrap();
    assert_eq!(ask(&policy, 11), Ok(Decision::Reject));
}

#[test]
fn a_policy_that_never_ends_is_ended_and_the_next_evaluation_begins_anew() {
    // loop { br 0 }
    let evil = with_prefix(&built(STRICT), &[0x03, 0x40, 0x0c, 0x00, 0x0b]);
    let policy = engine().load(&evil).unwrap();
    for _ in 0..2 {
        assert_eq!(ask(&policy, 5), Err(EvalError::Internal));
    }
    // Without the loop it is what it says it is.
    let harmless = engine().load(&with_prefix(&built(STRICT), &[])).unwrap();
    assert_eq!(ask(&harmless, 5), Ok(Decision::Accept));
}

#[test]
fn a_policy_gets_no_more_memory_than_the_engine_allows() {
    // drop(memory.grow(20_000)); memory.fill(0, 1, 1 GiB)
    let hog = [
        0x41, 0xa0, 0x9c, 0x01, 0x40, 0x00, 0x1a, 0x41, 0x00, 0x41, 0x01, 0x41, 0x80, 0x80, 0x80,
        0x80, 0x04, 0xfc, 0x0b, 0x00,
    ];
    let policy = engine().load(&with_prefix(&built(STRICT), &hog)).unwrap();
    assert_eq!(ask(&policy, 5), Err(EvalError::Internal));
    let mut instance = policy.instance().unwrap();
    let input = policy.encoder().encode_str(r#"{"amount": 5}"#).unwrap();
    let limits = policy.program().gas_limits;
    let verdict = instance.evaluate(&input, &mut NoFacts, &limits);
    assert_eq!(verdict.result, Err(EvalError::Internal));
    assert!(instance.memory().len() <= WasmEngineConfig::default().memory_bytes);
}

#[test]
fn a_policy_remembers_nothing_of_earlier_evaluations() {
    // if i32.load(70_000 - 8_192) { unreachable }; i32.store(70_000 - 8_192, 1), at the end of the first page
    let at = [0x41, 0xfc, 0xff, 0x03];
    let mut remembers = at.to_vec();
    remembers.extend([0x28, 0x02, 0x00, 0x04, 0x40, 0x00, 0x0b]);
    remembers.extend(at);
    remembers.extend([0x41, 0x01, 0x36, 0x02, 0x00]);
    let policy = engine()
        .load(&with_prefix(&built(STRICT), &remembers))
        .unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&policy, 5), Ok(Decision::Accept));
    }
    // One that is kept does remember, which shows that the module would.
    let mut instance = policy.instance().unwrap();
    let input = policy.encoder().encode_str(r#"{"amount": 5}"#).unwrap();
    let limits = policy.program().gas_limits;
    let mut ask = || instance.evaluate(&input, &mut NoFacts, &limits).result;
    assert_eq!(
        [ask(), ask()],
        [Ok(Decision::Accept), Err(EvalError::Internal)]
    );
}

/// Counts questions.
struct Counted(u64);

impl Facts for Counted {
    fn trust(&mut self, _: &str) -> Result<Option<[f64; 6]>, FactError> {
        self.0 += 1;
        Ok(Some([0.9; 6]))
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        Ok(None)
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        self.0 += 1;
        Ok(Answer::Trust([0.9; 6]))
    }
}

#[test]
fn a_policy_asks_so_many_questions_and_no_more() {
    // loop { drop(call 0(input, 0, 1_024)); br 0 }
    let floods = [
        0x03, 0x40, 0x41, 0x80, 0x08, 0x41, 0x00, 0x41, 0x80, 0x10, 0x10, 0x00, 0x1a, 0x0c, 0x00,
        0x0b,
    ];
    let policy = engine().load(&with_prefix(&built(ASKS), &floods)).unwrap();
    let input = policy
        .encoder()
        .encode_str(r#"{"seller": "did:e:a"}"#)
        .unwrap();
    let mut facts = Counted(0);
    let limits = policy.program().gas_limits;
    let verdict = policy.evaluate(&input, &mut facts, &limits);
    assert_eq!(verdict.result, Err(EvalError::Internal));
    // The instructions between the questions take gas as well, and far less.
    let most = PURE_GAS / PURE_HOST_CALL_GAS;
    assert!((most / 2..=most).contains(&facts.0), "{}", facts.0);
}

#[test]
fn without_compiler_processes_nothing_of_a_stranger_is_compiled_by_itself() {
    let engine = WasmPolicyEngine::new(WasmEngineConfig::default()).unwrap();
    let error = engine.load(&built(STRICT)).unwrap_err();
    assert!(matches!(error, PolicyError::Compiler { .. }), "{error}");
    assert!(error.to_string().contains("compile_in_process"), "{error}");
}

#[test]
fn a_module_larger_than_modules_may_be_is_not_looked_at() {
    let huge = vec![0; POLICY_MODULE_BYTES_MAX + 1];
    let error = engine().load(&huge).unwrap_err();
    assert!(
        matches!(error, PolicyError::ModuleTooLarge { .. }),
        "{error}"
    );
}
