//! The names a guest sees, made from its grants.
//!
//! Every grant puts a folder or a file at a name. The names form a tree of their own: a name between them that nobody granted
//! is an empty folder that shows what lies below it, so `/` lists the granted folders. A path is walked in that tree as far as
//! it goes and then on the host, from the granted folder that is nearest; where that has no such name, from those around
//! it. So a folder that is granted inside another adds to it and hides nothing.

use std::{collections::BTreeMap, os::fd::AsFd};

use rustix::io::Errno;

use super::{
    error::{FileError, Refusal, Why},
    names::{self, Parts},
    rights::Rights,
    slow::Asking,
    walk::{Closed, Found, Last, Layer, Only, Path, Rules, Spot, There, Way, walk},
    work::Work,
};
use crate::{
    grant::{Mounts, PathGrant},
    identity::{Id, Kind, OpenPath, Sort, file_system},
    limits::PATH_BYTES,
    outcome::Failure,
};

/// The root of the names.
pub(super) const ROOT: usize = 0;

/// One grant of a path, opened.
#[derive(Debug, Clone)]
pub(super) struct Granted {
    pub(super) grant: PathGrant,
    pub(super) rights: Rights,
    pub(super) path: OpenPath,
}

/// The names of one execution.
#[derive(Debug)]
pub(super) struct Space {
    nodes: Vec<Node>,
    pub(super) rules: Rules,
}

#[derive(Debug)]
struct Node {
    name: String,
    /// As the grant wrote it; `None` when no grant names it.
    spelled: Option<String>,
    above: usize,
    below: BTreeMap<String, usize>,
    layers: Vec<Layer>,
    file: Option<There>,
}

/// A folder of the guest: the host's folders behind it, and its place among the granted names.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(super) name: String,
    pub(super) node: Option<usize>,
    pub(super) layers: Vec<Layer>,
    /// Granted names right below it, whether or not the host has them there.
    pub(super) below: Vec<String>,
}

impl Folder {
    /// Tells whether its own names may be listed.
    pub(crate) fn may_list(&self) -> bool {
        self.layers
            .iter()
            .any(|layer| layer.only.is_none() && layer.rights.and(layer.cap).read)
    }

    /// Returns the guest's name of it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether a call on it may have to wait.
    pub(super) fn is_slow(&self) -> bool {
        self.layers.iter().any(|layer| layer.slow)
    }

    /// Tells whether names below it may be granted ones, which lead elsewhere than the host's.
    pub(super) const fn has_granted_names(&self) -> bool {
        self.node.is_some()
    }

    /// Returns the folder of the host that stands for it, if there is one.
    pub(super) fn first(&self) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.only.is_none())
    }
}

/// What a path leads to.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A folder; without layers it is one that only holds granted names.
    Folder {
        folder: Folder,
        there: Option<There>,
    },
    /// A file, a link or something special.
    File(There),
    /// Nothing, in a folder that is there; unless it is seen in another of the same name and closed there.
    Missing {
        spot: Spot,
        slow: bool,
        closed: Option<Closed>,
    },
    /// Something that can be seen and not be entered.
    Closed(Closed),
}

/// Where a path leads: the guest's name of it, and what is there.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(super) name: String,
    pub(super) target: Target,
    /// The path ended with a slash.
    pub(super) slash: bool,
}

impl Space {
    /// Arranges opened grants.
    ///
    /// # Errors
    /// If one cannot be used: the reason names it.
    pub(super) fn new(granted: &[Granted], work: &Work) -> Result<Self, Failure> {
        let mut space = Self {
            nodes: vec![Node::new("", ROOT)],
            rules: Rules::default(),
        };
        for one in granted {
            space.rule(one, granted);
        }
        // From the outside to the inside, so that what is granted within another grant is found there.
        let mut order: Vec<_> = granted.iter().collect();
        order.sort_by_key(|one| names::split(&one.grant.guest).count());
        for one in order {
            space
                .put(one, granted, work)
                .map_err(|message| Failure::GrantUnusable {
                    path: one.grant.host.display().to_string(),
                    message,
                })?;
        }
        Ok(space)
    }

    fn rule(&mut self, one: &Granted, all: &[Granted]) {
        if let Some((_, seen)) = &one.path.there {
            self.rules.begin.insert(seen.id, rights(one, all));
            if seen.kind.is_special() {
                self.rules.exact.insert(seen.id);
            }
        }
    }

    fn put(&mut self, one: &Granted, all: &[Granted], work: &Work) -> Result<(), String> {
        let name = names::plain(&one.grant.guest);
        if name.split('/').any(|part| part == "..") {
            return Err(String::from(
                "its name in the guest climbs with `..`; name it with `HOST::GUEST`",
            ));
        }
        let sort =
            |fd: &std::os::fd::OwnedFd| file_system(fd.as_fd()).map_err(|error| error.to_string());
        let rights = rights(one, all);
        let spelled = spelled(&one.grant.guest);
        let mounts = mounts(one, all);
        match (&one.path.there, &one.path.parent) {
            (Some((fd, seen)), _) if seen.kind == Kind::Folder => {
                if self.leads_to(&name, seen.id, work) {
                    self.spell(&name, spelled);
                    return Ok(());
                }
                let slow = sort(fd)? == Sort::Slow;
                let layer = Layer {
                    fd: fd.clone(),
                    id: seen.id,
                    rights,
                    cap: Rights::BOTH,
                    mounts,
                    slow,
                    trail: Vec::new(),
                    only: None,
                    name: name.clone(),
                };
                let absolute = one.grant.guest.starts_with('/');
                let node = self.node(&name);
                if let Some(node) = self.nodes.get_mut(node) {
                    // What is named relatively is meant more closely than the same name with a slash.
                    let at = if absolute { node.layers.len() } else { 0 };
                    node.layers.insert(at, layer);
                }
                self.spell(&name, spelled);
            }
            (Some((fd, seen)), _) => {
                if self.leads_to(&name, seen.id, work) {
                    return Ok(());
                }
                let slow = sort(fd)? == Sort::Slow;
                let there = There {
                    fd: fd.clone(),
                    seen: *seen,
                    rights,
                    cap: Rights::BOTH,
                    mounts,
                    slow,
                    trail: Vec::new(),
                    spot: None,
                    name: name.clone(),
                };
                let node = self.node(&name);
                if let Some(node) = self.nodes.get_mut(node) {
                    node.file = Some(there);
                }
            }
            (None, Some((folder, leaf))) if one.rights.write || rights.write => {
                let leaf = leaf.to_str().ok_or("its name is not Unicode")?.to_owned();
                let (above, own) = names::parent(&name);
                if own != leaf {
                    return Err(format!(
                        "it is not there yet, so it keeps its name: the guest's `{own}` must be `{leaf}`"
                    ));
                }
                let slow = sort(folder)? == Sort::Slow;
                let layer = Layer {
                    fd: folder.clone(),
                    id: one.path.id().ok_or_else(|| Errno::NOENT.to_string())?,
                    rights: Rights::NONE,
                    cap: Rights::BOTH,
                    mounts,
                    slow,
                    trail: Vec::new(),
                    only: Some(Only { name: leaf, rights }),
                    name: above.to_owned(),
                };
                let node = self.node(&name);
                if let Some(node) = self.nodes.get_mut(node) {
                    node.layers.push(layer);
                }
            }
            (None, _) => return Err(Errno::NOENT.to_string()),
        }
        Ok(())
    }

    /// Tells whether the names that are there already lead from `name` to `id`.
    fn leads_to(&self, name: &str, id: Id, work: &Work) -> bool {
        let root = self.folder(ROOT);
        let wanted = Wanted {
            path: name,
            last: Last::Keep,
            asking: &Asking::allowed(),
        };
        match self.find(&root, &wanted, work) {
            Ok(Place { target, .. }) => match target {
                Target::Folder { folder, .. } => folder.layers.iter().any(|layer| layer.id == id),
                Target::File(there) => there.seen.id == id,
                Target::Missing { .. } | Target::Closed(_) => false,
            },
            Err(_) => false,
        }
    }

    /// Returns the node of a name, which is made if it is not there.
    fn node(&mut self, name: &str) -> usize {
        let mut at = ROOT;
        for part in names::split(name) {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else {
                return ROOT;
            };
            let whole = names::join(&node.name, part);
            let known = *node.below.entry(part.to_owned()).or_insert(next);
            if known == next {
                self.nodes.push(Node::new(&whole, at));
            }
            at = known;
        }
        at
    }

    fn spell(&mut self, name: &str, spelled: String) {
        let node = self.node(name);
        if let Some(node) = self.nodes.get_mut(node) {
            // An absolute spelling says more.
            if node.spelled.is_none() || spelled.starts_with('/') {
                node.spelled = Some(spelled);
            }
        }
    }

    /// Returns the node as a folder to start from.
    pub(super) fn folder(&self, node: usize) -> Folder {
        let (name, layers) = match self.nodes.get(node) {
            Some(node) => (node.name.clone(), node.layers.clone()),
            None => (String::new(), Vec::new()),
        };
        Folder {
            name,
            node: Some(node),
            layers,
            below: self.below(node),
        }
    }

    fn below(&self, node: usize) -> Vec<String> {
        let node = self.nodes.get(node);
        node.map(|node| node.below.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Returns the name as the grants spell it.
    pub(super) fn spelled(&self, name: &str) -> String {
        let (mut at, mut known, mut rest) = (ROOT, "/", name);
        if let Some(spelled) = self.nodes.first().and_then(|root| root.spelled.as_deref()) {
            known = spelled;
        }
        let mut passed = 0;
        for part in names::split(name) {
            let Some(next) = self.nodes.get(at).and_then(|node| node.below.get(part)) else {
                break;
            };
            at = *next;
            passed += part.len() + 1;
            if let Some(spelled) = self.nodes.get(at).and_then(|node| node.spelled.as_deref()) {
                known = spelled;
                rest = name.get(passed..).unwrap_or_default();
            }
        }
        match (known, rest) {
            (known, "") => known.to_owned(),
            (".", rest) => rest.to_owned(),
            ("/", rest) => format!("/{rest}"),
            (known, rest) => format!("{known}/{rest}"),
        }
    }

    /// Finds what a path leads to from `at`.
    pub(super) fn find(
        &self,
        at: &Folder,
        wanted: &Wanted<'_>,
        work: &Work,
    ) -> Result<Place, FileError> {
        self.search(at, wanted, Way::Drop, work)
    }

    /// Tells whether anything that was granted may not answer.
    pub(super) fn has_slow(&self) -> bool {
        self.nodes.iter().any(|node| {
            let file = node.file.as_ref().is_some_and(|file| file.slow);
            file || node.layers.iter().any(|layer| layer.slow)
        })
    }

    /// Returns a granted folder of this name, with the way to it: links in it may climb as far as the grants around it.
    pub(super) fn granted_folder(&self, name: &str, work: &Work) -> Option<Folder> {
        let root = self.folder(ROOT);
        let wanted = Wanted {
            path: name,
            last: Last::Follow,
            asking: &Asking::allowed(),
        };
        let place = self.search(&root, &wanted, Way::Keep, work);
        match place.ok()?.target {
            Target::Folder { folder, .. } => Some(folder),
            Target::File(_) | Target::Missing { .. } | Target::Closed(_) => None,
        }
    }

    fn search(
        &self,
        at: &Folder,
        wanted: &Wanted<'_>,
        keep: Way,
        work: &Work,
    ) -> Result<Place, FileError> {
        let Wanted { path, last, asking } = *wanted;
        // All names are paid before the path is taken apart; the last of them where it does not only say `.`, since a folder that
        // is asked for by itself is found by its own name. Longer paths are refused for nothing.
        let count = match path.len() as u64 {
            0..PATH_BYTES => names::split(path).count(),
            _ => 0,
        };
        work.steps(count.saturating_sub(1))?;
        let parts = Parts::parse(if path.is_empty() && at.node == Some(ROOT) {
            "."
        } else {
            path
        })?;
        let itself = parts.names.iter().all(|name| name == ".");
        if let (true, Some(node), false) = (itself, at.node, at.name.is_empty())
            && node != ROOT
        {
            // A granted folder itself: what may be done with it depends on the folder it is in.
            let itself = Wanted {
                path: &at.name,
                last,
                asking,
            };
            return self.search(&self.folder(ROOT), &itself, keep, work);
        }
        work.steps(count.min(1))?;
        let (starts, node) = self.starts(at, &parts)?;
        let node_here = node.and_then(|node| self.nodes.get(node).map(|here| (node, here)));
        let mut search = Search::default();
        // A file that was put at just this name is nearer than any folder.
        if let Some((
            _,
            Node {
                file: Some(file), ..
            },
        )) = node_here
        {
            search.take(if parts.folder {
                Err(Errno::NOTDIR.into())
            } else {
                Ok(Found::There(file.clone()))
            });
        }
        for (walks, (layer, from)) in starts.iter().enumerate() {
            // Of no names at all the walk would say that the folder itself is meant.
            let names = parts.names.get(*from..).ok_or(Errno::IO)?;
            if walks > 0 {
                work.steps(names.len())?;
            }
            let way = Path {
                names,
                last,
                folder: parts.folder,
                keep,
                asking,
            };
            search.take(walk(&self.rules, work, layer, &way));
        }
        let plain = names::join(&at.name, &names::plain(path));
        let node = node_here.map(|(node, here)| (node, !here.below.is_empty() || node == ROOT));
        match search.end(node, &plain) {
            Ok((name, mut target)) => {
                if let Target::Folder { folder, .. } = &mut target {
                    folder.below = folder.node.map(|node| self.below(node)).unwrap_or_default();
                }
                Ok(Place {
                    name,
                    target,
                    slash: parts.folder,
                })
            }
            Err(Some(error)) => Err(error),
            Err(None) => Err(FileError::Refused(Refusal {
                name: plain,
                why: Why::NotGranted,
            })),
        }
    }

    /// Returns the folders of the host to walk from, the nearest first, each with the number of names that lead to it; and
    /// the granted name that the whole path is.
    fn starts(&self, at: &Folder, parts: &Parts) -> Result<(Vec<Start>, Option<usize>), FileError> {
        let mut starts: Vec<Vec<Start>> = vec![];
        starts.push(at.layers.iter().map(|layer| (layer.clone(), 0)).collect());
        let mut node = at.node;
        for (count, part) in (1..).zip(&parts.names) {
            let Some(here) = node.and_then(|node| self.nodes.get(node)) else {
                break;
            };
            if part == "." {
                continue;
            }
            if part == ".." {
                // Among granted names the way back is known; on the host, the walk finds it.
                if starts.len() == 1 {
                    return match at.layers.is_empty() {
                        true => Err(Errno::PERM.into()),
                        false => Ok((starts.into_iter().rev().flatten().collect(), None)),
                    };
                }
                starts.pop();
                node = Some(here.above);
                continue;
            }
            node = here.below.get(part).copied();
            if let Some(next) = node.and_then(|node| self.nodes.get(node)) {
                let own = next.layers.iter().map(|layer| match &layer.only {
                    // It begins in the folder around the name.
                    Some(_) => (layer.clone(), count - 1),
                    None => (layer.clone(), count),
                });
                starts.push(own.collect());
            }
        }
        Ok((starts.into_iter().rev().flatten().collect(), node))
    }
}

impl Node {
    fn new(name: &str, above: usize) -> Self {
        Self {
            name: name.to_owned(),
            spelled: None,
            above,
            below: BTreeMap::new(),
            layers: Vec::new(),
            file: None,
        }
    }
}

/// What all grants that cover the path of `one` give together.
fn rights(one: &Granted, all: &[Granted]) -> Rights {
    all.iter()
        .filter(|most| one.path.lies_in(&most.path))
        .fold(one.rights, |sum, most| sum.or(most.rights))
}

/// Mounts may be entered below a path if any of the grants of just that path says so.
fn mounts(one: &Granted, all: &[Granted]) -> Mounts {
    let crosses =
        |most: &&Granted| most.grant.mounts == Mounts::Cross && one.path.lies_in(&most.path);
    if all.iter().any(|most| crosses(&most)) {
        Mounts::Cross
    } else {
        Mounts::Stay
    }
}

fn spelled(guest: &str) -> String {
    let plain = names::plain(guest);
    match (guest.starts_with('/'), plain.as_str()) {
        (true, plain) => format!("/{plain}"),
        (false, "") => String::from("."),
        (false, plain) => plain.to_owned(),
    }
}

/// Collects what walks from several folders found, the nearest first.
#[derive(Default)]
struct Search {
    file: Option<There>,
    folder: Option<There>,
    layers: Vec<Layer>,
    missing: Option<(Spot, String, bool)>,
    closed: Option<Closed>,
    refused: Option<FileError>,
    error: Option<FileError>,
}

/// What is looked up.
pub(super) struct Wanted<'a> {
    pub(super) path: &'a str,
    pub(super) last: Last,
    pub(super) asking: &'a Asking,
}

/// A folder to walk from, and the number of names of the path that lead to it.
type Start = (Layer, usize);

/// A target and the guest's name of it.
type Named = (String, Target);

impl Search {
    fn take(&mut self, found: Result<Found, FileError>) {
        match found {
            Ok(Found::There(there)) if there.seen.kind == Kind::Folder => {
                let known = self.layers.iter().any(|layer| layer.id == there.seen.id);
                if self.file.is_none() && !known {
                    self.layers.push(there.layer());
                    self.folder.get_or_insert(there);
                }
            }
            Ok(Found::There(there)) if self.layers.is_empty() => {
                self.file.get_or_insert(there);
            }
            Ok(Found::There(_)) => {}
            Ok(Found::Missing { spot, name, slow }) => {
                let better = self
                    .missing
                    .as_ref()
                    .is_none_or(|(known, ..)| !known.make.write && spot.make.write);
                if better {
                    self.missing = Some((spot, name, slow));
                }
            }
            Ok(Found::Closed(closed)) => {
                self.closed.get_or_insert(closed);
            }
            Err(error @ FileError::Limit(_)) => self.error = Some(error),
            Err(error @ FileError::Refused(_)) => {
                self.refused.get_or_insert(error);
            }
            Err(error) => {
                if !matches!(self.error, Some(FileError::Limit(_))) {
                    self.error.get_or_insert(error);
                }
            }
        }
    }

    /// `node` is the granted name the whole path is, and whether there are names below it.
    fn end(self, node: Option<(usize, bool)>, plain: &str) -> Result<Named, Option<FileError>> {
        if let Some(error @ FileError::Limit(_)) = self.error {
            return Err(Some(error));
        }
        if let Some(there) = self.file {
            return Ok((there.name.clone(), Target::File(there)));
        }
        if let Some(there) = self.folder {
            let folder = Folder {
                name: there.name.clone(),
                node: node.map(|(node, _)| node),
                layers: self.layers,
                below: Vec::new(),
            };
            let target = Target::Folder {
                folder,
                there: Some(there.clone()),
            };
            return Ok((there.name, target));
        }
        if let Some((node, true)) = node {
            let folder = Folder {
                name: plain.to_owned(),
                node: Some(node),
                layers: Vec::new(),
                below: Vec::new(),
            };
            let target = Target::Folder {
                folder,
                there: None,
            };
            return Ok((plain.to_owned(), target));
        }
        if let Some((spot, name, slow)) = self.missing {
            let closed = self.closed;
            return Ok((name, Target::Missing { spot, slow, closed }));
        }
        if let Some(closed) = self.closed {
            return Ok((closed.name.clone(), Target::Closed(closed)));
        }
        Err(self.refused.or(self.error))
    }
}

impl Place {
    /// Returns the guest's name of it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name in its folder, if there is one to change.
    pub(super) fn spot(&self) -> Option<&Spot> {
        match &self.target {
            Target::Folder { there, .. } => there.as_ref()?.spot.as_ref(),
            Target::File(there) => there.spot.as_ref(),
            Target::Missing { spot, .. } => Some(spot),
            Target::Closed(_) => None,
        }
    }

    /// Returns what is there, if it can be seen and not be entered.
    pub(super) fn closed(&self) -> Option<&Closed> {
        match &self.target {
            Target::Closed(closed) => Some(closed),
            Target::Missing { closed, .. } => closed.as_ref(),
            Target::Folder { .. } | Target::File(_) => None,
        }
    }

    /// Tells whether a call on it may have to wait.
    pub(super) fn is_slow(&self) -> bool {
        match &self.target {
            Target::Folder { folder, .. } => folder.is_slow(),
            Target::File(there) => there.slow,
            Target::Missing { slow, .. } => *slow,
            Target::Closed(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
