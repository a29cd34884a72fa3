//! How much work the tests of a bundle are, known before the first one runs.
//!
//! A text of 1 MiB has thousands of tests and thousands of rules, and each test looks at each rule. The product is counted in
//! steps and not in seconds, so that a bundle is tested everywhere or nowhere.

use std::collections::HashMap;

use super::{Case, Kind};
use crate::check::{Compiled, EffectExpectation, Expectation, FindingPart, Findings};
use crate::data::types::Type;
use crate::ir::value::Value;
use crate::ir::{Body, Program};
use crate::limits::{FINDINGS_MAX, SUITE_STEPS_MAX, SUITE_WORDED_MAX};

/// Steps of one condition in one test, besides the gas that it costs.
const CONDITION: u64 = 8;
/// Steps of putting one condition into words.
const WORDED: u64 = 500;
/// Bytes of memory that are set up in one step.
const BYTES: u64 = 16;
/// Bytes of one value in a message, which shortens it.
const VALUE_BYTES: usize = 512;
/// What a failed test has in place of reasons when [`Room`] has none left.
pub(super) const LEFT_OUT: &str =
    "the reasons are left out, since many tests failed; run this test alone for them";

/// The tests would take more work than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{tests} tests would take {steps} steps, more than {SUITE_STEPS_MAX}: each test takes the gas of its policy's worst case and {CONDITION} steps for each condition, {WORDED} more for each and the gas of its findings if it expects reasons, and a step for each value of an effect or a violation that it expects, for each effect or violation that there may be; run fewer tests at once"
)]
pub struct TooMuchWork {
    /// How many were wanted.
    pub tests: usize,
    /// What they would take.
    pub steps: u64,
}

/// Checks that the tests together take no more than [`SUITE_STEPS_MAX`], and returns the steps of putting a test into words,
/// for each program.
pub(super) fn bounded(compiled: &Compiled, cases: &[Case<'_>]) -> Result<Vec<u64>, TooMuchWork> {
    let mut findings: HashMap<usize, Vec<&Findings>> = HashMap::new();
    for found in &compiled.findings {
        findings.entry(found.policy).or_default().push(found);
    }
    let programs = compiled.programs.iter().enumerate();
    let costs: Vec<Cost> = programs
        .map(|(at, program)| Cost::of(program, findings.get(&at).map_or(&[], Vec::as_slice)))
        .collect();
    // What has no program is not evaluated.
    let steps = cases
        .iter()
        .filter_map(|case| Some(costs.get(case.program)?.of_case(case)))
        .fold(0, u64::saturating_add);
    if steps <= SUITE_STEPS_MAX {
        Ok(costs.iter().map(|cost| cost.words).collect())
    } else {
        Err(TooMuchWork {
            tests: cases.len(),
            steps,
        })
    }
}

/// Steps that a test of a program takes.
struct Cost {
    evaluation: u64,
    /// What its reasons take besides.
    words: u64,
    /// Effects that it may have.
    effects: u64,
    /// Violations that it may have.
    violations: u64,
    /// Steps of looking for a text in the message of a violation.
    message: u64,
}

impl Cost {
    /// Of a program, with those that give its findings.
    fn of(program: &Program, findings: &[&Findings]) -> Self {
        // It is evaluated again, and its findings by machines that are made for them.
        let again = evaluation(program).saturating_mul(2);
        let sum = |steps: &dyn Fn(&Program) -> u64| {
            let steps = findings.iter().map(|findings| steps(&findings.program));
            steps.fold(0, u64::saturating_add)
        };
        let found = sum(&|findings| evaluation(findings).saturating_add(memory(findings) / BYTES));
        let words = in_words(program)
            .saturating_add(sum(&arena))
            .saturating_mul(WORDED)
            .saturating_add(again)
            .saturating_add(memory(program) / BYTES)
            .saturating_add(found);
        let violations = match findings {
            [] => rules(program),
            _ => sum(&effects),
        };
        Self {
            evaluation: evaluation(program),
            words,
            effects: effects(program),
            violations: violations.min(FINDINGS_MAX as u64),
            message: message(program, findings),
        }
    }

    fn of_case(&self, case: &Case<'_>) -> u64 {
        let words = match case.asks_for_reasons() {
            true => self.words,
            false => 0,
        };
        let compared = match case.kind {
            Kind::Test(test) => self.compared(&test.expect),
            Kind::Evaluation(_) => 0,
        };
        let steps = self.evaluation.saturating_add(words);
        steps.saturating_add(compared)
    }

    /// Steps of comparing each effect and violation that a test expects with each that there may be.
    fn compared(&self, expect: &Expectation) -> u64 {
        let effects = expect.effects.iter().map(|expected| match expected {
            EffectExpectation::None => 0,
            EffectExpectation::One { operands, .. } => {
                let values: u64 = operands.iter().map(Value::parts).sum();
                (1 + values).saturating_mul(self.effects)
            }
        });
        let violations = expect.violations.iter().map(|expected| {
            let message = expected.reason.as_ref().map_or(0, |_| self.message);
            let element = expected.element.as_ref().map_or(0, Value::parts);
            (1 + message + element).saturating_mul(self.violations)
        });
        effects.chain(violations).fold(0, u64::saturating_add)
    }
}

/// How many effects one decision may have.
fn effects(program: &Program) -> u64 {
    fn taken(ty: &Type) -> u64 {
        match ty {
            Type::Effect => 1,
            Type::Option(inner) => taken(inner),
            Type::List(inner, bound) => taken(inner).saturating_mul(u64::from(*bound)),
            _ => 0,
        }
    }
    match &program.body {
        Body::Policy(policy) => {
            let entries = policy.effects.iter().map(|entry| taken(&entry.value.ty));
            entries.fold(0, u64::saturating_add)
        }
        Body::Guard(_) => 0,
    }
}

/// How many rules there are.
fn rules(program: &Program) -> u64 {
    match &program.body {
        Body::Policy(policy) => policy.groups.iter().map(|g| g.rules.len() as u64).sum(),
        Body::Guard(_) => 0,
    }
}

/// Steps of looking for a text in the longest message of a rule, with its values.
fn message(program: &Program, findings: &[&Findings]) -> u64 {
    let plain = program.messages.iter().map(|message| message.len());
    let rules = findings.iter().flat_map(|findings| &findings.rules);
    let with_values = rules.map(|rule| {
        let parts = rule.message.iter().map(|part| match part {
            FindingPart::Text(text) => text.len(),
            FindingPart::Value(_) => VALUE_BYTES,
        });
        parts.sum()
    });
    let longest = plain.chain(with_values).max().unwrap_or(0);
    longest as u64 / BYTES + 1
}

/// Steps of one evaluation: its gas at most, its conditions, and its input.
fn evaluation(program: &Program) -> u64 {
    let gas = program.gas_bound.total().min(program.gas_limits.total);
    gas.saturating_add(leaves(program) as u64 * CONDITION)
        .saturating_add(input(program) / BYTES)
}

/// Bytes of the record that is the input.
fn input(program: &Program) -> u64 {
    let input = program.records.get(program.input.0 as usize);
    input.map_or(0, |record| u64::from(record.words) * 8)
}

/// Bytes of memory that a machine sets up.
fn memory(program: &Program) -> u64 {
    u64::from(program.arena_bound) + u64::from(program.input_base) + input(program)
}

/// How many conditions there are.
pub(super) fn leaves(program: &Program) -> usize {
    match &program.body {
        Body::Policy(policy) => {
            let rules = policy.groups.iter().flat_map(|group| &group.rules);
            let ends = rules.map(|rule| rule.leaf_base as usize + rule.leaves.len());
            ends.max().unwrap_or(0)
        }
        Body::Guard(_) => 0,
    }
}

/// What is put into words for one test, counted in conditions: its own, and what is done once for all of them.
fn in_words(program: &Program) -> u64 {
    leaves(program) as u64 + 16 + arena(program)
}

/// What values take that are put into words, counted in conditions.
fn arena(program: &Program) -> u64 {
    u64::from(program.arena_bound) / 1024
}

/// Steps that are left for putting tests that failed into words.
pub(super) struct Room(u64);

/// The steps of [`SUITE_WORDED_MAX`] conditions.
const ROOM: u64 = SUITE_WORDED_MAX * WORDED;

impl Default for Room {
    fn default() -> Self {
        Self(ROOM)
    }
}

impl Room {
    /// Takes so many steps, if there are so many. The first test that failed always has its reasons.
    pub(super) fn take(&mut self, steps: u64) -> bool {
        let first = self.0 == ROOM;
        let enough = self.0 >= steps;
        if first || enough {
            self.0 = self.0.saturating_sub(steps);
        }
        first || enough
    }
}
