//! A campaign of bytes that no compiler made: modules, components and text, mutated and generated from a seed, read in every
//! way there is, and run.
//!
//! What it holds the library to: nothing ends this process, every reading ends within the limits of the worker, and every run
//! within those of the execution. The most memory of this process is for those to judge who started it and look at it from
//! outside. Used by the tests, and as a long run by `examples/strangers.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tollgate_sandbox::{
    Allocation, CompileLimits, Compiler, DescribeOptions, Engine, EngineConfig, Entry, Execution,
    Limits, LoadOptions, LoadedModule, Loader, LoaderConfig, MemoryCacheConfig, Source,
    SourceBytes, SourceOptions,
};

mod make;

pub(crate) use make::Seeds;

/// What one campaign is.
pub(crate) struct Campaign {
    pub(crate) seed: u64,
    pub(crate) count: u32,
    /// Modules and texts that are mutated.
    pub(crate) seeds: Seeds,
}

/// What happened.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) tried: u32,
    /// Described by `inspect`.
    pub(crate) described: u32,
    /// Loaded, and so run.
    pub(crate) loaded: u32,
    /// Runs that returned.
    pub(crate) returned: u32,
    /// The longest reading beyond the limit of the worker.
    pub(crate) reading_over: Duration,
    /// The longest run beyond its limit.
    pub(crate) run_over: Duration,
    /// What ended later than its limit and the margin.
    pub(crate) late: Vec<String>,
}

/// What the clock of a machine with other work may add.
const MARGIN: Duration = Duration::from_secs(2);

fn compile_limits() -> CompileLimits {
    CompileLimits {
        cpu: Duration::from_secs(2),
        wall: Duration::from_secs(10),
        memory_bytes: 512 << 20,
        ..CompileLimits::default()
    }
}

fn run_limits() -> Limits {
    Limits {
        gas: 2_000_000,
        memory_bytes: 16 << 20,
        wall: Duration::from_millis(500),
        ..Limits::standard()
    }
}

/// Reads and runs everything.
pub(crate) fn run(campaign: &Campaign) -> Figures {
    let config = EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::metered()
    };
    let compiler = Compiler::worker(compile_limits()).unwrap();
    let engine = Engine::new(&config).unwrap();
    let mut loading = LoaderConfig::new(engine, compiler.clone());
    // Modules are met once.
    loading.memory = MemoryCacheConfig {
        modules_max: 1,
        refusals_max: 1,
        ..MemoryCacheConfig::default()
    };
    let readers = Readers {
        compiler,
        loader: Loader::new(loading),
        config,
    };
    let mut figures = Figures::default();
    for index in 0..campaign.count {
        let mut rng = StdRng::seed_from_u64(campaign.seed.wrapping_add(u64::from(index)));
        let (kind, bytes) = make::module(&mut rng, &campaign.seeds);
        figures.tried += 1;
        readers.attempt(&mut figures, &format!("{kind} {index}"), bytes, &mut rng);
    }
    figures
}

struct Readers {
    compiler: Compiler,
    loader: Loader,
    config: EngineConfig,
}

impl Readers {
    fn attempt(&self, figures: &mut Figures, name: &str, bytes: Vec<u8>, rng: &mut StdRng) {
        let source = Source::Bytes(Arc::from(bytes));
        let Ok(read) = source.read(&SourceOptions::default()) else {
            return;
        };
        let wanted = [
            DescribeOptions {
                valid_under: Some(self.config.clone()),
                ..DescribeOptions::default()
            },
            DescribeOptions {
                interface: true,
                ..DescribeOptions::default()
            },
        ];
        for wanted in &wanted {
            let described = self.read(figures, name, |this| {
                this.compiler.describe(&read, wanted).is_ok()
            });
            figures.described += u32::from(described);
        }
        let loaded = self.read(figures, name, |this| this.load(read.clone()));
        if let Some(loaded) = loaded {
            figures.loaded += 1;
            execute(figures, name, &loaded, rng);
        }
    }

    fn load(&self, read: SourceBytes) -> Option<LoadedModule> {
        let loaded = self
            .loader
            .load_bytes("a stranger", read, &LoadOptions::default());
        loaded.ok()
    }

    /// Times one reading: at most two workers after each other, for text.
    fn read<T>(&self, figures: &mut Figures, name: &str, read: impl FnOnce(&Self) -> T) -> T {
        let started = Instant::now();
        let result = read(self);
        let over = started.elapsed().saturating_sub(2 * compile_limits().wall);
        figures.reading_over = figures.reading_over.max(over);
        if over > MARGIN {
            figures.late.push(format!("reading {name}"));
        }
        result
    }
}

/// Runs the program, or one of the functions with arguments that rarely fit.
fn execute(figures: &mut Figures, name: &str, loaded: &LoadedModule, rng: &mut StdRng) {
    let functions = loaded.module().functions();
    let entry = match functions.get(rng.random_range(0..=functions.len())) {
        None => Entry::Start,
        Some(export) if loaded.module().is_component() => Entry::Component {
            export: export.clone(),
            args: tollgate_sandbox::ComponentArgs::Json(String::from("[]")),
        },
        Some(export) => match loaded.module().signature(export) {
            Some(signature) => Entry::CoreText {
                export: export.clone(),
                args: vec![String::from("1"); signature.params.len()],
            },
            None => Entry::Start,
        },
    };
    let mut execution = Execution::new(loaded.module(), entry);
    execution.limits = run_limits();
    let started = Instant::now();
    let outcome = execution.run_blocking();
    figures.returned += u32::from(outcome.result.is_ok());
    let over = started.elapsed().saturating_sub(run_limits().wall);
    figures.run_over = figures.run_over.max(over);
    if over > MARGIN {
        figures.late.push(format!("running {name}"));
    }
}
