//! Programs built by hand, for tests of what works on checked programs.

use crate::data::gas::{Gas, GasLimits};
use crate::data::types::{EnumDef, RecordDef, RecordId, Type};
use crate::ir::{Body, Decision, Handle, Point, PolicyBody, Pool, Program};

/// A program that rejects everything, with an input record of these fields and these texts in its pool.
#[must_use]
pub fn program(fields: Vec<(&str, Type)>) -> Program {
    with_types(Vec::new(), Vec::new(), fields)
}

/// Like [`program`], with record and enum types; the input becomes the last record.
#[must_use]
pub(crate) fn with_types(
    mut records: Vec<RecordDef>,
    enums: Vec<EnumDef>,
    fields: Vec<(&str, Type)>,
) -> Program {
    let fields = fields.into_iter().map(|(n, t)| (n.into(), t)).collect();
    let input = RecordDef::new("input", fields, &records);
    records.push(input);
    let input = RecordId(u32::try_from(records.len() - 1).unwrap_or(0));
    Program {
        name: "test".into(),
        id: None,
        version: None,
        pool: Pool {
            bytes: vec![0; 16],
            texts: Vec::new(),
        },
        input,
        input_base: 16,
        output: None,
        records,
        enums,
        functions: Vec::new(),
        automata: Vec::new(),
        effects: Vec::new(),
        body: Body::Policy(PolicyBody {
            lets: Vec::new(),
            groups: Vec::new(),
            otherwise: Decision::Reject,
            otherwise_message: None,
            effects: Vec::new(),
        }),
        locals: Vec::new(),
        points: vec![Point {
            span: (0, 0, 0),
            line_column: (1, 1),
            text: "".into(),
        }],
        messages: Vec::new(),
        gas_limits: GasLimits::total(crate::data::gas::GAS_LIMIT_DEFAULT),
        gas_bound: Gas::ZERO,
        arena_bound: 0,
        hash: "test".into(),
    }
}

/// Places a text in the pool, once; gives its handle.
pub(crate) fn pool_text(program: &mut Program, text: &str) -> Handle {
    if text.is_empty() {
        return Handle(0);
    }
    let pool = &program.pool;
    let old = pool.texts.iter().copied();
    if let Some(handle) = old
        .into_iter()
        .find(|&h| crate::ir::value::text(&pool.bytes, h) == Some(text))
    {
        return handle;
    }
    let address = pool_bytes(program, text.as_bytes());
    let handle = Handle::new(address, u32::try_from(text.len()).unwrap_or(0));
    program.pool.texts.push(handle);
    handle
}

/// Places bytes in the pool, padded to words; gives their address. Moves the input behind them.
pub(crate) fn pool_bytes(program: &mut Program, bytes: &[u8]) -> u32 {
    let pool = &mut program.pool.bytes;
    let address = u32::try_from(pool.len()).unwrap_or(u32::MAX);
    pool.extend_from_slice(bytes);
    pool.resize(pool.len().next_multiple_of(8), 0);
    program.input_base = u32::try_from(pool.len().next_multiple_of(16)).unwrap_or(u32::MAX);
    address
}
