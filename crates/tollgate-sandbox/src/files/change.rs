//! Making, removing, moving and linking: changes of the folders that names are in.
//!
//! Each is one call on folders that are open. What else may stand at the name by the time of the call lies in the same folder,
//! where the same rights hold, so it does not matter.

use rustix::{
    fs::{AtFlags, Mode, linkat, mkdirat, readlinkat, renameat, symlinkat, unlinkat},
    io::Errno,
};

use super::{
    Files,
    error::FileError,
    space::{Place, Target},
    walk::Spot,
};
use crate::{identity::Kind, limits::PATH_BYTES};

/// What a folder is made with.
const NEW_FOLDER: Mode = Mode::from_raw_mode(0o777);

impl Files {
    pub(crate) fn make_folder(&self, place: &Place) -> Result<(), FileError> {
        let spot = place.free()?;
        self.disk.make(&spot.leaf)?;
        Ok(mkdirat(&spot.folder, spot.leaf.as_str(), NEW_FOLDER)?)
    }

    /// Makes a symbolic link that says `target`.
    pub(crate) fn make_link(&self, target: &str, place: &Place) -> Result<(), FileError> {
        match target {
            "" => return Err(Errno::NOENT.into()),
            _ if target.len() as u64 >= PATH_BYTES => return Err(Errno::NAMETOOLONG.into()),
            _ if target.contains('\0') => return Err(Errno::INVAL.into()),
            // It could lead nowhere.
            _ if target.starts_with('/') => return Err(Errno::PERM.into()),
            _ => {}
        }
        let spot = place.free()?;
        if place.slash {
            return Err(Errno::NOENT.into());
        }
        self.disk.make_link(&spot.leaf, target)?;
        Ok(symlinkat(target, &spot.folder, spot.leaf.as_str())?)
    }

    /// Gives what is at `from` the name `to` as well.
    pub(crate) fn make_name(&self, from: &Place, to: &Place) -> Result<(), FileError> {
        let old = from.taken()?;
        if from.kind() == Some(Kind::Folder) {
            return Err(Errno::PERM.into());
        }
        let new = to.free()?;
        if to.slash {
            return Err(Errno::NOENT.into());
        }
        self.disk.make(&new.leaf)?;
        let (old_leaf, new_leaf) = (old.leaf.as_str(), new.leaf.as_str());
        Ok(linkat(
            &old.folder,
            old_leaf,
            &new.folder,
            new_leaf,
            AtFlags::empty(),
        )?)
    }

    pub(crate) fn move_name(&self, from: &Place, to: &Place) -> Result<(), FileError> {
        let old = from.taken()?;
        let new = to.spot().ok_or(Errno::BUSY)?;
        let is_folder = from.kind() == Some(Kind::Folder);
        if (from.slash || to.slash) && !is_folder {
            return Err(Errno::NOTDIR.into());
        }
        self.disk.rename(&new.leaf)?;
        let (old_leaf, new_leaf) = (old.leaf.as_str(), new.leaf.as_str());
        Ok(renameat(&old.folder, old_leaf, &new.folder, new_leaf)?)
    }

    #[expect(clippy::unused_self, reason = "one way to call all changes")]
    pub(crate) fn remove_file(&self, place: &Place) -> Result<(), FileError> {
        if place.kind() == Some(Kind::Folder) {
            return Err(Errno::ISDIR.into());
        }
        let spot = place.taken()?;
        Ok(unlinkat(
            &spot.folder,
            spot.leaf.as_str(),
            AtFlags::empty(),
        )?)
    }

    #[expect(clippy::unused_self, reason = "one way to call all changes")]
    pub(crate) fn remove_folder(&self, place: &Place) -> Result<(), FileError> {
        if place.kind().is_some_and(|kind| kind != Kind::Folder) {
            return Err(Errno::NOTDIR.into());
        }
        let spot = place.taken()?;
        let folder = AtFlags::REMOVEDIR;
        Ok(unlinkat(&spot.folder, spot.leaf.as_str(), folder)?)
    }
}

impl Place {
    /// Returns what the link here says.
    pub(crate) fn read_link(&self) -> Result<String, FileError> {
        match &self.target {
            Target::File(there) if there.seen.kind == Kind::Link => {
                let target = readlinkat(&there.fd, "", Vec::new())?;
                Ok(target.into_string().map_err(|_| Errno::ILSEQ)?)
            }
            Target::File(_) | Target::Folder { .. } | Target::Closed(_) => Err(Errno::INVAL.into()),
            Target::Missing { .. } => Err(Errno::NOENT.into()),
        }
    }

    fn kind(&self) -> Option<Kind> {
        match &self.target {
            Target::Folder { .. } => Some(Kind::Folder),
            Target::File(there) => Some(there.seen.kind),
            Target::Missing { .. } => None,
            Target::Closed(closed) => Some(closed.kind),
        }
    }

    /// Returns the name, at which there is something that is in a folder.
    fn taken(&self) -> Result<&Spot, Errno> {
        match (&self.target, self.spot()) {
            (Target::Missing { .. }, _) => Err(Errno::NOENT),
            (Target::Folder { .. } | Target::File(_), Some(spot)) => Ok(spot),
            (Target::Folder { .. } | Target::File(_) | Target::Closed(_), _) => Err(Errno::BUSY),
        }
    }

    /// Returns the name, at which there is nothing.
    fn free(&self) -> Result<&Spot, Errno> {
        match &self.target {
            Target::Missing { spot, .. } => Ok(spot),
            Target::Folder { .. } | Target::File(_) | Target::Closed(_) => Err(Errno::EXIST),
        }
    }
}
