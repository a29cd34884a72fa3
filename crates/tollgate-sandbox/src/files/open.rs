//! Opening what was found and allowed, by its descriptor.
//!
//! A file is opened again through the descriptor of its name, so that it is the one that was judged whatever its name leads to
//! by now; only with the access that the handle may have, never waiting, and never as the terminal of this process. Something
//! new is made with a name that must not exist, in a folder that is open.

use std::{os::fd::OwnedFd, sync::Arc};

use rustix::{
    fs::{Mode, OFlags, openat},
    io::Errno,
};

use super::{
    Files,
    error::{FileError, Refusal, Why},
    handle::OpenFile,
    names,
    own::{ALWAYS, again},
    rights::Rights,
    space::{Folder, Place, Target},
    walk::{Spot, There},
};
use crate::identity::{Id, Kind};

/// How something is to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct How {
    /// Make a file if there is nothing.
    pub(crate) create: bool,
    /// Fail if there is something.
    pub(crate) exclusive: bool,
    /// Fail if it is no folder.
    pub(crate) directory: bool,
    /// Make the file empty.
    pub(crate) truncate: bool,
    /// The handle will be read.
    pub(crate) read: bool,
    /// The handle will be written.
    pub(crate) write: bool,
}

impl How {
    /// Tells whether anything can change through it.
    pub(crate) const fn changes(self) -> bool {
        self.create || self.truncate || self.write
    }

    /// Tells whether only something new is opened: what has the name already, be it a link, is not looked into.
    pub(crate) const fn is_new(self) -> bool {
        self.create && self.exclusive
    }

    /// Says whether it makes sense for a path, whatever is there.
    ///
    /// # Errors
    /// What POSIX and WASI say if it does not.
    pub(crate) fn fits(self, path: &str) -> Result<(), Errno> {
        if self.directory && (self.create || self.exclusive || self.truncate) {
            return Err(Errno::INVAL);
        }
        if self.create && names::asks_for_a_folder(path) {
            return Err(Errno::ISDIR);
        }
        Ok(())
    }

    /// What the handle may do: what was asked for and, as programs for WASI expect, reading where nothing was.
    pub(super) const fn mode(self, allowed: Rights) -> Rights {
        Rights {
            read: allowed.read && (self.read || !self.write),
            write: allowed.write && self.changes(),
        }
    }
}

/// Something open.
#[derive(Debug, Clone)]
pub(crate) enum Handle {
    File(Arc<OpenFile>),
    Folder(Arc<Folder>),
}

/// What a file is opened for, when it comes to be new.
const NEW: Mode = Mode::from_raw_mode(0o666);

impl Files {
    /// Opens `place`, for which nothing was lacking.
    ///
    /// # Errors
    /// What POSIX says about opening it that way. [`Errno::AGAIN`] if it was changed meanwhile: look again.
    pub(crate) fn open(&self, place: Place, how: How) -> Result<Handle, FileError> {
        let Place {
            name,
            target,
            slash: _,
        } = place;
        match target {
            Target::Folder { folder, .. } => match how {
                How {
                    create: true,
                    exclusive: true,
                    ..
                } => Err(Errno::EXIST.into()),
                _ if how.changes() && !how.directory => Err(Errno::ISDIR.into()),
                _ => Ok(Handle::Folder(Arc::new(settled(folder)))),
            },
            Target::File(there) => self.open_file(&there, how, name),
            Target::Missing { .. } if !how.create => Err(Errno::NOENT.into()),
            Target::Closed(closed) => Err(FileError::Refused(Refusal {
                name: closed.name,
                why: closed.why,
            })),
            Target::Missing { spot, slow, .. } => {
                let fd = self.make_file(&spot, how)?;
                let mode = how.mode(spot.make);
                let file = OpenFile::new(fd, (mode, spot.make), slow, name, self.disk.clone())?;
                Ok(Handle::File(Arc::new(file)))
            }
        }
    }

    fn open_file(&self, there: &There, how: How, name: String) -> Result<Handle, FileError> {
        match (there.seen.kind, how) {
            (
                _,
                How {
                    create: true,
                    exclusive: true,
                    ..
                },
            ) => return Err(Errno::EXIST.into()),
            (Kind::Link, _) => return Err(Errno::LOOP.into()),
            (
                _,
                How {
                    directory: true, ..
                },
            ) => return Err(Errno::NOTDIR.into()),
            _ => {}
        }
        if there.seen.kind.is_special() && !self.space.rules.exact.contains(&there.seen.id) {
            let why = Why::Special;
            return Err(FileError::Refused(Refusal { name, why }));
        }
        let place = there.allowed();
        let mode = how.mode(place);
        let fd = match access(mode) {
            Some(flags) => {
                let truncate = if how.truncate && there.seen.kind == Kind::File {
                    OFlags::TRUNC
                } else {
                    OFlags::empty()
                };
                again(&there.fd, flags | truncate)?
            }
            // Good for looking at it and for nothing else.
            None => there.fd.try_clone().map_err(|_| Errno::MFILE)?,
        };
        let file = OpenFile::new(fd, (mode, place), there.slow, name, self.disk.clone())?;
        Ok(Handle::File(Arc::new(file)))
    }

    fn make_file(&self, spot: &Spot, how: How) -> Result<OwnedFd, FileError> {
        self.disk.make(&spot.leaf)?;
        let access = access(how.mode(spot.make)).unwrap_or(OFlags::RDONLY);
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | ALWAYS | access;
        match openat(&spot.folder, spot.leaf.as_str(), flags, NEW) {
            Err(Errno::EXIST) if !how.exclusive => Err(Errno::AGAIN.into()),
            other => Ok(other?),
        }
    }
}

/// Returns the flags for a mode; `None` if it allows nothing.
const fn access(mode: Rights) -> Option<OFlags> {
    match mode {
        Rights {
            read: true,
            write: true,
        } => Some(OFlags::RDWR),
        Rights {
            read: true,
            write: false,
        } => Some(OFlags::RDONLY),
        Rights {
            read: false,
            write: true,
        } => Some(OFlags::WRONLY),
        Rights {
            read: false,
            write: false,
        } => None,
    }
}

/// A folder as a handle: its `..` and the links in it end at it.
fn settled(mut folder: Folder) -> Folder {
    for layer in &mut folder.layers {
        layer.trail = Vec::new();
    }
    folder
}

impl Handle {
    /// Returns what identifies it.
    pub(crate) fn id(&self) -> Id {
        match self {
            Self::File(file) => file.id(),
            Self::Folder(folder) => folder.id(),
        }
    }
}
