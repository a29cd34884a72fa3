//! What a front end says about source text, for every language of Tollgate: [places](span), [reports](diagnostic) with
//! [codes](mod@codes), how they are [rendered](render), and the [page](document) that explains the codes.
//!
//! This crate knows no language: each brings its own tables of codes. It has no I/O and compiles to wasm32.

pub mod codes;
pub mod diagnostic;
pub mod document;
pub mod hidden;
pub mod render;
pub mod source;
pub mod span;
