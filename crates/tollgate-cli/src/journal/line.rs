//! A line of a journal: what docs/guide.md says of it. What is written is read again as the same record.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tollgate::sandbox::{
    Aside, Because, CallDecision, CallRecord, CallResult, CallTarget, Capability, DecidedBy,
    Digest, Effect, ExecutionId, GateFacts, GivenAnswer, Need, Returned, ShadowSaid, Violation,
};

/// The version of a line, and that of one with what a policy reads of the call, or what a shadow said.
const VERSION: u32 = 1;
const VERSION_WITH_ASIDE: u32 = 2;

type Text<'a> = Cow<'a, str>;

/// A line. Of `path` to `other` there is one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    version: u32,
    execution: u64,
    sequence: u64,
    capability: Capability,
    interface: Text<'a>,
    operation: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<SocketAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    host: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arguments_digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exit: Option<Text<'a>>,
    /// One this version has no word for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other: Option<String>,
    decision: Step,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<By>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered_by: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "is_false")]
    pure: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    written_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    returned_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    returned_digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    because: Vec<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lacks: Vec<Lack<'a>>,
    gas: u64,
    time_ns: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<Cow<'a, GateFacts>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shadow: Option<ShadowSaid>,
}

/// What the grant lacks. Of the need there is all or nothing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lack<'a> {
    capability: Capability,
    operation: Text<'a>,
    detail: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    need: Option<Needed<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Needed<'a> {
    capability: Capability,
    what: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<Text<'a>>,
}

impl<'a> Lack<'a> {
    fn of(lack: &'a Violation) -> Self {
        let Violation {
            capability,
            call,
            detail,
            need,
            // The record's own.
            decision: _,
        } = lack;
        Self {
            capability: *capability,
            operation: Cow::Borrowed(call),
            detail: Cow::Borrowed(detail),
            need: need.as_ref().map(|need| Needed {
                capability: need.capability,
                what: Cow::Borrowed(&need.what),
                entry: need.entry.as_deref().map(Cow::Borrowed),
            }),
        }
    }

    fn violation(self) -> Violation {
        let Self {
            capability,
            operation,
            detail,
            need,
        } = self;
        Violation {
            capability,
            call: operation.into_owned(),
            detail: detail.into_owned(),
            need: need.map(|need| {
                Box::new(Need {
                    capability: need.capability,
                    what: need.what.into_owned(),
                    entry: need.entry.map(Cow::into_owned),
                })
            }),
            decision: None,
        }
    }
}

fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    Allowed,
    Denied,
    Proposed,
    Answered,
    Started,
    Returned,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum By {
    Grant,
    Policy,
    Answer,
    Journal,
}

impl By {
    const fn of(by: DecidedBy) -> Self {
        match by {
            DecidedBy::Grant => Self::Grant,
            DecidedBy::Gate => Self::Policy,
            DecidedBy::Answer => Self::Answer,
            DecidedBy::Sink => Self::Journal,
        }
    }

    const fn who(self) -> DecidedBy {
        match self {
            Self::Grant => DecidedBy::Grant,
            Self::Policy => DecidedBy::Gate,
            Self::Answer => DecidedBy::Answer,
            Self::Journal => DecidedBy::Sink,
        }
    }
}

impl<'a> Line<'a> {
    pub(super) fn of(record: &'a CallRecord) -> Self {
        let CallRecord {
            execution,
            sequence,
            capability,
            module,
            name,
            target,
            decision,
            because: Because { explained, lacks },
            aside: Aside { facts, shadow },
            gas,
            time,
        } = record;
        let mut line = Self {
            version: match (facts, shadow) {
                (None, None) => VERSION,
                _ => VERSION_WITH_ASIDE,
            },
            execution: execution.0,
            sequence: *sequence,
            capability: *capability,
            interface: Cow::Borrowed(module),
            operation: Cow::Borrowed(name),
            path: None,
            address: None,
            host: None,
            arguments_digest: None,
            exit: None,
            other: None,
            decision: Step::Proposed,
            by: None,
            reason: None,
            answer: None,
            answered_by: None,
            card: None,
            pure: false,
            failed: None,
            written_bytes: None,
            returned_bytes: None,
            returned_digest: None,
            because: explained
                .iter()
                .map(|line| Cow::Borrowed(&**line))
                .collect(),
            lacks: lacks.iter().map(Lack::of).collect(),
            gas: *gas,
            time_ns: u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
            facts: facts.as_ref().map(Cow::Borrowed),
            shadow: *shadow,
        };
        line.reach(target);
        line.decide(decision);
        line
    }

    fn reach(&mut self, target: &'a CallTarget) {
        match target {
            CallTarget::Path(path) => self.path = Some(Cow::Borrowed(path)),
            CallTarget::Address(address) => self.address = Some(*address),
            CallTarget::Host(host) => self.host = Some(Cow::Borrowed(host)),
            CallTarget::Function(arguments) => self.arguments_digest = Some(*arguments),
            CallTarget::Exit(status) => self.exit = Some(Cow::Borrowed(status)),
            other => self.other = Some(format!("{other:?}")),
        }
    }

    fn decide(&mut self, decision: &'a CallDecision) {
        let (step, by) = match decision {
            CallDecision::Allowed { by } => (Step::Allowed, Some(*by)),
            CallDecision::Denied { by, reason } => {
                self.reason = Some(&**reason)
                    .filter(|reason| !reason.is_empty())
                    .map(Cow::Borrowed);
                (Step::Denied, Some(*by))
            }
            CallDecision::Proposed => (Step::Proposed, Some(DecidedBy::Gate)),
            CallDecision::Answered(GivenAnswer { answer, by, card }) => {
                self.answer = Some(Cow::Borrowed(answer));
                self.answered_by = Some(Cow::Borrowed(by));
                self.card = card.as_deref().map(Cow::Borrowed);
                (Step::Answered, Some(DecidedBy::Answer))
            }
            CallDecision::Started => (Step::Started, None),
            CallDecision::Returned { effect, result } => {
                self.pure = *effect == Effect::None;
                self.end(result);
                (Step::Returned, None)
            }
        };
        self.decision = step;
        self.by = by.map(By::of);
    }

    fn end(&mut self, result: &'a CallResult) {
        match result {
            CallResult::Failed(why) => self.failed = Some(Cow::Borrowed(why)),
            CallResult::Done(Returned::Nothing) => {}
            CallResult::Done(Returned::Count(bytes)) => self.written_bytes = Some(*bytes),
            CallResult::Done(Returned::Bytes { bytes, digest }) => {
                self.returned_bytes = Some(*bytes);
                self.returned_digest = Some(*digest);
            }
        }
    }
}

impl Line<'_> {
    /// Returns the record that was written so.
    pub(super) fn record(self) -> Result<CallRecord, &'static str> {
        match (self.version, &self.facts, self.shadow) {
            (VERSION, None, None) | (VERSION_WITH_ASIDE, _, _) => {}
            (VERSION, _, _) => return Err("it has what lines of version 1 do not have"),
            _ => return Err("it has another version than 1 and 2"),
        }
        Ok(CallRecord {
            execution: ExecutionId(self.execution),
            sequence: self.sequence,
            capability: self.capability,
            target: self.target()?,
            decision: self.step()?,
            because: Because {
                explained: self.because.into_iter().map(Cow::into_owned).collect(),
                lacks: self.lacks.into_iter().map(Lack::violation).collect(),
            },
            aside: Aside {
                facts: self.facts.map(Cow::into_owned),
                shadow: self.shadow,
            },
            gas: self.gas,
            time: Duration::from_nanos(self.time_ns),
            module: self.interface.into_owned(),
            name: self.operation.into_owned(),
        })
    }

    fn target(&self) -> Result<CallTarget, &'static str> {
        let text = |text: &Option<Text<'_>>| text.as_ref().map(ToString::to_string);
        let mut targets = [
            text(&self.path).map(CallTarget::Path),
            self.address.map(CallTarget::Address),
            text(&self.host).map(CallTarget::Host),
            self.arguments_digest.map(CallTarget::Function),
            text(&self.exit).map(CallTarget::Exit),
        ]
        .into_iter()
        .flatten();
        match (targets.next(), targets.next()) {
            (Some(target), None) => Ok(target),
            _ => Err("it says nothing, or two things, about what the call reaches"),
        }
    }

    fn step(&self) -> Result<CallDecision, &'static str> {
        let text = |text: &Option<Text<'_>>| text.as_ref().map(ToString::to_string);
        let by = self.by.map(By::who).ok_or("it does not say who decided");
        Ok(match self.decision {
            Step::Allowed => CallDecision::Allowed { by: by? },
            Step::Denied => CallDecision::Denied {
                by: by?,
                reason: text(&self.reason).unwrap_or_default(),
            },
            Step::Proposed => CallDecision::Proposed,
            Step::Answered => CallDecision::Answered(GivenAnswer {
                answer: text(&self.answer).ok_or("it has no answer")?,
                by: text(&self.answered_by).ok_or("it does not say who answered")?,
                card: text(&self.card),
            }),
            Step::Started => CallDecision::Started,
            Step::Returned => CallDecision::Returned {
                effect: match self.pure {
                    true => Effect::None,
                    false => Effect::Some,
                },
                result: self.result()?,
            },
        })
    }

    fn result(&self) -> Result<CallResult, &'static str> {
        let returned = match (
            self.written_bytes,
            self.returned_bytes,
            self.returned_digest,
        ) {
            (None, None, None) => Returned::Nothing,
            (Some(bytes), None, None) => Returned::Count(bytes),
            (None, Some(bytes), Some(digest)) => Returned::Bytes { bytes, digest },
            _ => return Err("it says two things about what the call returned"),
        };
        match (&self.failed, returned) {
            (None, returned) => Ok(CallResult::Done(returned)),
            (Some(why), Returned::Nothing) => Ok(CallResult::Failed(why.to_string())),
            (Some(_), _) => Err("it says that the call failed, and what it returned"),
        }
    }
}
