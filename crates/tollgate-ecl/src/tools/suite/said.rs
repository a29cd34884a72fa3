//! What a decision gives as its reasons, for `because`.
//!
//! An explanation shows every condition that was evaluated; most of them had no part in the decision. A test that is
//! content with any of them passes when another rule decides, so only these count: of a rule, the conditions that made it
//! hold, and its message; of `otherwise`, its message, and the conditions for which no rule decided anything else.

use crate::host::outcome::{DecidedBy, Status};
use crate::ir::Combine;
use crate::tools::explain::{ConditionReason, Reasons, RuleReason};
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
            let mut rules = reasons.rules.iter().filter(held);
            rules.any(|rule| rule_says(rule, found, &is_said))
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
        DecidedBy::Error => reasons.lines().iter().any(|line| is_said(line)),
    }
}

/// Whether a rule that holds says it: in its message, which it may have several times, or in a condition.
fn rule_says(rule: &RuleReason, found: &Found, is_said: &dyn Fn(&str) -> bool) -> bool {
    let of_rule = |finding: &&Finding| finding.place.span == rule.place.span;
    let mut findings = found.findings.iter().filter(of_rule);
    let message = rule
        .message
        .iter()
        .map(|message| format!("{}: {message}", rule.rule));
    let mut conditions = rule.conditions.iter();
    message.into_iter().any(|message| is_said(&message))
        || findings.any(|finding| is_said(&finding.headline()))
        || conditions.any(|condition| holds(condition) && condition_says(condition, is_said))
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
