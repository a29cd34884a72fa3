//! Look-ups without any check, for the test that shows that the wall behind this one holds alone.
//!
//! A path is opened as the host would, `..`, links and absolute names included, and everything is allowed with what is
//! found. The feature that turns this on is for that test; nothing that is installed has it.

use std::sync::Arc;

use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    io::Errno,
};

use super::{
    error::FileError,
    judge::{Kind, look},
    names,
    opened::{FOLDER, NAME},
    rights::Rights,
    space::{Folder, Place, Target},
    walk::{Last, Spot, There},
};
use crate::grant::Mounts;

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
        Last::Keep => OFlags::NOFOLLOW,
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
