//! What only the host knows: the trait engines ask, and the recorded answers of an evaluation.

use crate::ir::FactKind;

/// An answer of the host.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A truth value.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A number; must be finite.
    Number(f64),
    /// A decimal scaled by 10^18.
    Decimal(i128),
    /// A trust vector; each in 0..=1.
    Trust([f64; 6]),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// The host does not know.
    Unknown,
}

/// A provider failed. The text is for reports; programs cannot see it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FactError(pub String);

/// Answers questions from one snapshot: the same question gives the same answer during one evaluation.
///
/// The scalar questions have methods of their own so that the common ones cost no allocation.
pub trait Facts {
    /// The trust vector of a did; `None` is unknown. Asks with [`ask`](Self::ask) unless implemented.
    ///
    /// # Errors
    /// When the provider fails, or answers something else.
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        match self.ask(FactKind::Trust, &[did])? {
            Answer::Trust(vector) => Ok(Some(vector)),
            Answer::Unknown => Ok(None),
            other => Err(FactError(format!("{other:?} is no trust vector"))),
        }
    }

    /// Whether the subject holds a valid credential whose schema matches the pattern; `None` is unknown. Asks with
    /// [`ask`](Self::ask) unless implemented.
    ///
    /// # Errors
    /// When the provider fails, or answers something else.
    fn has_credential(&mut self, subject: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        match self.ask(FactKind::HasCredential, &[subject, pattern])? {
            Answer::Bool(holds) => Ok(Some(holds)),
            Answer::Unknown => Ok(None),
            other => Err(FactError(format!("{other:?} is no bool"))),
        }
    }

    /// A question, of any kind.
    ///
    /// # Errors
    /// When the provider fails.
    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError>;
}

/// A closure answers every question.
impl<F: FnMut(FactKind, &[&str]) -> Result<Answer, FactError>> Facts for F {
    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        self(kind, args)
    }
}

/// A host that knows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn ask(&mut self, _kind: FactKind, _args: &[&str]) -> Result<Answer, FactError> {
        Ok(Answer::Unknown)
    }
}
