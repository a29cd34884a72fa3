//! What a program of [`findings`](super::findings) says: whose messages it gives, and what these consist of.

use crate::ir::{Decision, PointId, Program};

/// What gives the findings of a policy: a program whose effects are the findings, see [`findings`](crate::tools::findings).
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// Index of the policy in [`Compiled::programs`](crate::Compiled::programs).
    pub policy: usize,
    /// Whose messages it gives.
    pub says: Says,
    /// Takes the policy's input, and asks for what it asks for.
    pub program: Program,
    /// The rules it evaluates.
    pub rules: Vec<FindingRule>,
}

/// A rule whose findings the program gives.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRule {
    /// Place of the effect that stands for a finding.
    pub point: PointId,
    /// Its name.
    pub rule: Box<str>,
    /// What its group decides.
    pub decision: Decision,
    /// What its message consists of; empty when it has none.
    pub message: Vec<FindingPart>,
    /// Whether a finding is an element of a list.
    pub has_element: bool,
}

impl FindingRule {
    /// One of which the message is not known yet.
    pub(super) fn new(point: PointId, rule: &str, decision: Decision) -> Self {
        Self {
            point,
            rule: rule.into(),
            decision,
            message: Vec::new(),
            has_element: false,
        }
    }
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum FindingPart {
    /// A text.
    Text(Box<str>),
    /// The value of that number.
    Value(usize),
}

/// Whose messages a program of findings gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// The rules that hold, mandatory constraints among them.
    Rules,
    /// `otherwise`.
    Otherwise,
    /// A guard that rejects.
    Guard,
    /// The constraint of that name, which does not decide.
    Constraint(Box<str>),
}
