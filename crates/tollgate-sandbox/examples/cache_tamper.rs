//! Changes cached code in every way a file can be changed, and checks that none of it is ever loaded.
//!
//! `cargo run --example cache_tamper -- --n 10000 --seed 1` prints what was tried and how often; the exit code is 0 only
//! when every changed entry was rejected, removed and rebuilt.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    reason = "a campaign, which ends with a panic at what it finds"
)]
#![allow(clippy::print_stdout, reason = "an example prints what it did")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tollgate_sandbox::{
    Allocation, CacheConfig, CompileLimits, Compiler, Digest, DiskCache, Engine, EngineConfig,
    LoadOptions, LoadedModule, Loader, LoaderConfig, Origin, Source,
};

/// A way to change the entry of one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    FlipBit,
    FlipByte,
    Truncate,
    Extend,
    Empty,
    SwapWithAnother,
    OtherEngine,
    Symlink,
    Folder,
    Pipe,
    NativeCode,
    WritableByOthers,
    OtherKey,
}

const CHANGES: [Change; 13] = [
    Change::FlipBit,
    Change::FlipByte,
    Change::Truncate,
    Change::Extend,
    Change::Empty,
    Change::SwapWithAnother,
    Change::OtherEngine,
    Change::Symlink,
    Change::Folder,
    Change::Pipe,
    Change::NativeCode,
    Change::WritableByOthers,
    Change::OtherKey,
];

/// How often each change was tried.
pub(crate) type Tried = BTreeMap<String, u64>;

/// Changes entries `count` times, each time in a way `seed` decides, and loads the module again.
///
/// # Errors
/// The first change after which cached code was loaded, or was not rebuilt.
pub(crate) fn campaign(folder: &Path, count: u64, seed: u64) -> Result<Tried, String> {
    let site = Site::new(folder)?;
    let mut random = StdRng::seed_from_u64(seed);
    let mut tried = Tried::new();
    for round in 0..count {
        let change = CHANGES[random.random_range(0..CHANGES.len())];
        site.attack(change, &mut random)
            .map_err(|error| format!("round {round} of seed {seed}, {change:?}: {error}"))?;
        *tried.entry(format!("{change:?}")).or_default() += 1;
    }
    Ok(tried)
}

/// A cache folder with entries for two modules, and what an attacker may have besides.
struct Site {
    folder: PathBuf,
    engine: Engine,
    victim: Source,
    /// Entry of the victim, its name and good bytes.
    entry: PathBuf,
    other_entry: PathBuf,
    /// Entry of the victim for another engine, in another folder with the same key.
    other_engine: Vec<u8>,
    native: Vec<u8>,
}

impl Site {
    fn new(folder: &Path) -> Result<Self, String> {
        let engine = engine(&EngineConfig::metered())?;
        let victim = module(7);
        load(folder, &engine, &victim)?;
        let entry = only_entry(folder, &[])?;
        load(folder, &engine, &module(8))?;
        let other_entry = only_entry(folder, &[&entry])?;
        // Without changes the code comes from the disk, or the rest would prove nothing.
        let again = load(folder, &engine, &victim)?;
        if again.0.origin() != Origin::Disk {
            return Err(format!(
                "an untouched entry was not used: {:?}",
                again.0.origin()
            ));
        }
        let elsewhere = folder.join("elsewhere");
        fs::create_dir_all(&elsewhere)
            .and_then(|()| fs::copy(folder.join("key"), elsewhere.join("key")))
            .map_err(text)?;
        load(&elsewhere, &self::engine(&EngineConfig::timed())?, &victim)?;
        let other_engine = fs::read(only_entry(&elsewhere, &[])?).map_err(text)?;
        let native = engine.precompile(&wasm(666)).map_err(text)?;
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            engine,
            victim,
            entry,
            other_entry,
            other_engine,
            native,
        })
    }

    fn attack(&self, change: Change, random: &mut StdRng) -> Result<(), String> {
        let good = fs::read(&self.entry).map_err(text)?;
        self.change(change, random, &good)
            .map_err(|error| format!("cannot change the entry: {error}"))?;
        let (loaded, rejected) = load(&self.folder, &self.engine, &self.victim)?;
        if loaded.origin() != Origin::Compiled {
            return Err(format!("a changed entry was used: {:?}", loaded.origin()));
        }
        if rejected != 1 {
            return Err(format!("{rejected} entries were rejected"));
        }
        let (again, _) = load(&self.folder, &self.engine, &self.victim)?;
        if again.origin() != Origin::Disk {
            return Err(String::from("the entry was not rebuilt"));
        }
        if change == Change::OtherKey {
            // The other module's entry was made with the key that is gone.
            let (other, _) = load(&self.folder, &self.engine, &module(8))?;
            if other.origin() != Origin::Compiled {
                return Err(String::from("an entry under an old key was used"));
            }
        }
        Ok(())
    }

    fn change(&self, change: Change, random: &mut StdRng, good: &[u8]) -> std::io::Result<()> {
        let mut bytes = good.to_vec();
        let position = random.random_range(0..bytes.len());
        match change {
            Change::FlipBit => bytes[position] ^= 1 << random.random_range(0..8),
            Change::FlipByte => bytes[position] ^= random.random_range(1..=255_u8),
            Change::Truncate => bytes.truncate(position),
            Change::Extend => bytes.extend((0..=random.random_range(0..100_u8)).map(|_| 0)),
            Change::Empty => bytes.clear(),
            Change::SwapWithAnother => bytes = fs::read(&self.other_entry)?,
            Change::OtherEngine => bytes.clone_from(&self.other_engine),
            Change::NativeCode => bytes.clone_from(&self.native),
            Change::Symlink => {
                let target = self.folder.join("target");
                replace(&target, good)?;
                fs::remove_file(&self.entry)?;
                return symlink(target, &self.entry);
            }
            Change::Folder => {
                fs::remove_file(&self.entry)?;
                return fs::create_dir(&self.entry);
            }
            Change::Pipe => {
                fs::remove_file(&self.entry)?;
                let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
                return Ok(rustix::fs::mknodat(
                    rustix::fs::CWD,
                    &self.entry,
                    rustix::fs::FileType::Fifo,
                    mode,
                    0,
                )?);
            }
            Change::WritableByOthers => {
                replace(&self.entry, good)?;
                return fs::set_permissions(&self.entry, fs::Permissions::from_mode(0o666));
            }
            Change::OtherKey => {
                let key: [u8; 32] = random.random();
                return fs::write(self.folder.join("key"), key);
            }
        }
        replace(&self.entry, &bytes)
    }
}

/// Puts a new file in the place of one that may be read-only.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::remove_file(path).or_else(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })?;
    fs::write(path, bytes)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o400))
}

fn engine(config: &EngineConfig) -> Result<Engine, String> {
    Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        ..config.clone()
    })
    .map_err(text)
}

fn wasm(value: i32) -> Vec<u8> {
    wat::parse_str(format!(
        "(module (func (export \"f\") (result i32) i32.const {value}))"
    ))
    .unwrap_or_default()
}

fn module(value: i32) -> Source {
    Source::Bytes(Arc::from(wasm(value)))
}

/// Loads with nothing in memory; returns the module and how many entries were rejected.
fn load(folder: &Path, engine: &Engine, source: &Source) -> Result<(LoadedModule, u64), String> {
    let disk = DiskCache::open(CacheConfig::new(folder)).map_err(text)?;
    let compiler = Compiler::in_process(CompileLimits::default());
    let config = LoaderConfig {
        disk: Some(disk),
        ..LoaderConfig::new(engine.clone(), compiler)
    };
    let loader = Loader::new(config);
    let loaded = loader.load(source, &LoadOptions::default()).map_err(text)?;
    let wanted = Digest::of(loaded.bytes());
    if loaded.digest() != wanted {
        return Err(format!("loaded {} instead of {wanted}", loaded.digest()));
    }
    let rejected = loader.statistics().disk.map_or(0, |disk| disk.rejected);
    Ok((loaded, rejected))
}

fn only_entry(folder: &Path, known: &[&PathBuf]) -> Result<PathBuf, String> {
    let paths = fs::read_dir(folder)
        .map_err(text)?
        .flatten()
        .map(|entry| entry.path());
    let mut entries = paths
        .filter(|path| path.extension().is_some_and(|end| end == "tgc") && !known.contains(&path));
    entries
        .next()
        .ok_or_else(|| String::from("no entry was written"))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The value behind a flag.
fn flag(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments
        .nth(1)
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

#[allow(
    dead_code,
    reason = "the test of the same name calls `campaign` instead"
)]
fn main() -> ExitCode {
    let (count, seed) = (flag("--n", 10_000), flag("--seed", 1));
    let result = tempfile::tempdir()
        .map_err(text)
        .and_then(|folder| campaign(&folder.path().join("cache"), count, seed));
    match result {
        Ok(tried) => {
            for (change, count) in tried {
                println!("{change:>20} {count}");
            }
            println!("cache-tamper: {count} changed entries of seed {seed}, 0 loaded");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("cache-tamper: FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}
