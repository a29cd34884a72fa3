//! From the paths a user names to bundles.
//!
//! A folder stands for all `.ecl` files in it. Files that import or reference each other are one bundle, others stand for
//! themselves: two policies of a folder may use the same names. Files that are imported are added, looked for beside the file
//! that imports them; an import cannot leave that folder, since a diagnostic would print lines of whatever it names.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::anyhow;
use tollgate_ecl::ast::ItemKind;
use tollgate_ecl::bundle::{Bundle, connected};
use tollgate_ecl::check::{Compiled, compile};
use tollgate_ecl::diagnostic::Diagnostic;
use tollgate_ecl::limits::SOURCE_BYTES_MAX;
use tollgate_ecl::parser::parse;
use tollgate_ecl::render::{Style, render};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Files of one command at most.
const FILES_MAX: usize = 10_000;

/// Reads the files and what they import.
pub(super) fn load(paths: &[String]) -> CliResult<Bundle> {
    let mut bundle = Bundle::default();
    let mut seen = BTreeSet::new();
    let mut waiting = Vec::new();
    for path in paths.iter().rev() {
        waiting.extend(files(path)?.into_iter().rev());
    }
    while let Some(path) = waiting.pop() {
        if !seen.insert(identity(&path)) {
            continue;
        }
        if bundle.files.len() >= FILES_MAX {
            return Err(CliError::message(
                Exit::Invalid,
                format!("more than {FILES_MAX} source files"),
            ));
        }
        let text = read(&path)?;
        let imports = imports(&text);
        bundle.add(name(&path), text);
        let folder = path.parent().unwrap_or(Path::new(""));
        for import in imports {
            let steps = Path::new(&import).components();
            let below: PathBuf = steps.filter(|c| *c != Component::CurDir).collect();
            let beside = folder.join(below);
            // What is not there is reported by the checker, at the import.
            if stays_below(&import) && beside.is_file() && lies_below(&beside, folder) {
                waiting.push(beside);
            }
        }
    }
    Ok(bundle)
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
            return Err(CliError::message(
                Exit::Invalid,
                format!("more than {FILES_MAX} source files"),
            ));
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
    let bytes = read_bytes(path, SOURCE_BYTES_MAX)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!(
            "E0109: `{}` is not UTF-8 text (byte {at}); save it as UTF-8",
            path.display()
        );
        CliError::message(Exit::Invalid, message)
    })
}

/// The bytes of a file of at most `bytes_max` bytes, or of standard input for `-`.
pub(super) fn read_bytes(path: &Path, bytes_max: usize) -> CliResult<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more shows that there is more.
    let limit = bytes_max as u64 + 1;
    let result = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    result.map_err(|e| not_readable(path, &e))?;
    if bytes.len() > bytes_max {
        let message = format!("`{}` is larger than {bytes_max} bytes", path.display());
        return Err(CliError::message(Exit::Invalid, message));
    }
    Ok(bytes)
}

pub(super) fn not_readable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(
        Exit::NotFound,
        anyhow!("cannot read `{}`: {error}", path.display()),
    )
}

fn imports(text: &str) -> Vec<String> {
    // Most files import nothing; they are not parsed twice.
    if !text.contains("import") {
        return Vec::new();
    }
    let parsed = parse(0, text);
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

fn stays_below(import: &str) -> bool {
    Path::new(import)
        .components()
        .all(|c| matches!(c, Component::Normal(_) | Component::CurDir))
}

/// Whether a file really is below a folder: links may lead elsewhere.
fn lies_below(path: &Path, folder: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let real = || Some((path.canonicalize().ok()?, folder.canonicalize().ok()?));
    real().is_some_and(|(path, folder)| path.starts_with(folder))
}

/// The name of a file in diagnostics.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") {
        return "<stdin>".to_owned();
    }
    // Imports are written with `/` everywhere.
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR_STR, "/")
}

/// The same file under two names is read once.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
