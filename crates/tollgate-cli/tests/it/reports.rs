//! Reports: for people on standard error, for programs as JSON.

use serde_json::{Value, json};

use crate::command::{guest, run};

#[test]
fn a_report_for_people() {
    let ran = run([&*guest("wordstat"), "--allow-read=data", "--", "data"])
        .file("data/a.txt", "one two two")
        .ends_with(0);
    insta::assert_snapshot!(ran.stderr_redacted());
}

#[test]
fn a_report_of_a_denial() {
    let ran = run([&*guest("wordstat"), "--", "data"])
        .file("data/a.txt", "one")
        .ends_with(1);
    insta::assert_snapshot!(ran.stderr_redacted());
}

#[test]
fn a_report_of_a_trap_names_the_functions() {
    let ran = run([&*guest("trap"), "--invoke", "divide_by_zero"]).ends_with(134);
    insta::assert_snapshot!(ran.stderr_redacted());
}

#[test]
fn a_quiet_run_says_nothing_when_all_is_well() {
    let ran = run([&*guest("hello"), "--quiet"]).ends_with(0);
    assert_eq!((&*ran.stdout, &*ran.stderr), ("hello, world\n", ""));
}

#[test]
fn json_has_gas_time_memory_cost_and_the_decision() {
    let ran = run([&*guest("hello"), "--format", "json"]).ends_with(0);
    let report = ran.json();
    assert_eq!(report["status"], "completed");
    assert_eq!(report["exit_code"], 0);
    assert_eq!(
        report["stdout"],
        json!({ "text": "hello, world\n", "truncated": false })
    );
    assert_eq!(report["decision"]["verdict"], "accept");
    assert_eq!(report["cost"]["text"], "$0.01");
    assert!(report["cost"]["metered_micro_usd"].as_u64() < Some(10_000));
    for number in ["gas", "wall_ns", "memory_bytes_peak", "host_calls"] {
        assert!(
            report["usage"][number].as_u64().is_some_and(|n| n > 0),
            "{number} in {report:#}"
        );
    }
    assert_eq!(report["module"]["digest"].as_str().map(str::len), Some(71));
    assert_eq!(report["input"].as_str().map(str::len), Some(71));
    assert_eq!(report["engine"].as_str().map(str::len), Some(64));
    assert_eq!(report["grant"]["stdin"], "inherited");
    assert!(report["execution"].is_u64(), "{report:#}");
    assert_eq!(ran.stderr, "");
}

#[test]
fn json_names_the_limit_and_its_flag() {
    let ran = run([&*guest("spin"), "--gas", "1M", "--format", "json"]).ends_with(152);
    let report = ran.json();
    assert_eq!(report["status"], "limited");
    assert_eq!(
        report["error"]["limit"],
        json!({ "name": "gas", "value": 1_000_000, "unit": "gas", "flag": "--gas" })
    );
    assert_eq!(report["usage"]["gas"], 1_000_000);
}

#[test]
fn json_lists_violations_with_the_grant_they_need() {
    let ran = run([&*guest("wordstat"), "--format", "json", "--", "data"])
        .file("data/a.txt", "one")
        .ends_with(1);
    let report = ran.json();
    let first = &report["violations"][0];
    assert_eq!(first["capability"], "file-read");
    assert!(
        first["needs"]
            .as_str()
            .is_some_and(|needs| needs.starts_with("--allow-read")),
        "{first}"
    );
}

/// Tries to make `dir-00` and so on in the first folder.
const MAKES_FOLDERS: &str = r#"(module
  (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "dir-00")
  (func (export "_start") (local $n i32)
    (loop $again
      (i32.store8 (i32.const 4) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 10))))
      (i32.store8 (i32.const 5) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (drop (call $mkdir (i32.const 3) (i32.const 0) (i32.const 6)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (i32.const 70))))))"#;

#[test]
fn denials_beyond_those_listed_are_counted_in_both_reports() {
    let makes = |format: &str| {
        run(["m.wat", "--allow-read=data", "--format", format])
            .file("m.wat", MAKES_FOLDERS)
            .file("data/a.txt", "")
            .ends_with(0)
    };
    let report = makes("json").json();
    let listed = report["violations"].as_array().map(Vec::len);
    assert_eq!((listed, &report["violations_more"]), (Some(64), &json!(6)));
    let shown = makes("human").stderr;
    assert!(shown.contains("and 56 more denials"), "{shown}");
    assert!(
        shown.contains("and 6 denials that are counted alone"),
        "{shown}"
    );
}

#[test]
fn json_keeps_values_exact() {
    let ran = run([
        &*guest("multi-value"),
        "--invoke",
        "mixed",
        "--format",
        "json",
    ])
    .ends_with(0);
    assert_eq!(
        ran.json()["result"],
        json!({ "kind": "values", "values": [
            { "type": "i32", "value": -1 },
            { "type": "i64", "value": 9_007_199_254_740_993_i64 },
            { "type": "f32", "value": 0.25 },
            { "type": "f64", "value": 1e300 },
        ]})
    );
}

#[test]
fn json_of_a_failure_has_its_kind() {
    let ran = run([&*guest("trap"), "--invoke", "null_call", "--format", "json"]).ends_with(134);
    let report = ran.json();
    assert_eq!(
        (&report["status"], &report["error"]["kind"]),
        (&json!("failed"), &json!("trap"))
    );
    assert!(report["usage"]["gas"].as_u64().is_some());
    assert_eq!(report["result"], Value::Null);
}

#[test]
fn a_report_goes_to_a_file_beside_the_human_one() {
    let ran = run([&*guest("hello"), "--report", "report.json"]).ends_with(0);
    let text = std::fs::read_to_string(ran.folder.path().join("report.json"))
        .expect("the report is there");
    let report: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(report["status"], "completed");
    assert_eq!(ran.stdout, "hello, world\n");
    assert!(
        ran.stderr.contains("$0.01 (minimum; metered $0.00"),
        "{}",
        ran.stderr
    );
}

/// A guest that moves the folder of the report away and puts a link to another one in its place.
const MOVES_THE_FOLDER: &str = r#"(module
  (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $link (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "subold../victim")
  (func (export "_start")
    (if (call $rename (i32.const 3) (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 3) (i32.const 3))
      (then unreachable))
    (if (call $link (i32.const 6) (i32.const 9) (i32.const 3) (i32.const 0) (i32.const 3))
      (then unreachable))))"#;

#[test]
fn a_report_stays_in_the_folder_it_was_asked_for_wherever_a_guest_moves_that() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let arguments = [
            "g.wasm",
            profile,
            "--allow-write=out",
            "--report",
            "out/sub/r.json",
        ];
        let ran = run(arguments)
            .file(
                "g.wasm",
                wat::parse_str(MOVES_THE_FOLDER).expect("a module"),
            )
            .file("out/sub/other", "")
            .file("victim/r.json", "precious")
            .ends_with(0);
        let read = |name| std::fs::read_to_string(ran.folder.path().join(name)).expect("a file");
        assert_eq!(read("victim/r.json"), "precious", "{profile}");
        assert!(read("out/old/r.json").contains("completed"), "{profile}");
    }
}

/// A guest that makes a folder where the report is to be, and then does this.
fn in_the_way(then: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
          (import "wasi_snapshot_preview1" "path_create_directory" (func $make (param i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "r.json")
          (func (export "_start")
            (if (call $make (i32.const 3) (i32.const 0) (i32.const 6)) (then unreachable))
            {then}))"#
    );
    wat::parse_str(text).expect("a module")
}

#[test]
fn the_bill_is_told_when_the_report_cannot_be_written_and_a_failure_stays_one() {
    for (then, code) in [("", 74), ("(loop (br 0))", 152)] {
        let arguments = [
            "g.wasm",
            "--gas=2M",
            "--allow-write=out",
            "--report",
            "out/r.json",
        ];
        let ran = run(arguments)
            .file("g.wasm", in_the_way(then))
            .file("out/other", "")
            .ends_with(code);
        for said in ["$0.01", "cannot write `out/r.json`"] {
            assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        }
    }
}

#[test]
fn the_same_run_uses_the_same_gas() {
    let gas = || {
        run([&*guest("hello"), "--format", "json"])
            .ends_with(0)
            .json()["usage"]["gas"]
            .clone()
    };
    assert_eq!(gas(), gas());
}
