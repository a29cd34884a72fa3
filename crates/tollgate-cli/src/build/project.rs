//! From the file a user names to the files of its program.
//!
//! Imports are followed inside of one folder. A file that a link leads out of it is not read: a diagnostic would print lines of
//! whatever it is.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use tollgate_diagnostics::source::{Bundle, SourceFile};
use tollgate_forge::limits::{FILES_MAX, SOURCE_BYTES_MAX};
use tollgate_forge::resolve::{Target, imports, resolve};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// The files of a program.
pub(super) struct Project {
    pub(super) bundle: Bundle,
    /// Where each file of the bundle was read.
    pub(super) paths: Vec<PathBuf>,
}

/// Reads a file and what it imports; it is the first of the bundle. Names are paths from the project folder.
pub(super) fn load(file: &Path, project: Option<&Path>) -> CliResult<Project> {
    let entry = file
        .canonicalize()
        .map_err(|error| not_readable(file, &error))?;
    let root = match project {
        Some(project) => project
            .canonicalize()
            .map_err(|error| not_readable(project, &error))?,
        None => entry.parent().unwrap_or(Path::new("/")).to_owned(),
    };
    let Ok(name) = entry.strip_prefix(&root) else {
        let message = format!(
            "`{}` is not inside of the project folder `{}`",
            file.display(),
            root.display()
        );
        return Err(CliError::message(Exit::Usage, message));
    };
    let mut bundle = Bundle::default();
    let mut paths = Vec::new();
    let mut seen = BTreeSet::new();
    let first = name_of(name);
    seen.insert(first.clone());
    let mut waiting = vec![(first, entry.clone())];
    while let Some((name, path)) = waiting.pop() {
        let text = read(&path)?;
        let source = SourceFile { name, text };
        for import in imports(&source) {
            if let Some((name, path)) = find(&root, &source.name, &import)
                && seen.insert(name.clone())
            {
                waiting.push((name, path));
            }
        }
        bundle.files.push(source);
        paths.push(path);
        if bundle.files.len() > FILES_MAX {
            return Err(CliError::message(
                Exit::Invalid,
                format!("more than {FILES_MAX} source files"),
            ));
        }
    }
    Ok(Project { bundle, paths })
}

/// The file an import names. What is not there, or not inside, is reported by the compiler at the import.
fn find(root: &Path, importer: &str, import: &str) -> Option<(String, PathBuf)> {
    let Target::File(names) = resolve(importer, import) else {
        return None;
    };
    names.into_iter().find_map(|name| {
        let real = root.join(&name).canonicalize().ok()?;
        (real.starts_with(root) && real.is_file()).then_some((name, real))
    })
}

fn name_of(path: &Path) -> String {
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR_STR, "/")
}

fn read(path: &Path) -> CliResult<String> {
    let mut bytes = Vec::new();
    // One byte more shows that there is more.
    let limit = SOURCE_BYTES_MAX as u64 + 1;
    std::fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| not_readable(path, &error))?;
    if bytes.len() > SOURCE_BYTES_MAX {
        let message = format!(
            "`{}` is larger than {SOURCE_BYTES_MAX} bytes; split it",
            path.display()
        );
        return Err(CliError::message(Exit::Invalid, message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!(
            "`{}` is not UTF-8 text (byte {at}); save it as UTF-8",
            path.display()
        );
        CliError::message(Exit::Invalid, message)
    })
}

fn not_readable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(
        Exit::NotFound,
        anyhow!("cannot read `{}`: {error}", path.display()),
    )
}
