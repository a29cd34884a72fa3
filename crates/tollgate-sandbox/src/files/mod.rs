//! The files of a guest: every look-up, every right and every byte of them.
//!
//! Both versions of WASI are thin layers over this one. In the order a call takes:
//!
//! * `identity/`: the grants are opened by name, once, before the guest runs.
//! * `space`: the names the guest sees, a tree made from the grants.
//! * `walk`: from there to what a path leads to, a descriptor; `identity/judge.rs` says what that is, `rights` what is allowed with it.
//! * `access`: whether that is enough for what the call wants; the gate is asked after that.
//! * `open`, `change`: the call is done with the descriptors that were judged, never again with the path.
//! * `handle`, `listing`: what is open. A handle has the rights it was opened with.
//! * `disk`, `work`, `waits`, `slow`: what all that may take of the disk, of the gas and of threads.
//!
//! The model of rights is written down in `docs/files.md`; tests compare it with what happens.

mod access;
mod change;
mod disk;
mod error;
#[cfg(test)]
#[path = "../../tests/it/files_ground.rs"]
mod ground;
mod handle;
mod listing;
mod names;
mod open;
mod own;
mod rights;
mod slow;
mod space;
mod stat;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod unchecked;
mod waits;
mod walk;
mod work;

use std::sync::{Arc, atomic::AtomicUsize};

pub use names::plain as guest_name;

pub(crate) use access::{Access, Lack};
pub(crate) use error::{FileError, Why};
pub(crate) use handle::{OpenFile, WriteAt};
pub(crate) use listing::Listing;
pub(crate) use open::{Handle, How};
pub(crate) use slow::run;
pub(crate) use space::{Folder, Place};
pub(crate) use stat::{NewTime, NewTimes, Stat};
pub(crate) use waits::{Touched, waits};
pub(crate) use walk::Last;

use crate::{
    digest::Digest,
    grant::{Grant, PathGrant},
    identity::{self, Kind, OpenPath},
    limits::Limits,
    outcome::Failure,
    threads::Unanswered,
};
pub(crate) use disk::Disk;
use rights::Rights;
use slow::Asking;
use space::{Granted, Space, Wanted};
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
    /// Opens what `grant` names for an execution of `module`, without keeping this thread waiting for it.
    ///
    /// # Errors
    /// If something of it cannot be opened, or is not what it was when it was admitted.
    pub(crate) async fn open_grant(
        module: Digest,
        grant: &Grant,
        limits: &Limits,
    ) -> Result<Arc<Self>, Failure> {
        if grant.read.is_empty() && grant.write.is_empty() {
            return Self::open_here(grant, limits);
        }
        let (grant, limits) = (grant.clone(), limits.clone());
        let opened = slow::open(module, move || Self::open_here(&grant, &limits)).await;
        opened.unwrap_or_else(|unanswered| {
            let message = match unanswered {
                Unanswered::Busy => "the system gives no thread to open what was granted",
                Unanswered::Panicked => "opening what was granted panicked",
            };
            Err(Failure::Internal {
                message: message.to_owned(),
            })
        })
    }

    fn open_here(grant: &Grant, limits: &Limits) -> Result<Arc<Self>, Failure> {
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
    pub(crate) async fn find(
        self: &Arc<Self>,
        at: &Arc<Folder>,
        path: String,
        last: Last,
    ) -> Result<Place, FileError> {
        let look_up = move |files: &Self, at: &Folder, asking: &Asking| {
            files.look_up(at, &path, last, asking)
        };
        self.look(at, look_up).await
    }

    /// Reads what is in a folder and may be listed.
    ///
    /// # Errors
    /// As [`Files::list_here`].
    pub(crate) async fn list(self: &Arc<Self>, at: &Arc<Folder>) -> Result<Listing, FileError> {
        self.look(at, Self::list_here).await
    }

    /// Looks names up: on a thread of its own where that may have to wait, be it known before or found out on the way.
    async fn look<R: Send + 'static>(
        self: &Arc<Self>,
        at: &Arc<Folder>,
        work: impl Fn(&Self, &Folder, &Asking) -> Result<R, FileError> + Send + 'static,
    ) -> Result<R, FileError> {
        let mut waits = waits(Touched::Names(self, at));
        if waits.never() {
            let (asking, before) = (Asking::later(), self.work.done());
            let found = work(self, at, &asking);
            if !asking.was_wanted() {
                return found;
            }
            self.work.undo(before);
            waits = asking.waits();
        }
        let (files, at) = (self.clone(), at.clone());
        run(waits, move || work(&files, &at, &Asking::allowed())).await
    }

    fn look_up(
        &self,
        at: &Folder,
        path: &str,
        last: Last,
        asking: &Asking,
    ) -> Result<Place, FileError> {
        #[cfg(test)]
        if unchecked::is_on() {
            return unchecked::find(at, path, last);
        }
        let path = Wanted { path, last, asking };
        self.space.find(at, &path, &self.work)
    }

    /// Returns a name as the grants and the user spell it.
    pub(crate) fn spelled(&self, name: &str) -> String {
        self.space.spelled(name)
    }
}

/// Opens what this layer needs of the system and what cannot be opened once the jail of this process is closed.
pub(crate) fn prepare() {
    // What fails here fails again where it is used, and is an error there.
    let _open = own::own_descriptors();
    identity::prepare();
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
