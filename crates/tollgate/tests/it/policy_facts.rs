//! Facts of a host: whose fault a failure is, time limits, and all answers in one round.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tollgate::policy::{
    EngineChoice, Policy, PolicyRunner, Prefetched, Problem, Providers, Question, Questions, Timed,
};
use tollgate_ecl::{
    Answer, Bundle, Decision, EvalError, FactError, FactKind, Facts, MemoryFacts, Redaction,
    compile,
};

const SELLERS: &str = r#"
record Offer { seller: did, note: string? }
policy "sellers" {
    input { owner: did, offers: list<Offer, 8> }
    auto_reject { broke: balance(owner, "EUR") < 10.0 }
    auto_accept all {
        known: all offer in offers: norm(trust(offer.seller)) >= 0.5
        licensed: all offer in offers: has_credential(offer.seller, "did:example:credential:*")
    }
}"#;

const INPUT: &str = r#"{"owner": "did:e:owner", "offers": [
    {"seller": "did:e:a", "note": null}, {"seller": "did:e:b", "note": "x"}, {"seller": "did:e:a", "note": null}]}"#;

fn policy(source: &str, choice: EngineChoice) -> Policy {
    let compiled = compile(&Bundle::single("policy.ecl", source));
    let Some(program) = compiled.program(None) else {
        panic!("{:?}", compiled.diagnostics)
    };
    let runner = PolicyRunner::new(choice).unwrap();
    runner.load(Arc::new(program.clone())).unwrap()
}

/// Answers one kind in one way, and knows nothing else.
struct Says(Result<Answer, &'static str>);

impl Facts for Says {
    fn trust(&mut self, _: &str) -> Result<Option<[f64; 6]>, FactError> {
        match &self.0 {
            Ok(Answer::Trust(vector)) => Ok(Some(*vector)),
            Ok(_) => Ok(None),
            Err(error) => Err(FactError((*error).into())),
        }
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        Ok(None)
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        self.0.clone().map_err(|error| FactError(error.into()))
    }
}

#[test]
fn a_failure_names_the_provider_the_question_and_the_reason_on_both_engines() {
    for choice in [EngineChoice::Interpreter, EngineChoice::Wasm] {
        let policy = policy(SELLERS, choice);
        let input = policy.encoder().encode_str(INPUT).unwrap();
        let limits = policy.program().gas_limits;
        let failure = |answer| {
            let mut bank = Says(answer);
            let mut rest = MemoryFacts::new();
            let mut providers = Providers::new();
            providers
                .add("bank", &[FactKind::Balance], &mut bank)
                .unwrap();
            let others = [FactKind::Trust, FactKind::HasCredential];
            providers.add("registry", &others, &mut rest).unwrap();
            assert!(providers.missing(policy.program()).is_empty());
            let verdict = policy.evaluate(&input, &mut providers, &limits);
            assert!(
                matches!(
                    verdict.result,
                    Err(EvalError::FactFailed {
                        kind: FactKind::Balance,
                        ..
                    })
                ),
                "{verdict:?}"
            );
            providers.take_failure().unwrap()
        };
        let down = failure(Err("the line is down"));
        assert_eq!(
            down.to_string(),
            "provider `bank` of the fact `balance(did:e:owner, EUR)`: the line is down"
        );
        let wrong = failure(Ok(Answer::Text("12".into())));
        let problem = Problem::WrongType {
            expected: "a decimal",
            found: "a text",
        };
        assert_eq!(
            (wrong.provider.as_deref(), wrong.problem),
            (Some("bank"), problem)
        );
    }
}

#[test]
fn a_kind_without_a_provider_fails_and_is_found_beforehand() {
    let policy = policy(SELLERS, EngineChoice::Interpreter);
    let input = policy.encoder().encode_str(INPUT).unwrap();
    let mut facts = MemoryFacts::new();
    let mut providers = Providers::new();
    providers
        .add("registry", &[FactKind::Trust], &mut facts)
        .unwrap();
    let missing = providers.missing(policy.program());
    assert_eq!(missing, [FactKind::HasCredential, FactKind::Balance]);
    let verdict = policy.evaluate(&input, &mut providers, &policy.program().gas_limits);
    assert!(matches!(verdict.result, Err(EvalError::FactFailed { .. })));
    let failure = providers.take_failure().unwrap();
    assert_eq!(
        (failure.provider, failure.problem),
        (None, Problem::Missing)
    );
}

#[test]
fn one_kind_has_one_provider() {
    let (mut one, mut other) = (MemoryFacts::new(), MemoryFacts::new());
    let mut providers = Providers::new();
    providers
        .add("one", &[FactKind::Karma, FactKind::Trust], &mut one)
        .unwrap();
    let error = providers
        .add("other", &[FactKind::Trust], &mut other)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the provider `other` cannot answer `trust`: the provider `one` does already"
    );
}

#[test]
fn every_answer_of_another_type_or_out_of_range_is_refused() {
    let answers = [
        Answer::Bool(true),
        Answer::Int(1),
        Answer::Number(f64::NAN),
        Answer::Decimal(1),
        Answer::Trust([2.0; 6]),
        Answer::Text("x".into()),
        Answer::Texts(vec![]),
    ];
    let mut accepted = 0;
    for kind in FactKind::ALL {
        for answer in &answers {
            let mut provider = Says(Ok(answer.clone()));
            let mut providers = Providers::one("host", &mut provider);
            let args = &["did:e:a", "x"][..kind.arity()];
            if providers.ask(kind, args).is_ok() {
                accepted += 1;
                assert!(providers.take_failure().is_none());
            } else {
                let failure = providers.take_failure().unwrap();
                assert_eq!(failure.provider.as_deref(), Some("host"));
            }
        }
        let mut provider = Says(Ok(Answer::Unknown));
        let args = &["did:e:a", "x"][..kind.arity()];
        let unknown = Providers::one("host", &mut provider).ask(kind, args);
        assert_eq!(unknown, Ok(Answer::Unknown));
    }
    // Each kind has one type of its own; the number and the trust vectors above are out of range.
    assert_eq!(accepted, FactKind::ALL.len() - 3);
}

/// Waits for a word that never comes while the test lasts.
struct Hangs(mpsc::Receiver<()>);

impl Facts for Hangs {
    fn trust(&mut self, _: &str) -> Result<Option<[f64; 6]>, FactError> {
        panic!("a timed provider is asked through `ask`")
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        panic!("a timed provider is asked through `ask`")
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        self.0.recv().map_err(|_| FactError("let go".into()))?;
        Ok(Answer::Unknown)
    }
}

#[test]
fn a_provider_that_never_answers_is_given_up_and_named() {
    let (_held, word) = mpsc::channel();
    let mut slow = Timed::start(Hangs(word), Duration::from_millis(20)).unwrap();
    let policy = policy(SELLERS, EngineChoice::Wasm);
    let input = policy.encoder().encode_str(INPUT).unwrap();
    let mut providers = Providers::one("slow service", &mut slow);
    let limits = policy.program().gas_limits;
    for _ in 0..2 {
        let verdict = policy.evaluate(&input, &mut providers, &limits);
        assert!(matches!(verdict.result, Err(EvalError::FactFailed { .. })));
        let failure = providers.take_failure().unwrap().to_string();
        assert!(
            failure.starts_with("provider `slow service` of the fact `balance("),
            "{failure}"
        );
        assert!(failure.contains("no answer within 20 ms"), "{failure}");
    }
}

#[test]
fn a_timed_provider_answers_as_the_one_behind_it() {
    let facts = answers();
    let mut direct = facts.clone();
    let mut timed = Timed::start(facts, Duration::from_secs(60)).unwrap();
    assert_eq!(timed.trust("did:e:a"), direct.trust("did:e:a"));
    let (subject, pattern) = ("did:e:b", "did:example:credential:*");
    assert_eq!(
        timed.has_credential(subject, pattern),
        direct.has_credential(subject, pattern)
    );
    let (kind, args) = (FactKind::Balance, ["did:e:owner", "EUR"]);
    assert_eq!(timed.ask(kind, &args), direct.ask(kind, &args));
}

fn answers() -> MemoryFacts {
    let mut facts = MemoryFacts::new();
    for seller in ["did:e:a", "did:e:b"] {
        facts.set(FactKind::Trust, &[seller], Answer::Trust([0.9; 6]));
        let args = [seller, "did:example:credential:*"];
        facts.set(FactKind::HasCredential, &args, Answer::Bool(true));
    }
    let euro = 10_i128.pow(18);
    facts.set(
        FactKind::Balance,
        &["did:e:owner", "EUR"],
        Answer::Decimal(50 * euro),
    );
    facts
}

/// Nothing may be asked of it.
struct Nobody;

impl Facts for Nobody {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        panic!("asked for the trust of {did} during the evaluation")
    }

    fn has_credential(&mut self, subject: &str, _: &str) -> Result<Option<bool>, FactError> {
        panic!("asked for a credential of {subject} during the evaluation")
    }

    fn ask(&mut self, kind: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        panic!("asked for {kind:?} during the evaluation")
    }
}

#[test]
fn questions_are_listed_answered_in_one_round_and_decide_the_same() {
    for choice in [EngineChoice::Interpreter, EngineChoice::Wasm] {
        let policy = policy(SELLERS, choice);
        let input = policy.encoder().encode_str(INPUT).unwrap();
        let limits = policy.program().gas_limits;
        let questions = Questions::of(policy.program(), &input);
        assert!(questions.complete);
        let shown: Vec<_> = questions
            .known
            .iter()
            .map(|question| format!("{}({})", question.kind.name(), question.args.join(", ")))
            .collect();
        assert_eq!(
            shown,
            [
                "trust(did:e:a)",
                "trust(did:e:b)",
                "has_credential(did:e:a, did:example:credential:*)",
                "has_credential(did:e:b, did:example:credential:*)",
                "balance(did:e:owner, EUR)",
            ]
        );
        let mut host = answers();
        let round: Vec<_> = questions
            .known
            .into_iter()
            .map(|question| {
                let args: Vec<&str> = question.args.iter().map(String::as_str).collect();
                let answer = host.ask(question.kind, &args);
                (question, answer)
            })
            .collect();
        let mut nobody = Nobody;
        let mut prefetched = Prefetched::new(round, &mut nobody);
        let verdict = policy.evaluate(&input, &mut prefetched, &limits);
        assert_eq!(prefetched.late(), 0);
        assert_eq!(verdict.result, Ok(Decision::Accept));
        assert_eq!(verdict, policy.evaluate(&input, &mut host, &limits));
    }
}

#[test]
fn keys_that_are_computed_are_asked_during_the_evaluation() {
    let source = r#"policy "first" {
        input { who: did, other: did, first: bool }
        auto_accept { trusted: norm(trust(if first then who else other)) >= 0.5 AND karma(who) > 1.0 }
    }"#;
    let policy = policy(source, EngineChoice::Interpreter);
    let json = r#"{"who": "did:e:a", "other": "did:e:b", "first": false}"#;
    let input = policy.encoder().encode_str(json).unwrap();
    let questions = Questions::of(policy.program(), &input);
    assert!(!questions.complete);
    let karma = Question {
        kind: FactKind::Karma,
        args: vec!["did:e:a".into()],
    };
    assert_eq!(questions.known, std::slice::from_ref(&karma));
    let mut rest = answers();
    let mut prefetched = Prefetched::new([(karma, Ok(Answer::Number(2.0)))], &mut rest);
    let limits = policy.program().gas_limits;
    let verdict = policy.evaluate(&input, &mut prefetched, &limits);
    assert_eq!(
        (verdict.result, prefetched.late()),
        (Ok(Decision::Accept), 1)
    );
}

#[test]
fn an_answer_that_failed_matters_only_when_it_is_needed() {
    let source = r#"policy "lazy" {
        input { who: did, amount: int }
        auto_accept any { small: amount < 10  trusted: norm(trust(who)) >= 0.5 }
    }"#;
    let policy = policy(source, EngineChoice::Interpreter);
    let limits = policy.program().gas_limits;
    let results = RefCell::new(Vec::new());
    for amount in [5, 50] {
        let json = format!(r#"{{"who": "did:e:a", "amount": {amount}}}"#);
        let input = policy.encoder().encode_str(&json).unwrap();
        let questions = Questions::of(policy.program(), &input).known;
        let failed = questions
            .into_iter()
            .map(|question| (question, Err(FactError("the line is down".into()))));
        let mut nobody = Nobody;
        let mut prefetched = Prefetched::new(failed, &mut nobody);
        let (decided, _) = policy.explain(&input, &mut prefetched, &limits, &Redaction::none());
        results.borrow_mut().push(decided.verdict.result);
    }
    let results = results.into_inner();
    assert_eq!(results[0], Ok(Decision::Accept));
    assert!(matches!(results[1], Err(EvalError::FactFailed { .. })));
}
