//! Whether the rights of a place are enough for what a call wants to do there.

use super::{
    error::{Refusal, Why},
    names,
    open::How,
    rights::Rights,
    space::{Place, Target},
};
use crate::grant::Capability;

/// What a call wants to do with a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read what it is: its kind, size and times. Those who may write it may do that too.
    Stat,
    /// Read where a link leads.
    ReadLink,
    /// List a folder.
    List,
    /// Open it.
    Open(How),
    /// Put something new there.
    Make,
    /// Change its times.
    Touch,
    /// Remove or replace it: the folder it is in changes.
    Change,
    /// Give it a second name.
    Link,
    /// Take it away, to where it has another name.
    Move,
}

impl Access {
    /// Returns the capability in reports.
    pub(crate) const fn capability(self) -> Capability {
        match self {
            Self::Stat | Self::ReadLink | Self::List | Self::Link => Capability::FileRead,
            Self::Open(how) if !how.changes() => Capability::FileRead,
            Self::Open(_) | Self::Make | Self::Touch | Self::Change | Self::Move => {
                Capability::FileWrite
            }
        }
    }

    /// Returns the capabilities that a gate is asked about at `place`: all that the guest has afterwards. Under another name a
    /// file can be read and written by whoever may use that name, so both are asked about under this one.
    pub(crate) fn asks(self, place: &Place) -> &'static [Capability] {
        const READ: &[Capability] = &[Capability::FileRead];
        const WRITE: &[Capability] = &[Capability::FileWrite];
        const BOTH: &[Capability] = &[Capability::FileRead, Capability::FileWrite];
        match self {
            Self::Stat | Self::ReadLink | Self::List => READ,
            Self::Make | Self::Touch | Self::Change => WRITE,
            Self::Link | Self::Move => BOTH,
            Self::Open(how) => {
                let handle = how.mode(place.allowed());
                match (handle.read, handle.write || how.changes()) {
                    (true, true) => BOTH,
                    (_, false) => READ,
                    (false, true) => WRITE,
                }
            }
        }
    }
}

/// A right that is missing: to read or to write what is at a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lack {
    pub(crate) capability: Capability,
    /// The guest's name.
    pub(crate) name: String,
    /// The link in it that is to be read, where the right to its folder is missing.
    pub(crate) entry: Option<String>,
    /// Why, if it is more than that nobody granted it.
    pub(crate) why: Option<Why>,
}

impl Lack {
    fn read(name: &str) -> Self {
        Self::of(Capability::FileRead, name)
    }

    fn write(name: &str) -> Self {
        Self::of(Capability::FileWrite, name)
    }

    pub(crate) fn of(capability: Capability, name: &str) -> Self {
        Self {
            capability,
            name: name.to_owned(),
            entry: None,
            why: None,
        }
    }

    /// The right to read the link at `name`: that of its folder.
    fn link(name: &str) -> Self {
        Self {
            entry: Some(name.to_owned()),
            ..Self::read(names::parent(name).0)
        }
    }

    /// Returns what a refused look-up lacks for `access`.
    pub(crate) fn refused(refusal: &Refusal, access: Access) -> Self {
        let lack = match access {
            // To take something out of a folder, the folder has to be granted; and a link in it too, because a link that is
            // granted by its own name is what it leads to.
            Access::ReadLink => Self::link(&refusal.name),
            Access::Change | Access::Move => {
                Self::of(access.capability(), names::parent(&refusal.name).0)
            }
            Access::Stat
            | Access::Link
            | Access::List
            | Access::Open(_)
            | Access::Make
            | Access::Touch => Self::of(access.capability(), &refusal.name),
        };
        Self {
            why: Some(refusal.why.clone()).filter(|why| *why != Why::NotGranted),
            ..lack
        }
    }
}

impl Place {
    /// Returns the rights `access` lacks here; none if it is allowed.
    pub(crate) fn lacks(&self, access: Access) -> Vec<Lack> {
        if let Some(closed) = self.closed()
            && !self.passes_closed(access)
        {
            let refusal = Refusal {
                name: closed.name.clone(),
                why: closed.why.clone(),
            };
            return vec![Lack::refused(&refusal, access)];
        }
        let allowed = self.allowed();
        let name = self.name.as_str();
        let lack = |granted: bool, lack: Lack| if granted { vec![] } else { vec![lack] };
        match access {
            Access::Stat | Access::Link => {
                lack(self.is_between() || allowed.any(), Lack::read(name))
            }
            // What holds granted names is a folder for the guest, whatever the host has there.
            Access::ReadLink => {
                let granted = self.is_between() || allowed.read;
                lack(granted, Lack::link(name))
            }
            Access::List => lack(self.may_list(), Lack::read(name)),
            Access::Open(how) => self.lacks_to_open(how),
            Access::Make => lack(self.may_make(), Lack::write(name)),
            Access::Touch => lack(allowed.write, Lack::write(name)),
            Access::Change | Access::Move => {
                let inside = self.spot().map(|spot| match self.target {
                    Target::Missing { .. } => spot.rights.or(spot.make),
                    Target::Folder { .. } | Target::File(_) | Target::Closed(_) => spot.rights,
                });
                let write = inside.is_some_and(|rights| rights.write);
                lack(write, Lack::write(names::parent(name).0))
            }
        }
    }

    /// Tells whether `access` is answered without entering what is closed: it can be looked at, and another folder may have
    /// a name for something new.
    fn passes_closed(&self, access: Access) -> bool {
        let missing = matches!(self.target, Target::Missing { .. });
        match access {
            Access::Stat | Access::Link => true,
            Access::Open(how) => missing && how.create,
            Access::Make | Access::Change | Access::Move => missing,
            Access::ReadLink | Access::List | Access::Touch => false,
        }
    }

    fn lacks_to_open(&self, how: How) -> Vec<Lack> {
        let (allowed, name) = (self.allowed(), self.name.as_str());
        if matches!(self.target, Target::Folder { .. }) {
            // What may be done below it is decided there.
            return if self.is_between() || allowed.any() {
                vec![]
            } else {
                vec![Lack::read(name)]
            };
        }
        let missing = matches!(self.target, Target::Missing { .. });
        let writes = how.write || how.truncate || (how.create && missing);
        // A handle for neither reading nor writing is for those who may do one of them.
        let reads = how.read || !(writes || allowed.any());
        let mut lacks = Vec::new();
        if reads && !allowed.read {
            lacks.push(Lack::read(name));
        }
        if writes && !allowed.write {
            lacks.push(Lack::write(name));
        }
        if missing && !how.create && self.is_covered() {
            // That there is nothing may be known to those who may do anything here.
            lacks.clear();
        }
        lacks
    }

    /// Returns what the guest may do with what is here, or could with something new.
    pub(super) fn allowed(&self) -> Rights {
        match &self.target {
            Target::Folder { folder, there } => {
                let first = there.as_ref().map(|there| there.allowed());
                let layers = folder
                    .layers
                    .iter()
                    .map(|layer| layer.rights.and(layer.cap));
                layers.fold(first.unwrap_or_default(), Rights::or)
            }
            Target::File(there) => there.allowed(),
            Target::Missing { spot, .. } => spot.make,
            Target::Closed(closed) => closed.rights,
        }
    }

    /// Tells whether what `access` would change may be read.
    pub(crate) fn may_be_read(&self, access: Access) -> bool {
        match access {
            Access::Change | Access::Move => self.spot().is_some_and(|spot| spot.rights.read),
            Access::Stat
            | Access::Link
            | Access::ReadLink
            | Access::List
            | Access::Open(_)
            | Access::Make
            | Access::Touch => self.allowed().read,
        }
    }

    /// Tells whether it is a folder, also one that holds granted names.
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.target, Target::Folder { .. })
    }

    fn is_covered(&self) -> bool {
        self.allowed().any() || self.spot().is_some_and(|spot| spot.rights.any())
    }

    /// Tells whether it is no folder of the host, but one that holds granted names.
    fn is_between(&self) -> bool {
        matches!(&self.target, Target::Folder { there: None, .. })
    }

    fn may_list(&self) -> bool {
        match &self.target {
            // An empty root shows that nothing is granted, and what to ask for.
            Target::Folder { folder, .. } if folder.layers.is_empty() => !folder.below.is_empty(),
            Target::Folder { folder, .. } => folder.may_list(),
            Target::File(_) | Target::Missing { .. } => self.is_covered(),
            Target::Closed(_) => false,
        }
    }

    fn may_make(&self) -> bool {
        match &self.target {
            // It is there already, and that is what the call will say.
            Target::Folder { .. } | Target::File(_) => self.is_between() || self.allowed().any(),
            Target::Missing { spot, .. } => spot.make.write,
            Target::Closed(_) => false,
        }
    }

    /// Checks that moving or linking what is here to `to` gives nobody more rights than there are here.
    pub(crate) fn lacks_to_become(&self, to: &Self) -> Vec<Lack> {
        let (Some(from), Some(at)) = (self.spot(), to.spot()) else {
            return vec![Lack::write(names::parent(&self.name).0)];
        };
        let mut lacks = Vec::new();
        if at.make.read && !from.rights.read {
            lacks.push(Lack::read(names::parent(&self.name).0));
        }
        if at.make.write && !from.rights.write {
            lacks.push(Lack::write(names::parent(&self.name).0));
        }
        lacks
    }
}

#[cfg(test)]
mod tests;
