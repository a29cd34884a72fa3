//! Providers of facts with names: which one answers which kind, and whose fault a failure is.
//!
//! An engine only says that a fact failed. Here every answer is checked against the type of its kind before an engine sees
//! it, and the first failure is kept with the name of its provider, the question and the reason. A kind without a provider
//! fails too: nothing is ever guessed, and no failure leads to an accept.

use std::fmt;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use tollgate_ecl::data::types::Type;
use tollgate_ecl::{Answer, FactError, FactKind, Facts, Program};

use super::required_facts;

/// Why a fact could not be had, and from whom.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}the fact `{}({})`: {problem}", by(.provider.as_deref()), kind.name(), args.join(", "))]
pub struct ProviderFailure {
    /// Name of the provider; `None` when no provider answers this kind.
    pub provider: Option<Box<str>>,
    /// What was asked.
    pub kind: FactKind,
    /// With what.
    pub args: Vec<String>,
    /// What went wrong.
    pub problem: Problem,
}

fn by(provider: Option<&str>) -> String {
    provider.map_or_else(String::new, |name| format!("provider `{name}` of "))
}

/// What goes wrong with a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Nobody answers this kind.
    #[error("it has no provider; add one for it")]
    Missing,
    /// The provider says so, or did not answer in time.
    #[error("{0}")]
    Failed(String),
    /// The answer is not of the kind's type.
    #[error("it answered {found} where {expected} belongs")]
    WrongType {
        /// The type of the kind.
        expected: &'static str,
        /// What came.
        found: &'static str,
    },
    /// The answer is of the type, but not one of its values.
    #[error("it answered {found}, and {rule}")]
    OutOfRange {
        /// What came.
        found: String,
        /// What holds for answers of the kind.
        rule: &'static str,
    },
}

/// Two providers for one kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the provider `{second}` cannot answer `{}`: the provider `{first}` does already",
    kind.name()
)]
pub struct DuplicateProvider {
    /// The kind.
    pub kind: FactKind,
    /// Who answers it.
    pub first: Box<str>,
    /// Who was to answer it too.
    pub second: Box<str>,
}

struct Entry<'f> {
    name: Box<str>,
    facts: &'f mut dyn Facts,
}

/// Providers by the kinds they answer.
#[derive(Default)]
pub struct Providers<'f> {
    entries: Vec<Entry<'f>>,
    by_kind: [Option<usize>; FactKind::ALL.len()],
    failure: Option<ProviderFailure>,
}

impl fmt::Debug for Providers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.entries.iter().map(|entry| &entry.name))
            .finish()
    }
}

impl<'f> Providers<'f> {
    /// No providers: every fact fails.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One provider for everything.
    #[must_use]
    pub fn one(name: &str, facts: &'f mut dyn Facts) -> Self {
        Self {
            entries: vec![Entry {
                name: name.into(),
                facts,
            }],
            by_kind: [Some(0); FactKind::ALL.len()],
            failure: None,
        }
    }

    /// Adds a provider for these kinds.
    ///
    /// # Errors
    /// When one of the kinds has a provider.
    pub fn add(
        &mut self,
        name: &str,
        kinds: &[FactKind],
        facts: &'f mut dyn Facts,
    ) -> Result<(), DuplicateProvider> {
        let taken = kinds.iter().find_map(|kind| {
            let entry = self.entries.get(self.place(*kind)?)?;
            Some((*kind, entry.name.clone()))
        });
        if let Some((kind, first)) = taken {
            return Err(DuplicateProvider {
                kind,
                first,
                second: name.into(),
            });
        }
        for kind in kinds {
            if let Some(place) = self.by_kind.get_mut(*kind as usize) {
                *place = Some(self.entries.len());
            }
        }
        self.entries.push(Entry {
            name: name.into(),
            facts,
        });
        Ok(())
    }

    /// The kinds that a program may ask for and nobody answers, sorted.
    #[must_use]
    pub fn missing(&self, program: &Program) -> Vec<FactKind> {
        let mut kinds: Vec<_> = required_facts(program)
            .into_iter()
            .map(|fact| fact.kind)
            .filter(|kind| self.place(*kind).is_none())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The first failure since the last call, with the name of the provider.
    pub fn take_failure(&mut self) -> Option<ProviderFailure> {
        self.failure.take()
    }

    fn place(&self, kind: FactKind) -> Option<usize> {
        self.by_kind.get(kind as usize).copied().flatten()
    }

    /// Asks the provider of a kind, and keeps what goes wrong.
    fn from<R>(
        &mut self,
        kind: FactKind,
        args: &[&str],
        ask: impl FnOnce(&mut dyn Facts) -> Result<R, FactError>,
        check: impl FnOnce(&R) -> Result<(), Problem>,
    ) -> Result<R, FactError> {
        let place = self.place(kind);
        let entry = place.and_then(|place| self.entries.get_mut(place));
        let (provider, answer) = match entry {
            None => (None, Err(Problem::Missing)),
            Some(entry) => {
                let asked = ask(&mut *entry.facts).map_err(|error| Problem::Failed(error.0));
                let answer = asked.and_then(|answer| check(&answer).map(|()| answer));
                (Some(entry.name.clone()), answer)
            }
        };
        answer.map_err(|problem| {
            let failure = ProviderFailure {
                provider,
                kind,
                args: args.iter().map(ToString::to_string).collect(),
                problem,
            };
            let error = FactError(failure.to_string());
            self.failure.get_or_insert(failure);
            error
        })
    }
}

impl Facts for Providers<'_> {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        self.from(
            FactKind::Trust,
            &[did],
            |facts| facts.trust(did),
            |vector| vector.as_ref().map_or(Ok(()), check_trust),
        )
    }

    fn has_credential(&mut self, subject: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        self.from(
            FactKind::HasCredential,
            &[subject, pattern],
            |facts| facts.has_credential(subject, pattern),
            |_| Ok(()),
        )
    }

    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        self.from(
            kind,
            args,
            |facts| facts.ask(kind, args),
            |answer| check_answer(kind, answer),
        )
    }
}

fn check_answer(kind: FactKind, answer: &Answer) -> Result<(), Problem> {
    let (found, fits) = match (answer, kind.answer()) {
        (Answer::Unknown, _) => return Ok(()),
        (Answer::Trust(vector), Type::Trust) => return check_trust(vector),
        (Answer::Number(number), Type::Number) if !number.is_finite() => {
            return Err(Problem::OutOfRange {
                found: number.to_string(),
                rule: "a number is finite",
            });
        }
        (Answer::Bool(_), ty) => ("a bool", ty == Type::Bool),
        (Answer::Int(_), ty) => ("an int", ty == Type::Int),
        (Answer::Number(_), ty) => ("a number", ty == Type::Number),
        (Answer::Decimal(_), ty) => ("a decimal", ty == Type::Decimal),
        (Answer::Trust(_), _) => ("a trust vector", false),
        (Answer::Text(_), ty) => ("a text", ty.is_text()),
        (Answer::Texts(_), ty) => ("a list of texts", matches!(ty, Type::List(..))),
    };
    if fits {
        return Ok(());
    }
    Err(Problem::WrongType {
        expected: name(&kind.answer()),
        found,
    })
}

fn check_trust(vector: &[f64; 6]) -> Result<(), Problem> {
    match vector.iter().find(|part| !(0.0..=1.0).contains(*part)) {
        Some(part) => Err(Problem::OutOfRange {
            found: part.to_string(),
            rule: "each dimension of trust is in 0..1",
        }),
        None => Ok(()),
    }
}

/// What an answer of that type is called.
fn name(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "a bool",
        Type::Int => "an int",
        Type::Number => "a number",
        Type::Decimal => "a decimal",
        Type::Trust => "a trust vector",
        Type::List(..) => "a list of texts",
        _ => "a text",
    }
}

/// A question on its way to the thread that answers it.
struct Errand {
    kind: FactKind,
    args: Vec<String>,
    answer: SyncSender<Result<Answer, FactError>>,
}

/// A provider that is given so much time for each answer.
///
/// It runs on a thread of its own, so that even one that never returns is given up: that question fails, and every later
/// one at once. The thread ends when the provider returns after this has been dropped.
#[derive(Debug)]
pub struct Timed {
    errands: SyncSender<Errand>,
    time_max: Duration,
    stuck: bool,
}

impl Timed {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(
        facts: impl Facts + Send + 'static,
        time_max: Duration,
    ) -> Result<Self, std::io::Error> {
        let (errands, waiting) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name("facts".to_owned())
            .spawn(move || serve(facts, &waiting))?;
        Ok(Self {
            errands,
            time_max,
            stuck: false,
        })
    }

    fn send(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        let late = || {
            FactError(format!(
                "no answer within {} ms; raise its time limit or check what it waits for",
                self.time_max.as_millis()
            ))
        };
        if self.stuck {
            return Err(late());
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let args = args.iter().map(ToString::to_string).collect();
        let gone = || FactError("its thread has ended".to_owned());
        let errand = Errand { kind, args, answer };
        self.errands.send(errand).map_err(|_| gone())?;
        match answered.recv_timeout(self.time_max) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
            Err(RecvTimeoutError::Timeout) => {
                let error = late();
                self.stuck = true;
                Err(error)
            }
        }
    }
}

fn serve(mut facts: impl Facts, waiting: &Receiver<Errand>) {
    for errand in waiting {
        let args: Vec<&str> = errand.args.iter().map(String::as_str).collect();
        let answer = facts.ask(errand.kind, &args);
        // Fails only when the asker has given up.
        drop(errand.answer.send(answer));
    }
}

impl Facts for Timed {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        match self.send(FactKind::Trust, &[did])? {
            Answer::Unknown => Ok(None),
            Answer::Trust(vector) => Ok(Some(vector)),
            _ => Err(FactError("its answer is not a trust vector".to_owned())),
        }
    }

    fn has_credential(&mut self, subject: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        match self.send(FactKind::HasCredential, &[subject, pattern])? {
            Answer::Unknown => Ok(None),
            Answer::Bool(holds) => Ok(Some(holds)),
            _ => Err(FactError("its answer is not a bool".to_owned())),
        }
    }

    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        self.send(kind, args)
    }
}
