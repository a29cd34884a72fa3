//! The cache on disk: what it keeps, what it refuses, and whom it trusts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tollgate_sandbox::{
    Allocation, CacheConfig, CacheError, CacheStatistics, CompileLimits, Compiler, DiskCache,
    Engine, EngineConfig, EventKind, LoadOptions, Loader, LoaderConfig, ModuleLimits, Origin,
    Source,
};

#[path = "../../examples/cache_tamper.rs"]
mod cache_tamper;

fn engine() -> Engine {
    Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::metered()
    })
    .unwrap()
}

fn loader(config: CacheConfig) -> Loader {
    loader_of(&engine(), config)
}

fn loader_of(engine: &Engine, config: CacheConfig) -> Loader {
    let disk = DiskCache::open(config).unwrap();
    let compiler = Compiler::in_process(CompileLimits::default());
    Loader::new(LoaderConfig {
        disk: Some(disk),
        ..LoaderConfig::new(engine.clone(), compiler)
    })
}

fn module(value: i32) -> Source {
    let text = format!("(module (func (export \"f\") (result i32) i32.const {value}))");
    Source::Bytes(Arc::from(text.into_bytes()))
}

fn origin(loader: &Loader, source: &Source) -> Origin {
    loader
        .load(source, &LoadOptions::default())
        .unwrap()
        .origin()
}

fn disk(loader: &Loader) -> CacheStatistics {
    loader.statistics().disk.unwrap()
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "tgc"))
        .collect()
}

#[test]
fn code_is_compiled_once_and_then_comes_from_disk_and_memory() {
    let dir = tempfile::tempdir().unwrap();
    let first = loader(CacheConfig::new(dir.path()));
    assert_eq!(origin(&first, &module(1)), Origin::Compiled);
    assert_eq!(origin(&first, &module(1)), Origin::Memory);
    let second = loader(CacheConfig::new(dir.path()));
    assert_eq!(origin(&second, &module(1)), Origin::Disk);
    assert_eq!(origin(&second, &module(2)), Origin::Compiled);
    let statistics = disk(&second);
    assert_eq!(
        (statistics.hits, statistics.misses, statistics.entries),
        (1, 1, 2)
    );
    assert!(statistics.bytes > 0);
}

#[test]
fn three_hundred_changed_entries_are_all_rejected_and_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let tried = cache_tamper::campaign(&dir.path().join("cache"), 300, 42).unwrap();
    assert_eq!(tried.len(), 13, "every change must be tried: {tried:?}");
}

#[test]
fn rejection_is_reported_as_an_event() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine();
    origin(
        &loader_of(&engine, CacheConfig::new(dir.path())),
        &module(1),
    );
    let path = entries(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] ^= 1;
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    let mut events = engine.subscribe();
    assert_eq!(
        origin(
            &loader_of(&engine, CacheConfig::new(dir.path())),
            &module(1)
        ),
        Origin::Compiled
    );
    let kinds: Vec<EventKind> = std::iter::from_fn(|| events.try_next())
        .map(|event| event.kind)
        .collect();
    assert!(
        matches!(&kinds[0], EventKind::CacheRejected { reason } if reason.contains("authentication code")),
        "{kinds:?}"
    );
    assert!(
        matches!(
            &kinds[1..],
            [
                EventKind::ModuleCompiling { .. },
                EventKind::ModuleCompiled { .. },
                EventKind::ModuleLoaded
            ]
        ),
        "{kinds:?}"
    );
}

#[test]
fn key_and_entries_are_private_files() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("new/cache");
    origin(&loader(CacheConfig::new(&folder)), &module(1));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("key")), 0o600);
    assert_eq!(mode(&entries(&folder)[0]), 0o400);
    let names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "no temporary file stays: {names:?}");
}

#[test]
fn folder_that_others_may_write_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for mode in [0o770, 0o707, 0o777, 0o1777] {
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        let error = DiskCache::open(CacheConfig::new(dir.path())).unwrap_err();
        assert!(
            matches!(
                error,
                CacheError::Folder {
                    what: "is writable by others",
                    ..
                }
            ),
            "{mode:o}: {error}"
        );
    }
}

#[test]
fn folder_of_another_user_is_refused() {
    // Only root can give a folder away; everybody else has folders of root to try.
    let dir = tempfile::tempdir().unwrap();
    let root = rustix::process::geteuid().is_root();
    if root {
        std::os::unix::fs::chown(dir.path(), Some(12_345), None).unwrap();
    }
    let folder = if root { dir.path() } else { Path::new("/") };
    let error = DiskCache::open(CacheConfig::new(folder)).unwrap_err();
    assert!(
        matches!(
            error,
            CacheError::Folder {
                what: "belongs to another user",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn key_that_others_could_know_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    let open = || DiskCache::open(CacheConfig::new(dir.path()));
    drop(open().unwrap());
    for mode in [0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        assert!(
            matches!(open().unwrap_err(), CacheError::Key { .. }),
            "{mode:o}"
        );
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    drop(open().unwrap());
    for length in [0, 31, 33] {
        fs::write(&key, vec![1; length]).unwrap();
        assert!(
            matches!(open().unwrap_err(), CacheError::Key { .. }),
            "{length} bytes"
        );
    }
    fs::rename(&key, dir.path().join("real")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("real"), &key).unwrap();
    assert!(matches!(
        open().unwrap_err(),
        CacheError::Key {
            what: "is a symbolic link; delete it, and modules are compiled again",
            ..
        }
    ));
}

#[test]
fn one_key_results_when_many_open_a_new_folder_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("cache");
    let keys: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let open = || {
            drop(DiskCache::open(CacheConfig::new(&folder)).unwrap());
            fs::read(folder.join("key")).unwrap()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(keys.iter().all(|key| key.len() == 32 && *key == keys[0]));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn size_is_bounded_and_the_least_recently_used_goes_first() {
    let dir = tempfile::tempdir().unwrap();
    let first = loader(CacheConfig::new(dir.path()));
    origin(&first, &module(1));
    let one = disk(&first).bytes;
    let config = CacheConfig {
        bytes_max: one * 3 + one / 2,
        ..CacheConfig::new(dir.path())
    };
    let small = loader(config.clone());
    let age = |hours: u64| std::time::SystemTime::now() - Duration::from_secs(hours * 3_600);
    for (value, hours) in [(1, 30), (2, 20), (3, 10)] {
        let known = entries(dir.path());
        origin(&small, &module(value));
        for path in entries(dir.path())
            .into_iter()
            .filter(|path| value == 1 || !known.contains(path))
        {
            fs::File::open(path)
                .unwrap()
                .set_modified(age(hours))
                .unwrap();
        }
    }
    // The oldest is used again, so the second oldest has to go.
    assert_eq!(origin(&loader(config.clone()), &module(1)), Origin::Disk);
    origin(&small, &module(4));
    assert_eq!(disk(&small).entries, 3);
    let fresh = loader(config);
    assert_eq!(origin(&fresh, &module(1)), Origin::Disk);
    assert_eq!(origin(&fresh, &module(3)), Origin::Disk);
    assert_eq!(origin(&fresh, &module(2)), Origin::Compiled);
}

#[test]
fn entry_larger_than_the_cache_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let tiny = loader(CacheConfig {
        bytes_max: 100,
        ..CacheConfig::new(dir.path())
    });
    assert_eq!(origin(&tiny, &module(1)), Origin::Compiled);
    assert_eq!(disk(&tiny).entries, 0);
}

#[test]
fn entries_made_by_another_engine_or_under_other_limits_are_not_used() {
    let dir = tempfile::tempdir().unwrap();
    origin(&loader(CacheConfig::new(dir.path())), &module(1));
    let timed = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::timed()
    })
    .unwrap();
    assert_eq!(
        origin(&loader_of(&timed, CacheConfig::new(dir.path())), &module(1)),
        Origin::Compiled
    );
    let disk = DiskCache::open(CacheConfig::new(dir.path())).unwrap();
    let compiler = Compiler::in_process(CompileLimits::default());
    let config = LoaderConfig {
        disk: Some(disk),
        ..LoaderConfig::new(engine(), compiler)
    };
    let strict = Loader::new(LoaderConfig {
        limits: ModuleLimits {
            functions: 0,
            ..config.limits.clone()
        },
        ..config
    });
    let refused = strict.load(&module(1), &LoadOptions::default());
    assert!(
        refused.is_err(),
        "a stricter limit holds for cached modules too"
    );
}

#[test]
fn invalidation_removes_one_all_or_all_but_the_newest() {
    let dir = tempfile::tempdir().unwrap();
    let loader = loader(CacheConfig::new(dir.path()));
    let digests: Vec<_> = (0..5)
        .map(|value| {
            loader
                .load(&module(value), &LoadOptions::default())
                .unwrap()
                .digest()
        })
        .collect();
    assert_eq!(loader.list().len(), 5);
    assert_eq!(
        loader.invalidate(digests[0]),
        2,
        "one in memory, one on disk"
    );
    assert!(loader.loaded(digests[0]).is_none() && loader.loaded(digests[1]).is_some());
    assert_eq!(disk(&loader).entries, 4);
    assert_eq!(loader.disk().unwrap().keep_newest(3), 1);
    assert_eq!(disk(&loader).entries, 3);
    assert_eq!(loader.clear(), 4 + 3);
    assert_eq!(disk(&loader).entries, 0);
    assert!(dir.path().join("key").exists(), "the key stays");
}

#[test]
fn looking_at_every_entry_removes_what_would_not_be_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let loader = loader(CacheConfig::new(dir.path()));
    for value in 0..4 {
        origin(&loader, &module(value));
    }
    let cache = loader.disk().unwrap();
    let listed = cache.entries();
    assert_eq!(listed.len(), 4);
    let paths = entries(dir.path());
    fs::remove_file(&paths[0]).unwrap();
    fs::write(&paths[0], vec![0; 1_000]).unwrap();
    // The name says which module and engine an entry is for.
    let renamed = format!("{}-{}.tgc", "0".repeat(64), "0".repeat(16));
    fs::rename(&paths[1], dir.path().join(renamed)).unwrap();
    let audit = cache.verify();
    assert_eq!((audit.intact, audit.removed.len()), (2, 2), "{audit:?}");
    assert_eq!(cache.verify().intact, 2);
}

#[test]
fn what_an_interrupted_writer_left_is_removed_after_a_while() {
    let dir = tempfile::tempdir().unwrap();
    drop(DiskCache::open(CacheConfig::new(dir.path())).unwrap());
    let at = |name: &str| dir.path().join(name);
    let (old, new) = (at("0123456789abcdef.tmp"), at("fedcba9876543210.tmp"));
    let other = at("draft.tmp");
    fs::write(&new, "").unwrap();
    for path in [&old, &other] {
        let file = fs::File::create(path).unwrap();
        file.set_modified(std::time::SystemTime::now() - 2 * tollgate_sandbox::limits::CACHE_WRITE)
            .unwrap();
    }
    // Writing looks for it; opening, which every run does, does not.
    let loader = loader(CacheConfig::new(dir.path()));
    assert!(old.exists());
    origin(&loader, &module(1));
    assert!(!old.exists() && new.exists() && other.exists());
}

#[test]
fn a_folder_with_other_files_is_not_made_a_cache() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.txt"), "years").unwrap();
    let error = DiskCache::open(CacheConfig::new(dir.path())).unwrap_err();
    assert!(
        matches!(&error, CacheError::Folder { what, .. } if what.contains("other files")),
        "{error}"
    );
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing was put there");
}

#[test]
fn clearing_removes_what_a_cache_wrote_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let config = || CacheConfig::new(dir.path());
    let loader = loader(config());
    origin(&loader, &module(1));
    let others = ["notes.tgc", "0000-0000.tgc", "a.wasm"];
    for name in others {
        fs::write(dir.path().join(name), "years").unwrap();
    }
    let cache = DiskCache::open(config()).unwrap();
    assert_eq!(cache.statistics().entries, 1);
    assert_eq!(cache.verify().intact, 1);
    assert_eq!(cache.clear(), 1);
    assert_eq!(cache.keep_newest(0), 0);
    for name in others {
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), "years");
    }
}

#[test]
fn a_cache_without_its_key_is_still_a_cache() {
    let dir = tempfile::tempdir().unwrap();
    let config = || CacheConfig::new(dir.path());
    assert_eq!(origin(&loader(config()), &module(1)), Origin::Compiled);
    fs::remove_file(dir.path().join("key")).unwrap();
    // What was made with the key that is gone counts no more.
    assert_eq!(origin(&loader(config()), &module(1)), Origin::Compiled);
    assert_eq!(origin(&loader(config()), &module(1)), Origin::Disk);
    // Whatever somebody puts beside it later is not ours to judge.
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    assert_eq!(origin(&loader(config()), &module(1)), Origin::Disk);
}
