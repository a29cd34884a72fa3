//! Runs a suite of attacking modules made from seeds in every engine profile, while a well-behaved neighbour runs, and says
//! how each ended.
//!
//! `cargo xtask attack --only hostile --seed SEED`

#![expect(clippy::print_stdout, reason = "its report is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "made for a test"
)]

use std::{
    process::{Command, ExitCode},
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use tollgate_sandbox::{
    Allocation, CompileLimits, Compiler, Engine, EngineConfig, Entry, Execution, Loader,
    LoaderConfig, Optimise, Profile, Value,
};

#[path = "../tests/hostile/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod attacks;
#[path = "../tests/hostile/bombs.rs"]
mod bombs;
#[path = "../tests/hostile/meter.rs"]
mod meter;
#[path = "../tests/hostile/outside.rs"]
mod outside;
#[path = "../tests/it/shapes.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod shapes;

use meter::Meter;

/// The most memory the process of one batch may ever have had: the engine, its pool, the compiler of the suite's own modules.
const HOST_BYTES: u64 = 128 << 20;
/// The most resident memory may grow over the whole suite: what the engine keeps for its pool, and code.
const RESIDENT_GROWTH_BYTES: u64 = 32 << 20;
/// Seeds of a run that names none.
const SEEDS: [u64; 3] = [1, 20_260, 0xfeed_beef];

const GOOD: &str = r#"(module (func $f (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
        (then (local.get 0))
        (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2))))))))"#;

fn main() -> ExitCode {
    tollgate_sandbox::run_if_requested();
    quiet_panics();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [batch, profile, seed] = &arguments[..]
        && batch == BATCH
    {
        let (_, config) = PROFILES
            .iter()
            .find(|(name, _)| name == profile)
            .expect("a profile");
        let held = campaign(&config(), seed.parse().expect("a seed"));
        return ExitCode::from(u8::from(!held));
    }
    let mut seeds: Vec<u64> = arguments
        .iter()
        .map(|seed| seed.parse().expect("a seed is a number"))
        .collect();
    if seeds.is_empty() {
        seeds.extend(SEEDS);
    }
    let batches = PROFILES
        .iter()
        .flat_map(|(profile, _)| seeds.iter().map(move |seed| batch(profile, *seed)));
    let wrong = batches.filter(|held| !held).count();
    ExitCode::from(u8::from(wrong > 0))
}

/// The first argument of the process of a batch.
const BATCH: &str = "batch";

type Named = (&'static str, fn() -> EngineConfig);

const PROFILES: [Named; 3] = [
    ("metered", EngineConfig::metered),
    ("timed", EngineConfig::timed),
    ("isolated", EngineConfig::isolated),
];

/// Runs the suite of one seed in one profile in a process of its own; returns whether everything held, its memory too.
fn batch(profile: &str, seed: u64) -> bool {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    let (held, peak) = outside::watch(command.args([BATCH, profile, &seed.to_string()]));
    let fits = peak <= HOST_BYTES;
    println!(
        "{profile}, seed {seed}: the host had {} MiB of {} MiB at most{}",
        peak >> 20,
        HOST_BYTES >> 20,
        if fits { "" } else { ": TOO MUCH" }
    );
    held && fits
}

/// Panics that host functions make on purpose are part of the suite and not of its report.
fn quiet_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some("on purpose") {
            report(panic);
        }
    }));
}

/// Runs the suite of one seed in one profile; returns whether everything held.
fn campaign(config: &EngineConfig, seed: u64) -> bool {
    let engine = Engine::new(&EngineConfig {
        concurrent: 8,
        ..config.clone()
    })
    .unwrap();
    let good = well_behaved(&engine);
    let folder = tempfile::tempdir().unwrap();
    let attacks = attacks::suite(&engine, seed, folder.path());
    let bombs = bombs::bombs(seed);
    // What the first run of everything needs is not a leak.
    for attack in &attacks {
        drop(attack.run());
    }
    let before = attacks::judge::resident();
    let runs = AtomicU64::new(0);
    let attacked = beside(&good, &runs, |_| {
        attacks.iter().filter(|attack| !attempt(attack)).count()
    });
    // What a neighbour's worker processes spend could not be told from what those of the compiler do.
    let here = match config.profile {
        Profile::Isolated => {
            let config = EngineConfig {
                allocation: Allocation::OnDemand,
                ..EngineConfig::metered()
            };
            well_behaved(&Engine::new(&config).unwrap())
        }
        Profile::Metered | Profile::Timed => good,
    };
    let loader = loader(&engine);
    let compiled = beside(&here, &runs, |meter| {
        bombs
            .iter()
            .filter(|bomb| !detonate(&loader, bomb, meter))
            .count()
    });
    let wrong = attacked + compiled;
    let growth = attacks::judge::resident().saturating_sub(before);
    let (leaked, running) = (engine.memory().allocated, engine.load().running);
    println!(
        "{:?}, seed {seed}: {} attacks, {wrong} ended wrong; the neighbour ran {} times; {leaked} bytes not given back; resident memory grew by {} KiB",
        config.profile,
        attacks.len() + bombs.len(),
        runs.load(Relaxed),
        growth >> 10
    );
    wrong == 0
        && leaked == 0
        && running == 0
        && growth <= RESIDENT_GROWTH_BYTES
        && runs.load(Relaxed) > 0
}

fn well_behaved(engine: &Engine) -> Execution {
    let module = engine
        .compile_in_process(&wat::parse_str(GOOD).unwrap())
        .unwrap();
    let entry = Entry::Core {
        export: "fib".to_owned(),
        args: vec![Value::I32(15)],
    };
    Execution::new(&module, entry)
}

/// Does `work` while `good` runs again and again on another thread, whose processor time the meter leaves out.
fn beside(good: &Execution, runs: &AtomicU64, work: impl FnOnce(&Meter) -> usize) -> usize {
    let (done, meter) = (AtomicBool::new(false), Meter::default());
    std::thread::scope(|scope| {
        let neighbour = scope.spawn(|| {
            while !done.load(Relaxed) {
                let outcome = good.run_blocking();
                assert!(outcome.result.is_ok(), "the neighbour fails: {outcome:?}");
                runs.fetch_add(1, Relaxed);
                meter.neighbour_ran();
            }
        });
        let wrong = work(&meter);
        done.store(true, Relaxed);
        neighbour.join().expect("the neighbour is never harmed");
        wrong
    })
}

/// Runs one attack; returns whether it ended as it has to.
fn attempt(attack: &attacks::Attack) -> bool {
    let (ran, verdict) = attack.attempt();
    let outcome = &ran.outcome;
    let said = match &outcome.result {
        Ok(_) => format!("exit code {}", outcome.exit_code.unwrap_or(0)),
        Err(failure) => failure.to_string(),
    };
    let said = verdict.as_ref().err().unwrap_or(&said);
    say(verdict.is_ok(), &attack.name, ran.elapsed.as_millis(), said);
    verdict.is_ok()
}

/// Loads one compile bomb; returns whether it ended as it may and cost the host little.
fn detonate(loader: &Loader, bomb: &bombs::Bomb, meter: &Meter) -> bool {
    let started = Instant::now();
    let (end, verdict) = bomb.detonate(loader, &compile_limits(), meter);
    let held =
        verdict.is_ok() && started.elapsed() < compile_limits().wall + Duration::from_secs(1);
    let said = verdict.err().unwrap_or_else(|| format!("{end:?}"));
    say(
        held,
        &format!("reading {}", bomb.name),
        started.elapsed().as_millis(),
        &said,
    );
    held
}

fn say(held: bool, name: &str, millis: u128, said: &str) {
    let mark = if held { "held" } else { "WRONG" };
    println!("{mark:5}  {name:<52} {millis:>7} ms  {said}");
}

/// Less than by default, so that bombs end soon.
fn compile_limits() -> CompileLimits {
    CompileLimits {
        cpu: Duration::from_secs(4),
        wall: Duration::from_secs(30),
        ..CompileLimits::default()
    }
}

fn loader(engine: &Engine) -> Loader {
    let compiler = Compiler::worker(compile_limits()).unwrap();
    Loader::new(LoaderConfig {
        // So that what reading takes is over when it has ended.
        optimise: Optimise::Before,
        ..LoaderConfig::new(engine.clone(), compiler)
    })
}
