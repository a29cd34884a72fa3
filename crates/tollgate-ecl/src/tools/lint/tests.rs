//! Every lint is found where it is true and nowhere else, and its change of the text changes no decision.

use super::compile;
use crate::check::{self, Compiled};
use crate::codes::lint::TABLE;
use crate::data::gas::{GAS_LIMIT_MAX, GasLimits};
use crate::diagnostic::{Diagnostic, Fix};
use crate::host::input::encode;
use crate::ir::Program;
use crate::syntax::bundle::Bundle;
use crate::testing::generate::{Random, RandomFacts, evaluations};
use crate::testing::oracle;

fn found(text: &str) -> Vec<Diagnostic> {
    let compiled = compile(&Bundle::single("a.ecl", text));
    assert!(
        !compiled.has_errors(),
        "{text}\n{:#?}",
        compiled.diagnostics
    );
    compiled.diagnostics
}

/// The codes that a text gets, each with what its main place is.
fn told(text: &str) -> Vec<String> {
    let place = |d: &Diagnostic| text[d.span().start as usize..d.span().end as usize].to_owned();
    let found = found(text);
    found
        .iter()
        .map(|d| format!("{} {}", d.code, place(d)))
        .collect()
}

fn applied(text: &str, fix: &Fix) -> String {
    let (start, end) = (fix.span.start as usize, fix.span.end as usize);
    format!("{}{}{}", &text[..start], fix.replacement, &text[end..])
}

/// Applies every change that a text is offered, one after the other, and compares what the programs decide.
fn mended(text: &str) -> String {
    let mut text = text.to_owned();
    loop {
        let before = found(&text);
        let Some((lint, fix)) = before.iter().find_map(|d| Some((d, d.fix.as_ref()?))) else {
            return text;
        };
        let after = applied(&text, fix);
        let same = |other: &&Diagnostic| other.code == lint.code && other.message == lint.message;
        let (many, fewer) = (before.iter().filter(same).count(), found(&after));
        assert!(
            fewer.iter().filter(same).count() < many,
            "{lint:#?}\n{after}"
        );
        decides_the_same(&checked(&text), &checked(&after), &after);
        text = after;
    }
}

fn checked(text: &str) -> Compiled {
    check::compile(&Bundle::single("a.ecl", text))
}

fn decides_the_same(old: &Compiled, new: &Compiled, text: &str) {
    assert_eq!(old.programs.len(), new.programs.len(), "{text}");
    for (old, new) in old.programs.iter().zip(&new.programs) {
        for run in evaluations(old, &mut Random::new(7), 60) {
            let json = serde_json::from_str(&run.json).unwrap();
            let decide = |program: &Program| {
                let input = encode(program, &json).unwrap();
                let limits = GasLimits::total(GAS_LIMIT_MAX * 1000);
                let mut facts = RandomFacts::new(run.facts);
                let evaluation = oracle::run(program, &input, &mut facts, &limits);
                evaluation
                    .verdict
                    .result
                    .map_err(|error| std::mem::discriminant(&error))
            };
            assert_eq!(decide(old), decide(new), "{}\n{text}", run.json);
        }
    }
}

/// A policy with these inputs and this text behind them.
fn policy(inputs: &str, text: &str) -> String {
    format!("policy \"p\" {{ input {{ {inputs} }}  {text} }}")
}

#[test]
fn the_example_of_every_code_gives_it_and_is_mended() {
    for entry in TABLE {
        let codes: Vec<_> = found(entry.example).iter().map(|d| d.code).collect();
        assert!(codes.contains(&entry.code), "{}: {codes:?}", entry.code);
        mended(entry.example);
    }
}

#[test]
fn a_let_that_is_read_anywhere_is_used() {
    for text in [
        "let x = 1  accept { a: a > x }",
        "let x = 1  let y = x  accept { a: a > y }",
        "let x = 1  accept { a: a > 3, \"{x} is less\" }",
        "let x = 1  accept { a: a > 3 }  otherwise reject \"{x}\"",
        "let x = 1  accept { a: a > 3 }  on accept { emit(\"e\", x) }",
        "let _x = 1  accept { a: a > 3 }",
        "let x = [1]  accept { a: any v in x: v == a }",
    ] {
        assert_eq!(told(&policy("a: int", text)), [""; 0], "{text}");
    }
    let constraint = "constraint \"c\" { rule: a > x }\n";
    let text = policy(
        "a: int",
        "let x = 1  constraints: [\"c\"]  accept { a: a > 3 }",
    );
    assert_eq!(told(&format!("{constraint}{text}")), [""; 0]);
}

#[test]
fn a_let_that_nothing_reads_is_removed_when_it_cannot_fail() {
    let text = policy(
        "a: int",
        "let x = a > 1\n  let y = 1 / a\n  accept { a: a > 3 }",
    );
    assert_eq!(told(&text), ["W0101 x", "W0101 y"]);
    let mended = mended(&text);
    assert!(
        !mended.contains("let x") && mended.contains("let y"),
        "{mended}"
    );
    let guard = "logic_guard \"g\" { input { a: int }  output { valid: bool }  body {\n let x = 3\n if a > 3 { let y = a\n return { valid: true } }\n return { valid: false } } }";
    assert_eq!(told(guard), ["W0101 x", "W0101 y"]);
    assert_eq!(told("fn f(a: int) -> int { let x = a\n a }"), ["W0101 x"]);
}

#[test]
fn an_input_that_nothing_reads_is_told_where_others_are_read() {
    let text = policy("a: int, b: string", "accept { a: a > 3 }");
    assert_eq!(told(&text), ["W0102 b"]);
    let changed = mended(&text);
    assert!(changed.contains("{ a: int, .. }"), "{changed}");
    let time = policy(
        "a: int, now: instant",
        "accept { a: now() > \"2025-01-01T00:00:00Z\" }",
    );
    assert_eq!(told(&time), ["W0102 a"]);
    let open = policy("a: int, b: string, ..", "accept { a: a > 3 }");
    assert_eq!(told(&open), ["W0102 b"]);
    let test = "\ntest \"t\" { policy \"p\"  input { a: 4, b: \"x\" }  expect accept }";
    self::mended(&format!("{text}{test}"));
    // It says the same to everybody.
    assert_eq!(
        told(&policy("a: int, b: string", "accept { a: true }")),
        [""; 0]
    );
    let constraint = "constraint \"c\" { input { b: string }  rule: b != \"\" }\n";
    let text = policy(
        "a: int, b: string",
        "constraints: [\"c\"]  accept { a: a > 3 }",
    );
    assert_eq!(told(&format!("{constraint}{text}")), [""; 0]);
}

#[test]
fn declarations_that_nothing_names_are_told_beside_a_policy() {
    let library = "fn f(a: int) -> bool { a > 3 }\nrecord R { a: int }\nenum E { A, B }\nconstraint \"c\" { rule: a > 3  input { a: int } }\nenvironment \"e\" { constraints: [\"c\"] }\n";
    assert_eq!(told(library), [""; 0]);
    let policy = policy("a: int", "accept { a: a > 3 }");
    let text = format!("{library}{policy}");
    assert_eq!(
        told(&text),
        ["W0103 f", "W0104 R", "W0104 E", "W0105 \"e\""]
    );
    let mended = mended(&text);
    assert_eq!(mended, policy);
    for used in [
        "fn f(a: int) -> bool { a > 3 }\npolicy \"p\" { input { a: int }  accept { a: f(a) } }",
        "enum E { A, B }\nrecord R { e: E }\npolicy \"p\" { input { r: R }  accept { a: r.e == A } }",
        "record R { a: int }\nfn r() -> R { { a: 1 } }\npolicy \"p\" { input { a: int }  accept { a: a > r().a } }",
        "constraint \"c\" { rule: a > 3 }\nenvironment \"e\" { constraints: [\"c\"] }\npolicy \"p\" { environment: \"e\"  input { a: int }  accept { a: a > 4 } }",
    ] {
        assert_eq!(told(used), [""; 0], "{used}");
    }
}

#[test]
fn what_an_importer_uses_is_used() {
    let mut bundle = Bundle::single(
        "a.ecl",
        "import \"b.ecl\"\npolicy \"p\" { input { a: int }  accept { a: f(a) } }",
    );
    bundle.add(
        "b.ecl",
        "fn f(a: int) -> bool { a > 3 }\nfn g(a: int) -> bool { a > 3 }",
    );
    assert_eq!(compile(&bundle).diagnostics, []);
}

#[test]
fn a_fact_that_nothing_asks_for_is_told() {
    let text = "policy \"p\" { input { who: did }  accept { a: trust(who).r > 0.5 } }\ntest \"t\" { input { who: \"did:x:a\" }\n facts {\n trust(\"did:x:a\"): { r: 0.9, i: 0.9, c: 0.9, p: 0.9, v: 0.9, Ω: 0.9 }\n karma(\"did:x:a\"): 0.5\n }\n expect accept }";
    assert_eq!(told(text), ["W0106 karma"]);
    assert!(!mended(text).contains("karma"));
}

#[test]
fn a_glob_without_a_wildcard_becomes_an_equality() {
    let cases = [
        ("a: string", "a matches \"x\"", "a == \"x\""),
        ("a: string", "NOT a matches  \"x\\\\*\"", "NOT a == \"x*\""),
        ("a: did", "a matches \"did:x:b\"", "a == \"did:x:b\""),
        (
            "a: string, b: string",
            "(a matches \"\") AND b != a",
            "(a == \"\") AND b != a",
        ),
    ];
    for (inputs, before, after) in cases {
        let text = policy(inputs, &format!("accept {{ a: {before} }}"));
        let codes: Vec<String> = found(&text).iter().map(|d| d.code.to_string()).collect();
        assert_eq!(codes, ["W0401"], "{text}");
        let mended = mended(&text);
        assert!(mended.contains(after), "{mended}");
    }
    assert_eq!(
        told(&policy("a: string", "accept { a: a matches \".*x\" }")),
        ["W0402 \".*x\""]
    );
}

#[test]
fn a_network_that_is_in_another_one_of_its_list_is_removed() {
    let rules = |list: &str| {
        let rules =
            (0..12).map(|n| format!("rule_{n}: address in [\"{n}.0.0.0/8\", \"{n}.{n}.0.0/16\"]"));
        let many: Vec<String> = rules.collect();
        [format!("one: address in {list}"), many.join("\n")]
    };
    let [one, many] = rules("[\"10.1.0.0/16\", \"::/0\", \"10.0.0.0/8\", \"fe80::/10\"]");
    let text = policy("address: ip", &format!("accept {{ {one} }}"));
    assert_eq!(
        told(&text),
        ["W0403 \"10.1.0.0/16\"", "W0403 \"fe80::/10\""]
    );
    let mended = mended(&text);
    assert!(mended.contains("[\"::/0\", \"10.0.0.0/8\""), "{mended}");
    assert_eq!(told(&mended), [""; 0], "{mended}");
    // Rules that share a shape have their lists as constants of theirs.
    let text = policy("address: ip", &format!("accept any {{ {many} }}"));
    assert_eq!(told(&text).len(), 12);
    // A list of texts, and one whose elements are told apart.
    for accept in [
        "accept { a: text in [\"10.0.0.0/8\", \"10.1.0.0/16\"] }",
        "accept { a: nets == [\"10.0.0.0/8\", \"10.1.0.0/16\"] AND text == \"\" }",
        "accept { a: address in [\"10.0.0.0/8\", \"11.0.0.0/8\", \"::/0\"] AND text == \"\" }",
    ] {
        let text = policy("text: string, nets: list<cidr, 2>, address: ip", accept);
        let codes = found(&text)
            .iter()
            .map(|d| d.code.to_string())
            .collect::<Vec<_>>();
        assert!(!codes.contains(&"W0403".to_owned()), "{text}: {codes:?}");
    }
}

#[test]
fn a_name_that_hides_another_is_renamed_where_it_is_read() {
    let text = policy(
        "a: int, xs: list<int, 8>",
        "accept { a: any a in xs: a > 3 AND a < 9\n b: a > 3 }",
    );
    assert_eq!(told(&text), ["W0501 a"]);
    let mended = mended(&text);
    assert!(
        mended.contains("any a_2 in xs: a_2 > 3 AND a_2 < 9\n b: a > 3"),
        "{mended}"
    );
    let lets = policy(
        "a: int",
        "let a = a + 1\n  accept { a: a > 3, \"{a} is more\" }",
    );
    let codes: Vec<String> = found(&lets).iter().map(|d| d.code.to_string()).collect();
    assert_eq!(codes, ["W0501"]);
    self::mended(&lets);
    let told_by_message = policy(
        "c: int, xs: list<int, 8>",
        "deny { a: c > 3 AND any c in xs: c > 3, \"{c} is more\" }  allow { b: c < 9 }",
    );
    assert_eq!(told(&told_by_message), ["W0501 c"]);
    self::mended(&told_by_message);
    let loops = "any x in xs: any y in xs: x < y";
    let nested = policy("xs: list<int, 8>", &format!("accept {{ a: {loops} }}"));
    assert_eq!(told(&nested), [""; 0]);
}

#[test]
fn a_file_without_declarations_is_told() {
    for text in ["", "# only this\n", "\n\n"] {
        assert_eq!(told(text), ["W0601 "], "{text:?}");
    }
    assert_eq!(told("# a draft, allow W0601\n"), ["W0601 "]);
    assert_eq!(told("# allow W0601: a draft\n"), [""; 0]);
}

#[test]
fn a_comment_silences_the_lint_of_its_line() {
    let rule = "accept { a: a > 3 } }";
    for (before, behind) in [
        ("", "# allow W0101"),
        ("", "// allow W0101"),
        ("", "# allow w0101: read by the next version"),
        ("", "# allow W0101 it is read by the next version"),
        ("# allow W0101\n", ""),
        ("# allow W0101\n\n# and more\n", ""),
    ] {
        let text =
            format!("policy \"p\" {{ input {{ a: int }}\n{before}let x = 1 {behind}\n{rule}");
        assert_eq!(told(&text), [""; 0], "{text}");
    }
    let two = format!(
        "policy \"p\" {{ input {{ a: int, b: int }} let x = 1 # allow W0101, W0102\n{rule}"
    );
    assert_eq!(told(&two), [""; 0]);
}

#[test]
fn an_allow_that_silences_nothing_is_told_and_removed() {
    let rule = "accept { a: a > 3 } }";
    for (comment, told_here) in [
        ("# allow W0101", "W0602 W0101"),
        ("# allow E0326", "W0603 E0326"),
        ("# allow W9999", "W0603 W9999"),
        ("# allow W0102, W0101", "W0602 W0101"),
    ] {
        let text = format!("policy \"p\" {{ input {{ a: int, b: int }} {comment}\n{rule}");
        let wanted = if comment.contains("W0102") {
            vec![told_here.to_owned()]
        } else {
            vec!["W0102 b".to_owned(), told_here.to_owned()]
        };
        assert_eq!(told(&text), wanted, "{text}");
        let mended = mended(&text);
        assert!(
            !mended.contains("W0101") && !mended.contains("E0326") && !mended.contains("W9999"),
            "{mended}"
        );
    }
    // Words of people.
    for comment in [
        "# allow a guest to read",
        "# allow",
        "# this must allow W0101",
        "# allowing W0101",
        "# allow V2 clients",
    ] {
        let text = format!("policy \"p\" {{ input {{ a: int }} {comment}\n{rule}");
        assert_eq!(told(&text), [""; 0], "{text}");
    }
    let names = &found("# allow W9999\npolicy \"p\" { input { a: int }  accept { a: a > 3 } }")[0];
    assert!(
        names
            .help
            .as_ref()
            .is_some_and(|help| help.contains("W0101, W0102")),
        "{names:?}"
    );
}

#[test]
fn of_many_lints_the_first_are_shown() {
    use std::fmt::Write as _;
    let mut text = String::from("policy \"p\" { input { a: int }\n");
    for i in 0..300 {
        let _ = writeln!(text, "let x{i} = 1");
    }
    text.push_str("accept { a: a > 3 } }");
    let found = found(&text);
    assert_eq!(found.len(), 101);
    assert_eq!(found[100].message, "too many warnings");
}

#[test]
fn a_bundle_with_an_error_has_no_lints() {
    let text = policy("a: int, b: int", "let x = 1  accept { a: c > 3 }");
    let compiled = compile(&Bundle::single("a.ecl", text));
    assert!(compiled.diagnostics.iter().all(Diagnostic::is_error));
}

/// The programs of a page.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    page.split("```ecl\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
}

#[test]
fn the_page_of_the_tools_shows_each_lint_where_it_is() {
    let page = include_str!("../../../../../docs/ecl-tools.md");
    for entry in TABLE {
        assert!(
            page.contains(&entry.code.to_string()),
            "{} is missing",
            entry.code
        );
    }
    for text in blocks(page) {
        let line = |d: &Diagnostic| text[..d.span().start as usize].lines().count();
        let found: Vec<String> = found(text)
            .iter()
            .map(|d| format!("{} {}", line(d), d.code))
            .collect();
        let shown = text
            .lines()
            .zip(1..)
            .filter_map(|(line, number)| Some(format!("{number} {}", line.split_once("# W")?.1)));
        let shown: Vec<String> = shown.map(|line| line.replace(' ', " W")).collect();
        assert_eq!(found, shown, "{text}");
        mended(text);
    }
}

/// Every file with this ending below a folder.
fn files(folder: &std::path::Path, ending: &str, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

#[test]
fn nothing_that_is_published_has_a_lint() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    for folder in ["examples", "crates/tollgate/src", "crates/tollgate-cli/src"] {
        files(&root.join(folder), ".ecl", &mut paths);
    }
    assert!(paths.len() > 20, "{paths:?}");
    let mut bundle = Bundle::default();
    for path in &paths {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        bundle.add(name, std::fs::read_to_string(path).unwrap());
    }
    let mut wrong = String::new();
    for bundle in crate::syntax::bundle::connected(bundle) {
        let mut found = compile(&bundle).diagnostics;
        // They stand as others wrote them.
        found.retain(|d| {
            !bundle.files[d.span().file as usize]
                .name
                .contains("verbatim")
        });
        wrong += &crate::render::render(&bundle, &found, crate::render::Style::Plain);
    }
    assert!(wrong.is_empty(), "{wrong}");
}
