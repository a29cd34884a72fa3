//! What the units of one compilation share: the findings, and the account of work.
//!
//! A session ends early when its work is used up or when there are more errors than anybody reads. From then on every
//! expression is [`Type::Error`](crate::data::types::Type::Error), so that checking comes to its end quickly, and no program
//! comes out of it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::codes::check as codes;
use crate::span::Span;

use super::called::Rules;
use super::report::{Reports, error};
use super::says::Findings;
use super::work::{Exhausted, Task, Work};

/// A field in the data of a test that an open record drops, and that may be a misspelt one of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Its name in the source.
    pub span: Span,
    /// The name of the record.
    pub record: Box<str>,
    /// The field of the record that is not given.
    pub near: Box<str>,
}

/// One compilation.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) reports: Reports,
    /// The fields of tests that open records drop, by their places; what one may have been meant to be.
    pub(super) dropped: HashMap<Span, Option<Dropped>>,
    /// What gives the findings of the policies, as soon as it is made: tests expect elements of them.
    pub(super) findings: Vec<Findings>,
    /// The rules of policies that tests name, by the places of the policies.
    pub(super) rules: HashMap<Span, Rc<Rules>>,
    work: Work,
}

impl Session {
    /// Spends steps for what stands at a place; false when there are not so many left, which is reported once.
    pub(super) fn spend(&mut self, task: Task, steps: u64, at: Span) -> bool {
        let before = self.work.is_exhausted();
        match self.work.spend(task, steps) {
            Ok(()) => true,
            Err(_) if before => false,
            Err(exhausted) => {
                self.report_exhausted(exhausted, at);
                false
            }
        }
    }

    /// True when there is nothing more to find: the work is used up, or there are too many errors.
    pub(super) fn is_over(&self) -> bool {
        self.work.is_exhausted() || self.reports.is_full()
    }

    fn report_exhausted(&mut self, exhausted: Exhausted, at: Span) {
        let Exhausted { task, steps_max } = exhausted;
        let text = format!(
            "checking this bundle takes more than {steps_max} steps, most of them for {}",
            task.name()
        );
        let report = error(codes::TOO_LARGE, at, text)
            .help(task.help())
            .note("this is where the steps were used up; what follows was not checked");
        self.reports.push_last(report);
    }
}
