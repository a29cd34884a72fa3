//! The folder of a server: everything that it keeps, for one user and one server at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Why a folder cannot be a server's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Another server works with it.
    #[error("another server works with the folder `{}`; stop it first, or choose another folder", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// Others could change what is in it.
    #[error("the folder `{}` can be written by others; `chmod 700` it", folder.display())]
    Open {
        /// The folder.
        folder: PathBuf,
    },
    /// The system refuses.
    #[error("the folder `{}` cannot be used", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The folder, and what lies where in it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

/// Keeps other servers from the folder until it is dropped, or this process ends however it ends.
#[derive(Debug)]
pub(crate) struct Held {
    _lock: File,
}

impl Folder {
    /// Opens a folder, and makes it if it is not there, for this user alone.
    pub(crate) fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |source| FolderError::Io {
            folder: path.to_owned(),
            source,
        };
        make(path).map_err(failed)?;
        Self::find(path)
    }

    /// Names a folder, and makes nothing. One that is there is no other user's to change.
    pub(crate) fn find(path: &Path) -> Result<Self, FolderError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(found) if found.mode() & 0o022 == 0 => {}
            Ok(_) => {
                return Err(FolderError::Open {
                    folder: path.to_owned(),
                });
            }
            Err(source) => {
                return Err(FolderError::Io {
                    folder: path.to_owned(),
                    source,
                });
            }
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Takes the folder for a server. Two servers would take each other's runs for lost.
    pub(crate) fn hold(&self) -> Result<Held, FolderError> {
        let opened = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.path.join("lock"));
        let lock = opened.map_err(|source| self.failed(source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Held { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse {
                folder: self.path.clone(),
            }),
            Err(TryLockError::Error(source)) => Err(self.failed(source)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The database.
    pub(crate) fn state(&self) -> PathBuf {
        self.path.join("state.db")
    }

    /// The bytes of modules, a folder for each tenant.
    pub(crate) fn modules(&self) -> PathBuf {
        self.path.join("modules")
    }

    /// Bytes that are arriving. No tenant has a folder in it, whatever its name.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.path.join("incoming")
    }

    /// The key that signs receipts.
    pub(crate) fn receipt_key(&self) -> PathBuf {
        self.path.join("receipts.key")
    }

    pub(crate) fn failed(&self, source: io::Error) -> FolderError {
        FolderError::Io {
            folder: self.path.clone(),
            source,
        }
    }
}

/// Opens the folder of a server, makes it if it is not there, and returns where compiled code is kept in it.
///
/// # Errors
/// See [`FolderError`].
pub fn code_folder(data: &Path) -> Result<PathBuf, FolderError> {
    Ok(Folder::open(data)?.path.join("code"))
}

/// Makes a folder for this user alone, and those above it.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}
