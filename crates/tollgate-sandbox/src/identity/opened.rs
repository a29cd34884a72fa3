//! A path of the host, opened by name once and known by identity from then on.
//!
//! This is the only place where a path that somebody wrote is looked up in the host's own names. What comes out is a
//! descriptor of `O_PATH`, the folder it is in, and the identities of all folders around it. Whether one path lies in another
//! is a question about identities: nobody can answer it differently by renaming something afterwards.

use std::{
    ffi::{OsStr, OsString},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStringExt,
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{CWD, Mode, OFlags, openat, readlinkat},
    io::Errno,
};

use super::judge::{Id, Kind, Seen, Sort, file_system, look};
use crate::limits::{PATH_DEPTH, PATH_LINKS};

/// Opens nothing but the name.
pub(crate) const NAME: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
/// Opens nothing but the name, of a folder.
pub(crate) const FOLDER: OFlags = NAME.union(OFlags::DIRECTORY);

/// What a path of the host leads to.
#[derive(Debug, Clone)]
pub struct OpenPath {
    /// The thing itself; `None` if its folder is there and it is not.
    pub(crate) there: Option<(Arc<OwnedFd>, Seen)>,
    /// The folder it is in and its name there; `None` if it was named as a folder, like `.`.
    pub(crate) parent: Option<(Arc<OwnedFd>, OsString)>,
    /// Identities of the folders around it, from the inside to the outside; a folder is around itself.
    pub(crate) around: Vec<Id>,
}

impl OpenPath {
    /// Opens `path` by name, following symbolic links. The last part of the path may be missing.
    ///
    /// # Errors
    /// What the system says about another part that is missing or cannot be entered.
    pub fn open(path: &Path) -> Result<Self, std::io::Error> {
        Ok(Self::locate(path)?)
    }

    /// Tells whether this path is `most` or lies below it.
    pub fn lies_in(&self, most: &Self) -> bool {
        match &most.there {
            Some((_, seen)) if seen.kind == Kind::Folder => self.around.contains(&seen.id),
            Some((_, seen)) => self
                .there
                .as_ref()
                .is_some_and(|(_, own)| own.id == seen.id),
            // Neither is there yet: the same name in the same folder.
            None => {
                let name = |path: &Self| path.parent.as_ref().map(|(_, name)| name.clone());
                self.there.is_none()
                    && self.around.first() == most.around.first()
                    && name(self) == name(most)
            }
        }
    }

    /// Returns device and inode, of the folder it would be in if it is not there.
    pub(crate) fn identity(&self) -> Option<(u64, u64)> {
        self.id().map(|id| (id.device, id.inode))
    }

    pub(crate) fn id(&self) -> Option<Id> {
        match &self.there {
            Some((_, seen)) => Some(seen.id),
            None => self.around.first().copied(),
        }
    }

    fn locate(path: &Path) -> Result<Self, Errno> {
        let mut path = path.to_owned();
        let mut from: Option<Arc<OwnedFd>> = None;
        for _ in 0..PATH_LINKS {
            let at = from.as_ref().map_or(CWD, |fd| fd.as_fd());
            let Some(name) = path.file_name().map(OsStr::to_owned) else {
                return Self::folder(open(at, &path, FOLDER)?);
            };
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                Some(_) | None => Path::new("."),
            };
            let folder = Arc::new(open(at, folder, FOLDER)?);
            let fd = match openat(&folder, &name, NAME | OFlags::NOFOLLOW, Mode::empty()) {
                Ok(fd) => fd,
                Err(Errno::NOENT) => return Self::missing(folder, name),
                Err(error) => return Err(error),
            };
            let seen = look(&fd)?;
            if seen.kind != Kind::Link {
                return Self::found(fd, seen, (folder, name));
            }
            if file_system(&fd)? == Sort::Kernel {
                // Links of the kernel lead to things and not to the names they show.
                let fd = openat(&folder, &name, NAME, Mode::empty())?;
                let seen = look(&fd)?;
                return Self::found(fd, seen, (folder, name));
            }
            path = target(&fd)?;
            from = Some(folder);
        }
        Err(Errno::LOOP)
    }

    fn folder(fd: OwnedFd) -> Result<Self, Errno> {
        let seen = look(&fd)?;
        let around = around(fd.as_fd())?;
        Ok(Self {
            there: Some((Arc::new(fd), seen)),
            parent: None,
            around,
        })
    }

    fn found(fd: OwnedFd, seen: Seen, parent: (Arc<OwnedFd>, OsString)) -> Result<Self, Errno> {
        let around = match seen.kind {
            Kind::Folder => around(fd.as_fd())?,
            _ => around(parent.0.as_fd())?,
        };
        Ok(Self {
            there: Some((Arc::new(fd), seen)),
            parent: Some(parent),
            around,
        })
    }

    fn missing(folder: Arc<OwnedFd>, name: OsString) -> Result<Self, Errno> {
        let around = around(folder.as_fd())?;
        Ok(Self {
            there: None,
            parent: Some((folder, name)),
            around,
        })
    }
}

fn open(at: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    openat(at, path, flags, Mode::empty())
}

fn target(link: &OwnedFd) -> Result<PathBuf, Errno> {
    let target = readlinkat(link, "", Vec::new())?;
    Ok(PathBuf::from(OsString::from_vec(target.into_bytes())))
}

/// Returns the identities of a folder and of those around it, up to the root or to the first that cannot be entered.
fn around(folder: BorrowedFd<'_>) -> Result<Vec<Id>, Errno> {
    let mut ids = vec![look(folder)?.id];
    let mut up = openat(folder, "..", FOLDER, Mode::empty());
    while let Ok(fd) = up {
        let id = look(&fd)?.id;
        if ids.last() == Some(&id) || ids.len() >= PATH_DEPTH {
            break;
        }
        ids.push(id);
        up = openat(&fd, "..", FOLDER, Mode::empty());
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn open(path: impl AsRef<Path>) -> OpenPath {
        OpenPath::open(path.as_ref()).unwrap()
    }

    #[test]
    fn a_path_lies_in_the_folders_around_it_whatever_they_are_called() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        std::fs::create_dir_all(inside.join("deep")).unwrap();
        std::fs::write(inside.join("file"), "").unwrap();
        symlink(&inside, folder.path().join("other")).unwrap();
        let most = open(&inside);
        for path in [
            "inside",
            "inside/deep",
            "inside/file",
            "inside/new",
            "other/deep/../file",
            "other",
        ] {
            assert!(open(folder.path().join(path)).lies_in(&most), "{path}");
        }
        for path in [".", "inside/..", "insid"] {
            assert!(!open(folder.path().join(path)).lies_in(&most), "{path}");
        }
    }

    #[test]
    fn a_link_is_where_it_leads() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        symlink("/etc", inside.join("link")).unwrap();
        symlink("link", inside.join("link2")).unwrap();
        symlink("loop", inside.join("loop")).unwrap();
        assert!(!open(inside.join("link2")).lies_in(&open(&inside)));
        assert!(open(inside.join("link2")).lies_in(&open("/etc")));
        assert!(OpenPath::open(&inside.join("loop")).is_err());
    }

    #[test]
    fn only_the_last_part_may_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(open(folder.path().join("new")).there.is_none());
        for path in ["new/deeper", "new/..", "new/../x"] {
            assert!(OpenPath::open(&folder.path().join(path)).is_err(), "{path}");
        }
        let (a, b) = (open(folder.path().join("a")), open(folder.path().join("b")));
        assert!(a.lies_in(&a) && !a.lies_in(&b));
    }

    #[test]
    fn a_file_does_not_cover_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "").unwrap();
        std::fs::write(folder.path().join("b"), "").unwrap();
        let a = open(folder.path().join("a"));
        assert!(a.lies_in(&a));
        assert!(!open(folder.path().join("b")).lies_in(&a));
        assert!(!open(folder.path()).lies_in(&a));
    }
}
