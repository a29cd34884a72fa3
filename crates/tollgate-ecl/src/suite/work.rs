//! How much work the tests of a bundle are, known before the first one runs.
//!
//! A text of 1 MiB has thousands of tests and thousands of rules, and each test looks at each rule. The product is counted in
//! steps and not in seconds, so that a bundle is tested everywhere or nowhere.

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
    "{tests} tests would take {steps} steps, more than {SUITE_STEPS_MAX}: each test takes the gas of its policy's worst case and {CONDITION} steps for each condition, {WORDED} more if it expects reasons; run fewer tests at once"
)]
pub struct TooMuchWork {
    /// How many were wanted.
    pub tests: usize,
    /// What they would take.
    pub steps: u64,
}

/// Checks that the tests together take no more than [`SUITE_STEPS_MAX`].
pub(super) fn bounded(compiled: &Compiled, cases: &[Case<'_>]) -> Result<(), TooMuchWork> {
    let costs: Vec<Cost> = compiled.programs.iter().map(Cost::of).collect();
    let mut steps: u64 = 0;
    for case in cases {
        let Some(cost) = costs.get(case.program) else {
            continue;
        };
        let words = if case.asks_for_reasons() {
            cost.words
        } else {
            0
        };
        steps = steps.saturating_add(cost.evaluation).saturating_add(words);
    }
    if steps <= SUITE_STEPS_MAX {
        Ok(())
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
    fn of(program: &Program) -> Self {
        let gas = program.gas_bound.total().min(program.gas_limits.total);
        let input = program.records.get(program.input.0 as usize);
        let input = input.map_or(0, |record| u64::from(record.words) * 8);
        let evaluation = gas
            .saturating_add(leaves(program) as u64 * CONDITION)
            .saturating_add(input / BYTES);
        // It is evaluated again, and its findings by a machine of their own.
        let memory = u64::from(program.arena_bound) + u64::from(program.input_base) + input;
        let words = in_words(program)
            .saturating_mul(WORDED)
            .saturating_add(evaluation.saturating_mul(2))
            .saturating_add(memory / BYTES);
        Self { evaluation, words }
    }
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

/// What the reasons of one test take of the [`Room`]: its conditions, and what is done once for all of them.
pub(super) fn in_words(program: &Program) -> u64 {
    let once = 16 + u64::from(program.arena_bound) / 1024;
    leaves(program) as u64 + once
}

/// How many conditions of tests that failed are still put into words.
pub(super) struct Room(u64);

impl Default for Room {
    fn default() -> Self {
        Self(SUITE_WORDED_MAX)
    }
}

impl Room {
    /// Takes so much, if there is so much.
    pub(super) fn take(&mut self, conditions: u64) -> bool {
        match self.0.checked_sub(conditions) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}
