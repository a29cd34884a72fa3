//! ECL, the policy language of Tollgate: typed, total, pure and metered.
//!
//! This crate is for programs that decide by policies, and for tools that read them: it compiles, evaluates, explains, formats,
//! tests and analyses. Who wants decisions about runs, and not the language, takes the crate `tollgate`.
//!
//! ```
//! use std::sync::Arc;
//!
//! use tollgate_ecl::{Bundle, CompiledProgram, Decision, NoFacts, Vm, compile, encode};
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
//! 1. A [`Bundle`] is the texts of a policy and of what it imports. Reading them is the host's: this crate has no I/O.
//! 2. [`compile`] makes a [`Compiled`] of it: [`Program`]s, or [`Diagnostic`]s that [`render`] shows. [`tools::lint::compile`] also says
//!    what is probably not meant.
//! 3. [`CompiledProgram`] is what the virtual machine runs, made once for each program and shared. [`engines::wasm`] makes a WebAssembly
//!    module of the same program, which decides alike and charges the same.
//! 4. [`encode`] brings JSON into the layout of a program, as an [`Input`]. What is no input of the program is an error that names its
//!    field.
//! 5. A [`Vm`] evaluates. It asks the host's [`Facts`] a question of some [`FactKind`] and gets an [`Answer`] or a [`FactError`];
//!    [`MemoryFacts`] answers from memory or a file, [`NoFacts`] answers nothing.
//! 6. The [`Verdict`] has a [`Decision`], or the [`EvalError`] because of which there is none, and the gas that was used, which is at most
//!    what [`GasLimits`] allow. An error is never an accept.
//! 7. [`Reasons`] say why, for people and as JSON; a [`Redaction`] says which values they do not show.
//!
//! # Where the rest is
//!
//! These names are all that a program needs that decides. Each folder below has the rest of one stage, for tools: data flows from
//! [`syntax`] through [`check`] and [`ir`] to [`engines`]. What a program and its [`host`] say to each other stands beside the engines,
//! [`tools`] above them, and [`data`], what policies compute with, below all. Every bound is in [`limits`], and every code of a
//! diagnostic in [`codes`]. No clock, randomness or `unsafe` is in this crate, and it compiles to wasm32.
//!
//! The language itself is in `docs/language.md`, and `docs/tutorial.md` begins at nothing.

#![forbid(unsafe_code)]

pub mod check;
pub mod codes;
pub mod data;
pub mod engines;
pub mod host;
pub mod ir;
pub mod limits;
pub mod syntax;
#[cfg(any(test, feature = "oracle"))]
#[allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    reason = "a campaign ends with a panic at what it finds"
)]
pub mod testing;
pub mod tools;

pub use tollgate_diagnostics::diagnostic::Diagnostic;
pub use tollgate_diagnostics::{diagnostic, render, span};

pub use self::check::{Compiled, compile};
pub use self::data::gas::GasLimits;
pub use self::engines::vm::{CompiledProgram, Vm};
pub use self::host::facts::{Answer, FactError, Facts, NoFacts};
pub use self::host::input::{Input, encode};
pub use self::host::outcome::{EvalError, Verdict};
pub use self::host::providers::MemoryFacts;
pub use self::ir::{Decision, FactKind, Program};
pub use self::syntax::bundle::Bundle;
pub use self::tools::explain::{Reasons, Redaction};
