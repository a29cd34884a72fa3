//! Standard streams: pipes, terminals, readers that go away.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::command::{guest, run};

#[test]
fn standard_input_reaches_the_guest() {
    let ran = run([&*guest("wordstat"), "--quiet"])
        .input("a b b")
        .ends_with(0);
    assert!(ran.stdout.contains("words 3"), "{}", ran.stdout);
    let ran = run([&*guest("wordstat"), "--quiet", "--no-stdin"])
        .input("a b b")
        .ends_with(0);
    assert!(ran.stdout.contains("words 0"), "{}", ran.stdout);
}

#[test]
fn output_to_a_pipe_is_not_touched() {
    let ran = run([&*guest("escapes"), "--quiet"]).ends_with(0);
    assert!(ran.stdout.contains("\x1b]0;owned\x07"), "{:?}", ran.stdout);
}

/// On a terminal no control sequence of the guest gets through, whatever it writes.
#[test]
fn output_to_a_terminal_is_filtered() {
    // `script` of util-linux runs a command on a terminal of its own and copies what arrives there.
    let command = format!(
        "'{}' run '{}'",
        env!("CARGO_BIN_EXE_tollgate"),
        guest("escapes")
    );
    let script = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .stdin(Stdio::null())
        .output();
    let Ok(output) = script else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI has `script`, which is part of Debian's bsdutils"
        );
        eprintln!("SKIPPED output_to_a_terminal_is_filtered: there is no `script` command");
        return;
    };
    assert!(output.status.success(), "{output:?}");
    let seen = output.stdout;
    let seen = String::from_utf8_lossy(&seen);
    assert!(
        seen.contains("before") && seen.contains("after"),
        "{seen:?}"
    );
    assert!(
        !seen.contains("\x1b]0;")
            && !seen.contains("\x1b[2J")
            && !seen.contains("\x1b[6n")
            && !seen.contains('\u{9b}'),
        "{seen:?}"
    );
    assert!(
        seen.contains("control sequences"),
        "the report says so: {seen:?}"
    );
}

/// `tollgate run flood | head -1`: the reader goes away, and that is nobody's error.
#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["run", "--quiet", "--output-limit", "1MiB", &guest("flood")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line");
    assert!(line.starts_with("sixty-four bytes"), "{line}");
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, "", "nobody is told what he wanted");
    assert_eq!(output.status.code(), Some(141), "as a shell says SIGPIPE");
}

/// A reader that goes away wants no more, and is told of no limit that a quick guest has reached before.
#[test]
fn an_output_limit_is_not_reached_where_nobody_reads() {
    let test = run([]).file("m.wat", UNTIL_IT_FAILS);
    let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["run", "--quiet", "m.wat", "--output-limit=256KiB"])
        .current_dir(test.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // The pipe is full and the limit reached long before this reader looks: it goes away when all others wait.
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    let mut reader = BufReader::with_capacity(7, stdout);
    reader.read_line(&mut line).expect("a line");
    drop(reader);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, "", "nobody is told what he wanted");
    // The guest ends with `EPIPE` if it was told in time.
    assert!(
        matches!(output.status.code(), Some(141 | 64)),
        "{:?}",
        output.status
    );
}

/// Runs a module and reads one line of what it writes; then nobody reads. Returns the exit code.
fn read_one_line(arguments: &[&str], wat: &str) -> Option<i32> {
    let test = run([]).file("m.wat", wat);
    let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["run", "--quiet", "m.wat", "--gas=10G", "--timeout=60s"])
        .args(arguments)
        .current_dir(test.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line");
    child.wait().expect("it ends").code()
}

/// Writes lines until that fails, and ends with what it was told.
const UNTIL_IT_FAILS: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1) (data (i32.const 64) "a line\n")
    (func (export "_start") (local $told i32)
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 7))
        (loop $l
            (local.set $told (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
            (br_if $l (i32.eqz (local.get $told))))
        (call $exit (local.get $told))))"#;

#[test]
fn a_guest_is_told_that_nobody_reads_its_output() {
    // `EPIPE` of preview 1.
    assert_eq!(
        read_one_line(&["--output-limit=1GiB"], UNTIL_IT_FAILS),
        Some(64)
    );
}

#[test]
fn an_isolated_guest_ends_when_nobody_reads_its_output() {
    let arguments = ["--output-limit=1GiB", "--profile=isolated"];
    assert_eq!(read_one_line(&arguments, UNTIL_IT_FAILS), Some(141));
}

/// A report nobody reads any more is no reason for a panic either.
#[test]
fn a_report_that_nobody_reads_is_not_an_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["run", "--format", "json", &guest("hello")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_component_reads_a_file_that_is_larger_than_one_read() {
    let name = "x".repeat(3 << 20);
    let arguments = [
        "--quiet",
        "--allow-read=names",
        "--output-limit=8MiB",
        "--memory=128MiB",
        "--",
        "--from",
        "names/long",
    ];
    let guest = guest("greet-component");
    let ran = run(std::iter::once(&*guest).chain(arguments))
        .file("names/long", &name)
        .ends_with(0);
    assert!(ran.stdout == format!("Hello, {name}!\n"));
}

/// A run of the command with its output to a device that takes nothing.
fn full(arguments: &[&str], stderr: Stdio) -> std::process::Output {
    let full = std::fs::File::options().write(true).open("/dev/full");
    Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(arguments)
        .env_remove("TOLLGATE_CACHE_DIR")
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .stdout(full.expect("Linux has this device"))
        .stderr(stderr)
        .output()
        .expect("the command starts")
}

#[test]
fn output_that_is_lost_is_an_error_of_every_command() {
    let (hello, add) = (guest("hello"), guest("add"));
    let examples = crate::command::repository().join("examples/ecl/ev-charging/policy.ecl");
    let policy = examples.to_string_lossy();
    for arguments in [
        &["run", "--quiet", &hello][..],
        &["run", "--format=json", &hello],
        &["run", "--report=-", &hello],
        &["run", "--quiet", &add, "--invoke=add", "--", "2", "3"],
        &["inspect", &hello],
        &["validate", &hello],
        &["cache", "stats"],
        &["ecl", "fmt", "--help"],
        &["ecl", "disasm", &policy],
        &["gateway", "policies"],
        &["--help"],
        &["--version"],
    ] {
        let output = full(arguments, Stdio::piped());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(74), "{arguments:?}\n{stderr}");
        assert!(
            stderr.contains("cannot write to standard output: No space left"),
            "{arguments:?}\n{stderr}"
        );
    }
}

/// A failure of the run stays what it is; what the guest wrote is gone all the same, and that is said too.
#[test]
fn a_limit_is_reported_also_when_the_output_is_lost() {
    // The first write is over the limit: with more room the loss could be seen before it.
    let output = full(
        &["run", "--output-limit=1", &guest("flood")],
        Stdio::piped(),
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(153), "{stderr}");
    assert!(
        stderr.contains("output limit") && stderr.contains("No space left"),
        "{stderr}"
    );
}
