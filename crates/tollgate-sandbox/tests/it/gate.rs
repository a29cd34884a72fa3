//! Each call out of the sandbox is decided in one place: its reason is told, and its decision recorded.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use tollgate_sandbox::{
    Answer, Arguments, CallDecision, CallRecord, CallResult, CallSink, CallTarget, CallsChain,
    Capability, DecidedBy, DecisionId, Effect, Entry, Execution, Failure, Gate, GateCall,
    GivenAnswer, Grant, HostFunctions, Journal, Outcome, PathGrant, Returned, Said, Signature,
    Taken, Target, Tariff, Value, ValueType, Verdict,
};

use crate::guest::{core, execution};

/// Calls `env.first` and `env.second`, and opens `file` below the first granted folder and then the descriptor 77.
const GUEST: &str = r#"(module
    (import "env" "first" (func $first (param i32)))
    (import "env" "second" (func $second (param i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 64) "file")
    (func $at (param $folder i32) (result i32)
        (call $open (local.get $folder) (i32.const 1) (i32.const 64) (i32.const 4) (i32.const 0) (i64.const 2) (i64.const 0)
            (i32.const 0) (i32.const 0)))
    (func (export "first") (call $first (i32.const 1)))
    (func (export "second") (call $second (i32.const 2)))
    (func (export "open") (result i32) (call $at (i32.const 3)))
    (func (export "unknown") (result i32) (call $at (i32.const 77)))
    (func (export "all") (result i32)
        (call $first (i32.const 1)) (drop (call $at (i32.const 3))) (call $second (i32.const 2)) (call $at (i32.const 4))))"#;

const BAD_DESCRIPTOR: i32 = 8;
pub(crate) const NOT_CAPABLE: i32 = 76;

/// `first` returns at once, `second` may wait.
fn host() -> Arc<HostFunctions> {
    let mut host = HostFunctions::new();
    host.register_typed("env", "first", Tariff::CHEAP, |_, (_,): (i32,)| Ok(()))
        .unwrap();
    let signature = Signature::new(vec![ValueType::I32], vec![]);
    host.register_async("env", "second", signature, Tariff::CHEAP, |_, _| {
        Box::pin(async { Ok(vec![]) })
    })
    .unwrap();
    Arc::new(host)
}

fn guest(export: &str, grant: Grant, gate: Option<Arc<dyn Gate>>) -> Execution {
    let mut execution = execution(GUEST, core(export, &[]));
    execution.host = host();
    execution.grant = grant;
    execution.gate = gate;
    execution
}

fn folder() -> (tempfile::TempDir, Grant) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let mut grant = Grant::none();
    grant.read.push(PathGrant::mapped(folder.path(), "/data"));
    (folder, grant)
}

pub(crate) fn details(outcome: &Outcome) -> Vec<(&str, &str)> {
    let violations = outcome.violations.listed.iter();
    violations
        .map(|violation| (violation.call.as_str(), violation.detail.as_str()))
        .collect()
}

/// Says the same to every call.
struct Says(Verdict, Verdict);

impl Gate for Says {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        self.0.clone()
    }

    fn may_ask(&self) -> bool {
        self.0 == Verdict::Ask
    }

    fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
        Box::pin(async { self.1.clone().into() })
    }
}

pub(crate) fn deny(reason: &str) -> Verdict {
    Verdict::Deny {
        reason: reason.to_owned(),
    }
}

#[test]
fn the_reason_of_a_denial_reaches_the_embedder_from_every_entry_point() {
    let (_folder, grant) = folder();
    let gates = [
        (Says(deny("not today"), Verdict::Allow), "not today"),
        (Says(Verdict::Ask, deny("she said no")), "she said no"),
        (Says(Verdict::Ask, Verdict::Ask), "nobody answered"),
    ];
    for (gate, reason) in gates {
        let gate: Arc<dyn Gate> = Arc::new(gate);
        for (export, call) in [("first", "env.first"), ("second", "env.second")] {
            let outcome = guest(export, Grant::none(), Some(gate.clone())).run_blocking();
            let Err(Failure::Denied(violation)) = &outcome.result else {
                panic!("{outcome:?}");
            };
            assert_eq!(violation.detail, reason);
            assert_eq!(details(&outcome), [(call, reason)]);
        }
        let outcome = guest("open", grant.clone(), Some(gate)).run_blocking();
        assert_eq!(returned(&outcome), NOT_CAPABLE);
        let detail = format!("`/data/file`: {reason}");
        assert_eq!(details(&outcome), [("path_open", detail.as_str())]);
    }
}

/// Panics, at once or where it was to ask.
enum Panics {
    Deciding,
    Asking,
    Answering,
    SayingWhetherItAsks,
}

impl Gate for Panics {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        match self {
            Self::Deciding => panic!("while it decides"),
            Self::Asking | Self::Answering | Self::SayingWhetherItAsks => Verdict::Ask,
        }
    }

    fn may_ask(&self) -> bool {
        !matches!(self, Self::SayingWhetherItAsks) || panic!("before anything is asked")
    }

    fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
        match self {
            Self::Answering => Box::pin(async { panic!("while it waits") }),
            Self::Deciding | Self::Asking | Self::SayingWhetherItAsks => panic!("while it asks"),
        }
    }
}

#[test]
fn a_gate_that_panics_has_denied() {
    let (_folder, grant) = folder();
    for gate in [Panics::Deciding, Panics::Asking, Panics::Answering] {
        let gate: Arc<dyn Gate> = Arc::new(gate);
        for export in ["first", "second"] {
            let outcome = guest(export, Grant::none(), Some(gate.clone())).run_blocking();
            let Err(Failure::Denied(violation)) = &outcome.result else {
                panic!("{outcome:?}");
            };
            assert_eq!(violation.detail, "the gate panicked, which allows nothing");
        }
        let outcome = guest("open", grant.clone(), Some(gate)).run_blocking();
        assert_eq!(returned(&outcome), NOT_CAPABLE);
    }
    let gate: Arc<dyn Gate> = Arc::new(Panics::SayingWhetherItAsks);
    for export in ["first", "second"] {
        let outcome = guest(export, Grant::none(), Some(gate.clone())).run_blocking();
        assert!(
            matches!(outcome.result, Err(Failure::Denied(_))),
            "{outcome:?}"
        );
    }
}

#[track_caller]
pub(crate) fn returned(outcome: &Outcome) -> i32 {
    match &outcome.result {
        Ok(tollgate_sandbox::Output::Values(values)) => match values[..] {
            [Value::I32(code)] => code,
            _ => panic!("{outcome:?}"),
        },
        _ => panic!("{outcome:?}"),
    }
}

/// Allows everything and counts.
#[derive(Default)]
struct Counts(AtomicU32);

impl Gate for Counts {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        self.0.fetch_add(1, Relaxed);
        Verdict::Allow
    }
}

#[test]
fn an_unknown_handle_is_denied_also_by_a_gate_that_allows_everything() {
    let (_folder, grant) = folder();
    let gate = Arc::new(Counts::default());
    let outcome = guest("unknown", grant, Some(gate.clone())).run_blocking();
    assert_eq!(returned(&outcome), BAD_DESCRIPTOR);
    assert_eq!(gate.0.load(Relaxed), 0);
}

#[test]
fn arguments_and_paths_are_typed_for_the_gate() {
    struct Looks;
    impl Gate for Looks {
        fn check(&self, call: &GateCall<'_>) -> Verdict {
            match (call.name, call.target) {
                ("first", Target::Function(Arguments::Values([Value::I32(1)]))) => Verdict::Allow,
                ("second", Target::Function(Arguments::Values([Value::I32(2)]))) => Verdict::Allow,
                ("path_open", Target::Path("/data/file")) => Verdict::Allow,
                _ => deny(&format!("{call:?}")),
            }
        }
    }
    let (_folder, grant) = folder();
    for export in ["first", "second", "open"] {
        let outcome = guest(export, grant.clone(), Some(Arc::new(Looks))).run_blocking();
        assert!(outcome.violations.is_empty(), "{outcome:?}");
    }
}

/// Two granted folders; the second one has no `file`, and the gate does not let it be seen.
fn both() -> (tempfile::TempDir, Grant) {
    let (folder, mut grant) = folder();
    let empty = folder.path().join("empty");
    grant.read.push(PathGrant::mapped(empty, "/secret"));
    (folder, grant)
}

struct NotTheSecret;

impl Gate for NotTheSecret {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        match call.target {
            Target::Path(name) if name.starts_with("/secret") => deny("it is secret"),
            Target::Function(Arguments::Values([Value::I32(2)])) => Verdict::Ask,
            _ => Verdict::Allow,
        }
    }

    fn may_ask(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
        Box::pin(async {
            Said {
                verdict: Verdict::Allow,
                answers: vec![given("allow-once")],
            }
        })
    }
}

fn given(answer: &str) -> GivenAnswer {
    GivenAnswer {
        answer: answer.to_owned(),
        by: String::from("ada"),
        card: Some(String::from("0123")),
    }
}

fn recorded(gate: Option<Arc<dyn Gate>>) -> (Vec<CallRecord>, Outcome) {
    let (_folder, grant) = both();
    let journal = Arc::new(Journal::default());
    let mut execution = guest("all", grant, gate);
    execution.calls = Some(journal.clone());
    let outcome = execution.run_blocking();
    (journal.drain(), outcome)
}

fn allowed(by: DecidedBy) -> CallDecision {
    CallDecision::Allowed { by }
}

/// A call was done and gave nothing back.
fn done(effect: Effect) -> CallDecision {
    let result = CallResult::Done(Returned::Nothing);
    CallDecision::Returned { effect, result }
}

#[test]
fn a_sink_sees_every_decision_and_result_in_order() {
    let (records, outcome) = recorded(Some(Arc::new(NotTheSecret)));
    assert_eq!(returned(&outcome), NOT_CAPABLE);
    let seen: Vec<_> = records
        .iter()
        .map(|record| (record.sequence, record.name.as_str(), &record.decision))
        .collect();
    let denied = CallDecision::Denied {
        by: DecidedBy::Gate,
        reason: String::from("it is secret"),
    };
    assert_eq!(
        seen,
        [
            (0, "first", &allowed(DecidedBy::Gate)),
            (1, "first", &CallDecision::Started),
            (2, "first", &done(Effect::Some)),
            (3, "path_open", &allowed(DecidedBy::Gate)),
            (4, "path_open", &done(Effect::None)),
            (5, "second", &CallDecision::Proposed),
            (6, "second", &CallDecision::Answered(given("allow-once"))),
            (7, "second", &allowed(DecidedBy::Answer)),
            (8, "second", &CallDecision::Started),
            (9, "second", &done(Effect::Some)),
            (10, "path_open", &denied),
        ]
    );
    assert!(records.is_sorted_by_key(|record| record.gas));
    assert!(records.is_sorted_by_key(|record| record.time));
    assert!(records[0].gas > 0);
    assert_eq!(
        records[3].target,
        CallTarget::Path(String::from("/data/file"))
    );
    assert_eq!(records[3].capability, Capability::FileRead);
    let calls = outcome.calls.unwrap();
    assert_eq!((calls.count, calls.dropped), (11, 0));
}

#[test]
fn a_denial_has_a_name_that_its_record_has_in_no_other_journal() {
    let (records, outcome) = recorded(Some(Arc::new(NotTheSecret)));
    let mut chain = CallsChain::default();
    let names: Vec<_> = records
        .iter()
        .map(|record| {
            chain.cover(record);
            DecisionId::of(record.sequence, &chain)
        })
        .collect();
    assert_eq!(chain.digest(), outcome.calls.unwrap().digest);
    let denied = &outcome.violations.listed[0];
    assert_eq!(denied.decision, names.last().copied());
    // Without the first record every name is another.
    let mut cut = CallsChain::default();
    for (record, name) in records.iter().zip(&names).skip(1) {
        cut.cover(record);
        assert_ne!(DecisionId::of(record.sequence, &cut), *name);
    }
}

#[test]
fn what_a_gate_explains_is_recorded_in_bounds_with_what_it_denies_and_asks() {
    struct Explains;
    impl Gate for Explains {
        fn check(&self, _: &GateCall<'_>) -> Verdict {
            deny("no")
        }

        fn explain(&self, call: &GateCall<'_>) -> Vec<String> {
            assert_eq!(call.name, "first");
            vec!["x".repeat(1 << 20); 1_000]
        }
    }
    let journal = Arc::new(Journal::default());
    let mut execution = guest("first", Grant::none(), Some(Arc::new(Explains)));
    execution.calls = Some(journal.clone());
    drop(execution.run_blocking());
    let records = journal.drain();
    let explained = &records[0].because.explained;
    assert_eq!(explained.len(), tollgate_sandbox::limits::EXPLAINED_LINES);
    let cut = explained[0].strip_suffix('…').unwrap();
    assert_eq!(cut.len(), tollgate_sandbox::limits::MESSAGE_BYTES);
}

#[test]
fn a_gate_that_panics_when_it_is_asked_why_is_recorded_as_that() {
    struct Panics;
    impl Gate for Panics {
        fn check(&self, _: &GateCall<'_>) -> Verdict {
            deny("no")
        }

        fn explain(&self, _: &GateCall<'_>) -> Vec<String> {
            panic!("on purpose")
        }
    }
    let journal = Arc::new(Journal::default());
    let mut execution = guest("first", Grant::none(), Some(Arc::new(Panics)));
    execution.calls = Some(journal.clone());
    drop(execution.run_blocking());
    assert_eq!(
        journal.drain()[0].because.explained,
        ["the gate panicked when it was asked why"]
    );
}

/// Asks about everything, and tells what each call was told of those before.
#[derive(Default)]
struct Hears(Mutex<Vec<u64>>);

impl Gate for Hears {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        self.0.lock().unwrap().push(call.earlier);
        Verdict::Ask
    }

    fn may_ask(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
        let said = Said {
            verdict: Verdict::Allow,
            answers: vec![given("allow-once"), given("allow-run")],
        };
        Box::pin(std::future::ready(said))
    }
}

#[test]
fn a_question_and_its_answers_are_no_decisions() {
    let gate = Arc::new(Hears::default());
    let (records, _) = recorded(Some(gate.clone()));
    let of = |name: &str| {
        let of_name = records.iter().filter(move |record| record.name == name);
        of_name.map(|record| &record.decision).collect::<Vec<_>>()
    };
    let one = [
        &CallDecision::Proposed,
        &CallDecision::Answered(given("allow-once")),
        &CallDecision::Answered(given("allow-run")),
        &allowed(DecidedBy::Answer),
    ];
    for function in ["first", "second"] {
        let done = [CallDecision::Started, done(Effect::Some)];
        assert_eq!(
            of(function),
            one.into_iter().chain(&done).collect::<Vec<_>>()
        );
    }
    // The second folder has no such file.
    let missing = CallDecision::Returned {
        effect: Effect::None,
        result: CallResult::Failed(String::from("os error 2")),
    };
    let ended = [done(Effect::None), missing];
    let opened = ended
        .iter()
        .flat_map(|ended| one.into_iter().chain([ended]));
    assert_eq!(of("path_open"), opened.collect::<Vec<_>>());
    assert_eq!(*gate.0.lock().unwrap(), [0, 1, 2, 3]);
}

#[test]
fn an_answer_is_recorded_in_bounds() {
    struct Says;
    impl Gate for Says {
        fn check(&self, _: &GateCall<'_>) -> Verdict {
            Verdict::Ask
        }

        fn may_ask(&self) -> bool {
            true
        }

        fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
            let long = || "x".repeat(1 << 20);
            let answer = GivenAnswer {
                answer: long(),
                by: long(),
                card: Some(long()),
            };
            let said = Said {
                verdict: Verdict::Allow,
                answers: vec![answer],
            };
            Box::pin(std::future::ready(said))
        }
    }
    let (records, _) = recorded(Some(Arc::new(Says)));
    let CallDecision::Answered(given) = &records[1].decision else {
        panic!("{records:?}")
    };
    let GivenAnswer { answer, by, card } = given;
    for text in [answer, by, card.as_ref().unwrap()] {
        let cut = text.strip_suffix('…').unwrap();
        assert_eq!(cut.len(), tollgate_sandbox::limits::MESSAGE_BYTES);
    }
}

#[test]
fn what_the_grant_decides_alone_is_recorded_too() {
    let (records, _) = recorded(None);
    let decisions = records.iter().filter(|record| {
        let decision = &record.decision;
        !matches!(
            decision,
            CallDecision::Started | CallDecision::Returned { .. }
        )
    });
    let decisions: Vec<_> = decisions.collect();
    assert_eq!(decisions.len(), 4);
    assert!(
        decisions
            .iter()
            .all(|record| record.decision == allowed(DecidedBy::Grant))
    );
    let journal = Arc::new(Journal::default());
    let mut execution = guest("open", Grant::none(), None);
    execution.calls = Some(journal.clone());
    let outcome = execution.run_blocking();
    let records = journal.drain();
    assert_eq!(outcome.violations.listed.len(), 1, "{outcome:?}");
    assert_eq!(
        records[0].decision,
        CallDecision::Denied {
            by: DecidedBy::Grant,
            reason: String::new(),
        }
    );
}

#[test]
fn equal_runs_have_equal_digests_and_other_decisions_others() {
    let digest = |gate| recorded(gate).1.calls.unwrap().digest;
    let gated = || digest(Some(Arc::new(NotTheSecret) as Arc<dyn Gate>));
    assert_eq!(gated(), gated());
    assert_ne!(gated(), digest(None));
}

#[test]
fn what_a_sink_has_no_room_for_is_counted_and_covered() {
    struct Full;
    impl CallSink for Full {
        fn take(&self, record: &CallRecord) -> Taken {
            if record.sequence == 0 {
                Taken::Kept
            } else {
                Taken::Dropped
            }
        }
    }
    let (_folder, grant) = both();
    let run = |sink: Arc<dyn CallSink>| {
        let mut execution = guest("all", grant.clone(), None);
        execution.calls = Some(sink);
        execution.run_blocking().calls.unwrap()
    };
    let small = Arc::new(Journal::new(1));
    for calls in [run(Arc::new(Full)), run(small.clone())] {
        assert_eq!((calls.count, calls.dropped), (10, 9));
        assert_eq!(calls.digest, run(Arc::new(Journal::default())).digest);
    }
    assert_eq!(small.drain().len(), 1);
}

/// Keeps the records of calls that happen and refuses the others, or the other way round.
struct Refuses {
    allowed: bool,
}

impl CallSink for Refuses {
    fn take(&self, record: &CallRecord) -> Taken {
        let is_allowed = matches!(
            record.decision,
            CallDecision::Allowed { .. } | CallDecision::Proposed | CallDecision::Started
        );
        if is_allowed == self.allowed {
            Taken::Refused
        } else {
            Taken::Kept
        }
    }
}

#[test]
fn what_a_sink_refuses_to_keep_does_not_happen() {
    let (_folder, grant) = both();
    let run = |allowed: bool, gate: Option<Arc<dyn Gate>>| {
        let mut execution = guest("all", grant.clone(), gate);
        execution.calls = Some(Arc::new(Refuses { allowed }));
        execution.run_blocking()
    };
    for gate in [None, Some(Arc::new(NotTheSecret) as Arc<dyn Gate>)] {
        let outcome = run(true, gate.clone());
        let details = details(&outcome);
        let of_sink =
            |(_, detail): &&(&str, &str)| detail.contains("what is not kept does not happen");
        assert!(details.iter().any(|detail| of_sink(&detail)), "{outcome:?}");
        // A guest is told as by any denial, and nothing of what it does is allowed: neither is in the digest.
        let plain = {
            let mut execution = guest("all", grant.clone(), gate.clone());
            execution.calls = Some(Arc::new(Journal::default()));
            execution.run_blocking()
        };
        assert_ne!(outcome.calls.unwrap().digest, plain.calls.unwrap().digest);
        // What is denied anyway is the same without its record.
        let outcome = run(false, gate);
        let digest = outcome.calls.unwrap().digest;
        assert_eq!(
            (digest, outcome.result),
            (plain.calls.unwrap().digest, plain.result)
        );
    }
}

#[test]
fn a_question_that_cannot_be_kept_is_not_put() {
    struct NoQuestion;
    impl CallSink for NoQuestion {
        fn take(&self, record: &CallRecord) -> Taken {
            match record.decision {
                CallDecision::Proposed => Taken::Refused,
                _ => Taken::Kept,
            }
        }
    }
    struct Asked(AtomicU32);
    impl Gate for Asked {
        fn check(&self, _: &GateCall<'_>) -> Verdict {
            Verdict::Ask
        }

        fn may_ask(&self) -> bool {
            true
        }

        fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
            self.0.fetch_add(1, Relaxed);
            Box::pin(std::future::ready(Verdict::Allow.into()))
        }
    }
    let gate = Arc::new(Asked(AtomicU32::new(0)));
    for (sink, asked) in [
        (Arc::new(NoQuestion) as Arc<dyn CallSink>, 0),
        (Arc::new(Journal::default()), 1),
    ] {
        let mut execution = guest("second", Grant::none(), Some(gate.clone()));
        execution.calls = Some(sink);
        let outcome = execution.run_blocking();
        let denied = matches!(outcome.result, Err(Failure::Denied(_)));
        assert_eq!((gate.0.load(Relaxed), denied), (asked, asked == 0));
    }
}

/// Asks, says that somebody is asked, and gets no answer.
#[derive(Default)]
struct Never(tokio::sync::Notify);

impl Gate for Never {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        Verdict::Ask
    }

    fn may_ask(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
        self.0.notify_one();
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_guest_that_is_stopped_while_it_waits_was_denied() {
    let (journal, gate) = (Arc::new(Journal::default()), Arc::new(Never::default()));
    let mut execution = guest("first", Grant::none(), Some(gate.clone()));
    execution.calls = Some(journal.clone());
    execution.limits.wall = crate::guest::FOREVER;
    let outcome = execution.run_until(gate.0.notified()).await;
    assert_eq!(outcome.result, Err(Failure::Cancelled));
    assert_eq!(details(&outcome), [("env.first", "nobody answered")]);
    let records = journal.drain();
    let seen: Vec<_> = records.iter().map(|record| &record.decision).collect();
    let denied = CallDecision::Denied {
        by: DecidedBy::Answer,
        reason: String::from("nobody answered"),
    };
    assert_eq!(seen, [&CallDecision::Proposed, &denied]);
}

/// Asks, and never said that it might.
struct AsksUnannounced;

impl Gate for AsksUnannounced {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        Verdict::Ask
    }

    fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
        Box::pin(async { Verdict::Allow.into() })
    }
}

#[test]
fn a_function_that_returns_at_once_waits_for_no_gate_that_did_not_say_that_it_asks() {
    let outcome = guest("first", Grant::none(), Some(Arc::new(AsksUnannounced))).run_blocking();
    let reason = "somebody has to be asked, and this call cannot wait for an answer";
    assert_eq!(details(&outcome), [("env.first", reason)]);
}

/// Keeps how much gas it was told of, and may ask or not.
struct HearsGas {
    may_ask: bool,
    heard: Mutex<Vec<u64>>,
}

impl Gate for HearsGas {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        self.heard.lock().unwrap().push(call.gas_used);
        Verdict::Allow
    }

    fn may_ask(&self) -> bool {
        self.may_ask
    }
}

#[test]
fn the_gas_of_a_guest_is_told_where_somebody_may_be_asked_or_records_are_kept() {
    for (may_ask, keeps, told) in [
        (false, false, false),
        (true, false, true),
        (false, true, true),
    ] {
        let gate = Arc::new(HearsGas {
            may_ask,
            heard: Mutex::default(),
        });
        let mut execution = guest("first", Grant::none(), Some(gate.clone()));
        if keeps {
            execution.calls = Some(Arc::new(Journal::default()));
        }
        execution.run_blocking();
        let heard = gate.heard.lock().unwrap();
        let [gas] = heard[..] else {
            panic!("{heard:?}");
        };
        assert_eq!(gas > 0, told, "{may_ask} {keeps}");
    }
}

#[test]
fn a_guest_without_a_sink_has_no_digest() {
    let outcome = execution(r#"(module (func (export "f")))"#, core("f", &[])).run_blocking();
    assert_eq!(outcome.calls, None);
    let start = execution(r#"(module (func (export "_start")))"#, Entry::Start).run_blocking();
    assert_eq!(start.calls, None);
}
