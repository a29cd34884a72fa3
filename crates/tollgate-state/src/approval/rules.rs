//! Which answers count, and for whom: the one place that knows.
//!
//! * Somebody answers a card once, in time, and is none of those who ever waited at it, by any of their names.
//! * An answer decides about the question of its card alone: this module, this function, these arguments, this policy. It is for
//!   those who waited there; one for a run or a module is for later calls of those as well, until its time is up.
//! * What allows once is used once.
//! * Nobody is allowed something by an answer of their own, also one that was given to somebody else and holds for a module.
//! * On a server an answer that allows counts while the key that gave it is good, and an approver's.

use super::{Answer, Card, CardId, CardState, Given, KeptAnswer, LOCAL, NewCard, Question, Reply};
use crate::access::Role;
use crate::error::{StateError, invalid};
use crate::limits::ANSWER_STANDS_NS_MAX;

/// Why an answer does not count, or a question cannot be put.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the message of a variant says what its fields are"
)]
pub enum ApprovalError {
    /// There is no card of this name.
    #[error("there is no card `{card}`")]
    Absent { card: CardId },
    /// The person who answers is the one who asks.
    #[error(
        "`{name}` asked for the run that waits at card `{card}`, and cannot answer it; somebody else has to"
    )]
    Requester { card: CardId, name: String },
    /// Somebody has answered before.
    #[error("card `{card}` was answered before: `{}` by `{by}`", answer.name())]
    Answered {
        card: CardId,
        answer: Answer,
        by: String,
    },
    /// Its time is up.
    #[error("card `{card}` has expired: nobody answered while somebody waited")]
    Expired { card: CardId },
    /// What allowed one call, or one execution, has done that.
    #[error("the answer of card `{card}` is another call's")]
    Used { card: CardId },
    /// Who allowed it may not allow anything any more.
    #[error("the key `{by}`, which allowed it at card `{card}`, is not good any more")]
    Withdrawn { card: CardId, by: String },
    /// The answer is to another question.
    #[error("card `{card}` is about another {what}, so its answer decides nothing here")]
    OtherQuestion { card: CardId, what: &'static str },
    /// The execution has not put this question.
    #[error("execution `{execution}` does not wait at card `{card}`")]
    NotWaiting { card: CardId, execution: String },
    /// There is no room.
    #[error("there are {most} {what} already, and no room for another")]
    Full { what: &'static str, most: i64 },
    /// The state could not be read or written, or a value breaks a rule.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Question {
    /// The first part in which two questions differ.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        let Self {
            tenant,
            module,
            capability,
            interface,
            operation,
            arguments,
            policy,
        } = self;
        let parts = [
            ("tenant", tenant, &other.tenant),
            ("module", module, &other.module),
            ("kind of call", capability, &other.capability),
            ("function", interface, &other.interface),
            ("function", operation, &other.operation),
            ("arguments", arguments, &other.arguments),
            ("policy", policy, &other.policy),
        ];
        let found = parts.iter().find(|(_, one, other)| one != other);
        found.map(|(what, ..)| *what)
    }
}

impl Card {
    /// How far it is at `now`.
    #[must_use]
    pub fn state_at(&self, now: i64) -> CardState {
        let over = match (self.state, &self.answer) {
            (CardState::Pending, _) => now >= self.expires_at,
            (CardState::Answered, Some(kept)) => now >= kept.valid_until,
            (CardState::Answered, None) => true,
            (CardState::Expired | CardState::Used, _) => false,
        };
        if over { CardState::Expired } else { self.state }
    }

    /// Returns what is kept of a reply at `now`, if it counts.
    pub(crate) fn answered(
        &self,
        reply: &Reply<'_>,
        now: i64,
    ) -> Result<KeptAnswer, ApprovalError> {
        let Reply {
            card: _,
            answer,
            by,
            stands_ns,
        } = *reply;
        let card = || self.id.clone();
        for waiting in &self.waiting {
            if let Some(name) = by.shared_name(&waiting.waiter.requester) {
                let name = name.to_owned();
                return Err(ApprovalError::Requester { card: card(), name });
            }
        }
        if let Some(before) = &self.answer {
            return Err(ApprovalError::Answered {
                card: card(),
                answer: before.answer,
                by: before.by.name().to_owned(),
            });
        }
        if self.state_at(now) != CardState::Pending {
            return Err(ApprovalError::Expired { card: card() });
        }
        if !(1..=ANSWER_STANDS_NS_MAX).contains(&stands_ns) {
            let rule = format!("it is 1 to {ANSWER_STANDS_NS_MAX} ns");
            let value = format!("{stands_ns} ns");
            return Err(invalid("time for which an answer holds", value, rule).into());
        }
        Ok(KeptAnswer {
            answer,
            by: by.clone(),
            at: now,
            valid_until: match answer {
                Answer::AllowOnce => self.expires_at,
                Answer::AllowRun | Answer::AllowModule | Answer::Deny | Answer::DenyAll => {
                    now.saturating_add(stands_ns)
                }
            },
            uses: 0,
            used_at: None,
        })
    }

    /// Returns the answer that `execution`, which has put `question`, gets at `now`; `None` while there is none.
    pub(crate) fn given(
        &self,
        question: &Question,
        execution: &str,
        now: i64,
    ) -> Result<Option<Given>, ApprovalError> {
        let card = || self.id.clone();
        if let Some(what) = self.question.difference(question) {
            return Err(ApprovalError::OtherQuestion { card: card(), what });
        }
        if !self.is_waiting(execution) {
            let execution = execution.to_owned();
            return Err(ApprovalError::NotWaiting {
                card: card(),
                execution,
            });
        }
        let Some(kept) = &self.answer else {
            return match self.state_at(now) {
                CardState::Pending => Ok(None),
                CardState::Answered | CardState::Expired | CardState::Used => {
                    Err(ApprovalError::Expired { card: card() })
                }
            };
        };
        if now >= kept.valid_until {
            return Err(ApprovalError::Expired { card: card() });
        }
        if kept.answer == Answer::AllowOnce && kept.uses > 0 {
            return Err(ApprovalError::Used { card: card() });
        }
        if kept.answer == Answer::AllowRun && !self.is_first(execution) {
            // It is another run's, which was there before.
            return Err(ApprovalError::Used { card: card() });
        }
        Ok(Some(self.told(kept)))
    }

    /// Returns the answer of this card if it holds for a question that is put at `now`, so that nobody is asked.
    pub(crate) fn stands(&self, asked: &NewCard, now: i64) -> Option<Given> {
        let kept = self.answer.as_ref().filter(|kept| now < kept.valid_until)?;
        let NewCard {
            question, waiter, ..
        } = asked;
        let same = self.question.difference(question).is_none();
        let own = kept.by.shared_name(&waiter.requester).is_some();
        let execution = &waiter.execution;
        let holds = match kept.answer {
            Answer::AllowOnce => false,
            Answer::AllowRun => same && !own && self.is_first(execution),
            Answer::AllowModule => same && !own,
            Answer::Deny => same && self.is_waiting(execution),
            Answer::DenyAll => self.is_waiting(execution),
        };
        holds.then(|| self.told(kept))
    }

    /// The key that has to be good, and the role that it has to have, for an answer of this card to count; `None`: it counts.
    pub(crate) fn rests_on<'g>(&self, given: &'g Given) -> Option<(&'g str, Role)> {
        let is_local = self.question.tenant == LOCAL;
        let counts = is_local || !given.answer.allows();
        (!counts).then_some((&given.by, Role::Approver))
    }

    fn told(&self, kept: &KeptAnswer) -> Given {
        Given {
            card: self.id.clone(),
            answer: kept.answer,
            by: kept.by.name().to_owned(),
        }
    }

    fn is_waiting(&self, execution: &str) -> bool {
        let mut waiting = self.waiting.iter();
        waiting.any(|waiting| waiting.waiter.execution == execution && waiting.left_at.is_none())
    }

    /// Whether this execution put the question, rather than joining later.
    fn is_first(&self, execution: &str) -> bool {
        let first = self.waiting.first();
        first.is_some_and(|first| first.waiter.execution == execution)
    }
}
