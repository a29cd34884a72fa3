//! What the host writes into an evaluation's memory: interned texts, trust vectors, lists of texts.
//!
//! Both engines hand their memory over as one slice with the arena's first free byte, so that checking an answer and
//! placing it is written once. An answer that is not of its kind's type (not finite, outside of 0..=1, too long, not a did)
//! is refused: the engine ends with `FactFailed`.

use std::collections::HashMap;
use std::sync::Arc;

use crate::data::canonical;
use crate::data::identifier;
use crate::data::types::{ATTRIBUTES_BYTES_MAX, DID_BYTES_MAX, Type};
use crate::host::facts::Answer;
use crate::host::outcome::EvalError;
use crate::ir::value;
use crate::ir::{FactKind, Handle, PointId, Program};

/// The texts of a program's pool by their content. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct PoolTexts(Arc<HashMap<Box<str>, Handle>>);

impl PoolTexts {
    /// Collects the texts of a program's pool.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let texts = program.pool.texts.iter();
        let mut map: HashMap<Box<str>, Handle> = texts
            .filter_map(|&handle| Some((value::text(&program.pool.bytes, handle)?.into(), handle)))
            .collect();
        // The empty text is the handle 0, unless the pool placed it.
        map.entry("".into()).or_insert(Handle(0));
        Self(Arc::new(map))
    }

    /// The handle of a text of the pool.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Handle> {
        self.0.get(text).copied()
    }
}

/// Texts interned while an input is built. The first few are found by comparing, which is faster than hashing them.
#[derive(Debug, Default)]
pub(crate) struct TextTable {
    handles: Vec<Handle>,
    many: HashMap<Box<str>, Handle>,
}

const COMPARED_MAX: usize = 16;

impl TextTable {
    /// An empty table with the memory of an earlier one.
    pub(crate) fn reusing(handles: &mut Vec<Handle>) -> Self {
        Self {
            handles: std::mem::take(handles),
            many: HashMap::new(),
        }
    }

    /// The handle of a text that is in `bytes`, which stand at address `base`.
    pub(crate) fn get(&self, text: &str, bytes: &[u8], base: u32) -> Option<Handle> {
        let same = |handle: &Handle| {
            handle.length() as usize == text.len() && {
                let start = handle.address().wrapping_sub(base) as usize;
                bytes.get(start..start + text.len()) == Some(text.as_bytes())
            }
        };
        let mut few = self.handles.iter().take(COMPARED_MAX).copied();
        few.find(same).or_else(|| self.many.get(text).copied())
    }

    pub(crate) fn insert(&mut self, text: &str, handle: Handle) {
        if self.handles.len() >= COMPARED_MAX {
            self.many.insert(text.into(), handle);
        }
        self.handles.push(handle);
    }

    pub(crate) fn into_handles(self) -> Vec<Handle> {
        self.handles
    }
}

/// Interns the texts of the host's answers in one evaluation after the other. Answers without text never touch it.
#[derive(Debug, Clone)]
pub(crate) struct Interner {
    pool: PoolTexts,
    /// Texts of the input and of earlier answers of this evaluation.
    texts: HashMap<Box<str>, Handle>,
    /// Whether the input's texts are in `texts`.
    loaded: bool,
}

impl Interner {
    /// An interner for evaluations of the program whose pool texts these are.
    #[must_use]
    pub(crate) fn new(pool: PoolTexts) -> Self {
        Self {
            pool,
            texts: HashMap::new(),
            loaded: false,
        }
    }

    /// Forgets the last evaluation. Call it before each one.
    pub(crate) fn reset(&mut self) {
        if self.loaded {
            self.texts.clear();
            self.loaded = false;
        }
    }

    /// The handle of a text in this evaluation; appended to the arena when it is new. `input` are the texts of the
    /// evaluation's [`Input`](crate::host::input::Input).
    ///
    /// # Errors
    /// [`AnswerError::NoRoom`].
    pub(crate) fn intern(
        &mut self,
        text: &str,
        input: &[Handle],
        arena: &mut Arena<'_>,
    ) -> Result<Handle, AnswerError> {
        if let Some(handle) = self.pool.get(text) {
            return Ok(handle);
        }
        if !self.loaded {
            self.loaded = true;
            for &handle in input {
                if let Some(text) = value::text(arena.memory, handle) {
                    self.texts.insert(text.into(), handle);
                }
            }
        }
        if let Some(handle) = self.texts.get(text) {
            return Ok(*handle);
        }
        let length = u32::try_from(text.len()).map_err(|_| AnswerError::NoRoom)?;
        let handle = Handle::new(arena.append(text.as_bytes())?, length);
        self.texts.insert(text.into(), handle);
        Ok(handle)
    }
}

/// The memory of an evaluation with its arena.
#[derive(Debug)]
pub(crate) struct Arena<'m> {
    /// All memory from address 0.
    pub memory: &'m mut [u8],
    /// First free address; a multiple of 8.
    pub top: &'m mut u32,
}

impl Arena<'_> {
    /// Takes so many bytes, rounded up to words, all zero.
    ///
    /// # Errors
    /// [`AnswerError::NoRoom`].
    pub(crate) fn allocate(&mut self, bytes: u32) -> Result<u32, AnswerError> {
        let address = *self.top;
        let end = bytes
            .checked_next_multiple_of(8)
            .and_then(|bytes| address.checked_add(bytes))
            .ok_or(AnswerError::NoRoom)?;
        self.memory
            .get_mut(address as usize..end as usize)
            .ok_or(AnswerError::NoRoom)?
            .fill(0);
        *self.top = end;
        Ok(address)
    }

    /// Writes a word.
    ///
    /// # Errors
    /// [`AnswerError::NoRoom`] when the address is outside of memory.
    pub(crate) fn set_word(&mut self, address: u32, word: u64) -> Result<(), AnswerError> {
        let place = self.memory.get_mut(address as usize..);
        place
            .and_then(|p| p.first_chunk_mut::<8>())
            .map(|p| *p = word.to_le_bytes())
            .ok_or(AnswerError::NoRoom)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<u32, AnswerError> {
        let length = u32::try_from(bytes.len()).map_err(|_| AnswerError::NoRoom)?;
        let address = self.allocate(length)?;
        let start = address as usize;
        if let Some(place) = self.memory.get_mut(start..start + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        Ok(address)
    }
}

/// Why an answer of the host is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// An answer of another type than the question's.
    #[error("the answer has another type than the question")]
    WrongType,
    /// A number that is NaN or infinite.
    #[error("the answer is not a finite number")]
    NotFinite,
    /// A component of a trust vector outside of 0..=1.
    #[error("a component of the trust vector is outside of 0..=1")]
    NotTrust,
    /// A text that is longer than its type allows, or a list.
    #[error("the answer is longer than its type allows")]
    TooLong,
    /// A text that should be a did.
    #[error("the answer is not a did")]
    NotDid,
    /// A text that should be JSON.
    #[error("the answer is not JSON")]
    NotJson,
    /// The arena is full: its bound was computed wrong.
    #[error("no room for the answer in memory")]
    NoRoom,
}

impl AnswerError {
    /// The error an evaluation ends with.
    #[must_use]
    pub fn ends(self, kind: FactKind, point: PointId) -> EvalError {
        match self {
            Self::NoRoom => EvalError::Internal,
            _ => EvalError::FactFailed { kind, point },
        }
    }
}

/// Writes a trust vector; gives its address.
///
/// # Errors
/// When a component is outside of 0..=1 or there is no room.
pub(crate) fn write_trust(vector: &[f64; 6], arena: &mut Arena<'_>) -> Result<u32, AnswerError> {
    if !vector.iter().all(|c| (0.0..=1.0).contains(c)) {
        return Err(AnswerError::NotTrust);
    }
    let address = arena.allocate(48)?;
    for (offset, component) in (0..).step_by(8).zip(vector) {
        arena.set_word(address + offset, component.to_bits())?;
    }
    Ok(address)
}

/// Checks an answer against its kind and writes what belongs in memory. Gives the words an engine puts on its stack: the
/// word, the halves of a wide, or the address of a trust vector. `None` when the host does not know.
///
/// # Errors
/// When the answer is not of the kind's type or there is no room.
pub(crate) fn write_answer(
    kind: FactKind,
    answer: &Answer,
    interner: &mut Interner,
    input: &[Handle],
    arena: &mut Arena<'_>,
) -> Result<Option<[u64; 2]>, AnswerError> {
    let one = |word: u64| Ok(Some([word, 0]));
    match (kind.answer(), answer) {
        (_, Answer::Unknown) => Ok(None),
        (Type::Bool, Answer::Bool(value)) => one(u64::from(*value)),
        (Type::Int, Answer::Int(value)) => one(value.cast_unsigned()),
        (Type::Number, Answer::Number(value)) if value.is_finite() => one(value.to_bits()),
        (Type::Number, Answer::Number(_)) => Err(AnswerError::NotFinite),
        (Type::Decimal, Answer::Decimal(value)) => Ok(Some(value::halves(*value))),
        (Type::Trust, Answer::Trust(vector)) => one(u64::from(write_trust(vector, arena)?)),
        (Type::String(bound), Answer::Text(text)) => {
            check_length(text, bound)?;
            one(interner.intern(text, input, arena)?.0)
        }
        (Type::Attributes, Answer::Text(text)) => {
            check_length(text, ATTRIBUTES_BYTES_MAX)?;
            let canonical = canonical::text(text).ok_or(AnswerError::NotJson)?;
            check_length(&canonical, ATTRIBUTES_BYTES_MAX)?;
            one(interner.intern(&canonical, input, arena)?.0)
        }
        (Type::List(_, bound), Answer::Texts(texts)) => {
            let count = u32::try_from(texts.len()).map_err(|_| AnswerError::TooLong)?;
            if count > bound {
                return Err(AnswerError::TooLong);
            }
            one(write_dids(texts, count, interner, input, arena)?.0)
        }
        _ => Err(AnswerError::WrongType),
    }
}

fn check_length(text: &str, bound: u32) -> Result<(), AnswerError> {
    if text.len() > bound as usize {
        return Err(AnswerError::TooLong);
    }
    Ok(())
}

fn write_dids(
    texts: &[String],
    count: u32,
    interner: &mut Interner,
    input: &[Handle],
    arena: &mut Arena<'_>,
) -> Result<Handle, AnswerError> {
    if count == 0 {
        return Ok(Handle(0));
    }
    let address = arena.allocate(count * 8)?;
    for (offset, text) in (0..).step_by(8).zip(texts) {
        check_length(text, DID_BYTES_MAX)?;
        if !identifier::is_did(text) {
            return Err(AnswerError::NotDid);
        }
        let handle = interner.intern(text, input, arena)?;
        arena.set_word(address + offset, handle.0)?;
    }
    Ok(Handle::new(address, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 16 zeros, then `abc` in the pool and `xyz` in the input.
    fn memory() -> (Vec<u8>, Interner, [Handle; 1]) {
        let mut memory = vec![0; 512];
        memory[16..19].copy_from_slice(b"abc");
        memory[32..35].copy_from_slice(b"xyz");
        let pool = PoolTexts(Arc::new(HashMap::from([(
            "abc".into(),
            Handle::new(16, 3),
        )])));
        (memory, Interner::new(pool), [Handle::new(32, 3)])
    }

    fn write(kind: FactKind, answer: Answer) -> Result<Option<[u64; 2]>, AnswerError> {
        let (mut memory, mut interner, input) = memory();
        let mut arena = Arena {
            memory: &mut memory,
            top: &mut 64,
        };
        write_answer(kind, &answer, &mut interner, &input, &mut arena)
    }

    #[test]
    fn equal_texts_have_equal_handles_wherever_they_come_from() {
        let (mut memory, mut interner, input) = memory();
        let mut top = 64;
        let mut arena = Arena {
            memory: &mut memory,
            top: &mut top,
        };
        let mut intern = |text: &str| interner.intern(text, &input, &mut arena).unwrap();
        assert_eq!(intern("abc"), Handle::new(16, 3));
        assert_eq!(intern("xyz"), Handle::new(32, 3));
        let new = intern("something new");
        assert_eq!(new, Handle::new(64, 13));
        assert_eq!(intern("something new"), new);
        assert_eq!(top, 80);
    }

    #[test]
    fn a_reset_forgets_texts_of_the_last_evaluation() {
        let (mut memory, mut interner, input) = memory();
        let mut top = 64;
        for _ in 0..2 {
            interner.reset();
            top = 64;
            let mut arena = Arena {
                memory: &mut memory,
                top: &mut top,
            };
            let handle = interner.intern("new", &input, &mut arena).unwrap();
            assert_eq!(handle, Handle::new(64, 3));
        }
        assert_eq!(top, 72);
    }

    #[test]
    fn answers_of_another_type_are_refused() {
        for kind in FactKind::ALL {
            let wrong = match kind.answer() {
                Type::Bool => Answer::Int(1),
                _ => Answer::Bool(true),
            };
            assert_eq!(write(kind, wrong), Err(AnswerError::WrongType), "{kind:?}");
            assert_eq!(write(kind, Answer::Unknown), Ok(None));
        }
    }

    #[test]
    fn trust_outside_of_the_unit_interval_is_refused() {
        for bad in [1.1, -0.1, f64::NAN, f64::INFINITY] {
            let answer = Answer::Trust([0.5, 0.5, bad, 0.5, 0.5, 0.5]);
            assert_eq!(write(FactKind::Trust, answer), Err(AnswerError::NotTrust));
        }
        assert_eq!(
            write(FactKind::Trust, Answer::Trust([1.0; 6])),
            Ok(Some([64, 0]))
        );
    }

    #[test]
    fn long_and_malformed_texts_are_refused() {
        let texts = |texts: &[&str]| Answer::Texts(texts.iter().map(ToString::to_string).collect());
        assert_eq!(
            write(FactKind::Delegates, texts(&["did:a:b"; 65])),
            Err(AnswerError::TooLong)
        );
        assert_eq!(
            write(FactKind::Delegates, texts(&["alice"])),
            Err(AnswerError::NotDid)
        );
        assert_eq!(
            write(FactKind::StoreGet, Answer::Text("x".repeat(1025))),
            Err(AnswerError::TooLong)
        );
        assert_eq!(
            write(FactKind::Blueprint, Answer::Text("{".into())),
            Err(AnswerError::NotJson)
        );
        assert_eq!(
            write(FactKind::Karma, Answer::Number(f64::NAN)),
            Err(AnswerError::NotFinite)
        );
    }

    #[test]
    fn a_full_arena_is_an_error_and_not_a_panic() {
        let answer = Answer::Text("x".repeat(600));
        let refused = write(FactKind::StoreGet, answer);
        assert_eq!(refused, Err(AnswerError::NoRoom));
        assert_eq!(
            AnswerError::NoRoom.ends(FactKind::StoreGet, PointId(0)),
            EvalError::Internal
        );
    }

    #[test]
    fn delegates_are_a_list_of_interned_dids() {
        let (mut memory, mut interner, input) = memory();
        let mut top = 64;
        let mut arena = Arena {
            memory: &mut memory,
            top: &mut top,
        };
        let answer = Answer::Texts(vec!["did:a:b".into(), "did:a:b".into()]);
        let words = write_answer(
            FactKind::Delegates,
            &answer,
            &mut interner,
            &input,
            &mut arena,
        );
        assert_eq!(words, Ok(Some([Handle::new(64, 2).0, 0])));
        assert_eq!(value::word(&memory, 64), value::word(&memory, 72));
        assert_eq!(value::word(&memory, 64), Some(Handle::new(80, 7).0));
    }
}
