//! From a path to sources: a folder stands for all `.ecl` files in it and below, a file for itself and for what it imports from
//! its folder.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use tollgate_ecl::Bundle;
use tollgate_ecl::limits::SOURCE_BYTES_MAX;
use tollgate_ecl::syntax::bundle::{imports, resolve};

use super::OpenError;
use crate::limits::POLICY_FILES_MAX;
use crate::paths::folder_of;
use crate::source_files::{Named, ReadError, Reader, name_of};

/// Reads what `path` stands for. Names are paths from its folder, with `/`.
pub(super) fn read(path: &Path) -> Result<Bundle, OpenError> {
    let (folder, files) = match path.is_dir() {
        true => (path, sources(path)?),
        false => (folder_of(path), vec![path.to_owned()]),
    };
    let root = folder
        .canonicalize()
        .map_err(|source| unread(path, source))?;
    let named = files.into_iter().map(|path| Named {
        name: name_of(path.strip_prefix(folder).unwrap_or(&path)),
        path,
    });
    let reader = Reader {
        base: folder,
        root: &root,
        files_max: POLICY_FILES_MAX,
        read: &text,
        imports: &|source| {
            let imports = imports(source).into_iter();
            let names = imports.filter_map(|import| resolve(&source.name, &import));
            names.map(|name| vec![name]).collect()
        },
    };
    let sources = reader.load(named.collect()).map_err(|error| match error {
        ReadError::File(error) => error,
        ReadError::TooMany => too_many(path),
        ReadError::TwoNames { first, second } => OpenError::TwoNames { first, second },
    })?;
    match sources.bundle.files.is_empty() {
        true => Err(OpenError::NoFile {
            path: path.to_owned(),
        }),
        false => Ok(sources.bundle),
    }
}

/// The `.ecl` files in a folder and below it, sorted.
///
/// # Errors
/// When a folder cannot be read, or there are more files than [`POLICY_FILES_MAX`].
pub fn sources(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unread = |source| unread(&folder, source);
        for entry in std::fs::read_dir(&folder).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let kind = entry.file_type().map_err(unread)?;
            let path = entry.path();
            // What is hidden belongs to tools; a pattern of a shell leaves it out too.
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            // Links are not followed: they can form a circle, or lead to what a diagnostic must not print. Pipes would wait.
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|end| end == "ecl") {
                found.push(path);
            }
        }
        if found.len() > POLICY_FILES_MAX {
            return Err(too_many(&folder));
        }
    }
    found.sort();
    Ok(found)
}

fn text(path: &Path) -> Result<String, OpenError> {
    let unread = |source| unread(path, source);
    // A pipe that nobody writes would keep the program waiting when it is opened.
    if !path.metadata().map_err(unread)?.is_file() {
        return Err(unread(io::Error::other("it is not a regular file")));
    }
    let mut text = String::new();
    let file = File::open(path).map_err(unread)?;
    let most = SOURCE_BYTES_MAX as u64 + 1;
    file.take(most).read_to_string(&mut text).map_err(unread)?;
    match text.len() > SOURCE_BYTES_MAX {
        true => Err(OpenError::TooLarge {
            path: path.to_owned(),
            bytes_max: SOURCE_BYTES_MAX,
        }),
        false => Ok(text),
    }
}

fn unread(path: &Path, source: io::Error) -> OpenError {
    OpenError::Read {
        path: path.to_owned(),
        source,
    }
}

fn too_many(path: &Path) -> OpenError {
    OpenError::TooMany {
        path: path.to_owned(),
        files_max: POLICY_FILES_MAX,
    }
}
