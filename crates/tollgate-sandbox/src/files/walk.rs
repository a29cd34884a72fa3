//! From a folder that is open to what a path leads to below it: one name at a time, each opened by the kernel.
//!
//! Every step opens one name relative to the descriptor of the folder before it, with `openat2`: never through a symbolic
//! link, never into another mount unless the grant says so. What was opened decides: if it is the start of another grant, its
//! rights are added from there on. Links are read and walked by the same rules. They may climb up to the granted folder, the
//! guest's own `..` only up to where it began; and whoever went through a link has at most the rights of the place where the
//! link stands, so a link gives nobody more than its maker could have had.
//!
//! Nothing that is found out here depends on a name being the same later: what is returned are descriptors.

use std::{
    collections::{HashMap, HashSet},
    os::fd::{AsFd, OwnedFd},
    sync::{Arc, Mutex, PoisonError},
};

use rustix::{
    fs::{
        AtFlags, FileType, Mode, OFlags, ResolveFlags, Statx, StatxFlags, openat2, readlinkat,
        statx,
    },
    io::Errno,
};

use super::{
    error::{FileError, Refusal, Why},
    names,
    rights::Rights,
    slow::Asking,
    work::Work,
};
use crate::{
    grant::Mounts,
    identity::{FOLDER, Id, Kind, NAME, Seen, Sort, file_system, look},
    limits::{PATH_LINKS, PATH_STEPS},
};

/// Follows no link of any kind and does not leave the folder it begins in.
const STRICT: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);
/// And stays on the mount it is on.
const WITHIN: ResolveFlags = STRICT.union(ResolveFlags::NO_XDEV);
/// To the folder above, which is compared with the one that was passed.
const ABOVE: ResolveFlags = ResolveFlags::NO_SYMLINKS.union(ResolveFlags::NO_MAGICLINKS);
/// The name itself, and not what a link leads to.
const LEAF: OFlags = NAME.union(OFlags::NOFOLLOW);
/// Looks at what is known here, and asks nobody who may not answer.
const QUIET: AtFlags = AtFlags::STATX_DONT_SYNC
    .union(AtFlags::NO_AUTOMOUNT)
    .union(AtFlags::SYMLINK_NOFOLLOW)
    .union(AtFlags::EMPTY_PATH);

/// What the grants of an execution say about identities.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Rights that begin at a file or folder.
    pub(super) begin: HashMap<Id, Rights>,
    /// What was granted by exactly that name and is no folder: such a pipe or device may be opened.
    pub(super) exact: HashSet<Id>,
    /// Devices of mounts below granted folders that said what they are: they do not keep anybody waiting.
    answered: Mutex<HashSet<Device>>,
}

/// Major and minor number.
type Device = (u32, u32);

impl Rules {
    fn at(&self, id: Id) -> Rights {
        self.begin.get(&id).copied().unwrap_or_default()
    }

    fn has_answered(&self, device: Device) -> bool {
        let answered = self.answered.lock();
        let answered = answered.unwrap_or_else(PoisonError::into_inner);
        answered.contains(&device)
    }

    fn answers(&self, device: Device) {
        let answered = self.answered.lock();
        let mut answered = answered.unwrap_or_else(PoisonError::into_inner);
        answered.insert(device);
    }

    /// Tells whether no step can add to `rights`.
    fn add_nothing_to(&self, rights: Rights) -> bool {
        self.begin.values().all(|begin| rights.cover(*begin))
    }
}

/// A folder of the host a guest can start from.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) fd: Arc<OwnedFd>,
    pub(super) id: Id,
    pub(super) rights: Rights,
    /// The most that is left of any rights, after links.
    pub(super) cap: Rights,
    pub(super) mounts: Mounts,
    pub(super) slow: bool,
    /// The folders around it up to the granted one, from the outside to the inside: links may climb there.
    pub(super) trail: Vec<Step>,
    /// The one name of the folder that is granted, when it is not the folder itself.
    pub(super) only: Option<Only>,
    /// The guest's name of the folder.
    pub(super) name: String,
}

/// A name that is granted and was not there when the execution began.
#[derive(Debug, Clone)]
pub(super) struct Only {
    pub(super) name: String,
    pub(super) rights: Rights,
}

/// A folder that was passed.
#[derive(Debug, Clone)]
pub(super) struct Step {
    id: Id,
    rights: Rights,
}

/// Where something is or could be: a name in an open folder.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) folder: Arc<OwnedFd>,
    pub(super) leaf: String,
    /// Rights of everything in the folder.
    pub(super) rights: Rights,
    /// Rights that something new of this name would have.
    pub(super) make: Rights,
}

/// Something that is there.
#[derive(Debug, Clone)]
pub(super) struct There {
    pub(super) fd: Arc<OwnedFd>,
    pub(super) seen: Seen,
    pub(super) rights: Rights,
    pub(super) cap: Rights,
    pub(super) mounts: Mounts,
    pub(super) slow: bool,
    pub(super) trail: Vec<Step>,
    /// `None` when the path did not end with a name.
    pub(super) spot: Option<Spot>,
    pub(super) name: String,
}

impl There {
    /// Returns what the guest may do with it.
    pub(super) const fn allowed(&self) -> Rights {
        self.rights.and(self.cap)
    }

    /// Returns it as a folder to start from.
    pub(super) fn layer(&self) -> Layer {
        Layer {
            fd: self.fd.clone(),
            id: self.seen.id,
            rights: self.rights,
            cap: self.cap,
            mounts: self.mounts,
            slow: self.slow,
            trail: self.trail.clone(),
            only: None,
            name: self.name.clone(),
        }
    }
}

/// The end of a walk.
#[derive(Debug, Clone)]
pub(super) enum Found {
    There(There),
    Missing {
        spot: Spot,
        name: String,
        slow: bool,
    },
    /// Something else is mounted there, which is not entered.
    Closed(Closed),
}

/// A place that can be seen and not be entered.
#[derive(Debug, Clone)]
pub(super) struct Closed {
    pub(super) name: String,
    pub(super) why: Why,
    pub(super) kind: Kind,
    pub(super) rights: Rights,
}

/// What to do with the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    /// Follow a symbolic link.
    Follow,
    /// Take a symbolic link as what it is, unless a slash behind it says that it has to lead to a folder.
    Keep,
    /// Take what has the name, whatever comes after it: the name is made, removed or given to something else.
    Name,
}

/// What is walked.
pub(super) struct Path<'a> {
    pub(super) names: &'a [String],
    pub(super) last: Last,
    /// The end has to be a folder.
    pub(super) folder: bool,
    pub(super) keep: Way,
    pub(super) asking: &'a Asking,
}

/// Whether the folders on the way have to be known at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Keep,
    Drop,
}

/// Walks `path` from `layer`. The names of the path are paid; those that links say are paid here.
pub(super) fn walk<'a>(
    rules: &'a Rules,
    work: &'a Work,
    layer: &'a Layer,
    path: &Path<'a>,
) -> Result<Found, FileError> {
    if let Some(walk) = Walk::jump(rules, work, layer, path) {
        match walk.run() {
            Ok(found) => return Ok(found),
            Err(Ended::Link) => {}
            Err(Ended::Error(error)) => return Err(error),
        }
    }
    match Walk::begin(rules, work, layer, path).run() {
        Ok(found) => Ok(found),
        Err(Ended::Link) => Err(Errno::LOOP.into()),
        Err(Ended::Error(error)) => Err(error),
    }
}

/// Why a walk ended without having found anything.
enum Ended {
    /// There is a link to follow, and the folders on the way are not known.
    Link,
    Error(FileError),
}

impl<E: Into<FileError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// A name that is still to be walked.
struct Part {
    name: String,
    /// It stands in a link and was not written by the guest.
    linked: bool,
}

struct Walk<'a> {
    rules: &'a Rules,
    work: &'a Work,
    layer: &'a Layer,
    asking: &'a Asking,
    last: Last,
    folder: bool,
    /// The folders between the layer and the current one are not in the trail.
    jumped: bool,
    fd: Arc<OwnedFd>,
    id: Id,
    rights: Rights,
    cap: Rights,
    trail: Vec<Step>,
    name: String,
    /// The rest of the path, its next name last.
    rest: Vec<Part>,
    links: u32,
    steps: u32,
    spot: Option<Spot>,
}

impl<'a> Walk<'a> {
    fn begin(rules: &'a Rules, work: &'a Work, layer: &'a Layer, path: &Path<'a>) -> Self {
        let own = |name: &String| Part {
            name: name.clone(),
            linked: false,
        };
        Self {
            rules,
            work,
            layer,
            asking: path.asking,
            last: path.last,
            folder: path.folder,
            jumped: false,
            fd: layer.fd.clone(),
            id: layer.id,
            rights: layer.rights,
            cap: layer.cap,
            trail: layer.trail.clone(),
            name: layer.name.clone(),
            rest: path.names.iter().rev().map(own).collect(),
            links: 0,
            steps: 0,
            spot: None,
        }
    }

    /// Opens all folders of the path in one step, where no step could change what is allowed; `None` where it could, or
    /// where something on the way is not a plain folder.
    fn jump(rules: &'a Rules, work: &'a Work, layer: &'a Layer, path: &Path<'a>) -> Option<Self> {
        let (last, folders) = path.names.split_last()?;
        let plain = layer.only.is_none() && !path.names.iter().any(|name| name == "..");
        let dropped = path.keep == Way::Drop;
        if folders.is_empty() || !plain || !dropped || !rules.add_nothing_to(layer.rights) {
            return None;
        }
        let way = folders.join("/");
        // What the kernel does not know already it may have to wait for, as where something is mounted when it is entered.
        let known = WITHIN.union(ResolveFlags::CACHED);
        let fd = openat2(&layer.fd, way.as_str(), FOLDER, Mode::empty(), known).ok()?;
        let rest = Path {
            names: std::slice::from_ref(last),
            last: path.last,
            folder: path.folder,
            keep: path.keep,
            asking: path.asking,
        };
        Some(Self {
            jumped: true,
            fd: Arc::new(fd),
            name: names::join(&layer.name, &names::plain(&way)),
            ..Self::begin(rules, work, layer, &rest)
        })
    }

    fn run(mut self) -> Result<Found, Ended> {
        while let Some(part) = self.rest.pop() {
            self.steps += 1;
            if self.steps > PATH_STEPS {
                return Err(Errno::LOOP.into());
            }
            if part.linked {
                self.work.steps(1)?;
            }
            match part.name.as_str() {
                "." => self.spot = None,
                ".." => self.climb(&part)?,
                _ => {
                    if let Some(found) = self.enter(part)? {
                        return Ok(found);
                    }
                }
            }
        }
        if self.layer.only.is_some() && self.trail.len() == self.layer.trail.len() {
            // The folder around a granted name is not granted.
            return Err(self.refused(self.name.clone(), Why::NotGranted));
        }
        let seen = Seen {
            id: self.id,
            kind: Kind::Folder,
        };
        let seen = if self.jumped { look(&self.fd)? } else { seen };
        let fd = self.fd.clone();
        let spot = self.spot.take();
        Ok(Found::There(self.there(fd, seen, self.rights, spot)))
    }

    fn there(&self, fd: Arc<OwnedFd>, seen: Seen, rights: Rights, spot: Option<Spot>) -> There {
        There {
            fd,
            seen,
            rights,
            cap: self.cap,
            mounts: self.layer.mounts,
            slow: self.layer.slow,
            trail: self.trail.clone(),
            spot,
            name: self.name.clone(),
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "reads as what it is at the place of use"
    )]
    fn refused(&self, name: String, why: Why) -> Ended {
        FileError::Refused(Refusal { name, why }).into()
    }

    /// Goes to the folder above, as a part says, which has to be the one that was passed.
    fn climb(&mut self, part: &Part) -> Result<(), Ended> {
        if self.links == 0 && self.trail.len() <= self.layer.trail.len() {
            return Err(Errno::PERM.into());
        }
        let Some(step) = self.trail.pop() else {
            let why = Why::LinkLeadsOut {
                target: String::from(".."),
            };
            return Err(if part.linked {
                self.refused(self.name.clone(), why)
            } else {
                Errno::PERM.into()
            });
        };
        let fd = openat2(&self.fd, "..", FOLDER, Mode::empty(), ABOVE)?;
        if look(&fd)?.id != step.id {
            // Somebody moved the folder meanwhile.
            return Err(Errno::NOENT.into());
        }
        self.fd = Arc::new(fd);
        self.id = step.id;
        self.rights = step.rights;
        self.name = names::parent(&self.name).0.to_owned();
        self.spot = None;
        Ok(())
    }

    /// Opens one name. Returns the end of the walk, or nothing when it goes on from there.
    fn enter(&mut self, part: Part) -> Result<Option<Found>, Ended> {
        let last = self.rest.is_empty();
        let name = names::join(&self.name, &part.name);
        let (rights, inside) = self.place(&part.name)?;
        let spot = Spot {
            folder: self.fd.clone(),
            leaf: part.name,
            rights: inside.and(self.cap),
            make: rights.and(self.cap),
        };
        let fd = match self.open(&spot.leaf, &name) {
            Ok(fd) => fd,
            // What a link names and is not there is not made through the link.
            Err(Ended::Error(FileError::Os(Errno::NOENT))) if last && !part.linked => {
                let slow = self.layer.slow;
                return Ok(Some(Found::Missing { spot, name, slow }));
            }
            Err(Ended::Error(FileError::Refused(Refusal { name, why }))) if last => {
                return Ok(Some(Found::Closed(Closed {
                    name,
                    why,
                    kind: mounted(&spot),
                    rights: spot.make,
                })));
            }
            Err(error) => return Err(error),
        };
        let seen = look(&fd)?;
        let rights = rights.or(self.rules.at(seen.id));
        match seen.kind {
            Kind::Folder => {
                self.trail.push(Step {
                    id: self.id,
                    rights: self.rights,
                });
                self.fd = Arc::new(fd);
                self.id = seen.id;
                self.rights = rights;
                self.name = name;
                self.spot = Some(spot);
                Ok(None)
            }
            Kind::Link if !last || self.follows_last() => {
                self.follow(&fd, spot.make, name)?;
                Ok(None)
            }
            _ if last && !self.folder => {
                self.name = name;
                Ok(Some(Found::There(self.there(
                    Arc::new(fd),
                    seen,
                    rights,
                    Some(spot),
                ))))
            }
            _ => Err(Errno::NOTDIR.into()),
        }
    }

    /// Tells whether a link at the end of the path is followed.
    fn follows_last(&self) -> bool {
        match self.last {
            Last::Follow => true,
            Last::Keep => self.folder,
            Last::Name => false,
        }
    }

    /// Returns the rights of a name in the current folder, and those of everything in it.
    fn place(&self, name: &str) -> Result<(Rights, Rights), Ended> {
        let at_start = self.links == 0 && self.trail.len() == self.layer.trail.len();
        match &self.layer.only {
            Some(only) if at_start && only.name == name => Ok((only.rights, Rights::NONE)),
            Some(_) if at_start => {
                Err(self.refused(names::join(&self.name, name), Why::NotGranted))
            }
            Some(_) | None => Ok((self.rights, self.rights)),
        }
    }

    fn open(&self, leaf: &str, name: &str) -> Result<OwnedFd, Ended> {
        match openat2(&self.fd, leaf, LEAF, Mode::empty(), WITHIN) {
            Ok(fd) => return Ok(fd),
            Err(Errno::XDEV) => {}
            Err(error) => return Err(error.into()),
        }
        if self.layer.mounts == Mounts::Stay {
            return Err(self.refused(name.to_owned(), Why::OtherMount));
        }
        let fd = openat2(&self.fd, leaf, LEAF, Mode::empty(), STRICT)?;
        let device = quiet(&fd, "")?;
        let device = (device.stx_dev_major, device.stx_dev_minor);
        if !self.rules.has_answered(device) && !self.asking.may() {
            return Err(self.refused(name.to_owned(), Why::Slow));
        }
        match file_system(&fd)? {
            Sort::Local => {
                self.rules.answers(device);
                Ok(fd)
            }
            Sort::Kernel | Sort::Devices => Err(self.refused(name.to_owned(), Why::Kernel)),
            Sort::Slow => Err(self.refused(name.to_owned(), Why::Slow)),
        }
    }

    /// Puts what a link says in front of the rest of the path.
    fn follow(&mut self, link: &OwnedFd, rights: Rights, name: String) -> Result<(), Ended> {
        if self.jumped {
            return Err(Ended::Link);
        }
        self.links += 1;
        if self.links > PATH_LINKS {
            return Err(Errno::LOOP.into());
        }
        let target = readlinkat(link, "", Vec::new())?;
        let target = target.into_string().map_err(|_| Errno::ILSEQ)?;
        if target.starts_with('/') || self.leads_out(&target) {
            return Err(self.refused(name, Why::LinkLeadsOut { target }));
        }
        self.cap = self.cap.and(rights);
        if self.rest.is_empty() {
            self.folder |= target.ends_with('/');
        }
        let parts = names::split(&target).rev().map(|name| Part {
            name: name.to_owned(),
            linked: true,
        });
        self.rest.extend(parts);
        Ok(())
    }

    /// Tells whether a link climbs out right at its start, so that the refusal can name the link itself.
    fn leads_out(&self, target: &str) -> bool {
        let up = names::split(target).take_while(|part| *part == ".." || *part == ".");
        up.filter(|part| *part == "..").count() > self.trail.len()
    }
}

/// Returns the kind of what is mounted at a name, as it is known here.
fn mounted(spot: &Spot) -> Kind {
    match quiet(&spot.folder, &spot.leaf) {
        Ok(stat) => Kind::of(FileType::from_raw_mode(stat.stx_mode.into())),
        Err(_) => Kind::Unknown,
    }
}

/// Looks at a name, or without one at the folder itself, without asking anybody who may not answer.
fn quiet(folder: impl AsFd, leaf: &str) -> Result<Statx, Errno> {
    statx(folder, leaf, QUIET, StatxFlags::TYPE)
}

#[cfg(test)]
mod tests;
