//! From the paths a user names to bundles.
//!
//! A folder stands for all `.ecl` files in it. Files that import or reference each other are one bundle, others stand for
//! themselves: two policies of a folder may use the same names. Files that are imported are added when they lie inside of
//! the root: the folder that the command was started in, or the one that holds all named files when that is elsewhere.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tollgate_ecl::ast::ItemKind;
use tollgate_ecl::bundle::{Bundle, SourceFile, connected, normal, resolve};
use tollgate_ecl::check::{Compiled, compile};
use tollgate_ecl::diagnostic::Diagnostic;
use tollgate_ecl::limits::SOURCE_BYTES_MAX;
use tollgate_ecl::parser::parse;
use tollgate_ecl::render::{Style, render};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::sources::{Named, Reader, name_of, not_readable, read_text, too_many};

/// Files of one command at most.
const FILES_MAX: usize = 10_000;
/// What stands before the message about a file that is not UTF-8.
const NOT_TEXT: &str = "E0109: ";

/// Reads the files and what they import.
pub(super) fn load(paths: &[String]) -> CliResult<Bundle> {
    let mut named = Vec::new();
    for path in paths {
        named.extend(files(path)?.into_iter().map(|path| Named {
            name: name(&path),
            path,
        }));
    }
    let root = root(&named)?;
    let reader = Reader {
        base: Path::new(""),
        root: &root,
        files_max: FILES_MAX,
        bytes_max: SOURCE_BYTES_MAX,
        not_text: NOT_TEXT,
        imports: &|source| {
            let imports = imports(source).into_iter();
            let names = imports.filter_map(|import| resolve(&source.name, &import));
            names.map(|name| vec![name]).collect()
        },
    };
    Ok(reader.load(named)?.bundle)
}

/// The folder that imports do not leave.
fn root(named: &[Named]) -> CliResult<PathBuf> {
    let here = Path::new(".");
    let here = here.canonicalize().map_err(|e| not_readable(here, &e))?;
    let mut common: Option<PathBuf> = None;
    for Named { path, .. } in named {
        // Standard input belongs to the current folder; what is not there is reported when it is read.
        let Ok(real) = path.canonicalize() else {
            continue;
        };
        let folder = real.parent().unwrap_or(&real);
        common = Some(match common {
            None => folder.to_owned(),
            Some(before) => before
                .ancestors()
                .find(|ancestor| folder.starts_with(ancestor))
                .unwrap_or(Path::new("/"))
                .to_owned(),
        });
    }
    Ok(common
        .filter(|common| !common.starts_with(&here))
        .unwrap_or(here))
}

/// Files that belong together, and what they were compiled to.
pub(super) struct Source {
    pub(super) bundle: Bundle,
    pub(super) compiled: Compiled,
}

/// Reads and checks: one source for all files that belong together by imports and references.
pub(super) fn check(paths: &[String]) -> CliResult<Vec<Source>> {
    let sources = connected(load(paths)?).into_iter().map(|bundle| Source {
        compiled: compile(&bundle),
        bundle,
    });
    Ok(sources.collect())
}

/// Reads, checks and reports; an error when there are errors.
pub(super) fn compiled(paths: &[String]) -> CliResult<Vec<Source>> {
    let sources = check(paths)?;
    let mut count = 0;
    for Source { bundle, compiled } in &sources {
        report(bundle, &compiled.diagnostics);
        count += compiled.diagnostics.iter().filter(|d| d.is_error()).count();
    }
    if count > 0 {
        return Err(CliError::message(Exit::Invalid, errors_in_words(count)));
    }
    Ok(sources)
}

/// `1 error`, `3 errors`, with where to read on.
pub(super) fn errors_in_words(count: usize) -> String {
    let errors = if count == 1 {
        "1 error".to_owned()
    } else {
        format!("{count} errors")
    };
    format!("{errors}; `tollgate ecl explain CODE` says more about a code")
}

/// Writes diagnostics to standard error, in colour where it shows any.
pub(super) fn report(bundle: &Bundle, diagnostics: &[Diagnostic]) {
    if !diagnostics.is_empty() {
        // What is quoted was made visible when it was rendered; the sequences left are the colours. That nobody reads it is
        // not an error.
        let text = render(bundle, diagnostics, Style::Colored);
        drop(anstream::stderr().lock().write_all(text.as_bytes()));
    }
}

/// The `.ecl` files a path stands for.
pub(super) fn files(path: &str) -> CliResult<Vec<PathBuf>> {
    let path = PathBuf::from(path);
    if !path.is_dir() {
        return Ok(vec![path]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.clone()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| not_readable(&folder, &e))?;
        for entry in entries {
            let entry = entry.map_err(|e| not_readable(&folder, &e))?;
            let kind = entry.file_type().map_err(|e| not_readable(&folder, &e))?;
            let path = entry.path();
            // What is hidden belongs to tools; a pattern of a shell leaves it out too.
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            // Links are not followed: they can form a circle, or lead to what a diagnostic must not print. Pipes would wait.
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|e| e == "ecl") {
                found.push(path);
            }
        }
        if found.len() > FILES_MAX {
            return Err(too_many(FILES_MAX));
        }
    }
    if found.is_empty() {
        return Err(CliError::message(
            Exit::NotFound,
            format!("there is no `.ecl` file in `{}`", path.display()),
        ));
    }
    found.sort();
    Ok(found)
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read(path: &Path) -> CliResult<String> {
    read_text(path, SOURCE_BYTES_MAX, NOT_TEXT)
}

/// What a file imports, as it is written there.
fn imports(source: &SourceFile) -> Vec<String> {
    // Most files import nothing; they are not parsed twice.
    if !source.text.contains("import") {
        return Vec::new();
    }
    let parsed = parse(0, &source.text);
    let imports = parsed
        .file
        .items
        .into_iter()
        .filter_map(|item| match item.kind {
            ItemKind::Import(name) => Some(name.node),
            _ => None,
        });
    imports.collect()
}

/// The name of a file in diagnostics, and for imports.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") {
        return "<stdin>".to_owned();
    }
    normal(&name_of(path))
}
