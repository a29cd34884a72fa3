//! ECL, the policy language of Tollgate: typed, total, pure and metered.
//!
//! This crate is for programs that decide by policies, and for tools that read them: it compiles, evaluates, explains, formats,
//! tests and analyses. Who wants decisions about runs, and not the language, takes the crate `tollgate`.
//!
//! ```
//! use std::sync::Arc;
//!
//! use tollgate_ecl::syntax::bundle::Bundle;
//! use tollgate_ecl::check::compile;
//! use tollgate_ecl::host::facts::NoFacts;
//! use tollgate_ecl::host::input::encode;
//! use tollgate_ecl::ir::Decision;
//! use tollgate_ecl::engines::vm::{CompiledProgram, Vm};
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
//! Data flows one way: text → [`syntax`] → [`check`] → [`ir`] → an engine of [`engines`], the bytecode VM or WebAssembly. Both decide
//! alike and charge the same [gas](data::gas). What a policy asks of its [`host`] stands beside the engines, [`tools`] above them, and
//! [`data`], what policies compute with, below all. This crate has no I/O, clock, randomness or `unsafe`, and compiles to wasm32.
//!
//! # Where next
//!
//! * [`check::compile`] turns texts into programs, or into [diagnostics](diagnostic) that [`render`] shows; [`tools::lint::compile`]
//!   also says what is probably not meant.
//! * [`host::input`] takes in JSON, [`host::facts::Facts`] is what a policy asks its host, [`host::providers`] answers it from memory or
//!   a file.
//! * [`engines::vm::Vm`] decides, [`tools::explain`] says why, [`host::effect`] is what a decision asks its host to do.
//! * [`tools::format::format`] prints a text in its one form; [`tools::suite::run`] runs its tests; [`ir::bound`] proves what it costs
//!   at most.
//! * The language itself is in `docs/language.md`, and `docs/tutorial.md` begins at nothing.

pub mod check;
pub mod codes;
pub mod data;
pub mod engines;
pub mod host;
pub mod ir;
pub mod limits;
pub mod syntax;
#[cfg(any(test, feature = "oracle"))]
pub mod testing;
pub mod tools;

pub use tollgate_diagnostics::{diagnostic, render, span};
