//! `else` behind values that facts are asked for in: what a stranger makes of a decision, its gas and its reasons, on both
//! engines and in the reference evaluator.

use std::sync::Arc;

use tollgate::policy::{EngineChoice, Policy, PolicyRunner};
use tollgate_ecl::ir::value;
use tollgate_ecl::testing::oracle;
use tollgate_ecl::{
    Answer, Bundle, Decision, EvalError, FactError, FactKind, Facts, GasLimits, Program, Reasons,
    Redaction, compile,
};

const NAMES: &str = r#"
    input { friend: did, stranger: did, broken: did, friends: list<did, 4>, mixed: list<did, 4>, zero: int, rich: bool }
"#;

const FUNCTIONS: &str = r#"
fn score(who: did) -> number { trust(who).r * 2.0 }
fn both(a: did, b: did) -> number { 1.0 + score(a) + score(b) }
fn lenient(who: did) -> number { score(who) else 0.25 }
fn wealth(who: did) -> decimal { balance(who, "EUR") + 1.0 }
"#;

const INPUT: &str = r#"{"friend": "did:e:friend", "stranger": "did:e:stranger", "broken": "did:e:broken",
    "friends": ["did:e:friend", "did:e:friend"], "mixed": ["did:e:friend", "did:e:stranger", "did:e:friend"],
    "zero": 0, "rich": true}"#;

/// Knows friends, knows nothing of strangers, and fails for what is broken.
struct Host;

fn of<T>(did: &str, answer: T) -> Result<Option<T>, FactError> {
    match did {
        "did:e:friend" => Ok(Some(answer)),
        "did:e:broken" => Err(FactError("the provider is down".into())),
        _ => Ok(None),
    }
}

impl Facts for Host {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        of(did, [0.5; 6])
    }

    fn has_credential(&mut self, subject: &str, _: &str) -> Result<Option<bool>, FactError> {
        of(subject, true)
    }

    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        let answer = match kind {
            FactKind::Balance => Answer::Decimal(20 * 10_i128.pow(18)),
            FactKind::ActiveSessions => Answer::Int(3),
            FactKind::Karma => Answer::Number(2.0),
            FactKind::Delegates => Answer::Texts(vec!["did:e:friend".into()]),
            _ => Answer::Unknown,
        };
        let did = args.first().copied().unwrap_or_default();
        Ok(of(did, answer)?.unwrap_or(Answer::Unknown))
    }
}

fn program(condition: &str) -> Arc<Program> {
    let source =
        format!("{FUNCTIONS}\npolicy \"p\" {{ {NAMES}\n accept {{ holds: {condition} }} }}");
    let compiled = compile(&Bundle::single("policy.ecl", source));
    match compiled.program(None) {
        Some(program) => Arc::new(program.clone()),
        None => panic!("`{condition}`: {:?}", compiled.diagnostics),
    }
}

fn engines(program: &Arc<Program>) -> [Policy; 2] {
    [EngineChoice::Interpreter, EngineChoice::Wasm].map(|choice| {
        let runner = PolicyRunner::new(choice).unwrap();
        runner.load(Arc::clone(program)).unwrap()
    })
}

/// The result of a condition: the same verdict, gas included, and the same reasons everywhere, whatever the limit.
fn result(condition: &str) -> Result<Decision, EvalError> {
    let program = program(condition);
    let engines = engines(&program);
    let input = engines[0].encoder().encode_str(INPUT).unwrap();
    let ample = GasLimits::total(10_000);
    let verdict = oracle::evaluate(&program, &input, &mut Host, &ample);
    let used = verdict.gas.total();
    assert!(used <= program.gas_bound.total(), "`{condition}`");
    for total in (0..=used).chain([10_000]) {
        let limits = GasLimits::total(total);
        let evaluation = oracle::run(&program, &input, &mut Host, &limits);
        let wanted = evaluation.verdict;
        let memory = evaluation.memory.clone();
        let read = |ty: &_, words| value::from_words(&program, &memory, ty, words);
        let redaction = Redaction::none();
        let explanation = evaluation.into_explanation();
        let reasons = Reasons::new(&program, &explanation, &read, &redaction);
        for engine in &engines {
            let found = engine.evaluate(&input, &mut Host, &limits);
            assert_eq!(found, wanted, "`{condition}`, limit {total}");
            let (_, explained) = engine.explain(&input, &mut Host, &limits, &redaction);
            assert_eq!(explained, reasons, "`{condition}`, limit {total}");
        }
    }
    verdict.result
}

fn holds(condition: &str) {
    assert_eq!(result(condition), Ok(Decision::Accept), "`{condition}`");
}

fn fails(condition: &str) {
    assert_eq!(result(condition), Ok(Decision::Reject), "`{condition}`");
}

#[test]
fn else_follows_any_value_that_a_fact_is_asked_for_in() {
    for condition in [
        "(balance(stranger, \"EUR\") * 2 - 5.0 else 7.0) == 7.0",
        "(balance(friend, \"EUR\") * 2 - 5.0 else 7.0) == 35.0",
        "(5.0 - balance(stranger, \"EUR\") else 7.0) == 7.0",
        "(active_sessions(stranger) + 1 else 9) == 9",
        "(active_sessions(friend) + 1 else 9) == 4",
        "(-karma(stranger) else 1.0) == 1.0",
        "(norm(trust(stranger), \"finance\") else 0.125) == 0.125",
        "(weakest(trust(friend)) else 0.125) == 0.5",
        "(balance(friend, \"EUR\") > balance(stranger, \"EUR\")) else true",
        "(len(delegates(stranger)) else 4) == 4",
        "(friend in delegates(stranger)) else true",
        "(if rich then trust(stranger).r else 3.0) else 4.0 == 4.0",
        "(match zero { 0 => karma(stranger), _ => 1.0 }) else 4.0 == 4.0",
    ] {
        holds(condition);
    }
    fails("(balance(friend, \"EUR\") > 30.0) else true");
    fails("(stranger has_credential \"did:e:c:*\") else false");
}

#[test]
fn a_reason_says_that_a_fact_is_unknown() {
    for (condition, line) in [
        (
            "(balance(stranger, \"EUR\") else 0.0) >= 10.0",
            "balance(stranger, \"EUR\") else 0.0 (0) >= min (10): FAIL (a fact is unknown)",
        ),
        (
            "(balance(friend, \"EUR\") else 0.0) >= 10.0",
            "balance(friend, \"EUR\") else 0.0 (20) >= min (10): PASS",
        ),
        (
            "(balance(stranger, \"EUR\") > 10.0) else true",
            "(balance(stranger, \"EUR\") > 10.0) else true: PASS (a fact is unknown)",
        ),
        (
            "(stranger has_credential \"did:e:c:*\") else false",
            "stranger (did:e:stranger) has_credential did:e:c:*: FAIL (a fact is unknown)",
        ),
        (
            "lenient(stranger) == 0.25",
            "lenient(stranger) (0.25) == 0.25: PASS",
        ),
    ] {
        let program = program(condition);
        for engine in engines(&program) {
            let input = engine.encoder().encode_str(INPUT).unwrap();
            let limits = GasLimits::total(10_000);
            let (_, reasons) = engine.explain(&input, &mut Host, &limits, &Redaction::none());
            assert_eq!(reasons.lines(), [line], "`{condition}`");
        }
    }
}

#[test]
fn loops_are_handled_as_a_whole_or_element_by_element() {
    holds("(all x in mixed: trust(x).r >= 0.5) else true");
    fails("(all x in mixed: trust(x).r >= 0.5) else false");
    holds("(all x in friends: trust(x).r >= 0.5) else false");
    holds("(sum x in mixed: balance(x, \"EUR\")) else 1.0 == 1.0");
    holds("(sum x in mixed: (balance(x, \"EUR\") else 1.0)) == 41.0");
    holds("(count x in mixed: (trust(x).r > 0.0) else false) == 2");
    holds("len((map x in mixed: karma(x)) else []) == 0");
    holds("len(filter x in mixed: (karma(x) > 0.0) else false) == 2");
}

#[test]
fn an_option_is_none_when_a_fact_it_needs_is_unknown() {
    holds("((min x in mixed: karma(x)) else 7.0) == 7.0");
    holds("((min x in friends: karma(x)) else 7.0) == 2.0");
    holds("((max x in (filter y in friends: karma(y) > 9.0): karma(x)) else 7.0) == 7.0");
}

#[test]
fn a_fact_in_a_part_that_is_not_evaluated_is_not_asked_for() {
    holds("(rich OR trust(stranger).r > 0.5) else false");
    fails("(NOT rich AND trust(stranger).r > 0.5) else true");
    holds("(any x in mixed: trust(x).r >= 0.5) else false");
    holds("(if rich then 1.0 else trust(stranger).r) else 2.0 == 1.0");
}

#[test]
fn the_innermost_else_around_a_question_counts() {
    holds("((trust(stranger).r else 0.25) + trust(friend).r else 9.0) == 0.75");
    holds("((trust(friend).r else 0.25) + trust(stranger).r else 9.0) == 9.0");
    holds("(trust(stranger).r else karma(stranger) else 3.0) == 3.0");
    holds("(trust(stranger).r else karma(friend) else 3.0) == 2.0");
}

#[test]
fn an_unknown_fact_in_a_function_goes_to_the_else_around_its_call() {
    holds("(score(stranger) else 9.0) == 9.0");
    holds("(score(friend) else 9.0) == 1.0");
    holds("(1.0 + both(friend, stranger) else 9.0) == 9.0");
    holds("(1.0 + both(friend, friend) else 9.0) == 4.0");
    holds("lenient(stranger) + lenient(friend) == 1.25");
    holds("(2.0 * (wealth(friend) + wealth(stranger)) else 9.0) == 9.0");
    holds("(score(friend) + both(stranger, friend) else lenient(stranger)) == 0.25");
    holds("(sum x in mixed: (both(x, friend) else 0.5)) == 6.5");
}

#[test]
fn without_else_an_unknown_fact_ends_the_evaluation_where_it_was_asked_for() {
    for condition in [
        "balance(stranger, \"EUR\") > 1.0",
        "both(friend, stranger) > 1.0",
        "(trust(stranger).r else trust(stranger).r) > 1.0",
        "(lenient(friend) + score(stranger)) > 1.0",
    ] {
        let error = result(condition);
        assert!(
            matches!(error, Err(EvalError::UnknownFact { .. })),
            "`{condition}`: {error:?}"
        );
    }
}

#[test]
fn else_handles_nothing_but_unknown_facts() {
    for condition in [
        "(active_sessions(friend) / zero else 1) == 1",
        "(active_sessions(friend) + 9223372036854775807 else 1) == 1",
        "(karma(friend) * 1.7e308 else 1.0) == 1.0",
        "(balance(broken, \"EUR\") else 1.0) == 1.0",
        "(score(broken) else 1.0) == 1.0",
    ] {
        let error = result(condition);
        assert!(
            matches!(
                error,
                Err(EvalError::DivisionByZero { .. }
                    | EvalError::Overflow { .. }
                    | EvalError::NotFinite { .. }
                    | EvalError::FactFailed { .. })
            ),
            "`{condition}`: {error:?}"
        );
    }
}
