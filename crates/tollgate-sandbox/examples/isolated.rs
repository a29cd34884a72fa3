//! Prints what an execution in a process of its own costs: the median of many, with and without the jail, where a worker
//! waits and where none does. The three are taken in turns, so that what else the machine does falls on all.
//!
//! `cargo run --release -p tollgate-sandbox --example isolated`

#![expect(clippy::print_stdout, reason = "its report is what it is for")]
#![allow(clippy::unwrap_used, reason = "made for a measurement")]

use std::time::{Duration, Instant};

use tollgate_sandbox::{Engine, EngineConfig, Entry, Execution, JailMode, run_if_requested};

const ROUNDS: usize = 100;

fn noop(config: EngineConfig) -> Execution {
    let wasm =
        wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "noop")))"#).unwrap();
    let module = Engine::new(&config)
        .unwrap()
        .compile_in_process(&wasm)
        .unwrap();
    let entry = Entry::Core {
        export: String::from("noop"),
        args: Vec::new(),
    };
    Execution::new(&module, entry)
}

fn isolated(waiting_workers: u32, jail: JailMode) -> EngineConfig {
    EngineConfig {
        waiting_workers,
        jail,
        ..EngineConfig::isolated()
    }
}

fn main() {
    run_if_requested();
    let rows = [
        ("started for it, no jail", isolated(0, JailMode::Off)),
        ("started for it, jailed", isolated(0, JailMode::Best)),
        ("waiting, no jail", isolated(1, JailMode::Off)),
        ("waiting, jailed", isolated(1, JailMode::Best)),
    ];
    let mut rows = rows.map(|(name, config)| (name, noop(config), Vec::new()));
    for round in 0..=ROUNDS {
        for (_, execution, taken) in &mut rows {
            let started = Instant::now();
            assert!(execution.run_blocking().result.is_ok());
            // The first is what has workers started.
            if round > 0 {
                taken.push(started.elapsed());
            }
            // Time for the next worker to get ready; it is not measured.
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    for (name, _, taken) in &mut rows {
        taken.sort();
        let micros = |part: usize| taken.get(part).unwrap().as_micros();
        println!(
            "isolated no-op, {name:<24} median {:>6} µs, quartiles {:>6} to {:>6}",
            micros(ROUNDS / 2),
            micros(ROUNDS / 4),
            micros(ROUNDS * 3 / 4),
        );
    }
}
