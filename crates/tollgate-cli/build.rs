//! Says what to do where the module is missing that the command has inside.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "what it prints is for Cargo")]

use std::path::Path;

/// Seen from this folder.
const HOST: &str = "../../guests/build/ecl-host.wasm";

fn main() {
    println!("cargo::rerun-if-changed={HOST}");
    if !Path::new(HOST).is_file() {
        println!(
            "cargo::error=`guests/build/ecl-host.wasm` is not built, which the command has inside: run `cargo xtask guests` first"
        );
    }
}
