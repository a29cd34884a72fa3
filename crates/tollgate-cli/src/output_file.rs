//! Files the command writes: whole or not at all, and refused before the work rather than after it.
//!
//! The content goes to a new file in the same folder that takes the place of the old one, so a reader sees one or the
//! other. The folder is opened once, before the work, and everything is done within it from then on: a guest that may write
//! above it can move it and put a link in its place, and that leads nowhere. The last name is never followed: in a folder that
//! others can write a link would lead to any file of this user. What is no ordinary file, a pipe or `/dev/null`, takes the
//! content as it is and stays what it is. A new file takes the place of nothing, also of nothing that came to its name meanwhile.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// A file that is to be written, and can be as far as that is known before.
pub(crate) struct OutputFile {
    path: PathBuf,
    place: Place,
}

enum Place {
    Name(Entry),
    /// A name that nothing has.
    New(Entry),
    /// Something that takes a stream of bytes.
    Stream(File),
}

/// A name in a folder, whatever leads to that folder by now.
struct Entry {
    folder: OwnedFd,
    name: OsString,
    /// The permissions of what has the name.
    permissions: Option<Mode>,
}

/// A new file in a folder, gone when it is dropped before it is in place.
struct Beside<'a> {
    folder: &'a OwnedFd,
    name: OsString,
    file: File,
    in_place: bool,
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

    /// Looks whether `path` can be made. What is there by then is not written over.
    pub(crate) fn check_new(path: &Path) -> CliResult<Self> {
        let place = match path.symlink_metadata() {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => place(path).map(Place::only_new),
        };
        Ok(Self {
            path: path.to_owned(),
            place: place.map_err(|error| unwritten(path, &error))?,
        })
    }

    /// Writes all of it.
    pub(crate) fn write(self, content: &[u8]) -> CliResult<()> {
        let written = match self.place {
            Place::Name(entry) => entry.replace(content),
            Place::New(entry) => entry.make(content),
            Place::Stream(mut stream) => stream.write_all(content).and_then(|()| stream.flush()),
        };
        written.map_err(|error| unwritten(&self.path, &error))
    }
}

impl Place {
    /// The same, and nothing that has the name is replaced.
    fn only_new(self) -> Self {
        match self {
            Self::Name(entry) => Self::New(entry),
            other => other,
        }
    }
}

fn place(path: &Path) -> io::Result<Place> {
    let is_folder = io::ErrorKind::IsADirectory;
    let name = path.file_name().ok_or(is_folder)?;
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return Err(is_folder.into());
    }
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(CWD, folder_of(path), flags, Mode::empty())?;
    let found = match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => Some(found),
        Err(Errno::NOENT) => None,
        Err(error) => return Err(error.into()),
    };
    let kind = found.map_or(FileType::RegularFile, |found| {
        FileType::from_raw_mode(found.st_mode)
    });
    match kind {
        FileType::RegularFile => {
            let entry = Entry {
                folder,
                name: name.to_owned(),
                permissions: found.map(|found| Mode::from_raw_mode(found.st_mode)),
            };
            entry.check()?;
            Ok(Place::Name(entry))
        }
        FileType::Directory => Err(is_folder.into()),
        FileType::Symlink if !is_of_the_system(path) => Err(a_link()),
        _ => stream(&folder, name).map(Place::Stream),
    }
}

/// Opens what takes a stream of bytes.
fn stream(folder: &OwnedFd, name: &OsStr) -> io::Result<File> {
    // Never makes or shortens a file, so nothing has happened when it turns out to be one; and does not wait for a reader.
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = rustix::fs::openat(folder, name, flags, Mode::empty());
    let stream = match opened {
        Ok(stream) => stream,
        Err(Errno::NXIO) => {
            let message = "nobody reads it; start the reader of the pipe first, or name a file";
            return Err(io::Error::other(message));
        }
        Err(error) => return Err(error.into()),
    };
    if FileType::from_raw_mode(rustix::fs::fstat(&stream)?.st_mode) == FileType::RegularFile {
        return Err(a_link());
    }
    let flags = rustix::fs::fcntl_getfl(&stream)?;
    rustix::fs::fcntl_setfl(&stream, flags - OFlags::NONBLOCK)?;
    Ok(stream.into())
}

fn a_link() -> io::Error {
    io::Error::other("it is a symbolic link; name what it leads to, or `-` for standard output")
}

/// Whether the name is one that the system gives to a stream, `/dev/stderr` or a `/dev/fd/63` of a shell: nobody else makes a
/// link there.
fn is_of_the_system(path: &Path) -> bool {
    folder_of(path)
        .canonicalize()
        .is_ok_and(|folder| folder == Path::new("/dev") || folder.starts_with("/proc"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

impl Entry {
    /// Looks whether a file of this name can be made. Removed again at once: an interrupted run leaves nothing behind.
    fn check(&self) -> io::Result<()> {
        if self.permissions.is_some() {
            // Replacing needs no permission to write the file itself, but taking it away means this.
            let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            drop(rustix::fs::openat(
                &self.folder,
                &self.name,
                flags,
                Mode::empty(),
            )?);
        }
        Beside::make(&self.folder).map(drop)
    }

    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let mut beside = Beside::make(&self.folder)?;
        if let Some(permissions) = self.permissions {
            rustix::fs::fchmod(&beside.file, permissions)?;
        }
        beside.file.write_all(content)?;
        rustix::fs::renameat(&self.folder, &beside.name, &self.folder, &self.name)?;
        beside.in_place = true;
        Ok(())
    }

    /// Gives the name to a whole file, if nothing has it. The one it was written under goes.
    fn make(&self, content: &[u8]) -> io::Result<()> {
        let mut beside = Beside::make(&self.folder)?;
        beside.file.write_all(content)?;
        let (folder, flags) = (&self.folder, AtFlags::empty());
        Ok(rustix::fs::linkat(
            folder,
            &beside.name,
            folder,
            &self.name,
            flags,
        )?)
    }
}

impl<'a> Beside<'a> {
    /// For writing only: where the folder may be written and not read, nothing else is let through. As files are usually made;
    /// the system takes away what the user's mask says.
    fn make(folder: &'a OwnedFd) -> io::Result<Self> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // The library finds a name that nothing has; its folder is ours, and not that of the path.
        let make = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            let file = rustix::fs::openat(folder, name, flags, Mode::from_raw_mode(0o666))?;
            Ok(File::from(file))
        };
        let made = tempfile::Builder::new()
            .prefix(".tollgate-")
            .make_in("/", make)
            .map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        let (file, path) = made.into_parts();
        // The library would remove it where its path leads; it is in our folder.
        let path = path.keep().map_err(|error| error.error)?;
        Ok(Self {
            folder,
            name: path.file_name().unwrap_or_default().to_owned(),
            file,
            in_place: false,
        })
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        if !self.in_place {
            // Nothing can be done about a file that stays.
            let _ = rustix::fs::unlinkat(self.folder, &self.name, AtFlags::empty());
        }
    }
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
        _ if error.kind() == io::ErrorKind::AlreadyExists => format!(
            "`{}` is there already and is not written over; name another file",
            path.display()
        ),
        _ => format!("cannot write `{}`: {error}", path.display()),
    };
    CliError::message(Exit::Unwritten, message)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};

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
    fn a_new_file_takes_the_place_of_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("policy.ecl");
        let [first, late] =
            [(); 2].map(|()| OutputFile::check_new(&path).expect("nothing is there"));
        first.write(b"first").expect("it is written");
        let refused = [
            late.write(b"late").expect_err("it came meanwhile"),
            OutputFile::check_new(&path).err().expect("it is there"),
        ];
        for error in refused {
            assert_eq!(error.exit, Exit::Unwritten);
            assert!(error.to_string().contains("not written over"), "{error}");
        }
        let link = folder.path().join("link");
        let checked = OutputFile::check_new(&link).expect("nothing is there");
        symlink(folder.path().join("elsewhere"), &link).expect("a link");
        assert!(checked.write(b"late").is_err(), "a link came meanwhile");
        assert_eq!(fs::read_to_string(&path).expect("a file"), "first");
        assert_eq!(names(folder.path()), ["link", "policy.ecl"]);
    }

    #[test]
    fn what_is_no_ordinary_file_stays_what_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        write(Path::new("/dev/null"), b"report").expect("it takes everything");
        let kind = fs::metadata("/dev/null").expect("a device").file_type();
        assert!(kind.is_char_device());
        assert!(write(folder.path(), b"report").is_err(), "a folder");
        let new = folder.path().join("new/");
        assert!(write(&new, b"report").is_err(), "a folder");
        let missing = folder.path().join("missing").join("report");
        let error = write(&missing, b"report").expect_err("there is no such folder");
        assert!(error.to_string().contains("missing"), "{error}");
    }

    #[test]
    fn a_folder_that_was_moved_takes_the_file_with_it_and_no_link_in_its_place_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let [sub, moved, other] = ["sub", "moved", "other"].map(|name| folder.path().join(name));
        for made in [&sub, &other] {
            fs::create_dir(made).expect("a folder");
        }
        fs::write(other.join("report"), "precious").expect("a file");
        let checked = OutputFile::check(&sub.join("report")).expect("it can be written");
        fs::rename(&sub, &moved).expect("it is ours");
        symlink(&other, &sub).expect("a link");
        checked.write(b"report").expect("it is written");
        let content = |folder: &Path| fs::read_to_string(folder.join("report")).expect("a file");
        assert_eq!(content(&other), "precious");
        assert_eq!(content(&moved), "report");
        assert_eq!(names(&other), ["report"]);
    }

    #[test]
    fn a_pipe_is_not_waited_for_and_a_link_to_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let [pipe, link] = ["pipe", "link"].map(|name| folder.path().join(name));
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, mode, 0).expect("a pipe");
        symlink(&pipe, &link).expect("a link");
        let error = write(&pipe, b"report").expect_err("nobody reads it");
        assert!(error.to_string().contains("nobody reads it"), "{error}");
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let reader = rustix::fs::open(&pipe, flags, Mode::empty()).expect("a reader");
        let error = write(&link, b"report").expect_err("it is a link");
        assert!(error.to_string().contains("symbolic link"), "{error}");
        write(&pipe, b"report").expect("somebody reads it");
        let mut read = [0; 16];
        assert_eq!(rustix::io::read(&reader, &mut read), Ok(6));
    }
}
