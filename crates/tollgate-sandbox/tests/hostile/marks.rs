//! Two guests after each other: what the first leaves wherever it can, the second must not see.

use tollgate_sandbox::Entry;

use super::{End, RUN, Suite};

/// Leaves marks in memory, also in memory that grew, in a table, a global and on the stack.
pub(crate) const LEAVES: &str = r#"(module
    (memory (export "memory") 2) (table $t 4 funcref) (global $g (mut i64) (i64.const 0)) (elem declare func $run)
    (func $deep (param $n i32) (result i64) (local $a i64) (local $b i64)
        (local.set $a (i64.const 0x5ec2e75ec2e75ec2)) (local.set $b (i64.add (local.get $a) (global.get $g)))
        (if (result i64) (local.get $n)
            (then (i64.add (local.get $b) (call $deep (i32.sub (local.get $n) (i32.const 1)))))
            (else (local.get $a))))
    (func $run (export "run") (result i64)
        (drop (memory.grow (i32.const 20)))
        (memory.fill (i32.const 0) (i32.const 0xaa) (i32.mul (memory.size) (i32.const 65536)))
        (drop (table.grow $t (ref.func $run) (i32.const 1000)))
        (table.fill $t (i32.const 0) (ref.func $run) (table.size $t))
        (global.set $g (i64.const -1))
        (drop (call $deep (i32.const 500)))
        (i64.const 0)))"#;

/// Returns 0 if everything is as a fresh instance has it.
pub(crate) const LOOKS: &str = r#"(module
    (memory (export "memory") 2) (table $t 4 funcref) (global $g (mut i64) (i64.const 0))
    (func $find (export "run") (result i64) (local $i i32) (local $found i64)
        (if (i32.ne (memory.size) (i32.const 2)) (then (return (i64.const -1))))
        (if (i32.ne (table.size $t) (i32.const 4)) (then (return (i64.const -2))))
        (if (i64.ne (global.get $g) (i64.const 0)) (then (return (i64.const -3))))
        (drop (memory.grow (i32.const 20)))
        (drop (table.grow $t (ref.null func) (i32.const 1000)))
        (loop $l
            (local.set $found (i64.or (local.get $found) (i64.load (local.get $i))))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 1441792))))
        (local.set $i (i32.const 0))
        (loop $l
            (if (i32.eqz (ref.is_null (table.get $t (local.get $i)))) (then (return (i64.const -4))))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (table.size $t))))
        (local.get $found))
    (func (export "check") (if (i64.ne (call $find) (i64.const 0)) (then unreachable))))"#;

impl Suite<'_> {
    pub(super) fn marks(&mut self) {
        let entry = |export: &str| Entry::Core {
            export: export.to_owned(),
            args: Vec::new(),
        };
        for _ in 0..3 {
            self.add(
                "leaving marks for the next",
                LEAVES,
                entry(RUN),
                End::Harmless,
            );
            self.add(
                "looking for marks of others",
                LOOKS,
                entry("check"),
                End::Harmless,
            );
        }
        for name in [
            "the variables of the host",
            "what others left on the way in",
        ] {
            let (import, call) = if name.starts_with("the") {
                ("environ_sizes_get", "(i32.const 0) (i32.const 4)")
            } else {
                (
                    "fd_read",
                    "(i32.const 0) (i32.const 16) (i32.const 1) (i32.const 4)",
                )
            };
            // Nothing is there: no error, and a length of nothing.
            let body = format!(
                "(i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (i32.const 64)) (if (call ${import} {call}) (then unreachable)) (if (i32.load (i32.const 4)) (then unreachable))"
            );
            self.wasi(
                &format!("looking for {name}"),
                import,
                "",
                &body,
                End::Harmless,
            );
        }
    }
}
