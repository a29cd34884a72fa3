//! A path in memory that another guest changes all the time: what is checked and what is opened is one and the same text.

use std::{path::Path, time::Duration};

use tollgate_sandbox::{
    Allocation, Engine, EngineConfig, Execution, Output, PathGrant, Proposals, SharedMemory,
    Unstoppable, Value,
};

use crate::guest::{core, module_in};

/// Tries of the guest that opens; a text that is read twice is caught within some hundreds.
const TRIES: i32 = 20_000;
/// How often both are started before the test says that the names do not change.
const ROUNDS: usize = 50;

/// Opens the path at 64 and counts what begins with the first letter of what it may not read. In the end it tells the other
/// guest to stop.
const OPENS: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
    (import "env" "memory" (memory 1 1 shared)) (export "memory" (memory 0))
    (func (export "run") (param $tries i32) (result i32 i32) (local $opened i32) (local $stolen i32)
        (i32.store (i32.const 128) (i32.const 512)) (i32.store (i32.const 132) (i32.const 8))
        (loop $l
            (if (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 8)
                    (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 256)))
                (then
                    (local.set $opened (i32.add (local.get $opened) (i32.const 1)))
                    (drop (call $read (i32.load (i32.const 256)) (i32.const 128) (i32.const 1) (i32.const 260)))
                    (if (i32.eq (i32.load8_u (i32.const 512)) (i32.const 0x50)) ;; P
                        (then (local.set $stolen (i32.add (local.get $stolen) (i32.const 1)))))
                    (drop (call $close (i32.load (i32.const 256))))))
            (br_if $l (local.tee $tries (i32.sub (local.get $tries) (i32.const 1)))))
        (i32.atomic.store (i32.const 1024) (i32.const 1))
        (local.get $opened) (local.get $stolen)))"#;

/// Writes one name and the other to 64, each in one piece.
const CHANGES: &str = r#"(module
    (import "env" "memory" (memory 1 1 shared))
    (func (export "run")
        (loop $l
            (i64.atomic.store (i32.const 64) (i64.const 0x6e65706f2d74656c)) ;; let-open
            (i64.atomic.store (i32.const 64) (i64.const 0x6465736f6c632d61)) ;; a-closed
            (br_if $l (i32.eqz (i32.atomic.load (i32.const 1024)))))))"#;

#[test]
fn a_path_that_changes_while_it_is_used_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("let-open"), "open").unwrap();
    std::fs::write(folder.path().join("a-closed"), "Private").unwrap();
    let engine = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        proposals: Proposals {
            threads: true,
            ..Proposals::default()
        },
        // Neither waits at an address.
        unstoppable: Unstoppable::Accept,
        ..EngineConfig::metered()
    })
    .unwrap();
    // A round that was over before the other thread began shows nothing.
    let changed = (0..ROUNDS).any(|_| {
        let (open, stolen) = round(&engine, folder.path());
        assert_eq!(stolen, 0);
        (1..TRIES).contains(&open)
    });
    assert!(changed, "the names never changed");
}

/// How often the file could be opened while its name changed, and how often what was read was not what may be.
fn round(engine: &Engine, folder: &Path) -> (i32, i32) {
    let memory = SharedMemory::new(engine, 1, 1).unwrap();
    let sharing = |wat: &str, args: &[Value]| {
        let mut execution = Execution::new(&module_in(engine, wat), core("run", args));
        execution.limits.gas = u64::MAX / 2;
        execution.limits.wall = Duration::from_secs(300);
        let import = (String::from("env"), String::from("memory"), memory.clone());
        execution.shared.push(import);
        execution
    };
    let mut opens = sharing(OPENS, &[Value::I32(TRIES)]);
    let open = folder.join("let-open");
    opens
        .grant
        .read
        .push(PathGrant::mapped(open, "/d/let-open"));
    let changes = sharing(CHANGES, &[]);
    let opened = std::thread::scope(|scope| {
        let changing = scope.spawn(|| changes.run_blocking());
        let opened = opens.run_blocking();
        assert!(changing.join().unwrap().result.is_ok());
        opened
    });
    let Ok(Output::Values(values)) = &opened.result else {
        panic!("{opened:?}");
    };
    let [Value::I32(open), Value::I32(stolen)] = values.as_slice() else {
        panic!("{values:?}");
    };
    (*open, *stolen)
}
