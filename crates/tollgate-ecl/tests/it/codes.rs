//! What a user sees for every code: the example of its table entry, or what else gives the code, rendered.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tollgate_ecl::check::check_bundle;
use tollgate_ecl::codes::{self, Code, Entry, check, evaluation, lexer, parser};
use tollgate_ecl::data::gas::Gas;
use tollgate_ecl::data::types::Type;
use tollgate_ecl::host::outcome::DecidedBy;
use tollgate_ecl::render::{Style, render};
use tollgate_ecl::syntax::ast::{Expr, ExprKind, File, ItemKind, UnaryOp};
use tollgate_ecl::syntax::parser::parse;
use tollgate_ecl::tools::lint;
use tollgate_ecl::tools::suite::outcome;
use tollgate_ecl::{
    Answer, Bundle, Compiled, CompiledProgram, Diagnostic, EvalError, FactError, FactKind, Facts,
    GasLimits, Input, MemoryFacts, Reasons, Redaction, Verdict, Vm, compile, encode,
};

/// Given before there is text to read; the tests of the command show it.
const OF_THE_COMMAND: &[Code] = &[lexer::NOT_UTF8];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/codes")
}

#[test]
fn every_code_looks_as_reviewed() {
    let mut wrong = Vec::new();
    for entry in codes::all().filter(|e| !OF_THE_COMMAND.contains(&e.code)) {
        let path = folder().join(format!("{}.txt", entry.code));
        let found = shown(entry);
        assert!(!found.is_empty(), "nothing here gives {}", entry.code);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{}:\n{found}\nexpected:\n{expected}", entry.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a user sees of a code.
fn shown(entry: &Entry) -> String {
    let source = match entry.code {
        code if evaluation::TABLE.iter().any(|e| e.code == code) => return error(code),
        lexer::SOURCE_TOO_LARGE => "a".repeat(2_000_000),
        parser::TOO_MANY_ERRORS => "policy \"p\" { accept { yes: ( } }\n".repeat(200),
        check::TOO_DEEP => return deep(),
        check::TOO_LARGE => many_ways(),
        _ => entry.example.to_owned(),
    };
    let bundle = Bundle::single("example.ecl", source);
    only(entry.code, &bundle, lint::compile(&bundle).diagnostics)
}

/// The diagnostics of one code.
fn only(code: Code, bundle: &Bundle, mut diagnostics: Vec<Diagnostic>) -> String {
    diagnostics.retain(|d| d.code == code);
    render(bundle, &diagnostics, Style::Plain)
}

/// The parser refuses what is too deep for the checker; trees that are built without it may be deeper.
fn deep() -> String {
    // Checking walks trees recursively, here deeper than any text can make it.
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    thread.spawn(deep_here).unwrap().join().unwrap()
}

fn deep_here() -> String {
    let text = "policy \"p\" { let deep = 1  accept { yes: deep < 2 } }";
    let bundle = Bundle::single("example.ecl", text);
    let mut file: File = parse(0, text).file;
    let Some(ItemKind::Policy(policy)) = file.items.first_mut().map(|item| &mut item.kind) else {
        panic!("the text is a policy");
    };
    let value = &mut policy.lets[0].value;
    for _ in 0..1_200 {
        let nothing = Expr {
            kind: ExprKind::Bool(true),
            span: value.span,
        };
        let inner = std::mem::replace(value, nothing);
        value.kind = ExprKind::Unary {
            op: UnaryOp::Neg,
            expr: Box::new(inner),
        };
    }
    let found = check_bundle(&[file], &bundle).diagnostics;
    only(check::TOO_DEEP, &bundle, found)
}

/// A guard whose branches double the ways through it again and again.
fn many_ways() -> String {
    let mut text =
        String::from("logic_guard \"g\" { input { a: int }  output { valid: bool }  body {\n");
    for i in 0..20 {
        let _ = writeln!(
            text,
            "if a == {i} {{ if a == {i} {{ return {{ valid: true }} }} }}"
        );
    }
    text.push_str("return { valid: false }\n} }\n");
    text
}

/// What an evaluation that ends with this error shows.
fn error(code: Code) -> String {
    match code {
        evaluation::OVERFLOW => {
            evaluated("a * 9223372036854775807 > 0", r#"{"a": 7}"#, "{}", 1_000)
        }
        evaluation::DIVISION_BY_ZERO => evaluated("1 / a > 0", r#"{"a": 0}"#, "{}", 1_000),
        evaluation::NOT_FINITE => {
            let cond = "to_number(a) * 1e308 * 1e308 > 0.0";
            evaluated(cond, r#"{"a": 7}"#, "{}", 1_000)
        }
        evaluation::UNKNOWN_FACT => evaluated("trust(who).r > 0.5", r#"{"a": 7}"#, "{}", 1_000),
        evaluation::FACT_FAILED => failing(),
        evaluation::BAD_GLOB => {
            let json = r#"{"a": 7, "note": "a\\"}"#;
            evaluated("NOT \"ab\" matches note?", json, "{}", 1_000)
        }
        evaluation::NO_VALUE => evaluated("len(note?) > 3", r#"{"a": 7}"#, "{}", 1_000),
        evaluation::GAS_EXHAUSTED => evaluated("a > 5", r#"{"a": 7}"#, "{}", 1),
        evaluation::WRONG_INPUT => wrong_input(),
        evaluation::INTERNAL => format!("{}\n", outcome(&failed(EvalError::Internal))),
        _ => String::new(),
    }
}

fn failed(error: EvalError) -> Verdict {
    Verdict {
        result: Err(error),
        by: DecidedBy::Error,
        gas: Gas::ZERO,
    }
}

fn program(cond: &str) -> Compiled {
    let text = format!(
        "policy \"p\" {{ input {{ a: int, who: did, note: string? }}  accept {{ rule: {cond} }} }}"
    );
    let compiled = compile(&Bundle::single("p.ecl", text));
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    compiled
}

fn machine(compiled: &Compiled) -> Vm {
    let program = CompiledProgram::new(compiled.programs[0].clone()).unwrap();
    Vm::new(Arc::new(program))
}

fn input(compiled: &Compiled, json: &str) -> Input {
    let mut json: serde_json::Value = serde_json::from_str(json).unwrap();
    json["who"] = "did:example:anna".into();
    encode(&compiled.programs[0], &json).unwrap()
}

fn evaluated(cond: &str, json: &str, facts: &str, gas: u64) -> String {
    let compiled = program(cond);
    let mut vm = machine(&compiled);
    let mut facts = MemoryFacts::from_json_str(facts).unwrap();
    explained(&mut vm, &input(&compiled, json), &mut facts, gas)
}

fn explained(vm: &mut Vm, input: &Input, facts: &mut dyn Facts, gas: u64) -> String {
    let mut limits: GasLimits = vm.program().program().gas_limits;
    limits.total = gas;
    let explanation = vm.explain(input, facts, &limits);
    let read = |ty: &Type, words| vm.read(ty, words);
    let program = vm.program().program();
    let reasons = Reasons::new(program, &explanation, &read, &Redaction::none());
    let mut shown = format!("{}\n", outcome(&explanation.verdict));
    for line in reasons.all_lines() {
        let _ = writeln!(shown, "  {line}");
    }
    shown
}

/// A host whose ledger of trust cannot be read.
struct Failing;

impl Facts for Failing {
    fn trust(&mut self, _did: &str) -> Result<Option<[f64; 6]>, FactError> {
        Err(FactError("the ledger is closed".to_owned()))
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        Ok(None)
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        Ok(Answer::Unknown)
    }
}

fn failing() -> String {
    let compiled = program("trust(who).r > 0.5");
    let mut vm = machine(&compiled);
    explained(
        &mut vm,
        &input(&compiled, r#"{"a": 7}"#),
        &mut Failing,
        1_000,
    )
}

fn wrong_input() -> String {
    let other = program("a > 5");
    let mut vm = machine(&program("a > 6"));
    let facts = &mut MemoryFacts::new();
    explained(&mut vm, &input(&other, r#"{"a": 7}"#), facts, 1_000)
}
