//! A load whose code is in the cache on disk: digest, read, authentication code, module.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use bench_measure::{MICRO, Plan, Report, Row, Subject};
use tollgate::sandbox::{
    CacheConfig, CompileLimits, Compiler, DiskCache, Engine, LoadOptions, Loader, LoaderConfig,
    MemoryCacheConfig, Origin,
};
use tollgate::{EngineConfig, Source};

use crate::guests;
use crate::raw::{self, Metering};

/// Microseconds a cached load may take.
const LOAD_MAX: f64 = 300.0;

pub fn measure(report: &mut Report) -> Result<()> {
    report.section("A cached load");
    let wasm = guests::large();
    let folder = tempfile::tempdir()?;
    let engine = Engine::new(&EngineConfig::metered())?;
    let config = LoaderConfig {
        disk: Some(DiskCache::open(CacheConfig::new(folder.path()))?),
        // A module is idle at once, so that every load goes to the disk.
        memory: MemoryCacheConfig {
            idle_max: Duration::ZERO,
            ..MemoryCacheConfig::default()
        },
        ..LoaderConfig::new(engine, Compiler::in_process(CompileLimits::default()))
    };
    let loader = Loader::new(config);
    let source = Source::Bytes(Arc::from(wasm.clone()));
    let options = LoadOptions::default();
    loader.load(&source, &options)?;
    ensure!(
        loader.load(&source, &options)?.origin() == Origin::Disk,
        "the load does not come from the disk"
    );

    let raw = raw::engine(Metering::Fuel, true)?;
    let artifact = raw.precompile_module(&wasm)?;
    let path = folder.path().join("raw.cwasm");
    std::fs::write(&path, &artifact)?;
    let ours = || loader.load(&source, &options).is_ok();
    // SAFETY: the bytes were made by `precompile_module` of the same engine above and did not leave this process.
    let bytes = || black_box(unsafe { wasmtime::Module::deserialize(&raw, &artifact) }).is_ok();
    // SAFETY: as above; the file is in a folder of this process alone.
    let file = || black_box(unsafe { wasmtime::Module::deserialize_file(&raw, &path) }).is_ok();
    let samples =
        Plan::short().measure(&mut [Subject::new(ours), Subject::new(bytes), Subject::new(file)]);
    report.row(
        Row::new(format!(
            "{} KB module, {} KB of code",
            wasm.len() / 1000,
            artifact.len() / 1000
        ))
        .ours(&samples[0], MICRO)
        .reference(
            "`Module::deserialize`, nothing read or checked",
            &samples[1],
            MICRO,
        )
        .ratio(&samples[0].over(&samples[1]))
        .target(
            format!("≤ {LOAD_MAX} µs"),
            samples[0].median() / 1e3 <= LOAD_MAX,
        ),
    );
    report.row(
        Row::new("the same, against a mapped file")
            .ours(&samples[0], MICRO)
            .reference(
                "`Module::deserialize_file`, nothing checked",
                &samples[2],
                MICRO,
            )
            .ratio(&samples[0].over(&samples[2])),
    );
    parts(report, &loader, &source)
}

/// Where the time of our load goes.
fn parts(report: &mut Report, loader: &Loader, source: &Source) -> Result<()> {
    const LOADS: u32 = 200;
    let mut sums = [Duration::ZERO; 3];
    for _ in 0..LOADS {
        let timings = loader.load(source, &LoadOptions::default())?.timings();
        let parts = [timings.read, timings.cache, timings.link];
        sums.iter_mut()
            .zip(parts)
            .for_each(|(sum, part)| *sum += part);
    }
    let names = [
        "reading and digest",
        "code from disk, authentication code checked",
        "module made from code",
    ];
    for (name, sum) in names.into_iter().zip(sums) {
        let microseconds = sum.as_secs_f64() * 1e6 / f64::from(LOADS);
        report.row(
            Row::new(format!("of which {name}, mean by the wall clock")).value(microseconds, "µs"),
        );
    }
    Ok(())
}
