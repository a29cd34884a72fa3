//! What runs a program. Both engines decide alike and charge the same gas.
//!
//! [`vm`] lowers a program to bytecode and interprets it; [`wasm`] writes a WebAssembly module, which another runtime compiles.
//!
//! This folder imports [`ir`](crate::ir), [`host`](crate::host) and [`data`](crate::data). An engine sees a checked program and never its text.

pub mod vm;
pub mod wasm;
