//! Many inputs at once: their records stand side by side in the memory, and the module itself goes from one to the next.

use std::sync::Arc;

use tollgate_ecl::data::types::{Type, WORD};
use tollgate_ecl::engines::wasm::host::has_text;
use tollgate_ecl::engines::wasm::{layout, result, results};
use tollgate_ecl::host::input::ProgramId;
use tollgate_ecl::ir::Handle;
use tollgate_ecl::{Facts, GasLimits, Input, Program, Verdict};

use super::engine::WasmPolicy;
use super::error::PolicyError;
use super::instance::WasmInstance;

const RESULT_BYTES: usize = layout::BATCH_RESULT_BYTES as usize;

/// Inputs for one policy, encoded side by side. Made once, it can be evaluated many times.
#[derive(Debug, Clone)]
pub struct Batch {
    program: Arc<Program>,
    id: ProgramId,
    capacity: usize,
    count: usize,
    /// Bytes of a record.
    stride: usize,
    /// Room for `capacity` records, then texts and lists.
    bytes: Vec<u8>,
    /// The inputs themselves, when facts bring text that must be interned with theirs.
    singles: Option<Vec<Input>>,
}

impl Batch {
    /// Makes an empty batch with room for this number of inputs.
    #[must_use]
    pub fn new(policy: &WasmPolicy, capacity: usize) -> Self {
        let program = Arc::clone(policy.program());
        let words = Type::Record(program.input).words(&program.records);
        let stride = (words * WORD) as usize;
        Self {
            id: policy.id,
            capacity,
            count: 0,
            stride,
            bytes: vec![0; stride * capacity],
            singles: policy.facts().iter().copied().any(has_text).then(Vec::new),
            program,
        }
    }

    /// Adds an input.
    ///
    /// # Errors
    /// When the batch is full, or the input was encoded for another program.
    pub fn push(&mut self, input: &Input) -> Result<(), PolicyError> {
        if self.count == self.capacity {
            return Err(PolicyError::BatchFull {
                capacity: self.capacity,
            });
        }
        let record = input.bytes.get(..self.stride);
        let Some(record) = record.filter(|_| input.program == self.id) else {
            return Err(PolicyError::WrongInput {
                policy: self.program.name.clone(),
            });
        };
        let start = self.count * self.stride;
        if let Some(place) = self.bytes.get_mut(start..start + self.stride) {
            place.copy_from_slice(record);
        }
        // What the record refers to moves behind all records.
        let tail = input.bytes.get(self.stride..).unwrap_or(&[]);
        if !tail.is_empty() {
            let moved = self.bytes.len() - self.stride;
            self.bytes.extend_from_slice(tail);
            let by = u32::try_from(moved).unwrap_or(u32::MAX);
            self.relocate(start, &Type::Record(self.program.input), by);
        }
        if let Some(singles) = &mut self.singles {
            singles.push(input.clone());
        }
        self.count += 1;
        Ok(())
    }

    /// Number of inputs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Moves every handle in the value at byte `at` that refers to the input.
    fn relocate(&mut self, at: usize, ty: &Type, by: u32) {
        let program = Arc::clone(&self.program);
        match ty {
            Type::Record(id) => {
                let fields = program
                    .records
                    .get(id.0 as usize)
                    .map(|record| &record.fields);
                for field in fields.into_iter().flatten() {
                    self.relocate(at + field.offset as usize, &field.ty, by);
                }
            }
            Type::Option(inner) => self.relocate(at + WORD as usize, inner, by),
            Type::List(element, _) => {
                let Some(list) = self.move_handle(at, by) else {
                    return;
                };
                let stride = (element.words(&program.records) * WORD) as usize;
                let first = (list.address() - program.input_base) as usize;
                for number in 0..list.length() as usize {
                    self.relocate(first + number * stride, element, by);
                }
            }
            Type::Map(key, value, _) => {
                let Some(map) = self.move_handle(at, by) else {
                    return;
                };
                let stride = (Type::entry_words(value, &program.records) * WORD) as usize;
                let first = (map.address() - program.input_base) as usize;
                for entry in (first..).step_by(stride).take(map.length() as usize) {
                    self.relocate(entry, key, by);
                    self.relocate(entry + WORD as usize, value, by);
                }
            }
            _ if ty.is_text() => {
                let _moved = self.move_handle(at, by);
            }
            _ => {}
        }
    }

    /// Moves the handle at byte `at` when it refers to the input; gives where it is now.
    fn move_handle(&mut self, at: usize, by: u32) -> Option<Handle> {
        let place = self.bytes.get_mut(at..)?.first_chunk_mut::<8>()?;
        let handle = Handle(u64::from_le_bytes(*place));
        if handle.address() < self.program.input_base {
            return None;
        }
        let moved = Handle::new(handle.address().checked_add(by)?, handle.length());
        *place = moved.0.to_le_bytes();
        Some(moved)
    }
}

/// The verdicts of a batch, in the order of its inputs.
#[derive(Debug, Clone)]
pub struct BatchResults {
    bytes: Vec<u8>,
}

impl BatchResults {
    /// The verdict of one input.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Verdict> {
        let start = index.checked_mul(RESULT_BYTES)?;
        verdict(self.bytes.get(start..start + RESULT_BYTES)?)
    }

    /// All verdicts.
    pub fn iter(&self) -> impl Iterator<Item = Verdict> + '_ {
        self.bytes.chunks_exact(RESULT_BYTES).filter_map(verdict)
    }

    /// Number of verdicts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() / RESULT_BYTES
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

fn verdict(bytes: &[u8]) -> Option<Verdict> {
    let packed = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
    let gas = results::gas(bytes.get(8..)?.first_chunk::<32>()?);
    Some(result::unpack(packed, gas))
}

/// Evaluates a batch on an instance.
pub(super) fn run(
    instance: &mut WasmInstance,
    batch: &Batch,
    facts: &mut dyn Facts,
    limits: &GasLimits,
) -> Result<BatchResults, PolicyError> {
    if !instance.is_of(&batch.id) {
        return Err(PolicyError::WrongInput {
            policy: instance.program.name.clone(),
        });
    }
    if let Some(singles) = &batch.singles {
        return Ok(one_by_one(instance, singles, facts, limits));
    }
    if instance.limits() != limits {
        instance.write_limits(limits)?;
    }
    let start = instance.program.input_base as usize;
    let results = (start + batch.bytes.len()).next_multiple_of(16);
    let results_len = batch.count * RESULT_BYTES;
    let arena = (results + results_len).next_multiple_of(16);
    // The results are written by the module: room for them is made by placing the last byte.
    instance.place(instance.base + arena, &[0])?;
    instance.place(instance.base + start, &batch.bytes)?;
    let address = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let args = (
        address(start),
        address(batch.count),
        address(batch.stride),
        address(results),
        address(arena),
    );
    let failed = if instance.asks() {
        instance.instance.call_with(&instance.batch, args, facts)?
    } else {
        instance.instance.call(&instance.batch, args)?
    };
    if failed != 0 {
        return Err(PolicyError::NoMemory);
    }
    let bytes = instance
        .instance
        .read(instance.base + results, results_len)?;
    Ok(BatchResults {
        bytes: bytes.to_vec(),
    })
}

fn one_by_one(
    instance: &mut WasmInstance,
    inputs: &[Input],
    facts: &mut dyn Facts,
    limits: &GasLimits,
) -> BatchResults {
    let mut bytes = Vec::with_capacity(inputs.len() * RESULT_BYTES);
    for input in inputs {
        let verdict = instance.evaluate(input, facts, limits);
        let packed = match (verdict.result, verdict.by) {
            (Ok(decision), by) => result::decided(decision, by),
            (Err(error), _) => result::failed(error),
        };
        let gas = verdict.gas;
        for word in [packed, gas.network, gas.compute, gas.storage, gas.realm] {
            bytes.extend(word.to_le_bytes());
        }
    }
    BatchResults { bytes }
}
