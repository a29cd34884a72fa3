//! Compares the bytecode engine, plain and optimised, and the WebAssembly engine with the reference evaluator on random
//! programs: `cargo xtask ecl-diff --n 1000000 --seed 1`.
//!
//! The WebAssembly engine compiles each program to machine code, which takes much longer than everything else here: it is
//! compared on at most about ten thousand programs, or on every Nth with `--wasm-every N`.
//!
//! Prints how many programs a second it manages; the first difference, shrunk, ends it with exit code 1.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tollgate_ecl::differential::{Difference, Engine, check};
use tollgate_ecl::vm::Optimise;
use tollgate_ecl::vm::differential::Bytecode;

mod wasm;

/// Evaluations of each program.
const RUNS: usize = 3;

struct Args {
    programs: u64,
    seed: u64,
    threads: u64,
    /// Whether the machine code of modules is optimised.
    optimise: bool,
    /// Whether the program is shown as it was before it was shrunk, too.
    whole: bool,
    /// Programs from one that the WebAssembly engine is compared on to the next; 0 for none.
    wasm_every: Option<u64>,
}

/// Programs the WebAssembly engine is compared on, unless the caller says otherwise.
const WASM_PROGRAMS: u64 = 10_000;

fn main() -> ExitCode {
    let args = match args() {
        Ok(args) => args,
        Err(error) => {
            eprintln!(
                "{error}\nusage: ecl-diff [--n PROGRAMS] [--seed SEED] [--threads THREADS] [--wasm-every N] [--optimise 0|1] [--whole 0|1]"
            );
            return ExitCode::from(64);
        }
    };
    let start = Instant::now();
    let done = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let first = {
        let (args, done, stop) = (&args, &done, &stop);
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for thread in 0..args.threads {
                let work = move || compare(args, thread, done, stop, start);
                // Shrinking and evaluating walk trees recursively.
                let builder = std::thread::Builder::new().stack_size(64 * 1024 * 1024);
                threads.push(builder.spawn_scoped(scope, work));
            }
            let found = threads.into_iter().filter_map(|thread| match thread {
                Ok(handle) => handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(error) => panic!("cannot start a thread: {error}"),
            });
            found.min_by_key(|difference| difference.seed)
        })
    };
    let programs = done.load(Ordering::Relaxed);
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = programs as f64 / seconds;
    println!(
        "{programs} programs, {RUNS} evaluations each, in {seconds:.1} s: {rate:.0} programs/s"
    );
    match first {
        Some(difference) => {
            println!("{difference}");
            if args.whole {
                println!("the whole program: {:#?}", difference.whole.1.program);
            }
            ExitCode::FAILURE
        }
        None => {
            println!("no difference");
            ExitCode::SUCCESS
        }
    }
}

/// Every `threads`th seed.
fn compare(
    args: &Args,
    thread: u64,
    done: &AtomicU64,
    stop: &AtomicBool,
    start: Instant,
) -> Option<Difference> {
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(Bytecode::new(Optimise::Full)),
        Box::new(Bytecode::new(Optimise::None)),
    ];
    let mut wasm: Vec<Box<dyn Engine>> = vec![Box::new(wasm::WebAssembly::new(args.optimise))];
    let every = args
        .wasm_every
        .unwrap_or(args.programs.div_ceil(WASM_PROGRAMS));
    let mut number = thread;
    while number < args.programs && !stop.load(Ordering::Relaxed) {
        let seed = args.seed.wrapping_add(number);
        let mut differences = check(seed, RUNS, &mut engines);
        if every > 0 && (number / args.threads).is_multiple_of(every) {
            differences.extend(check(seed, RUNS, &mut wasm));
        }
        if let Some(difference) = differences.into_iter().next() {
            stop.store(true, Ordering::Relaxed);
            return Some(difference);
        }
        let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
        if so_far.is_multiple_of(50_000) {
            eprintln!("{so_far} programs, {:.0} s", start.elapsed().as_secs_f64());
        }
        number += args.threads;
    }
    None
}

fn args() -> Result<Args, String> {
    let mut args = Args {
        programs: 10_000,
        seed: 0,
        threads: 2,
        optimise: true,
        whole: false,
        wasm_every: None,
    };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("`{name}` needs a value"))?;
        let number: u64 = value
            .parse()
            .map_err(|_| format!("`{value}` is not a number"))?;
        match name.as_str() {
            "--n" => args.programs = number,
            "--seed" => args.seed = number,
            "--wasm-every" => args.wasm_every = Some(number),
            "--threads" => args.threads = number.clamp(1, 64),
            "--whole" => args.whole = number != 0,
            "--optimise" => args.optimise = number != 0,
            _ => return Err(format!("unknown option `{name}`")),
        }
    }
    Ok(args)
}
