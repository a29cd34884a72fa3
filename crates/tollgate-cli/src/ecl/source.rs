//! From the paths a user names to bundles.
//!
//! A folder stands for all `.ecl` files in it. Files that import or reference each other are one bundle, others stand for
//! themselves: two policies of a folder may use the same names. Files that are imported are added when they lie inside of
//! the root: the folder that the command was started in, or the deepest one that holds all named files when that is elsewhere.
//! That one is never a folder above the current one that nobody named: imports would reach all of it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tollgate::limits::POLICY_FILES_MAX;
use tollgate::policies::{OpenError, sources};
use tollgate::source_files::{Named, Reader, Sources, name_of};
use tollgate_ecl::limits::SOURCE_BYTES_MAX;
use tollgate_ecl::render::{Style, render};
use tollgate_ecl::syntax::bundle::{connected, imports, normal, resolve};
use tollgate_ecl::tools::lint;
use tollgate_ecl::{Bundle, Compiled, Diagnostic, compile};

use super::ours;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::sources::{Input, not_readable, read_text, too_many, unread};

/// What stands before the message about a file that is not UTF-8.
const NOT_TEXT: &str = "E0109: ";

/// Reads the files and what they import.
pub(super) fn load(paths: &[String]) -> CliResult<Sources> {
    let mut named = Vec::new();
    for path in paths {
        for path in files(path)? {
            let name = own_name(&path)?;
            named.push(Named { name, path });
        }
    }
    let root = root(paths, &named)?;
    let reader = Reader {
        base: Path::new(""),
        root: &root,
        files_max: POLICY_FILES_MAX,
        read: &|path| read(path),
        imports: &|source| {
            let imports = imports(source).into_iter();
            let names = imports.filter_map(|import| resolve(&source.name, &import));
            names.map(|name| vec![name]).collect()
        },
    };
    let sources = reader.load(named);
    let mut sources = sources.map_err(|error| unread(error, POLICY_FILES_MAX))?;
    ours::add(&mut sources.bundle);
    Ok(sources)
}

/// The folder that imports do not leave.
fn root(paths: &[String], named: &[Named]) -> CliResult<PathBuf> {
    let here = Path::new(".");
    let here = here.canonicalize().map_err(|e| not_readable(here, &e))?;
    // Standard input belongs to the current folder; what is not there is reported when it is read.
    let real = named
        .iter()
        .filter_map(|file| file.path.canonicalize().ok());
    let folders: Vec<PathBuf> = real
        .filter_map(|file| Some(file.parent()?.to_owned()))
        .collect();
    let Some(common) = common(&folders).filter(|common| !common.starts_with(&here)) else {
        return Ok(here);
    };
    let is_named = |path: &String| Path::new(path).canonicalize().is_ok_and(|p| p == common);
    if here.starts_with(&common) && !folders.contains(&common) && !paths.iter().any(is_named) {
        let message = format!(
            "the named files have no folder in common below `{0}`, and imports would reach all of it; \
             name them in commands of their own, or start the command in `{0}`",
            common.display()
        );
        return Err(CliError::message(Exit::Usage, message));
    }
    Ok(common)
}

/// The deepest folder that holds all of these.
fn common(folders: &[PathBuf]) -> Option<PathBuf> {
    let (first, others) = folders.split_first()?;
    let holds = |folder: &&Path| others.iter().all(|other| other.starts_with(folder));
    first.ancestors().find(holds).map(Path::to_owned)
}

/// Files that belong together, and what they were compiled to.
pub(super) struct Source {
    pub(super) bundle: Bundle,
    pub(super) compiled: Compiled,
}

/// Reads, checks and looks for lints: one source for all files that belong together by imports and references.
pub(super) fn check(paths: &[String]) -> CliResult<Vec<Source>> {
    Ok(compiled_by(lint::compile, load(paths)?.bundle))
}

fn compiled_by(compile: fn(&Bundle) -> Compiled, bundle: Bundle) -> Vec<Source> {
    let sources = connected(bundle).into_iter().map(|bundle| Source {
        compiled: compile(&bundle),
        bundle,
    });
    sources.collect()
}

/// Reads, checks and reports; an error when there are errors.
pub(super) fn compiled(paths: &[String]) -> CliResult<Vec<Source>> {
    Ok(compiled_from(paths)?.0)
}

/// The same with the paths that were read, without links.
pub(super) fn compiled_from(paths: &[String]) -> CliResult<(Vec<Source>, Vec<PathBuf>)> {
    let Sources { bundle, paths } = load(paths)?;
    let sources = compiled_by(compile, bundle);
    let mut count = 0;
    for Source { bundle, compiled } in &sources {
        report(bundle, &compiled.diagnostics);
        count += compiled.diagnostics.iter().filter(|d| d.is_error()).count();
    }
    if count > 0 {
        return Err(CliError::message(Exit::Invalid, errors_in_words(count)));
    }
    Ok((sources, paths))
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
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let path = path.display();
        let message = format!(
            "`{path}` is JSON, and files of policies stand here; an input is given with `--input @{path}`, facts with `--facts {path}`"
        );
        return Err(CliError::message(Exit::Usage, message));
    }
    if !path.is_dir() {
        return Ok(vec![path]);
    }
    let found = sources(&path).map_err(|error| match error {
        OpenError::Read { path, source } => not_readable(&path, &source),
        OpenError::TooMany { files_max, .. } => too_many(files_max),
        error => CliError::message(Exit::Invalid, error.to_string()),
    })?;
    if found.is_empty() {
        return Err(CliError::message(
            Exit::NotFound,
            format!("there is no `.ecl` file in `{}`", path.display()),
        ));
    }
    Ok(found)
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read(path: &Path) -> CliResult<String> {
    read_text(Input::plain(path), SOURCE_BYTES_MAX, NOT_TEXT)
}

/// The name of a file that is read with others: imports lead to it by this name alone.
fn own_name(path: &Path) -> CliResult<String> {
    let name = name(path);
    match (path.canonicalize(), Path::new(&name).canonicalize()) {
        // Behind a link, `..` is another folder than the text says.
        (Ok(real), Ok(other)) if real != other => {
            let message = format!(
                "`{}` leads through a link and back with `..`; name it `{}`",
                path.display(),
                real.display()
            );
            Err(CliError::message(Exit::Usage, message))
        }
        _ => Ok(name),
    }
}

/// The name of a file in diagnostics, and for imports.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") {
        return "<stdin>".to_owned();
    }
    normal(&name_of(path))
}
