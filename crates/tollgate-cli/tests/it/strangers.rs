//! Bytes of strangers that are small and become large: whatever the command is asked to do with them, its own process stays
//! small and it ends.

use crate::command::{Ran, Tollgate, run, tollgate};

/// The most the process of the command may ever have had in memory. Its workers have limits of their own.
const HOST_BYTES: u64 = 256 << 20;

#[track_caller]
fn small(test: Tollgate) -> Ran {
    let (ran, peak) = test.ends_with_peak();
    assert!(
        peak <= HOST_BYTES,
        "{} MiB, exit code {}:\n{}",
        peak >> 20,
        ran.code,
        ran.stderr
    );
    ran
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        bytes.push(if number == 0 { byte } else { byte | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

fn custom(name: &str, content: &[u8]) -> Vec<u8> {
    let body = [&leb(name.len())[..], name.as_bytes(), content].concat();
    [&[0][..], &leb(body.len()), &body].concat()
}

/// A module that traps forty calls deep, with debug information in which each of `files` files has the name of a folder of
/// `folder` bytes.
fn debug_information(folder: usize, files: usize) -> Vec<u8> {
    let code = wat::parse_str(
        r#"(module (memory (export "memory") 0)
            (func $down (param i32) (if (local.get 0)
                (then (call $down (i32.sub (local.get 0) (i32.const 1)))) (else unreachable)))
            (func $start (export "_start") (call $down (i32.const 40))))"#,
    )
    .expect("it assembles");
    let sized = |content: Vec<u8>| {
        let length = u32::try_from(content.len()).expect("it is small");
        [&length.to_le_bytes()[..], &content].concat()
    };
    let abbreviations = [
        1, 0x11, 0, 0x10, 0x17, 0x1b, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0, 0,
    ];
    let mut unit = vec![4, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, b'/'];
    unit.extend(vec![b'A'; folder]);
    unit.extend([0, 0, 0, 0, 0, 0xff, 0xff, 0, 0]);
    let mut header = vec![1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0];
    header.extend(b"a\0\0\0\0".repeat(files));
    header.push(0);
    let mut program = vec![0, 5, 2, 0, 0, 0, 0, 0x14, 2];
    program.extend(leb(0xfff));
    program.extend([0, 1, 1]);
    let lines = [&[4, 0][..], &sized(header), &program].concat();
    [
        code,
        custom(".debug_abbrev", &abbreviations),
        custom(".debug_info", &sized(unit)),
        custom(".debug_line", &sized(lines)),
        custom(".debug_str", b"\0"),
    ]
    .concat()
}

#[test]
fn debug_information_is_not_read_unless_asked_for() {
    let bomb = debug_information(1 << 20, 2_000);
    for profile in ["metered", "timed", "isolated"] {
        let ran = small(run(["m.wasm", "--profile", profile]).file("m.wasm", &bomb));
        assert_eq!(ran.code, 134, "{profile}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("in `down` at offset 0x"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn debug_information_that_is_asked_for_names_files() {
    let ran = run(["m.wasm", "--debug-info"])
        .file("m.wasm", debug_information(10, 3))
        .ends_with(134);
    assert!(ran.stderr.contains("/AAAAAAAAAA/a:"), "{}", ran.stderr);
}

#[test]
fn names_in_a_trace_are_readable() {
    let module = r#"(module (func $rust (@name "_ZN4core9panicking5panic17h0123456789abcdefE") unreachable)
        (func $cpp (@name "_ZN3foo3barEib") (call $rust)) (func (export "_start") (call $cpp)))"#;
    let ran = run(["m.wat"]).file("m.wat", module).ends_with(134);
    for name in ["`core::panicking::panic`", "`foo::bar(int, bool)`"] {
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
}

/// Types whose validated form grows with the product of what is written: `functions` times `instances`.
fn component_types(functions: usize, instances: usize) -> String {
    let functions: String = (0..functions)
        .map(|index| format!(r#"(export "f{index}" (func (param "x" (own $r))))"#))
        .collect();
    format!(
        r#"(component (import "c" (component $c (export "r" (type $r (sub resource))) {functions})) {})"#,
        "(instance (instantiate $c)) ".repeat(instances)
    )
}

#[test]
fn types_of_components_end_the_worker_and_not_the_command() {
    let bomb = component_types(10_000, 500);
    for command in ["run", "inspect", "validate"] {
        let test = tollgate([command, "m.wat", "--compile-memory=400MiB"]).file("m.wat", &bomb);
        let ran = small(test);
        assert_eq!(ran.code, 65, "{command}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("`--compile-memory=1600MiB`"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn text_that_assembles_to_much_ends_the_worker_and_not_the_command() {
    let bomb = format!("(module {})", "(func)".repeat(2_000_000));
    let test = tollgate(["validate", "m.wat", "--compile-memory=300MiB"]).file("m.wat", bomb);
    assert_eq!(small(test).code, 65);
}

/// 16 MiB of JSON, deeply nested, with millions of values.
const JSON: &str = r#"(module (memory (export "memory") 300)
    (func (export "alloc") (param i32) (result i32) (i32.const 18000000))
    (func (export "f") (param i32 i32) (result i64) (local $at i32)
        (memory.fill (i32.const 0) (i32.const 91) (i32.const 120))
        (local.set $at (i32.const 120))
        (loop $more (i32.store16 (local.get $at) (i32.const 0x2c30))
            (local.set $at (i32.add (local.get $at) (i32.const 2)))
            (br_if $more (i32.lt_u (local.get $at) (i32.const 16777000))))
        (i32.store8 (local.get $at) (i32.const 48))
        (memory.fill (i32.add (local.get $at) (i32.const 1)) (i32.const 93) (i32.const 120))
        (i64.extend_i32_u (i32.add (local.get $at) (i32.const 121)))))"#;

#[test]
fn an_answer_stands_in_a_report_as_it_is() {
    let test = run([
        "m.wat",
        "--invoke",
        "f",
        "--input-text",
        "",
        "--format",
        "json",
    ]);
    let ran = small(test.file("m.wat", JSON));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.len() < 17 << 20, "{}", ran.stdout.len());
    let written = ran.stdout.find("\"json\": [[").expect("the answer");
    let answer = ran.stdout[written + 8..]
        .split(']')
        .next()
        .expect("its numbers");
    assert!(answer.starts_with(&"[".repeat(120)));
    assert_eq!(answer.matches("0,").count(), (16_777_000 - 120) / 2);
}

/// A component whose inner component takes `encoding` strings from another that has them in UTF-8.
fn adapted(encoding: &str) -> String {
    format!(
        r#"(component
        (component $B
            (core module $m (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                (func (export "f") (param i32 i32)))
            (core instance $i (instantiate $m))
            (func (export "f") (param "s" string) (canon lift (core func $i "f") (memory $i "memory")
                (realloc (func $i "realloc")) string-encoding={encoding})))
        (component $A
            (import "f" (func $f (param "s" string)))
            (core module $lib (memory (export "memory") 1) (data (i32.const 8) "text")
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
            (core instance $lib (instantiate $lib))
            (core func $lf (canon lower (func $f) (memory $lib "memory") (realloc (func $lib "realloc")) string-encoding=utf8))
            (core module $main (import "a" "f" (func $f (param i32 i32)))
                (func (export "run") (result i32) (call $f (i32.const 8) (i32.const 4)) (i32.const 7)))
            (core instance $a (export "f" (func $lf)))
            (core instance $mi (instantiate $main (with "a" (instance $a))))
            (func (export "run") (result u32) (canon lift (core func $mi "run"))))
        (instance $b (instantiate $B))
        (instance $a (instantiate $A (with "f" (func $b "f"))))
        (alias export $a "run" (func $run)) (export "run" (func $run)))"#
    )
}

#[test]
fn composed_components_with_strings_run_by_default() {
    for encoding in ["utf8", "utf16", "latin1+utf16"] {
        for profile in ["metered", "timed", "isolated"] {
            let ran = run(["m.wat", "--invoke", "run", "--profile", profile])
                .file("m.wat", adapted(encoding))
                .ends_with(0);
            assert_eq!(ran.stdout, "7\n", "{encoding}, {profile}");
        }
    }
}

#[test]
fn a_module_with_two_memories_of_its_own_needs_the_proposal() {
    let inside = "(component (core module (memory 1) (memory 1)))";
    for text in ["(module (memory 1) (memory 1))", inside] {
        let ran = tollgate(["validate", "m.wat"])
            .file("m.wat", text)
            .ends_with(65);
        assert!(
            ran.stderr.contains("`--proposal multi-memory`"),
            "{}",
            ran.stderr
        );
    }
}

const LISTS: &str = r#"(component
    (core module $m (memory (export "memory") 900)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "take") (param i32 i32))
        (func (export "give") (param i32) (result i32)
            (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "x" (list (list (list u8)))) (canon lift (core func $i "take") (memory $i "memory")
        (realloc (func $i "realloc"))))
    (func (export "bytes") (param "n" u32) (result (list u8)) (canon lift (core func $i "give") (memory $i "memory")))
    (func (export "text") (param "n" u32) (result string) (canon lift (core func $i "give") (memory $i "memory")))
    (type $flags (flags "a" "b" "c" "d" "e" "f" "g" "h"))
    (export $shown "letters" (type $flags))
    (func (export "flags") (param "n" u32) (result (list $shown)) (canon lift (core func $i "give") (memory $i "memory"))))"#;

#[test]
fn arguments_of_a_component_count_as_what_they_take() {
    let nested = format!("[[{}[]]]", "[],".repeat(5_000_000));
    let test = run([
        "m.wat",
        "--memory=128MiB",
        "--invoke",
        "take",
        "--input",
        "@input.json",
    ]);
    let ran = small(test.file("m.wat", LISTS).file("input.json", nested));
    assert_ne!(ran.code, 0);
    assert!(
        ran.stderr.contains("`--host-call-limit=32MiB`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn answers_of_a_component_count_as_what_they_take() {
    for function in ["bytes", "text", "flags"] {
        let test = run([
            "m.wat",
            "--memory=128MiB",
            "--invoke",
            function,
            "--input",
            "[58000000]",
        ]);
        let ran = small(test.file("m.wat", LISTS));
        assert_ne!(ran.code, 0, "{function}");
        assert!(
            ran.stderr.contains("`--host-call-limit=32MiB`"),
            "{function}: {}",
            ran.stderr
        );
    }
}
