//! The compiler as its users meet it.

mod diagnostics;
mod engine;
mod files;
mod programs;
mod robustness;
mod rows;
mod syntax;
