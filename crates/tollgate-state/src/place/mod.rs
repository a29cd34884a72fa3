//! Where a state lies.

mod url;

use std::fmt;
use std::path::{Path, PathBuf};

pub use url::{PostgresUrl, UrlError};

/// Where a state lies. It is shown without the user and the password of a database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Place {
    /// A file of SQLite.
    File(PathBuf),
    /// A schema of a database of PostgreSQL: the first one that its user's search path has.
    Postgres(PostgresUrl),
}

impl Place {
    /// What is named instead of a place that has something else.
    pub(crate) const fn nothing_yet(&self) -> &'static str {
        match self {
            Self::File(_) => "a file that does not exist yet",
            Self::Postgres(_) => "a database without tables",
        }
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}
