//! Files that keep what happened: new ones, for this user alone, where the guest can write nothing.
//!
//! What is kept is not written over, and names in it may be secrets.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tollgate::paths::real;
use tollgate::{Grant, PathGrant};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::near;

/// Something that is kept where the guest does not get at it.
pub(crate) struct Kept<'a> {
    pub(crate) path: &'a Path,
    /// What it is called in messages.
    pub(crate) what: &'static str,
    /// What to do when the guest would get at it.
    pub(crate) instead: &'static str,
}

impl<'a> Kept<'a> {
    /// A file that is made for a run.
    pub(crate) fn file(path: &'a Path, what: &'static str) -> Self {
        let instead = "name a file elsewhere";
        Self {
            path,
            what,
            instead,
        }
    }

    /// Makes the file.
    pub(crate) fn create(&self, grant: &Grant) -> CliResult<File> {
        self.out_of_reach("write to", &grant.write)?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.path);
        file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                let (what, path) = (self.what, self.path.display());
                let message = format!(
                    "the {what} `{path}` is there already and is not written over; name another file"
                );
                CliError::message(Exit::Unwritten, message)
            }
            _ => self.unusable(&error),
        })
    }

    /// Refuses what the guest `may` do something to, or to something below it, by what is granted.
    pub(crate) fn out_of_reach(&self, may: &str, granted: &[PathGrant]) -> CliResult<()> {
        let kept = self.real()?;
        for granted in granted {
            let host = &granted.host;
            let reach = real(host).map_err(|error| self.unusable(&error))?;
            if kept.starts_with(&reach) || reach.starts_with(&kept) {
                let Self {
                    path,
                    what,
                    instead,
                } = self;
                let message = format!(
                    "the guest may {may} `{}`, which the {what} `{}` would be part of; {instead}",
                    host.display(),
                    path.display()
                );
                return Err(CliError::message(Exit::Usage, message));
            }
        }
        Ok(())
    }

    /// Where it is, whatever it is named by.
    pub(crate) fn real(&self) -> CliResult<PathBuf> {
        real(self.path).map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &io::Error) -> CliError {
        let (what, path) = (self.what, self.path.display());
        let near = near::file(self.path, error);
        let message = format!("cannot write the {what} `{path}`: {error}{near}");
        CliError::message(Exit::Unwritten, message)
    }
}
