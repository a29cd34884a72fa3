//! Whether a run begins that somebody asks for: what the policy of its module says of it.

use sha2::{Digest as _, Sha256};
use tollgate::gate::{RunFacts, RunVerdict, Why};
use tollgate_api::{CastDecision, Verdict};
use tollgate_state::approval::{self, Given, Most, NewCard, Principal, Waiter};
use tollgate_state::node::process_of;
use tollgate_state::policy::PolicyEntry;
use tollgate_state::registry::VersionEntry;

use crate::asking::Became;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::ids;
use crate::limits::{ANSWER_WITHIN, CARD_INPUT_BYTES_MAX, POLICY_INPUT_BYTES_MAX};
use crate::run::Asked;
use crate::shared::Shared;

/// Who asks for which run.
pub(crate) struct Question<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) version: &'a VersionEntry,
    /// Who signed its bytes.
    pub(crate) signers: &'a [String],
    pub(crate) asked: &'a Asked,
}

/// Has a policy decide. Blocking: it may have to be compiled.
pub(crate) fn decide(
    shared: &Shared,
    entry: &PolicyEntry,
    question: &Question<'_>,
) -> Result<Decided, ApiError> {
    let Question {
        caller,
        version,
        signers,
        asked,
    } = question;
    // It was compiled when it was set.
    let policy = shared.policies.compiled(&entry.text);
    let policy = policy.map_err(|error| ApiError::internal(&error))?;
    let most = asked.most();
    let input = asked.input();
    // Of a long one there is so much that it fits no policy.
    let seen = input.text.as_deref();
    let seen = seen.map(|text| &text[..text.floor_char_boundary(POLICY_INPUT_BYTES_MAX + 4)]);
    let facts = RunFacts {
        module: &version.name,
        version: &version.version,
        digest: &format!("sha256:{}", version.digest),
        signers,
        export: asked.export(),
        input: seen,
        input_bytes: input.bytes,
        caller: &caller.principal.key,
        gas: most.gas,
        memory_bytes: most.memory_bytes,
        timeout_ms: most.wall_ms,
        cost_micro_usd: most.cost_micro_usd,
    };
    let decision = CastDecision {
        verdict: Verdict::Allow,
        reasons: Vec::new(),
        policy: Some(policy.hash().to_owned()),
        explained: Vec::new(),
        card: None,
        answered_by: None,
    };
    let denied = |reason: String, explained| CastDecision {
        verdict: Verdict::Deny,
        reasons: vec![reason],
        explained,
        ..decision.clone()
    };
    Ok(match policy.decide(&facts) {
        RunVerdict::Allow => Decided::Now(decision),
        RunVerdict::Deny(Why { reason, explained }) => Decided::Now(denied(reason, explained)),
        RunVerdict::Ask(Why { reason, explained }) => match unshowable(input.bytes) {
            Some(why) => Decided::Now(denied(format!("{reason}; {why}"), explained)),
            None => Decided::Ask(Asking {
                input: input.shown(),
                export: asked.export().unwrap_or_default().to_owned(),
                most,
                policy: policy.hash().to_owned(),
                reason: reason.clone(),
                unanswered: denied(reason, explained),
            }),
        },
    })
}

/// Why nobody is asked about an input of so many bytes, if there is a reason: who answers sees all of it.
fn unshowable(bytes: u64) -> Option<String> {
    (bytes > CARD_INPUT_BYTES_MAX as u64).then(|| {
        format!("its input has {bytes} bytes, and nobody is asked about more than {CARD_INPUT_BYTES_MAX}")
    })
}

/// What a policy decides.
pub(crate) enum Decided {
    /// This.
    Now(CastDecision),
    /// Somebody is to be asked.
    Ask(Asking),
}

impl Decided {
    /// The hash of the policy.
    pub(crate) fn policy(&self) -> Option<String> {
        match self {
            Self::Now(decision) => decision.policy.clone(),
            Self::Ask(asking) => Some(asking.policy.clone()),
        }
    }
}

/// What an answer is about: the request with this digest, and who had signed the module, since the policy knows that too.
fn asked_about(request: String, signers: &[String]) -> String {
    if signers.is_empty() {
        return request;
    }
    let about = format!("{request}\n{}", signers.join("\n"));
    hex::encode(Sha256::digest(about))
}

/// A question about a run.
pub(crate) struct Asking {
    input: String,
    export: String,
    most: Most,
    /// The hash of the policy that asks.
    policy: String,
    reason: String,
    /// What is decided unless somebody allows it.
    unanswered: CastDecision,
}

impl Asking {
    /// The card of the run that asks, which the server of this number has.
    pub(crate) fn card(
        &self,
        (run, node): (&str, i64),
        question: &Question<'_>,
    ) -> Result<NewCard, ApiError> {
        let Question {
            caller,
            version,
            signers,
            asked,
        } = *question;
        let within = i64::try_from(ANSWER_WITHIN.as_nanos()).unwrap_or(i64::MAX);
        let act = caller.act();
        Ok(NewCard {
            id: ids::card(),
            question: approval::Question {
                tenant: caller.tenant().to_owned(),
                module: version.digest.clone(),
                capability: "run".to_owned(),
                interface: format!("{}@{}", version.name, version.version),
                operation: self.export.clone(),
                arguments: asked_about(asked.digest(), signers),
                policy: self.policy(),
            },
            target: self.input.clone(),
            reason: self.reason.clone(),
            risk: None,
            gas_used: 0,
            most: Some(self.most),
            waiter: Waiter {
                execution: run.to_owned(),
                requester: Principal::new([&*caller.principal.key])?,
                process: process_of(node),
            },
            expires_at: act.at.saturating_add(within),
            origin: act.origin.to_owned(),
            request: act.request.to_owned(),
        })
    }

    /// The hash of the policy that asks.
    pub(crate) fn policy(&self) -> String {
        self.policy.clone()
    }

    /// What is decided when that became of the question; `None`: nothing any more.
    pub(crate) fn decided(self, became: Became) -> Option<CastDecision> {
        let Self {
            reason, unanswered, ..
        } = self;
        let of = |given: Given, decision: CastDecision| CastDecision {
            card: Some(given.card.to_string()),
            answered_by: Some(given.by),
            ..decision
        };
        match became {
            Became::Allowed(given) => {
                let allowed = CastDecision {
                    verdict: Verdict::Allow,
                    reasons: Vec::new(),
                    explained: Vec::new(),
                    ..unanswered
                };
                Some(of(given, allowed))
            }
            Became::Denied(given) => {
                let reasons = vec![format!("{reason}; `{}` has denied it", given.by)];
                let denied = CastDecision {
                    reasons,
                    ..unanswered
                };
                Some(of(given, denied))
            }
            Became::Unanswered(why) => Some(CastDecision {
                reasons: vec![format!("{reason}; {why}")],
                ..unanswered
            }),
            Became::Stopped => None,
        }
    }
}
