//! `docs/coming-from.md`: what its tables say is ECL stands in the programs below them, which are checked here as well, and whose
//! every rule is reached by a test.

use tollgate_ecl::Bundle;
use tollgate_ecl::render::{Style, render};
use tollgate_ecl::tools::lint::compile;
use tollgate_ecl::tools::suite::run;

const PAGE: &str = include_str!("../../../../docs/coming-from.md");

/// A section: its name, the pairs of its table, and its program.
struct Section {
    name: &'static str,
    pairs: Vec<(&'static str, &'static str)>,
    program: &'static str,
}

fn sections() -> Vec<Section> {
    let sections = PAGE.split("\n## From ").skip(1);
    let sections = sections.map(|text| {
        let (name, rest) = text.split_once('\n').unwrap();
        let (_, program) = rest.split_once("```ecl\n").unwrap();
        let (program, _) = program.split_once("\n```").unwrap();
        let rows = rest.lines().filter(|line| line.starts_with("| "));
        let cells = rows.map(|row| row.trim_matches(['|', ' ']).split_once(" | ").unwrap());
        let pairs = cells.skip(1).collect();
        Section {
            name,
            pairs,
            program,
        }
    });
    sections.collect()
}

/// A text with one blank where it has blanks or line ends.
fn in_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// What stands between backticks.
fn code(cell: &str) -> impl Iterator<Item = String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(|part| in_one_line(&part.replace("\\|", "|")))
}

#[test]
fn each_language_has_its_pairs() {
    let names: Vec<&str> = sections().iter().map(|section| section.name).collect();
    assert_eq!(names, ["Rego", "Cedar", "CEL", "Casbin", "Kyverno"]);
    for Section { name, pairs, .. } in sections() {
        assert!((8..=15).contains(&pairs.len()), "{name}: {}", pairs.len());
    }
}

#[test]
fn what_a_table_says_stands_in_its_program() {
    // Said in words, of what the program does not do.
    let elsewhere = ["otherwise allow", "&&", "||", "!"];
    for section in sections() {
        let program = in_one_line(section.program);
        for (theirs, ours) in section.pairs {
            let parts = code(ours).filter(|part| !elsewhere.contains(&part.as_str()));
            for part in parts {
                assert!(
                    program.contains(&part),
                    "{}: {theirs}: {part}",
                    section.name
                );
            }
        }
    }
}

#[test]
fn every_rule_of_the_programs_decides_as_it_says() {
    for Section { name, program, .. } in sections() {
        let bundle = Bundle::single(format!("{name}.ecl"), program);
        let compiled = compile(&bundle);
        let shown = render(&bundle, &compiled.diagnostics, Style::Plain);
        assert_eq!(shown, "", "{name}");
        let suite = run(&compiled, &|_| true).unwrap();
        let failed = suite.results.iter().filter(|r| !r.failures.is_empty());
        let failed: Vec<_> = failed.map(|r| (&r.name, &r.failures)).collect();
        assert!(failed.is_empty(), "{name}: {failed:?}");
        let rules = suite.coverage.iter().flat_map(|coverage| &coverage.rules);
        let missed: Vec<&str> = rules.filter(|r| !r.reached).map(|r| &*r.name).collect();
        assert!(missed.is_empty(), "{name}: {missed:?}");
    }
}
