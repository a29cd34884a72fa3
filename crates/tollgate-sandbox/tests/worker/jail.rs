//! The jail of workers: a hostile program in the place of a worker reaches nothing.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

use tollgate_sandbox::jail_layers;

use crate::{
    Test,
    prisoner::{self, SECRET},
};

pub(crate) const TESTS: &[Test] = &[
    (
        "every_layer_is_in_force_on_this_system",
        every_layer_is_in_force_on_this_system,
    ),
    (
        "a_hostile_compiler_opens_and_sees_nothing",
        a_hostile_compiler_opens_and_sees_nothing,
    ),
    (
        "a_hostile_compiler_that_leaves_its_list_of_calls_is_ended",
        a_hostile_compiler_that_leaves_its_list_of_calls_is_ended,
    ),
    (
        "a_worker_that_will_not_hear_of_it_is_ended_all_the_same",
        a_worker_that_will_not_hear_of_it_is_ended_all_the_same,
    ),
    (
        "a_hostile_guest_that_leaves_its_list_of_calls_is_ended_and_the_call_is_named",
        a_hostile_guest_that_leaves_its_list_of_calls_is_ended_and_the_call_is_named,
    ),
    (
        "memory_that_no_limit_counts_is_not_there_for_a_guest",
        memory_that_no_limit_counts_is_not_there_for_a_guest,
    ),
    (
        "the_same_attacks_succeed_without_the_jail",
        the_same_attacks_succeed_without_the_jail,
    ),
    (
        "what_a_hostile_compiler_answers_is_refused",
        what_a_hostile_compiler_answers_is_refused,
    ),
    (
        "a_hostile_guest_reaches_its_grant_and_nothing_else",
        a_hostile_guest_reaches_its_grant_and_nothing_else,
    ),
    (
        "without_the_jail_a_hostile_guest_reaches_everything",
        without_the_jail_a_hostile_guest_reaches_everything,
    ),
];

fn every_layer_is_in_force_on_this_system() {
    let report = jail_layers().unwrap();
    let missing: Vec<_> = report.missing().collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(report.layers.len(), 7, "{report:?}");
}

/// Has the hostile program work in the place of a worker, and returns what its parent says of that.
fn hostile(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join(prisoner::NAME);
    let me = fs::read_link("/proc/self/exe").unwrap();
    fs::hard_link(&me, &program)
        .or_else(|_| fs::copy(&me, &program).map(drop))
        .unwrap();
    let output = Command::new(&program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn a_hostile_compiler_opens_and_sees_nothing() {
    for attack in [
        "environment",
        "read",
        "write",
        "list",
        "look",
        "thread",
        "limits",
    ] {
        let said = hostile(&["compile", "require", attack]);
        assert!(said.contains("<refused: "), "{attack}: {said}");
    }
}

fn a_hostile_compiler_that_leaves_its_list_of_calls_is_ended() {
    for (attack, call) in [
        ("connect", libc::SYS_socket),
        ("socket", libc::SYS_socket),
        ("signal", libc::SYS_kill),
        ("handle", libc::SYS_pidfd_open),
        ("handler", libc::SYS_rt_sigaction),
    ] {
        let said = hostile(&["compile", "require", attack]);
        assert!(said.contains(&forbidden(call)), "{attack}: {said}");
    }
    // Starting a process blocks all signals first, so the call is not heard.
    let said = hostile(&["compile", "require", "process"]);
    assert!(said.contains("Err(Forbidden { call: None })"), "{said}");
}

/// How the end of a worker reads that made this call.
fn forbidden(call: i64) -> String {
    format!("Err(Forbidden {{ call: Some(SystemCall({call})) }})")
}

fn a_worker_that_will_not_hear_of_it_is_ended_all_the_same() {
    let said = hostile(&["compile", "require", "deaf"]);
    assert!(said.contains("Err(Forbidden { call: None })"), "{said}");
}

fn a_hostile_guest_that_leaves_its_list_of_calls_is_ended_and_the_call_is_named() {
    for (attack, call) in [
        ("socket", libc::SYS_socket),
        ("handle", libc::SYS_pidfd_open),
        ("mount", libc::SYS_umount2),
        ("root", libc::SYS_chroot),
        ("handler", libc::SYS_rt_sigaction),
    ] {
        for workers in ["0", "1"] {
            let said = hostile(&["call", "require", attack, workers]);
            assert!(
                said.contains(&forbidden(call)),
                "{attack} {workers}: {said}"
            );
        }
    }
}

fn memory_that_no_limit_counts_is_not_there_for_a_guest() {
    let said = hostile(&["call", "require", "memory", "0"]);
    assert!(said.contains("exit status: 8"), "{said}");
    let said = hostile(&["call", "off", "memory", "0"]);
    assert!(said.contains("exit status: 9"), "{said}");
}

fn the_same_attacks_succeed_without_the_jail() {
    for attack in [
        "read", "list", "look", "thread", "socket", "signal", "handle",
    ] {
        let said = hostile(&["compile", "off", attack]);
        assert!(said.contains("<done>"), "{attack}: {said}");
    }
}

fn what_a_hostile_compiler_answers_is_refused() {
    let said = hostile(&["compile", "require", "garbage"]);
    assert!(said.starts_with("Err("), "{said}");
    let said = hostile(&["compile", "require", "endless"]);
    assert!(said.contains("limit: Artifact"), "{said}");
}

/// A folder with what is granted, what is not, and links from one to the other.
fn furnished() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in [
        "readable",
        "readable/folder",
        "writable",
        "outside",
        "outside/folder",
    ] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    for file in ["readable/file", "readable/folder/a", "readable-file"] {
        fs::write(root.path().join(file), "for the guest").unwrap();
    }
    for file in ["outside/file", "outside/folder/a", "writable/secret"] {
        fs::write(root.path().join(file), SECRET).unwrap();
    }
    for folder in ["readable", "writable"] {
        std::os::unix::fs::symlink("../outside", root.path().join(folder).join("link-out"))
            .unwrap();
    }
    root
}

/// Everything below a folder: content, or where a link leads, with the time of the last change.
fn everything(below: &Path) -> BTreeMap<PathBuf, (String, i64)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_dir() {
                folders.push(path.clone());
                String::from("folder")
            } else if metadata.is_symlink() {
                format!("{:?}", fs::read_link(&path).unwrap())
            } else {
                fs::read_to_string(&path).unwrap()
            };
            found.insert(path, (content, metadata.mtime()));
        }
    }
    found
}

fn a_hostile_guest_reaches_its_grant_and_nothing_else() {
    let root = furnished();
    let untouchable =
        || ["readable", "outside"].map(|folder| everything(&root.path().join(folder)));
    let before = untouchable();
    let said = hostile(&["guest", "require", root.path().to_str().unwrap()]);
    let writable = root.path().join("writable");
    let count = fs::read_to_string(writable.join("count")).unwrap_or(said);
    let loot = fs::read_to_string(writable.join("loot")).unwrap_or_default();
    assert_eq!(loot, "", "{count}");
    assert_eq!(untouchable(), before, "{count}");
    let done: u64 = count.split(' ').next().unwrap().parse().unwrap();
    assert!(done > 500, "it can do what was granted: {count}");
    assert!(prisoner::OPERATIONS - done > 5_000, "{count}");
}

fn without_the_jail_a_hostile_guest_reaches_everything() {
    let root = furnished();
    let outside = || everything(&root.path().join("outside"));
    let before = outside();
    hostile(&["guest", "off", root.path().to_str().unwrap()]);
    assert_ne!(outside(), before);
}
