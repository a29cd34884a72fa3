//! Drives the properties of the policy language with random changes of a corpus: `cargo xtask fuzz --seconds 30`.
//!
//! It needs no nightly compiler and no coverage; libFuzzer finds more (see `fuzz/README.md`), this runs everywhere. What does
//! not hold is written to a file and named.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tollgate_ecl::engines::vm::file;
use tollgate_ecl::engines::wasm::build;
use tollgate_ecl::testing::generate::Random;
use tollgate_ecl::testing::properties::{ALL, Corpus, Property, mutated};
use tollgate_ecl::{Bundle, CompiledProgram, compile};

/// One run that takes longer is a hang: texts here have some kilobytes at most.
const LONGEST: Duration = Duration::from_secs(20);

struct Args {
    seconds: u64,
    /// Runs of each property at most: with a seed they make two runs of this program alike.
    runs: u64,
    seed: u64,
    target: Option<String>,
}

fn main() -> ExitCode {
    let args = match args() {
        Ok(args) => args,
        Err(error) => {
            eprintln!(
                "{error}\nusage: ecl-fuzz [--seconds SECONDS] [--runs RUNS] [--seed SEED] [--target NAME]"
            );
            return ExitCode::from(64);
        }
    };
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let wanted = |property: &&Property| {
        let target = args.target.as_deref();
        target.is_none_or(|name| name == property.name)
    };
    let properties: Vec<&Property> = ALL.iter().filter(wanted).collect();
    if properties.is_empty() {
        eprintln!(
            "no target `{}`; there are {}",
            args.target.unwrap_or_default(),
            ALL.iter().map(|p| p.name).collect::<Vec<_>>().join(", ")
        );
        return ExitCode::from(64);
    }
    // One property a thread, each for its whole time.
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(property) = properties.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let corpus = corpus(property.corpus, &repository);
                    if !fuzz(property, &corpus, &args) {
                        failed.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    if failed.into_inner() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Runs a property until its time is over; false when it does not hold.
fn fuzz(property: &Property, corpus: &[Vec<u8>], args: &Args) -> bool {
    let mut random = Random::new(args.seed);
    let start = Instant::now();
    let mut runs = 0_u64;
    let mut longest = Duration::ZERO;
    while runs < args.runs && start.elapsed() < Duration::from_secs(args.seconds) {
        let bytes = mutated(corpus, &mut random);
        let before = Instant::now();
        if catch_unwind(|| (property.holds)(&bytes)).is_err() {
            let path = std::env::temp_dir().join(format!("{}-{runs}", property.name));
            let written = std::fs::write(&path, &bytes);
            println!(
                "{}: does not hold for {} ({written:?})",
                property.name,
                path.display()
            );
            return false;
        }
        longest = longest.max(before.elapsed());
        runs += 1;
    }
    println!("{}: {runs} runs, the longest {longest:.1?}", property.name);
    longest < LONGEST
}

fn corpus(kind: Corpus, repository: &Path) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for folder in ["crates/tollgate-ecl/tests/cases", "examples/ecl"] {
        let extension = if kind == Corpus::Json { "json" } else { "ecl" };
        collect(&repository.join(folder), extension, &mut files);
    }
    files.sort();
    let texts = files.iter().filter_map(|path| std::fs::read(path).ok());
    match kind {
        Corpus::Sources | Corpus::Json => texts.collect(),
        Corpus::Bytecode => texts.flat_map(|text| compiled(&text)).collect(),
        Corpus::Modules => texts.flat_map(|text| modules(&text)).collect(),
        Corpus::Seeds => Vec::new(),
    }
}

fn compiled(text: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let programs = compile(&Bundle::single("corpus.ecl", text)).programs;
    let loaded = programs
        .into_iter()
        .filter_map(|p| CompiledProgram::new(p).ok());
    loaded
        .filter_map(|program| file::write(&program).ok())
        .collect()
}

fn modules(text: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let programs = compile(&Bundle::single("corpus.ecl", text)).programs;
    let built = programs.iter().filter_map(|program| build(program).ok());
    built.map(|built| built.wasm).collect()
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|e| e == extension) {
            files.push(path);
        }
    }
}

fn args() -> Result<Args, String> {
    let mut args = Args {
        seconds: 30,
        runs: u64::MAX,
        seed: 1,
        target: None,
    };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("`{name}` needs a value"))?;
        let number = || {
            let number: Result<u64, _> = value.parse();
            number.map_err(|_| format!("`{value}` is not a number"))
        };
        match name.as_str() {
            "--seconds" => args.seconds = number()?,
            "--runs" => args.runs = number()?,
            "--seed" => args.seed = number()?,
            "--target" => args.target = Some(value),
            _ => return Err(format!("unknown option `{name}`")),
        }
    }
    Ok(args)
}
