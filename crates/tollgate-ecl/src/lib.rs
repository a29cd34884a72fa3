//! ECL, the policy language of Tollgate: typed, total, pure and metered.
//!
//! Data flows one way: text → [tokens](lexer) → [`ast`] → [`check`] → [`ir`] → the bytecode VM ([`vm`]) or WebAssembly
//! ([`wasm`]). This crate has no I/O, clock, randomness or `unsafe`, and compiles to wasm32.

pub mod ast;
pub mod bound;
pub mod bundle;
pub mod check;
pub mod codes;
pub mod decimal;
pub mod diagnostic;
pub mod did;
pub mod facts;
pub mod gas;
mod index;
pub mod ir;
pub mod lexer;
pub mod limits;
pub mod outcome;
pub mod parser;
pub mod render;
pub mod span;
pub mod stdlib;
pub mod trust;
pub mod types;
