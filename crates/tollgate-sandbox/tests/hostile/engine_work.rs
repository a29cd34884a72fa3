//! Attacks on time with work of the engine that no instruction counts, and with work before the first instruction.

use tollgate_sandbox::{ComponentArgs, Entry};

use super::{End, Suite};

/// Sends a text from the memory of one part of a component to that of another, again and again.
fn copies(from: &str, to: &str, pages: u64) -> String {
    format!(
        r#"(component
    (component $B
        (core module $m (memory (export "memory") {more})
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
            (func (export "f") (param i32 i32)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "s" string) (canon lift (core func $i "f") (memory $i "memory") (realloc (func $i "realloc")) string-encoding={to})))
    (component $A
        (import "f" (func $f (param "s" string)))
        (core module $lib (memory (export "memory") {pages}) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
        (core instance $lib (instantiate $lib))
        (core func $lf (canon lower (func $f) (memory $lib "memory") (realloc (func $lib "realloc")) string-encoding={from}))
        (core module $main
            (import "a" "f" (func $f (param i32 i32)))
            (func (export "run") (result i32)
                (loop $l (call $f (i32.const 0) (i32.const {bytes})) (br $l)) (i32.const 0)))
        (core instance $a (export "f" (func $lf)))
        (core instance $mi (instantiate $main (with "a" (instance $a))))
        (func (export "run") (result u32) (canon lift (core func $mi "run"))))
    (instance $b (instantiate $B))
    (instance $a (instantiate $A (with "f" (func $b "f"))))
    (alias export $a "run" (func $run)) (export "run" (func $run)))"#,
        more = pages * 3 + 1,
        bytes = pages << 15,
    )
}

impl Suite<'_> {
    pub(super) fn engine_work(&mut self) {
        let value = self.random.within(0..1 << 30);
        let waiting = [
            format!("(drop (memory.atomic.wait32 (i32.const 0) (i32.const {value}) (i64.const -1)))"),
            format!("(drop (memory.atomic.wait64 (i32.const 0) (i64.const {value}) (i64.const 3600000000000)))"),
            "(loop $l (drop (memory.atomic.wait32 (i32.const 128) (i32.const 0) (i64.const 1000000000))) (br $l))".to_owned(),
        ];
        for body in waiting {
            let fields = "(memory 1 1 shared)";
            let store = format!("(i64.store (i32.const 0) (i64.const {value})) {body}");
            self.core(
                "waiting in an instruction",
                fields,
                &store,
                End::StoppedOrRefused,
            );
        }
        for (from, to) in [
            ("utf8", "utf16"),
            ("utf16", "utf8"),
            ("utf8", "utf8"),
            ("latin1+utf16", "utf8"),
        ] {
            let entry = Entry::Component {
                export: "run".to_owned(),
                args: ComponentArgs::Json("[]".to_owned()),
            };
            let pages = self.random.within(8..15);
            self.add(
                &format!("a component that copies texts from {from} to {to}"),
                &copies(from, to, pages),
                entry,
                End::StoppedOrRefused,
            );
        }
    }
}
