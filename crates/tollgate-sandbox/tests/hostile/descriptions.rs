//! Attacks with what a module says about itself: types that stand for very large ones, and information for debuggers.

use tollgate_sandbox::{ComponentArgs, Entry, TrapCode};

use super::{End, Suite};

impl Suite<'_> {
    pub(super) fn descriptions(&mut self) {
        self.types();
        self.debug_information();
    }

    /// Arguments of a type that has thousands of parts, and is written in a few lines: also the error that they are wrong is short.
    fn types(&mut self) {
        let depth = self.random.within(10..14);
        let types: String = (1..=depth)
            .map(|n| format!("(type $t{n} (tuple $t{} $t{}))", n - 1, n - 1))
            .collect();
        let wat = format!(
            r#"(component
                (core module $m (memory (export "memory") 40)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
                    (func (export "f") (param i32)))
                (core instance $i (instantiate $m))
                (type $t0 (tuple u8 string)) {types}
                (func (export "f") (param "p" $t{depth}) (canon lift (core func $i "f") (memory $i "memory")
                    (realloc (func $i "realloc")))))"#
        );
        for args in ["[]", "[[[]]]", "[7]"] {
            let entry = Entry::Component {
                export: "f".to_owned(),
                args: ComponentArgs::Json(args.to_owned()),
            };
            let name = format!("wrong arguments `{args}` of a type that doubles");
            self.add(&name, &wat, entry, End::Kind("bad-arguments"));
        }
    }

    /// A trap is described by what the engine keeps, and sections for debuggers are not part of that.
    fn debug_information(&mut self) {
        let bytes = self.random.within(200_000..300_000);
        let text = "A".repeat(usize::try_from(bytes).unwrap_or_default());
        let sections: String = [".debug_info", ".debug_line", ".debug_abbrev", ".debug_str"]
            .iter()
            .map(|name| format!(r#"(@custom "{name}" "{text}")"#))
            .collect();
        self.core(
            "a trap with debug information",
            &sections,
            "unreachable",
            End::Trap(TrapCode::Unreachable),
        );
    }
}
