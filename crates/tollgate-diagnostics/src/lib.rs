//! What a front end says about source text, for every language of Tollgate: [places](span), [reports](diagnostic) with
//! [codes](mod@codes), how they are [rendered](render), and the [page](document) that explains the codes.
//!
//! ```
//! use tollgate_diagnostics::diagnostic::nearest;
//! use tollgate_diagnostics::source::Bundle;
//! use tollgate_diagnostics::span::Span;
//!
//! let bundle = Bundle::single("a.ecl", "accept\n  prize <= 3");
//! let span = Span::new(0, 9, 14);
//! assert_eq!(bundle.slice(span), "prize");
//! assert_eq!(bundle.line_column(span), (2, 3));
//! assert_eq!(nearest("prize", ["price", "distance"]), Some("price"));
//! ```
//!
//! A front end makes a [`Diagnostic`](diagnostic::Diagnostic) with a code of its own table, a place and help;
//! [`render::render`] shows it with the lines of the [`Bundle`](source::Bundle). `tollgate-ecl` and `tollgate-forge` are the two
//! front ends.
//!
//! This crate knows no language: each brings its own tables of codes. It has no I/O and compiles to wasm32.

#![forbid(unsafe_code)]

pub mod codes;
pub mod columns;
pub mod diagnostic;
pub mod document;
pub mod hidden;
pub mod render;
pub mod source;
pub mod span;
