//! Checked programs, evaluated: the examples' own tests with the rules they cover, the standard library's examples, the
//! index against the same rules without it, and measured gas against the bound.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::data::gas::GasLimits;
use crate::host::input;
use crate::host::outcome::{DecidedBy, EvalError};
use crate::host::providers::MemoryFacts;
use crate::ir::{Body, Decision, Program};
use crate::testing::oracle;
use crate::tools::findings::Finder;

fn examples_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ecl")
}

fn ecl_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            ecl_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "ecl") {
            found.push(path);
        }
    }
    found.sort();
}

/// A file with the files it imports from its folder.
fn bundle_of(path: &Path) -> Bundle {
    let mut bundle = Bundle::default();
    let mut names = vec![path.file_name().unwrap().to_str().unwrap().to_owned()];
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        at += 1;
        let text = std::fs::read_to_string(path.with_file_name(&name)).unwrap();
        for item in &crate::syntax::parser::parse(0, &text).file.items {
            if let ast::ItemKind::Import(other) = &item.kind
                && !names.contains(&other.node)
            {
                names.push(other.node.clone());
            }
        }
        bundle.add(name, text);
    }
    bundle
}

fn facts_of(test: &TestCase) -> MemoryFacts {
    let mut facts = MemoryFacts::new();
    for fact in &test.facts {
        let args: Vec<&str> = fact.args.iter().map(String::as_str).collect();
        facts.set(fact.kind, &args, fact.answer.clone());
    }
    facts
}

fn rule_name(program: &Program, by: DecidedBy) -> String {
    match (by, &program.body) {
        (DecidedBy::Rule { group, rule }, Body::Policy(policy)) => policy.groups[group as usize]
            .rules[rule as usize]
            .name
            .to_string(),
        (DecidedBy::Otherwise, _) => "otherwise".into(),
        _ => String::new(),
    }
}

/// The text of a decision's reason: a guard's or an `otherwise` message.
fn reason(program: &Program, by: DecidedBy) -> String {
    let message = |id: crate::ir::MessageId| program.messages[id.0 as usize].to_string();
    match (by, &program.body) {
        (DecidedBy::Message(id), _) => message(id),
        (DecidedBy::Otherwise, Body::Policy(policy)) => {
            policy.otherwise_message.map(message).unwrap_or_default()
        }
        (DecidedBy::Rule { group, rule }, Body::Policy(policy)) => {
            let rule = &policy.groups[group as usize].rules[rule as usize];
            rule.message.map(message).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// What the findings say.
fn found(compiled: &Compiled, program: &Program, test: &TestCase) -> String {
    let none = crate::tools::explain::Redaction::none();
    let input = test.input.to_string();
    let finder = Finder::of(compiled, program).unwrap();
    let sayers = finder.iter().flat_map(Finder::sayers);
    let found = sayers.flat_map(|sayer| {
        let mut facts = facts_of(test);
        match sayer.evaluate(&input, &mut facts, &none) {
            Ok(found) => found,
            // What is evaluated for a finding ends as the evaluation does.
            Err(_) if test.expect.error.is_some() => Vec::new(),
            Err(problem) => panic!("{}: {problem}", test.name),
        }
    });
    found.map(|finding| finding.headline() + "\n").collect()
}

/// Runs one test; gives what decided and what is wrong.
fn run_test(compiled: &Compiled, test: &TestCase) -> (DecidedBy, Option<String>) {
    let program = &compiled.programs[test.program];
    let input = match input::encode(program, &test.input) {
        Ok(input) => input,
        Err(problem) => return (DecidedBy::Error, Some(problem.to_string())),
    };
    let run = oracle::run(program, &input, &mut facts_of(test), &program.gas_limits);
    let verdict = run.verdict;
    let bound = &program.gas_bound;
    for (used, most) in [
        (verdict.gas.network, bound.network),
        (verdict.gas.compute, bound.compute),
        (verdict.gas.storage, bound.storage),
        (verdict.gas.realm, bound.realm),
        (u64::from(run.arena_used), u64::from(program.arena_bound)),
    ] {
        assert!(
            used <= most,
            "{}: {used} is above the bound {most}",
            test.name
        );
    }
    let wrong = match (verdict.result, test.expect.decision) {
        (Ok(found), Some(wanted)) if found != wanted => Some(format!("{found:?}, not {wanted:?}")),
        (Err(found), Some(_)) => Some(format!("{found:?}")),
        (Ok(found), None) if test.expect.error.is_some() => {
            Some(format!("{found:?}, not an error"))
        }
        (Err(found), None) => match test.expect.error.flatten() {
            Some(code) if found.code() != code => Some(format!("{found:?}")),
            _ => None,
        },
        _ => None,
    };
    let by = rule_name(program, verdict.by);
    let text = reason(program, verdict.by) + &found(compiled, program, test);
    let wrong = wrong.or_else(|| match (&test.expect.by, &test.expect.reason) {
        (Some(wanted), _) if *wanted != by => Some(format!("decided by `{by}`")),
        (_, Some(wanted)) if !text.contains(wanted) => Some(format!("because `{text}`")),
        _ => None,
    });
    let output = run.output.as_ref().map(crate::ir::value::Value::to_json);
    let wrong = wrong.or_else(|| {
        let wanted = test.expect.output.as_ref()?.to_json();
        let found = output.as_ref()?;
        let differs = wanted
            .as_object()?
            .iter()
            .any(|(name, value)| found.get(name) != Some(value));
        differs.then(|| format!("output {found}"))
    });
    (verdict.by, wrong)
}

#[test]
fn every_example_passes_its_tests_and_they_cover_every_rule() {
    let mut files = Vec::new();
    ecl_files(&examples_root(), &mut files);
    let mut wrong = Vec::new();
    for path in &files {
        let bundle = bundle_of(path);
        // The document's evaluation refers to the policy beside it.
        if path.ends_with("evaluate-verbatim.ecl") {
            continue;
        }
        let compiled = compile(&bundle);
        let at = path.file_name().unwrap().to_string_lossy().into_owned();
        if !compiled.diagnostics.is_empty() {
            let shown =
                crate::render::render(&bundle, &compiled.diagnostics, crate::render::Style::Plain);
            wrong.push(format!("{at}: {shown}"));
            continue;
        }
        let mut decided: HashSet<(usize, DecidedBy)> = HashSet::new();
        for test in &compiled.tests {
            let (by, problem) = run_test(&compiled, test);
            decided.insert((test.program, by));
            if let Some(problem) = problem {
                wrong.push(format!("{at}: {}: {problem}", test.name));
            }
        }
        if compiled.tests.is_empty() {
            continue;
        }
        for (number, program) in compiled.programs.iter().enumerate() {
            let Body::Policy(policy) = &program.body else {
                continue;
            };
            for (g, group) in policy.groups.iter().enumerate() {
                let any = group.combine == crate::ir::Combine::Any;
                for (r, rule) in group.rules.iter().enumerate() {
                    let by = DecidedBy::Rule {
                        group: u32::try_from(g).unwrap(),
                        rule: u32::try_from(r).unwrap(),
                    };
                    // The last rule of an `all` group stands for the group.
                    let counts = any || r + 1 == group.rules.len();
                    if counts && !decided.contains(&(number, by)) {
                        wrong.push(format!("{at}: no test is decided by `{}`", rule.name));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The input of the documentation's examples.
const DOCUMENTED: &str = r#"
policy "p" {
  input {
    who: did, caller: did, thing: did, price: money<EUR>, score: number, path: string, host: string, note: string?,
    tags: list<string, 8>, limits: map<string<32>, int, 8>, details: attributes, now: instant, address: ip
  }
  accept { yes: CONDITION }
}
test "t" {
  policy "p"
  input {
    who: "did:example:anna", caller: "did:example:ben", thing: "did:example:blueprint:lamp", price: 0.42 EUR, score: 0.92,
    path: "/api/items/7.json", host: "eu.example.com", note: "hello", tags: ["a", "b"], limits: { cpu: 4, disk: 9 }, details: { power: 9W },
    now: "2025-01-28T10:15:00Z", address: "10.0.0.7"
  }
  facts {
    trust("did:example:anna"): { r: 0.9, i: 0.8, c: 0.7, p: 0.6, v: 0.9, omega: 0.8 }
    trust("did:example:ben"): { r: 0.5, i: 0.5, c: 0.5, p: 0.5, v: 0.5, omega: 0.5 }
    realm_trust("did:example:anna", "finance"): { r: 0.5, i: 0.5, c: 0.5, p: 0.5, v: 0.5, omega: 0.5 }
    karma("did:example:anna"): 12.5
    delegates("did:example:anna"): ["did:example:ben"]
    resolve_did("did:example:anna"): true
    has_credential("did:example:anna", "did:example:credential:*"): true
    balance("did:example:anna", "EUR"): 65.00
    blueprint("did:example:blueprint:lamp"): { power: { type: "power", max: "20W" } }
    active_sessions("did:example:blueprint:lamp"): 0
    store_get("members", "did:example:anna"): "yes"
  }
  expect accept
}
"#;

#[test]
fn every_function_of_the_standard_library_has_an_example_that_is_true() {
    let mut wrong = Vec::new();
    for entry in crate::check::stdlib::TABLE {
        assert!(entry.example.contains(entry.name), "{}", entry.name);
        let source = DOCUMENTED.replace("CONDITION", entry.example);
        let bundle = Bundle::single("example.ecl", source);
        let compiled = compile(&bundle);
        if compiled.has_errors() {
            let shown =
                crate::render::render(&bundle, &compiled.diagnostics, crate::render::Style::Plain);
            wrong.push(shown);
            continue;
        }
        let (_, problem) = run_test(&compiled, &compiled.tests[0]);
        wrong.extend(problem.map(|p| format!("`{}`: {p}", entry.example)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn decide(program: &Program, json: &str) -> (Result<Decision, EvalError>, DecidedBy) {
    let input = input::Encoder::new(program).encode_str(json).unwrap();
    let limits = GasLimits::total(u64::MAX);
    let verdict = oracle::evaluate(program, &input, &mut MemoryFacts::new(), &limits);
    (verdict.result, verdict.by)
}

#[test]
fn an_index_never_changes_a_decision() {
    // Rules of many forms on few values, so that inputs hit, miss and fail.
    let forms = [
        "user == \"U\" AND action == \"A\"",
        "user == \"U\" AND action in [\"A\", \"B\"] AND level > %n",
        "user == \"U\" OR user == \"V\"",
        "level / (level - %n) > 1 AND user == \"U\"",
        "user == \"U\" AND 10 / (level - %n) > 3",
        "user in [\"U\", \"V\"] AND flag AND action == \"A\"",
        "user == \"U\" AND NOT flag AND kind == Write AND level == %n",
        "user == \"U\" AND any t in tags: t == \"A\"",
        "kind in [Read, Write] AND user == \"U\" AND level <= %n",
        "(note else \"\") == \"A\" AND user == \"V\"",
    ];
    let mut rules = String::new();
    for i in 0..60_usize {
        let rule = forms[i * 7 % forms.len()]
            .replace("\"U\"", &format!("\"u{}\"", i % 12))
            .replace("\"V\"", &format!("\"u{}\"", i * 5 % 13))
            .replace("\"A\"", &format!("\"a{}\"", i % 4))
            .replace("\"B\"", &format!("\"a{}\"", i % 3))
            .replace("%n", &(7 + i % 6).to_string());
        rules.push_str(&format!("r{i}: {rule}\n"));
    }
    let source = format!(
        "enum Kind {{ Read, Write, Admin }}
         policy \"p\" {{ gas_limit: 100000
           input {{ user: string<8>, action: string<8>, level: int, flag: bool, kind: Kind, tags: list<string<8>, 3>, note: string<8>? }}
           accept any {{ {rules} }}
           escalate {{ rest: level > 4 }} }}"
    );
    let compiled = compile(&Bundle::single("rules.ecl", source));
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    let indexed = &compiled.programs[0];
    let mut plain = indexed.clone();
    let Body::Policy(policy) = &mut plain.body else {
        panic!("a policy")
    };
    assert!(policy.groups[0].plan.index.take().is_some());
    let mut accepted = 0;
    for i in 0..600_u32 {
        let json = format!(
            r#"{{"user":"u{}","action":"a{}","level":{},"flag":{},"kind":"{}","tags":["a{}"],"note":{}}}"#,
            i % 14,
            i / 3 % 5,
            i / 7 % 14,
            i % 2 == 0,
            ["Read", "Write", "Admin"][(i / 5 % 3) as usize],
            i % 9,
            if i % 4 == 0 {
                "null".into()
            } else {
                format!("\"a{}\"", i % 5)
            },
        );
        let found = decide(indexed, &json);
        assert_eq!(found, decide(&plain, &json), "{json}");
        accepted += u32::from(found.0 == Ok(Decision::Accept));
    }
    assert!((50..550).contains(&accepted), "{accepted} of 600 accepted");
}

#[test]
fn the_documentation_lists_the_standard_library() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- standard library: ").unwrap();
    let (marker, rest) = rest.split_once("-->\n").unwrap();
    let (found, after) = rest
        .split_once("<!-- end of the standard library -->")
        .unwrap();
    let expected = format!("\n{}", crate::check::stdlib::markdown());
    if std::env::var_os("UPDATE").is_some() {
        let end = "<!-- end of the standard library -->";
        let page = format!("{before}<!-- standard library: {marker}-->\n{expected}{end}{after}");
        std::fs::write(&path, page).unwrap();
        return;
    }
    assert!(found == expected, "run UPDATE=1 cargo test -p tollgate-ecl");
}

#[test]
fn the_documents_evaluation_gives_its_decision_and_its_reasons_word_for_word() {
    let mut bundle = Bundle::default();
    for name in [
        "ev-charging/policy.ecl",
        "ev-charging/evaluate-verbatim.ecl",
    ] {
        bundle.add(
            name,
            std::fs::read_to_string(examples_root().join(name)).unwrap(),
        );
    }
    let compiled = compile(&bundle);
    let evaluation = &compiled.evaluations[0];
    let program = &compiled.programs[evaluation.program];
    let input = input::encode(program, &evaluation.input).unwrap();
    let run = oracle::run(
        program,
        &input,
        &mut MemoryFacts::new(),
        &program.gas_limits,
    );
    let memory = run.memory.clone();
    let read = |ty: &crate::data::types::Type, words: [u64; 2]| {
        crate::ir::value::from_words(program, &memory, ty, words)
    };
    let none = crate::tools::explain::Redaction::none();
    let reasons =
        crate::tools::explain::Reasons::new(program, &run.into_explanation(), &read, &none);
    assert_eq!(reasons.decision, evaluation.decision);
    assert_eq!(Some(reasons.lines()), evaluation.reasoning);
}
