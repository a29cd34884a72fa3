//! The guests that are measured: one of the project's examples, and made ones of a size and a kind of work.

use std::path::Path;

use anyhow::{Context as _, Result};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, Module,
    TypeSection, ValType,
};

/// A guest of `guests/`, built by `cargo xtask guests`.
pub fn example(name: &str) -> Result<Vec<u8>> {
    let path = example_path(name);
    std::fs::read(&path).with_context(|| {
        format!(
            "cannot read `{}`; run `cargo xtask guests` first",
            path.display()
        )
    })
}

/// Where such a guest is.
pub fn example_path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../guests/build")
        .join(format!("{name}.wasm"))
}

/// Assembles text.
pub fn wat(text: &str) -> Result<Vec<u8>> {
    Ok(wat::parse_str(text)?)
}

/// A module of about 200 KB: many middle-sized functions, like what compilers of other languages make.
pub fn large() -> Vec<u8> {
    const FUNCTIONS: u32 = 650;
    let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    types
        .ty()
        .function([ValType::I32, ValType::I32], [ValType::I32]);
    for index in 0..FUNCTIONS {
        functions.function(0);
        let mut body = Function::new([(2, ValType::I32)]);
        for step in 0..22 {
            let constant = i32::try_from(index * 31 + step).unwrap_or_default();
            for instruction in [
                Instruction::LocalGet(0),
                Instruction::I32Const(constant),
                Instruction::I32Xor,
                Instruction::LocalSet(2),
                Instruction::LocalGet(1),
                Instruction::LocalGet(2),
                Instruction::I32Add,
                Instruction::LocalSet(3),
            ] {
                body.instruction(&instruction);
            }
        }
        body.instruction(&Instruction::LocalGet(3));
        body.instruction(&Instruction::End);
        code.function(&body);
    }
    exports.export("first", ExportKind::Func, 0);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&exports)
        .section(&code);
    module.finish()
}

/// Does nothing.
pub const NOOP: &str = r#"(module (memory (export "memory") 1) (func (export "run")))"#;

/// Work of one kind, exported as `run`.
pub struct Kernel {
    pub name: &'static str,
    pub wasm: Vec<u8>,
    /// Input of the bytes ABI, when `run` is such a function.
    pub input: Option<Vec<u8>>,
    pub export: &'static str,
}

/// Calls, integer, JSON and float work, some milliseconds each.
pub fn kernels() -> Result<Vec<Kernel>> {
    let plain = |name, text| {
        Ok::<_, anyhow::Error>(Kernel {
            name,
            wasm: wat(text)?,
            input: None,
            export: "run",
        })
    };
    Ok(vec![
        plain("calls", CALLS)?,
        plain("integer", INTEGER)?,
        Kernel {
            name: "JSON",
            wasm: example("json-transform")?,
            input: Some(records()),
            export: "transform",
        },
        plain("float", FLOAT)?,
    ])
}

/// A request of the JSON guest: sort and rename 2,000 records.
fn records() -> Vec<u8> {
    let records: Vec<_> = (0..2_000)
        .map(|i| serde_json::json!({"city": format!("city {}", i * 7919 % 1000), "kwh": f64::from(i % 97) + 0.5}))
        .collect();
    let steps = serde_json::json!([
        {"filter": {"field": "kwh", "at_least": 3}},
        {"rename": {"from": "kwh", "to": "energy"}},
        {"sort": {"field": "energy", "descending": true}},
        {"limit": 100},
    ]);
    serde_json::json!({"records": records, "steps": steps})
        .to_string()
        .into_bytes()
}

/// Fibonacci numbers without a table: nothing but calls.
const CALLS: &str = r#"(module
  (func $fib (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "run") (result i32) (call $fib (i32.const 29))))"#;

/// A hash over a megabyte of memory, four times.
const INTEGER: &str = r#"(module (memory (export "memory") 16)
  (func (export "run") (result i32) (local $i i32) (local $h i32) (local $turn i32)
    (local.set $h (i32.const 0x811C9DC5))
    (loop $turns
      (local.set $i (i32.const 0))
      (loop $words
        (local.set $h (i32.mul (i32.xor (local.get $h) (i32.load (local.get $i))) (i32.const 0x01000193)))
        (local.set $h (i32.xor (i32.rotl (local.get $h) (i32.const 13)) (i32.shr_u (local.get $h) (i32.const 7))))
        (i32.store (local.get $i) (local.get $h))
        (local.set $i (i32.add (local.get $i) (i32.const 4)))
        (br_if $words (i32.lt_u (local.get $i) (i32.const 1048576))))
      (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
      (br_if $turns (i32.lt_u (local.get $turn) (i32.const 4))))
    (local.get $h)))"#;

/// Product of two matrices of 160 by 160: a loop as tight as loops get.
const FLOAT: &str = r#"(module (memory (export "memory") 16)
  (func (export "run") (result f64) (local $i i32) (local $j i32) (local $k i32) (local $sum f64)
    (loop $i
      (local.set $j (i32.const 0))
      (loop $j
        (local.set $k (i32.const 0))
        (local.set $sum (f64.const 0))
        (loop $k
          (local.set $sum (f64.add (local.get $sum) (f64.mul
            (f64.load (i32.shl (i32.add (i32.mul (local.get $i) (i32.const 160)) (local.get $k)) (i32.const 3)))
            (f64.load offset=204800 (i32.shl (i32.add (i32.mul (local.get $k) (i32.const 160)) (local.get $j)) (i32.const 3))))))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br_if $k (i32.lt_u (local.get $k) (i32.const 160))))
        (f64.store offset=409600 (i32.shl (i32.add (i32.mul (local.get $i) (i32.const 160)) (local.get $j)) (i32.const 3)) (local.get $sum))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $j (i32.lt_u (local.get $j) (i32.const 160))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $i (i32.lt_u (local.get $i) (i32.const 160))))
    (f64.load offset=409600 (i32.const 800))))"#;
