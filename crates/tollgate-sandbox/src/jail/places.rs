//! The folders and files of a jail, opened once: the rules and the tree of the process are both made of these handles, so a
//! name that leads elsewhere meanwhile changes nothing.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FileType, Mode, OFlags, ResolveFlags, fstat, open as open_path, openat2},
    io,
};

use super::{Jail, JailError};

/// The tree of files the places are found in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tree<'a> {
    /// The one this process has.
    Machine,
    /// The machine's, which hangs below this folder of another.
    Below(BorrowedFd<'a>),
}

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

/// Opens what `jail` names, as it is found in `tree`. What does not exist is left out, unless it may be made; what cannot be
/// opened for another reason is an error.
pub(super) fn open(jail: &Jail, tree: Tree<'_>) -> Result<Vec<Place>, JailError> {
    let readable = jail.readable.iter().map(|path| (path, Access::Read));
    let writable = jail.writable.iter().map(|path| (path, Access::Write));
    let mut places = Vec::new();
    for (path, access) in readable.chain(writable) {
        let found = match place(path, access, tree) {
            // What is to be made needs the folder it will be in; that nothing else is reached there, the sandbox sees to.
            Err(io::Errno::NOENT) if jail.writable.contains(path) => around(path, access, tree),
            found => found,
        };
        match found {
            Ok(place) => places.push(place),
            Err(io::Errno::NOENT | io::Errno::NOTDIR) => {}
            Err(error) => {
                return Err(JailError::Place {
                    path: path.clone(),
                    reason: error.to_string(),
                });
            }
        }
    }
    Ok(places)
}

/// Returns the folder that `path` would be in.
fn around(path: &Path, access: Access, tree: Tree<'_>) -> io::Result<Place> {
    let mut folder = absolute(path)?;
    if !folder.pop() {
        return Err(io::Errno::NOENT);
    }
    place(&folder, access, tree)
}

fn absolute(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path).map_err(|_| io::Errno::INVAL)
}

fn place(path: &Path, access: Access, tree: Tree<'_>) -> io::Result<Place> {
    let name = absolute(path)?;
    let handle = find(&name, tree)?;
    let is_folder = FileType::from_raw_mode(fstat(handle.as_fd())?.st_mode) == FileType::Directory;
    Ok(Place {
        name,
        handle,
        is_folder,
        access,
    })
}

/// Opens the place itself, for nothing but naming it. Links are followed as below a root: they belong to the user's name.
fn find(name: &Path, tree: Tree<'_>) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    match tree {
        Tree::Machine => open_path(name, flags, Mode::empty()),
        Tree::Below(root) => openat2(root, name, flags, Mode::empty(), ResolveFlags::IN_ROOT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jail::{JailRole, Ports};

    fn jail(readable: &[PathBuf], writable: &[PathBuf]) -> Jail {
        Jail {
            role: JailRole::Guest,
            readable: readable.to_vec(),
            writable: writable.to_vec(),
            ports: Ports::None,
        }
    }

    fn names(jail: &Jail) -> Result<Vec<PathBuf>, JailError> {
        let places = open(jail, Tree::Machine)?;
        Ok(places.into_iter().map(|place| place.name).collect())
    }

    #[test]
    fn a_place_is_opened_for_nothing_but_naming_it_and_for_no_other_program() {
        let folder = tempfile::tempdir().unwrap();
        let (path, root) = (folder.path(), std::fs::File::open("/").unwrap());
        for tree in [Tree::Machine, Tree::Below(root.as_fd())] {
            let handle = find(path, tree).unwrap();
            let flags = rustix::fs::fcntl_getfl(&handle).unwrap();
            assert!(flags.contains(OFlags::PATH), "{flags:?}");
            let flags = rustix::io::fcntl_getfd(&handle).unwrap();
            assert!(flags.contains(rustix::io::FdFlags::CLOEXEC), "{flags:?}");
        }
    }

    #[test]
    fn what_is_absent_is_left_out_and_what_may_be_made_is_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (there, absent) = (folder.path().join("there"), folder.path().join("absent"));
        std::fs::write(&there, "").unwrap();
        let below_a_file = there.join("below");
        let read = jail(&[there.clone(), absent.clone(), below_a_file], &[]);
        assert_eq!(names(&read), Ok(vec![there]));
        let folder = folder.path().to_owned();
        let made = std::slice::from_ref(&absent);
        assert_eq!(names(&jail(&[], made)), Ok(vec![folder.clone()]));
        assert_eq!(names(&jail(made, made)), Ok(vec![folder.clone(), folder]));
    }

    #[test]
    fn what_is_there_and_cannot_be_opened_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        for jail in [
            jail(std::slice::from_ref(&circle), &[]),
            jail(&[], std::slice::from_ref(&circle)),
            jail(&[PathBuf::from("x".repeat(300))], &[]),
        ] {
            assert!(matches!(names(&jail), Err(JailError::Place { .. })));
        }
    }
}
