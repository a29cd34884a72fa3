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

#[test]
fn bytes_through_streams_of_components_cost_gas() {
    let usage = |name: &str| {
        let ran = run([&*guest("greet-component"), "--format=json", "--", name]).ends_with(0);
        ran.json()["usage"].clone()
    };
    let (short, long) = (usage("x"), usage(&"x".repeat(3_001)));
    let more = |of: &str| long[of].as_u64().unwrap_or(0) - short[of].as_u64().unwrap_or(0);
    assert_eq!(more("host_call_bytes"), 3_000);
    assert!(more("gas_host") >= 3_000, "{short} {long}");
}

#[test]
fn a_guest_that_waits_for_input_is_stopped_by_the_clock() {
    let ran = run([&*guest("wordstat"), "--timeout=300ms", "--", "-"])
        .open_input()
        .ends_with(124);
    assert!(ran.stderr.contains("`--timeout`"), "{}", ran.stderr);
}
