//! Policies over the state: one evaluation from one snapshot, its effects committed all together, once.
//!
//! The order is check → reserve → evaluate → commit. The most the evaluation can cost is taken out of the payer's bucket; the facts
//! come from one read transaction; the outcome, its effects and the settlement are one write transaction under the id of
//! the call. A call that is made again under the same id, by a client that does not know how the first one ended, gets the
//! outcome of the first and changes nothing; the same id for another policy or another input is refused. What fails on the way commits nothing and is never an accept.

use tollgate_ecl::host::outcome::EffectRecord;
use tollgate_ecl::ir::EffectKind;
use tollgate_ecl::ir::value::Value;
use tollgate_ecl::{Decision, Facts, GasLimits, Input, Redaction};
use tollgate_sandbox::Digest;
use tollgate_state::did::{DocumentSource, Documents};
use tollgate_state::{
    Commit, CommitOutcome, Effect, ManaError, Presented, Refusal, StateError, Store,
};

use super::budget::{Budget, ManaPrice};
use super::providers::{ProviderFailure, Providers};
use super::runner::{Decided, Policy};
use crate::limits::{REASON_LINES_MAX, REFUSAL_CHARS_MAX};

/// Name of the state among the providers of facts.
const PROVIDER: &str = "state";

/// One evaluation over the state.
#[derive(Debug, Clone, Copy)]
pub struct StateCall<'a> {
    /// The idempotency key: the same one is evaluated and committed once.
    pub id: &'a str,
    /// The input.
    pub input: &'a Input,
    /// Gas there is: the program's limits or lower ones.
    pub limits: GasLimits,
    /// The time of the snapshot and of the commit, nanoseconds since 1970.
    pub now: i64,
    /// Who pays, and how much; `None`: nobody does.
    pub payer: Option<Payer<'a>>,
    /// Credentials in JWT form that count besides the stored ones.
    pub credentials: &'a [&'a str],
    /// Things that are used up by an accept, such as a place under a quota.
    pub holds: &'a [Hold<'a>],
}

/// Whose mana pays for the gas.
#[derive(Debug, Clone, Copy)]
pub struct Payer<'a> {
    /// The bucket.
    pub identity: &'a str,
    /// Its price.
    pub price: ManaPrice,
}

/// An amount of a bucket, kept while it is decided, used up by an accept and given back otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Hold<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// How much, in the unit of the bucket: [`QUOTA_UNIT`](crate::limits::QUOTA_UNIT) is one crossing of a realm's quota, and a bucket of
    /// mana counts micro-mana.
    pub amount: u64,
}

/// What was decided under an id.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StateOutcome {
    /// Hash of the program that decided.
    pub program: Box<str>,
    /// SHA-256 of the encoded input it decided about.
    pub input: Digest,
    /// The decision; `None` after an error.
    pub decision: Option<Decision>,
    /// The rule that decided.
    pub rule: Option<Box<str>>,
    /// The text the policy gives for it.
    pub message: Option<Box<str>>,
    /// Why there is no decision.
    pub error: Option<String>,
    /// The conditions that explain the decision, one line each; at most [`REASON_LINES_MAX`].
    pub reasons: Vec<String>,
    /// Credentials that were looked at and did not count, with the reason of each.
    pub refusals: Vec<String>,
    /// Gas and mana.
    pub budget: Budget,
}

/// An outcome, and whether it was decided now.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// What was decided.
    pub outcome: StateOutcome,
    /// Whether an earlier call under the same id decided it.
    pub repeated: bool,
}

/// Why nothing was decided. Nothing was committed, and the call can be made again under the same id.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateCallError {
    /// The state could not be read or written.
    #[error("the state failed")]
    State(#[from] StateError),
    /// The payer cannot pay.
    #[error("the evaluation cannot be paid for")]
    Mana(#[source] ManaError),
    /// Something that an accept would use up is used up.
    #[error("`{bucket}` has nothing left")]
    Exhausted {
        /// The bucket.
        bucket: Box<str>,
        /// How much is missing, and when it will be there.
        #[source]
        source: ManaError,
    },
    /// The id belongs to another call: its outcome says nothing about this one.
    #[error("the id `{id}` was used for another {what}: give every call an id of its own")]
    IdReused {
        /// The id.
        id: Box<str>,
        /// What differs: the program, or the input.
        what: &'static str,
    },
    /// What stands under the id cannot be read.
    #[error("the outcome under the id `{id}` cannot be read: {message}")]
    Unreadable {
        /// The id.
        id: Box<str>,
        /// Why.
        message: String,
    },
    /// An effect's value cannot be stored.
    #[error("an effect of the decision cannot be stored: {message}")]
    Effect {
        /// Why.
        message: String,
    },
}

impl Policy {
    /// Evaluates over a snapshot of the state, and commits outcome, effects and settlement.
    ///
    /// An evaluation that ends with an error (a fact that is missing, exhausted gas) is an outcome without a decision and
    /// without effects; what it used is paid.
    ///
    /// # Errors
    /// See [`StateCallError`]. What was reserved for a call that failed is given back.
    pub fn decide_in(
        &self,
        store: &mut Store,
        documents: &dyn DocumentSource,
        call: &StateCall<'_>,
    ) -> Result<Settled, StateCallError> {
        tollgate_state::check_id(call.id)?;
        // Whatever can be refused without taking anything is refused before anything is taken.
        let presented = Presented::new(call.credentials)?;
        if let Some(settled) = self.decided_before(store, call)? {
            return Ok(settled);
        }
        let shown = Shown { call, presented };
        match self.decide_now(store, documents, shown) {
            Ok(Some(outcome)) => Ok(Settled {
                outcome,
                repeated: false,
            }),
            // Another call under the same id was faster: its outcome counts.
            Ok(None) => {
                self.decided_before(store, call)?
                    .ok_or_else(|| StateCallError::Unreadable {
                        id: call.id.into(),
                        message: "it is gone".to_owned(),
                    })
            }
            // It may have ended meanwhile, and its reservations with it; and a commit that failed may have been made.
            Err(error) => match self.decided_before(store, call) {
                Ok(Some(settled)) => Ok(settled),
                Ok(None) | Err(_) => Err(error),
            },
        }
    }

    /// Reserves, evaluates and commits; `None` when another call under the id has committed.
    fn decide_now(
        &self,
        store: &mut Store,
        documents: &dyn DocumentSource,
        Shown { call, presented }: Shown<'_>,
    ) -> Result<Option<StateOutcome>, StateCallError> {
        let reserved = Reserved::make(store, self, call)?;
        let asked = Asked {
            call,
            presented,
            mana: reserved.mana,
        };
        let (decided, outcome) = self.decide_reserved(reserved.store, documents, &asked)?;
        match reserved.commit(call, &decided, &outcome)? {
            CommitOutcome::Committed => Ok(Some(outcome)),
            CommitOutcome::AlreadyCommitted => Ok(None),
        }
    }

    /// Evaluates until every document that was asked for is here. No transaction is open while documents are fetched.
    fn decide_reserved(
        &self,
        store: &mut Store,
        source: &dyn DocumentSource,
        asked: &Asked<'_>,
    ) -> Result<(Decided, StateOutcome), StateCallError> {
        let documents = Documents::default();
        loop {
            let decided = self.decide_from(store, &documents, asked)?;
            if !documents.fetch_wanted(source) {
                return Ok(decided);
            }
        }
    }

    /// The outcome under the id of the call, which must be the outcome of this call.
    fn decided_before(
        &self,
        store: &Store,
        call: &StateCall<'_>,
    ) -> Result<Option<Settled>, StateCallError> {
        let Some(text) = store.outcome(call.id)? else {
            return Ok(None);
        };
        let outcome: StateOutcome =
            serde_json::from_str(&text).map_err(|error| StateCallError::Unreadable {
                id: call.id.into(),
                message: error.to_string(),
            })?;
        let what = match &outcome {
            other if other.program != self.program().hash => "program",
            other if other.input != Digest::of(&call.input.bytes) => "input",
            _ => {
                return Ok(Some(Settled {
                    outcome,
                    repeated: true,
                }));
            }
        };
        Err(StateCallError::IdReused {
            id: call.id.into(),
            what,
        })
    }

    /// Evaluates from one snapshot.
    fn decide_from(
        &self,
        store: &mut Store,
        documents: &Documents,
        asked: &Asked<'_>,
    ) -> Result<(Decided, StateOutcome), StateCallError> {
        let call = asked.call;
        let mut snapshot = store.snapshot(call.now, documents)?;
        snapshot.present(asked.presented.clone());
        let (explained, failure) = {
            let mut providers = Providers::one(PROVIDER, &mut snapshot);
            let facts: &mut dyn Facts = &mut providers;
            let explained = self.explain(call.input, facts, &call.limits, &Redaction::none());
            (explained, providers.take_failure())
        };
        let (decided, reasons) = explained;
        let price = call.payer.map_or(ManaPrice::STANDARD, |payer| payer.price);
        let verdict = &decided.verdict;
        let mut lines = reasons.lines();
        lines.truncate(REASON_LINES_MAX);
        let rule = reasons.rules.iter().find(|rule| rule.decided);
        let outcome = StateOutcome {
            program: self.program().hash.clone(),
            input: Digest::of(&call.input.bytes),
            decision: verdict.result.ok(),
            rule: rule.map(|rule| rule.rule.clone()),
            message: reasons.message.clone(),
            error: verdict
                .result
                .err()
                .map(|error| named(&error.to_string(), failure)),
            reasons: lines,
            refusals: snapshot.refusals().iter().map(refusal).collect(),
            budget: Budget {
                gas_used: verdict.gas,
                gas_limits: call.limits,
                mana_used: match call.payer {
                    Some(_) => price.of(&verdict.gas),
                    None => tollgate_ecl::data::gas::Gas::ZERO,
                },
                mana_limit: asked.mana,
            },
        };
        Ok((decided, outcome))
    }
}

/// The error with the provider's part in it.
fn named(error: &str, failure: Option<ProviderFailure>) -> String {
    match failure {
        Some(failure) => format!("{error}: {failure}"),
        None => error.to_owned(),
    }
}

/// A line about a credential. What it says is of its maker's choice, and so is how long it is.
fn refusal(refusal: &Refusal) -> String {
    let line = match &refusal.id {
        Some(id) => format!("`{id}`: {}", refusal.reason),
        None => refusal.reason.to_string(),
    };
    line.chars().take(REFUSAL_CHARS_MAX).collect()
}

fn json(id: &str, outcome: &StateOutcome) -> Result<String, StateCallError> {
    serde_json::to_string(outcome).map_err(|error| StateCallError::Unreadable {
        id: id.into(),
        message: error.to_string(),
    })
}

/// A call with what was shown for it, which is short enough to be read.
struct Shown<'a> {
    call: &'a StateCall<'a>,
    presented: Presented,
}

/// What an evaluation starts from.
struct Asked<'a> {
    call: &'a StateCall<'a>,
    presented: Presented,
    /// Micro-mana that is reserved.
    mana: u64,
}

/// What becomes of what was held for a call.
#[derive(Clone, Copy)]
enum Holds {
    /// It is taken: the call was accepted.
    Take,
    /// It goes back.
    Return,
}

/// What is kept for a call until it is decided. However the call ends without a commit, by an error, a panic or a question
/// that nobody answers, what is kept is given back; if storage fails even then, its lease ends.
struct Reserved<'s> {
    store: &'s mut Store,
    /// Micro-mana of the payer.
    mana: u64,
    payer: Option<String>,
    holds: Vec<(String, u64)>,
    committed: bool,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        let ids: Vec<String> = self
            .settlement(0, Holds::Return)
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        if !ids.is_empty() {
            self.store.mana().release(&ids).ok();
        }
    }
}

impl<'s> Reserved<'s> {
    fn make(
        store: &'s mut Store,
        policy: &Policy,
        call: &StateCall<'_>,
    ) -> Result<Self, StateCallError> {
        let mut reserved = Self {
            store,
            mana: 0,
            payer: None,
            holds: Vec::new(),
            committed: false,
        };
        reserved.fill(policy, call)?;
        Ok(reserved)
    }

    fn fill(&mut self, policy: &Policy, call: &StateCall<'_>) -> Result<(), StateCallError> {
        if let Some(payer) = call.payer {
            let program = policy.program();
            let most = payer.price.worst_case(&program.gas_bound, &call.limits);
            // Noted before it is made: whether it was made is not known when making it fails.
            let id = self.payer.insert(format!("{}#gas", call.id));
            reserve(self.store, id, payer.identity, most, call.now)
                .map_err(StateCallError::Mana)?;
            self.mana = most;
        }
        for (number, hold) in call.holds.iter().enumerate() {
            let id = format!("{}#hold{number}", call.id);
            self.holds.push((id.clone(), hold.amount));
            reserve(self.store, &id, hold.bucket, hold.amount, call.now).map_err(|source| {
                StateCallError::Exhausted {
                    bucket: hold.bucket.into(),
                    source,
                }
            })?;
        }
        Ok(())
    }

    /// Commits the outcome with its effects and settles.
    fn commit(
        mut self,
        call: &StateCall<'_>,
        decided: &Decided,
        outcome: &StateOutcome,
    ) -> Result<CommitOutcome, StateCallError> {
        let effects = effects(&decided.effects)?;
        let written = json(call.id, outcome)?;
        let holds = match outcome.decision {
            Some(Decision::Accept) => Holds::Take,
            Some(Decision::Reject | Decision::Escalate) | None => Holds::Return,
        };
        let settle = self.settlement(outcome.budget.mana_used.total(), holds);
        let settle: Vec<_> = settle.iter().map(|(id, used)| (&**id, *used)).collect();
        let committed = self.store.commit(&Commit {
            id: call.id,
            effects: &effects,
            settle: &settle,
            outcome: &written,
            at: call.now,
        })?;
        // When another call under this id was faster, it has settled what was kept; what it left open is given back.
        self.committed = committed == CommitOutcome::Committed;
        Ok(committed)
    }

    /// How much of each reservation was used.
    fn settlement(&self, mana_used: u64, holds: Holds) -> Vec<(String, u64)> {
        let payer = self.payer.iter().map(|id| (id.clone(), mana_used));
        let used = |amount: u64| match holds {
            Holds::Take => amount,
            Holds::Return => 0,
        };
        let holds = self.holds.iter();
        payer
            .chain(holds.map(|(id, amount)| (id.clone(), used(*amount))))
            .collect()
    }
}

/// Reserves; when there is not enough, first refunds what callers left behind that have gone.
fn reserve(
    store: &mut Store,
    id: &str,
    bucket: &str,
    amount: u64,
    now: i64,
) -> Result<(), ManaError> {
    let reserved = store.mana().reserve(id, bucket, amount, now);
    if matches!(reserved, Err(ManaError::Short { .. })) && store.mana().recover(now)? > 0 {
        store.mana().reserve(id, bucket, amount, now)?;
        return Ok(());
    }
    reserved.map(|_| ())
}

/// Returns effects as the state keeps them. Values are texts: a value that is not a text is written as JSON.
fn effects(records: &[EffectRecord]) -> Result<Vec<Effect>, StateCallError> {
    let missing = || StateCallError::Effect {
        message: "an operand is missing".to_owned(),
    };
    records
        .iter()
        .map(|record| match (&record.kind, record.operands.as_slice()) {
            (EffectKind::Emit { event_type }, [payload]) => Ok(Effect::Emit {
                event_type: event_type.to_string(),
                payload: text(payload),
            }),
            (EffectKind::Put { store }, [key, value]) => Ok(Effect::Put {
                store: store.to_string(),
                key: text(key),
                value: text(value),
            }),
            _ => Err(missing()),
        })
        .collect()
}

fn text(value: &Value) -> String {
    match value.to_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}
