//! Nothing shows a hidden value, whichever way it takes.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::check::compile;
use crate::data::gas::GasLimits;
use crate::engines::vm::{CompiledProgram, Vm};
use crate::host::facts::NoFacts;
use crate::host::input::Encoder;
use crate::syntax::bundle::Bundle;

/// What stands in every hidden field.
const SECRET: &str = "123-45-6789";

/// A program with a record that holds a secret, and what follows.
fn program(text: &str) -> Program {
    let types = "record U { name: string<32>, ssn: string<16>, note: string<16>? }\n\
                 record In { us: U }\n";
    let bundle = Bundle::single("p.ecl", format!("{types}{text}"));
    let mut compiled = compile(&bundle);
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    compiled.programs.remove(0)
}

fn policy(text: &str) -> Program {
    let input = "input { u: U, us: list<U, 4>, inside: In, ssn: string<16>?, doc: attributes }";
    program(&format!("{FUNCTIONS}\npolicy \"p\" {{ {input}\n{text} }}"))
}

const FUNCTIONS: &str = r#"
fn same(s: string<16>) -> string<16> { s }
fn of(u: U) -> string<16> { u.ssn }
fn told(s: string<16>) -> effect { emit("told", s) }
fn through(s: string<16>) -> effect { told(same(s)) }
"#;

/// Everything that is shown of an evaluation.
fn shown(program: &Program) -> String {
    let secret = json!({ "name": "ada", "ssn": SECRET, "note": SECRET });
    let json = json!({
        "u": secret, "us": [secret], "inside": { "us": secret }, "ssn": SECRET,
        "doc": { "deep": [{ "ssn": SECRET }] },
    });
    let input = Encoder::new(program).encode(&json).unwrap();
    let redaction = Redaction::of(["ssn", "note"]);
    let machine = CompiledProgram::new(program.clone()).unwrap();
    let mut vm = Vm::new(Arc::new(machine));
    let explanation = vm.explain(&input, &mut NoFacts, &GasLimits::total(100_000));
    let read = |ty: &Type, words: [u64; 2]| vm.read(ty, words);
    let reasons = Reasons::new(program, &explanation, &read, &redaction);
    let effects = redaction.effects(program, vm.effects().unwrap());
    let output = redaction.output(program, vm.output());
    let parts = [
        reasons.all_lines().join("\n"),
        serde_json::to_string(&reasons).unwrap(),
        serde_json::to_string(&effects).unwrap(),
        output.map_or(String::new(), |output| output.to_json().to_string()),
    ];
    parts.join("\n")
}

#[test]
fn a_condition_shows_no_hidden_value() {
    for condition in [
        "u.ssn == \"a\"",
        "copy == \"a\"",
        "twice == \"a\"",
        "same(u.ssn) == \"a\"",
        "of(u) == \"a\"",
        "of(inside.us) == \"a\"",
        "inside.us.ssn == \"a\"",
        "(ssn else \"none\") == \"a\"",
        "(u.note else \"none\") == \"a\"",
        "(if true AND u.name == \"ada\" then u.ssn else \"b\") == \"a\"",
        "(if u.ssn == \"a\" then \"one\" else \"two\") == \"a\"",
        "u.ssn in [\"a\", \"b\"]",
        "\"a\" in (map x in us: x.ssn)",
        "u.ssn matches \"9*\"",
        "starts_with(u.ssn, \"9\")",
        "len(u.ssn) == 3",
        "(count x in us: x.ssn == \"a\") == 3",
        "U { name: u.ssn, ssn: \"x\" }.name == \"a\"",
    ] {
        let lets = "let copy = u.ssn\nlet twice = same(copy)\n";
        let shown = shown(&policy(&format!("{lets}deny {{ rule: {condition} }}")));
        assert!(!shown.contains(SECRET), "{condition}: {shown}");
        assert!(!shown.contains("(11)"), "{condition}: {shown}");
        assert!(shown.contains("FAIL"), "{condition}: {shown}");
    }
}

#[test]
fn an_effect_shows_no_hidden_value() {
    for effect in [
        "emit(\"x\", u.ssn)",
        "emit(\"x\", u)",
        "emit(\"x\", us)",
        "emit(\"x\", ssn)",
        "emit(\"x\", inside)",
        "emit(\"x\", doc)",
        "put(\"s\", u.ssn, 1)",
        "told(u.ssn)",
        "through(u.ssn)",
        "map x in us: told(x.ssn)",
        "map x in us: put(\"s\", x.name, x.ssn)",
        "kept",
    ] {
        let lets = "let kept = emit(\"x\", same(of(u)))\n";
        let on = format!("deny {{ yes: u.name == \"ada\" }}\non deny {{ {effect} }}");
        let shown = shown(&policy(&format!("{lets}{on}")));
        assert!(!shown.contains(SECRET), "{effect}: {shown}");
        assert!(shown.contains(REDACTED), "{effect}: {shown}");
    }
}

#[test]
fn of_a_record_that_is_made_for_an_effect_what_is_not_hidden_is_shown() {
    let of_a_call = "fn tell(who: string<32>, what: string<16>) -> effect { emit(\"x\", Told { who: who, what: what }) }";
    for (functions, effect) in [
        ("", "emit(\"x\", Told { who: u.name, what: u.ssn })"),
        (
            "",
            "map x in us: emit(\"x\", Told { who: x.name, what: same(x.ssn) })",
        ),
        (of_a_call, "tell(u.name, u.ssn)"),
    ] {
        let on = format!("deny {{ yes: u.name == \"ada\" }}\non deny {{ {effect} }}");
        let input = "input { u: U, us: list<U, 4>, inside: In, ssn: string<16>?, doc: attributes }";
        let told = "record Told { who: string<32>, what: string<16> }";
        let shown = shown(&program(&format!(
            "{told}\n{FUNCTIONS}\n{functions}\npolicy \"p\" {{ {input}\n{on} }}"
        )));
        assert!(!shown.contains(SECRET), "{effect}: {shown}");
        let kept = "\"who\":\"ada\",\"what\":\"[redacted]\"";
        assert!(shown.contains(kept), "{effect}: {shown}");
    }
    // A record that a hidden value chooses is hidden as a whole.
    let choice = "emit(\"x\", if u.ssn == \"a\" then Told { who: \"a\", what: \"b\" } else Told { who: \"c\", what: \"d\" })";
    let shown = shown(&program(&format!(
        "record Told {{ who: string<32>, what: string<16> }}\n\
         policy \"p\" {{ input {{ u: U, us: list<U, 4>, inside: In, ssn: string<16>?, doc: attributes }}\n\
         deny {{ yes: u.name == \"ada\" }}\non deny {{ {choice} }} }}"
    )));
    assert!(!shown.contains("\"who\""), "{shown}");
}

#[test]
fn an_output_shows_no_hidden_value() {
    for body in [
        "return { name: u.name, copy: u.ssn, valid: true }",
        "let x = u.ssn\nreturn { name: u.name, copy: x, valid: true }",
        "if u.name == \"ada\" { return { name: u.name, copy: u.ssn, valid: true } } else { return { name: \"a\", copy: \"b\", valid: true } }",
    ] {
        let guard = format!(
            "logic_guard \"g\" {{ input {{ u: U, us: list<U, 4>, inside: In, ssn: string<16>?, doc: attributes }} \
             output {{ name: string<32>, copy: string<16>, valid: bool }} body: |\n {body}\n }}"
        );
        let shown = shown(&program(&guard));
        assert!(!shown.contains(SECRET), "{body}: {shown}");
        assert!(shown.contains("\"ada\""), "{body}: {shown}");
    }
}

#[test]
fn what_is_not_hidden_is_shown() {
    let shown = shown(&policy(
        "deny { rule: u.name == \"x\" }\non reject { emit(\"x\", u) }",
    ));
    assert!(shown.contains("name (\"ada\") == \"x\": FAIL"), "{shown}");
}

#[test]
fn an_error_of_the_input_does_not_quote_a_hidden_value() {
    let program = policy("deny { yes: u.name == \"ada\" }");
    let redaction = Redaction::of(["ssn"]);
    let good = json!({ "name": "ada", "ssn": "1" });
    for wrong in [
        json!({ "u": { "name": "ada", "ssn": 123_456_789 } }),
        json!({ "u": good, "us": [{ "name": "ada", "ssn": 123_456_789 }] }),
        json!({ "u": 123_456_789 }),
        json!({ "u": good, "us": "123456789" }),
        json!({ "u": good, "us": ["123456789"] }),
    ] {
        let error = Encoder::new(&program).encode(&wrong).unwrap_err();
        let error = redaction.input_error(error);
        assert!(
            !format!("{error} {:?}", error.help).contains("123456789"),
            "{error}"
        );
    }
    let error = Encoder::new(&program)
        .encode(&json!({ "u": { "name": 7 } }))
        .unwrap_err();
    let shown = redaction.input_error(error).to_string();
    assert!(shown.contains("the number `7`"), "{shown}");
}

#[test]
fn a_name_that_hides_nothing_is_known() {
    let program = program("policy \"p\" { input { u: U } deny { yes: u.name == \"ada\" } }");
    assert_eq!(Redaction::of(["ssn", "snn"]).unknown(&program), ["snn"]);
}

#[test]
fn an_effect_that_a_hidden_value_chose_shows_no_constant() {
    for effect in [
        "if u.ssn == \"a\" then emit(\"x\", \"hot\") else emit(\"x\", \"cold\")",
        "if u.name == \"ada\" then (if u.ssn == \"a\" then emit(\"x\", \"hot\") else emit(\"x\", \"cold\")) else emit(\"x\", \"hot\")",
        "if u.ssn == \"a\" then told(\"hot\") else through(\"cold\")",
        "if u.ssn == \"a\" then emit(\"x\", U { name: \"hot\", ssn: \"b\" }) else emit(\"x\", U { name: \"cold\", ssn: \"b\" })",
        "if copy then emit(\"x\", \"hot\") else emit(\"x\", \"cold\")",
        "kept",
    ] {
        let lets = "let copy = u.ssn == \"a\"\nlet kept = if copy then emit(\"x\", \"hot\") else emit(\"x\", \"cold\")\n";
        let on = format!("deny {{ yes: u.name == \"ada\" }}\non deny {{ {effect} }}");
        let shown = shown(&policy(&format!("{lets}{on}")));
        assert!(!shown.contains("cold"), "{effect}: {shown}");
        assert!(shown.contains(REDACTED), "{effect}: {shown}");
    }
    let on = "deny { yes: u.name == \"ada\" }\non deny { if u.name == \"ada\" then emit(\"x\", \"hot\") else emit(\"x\", \"cold\") }";
    let shown = shown(&policy(on));
    assert!(
        shown.contains("hot"),
        "what no hidden value chose is shown: {shown}"
    );
}

#[test]
fn an_error_of_a_facts_file_shows_nothing_that_stands_there() {
    for facts in [
        format!("{{\"karma\": {{\"did:example:a\": \"{SECRET}\"}}}}"),
        format!("{{\"{SECRET}\": 1}}"),
        format!("{{\"trust\": {{\"{SECRET}\": 1}}}}"),
        format!("{{\"karma\": {SECRET}"),
    ] {
        let error = crate::host::providers::MemoryFacts::from_json_str(&facts).unwrap_err();
        let hidden = Redaction::of(["ssn"]).facts_error(error.clone());
        assert!(!hidden.to_string().contains(SECRET), "{hidden}");
        assert_eq!(Redaction::none().facts_error(error.clone()), error);
    }
}

/// Everything that is shown of a policy over maps that have a secret under the key `ssn`.
fn shown_of_maps(text: &str) -> String {
    let input = "input { m: map<string<16>, string<16>, 4>, ms: list<map<string<16>, string<16>, 4>, 2>, key: string<16> }";
    let program = program(&format!("policy \"p\" {{ {input}\n{text} }}"));
    let secret = json!({ "name": "ada", "ssn": SECRET });
    let json = json!({ "m": secret, "ms": [secret], "key": "ssn" });
    let input = Encoder::new(&program).encode(&json).unwrap();
    let redaction = Redaction::of(["ssn"]);
    let machine = CompiledProgram::new(program.clone()).unwrap();
    let mut vm = Vm::new(Arc::new(machine));
    let explanation = vm.explain(&input, &mut NoFacts, &GasLimits::total(100_000));
    let read = |ty: &Type, words: [u64; 2]| vm.read(ty, words);
    let reasons = Reasons::new(&program, &explanation, &read, &redaction);
    let effects = redaction.effects(&program, vm.effects().unwrap());
    [
        reasons.all_lines().join("\n"),
        serde_json::to_string(&reasons).unwrap(),
        serde_json::to_string(&effects).unwrap(),
    ]
    .join("\n")
}

#[test]
fn a_map_shows_no_value_of_a_hidden_key() {
    for condition in [
        "(m[\"ssn\"] else \"\") == \"a\"",
        "m.ssn == \"a\"",
        "(m[key] else \"\") == \"a\"",
        "copy == \"a\"",
        "\"a\" in values(m)",
        "(min e in m: len(e.value)) == 99",
        "(filter e in m: e.key == key)[key] == \"a\"",
        "starts_with((first e in m: e.key == \"ssn\")?.value else \"\", \"9\")",
    ] {
        let lets = "let copy = m[\"ssn\"] else \"\"\n";
        let shown = shown_of_maps(&format!("{lets}deny {{ rule: {condition} }}"));
        assert!(!shown.contains(SECRET), "{condition}: {shown}");
        assert!(shown.contains("FAIL"), "{condition}: {shown}");
    }
    for effect in [
        "emit(\"x\", m)",
        "emit(\"x\", ms)",
        "emit(\"x\", m[\"ssn\"])",
        "emit(\"x\", m[key])",
        "emit(\"x\", values(m))",
        "emit(\"x\", first e in m: e.value != \"ada\")",
        "emit(\"x\", map e in m: e)",
        "map e in m: emit(\"x\", e)",
        "map e in m: emit(\"x\", e.value)",
    ] {
        let shown = shown_of_maps(&format!("deny {{ yes: true }}\non deny {{ {effect} }}"));
        assert!(!shown.contains(SECRET), "{effect}: {shown}");
        assert!(shown.contains(REDACTED), "{effect}: {shown}");
    }
}

#[test]
fn a_look_up_of_another_key_is_shown() {
    let shown = shown_of_maps("deny { rule: (m[\"name\"] else \"\") == \"bob\" }");
    assert!(shown.contains("ada"), "{shown}");
    let rules: Vec<String> = (0..12)
        .map(|n| format!("r{n}: (m[\"name\"] else \"\") == \"bob{n}\""))
        .collect();
    let shown = shown_of_maps(&format!("deny any {{ {} }}", rules.join(", ")));
    assert!(shown.contains("ada"), "{shown}");
    let rules = rules
        .join(", ")
        .replace("r7: (m[\"name\"]", "r7: (m[\"ssn\"]");
    let shown = shown_of_maps(&format!("deny any {{ {rules} }}"));
    assert!(!shown.contains(SECRET), "{shown}");
}

#[test]
fn an_error_of_an_input_shows_no_key_behind_a_hidden_field() {
    let program =
        program("policy \"p\" { input { ssn: map<string<16>, int, 4> } allow { a: true } }");
    let json = format!("{{\"ssn\": {{\"{SECRET}\": \"x\"}}}}");
    let error = Encoder::new(&program).encode_str(&json).unwrap_err();
    assert!(error.to_string().contains(SECRET), "{error}");
    let error = Redaction::of(["ssn"]).input_error(error);
    assert!(!error.to_string().contains(SECRET), "{error}");
    assert_eq!(error.path, "ssn");
}
