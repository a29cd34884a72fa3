//! The files of a guest: every look-up, every right and every byte of them.
//!
//! Both versions of WASI are thin layers over this one. In the order a call takes:
//!
//! * `opened`: the grants are opened by name, once, before the guest runs.
//! * `space`: the names the guest sees, a tree made from the grants.
//! * `walk`: from there to what a path leads to, a descriptor; `judge` says what that is, `rights` what is allowed with it.
//! * `access`: whether that is enough for what the call wants; the gate is asked after that.
//! * `open`, `change`: the call is done with the descriptors that were judged, never again with the path.
//! * `handle`, `listing`: what is open. A handle has the rights it was opened with.
//! * `disk`, `work`, `slow`: what all that may take of the disk, of the gas and of threads.
//!
//! The model of rights is written down in `docs/files.md`; tests compare it with what happens.

mod access;
mod change;
mod disk;
mod error;
mod handle;
mod judge;
mod listing;
mod names;
mod open;
mod opened;
mod rights;
mod slow;
mod space;
mod stat;
#[cfg(feature = "unchecked-files")]
mod unchecked;
mod walk;
mod work;

use std::sync::{Arc, atomic::AtomicUsize};

pub use opened::OpenPath;

pub(crate) use access::{Access, Lack};
pub(crate) use error::{FileError, Why};
pub(crate) use handle::{OpenFile, WriteAt};
pub(crate) use judge::{Id, Kind};
pub(crate) use listing::Listing;
pub(crate) use open::{Handle, How};
pub(crate) use slow::run;
pub(crate) use space::{Folder, Place};
pub(crate) use stat::{NewTime, NewTimes, Stat};
pub(crate) use walk::Last;

use crate::{
    grant::{Grant, PathGrant},
    limits::Limits,
    outcome::Failure,
};
pub(crate) use disk::Disk;
use rights::Rights;
use space::{Granted, Space};
use work::Work;

/// Everything of the host's files that one execution may reach.
#[derive(Debug)]
pub(crate) struct Files {
    space: Space,
    disk: Arc<Disk>,
    pub(crate) work: Work,
    /// Bytes of the listings that are open.
    listings: Arc<AtomicUsize>,
    folders: Vec<(String, Arc<Folder>)>,
}

impl Files {
    /// Opens what `grant` names.
    ///
    /// # Errors
    /// If something of it cannot be opened, or is not what it was when it was admitted.
    pub(crate) fn open_grant(grant: &Grant, limits: &Limits) -> Result<Arc<Self>, Failure> {
        let work = Work::new(limits.gas);
        let granted = granted(grant)?;
        let space = Space::new(&granted, &work)?;
        let folders = first_folders(&space, &granted, &work);
        work.take();
        Ok(Arc::new(Self {
            space,
            disk: Arc::new(Disk::new(limits.disk_bytes, limits.disk_files)),
            work,
            listings: Arc::new(AtomicUsize::new(0)),
            folders,
        }))
    }

    /// Returns the account of what is put on the disk.
    pub(crate) fn disk(&self) -> Arc<Disk> {
        self.disk.clone()
    }

    /// Returns the folders that are open for the guest when it starts, with their names.
    pub(crate) fn folders(&self) -> &[(String, Arc<Folder>)] {
        &self.folders
    }

    /// Finds what `path` leads to from `at`. Nothing is done with it yet.
    ///
    /// # Errors
    /// If there is no way there, or it is not granted.
    pub(crate) fn find(&self, at: &Folder, path: &str, last: Last) -> Result<Place, FileError> {
        #[cfg(feature = "unchecked-files")]
        return unchecked::find(at, path, last);
        #[cfg(not(feature = "unchecked-files"))]
        self.space.find(at, path, last, &self.work)
    }

    /// Returns a name as the grants and the user spell it.
    pub(crate) fn spelled(&self, name: &str) -> String {
        self.space.spelled(name)
    }
}

/// Opens what this layer needs of the system and what cannot be opened once the jail of this process is closed.
pub(crate) fn prepare() {
    // What fails here fails again where it is used, and is an error there.
    let _open = open::own_descriptors();
}

fn granted(grant: &Grant) -> Result<Vec<Granted>, Failure> {
    let reading = grant.read.iter().map(|path| (path, Rights::READ));
    let writing = grant.write.iter().map(|path| (path, Rights::WRITE));
    reading
        .chain(writing)
        .map(|(grant, rights)| {
            let path = reach(grant)?;
            Ok(Granted {
                grant: grant.clone(),
                rights,
                path,
            })
        })
        .collect()
}

fn reach(grant: &PathGrant) -> Result<OpenPath, Failure> {
    grant.open().map_err(|error| Failure::GrantUnusable {
        path: grant.host.display().to_string(),
        message: error.to_string(),
    })
}

/// One folder for each name that was granted, or the folder of it where that is a file; and `/`, so that the guest can ask for
/// what was not granted.
fn first_folders(space: &Space, granted: &[Granted], work: &Work) -> Vec<(String, Arc<Folder>)> {
    let mut folders: Vec<(String, Arc<Folder>)> = Vec::new();
    let mut add = |name: &str| {
        let known = folders.iter().any(|(_, folder)| folder.name == name);
        if let (false, Some(mut folder)) = (known, space.granted_folder(name, work)) {
            folder.name = name.to_owned();
            folders.push((space.spelled(name), Arc::new(folder)));
        }
    };
    for one in granted {
        let name = names::plain(&one.grant.guest);
        let is_folder = one
            .path
            .there
            .as_ref()
            .is_some_and(|(_, seen)| seen.kind == Kind::Folder);
        add(if is_folder {
            &name
        } else {
            names::parent(&name).0
        });
    }
    add("");
    folders
}
