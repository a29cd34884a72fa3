//! Guests in processes of their own.

use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use tollgate_sandbox::{
    Answer, CallDecision, CallRecord, CallResult, CallSink, ComponentArgs, DecidedBy, Effect,
    Engine, EngineConfig, Entry, Execution, ExecutionId, Failure, Gate, GateCall, HostFunctions,
    Journal, LimitKind, Outcome, Output, PathGrant, ProcessShare, Proposals, Returned, Taken,
    Target, Tariff, TrapCode, Value, Verdict,
};

use crate::{Test, compile::children};

pub(crate) const TESTS: &[Test] = &[
    (
        "an_isolated_guest_returns_its_result_and_usage",
        an_isolated_guest_returns_its_result_and_usage,
    ),
    ("limits_hold_in_the_worker", limits_hold_in_the_worker),
    (
        "output_and_questions_reach_the_parent",
        output_and_questions_reach_the_parent,
    ),
    (
        "the_reason_of_a_denial_reaches_the_embedder",
        the_reason_of_a_denial_reaches_the_embedder,
    ),
    (
        "who_only_records_lets_folders_be_moved_and_who_decides_does_not",
        who_only_records_lets_folders_be_moved_and_who_decides_does_not,
    ),
    (
        "a_guest_that_is_given_up_while_it_waits_keeps_nothing",
        a_guest_that_is_given_up_while_it_waits_keeps_nothing,
    ),
    (
        "a_guest_that_is_cancelled_while_it_waits_is_billed_for_what_it_used",
        a_guest_that_is_cancelled_while_it_waits_is_billed_for_what_it_used,
    ),
    (
        "a_sink_in_the_parent_sees_every_decision_in_order",
        a_sink_in_the_parent_sees_every_decision_in_order,
    ),
    (
        "a_guest_in_a_process_of_its_own_has_the_records_of_one_that_is_not",
        a_guest_in_a_process_of_its_own_has_the_records_of_one_that_is_not,
    ),
    (
        "what_the_parent_cannot_keep_does_not_start",
        what_the_parent_cannot_keep_does_not_start,
    ),
    (
        "host_functions_are_refused_with_a_reason",
        host_functions_are_refused_with_a_reason,
    ),
    (
        "relative_paths_mean_the_folder_of_the_parent",
        relative_paths_mean_the_folder_of_the_parent,
    ),
    (
        "attacks_end_within_their_limits_in_workers",
        attacks_end_within_their_limits_in_workers,
    ),
    ("components_run_in_the_worker", components_run_in_the_worker),
    (
        "many_memories_and_handles_fit_the_worker",
        many_memories_and_handles_fit_the_worker,
    ),
    (
        "worker_that_is_killed_says_so_and_leaves_nothing",
        worker_that_is_killed_says_so_and_leaves_nothing,
    ),
    (
        "worker_that_faults_is_a_crash",
        worker_that_faults_is_a_crash,
    ),
    (
        "worker_that_hangs_is_killed_after_its_time",
        worker_that_hangs_is_killed_after_its_time,
    ),
    (
        "dropping_the_execution_ends_the_worker",
        dropping_the_execution_ends_the_worker,
    ),
];

/// Workers are started when they are needed, so that each one there is can be counted.
fn config() -> EngineConfig {
    EngineConfig {
        waiting_workers: 0,
        ..EngineConfig::isolated()
    }
}

fn isolated(wat: &str, entry: Entry) -> Execution {
    let engine = Engine::new(&config()).unwrap();
    Execution::new(
        &engine
            .compile_in_process(&wat::parse_str(wat).unwrap())
            .unwrap(),
        entry,
    )
}

fn core(export: &str, args: &[Value]) -> Entry {
    Entry::Core {
        export: export.to_owned(),
        args: args.to_vec(),
    }
}

const CORE: &str = r#"(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "trap") unreachable)
    (func (export "spin") (loop $l (br $l))))"#;

fn an_isolated_guest_returns_its_result_and_usage() {
    let outcome = isolated(CORE, core("add", &[Value::I32(40), Value::I32(2)])).run_blocking();
    assert_eq!(outcome.result, Ok(Output::Values(vec![Value::I32(42)])));
    assert!(outcome.usage.gas > 0);
    let trap = isolated(CORE, core("trap", &[])).run_blocking();
    assert!(matches!(trap.result, Err(Failure::Trap(trap)) if trap.code == TrapCode::Unreachable));
}

fn limits_hold_in_the_worker() {
    let mut spin = isolated(CORE, core("spin", &[]));
    spin.limits.gas = 1_000_000;
    assert_eq!(
        spin.run_blocking().result.unwrap_err().limit(),
        Some(LimitKind::Gas)
    );
    spin.limits.gas = u64::MAX >> 1;
    spin.limits.wall = Duration::from_millis(50);
    assert_eq!(
        spin.run_blocking().result.unwrap_err().limit(),
        Some(LimitKind::Wall)
    );
}

/// Allows everything and counts the questions.
#[derive(Default)]
struct Counts(AtomicU32);

impl Gate for Counts {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        assert_eq!(call.target, Target::Path("/data/file"));
        self.0.fetch_add(1, Relaxed);
        Verdict::Allow
    }
}

/// Opens `file` in the first granted folder and writes what is in it.
const READER: &str = r#"(module
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 64) "file")
        (func (export "_start")
            (drop (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))
            (i32.store (i32.const 0) (i32.const 128)) (i32.store (i32.const 4) (i32.const 4))
            (drop (call $read (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 16)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#;

fn output_and_questions_reach_the_parent() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    let mut read = isolated(READER, Entry::Start);
    read.grant
        .read
        .push(PathGrant::mapped(folder.path(), "/data"));
    let gate = Arc::new(Counts::default());
    read.gate = Some(gate.clone());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    read.output = Some(Arc::new(move |_, bytes: &[u8]| {
        sink.lock().unwrap().extend_from_slice(bytes);
        tollgate_sandbox::Reader::Listens
    }));
    let outcome = read.run_blocking();
    assert_eq!(outcome.stdout.text(), "text", "{outcome:?}");
    assert_eq!(*seen.lock().unwrap(), b"text");
    assert_eq!(gate.0.load(Relaxed), 1);
}

/// Denies everything.
struct Denies;

impl Gate for Denies {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        Verdict::Deny {
            reason: String::from("not today"),
        }
    }
}

/// Asks somebody who never answers, and tells when it does.
#[derive(Default)]
struct Waits(tokio::sync::Notify);

impl Gate for Waits {
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

/// A guest that waits for an answer which never comes; its time is longer than anybody's patience.
fn waiting() -> (Execution, Arc<Waits>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut read = isolated(READER, Entry::Start);
    read.grant
        .read
        .push(PathGrant::mapped(folder.path(), "/data"));
    read.limits.wall = Duration::from_secs(3_600);
    let gate = Arc::new(Waits::default());
    read.gate = Some(gate.clone());
    (read, gate, folder)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn a_guest_that_is_given_up_while_it_waits_keeps_nothing() {
    let before = ProcessShare::of_this_process();
    let (read, gate, _folder) = waiting();
    let runtime = runtime();
    runtime.block_on(async {
        let (mut run, mut asked) = (pin!(read.run()), pin!(gate.0.notified()));
        let given_up = poll_fn(|context| {
            assert!(run.as_mut().poll(context).is_pending());
            asked.as_mut().poll(context)
        });
        given_up.await;
    });
    // Waits for its threads: those that wait for an answer would keep it.
    drop(runtime);
    assert_eq!(ProcessShare::of_this_process(), before);
}

fn a_guest_that_is_cancelled_while_it_waits_is_billed_for_what_it_used() {
    let (read, gate, _folder) = waiting();
    let outcome = runtime().block_on(read.run_until(gate.0.notified()));
    assert_eq!(outcome.result, Err(Failure::Cancelled), "{outcome:?}");
    assert!(outcome.usage.gas < read.limits.gas / 2, "{outcome:?}");
}

fn the_reason_of_a_denial_reaches_the_embedder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    let mut read = isolated(READER, Entry::Start);
    read.grant
        .read
        .push(PathGrant::mapped(folder.path(), "/data"));
    read.gate = Some(Arc::new(Denies));
    let outcome = read.run_blocking();
    let listed = outcome.violations.listed.iter();
    let details: Vec<_> = listed.map(|one| &one.detail).collect();
    assert_eq!(details, ["`/data/file`: not today"], "{outcome:?}");
}

fn a_sink_in_the_parent_sees_every_decision_in_order() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    let run = |grant: bool, gate: Option<Arc<dyn Gate>>| {
        let journal = Arc::new(Journal::default());
        let mut read = isolated(READER, Entry::Start);
        if grant {
            read.grant
                .read
                .push(PathGrant::mapped(folder.path(), "/data"));
        }
        read.gate = gate;
        read.calls = Some(journal.clone());
        let outcome = read.run_blocking();
        let records = journal.drain();
        let count = outcome.calls.map(|calls| calls.count);
        assert_eq!(count, Some(records.len() as u64), "{outcome:?}");
        let decisions = records.into_iter().map(|record| record.decision);
        decisions.collect::<Vec<_>>()
    };
    let denied = |by, reason: &str| CallDecision::Denied {
        by,
        reason: reason.to_owned(),
    };
    let allowed = |by| CallDecision::Allowed { by };
    let done = CallDecision::Returned {
        effect: Effect::None,
        result: CallResult::Done(Returned::Nothing),
    };
    assert_eq!(run(true, None), [allowed(DecidedBy::Grant), done]);
    assert_eq!(run(false, None), [denied(DecidedBy::Grant, "")]);
    assert_eq!(
        run(true, Some(Arc::new(Denies))),
        [denied(DecidedBy::Gate, "not today")]
    );
    assert_eq!(
        run(false, Some(Arc::new(Denies))),
        [denied(DecidedBy::Grant, "")]
    );
}

/// Makes the folder `d` twice, reads where `l` leads, writes `text` to a new file `f`, moves it to `g`, opens `m`, which is not there,
/// and removes `g`; leaves with 0.
const CHANGER: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_create_directory" (func $make (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_readlink" (func $link (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file" (func $remove (param i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 64) "dlfgm") (data (i32.const 128) "text")
    (func $at (param $name i32) (param $flags i32) (param $rights i64)
        (drop (call $open (i32.const 3) (i32.const 0) (local.get $name) (i32.const 1) (local.get $flags) (local.get $rights) (i64.const 0)
            (i32.const 0) (i32.const 8))))
    (func (export "_start")
        (drop (call $make (i32.const 3) (i32.const 64) (i32.const 1)))
        (drop (call $make (i32.const 3) (i32.const 64) (i32.const 1)))
        (drop (call $link (i32.const 3) (i32.const 65) (i32.const 1) (i32.const 256) (i32.const 64) (i32.const 8)))
        (call $at (i32.const 66) (i32.const 1) (i64.const 64))
        (i32.store (i32.const 0) (i32.const 128)) (i32.store (i32.const 4) (i32.const 4))
        (drop (call $write (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 16)))
        (drop (call $rename (i32.const 3) (i32.const 66) (i32.const 1) (i32.const 3) (i32.const 67) (i32.const 1)))
        (call $at (i32.const 68) (i32.const 0) (i64.const 2))
        (drop (call $remove (i32.const 3) (i32.const 67) (i32.const 1)))))"#;

/// What a run of `CHANGER` leaves in its folder, and its outcome.
fn changes(config: &EngineConfig, calls: Arc<dyn CallSink>) -> (Vec<String>, Outcome) {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("f", folder.path().join("l")).unwrap();
    let engine = Engine::new(config).unwrap();
    let code = wat::parse_str(CHANGER).unwrap();
    let mut run = Execution::new(&engine.compile_in_process(&code).unwrap(), Entry::Start);
    let grant = PathGrant::mapped(folder.path(), "/data");
    run.grant.read.push(grant.clone());
    run.grant.write.push(grant);
    run.calls = Some(calls);
    let outcome = run.run_blocking();
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    (names, outcome)
}

fn a_guest_in_a_process_of_its_own_has_the_records_of_one_that_is_not() {
    let recorded = |config: &EngineConfig| {
        let journal = Arc::new(Journal::default());
        let (left, outcome) = changes(config, journal.clone());
        assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
        assert_eq!(left, ["d", "l"]);
        let records = journal.drain().into_iter().map(|record| CallRecord {
            execution: ExecutionId(0),
            // What differs: it is not known in the parent, or the clock's.
            gas: 0,
            time: Duration::ZERO,
            ..record
        });
        (records.collect::<Vec<_>>(), outcome.calls)
    };
    let (here, apart) = (recorded(&EngineConfig::metered()), recorded(&config()));
    let starts = here
        .0
        .iter()
        .filter(|record| record.decision == CallDecision::Started);
    assert_eq!(starts.count(), 6);
    assert_eq!(here, apart);
}

fn what_the_parent_cannot_keep_does_not_start() {
    struct NoStart;
    impl CallSink for NoStart {
        fn take(&self, record: &CallRecord) -> Taken {
            match record.decision {
                CallDecision::Started => Taken::Refused,
                _ => Taken::Kept,
            }
        }
    }
    for config in [EngineConfig::metered(), config()] {
        let (left, outcome) = changes(&config, Arc::new(NoStart));
        assert_eq!(left, ["l"]);
        let listed = &outcome.violations.listed;
        assert!(!listed.is_empty(), "{outcome:?}");
        assert!(
            listed.iter().all(|one| one.detail.contains("not kept")),
            "{outcome:?}"
        );
    }
}

/// Moves the folder `a` to `b` below the first granted folder, and leaves with the error number.
const MOVER: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1) (data (i32.const 8) "ab")
    (func (export "_start")
        (call $exit (call $rename (i32.const 3) (i32.const 8) (i32.const 1) (i32.const 3) (i32.const 9) (i32.const 1)))))"#;

fn who_only_records_lets_folders_be_moved_and_who_decides_does_not() {
    let moved = |gate: Option<Arc<dyn Gate>>| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        let mut run = isolated(MOVER, Entry::Start);
        run.grant
            .write
            .push(PathGrant::mapped(folder.path(), "/data"));
        run.gate = gate;
        run.calls = Some(Arc::new(Journal::default()));
        let outcome = run.run_blocking();
        (outcome.exit_code, folder.path().join("b").exists())
    };
    assert_eq!(moved(None), (Some(0), true));
    let (code, is_moved) = moved(Some(Arc::new(Allows)));
    assert_eq!((code, is_moved), (Some(75), false));
}

/// Allows everything, and says that it decides.
struct Allows;

impl Gate for Allows {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        Verdict::Allow
    }
}

fn host_functions_are_refused_with_a_reason() {
    let mut host = HostFunctions::new();
    host.register_typed("env", "f", Tariff::CHEAP, |_, (): ()| Ok(()))
        .unwrap();
    let mut run = isolated(CORE, core("add", &[Value::I32(1), Value::I32(1)]));
    run.host = Arc::new(host);
    let error = run.run_blocking().result.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("host functions do not reach isolated guests"),
        "{error}"
    );
}

fn relative_paths_mean_the_folder_of_the_parent() {
    // The current folder of a test is the folder of its crate.
    let mut list = isolated(
        r#"(module
        (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 64) "lib.rs")
        (func (export "stat") (result i32)
            (call $stat (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 6) (i32.const 128))))"#,
        core("stat", &[]),
    );
    list.grant.read.push(PathGrant::same("src"));
    let outcome = list.run_blocking();
    assert_eq!(
        outcome.result,
        Ok(Output::Values(vec![Value::I32(0)])),
        "{outcome:?}"
    );
}

fn attacks_end_within_their_limits_in_workers() {
    let engine = Engine::new(&config()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let attacks = crate::attacks::suite(&engine, 4, folder.path());
    assert!(attacks.len() >= 25);
    let wrong: Vec<String> = attacks
        .iter()
        .filter_map(|attack| attack.attempt().1.err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(engine.load().running, 0);
    assert_eq!(children(), Vec::<String>::new());
}

fn components_run_in_the_worker() {
    let wat = r#"(component
        (core module $m
            (memory (export "memory") 1) (data (i32.const 8) "\10\00\00\00\05\00\00\00hello")
            (func (export "f") (result i32) (i32.const 8)))
        (core instance $i (instantiate $m))
        (func (export "greet") (result string) (canon lift (core func $i "f") (memory $i "memory"))))"#;
    let entry = Entry::Component {
        export: String::from("greet"),
        args: ComponentArgs::Json(String::from("[]")),
    };
    let outcome = isolated(wat, entry).run_blocking();
    let Ok(Output::Component { json, wave }) = &outcome.result else {
        panic!("{outcome:?}");
    };
    assert_eq!((json.as_str(), wave.as_str()), ("\"hello\"", "\"hello\""));
}

fn many_memories_and_handles_fit_the_worker() {
    let memories = "(memory 1)".repeat(16);
    let engine = Engine::new(&EngineConfig {
        proposals: Proposals {
            multi_memory: true,
            ..Proposals::default()
        },
        ..config()
    })
    .unwrap();
    let wat = format!("(module {memories} (func (export \"f\")))");
    let module = engine
        .compile_in_process(&wat::parse_str(&wat).unwrap())
        .unwrap();
    let mut many = Execution::new(&module, core("f", &[]));
    // More than the system allows this process: the worker gets what there is.
    many.limits.handles = u32::MAX;
    let outcome = many.run_blocking();
    assert_eq!(outcome.result, Ok(Output::Values(vec![])), "{outcome:?}");
}

/// Waits until this process has a worker and returns its id.
fn worker() -> i32 {
    loop {
        if let Some(stat) = children().first() {
            return stat.split(' ').next().unwrap().parse().unwrap();
        }
        std::thread::yield_now();
    }
}

fn spinning() -> Execution {
    let mut spin = isolated(CORE, core("spin", &[]));
    spin.limits.gas = u64::MAX >> 1;
    spin.limits.wall = Duration::from_secs(120);
    spin
}

/// A guest that writes once and then never ends, and where one waits for that.
fn endless(wall: Duration) -> (Execution, Arc<std::sync::Barrier>) {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (i32.store (i32.const 4) (i32.const 4))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
            (loop $l (br $l))))"#;
    let mut spin = isolated(wat, Entry::Start);
    spin.limits.gas = u64::MAX >> 1;
    spin.limits.wall = wall;
    let begun = Arc::new(std::sync::Barrier::new(2));
    let wrote = begun.clone();
    spin.output = Some(Arc::new(move |_, _: &[u8]| {
        wrote.wait();
        tollgate_sandbox::Reader::Listens
    }));
    (spin, begun)
}

/// Sends `signal` to the worker of an endless guest that has begun, and returns how that ends.
fn signalled(wall: Duration, signal: rustix::process::Signal) -> Failure {
    let (spin, begun) = endless(wall);
    let outcome = std::thread::scope(|scope| {
        let running = scope.spawn(|| spin.run_blocking());
        begun.wait();
        let pid = rustix::process::Pid::from_raw(worker()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        running.join().unwrap()
    });
    assert!(outcome.usage.wall > Duration::ZERO);
    assert_eq!(children(), Vec::<String>::new());
    outcome.result.unwrap_err()
}

const LONG: Duration = Duration::from_secs(120);

fn worker_that_is_killed_says_so_and_leaves_nothing() {
    use rustix::process::Signal;
    for (signal, name) in [(Signal::KILL, "SIGKILL"), (Signal::TERM, "SIGTERM")] {
        let failure = signalled(LONG, signal);
        assert!(
            matches!(&failure, Failure::Killed { signal } if signal == name),
            "{failure}"
        );
    }
    // The system's limit on processor time is one of ours.
    assert_eq!(signalled(LONG, Signal::XCPU).limit(), Some(LimitKind::Wall));
}

fn worker_that_faults_is_a_crash() {
    let failure = signalled(LONG, rustix::process::Signal::ABORT);
    assert!(
        matches!(&failure, Failure::Crashed { message } if message.contains("signal: 6")),
        "{failure}"
    );
}

fn worker_that_hangs_is_killed_after_its_time() {
    // A stopped process cannot keep any deadline of its own.
    let failure = signalled(Duration::from_millis(500), rustix::process::Signal::STOP);
    assert_eq!(failure.limit(), Some(LimitKind::Wall));
}

fn dropping_the_execution_ends_the_worker() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let spin = spinning();
    runtime.block_on(async {
        let seen = tokio::task::spawn_blocking(worker);
        tokio::select! {
            outcome = spin.run() => panic!("{outcome:?}"),
            pid = seen => assert!(pid.unwrap() > 0),
        }
    });
    assert_eq!(children(), Vec::<String>::new());
}
