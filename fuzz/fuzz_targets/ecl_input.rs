//! Any text as an input of a generated program: it is encoded or refused, and what is encoded can be decoded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_ecl::generate::{Random, program};
use tollgate_ecl::input::Encoder;
use tollgate_ecl::types::Type;
use tollgate_ecl::value;

fuzz_target!(|case: (u64, &str)| {
    let (seed, json) = case;
    let program = program(&mut Random::new(seed % 1_000));
    if let Ok(input) = Encoder::new(&program).encode_str(json) {
        let mut memory = program.pool.bytes.clone();
        memory.resize(program.input_base as usize, 0);
        memory.extend_from_slice(&input.bytes);
        let record = Type::Record(program.input);
        let value = value::load(&program, &memory, &record, program.input_base);
        assert!(value.is_some(), "{json}");
    }
});
