//! The host's side of a policy module: facts, answered into its memory.
//!
//! All addresses a module passes are relative to its global `base`. An answer goes to the free end of the arena, whose
//! address is the last parameter; what it refers to follows, interned. The result is the number of bytes taken, −1 for
//! what the host does not know, −2 for a provider that failed or gave an answer of another type.
//!
//! Any WebAssembly engine can be the host: it lends the module's memory for a call.

use crate::data::types::Type;
use crate::host::facts::{Answer, FactError, Facts};
use crate::host::input::Input;
use crate::host::memory::{AnswerError, Arena, Interner, PoolTexts, write_answer, write_trust};
use crate::ir::{FactKind, Handle};

use super::{FAILED, UNKNOWN};

/// What a host keeps for each instance of a module.
#[derive(Debug)]
pub struct FactHost {
    /// Linear address of program address 0.
    base: usize,
    /// Texts of the pool, the input and the answers so far.
    interner: Interner,
    /// Texts of the input.
    input_texts: Vec<Handle>,
    /// Why the last fact failed.
    failure: Option<(FactKind, FactFailure)>,
}

/// Why a fact failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactFailure {
    /// The provider said so.
    #[error("the provider failed")]
    Provider(#[source] FactError),
    /// The answer cannot be used.
    #[error("the provider gave an answer that cannot be used")]
    Answer(#[source] AnswerError),
    /// The module asked about something that is no text: it is not one of ours.
    #[error("the question is not a text")]
    Question,
}

/// The arena has no room for an answer: the evaluation cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the arena has no room for the answer")]
pub struct NoRoom;

impl FactHost {
    /// Makes a host for an instance whose global `base` has that value.
    #[must_use]
    pub fn new(pool: PoolTexts, base: usize) -> Self {
        Self {
            base,
            interner: Interner::new(pool),
            input_texts: Vec::new(),
            failure: None,
        }
    }

    /// Forgets what the last evaluation failed for.
    #[inline]
    pub fn begin(&mut self) {
        self.failure = None;
    }

    /// Forgets the texts of the last evaluation, for a program whose answers bring text: see [`has_text`].
    pub fn begin_texts(&mut self, input: &Input) {
        self.interner.reset();
        self.input_texts.clear();
        self.input_texts.extend_from_slice(&input.texts);
    }

    /// Why a fact failed since [`begin`](Self::begin).
    #[must_use]
    pub fn failure(&self) -> Option<&(FactKind, FactFailure)> {
        self.failure.as_ref()
    }

    /// Answers one question of the module: `args` are address and length of the texts it asks about, `out` is where the
    /// answer goes. Returns the result of the imported function.
    ///
    /// # Errors
    /// When the answer does not fit the memory.
    pub fn ask(
        &mut self,
        memory: &mut [u8],
        facts: &mut dyn Facts,
        kind: FactKind,
        args: [(u32, u32); 2],
        out: u32,
    ) -> Result<i32, NoRoom> {
        let memory = memory.get_mut(self.base..).unwrap_or(&mut []);
        match answer(memory, self, facts, kind, args, out) {
            Ok(taken) => Ok(taken),
            Err(FactFailure::Answer(AnswerError::NoRoom)) => Err(NoRoom),
            Err(failure) => {
                self.failure = Some((kind, failure));
                Ok(FAILED)
            }
        }
    }
}

/// Whether answers of that kind bring text into the memory.
#[must_use]
pub fn has_text(kind: FactKind) -> bool {
    let answer = kind.answer();
    answer.is_text() || matches!(answer, Type::List(..))
}

fn answer(
    memory: &mut [u8],
    state: &mut FactHost,
    facts: &mut dyn Facts,
    kind: FactKind,
    [first, second]: [(u32, u32); 2],
    out: u32,
) -> Result<i32, FactFailure> {
    let one = text(memory, first).ok_or(FactFailure::Question)?;
    let given = match kind {
        FactKind::Trust => {
            let Some(vector) = facts.trust(one).map_err(FactFailure::Provider)? else {
                return Ok(UNKNOWN);
            };
            let mut top = out;
            let mut arena = Arena {
                memory,
                top: &mut top,
            };
            write_trust(&vector, &mut arena).map_err(FactFailure::Answer)?;
            return Ok(taken(out, top));
        }
        FactKind::HasCredential => {
            let two = text(memory, second).ok_or(FactFailure::Question)?;
            let holds = facts.has_credential(one, two);
            holds
                .map_err(FactFailure::Provider)?
                .map_or(Answer::Unknown, Answer::Bool)
        }
        _ if kind.arity() == 1 => facts.ask(kind, &[one]).map_err(FactFailure::Provider)?,
        _ => {
            let two = text(memory, second).ok_or(FactFailure::Question)?;
            facts
                .ask(kind, &[one, two])
                .map_err(FactFailure::Provider)?
        }
    };
    let placed = state.place(memory, kind, &given, out);
    placed.map_err(FactFailure::Answer)
}

impl FactHost {
    /// Writes an answer at `out`, checked against its kind. Returns the result of the imported function.
    pub(super) fn place(
        &mut self,
        memory: &mut [u8],
        kind: FactKind,
        given: &Answer,
        out: u32,
    ) -> Result<i32, AnswerError> {
        // A trust vector stands at `out` itself; the words of other answers do, and what they refer to follows.
        let is_vector = kind.answer() == Type::Trust;
        let mut top = if is_vector {
            out
        } else {
            out.saturating_add(16)
        };
        let mut arena = Arena {
            memory,
            top: &mut top,
        };
        let texts = &self.input_texts;
        let words = write_answer(kind, given, &mut self.interner, texts, &mut arena)?;
        let Some([low, high]) = words else {
            return Ok(UNKNOWN);
        };
        if !is_vector {
            arena.set_word(out, low)?;
            arena.set_word(out.saturating_add(8), high)?;
        }
        Ok(taken(out, top))
    }
}

fn taken(out: u32, top: u32) -> i32 {
    i32::try_from(top.saturating_sub(out)).unwrap_or(FAILED)
}

fn text(memory: &[u8], (address, length): (u32, u32)) -> Option<&str> {
    let start = address as usize;
    let bytes = memory.get(start..start.checked_add(length as usize)?)?;
    std::str::from_utf8(bytes).ok()
}
