//! `tollgate ecl check`: lints are warnings, in text and as JSON, and errors when somebody wants them to be.

use super::command::{Tollgate, tollgate};

const UNREAD: &str =
    "policy \"p\" {\n  input { a: int }\n  let limit = 5\n  accept { low: a < 3 }\n}\n";

fn ecl<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Tollgate {
    tollgate(std::iter::once("ecl").chain(arguments)).file("p.ecl", UNREAD)
}

#[test]
fn a_lint_is_a_warning_unless_warnings_are_denied() {
    let ran = ecl(["check", "p.ecl"]).ends_with(0);
    assert!(ran.stderr.contains("warning[W0101]"), "{}", ran.stderr);
    assert!(ran.stdout.contains("worst case"), "{}", ran.stdout);
    let ran = ecl(["check", "p.ecl", "--deny-warnings"]).ends_with(65);
    assert!(ran.stderr.contains("1 error"), "{}", ran.stderr);
    let allowed = UNREAD.replace("= 5", "= 5  # allow W0101");
    let ran = ecl(["check", "q.ecl", "--deny-warnings"])
        .file("q.ecl", allowed)
        .ends_with(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_lint_is_in_the_json_with_its_change() {
    let ran = ecl(["check", "p.ecl", "--format", "json"]).ends_with(0);
    let json = ran.json();
    let lint = &json["diagnostics"][0];
    assert_eq!(json["valid"], true);
    assert_eq!(lint["code"], "W0101");
    assert_eq!(lint["level"], "warning");
    assert_eq!(lint["fix"]["replacement"], "", "{lint}");
}

#[test]
fn only_check_looks_for_lints() {
    let ran = ecl(["eval", "p.ecl", "--input", r#"{"a": 1}"#]).ends_with(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_code_of_a_lint_is_explained() {
    let ran = ecl(["explain", "w0101"]).ends_with(0);
    assert!(ran.stdout.starts_with("W0101: "), "{}", ran.stdout);
    let ran = ecl(["explain", "W9999"]).ends_with(64);
    assert!(ran.stderr.contains("W9999"), "{}", ran.stderr);
}
