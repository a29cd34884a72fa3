//! What is inside, what is not, and what nobody knows; and that no random input says otherwise.

use serde_json::{Value as Json, json};

use super::*;
use crate::check;
use crate::engines::vm::Vm;
use crate::host::facts::NoFacts;
use crate::host::input::encode;
use crate::limits::CELLS;
use crate::syntax::bundle::Bundle;
use crate::testing::generate::Random;

const HEAD: &str = "enum Kind { Read, Write, Net }
record At { port: int?, host: string<24> }
record Call { kind: Kind, path: string<24>?, at: At, urgent: bool, wait: duration, tags: list<string<8>, 4>, weight: number }
";

fn program(rules: &str) -> Program {
    let text = format!(
        "{HEAD}policy \"p\" {{ input {{ call: Call }}\nlet path = call.path else \"\"\nlet port = call.at.port else 0\n{rules} }}"
    );
    let mut compiled = check::compile(&Bundle::single("p.ecl", text));
    assert!(
        !compiled.has_errors(),
        "{rules}: {:?}",
        compiled.diagnostics
    );
    compiled.programs.remove(0)
}

fn compared(policy: &str, ceiling: &str) -> Compare {
    let (policy, ceiling) = (program(policy), program(ceiling));
    compare(Compared {
        policy: &policy,
        ceiling: &ceiling,
        cells_max: CELLS,
    })
}

fn decided(program: &Program, input: &Json) -> Option<Decision> {
    let input = encode(program, input).unwrap();
    let compiled = CompiledProgram::new(program.clone()).unwrap();
    let mut vm = Vm::new(compiled.into());
    vm.evaluate(&input, &mut NoFacts, &program.gas_limits)
        .result
        .ok()
}

const NO: &str = "otherwise reject \"no\"";

#[test]
fn what_the_ceiling_accepts_as_well_is_inside() {
    for (policy, ceiling) in [
        ("", "auto_accept any { a: path == \"x\" }"),
        (
            "auto_accept any { a: path == \"x\" }",
            "auto_accept any { a: path in [\"x\", \"y\"] }",
        ),
        (
            "auto_accept any { a: path_within(path, \"/srv/a\") AND call.kind == Read }",
            "auto_accept any { a: path_within(path, \"/srv\") AND call.kind != Write }",
        ),
        (
            "auto_accept any { a: path matches \"*.txt\" AND starts_with(path, \"/a\") }",
            "auto_accept any { a: ends_with(path, \"txt\") AND contains(path, \".t\") }",
        ),
        (
            "auto_accept any { a: port >= 1024 AND port < 2000 }",
            "auto_accept any { a: port > 1023 }",
        ),
        (
            "auto_accept any { a: call.at.port == none AND call.urgent }",
            "auto_accept any { a: port == 0 AND NOT (call.wait > 3s AND NOT call.urgent) }",
        ),
        (
            "auto_reject { a: call.kind == Net }\nauto_accept any { b: any x in [\"/a\", \"/b\"] : path == x }",
            "escalate { a: call.kind == Net AND call.urgent }\nauto_accept any { b: starts_with(path, \"/\") }",
        ),
    ] {
        let found = compared(&format!("{policy}\n{NO}"), &format!("{ceiling}\n{NO}"));
        assert_eq!(found.boundary, Boundary::Inside, "{policy}");
    }
}

#[test]
fn what_the_ceiling_does_not_accept_is_outside_and_shown() {
    for (policy, ceiling, field, shown) in [
        (
            "a: path == \"y\"",
            "a: path == \"x\"",
            "/call/path",
            json!("y"),
        ),
        (
            "a: port <= 80",
            "a: port < 80 AND port != 7",
            "/call/at/port",
            json!(7),
        ),
        (
            "a: starts_with(path, \"/a\")",
            "a: path_within(path, \"/a\")",
            "/call/path",
            json!("/aa"),
        ),
        (
            "a: call.path != none AND call.kind != Read",
            "a: call.path != none AND call.kind == Net",
            "/call/kind",
            json!("Write"),
        ),
        (
            "a: call.wait > 1min",
            "a: call.wait >= 2min",
            "/call/kind",
            json!("Read"),
        ),
        (
            "a: path matches \"*.pem\"",
            "a: path == \"a.pem\"",
            "/call/path",
            json!(".pem"),
        ),
    ] {
        let texts = [policy, ceiling].map(|rule| format!("auto_accept any {{ {rule} }}\n{NO}"));
        let found = compared(&texts[0], &texts[1]);
        let Boundary::Outside(outside) = found.boundary else {
            panic!("{policy}: {found:?}");
        };
        assert_eq!(outside.input.pointer(field), Some(&shown), "{outside:?}");
        assert_eq!(outside.ceiling, Ok(Decision::Reject));
        let decisions = texts.map(|text| decided(&program(&text), &outside.input));
        assert_eq!(decisions, [Some(Decision::Accept), Some(Decision::Reject)]);
    }
}

#[test]
fn a_ceiling_that_asks_or_fails_does_not_accept() {
    let all = "otherwise accept";
    let found = compared(all, "escalate { a: call.urgent }\notherwise accept");
    let Boundary::Outside(outside) = found.boundary else {
        panic!("{found:?}");
    };
    assert_eq!(outside.ceiling, Ok(Decision::Escalate));
    assert_eq!(outside.input["call"]["urgent"], true);
    let fails = "auto_accept any { a: (if call.urgent then 1 else 0) / (if call.kind == Net then 0 else 1) >= 0 }";
    let found = compared(all, &format!("{fails}\n{NO}"));
    let Boundary::Outside(outside) = found.boundary else {
        panic!("{found:?}");
    };
    assert!(outside.ceiling.is_err(), "{outside:?}");
    assert_eq!(outside.input["call"]["kind"], "Net");
}

#[test]
fn what_is_not_covered_is_said_and_what_is_found_counts_all_the_same() {
    for (rule, says) in [
        ("a: path != call.at.host", "compares two fields"),
        ("a: port + 1 > 3", "computes with a field"),
        ("a: len(path) > 3", "uses the length of a field"),
        (
            "a: call.weight > 3.0",
            "of a type that the search does not know",
        ),
        (
            "a: \"x\" in call.tags",
            "of a type that the search does not know",
        ),
        (
            "a: resolves(\"did:example:a\") else false",
            "asks for a fact",
        ),
        (
            "a: NOT starts_with(\"abc\", path)",
            "looks for a field in a text",
        ),
    ] {
        let both = format!("auto_accept any {{ {rule} }}\n{NO}");
        let Boundary::Undecided(why) = compared(&both, &both).boundary else {
            panic!("{rule}");
        };
        let text = why.to_string();
        assert!(
            text.contains(says) && text.contains("rule `a`"),
            "{rule}: {text}"
        );
        let wide = format!("auto_accept any {{ {rule}\nb: call.urgent }}\n{NO}");
        let found = compared(&wide, &both).boundary;
        assert!(matches!(found, Boundary::Outside(_)), "{rule}: {found:?}");
    }
}

#[test]
fn a_bound_that_is_reached_and_different_inputs_are_said() {
    let program_of = |rule: &str| program(&format!("auto_accept any {{ a: {rule} }}\n{NO}"));
    let (policy, ceiling) = (
        program_of("path matches \"*a*b*c*\" AND call.at.host matches \"*x*\""),
        program_of("path matches \"*a*c*\" AND call.at.host matches \"*x*\""),
    );
    let of = |policy, ceiling, cells_max| {
        let compared = Compared {
            policy,
            ceiling,
            cells_max,
        };
        compare(compared)
    };
    let few = of(&policy, &ceiling, 3);
    assert_eq!(few.boundary, Boundary::Undecided(Undecided::Cells(3)));
    assert_eq!(few.cells, 3);
    assert_eq!(of(&policy, &ceiling, CELLS).boundary, Boundary::Inside);
    let other = format!("policy \"o\" {{ input {{ call: int }}\n{NO} }}");
    let other = check::compile(&Bundle::single("o.ecl", other))
        .programs
        .remove(0);
    let found = of(&policy, &other, CELLS);
    assert_eq!(found.boundary, Boundary::Undecided(Undecided::Inputs));
}

/// One of these.
fn pick<'a>(random: &mut Random, from: &[&'a str]) -> &'a str {
    random.pick::<&str>(from)
}

const TEXTS: [&str; 7] = ["", "/", "/a", "/a/b", "/a/b.txt", "/ab", "x.txt"];
const NUMBERS: [&str; 6] = ["0", "1", "80", "443", "-1", "444"];

fn condition(random: &mut Random, depth: u32) -> String {
    if depth > 0 && random.once_in(2) {
        let (left, right) = (condition(random, depth - 1), condition(random, depth - 1));
        return match random.below(3) {
            0 => format!("({left} AND {right})"),
            1 => format!("({left} OR {right})"),
            _ => format!("NOT ({left})"),
        };
    }
    let field = pick(random, &["path", "call.at.host"]);
    let text = pick(random, &TEXTS);
    match random.below(9) {
        0 => format!("{field} == \"{text}\""),
        1 => format!("{field} in [\"{text}\", \"{}\"]", pick(random, &TEXTS)),
        2 => format!("starts_with({field}, \"{text}\")"),
        3 => format!("ends_with({field}, \"{text}\")"),
        4 => format!(
            "{field} matches \"{}\"",
            pick(random, &["*.txt", "/a/*", "/*/b*", "x*", "*"])
        ),
        5 => format!(
            "port {} {}",
            pick(random, &["<", "<=", "==", "!=", ">"]),
            pick(random, &NUMBERS)
        ),
        6 => format!(
            "call.kind {} {}",
            pick(random, &["==", "!="]),
            pick(random, &["Read", "Write", "Net"])
        ),
        7 => String::from("call.urgent"),
        _ => format!(
            "call.{} {} none",
            pick(random, &["path", "at.port"]),
            pick(random, &["==", "!="])
        ),
    }
}

fn rules(random: &mut Random) -> String {
    let mut text = String::new();
    for group in ["auto_reject", "escalate", "auto_accept any"] {
        if random.once_in(3) && group != "auto_accept any" {
            continue;
        }
        let (one, other) = (condition(random, 2), condition(random, 2));
        text.push_str(&format!(
            "{group} {{ {}1: {one}\n{}2: {other} }}\n",
            &group[..6],
            &group[..6]
        ));
    }
    text + pick(
        random,
        &[NO, "otherwise accept", "otherwise escalate \"?\""],
    )
}

fn input(random: &mut Random) -> Json {
    let text = |random: &mut Random| {
        format!(
            "{}{}",
            pick(random, &TEXTS),
            pick(random, &["", "", "/", "b", ".txt", "\u{e9}"])
        )
    };
    let path = text(random);
    let port: i64 = pick(random, &NUMBERS).parse().unwrap();
    let (none, no_port) = (random.once_in(3), random.once_in(3));
    json!({ "call": {
        "kind": pick(random, &["Read", "Write", "Net"]),
        "path": if none { Json::Null } else { path.into() },
        "at": { "port": if no_port { Json::Null } else { port.into() }, "host": text(random) },
        "urgent": random.once_in(2),
        "wait": "0s",
        "tags": [],
        "weight": 0,
    } })
}

/// Whatever is random, no input that is tried contradicts an `Inside`, and what is found is found by both engines.
#[test]
fn no_input_contradicts_what_was_found() {
    let (mut inside, mut outside) = (0, 0);
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let texts = (rules(&mut random), rules(&mut random));
        let (policy, mut ceiling) = (program(&texts.0), program(&texts.1));
        if random.once_in(3) {
            // A ceiling that accepts whatever the policy accepts, and more.
            let wider = texts
                .0
                .replace("otherwise escalate \"?\"", "otherwise accept");
            ceiling = program(&wider.replace("auto_reject", "auto_accept any"));
        }
        let found = compare(Compared {
            policy: &policy,
            ceiling: &ceiling,
            cells_max: CELLS,
        });
        match found.boundary {
            Boundary::Inside => {
                inside += 1;
                for _ in 0..60 {
                    let input = input(&mut random);
                    let decisions = (decided(&policy, &input), decided(&ceiling, &input));
                    let contradicts = decisions.0 == Some(Decision::Accept)
                        && decisions.1 != Some(Decision::Accept);
                    assert!(!contradicts, "seed {seed}: {input}: {texts:?}");
                }
            }
            Boundary::Outside(found) => {
                outside += 1;
                assert_eq!(decided(&policy, &found.input), Some(Decision::Accept));
                assert_ne!(decided(&ceiling, &found.input), Some(Decision::Accept));
            }
            Boundary::Undecided(why) => panic!("seed {seed}: {why}: {texts:?}"),
        }
    }
    assert!(
        inside > 20 && outside > 20,
        "{inside} inside, {outside} outside"
    );
}
