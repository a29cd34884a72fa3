//! From a path to sources.
//!
//! A folder stands for all `.ecl` files in it and below, apart from what is hidden. A file stands for itself and for what it
//! imports. Links in a folder are not followed, and nothing outside of the folder is read.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use tollgate_ecl::bundle::{Bundle, SourceFile, imports, resolve};
use tollgate_ecl::limits::SOURCE_BYTES_MAX;

use super::OpenError;
use crate::limits::POLICY_FILES_MAX;

/// Reads what `path` stands for. Names are paths from its folder, with `/`.
pub(super) fn read(path: &Path) -> Result<Bundle, OpenError> {
    if path.is_dir() {
        return folder(path);
    }
    with_imports(path)
}

fn folder(path: &Path) -> Result<Bundle, OpenError> {
    let mut bundle = Bundle::default();
    for file in sources(path)? {
        let name = file.strip_prefix(path).unwrap_or(&file);
        bundle.add(slashed(name), text(&file)?);
    }
    match bundle.files.is_empty() {
        true => Err(OpenError::NoFile {
            path: path.to_owned(),
        }),
        false => Ok(bundle),
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
            return Err(too_many(folder));
        }
    }
    found.sort();
    Ok(found)
}

fn with_imports(path: &Path) -> Result<Bundle, OpenError> {
    let root = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let first = path.file_name().map(Path::new).unwrap_or(path);
    let mut wanted = vec![slashed(first)];
    let mut known: HashSet<String> = wanted.iter().cloned().collect();
    let mut bundle = Bundle::default();
    while let Some(name) = wanted.pop() {
        let file = root.join(&name);
        let text = match within(root, &file) {
            Ok(file) => text(&file)?,
            Err(source) if bundle.files.is_empty() => return Err(unread(&file, source)),
            // The compiler says which import leads nowhere, and where it stands.
            Err(_) => continue,
        };
        let source = SourceFile { name, text };
        let imported = imports(&source).into_iter();
        let imported = imported.filter_map(|import| resolve(&source.name, &import));
        for name in imported.filter(|name| !name.starts_with("..")) {
            if known.insert(name.clone()) {
                wanted.push(name);
            }
        }
        bundle.files.push(source);
        if known.len() > POLICY_FILES_MAX {
            return Err(too_many(path.to_owned()));
        }
    }
    Ok(bundle)
}

/// Where `file` really is, which is in `root`.
fn within(root: &Path, file: &Path) -> io::Result<PathBuf> {
    let (root, file) = (root.canonicalize()?, file.canonicalize()?);
    match file.starts_with(&root) {
        true => Ok(file),
        false => Err(io::Error::other("a link leads out of its folder")),
    }
}

fn text(path: &Path) -> Result<String, OpenError> {
    let unread = |source| unread(path, source);
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

/// A name with `/`, whatever the system has.
fn slashed(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            None
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn unread(path: &Path, source: io::Error) -> OpenError {
    OpenError::Read {
        path: path.to_owned(),
        source,
    }
}

fn too_many(path: PathBuf) -> OpenError {
    OpenError::TooMany {
        path,
        files_max: POLICY_FILES_MAX,
    }
}
