//! A gate is asked about all that a call makes possible with a file, whatever the file is called then.

use std::sync::Arc;

use tollgate_sandbox::{Capability, Gate, GateCall, Outcome, PathGrant, Target, Verdict};

use crate::gate::{NOT_CAPABLE, deny, details, returned};
use crate::guest::{core, execution};

/// A guest of WASI that takes steps on files below the granted folder 3, and returns the last error number.
fn steps(body: &str) -> String {
    format!(
        r#"(module
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_set_times" (func $touch (param i32 i64 i64 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 100) "prot/x") (data (i32.const 110) "out/y") (data (i32.const 120) "prot")
    (func $opening (param $create i32) (param $rights i64) (result i32)
        (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 6) (local.get $create) (local.get $rights) (local.get $rights)
            (i32.const 0) (i32.const 0)))
    (func (export "run") (result i32) {body}))"#
    )
}

/// Denies one capability on what is protected, under its name and not under others.
struct Protects(Capability);

impl Gate for Protects {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        match call.target {
            Target::Path(name) if name.starts_with("/data/prot/") && call.capability == self.0 => {
                deny("it is protected")
            }
            _ => Verdict::Allow,
        }
    }
}

/// What the guest gets under a gate, and the folder with `prot/x` and `out` that it may read and write.
fn judged(gate: Protects, body: &str) -> (i32, Outcome, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["prot", "out"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("prot/x"), "text").unwrap();
    let mut run = execution(&steps(body), core("run", &[]));
    let grant = PathGrant::mapped(folder.path(), "/data");
    run.grant.read.push(grant.clone());
    run.grant.write.push(grant);
    run.gate = Some(Arc::new(gate));
    let outcome = run.run_blocking();
    (returned(&outcome), outcome, folder)
}

/// What the guest gets when a gate protects the folder `prot`, in which nothing changes.
fn protected(from: Capability, body: &str) -> (i32, Outcome) {
    let (errno, outcome, folder) = judged(Protects(from), body);
    let kept = std::fs::read(folder.path().join("prot/x"));
    assert_eq!(kept.unwrap(), b"text", "nothing is moved or changed");
    (errno, outcome)
}

const READ: &str = "(i64.const 2)";
const WRITE: &str = "(i64.const 64)";
const BOTH: &str = "(i64.const 66)";
const OTHER_DISK: i32 = 75;

#[test]
fn a_gate_is_asked_about_all_that_a_handle_may_do() {
    let open = |create: u32, rights: &str| format!("(call $opening (i32.const {create}) {rights})");
    for (denied, body) in [
        (Capability::FileRead, open(0, READ)),
        (Capability::FileRead, open(0, BOTH)),
        // Without any right, a handle is one to read.
        (Capability::FileRead, open(1, "(i64.const 0)")),
        (Capability::FileWrite, open(0, WRITE)),
        (Capability::FileWrite, open(0, BOTH)),
        (Capability::FileWrite, open(1, READ)),
    ] {
        assert_eq!(protected(denied, &body).0, NOT_CAPABLE, "{denied:?} {body}");
    }
    for (denied, body) in [
        (Capability::FileWrite, open(0, READ)),
        (Capability::FileRead, open(0, WRITE)),
    ] {
        assert_eq!(protected(denied, &body).0, 0, "{denied:?} {body}");
    }
}

#[test]
fn another_name_for_a_file_is_asked_about_as_all_that_it_opens() {
    let link = "(call $link (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 6) (i32.const 3) (i32.const 110) (i32.const 5))";
    let rename = "(call $rename (i32.const 3) (i32.const 100) (i32.const 6) (i32.const 3) (i32.const 110) (i32.const 5))";
    for denied in [Capability::FileRead, Capability::FileWrite] {
        for body in [link, rename] {
            assert_eq!(protected(denied, body).0, NOT_CAPABLE, "{denied:?} {body}");
        }
    }
}

#[test]
fn a_folder_is_not_moved_as_a_whole_where_a_gate_decides() {
    let rename = "(call $rename (i32.const 3) (i32.const 120) (i32.const 4) (i32.const 3) (i32.const 110) (i32.const 5))";
    let (errno, outcome) = protected(Capability::FileRead, rename);
    assert_eq!(errno, OTHER_DISK);
    let [(call, detail)] = details(&outcome)[..] else {
        panic!("{outcome:?}");
    };
    assert_eq!(call, "path_rename");
    assert!(detail.contains("move its files"), "{detail}");
}

#[test]
fn a_file_is_moved_where_a_gate_allows_it() {
    let rename = "(call $rename (i32.const 3) (i32.const 100) (i32.const 6) (i32.const 3) (i32.const 110) (i32.const 5))";
    let (errno, outcome, folder) = judged(Protects(Capability::Env), rename);
    assert_eq!(errno, 0, "{outcome:?}");
    let moved = std::fs::read(folder.path().join("out/y"));
    assert_eq!(moved.unwrap(), b"text");
}

#[test]
fn times_of_an_open_file_are_asked_about_as_writing() {
    let body = format!(
        "(drop (call $opening (i32.const 0) {READ})) (call $touch (i32.const 4) (i64.const 0) (i64.const 0) (i32.const 5))"
    );
    assert_eq!(protected(Capability::FileWrite, &body).0, NOT_CAPABLE);
}
