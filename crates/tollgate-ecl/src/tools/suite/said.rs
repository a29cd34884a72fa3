//! What a decision gives as its reasons, for `because`.
//!
//! An explanation shows every condition that was evaluated; most of them had no part in the decision. A test that is
//! content with any of them passes when another rule decides, so only these count: of a rule, the conditions that made it
//! hold, and its message; of `otherwise`, its message, and the conditions for which no rule decided anything else; of an
//! error, what it says, and the condition that ended in it.

use std::collections::HashSet;

use crate::host::outcome::{DecidedBy, Status};
use crate::ir::Combine;
use crate::tools::explain::{ConditionReason, ErrorReason, Reasons, RuleReason};
use crate::tools::findings::{Finding, Found};

/// Whether the decision has a reason with that text. When a test names the rule `by` which it was decided, it is a reason
/// of this rule.
pub(super) fn says(text: &str, by: Option<&str>, reasons: &Reasons, found: &Found) -> bool {
    let is_said = |line: &str| line.contains(text);
    if reasons.message.as_deref().is_some_and(is_said) {
        return true;
    }
    match reasons.by {
        DecidedBy::Rule { group, .. } => {
            let held = |rule: &&RuleReason| {
                let alone = by.is_some() && rule.combine == Combine::Any;
                rule.group == group && rule.status == Status::Pass && (rule.decided || !alone)
            };
            let rules = || reasons.rules.iter().filter(held);
            let places: HashSet<_> = rules().map(|rule| rule.place.span).collect();
            let mut findings = found.findings.iter();
            rules().any(|rule| rule_says(rule, &is_said))
                || findings.any(|finding| {
                    places.contains(&finding.place.span) && finding_says(finding, &is_said)
                })
        }
        DecidedBy::Otherwise => {
            let Some(decision) = reasons.decision else {
                return false;
            };
            let others = |rule: &&RuleReason| rule.decision != decision;
            let conditions = reasons.rules.iter().filter(others);
            let mut conditions = conditions.flat_map(|rule| &rule.conditions);
            conditions.any(|condition| !holds(condition) && condition_says(condition, &is_said))
        }
        DecidedBy::Output | DecidedBy::Message(_) => false,
        DecidedBy::Error => {
            let failed = |condition: &&ConditionReason| condition.status == Status::Error;
            let conditions = reasons.rules.iter().flat_map(|rule| &rule.conditions);
            let mut conditions = conditions.filter(failed);
            let error = reasons.error.as_ref();
            error.is_some_and(|error| error_says(error, &is_said))
                || conditions.any(|condition| condition_says(condition, &is_said))
        }
    }
}

/// Whether a rule that holds says it, in its message or in a condition. Its name is no reason.
fn rule_says(rule: &RuleReason, is_said: &dyn Fn(&str) -> bool) -> bool {
    let mut conditions = rule.conditions.iter();
    rule.message.as_deref().is_some_and(is_said)
        || conditions.any(|condition| holds(condition) && condition_says(condition, is_said))
}

/// A rule may have its message several times, each with other values; without a message it names the element.
fn finding_says(finding: &Finding, is_said: &dyn Fn(&str) -> bool) -> bool {
    match (&finding.message, &finding.element) {
        (Some(message), _) => is_said(message),
        (None, Some(element)) => is_said(&element.to_string()),
        (None, None) => false,
    }
}

/// Whether an error says it, or what stands where it ended the evaluation.
fn error_says(error: &ErrorReason, is_said: &dyn Fn(&str) -> bool) -> bool {
    let place = error.place.as_ref();
    is_said(&error.message) || place.is_some_and(|place| is_said(&place.text))
}

/// Whether a condition is as its rule asks for; one that was not evaluated is neither.
fn holds(condition: &ConditionReason) -> bool {
    match condition.status {
        Status::Pass => !condition.negated,
        Status::Fail => condition.negated,
        Status::NotEvaluated | Status::Error => false,
    }
}

fn condition_says(condition: &ConditionReason, is_said: &dyn Fn(&str) -> bool) -> bool {
    let ConditionReason {
        line, full, told, ..
    } = condition;
    condition.status != Status::NotEvaluated && [line, full, told].into_iter().any(|l| is_said(l))
}
