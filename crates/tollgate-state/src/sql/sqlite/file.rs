//! The file behind the state: made for its owner alone, and opened only when it is nobody else's.
//!
//! The state holds trust, credentials and mana: who can write it decides. So a new file has mode 0600 from its first moment
//! and takes no name that is there already, and an old one is a file of this user with one name and no permission for
//! others. A symbolic link in place of the file is never followed: in a folder that others can write it would lead to a file
//! of their choice.
//!
//! SQLite reads more than the file: a log, its index or a journal that lies beside it is replayed, and nothing in them tells
//! whose they are. Each is held to the same rule. One that is placed later, after the look and before SQLite's, is held off by
//! the folder: nobody but this user and root can place a file there, or put another folder in its place.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::StateError;
use crate::folder;

/// What SQLite appends to the name of a database for the files that it reads with it.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A file that may become or is a state, by its name and its number.
///
/// It is never opened here: closing a file would end the locks that SQLite has on it in this process
/// (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
#[derive(Debug)]
pub(in crate::sql) struct StateFile {
    /// The path without links, as SQLite gets it.
    pub(in crate::sql) real: PathBuf,
    device_and_inode: (u64, u64),
}

impl StateFile {
    /// Looks at the file at `path`, which must exist.
    pub(in crate::sql) fn find(path: &Path) -> Result<Self, StateError> {
        let real = real(path)?;
        let found = match real.symlink_metadata() {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(StateError::Missing {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(unopened(path, error)),
        };
        if let Some(why) = refusal(path, &found) {
            return Err(not_used(path, why));
        }
        check_folder(path, &real)?;
        check_beside(path, &real)?;
        Ok(Self {
            real,
            device_and_inode: (found.dev(), found.ino()),
        })
    }

    /// Looks at the file at `path`, and makes it when there is none.
    pub(in crate::sql) fn find_or_make(path: &Path) -> Result<Self, StateError> {
        let real = real(path)?;
        if real.symlink_metadata().is_ok() {
            return Self::find(path);
        }
        // Before it is made, so that nothing is left in a folder that is refused.
        check_folder(path, &real)?;
        match make(&real) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(unopened(path, error)),
            Ok(()) | Err(_) => Self::find(path),
        }
    }

    /// Checks that the name still leads to this file: if not, the database opened something else.
    pub(in crate::sql) fn check_again(&self, path: &Path) -> Result<(), StateError> {
        if Self::find(path)?.device_and_inode == self.device_and_inode {
            return Ok(());
        }
        Err(not_used(
            path,
            "it was exchanged while it was opened".into(),
        ))
    }
}

/// Makes an empty file for this user alone, unless something has the name; a link has it too.
#[cfg(target_os = "linux")]
fn make(real: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    mknodat(CWD, real, FileType::RegularFile, Mode::RUSR | Mode::WUSR, 0)?;
    Ok(())
}

/// As above; where the system makes files only by opening them.
#[cfg(not(target_os = "linux"))]
fn make(real: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(real).map(drop)
}

/// Why a file is not ours alone.
fn refusal(path: &Path, found: &Metadata) -> Option<String> {
    let mode = found.permissions().mode() & 0o777;
    if found.is_symlink() {
        return Some("it is a symbolic link; name the file itself".to_owned());
    }
    if !found.is_file() {
        return Some("it is no ordinary file".to_owned());
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Some(format!("it belongs to user {}", found.uid()));
    }
    if found.nlink() != 1 {
        return Some(format!(
            "it has {} names; remove the others, or copy it and use the copy",
            found.nlink()
        ));
    }
    if mode & 0o077 != 0 {
        return Some(format!(
            "others have access to it (mode {mode:o}); take it away with `chmod 600 '{}'`",
            path.display()
        ));
    }
    None
}

/// Checks what SQLite would read together with the file.
fn check_beside(path: &Path, real: &Path) -> Result<(), StateError> {
    for suffix in BESIDE {
        let mut name = OsString::from(real);
        name.push(suffix);
        let name = PathBuf::from(name);
        let why = match name.symlink_metadata() {
            Ok(found) => refusal(&name, &found),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(unopened(path, error)),
        };
        if let Some(why) = why {
            let why = format!(
                "`{}` beside it would be read as a part of it, and {why}; delete it if it is not yours",
                name.display()
            );
            return Err(not_used(path, why));
        }
    }
    Ok(())
}

/// Checks that only this user and root can place files in the folder, and that nobody else can exchange the folder.
fn check_folder(path: &Path, real: &Path) -> Result<(), StateError> {
    match folder::why_open_to_others(real) {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(not_used(path, why)),
        Err(error) => Err(unopened(path, error)),
    }
}

/// The folder without links, and the last name as it is.
fn real(path: &Path) -> Result<PathBuf, StateError> {
    let name = path
        .file_name()
        .ok_or_else(|| unopened(path, ErrorKind::InvalidInput.into()))?;
    // `a` lies in the current folder, which an empty path does not name.
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    match folder.canonicalize() {
        Ok(folder) => Ok(folder.join(name)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(StateError::Folder {
            path: path.to_owned(),
        }),
        Err(error) => Err(unopened(path, error)),
    }
}

fn unopened(path: &Path, source: io::Error) -> StateError {
    StateError::File {
        path: path.to_owned(),
        source,
    }
}

fn not_used(path: &Path, why: String) -> StateError {
    StateError::NotUsed {
        path: path.to_owned(),
        why,
    }
}
