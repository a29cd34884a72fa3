//! From nothing to success by what Tollgate proposes: each thing programs do with files, the network, the environment, the
//! clock and arguments, on both versions of WASI.
//!
//! A chain starts without grants, adds what the run proposed, as it is, and runs again through a shell, as a user pastes it.
//! What comes of it is compared with a run that had everything from the start.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use crate::command::{cache, guest, server};

const GUESTS: [&str; 2] = ["operations", "operations-component"];

/// Hints one operation may take: reading and writing of two places, and what shows when those are there.
const HINTS: usize = 6;

/// The operations that need grants of files. The folder of each is that of [`ground`].
const OPERATIONS: [&[&str]; 53] = [
    &["read", "d/a"],
    &["read", "./d/a"],
    &["read", "d/link"],
    &["read", "top"],
    &["read", "@/d/a"],
    &["list", "d"],
    &["list", "d/"],
    &["list", "."],
    &["list", "/"],
    &["list", "@/d"],
    &["stat", "d/a"],
    &["stat", "d"],
    &["stat", "."],
    &["lstat", "d/a"],
    &["exists", "d/a"],
    &["readlink", "d/link"],
    &["readlink", "link"],
    &["canonicalize", "d/sub/b"],
    &["canonicalize", "d/link"],
    &["canonicalize", "top"],
    &["write", "d/new"],
    &["write", "d/a"],
    &["write", "new"],
    &["write", "@/new"],
    &["create-new", "d/new"],
    &["create-new", "new"],
    &["append", "d/a"],
    &["append", "new"],
    &["update", "d/a"],
    &["truncate", "d/a"],
    &["touch", "d/a"],
    &["make-folder", "d/n"],
    &["make-folder", "n"],
    &["make-folders", "d/n/m"],
    &["make-folders", "n/m"],
    &["make-folders", "@/n/m"],
    &["remove", "d/a"],
    &["remove", "d/link"],
    &["remove", "top"],
    &["remove-folder", "d/empty"],
    &["remove-all", "d/sub"],
    &["copy", "d/a", "d/c"],
    &["copy", "d/a", "d/sub/b"],
    &["copy", "d/a", "new"],
    &["rename", "d/a", "d/z"],
    &["rename", "d/a", "d/sub/z"],
    &["rename", "d/a", "z"],
    &["rename", "top", "d/top"],
    &["rename", "d/sub", "d/other"],
    &["rename", "@/d/a", "@/z"],
    &["link", "d/a", "d/l"],
    &["link", "d/a", "l"],
    &["symlink", "a", "d/s"],
];

/// What needs no grant at all.
const FREE: [&str; 6] = [
    "arguments",
    "environment",
    "clock",
    "sleep",
    "random",
    "input",
];

/// Names that mean something to a shell, to a flag or to a terminal.
const NAMES: [&str; 18] = [
    "a,b",
    "a::b",
    "::",
    "a b",
    "it's",
    "\"quoted\"",
    "`a`",
    "$HOME",
    "~",
    "*",
    "-x",
    "a=b",
    "back\\slash",
    "back\\,slash",
    "line\nbreak",
    "\u{1b}[31mred",
    "\u{202e}abc",
    "häß",
];

/// The files before each operation.
fn ground() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    for name in ["d/sub", "d/empty"] {
        fs::create_dir_all(path.join(name)).expect("a folder");
    }
    for (name, text) in [("d/a", "one\n"), ("d/sub/b", "two\n"), ("top", "three\n")] {
        fs::write(path.join(name), text).expect("a file");
    }
    std::os::unix::fs::symlink("a", path.join("d/link")).expect("a link");
    std::os::unix::fs::symlink("top", path.join("link")).expect("a link");
    folder
}

/// Runs an operation in a folder, with flags as somebody types them; `@` in an argument is the folder.
fn run(folder: &Path, guest: &str, typed: &[String], arguments: &[&str]) -> Output {
    let script = format!(
        r#"exec "$0" run "$1" --quiet {} -- "${{@:2}}""#,
        typed.join(" ")
    );
    let absolute = folder.to_str().expect("a name");
    let given = arguments.iter().map(|text| text.replace('@', absolute));
    Command::new("bash")
        .args(["-c", &script, env!("CARGO_BIN_EXE_tollgate"), guest])
        .args(given)
        .current_dir(folder)
        .env("TOLLGATE_CACHE_DIR", cache())
        .stdin(Stdio::null())
        .output()
        .expect("a shell starts")
}

/// Follows what is proposed until the operation works; returns what was typed and what it printed.
fn follow(
    folder: &Path,
    guest: &str,
    start: &[&str],
    arguments: &[&str],
) -> Result<(Vec<String>, String), String> {
    let mut typed: Vec<String> = start.iter().map(|&flag| flag.to_owned()).collect();
    for _ in 0..=HINTS {
        let output = run(folder, guest, &typed, arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let told = format!("{arguments:?} with {typed:?}: {stderr}");
        if output.status.success() {
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            return Ok((typed, printed));
        }
        let proposed: Vec<_> = stderr.lines().filter_map(proposal).collect();
        let new: Vec<_> = proposed
            .into_iter()
            .filter(|flag| !typed.contains(flag))
            .collect();
        if new.is_empty() {
            return Err(format!("stuck: {told}"));
        }
        if new.iter().any(|flag| flag.ends_with("=/")) {
            return Err(format!("all of this machine is proposed: {told}"));
        }
        typed.extend(new);
    }
    Err(format!("no end: {arguments:?} with {typed:?}"))
}

fn proposal(line: &str) -> Option<String> {
    let (_, proposed) = line.rsplit_once(" needs `")?;
    Some(proposed.strip_suffix('`')?.to_owned())
}

/// Everything in a folder: what it is, what is in it, and whether its time was set by the operation.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    fn walk(at: &Path, root: &Path, seen: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(at).expect("a folder") {
            let path = entry.expect("an entry").path();
            let found = fs::symlink_metadata(&path).expect("it is there");
            let name = path.strip_prefix(root).expect("below it").to_str();
            let content = if found.is_dir() {
                walk(&path, root, seen);
                String::from("a folder")
            } else if found.is_symlink() {
                format!("a link to {:?}", fs::read_link(&path).expect("a link"))
            } else {
                let touched =
                    found.modified().expect("a time") == UNIX_EPOCH + Duration::from_secs(1_000);
                let text = fs::read_to_string(&path).expect("a text");
                format!("{text:?}{}", if touched { ", touched" } else { "" })
            };
            seen.insert(name.expect("Unicode").to_owned(), content);
        }
    }
    let mut seen = BTreeMap::new();
    walk(folder, folder, &mut seen);
    seen
}

/// Follows the hints for an operation and compares what came of it with a run that had `all` from the start.
fn leads(
    guest: &str,
    ground: impl Fn() -> TempDir,
    start: &[&str],
    all: &[&str],
    arguments: &[&str],
) -> Result<Vec<String>, String> {
    let (folder, twin) = (ground(), ground());
    let (typed, printed) = follow(folder.path(), guest, start, arguments)?;
    let all: Vec<String> = all.iter().map(|&flag| flag.to_owned()).collect();
    let output = run(twin.path(), guest, &all, arguments);
    let expected = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{arguments:?} with {all:?}: {stderr}"));
    }
    if tree(folder.path()) != tree(twin.path()) || printed != expected {
        return Err(format!(
            "{arguments:?} with {typed:?}: something else came of it: {printed:?} and {:?}, not {expected:?} and {:?}",
            tree(folder.path()),
            tree(twin.path())
        ));
    }
    Ok(typed)
}

/// The flags that grant all that `arguments` name. A guest cannot tell the root from the current folder, so that is not both.
fn everything(arguments: &[&str]) -> &'static [&'static str] {
    if arguments.iter().any(|path| path.starts_with('@')) {
        &["--allow-all"]
    } else {
        &["--allow-read=.", "--allow-write=."]
    }
}

/// Does something with each guest, and fails with everything that went wrong.
fn with_guests(each: impl Fn(&str) -> Vec<String>) {
    let wrong: Vec<String> = GUESTS
        .iter()
        .flat_map(|name| {
            let told = each(&guest(name));
            told.into_iter().map(move |told| format!("{name}: {told}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_proposed_for_an_operation_makes_it_work() {
    with_guests(|guest| {
        let chains = OPERATIONS.iter();
        chains
            .filter_map(|arguments| {
                leads(guest, ground, &[], everything(arguments), arguments).err()
            })
            .collect()
    });
}

#[test]
fn what_is_proposed_in_a_mapped_folder_names_it() {
    with_guests(|guest| {
        let chains = OPERATIONS.iter().filter(|arguments| {
            let paths = &arguments[1..];
            paths.iter().all(|path| path.starts_with("d/")) || arguments[0] == "symlink"
        });
        let wrong = chains.filter_map(|arguments| {
            let inside: Vec<String> = arguments
                .iter()
                .map(|path| {
                    path.strip_prefix("d/")
                        .map_or((*path).to_owned(), |rest| format!("/in/{rest}"))
                })
                .collect();
            let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
            let all = ["--dir=d::/in", "--allow-write=d::/in"];
            match leads(guest, ground, &all[..1], &all, &inside) {
                Ok(typed) if typed.len() <= 2 => None,
                Ok(typed) => Some(format!("{inside:?}: one folder is named by {typed:?}")),
                Err(told) => Some(told),
            }
        });
        wrong.collect()
    });
}

#[test]
fn what_is_proposed_for_any_name_names_it() {
    with_guests(|guest| {
        let mut wrong = Vec::new();
        for name in NAMES {
            let ground = || {
                let folder = tempfile::tempdir().expect("a folder");
                let path = folder.path();
                fs::create_dir_all(path.join("deep").join(name)).expect("a folder");
                fs::write(path.join(name), "one\n").expect("a file");
                fs::write(path.join("deep").join(name).join(name), "two\n").expect("a file");
                folder
            };
            let (deep, new) = (format!("deep/{name}"), format!("deep/new{name}"));
            let inner = format!("deep/{name}/{name}");
            for arguments in [
                &["read", name][..],
                &["list", &deep],
                &["append", &inner],
                &["write", &new],
                &["make-folders", &new],
                &["copy", name, &new],
                &["rename", &inner, &new],
            ] {
                wrong.extend(leads(guest, ground, &[], everything(arguments), arguments).err());
            }
        }
        wrong
    });
}

#[test]
fn what_is_proposed_in_a_mapped_folder_of_any_name_names_it() {
    with_guests(|guest| {
        let mut wrong = Vec::new();
        for name in NAMES {
            let ground = || {
                let folder = tempfile::tempdir().expect("a folder");
                fs::create_dir(folder.path().join(name)).expect("a folder");
                fs::write(folder.path().join(name).join("a"), "one\n").expect("a file");
                folder
            };
            // As the guide says: a backslash before what would mean something.
            let written = name
                .replace('\\', r"\\")
                .replace("::", r"\:\:")
                .replace(',', r"\,");
            let quoted = written.replace('\'', r"'\''");
            let dir = format!("'--dir={quoted}::/in'");
            let write = format!("'--allow-write={quoted}::/in'");
            wrong.extend(
                leads(
                    guest,
                    ground,
                    &[&dir],
                    &[&dir, &write],
                    &["write", "/in/new"],
                )
                .err(),
            );
        }
        wrong
    });
}

/// The user chooses what is given under a name that this machine does not have, and nothing else is left open.
#[test]
fn what_is_not_on_this_machine_is_given_under_its_name() {
    let cases = [
        ["read", "/opt/of-no-machine/x y", "top", "three\n\n"],
        ["exists", "of-no-folder", "top", "there\n"],
        [
            "canonicalize",
            "/of-no-machine/a",
            "d",
            "/of-no-machine/a\n",
        ],
    ];
    with_guests(|guest| {
        let wrong = cases
            .into_iter()
            .filter_map(|[operation, path, yours, expected]| {
                let folder = ground();
                let arguments = [operation, path];
                let denied = run(folder.path(), guest, &[], &arguments);
                let told = String::from_utf8_lossy(&denied.stderr).into_owned();
                let proposed = told.lines().find_map(|line| {
                    let (_, proposed) = line.rsplit_once(" needs `")?;
                    let (typed, rest) = proposed.split_once('`')?;
                    let open = rest.contains("as HOST: there is no");
                    open.then(|| typed.replace("HOST::", &format!("{yours}::")))
                });
                let Some(typed) = proposed else {
                    return Some(told);
                };
                let followed = run(folder.path(), guest, &[typed], &arguments);
                let printed = String::from_utf8_lossy(&followed.stdout).into_owned();
                (printed != expected).then(|| format!("{told}: {followed:?}"))
            });
        wrong.collect()
    });
}

#[test]
fn what_needs_no_grant_works_without() {
    with_guests(|guest| {
        let chains = FREE.iter().map(|name| {
            let folder = tempfile::tempdir().expect("a folder");
            follow(folder.path(), guest, &[], &[name])
        });
        chains
            .filter_map(|chain| match chain {
                Ok((typed, _)) if typed.is_empty() => None,
                Ok((typed, _)) => Some(format!("{typed:?} was proposed")),
                Err(told) => Some(told),
            })
            .collect()
    });
}

#[test]
fn what_is_proposed_for_a_connection_makes_it() {
    let (address, serve) = server();
    let folder = tempfile::tempdir().expect("a folder");
    let guest = guest("operations-component");
    let (typed, printed) = follow(folder.path(), &guest, &[], &["connect", &address])
        .unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(typed, [format!("--allow-net={address}")]);
    assert_eq!(printed, "Grace\n\n");
    serve.join().expect("the server was asked");
}

#[test]
fn what_is_proposed_for_the_look_up_of_a_name_makes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let guest = guest("operations-component");
    let (typed, printed) = follow(folder.path(), &guest, &[], &["look-up", "localhost:80"])
        .unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(typed, ["--allow-net=localhost"]);
    assert_eq!(printed, "true\n");
}
