//! A folder of the host and grants in it, for tests of this layer alone: there is no guest and no engine.

use std::{
    fs::File,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::symlink,
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::io::Errno;

use super::{
    error::FileError,
    rights::Rights,
    slow::Asking,
    space::{Folder, Granted, Place, ROOT, Space, Target, Wanted},
    walk::{Closed, Last, Spot, There},
    work::Work,
};
use crate::{
    grant::{Mounts, PathGrant},
    identity::{Id, Kind, Seen},
    outcome::Failure,
};

pub(super) const RIGHTS: [Rights; 4] = [Rights::NONE, Rights::READ, Rights::WRITE, Rights::BOTH];

/// The names a guest sees of a folder of the host.
pub(super) struct World {
    root: PathBuf,
    pub(super) space: Space,
    pub(super) work: Work,
    _folder: tempfile::TempDir,
}

impl World {
    /// Makes the files of `tree` and opens `grants`.
    pub(super) fn new(tree: &[&str], grants: &[(Rights, &str, &str)]) -> Self {
        let folder = plant(tree);
        let space = arrange(folder.path(), grants).unwrap();
        Self {
            root: folder.path().canonicalize().unwrap(),
            space,
            work: Work::new(u64::MAX),
            _folder: folder,
        }
    }

    pub(super) fn root(&self) -> Folder {
        self.space.folder(ROOT)
    }

    pub(super) fn place(&self, at: &Folder, path: &str) -> Result<Place, FileError> {
        find(&self.space, at, path, &self.work)
    }

    /// Says what a path leads to from the root.
    pub(super) fn leads(&self, path: &str) -> String {
        self.leads_from(&self.root(), path)
    }

    /// Says what a path leads to from a folder: its kind, the path on the host, and the rights.
    pub(super) fn leads_from(&self, at: &Folder, path: &str) -> String {
        self.say(self.place(at, path))
    }

    pub(super) fn say(&self, found: Result<Place, FileError>) -> String {
        let place = match found {
            Ok(place) => place,
            Err(FileError::Os(error)) => return system(error).to_owned(),
            Err(FileError::Refused(refusal)) => return format!("refused {:?}", refusal.why),
            Err(FileError::Limit(limit)) => return format!("{limit:?}"),
        };
        let what = match &place.target {
            Target::Folder {
                folder,
                there: None,
            } => format!("names {}", folder.below.join(" ")),
            Target::Folder { folder, .. } => {
                let hosts: Vec<_> = folder
                    .layers
                    .iter()
                    .map(|layer| self.host(&layer.fd))
                    .collect();
                format!("folder {}", hosts.join("+"))
            }
            Target::File(there) if there.seen.kind == Kind::Link => {
                format!("link {}", self.host(&there.fd))
            }
            Target::File(there) => format!("file {}", self.host(&there.fd)),
            Target::Missing { spot, .. } => {
                format!(
                    "nothing {}",
                    self.below(&spot.folder).join(&spot.leaf).display()
                )
            }
            Target::Closed(closed) => format!("closed {:?}", closed.why),
        };
        let Rights { read, write } = place.allowed();
        let rights = [(read, 'r'), (write, 'w')]
            .into_iter()
            .filter(|(has, _)| *has);
        let rights: String = rights.map(|(_, letter)| letter).collect();
        format!("{what} {rights}").trim_end().to_owned()
    }

    fn host(&self, fd: &OwnedFd) -> String {
        self.below(fd).display().to_string()
    }

    fn below(&self, fd: &OwnedFd) -> PathBuf {
        let path = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap();
        path.strip_prefix(&self.root)
            .map(Path::to_owned)
            .unwrap_or(path)
    }
}

/// Finds what a path leads to from a folder.
pub(super) fn find(
    space: &Space,
    at: &Folder,
    path: &str,
    work: &Work,
) -> Result<Place, FileError> {
    let wanted = Wanted {
        path,
        last: Last::Follow,
        asking: &Asking::allowed(),
    };
    space.find(at, &wanted, work)
}

fn system(error: Errno) -> &'static str {
    match error {
        Errno::LOOP => "LOOP",
        Errno::NOENT => "NOENT",
        Errno::NOTDIR => "NOTDIR",
        Errno::PERM => "PERM",
        other => panic!("{other:?}"),
    }
}

/// Makes files: a name with a slash at its end is a folder, `a -> b` a symbolic link.
pub(super) fn plant(tree: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in tree {
        let (name, target) = name.split_once(" -> ").unwrap_or((name, ""));
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match (target, name.ends_with('/')) {
            ("", true) => std::fs::create_dir_all(path).unwrap(),
            ("", false) => std::fs::write(path, name).unwrap(),
            (target, _) => symlink(target, path).unwrap(),
        }
    }
    folder
}

/// Opens grants: rights, a path below `root`, the guest's name.
pub(super) fn arrange(root: &Path, grants: &[(Rights, &str, &str)]) -> Result<Space, Failure> {
    let granted = grants
        .iter()
        .map(|(rights, host, guest)| granted(*rights, PathGrant::mapped(root.join(host), *guest)));
    Space::new(&granted.collect::<Vec<_>>(), &Work::new(u64::MAX))
}

pub(super) fn granted(rights: Rights, grant: PathGrant) -> Granted {
    let path = grant.open().unwrap();
    Granted {
        grant,
        rights,
        path,
    }
}

/// A place of the name `d/f`.
pub(super) fn place(target: Target) -> Place {
    Place {
        name: String::from("d/f"),
        target,
        slash: false,
    }
}

pub(super) fn file(rights: Rights) -> There {
    let file = File::open("/dev/null").unwrap();
    There {
        fd: Arc::new(file.into()),
        seen: Seen {
            id: Id {
                device: 1,
                inode: 1,
            },
            kind: Kind::File,
        },
        rights,
        cap: Rights::BOTH,
        mounts: Mounts::Stay,
        slow: false,
        trail: Vec::new(),
        spot: Some(spot(rights, rights)),
        name: String::from("d/f"),
    }
}

pub(super) fn spot(rights: Rights, make: Rights) -> Spot {
    let folder = File::open("/").unwrap();
    Spot {
        folder: Arc::new(folder.into()),
        leaf: String::from("f"),
        rights,
        make,
    }
}

pub(super) fn missing(rights: Rights, make: Rights) -> Target {
    Target::Missing {
        spot: spot(rights, make),
        slow: false,
        closed: None,
    }
}

pub(super) fn folder(rights: Rights) -> Target {
    let there = file(rights);
    let folder = Folder {
        name: there.name.clone(),
        node: None,
        layers: vec![there.layer()],
        below: Vec::new(),
    };
    Target::Folder {
        folder,
        there: Some(there),
    }
}

/// A folder that only holds granted names.
pub(super) fn names(below: &[&str]) -> Target {
    let folder = Folder {
        name: String::from("d/f"),
        node: Some(ROOT),
        layers: Vec::new(),
        below: below.iter().map(|name| (*name).to_owned()).collect(),
    };
    Target::Folder {
        folder,
        there: None,
    }
}

pub(super) fn closed(rights: Rights) -> Closed {
    Closed {
        name: String::from("d/f"),
        why: super::Why::OtherMount,
        kind: Kind::Folder,
        rights,
    }
}
