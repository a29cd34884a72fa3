//! `wasi-calls FUNCTION`: what a function of WASI preview 1 answers, case by case, one line each.
//!
//! It knows nothing of Tollgate: what two runtimes answer can be compared. What differs by its nature, such as times and the
//! numbers of files, is told as what has to hold of it. The folder `/w` is as `cargo xtask wasi-diff` makes it.

mod descriptors;
mod ground;
mod names;
mod paths;
mod rest;

use std::fmt::Display;
use std::process::ExitCode;

/// Tells what one case came to: the name of the error, or the value.
fn tell(case: &str, errno: i32, value: impl Display) {
    match errno {
        0 => println!("{case}: ok {value}"),
        errno => println!("{case}: {}", names::of(errno)),
    }
}

/// As [`tell`], of a function that answers nothing but whether it worked.
fn done(case: &str, errno: i32) {
    tell(case, errno, "");
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let name = arguments.get(1).map_or("", String::as_str);
    let known = paths::run(name) || descriptors::run(name) || rest::run(name);
    if known {
        ExitCode::SUCCESS
    } else {
        eprintln!("wasi-calls: no such function: {name}");
        ExitCode::from(64)
    }
}
