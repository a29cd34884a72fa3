//! Each example runs and succeeds. `cargo test` has built them next to this test.

use std::process::Command;

use crate::support::repository;

fn runs(name: &str) -> String {
    let mut folder = std::env::current_exe().expect("a test has a path");
    folder.pop();
    folder.pop();
    let output = Command::new(folder.join("examples").join(name))
        .output()
        .expect("cargo has built the example");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{name}: {}\n{stdout}\n{stderr}",
        output.status
    );
    stdout.into_owned()
}

#[test]
fn every_example_is_run_here() {
    let entries = std::fs::read_dir(repository().join("crates/tollgate/examples"))
        .expect("the examples are there");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "bytes_json.rs",
            "component.rs",
            "ecl_diff",
            "embedding.rs",
            "events.rs",
            "gateway.rs",
            "host_function.rs",
            "load_and_run.rs",
            // Takes a module that others publish: `cargo xtask corpus --only ruby-hosted`.
            "ruby.rs",
            "typed_call.rs"
        ]
    );
}

#[test]
fn load_and_run_prints_words_and_a_bill() {
    let stdout = runs("load_and_run");
    assert!(
        stdout.contains("words ") && stdout.contains(" gas, ") && stdout.contains("$0.01"),
        "{stdout}"
    );
}

#[test]
fn bytes_json_transforms() {
    assert!(runs("bytes_json").contains("Narvik"));
}

#[test]
fn component_prices_a_basket() {
    let stdout = runs("component");
    assert!(stdout.contains("\"net-cents\": 1700"), "{stdout}");
    assert!(stdout.contains("empty-basket"), "{stdout}");
}

#[test]
fn host_function_is_called() {
    let stdout = runs("host_function");
    assert!(
        stdout.contains("144") && stdout.contains("squaring"),
        "{stdout}"
    );
}

#[test]
fn events_tell_of_the_limit() {
    assert!(runs("events").contains("LimitExceeded"));
}

#[test]
fn typed_call_computes_factorials() {
    let stdout = runs("typed_call");
    assert!(
        stdout.contains("20! = 2432902008176640000") && stdout.contains("has the signature"),
        "{stdout}"
    );
}

#[test]
fn gateway_tells_who_crosses_and_why() {
    let stdout = runs("gateway");
    for line in [
        "verified-users: accept by verified",
        "verified-users: reject by unverified",
        "the credential is about `did:example:ada`",
        "finance: escalate by large",
        "square: reject by quota",
    ] {
        assert!(stdout.contains(line), "{line}\n{stdout}");
    }
}

#[test]
fn ecl_diff_finds_no_difference_between_the_engines() {
    // The campaign at length is `cargo xtask ecl-diff`; this shows that it runs.
    let mut folder = std::env::current_exe().expect("a test has a path");
    folder.pop();
    folder.pop();
    let output = Command::new(folder.join("examples/ecl_diff"))
        .args(["--n", "40", "--threads", "1"])
        .output()
        .expect("cargo has built the example");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("no difference"), "{stdout}");
}

#[test]
fn embedding_does_what_its_page_says() {
    let page = std::fs::read_to_string(repository().join("docs/embedding.md")).unwrap();
    let example = repository().join("crates/tollgate/examples/embedding.rs");
    let example = std::fs::read_to_string(example).unwrap();
    let program = &example[example.find("use ").unwrap()..];
    assert!(page.contains(&format!("```rust\n{program}```\n")));
    let printed = runs("embedding");
    assert!(
        page.contains(&format!("```text\n{printed}```\n")),
        "{printed}"
    );
}
