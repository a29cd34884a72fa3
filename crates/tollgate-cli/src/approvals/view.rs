//! A card for people and for programs.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tollgate::gate::approvals::{Life, ProcessName};
use tollgate::state::approval::{Card, CardState, KeptAnswer, Most, Principal, Question, Waiting};

use crate::amounts::amounts;
use crate::escapes::{clean, quoted};
use crate::quantity::{show_count, show_duration};

/// Whether somebody wants the answer of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    Somebody,
    Nobody,
    /// The process is in another place, of which nothing is known here.
    Unknown,
}

impl Waits {
    pub(super) fn of(card: &Card) -> Self {
        let here = card
            .waiting
            .iter()
            .filter(|waiting| waiting.left_at.is_none());
        let lives: Vec<Life> = here.map(life).collect();
        if lives.contains(&Life::Lives) {
            Self::Somebody
        } else if lives.contains(&Life::Unknown) {
            Self::Unknown
        } else {
            Self::Nobody
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Somebody => "a run waits for it",
            Self::Nobody => "nobody waits for it: the process that asked has ended",
            Self::Unknown => "whether somebody waits for it cannot be told here",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Somebody => "somebody",
            Self::Nobody => "nobody",
            Self::Unknown => "unknown",
        }
    }
}

fn life(waiting: &Waiting) -> Life {
    ProcessName::of(&waiting.waiter.process).life()
}

/// A card in two lines.
pub(super) fn brief(card: &Card, now: i64) -> String {
    let left = match card.state_at(now) {
        CardState::Pending => format!("{} left, ", show_duration(until(card.expires_at, now))),
        CardState::Answered | CardState::Expired | CardState::Used => String::new(),
    };
    format!(
        "{}  {}, {left}{}\n    {} with {}\n",
        card.id,
        card.state_at(now).name(),
        Waits::of(card).words(),
        call(&card.question),
        quoted(&card.target)
    )
}

fn call(question: &Question) -> String {
    let kind = &question.capability;
    clean(&format!(
        "{} of {} ({kind})",
        question.operation, question.interface
    ))
}

/// A card with all there is to know of it.
pub(super) fn whole(card: &Card, now: i64) -> String {
    let Card {
        seq: _,
        id,
        created_at,
        expires_at,
        question,
        target,
        reason,
        risk,
        gas_used,
        most,
        state: _,
        answer,
        waiting,
    } = card;
    let mut lines = vec![
        format!("card       {id}, {}", card.state_at(now).name()),
        format!("call       {}", call(question)),
        format!("with       {}", quoted(target)),
        format!("digest     sha256:{}", question.arguments),
        format!("why        {}", quoted(reason)),
        format!("module     sha256:{}", question.module),
        format!("policy     {}", question.policy),
        format!("gas        {} used so far", show_count(*gas_used)),
        format!("asked      {}", time(*created_at)),
        format!("until      {}", time(*expires_at)),
    ];
    if let Some(most) = most {
        lines.push(format!("most       {}", amounts(most)));
    }
    if let Some(risk) = risk {
        lines.push(format!("risk       {}", quoted(risk)));
    }
    for waiting in waiting {
        lines.push(format!("waits      {}", waiter(waiting)));
    }
    lines.push(format!("           {}", Waits::of(card).words()));
    if let Some(kept) = answer {
        let KeptAnswer {
            answer,
            by,
            at,
            valid_until,
            uses,
            used_at: _,
        } = kept;
        lines.push(format!(
            "answer     {}, by {}, {}",
            answer.name(),
            quoted(by.name()),
            time(*at)
        ));
        lines.push(format!("holds      until {}", time(*valid_until)));
        lines.push(format!("used       {} times", show_count(*uses)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn most_json(most: &Most) -> Json {
    let Most {
        gas,
        memory_bytes,
        wall_ms,
        cost_micro_usd,
    } = most;
    json!({
        "gas": gas,
        "memory_bytes": memory_bytes,
        "timeout_ms": wall_ms,
        "cost_micro_usd": cost_micro_usd,
    })
}

fn waiter(waiting: &Waiting) -> String {
    let process = match (waiting.left_at, life(waiting)) {
        (Some(_), _) => "ended without an answer",
        (None, Life::Lives) => "its process is there",
        (None, Life::Gone) => "its process has ended",
        (None, Life::Unknown) => "its process is elsewhere",
    };
    let who: Vec<String> = waiting.waiter.requester.names().map(quoted).collect();
    let execution = clean(&waiting.waiter.execution);
    format!("execution {execution} for {}; {process}", who.join(", "))
}

/// A card as JSON.
pub(super) fn json(card: &Card, now: i64) -> Json {
    let Card {
        seq: _,
        id,
        created_at,
        expires_at,
        question:
            Question {
                tenant: _,
                module,
                capability,
                interface,
                operation,
                arguments,
                policy,
            },
        target,
        reason,
        risk,
        gas_used,
        most,
        state: _,
        answer,
        waiting,
    } = card;
    json!({
        "card": id.as_str(),
        "state": card.state_at(now).name(),
        "created_at": time(*created_at),
        "expires_at": time(*expires_at),
        "module": format!("sha256:{module}"),
        "capability": capability,
        "interface": interface,
        "operation": operation,
        "target": target,
        "arguments_digest": format!("sha256:{arguments}"),
        "policy": policy,
        "reason": reason,
        "risk": risk,
        "gas_used": gas_used,
        "most": most.as_ref().map(most_json),
        "waits": Waits::of(card).name(),
        "waiting": waiting.iter().map(waiting_json).collect::<Vec<_>>(),
        "answer": answer.as_ref().map(answer_json),
    })
}

fn waiting_json(waiting: &Waiting) -> Json {
    json!({
        "execution": waiting.waiter.execution,
        "requester": names(&waiting.waiter.requester),
        "since": time(waiting.since),
        "left_at": waiting.left_at.map(time),
        "process": match life(waiting) {
            Life::Lives => "lives",
            Life::Gone => "gone",
            Life::Unknown => "unknown",
        },
    })
}

fn answer_json(kept: &KeptAnswer) -> Json {
    let KeptAnswer {
        answer,
        by,
        at,
        valid_until,
        uses,
        used_at,
    } = kept;
    json!({
        "answer": answer.name(),
        "by": names(by),
        "at": time(*at),
        "valid_until": time(*valid_until),
        "uses": uses,
        "used_at": used_at.map(time),
    })
}

fn names(principal: &Principal) -> Vec<&str> {
    principal.names().collect()
}

fn until(at: i64, now: i64) -> Duration {
    Duration::from_nanos(u64::try_from(at.saturating_sub(now)).unwrap_or(0))
}

/// `2025-01-28T10:15:00Z`, or the number where that is no time of any calendar.
fn time(at: i64) -> String {
    let time = jiff::Timestamp::from_nanosecond(at.into());
    time.map_or_else(|_| at.to_string(), |time| time.to_string())
}
