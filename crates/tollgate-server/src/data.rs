//! Where a server keeps what it keeps.

use std::path::{Path, PathBuf};

use tollgate_state::{Place, PostgresUrl, StateError, Store};

use crate::folder::{Folder, FolderError};

/// Where a server keeps what it keeps: a folder with modules, keys and compiled code, and a database for all the rest.
#[derive(Debug, Clone)]
pub struct ServerData {
    /// The folder.
    pub folder: PathBuf,
    /// The database; `None`: a file of SQLite in the folder.
    pub database: Option<PostgresUrl>,
}

impl ServerData {
    pub(crate) fn open_folder(&self) -> Result<Folder, FolderError> {
        Folder::open(&self.folder)
    }

    /// The place of the database.
    pub(crate) fn place(&self, folder: &Folder) -> Place {
        match &self.database {
            Some(url) => Place::Postgres(url.clone()),
            None => Place::File(folder.state()),
        }
    }

    /// The state of a server that has begun before. Where none has, nothing is made.
    pub(crate) fn found_state(&self, folder: &Folder) -> Result<Store, StateError> {
        let state = folder.state();
        match &self.database {
            Some(_) => Store::at(&self.place(folder)),
            None if !self.folder.exists() => Err(StateError::Missing { path: state }),
            None => Store::open(&state),
        }
    }
}

impl From<PathBuf> for ServerData {
    fn from(folder: PathBuf) -> Self {
        Self {
            folder,
            database: None,
        }
    }
}

impl From<&Path> for ServerData {
    fn from(folder: &Path) -> Self {
        Self::from(folder.to_owned())
    }
}
