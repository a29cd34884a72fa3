//! What is compared, in the order in which it is decided while a run goes on: so the first difference is the cause of others.

use std::fmt::Debug;

use crate::receipt::{OutcomeRecord, OutputRecord, Record, UsageRecord};

/// Something that came out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name in the receipt.
    pub field: &'static str,
    /// What the receipt has.
    pub recorded: String,
    /// What came out now.
    pub again: String,
}

/// Returns the first difference between what a receipt says of a run and what came out of it again; nothing if they are equal.
/// Times, costs, the number of the run and where it ran are not compared, nor is what was refused before
/// ([`of`](super::of)).
pub fn difference(recorded: &Record, again: &Record) -> Option<Difference> {
    let calls = compared(
        "calls",
        &recorded
            .calls
            .as_ref()
            .map(|calls| (calls.count, calls.digest)),
        &again
            .calls
            .as_ref()
            .map(|calls| (calls.count, calls.digest)),
    );
    // Where nobody recorded them there is nothing to compare.
    let calls = calls.filter(|_| recorded.calls.is_some());
    let violations = || compared("violations", &recorded.violations, &again.violations);
    calls
        .or_else(violations)
        .or_else(|| outcome(&recorded.outcome, &again.outcome))
        .or_else(|| output(&recorded.output, &again.output))
        .or_else(|| usage(&recorded.usage, &again.usage))
}

fn compared<T: PartialEq + Debug>(
    field: &'static str,
    recorded: &T,
    again: &T,
) -> Option<Difference> {
    (recorded != again).then(|| Difference {
        field,
        recorded: format!("{recorded:?}"),
        again: format!("{again:?}"),
    })
}

fn outcome(recorded: &OutcomeRecord, again: &OutcomeRecord) -> Option<Difference> {
    let OutcomeRecord {
        status,
        exit_code,
        failure,
    } = recorded;
    compared("outcome.status", status, &again.status)
        .or_else(|| compared("outcome.failure", failure, &again.failure))
        .or_else(|| compared("outcome.exit_code", exit_code, &again.exit_code))
}

fn output(recorded: &OutputRecord, again: &OutputRecord) -> Option<Difference> {
    let OutputRecord {
        result,
        stdout,
        stderr,
    } = recorded;
    compared("output.stdout", stdout, &again.stdout)
        .or_else(|| compared("output.stderr", stderr, &again.stderr))
        .or_else(|| compared("output.result", result, &again.result))
}

fn usage(recorded: &UsageRecord, again: &UsageRecord) -> Option<Difference> {
    let UsageRecord {
        gas,
        gas_host,
        // Of the machine.
        wall_ns: _,
        cpu_ns: _,
        memory_bytes_peak,
        output_bytes,
        host_calls,
        host_call_bytes,
        disk_bytes,
        disk_files,
    } = recorded;
    [
        ("usage.host_calls", host_calls, again.host_calls),
        (
            "usage.host_call_bytes",
            host_call_bytes,
            again.host_call_bytes,
        ),
        ("usage.gas_host", gas_host, again.gas_host),
        ("usage.gas", gas, again.gas),
        (
            "usage.memory_bytes_peak",
            memory_bytes_peak,
            again.memory_bytes_peak,
        ),
        ("usage.output_bytes", output_bytes, again.output_bytes),
        ("usage.disk_bytes", disk_bytes, again.disk_bytes),
        ("usage.disk_files", disk_files, again.disk_files),
    ]
    .into_iter()
    .find_map(|(field, recorded, again)| compared(field, recorded, &again))
}
