//! Facts in one round: what a program will ask is listed for an input, answered all at once, and the evaluation runs on the
//! answers.
//!
//! Keys that come from the input or stand in the program are known beforehand; keys that are computed are not, and are asked
//! when the evaluation gets there. The list may be longer than what the evaluation needs: short circuits are not foreseen,
//! and an answer that failed matters only when it is asked for.

use std::collections::HashMap;

use tollgate_ecl::data::types::Type;
use tollgate_ecl::ir::value::{self, Value};
use tollgate_ecl::{Answer, FactError, FactKind, Facts, Input, Program};

use super::{RequiredKey, required_facts};
use crate::limits::PREFETCH_QUESTIONS_MAX;

/// A question to the host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Question {
    /// What is asked.
    pub kind: FactKind,
    /// Its arguments.
    pub args: Vec<String>,
}

/// What a program will ask about an input.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Questions {
    /// Each question once, sorted; at most [`PREFETCH_QUESTIONS_MAX`].
    pub known: Vec<Question>,
    /// Whether these are all: false when a key is computed, or there are more than the bound.
    pub complete: bool,
}

impl Questions {
    /// Lists what `program` will ask about `input`.
    #[must_use]
    pub fn of(program: &Program, input: &Input) -> Self {
        let mut memory = program.pool.bytes.clone();
        memory.resize(program.input_base as usize, 0);
        memory.extend_from_slice(&input.bytes);
        let record = Type::Record(program.input);
        let input = value::load(program, &memory, &record, program.input_base);
        let mut questions = Self {
            known: Vec::new(),
            complete: input.is_some(),
        };
        for fact in required_facts(program) {
            let key = |key: &RequiredKey| match (key, &input) {
                (RequiredKey::Constant(text), _) => Some(Key::Text(text.clone())),
                (RequiredKey::Input(path), Some(value)) => {
                    Some(Key::Value(Place::new(path, value)))
                }
                _ => None,
            };
            match fact.args.iter().map(key).collect() {
                Some(keys) => expand(fact.kind, keys, &mut questions),
                None => questions.complete = false,
            }
        }
        questions.known.sort();
        questions.known.dedup();
        if questions.known.len() > PREFETCH_QUESTIONS_MAX {
            questions.known.truncate(PREFETCH_QUESTIONS_MAX);
            questions.complete = false;
        }
        questions
    }
}

/// An argument that is on its way to being a text.
#[derive(Clone)]
enum Key<'v> {
    Text(String),
    Value(Place<'v>),
}

/// A value of the input, the way that led there, and the rest of the way.
#[derive(Clone)]
struct Place<'v> {
    walked: String,
    rest: Vec<String>,
    value: &'v Value,
}

impl<'v> Place<'v> {
    fn new(path: &str, value: &'v Value) -> Self {
        // `offers[].seller` is three steps: `offers`, `[]`, `seller`. The last one stands first.
        let path = path.replace("[]", ".[]");
        Self {
            walked: String::new(),
            rest: path.split('.').rev().map(str::to_owned).collect(),
            value,
        }
    }

    /// Goes on to the next list, or to the end; `None` at an option that is empty.
    fn walk(mut self) -> Option<Self> {
        loop {
            if let Value::Option(inner) = self.value {
                self.value = inner.as_deref()?;
                continue;
            }
            match self.rest.last() {
                None => return Some(self),
                Some(step) if step == "[]" => return Some(self),
                Some(_) => {
                    let step = self.rest.pop()?;
                    self.value = self.value.field(&step)?;
                    self.walked = format!("{}.{step}", self.walked);
                }
            }
        }
    }

    fn elements(&self) -> Option<&'v [Value]> {
        match (self.rest.last(), self.value) {
            (Some(_), Value::List(items)) => Some(items),
            _ => None,
        }
    }

    /// The same place inside of one element.
    fn enter(&self, number: usize, value: &'v Value) -> Self {
        let rest = self.rest.split_last().map_or(&[][..], |(_, rest)| rest);
        Self {
            walked: format!("{}[{number}]", self.walked),
            rest: rest.to_vec(),
            value,
        }
    }

    fn text(&self) -> Option<String> {
        match self.value {
            Value::String(text)
            | Value::Did(text)
            | Value::Pattern(text)
            | Value::Attributes(text) => Some(text.to_string()),
            _ => None,
        }
    }
}

/// Adds a question for every element of the lists on the way. Arguments that go through the same list go through it
/// together.
fn expand(kind: FactKind, keys: Vec<Key<'_>>, questions: &mut Questions) {
    if questions.known.len() > PREFETCH_QUESTIONS_MAX {
        return;
    }
    let walk = |key| match key {
        Key::Text(text) => Some(Key::Text(text)),
        Key::Value(place) => place.walk().map(Key::Value),
    };
    // An option that is empty: the program does not ask.
    let Some(keys) = keys.into_iter().map(walk).collect::<Option<Vec<_>>>() else {
        return;
    };
    let list = keys.iter().find_map(|key| match key {
        Key::Value(place) => Some((place.walked.clone(), place.elements()?)),
        Key::Text(_) => None,
    });
    let Some((walked, elements)) = list else {
        let text = |key: &Key<'_>| match key {
            Key::Text(text) => Some(text.clone()),
            Key::Value(place) => place.text(),
        };
        match keys.iter().map(text).collect() {
            Some(args) => questions.known.push(Question { kind, args }),
            None => questions.complete = false,
        }
        return;
    };
    for (number, element) in elements.iter().enumerate() {
        let inner = keys
            .iter()
            .map(|key| entered(key, &walked, number, element))
            .collect();
        expand(kind, inner, questions);
    }
}

/// The key inside of an element, when it goes through that list; else as it is.
fn entered<'v>(key: &Key<'v>, list: &str, number: usize, element: &'v Value) -> Key<'v> {
    match key {
        Key::Value(place) if place.walked == list && place.elements().is_some() => {
            Key::Value(place.enter(number, element))
        }
        other => other.clone(),
    }
}

/// Answers given beforehand, and a host for what was not foreseen.
pub struct Prefetched<'f> {
    answers: HashMap<Question, Result<Answer, FactError>>,
    rest: &'f mut dyn Facts,
    late: usize,
}

impl std::fmt::Debug for Prefetched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prefetched")
            .field("answers", &self.answers.len())
            .field("late", &self.late)
            .finish_non_exhaustive()
    }
}

impl<'f> Prefetched<'f> {
    /// Answers with what is given; other questions go to `rest`.
    pub fn new(
        answers: impl IntoIterator<Item = (Question, Result<Answer, FactError>)>,
        rest: &'f mut dyn Facts,
    ) -> Self {
        Self {
            answers: answers.into_iter().collect(),
            rest,
            late: 0,
        }
    }

    /// How many questions had to be asked during the evaluation.
    #[must_use]
    pub fn late(&self) -> usize {
        self.late
    }

    fn known(&self, kind: FactKind, args: &[&str]) -> Option<Result<Answer, FactError>> {
        let args = args.iter().map(ToString::to_string).collect();
        self.answers.get(&Question { kind, args }).cloned()
    }
}

impl Facts for Prefetched<'_> {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        match self.known(FactKind::Trust, &[did]) {
            None => {
                self.late += 1;
                self.rest.trust(did)
            }
            Some(answer) => match answer? {
                Answer::Unknown => Ok(None),
                Answer::Trust(vector) => Ok(Some(vector)),
                _ => Err(FactError("the answer is not a trust vector".to_owned())),
            },
        }
    }

    fn has_credential(&mut self, subject: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        match self.known(FactKind::HasCredential, &[subject, pattern]) {
            None => {
                self.late += 1;
                self.rest.has_credential(subject, pattern)
            }
            Some(answer) => match answer? {
                Answer::Unknown => Ok(None),
                Answer::Bool(holds) => Ok(Some(holds)),
                _ => Err(FactError("the answer is not a bool".to_owned())),
            },
        }
    }

    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        self.known(kind, args).unwrap_or_else(|| {
            self.late += 1;
            self.rest.ask(kind, args)
        })
    }
}
