//! Deciding recorded calls again: which decisions another policy would have made otherwise, and of which nobody can tell.
//!
//! A record has what the policy read, but for arguments, which may be secrets, and for what old records do not have
//! ([`GateFacts`](tollgate_sandbox::GateFacts)). Where a decision hangs on what is missing, that is said; it is never guessed.

use std::net::SocketAddr;

use serde::Serialize;
use tollgate_ecl::Decision;
use tollgate_ecl::tools::outlook::Unknown;
use tollgate_sandbox::{
    Arguments, CallDecision, CallRecord, CallTarget, DecidedBy, ExecutionId, GateCall, PolicySaid,
    Target, limits,
};

use super::CallPolicy;
use super::facts::{Beside, CallFacts};
use super::shadow::weight;
use crate::limits::FLIPS_LISTED;

/// What recorded decisions are compared with.
#[derive(Debug, Clone)]
pub enum Before {
    /// What was decided then.
    Recorded,
    /// What this policy says of the same calls.
    Policy(CallPolicy),
}

/// Decides recorded calls again, one after the other.
#[derive(Debug)]
pub struct Backtest {
    before: Before,
    after: CallPolicy,
    found: Found,
}

/// What came of a backtest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The decisions that were looked at: those that a policy makes. What the grant denied and what somebody answered are none.
    pub decisions: u64,
    /// Those that stay as they are.
    pub same: u64,
    /// How many would be others, by what they change, what would be allowed first.
    pub changes: Vec<Change>,
    /// The first of them of each change, in the same order: at most [`FLIPS_LISTED`] of each.
    pub flips: Vec<Flip>,
    /// How many of which that is not known, since facts are missing in the record.
    pub undecided: u64,
    /// The first of them.
    pub missing: Vec<Missing>,
}

/// How many decisions change from one word to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What was decided.
    pub before: PolicySaid,
    /// What would be.
    pub after: PolicySaid,
    /// How many.
    pub count: u64,
}

/// A decision that would be another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// What was decided.
    pub before: PolicySaid,
    /// What would be.
    pub after: PolicySaid,
    /// The call.
    #[serde(flatten)]
    pub call: Which,
}

/// A decision of which nobody knows what it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The fields of the call that are not in its record.
    pub fields: Vec<&'static str>,
    /// The call.
    #[serde(flatten)]
    pub call: Which,
}

/// A recorded call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Which {
    /// Its execution.
    pub execution: ExecutionId,
    /// Number of its record.
    pub sequence: u64,
    /// First part of its function's name.
    pub interface: String,
    /// Second part of its function's name.
    pub operation: String,
    /// What it reached, as the record has it.
    pub target: String,
    /// When it was decided, in milliseconds since 1970, if that is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unix_ms: Option<u64>,
}

impl Which {
    fn of(record: &CallRecord) -> Self {
        Self {
            execution: record.execution,
            sequence: record.sequence,
            interface: record.module.clone(),
            operation: record.name.clone(),
            target: match &record.target {
                CallTarget::Path(name) | CallTarget::Host(name) => name.clone(),
                CallTarget::Address(address) => address.to_string(),
                CallTarget::Function(arguments) => format!("arguments {arguments}"),
                other => format!("{other:?}"),
            },
            unix_ms: record.aside.facts.as_ref().map(|facts| facts.unix_ms),
        }
    }
}

impl Backtest {
    /// Returns a backtest of what `after` decides otherwise.
    pub fn new(before: Before, after: CallPolicy) -> Self {
        Self {
            before,
            after,
            found: Found::default(),
        }
    }

    /// Tells whether a record is one of a decision that a policy makes.
    pub fn is_decision(record: &CallRecord) -> bool {
        recorded(record).is_some()
    }

    /// Decides one record again, if it is one of a decision that a policy makes.
    pub fn take(&mut self, record: &CallRecord) {
        let Some(recorded) = recorded(record) else {
            return;
        };
        self.found.decisions += 1;
        let facts = Facts::of(record);
        let before = match &self.before {
            Before::Recorded => Some(recorded),
            Before::Policy(policy) => facts.decided(policy),
        };
        match (before, facts.decided(&self.after)) {
            (Some(before), Some(after)) if before == after => self.found.same += 1,
            (Some(before), Some(after)) => self.flip(before, after, record),
            (None, _) | (_, None) => {
                self.found.undecided += 1;
                if self.found.missing.len() < FLIPS_LISTED {
                    self.found.missing.push(Missing {
                        fields: facts.open.clone(),
                        call: Which::of(record),
                    });
                }
            }
        }
    }

    fn flip(&mut self, before: PolicySaid, after: PolicySaid, record: &CallRecord) {
        let Found { changes, flips, .. } = &mut self.found;
        let known = changes
            .iter_mut()
            .find(|change| (change.before, change.after) == (before, after));
        let count = match known {
            Some(change) => {
                change.count += 1;
                change.count
            }
            None => {
                changes.push(Change {
                    before,
                    after,
                    count: 1,
                });
                1
            }
        };
        if count <= FLIPS_LISTED as u64 {
            flips.push(Flip {
                before,
                after,
                call: Which::of(record),
            });
        }
    }

    /// Returns what was found, what would be allowed first.
    pub fn found(mut self) -> Found {
        self.found
            .changes
            .sort_by_key(|change| weight(change.before, change.after));
        // A stable sort: within a change the first comes first.
        self.found
            .flips
            .sort_by_key(|flip| weight(flip.before, flip.after));
        self.found
    }
}

/// What was decided in a record, if a policy makes that decision.
fn recorded(record: &CallRecord) -> Option<PolicySaid> {
    let said = record.aside.facts.as_ref().map(|facts| facts.said);
    match &record.decision {
        CallDecision::Proposed => Some(PolicySaid::Ask),
        CallDecision::Allowed { by } => match by {
            DecidedBy::Grant | DecidedBy::Gate => Some(said.unwrap_or(PolicySaid::Allow)),
            // The question comes before it.
            DecidedBy::Answer | DecidedBy::Sink => None,
        },
        CallDecision::Denied { by, .. } => match by {
            DecidedBy::Gate => Some(said.unwrap_or(PolicySaid::Deny)),
            // No policy is asked about what is not granted.
            DecidedBy::Grant | DecidedBy::Answer | DecidedBy::Sink => None,
        },
        CallDecision::Answered(_) | CallDecision::Started | CallDecision::Returned { .. } => None,
    }
}

/// What a record says of its call, and what of that is missing.
struct Facts {
    json: String,
    open: Vec<&'static str>,
}

/// Stands where a value is missing.
const SOMETHING: &str = "?";

impl Facts {
    fn of(record: &CallRecord) -> Self {
        let mut open = Vec::new();
        let is_cut = |text: &str| text.len() + 4 >= limits::MESSAGE_BYTES;
        let target = match &record.target {
            CallTarget::Path(name) => {
                if is_cut(name) {
                    open.push("path");
                }
                Target::Path(name)
            }
            CallTarget::Host(name) => {
                if is_cut(name) {
                    open.push("host");
                }
                Target::Host(name)
            }
            CallTarget::Address(address) => {
                Target::Address(SocketAddr::new(address.ip().to_canonical(), address.port()))
            }
            // Also of a function of a core module, whose numbers no policy reads.
            _ => {
                open.push("arguments");
                Target::Function(Arguments::Json(SOMETHING))
            }
        };
        let facts = record.aside.facts.as_ref();
        if facts.is_none() {
            open.extend(["module", "caller", "place", "earlier"]);
        }
        for (field, text) in [("interface", &record.module), ("operation", &record.name)] {
            if is_cut(text) {
                open.push(field);
            }
        }
        let call = GateCall {
            execution: record.execution,
            earlier: facts.map_or(0, |facts| facts.earlier),
            gas_used: record.gas,
            capability: record.capability,
            module: &record.module,
            name: &record.name,
            target,
        };
        let beside = Beside {
            module: facts.map_or(SOMETHING, |facts| facts.module.as_str()),
            caller: facts.map_or(SOMETHING, |facts| facts.caller.as_str()),
            place: facts.and_then(|facts| facts.place.as_deref()),
        };
        let json = serde_json::json!({ "call": CallFacts::of(&call, &beside) }).to_string();
        Self { json, open }
    }

    /// What a policy says; nothing if that hangs on what is missing. What does not fit, or fails, is denied, as it would be.
    fn decided(&self, policy: &CallPolicy) -> Option<PolicySaid> {
        let said = |decision: Decision| match decision {
            Decision::Accept => PolicySaid::Allow,
            Decision::Reject => PolicySaid::Deny,
            Decision::Escalate => PolicySaid::Ask,
        };
        if self.open.is_empty() {
            return Some(policy.0.decide(&self.json).map_or(PolicySaid::Deny, said));
        }
        let open: Vec<_> = self
            .open
            .iter()
            .map(|field| (*field, Unknown::Whole))
            .collect();
        match policy.0.outlook(&self.json, &open) {
            Ok(looked) => looked.decision().map(said),
            Err(_) => Some(PolicySaid::Deny),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tollgate_sandbox::{Aside, Because, Capability, Digest, GateFacts};

    use super::*;

    fn policy(rules: &str) -> CallPolicy {
        let text = format!(
            "import \"call.ecl\"\npolicy \"p\" {{ input {{ call: Call }}\nlet place = call.place else \"\"\nlet arguments = call.arguments else \"\"\n{rules}\notherwise reject \"no\" }}"
        );
        CallPolicy::compile("p.ecl", &text).unwrap()
    }

    fn facts(said: PolicySaid, place: &str) -> GateFacts {
        GateFacts {
            said,
            module: Digest::of(b"").to_string(),
            caller: String::from("ada"),
            place: Some(place.to_owned()),
            earlier: 3,
            unix_ms: 1,
        }
    }

    fn record(target: CallTarget, facts: Option<GateFacts>) -> CallRecord {
        CallRecord {
            execution: ExecutionId(1),
            sequence: 0,
            capability: match target {
                CallTarget::Path(_) => Capability::FileRead,
                _ => Capability::HostFunctions,
            },
            module: String::from("wasi_snapshot_preview1"),
            name: String::from("path_open"),
            target,
            decision: CallDecision::Allowed {
                by: DecidedBy::Gate,
            },
            because: Because::default(),
            aside: Aside {
                facts,
                shadow: None,
            },
            gas: 0,
            time: Duration::ZERO,
        }
    }

    fn path(place: &str, said: PolicySaid) -> CallRecord {
        record(
            CallTarget::Path(String::from("x")),
            Some(facts(said, place)),
        )
    }

    const READS: &str = "auto_accept any { a: call.capability == FileRead }";

    #[test]
    fn what_would_be_allowed_comes_first() {
        let new = policy(
            "auto_reject { c: place == \"/c\" }\nescalate { b: place == \"/b\" }\nauto_accept any { a: call.earlier == 3 AND place != \"/b\" }",
        );
        let mut test = Backtest::new(Before::Recorded, new);
        test.take(&path("/c", PolicySaid::Allow));
        test.take(&path("/b", PolicySaid::Allow));
        test.take(&path("/a", PolicySaid::Ask));
        test.take(&path("/d", PolicySaid::Deny));
        test.take(&path("/a", PolicySaid::Allow));
        let found = test.found();
        let changes: Vec<_> = found
            .changes
            .iter()
            .map(|change| (change.before, change.after, change.count))
            .collect();
        use PolicySaid::{Allow, Ask, Deny};
        assert_eq!(
            changes,
            [
                (Deny, Allow, 1),
                (Ask, Allow, 1),
                (Allow, Ask, 1),
                (Allow, Deny, 1)
            ]
        );
        assert_eq!((found.decisions, found.same, found.undecided), (5, 1, 0));
        assert_eq!(found.flips[0].before, Deny);
    }

    #[test]
    fn what_a_record_does_not_have_is_not_guessed() {
        let function = || {
            record(
                CallTarget::Function(Digest::of(b"x")),
                Some(facts(PolicySaid::Allow, "/a")),
            )
        };
        let reads = policy("auto_accept any { a: contains(arguments, \"1\") }");
        let mut test = Backtest::new(Before::Recorded, reads);
        test.take(&function());
        let found = test.found();
        assert_eq!(found.undecided, 1);
        assert_eq!(found.missing[0].fields, ["arguments"]);
        // One that does not read them decides all the same.
        let mut test = Backtest::new(
            Before::Recorded,
            policy("auto_accept any { a: call.operation == \"path_open\" }"),
        );
        test.take(&function());
        assert_eq!(test.found().same, 1);
        // An old record has the name alone.
        let old = || record(CallTarget::Path(String::from("x")), None);
        let mut test = Backtest::new(
            Before::Policy(policy(READS)),
            policy("auto_accept any { a: place == \"/a\" }"),
        );
        test.take(&old());
        assert!(test.found().missing[0].fields.contains(&"place"));
        let mut test = Backtest::new(Before::Policy(policy(READS)), policy(READS));
        test.take(&old());
        assert_eq!(test.found().same, 1);
    }

    #[test]
    fn decisions_that_no_policy_makes_are_left_out() {
        let mut test = Backtest::new(Before::Recorded, policy(READS));
        for decision in [
            CallDecision::Denied {
                by: DecidedBy::Grant,
                reason: String::new(),
            },
            CallDecision::Allowed {
                by: DecidedBy::Answer,
            },
            CallDecision::Started,
        ] {
            test.take(&CallRecord {
                decision,
                ..path("/a", PolicySaid::Allow)
            });
        }
        assert_eq!(test.found(), Found::default());
    }
}
