//! ECL, the policy language of Tollgate: typed, total, pure and metered.
//!
//! This crate is for programs that decide by policies, and for tools that read them: it compiles, evaluates, explains, formats,
//! tests and analyses. Who wants decisions about runs, and not the language, takes the crate `tollgate`.
//!
//! ```
//! use std::sync::Arc;
//!
//! use tollgate_ecl::bundle::Bundle;
//! use tollgate_ecl::check::compile;
//! use tollgate_ecl::facts::NoFacts;
//! use tollgate_ecl::input::encode;
//! use tollgate_ecl::ir::Decision;
//! use tollgate_ecl::vm::{CompiledProgram, Vm};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let source = r#"policy "cheap" { input { price: money<EUR> }  accept { price: price <= 0.50 EUR } }"#;
//! let compiled = compile(&Bundle::single("cheap.ecl", source));
//! let program = compiled.program(Some("cheap")).ok_or("errors, which `compiled.diagnostics` has")?;
//!
//! let input = encode(program, &serde_json::json!({ "price": 0.42 }))?;
//! let mut vm = Vm::new(Arc::new(CompiledProgram::new(program.clone())?));
//! let verdict = vm.evaluate(&input, &mut NoFacts, &program.gas_limits);
//! assert_eq!(verdict.result, Ok(Decision::Accept));
//! # Ok(())
//! # }
//! ```
//!
//! # The way of a policy
//!
//! Data flows one way: text → [tokens](lexer) → [`ast`] → [`check`] → [`ir`] → the bytecode VM ([`vm`]) or WebAssembly
//! ([`wasm`]). Both engines decide alike and charge the same [`gas`]. This crate has no I/O, clock, randomness or `unsafe`, and
//! compiles to wasm32.
//!
//! # Where next
//!
//! * [`check::compile`] turns texts into programs, or into [diagnostics](diagnostic) that [`render`] shows; [`lint::compile`] also
//!   says what is probably not meant.
//! * [`input`] takes in JSON, [`facts::Facts`] is what a policy asks its host, [`providers`] answers it from memory or a file.
//! * [`vm::Vm`] decides, [`explain`] says why, [`effect`] is what a decision asks its host to do.
//! * [`format::format`] prints a text in its one form; [`suite::run`] runs its tests; [`bound`] proves what it costs at most.
//! * The language itself is in `docs/language.md`, and `docs/tutorial.md` begins at nothing.

pub mod advice;
pub mod ast;
#[cfg(any(test, feature = "oracle"))]
pub mod attack;
pub mod bound;
pub mod boundary;
pub mod bundle;
pub mod canonical;
pub mod check;
pub mod codes;
pub mod cost;
pub mod decimal;
pub mod decisions;
pub mod did;
#[cfg(any(test, feature = "oracle"))]
pub mod differential;
pub mod disassemble;
pub mod effect;
pub mod explain;
pub mod facts;
pub mod findings;
pub mod format;
pub mod gas;
#[cfg(any(test, feature = "oracle"))]
pub mod generate;
mod glob;
#[cfg(any(test, feature = "oracle"))]
pub mod grammar;
pub mod identifier;
mod index;
pub mod input;
pub mod instant;
pub mod ir;
mod json;
pub mod lexer;
pub mod limits;
pub mod lint;
pub mod memory;
pub mod net;
#[cfg(any(test, feature = "oracle"))]
pub mod oracle;
pub mod outcome;
pub mod outlook;
pub mod parser;
#[cfg(any(test, feature = "oracle"))]
pub mod properties;
pub mod providers;
pub mod quote;
mod reading;
pub mod stdlib;
pub mod suite;
#[cfg(any(test, feature = "oracle"))]
pub mod testing;
pub mod trust;
pub mod types;
pub mod unit;
pub mod value;
pub mod vm;
pub mod wasm;

pub use tollgate_diagnostics::{diagnostic, render, span};
