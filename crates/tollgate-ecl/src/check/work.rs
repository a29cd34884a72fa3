//! How much work checking a bundle takes, counted while it is done: one account for the whole bundle.
//!
//! Every construct has bounds of its own, but a bundle can use each of them many times: a function in a thousand policies, an
//! object in a thousand tests, a pattern in a thousand rules. The sum is what takes time and memory, so the sum has a bound. It
//! is counted in steps and not in seconds, so that a bundle is accepted everywhere or nowhere.

use crate::limits::{CHECK_STEPS_MAX, PATTERN_STEPS_MAX};

/// Steps of checking one expression: what it leaves in the program.
pub(super) const EXPR: u64 = 8;
/// Steps of one field or case of a type: the name it leaves in each program.
pub(super) const MEMBER: u64 = 4;
/// Steps of one value of data.
pub(super) const VALUE: u64 = 8;

/// Steps for so many bytes that are kept.
pub(super) fn bytes(count: usize) -> u64 {
    count as u64 / 16 + 1
}

/// What work is done for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Expressions of policies, guards, functions and constraints.
    Expressions,
    /// Records, enums and blueprints.
    Types,
    /// Constants, objects, inputs of tests.
    Data,
    /// Globs and regular expressions.
    Patterns,
}

impl Task {
    const ALL: [Self; 4] = [Self::Expressions, Self::Types, Self::Data, Self::Patterns];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Expressions => "expressions",
            Self::Types => "types",
            Self::Data => "data",
            Self::Patterns => "patterns",
        }
    }

    /// What to do when there is too much of it.
    pub(super) const fn help(self) -> &'static str {
        match self {
            Self::Expressions => {
                "split the bundle: every policy and guard checks the functions and constraints it uses again"
            }
            Self::Types => {
                "split the bundle: every policy, guard and test makes the types it uses again"
            }
            Self::Data => {
                "move data into the input, and name an object in fewer places: each place copies it"
            }
            Self::Patterns => {
                "use fewer and simpler patterns: `x*` and `*x` cost nothing, counted repetitions and `(?i)` cost most"
            }
        }
    }

    const fn steps_max(self) -> u64 {
        match self {
            Self::Expressions | Self::Types | Self::Data => CHECK_STEPS_MAX,
            Self::Patterns => PATTERN_STEPS_MAX,
        }
    }
}

/// The account of one bundle.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Steps by task.
    spent: [u64; Task::ALL.len()],
    exhausted: bool,
}

/// More work than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted {
    /// What most of it was for.
    pub(super) task: Task,
    /// The bound.
    pub(super) steps_max: u64,
}

impl Work {
    /// Spends steps, before the work is done.
    ///
    /// # Errors
    /// When there are not so many left. Nothing more can be spent then.
    pub(super) fn spend(&mut self, task: Task, steps: u64) -> Result<(), Exhausted> {
        if let Some(spent) = self.spent.get_mut(task as usize) {
            *spent = spent.saturating_add(steps);
        }
        let steps_max = task.steps_max();
        let shared: Vec<(u64, Task)> = self.on_the_account_of(task).collect();
        let together = shared.iter().map(|(spent, _)| spent).sum::<u64>();
        if together <= steps_max && !self.exhausted {
            return Ok(());
        }
        self.exhausted = true;
        let dearest = shared.into_iter().max_by_key(|(spent, _)| *spent);
        Err(Exhausted {
            task: dearest.map_or(task, |(_, task)| task),
            steps_max,
        })
    }

    /// Whether there is nothing left.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// The steps of the tasks that share a bound: patterns have one of their own.
    fn on_the_account_of(&self, task: Task) -> impl Iterator<Item = (u64, Task)> {
        let patterns = task == Task::Patterns;
        let all = self.spent.into_iter().zip(Task::ALL);
        all.filter(move |(_, other)| (*other == Task::Patterns) == patterns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_share_a_bound_and_the_dearest_is_named() {
        let mut work = Work::default();
        assert_eq!(work.spend(Task::Types, CHECK_STEPS_MAX / 4), Ok(()));
        assert_eq!(work.spend(Task::Data, CHECK_STEPS_MAX / 2), Ok(()));
        assert_eq!(work.spend(Task::Patterns, PATTERN_STEPS_MAX), Ok(()));
        let refused = work.spend(Task::Expressions, CHECK_STEPS_MAX / 4 + 1);
        let steps_max = CHECK_STEPS_MAX;
        let task = Task::Data;
        assert_eq!(refused, Err(Exhausted { task, steps_max }));
    }

    #[test]
    fn nothing_is_left_after_the_bound() {
        let mut work = Work::default();
        assert!(work.spend(Task::Patterns, u64::MAX).is_err());
        assert!(work.is_exhausted());
        assert!(work.spend(Task::Expressions, 0).is_err());
    }
}
