//! A glob that is data means what the same glob means as a literal.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::json;
use tollgate_ecl::data::gas;
use tollgate_ecl::data::types::Type;
use tollgate_ecl::syntax::quote::quoted;
use tollgate_ecl::testing::generate::Random;
use tollgate_ecl::{
    Bundle, CompiledProgram, Decision, EvalError, GasLimits, NoFacts, Program, Reasons, Redaction,
    Verdict, Vm, compile, encode,
};

const DATA: &str = "policy \"data\" { input { text: string<200>, glob: string<200> }  allow { r: text matches glob } }\n";

fn programs(source: String) -> Vec<Program> {
    let compiled = compile(&Bundle::single("globs.ecl", source));
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    compiled.programs
}

fn machine(program: Program) -> Vm {
    Vm::new(Arc::new(CompiledProgram::new(program).unwrap()))
}

fn evaluated(vm: &mut Vm, input: &serde_json::Value) -> Verdict {
    let program = vm.program().program();
    let (input, limits) = (encode(program, input).unwrap(), program.gas_limits);
    vm.evaluate(&input, &mut NoFacts, &limits)
}

fn text(random: &mut Random, parts: &[&str]) -> String {
    (0..random.below(9)).map(|_| *random.pick(parts)).collect()
}

/// A text that the glob may well match.
fn like(random: &mut Random, glob: &str) -> String {
    const PARTS: [&str; 10] = ["a", "b", "ab", "é", "語", "*", "?", "\\", "/", "\""];
    let mut made = String::new();
    let mut characters = glob.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => made.push_str(&text(random, &PARTS)),
            _ if random.once_in(12) => made += random.pick::<&str>(&PARTS),
            '?' => made += random.pick::<&str>(&PARTS),
            '\\' => made.extend(characters.next()),
            other => made.push(other),
        }
    }
    made
}

#[test]
fn random_globs_mean_the_same_as_data_and_as_literals() {
    const GLOBS: usize = 400;
    let mut random = Random::new(5);
    let parts = [
        "*", "*", "?", "a", "b", "ab", "é", "語", "\\*", "\\?", "\\\\", "\\b", "/", "\"",
    ];
    let globs: Vec<String> = (0..GLOBS).map(|_| text(&mut random, &parts)).collect();
    let mut source = DATA.to_owned();
    for (number, glob) in globs.iter().enumerate() {
        let glob = quoted(glob);
        let _ = writeln!(
            source,
            "policy \"{number}\" {{ input {{ text: string<200> }}  allow {{ r: text matches {glob} }} }}"
        );
    }
    let mut programs = programs(source).into_iter();
    let mut data = machine(programs.next().unwrap());
    let mut matched = 0;
    for (glob, program) in globs.iter().zip(programs) {
        let mut literal = machine(program);
        for _ in 0..25 {
            let text = like(&mut random, glob);
            let expected = evaluated(&mut literal, &json!({ "text": text })).result;
            let found = evaluated(&mut data, &json!({ "text": text, "glob": glob })).result;
            assert_eq!(found, expected, "{glob:?} and {text:?}");
            matched += usize::from(found == Ok(Decision::Accept));
        }
    }
    assert!(matched > GLOBS, "only {matched} match");
}

#[test]
fn a_glob_is_charged_by_both_lengths_before_it_is_read() {
    let mut vm = machine(programs(DATA.to_owned()).remove(0));
    for (text, glob) in [(0, 0), (31, 63), (32, 64), (200, 200), (200, 1)] {
        let input = json!({ "text": "a".repeat(text), "glob": "*".repeat(glob) });
        let verdict = evaluated(&mut vm, &input);
        // Two fields, and the operator.
        let amount = 5 + gas::glob(text as u64, glob as u64);
        assert_eq!(verdict.gas.total(), amount, "{text} and {glob} bytes");
        let program = vm.program().program();
        let input = encode(program, &input).unwrap();
        let exhausted = vm.evaluate(&input, &mut NoFacts, &GasLimits::total(amount - 1));
        assert!(matches!(
            exhausted.result,
            Err(EvalError::GasExhausted { .. })
        ));
    }
    let broken = json!({ "text": "a", "glob": "a\\" });
    let verdict = evaluated(&mut vm, &broken);
    assert!(matches!(verdict.result, Err(EvalError::BadGlob { .. })));
    // The next evaluation knows nothing of it.
    let verdict = evaluated(&mut vm, &json!({ "text": "a", "glob": "?" }));
    assert_eq!(verdict.result, Ok(Decision::Accept));
}

#[test]
fn the_longest_globs_of_most_stars_stay_within_their_gas() {
    let source = "policy \"p\" { gas_limit: 100000  input { text: string<40000>, glob: string<4096> }  allow { r: text matches glob } }";
    let mut vm = machine(programs(source.to_owned()).remove(0));
    let text = "a".repeat(39_999) + "b";
    for (glob, decision) in [
        ("*a".repeat(2_048), Decision::Reject),
        ("*a".repeat(2_047) + "*b", Decision::Accept),
        ("?*".repeat(2_048), Decision::Accept),
        ("*".repeat(4_096), Decision::Accept),
        ("a".repeat(4_096), Decision::Reject),
    ] {
        let verdict = evaluated(&mut vm, &json!({ "text": text, "glob": glob }));
        assert_eq!(verdict.result, Ok(decision), "{}", &glob[..8]);
        assert_eq!(verdict.gas.total(), 5 + gas::glob(40_000, 4_096));
    }
}

#[test]
fn a_name_for_a_literal_keeps_what_a_literal_has() {
    let rules = |glob: &dyn Fn(usize) -> String| {
        let rules: String = (0..40)
            .map(|i| format!("r{i}: path matches {}\n", glob(i)))
            .collect();
        let lets: String = (0..40)
            .map(|i| format!("let g{i} = \"/api/{i}/*\"\n"))
            .collect();
        let source = format!(
            "policy \"p\" {{ input {{ path: string<64> }} {lets} allow any {{ {rules} }} }}"
        );
        let mut vm = machine(programs(source).remove(0));
        evaluated(&mut vm, &json!({ "path": "/api/39/x" })).gas
    };
    let written = rules(&|i| format!("\"/api/{i}/*\""));
    let named = rules(&|i| format!("g{i}"));
    assert_eq!(written, named);
    // Forty rules one after the other would cost more than this.
    assert!(named.total() < 40, "{named:?}");
}

/// The lines of the conditions that an evaluation of this policy shows.
fn told(policy: &str, input: &serde_json::Value, redaction: &Redaction) -> Vec<String> {
    let mut vm = machine(programs(policy.to_owned()).remove(0));
    let program = vm.program().program();
    let (encoded, limits) = (encode(program, input).unwrap(), program.gas_limits);
    let explanation = vm.explain(&encoded, &mut NoFacts, &limits);
    let read = |ty: &Type, words| vm.read(ty, words);
    let program = vm.program().program();
    let reasons = Reasons::new(program, &explanation, &read, redaction);
    reasons.all_lines()
}

#[test]
fn a_glob_that_cannot_be_read_is_named_with_its_value() {
    let policy = "policy \"p\" { input { path: string<32>, role: string<8>, blocked: string<32> }
        deny { role: role == \"none\" AND path != \"/\", blocked: NOT path matches blocked AND role == \"x\" } }";
    let input = json!({ "path": "/a", "role": "x", "blocked": "/a\\" });
    let lines = told(policy, &input, &Redaction::none());
    let expected = r#"path ("/a") matches blocked ("/a\\"): ERROR"#;
    assert!(
        lines.iter().any(|line| line.contains(expected)),
        "{lines:?}"
    );
    let lines = told(policy, &input, &Redaction::of(["blocked"]));
    assert!(
        !lines.iter().any(|line| line.contains(r#""/a\\""#)),
        "{lines:?}"
    );
}

#[test]
fn operands_that_were_not_evaluated_are_not_shown_beside_a_glob_that_cannot_be_read() {
    let policy = "policy \"p\" { input { path: string<32>, first: string<32>, second: string<32> }
        allow { both: (if path matches first then path else \"b\") matches second } }";
    let input = json!({ "path": "/a", "first": "/a\\", "second": "/c*" });
    let lines = told(policy, &input, &Redaction::none());
    assert!(!lines.iter().any(|line| line.contains("/c*")), "{lines:?}");
}
