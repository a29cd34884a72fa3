//! Opens what a user named to be read, so that it keeps nobody waiting.
//!
//! A pipe with a name is refused: one that nobody writes would keep its reader waiting, when it is opened and when it is read. So
//! is a terminal. What this process was given open is written by the one who gave it.

use std::{
    fs::File,
    io::{self, IsTerminal as _},
    os::unix::fs::FileTypeExt as _,
    path::Path,
};

use rustix::fs::{Mode, OFlags};

/// Opens the file at `path` for reading.
///
/// # Errors
/// What the system says. [`io::ErrorKind::Unsupported`] for a pipe or a terminal, which may keep a reader waiting.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let kind = file.metadata()?.file_type();
    // Reading a folder says that it is one.
    let is_read = kind.is_file()
        || kind.is_dir()
        || kind.is_char_device() && !file.is_terminal()
        || kind.is_fifo() && was_given_open(path);
    if !is_read {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "it is not a regular file; give what comes from a pipe or a terminal on standard input, as `-`",
        ));
    }
    if kind.is_fifo() {
        // Read as standard input is: the writer may take its time.
        let flags = rustix::fs::fcntl_getfl(&file)?;
        rustix::fs::fcntl_setfl(&file, flags - OFlags::NONBLOCK)?;
    }
    Ok(file)
}

/// Whether a path names a descriptor of this process, as `<(command)` of a shell does.
fn was_given_open(path: &Path) -> bool {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let descriptors = ["/dev/fd", "/proc/self/fd"].map(|folder| Path::new(folder).canonicalize());
    path == Path::new("/dev/stdin")
        || folder.is_some_and(|folder| descriptors.into_iter().flatten().any(|own| own == folder))
}
