//! What a host that is not written in Rust needs of this crate: it reads a module, and takes inputs and answers in.
//!
//! A host in another language moves bytes and knows no rule of the language: what is an instant, how many digits a decimal
//! has, which field is unknown is decided here, once for all hosts. `guests/ecl-host` is this file as a WebAssembly module
//! of its own, which `host.mjs` calls.

use super::host::FactHost;
use super::metadata::{self, MetadataError};
use crate::data::json;
use crate::host::facts::Answer;
use crate::host::input::{Encoder, Input, InputError};
use crate::host::memory::{AnswerError, PoolTexts};
use crate::host::providers::{FactsFileError, answer_from_json};
use crate::ir::{FactKind, Program};
use crate::limits::INPUT_BYTES_MAX;

/// Room behind `out` for an answer: more than the longest takes, 64 dids of 256 bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Highest address at which an answer may begin: the input, and as much again for what a program makes.
const OUT_MAX: usize = 16 * INPUT_BYTES_MAX;

/// Takes in what one module is given, one evaluation after the other.
#[derive(Debug)]
pub struct Intake {
    program: Program,
    encoder: Encoder,
    host: FactHost,
    input: Input,
    /// The memory of the evaluation as far as answers need it: the input, and the place of the answer.
    memory: Vec<u8>,
}

/// Why an answer is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// No kind of fact has that number.
    #[error("there is no kind of fact {0}")]
    Kind(u32),
    /// The answer is not JSON.
    #[error("the answer is not JSON: {0}")]
    Json(String),
    /// The answer is not of the form of its kind.
    #[error(transparent)]
    Form(#[from] FactsFileError),
    /// The answer cannot be used.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The place of the answer is beyond the memory of any evaluation.
    #[error("there is no room for the answer")]
    NoRoom,
}

impl Intake {
    /// Reads a module. Its pool is empty until [`set_pool`](Self::set_pool), since its texts stand in the memory of an
    /// instance.
    ///
    /// # Errors
    /// See [`metadata::read`].
    pub fn new(module: &[u8]) -> Result<Self, MetadataError> {
        let program = metadata::read(module)?.program;
        let encoder = Encoder::new(&program);
        Ok(Self {
            host: FactHost::new(PoolTexts::default(), 0),
            encoder,
            program,
            input: Input::default(),
            memory: Vec::new(),
        })
    }

    /// Takes the pool in: the memory of an instance of the module, from its global `base` to the input.
    pub fn set_pool(&mut self, pool: &[u8]) {
        self.program.pool.bytes = pool.to_vec();
        self.encoder = Encoder::new(&self.program);
        self.host = FactHost::new(self.encoder.pool().clone(), 0);
    }

    /// Encodes JSON text; the bytes belong at `input_base`.
    ///
    /// # Errors
    /// When the text is not JSON or not of the type of the program's input.
    pub fn encode(&mut self, json: &str) -> Result<&[u8], InputError> {
        self.encoder.encode_into(json, &mut self.input)?;
        self.host.begin();
        self.host.begin_texts(&self.input);
        let start = self.program.input_base as usize;
        self.memory.clear();
        self.memory.resize(start, 0);
        self.memory.extend_from_slice(&self.input.bytes);
        Ok(&self.input.bytes)
    }

    /// Takes an answer in, which is JSON; the bytes belong at `out`. `None` when the host does not know.
    ///
    /// # Errors
    /// See [`IntakeError`].
    pub fn answer(
        &mut self,
        kind: u32,
        json: &str,
        out: u32,
    ) -> Result<Option<&[u8]>, IntakeError> {
        let (kind, answer) = self.read(kind, json)?;
        let start = out as usize;
        if start > OUT_MAX {
            return Err(IntakeError::NoRoom);
        }
        if self.memory.len() < start + ANSWER_BYTES_MAX {
            self.memory.resize(start + ANSWER_BYTES_MAX, 0);
        }
        let taken = self.host.place(&mut self.memory, kind, &answer, out)?;
        let Ok(taken) = usize::try_from(taken) else {
            return Ok(None);
        };
        let bytes = self.memory.get(start..start + taken);
        bytes.map(Some).ok_or(IntakeError::NoRoom)
    }

    fn read(&self, kind: u32, text: &str) -> Result<(FactKind, Answer), IntakeError> {
        let number = usize::try_from(kind).ok();
        let known = number.and_then(|number| FactKind::ALL.get(number));
        let kind = *known.ok_or(IntakeError::Kind(kind))?;
        let json = json::read_once(text).map_err(IntakeError::Json)?;
        Ok((kind, answer_from_json(kind, &json)?))
    }
}
