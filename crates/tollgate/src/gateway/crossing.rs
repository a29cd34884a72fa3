//! A crossing, and what is decided about it.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tollgate_ecl::Decision;

use crate::policy::{Budget, Settled};

/// Somebody wants to cross from one realm into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crossing {
    /// The did of who wants to cross.
    pub subject: String,
    /// The realm left.
    pub from: String,
    /// The realm entered: its policy decides.
    pub to: String,
    /// What for: `enter`, `read`, `transfer`, …
    pub action: String,
    /// The money that crosses too, as `250 EUR`.
    #[serde(default)]
    pub amount: Option<String>,
}

impl Crossing {
    /// The input of a realm's policy.
    pub(super) fn input(&self) -> serde_json::Value {
        json!({ "crossing": {
            "subject": self.subject,
            "from_realm": self.from,
            "to_realm": self.to,
            "action": self.action,
            "amount": self.amount,
        } })
    }
}

/// One visit at the gate.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// The idempotency key: the same one is decided once, and later visits under it get the same decision.
    pub id: &'a str,
    /// The time, nanoseconds since 1970.
    pub now: i64,
    /// Credentials in JWT form that the subject shows.
    pub credentials: &'a [&'a str],
}

/// What the gate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// Opens.
    Accept,
    /// Stays shut.
    Reject,
    /// Stays shut until a person has decided.
    Escalate,
    /// Stays shut: the policy could not decide.
    Error,
}

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossingDecision {
    /// The id of the visit.
    pub id: String,
    /// What was asked for.
    pub crossing: Crossing,
    /// What the gate does.
    pub ruling: Ruling,
    /// Name of the realm's policy.
    pub policy: Box<str>,
    /// The rule that decided; `quota` or `mana` when the policy was not asked.
    pub rule: Option<Box<str>>,
    /// The text the policy gives for it.
    pub message: Option<Box<str>>,
    /// Why the policy could not decide.
    pub error: Option<String>,
    /// Lines that explain it.
    pub reasons: Vec<String>,
    /// Credentials that were looked at and did not count, with the reason of each.
    pub refusals: Vec<String>,
    /// Gas and mana; `None` when the policy was not asked.
    pub budget: Option<Budget>,
    /// Whether it was decided on an earlier visit under this id.
    pub repeated: bool,
}

/// A crossing that a policy decides about.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) crossing: &'a Crossing,
    pub(super) visit: &'a Visit<'a>,
    /// Name of the policy.
    pub(super) policy: &'a str,
}

impl CrossingDecision {
    pub(super) fn settled(asked: Asked<'_>, settled: Settled) -> Self {
        let Asked {
            crossing,
            visit,
            policy,
        } = asked;
        let outcome = settled.outcome;
        Self {
            id: visit.id.to_owned(),
            crossing: crossing.clone(),
            ruling: match outcome.decision {
                Some(Decision::Accept) => Ruling::Accept,
                Some(Decision::Reject) => Ruling::Reject,
                Some(Decision::Escalate) => Ruling::Escalate,
                None => Ruling::Error,
            },
            policy: policy.into(),
            rule: outcome.rule,
            message: outcome.message,
            error: outcome.error,
            reasons: outcome.reasons,
            refusals: outcome.refusals,
            budget: Some(outcome.budget),
            repeated: settled.repeated,
        }
    }

    /// A rejection before the policy was asked.
    pub(super) fn turned_away(asked: Asked<'_>, rule: &str, reason: String) -> Self {
        let Asked {
            crossing,
            visit,
            policy,
        } = asked;
        Self {
            id: visit.id.to_owned(),
            crossing: crossing.clone(),
            ruling: Ruling::Reject,
            policy: policy.into(),
            rule: Some(rule.into()),
            message: None,
            error: None,
            reasons: vec![reason],
            refusals: Vec::new(),
            budget: None,
            repeated: false,
        }
    }
}
