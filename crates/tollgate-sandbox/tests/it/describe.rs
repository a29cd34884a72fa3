//! Modules as WIT and as TypeScript declarations, bounded whatever the module says.

use tollgate_sandbox::{CompileLimits, Compiler, DescribeOptions, Digest, SourceBytes, SourceForm};

use crate::shapes;

/// The interface as the notation for its kind of module has it; none for what is not valid.
fn interface(module: &[u8]) -> Option<String> {
    let source = SourceBytes {
        bytes: module.into(),
        digest: Digest::of(module),
        form: SourceForm::Binary,
    };
    let wanted = DescribeOptions {
        interface: true,
        ..DescribeOptions::default()
    };
    let described = Compiler::in_process(CompileLimits::default()).describe(&source, &wanted);
    described.ok()?.interface
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn exports_and_imports_become_declarations() {
    let module = wat(r#"(module
        (import "env" "log" (func (param i32 i64)))
        (import "env" "t" (table 1 funcref))
        (import "other-env" "g" (global f64))
        (import "env" "log" (func (param i32 i64)))
        (import "env" "later" (func))
        (memory (export "memory") 1)
        (global (export "limit") i64 (i64.const 1))
        (func (export "add") (param i32 i32) (result i32) i32.const 0)
        (func (export "two words") (result i64 f32) i64.const 0 f32.const 0)
        (func (export "take") (param funcref externref)))"#);
    assert_eq!(
        interface(&module).unwrap(),
        r#"/** What the module exports. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly limit: WebAssembly.Global<"i64">;
  readonly add: (arg0: number, arg1: number) => number;
  readonly "two words": () => [bigint, number];
  readonly take: (arg0: Function | null, arg1: unknown) => void;
}

/** What the module must be given. */
export interface Imports {
  env: {
    log: (arg0: number, arg1: bigint) => void;
    t: WebAssembly.Table;
    later: () => void;
  };
  "other-env": {
    g: WebAssembly.Global<"f64">;
  };
}
"#
    );
}

#[test]
fn world_of_a_component_is_written_in_wit() {
    let component = wat(r#"(component
        (import "local:demo/types" (instance $types
            (type $r (record (field "name" string) (field "tags" (list string))))
            (export "person" (type $person (eq $r)))
            (type $e (enum "low" "high"))
            (export "level" (type $level (eq $e)))
            (export "file" (type $file (sub resource)))
            (export "look-up" (func (param "id" u32) (param "in" (borrow $file)) (result (option $person))))
            (export "levels" (func (result (result (list $level) (error string)))))))
        (import "log" (func (param "text" string))))"#);
    assert_eq!(
        interface(&component).unwrap(),
        "world module {
  import local:demo/types: interface {
    record person {
      name: string,
      tags: list<string>,
    }
    enum level {
      low,
      high,
    }
    resource file;
    look-up: func(id: u32, in: borrow<file>) -> option<person>;
    levels: func() -> result<list<level>, string>;
  }
  import log: func(text: string);
}
"
    );
}

#[test]
fn what_is_not_valid_has_no_interface() {
    assert_eq!(interface(b"\0asm\x01\0\0\0\xff"), None);
}

#[test]
fn text_is_bounded_for_many_exports_and_for_types_that_double() {
    let text = interface(&shapes::exports(100_000)).unwrap();
    assert!(
        text.len() < 300_000 && text.ends_with("the rest was left out\n"),
        "{}",
        text.len()
    );
    let doubling: String = (1..16)
        .map(|n| format!("(type $t{n} (tuple $t{} $t{}))", n - 1, n - 1))
        .collect();
    let imports: String = (0..5)
        .map(|n| format!("(import \"f{n}\" (func (param \"p\" $t15)))"))
        .collect();
    let component = wat(&format!(
        "(component (type $t0 (tuple u8 u8)) {doubling} {imports})"
    ));
    let text = interface(&component).unwrap();
    assert!(
        text.len() < 300_000 && text.ends_with("the rest was left out\n"),
        "{}",
        text.len()
    );
}
