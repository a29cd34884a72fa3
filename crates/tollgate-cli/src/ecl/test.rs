//! `tollgate ecl test`: runs the tests of a bundle; coverage on demand, JUnit for build servers.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tollgate_diagnostics::source::Places;
use tollgate_ecl::Bundle;
use tollgate_ecl::tools::suite::{
    self, Coverage, Covered, Decided, Suite, TestResult, TooMuchWork,
};

use super::answer::{FormatArguments, print, print_json};
use super::decider::Decider;
use super::source;
use crate::error::{CliError, CliResult};
use crate::escapes::clean;
use crate::exit::Exit;
use crate::output;
use crate::output_file::OutputFile;
use crate::quantity;

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
    #[arg(long, value_name = "PERCENT", value_parser = quantity::whole::<u8>(0..=100))]
    min_coverage: Option<u8>,
    /// Also write the results in JUnit's format
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &TestArguments) -> CliResult<Exit> {
    let results = arguments.junit.as_deref().map(OutputFile::check);
    let results = results.transpose()?;
    let sources = source::compiled(&arguments.paths)?;
    let filter = arguments.filter.as_deref().unwrap_or("");
    let suites: Result<Vec<Tested<'_>>, TooMuchWork> = sources
        .iter()
        .map(|source| {
            let suite = suite::run(&source.compiled, &|name| name.contains(filter))?;
            let bundle = &source.bundle;
            let places = bundle.places();
            Ok(Tested {
                bundle,
                places,
                suite,
            })
        })
        .collect();
    let suites = suites.map_err(|error| {
        let advice = "with `--filter TEXT`, which takes the tests that have TEXT in their names";
        CliError::message(Exit::Invalid, format!("{error} {advice}"))
    })?;
    if let Some(file) = results {
        file.write(junit(&suites).as_bytes())?;
    }
    if arguments.format.json() {
        print_json(&to_json(&suites))?;
    } else {
        let told = match arguments.coverage {
            true => Told::Coverage,
            false => Told::Results,
        };
        print(&in_words(&suites, told))?;
    }
    if suites.iter().all(|t| t.suite.results.is_empty()) {
        let why = match &arguments.filter {
            Some(filter) => format!("no test has `{filter}` in its name"),
            None => "there is no test; write `test \"…\" { … }` beside the policy".to_owned(),
        };
        return Err(CliError::message(Exit::NotFound, why));
    }
    let percent = rules_percent(&suites);
    let covered = percent >= u64::from(arguments.min_coverage.unwrap_or(0));
    if !covered {
        output::say(&uncovered(&suites, percent));
    }
    Ok(if suites.iter().all(|t| t.suite.passed()) && covered {
        Exit::Success
    } else {
        Exit::Guest(1)
    })
}

/// A bundle and what its tests gave.
struct Tested<'a> {
    bundle: &'a Bundle,
    places: Places<'a>,
    suite: Suite,
}

impl Tested<'_> {
    fn failed(&self) -> impl Iterator<Item = &TestResult> {
        let results = self.suite.results.iter();
        results.filter(|r| !r.failures.is_empty())
    }
}

fn rules_percent(suites: &[Tested<'_>]) -> u64 {
    let coverage = suites.iter().flat_map(|t| &t.suite.coverage);
    let rules: Vec<&Covered> = coverage.flat_map(|c| &c.rules).collect();
    let reached = rules.iter().filter(|r| r.reached).count() as u64;
    (reached * 100)
        .checked_div(rules.len() as u64)
        .unwrap_or(100)
}

/// That too few rules were reached, and which ones were not.
fn uncovered(suites: &[Tested<'_>], percent: u64) -> String {
    let mut out = format!("tollgate: {percent} % of the rules were reached; no test reached");
    for tested in suites {
        for program in &tested.suite.coverage {
            for rule in program.rules.iter().filter(|rule| !rule.reached) {
                let file = file_name(tested.bundle, rule.line.0);
                let (name, of) = (clean(&rule.name), clean(&program.program));
                let _ = write!(out, "\n  {file}:{}: `{name}` of \"{of}\"", rule.line.1);
            }
        }
    }
    out
}

/// What is told of suites.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// How each test ended.
    Results,
    /// That, and what the tests came to.
    Coverage,
}

fn in_words(suites: &[Tested<'_>], told: Told) -> String {
    let mut out = String::new();
    for result in suites.iter().flat_map(|t| &t.suite.results) {
        let word = if result.failures.is_empty() {
            "ok"
        } else {
            "FAILED"
        };
        let name = clean(&result.name);
        line(&mut out, format_args!("test \"{name}\" ... {word}"));
    }
    for tested in suites {
        failures_in_words(&mut out, tested);
    }
    if told == Told::Coverage {
        for tested in suites {
            for program in &tested.suite.coverage {
                coverage_in_words(&mut out, tested.bundle, program);
            }
        }
        let percent = rules_percent(suites);
        line(&mut out, format_args!("\n{percent} % of all rules"));
    }
    let failed: usize = suites.iter().map(|t| t.failed().count()).sum();
    let all: usize = suites.iter().map(|t| t.suite.results.len()).sum();
    let passed = all - failed;
    line(&mut out, format_args!("\n{passed} passed, {failed} failed"));
    out
}

fn failures_in_words(out: &mut String, tested: &Tested<'_>) {
    for result in tested.failed() {
        let (row, column) = tested.places.line_column(result.span);
        let file = file_name(tested.bundle, result.span.file);
        line(
            out,
            format_args!("\n\"{}\" at {file}:{row}:{column}", clean(&result.name)),
        );
        if let Some(values) = &result.values {
            line(out, format_args!("  with {}", clean(values)));
        }
        for failure in &result.failures {
            line(out, format_args!("  {}", clean(failure)));
        }
        for line_of in decided_in_words(tested.bundle, result) {
            line(out, format_args!("  {}", clean(&line_of)));
        }
        for reason in &result.reasons {
            line(out, format_args!("    {}", clean(reason)));
        }
    }
}

/// Which rule decided a test that failed, and what it says.
fn decided_in_words(bundle: &Bundle, result: &TestResult) -> Vec<String> {
    let Some(Decided { rule, message }) = &result.decided else {
        return Vec::new();
    };
    let rule = rule.as_ref();
    let rule = rule.map(|(name, place)| Decider::new(bundle, name, place).to_string());
    let message = message.as_ref();
    let message = message.map(|message| format!("message: {message}"));
    rule.into_iter().chain(message).collect()
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

fn to_json(suites: &[Tested<'_>]) -> Value {
    let results = suites.iter().flat_map(|t| {
        let results = t.suite.results.iter();
        results.map(|r| result_json(t, r))
    });
    let coverage = suites.iter().flat_map(|t| {
        let coverage = t.suite.coverage.iter();
        coverage.map(|c| coverage_json(t.bundle, c))
    });
    json!({
        "passed": suites.iter().all(|t| t.suite.passed()),
        "tests": results.collect::<Vec<_>>(),
        "coverage": coverage.collect::<Vec<_>>(),
        "rules_percent": rules_percent(suites),
    })
}

fn coverage_json(bundle: &Bundle, coverage: &Coverage) -> Value {
    let covered = |list: &[Covered]| -> Value {
        list.iter()
            .map(|c| json!({ "name": c.name, "file": file_name(bundle, c.line.0), "line": c.line.1, "reached": c.reached, "missing": c.missing }))
            .collect()
    };
    json!({
        "program": coverage.program,
        "tests": coverage.tests,
        "rules": covered(&coverage.rules),
        "conditions": covered(&coverage.conditions),
        "lines": covered(&coverage.lines),
    })
}

fn result_json(tested: &Tested<'_>, result: &TestResult) -> Value {
    let bundle = tested.bundle;
    let decided = result.decided.as_ref();
    let rule = decided.and_then(|decided| decided.rule.as_ref());
    let rule = rule.map(|(name, place)| Decider::new(bundle, name, place));
    json!({
        "name": result.name,
        "program": result.program,
        "file": file_name(bundle, result.span.file),
        "line": tested.places.line_column(result.span).0,
        "values": result.values,
        "passed": result.failures.is_empty(),
        "failures": result.failures,
        "rule": rule,
        "message": decided.and_then(|decided| decided.message.as_deref()),
        "reasons": result.reasons,
        "gas": result.gas.total(),
    })
}

/// The results as JUnit's XML: one suite a program.
fn junit(suites: &[Tested<'_>]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for tested in suites {
        for program in &tested.suite.coverage {
            junit_suite(&mut out, tested, &program.program);
        }
    }
    out.push_str("</testsuites>\n");
    out
}

fn junit_suite(out: &mut String, tested: &Tested<'_>, program: &str) {
    let results = tested.suite.results.iter();
    let results: Vec<&TestResult> = results.filter(|r| *r.program == *program).collect();
    let failures = results.iter().filter(|r| !r.failures.is_empty()).count();
    let (name, tests) = (xml(program), results.len());
    line(
        out,
        format_args!("  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">"),
    );
    for result in results {
        let file = xml(file_name(tested.bundle, result.span.file));
        let row = tested.places.line_column(result.span).0;
        let head = format!(
            "    <testcase name=\"{}\" classname=\"{name}\" file=\"{file}\" line=\"{row}\"",
            xml(&result.name)
        );
        if result.failures.is_empty() {
            line(out, format_args!("{head}/>"));
            continue;
        }
        let message = xml(&result.failures.join("; "));
        let mut reasons = decided_in_words(tested.bundle, result);
        reasons.extend_from_slice(&result.reasons);
        let reasons = xml(&reasons.join("\n"));
        line(
            out,
            format_args!("{head}><failure message=\"{message}\">{reasons}</failure></testcase>"),
        );
    }
    out.push_str("  </testsuite>\n");
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
