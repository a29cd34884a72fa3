//! The folders and files of a jail, opened once: the rules and the tree of the process are both made of these handles, so a
//! name that leads elsewhere meanwhile changes nothing.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2},
    io,
};

use super::Jail;

/// What a jailed process may do below a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// A granted folder or file.
#[derive(Debug)]
pub(super) struct Place {
    /// The name the process opens it by.
    pub(super) name: PathBuf,
    pub(super) handle: OwnedFd,
    pub(super) is_folder: bool,
    pub(super) access: Access,
}

/// Opens what `jail` names, as it is found below `root`. What does not exist is left out, unless it may be made.
pub(super) fn open(jail: &Jail, root: BorrowedFd<'_>) -> Vec<Place> {
    let readable = jail.readable.iter().map(|path| (path, Access::Read));
    let writable = jail.writable.iter().map(|path| (path, Access::Write));
    readable
        .chain(writable)
        .filter_map(|(path, access)| place(path, access, root).ok())
        .collect()
}

fn place(path: &Path, access: Access, root: BorrowedFd<'_>) -> io::Result<Place> {
    let mut name = std::path::absolute(path).map_err(|_| io::Errno::INVAL)?;
    let handle = match find(&name, root) {
        // What is to be made needs the folder it will be in; that nothing else is made there, the sandbox sees to.
        Err(io::Errno::NOENT) if access == Access::Write && name.pop() => find(&name, root)?,
        found => found?,
    };
    let is_folder = FileType::from_raw_mode(fstat(handle.as_fd())?.st_mode) == FileType::Directory;
    Ok(Place {
        name,
        handle,
        is_folder,
        access,
    })
}

/// Opens the place itself, for nothing but naming it. Links are followed as below a root: they belong to the user's name.
fn find(name: &Path, root: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    match openat2(root, name, flags, Mode::empty(), ResolveFlags::IN_ROOT) {
        // Before Linux 5.6 there is no such call, and some containers hide it. There is no other root then either.
        Err(io::Errno::NOSYS | io::Errno::PERM) => {
            openat(rustix::fs::CWD, name, flags, Mode::empty())
        }
        found => found,
    }
}
