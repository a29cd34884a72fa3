//! Lints: what is allowed and probably not meant, as warnings with codes of their own (`W0101`).
//!
//! They are looked for in bundles without errors, apart from the checker: who only decides pays nothing for them. A lint says
//! only what is certain, and where it comes with a change of the text ([`Fix`](crate::diagnostic::Fix)), the changed text
//! compiles and decides as before; where what was meant is not certain, there is help and no change. A comment `# allow W0101`
//! beside a line, or above it, silences one ([`allow`]). Every lint is linear in the text, or counts
//! its steps and ends when they are used up.

mod allow;
mod declared;
mod dropped;
mod edit;
mod facts;
mod found;
mod glob;
mod logic;
mod names;
mod networks;
mod rules;

use self::found::{Lints, warning};
use crate::check::{Compiled, compile_with_trees};
use crate::codes::{lint as codes, parser::TOO_MANY_ERRORS};
use crate::diagnostic::Diagnostic;
use crate::limits::DIAGNOSTICS_MAX;
use crate::span::Span;
use crate::syntax::ast;
use crate::syntax::bundle::Bundle;

/// Compiles a bundle as [`check::compile`](crate::check::compile) does, and looks for what is probably not meant. The diagnostics
/// have the lints too, at most [`DIAGNOSTICS_MAX`], as warnings in the order of their places; with an error there are none.
///
/// # Example
/// ```
/// use tollgate_ecl::Bundle;
///
/// let source = r#"policy "cheap" { input { price: int }  let limit = 5  accept { price: price <= 3 } }"#;
/// let compiled = tollgate_ecl::tools::lint::compile(&Bundle::single("cheap.ecl", source));
/// assert!(!compiled.has_errors());
/// assert_eq!(compiled.diagnostics[0].code.to_string(), "W0101");
/// ```
#[must_use]
pub fn compile(bundle: &Bundle) -> Compiled {
    let (files, mut compiled) = compile_with_trees(bundle);
    if !compiled.has_errors() {
        compiled
            .diagnostics
            .extend(lints(&files, bundle, &compiled));
        compiled.diagnostics.sort_by_key(Diagnostic::span);
    }
    compiled
}

/// What the lints of a bundle without errors find.
fn lints(files: &[ast::File], bundle: &Bundle, compiled: &Compiled) -> Vec<Diagnostic> {
    let mut lints = Lints {
        texts: bundle.files.iter().map(|file| file.text.as_str()).collect(),
        found: Vec::new(),
    };
    let uses = names::names(files, &mut lints);
    declared::unused(files, &uses, &mut lints);
    facts::unused(files, compiled, &mut lints);
    dropped::misspelt(compiled, &mut lints);
    rules::look(files, compiled, &mut lints);
    networks::look(&uses.asked, compiled, &mut lints);
    for (file, number) in files.iter().zip(0..) {
        if file.items.is_empty() {
            let text = "this file declares nothing";
            let help = "write a declaration, or remove the file";
            lints.add(warning(codes::EMPTY_FILE, Span::new(number, 0, 0), text).help(help));
        }
    }
    let mut found = allow::apply(lints);
    found.sort_by_key(Diagnostic::span);
    shortened(found)
}

/// The first [`DIAGNOSTICS_MAX`], and that there are more.
fn shortened(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if let Some(first) = found.get(DIAGNOSTICS_MAX) {
        let more = warning(TOO_MANY_ERRORS, first.span(), "too many warnings");
        found.truncate(DIAGNOSTICS_MAX);
        found.push(more.help("repair the first ones; the others are shown then"));
    }
    found
}

#[cfg(test)]
mod tests;
