//! Facts that are asked once: the decision and its reasons are made of the same answers.

use std::collections::HashMap;

use tollgate_ecl::{Answer, FactError, FactKind, Facts};

/// Passes a question on the first time, and gives the same answer afterwards.
pub(super) struct Remembers<'f> {
    inner: &'f mut dyn Facts,
    answers: HashMap<(FactKind, Vec<String>), Result<Answer, FactError>>,
}

impl<'f> Remembers<'f> {
    pub(super) fn new(inner: &'f mut dyn Facts) -> Self {
        Self {
            inner,
            answers: HashMap::new(),
        }
    }
}

impl Facts for Remembers<'_> {
    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        let question = (kind, args.iter().map(ToString::to_string).collect());
        let inner = &mut *self.inner;
        let answer = self.answers.entry(question);
        answer.or_insert_with(|| first(inner, kind, args)).clone()
    }
}

/// Asks as an engine would, so that the provider sees the question it is made for.
fn first(facts: &mut dyn Facts, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
    match (kind, args) {
        (FactKind::Trust, [did]) => {
            let vector = facts.trust(did)?;
            Ok(vector.map_or(Answer::Unknown, Answer::Trust))
        }
        (FactKind::HasCredential, [subject, pattern]) => {
            let holds = facts.has_credential(subject, pattern)?;
            Ok(holds.map_or(Answer::Unknown, Answer::Bool))
        }
        _ => facts.ask(kind, args),
    }
}
