//! Prints what calls of WASI cost the host for each unit of gas, with small and with large arguments: what is cheap for the guest
//! and dear for the host shows as a large number.
//!
//! `cargo run --release -p tollgate-sandbox --example host_prices`

#![expect(clippy::print_stdout, reason = "its report is what it is for")]
#![allow(clippy::unwrap_used, reason = "made for a measurement")]

use tollgate_sandbox::{Engine, EngineConfig, Entry, Execution};

/// A function, the types of its parameters, and arguments.
struct Call {
    name: &'static str,
    arguments: &'static str,
    with: &'static str,
    values: String,
}

fn call(name: &'static str, arguments: &'static str, with: &'static str, values: &str) -> Call {
    Call {
        name,
        arguments,
        with,
        values: values.to_owned(),
    }
}

/// Places in the memory of the guest, which is empty there but for a path of many names.
const PATH: &str = "(i32.const 1024)";
const LIST: &str = "(i32.const 65536)";
const OUT: &str = "(i32.const 393216)";

fn calls() -> Vec<Call> {
    let number = |n: u32| format!("(i32.const {n})");
    let path = |bytes| format!("(i32.const 3) (i32.const 0) {PATH} {} {OUT}", number(bytes));
    let list = |count| format!("(i32.const 1) {LIST} {} {OUT}", number(count));
    let poll = |count| format!("{LIST} {OUT} {} (i32.const 0)", number(count));
    let random = |bytes| format!("{LIST} {}", number(bytes));
    let texts = format!("{LIST} {OUT}");
    vec![
        call("sched_yield", "", "nothing", ""),
        call("poll_oneoff", "i32 i32 i32 i32", "1 subscription", &poll(1)),
        call(
            "poll_oneoff",
            "i32 i32 i32 i32",
            "4,096 subscriptions",
            &poll(4_096),
        ),
        call("fd_write", "i32 i32 i32 i32", "1 buffer", &list(1)),
        call("fd_write", "i32 i32 i32 i32", "1,024 buffers", &list(1_024)),
        call(
            "path_filestat_get",
            "i32 i32 i32 i32 i32",
            "1 name",
            &path(1),
        ),
        call(
            "path_filestat_get",
            "i32 i32 i32 i32 i32",
            "1,600 names",
            &path(4_000),
        ),
        call("random_get", "i32 i32", "16 bytes", &random(16)),
        call("random_get", "i32 i32", "65,536 bytes", &random(65_536)),
        call("args_sizes_get", "i32 i32", "2,000 arguments", &texts),
        call("args_get", "i32 i32", "2,000 arguments", &texts),
    ]
}

fn main() {
    let engine = Engine::new(&EngineConfig::metered()).unwrap();
    let path = "a/../".repeat(800);
    for Call {
        name,
        arguments,
        with,
        values,
    } in calls()
    {
        let wat = format!(
            r#"(module (import "wasi_snapshot_preview1" "{name}" (func $call (param {arguments}) (result i32)))
            (memory (export "memory") 16) (data {PATH} "{path}")
            (func (export "f") (local $i i32) (loop $l (drop (call $call {values}))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200))))))"#
        );
        let module = engine
            .compile_in_process(&wat::parse_str(wat).unwrap())
            .unwrap();
        let entry = Entry::Core {
            export: String::from("f"),
            args: Vec::new(),
        };
        let mut execution = Execution::new(&module, entry);
        execution.limits.gas = u64::MAX / 2;
        execution.limits.host_call_bytes = 1 << 30;
        execution.grant.args = vec![String::from("argument"); 2_000];
        let outcome = execution.run_blocking();
        if let Err(failure) = outcome.result {
            println!("{name}: {failure}");
            continue;
        }
        let usage = outcome.usage;
        let nanos = usage.cpu.as_nanos();
        println!(
            "{name:<20} {with:<22} {:>10} gas {:>10} ns a call, {:>8.3} ns a gas",
            usage.gas / 200,
            nanos / 200,
            nanos as f64 / usage.gas as f64,
        );
    }
}
