//! TypeScript becomes WebAssembly.
//!
//! This crate is for programs that turn source text into modules: it takes texts and gives bytes and diagnostics. It reads no
//! file and runs nothing; the crate `tollgate` runs what it made.
//!
//! ```
//! use tollgate_diagnostics::render::{Style, render};
//! use tollgate_diagnostics::source::Bundle;
//! use tollgate_forge::{Options, compile};
//!
//! let bundle = Bundle::single("add.ts", "export function add(a: i32, b: i32): i32 { return a + b; }");
//! let compiled = compile(&bundle, 0, Options::default());
//! let built = compiled.built.ok_or_else(|| render(&bundle, &compiled.diagnostics, Style::Plain))?;
//! assert!(built.wasm.starts_with(b"\0asm"));
//! assert!(built.declarations.contains("add(a: number, b: number): number"));
//! # Ok::<(), String>(())
//! ```
//!
//! # The way of a program
//!
//! Data flows one way: text → [trees](syntax) → [checked and typed IR](check) → [the same without
//! exceptions](exceptions) → [the same with less](optimise) → [a module](emit). The first rule: never a wrong or invalid module.
//! What is not supported is an error with a place, a stable [code](codes) and a hint, and all of them are reported in one run.
//! This crate has no I/O, clock, randomness or `unsafe`, and compiles to wasm32.
//!
//! # Where next
//!
//! * [`compile`] is the way in; [`Options`] says how much is optimised, by default for [speed](Level::Speed).
//! * [`resolve`] says which file an `import` means, [`limits`] how large a program may be.
//! * `docs/typescript.md` lists what of the language there is, `docs/typescript-errors.md` explains each code.

#![forbid(unsafe_code)]

mod check;
pub mod codes;
mod emit;
mod exceptions;
mod ir;
pub mod limits;
mod number;
mod optimise;
#[cfg(feature = "oracle")]
pub mod oracle;
pub mod resolve;
mod syntax;

use oxc_allocator::Allocator;
use tollgate_diagnostics::diagnostic::Diagnostic;
use tollgate_diagnostics::source::Bundle;
use wasmparser::{Validator, WasmFeatures};

use emit::Unwritten;

pub use optimise::Level;

/// How a program is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// How much is done for speed and size.
    pub optimise: Level,
}

/// What became of a program.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The module, if there are no errors.
    pub built: Option<Built>,
    /// What there is to say, in order of places.
    pub diagnostics: Vec<Diagnostic>,
}

/// A module.
#[derive(Debug, Clone)]
pub struct Built {
    /// The module, valid.
    pub wasm: Vec<u8>,
    /// Its exports as TypeScript declarations, for a host in JavaScript.
    pub declarations: String,
}

/// Compiles the program that begins with file number `entry` of a bundle.
///
/// Files import each other by their names in the bundle: paths from the project folder, with `/`; see [`resolve`].
#[must_use]
pub fn compile(bundle: &Bundle, entry: u32, options: Options) -> Compiled {
    if let Some(refused) = syntax::check_size(bundle) {
        return Compiled {
            built: None,
            diagnostics: vec![refused],
        };
    }
    let allocator = Allocator::default();
    let mut diagnostics = Vec::new();
    let mut programs = Vec::new();
    for (index, file) in (0_u32..).zip(&bundle.files) {
        let parsed = syntax::parse(&allocator, index, file);
        diagnostics.extend(parsed.diagnostics);
        programs.push(parsed.program);
    }
    let checked = check::check(&allocator, bundle, &programs, entry);
    diagnostics.extend(checked.diagnostics);
    let more = checked.more_errors;
    let failed = more > 0 || diagnostics.iter().any(Diagnostic::is_error);
    let built = if failed {
        None
    } else {
        build(checked.module, &checked.exports, options).map_or_else(
            |refused| {
                diagnostics.push(*refused);
                None
            },
            Some,
        )
    };
    Compiled {
        built,
        diagnostics: bounded(diagnostics, more),
    }
}

/// Optimises and writes the module, and looks whether it is one.
fn build(
    mut module: ir::Module,
    exports: &[check::exports::Exported],
    options: Options,
) -> Result<Built, Box<Diagnostic>> {
    if module.functions.len() > limits::FUNCTIONS_MAX {
        let message = format!(
            "the program has more than {} functions",
            limits::FUNCTIONS_MAX
        );
        let refused = Diagnostic::error(codes::program::PROGRAM_TOO_LARGE, message);
        return Err(Box::new(refused.help("split the program")));
    }
    let wasm = written(&mut module, options)?;
    Ok(Built {
        wasm,
        declarations: emit::declarations::declarations(exports),
    })
}

/// The module, optimised and valid.
fn written(module: &mut ir::Module, options: Options) -> Result<Vec<u8>, Box<Diagnostic>> {
    exceptions::lower(module, options.optimise).map_err(|broken| Box::new(internal(broken)))?;
    optimise::optimise(module, options.optimise).map_err(|broken| Box::new(internal(broken)))?;
    let wasm = emit::emit(module).map_err(|unwritten| {
        Box::new(match unwritten {
            Unwritten::Broken(broken) => internal(broken),
            Unwritten::TooLarge(message) => {
                Diagnostic::error(codes::program::PROGRAM_TOO_LARGE, message).help("split it")
            }
        })
    })?;
    match Validator::new_with_features(WasmFeatures::WASM2).validate_all(&wasm) {
        Ok(_) => Ok(wasm),
        Err(error) => {
            let broken = internal(format!("the module is not valid: {error}"));
            Err(Box::new(broken))
        }
    }
}

/// The error that the compiler broke a rule of its own.
fn internal(what: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        codes::program::INTERNAL,
        format!("the compiler is wrong: {what}"),
    )
    .help("please report the text; nothing was written")
}

/// The diagnostics in order, each once, at most as many as are shown. There were `more` errors than those.
fn bounded(mut diagnostics: Vec<Diagnostic>, more: usize) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|d| (d.span(), d.code));
    diagnostics.dedup();
    let more = diagnostics
        .len()
        .saturating_sub(limits::DIAGNOSTICS_MAX)
        .saturating_add(more);
    if more > 0 {
        diagnostics.truncate(limits::DIAGNOSTICS_MAX);
        diagnostics.push(
            Diagnostic::error(
                codes::syntax::TOO_MANY_ERRORS,
                format!("{more} more errors"),
            )
            .help("correct the first ones: others often follow from them"),
        );
    }
    diagnostics
}
