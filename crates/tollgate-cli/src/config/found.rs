//! Which file of settings is read, and reading it.
//!
//! What is named may be any file. What is found lies in a folder that somebody else may have written: it is read when it is a
//! regular file of a bounded size and no link, and everything else that has its name is refused without being opened for long.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::ConfigArguments;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::hints::for_a_shell;
use crate::sources;

/// How a file is called that is found.
pub(super) const NAME: &str = "tollgate.toml";

/// The environment that names a file.
pub(super) const VARIABLE: &str = "TOLLGATE_CONFIG";

/// Bytes of a file of settings. All of them with all their names take a tenth of it.
const BYTES_MAX: usize = 64 << 10;

/// Whose word a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// The user named it.
    Named,
    /// It was there.
    Found,
}

/// A file of settings.
pub(super) struct SettingsFile {
    pub(super) path: PathBuf,
    pub(super) trust: Trust,
    pub(super) text: String,
}

impl SettingsFile {
    /// Reads the file that holds here, if there is one.
    pub(super) fn read(arguments: &ConfigArguments) -> CliResult<Option<Self>> {
        if arguments.no_config {
            return Ok(None);
        }
        let (path, trust, text) = match named(arguments)? {
            Some(path) => {
                let may = |file: &File| must_be_nobody_elses(&path, file);
                let text = sources::read_text_if(&path, BYTES_MAX, may)?;
                (path, Trust::Named, text)
            }
            None => match find()? {
                Some(path) => {
                    let text = read_found(&path)?;
                    (path, Trust::Found, text)
                }
                None => return Ok(None),
            },
        };
        // A mark of byte order is not seen where a file is written, and is no part of it.
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        Ok(Some(Self { path, trust, text }))
    }

    /// The flag that names it.
    pub(super) fn flag(&self) -> String {
        flag(&self.path)
    }
}

fn flag(path: &Path) -> String {
    let here = match path.parent() {
        Some(parent) if parent != Path::new("") => path.to_owned(),
        _ => Path::new(".").join(path),
    };
    format!("--config {}", for_a_shell(&here.display().to_string()))
}

fn named(arguments: &ConfigArguments) -> CliResult<Option<PathBuf>> {
    if let Some(path) = &arguments.config {
        if path == Path::new("-") {
            let message = "settings are not read from standard input, which the program may want; name a file with `--config`";
            return Err(CliError::message(Exit::Usage, message));
        }
        return Ok(Some(path.clone()));
    }
    let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    if path.is_relative() {
        let message = format!(
            "{VARIABLE} is `{}`, which is another file in each folder, and may be somebody else's; write the path from the root",
            path.display()
        );
        return Err(CliError::message(Exit::Config, message));
    }
    Ok(Some(path))
}

/// Refuses a file that every user may write: it may grant all there is. Into a pipe that the command was given nobody else writes.
fn must_be_nobody_elses(path: &Path, file: &File) -> CliResult<()> {
    let looked = file.metadata();
    let found = looked.map_err(|error| sources::not_readable(path, &error))?;
    if !found.is_file() || found.mode() & 0o002 == 0 {
        return Ok(());
    }
    let shown = path.display().to_string();
    let message = format!(
        "every user may write the settings in `{shown}`, which may grant what they like; `chmod o-w {}`",
        for_a_shell(&shown)
    );
    Err(CliError::message(Exit::Config, message))
}

/// The file in the current folder, or in those above it up to the one that has `.git`; without such a one, only the current
/// folder is looked at.
fn find() -> CliResult<Option<PathBuf>> {
    let untold = |path: &Path, error: io::Error| {
        let message = format!(
            "`{}` cannot be looked at for a file of settings: {error}; name one with `--config`, or read none with `--no-config`",
            path.display()
        );
        CliError::message(Exit::Config, message)
    };
    let exists = |path: &Path| {
        let found = there(path.symlink_metadata());
        found.map_err(|error| untold(path, error))
    };
    // A folder that is gone has no files.
    let here = there(std::env::current_dir()).map_err(|error| untold(Path::new("."), error))?;
    let Some(here) = here else {
        return Ok(None);
    };
    let mut project = 0;
    for (above, folder) in here.ancestors().enumerate() {
        if exists(&folder.join(".git"))?.is_some() {
            project = above;
            break;
        }
    }
    for above in 0..=project {
        let path = Path::new(&"../".repeat(above)).join(NAME);
        if exists(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// What was looked for, if it is there. An error that does not say so says nothing of whether it is.
fn there<T>(looked: io::Result<T>) -> io::Result<Option<T>> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match looked {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_found(path: &Path) -> CliResult<String> {
    let refused = |why: &str| {
        let message = format!(
            "`{}` was found as a file of settings, and {why}; name it with `{}` if it is meant, or read none with `--no-config`",
            path.display(),
            flag(path)
        );
        CliError::message(Exit::Config, message)
    };
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let unread = |error: io::Error| match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => refused("is a symbolic link"),
        _ => refused(&format!("cannot be read: {error}")),
    };
    // A pipe or a device is not even opened.
    let kind = path.symlink_metadata().map_err(unread)?;
    if !kind.is_file() && !kind.is_symlink() {
        return Err(refused("is no regular file"));
    }
    let opened = rustix::fs::open(path, flags, Mode::empty());
    let file = File::from(opened.map_err(|error| unread(error.into()))?);
    if !file.metadata().map_err(unread)?.is_file() {
        return Err(refused("is no regular file"));
    }
    let mut bytes = Vec::new();
    // One byte more shows that there is more.
    let most = BYTES_MAX as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() > BYTES_MAX {
        return Err(refused(&format!("has more than {BYTES_MAX} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| refused("is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};

    use super::*;

    #[test]
    fn what_cannot_be_looked_at_is_not_taken_for_absent() {
        let looked = |kind: io::ErrorKind| there::<()>(Err(kind.into()));
        for kind in [NotFound, NotADirectory] {
            assert!(matches!(looked(kind), Ok(None)), "{kind}");
        }
        assert!(looked(PermissionDenied).is_err());
        assert!(matches!(there(Ok(1)), Ok(Some(1))));
    }
}
