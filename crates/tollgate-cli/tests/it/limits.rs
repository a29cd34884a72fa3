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
        "gas limit of 1000000 gas reached; raise it with `--gas`",
    );
}

#[test]
fn memory() {
    limited(
        &[&guest("memory-bomb"), "--memory", "4MiB"],
        137,
        "memory limit of 4194304 bytes reached; raise it with `--memory`",
    );
}

#[test]
fn memory_of_tables() {
    limited(
        &[&guest("table-bomb"), "--memory", "4MiB"],
        137,
        "memory limit of 4194304 bytes reached; raise it with `--memory`",
    );
}

#[test]
fn wall_time_while_waiting() {
    limited(
        &[&guest("sleep"), "--allow-clock", "--timeout", "100ms"],
        124,
        "wall time limit of 100 ms reached; raise it with `--timeout`",
    );
}

#[test]
fn wall_time_while_computing_in_the_timed_profile() {
    limited(
        &[&guest("spin"), "--timeout", "100ms", "--profile", "timed"],
        124,
        "wall time limit of 100 ms reached",
    );
}

#[test]
fn stack() {
    limited(
        &[&guest("recursion"), "--stack", "64KiB"],
        134,
        "stack limit of 65536 bytes reached; raise it with `--stack`",
    );
}

#[test]
fn output() {
    limited(
        &[&guest("flood"), "--output-limit", "1KiB"],
        153,
        "output limit of 1024 bytes reached; raise it with `--output-limit`",
    );
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
