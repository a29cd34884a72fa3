//! What a test knows of a rule that it finds no violation of.
//!
//! That a rule is not among the violations says nothing when nothing decided it: it ended in an error, the evaluation ended
//! before it, or a fact that it asks for is unknown. The findings take such a fact for a rule that does not hold.

use std::collections::HashMap;

use crate::host::facts::{Answer, FactError, Facts};
use crate::host::outcome::Status;
use crate::host::providers::MemoryFacts;
use crate::ir::{Body, Decision, FactKind, FuncId, Group, Program, Rule};
use crate::tools::explain::{Place, Reasons};

/// Why nobody knows whether a rule is violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undecided {
    /// It ended in an error.
    Failed,
    /// The evaluation ended in an error before it.
    Behind,
    /// A fact that it asks for is unknown.
    Unknown,
    /// A group before its own decided.
    NotReached,
}

impl Undecided {
    pub(super) fn in_words(self, rule: &str) -> String {
        match self {
            Self::Failed => format!("and `{rule}` was not decided: it ended in an error"),
            Self::Behind => {
                format!("and `{rule}` was not decided: the evaluation ended in an error before it")
            }
            Self::Unknown => {
                format!("and `{rule}` was not decided: a fact that it asks for is unknown")
            }
            Self::NotReached => {
                format!("and nothing looked at `{rule}`: a group before its own decided")
            }
        }
    }
}

/// The rules that reject and of which nobody knows whether they are violated, by their names.
pub(super) struct Looked<'p>(HashMap<&'p str, Undecided>);

/// What looked at the rules.
pub(super) struct Looking<'a> {
    pub(super) program: &'a Program,
    pub(super) reasons: &'a Reasons,
    /// Whether the findings were evaluated for every rule, also behind the group that decided.
    pub(super) finds_all: bool,
    /// Whether a fact was unknown to them.
    pub(super) unknown: bool,
}

impl<'a> Looking<'a> {
    pub(super) fn looked(&self) -> Looked<'a> {
        let mut undecided = HashMap::new();
        let Body::Policy(policy) = &self.program.body else {
            return Looked(undecided);
        };
        let rules = self.reasons.rules.iter();
        let outcomes: HashMap<_, _> = rules.map(|rule| (rule.place.span, rule.status)).collect();
        let functions = self.program.unknown_functions();
        let rejecting = policy.groups.iter();
        for group in rejecting.filter(|group| group.decision == Decision::Reject) {
            let asking = self.asking(group, &functions);
            for rule in &group.rules {
                let place = Place::of(self.program, rule.point);
                let outcome = outcomes.get(&place.span).copied();
                let unknown = asks(rule, &asking).then_some(Undecided::Unknown);
                if let Some(why) = self.why(outcome, unknown) {
                    undecided.entry(&*rule.name).or_insert(why);
                }
            }
        }
        Looked(undecided)
    }

    /// Of each shape whether a rule of it may come upon a fact that was unknown.
    fn asking(&self, group: &Group, functions: &[bool]) -> Vec<bool> {
        let calls = |id: FuncId| functions.get(id.0 as usize) == Some(&true);
        let shapes = group.plan.shapes.iter();
        shapes
            .map(|shape| self.unknown && shape.may_be_unknown(&calls))
            .collect()
    }

    /// Of a rule with that outcome; `unknown` if it may come upon a fact that was unknown.
    fn why(&self, outcome: Option<Status>, unknown: Option<Undecided>) -> Option<Undecided> {
        let failed = self.reasons.error.is_some();
        match outcome {
            Some(Status::Fail) => None,
            // Another element may be one of which it is not known.
            Some(Status::Pass) => unknown,
            Some(Status::Error) => Some(Undecided::Failed),
            // An index says that it does not hold.
            Some(Status::NotEvaluated) if !failed => None,
            Some(Status::NotEvaluated) | None if self.finds_all => unknown,
            Some(Status::NotEvaluated) | None if failed => Some(Undecided::Behind),
            Some(Status::NotEvaluated) | None => Some(Undecided::NotReached),
        }
    }
}

/// Whether a rule may come upon such a fact: one without a shape, which no program has, may.
fn asks(rule: &Rule, asking: &[bool]) -> bool {
    asking.get(rule.shape as usize) != Some(&false)
}

impl Looked<'_> {
    /// Why nobody knows whether a rule of that name is violated; `None` when it is known of each.
    pub(super) fn undecided(&self, rule: &str) -> Option<Undecided> {
        self.0.get(rule).copied()
    }
}

/// The facts of a test; they note whether one was asked for that they do not have.
pub(super) struct Noting {
    facts: MemoryFacts,
    pub(super) unknown: bool,
}

impl Noting {
    pub(super) fn new(facts: MemoryFacts) -> Self {
        Self {
            facts,
            unknown: false,
        }
    }
}

impl Facts for Noting {
    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        let answer = self.facts.ask(kind, args)?;
        self.unknown |= answer == Answer::Unknown;
        Ok(answer)
    }
}
