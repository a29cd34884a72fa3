//! How much work the tests of a bundle are, known before the first one runs.
//!
//! A text of 1 MiB has thousands of tests and thousands of rules, and each test looks at each rule. The product is counted in
//! steps and not in seconds, so that a bundle is tested everywhere or nowhere.

use std::collections::HashMap;

use super::Case;
use crate::check::Compiled;
use crate::ir::{Body, Program};
use crate::limits::{SUITE_STEPS_MAX, SUITE_WORDED_MAX};

/// Steps of one condition in one test, besides the gas that it costs.
const CONDITION: u64 = 8;
/// Steps of putting one condition into words.
const WORDED: u64 = 500;
/// Bytes of memory that are set up in one step.
const BYTES: u64 = 16;
/// What a failed test has in place of reasons when [`Room`] has none left.
pub(super) const LEFT_OUT: &str =
    "the reasons are left out, since many tests failed; run this test alone for them";

/// The tests would take more work than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{tests} tests would take {steps} steps, more than {SUITE_STEPS_MAX}: each test takes the gas of its policy's worst case and {CONDITION} steps for each condition, {WORDED} more for each and the gas of its findings if it expects reasons; run fewer tests at once"
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
    let mut findings: HashMap<usize, Vec<&Program>> = HashMap::new();
    for found in &compiled.findings {
        let of_policy = findings.entry(found.policy).or_default();
        of_policy.push(&found.program);
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
}

impl Cost {
    /// Of a program, with those that give its findings.
    fn of(program: &Program, findings: &[&Program]) -> Self {
        // It is evaluated again, and its findings by machines that are made for them.
        let again = evaluation(program).saturating_mul(2);
        let sum = |steps: &dyn Fn(&Program) -> u64| {
            let steps = findings.iter().map(|findings| steps(findings));
            steps.fold(0, u64::saturating_add)
        };
        let found = sum(&|findings| evaluation(findings).saturating_add(memory(findings) / BYTES));
        let words = in_words(program)
            .saturating_add(sum(&arena))
            .saturating_mul(WORDED)
            .saturating_add(again)
            .saturating_add(memory(program) / BYTES)
            .saturating_add(found);
        Self {
            evaluation: evaluation(program),
            words,
        }
    }

    fn of_case(&self, case: &Case<'_>) -> u64 {
        if case.asks_for_reasons() {
            self.evaluation.saturating_add(self.words)
        } else {
            self.evaluation
        }
    }
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
