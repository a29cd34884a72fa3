//! Files the command writes: whole or not at all, and refused before the work rather than after it.
//!
//! The content goes to a new file in the same folder that takes the place of the old one, so a reader sees one or the
//! other. A symbolic link is not followed: in a folder that others can write it would lead to any file of this user. What is
//! no ordinary file, a pipe or `/dev/null`, takes the content as it is and stays what it is.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// A file that is to be written, and can be as far as that is known before.
pub(crate) struct OutputFile {
    path: PathBuf,
    place: Place,
}

enum Place {
    /// The name in its folder, and the permissions of what has it now.
    Name(Option<Permissions>),
    /// Something that takes a stream of bytes.
    Stream(File),
}

impl OutputFile {
    /// Looks whether `path` can be written. Nothing of it changes.
    pub(crate) fn check(path: &Path) -> CliResult<Self> {
        let place = place(path).map_err(|error| unwritten(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            place,
        })
    }

    /// Writes all of it.
    pub(crate) fn write(self, content: &[u8]) -> CliResult<()> {
        let written = match self.place {
            Place::Name(permissions) => replace(&self.path, content, permissions),
            Place::Stream(mut stream) => stream.write_all(content).and_then(|()| stream.flush()),
        };
        written.map_err(|error| unwritten(&self.path, &error))
    }
}

fn place(path: &Path) -> io::Result<Place> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Removed again at once: an interrupted run leaves nothing behind.
            beside(path)?.close()?;
            return Ok(Place::Name(None));
        }
        Err(error) => return Err(error),
    };
    if found.is_file() {
        // Replacing needs no permission to write the file itself, but taking it away means this.
        drop(File::options().write(true).open(path)?);
        beside(path)?.close()?;
        return Ok(Place::Name(Some(found.permissions())));
    }
    if found.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // Never makes or shortens a file, so nothing has happened when the link turns out to lead to one.
    let stream = File::options().write(true).open(path)?;
    if stream.metadata()?.is_file() {
        return Err(io::Error::other(
            "it is a symbolic link to a file; name the file itself, or `-` for standard output",
        ));
    }
    Ok(Place::Stream(stream))
}

fn replace(path: &Path, content: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = beside(path)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.write_all(content)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// A new file in the folder of `path`, gone when it is dropped.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // For writing only: where the folder may be written and not read, nothing else is let through. As files are usually made;
    // the system takes away what the user's mask says.
    let make = |path: &Path| {
        File::options()
            .write(true)
            .create_new(true)
            .mode(0o666)
            .open(path)
    };
    tempfile::Builder::new()
        .prefix(".tollgate-")
        .make_in(folder, make)
        .map_err(|error| io::Error::new(error.kind(), error.to_string()))
}

fn unwritten(path: &Path, error: &io::Error) -> CliError {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let message = match folder {
        Some(folder) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => {
            let (path, folder) = (path.display(), folder.display());
            format!("cannot write `{path}`: the folder `{folder}` is not there; make it first")
        }
        _ => format!("cannot write `{}`: {error}", path.display()),
    };
    CliError::message(Exit::Unwritten, message)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<_> = entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn write(path: &Path, content: &[u8]) -> CliResult<()> {
        OutputFile::check(path)?.write(content)
    }

    #[test]
    fn a_file_is_made_or_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        for content in ["first and long", "second"] {
            write(&path, content.as_bytes()).expect("it is written");
            assert_eq!(fs::read_to_string(&path).expect("a file"), content);
            assert_eq!(names(folder.path()), ["report.json"]);
        }
    }

    #[test]
    fn a_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        fs::write(&path, "old").expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("it is ours");
        write(&path, b"new").expect("it is written");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[test]
    fn looking_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        drop(OutputFile::check(&path).expect("it can be written"));
        assert_eq!(names(folder.path()), Vec::<String>::new());
        fs::write(&path, "old").expect("a file");
        drop(OutputFile::check(&path).expect("it can be written"));
        assert_eq!(fs::read_to_string(&path).expect("a file"), "old");
    }

    #[test]
    fn a_link_to_a_file_is_refused_and_the_file_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "precious").expect("a file");
        symlink(&file, &link).expect("a link");
        let error = write(&link, b"report").expect_err("it is a link");
        assert_eq!(error.exit, Exit::Unwritten);
        assert!(error.to_string().contains("symbolic link"), "{error}");
        assert_eq!(fs::read_to_string(&file).expect("a file"), "precious");
        // A link that was put there after the look is replaced, not followed.
        let late = folder.path().join("late");
        let checked = OutputFile::check(&late).expect("nothing is there");
        symlink(&file, &late).expect("a link");
        checked.write(b"report").expect("it is written");
        assert_eq!(fs::read_to_string(&file).expect("a file"), "precious");
        assert_eq!(fs::read_to_string(&late).expect("a file"), "report");
    }

    #[test]
    fn what_is_no_ordinary_file_stays_what_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("link");
        symlink("/dev/null", &link).expect("a link");
        write(&link, b"report").expect("it takes everything");
        assert!(link.is_symlink());
        assert!(write(folder.path(), b"report").is_err(), "a folder");
        let missing = folder.path().join("missing").join("report");
        let error = write(&missing, b"report").expect_err("there is no such folder");
        assert!(error.to_string().contains("missing"), "{error}");
    }
}
