//! Questions about calls that people answer from elsewhere, and their answers.
//!
//! A *card* is one question: which module wants to call what, with which arguments, and why a policy asks. Who waits for
//! its answer stands beside it; equal questions wait at one card. A card is pending until somebody answers or its time is up;
//! an answer is used by those it was given to. Which answers count, and for whom, is `rules.rs`.

mod principal;
mod rules;

use std::fmt;
use std::str::FromStr;

pub use principal::{Principal, canonical};
pub use rules::ApprovalError;

use crate::error::{StateError, invalid};
use crate::limits::{ANSWER_TIME_NS_MAX, CARD_BYTES_MAX};
use crate::names::shown;

/// For whom questions are put that no server puts: such a state has no tenants.
pub const LOCAL: &str = "local";

/// The name of a card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(String);

impl CardId {
    /// Makes a name of random bytes, which the caller brings.
    #[must_use]
    pub fn from_random(random: [u8; 8]) -> Self {
        Self(hex::encode(random))
    }

    /// The name as it is typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CardId {
    type Err = StateError;

    fn from_str(text: &str) -> Result<Self, StateError> {
        if is_hex(text, 16) {
            return Ok(Self(text.to_owned()));
        }
        let rule = "it has 16 of `0-9` and `a-f`";
        Err(invalid("name of a card", shown(text), rule))
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What is asked about. Questions are equal if all of it is, and an answer is to this question alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// For whom: the tenant of a server, or [`LOCAL`].
    pub tenant: String,
    /// SHA-256 of the module, in hexadecimal digits.
    pub module: String,
    /// The kind of thing the call reaches.
    pub capability: String,
    /// First part of the function's name.
    pub interface: String,
    /// Second part of the function's name.
    pub operation: String,
    /// SHA-256 of the arguments, or of what the call reaches, in hexadecimal digits.
    pub arguments: String,
    /// The hash of the policy that asks, in hexadecimal digits.
    pub policy: String,
}

/// Somebody who wants an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiter {
    /// The execution that is parked; no two have the same name.
    pub execution: String,
    /// Who asked for it.
    pub requester: Principal,
    /// The process it is in, for those who want to know whether it lives.
    pub process: String,
}

/// The most that a run may use and cost which begins once somebody allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Gas.
    pub gas: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Wall time, milliseconds.
    pub wall_ms: u64,
    /// Millionths of a US dollar.
    pub cost_micro_usd: u64,
}

/// A question that is put.
#[derive(Debug, Clone)]
pub struct NewCard {
    /// The card's name, if there is no card for this question yet.
    pub id: CardId,
    /// What is asked about.
    pub question: Question,
    /// What the call reaches, or its arguments, for people.
    pub target: String,
    /// Why it is asked.
    pub reason: String,
    /// How dangerous the policy thinks it is, if it says so.
    pub risk: Option<String>,
    /// The gas that the execution has used so far.
    pub gas_used: u64,
    /// What it may use, where the question is about a whole run.
    pub most: Option<Most>,
    /// Who wants the answer.
    pub waiter: Waiter,
    /// From when on an answer is late, nanoseconds since 1970.
    pub expires_at: i64,
    /// Where it comes from, for the audit log: an address, or `local`.
    pub origin: String,
    /// The request that it came with, for the audit log; empty without one.
    pub request: String,
}

impl NewCard {
    /// Refuses what is no question, at `now`.
    pub(crate) fn check(&self, now: i64) -> Result<(), StateError> {
        let Self {
            id: _,
            question,
            target,
            reason,
            risk,
            gas_used,
            most,
            waiter,
            expires_at,
            origin: _,
            request: _,
        } = self;
        let Question {
            tenant,
            module,
            capability,
            interface,
            operation,
            arguments,
            policy,
        } = question;
        for (what, digest) in [
            ("digest of a module", module),
            ("digest of arguments", arguments),
            ("hash of a policy", policy),
        ] {
            if !is_hex(digest, 64) {
                let rule = "it has 64 of `0-9` and `a-f`";
                return Err(invalid(what, shown(digest), rule));
            }
        }
        let Waiter {
            execution,
            requester: _,
            process,
        } = waiter;
        let risk = risk.as_deref().unwrap_or_default();
        let texts = [
            tenant, capability, interface, operation, target, reason, risk, execution, process,
        ];
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        if bytes > CARD_BYTES_MAX {
            let rule = format!("a card has at most {CARD_BYTES_MAX} bytes");
            return Err(invalid("card", format!("{bytes} bytes"), rule));
        }
        let most = most.map_or([0; 4], |most| {
            [
                most.gas,
                most.memory_bytes,
                most.wall_ms,
                most.cost_micro_usd,
            ]
        });
        for amount in most.into_iter().chain([*gas_used]) {
            if i64::try_from(amount).is_err() {
                let what = "amount on a card";
                return Err(invalid(what, amount.to_string(), "it is below 2^63"));
            }
        }
        let time = expires_at.saturating_sub(now);
        if !(1..=ANSWER_TIME_NS_MAX).contains(&time) {
            let rule = format!("it is 1 to {ANSWER_TIME_NS_MAX} ns");
            return Err(invalid("time to answer", format!("{time} ns"), rule));
        }
        Ok(())
    }
}

/// How far a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardState {
    /// Nobody has answered.
    Pending,
    /// Somebody has answered, and nobody was told yet.
    Answered,
    /// Nobody answered in time, or the answer was not fetched in time, or the execution that waited went away.
    Expired,
    /// The execution that waited has the answer.
    Used,
}

impl CardState {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Answered => "answered",
            Self::Expired => "expired",
            Self::Used => "used",
        }
    }
}

/// What somebody says to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This call happens, once.
    AllowOnce,
    /// It happens whenever the execution that put the question makes it.
    AllowRun,
    /// It happens whenever this module makes it, in every execution.
    AllowModule,
    /// It does not happen, and the execution does not ask this again.
    Deny,
    /// It does not happen, and nothing happens that the execution would have to ask about.
    DenyAll,
}

impl Answer {
    /// Every answer.
    pub const ALL: [Self; 5] = [
        Self::AllowOnce,
        Self::AllowRun,
        Self::AllowModule,
        Self::Deny,
        Self::DenyAll,
    ];

    /// Those that a server takes: a run of it asks once, before it begins.
    pub const OF_SERVERS: [Self; 3] = [Self::AllowOnce, Self::AllowModule, Self::Deny];

    /// Returns the answer of this name, which is one of `these`.
    ///
    /// # Errors
    /// [`StateError::Invalid`], which names them all.
    pub fn named(name: &str, these: &[Self]) -> Result<Self, StateError> {
        let found = these.iter().find(|answer| answer.name() == name);
        found.copied().ok_or_else(|| {
            let all: Vec<&str> = these.iter().map(|answer| answer.name()).collect();
            let rule = format!("it is one of `{}`", all.join("`, `"));
            invalid("answer", shown(name), rule)
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllowOnce => "allow-once",
            Self::AllowRun => "allow-run",
            Self::AllowModule => "allow-module",
            Self::Deny => "deny",
            Self::DenyAll => "deny-all",
        }
    }

    /// Whether the call happens.
    #[must_use]
    pub const fn allows(self) -> bool {
        match self {
            Self::AllowOnce | Self::AllowRun | Self::AllowModule => true,
            Self::Deny | Self::DenyAll => false,
        }
    }
}

impl FromStr for Answer {
    type Err = StateError;

    fn from_str(name: &str) -> Result<Self, StateError> {
        Self::named(name, &Self::ALL)
    }
}

/// An answer that somebody gives.
#[derive(Debug, Clone)]
pub struct Reply<'a> {
    /// The card.
    pub card: &'a CardId,
    /// What is said.
    pub answer: Answer,
    /// Who says it.
    pub by: &'a Principal,
    /// For how long an answer holds that is for more than one call, nanoseconds.
    pub stands_ns: i64,
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// What was said.
    pub answer: Answer,
    /// Who said it.
    pub by: Principal,
    /// When, nanoseconds since 1970.
    pub at: i64,
    /// From when on it counts for nothing.
    pub valid_until: i64,
    /// How many calls it has decided.
    pub uses: u64,
    /// When it decided the last one.
    pub used_at: Option<i64>,
}

/// Somebody who waits at a card, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub waiter: Waiter,
    /// Since when, nanoseconds since 1970.
    pub since: i64,
    /// When it went away without an answer; a process that was killed never says so.
    pub left_at: Option<i64>,
}

/// A card as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its place among all cards; lists go by it.
    pub seq: i64,
    /// Its name.
    pub id: CardId,
    /// When the question was put, nanoseconds since 1970.
    pub created_at: i64,
    /// From when on an answer is late.
    pub expires_at: i64,
    /// What is asked about.
    pub question: Question,
    /// What the call reaches, or its arguments, for people.
    pub target: String,
    /// Why it is asked.
    pub reason: String,
    /// How dangerous the policy thinks it is.
    pub risk: Option<String>,
    /// The gas that the first execution had used when it asked.
    pub gas_used: u64,
    /// What it may use, where the question is about a whole run.
    pub most: Option<Most>,
    /// How far it was when something was last written; [`Card::state_at`] knows the time.
    pub state: CardState,
    /// What was answered.
    pub answer: Option<KeptAnswer>,
    /// Who waits, the one who put the question first.
    pub waiting: Vec<Waiting>,
}

/// What an execution is told: the answer to its question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The card that was answered.
    pub card: CardId,
    /// What was said.
    pub answer: Answer,
    /// The name of who said it.
    pub by: String,
}

/// What becomes of a question that is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposed {
    /// This card has to be answered.
    Asked(CardId),
    /// An answer that was given before holds for it.
    Stands(Given),
}
