//! Providers of facts: answers kept in memory, read from a facts file, recorded, replayed.
//!
//! A provider answers from one snapshot. What it does not know is unknown, which never leads to an accept by itself; what it
//! was never asked to hold is not guessed.

mod conform;
mod credential;
mod file;
mod required;

use std::collections::HashMap;

pub use self::conform::conforms;
pub use self::credential::Credential;
pub use self::file::FactsFileError;
pub(crate) use self::file::answer_from_json;
pub use self::required::{RequiredFact, RequiredKey, required_facts};
use crate::data::identifier;
use crate::host::facts::{Answer, FactError, Facts};
use crate::ir::FactKind;

/// Facts in memory. Clone it to answer from the same snapshot elsewhere.
#[derive(Debug, Clone, Default)]
pub struct MemoryFacts {
    answers: HashMap<(FactKind, Box<str>, Box<str>), Answer>,
    /// By subject. A subject that is listed has no other credentials; one that is not is unknown.
    credentials: HashMap<Box<str>, Vec<Credential>>,
    /// Issuers that count; `None`: all.
    trusted_issuers: Option<Vec<Box<str>>>,
    /// The snapshot's time, in nanoseconds since 1970, for validity intervals; `None`: intervals are not considered.
    now: Option<i64>,
}

impl MemoryFacts {
    /// Facts that know nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the answer to a question; missing arguments are empty.
    pub fn set(&mut self, kind: FactKind, args: &[&str], answer: Answer) {
        let arg = |i: usize| args.get(i).copied().unwrap_or("").into();
        self.answers.insert((kind, arg(0), arg(1)), answer);
    }

    /// Gives a subject a credential. With it the subject's credentials are known: it has no others.
    pub fn add_credential(&mut self, subject: &str, credential: Credential) {
        self.credentials
            .entry(subject.into())
            .or_default()
            .push(credential);
    }

    /// Makes the credentials of a subject known, though it may have none.
    pub fn know_credentials(&mut self, subject: &str) {
        self.credentials.entry(subject.into()).or_default();
    }

    /// Only credentials of these issuers count.
    pub fn trust_issuers(&mut self, issuers: impl IntoIterator<Item = Box<str>>) {
        self.trusted_issuers = Some(issuers.into_iter().collect());
    }

    /// Sets the snapshot's time, in nanoseconds since 1970.
    pub fn set_now(&mut self, now: i64) {
        self.now = Some(now);
    }

    fn get(&self, kind: FactKind, args: &[&str]) -> Option<&Answer> {
        let arg = |i: usize| Box::from(args.get(i).copied().unwrap_or(""));
        self.answers.get(&(kind, arg(0), arg(1)))
    }
}

impl Facts for MemoryFacts {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        match self.get(FactKind::Trust, &[did]) {
            None | Some(Answer::Unknown) => Ok(None),
            Some(Answer::Trust(vector)) => Ok(Some(*vector)),
            Some(other) => Err(FactError(format!(
                "the trust of `{did}` is not a vector: {other:?}"
            ))),
        }
    }

    fn has_credential(&mut self, subject: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        match self.get(FactKind::HasCredential, &[subject, pattern]) {
            Some(Answer::Bool(holds)) => return Ok(Some(*holds)),
            Some(Answer::Unknown) => return Ok(None),
            Some(other) => {
                return Err(FactError(format!(
                    "whether `{subject}` has `{pattern}` is not a bool: {other:?}"
                )));
            }
            None => {}
        }
        let issuers = self.trusted_issuers.as_deref();
        let credentials = self.credentials.get(subject);
        Ok(credentials.map(|all| all.iter().any(|c| c.counts(pattern, issuers, self.now))))
    }

    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        match (kind, args) {
            (FactKind::Trust, [did]) => {
                return Ok(self.trust(did)?.map_or(Answer::Unknown, Answer::Trust));
            }
            (FactKind::HasCredential, [subject, pattern]) => {
                let holds = self.has_credential(subject, pattern)?;
                return Ok(holds.map_or(Answer::Unknown, Answer::Bool));
            }
            _ => {}
        }
        if let Some(answer) = self.get(kind, args) {
            return Ok(answer.clone());
        }
        match (kind, args) {
            // Nothing else but the two documents is needed to answer.
            (FactKind::ConformsTo, [attributes, blueprint]) => {
                conforms(attributes, blueprint).map(Answer::Bool)
            }
            // A did whose document or blueprint is known resolves.
            (FactKind::ResolveDid, [did]) if self.get(FactKind::Blueprint, &[did]).is_some() => {
                Ok(Answer::Bool(true))
            }
            (FactKind::ResolveDid, [did]) if !identifier::is_did(did) => Ok(Answer::Bool(false)),
            _ => Ok(Answer::Unknown),
        }
    }
}

/// A question and its answer, as it was given during an evaluation.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Recorded {
    /// The question.
    pub kind: FactKind,
    /// Its arguments.
    pub args: Vec<String>,
    /// The answer, or the provider's error.
    pub answer: Result<Answer, String>,
}

/// Passes questions on and records every answer, in order.
pub struct Recorder<'f> {
    inner: &'f mut dyn Facts,
    recorded: Vec<Recorded>,
}

impl<'f> Recorder<'f> {
    /// Records the answers of a provider.
    pub fn new(inner: &'f mut dyn Facts) -> Self {
        Self {
            inner,
            recorded: Vec::new(),
        }
    }

    /// What was asked and answered.
    #[must_use]
    pub fn into_recorded(self) -> Vec<Recorded> {
        self.recorded
    }

    fn record(&mut self, kind: FactKind, args: &[&str], answer: Result<Answer, String>) {
        let finite = match &answer {
            Ok(Answer::Number(number)) => number.is_finite(),
            Ok(Answer::Trust(vector)) => vector.iter().all(|c| c.is_finite()),
            Ok(
                Answer::Bool(_)
                | Answer::Int(_)
                | Answer::Decimal(_)
                | Answer::Text(_)
                | Answer::Texts(_)
                | Answer::Unknown,
            )
            | Err(_) => true,
        };
        // JSON has no such numbers, and to an engine they are a failure of the provider.
        let answer = if finite {
            answer
        } else {
            Err("the provider answered a number that is not finite".into())
        };
        self.recorded.push(Recorded {
            kind,
            args: args.iter().map(ToString::to_string).collect(),
            answer,
        });
    }
}

impl Facts for Recorder<'_> {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        let given = self.inner.trust(did);
        let answer = given
            .clone()
            .map(|v| v.map_or(Answer::Unknown, Answer::Trust));
        self.record(FactKind::Trust, &[did], answer.map_err(|e| e.0));
        given
    }

    fn has_credential(&mut self, subject: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        let given = self.inner.has_credential(subject, pattern);
        let answer = given
            .clone()
            .map(|v| v.map_or(Answer::Unknown, Answer::Bool));
        let args = [subject, pattern];
        self.record(FactKind::HasCredential, &args, answer.map_err(|e| e.0));
        given
    }

    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        let given = self.inner.ask(kind, args);
        self.record(kind, args, given.clone().map_err(|e| e.0));
        given
    }
}

/// Answers from a record. A question that is not in it is an error: what the host would have said is not known.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    answers: HashMap<(FactKind, Vec<String>), Result<Answer, String>>,
}

impl Replay {
    /// Answers as recorded. Of a question asked twice the first answer counts.
    #[must_use]
    pub fn new(recorded: &[Recorded]) -> Self {
        let mut answers = HashMap::new();
        for Recorded { kind, args, answer } in recorded {
            let question = (*kind, args.clone());
            answers.entry(question).or_insert_with(|| answer.clone());
        }
        Self { answers }
    }
}

impl Facts for Replay {
    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        let question = (kind, args.iter().map(ToString::to_string).collect());
        match self.answers.get(&question) {
            Some(answer) => answer.clone().map_err(FactError),
            None => Err(FactError(format!(
                "`{}({})` was not asked when this was recorded",
                kind.name(),
                args.join(", ")
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_held_is_unknown() {
        let mut facts = MemoryFacts::new();
        assert_eq!(facts.trust("did:e:a"), Ok(None));
        assert_eq!(facts.has_credential("did:e:a", "did:e:*"), Ok(None));
        for kind in FactKind::ALL {
            if kind != FactKind::ConformsTo {
                let args = &["did:e:a", "x"][..kind.arity()];
                assert_eq!(facts.ask(kind, args), Ok(Answer::Unknown), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_replay_gives_the_recorded_answers_and_errors() {
        let mut facts = MemoryFacts::new();
        facts.set(FactKind::Trust, &["did:e:a"], Answer::Trust([0.5; 6]));
        facts.set(FactKind::Trust, &["did:e:b"], Answer::Bool(true));
        let mut recorder = Recorder::new(&mut facts);
        let given = (
            recorder.trust("did:e:a"),
            recorder.trust("did:e:b"),
            recorder.has_credential("did:e:a", "did:**"),
            recorder.ask(FactKind::Karma, &["did:e:a"]),
        );
        let recorded = recorder.into_recorded();
        assert_eq!(recorded.len(), 4);
        // The record survives a file.
        let json = serde_json::to_string(&recorded).unwrap();
        let recorded: Vec<Recorded> = serde_json::from_str(&json).unwrap();
        let mut replay = Replay::new(&recorded);
        let again = (
            replay.trust("did:e:a"),
            replay.trust("did:e:b"),
            replay.has_credential("did:e:a", "did:**"),
            replay.ask(FactKind::Karma, &["did:e:a"]),
        );
        assert_eq!(again, given);
    }

    #[test]
    fn a_question_that_was_not_recorded_is_an_error() {
        let refused = Replay::default().ask(FactKind::Balance, &["did:e:a", "EUR"]);
        let message = "`balance(did:e:a, EUR)` was not asked when this was recorded";
        assert_eq!(refused, Err(FactError(message.into())));
    }
}
