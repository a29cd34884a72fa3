//! Compiled code on disk: reported, looked after, and never used when it is not ours.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{Ran, guest, run, tollgate};

/// A cache folder of one test, with the code of `add` in it.
fn filled() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("cache");
    assert_eq!(origin(&added(&cache)), "compiled");
    (folder, cache)
}

fn added(cache: &Path) -> Ran {
    let guest = guest("add");
    let arguments = ["--invoke=add", "--format=json", "--", "2", "3"];
    run(std::iter::once(&*guest).chain(arguments))
        .env("TOLLGATE_CACHE_DIR", &cache.to_string_lossy())
        .ends_with(0)
}

fn origin(ran: &Ran) -> Value {
    ran.json()["load"]["origin"].clone()
}

fn entries(cache: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(cache).expect("the cache is there");
    let paths = paths.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "tgc"))
        .collect()
}

fn cache_command(cache: &Path, arguments: &[&str], code: i32) -> Ran {
    let arguments = std::iter::once("cache").chain(arguments.iter().copied());
    tollgate(arguments)
        .env("TOLLGATE_CACHE_DIR", &cache.to_string_lossy())
        .ends_with(code)
}

#[test]
fn the_second_run_takes_its_code_from_the_cache_and_says_so() {
    let (_folder, cache) = filled();
    assert_eq!(origin(&added(&cache)), "disk");
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&cache), 0o700);
    assert_eq!(mode(&cache.join("key")), 0o600);
    let guest = guest("hello");
    let ran = run([&*guest, "--cache-dir", &cache.to_string_lossy()]).ends_with(0);
    assert!(ran.stderr.contains("compiled in"), "{}", ran.stderr);
    let ran = run([&*guest, "--cache-dir", &cache.to_string_lossy()]).ends_with(0);
    assert!(ran.stderr.contains("from the cache"), "{}", ran.stderr);
    let ran = run([&*guest, "--no-cache", "--format=json"]).ends_with(0);
    assert_eq!(origin(&ran), "compiled");
}

#[test]
fn tampered_code_is_a_warning_and_compiled_again() {
    let (_folder, cache) = filled();
    let entry = entries(&cache).pop().expect("an entry");
    let mut bytes = fs::read(&entry).expect("the entry is read");
    bytes[100] ^= 1;
    fs::remove_file(&entry).expect("it goes");
    fs::write(&entry, bytes).expect("it is replaced");
    let ran = added(&cache);
    assert_eq!(origin(&ran), "compiled");
    assert!(
        ran.stderr.contains("warning: cached code of sha256:")
            && ran.stderr.contains("authentication code is wrong"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.json()["warnings"].as_array().map(Vec::len), Some(1));
    assert_eq!(origin(&added(&cache)), "disk");
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cache");
    fs::create_dir(&path).expect("a folder");
    // Only root can give a folder away; everybody else has the root folder to try.
    let theirs = match fs::metadata(&path).expect("it is there").uid() {
        0 => {
            chown(&path, Some(65_534), None).expect("root may do this");
            path
        }
        _ => PathBuf::from("/usr"),
    };
    let flag = format!("--cache-dir={}", theirs.display());
    let ran = run([&*guest("hello"), &flag]).ends_with(78);
    assert!(
        ran.stderr.contains("belongs to another user") && ran.stdout.is_empty(),
        "{}",
        ran.stderr
    );
    cache_command(&theirs, &["stats"], 78);
}

#[test]
fn a_folder_others_can_write_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("it is ours");
    let flag = format!("--cache-dir={}", folder.path().display());
    let ran = run([&*guest("hello"), &flag]).ends_with(78);
    assert!(ran.stderr.contains("writable by others"), "{}", ran.stderr);
}

#[test]
fn the_usual_folder_is_done_without_when_it_cannot_be_made() {
    let ran = run([&*guest("hello")])
        .file("not-a-folder", "")
        .without("TOLLGATE_CACHE_DIR")
        .env("XDG_CACHE_HOME", "/dev/null")
        .ends_with(0);
    assert!(
        ran.stderr.contains("compiled code is not kept"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_usual_folder_is_below_the_users_cache() {
    let home = tempfile::tempdir().expect("a folder");
    run([&*guest("hello")])
        .without("TOLLGATE_CACHE_DIR")
        .env("XDG_CACHE_HOME", &home.path().to_string_lossy())
        .ends_with(0);
    assert_eq!(entries(&home.path().join("tollgate/modules")).len(), 1);
}

#[test]
fn the_cache_is_counted_listed_checked_and_cleared() {
    let (_folder, cache) = filled();
    let stats = cache_command(&cache, &["stats", "--format=json"], 0).json();
    assert_eq!(stats["entries"], 1);
    assert!(stats["bytes"].as_u64().is_some_and(|bytes| bytes > 1_000));
    let list = cache_command(&cache, &["list", "--format=json"], 0).json();
    let digest = list["entries"][0]["module"].clone();
    assert_eq!(digest, added(&cache).json()["module"]["digest"]);
    let shown = cache_command(&cache, &["list"], 0).stdout;
    assert!(shown.starts_with(digest.as_str().expect("text")), "{shown}");
    let verify = cache_command(&cache, &["verify"], 0).stdout;
    assert_eq!(verify, "intact: 1 entry\n");
    let clear = cache_command(&cache, &["clear", digest.as_str().expect("text")], 0);
    assert_eq!(clear.stdout, "removed: 1 entry\n");
    assert!(entries(&cache).is_empty());
    assert_eq!(
        cache_command(&cache, &["clear", "--format=json"], 0).json()["removed"],
        0
    );
    cache_command(&cache, &["clear", "not-a-digest"], 64);
}

#[test]
fn checking_the_cache_removes_and_names_what_is_not_ours() {
    let (_folder, cache) = filled();
    let entry = entries(&cache).pop().expect("an entry");
    let forged = format!("{}-{}.tgc", "0".repeat(64), "0".repeat(16));
    fs::write(cache.join(&forged), [7; 4_096]).expect("a forged entry");
    let ran = cache_command(&cache, &["verify", "--format=json"], 65);
    assert_eq!(ran.json()["intact"], 1);
    assert_eq!(ran.json()["removed"][0]["name"], *forged);
    assert_eq!(entries(&cache), [entry]);
}

#[test]
fn pruning_keeps_as_many_as_wanted() {
    let (_folder, cache) = filled();
    let ran = cache_command(&cache, &["prune", "--keep", "0"], 0);
    assert_eq!(ran.stdout, "removed: 1 entry\n");
}

#[test]
fn a_large_module_starts_without_optimisation_until_it_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let module = folder.path().join("loops.wat");
    let loops = "loop ".repeat(400) + &"local.get 0 br_if 0 end ".repeat(400);
    let text = format!("(module (func (export \"f\") (local i32) {loops}))");
    fs::write(&module, text).expect("a module");
    let cache = folder.path().join("cache");
    let made = |flags: &[&str]| {
        let module = module.to_string_lossy();
        let arguments = [&*module, "--invoke=f", "--format=json"];
        let ran = run(arguments.iter().chain(flags).copied())
            .env("TOLLGATE_CACHE_DIR", &cache.to_string_lossy())
            .ends_with(0);
        let load = &ran.json()["load"];
        format!("{} {}", load["tier"], load["origin"])
    };
    assert_eq!(made(&[]), r#""quick" "compiled""#);
    assert_eq!(made(&[]), r#""quick" "disk""#);
    assert_eq!(made(&["--optimise"]), r#""speed" "compiled""#);
    assert_eq!(made(&[]), r#""speed" "disk""#);
}
