//! `inspect`, `validate` and `doctor`.

use serde_json::json;

use crate::command::{guest, tollgate};

#[test]
fn inspect_shows_exports_imports_and_what_could_be_granted() {
    let ran = tollgate(["inspect", &guest("wordstat")]).ends_with(0);
    for text in [
        "wasi_snapshot_preview1 path_open",
        "_start",
        "memory",
        "file-read",
        "--allow-read",
    ] {
        assert!(ran.stdout.contains(text), "{text}:\n{}", ran.stdout);
    }
}

#[test]
fn inspect_of_a_module_without_imports_needs_no_grant() {
    let ran = tollgate(["inspect", &guest("add")]).ends_with(0);
    insta::assert_snapshot!(ran.stdout.lines().skip(2).collect::<Vec<_>>().join("\n"));
}

#[test]
fn inspect_shows_the_functions_of_a_component() {
    let ran = tollgate(["inspect", &guest("pricing-component"), "--format", "json"]).ends_with(0);
    let exports = ran.json()["exports"].clone();
    let price =
        json!({ "name": "tollgate:pricing/quotes@0.1.0#price", "kind": "function (basket)" });
    assert!(
        exports
            .as_array()
            .is_some_and(|exports| exports.contains(&price)),
        "{exports:#}"
    );
}

#[test]
fn inspect_shows_the_interface_in_a_notation_people_know() {
    let ran = tollgate(["inspect", "--interface", &guest("pricing-component")]).ends_with(0);
    assert!(
        ran.stdout.contains("tollgate:pricing/quotes"),
        "{}",
        ran.stdout
    );
    let ran = tollgate(["inspect", "--interface", &guest("add")]).ends_with(0);
    assert!(ran.stdout.contains("add64"), "{}", ran.stdout);
}

#[test]
fn proposals_are_turned_on_and_off_by_name() {
    let two = "(module (memory 1) (memory 1))";
    let ran = tollgate(["validate", "m.wat"])
        .file("m.wat", two)
        .ends_with(65);
    assert!(
        ran.stderr.contains("`--proposal multi-memory`"),
        "{}",
        ran.stderr
    );
    tollgate(["validate", "m.wat", "--proposal", "multi-memory"])
        .file("m.wat", two)
        .ends_with(0);
    let ran = tollgate(["validate", &guest("simd"), "--proposal=no-simd"]).ends_with(65);
    assert!(ran.stderr.contains("`--proposal simd`"), "{}", ran.stderr);
    let ran = tollgate(["validate", "m.wat", "--proposal=simdd"]).ends_with(64);
    assert!(ran.stderr.contains("`simd`"), "{}", ran.stderr);
}

#[test]
fn validate_says_what_is_valid() {
    assert!(
        tollgate(["validate", &guest("add")])
            .ends_with(0)
            .stdout
            .contains("is valid")
    );
    let ran = tollgate(["validate", &guest("add"), "--format", "json"]).ends_with(0);
    assert_eq!(ran.json()["valid"], true);
}

#[test]
fn validate_names_the_place_that_is_not_valid() {
    // A body that leaves nothing on the stack where a number is declared.
    let bytes = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b";
    let ran = tollgate(["validate", "m.wasm"])
        .file("m.wasm", bytes)
        .ends_with(65);
    assert!(
        ran.stderr.contains("invalid module") && ran.stderr.contains("function 0"),
        "{}",
        ran.stderr
    );
}

#[test]
fn validate_checks_the_exports_a_module_must_have() {
    tollgate(["validate", &guest("add"), "--require", "add"]).ends_with(0);
    let ran = tollgate([
        "validate",
        &guest("add"),
        "--require",
        "add",
        "--require",
        "init",
    ])
    .ends_with(65);
    assert!(
        ran.stderr.contains("`init`") && ran.stderr.contains("`add64`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn doctor_runs_a_module_in_every_way_there_is() {
    let ran = tollgate(["doctor", "--format", "json"]).ends_with(0);
    let report = ran.json();
    assert_eq!(report["healthy"], true, "{report:#}");
    let names: Vec<_> = report["checks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|check| check["name"].clone())
        .collect();
    assert_eq!(
        names,
        [
            "version", "engine", "metered", "timed", "isolated", "pulley", "pooling", "jail",
            "cache"
        ]
    );
}
