//! What is known of the calls of one execution beside what they say of themselves: the module, who asks for the run, and where files are.

use std::time::{SystemTime, UNIX_EPOCH};

use tollgate_sandbox::{
    Aside, Digest, Gate, GateCall, GateFacts, Grant, PolicySaid, Target, Verdict, holds_secret,
};

use super::facts::{Beside, CallFacts};
use super::places::Places;

/// The execution whose calls are decided.
pub(crate) struct Run<'a> {
    pub(crate) module: Digest,
    pub(crate) caller: &'a str,
    pub(crate) grant: &'a Grant,
}

/// The execution, as policies see it.
pub(super) struct Watch {
    module: String,
    pub(super) caller: String,
    places: Places,
}

impl Watch {
    pub(super) fn of(run: &Run<'_>) -> Self {
        let Run {
            module,
            caller,
            grant,
        } = *run;
        Self {
            module: module.to_string(),
            caller: caller.to_owned(),
            places: Places::of(grant),
        }
    }

    /// The call as a policy takes it, as JSON.
    pub(super) fn json(&self, call: &GateCall<'_>) -> Result<String, String> {
        let place = self.place(call)?;
        let beside = Beside {
            module: &self.module,
            caller: &self.caller,
            place: place.as_deref(),
        };
        let facts = CallFacts::of(call, &beside);
        let json = serde_json::to_string(&serde_json::json!({ "call": facts }));
        json.map_err(|error| error.to_string())
    }

    /// Where on the host the call reaches, if it reaches a file there.
    pub(super) fn place(&self, call: &GateCall<'_>) -> Result<Option<String>, String> {
        match call.target {
            Target::Path(name) => self.places.find(name),
            // No file; and a new kind of target is none of the fields.
            _ => Ok(None),
        }
    }

    /// What is recorded, so that another policy can decide the call later. Nothing of what looks like a secret, nor where nobody
    /// knows where the file is.
    pub(super) fn facts(&self, call: &GateCall<'_>, said: PolicySaid) -> Option<GateFacts> {
        let place = self.place(call).ok()?;
        let shows_secret = place.as_deref().is_some_and(holds_secret) || holds_secret(&self.caller);
        let unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        (!shows_secret).then(|| GateFacts {
            said,
            module: self.module.clone(),
            caller: self.caller.clone(),
            place,
            earlier: call.earlier,
            unix_ms: u64::try_from(unix_ms.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// The gate of an execution that no policy decides, and whose calls are recorded so that one can decide them later.
pub(crate) struct Watcher(Watch);

impl Watcher {
    pub(crate) fn of(run: &Run<'_>) -> Self {
        Self(Watch::of(run))
    }
}

impl Gate for Watcher {
    fn check(&self, _: &GateCall<'_>) -> Verdict {
        Verdict::Allow
    }

    fn decides(&self) -> bool {
        false
    }

    fn aside(&self, call: &GateCall<'_>) -> Aside {
        Aside {
            facts: self.0.facts(call, PolicySaid::Allow),
            shadow: None,
        }
    }
}
