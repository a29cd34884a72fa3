//! Look-ups without any check, in one kind of process: a worker of this crate's own unit tests. So the wall behind this one is
//! seen alone; it exists in a test build only, and nothing that is built otherwise has a switch for it.
//!
//! A path is opened as the host would, `..`, links and absolute names included, and everything is allowed with what is found.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    io::Errno,
};

use super::{
    error::FileError,
    names,
    rights::Rights,
    space::{Folder, Place, Target},
    walk::{Last, Spot, There},
};
use crate::{
    grant::Mounts,
    identity::{FOLDER, Kind, NAME, look},
};

mod jail_alone;

static ON: AtomicBool = AtomicBool::new(false);

/// Tells whether nothing is checked here.
pub(super) fn is_on() -> bool {
    ON.load(Relaxed)
}

/// The program of unit tests has a `main` of its own, which knows nothing of workers; this runs before it.
#[used]
#[expect(unsafe_code, reason = "it has to run before `main`, which is not ours")]
// SAFETY: functions in this section are called once, with nothing that this one reads, and there is one thread.
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = before_main;

extern "C" fn before_main() {
    let first = std::env::args_os().nth(1);
    if first.is_some_and(|first| first.as_encoded_bytes().starts_with(b"__tollgate-")) {
        ON.store(true, Relaxed);
        crate::requested::run_if_requested();
    }
}

pub(super) fn find(at: &Folder, path: &str, last: Last) -> Result<Place, FileError> {
    let from = at.first().map(|layer| layer.fd.clone());
    let from = match from {
        Some(fd) => fd,
        None => Arc::new(openat(CWD, "/", FOLDER, Mode::empty())?),
    };
    let (folder, leaf) = path
        .trim_end_matches('/')
        .rsplit_once('/')
        .unwrap_or((".", path.trim_end_matches('/')));
    let leaf = if leaf.is_empty() { "." } else { leaf };
    let folder = if folder.is_empty() { "/" } else { folder };
    let folder = Arc::new(openat(&from, folder, FOLDER, Mode::empty())?);
    let spot = Spot {
        folder: folder.clone(),
        leaf: leaf.to_owned(),
        rights: Rights::BOTH,
        make: Rights::BOTH,
    };
    let follow = match last {
        Last::Follow => OFlags::empty(),
        Last::Keep | Last::Name => OFlags::NOFOLLOW,
    };
    let name = names::join(&at.name, path);
    let target = match openat(&folder, leaf, NAME | follow, Mode::empty()) {
        Ok(fd) => {
            let seen = look(&fd)?;
            let there = There {
                fd: Arc::new(fd),
                seen,
                rights: Rights::BOTH,
                cap: Rights::BOTH,
                mounts: Mounts::Cross,
                slow: false,
                trail: Vec::new(),
                spot: Some(spot),
                name: name.clone(),
            };
            match seen.kind {
                Kind::Folder => Target::Folder {
                    folder: Folder {
                        name: name.clone(),
                        node: None,
                        layers: vec![there.layer()],
                        below: Vec::new(),
                    },
                    there: Some(there),
                },
                _ => Target::File(there),
            }
        }
        Err(Errno::NOENT) => Target::Missing {
            spot,
            slow: false,
            closed: None,
        },
        Err(error) => return Err(error.into()),
    };
    Ok(Place {
        name,
        target,
        slash: path.ends_with('/'),
    })
}
