//! What this process has open, opened again by its descriptor, whatever its name leads to by now.

use std::{
    os::fd::{AsFd, AsRawFd, OwnedFd},
    sync::OnceLock,
};

use crate::identity::{FOLDER, Sort, file_system, look};
use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    io::Errno,
};

/// For every file: no descriptor of ours outlives this program, nobody waits, and no terminal becomes ours.
pub(super) const ALWAYS: OFlags = OFlags::CLOEXEC
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Returns the folder of this process's own descriptors, by which they are opened again. It is opened once.
pub(super) fn own_descriptors() -> Result<&'static OwnedFd, Errno> {
    static OWN: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(own) = OWN.get() {
        return Ok(own);
    }
    let own = openat(CWD, "/proc/self/fd", FOLDER, Mode::empty())?;
    match file_system(&own)? {
        Sort::Kernel => Ok(OWN.get_or_init(|| own)),
        // Somebody put something else there.
        Sort::Devices | Sort::Local | Sort::Slow => Err(Errno::NOTSUP),
    }
}

/// Opens the same file again, with access.
pub(super) fn again(fd: &impl AsFd, flags: OFlags) -> Result<OwnedFd, Errno> {
    let own = own_descriptors()?;
    let number = fd.as_fd().as_raw_fd().to_string();
    openat(own, number, flags | ALWAYS, Mode::empty())
}

/// Opens a folder for listing it.
pub(super) fn folder(fd: &impl AsFd) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let open = openat(fd, ".", flags, Mode::empty())?;
    debug_assert_eq!(look(&open), look(fd), "a folder is at its own dot");
    Ok(open)
}
