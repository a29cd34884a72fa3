//! Calling exports: values, bytes, JSON, components; and the exit codes of programs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::command::{guest, run};

#[track_caller]
fn answers(arguments: &[&str], stdout: &str) {
    let ran = run(arguments.iter().copied()).ends_with(0);
    assert_eq!(ran.stdout, stdout);
}

#[test]
fn values_are_typed_by_the_signature() {
    answers(&[&guest("add"), "--invoke", "add", "--", "2", "-3"], "-1\n");
    answers(
        &[
            &guest("add"),
            "--invoke",
            "add64",
            "--",
            "9007199254740993",
            "0",
        ],
        "9007199254740993\n",
    );
    answers(
        &[&guest("add"), "--invoke", "hypotenuse", "--", "3", "4"],
        "5\n",
    );
    answers(&[&guest("add"), "--invoke", "half", "--", "0.5"], "0.25\n");
    answers(
        &[&guest("arithmetic"), "--invoke", "factorial", "--", "20"],
        "2432902008176640000\n",
    );
}

#[test]
fn several_values_are_several_lines() {
    answers(
        &[&guest("multi-value"), "--invoke", "divide", "--", "17", "5"],
        "3\n2\n",
    );
}

#[test]
fn vectors_go_in_and_out() {
    let (a, b) = (
        "0x00000004000000030000000200000001",
        "0x00000001000000010000000100000001",
    );
    answers(
        &[&guest("simd"), "--invoke", "add_lanes", "--", a, b],
        "0x00000005000000040000000300000002\n",
    );
}

#[test]
fn a_function_without_results_answers_nothing() {
    answers(&[&guest("add"), "--invoke", "noop"], "");
}

#[test]
fn json_goes_through_the_bytes_abi() {
    let input = r#"{"records":[{"n":2},{"n":1}],"steps":[{"sort":{"field":"n"}}]}"#;
    answers(
        &[
            &guest("json-transform"),
            "--invoke",
            "transform",
            "--input",
            input,
        ],
        "{\"count\":2,\"records\":[{\"n\":1},{\"n\":2}]}\n",
    );
}

#[test]
fn text_goes_through_the_bytes_abi_as_it_is() {
    answers(
        &[&guest("echo"), "--invoke", "shout", "--input-text", "grüße"],
        "GRüßE\n",
    );
}

#[test]
fn input_comes_from_a_file_or_from_standard_input() {
    let ran = run([&*guest("echo"), "--invoke", "echo", "--input", "@in.json"])
        .file("in.json", "[1]")
        .ends_with(0);
    assert_eq!(ran.stdout, "[1]\n");
    let ran = run([&*guest("echo"), "--invoke", "echo", "--input", "@-"])
        .input("[2]")
        .ends_with(0);
    assert_eq!(ran.stdout, "[2]\n");
}

#[test]
fn large_input_and_output_go_through_whole() {
    let text = "x".repeat(3 << 20);
    let ran = run([&*guest("echo"), "--invoke", "echo", "--input-text", "@-"])
        .input(text.clone())
        .ends_with(0);
    assert_eq!(ran.stdout.len(), text.len() + 1);
}

#[test]
fn a_component_function_takes_json() {
    let basket = r#"[{"customer":"Ada","tier":"gold","lines":[{"sku":"bolt","quantity":100,"unit-cents":12}],"coupon":null}]"#;
    let price = "tollgate:pricing/quotes@0.1.0#price";
    let ran = run([
        &*guest("pricing-component"),
        "--invoke",
        price,
        "--input",
        basket,
    ])
    .ends_with(0);
    assert!(ran.stdout.contains("\"net-cents\":1020"), "{}", ran.stdout);
}

#[test]
fn a_component_function_takes_wave_arguments() {
    let percent = "tollgate:pricing/quotes@0.1.0#tier-percent";
    answers(
        &[
            &guest("pricing-component"),
            "--invoke",
            percent,
            "--",
            "gold",
        ],
        "15\n",
    );
}

#[test]
fn exit_codes_of_programs_pass_through() {
    run([&*guest("exit")]).ends_with(42);
    run([&*guest("greet-component"), "--", "--code", "0", "x"]).ends_with(0);
    run([&*guest("wordstat"), "--", "--unknown"]).ends_with(2);
}

#[test]
fn a_module_can_come_from_standard_input_and_be_text() {
    let ran = run(["-", "--invoke", "f"])
        .input("(module (func (export \"f\") (result i32) (i32.const 7)))")
        .ends_with(0);
    assert_eq!(ran.stdout, "7\n");
}

#[test]
fn a_c_program_runs() {
    let path = crate::command::repository().join("guests/build/csvsum.wasm");
    if !path.is_file() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI has a C compiler for wasm; see `cargo xtask guests`"
        );
        eprintln!(
            "SKIPPED a_c_program_runs: no C compiler for wasm was found by `cargo xtask guests`"
        );
        return;
    }
    let ran = run([&*guest("csvsum"), "--allow-read=d", "--", "d/a.csv"])
        .file("d/a.csv", "n,x\n1,a\n2.5,b\n")
        .ends_with(0);
    assert_eq!(ran.stdout, "rows 2\nn 3.50\n");
}

/// A `switch` is a branch table inside as many blocks as it has cases.
#[test]
fn a_switch_of_thousands_of_cases_runs() {
    let cases = 3_000;
    let targets: String = (0..cases).map(|case| format!(" {case}")).collect();
    let module = format!(
        r#"(module (func (export "f") (param i32) (result i32) (local $found i32) {} (br_table{targets} (local.get 0)) {}
            (local.get $found)))"#,
        "(block ".repeat(cases),
        (0..cases)
            .map(|case| format!(
                ") (local.set $found (i32.add (local.get $found) (i32.const {}))) ",
                case % 2
            ))
            .collect::<String>()
    );
    let ran = run(["m.wat", "--invoke", "f", "--", "2000"])
        .file("m.wat", module)
        .ends_with(0);
    assert_eq!(ran.stdout, "500\n");
}

/// A library: it has no start, and sets itself up in `_initialize`.
const LIBRARY: &str = r#"(module (global $base (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $base (i32.const 41)))
    (func (export "next") (param i32) (result i32) (i32.add (global.get $base) (local.get 0))))"#;

#[test]
fn a_library_is_set_up_before_its_function_is_called() {
    let ran = run(["m.wat", "--quiet", "--invoke", "next", "--", "1"])
        .file("m.wat", LIBRARY)
        .ends_with(0);
    assert_eq!(ran.stdout, "42\n");
}

#[test]
fn true_and_false_are_one_and_zero() {
    for (given, answer) in [("true", "42\n"), ("false", "41\n")] {
        let ran = run(["m.wat", "--quiet", "--invoke", "next", "--", given])
            .file("m.wat", LIBRARY)
            .ends_with(0);
        assert_eq!(ran.stdout, answer);
    }
}

/// What a module lacks is said before it is compiled: nothing of it is in the cache afterwards.
#[track_caller]
fn lacks(wat: &str, said: &[&str]) {
    let test = run(["m.wat", "--cache-dir=kept"]).file("m.wat", wat);
    let ran = test.ends_with(65);
    for said in said {
        assert!(ran.stderr.contains(said), "{said}:\n{}", ran.stderr);
    }
    let kept = std::fs::read_dir(ran.folder.path().join("kept"));
    let kept: Vec<_> = kept
        .expect("a cache")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().ends_with(".tgc"))
        .collect();
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn a_library_without_a_function_to_call_is_not_compiled() {
    lacks(
        LIBRARY,
        &["`m.wat`", "no function `_start`", "`next`", "--invoke"],
    );
}

#[test]
fn an_import_that_nobody_provides_is_found_before_compiling() {
    lacks(
        r#"(module (import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (func (export "_start")))"#,
        &["`m.wat`", "`wasi_unstable` `fd_write`", "wasm32-wasip1"],
    );
}

#[test]
fn a_short_name_among_more_functions_than_are_listed_is_not_guessed() {
    let long = "x".repeat(100);
    let many: String = (0..6_000)
        .map(|number| format!("(export \"e{number}-{long}\" (func $one))"))
        .collect();
    let component = format!(
        r#"(component
            (core module $m (func (export "f") (result i32) i32.const 1) (func (export "g") (result i32) i32.const 2))
            (core instance $i (instantiate $m))
            (func $one (result u32) (canon lift (core func $i "f")))
            (func $two (result u32) (canon lift (core func $i "g")))
            (instance $a (export "target" (func $one)))
            (instance $b (export "target" (func $two)))
            (export "a:a/first" (instance $a)) {many} (export "z:z/last" (instance $b)))"#
    );
    let ran = |name: &str| {
        let invoke = format!("--invoke={name}");
        run(["m.wat", &*invoke, "--quiet"]).file("m.wat", &component)
    };
    let told = ran("target").ends_with(65);
    assert!(told.stdout.is_empty(), "{}", told.stdout);
    assert!(told.stderr.contains("`target`"), "{}", told.stderr);
    assert_eq!(ran("a:a/first#target").ends_with(0).stdout, "1\n");
    assert_eq!(ran("z:z/last#target").ends_with(0).stdout, "2\n");
}

/// Two interfaces with a function of one name, and one with another.
const TWINS: &str = "(component
  (core module $m (func (export \"f\") (result i32) i32.const 1) (func (export \"g\") (result i32) i32.const 2))
  (core instance $i (instantiate $m))
  (func $one (result u32) (canon lift (core func $i \"f\")))
  (func $two (result u32) (canon lift (core func $i \"g\")))
  (instance $a (export \"greet\" (func $one)))
  (instance $b (export \"greet\" (func $two)) (export \"only\" (func $two)))
  (export \"p:q/one@1.0.0\" (instance $a))
  (export \"p:q/two@1.2.3\" (instance $b)))";

#[test]
fn a_function_of_a_component_has_short_names_where_they_are_its_own() {
    for (name, answer) in [
        ("p:q/two@1.2.3#only", "2\n"),
        ("only", "2\n"),
        ("two#greet", "2\n"),
        ("one@1.0.0#greet", "1\n"),
        ("q/one#greet", "1\n"),
        ("p:q/one#greet", "1\n"),
    ] {
        let invoke = format!("--invoke={name}");
        let ran = run(["m.wat", &*invoke, "--quiet"]).file("m.wat", TWINS);
        assert_eq!(ran.ends_with(0).stdout, answer, "{name}");
    }
    // Also when it was compiled before.
    let again = run(["m.wat", "--invoke=only", "--quiet"]).file("m.wat", TWINS);
    assert_eq!(again.ends_with(0).stdout, "2\n");
    let several = run(["m.wat", "--invoke=greet"]).file("m.wat", TWINS);
    let told = several.ends_with(64).stderr;
    assert!(
        told.contains("2 functions: `p:q/one@1.0.0#greet`, `p:q/two@1.2.3#greet`"),
        "{told}"
    );
    let none = run(["m.wat", "--invoke=gret"]).file("m.wat", TWINS);
    let told = none.ends_with(65).stderr;
    assert!(told.contains("p:q/one@1.0.0#greet"), "{told}");
    // What is read from standard input is there once.
    let stdin = run(["-", "--invoke=only"])
        .input(TWINS)
        .ends_with(65)
        .stderr;
    assert!(stdin.contains("p:q/two@1.2.3#only"), "{stdin}");
    let report = run(["m.wat", "--invoke=only", "--receipt=r", "--keys=keys"]).file("m.wat", TWINS);
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["key", "new", "--keys=keys"])
        .current_dir(report.folder.path())
        .output()
        .expect("a key");
    assert!(made.status.success());
    let receipt = report.ends_with(0).text("r");
    let receipt: serde_json::Value = serde_json::from_str(&receipt).expect("JSON");
    let payload = receipt["payload"].as_str().expect("a payload");
    let payload = STANDARD.decode(payload).expect("base64");
    let payload = String::from_utf8(payload).expect("text");
    assert!(payload.contains("\"p:q/two@1.2.3#only\""), "{payload}");
}
