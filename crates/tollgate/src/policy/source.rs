//! Policies that are given as source: one policy, beside a source of ours that it may import.

use tollgate_ecl::bundle::{Bundle, resolve};
use tollgate_ecl::check;
use tollgate_ecl::ir::Program;
use tollgate_ecl::render::{Style, render};

/// A source text with its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedSource<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

/// A source is not one policy.
#[derive(Debug)]
pub(crate) enum SourceError {
    /// It does not compile; what the compiler says.
    Compile(String),
    /// It has so many policies and guards.
    Count(usize),
}

/// Compiles the one policy of `source`. It may import `ours` by its name alone, wherever it says to stand itself.
///
/// # Errors
/// When it does not compile, or has none or several.
pub(crate) fn only_policy(
    source: NamedSource<'_>,
    ours: NamedSource<'_>,
) -> Result<Program, SourceError> {
    let mut bundle = Bundle::single(source.name, source.text);
    // An import is relative to the file that imports.
    let beside = resolve(source.name, ours.name);
    bundle.add(beside.unwrap_or_else(|| ours.name.to_owned()), ours.text);
    let compiled = check::compile(&bundle);
    if compiled.has_errors() {
        let diagnostics = render(&bundle, &compiled.diagnostics, Style::Plain);
        return Err(SourceError::Compile(diagnostics));
    }
    let count = compiled.programs.len();
    let only = <[Program; 1]>::try_from(compiled.programs);
    let [program] = only.map_err(|_| SourceError::Count(count))?;
    Ok(program)
}
