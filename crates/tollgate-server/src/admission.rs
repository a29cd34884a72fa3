//! Whether a run begins that somebody asks for: what the policy of its module says of it.

use tollgate::gate::{NOBODY_TO_ASK, RunFacts, RunVerdict, Why};
use tollgate_api::{CastDecision, Input, NewCast, Verdict};
use tollgate_state::policy::PolicyEntry;
use tollgate_state::registry::VersionEntry;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::limits::POLICY_INPUT_BYTES_MAX;
use crate::run::Asked;
use crate::server::Shared;

/// What was asked for, as a policy sees it.
pub(crate) struct Wanted {
    export: Option<String>,
    input: Option<String>,
    input_bytes: u64,
}

impl Wanted {
    /// Of a long input there is so much that it fits no policy.
    pub(crate) fn of(asked: &NewCast) -> Self {
        let text = match &asked.input {
            None => None,
            Some(Input::Json(json)) => Some(json.get().to_owned()),
            Some(Input::Text(text)) => Some(text.clone()),
            Some(Input::Values(numbers)) => serde_json::to_string(numbers).ok(),
            Some(Input::Base64(_)) => None,
        };
        let bytes = match &asked.input {
            // Three for four characters, less what fills the last ones up.
            Some(Input::Base64(text)) => text.trim_end_matches('=').len() * 3 / 4,
            _ => text.as_ref().map_or(0, String::len),
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
            export: asked.export.clone(),
            input,
            input_bytes: bytes as u64,
        }
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
) -> Result<CastDecision, ApiError> {
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
    };
    let denied = |reason: String, explained| CastDecision {
        verdict: Verdict::Deny,
        reasons: vec![reason],
        explained,
        ..decision.clone()
    };
    Ok(match policy.decide(&facts) {
        RunVerdict::Allow => decision,
        RunVerdict::Deny(Why { reason, explained }) => denied(reason, explained),
        RunVerdict::Ask(Why { reason, explained }) => {
            denied(format!("{reason}, and {NOBODY_TO_ASK}"), explained)
        }
    })
}
