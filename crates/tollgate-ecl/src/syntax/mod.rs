//! Text becomes a tree: what a policy says, before anybody asks whether it makes sense.
//!
//! Text → [tokens](lexer) → [`ast`]. The [`parser`] never stops at the first error; it returns what it could read and diagnostics. A
//! [`bundle`] is the texts that belong together, and [`quote`] writes a text as a literal.
//!
//! This folder imports the codes and the limits. It knows no types and no program.

pub mod ast;
pub mod bundle;
pub mod lexer;
pub mod parser;
pub mod quote;
