//! The integration tests of the language, in one binary.

#![cfg(test)]

mod allocations;
#[cfg(feature = "oracle")]
mod attack;
#[cfg(feature = "oracle")]
mod builtins;
mod cases;
mod codes;
mod coming_from;
mod errors_page;
mod expectations;
mod formatting;
#[cfg(feature = "oracle")]
mod globs;
#[cfg(feature = "oracle")]
#[path = "../../examples/ecl-diff/interpreted.rs"]
mod interpreted;
#[cfg(feature = "oracle")]
mod javascript;
mod mutation;
#[cfg(feature = "oracle")]
mod properties;
mod robustness;
mod suite;
mod typed_tests;
#[cfg(feature = "oracle")]
mod wasm_intake;
#[cfg(feature = "oracle")]
mod wasm_javascript;
mod wit;
