//! Whether a run begins that somebody asks for: what the policy of its module says of it.

use tollgate::gate::{RunFacts, RunVerdict, Why};
use tollgate::sandbox::holds_secret;
use tollgate_api::{CastDecision, Input, Verdict};
use tollgate_state::approval::{self, Given, NewCard, Principal, Waiter};
use tollgate_state::policy::PolicyEntry;
use tollgate_state::registry::VersionEntry;

use crate::asking::Became;
use crate::caller::Caller;
use crate::clock;
use crate::error::ApiError;
use crate::ids;
use crate::limits::{ANSWER_WITHIN, CARD_INPUT_BYTES_MAX, POLICY_INPUT_BYTES_MAX};
use crate::parked::PROCESS;
use crate::run::Asked;
use crate::shared::Shared;

/// What was asked for, as a policy sees it.
pub(crate) struct Wanted {
    export: Option<String>,
    input: Option<String>,
    input_bytes: u64,
}

impl Wanted {
    /// Of a long input there is so much that it fits no policy. `run` is what was read of it: numbers have one text there.
    pub(crate) fn of(input: Option<&Input>, run: &Asked) -> Self {
        let text = match input {
            None => None,
            Some(Input::Json(json)) => Some(json.get().to_owned()),
            Some(Input::Text(text)) => Some(text.clone()),
            Some(Input::Values(_)) => run.numbers(),
            // The same bytes are the same input, however they were sent.
            Some(Input::Base64(_)) => {
                let text = std::str::from_utf8(run.bytes().unwrap_or_default());
                text.ok().map(str::to_owned)
            }
        };
        let bytes = match (&text, run.bytes()) {
            (Some(text), _) => text.len(),
            (None, bytes) => bytes.map_or(0, <[u8]>::len),
        };
        let input = text.map(|mut text| {
            let mut end = text.len().min(POLICY_INPUT_BYTES_MAX + 4);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text
        });
        Self {
            export: run.export().map(str::to_owned),
            input,
            input_bytes: bytes as u64,
        }
    }
}

impl Wanted {
    /// The input as a card shows it.
    fn shown(&self) -> String {
        match &self.input {
            Some(text) if holds_secret(text) => "[redacted]".to_owned(),
            Some(text) => text.clone(),
            None if self.input_bytes == 0 => String::new(),
            None => format!("[{} bytes that are no text]", self.input_bytes),
        }
    }

    /// Why nobody is asked about it, if there is a reason: who answers sees all of it.
    fn unshowable(&self) -> Option<String> {
        let bytes = self.input_bytes;
        (bytes > CARD_INPUT_BYTES_MAX as u64).then(|| {
            format!("its input has {bytes} bytes, and nobody is asked about more than {CARD_INPUT_BYTES_MAX}")
        })
    }
}

/// Who asks for which run.
pub(crate) struct Question<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) version: &'a VersionEntry,
    pub(crate) wanted: &'a Wanted,
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
        wanted,
        asked,
    } = question;
    // It was compiled when it was set.
    let policy = shared.policies.compiled(&entry.text);
    let policy = policy.map_err(|error| ApiError::internal(&error))?;
    let most = asked.limits_max();
    let facts = RunFacts {
        module: &version.name,
        version: &version.version,
        digest: &format!("sha256:{}", version.digest),
        export: wanted.export.as_deref(),
        input: wanted.input.as_deref(),
        input_bytes: wanted.input_bytes,
        caller: &caller.principal.key,
        gas: most.gas,
        memory_bytes: most.memory_bytes,
        timeout_ms: u64::try_from(most.wall.as_millis()).unwrap_or(u64::MAX),
        cost_micro_usd: asked.cost_max(&shared.tollgate).micro_usd(),
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
        RunVerdict::Ask(Why { reason, explained }) => match wanted.unshowable() {
            Some(why) => Decided::Now(denied(format!("{reason}; {why}"), explained)),
            None => Decided::Ask(Asking {
                input: wanted.shown(),
                export: wanted.export.clone().unwrap_or_default(),
                reason: reason.clone(),
                unanswered: denied(reason, explained),
            }),
        },
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
            Self::Ask(asking) => asking.unanswered.policy.clone(),
        }
    }
}

/// A question about a run.
pub(crate) struct Asking {
    input: String,
    export: String,
    reason: String,
    /// What is decided unless somebody allows it.
    unanswered: CastDecision,
}

impl Asking {
    /// The card of the run that asks.
    pub(crate) fn card(
        &self,
        run: &str,
        (caller, version, asked): (&Caller, &VersionEntry, &Asked),
    ) -> Result<NewCard, ApiError> {
        let within = i64::try_from(ANSWER_WITHIN.as_nanos()).unwrap_or(i64::MAX);
        Ok(NewCard {
            id: ids::card(),
            question: approval::Question {
                tenant: caller.tenant().to_owned(),
                module: version.digest.clone(),
                capability: "run".to_owned(),
                interface: format!("{}@{}", version.name, version.version),
                operation: self.export.clone(),
                arguments: asked.digest(),
                policy: self.policy(),
            },
            target: self.input.clone(),
            reason: self.reason.clone(),
            risk: None,
            gas_used: 0,
            waiter: Waiter {
                execution: run.to_owned(),
                requester: Principal::new([&*caller.principal.key])?,
                process: PROCESS.to_owned(),
            },
            expires_at: clock::now().saturating_add(within),
        })
    }

    /// The hash of the policy that asks.
    pub(crate) fn policy(&self) -> String {
        self.unanswered.policy.clone().unwrap_or_default()
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
