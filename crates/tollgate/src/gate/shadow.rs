//! A second policy that is evaluated beside the one that decides, and never enforced.
//!
//! Each call is shown to both; where they disagree it is counted, and said in the record of the call. A shadow that fails, or does not
//! take a call, has a fault, which is counted too: it changes nothing of the run. Who has to be asked by the shadow's word is not asked.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tollgate_sandbox::{Answer, Aside, Gate, GateCall, PolicySaid, ShadowSaid, Target, Verdict};

use super::decide::Decider;

/// What came of a shadow policy in one execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowReport {
    /// Name of the policy.
    pub name: String,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
    /// The calls that it was shown.
    pub calls: u64,
    /// Where it disagreed, what it would allow first.
    pub disagreements: Vec<Disagreement>,
    /// The calls at which it failed.
    pub faults: u64,
}

/// How often a shadow said something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// What was decided.
    pub decided: PolicySaid,
    /// What the shadow said.
    pub shadow: PolicySaid,
    /// How often.
    pub count: u64,
}

impl ShadowReport {
    /// Returns how often it said something else.
    pub fn disagreed(&self) -> u64 {
        self.disagreements.iter().map(|one| one.count).sum()
    }
}

/// The order in which changes of a decision are told: what is allowed that was not comes first, and most so what was denied.
pub(super) fn weight(before: PolicySaid, after: PolicySaid) -> u8 {
    use PolicySaid::{Allow, Ask, Deny};

    match (before, after) {
        (Deny, Allow) => 0,
        (Ask, Allow) => 1,
        (Deny, Ask) => 2,
        (Allow, Ask) => 3,
        (Ask, Deny) => 4,
        (Allow, Deny) => 5,
        (Allow, Allow) | (Deny, Deny) | (Ask, Ask) => 6,
    }
}

/// What is counted.
#[derive(Debug, Default)]
struct Tally {
    calls: AtomicU64,
    faults: AtomicU64,
    disagreements: Mutex<BTreeMap<(u8, PolicySaid, PolicySaid), u64>>,
}

/// What a shadow can tell of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Whole,
    /// Files have two names, so that it would decide about another one than is used.
    NoFiles,
}

/// The shadow of one execution.
pub(crate) struct Shadow {
    decider: Decider,
    sight: Sight,
    tally: Tally,
}

impl Shadow {
    pub(crate) fn new(decider: Decider, sight: Sight) -> Arc<Self> {
        Arc::new(Self {
            decider,
            sight,
            tally: Tally::default(),
        })
    }

    pub(crate) fn report(&self) -> ShadowReport {
        let Tally {
            calls,
            faults,
            disagreements,
        } = &self.tally;
        let policy = self.decider.policy();
        let disagreements = disagreements.lock().unwrap_or_else(PoisonError::into_inner);
        let disagreements = disagreements.iter();
        ShadowReport {
            name: policy.name().to_owned(),
            hash: policy.hash().to_owned(),
            calls: calls.load(Relaxed),
            disagreements: disagreements
                .map(|((_, decided, shadow), count)| Disagreement {
                    decided: *decided,
                    shadow: *shadow,
                    count: *count,
                })
                .collect(),
            faults: faults.load(Relaxed),
        }
    }

    /// What it says; a fault if it fails.
    fn says(&self, call: &GateCall<'_>) -> Option<PolicySaid> {
        if self.sight == Sight::NoFiles && matches!(call.target, Target::Path(_)) {
            return None;
        }
        let said = catch_unwind(AssertUnwindSafe(|| self.decider.said_of(call)));
        said.ok()?.ok()
    }

    fn count(&self, call: &GateCall<'_>, decided: &Verdict) {
        self.tally.calls.fetch_add(1, Relaxed);
        let decided = said(decided);
        match self.says(call) {
            None => {
                self.tally.faults.fetch_add(1, Relaxed);
            }
            Some(shadow) if shadow == decided => {}
            Some(shadow) => {
                let key = (weight(decided, shadow), decided, shadow);
                let counted = &self.tally.disagreements;
                let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
                let count = counted.entry(key).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    /// What is recorded beside this decision: what it says if that is something else.
    fn beside(&self, call: &GateCall<'_>, decided: &Verdict) -> Option<ShadowSaid> {
        match self.says(call) {
            None => Some(ShadowSaid::Fault),
            Some(shadow) => (shadow != said(decided)).then(|| ShadowSaid::of(shadow)),
        }
    }
}

const fn said(verdict: &Verdict) -> PolicySaid {
    match verdict {
        Verdict::Allow => PolicySaid::Allow,
        Verdict::Deny { .. } => PolicySaid::Deny,
        Verdict::Ask => PolicySaid::Ask,
    }
}

/// The gate that decides, with a shadow beside it.
pub(crate) struct Shadowed {
    /// Nobody where only the grant decides.
    pub(crate) gate: Option<Arc<dyn Gate>>,
    pub(crate) shadow: Arc<Shadow>,
}

impl fmt::Debug for Shadowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadowed").finish_non_exhaustive()
    }
}

impl Shadowed {
    fn decided(&self, call: &GateCall<'_>) -> Verdict {
        self.gate
            .as_ref()
            .map_or(Verdict::Allow, |gate| gate.check(call))
    }
}

impl Gate for Shadowed {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        let decided = self.decided(call);
        self.shadow.count(call, &decided);
        decided
    }

    fn decides(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.decides())
    }

    fn may_ask(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.may_ask())
    }

    fn explain(&self, call: &GateCall<'_>) -> Vec<String> {
        let gate = self.gate.as_ref();
        gate.map_or_else(Vec::new, |gate| gate.explain(call))
    }

    fn aside(&self, call: &GateCall<'_>) -> Aside {
        let gate = self.gate.as_ref();
        Aside {
            shadow: self.shadow.beside(call, &self.decided(call)),
            ..gate.map_or_else(Aside::default, |gate| gate.aside(call))
        }
    }

    fn ask<'a>(&'a self, call: &GateCall<'_>) -> Answer<'a> {
        match &self.gate {
            Some(gate) => gate.ask(call),
            None => Box::pin(std::future::ready(Verdict::Ask.into())),
        }
    }
}
