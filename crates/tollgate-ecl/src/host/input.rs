//! Inputs: JSON against the input record of a program, as the bytes both engines read by offset.
//!
//! One pass over the JSON, directed by the types: no tree is built, numbers are read from their digits (0.1 is a tenth, not
//! the binary64 near it), and nothing is guessed: a missing field, an unknown field, a value of another type, too long a
//! list end with an error that names the path, what was expected, what was found, and what to do.
//!
//! The bytes are the input record, then texts and list elements in the order in which they were completed. Texts are
//! interned: a text of the program's pool is the pool's handle, and equal texts of the input are one.

mod error;
mod scalar;
mod slot;

use std::borrow::Cow;

use serde::de::DeserializeSeed as _;

pub use self::error::InputError;
use crate::data::types::{EnumDef, RecordDef, RecordId, Type, WORD};
use crate::host::memory::{PoolTexts, TextTable};
use crate::ir::{Handle, Program};
use crate::limits::{INPUT_BYTES_MAX, INPUT_JSON_BYTES_MAX};

/// Identity of a program: the hash it was compiled to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ProgramId(pub [u8; 32]);

impl ProgramId {
    /// The identity of a program.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        use sha2::{Digest as _, Sha256};

        let mut id = [0; 32];
        if hex::decode_to_slice(program.hash.as_bytes(), &mut id).is_err() {
            // A program that was not compiled from source has a hash of another form.
            id = Sha256::digest(program.hash.as_bytes()).into();
        }
        Self(id)
    }
}

/// An encoded input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    /// The program it was encoded for. Engines refuse another one's.
    pub program: ProgramId,
    /// Belongs at the program's `input_base`; a multiple of 8 bytes.
    pub bytes: Vec<u8>,
    /// The texts within `bytes`, by absolute address: with the pool's, all there are to intern answers of the host with.
    pub texts: Vec<Handle>,
}

/// Encodes inputs for one program. Holds copies of what it needs, so it can be kept beside the program.
#[derive(Debug, Clone)]
pub struct Encoder {
    program: ProgramId,
    records: Vec<RecordDef>,
    enums: Vec<EnumDef>,
    input: RecordId,
    input_base: u32,
    pool: PoolTexts,
}

/// Encodes a JSON value. For more than one input, keep an [`Encoder`].
///
/// # Errors
/// When the value is not of the type of the program's input.
///
/// # Example
/// ```
/// use tollgate_ecl::{Bundle, compile, encode};
///
/// let source = r#"policy "cheap" { input { price: int }  accept { low: price <= 3 } }"#;
/// let compiled = compile(&Bundle::single("cheap.ecl", source));
/// let program = &compiled.programs[0];
/// assert!(encode(program, &serde_json::json!({ "price": 2 })).is_ok());
/// let wrong = encode(program, &serde_json::json!({ "price": "two" })).unwrap_err();
/// assert_eq!(wrong.path, "price");
/// ```
pub fn encode(program: &Program, json: &serde_json::Value) -> Result<Input, InputError> {
    Encoder::new(program).encode(json)
}

impl Encoder {
    /// Prepares the encoder of a program's inputs.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        Self {
            program: ProgramId::of(program),
            records: program.records.clone(),
            enums: program.enums.clone(),
            input: program.input,
            input_base: program.input_base,
            pool: PoolTexts::new(program),
        }
    }

    /// The pool's texts, for interners of the same program.
    #[must_use]
    pub fn pool(&self) -> &PoolTexts {
        &self.pool
    }

    /// Encodes a JSON value. A number that JSON text gave with more digits than a binary64 holds has already lost them in
    /// `serde_json::Value`: [`encode_str`](Self::encode_str) reads every digit.
    ///
    /// # Errors
    /// When the value is not of the type of the program's input.
    pub fn encode(&self, json: &serde_json::Value) -> Result<Input, InputError> {
        self.encode_str(&json.to_string())
    }

    /// Encodes JSON text, exactly and in one pass.
    ///
    /// # Errors
    /// When the text is not JSON or not of the type of the program's input.
    pub fn encode_str(&self, json: &str) -> Result<Input, InputError> {
        let mut input = Input::default();
        self.encode_into(json, &mut input)?;
        Ok(input)
    }

    /// Like [`encode_str`](Self::encode_str), reusing the memory of an earlier input. After an error `input` belongs to no
    /// program.
    ///
    /// # Errors
    /// When the text is not JSON or not of the type of the program's input.
    pub(crate) fn encode_into(&self, json: &str, input: &mut Input) -> Result<(), InputError> {
        *input = Input {
            program: ProgramId::default(),
            bytes: std::mem::take(&mut input.bytes),
            texts: std::mem::take(&mut input.texts),
        };
        input.bytes.clear();
        input.texts.clear();
        if json.len() > INPUT_JSON_BYTES_MAX {
            return Err(InputError::too_large(json.len(), INPUT_JSON_BYTES_MAX));
        }
        let ty = Type::Record(self.input);
        let record_bytes = (ty.words(&self.records) * WORD) as usize;
        input.bytes.resize(record_bytes, 0);
        let mut build = Build {
            encoder: self,
            heap: &mut input.bytes,
            texts: TextTable::reusing(&mut input.texts),
            stack: vec![0; record_bytes],
            error: None,
        };
        let mut reader = serde_json::Deserializer::from_str(json);
        let slot = slot::Slot {
            build: &mut build,
            ty: &ty,
            at: 0,
        };
        let read = slot.deserialize(&mut reader).and_then(|()| reader.end());
        if let Err(syntax) = read {
            return Err(build.error.unwrap_or_else(|| InputError::syntax(&syntax)));
        }
        let Build {
            heap, texts, stack, ..
        } = build;
        if let Some(record) = heap.get_mut(..record_bytes) {
            record.copy_from_slice(&stack);
        }
        input.texts = texts.into_handles();
        input.program = self.program;
        Ok(())
    }
}

/// An input being built. Records and list elements under way are on `stack`; what is complete goes to `heap`.
struct Build<'e> {
    encoder: &'e Encoder,
    heap: &'e mut Vec<u8>,
    texts: TextTable,
    stack: Vec<u8>,
    /// The first error. Its path grows while the recursion unwinds.
    error: Option<InputError>,
}

impl Build<'_> {
    fn set_word(&mut self, at: usize, word: u64) {
        if let Some(place) = self.stack.get_mut(at..at + 8) {
            place.copy_from_slice(&word.to_le_bytes());
        }
    }

    fn set_wide(&mut self, at: usize, value: i128) {
        let [low, high] = crate::ir::value::halves(value);
        self.set_word(at, low);
        self.set_word(at + 8, high);
    }

    /// The handle of a text, which is written when it is new.
    fn intern(&mut self, text: &str) -> Result<Handle, InputError> {
        if let Some(handle) = self.encoder.pool.get(text) {
            return Ok(handle);
        }
        let base = self.encoder.input_base;
        if let Some(handle) = self.texts.get(text, self.heap, base) {
            return Ok(handle);
        }
        let handle = self.append(text.as_bytes(), text.len())?;
        self.texts.insert(text, handle);
        Ok(handle)
    }

    /// Moves the elements that stand on the stack from `start` on to the heap.
    fn append_elements(&mut self, start: usize, count: usize) -> Result<Handle, InputError> {
        if count == 0 {
            return Ok(Handle(0));
        }
        let elements = self.stack.split_off(start);
        self.append(&elements, count)
    }

    /// Puts entries of a map that stand on the stack into the order of their keys; gives how many there are.
    fn sort_entries(
        &mut self,
        mut keys: Vec<(Cow<'_, str>, usize)>,
        start: usize,
        stride: usize,
    ) -> Result<usize, InputError> {
        let in_order = keys.is_sorted();
        keys.sort_unstable();
        let twice = keys.windows(2).find_map(|pair| match pair {
            [(one, _), (other, _)] if one == other => Some(one),
            _ => None,
        });
        if let Some(key) = twice {
            let found = format!("the key {} twice", error::quote(key));
            return Err(InputError::new("one value", found).help("remove one of them"));
        }
        if !in_order {
            let entries = keys
                .iter()
                .filter_map(|(_, at)| self.stack.get(*at..*at + stride));
            let sorted = entries.collect::<Vec<_>>().concat();
            self.stack.truncate(start);
            self.stack.extend(sorted);
        }
        Ok(keys.len())
    }

    fn append(&mut self, bytes: &[u8], length: usize) -> Result<Handle, InputError> {
        let at = self.heap.len();
        let end = at + bytes.len().next_multiple_of(8);
        if end > INPUT_BYTES_MAX {
            return Err(InputError::too_large(end, INPUT_BYTES_MAX));
        }
        self.heap.extend_from_slice(bytes);
        self.heap.resize(end, 0);
        let address = u32::try_from(at)
            .ok()
            .and_then(|at| at.checked_add(self.encoder.input_base));
        match (address, u32::try_from(length)) {
            (Some(address), Ok(length)) => Ok(Handle::new(address, length)),
            _ => Err(InputError::too_large(end, INPUT_BYTES_MAX)),
        }
    }
}

#[cfg(test)]
mod tests;
