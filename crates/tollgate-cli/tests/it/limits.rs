//! Each limit ends a run with its own code and a message that names the limit, its value, and the flag that raises it.

use crate::command::{guest, run};

#[track_caller]
fn limited(arguments: &[&str], code: i32, message: &str) {
    let ran = run(arguments.iter().copied()).ends_with(code);
    assert!(ran.stderr.contains(message), "{message}:\n{}", ran.stderr);
}

#[test]
fn gas() {
    limited(
        &[&guest("spin"), "--gas", "1M"],
        152,
        "gas limit of 1M reached; raise it with `--gas=2M`",
    );
}

#[test]
fn memory() {
    limited(
        &[&guest("memory-bomb"), "--memory", "4MiB"],
        137,
        "memory limit of 4MiB reached; raise it with `--memory=8MiB`",
    );
}

#[test]
fn memory_of_tables() {
    limited(
        &[&guest("table-bomb"), "--memory", "4MiB"],
        137,
        "memory limit of 4MiB reached; raise it with `--memory=8MiB`",
    );
}

#[test]
fn wall_time_while_waiting() {
    limited(
        &[&guest("sleep"), "--allow-clock", "--timeout", "100ms"],
        124,
        "wall time limit of 100ms reached; raise it with `--timeout=200ms`",
    );
}

#[test]
fn wall_time_while_computing_in_the_timed_profile() {
    limited(
        &[&guest("spin"), "--timeout", "100ms", "--profile", "timed"],
        124,
        "wall time limit of 100ms reached",
    );
}

#[test]
fn stack() {
    limited(
        &[&guest("recursion"), "--stack", "64KiB"],
        134,
        "stack limit of 64KiB reached; raise it with `--stack=128KiB`",
    );
}

#[test]
fn output() {
    limited(
        &[&guest("flood"), "--output-limit", "1KiB"],
        153,
        "output limit of 1KiB reached; raise it with `--output-limit=2KiB`",
    );
}

#[test]
fn what_is_proposed_works_when_typed() {
    let module = "(module (memory (export \"memory\") 3) (func (export \"_start\")))";
    let ran = |memory: &str| run(["m.wat", memory]).file("m.wat", module);
    let told = ran("--memory=64KiB").ends_with(137).stderr;
    assert!(told.contains("`--memory=256KiB`"), "{told}");
    ran("--memory=256KiB").ends_with(0);
}

#[test]
fn traps_have_a_code_of_their_own() {
    limited(
        &[&guest("trap"), "--invoke", "divide_by_zero"],
        134,
        "integer division by zero",
    );
    limited(
        &[&guest("trap"), "--invoke", "unreachable"],
        134,
        "`unreachable` executed",
    );
}

#[test]
fn bytes_through_streams_of_components_cost_gas() {
    let usage = |name: &str| {
        let ran = run([&*guest("greet-component"), "--format=json", "--", name]).ends_with(0);
        ran.json()["usage"].clone()
    };
    let (short, long) = (usage("x"), usage(&"x".repeat(3_001)));
    let more = |of: &str| long[of].as_u64().unwrap_or(0) - short[of].as_u64().unwrap_or(0);
    // Each byte comes in as an argument and goes out through the stream.
    assert_eq!(more("host_call_bytes"), 6_000);
    assert!(more("gas_host") >= 6_000, "{short} {long}");
}

#[test]
fn a_guest_that_waits_for_input_is_stopped_by_the_clock() {
    let ran = run([&*guest("wordstat"), "--timeout=300ms", "--", "-"])
        .open_input()
        .ends_with(124);
    assert!(ran.stderr.contains("`--timeout=600ms`"), "{}", ran.stderr);
}

#[test]
fn a_value_that_cannot_be_is_refused_with_what_can_be() {
    for (flag, said) in [
        ("--module-size=2GiB", "1 GiB"),
        ("--compile-time=500ms", "`1s`"),
        ("--max-files=many", "`10k`"),
        ("--disk=1T", "`1TiB`"),
    ] {
        let ran = run([&*guest("hello"), flag]).ends_with(64);
        assert!(ran.stderr.contains(said), "{said}:\n{}", ran.stderr);
    }
}

#[test]
fn counts_and_sizes_have_all_their_units() {
    run([&*guest("hello"), "--max-files=10k", "--disk=1TiB"]).ends_with(0);
}

/// A shell whose processes have two million KiB of addresses: less than one memory reserves elsewhere.
#[test]
fn few_addresses_are_enough() {
    let test = run([]).file(
        "m.wat",
        r#"(module (memory (export "memory") 1) (func (export "grow") (result i32)
            (drop (memory.grow (i32.const 200))) (i32.store (i32.const 13000000) (i32.const 7))
            (i32.load (i32.const 13000000))))"#,
    );
    let command = format!(
        "ulimit -v 2000000; exec '{}' run m.wat --quiet --no-cache --invoke grow",
        env!("CARGO_BIN_EXE_tollgate")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &command])
        .current_dir(test.folder.path())
        .output()
        .expect("a shell");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "7\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_limit_of_files_without_room_for_the_memory_of_a_module_is_named() {
    let command = format!(
        "ulimit -f 0; exec '{}' run '{}' --no-cache --no-stdin --quiet",
        env!("CARGO_BIN_EXE_tollgate"),
        crate::command::guest("hello"),
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &command])
        .output()
        .expect("a shell");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{stderr}");
    assert!(stderr.contains("`ulimit -f`"), "{stderr}");
    assert!(!stderr.contains("bug"), "{stderr}");
}

/// Both in the process of the command and in one of the guest's own.
#[test]
fn a_file_above_the_limit_of_the_shell_is_an_error_for_the_guest_alone() {
    // Makes `x` in the granted folder three million bytes long, and ends with the number of the error.
    let grows = r#"(module
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $size (param i32 i64) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "x")
        (func (export "_start")
            (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1)
                (i64.const 4194368) (i64.const 0) (i32.const 0) (i32.const 16)))
            (call $exit (call $size (i32.load (i32.const 16)) (i64.const 3000000)))))"#;
    const TOO_LARGE: i32 = 22;
    for (blocks, code) in [("unlimited", 0), ("4000", TOO_LARGE)] {
        for profile in ["metered", "isolated"] {
            let test = run([]).file("g.wat", grows).file("out/keep", "");
            let command = format!(
                "ulimit -f {blocks}; exec '{}' run g.wat --no-cache --profile={profile} --allow-write=out",
                env!("CARGO_BIN_EXE_tollgate"),
            );
            let output = std::process::Command::new("sh")
                .args(["-c", &command])
                .current_dir(test.folder.path())
                .output()
                .expect("a shell");
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{profile}: {stderr}");
            // The run has ended as any other, with its bill.
            assert!(stderr.contains("cost"), "{stderr}");
        }
    }
}
