//! Random sets of grants and operations: what happens is what `docs/files.md` says.
//!
//! The model knows paths as texts: a grant puts a host path at a name, the nearest granted name that has the rest of the path
//! decides what a name leads to, and the rights are the sum of all grants around the host path it leads to.

use std::path::Path;

use tollgate_sandbox::PathGrant;

use crate::{
    files_ground::Random,
    puppet::{Puppet, errno, flag},
};

/// Folders and files of the host. A folder ends with a slash.
const TREE: [&str; 12] = [
    "", "a/", "a/b/", "a/b/f", "a/b/g", "a/f", "a/c/", "a/c/f", "d/", "d/f", "d/b/", "d/b/g",
];
/// Names that a host path can be given.
pub(crate) const NAMES: [&str; 7] = ["", "a", "a/b", "m", "m/b", "d", "a/c"];

#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) host: String,
    pub(crate) name: String,
    pub(crate) write: bool,
}

pub(crate) fn is_folder(host: &str) -> bool {
    host.is_empty() || TREE.contains(&format!("{host}/").as_str())
}

pub(crate) fn exists(host: &str) -> bool {
    is_folder(host) || TREE.contains(&host)
}

/// Returns what is left of `path` below `folder`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('/')
    }
}

pub(crate) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns what the way to a host path ends with that has no folder to be in.
fn dead_end(host: &str) -> i32 {
    let mut way = Path::new(host).ancestors().skip(1);
    let file = way.any(|part| TREE.contains(&part.to_str().unwrap()) && part != Path::new(""));
    if file { errno::NOTDIR } else { errno::NOENT }
}

pub(crate) struct Model(pub(crate) Vec<Given>);

impl Model {
    /// Returns the host paths a name could mean, the nearest first.
    pub(crate) fn candidates(&self, name: &str) -> Vec<String> {
        let mut found: Vec<(usize, String)> = Vec::new();
        for given in &self.0 {
            if let Some(rest) = below(name, &given.name) {
                // Nothing is below a file.
                if rest.is_empty() || is_folder(&given.host) {
                    found.push((given.name.len(), join(&given.host, rest)));
                }
            }
        }
        found.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        found.into_iter().map(|(_, host)| host).collect()
    }

    pub(crate) fn rights(&self, host: &str) -> (bool, bool) {
        let around = self
            .0
            .iter()
            .filter(|given| below(host, &given.host).is_some());
        around.fold((false, false), |(read, write), given| {
            (read || !given.write, write || given.write)
        })
    }

    /// Whether a granted name lies below this one.
    pub(crate) fn is_between(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|given| below(&given.name, name).is_some())
    }

    /// What opening for reading or writing does, and which host file it reaches.
    fn open(&self, name: &str, write: bool) -> Result<String, i32> {
        let candidates = self.candidates(name);
        let there: Vec<_> = candidates.iter().filter(|host| exists(host)).collect();
        match there.first() {
            Some(host) if is_folder(host) => {
                // Several folders are one: whoever may do anything in one of them may enter.
                Err(if write { errno::ISDIR } else { 0 })
            }
            Some(host) => {
                let (reads, writes) = self.rights(host);
                if if write { writes } else { reads } {
                    Ok(String::from(*host))
                } else {
                    Err(refused(write && reads))
                }
            }
            None if self.is_between(name) => Err(if write { errno::ISDIR } else { 0 }),
            None if candidates.is_empty() => Err(errno::NOTCAPABLE),
            None => {
                let reach = candidates.iter().any(|host| is_folder(parent(host)));
                Err(if reach {
                    errno::NOENT
                } else {
                    dead_end(&candidates[0])
                })
            }
        }
    }

    /// Whether a new file can be made, and where.
    fn make(&self, name: &str) -> Result<String, i32> {
        if name.is_empty() || self.is_between(name) {
            return Err(errno::ISDIR);
        }
        let candidates = self.candidates(name);
        let possible = candidates.iter().filter(|host| is_folder(parent(host)));
        let may = possible.clone().find(|host| self.rights(host).1);
        match (may, possible.count()) {
            (Some(host), _) => Ok(host.clone()),
            (None, 0) if !candidates.is_empty() => Err(dead_end(&candidates[0])),
            (None, _) => {
                let mut nearest = candidates.iter().filter(|host| is_folder(parent(host)));
                Err(refused(
                    nearest.next().is_some_and(|host| self.rights(host).0),
                ))
            }
        }
    }
}

/// What is said where writing is not granted: that it is not permitted where reading is, and else no more than that.
fn refused(reads: bool) -> i32 {
    if reads {
        errno::PERM
    } else {
        errno::NOTCAPABLE
    }
}

pub(crate) fn build(root: &Path) {
    for path in TREE {
        let host = root.join(path);
        if path.is_empty() || path.ends_with('/') {
            std::fs::create_dir_all(host).unwrap();
        } else {
            std::fs::create_dir_all(host.parent().unwrap()).unwrap();
            std::fs::write(host, path).unwrap();
        }
    }
}

pub(crate) fn given(random: &mut Random) -> Vec<Given> {
    let mut all: Vec<Given> = Vec::new();
    for _ in 0..1 + random.below(4) {
        let host = random.of(&TREE).trim_end_matches('/').to_owned();
        let name = match random.below(3) {
            0 => random.of(&NAMES).to_owned(),
            _ => host.clone(),
        };
        let name = if is_folder(&host) || name == host {
            name
        } else {
            join(&name, "file")
        };
        // Two things of the same name are a question of order, which this model does not ask.
        if all
            .iter()
            .any(|known| known.name == name && known.host != host)
        {
            continue;
        }
        all.push(Given {
            host,
            name,
            write: random.below(2) == 0,
        });
    }
    all
}

/// Returns the host file and its content that a guest reads.
fn one(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let mut random = Random::new(seed);
    let given = given(&mut random);
    let model = Model(given.clone());
    let mut guest = Puppet::new(|execution| {
        for one in &given {
            let grant = PathGrant::mapped(folder.path().join(&one.host), format!("/{}", one.name));
            if one.write {
                execution.grant.write.push(grant);
            } else {
                execution.grant.read.push(grant);
            }
        }
    });
    let root = guest.folder("/");
    let names: Vec<String> = NAMES
        .iter()
        .flat_map(|name| {
            ["", "f", "b/f", "b/g", "c/f", "file", "none/f"].map(|rest| join(name, rest))
        })
        .collect();
    for name in &names {
        let path = if name.is_empty() { "." } else { name };
        let context = || format!("seed {seed}, `{name}`: {given:?}");
        let read = guest.content(root, path);
        match model.open(name, false) {
            Ok(host) => assert_eq!(read, Ok(host), "reading, {}", context()),
            // A folder opens and cannot be read.
            Err(0) => assert_eq!(read, Err(errno::BADF), "reading, {}", context()),
            Err(error) => assert_eq!(read, Err(error), "reading, {}", context()),
        }
        let written = guest.open(root, path, 0, flag::WRITE).map(drop);
        let expected = model.open(name, true).map(drop);
        assert_eq!(written, expected, "writing, {}", context());
    }
    for name in &names {
        let fresh = join(name, "new");
        let made = guest.open(root, &fresh, flag::CREAT | flag::EXCL, flag::WRITE);
        let context = || format!("seed {seed}, making `{fresh}`: {given:?}");
        match model.make(&fresh) {
            Ok(host) => {
                assert!(made.is_ok(), "{made:?}, {}", context());
                std::fs::remove_file(folder.path().join(host)).unwrap();
            }
            Err(error) => assert_eq!(made.map(drop), Err(error), "{}", context()),
        }
    }
}

#[test]
fn a_thousand_sets_of_grants_do_what_the_model_says() {
    for seed in 1..=1_000 {
        one(seed);
    }
}
