//! Effects as values: which of them a decision takes, in which order and at which price, on both engines and in the reference
//! evaluator.

use std::sync::Arc;

use tollgate::policy::{EngineChoice, PolicyRunner};
use tollgate_ecl::host::outcome::EffectRecord;
use tollgate_ecl::ir::EffectKind;
use tollgate_ecl::testing::oracle;
use tollgate_ecl::{Bundle, Decision, GasLimits, NoFacts, Program, compile};

const FUNCTIONS: &str = r#"
record Line { sku: string<8>, left: int }
fn note(a: int) -> effect { emit("note", a) }
fn large(a: int) -> effect? { if a > 9 then note(a) else none }
fn twice(e: effect) -> list<effect, 2> { [e, e] }
fn keep(line: Line) -> effect { put("stock", line.sku, line) }
"#;

const INPUT: &str = r#"{"a": 5, "b": 50, "name": "anna", "price": "1.5",
    "lines": [{"sku": "pen", "left": 1}, {"sku": "ink", "left": 2}], "who": "did:e:stranger"}"#;

fn program(entries: &str) -> Arc<Program> {
    let source = format!(
        "{FUNCTIONS}
         policy \"p\" {{
           input {{ a: int, b: int, name: string<16>, price: decimal, lines: list<Line, 4>, who: did }}
           let held = emit(\"held\", price)
           accept {{ yes: a > 0 }}
           on accept {{ {entries} }}
           on reject {{ emit(\"never\", a) }}
         }}"
    );
    let compiled = compile(&Bundle::single("policy.ecl", source));
    match compiled.program(None) {
        Some(program) => Arc::new(program.clone()),
        None => panic!("`{entries}`: {:?}", compiled.diagnostics),
    }
}

fn shown(effect: &EffectRecord) -> String {
    let name = match &effect.kind {
        EffectKind::Emit { event_type } => event_type,
        EffectKind::Put { store } => store,
    };
    let operands: Vec<String> = effect
        .operands
        .iter()
        .map(|o| o.to_json().to_string())
        .collect();
    format!("{name}({})", operands.join(", "))
}

/// The effects taken, and the gas of the storage layer; the same everywhere and with every limit.
fn taken(entries: &str) -> (Vec<String>, u64) {
    let program = program(entries);
    let engines = [EngineChoice::Interpreter, EngineChoice::Wasm].map(|choice| {
        let runner = PolicyRunner::new(choice).unwrap();
        runner.load(Arc::clone(&program)).unwrap()
    });
    let input = engines[0].encoder().encode_str(INPUT).unwrap();
    let ample = oracle::run(&program, &input, &mut NoFacts, &GasLimits::total(10_000));
    let gas = ample.verdict.gas;
    assert_eq!(ample.verdict.result, Ok(Decision::Accept));
    assert!(gas.total() <= program.gas_bound.total(), "`{entries}`");
    assert!(gas.storage <= program.gas_bound.storage, "`{entries}`");
    for total in (0..=gas.total()).chain([10_000]) {
        let limits = GasLimits::total(total);
        let wanted = oracle::run(&program, &input, &mut NoFacts, &limits);
        for engine in &engines {
            let found = engine.decide(&input, &mut NoFacts, &limits);
            assert_eq!(found.verdict, wanted.verdict, "`{entries}`, limit {total}");
            assert_eq!(found.effects, wanted.effects, "`{entries}`, limit {total}");
        }
    }
    (ample.effects.iter().map(shown).collect(), gas.storage)
}

#[test]
fn entries_take_the_effects_of_their_values_in_order() {
    for (entries, wanted) in [
        ("emit(\"x\", a)", vec!["x(5)"]),
        (
            "held\nput(\"s\", name, b)\nheld",
            vec!["held(\"1.5\")", "s(\"anna\", 50)", "held(\"1.5\")"],
        ),
        ("large(a)\nlarge(b)", vec!["note(50)"]),
        ("if a > b then held else note(a)", vec!["note(5)"]),
        ("match a { 5 => note(1), _ => none }", vec!["note(1)"]),
        ("twice(note(b))", vec!["note(50)", "note(50)"]),
        (
            "[none, held, large(a), large(b)]",
            vec!["held(\"1.5\")", "note(50)"],
        ),
        (
            "map line in lines: keep(line)",
            vec![
                "stock(\"pen\", {\"sku\":\"pen\",\"left\":1})",
                "stock(\"ink\", {\"sku\":\"ink\",\"left\":2})",
            ],
        ),
        (
            "map line in lines: twice(note(line.left))",
            vec!["note(1)", "note(1)", "note(2)", "note(2)"],
        ),
        ("map line in lines: large(line.left)", vec![]),
        (
            "emit(\"trust\", trust(who).r) else held",
            vec!["held(\"1.5\")"],
        ),
        ("large(a) else held", vec!["held(\"1.5\")"]),
    ] {
        assert_eq!(taken(entries).0, wanted, "`{entries}`");
    }
}

#[test]
fn an_effect_is_paid_for_when_it_is_taken() {
    // The `let` makes one in every evaluation, and only the first entry takes it.
    assert_eq!(taken("note(a)").1, 20);
    assert_eq!(taken("held\nheld").1, 40);
    assert_eq!(taken("large(a)").1, 0);
    assert_eq!(taken("twice(held)").1, 40);
}
