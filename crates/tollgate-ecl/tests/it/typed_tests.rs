//! What people type in tests who know other tools: the message says what to type, and that is a test that passes.

use tollgate_ecl::check::{Compiled, compile};
use tollgate_ecl::diagnostic::Diagnostic;
use tollgate_ecl::syntax::bundle::Bundle;
use tollgate_ecl::tools::suite::run;

const POLICY: &str = r#"
record Container { name: string<16>, image: string<64> }
policy "pods" {
  input { labels: map<string<16>, string<16>, 4>, team: string<16>?, containers: list<Container, 4> }
  deny {
    unowned: labels."app/x" == none, "no owner"
    foreign: any c in containers: NOT starts_with(c.image, "eu/")
    nameless: labels["team"] == none
  }
  allow { rest: true }
}
fixture web { name: "web", image: "eu/web" }
fixture pod { labels: { "app/x": "web", team: "a" }, containers: [web] }
"#;

fn compiled(test: &str) -> Compiled {
    compile(&Bundle::single("p.ecl", format!("{POLICY}{test}")))
}

/// The one error of a text.
fn error(test: &str) -> Diagnostic {
    let found = compiled(test).diagnostics;
    let [only] = found.as_slice() else {
        panic!("{test}\n{found:#?}");
    };
    assert!(only.is_error(), "{test}\n{only:#?}");
    only.clone()
}

fn passes(test: &str) {
    let compiled = compiled(test);
    assert!(
        !compiled.has_errors(),
        "{test}\n{:#?}",
        compiled.diagnostics
    );
    let suite = run(&compiled, &|_| true).unwrap();
    assert!(!suite.results.is_empty(), "{test}");
    assert!(suite.passed(), "{test}\n{:#?}", suite.results);
}

/// The text with the change that its error comes with.
fn mended(test: &str) -> String {
    let error = error(test);
    let text = format!("{POLICY}{test}");
    let Some(fix) = &error.fix else {
        panic!("{test}\n{error:#?}");
    };
    let (start, end) = (fix.span.start as usize, fix.span.end as usize);
    let text = format!("{}{}{}", &text[..start], fix.replacement, &text[end..]);
    text.strip_prefix(POLICY).unwrap().to_owned()
}

#[test]
fn what_is_certain_is_a_change_of_the_text() {
    for (typed, wanted) in [
        ("input pod { team: \"a\" }  expect allow", "pod with { team"),
        (
            "input pod { labels.team: \"b\" }  expect allow",
            "pod with { labels.team",
        ),
        (
            "input pod { \"labels\".team: \"b\" }  expect allow",
            "pod with {",
        ),
        (
            "input pod with { containers: [web { image: \"hub/web\" }] }  expect deny",
            "[web with { image",
        ),
        (
            "input pod with { labels[\"app/x\"]: \"b\" }  expect allow",
            "labels.\"app/x\": ",
        ),
        (
            "input pod with { labels[\"team\"]: \"b\" }  expect allow",
            "labels.team: ",
        ),
        (
            "input pod with { containers.0.name: \"b\" }  expect allow",
            "containers[0].name: ",
        ),
        ("input podd  expect allow", "input pod "),
        (
            "input podd with { team: \"a\" }  expect allow",
            "input pod with",
        ),
        ("input pod  expect allow: rest", "allow by rest"),
        ("input pod  expect allow:rest", "allow by rest"),
        (
            "input pod with { labels: {} }  expect deny: \"no owner\"",
            "deny because \"no owner\"",
        ),
        (
            "input pod  cases {\n case \"x\" { team: \"a\" } => allow\n}",
            "\n \"x\": { team",
        ),
        (
            "input pod  cases {\n case \"x\": { team: \"a\" } => allow\n}",
            "\n \"x\": { team",
        ),
        (
            "input pod  cases {\n \"x\" { team: \"a\" } => allow\n}",
            "\n \"x\": { team",
        ),
        (
            "input pod  cases {\n \"x\": { team: \"a\" } allow\n}",
            "} => allow",
        ),
        (
            "input pod  cases {\n \"x\": { team: \"a\" } => allow: rest\n}",
            "=> allow by rest",
        ),
    ] {
        let test = format!("test \"t\" {{ {typed} }}");
        let mended = mended(&test);
        assert!(mended.contains(wanted), "{mended}");
        passes(&mended);
    }
}

#[test]
fn what_is_not_certain_is_told() {
    for (typed, told, meant) in [
        (
            "input pod with { labels.team: none }  expect deny",
            "give the whole map without it: `{ \"app/x\": \"web\" }`",
            "input pod with { labels: { \"app/x\": \"web\" } }  expect deny",
        ),
        (
            "input podd { team: \"a\" }  expect allow",
            "`pod with { … }`",
            "input pod with { team: \"a\" }  expect allow",
        ),
        (
            "input pod\n case \"x\" { team: \"a\" } => allow",
            "`cases { \"a name\": { field: value } => accept }`",
            "input pod\n cases { \"x\": { team: \"a\" } => allow }",
        ),
        (
            "input pod  cases {\n \"x\": team: \"a\" => allow\n}",
            "`\"a name\": { field: value } => accept`",
            "input pod  cases {\n \"x\": { team: \"a\" } => allow\n}",
        ),
    ] {
        let error = error(&format!("test \"t\" {{ {typed} }}"));
        let help = error.help.unwrap_or_default();
        assert!(help.contains(told), "{typed}\n{help}");
        passes(&format!("test \"t\" {{ {meant} }}"));
    }
}

#[test]
fn a_test_that_cannot_be_read_is_not_said_to_expect_nothing() {
    for typed in [
        "input pod  expect allowed",
        "input pod  expects allow",
        "input pod  case \"x\" { team: \"a\" } => allow",
    ] {
        error(&format!("test \"t\" {{ {typed} }}"));
    }
    let nothing = error("test \"t\" { input pod }");
    assert_eq!(nothing.code.to_string(), "E0210");
}
