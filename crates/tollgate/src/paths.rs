//! Where paths of the host lead.

use std::io;
use std::path::{Path, PathBuf};

/// The path without links. The last part need not be there.
///
/// # Errors
/// When a folder on the way is not there, or cannot be looked at.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    match (path.canonicalize(), path.file_name()) {
        (Err(error), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(folder_of(path).canonicalize()?.join(name))
        }
        (found, _) => found,
    }
}

/// The folder that a path is in: of a name alone it is the current one.
pub fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
