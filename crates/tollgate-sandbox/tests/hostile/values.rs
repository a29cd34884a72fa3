//! Attacks with values of components: few bytes that become many, where the host takes them over or writes them as text.

use tollgate_sandbox::{ComponentArgs, Entry, LimitKind};

use super::{End, Suite};

/// A component that takes and gives lists of what its memory holds.
const LISTS: &str = r#"(component
    (core module $m (memory (export "memory") 40)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "take") (param i32 i32))
        (func (export "give") (param i32) (result i32)
            (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "x" (list (list (list u8)))) (canon lift (core func $i "take") (memory $i "memory")
        (realloc (func $i "realloc"))))
    (func (export "bytes") (param "n" u32) (result (list u8)) (canon lift (core func $i "give") (memory $i "memory")))
    (func (export "text") (param "n" u32) (result string) (canon lift (core func $i "give") (memory $i "memory")))
    (func (export "lists") (param "n" u32) (result (list (list u8))) (canon lift (core func $i "give") (memory $i "memory")))
    (type $flags (flags "a" "b" "c" "d" "e" "f" "g" "h"))
    (export $shown "letters" (type $flags))
    (func (export "flags") (param "n" u32) (result (list $shown)) (canon lift (core func $i "give") (memory $i "memory"))))"#;

impl Suite<'_> {
    pub(super) fn values(&mut self) {
        let much = End::Limit(LimitKind::HostCall);
        for (export, bytes_each) in [("bytes", 1), ("text", 1), ("lists", 8), ("flags", 1)] {
            // Within its memory, and less than a host call as bytes of that.
            let count = self.random.within(900_000..1_000_000) / bytes_each;
            let entry = Entry::Component {
                export: export.to_owned(),
                args: ComponentArgs::Json(format!("[{count}]")),
            };
            self.add(
                &format!("an answer of many values (`{export}`)"),
                LISTS,
                entry,
                much,
            );
        }
        let nested = format!(
            "[[{}[]]]",
            "[],".repeat(self.random.within(200_000..300_000) as usize)
        );
        let wave = format!(
            "[{}[]]",
            "[],".repeat(self.random.within(200_000..300_000) as usize)
        );
        for args in [ComponentArgs::Json(nested), ComponentArgs::Wave(wave)] {
            let entry = Entry::Component {
                export: "take".to_owned(),
                args,
            };
            self.add("arguments that become large", LISTS, entry, much);
        }
    }
}
