//! Policies that are given as source: one policy, beside a source of ours that it may import.

use tollgate_ecl::render::{Style, render};
use tollgate_ecl::syntax::bundle::{imports, resolve};
use tollgate_ecl::tools::findings::Finder;
use tollgate_ecl::{Bundle, Program, compile};

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

/// A policy that was given as source.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) program: Program,
    /// What gives its messages their values, if they have any.
    pub(crate) finder: Option<Finder>,
}

/// Compiles the one policy of `source`. It may import `ours` by its name alone, wherever it says to stand itself; without that import it
/// has nothing of it.
///
/// # Errors
/// When it does not compile, or has none or several.
pub(crate) fn only_policy(
    source: NamedSource<'_>,
    ours: NamedSource<'_>,
) -> Result<Compiled, SourceError> {
    let mut bundle = Bundle::single(source.name, source.text);
    let is_imported = bundle
        .files
        .iter()
        .flat_map(imports)
        .any(|import| import == ours.name);
    if is_imported {
        // An import is relative to the file that imports.
        let beside = resolve(source.name, ours.name);
        bundle.add(beside.unwrap_or_else(|| ours.name.to_owned()), ours.text);
    }
    let compiled = compile(&bundle);
    if compiled.has_errors() {
        let diagnostics = render(&bundle, &compiled.diagnostics, Style::Plain);
        let help = match is_imported {
            true => String::new(),
            false => format!(
                "what such a policy decides about stands in `{name}`: begin it with `import \"{name}\"`\n",
                name = ours.name
            ),
        };
        return Err(SourceError::Compile(diagnostics + &help));
    }
    let [program] = &*compiled.programs else {
        return Err(SourceError::Count(compiled.programs.len()));
    };
    let finder = Finder::of(&compiled, program);
    let finder = finder.map_err(|error| SourceError::Compile(error.to_string()))?;
    Ok(Compiled {
        program: program.clone(),
        finder,
    })
}
