//! ECL, the policy language of Tollgate: typed, total, pure and metered.
//!
//! Data flows one way: text → [tokens](lexer) → [`ast`] → [`check`] → [`ir`] → the bytecode VM ([`vm`]) or WebAssembly
//! ([`wasm`]). This crate has no I/O, clock, randomness or `unsafe`, and compiles to wasm32.

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
