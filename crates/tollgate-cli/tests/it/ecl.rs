//! `tollgate ecl`: what each subcommand prints and ends with.

use serde_json::json;

use super::command::{Tollgate, repository, tollgate};

const POLICY: &str = r#"record Offer {
  price: money<EUR>
  distance: length
}

policy "charging" {
  input { offer: Offer, agent: did }
  reject { expensive: offer.price > 1 EUR }
  accept all {
    price: offer.price <= 0.50 EUR
    near: offer.distance <= 5km
  }
  escalate { trusted: trust(agent).r >= 0.7 }
}

test "cheap and near is accepted" {
  policy "charging"
  input { offer: { price: 0.42 EUR, distance: 1.2km }, agent: "did:example:a" }
  expect accept
}
"#;

const NEAR: &str =
    r#"{"offer": {"price": "0.42 EUR", "distance": "1.2km"}, "agent": "did:example:a"}"#;
const FAR: &str =
    r#"{"offer": {"price": "0.42 EUR", "distance": "9km"}, "agent": "did:example:a"}"#;
const DEAR: &str = r#"{"offer": {"price": "2 EUR", "distance": "9km"}, "agent": "did:example:a"}"#;

fn ecl<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Tollgate {
    tollgate(std::iter::once("ecl").chain(arguments)).file("p.ecl", POLICY)
}

#[test]
fn the_exit_code_of_eval_is_the_decision() {
    let facts = r#"{"trust": {"did:example:a": 0.9}}"#;
    for (input, code, word) in [
        (NEAR, 0, "accept"),
        (DEAR, 1, "reject"),
        (FAR, 2, "escalate"),
    ] {
        let ran = ecl(["eval", "p.ecl", "--input", input, "--facts", "f.json"])
            .file("f.json", facts)
            .ends_with(code);
        assert_eq!(ran.stdout.lines().next(), Some(word), "{}", ran.stdout);
    }
    let ran = ecl(["run", "p.ecl", "--input", FAR]).ends_with(3);
    assert!(ran.stdout.starts_with("error E0404"), "{}", ran.stdout);
}

#[test]
fn eval_gives_reasons_in_both_formats() {
    let ran = ecl(["eval", "p.ecl", "--input", "@i.json"])
        .file("i.json", NEAR)
        .ends_with(0);
    assert!(
        ran.stdout.contains("distance (1.2km) <= max (5km): PASS"),
        "{}",
        ran.stdout
    );
    let ran = ecl(["eval", "p.ecl", "--input", "@-", "--format", "json"])
        .input(NEAR)
        .ends_with(0);
    let json = ran.json();
    assert_eq!(json["decision"], "accept");
    assert_eq!(json["lines"][0], "price (0.42) <= max (0.50): PASS");
    assert!(json["gas"]["total"].as_u64() > Some(0));
    let ran = ecl(["eval", "p.ecl", "--input", NEAR, "--redact", "price"]).ends_with(0);
    assert!(!ran.stdout.contains("0.42"), "{}", ran.stdout);
}

#[test]
fn what_is_redacted_is_nowhere_in_the_answer() {
    let policy = r#"record U { name: string<32>, ssn: string<16> }
fn last(s: string<16>) -> bool { s == "000" }
policy "red" {
  input { u: U, us: list<U, 4>, ssn: string<16>? }
  let copy = u.ssn
  deny { a: u.ssn == "1", b: copy == "2", c: last(u.ssn), e: (ssn else "none") == "3" }
  otherwise reject "none"
  on deny { emit("x", u.ssn), emit("y", u) }
}"#;
    let input = r#"{"u": {"name": "n", "ssn": "SECRET"}, "us": [{"name": "n", "ssn": "SECRET"}], "ssn": "SECRET"}"#;
    let wrong = r#"{"u": {"name": "n", "ssn": 12345678}, "us": []}"#;
    for command in ["eval", "explain"] {
        for format in ["human", "json"] {
            let more = [
                "ecl", command, "r.ecl", "--redact", "ssn", "--format", format, "--input",
            ];
            let with = |input| tollgate(more.into_iter().chain([input])).file("r.ecl", policy);
            let ran = with(input).ends();
            assert!(!ran.stdout.contains("SECRET"), "{}", ran.stdout);
            assert!(ran.stdout.contains("FAIL"), "{}", ran.stdout);
            let ran = with(wrong).ends_with(65);
            assert!(!ran.stderr.contains("12345678"), "{}", ran.stderr);
            let facts = r#"{"karma": {"did:example:a": "SECRET"}}"#;
            let ran = tollgate(more.into_iter().chain([input, "--facts", "facts.json"]))
                .file("r.ecl", policy)
                .file("facts.json", facts)
                .ends_with(65);
            assert!(ran.stderr.contains("did:example:a"), "{}", ran.stderr);
            assert!(!ran.stderr.contains("SECRET"), "{}", ran.stderr);
        }
    }
    let typo = ["eval", "p.ecl", "--input", NEAR, "--redact", "prise"];
    let ran = ecl(typo).ends_with(64);
    assert!(
        ran.stderr.contains("did you mean `--redact price`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn eval_lists_every_violation_with_its_values() {
    let policy = r#"record C { name: string<32>, image: string<64>, .. }
policy "images" {
  input { containers: list<C, 8> }
  deny { registry: any c in containers: NOT starts_with(c.image, "our/"), "{c.name} uses {c.image}" }
  allow { rest: true }
}"#;
    let input = r#"{"containers": [{"name": "a", "image": "our/a"}, {"name": "b", "image": "b", "x": 1}, {"name": "c", "image": "c"}]}"#;
    let with = |format: &str| {
        tollgate(["ecl", "eval", "i.ecl", "--input", input, "--format", format])
            .file("i.ecl", policy)
            .ends_with(1)
    };
    let shown = with("human").stdout;
    assert!(shown.starts_with("reject\n  b uses b\n"), "{shown}");
    assert!(
        shown.contains("violation registry: b uses b\nviolation registry: c uses c\n"),
        "{shown}"
    );
    let json = with("json").json();
    assert_eq!(json["violations"][1]["message"], "c uses c");
    assert_eq!(json["violations"][1]["element"]["image"], "c");
    assert_eq!(json["findings_left_out"], 0);
}

#[test]
fn eval_and_explain_say_how_many_violations_are_left_out() {
    let policy = "policy \"p\" { gas_limit: 100000 input { xs: list<int, 2000> }\n\
                  deny { big: any x in xs: x > 1, \"{x} is big\" } }";
    let input = format!("{{\"xs\": [{}]}}", vec!["2"; 1_003].join(","));
    for (command, code) in [("eval", 1), ("explain", 0)] {
        let ran = tollgate([
            "ecl", command, "p.ecl", "--input", "@i.json", "--format", "json",
        ])
        .file("p.ecl", policy)
        .file("i.json", &input)
        .ends_with(code);
        let json = ran.json();
        assert_eq!(json["violations"].as_array().map(Vec::len), Some(1_000));
        assert_eq!(json["findings_left_out"], 3, "{command}");
        assert_eq!(json["findings_error"], json!(null), "{command}");
    }
}

#[test]
fn what_cannot_be_evaluated_ends_with_64_65_or_66() {
    ecl(["eval", "p.ecl", "--input", "{}"]).ends_with(65);
    ecl(["eval", "p.ecl", "--input", "{"]).ends_with(65);
    ecl(["eval", "missing.ecl"]).ends_with(66);
    ecl(["eval", "p.ecl", "--input", "@missing.json"]).ends_with(66);
    ecl(["eval", "p.ecl", "--policy", "other"]).ends_with(64);
    ecl(["eval"]).ends_with(64);
    ecl(["eval", "bad.ecl"])
        .file("bad.ecl", "polcy \"a\" {}")
        .ends_with(65);
    let ran = ecl(["check", "latin.ecl"])
        .file("latin.ecl", b"# caf\xe9\n")
        .ends_with(65);
    assert_eq!(
        ran.stderr,
        "tollgate: E0109: `latin.ecl` is not UTF-8 text (byte 5); save it as UTF-8\n"
    );
    ecl(["eval", "p.ecl", "--input", NEAR, "--gas-limit", "1"]).ends_with(3);
}

#[test]
fn check_prints_the_bound_and_the_diagnostics() {
    let ran = ecl(["check", "p.ecl"]).ends_with(0);
    assert!(
        ran.stdout.starts_with("policy \"charging\": worst case "),
        "{}",
        ran.stdout
    );
    let ran = ecl(["check", "bad.ecl"])
        .file(
            "bad.ecl",
            "policy \"p\" { accept { a: b } }\npolicy \"q\" { accept { a: c } }",
        )
        .ends_with(65);
    assert_eq!(
        ran.stderr.matches("error[E0301]").count(),
        2,
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    let ran = ecl(["check", "p.ecl", "--format", "json"]).ends_with(0);
    let json = ran.json();
    assert_eq!(json["programs"][0]["name"], "charging");
    assert_eq!(json["programs"][0]["required_facts"][0], "trust");
}

const LIMITED: &str = r#"policy "p" { input { amount: int }  accept { ok: amount <= limit() } }
test "fifty is accepted" { policy "p"  input { amount: 50 }  expect accept }"#;

#[test]
fn an_import_is_read_relative_to_its_file() {
    let ran = tollgate(["ecl", "test", "x/a.ecl", "z/limits.ecl"])
        .file("x/a.ecl", format!("import \"../y/limits.ecl\"\n{LIMITED}"))
        .file("y/limits.ecl", "fn limit() -> int { 100 }")
        .file("z/limits.ecl", "fn limit() -> int { 10 }")
        .ends_with(0);
    assert!(ran.stdout.contains("1 passed"), "{}", ran.stdout);
}

#[test]
fn a_file_that_ends_in_the_same_name_is_not_the_one_that_is_imported() {
    for order in [
        ["y/limits.ecl", "z/limits.ecl"],
        ["z/limits.ecl", "y/limits.ecl"],
    ] {
        let ran = tollgate(["ecl", "check", "x/a.ecl"].into_iter().chain(order))
            .file("x/a.ecl", format!("import \"limits.ecl\"\n{LIMITED}"))
            .file("y/limits.ecl", "fn limit() -> int { 100 }")
            .file("z/limits.ecl", "fn limit() -> int { 10 }")
            .ends_with(65);
        let missing = "the file `x/limits.ecl` is not part of this bundle";
        assert!(ran.stderr.contains(missing), "{}", ran.stderr);
    }
}

#[test]
fn an_import_does_not_leave_the_root() {
    let main = "import \"../secret.ecl\"\npolicy \"p\" { accept { yes: 1 < 2 } }";
    let ran = tollgate(["ecl", "check", "main.ecl"])
        .file("inside/main.ecl", main)
        .file("secret.ecl", "TOP SECRET")
        .working_in("inside")
        .ends_with(65);
    assert!(!ran.stderr.contains("TOP SECRET"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("is not part of this bundle"),
        "{}",
        ran.stderr
    );
}

#[test]
fn no_folder_that_nobody_named_becomes_the_root() {
    let other = tempfile::tempdir().unwrap();
    let far = other.path().join("b.ecl");
    std::fs::write(&far, "policy \"b\" { accept { yes: true } }").unwrap();
    let far = far.to_str().unwrap();
    let ran = ecl(["check", "p.ecl", far]).ends_with(64);
    assert!(
        ran.stderr.contains("in commands of their own"),
        "{}",
        ran.stderr
    );
    // What it proposes works, and so does a folder above that somebody names.
    ecl(["check", far]).ends_with(0);
    for paths in [&["../b.ecl", "p.ecl"][..], &[".."]] {
        tollgate(["ecl", "check"].iter().chain(paths).copied())
            .file("b.ecl", "policy \"b\" { accept { yes: true } }")
            .file("x/p.ecl", POLICY)
            .working_in("x")
            .ends_with(0);
    }
}

#[test]
fn a_name_that_is_another_file_without_its_link_is_refused() {
    let ran = ecl(["check", "link/../p.ecl"])
        .file("x/p.ecl", "")
        .file("x/y/q.ecl", "");
    std::os::unix::fs::symlink("x/y", ran.folder.path().join("link")).unwrap();
    let ran = ran.ends_with(64);
    assert!(ran.stderr.contains("x/p.ecl"), "{}", ran.stderr);
}

#[test]
fn one_file_has_one_name() {
    let ran = tollgate(["ecl", "test", "./x/a.ecl", "x/../x/a.ecl"])
        .file("x/a.ecl", format!("import \"b.ecl\"\n{LIMITED}"))
        .file(
            "x/b.ecl",
            "import \"./../x/a.ecl\"\nfn limit() -> int { 100 }",
        )
        .ends_with(0);
    assert!(ran.stdout.contains("1 passed"), "{}", ran.stdout);
}

#[test]
fn fmt_rewrites_checks_and_filters() {
    let ugly = "policy \"p\"{accept{yes:1<2}}";
    let neat = "policy \"p\" { accept { yes: 1 < 2 } }\n";
    let ran = ecl(["fmt", "--check", "u.ecl"])
        .file("u.ecl", ugly)
        .ends_with(1);
    assert_eq!(
        std::fs::read_to_string(ran.folder.path().join("u.ecl")).unwrap(),
        ugly
    );
    let ran = ecl(["fmt", "u.ecl"]).file("u.ecl", ugly).ends_with(0);
    assert_eq!(
        std::fs::read_to_string(ran.folder.path().join("u.ecl")).unwrap(),
        neat
    );
    assert_eq!(ran.files(), ["p.ecl", "u.ecl"]);
    assert_eq!(ecl(["fmt", "-"]).input(ugly).ends_with(0).stdout, neat);
    ecl(["fmt", "-"]).input("policy {").ends_with(65);
}

#[test]
fn explain_knows_codes_and_decisions() {
    let ran = ecl(["explain", "e0206"]).ends_with(0);
    assert!(
        ran.stdout.starts_with("E0206: nested too deeply"),
        "{}",
        ran.stdout
    );
    ecl(["explain", "E9999"]).ends_with(64);
    let ran = ecl(["explain", "p.ecl", "--input", DEAR]).ends_with(0);
    assert!(ran.stdout.contains("for an accept"), "{}", ran.stdout);
}

#[test]
fn test_reports_results_coverage_and_junit() {
    let ran = ecl(["test", "p.ecl", "--coverage", "--junit", "r.xml"]).ends_with(0);
    assert!(ran.stdout.contains("1 passed, 0 failed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("rules 2/4"), "{}", ran.stdout);
    let xml = std::fs::read_to_string(ran.folder.path().join("r.xml")).unwrap();
    assert!(
        xml.contains("<testsuite name=\"charging\" tests=\"1\" failures=\"0\">"),
        "{xml}"
    );
    let ran = ecl(["test", "p.ecl", "--min-coverage", "80"]).ends_with(1);
    let missing = "tollgate: 50 % of the rules were reached; no test reached\n  p.ecl:";
    assert!(ran.stderr.starts_with(missing), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(": `expensive` of \"charging\"\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 3, "{}", ran.stderr);
    let table = format!(
        "{}\ntest \"table\" {{\n  input {{ a: 1 }}\n  cases {{\n    \"less\": {{ a: 0 }} => accept\n    {{ a: 2 }} => accept\n  }}\n}}\n",
        "policy \"p\" { input { a: int } allow { x: a > 1 } }"
    );
    let ran = ecl(["test", "t.ecl"]).file("t.ecl", &*table).ends_with(1);
    let place =
        "\n\"table: less\" at t.ecl:5:5\n  with { a: 0 }\n  expected accept, found reject\n";
    assert!(ran.stdout.contains(place), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("test \"table: { a: 2 }\" ... ok"),
        "{}",
        ran.stdout
    );
    let wrong = POLICY.replace("expect accept", "expect reject by expensive");
    let ran = ecl(["test", "w.ecl"]).file("w.ecl", wrong).ends_with(1);
    assert!(
        ran.stdout.contains("expected reject, found accept"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("at w.ecl:16:6"), "{}", ran.stdout);
}

#[test]
fn repl_evaluates_declares_and_goes_on_after_mistakes() {
    let ran = ecl(["repl"])
        .input("1 + 2 * 3\nfn twice(a: int) -> int { a * 2 }\ntwice(21)\nlet x = 5km\nx + 500m\n1 +\n0.25 EUR * 2\n1 / 0\n:quit\n")
        .ends_with(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("7 : int"), "{}", ran.stdout);
    assert!(lines[1].starts_with("42 : int"), "{}", ran.stdout);
    assert!(lines[2].starts_with("5.5km : length"), "{}", ran.stdout);
    assert!(lines[3].contains("money<EUR>"), "{}", ran.stdout);
    assert!(ran.stderr.contains("E0201"), "{}", ran.stderr);
}

#[test]
fn repl_shows_every_type_and_what_is_wrong_by_itself() {
    let typed = "[1, 2]\nmin x in [3, 1]: x\nlet m: map<string<8>, int, 2> = { a: 1 }\nm\nm[\"b\"]\n{ a: 1 }\n9223372036854775807 + 1\nrecord R { x: int }\nR { x: 1 }\n:quit\n";
    let ran = ecl(["repl"]).input(typed).ends_with(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let shown = [
        "[1, 2] : list<int, 2>",
        "1 : int?",
        "{ \"a\": 1 } : map<string<8>, int, 2>",
        "none : int?",
        "{ a: 1 } : record",
        "{ x: 1 } : R",
    ];
    for (line, shown) in lines.iter().zip(shown) {
        assert!(line.starts_with(shown), "{shown}: {}", ran.stdout);
    }
    assert_eq!(lines.len(), shown.len(), "{}", ran.stdout);
    assert!(ran.stderr.contains("E0329"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("bool"), "{}", ran.stderr);
}

#[test]
fn diff_names_the_recorded_decisions_that_change() {
    let recorded = format!(
        "{{\"input\": {NEAR}}}\n{{\"input\": {DEAR}}}\n{{\"input\": {FAR}, \"facts\": {{\"trust\": {{\"did:example:a\": 0.8}}}}}}\n"
    );
    let new = POLICY.replace("> 1 EUR", "> 3 EUR");
    let ran = ecl(["diff", "p.ecl", "new.ecl", "--recorded", "r.jsonl"])
        .file("new.ecl", new)
        .file("r.jsonl", recorded.clone())
        .ends_with(1);
    assert!(
        ran.stdout.contains("line 2: reject by expensive -> "),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("1 of 3 decisions change"),
        "{}",
        ran.stdout
    );
    ecl(["diff", "p.ecl", "p.ecl", "--recorded", "-"])
        .input(recorded)
        .ends_with(0);
    // What was not compared is not "no change".
    for nothing in ["{", "", "{\"input\": {\"zz\": 1}}\n"] {
        ecl(["diff", "p.ecl", "p.ecl", "--recorded", "-"])
            .input(nothing)
            .ends_with(65);
    }
}

#[test]
fn a_run_without_a_test_is_not_a_success() {
    let ran = ecl(["test", "p.ecl", "--filter", "no such test"]).ends_with(66);
    assert!(ran.stderr.contains("`no such test`"), "{}", ran.stderr);
}

#[test]
fn facts_that_would_be_guessed_are_refused() {
    for facts in [
        r#"{"trust": {"did:example:a": 0.1, "did:example:a": 0.9}}"#,
        r#"{"balance": {"did:example:a": {"EUR": 99.99999999999999999}}}"#,
    ] {
        ecl(["eval", "p.ecl", "--input", NEAR, "--facts", "f.json"])
            .file("f.json", facts)
            .ends_with(65);
    }
}

#[test]
fn facts_and_inputs_that_were_forgotten_are_hinted_at() {
    let ran = ecl(["eval", "p.ecl", "--input", FAR]).ends_with(3);
    assert!(
        ran.stdout
            .contains("`trust` and others with `--facts FILE`"),
        "{}",
        ran.stdout
    );
    let ran = ecl(["eval", "p.ecl", "--input", "near.json"])
        .file("near.json", NEAR)
        .ends_with(65);
    assert!(
        ran.stderr.contains("`--input @near.json`"),
        "{}",
        ran.stderr
    );
    ecl([
        "eval",
        "p.ecl",
        "--input",
        "@near.json",
        "--facts",
        "@facts.json",
    ])
    .file("near.json", NEAR)
    .file("facts.json", "{}")
    .ends_with(0);
}

#[test]
fn bench_and_disasm_answer() {
    let ran = ecl([
        "bench",
        "p.ecl",
        "--input",
        NEAR,
        "--duration-ms",
        "5",
        "--format",
        "json",
    ])
    .ends_with(0);
    assert_eq!(ran.json()["outcome"], "accept");
    let ran = ecl(["disasm", "p.ecl"]).ends_with(0);
    let listing = &ran.stdout;
    assert!(
        listing.contains("; reject any\n; rule expensive: offer.price > 1 EUR"),
        "{listing}"
    );
}

/// A path below `examples/ecl`.
fn example(name: &str) -> String {
    let path = repository().join("examples/ecl").join(name);
    path.to_string_lossy().into_owned()
}

#[test]
fn the_charging_policy_gives_the_reasons_of_its_document() {
    let input = format!("@{}", example("ev-charging/offer.json"));
    let folder = example("ev-charging");
    let id = "did:erynoa:policy:vehicle-charging-001";
    let ran = tollgate(["ecl", "eval", &folder, "--policy", id, "--input", &input]).ends_with(0);
    let lines: Vec<&str> = ran.stdout.lines().map(str::trim).collect();
    assert_eq!(
        lines[..4],
        [
            "accept",
            "price_per_kwh (0.42) <= max (0.50): PASS",
            "trust (0.92) >= min (0.7): PASS",
            "distance (1.2km) <= max (5km): PASS",
        ]
    );
}

#[test]
fn the_guard_lets_owners_and_delegates_do_what_it_knows() {
    let guard = example("ev-charging/guard-verbatim.ecl");
    let facts = example("ev-charging/facts.json");
    let stranger = "assertion failed: caller == owner OR caller in owner.delegates";
    let accepted = r#"output {"valid":true,"reason":null}"#;
    for (transition, caller, code, second) in [
        ("activate", "owner", 0, accepted),
        ("activate", "delegate", 0, accepted),
        ("activate", "stranger", 1, stranger),
        ("deactivate", "owner", 0, accepted),
        ("deactivate", "delegate", 0, accepted),
        ("deactivate", "stranger", 1, stranger),
        ("transfer", "owner", 1, "Unknown transition"),
        ("transfer", "delegate", 1, "Unknown transition"),
        ("transfer", "stranger", 1, stranger),
    ] {
        let input = example(&format!("ev-charging/{transition}-by-{caller}.json"));
        let input = format!("@{input}");
        let ran =
            tollgate(["ecl", "eval", &guard, "--input", &input, "--facts", &facts]).ends_with(code);
        let line = ran.stdout.lines().nth(1).map(str::trim);
        assert_eq!(line, Some(second), "{transition} by {caller}");
    }
}

#[test]
fn the_tests_of_the_examples_pass_and_reach_every_rule() {
    let examples = example("");
    let ran = tollgate([
        "ecl",
        "test",
        &examples,
        "--coverage",
        "--min-coverage",
        "100",
    ])
    .ends_with(0);
    let end = "100 % of all rules\n\n";
    assert!(ran.stdout.contains(end), "{}", ran.stdout);
    assert!(
        ran.stdout.ends_with(" passed, 0 failed\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn policies_of_a_folder_may_use_the_same_names() {
    let other = POLICY.replace("0.50 EUR", "0.10 EUR");
    let ran = tollgate(["ecl", "check", "."])
        .file("a.ecl", POLICY)
        .file("b/b.ecl", &other)
        .file(".hidden/c.ecl", "this is not a policy")
        .ends_with(0);
    assert_eq!(ran.stdout.matches("policy \"charging\"").count(), 2);
    let ran = tollgate(["ecl", "eval", ".", "--policy", "charging"])
        .file("a.ecl", POLICY)
        .file("b.ecl", &other)
        .ends_with(64);
    assert!(ran.stderr.contains("name the file"), "{}", ran.stderr);
}

#[test]
fn folders_and_what_is_no_text_are_refused_by_name() {
    let ran = tollgate(["ecl", "check", "empty"])
        .file("empty/readme.txt", "no policy")
        .ends_with(66);
    assert!(ran.stderr.contains("in `empty`"), "{}", ran.stderr);
    let evaluate = ["eval", "p.ecl", "--input", NEAR, "--facts", "facts.json"];
    let ran = ecl(evaluate)
        .file("facts.json", b"{\"trust\": \"\xff\"}")
        .ends_with(65);
    assert!(ran.stderr.contains("facts.json"), "{}", ran.stderr);
    let ran = ecl(evaluate)
        .file("facts.json", r#"{"trust": {"did:example:a": 7}}"#)
        .ends_with(65);
    assert!(ran.stderr.contains("trust"), "{}", ran.stderr);
    let wrong = NEAR.replace("EUR", "USD");
    let ran = ecl(["eval", "p.ecl", "--input", &wrong]).ends_with(65);
    assert!(ran.stderr.contains("`offer.price`"), "{}", ran.stderr);
}

#[test]
fn standard_input_is_a_source() {
    ecl(["check", "-"]).input(POLICY).ends_with(0);
    let ran = ecl(["check", "-"]).input("policy").ends_with(65);
    assert!(ran.stderr.contains("<stdin>:1"), "{}", ran.stderr);
}

#[test]
fn constraints_that_do_not_decide_are_reported() {
    let constraint = "constraint \"frugal\" { severity: warning  rule: offer.price <= 0.10 EUR }\n";
    let policy = POLICY.replace(
        "policy \"charging\" {\n",
        "policy \"charging\" {\n  constraints: [\"frugal\"]\n",
    );
    let source = format!("{constraint}{}", policy.split("\ntest ").next().unwrap());
    let ran = tollgate(["ecl", "eval", "w.ecl", "--input", NEAR])
        .file("w.ecl", &source)
        .ends_with(0);
    assert!(
        ran.stdout.contains("warning \"frugal\" does not hold"),
        "{}",
        ran.stdout
    );
    let ran = tollgate(["ecl", "explain", "w.ecl", "--input", NEAR])
        .file("w.ecl", &source)
        .ends_with(0);
    let line = "price (0.42 EUR) <= 0.10 EUR: FAIL";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
}

#[test]
fn numbers_of_an_input_keep_every_digit() {
    let policy = r#"policy "p" {
  input { id: int, share: decimal }
  accept { id: id == 9007199254740993, share: share == 0.123456789012345678 }
}
"#;
    for (input, code) in [
        (
            r#"{"id": 9007199254740993, "share": 0.123456789012345678}"#,
            0,
        ),
        (
            r#"{"id": 9007199254740992, "share": 0.123456789012345678}"#,
            1,
        ),
        (
            r#"{"id": 9007199254740993, "share": 0.123456789012345679}"#,
            1,
        ),
        (r#"{"id": 9223372036854775808, "share": 0.5}"#, 65),
        (r#"{"id": 1e19, "share": 0.5}"#, 65),
        (r#"{"id": 1, "share": 0.1234567890123456789}"#, 65),
    ] {
        let ran = tollgate(["ecl", "eval", "n.ecl", "--input", input])
            .file("n.ecl", policy)
            .ends();
        assert_eq!(ran.code, code, "{input}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_test_that_failed_says_which_rule_decided_and_what_it_says() {
    let policy = "policy \"p\" {\n  input { who: string<8>, n: int }\n  \
                  deny { many: n > 3, \"{who} has {n}\" }\n  allow { few: n <= 3 }\n}\n\
                  test \"t\" { policy \"p\" input { who: \"ada\", n: 5 } expect accept }\n";
    let test = |format| {
        let arguments = [
            "ecl", "test", "q.ecl", "--junit", "r.xml", "--format", format,
        ];
        tollgate(arguments).file("q.ecl", policy).ends_with(1)
    };
    let ran = test("human");
    let shown = "\n\"t\" at q.ecl:6:6\n  expected accept, found reject\n  \
                 by rule `many` at q.ecl:3:10\n  message: ada has 5\n    n (5) > min (3): PASS\n";
    assert!(ran.stdout.contains(shown), "{}", ran.stdout);
    let xml = std::fs::read_to_string(ran.folder.path().join("r.xml")).unwrap();
    let shown = "by rule `many` at q.ecl:3:10&#10;message: ada has 5&#10;n (5)";
    assert!(xml.contains(shown), "{xml}");
    let json = test("json").json();
    let test = &json["tests"][0];
    assert_eq!(test["message"], "ada has 5");
    let rule = json!({ "name": "many", "file": "q.ecl", "line": 3, "column": 10 });
    assert_eq!(test["rule"], rule);
}

#[test]
fn eval_and_explain_name_the_rule_that_decided() {
    for (command, code) in [("eval", 1), ("explain", 0)] {
        let ran = ecl([command, "p.ecl", "--input", DEAR]).ends_with(code);
        let shown = "\nby rule `expensive` at p.ecl:8:12\n";
        assert!(ran.stdout.contains(shown), "{}", ran.stdout);
        let ran = ecl([command, "p.ecl", "--input", DEAR, "--format", "json"]).ends_with(code);
        let rule = json!({ "name": "expensive", "file": "p.ecl", "line": 8, "column": 12 });
        assert_eq!(ran.json()["rule"], rule);
    }
    let none = "policy \"p\" { input { n: int } deny { a: n > 3 } otherwise accept \"fine\" }";
    let ran = tollgate(["ecl", "eval", "q.ecl", "--input", "{\"n\": 1}"])
        .file("q.ecl", none)
        .ends_with(0);
    assert!(!ran.stdout.contains("by rule"), "{}", ran.stdout);
}

#[test]
fn a_policy_about_calls_is_checked_with_the_record_that_it_runs_with() {
    let policy = "import \"call.ecl\"\n\
                  policy \"p\" { input { call: Call } accept { reads: call.capability == FileRead } }";
    tollgate(["ecl", "check", "q.ecl"])
        .file("q.ecl", policy)
        .ends_with(0);
    tollgate(["ecl", "check", "policies"])
        .file("policies/q.ecl", policy)
        .ends_with(0);
    // One that is there is meant.
    let ran = tollgate(["ecl", "check", "q.ecl"])
        .file("q.ecl", policy)
        .file("call.ecl", "record Call { name: string<8> }")
        .ends_with(65);
    assert!(ran.stderr.contains("capability"), "{}", ran.stderr);
    let ran = tollgate(["ecl", "check", "q.ecl"])
        .file("q.ecl", policy.replace("call.ecl", "calls/call.ecl"))
        .ends_with(65);
    assert!(ran.stderr.contains("E0306"), "{}", ran.stderr);
}
