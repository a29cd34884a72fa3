//! ECL, the policy language of Tollgate: typed, total, pure and metered.
//!
//! Data flows one way: text → [`token`](lexer) → [`ast`] → [`check`] → [`ir`] → the bytecode VM ([`vm`]) or WebAssembly
//! ([`wasm`]). This crate has no I/O, clock, randomness or `unsafe`, and compiles to wasm32.

pub mod ast;
pub mod decimal;
pub mod did;
pub mod facts;
pub mod gas;
pub mod ir;
pub mod outcome;
pub mod span;
pub mod trust;
pub mod types;
