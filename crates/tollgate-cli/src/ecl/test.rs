//! `tollgate ecl test`: runs the tests of a bundle; coverage on demand, JUnit for build servers.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};
use tollgate_ecl::bundle::Bundle;
use tollgate_ecl::suite::{self, Coverage, Covered, Suite, TestResult};

use super::{FormatArguments, print, print_json, source};
use crate::error::{CliResult, OrExit as _};
use crate::escapes::clean;
use crate::exit::Exit;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate ecl test policies/ --coverage
  tollgate ecl test policies/ --filter budget --junit report.xml")]
pub(super) struct TestArguments {
    /// Files or folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Run only tests whose name contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Show which lines, rules and conditions no test reached
    #[arg(long)]
    coverage: bool,
    /// Fail when less than this share of the rules was reached, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Also write the results in JUnit's format
    #[arg(long, value_name = "FILE")]
    junit: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &TestArguments) -> CliResult<Exit> {
    let (bundle, compiled) = source::compiled(&arguments.paths)?;
    let filter = arguments.filter.as_deref().unwrap_or("");
    let suite = suite::run(&compiled, &|name| name.contains(filter));
    if let Some(path) = &arguments.junit {
        let cannot = |e: std::io::Error| anyhow::anyhow!("cannot write `{path}`: {e}");
        std::fs::write(path, junit(&bundle, &suite))
            .map_err(cannot)
            .or_exit(Exit::NotFound)?;
    }
    if arguments.format.json() {
        print_json(&to_json(&bundle, &suite))?;
    } else {
        print(&in_words(&bundle, &suite, arguments.coverage))?;
    }
    let covered = rules_percent(&suite) >= u64::from(arguments.min_coverage.unwrap_or(0));
    if !covered {
        anstream::eprintln!(
            "tollgate: {} % of the rules were reached",
            rules_percent(&suite)
        );
    }
    Ok(if suite.passed() && covered {
        Exit::Success
    } else {
        Exit::Guest(1)
    })
}

fn rules_percent(suite: &Suite) -> u64 {
    let rules: Vec<&Covered> = suite.coverage.iter().flat_map(|c| &c.rules).collect();
    let reached = rules.iter().filter(|r| r.reached).count() as u64;
    (reached * 100)
        .checked_div(rules.len() as u64)
        .unwrap_or(100)
}

fn in_words(bundle: &Bundle, suite: &Suite, coverage: bool) -> String {
    let mut out = String::new();
    for result in &suite.results {
        let word = if result.failures.is_empty() {
            "ok"
        } else {
            "FAILED"
        };
        line(
            &mut out,
            format_args!("test \"{}\" ... {word}", clean(&result.name)),
        );
    }
    for result in suite.results.iter().filter(|r| !r.failures.is_empty()) {
        let (row, column) = bundle.line_column(result.span);
        let file = file_name(bundle, result.span.file);
        line(
            &mut out,
            format_args!("\n\"{}\" at {file}:{row}:{column}", clean(&result.name)),
        );
        for failure in &result.failures {
            line(&mut out, format_args!("  {}", clean(failure)));
        }
        for reason in &result.reasons {
            line(&mut out, format_args!("    {}", clean(reason)));
        }
    }
    if coverage {
        for program in &suite.coverage {
            coverage_in_words(&mut out, bundle, program);
        }
    }
    let failed = suite
        .results
        .iter()
        .filter(|r| !r.failures.is_empty())
        .count();
    let passed = suite.results.len() - failed;
    line(&mut out, format_args!("\n{passed} passed, {failed} failed"));
    out
}

fn coverage_in_words(out: &mut String, bundle: &Bundle, coverage: &Coverage) {
    let share = |list| {
        let (reached, all) = Coverage::count(list);
        format!("{reached}/{all}")
    };
    line(
        out,
        format_args!(
            "\ncoverage of \"{}\": lines {}, rules {}, conditions {}",
            clean(&coverage.program),
            share(&coverage.lines),
            share(&coverage.rules),
            share(&coverage.conditions)
        ),
    );
    for (what, list) in [
        ("rule", &coverage.rules),
        ("condition", &coverage.conditions),
    ] {
        for missed in list.iter().filter(|c| !c.reached) {
            let why = missed.missing.unwrap_or("never decided");
            let file = file_name(bundle, missed.line.0);
            let name = clean(&missed.name);
            line(
                out,
                format_args!("  {file}:{}: {what} `{name}`: {why}", missed.line.1),
            );
        }
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn file_name(bundle: &Bundle, file: u32) -> &str {
    bundle.files.get(file as usize).map_or("?", |f| &f.name)
}

fn to_json(bundle: &Bundle, suite: &Suite) -> Value {
    let covered = |list: &[Covered]| -> Value {
        list.iter()
            .map(|c| json!({ "name": c.name, "file": file_name(bundle, c.line.0), "line": c.line.1, "reached": c.reached, "missing": c.missing }))
            .collect()
    };
    let results: Vec<Value> = suite
        .results
        .iter()
        .map(|r| result_json(bundle, r))
        .collect();
    let coverage: Vec<Value> = suite
        .coverage
        .iter()
        .map(|c| {
            json!({
                "program": c.program,
                "tests": c.tests,
                "rules": covered(&c.rules),
                "conditions": covered(&c.conditions),
                "lines": covered(&c.lines),
            })
        })
        .collect();
    json!({ "passed": suite.passed(), "tests": results, "coverage": coverage })
}

fn result_json(bundle: &Bundle, result: &TestResult) -> Value {
    json!({
        "name": result.name,
        "program": result.program,
        "file": file_name(bundle, result.span.file),
        "line": bundle.line_column(result.span).0,
        "passed": result.failures.is_empty(),
        "failures": result.failures,
        "reasons": result.reasons,
        "gas": result.gas.total(),
    })
}

/// The results as JUnit's XML: one suite a program.
fn junit(bundle: &Bundle, suite: &Suite) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for program in &suite.coverage {
        let of_program = |r: &&TestResult| r.program == program.program;
        let results: Vec<&TestResult> = suite.results.iter().filter(of_program).collect();
        let failures = results.iter().filter(|r| !r.failures.is_empty()).count();
        line(
            &mut out,
            format_args!(
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">",
                xml(&program.program),
                results.len()
            ),
        );
        for result in results {
            let file = xml(file_name(bundle, result.span.file));
            let row = bundle.line_column(result.span).0;
            let head = format!(
                "    <testcase name=\"{}\" classname=\"{}\" file=\"{file}\" line=\"{row}\"",
                xml(&result.name),
                xml(&program.program)
            );
            if result.failures.is_empty() {
                line(&mut out, format_args!("{head}/>"));
            } else {
                let message = xml(&result.failures.join("; "));
                let reasons = xml(&result.reasons.join("\n"));
                line(
                    &mut out,
                    format_args!(
                        "{head}><failure message=\"{message}\">{reasons}</failure></testcase>"
                    ),
                );
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Text for XML: the five characters escaped, what XML 1.0 has no place for replaced.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_has_no_markup_from_names() {
        assert_eq!(
            xml("a<b>&\"'\u{1}\n"),
            "a&lt;b&gt;&amp;&quot;&apos;\u{fffd}&#10;"
        );
    }
}
