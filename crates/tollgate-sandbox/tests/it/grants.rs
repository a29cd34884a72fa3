//! What is not granted does not happen, and the report says which grant is missing.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tollgate_sandbox::{
    Answer, Capability, Entry, Execution, Failure, Gate, GateCall, Grant, HostFunctions, Need,
    Outcome, PathGrant, Stdin, Stream, Tariff, Verdict,
};

use crate::guest::{core, execution};

/// A command that opens `path` below the first granted folder, for reading or for writing, and leaves with the error.
fn opener(path: &str, write: bool) -> Execution {
    let (flags, rights) = if write { (1, 64) } else { (0, 2) };
    let wat = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1) (data (i32.const 64) "{path}")
            (func (export "_start") (call $exit (call $open
                (i32.const 3) (i32.const 1) (i32.const 64) (i32.const {}) (i32.const {flags}) (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 0)))))"#,
        path.len()
    );
    execution(&wat, Entry::Start)
}

const NOT_CAPABLE: i32 = 76;
const NOT_PERMITTED: i32 = 63;

#[track_caller]
fn needs(outcome: &Outcome, capability: Capability, what: &str) {
    let found: Vec<_> = outcome
        .violations
        .listed
        .iter()
        .map(|violation| violation.need.clone())
        .collect();
    let need = Need {
        capability,
        what: what.to_owned(),
        entry: None,
    };
    assert_eq!(found, [Some(Box::new(need))], "{outcome:?}");
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    folder
}

fn reading(path: &Path, guest: &str) -> Grant {
    let mut grant = Grant::none();
    grant.read.push(PathGrant::mapped(path, guest));
    grant
}

#[test]
fn a_file_without_a_grant_is_refused_and_the_grant_is_named() {
    let outcome = opener("data/file", false).run_blocking();
    assert_eq!(outcome.exit_code, Some(NOT_CAPABLE));
    needs(&outcome, Capability::FileRead, "/data/file");
}

#[test]
fn a_granted_folder_can_be_read_and_not_written() {
    let folder = folder();
    let mut read = opener("file", false);
    read.grant = reading(folder.path(), "/data");
    let outcome = read.run_blocking();
    assert_eq!(outcome.exit_code, Some(0));
    assert!(outcome.violations.is_empty(), "{outcome:?}");
    let mut write = opener("new", true);
    write.grant = reading(folder.path(), "/data");
    let outcome = write.run_blocking();
    assert_eq!(outcome.exit_code, Some(NOT_PERMITTED));
    needs(&outcome, Capability::FileWrite, "/data/new");
    assert!(!folder.path().join("new").exists());
}

#[test]
fn a_folder_granted_for_writing_cannot_be_read() {
    let folder = folder();
    let mut grant = Grant::none();
    grant.write.push(PathGrant::mapped(folder.path(), "/out"));
    let mut write = opener("new", true);
    write.grant = grant.clone();
    assert_eq!(write.run_blocking().exit_code, Some(0));
    assert!(folder.path().join("new").exists());
    let mut read = opener("file", false);
    read.grant = grant;
    let outcome = read.run_blocking();
    assert_eq!(outcome.exit_code, Some(NOT_CAPABLE));
    needs(&outcome, Capability::FileRead, "/out/file");
}

#[test]
fn a_granted_file_is_alone_in_its_folder() {
    let folder = folder();
    std::fs::write(folder.path().join("other"), "text").unwrap();
    for (path, code) in [("file", 0), ("other", NOT_CAPABLE)] {
        let mut read = opener(path, false);
        read.grant = reading(&folder.path().join("file"), "/data/file");
        assert_eq!(read.run_blocking().exit_code, Some(code), "{path}");
    }
}

#[test]
fn a_grant_of_what_is_not_there_is_the_callers_error() {
    let mut read = opener("file", false);
    read.grant = reading(Path::new("/nowhere/at/all"), "/data");
    let error = read.run_blocking().result.unwrap_err();
    assert!(
        matches!(&error, Failure::GrantUnusable { path, .. } if path == "/nowhere/at/all"),
        "{error}"
    );
}

/// Writes what the two calls returned, 16 bytes, to standard output.
fn printer(imports: &str, calls: &str) -> Execution {
    let wat = format!(
        r#"(module {imports}
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start") {calls}
                (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 16))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#
    );
    execution(&wat, Entry::Start)
}

fn clock() -> Execution {
    printer(
        r#"(import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))"#,
        "(drop (call $now (i32.const 0) (i64.const 0) (i32.const 64))) (drop (call $now (i32.const 1) (i64.const 0) (i32.const 72)))",
    )
}

fn nanos(outcome: &Outcome) -> u64 {
    u64::from_le_bytes(outcome.stdout.bytes[..8].try_into().unwrap())
}

#[test]
fn without_the_clock_the_time_is_the_virtual_one() {
    let mut clock = clock();
    let (first, second) = (clock.run_blocking(), clock.run_blocking());
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(nanos(&first) / 1_000_000_000, 946_684_800);
    clock.virtual_world.clock_start = UNIX_EPOCH + Duration::from_secs(7);
    assert_eq!(nanos(&clock.run_blocking()) / 1_000_000_000, 7);
}

/// It was told 1970 before, while a receipt of the run said the other time.
#[test]
fn a_guest_is_not_run_with_a_time_that_it_cannot_be_told() {
    let mut clock = clock();
    for start in [
        UNIX_EPOCH - Duration::from_nanos(1),
        UNIX_EPOCH + Duration::from_secs(u64::MAX / 1_000_000_000 + 1),
    ] {
        clock.virtual_world.clock_start = start;
        let outcome = clock.run_blocking();
        let failure = outcome.result.unwrap_err().to_string();
        assert!(failure.contains("starts in 1970 or later"), "{failure}");
        assert_eq!(outcome.usage.gas, 0);
    }
}

#[test]
fn with_the_clock_the_time_is_the_hosts_in_whole_milliseconds() {
    let mut clock = clock();
    clock.grant.clock = true;
    let before = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64;
    let seen = nanos(&clock.run_blocking());
    assert!(seen / 1_000_000 >= before);
    assert_eq!(seen % 1_000_000, 0);
}

#[test]
fn without_randomness_the_seed_decides() {
    let mut random = printer(
        r#"(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))"#,
        "(drop (call $random (i32.const 64) (i32.const 16)))",
    );
    let first = random.run_blocking().stdout;
    assert_eq!(first, random.run_blocking().stdout);
    random.virtual_world.seed = 1;
    let other = random.run_blocking().stdout;
    assert_ne!(first, other);
    random.grant.random = true;
    assert_ne!(random.run_blocking().stdout, other);
}

#[test]
fn exit_codes_pass_through_unless_leaving_is_not_granted() {
    let wat = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 130))))"#;
    let mut exit = execution(wat, Entry::Start);
    assert_eq!(exit.run_blocking().exit_code, Some(130));
    exit.grant.exit = false;
    let error = exit.run_blocking().result.unwrap_err();
    assert!(
        matches!(&error, Failure::Denied(violation) if violation.capability == Capability::Exit),
        "{error}"
    );
}

#[test]
fn secrets_are_not_inherited_by_the_way() {
    for (name, secret) in [
        ("AWS_SECRET_ACCESS_KEY", true),
        ("GITHUB_TOKEN", true),
        ("db_password", true),
        ("SSH_PRIVATE_KEY", true),
        ("API_KEY", true),
        ("GOOGLE_CREDS", true),
        ("DB_PASS", true),
        ("SESSION_JWT", true),
        ("HASH_SALT", true),
        ("PATH", false),
        ("HOME", false),
        ("PWD", false),
        ("KEYBOARD", false),
        ("LANG", false),
    ] {
        assert_eq!(tollgate_sandbox::looks_secret(name), secret, "{name}");
    }
    let mut grant = Grant::none();
    grant.env_inherit_all();
    assert!(
        grant
            .env()
            .iter()
            .all(|(name, _)| !tollgate_sandbox::looks_secret(name))
    );
    assert!(grant.env_value("A=B", "x").is_err());
}

#[test]
fn standard_input_and_the_output_sink_carry_bytes() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1000))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
            (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))))"#;
    let mut cat = execution(wat, Entry::Start);
    cat.grant.stdin = Stdin::Bytes(b"hello".to_vec());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    cat.output = Some(Arc::new(move |stream, bytes: &[u8]| {
        sink.lock().unwrap().push((stream, bytes.to_vec()));
        tollgate_sandbox::Reader::Listens
    }));
    let outcome = cat.run_blocking();
    assert_eq!(outcome.stderr.text(), "hello");
    assert!(!outcome.stderr.truncated);
    assert_eq!(*seen.lock().unwrap(), [(Stream::Stderr, b"hello".to_vec())]);
}

/// Says the same to every call and counts them.
struct Says {
    verdict: Verdict,
    answer: Verdict,
    asked: AtomicU32,
}

impl Says {
    fn new(verdict: Verdict, answer: Verdict) -> Arc<Self> {
        Arc::new(Self {
            verdict,
            answer,
            asked: AtomicU32::new(0),
        })
    }
}

impl Gate for Says {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        self.verdict.clone()
    }

    fn may_ask(&self) -> bool {
        self.verdict == Verdict::Ask
    }

    fn ask<'a>(&'a self, _: &GateCall<'_>) -> Answer<'a> {
        self.asked.fetch_add(1, Relaxed);
        Box::pin(async {
            tokio::task::yield_now().await;
            self.answer.clone().into()
        })
    }
}

fn no() -> Verdict {
    Verdict::Deny {
        reason: String::from("not today"),
    }
}

#[test]
fn a_gate_decides_host_functions_also_after_asking() {
    let mut host = HostFunctions::new();
    host.register_typed("env", "f", Tariff::CHEAP, |_, (): ()| Ok(7))
        .unwrap();
    let host = Arc::new(host);
    let wat = r#"(module (import "env" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#;
    for (verdict, answer, runs) in [
        (Verdict::Allow, no(), true),
        (no(), Verdict::Allow, false),
        (Verdict::Ask, Verdict::Allow, true),
        (Verdict::Ask, no(), false),
        (Verdict::Ask, Verdict::Ask, false),
    ] {
        let mut run = execution(wat, core("run", &[]));
        run.host = host.clone();
        let gate = Says::new(verdict.clone(), answer);
        run.gate = Some(gate.clone());
        let outcome = run.run_blocking();
        assert_eq!(outcome.result.is_ok(), runs, "{verdict:?}: {outcome:?}");
        assert_eq!(gate.asked.load(Relaxed), u32::from(verdict == Verdict::Ask));
        assert_eq!(outcome.violations.listed.len(), usize::from(!runs));
    }
}

#[test]
fn a_gate_decides_files_the_grant_allows() {
    let folder = folder();
    for (verdict, answer, code) in [
        (Verdict::Allow, no(), 0),
        (no(), Verdict::Allow, NOT_CAPABLE),
        (Verdict::Ask, Verdict::Allow, 0),
    ] {
        let mut read = opener("file", false);
        read.grant = reading(folder.path(), "/data");
        read.gate = Some(Says::new(verdict, answer));
        assert_eq!(read.run_blocking().exit_code, Some(code));
    }
}

/// Lists the first granted folder, at most 300 bytes at a time, and writes all records to standard output.
const LIST: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_readdir" (func $list (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start") (local $cookie i64) (local $at i32) (local $end i32)
        (loop $more
            (if (call $list (i32.const 3) (i32.const 256) (i32.const 300) (local.get $cookie) (i32.const 8)) (then unreachable))
            (local.set $end (i32.add (i32.const 256) (i32.load (i32.const 8))))
            (local.set $at (i32.const 256))
            (block $done (loop $next
                (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $end)))
                (br_if $done (i32.gt_u (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at))) (local.get $end)))
                (local.set $cookie (i64.load (local.get $at)))
                (i32.store (i32.const 0) (i32.add (local.get $at) (i32.const 24)))
                (i32.store (i32.const 4) (i32.load offset=16 (local.get $at)))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
                (i32.store8 (i32.const 32) (i32.const 10))
                (i32.store (i32.const 0) (i32.const 32)) (i32.store (i32.const 4) (i32.const 1))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
                (local.set $at (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at))))
                (br $next)))
            (br_if $more (i32.eq (local.get $end) (i32.const 556))))))"#;

#[test]
fn folders_are_listed_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let mut names: Vec<_> = (0..40).map(|n| format!("file-{}", n * 7919 % 41)).collect();
    for name in &names {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let mut list = execution(LIST, Entry::Start);
    list.grant
        .read
        .push(PathGrant::mapped(folder.path(), "/data"));
    let outcome = list.run_blocking();
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    names.sort();
    let wanted = [".", ".."]
        .into_iter()
        .chain(names.iter().map(String::as_str));
    let text = outcome.stdout.text().into_owned();
    assert_eq!(text.lines().collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
}
