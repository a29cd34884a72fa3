//! Runs the tests and the written-down evaluations of a bundle, and reports which parts of the bundle they reached.
//!
//! Coverage counts three things: **lines** of source on which a condition was evaluated, **rules** that were true in some
//! test, and **conditions** that were true in one and false in another. In a guard the messages that ended an evaluation
//! stand for rules. What was evaluated after the decision was made, only to explain it, is not reached.
//!
//! What is kept grows with the tests or with the rules, never with both: a result, and one mark for each rule and condition.
//! Only tests that fail are put into words. The work, which does grow with both, has a bound ([`work`]).

mod compare;
mod expected;
mod looked;
mod said;
mod work;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::check::{Compiled, Evaluation, Expectation, FactCase, TestCase};
use crate::data::gas::Gas;
use crate::engines::vm::{CompiledProgram, LowerError, Vm};
use crate::host::input::{Input, encode};
use crate::host::outcome::{
    DecidedBy, EffectRecord, EvalError, Explanation, LeafTrace, RuleTrace, Status, Verdict, word,
};
use crate::host::providers::MemoryFacts;
use crate::ir::value::Value;
use crate::ir::{Body, Combine, Decision, Program, Rule};
use crate::span::Span;
use crate::tools::explain::{Place, Reasons, Redaction};
use crate::tools::findings::{Finder, Found, findings};

use self::compare::{Indexed, agrees};
use self::expected::{unmet_effects, unmet_violations};
use self::looked::{Looking, Noting};
use self::said::says;
use self::work::Room;
pub use self::work::TooMuchWork;

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
    /// What a case of a table changes, as it stands there.
    pub values: Option<Box<str>>,
    /// What was not as expected; empty when it passed.
    pub failures: Vec<String>,
    /// What decided, when it failed and was put into words.
    pub decided: Option<Decided>,
    /// The lines that explain what happened, when it failed.
    pub reasons: Vec<String>,
    /// Gas used.
    pub gas: Gas,
}

/// What decided a test.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Name and place of the rule; `None` where no rule did.
    pub rule: Option<(Box<str>, Place)>,
    /// What it says, with its values.
    pub message: Option<Box<str>>,
}

impl Decided {
    fn of(reasons: &Reasons) -> Self {
        let rule = reasons.deciding();
        Self {
            rule: rule.map(|rule| (rule.rule.clone(), rule.place.clone())),
            message: reasons.message.clone(),
        }
    }
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
///
/// # Errors
/// [`TooMuchWork`] when all of them would take more than [`SUITE_STEPS_MAX`](crate::limits::SUITE_STEPS_MAX) steps.
pub fn run(compiled: &Compiled, wanted: &dyn Fn(&str) -> bool) -> Result<Suite, TooMuchWork> {
    let chosen = chosen(compiled, wanted);
    let words = work::bounded(compiled, &chosen)?;
    let mut cases: Vec<Vec<(usize, Case<'_>)>> = vec![Vec::new(); compiled.programs.len()];
    let (mut results, mut coverage) = (Vec::new(), Vec::new());
    for (at, case) in chosen.into_iter().enumerate() {
        match cases.get_mut(case.program) {
            Some(of_program) => of_program.push((at, case)),
            None => results.push((at, case.not_run("", "the bundle has no such policy"))),
        }
    }
    let mut room = Room::default();
    // One program after the other, since each machine has memory of its own.
    for ((program, cases), words) in compiled.programs.iter().zip(cases).zip(words) {
        let tests = cases.len();
        let mut seen = Seen::nothing_of(program);
        if tests > 0 {
            match Runner::new(compiled, program, words) {
                Ok(mut runner) => {
                    let judged = cases.iter();
                    results.extend(judged.map(|(at, case)| (*at, runner.judge(case, &mut room))));
                    seen = runner.seen;
                }
                Err(refused) => {
                    let failed = cases.iter();
                    results.extend(failed.map(|(at, case)| {
                        (*at, case.not_run(&program.name, &refused.to_string()))
                    }));
                }
            }
        }
        coverage.push(seen.coverage(program, tests));
    }
    results.sort_by_key(|(at, _)| *at);
    let results = results.into_iter().map(|(_, result)| result).collect();
    Ok(Suite { results, coverage })
}

/// What is evaluated, and what must come of it.
#[derive(Debug, Clone, Copy)]
struct Case<'c> {
    kind: Kind<'c>,
    /// Index of its program.
    program: usize,
    span: Span,
    input: &'c serde_json::Value,
}

#[derive(Debug, Clone, Copy)]
enum Kind<'c> {
    Test(&'c TestCase),
    Evaluation(&'c Evaluation),
}

impl<'c> Case<'c> {
    const fn test(test: &'c TestCase) -> Self {
        Self {
            kind: Kind::Test(test),
            program: test.program,
            span: test.span,
            input: &test.input,
        }
    }

    const fn evaluation(evaluation: &'c Evaluation) -> Self {
        Self {
            kind: Kind::Evaluation(evaluation),
            program: evaluation.program,
            span: evaluation.span,
            input: &evaluation.input,
        }
    }

    /// Its result before it is evaluated, in a program of that name.
    fn result(&self, program: &str) -> TestResult {
        TestResult {
            name: match self.kind {
                Kind::Test(test) => test.name.clone(),
                Kind::Evaluation(_) => format!("evaluation of {program}"),
            },
            program: program.into(),
            span: self.span,
            values: match self.kind {
                Kind::Test(test) => test.values.clone(),
                Kind::Evaluation(_) => None,
            },
            failures: Vec::new(),
            decided: None,
            reasons: Vec::new(),
            gas: Gas::ZERO,
        }
    }

    /// Its result where it cannot be evaluated: it failed.
    fn not_run(&self, program: &str, why: &str) -> TestResult {
        TestResult {
            failures: vec![format!("the test was not run: {why}")],
            ..self.result(program)
        }
    }

    fn facts(&self) -> MemoryFacts {
        match self.kind {
            Kind::Test(test) => facts(&test.facts),
            Kind::Evaluation(_) => MemoryFacts::new(),
        }
    }

    /// The rules whose violations it says something of.
    fn violations(&self) -> HashSet<&'c str> {
        match self.kind {
            Kind::Test(test) => {
                let violations = test.expect.violations.iter();
                violations.map(|expected| expected.rule.as_str()).collect()
            }
            Kind::Evaluation(_) => HashSet::new(),
        }
    }

    /// Whether its reasons are looked at even when all else is as expected.
    fn asks_for_reasons(&self) -> bool {
        match self.kind {
            Kind::Test(test) => test.expect.reason.is_some() || !test.expect.violations.is_empty(),
            Kind::Evaluation(evaluation) => evaluation.reasoning.is_some(),
        }
    }
}

/// The tests and then the evaluations that are wanted.
fn chosen<'c>(compiled: &'c Compiled, wanted: &dyn Fn(&str) -> bool) -> Vec<Case<'c>> {
    let tests = compiled.tests.iter().filter(|test| wanted(&test.name));
    let evaluations = compiled.evaluations.iter().filter(|evaluation| {
        let program = compiled.programs.get(evaluation.program);
        program.is_none_or(|program| wanted(&program.name))
    });
    let tests = tests.map(Case::test);
    tests.chain(evaluations.map(Case::evaluation)).collect()
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
    machine: Arc<CompiledProgram>,
    /// What gives the findings, if its messages have values.
    finder: Option<Finder>,
    seen: Seen,
    /// Steps of putting one test into words.
    words: u64,
}

/// The reasons of a decision and its findings.
struct Worded {
    reasons: Reasons,
    found: Found,
    /// Whether the findings came upon a fact that the test does not give.
    unknown: bool,
}

/// Why a program is not tested.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Program(#[from] LowerError),
    #[error("the machine refuses the program of the findings; this is a bug in what made it")]
    Findings(EvalError),
}

impl Runner {
    fn new(suite: &Compiled, program: &Program, words: u64) -> Result<Self, Refused> {
        let machine = Arc::new(CompiledProgram::new(program.clone())?);
        Ok(Self {
            vm: Vm::new(Arc::clone(&machine)),
            machine,
            finder: Finder::of(suite, program).map_err(Refused::Findings)?,
            seen: Seen::nothing_of(program),
            words,
        })
    }

    fn program(&self) -> &Program {
        self.machine.program()
    }

    /// Evaluates, notes what was reached, and compares with what is expected.
    fn judge(&mut self, case: &Case<'_>, room: &mut Room) -> TestResult {
        let mut result = case.result(&self.program().name);
        let input = match encode(self.program(), case.input) {
            Ok(input) => input,
            Err(error) => {
                let why = format!("the input does not fit: {error}");
                result.failures.push(why);
                return result;
            }
        };
        let limits = self.program().gas_limits;
        let explanation = self.vm.trace(&input, &mut case.facts(), &limits);
        self.seen.note(self.machine.program(), explanation, case);
        let verdict = explanation.verdict;
        let (verdict, effects, _) = verdict.whole(self.vm.effects(), self.vm.output());
        result.gas = verdict.gas;
        result.failures = match case.kind {
            Kind::Test(test) => self.unmet(&test.expect, &verdict, &effects),
            Kind::Evaluation(evaluation) => unmet_decision(evaluation.decision, &verdict),
        };
        let failed = !result.failures.is_empty();
        if case.asks_for_reasons() || failed && room.take(self.words) {
            let worded = self.in_words(case, &input);
            result.failures.extend(self.unmet_reason(case, &worded));
            let reasons = worded.reasons;
            if !result.failures.is_empty() {
                result.decided = Some(Decided::of(&reasons));
                result.reasons = reasons.all_lines();
            }
        } else if failed {
            result.reasons = vec![work::LEFT_OUT.to_owned()];
        }
        result
    }

    /// The reasons of the decision on an input, and its findings.
    fn in_words(&mut self, case: &Case<'_>, input: &Input) -> Worded {
        let limits = self.program().gas_limits;
        let mut explanation = self.vm.explain(input, &mut case.facts(), &limits);
        let (verdict, ..) = explanation
            .verdict
            .whole(self.vm.effects(), self.vm.output());
        explanation.verdict = verdict;
        let read = |ty: &crate::data::types::Type, words| self.vm.read(ty, words);
        let redaction = Redaction::none();
        let mut reasons = Reasons::new(self.program(), &explanation, &read, &redaction);
        let mut facts = Noting::new(case.facts());
        let found = findings(
            self.finder.as_ref(),
            &case.input.to_string(),
            &mut facts,
            (&reasons, &redaction),
        );
        reasons.fill_messages(&found);
        Worded {
            reasons,
            found,
            unknown: facts.unknown,
        }
    }

    /// What is not as expected, reasons not looked at.
    fn unmet(
        &self,
        expect: &Expectation,
        verdict: &Verdict,
        effects: &[EffectRecord],
    ) -> Vec<String> {
        let mut unmet = unmet_decision(expect.decision, verdict);
        if let Some(code) = expect.error {
            let given = verdict.result.err().map(EvalError::code);
            let met = given.is_some_and(|given| code.is_none_or(|code| code == given));
            if !met {
                let wanted = code.map_or(String::new(), |code| format!(" {code}"));
                let found = outcome(verdict);
                unmet.push(format!("expected error{wanted}, found {found}"));
            }
        }
        let is_silent = expect.error.is_none() && expect.decision.is_none();
        if is_silent && verdict.result.is_err() {
            unmet.push(format!("expected no error, found {}", outcome(verdict)));
        }
        if let Some(by) = &expect.by {
            let rule = deciding_rule(self.program(), verdict);
            // Where it is not written, no test expects it.
            let is_otherwise = by == "otherwise" && verdict.by == DecidedBy::Otherwise;
            if rule != Some(by.as_str()) && !is_otherwise {
                let rule = rule.map_or("no rule".to_owned(), |r| format!("`{r}`"));
                unmet.push(format!("expected the rule `{by}` to decide, found {rule}"));
            }
        }
        if let Some(output) = &expect.output {
            let found = self.vm.output();
            let met = |found: &Value| agrees(&Indexed::of(found), output);
            if !found.as_ref().is_some_and(met) {
                let found = found.map_or("none".to_owned(), |found| found.to_json().to_string());
                let output = output.to_json();
                unmet.push(format!("expected the output {output}, found {found}"));
            }
        }
        if !expect.effects.is_empty() {
            unmet.extend(unmet_effects(&expect.effects, effects));
        }
        unmet
    }

    /// What is not as expected of the reasons and violations.
    fn unmet_reason(&self, case: &Case<'_>, worded: &Worded) -> Vec<String> {
        let Worded {
            reasons,
            found,
            unknown,
        } = worded;
        let expect = match case.kind {
            Kind::Test(test) => &test.expect,
            Kind::Evaluation(evaluation) => {
                let expected = evaluation.reasoning.as_ref();
                let other = expected.is_some_and(|expected| *expected != reasons.lines());
                let text = || "the reasons are others than those written down".to_owned();
                return other.then(text).into_iter().collect();
            }
        };
        let looking = Looking {
            program: self.program(),
            reasons,
            finds_all: self.finder.as_ref().is_some_and(Finder::finds_all),
            unknown: *unknown,
        };
        let mut unmet = unmet_violations(&expect.violations, found, &looking);
        if let Some(reason) = &expect.reason
            && !says(reason, expect.by.as_deref(), reasons, found)
        {
            unmet.push(format!(
                "expected the reason `{reason}`, which is not among the reasons"
            ));
        }
        unmet
    }
}

fn unmet_decision(expected: Option<Decision>, verdict: &Verdict) -> Vec<String> {
    let other = expected.filter(|expected| verdict.result != Ok(*expected));
    let unmet = other.map(|expected| {
        let found = outcome(verdict);
        format!("expected {}, found {found}", word(expected))
    });
    unmet.into_iter().collect()
}

/// What was reached of a program.
#[derive(Default)]
struct Seen {
    /// Rules that were true, by group and rule.
    rules: BTreeSet<(u32, u32)>,
    /// Messages that ended an evaluation.
    messages: BTreeSet<u32>,
    /// What each leaf was.
    leaves: Vec<Outcomes>,
}

/// What a leaf was in some test.
#[derive(Debug, Clone, Copy, Default)]
struct Outcomes {
    passed: bool,
    failed: bool,
}

impl Seen {
    fn nothing_of(program: &Program) -> Self {
        Self {
            leaves: vec![Outcomes::default(); work::leaves(program)],
            ..Self::default()
        }
    }

    /// Notes what a test reached. Of a group the rules behind the one that decided, or behind the first false one of an `all`
    /// group, are evaluated for the explanation alone: they count where the test says something of them.
    fn note(&mut self, program: &Program, explanation: &Explanation, case: &Case<'_>) {
        if let DecidedBy::Message(message) = explanation.verdict.by {
            self.messages.insert(message.0);
        }
        let Body::Policy(policy) = &program.body else {
            return;
        };
        let violations = case.violations();
        let mut ended = None;
        for trace in &explanation.rules {
            let Some(group) = policy.groups.get(trace.group as usize) else {
                continue;
            };
            let Some(rule) = group.rules.get(trace.rule as usize) else {
                continue;
            };
            let is_named =
                || group.decision == Decision::Reject && violations.contains(&*rule.name);
            if ended == Some(trace.group) && !is_named() {
                continue;
            }
            self.note_rule(trace, rule, &explanation.leaves);
            let ends = match group.combine {
                Combine::Any => Status::Pass,
                Combine::All => Status::Fail,
            };
            if trace.status == ends {
                ended = Some(trace.group);
            }
        }
    }

    fn note_rule(&mut self, trace: &RuleTrace, rule: &Rule, leaves: &[LeafTrace]) {
        if trace.status == Status::Pass {
            self.rules.insert((trace.group, trace.rule));
        }
        let first = rule.leaf_base as usize;
        let leaves = leaves.iter().skip(first).take(rule.leaves.len());
        for (seen, leaf) in self.leaves.iter_mut().skip(first).zip(leaves) {
            seen.passed |= leaf.status == Status::Pass as u8;
            seen.failed |= leaf.status == Status::Fail as u8;
        }
    }

    fn leaf(&self, leaf: usize) -> Outcomes {
        self.leaves.get(leaf).copied().unwrap_or_default()
    }

    fn coverage(&self, program: &Program, tests: usize) -> Coverage {
        let mut coverage = Coverage {
            program: program.name.clone(),
            tests,
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
                            let outcomes = self.leaf(i);
                            let covered = condition(program, leaf.point.0, outcomes);
                            let seen = outcomes.passed || outcomes.failed;
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
}

fn condition(program: &Program, point: u32, outcomes: Outcomes) -> Covered {
    let missing = match (outcomes.passed, outcomes.failed) {
        (true, true) => None,
        (true, false) => Some("never false"),
        (false, true) => Some("never true"),
        (false, false) => Some("never evaluated"),
    };
    let text = program.points.get(point as usize).map(|p| p.text.clone());
    Covered {
        name: text.unwrap_or_default(),
        line: line(program, point),
        reached: missing.is_none(),
        missing,
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

/// What came out, in words.
#[must_use]
pub fn outcome(verdict: &Verdict) -> String {
    match verdict.result {
        Ok(decision) => word(decision).to_owned(),
        Err(error) => format!("error {} ({error})", error.code()),
    }
}
