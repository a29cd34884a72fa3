//! Signals while a guest runs: it stops, and the bill is written.

use std::io::{BufRead, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::run;

/// Says that it runs, and runs.
const ENDLESS: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 64) "here\n")
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 5))
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 32)))
        (loop $l (br $l))))"#;

/// The command with the signals as a shell leaves them. Whoever runs the tests may ignore some (`nohup`, a job in the background),
/// and what is ignored stays so in the command.
fn heeding() -> Command {
    let mut command = Command::new("env");
    command
        .arg("--default-signal=HUP,INT,TERM")
        .arg(env!("CARGO_BIN_EXE_tollgate"));
    command
}

/// What a run left that got `signal` while its guest ran.
struct Ended {
    code: Option<i32>,
    report: Option<Value>,
}

/// Runs the endless guest with these arguments and sends it a signal.
fn signalled(signal: &str, arguments: &[&str]) -> Ended {
    let test = run([]).file("m.wat", ENDLESS);
    let mut child = heeding()
        .args(["run", "m.wat", "--gas=1000G", "--timeout=300s"])
        .args(arguments)
        .current_dir(test.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert_eq!(line, "here\n");
    let killed = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(killed.expect("`kill` runs").success());
    let output = child.wait_with_output().expect("it ends");
    let report = std::fs::read(test.folder.path().join("r.json")).ok();
    Ended {
        code: output.status.code(),
        report: report.map(|bytes| serde_json::from_slice(&bytes).expect("JSON")),
    }
}

#[test]
fn each_signal_ends_a_run_with_its_bill() {
    for (signal, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let ended = signalled(signal, &["--report=r.json"]);
        assert_eq!(ended.code, Some(code), "{signal}");
        let report = ended.report.expect("a report");
        assert_eq!(report["exit_code"], code, "{signal}");
        assert_eq!(report["error"]["kind"], "cancelled", "{signal}");
        assert!(
            report["usage"]["gas"].as_u64() > Some(1_000_000),
            "{report}"
        );
    }
}

/// Writes as much as a pipe does not take, and ends.
const MUCH: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 5)
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 262144))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))))"#;

/// The guest has ended, and nobody reads its output: the signal ends that wait, and the bill is written.
#[test]
fn a_signal_ends_the_wait_for_a_reader_that_sleeps() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let test = run([]).file("m.wat", MUCH);
        let mut child = heeding()
            .args(["run", "m.wat", "--report=r.json", profile])
            .current_dir(test.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        let mut stdout = child.stdout.take().expect("a pipe");
        let mut first = [0];
        stdout.read_exact(&mut first).expect("a byte");
        let begin = Instant::now();
        // A signal may come before the guest has ended too.
        let ended = loop {
            assert!(begin.elapsed() < Duration::from_secs(60), "it goes on");
            let killed = Command::new("kill")
                .args(["-TERM", &child.id().to_string()])
                .stderr(Stdio::null())
                .status();
            killed.expect("`kill` runs");
            std::thread::sleep(Duration::from_millis(100));
            if let Some(ended) = child.try_wait().expect("a child") {
                break ended;
            }
        };
        assert_eq!(ended.code(), Some(143), "{profile}");
        assert!(test.folder.path().join("r.json").is_file(), "{profile}");
        drop(stdout);
    }
}

#[test]
fn an_isolated_guest_is_stopped_by_a_signal_as_well() {
    let ended = signalled("TERM", &["--profile=isolated", "--report=r.json"]);
    assert_eq!(ended.code, Some(143));
    assert_eq!(
        ended.report.expect("a report")["error"]["kind"],
        "cancelled"
    );
}
