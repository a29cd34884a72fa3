//! Runs the tests and the written-down evaluations of a bundle, and says what of it they reached.
//!
//! Coverage counts three things: **lines** of source on which a condition was evaluated, **rules** that were true in some
//! test, and **conditions** that were true in one and false in another. In a guard the messages that ended an evaluation
//! stand for rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::{Compiled, Evaluation, Expectation, FactCase, TestCase};
use crate::codes::evaluation;
use crate::explain::{Reasons, Redaction};
use crate::findings::{Finder, Finding, Found, findings};
use crate::gas::Gas;
use crate::input::encode;
use crate::ir::{Body, Decision, Program};
use crate::outcome::{DecidedBy, Explanation, Status, Verdict};
use crate::providers::MemoryFacts;
use crate::span::Span;
use crate::vm::{CompiledProgram, Vm};

/// What a run gave.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// One result for each test, in source order, evaluations last.
    pub results: Vec<TestResult>,
    /// What was reached, one entry for each program with tests or without.
    pub coverage: Vec<Coverage>,
}

impl Suite {
    /// True when no test failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.results.iter().all(|r| r.failures.is_empty())
    }
}

/// The result of one test.
#[derive(Debug, Clone)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// The policy or guard.
    pub program: Box<str>,
    /// Where it stands.
    pub span: Span,
    /// What was not as expected; empty when it passed.
    pub failures: Vec<String>,
    /// The lines that explain what happened.
    pub reasons: Vec<String>,
    /// Gas used.
    pub gas: Gas,
}

/// What the tests reached of one program.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The policy or guard.
    pub program: Box<str>,
    /// Tests that used it.
    pub tests: usize,
    /// Its rules, or the messages of a guard.
    pub rules: Vec<Covered>,
    /// Its conditions: reached when they were both true and false.
    pub conditions: Vec<Covered>,
    /// Its lines that hold a condition.
    pub lines: Vec<Covered>,
}

/// One thing that can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Name of the rule, or text of the source.
    pub name: Box<str>,
    /// File, line from 1.
    pub line: (u32, u32),
    /// Whether it was.
    pub reached: bool,
    /// For a condition that was not: what is missing.
    pub missing: Option<&'static str>,
}

impl Coverage {
    /// Reached and all of one kind.
    #[must_use]
    pub fn count(list: &[Covered]) -> (usize, usize) {
        (list.iter().filter(|c| c.reached).count(), list.len())
    }
}

/// Runs the tests whose name `wanted` accepts, and all evaluations when it accepts their policy's name.
///
/// The bundle must have compiled without errors.
#[must_use]
pub fn run(compiled: &Compiled, wanted: &dyn Fn(&str) -> bool) -> Suite {
    let runners = compiled.programs.iter();
    let mut runners: Vec<Option<Runner>> = runners
        .map(|program| Runner::new(compiled, program))
        .collect();
    let mut results = Vec::new();
    for test in compiled.tests.iter().filter(|t| wanted(&t.name)) {
        if let Some(Some(runner)) = runners.get_mut(test.program) {
            results.push(runner.test(test));
        }
    }
    for evaluation in &compiled.evaluations {
        if let Some(Some(runner)) = runners.get_mut(evaluation.program)
            && wanted(&runner.name())
        {
            results.push(runner.evaluation(evaluation));
        }
    }
    let coverage = runners
        .into_iter()
        .flatten()
        .map(Runner::coverage)
        .collect();
    Suite { results, coverage }
}

/// The facts of a test as a provider.
#[must_use]
pub fn facts(cases: &[FactCase]) -> MemoryFacts {
    let mut facts = MemoryFacts::new();
    for case in cases {
        let args: Vec<&str> = case.args.iter().map(String::as_str).collect();
        facts.set(case.kind, &args, case.answer.clone());
    }
    facts
}

/// A program, its machine, and what was reached so far.
struct Runner {
    vm: Vm,
    /// What gives the findings, if its messages have values.
    finder: Option<Finder>,
    tests: usize,
    /// Rules that were true, by group and rule.
    rules: BTreeSet<(u32, u32)>,
    /// Messages that ended an evaluation.
    messages: BTreeSet<u32>,
    /// Leaves that were true; that were false.
    passed: BTreeSet<usize>,
    failed: BTreeSet<usize>,
}

impl Runner {
    /// None when the machine refuses the program, which a checked program never is.
    fn new(suite: &Compiled, program: &Program) -> Option<Self> {
        let compiled = CompiledProgram::new(program.clone()).ok()?;
        Some(Self {
            vm: Vm::new(Arc::new(compiled)),
            finder: Finder::of(suite, program).ok()?,
            tests: 0,
            rules: BTreeSet::new(),
            messages: BTreeSet::new(),
            passed: BTreeSet::new(),
            failed: BTreeSet::new(),
        })
    }

    fn program(&self) -> &Program {
        self.vm.program().program()
    }

    fn name(&self) -> String {
        self.program().name.to_string()
    }

    fn test(&mut self, test: &TestCase) -> TestResult {
        let mut result = self.evaluate(&test.name, test.span, &test.input, &test.facts);
        if let Some((verdict, reasons, found)) = &result.1 {
            let failures = self.unmet(&test.expect, verdict, reasons, found);
            result.0.failures.extend(failures);
        }
        result.0
    }

    fn evaluation(&mut self, evaluation: &Evaluation) -> TestResult {
        let name = format!("evaluation of {}", self.name());
        let mut result = self.evaluate(&name, evaluation.span, &evaluation.input, &[]);
        if let Some((verdict, reasons, found)) = &result.1 {
            let expect = Expectation {
                decision: evaluation.decision,
                ..Expectation::default()
            };
            let failures = self.unmet(&expect, verdict, reasons, found);
            result.0.failures.extend(failures);
            let lines = reasons.lines();
            if evaluation
                .reasoning
                .as_ref()
                .is_some_and(|expected| *expected != lines)
            {
                result
                    .0
                    .failures
                    .push("the reasons are others than those written down".to_owned());
            }
        }
        result.0
    }

    /// Evaluates and notes what was reached; the verdict is missing when the input does not fit.
    fn evaluate(
        &mut self,
        name: &str,
        span: Span,
        input: &serde_json::Value,
        cases: &[FactCase],
    ) -> (TestResult, Option<(Verdict, Reasons, Found)>) {
        self.tests += 1;
        let mut result = TestResult {
            name: name.to_owned(),
            program: self.program().name.clone(),
            span,
            failures: Vec::new(),
            reasons: Vec::new(),
            gas: Gas::ZERO,
        };
        let json = input;
        let input = match encode(self.program(), json) {
            Ok(input) => input,
            Err(error) => {
                result
                    .failures
                    .push(format!("the input does not fit: {error}"));
                return (result, None);
            }
        };
        let limits = self.program().gas_limits;
        let explanation = self.vm.explain(&input, &mut facts(cases), &limits);
        self.note(&explanation);
        let read = |ty: &crate::types::Type, words| self.vm.read(ty, words);
        let redaction = Redaction::none();
        let mut reasons = Reasons::new(self.program(), &explanation, &read, &redaction);
        let found = findings(
            self.finder.as_ref(),
            &json.to_string(),
            &mut facts(cases),
            (&reasons, &redaction),
        );
        reasons.fill_messages(&found);
        result.gas = explanation.verdict.gas;
        result.reasons = reasons.all_lines();
        (result, Some((explanation.verdict, reasons, found)))
    }

    fn note(&mut self, explanation: &Explanation) {
        for rule in &explanation.rules {
            if rule.status == Status::Pass {
                self.rules.insert((rule.group, rule.rule));
            }
        }
        if let DecidedBy::Message(message) = explanation.verdict.by {
            self.messages.insert(message.0);
        }
        for (i, leaf) in explanation.leaves.iter().enumerate() {
            if leaf.status == Status::Pass as u8 {
                self.passed.insert(i);
            } else if leaf.status == Status::Fail as u8 {
                self.failed.insert(i);
            }
        }
    }

    /// What is not as expected.
    fn unmet(
        &self,
        expect: &Expectation,
        verdict: &Verdict,
        reasons: &Reasons,
        findings: &Found,
    ) -> Vec<String> {
        let mut unmet = Vec::new();
        let found = outcome(verdict);
        if let Some(decision) = expect.decision
            && verdict.result != Ok(decision)
        {
            unmet.push(format!("expected {}, found {found}", word(decision)));
        }
        if let Some(code) = expect.error {
            let given = verdict.result.err().map(evaluation::of);
            let met = given.is_some_and(|given| code.is_none_or(|code| code == given));
            if !met {
                let wanted = code.map_or(String::new(), |code| format!(" {code}"));
                unmet.push(format!("expected error{wanted}, found {found}"));
            }
        }
        if let Some(by) = &expect.by {
            let rule = deciding_rule(self.program(), verdict);
            if rule != Some(by.as_str()) {
                let rule = rule.map_or("no rule".to_owned(), |r| format!("`{r}`"));
                unmet.push(format!("expected the rule `{by}` to decide, found {rule}"));
            }
        }
        if let Some(output) = &expect.output {
            let found = self.vm.output().map(|o| o.to_json());
            if found.as_ref().is_none_or(|found| !contains(found, output)) {
                let found = found.map_or("none".to_owned(), |f| f.to_string());
                unmet.push(format!("expected the output {output}, found {found}"));
            }
        }
        if let Some(reason) = &expect.reason {
            let mut lines = reasons.all_lines();
            lines.extend(findings.violations().map(Finding::headline));
            let message = reasons.message.as_deref();
            let met = lines
                .iter()
                .map(String::as_str)
                .chain(message)
                .any(|line| line.contains(reason));
            if !met {
                unmet.push(format!(
                    "expected the reason `{reason}`, which is not among the reasons"
                ));
            }
        }
        unmet
    }

    fn coverage(self) -> Coverage {
        let program = self.program();
        let mut coverage = Coverage {
            program: program.name.clone(),
            tests: self.tests,
            rules: Vec::new(),
            conditions: Vec::new(),
            lines: Vec::new(),
        };
        match &program.body {
            Body::Policy(policy) => {
                let mut lines: BTreeMap<(u32, u32), bool> = BTreeMap::new();
                for (g, group) in (0..).zip(&policy.groups) {
                    for (r, rule) in (0..).zip(&group.rules) {
                        let place = line(program, rule.point.0);
                        coverage.rules.push(Covered {
                            name: rule.name.clone(),
                            line: place,
                            reached: self.rules.contains(&(g, r)),
                            missing: None,
                        });
                        for (i, leaf) in (rule.leaf_base as usize..).zip(&rule.leaves) {
                            let covered = self.condition(i, leaf.point.0);
                            let seen = self.passed.contains(&i) || self.failed.contains(&i);
                            *lines.entry(covered.line).or_default() |= seen;
                            coverage.conditions.push(covered);
                        }
                    }
                }
                coverage.lines = lines
                    .into_iter()
                    .map(|(line, reached)| Covered {
                        name: line.1.to_string().into(),
                        line,
                        reached,
                        missing: None,
                    })
                    .collect();
            }
            Body::Guard(_) => {
                for (i, message) in (0..).zip(&program.messages) {
                    coverage.rules.push(Covered {
                        name: message.clone(),
                        line: line(program, 0),
                        reached: self.messages.contains(&i),
                        missing: None,
                    });
                }
            }
        }
        coverage
    }

    fn condition(&self, leaf: usize, point: u32) -> Covered {
        let missing = match (self.passed.contains(&leaf), self.failed.contains(&leaf)) {
            (true, true) => None,
            (true, false) => Some("never false"),
            (false, true) => Some("never true"),
            (false, false) => Some("never evaluated"),
        };
        let text = self
            .program()
            .points
            .get(point as usize)
            .map(|p| p.text.clone());
        Covered {
            name: text.unwrap_or_default(),
            line: line(self.program(), point),
            reached: missing.is_none(),
            missing,
        }
    }
}

/// File and line of a place.
fn line(program: &Program, point: u32) -> (u32, u32) {
    let point = program.points.get(point as usize);
    point.map_or((0, 0), |p| (p.span.2, p.line_column.0))
}

/// Name of the rule that decided.
#[must_use]
pub fn deciding_rule<'p>(program: &'p Program, verdict: &Verdict) -> Option<&'p str> {
    let (DecidedBy::Rule { group, rule }, Body::Policy(policy)) = (verdict.by, &program.body)
    else {
        return None;
    };
    let group = policy.groups.get(group as usize)?;
    group.rules.get(rule as usize).map(|r| &*r.name)
}

/// The word of a decision.
#[must_use]
pub fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Accept => "accept",
        Decision::Reject => "reject",
        Decision::Escalate => "escalate",
    }
}

/// What came out, in words.
#[must_use]
pub fn outcome(verdict: &Verdict) -> String {
    match verdict.result {
        Ok(decision) => word(decision).to_owned(),
        Err(error) => format!("error {} ({error})", evaluation::of(error)),
    }
}

/// True when everything that is expected is found; fields that the expectation leaves out may have any value.
fn contains(found: &serde_json::Value, expected: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected.iter().all(|(key, value)| {
            found
                .get(key)
                .map_or(value.is_null(), |f| contains(f, value))
        }),
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| contains(f, e))
        }
        _ => found == expected,
    }
}
