//! Random operations under random sets of grants: nothing on the host changes, and nothing is seen, but what the model of
//! `files_model.rs` gives the right to.
//!
//! Operations that change something are judged by the folder before and after, so no operation needs a model of its own.
//! `TOLLGATE_SETS` and `TOLLGATE_SEED` make it longer or other.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use tollgate_sandbox::PathGrant;

use crate::{
    files_ground::Random,
    files_model::{Given, Model, NAMES, build, given, is_folder, join, parent},
    puppet::Puppet,
};

/// Sets of grants that are tried always: with many operations, or with one.
const SETS: u64 = 200;
const SETS_ONCE: u64 = 1_000;
const OPERATIONS: u32 = 16;
/// What a guest writes.
const WRITTEN: &str = "written by the guest";
/// Room for a listing.
const ROOM: i32 = 4096;

/// What stands at a path of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    inode: u64,
    /// Of a file, or what a link says.
    content: Option<String>,
}

type Things = BTreeMap<String, Thing>;

fn things(root: &Path, below: &str, found: &mut Things) {
    for entry in std::fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = join(below, entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        let content = if kind.is_symlink() {
            let target = std::fs::read_link(entry.path()).unwrap();
            Some(target.to_str().unwrap().to_owned())
        } else if kind.is_dir() {
            things(root, &path, found);
            None
        } else {
            Some(std::fs::read_to_string(entry.path()).unwrap())
        };
        let inode = entry.metadata().unwrap().ino();
        found.insert(path, Thing { inode, content });
    }
}

fn all(root: &Path) -> Things {
    let mut found = Things::new();
    things(root, "", &mut found);
    found
}

/// The host and a guest with a set of grants.
struct Scene {
    host: tempfile::TempDir,
    given: Vec<Given>,
    model: Model,
    guest: Puppet,
    root: i32,
    before: Things,
}

impl Scene {
    fn new(given: &[Given]) -> Self {
        let host = tempfile::tempdir().unwrap();
        build(host.path());
        let mut guest = Puppet::new(|execution| {
            for one in given {
                let grant =
                    PathGrant::mapped(host.path().join(&one.host), format!("/{}", one.name));
                if one.write {
                    execution.grant.write.push(grant);
                } else {
                    execution.grant.read.push(grant);
                }
            }
        });
        let root = guest.folder("/");
        let before = all(host.path());
        Self {
            host,
            given: given.to_vec(),
            model: Model(given.to_vec()),
            guest,
            root,
            before,
        }
    }

    /// Does something, judges what was seen and what changed, and tells whether anything changed.
    fn act(&mut self, random: &mut Random) -> bool {
        let (root, name) = (self.root, self.name(random));
        let (to, other) = (self.name_of_new(random), self.name(random));
        let guest = &mut self.guest;
        let done = match random.below(12) {
            0 => format!("write `{name}` {:?}", guest.put_file(root, &name, WRITTEN)),
            1 => format!("write `{to}` {:?}", guest.put_file(root, &to, WRITTEN)),
            2 => format!("mkdir `{to}` {:?}", guest.mkdir(root, &to)),
            3 => format!("rmdir `{name}` {:?}", guest.rmdir(root, &name)),
            4 | 5 => format!("unlink `{name}` {:?}", guest.unlink(root, &name)),
            6 | 7 => {
                let target = if random.below(3) == 0 {
                    name.clone()
                } else {
                    to
                };
                let moved = guest.rename((root, &other), (root, &target));
                format!("rename `{other}` `{target}` {moved:?}")
            }
            8 => {
                let linked = guest.link((root, &name), (root, &to));
                format!("link `{name}` `{to}` {linked:?}")
            }
            9 => {
                let target = format!("{}{other}", "../".repeat(random.below(3) as usize));
                let linked = guest.symlink(&target, root, &to);
                let read = guest.content(root, &to);
                if let Ok(host) = &read {
                    self.may_read(host, &format!("`{to}` that leads to `{target}`"));
                }
                // What it leads to is not to change either.
                let written = self.guest.put_file(root, &to, WRITTEN);
                format!("symlink `{target}` `{to}` {linked:?}, read {read:?}, write {written:?}")
            }
            10 => {
                let read = guest.content(root, &name);
                if let Ok(host) = &read {
                    self.may_read(host, &name);
                }
                format!("read `{name}` {read:?}")
            }
            _ => {
                let listed = guest
                    .open(root, &name, crate::puppet::flag::DIRECTORY, 0)
                    .and_then(|folder| {
                        let names = guest.names(folder, ROOM);
                        guest.close(folder).unwrap();
                        names
                    });
                for entry in listed.iter().flatten() {
                    self.may_list(&name, entry);
                }
                format!("list `{name}` {listed:?}")
            }
        };
        self.judge(&done)
    }

    /// A name in what was granted, or any.
    fn name(&self, random: &mut Random) -> String {
        let rest = random.of(&["", "f", "b", "b/f", "b/g", "c/f", "c", "file"]);
        match join(&self.folder(random), rest).as_str() {
            "" => String::from("."),
            name => name.to_owned(),
        }
    }

    fn name_of_new(&self, random: &mut Random) -> String {
        let rest = random.of(&["new", "b/new", "c/new", "f", "g"]);
        join(&self.folder(random), rest)
    }

    fn folder(&self, random: &mut Random) -> String {
        match random.below(4) {
            0 => random.of(&NAMES).to_owned(),
            _ => random.of(&self.given).name,
        }
    }

    /// Files say where they stood at first.
    fn may_read(&self, host: &str, what: &str) {
        let own = host == WRITTEN;
        let reads = own || self.model.rights(host).0;
        assert!(reads, "{what} reads {host}: {:?}", self.given);
    }

    fn may_list(&self, name: &str, entry: &str) {
        let name = if name == "." { "" } else { name };
        let whole = join(name, entry);
        let of_names = self.model.is_between(&whole);
        let of_host = self.model.candidates(name).into_iter().any(|host| {
            self.before.contains_key(&join(&host, entry)) && self.model.rights(&host).0
        });
        let known = entry == "." || entry == ".." || of_names || of_host;
        assert!(known, "`{name}` lists `{entry}`: {:?}", self.given);
    }

    /// Holds what changed on the host against the model, and tells whether anything did.
    fn judge(&self, done: &str) -> bool {
        let after = all(self.host.path());
        let context = |path: &str| format!("{done}: `{path}`, {:?}", self.given);
        let gone_or_new = |from: &Things, to: &Things| -> Vec<String> {
            let is_other = |path: &str| to.get(path).map(|thing| thing.inode);
            let changed = from
                .iter()
                .filter(|(path, thing)| is_other(path) != Some(thing.inode));
            changed.map(|(path, _)| path.clone()).collect()
        };
        for (from, to) in [(&self.before, &after), (&after, &self.before)] {
            for path in gone_or_new(from, to) {
                // What is in a folder goes where the folder goes.
                let moved = from.get(parent(&path)).map(|thing| thing.inode)
                    != to.get(parent(&path)).map(|thing| thing.inode);
                let granted = moved || self.model.rights(parent(&path)).1;
                assert!(granted, "{}", context(&path));
            }
        }
        for (path, thing) in &after {
            let olds = self
                .before
                .iter()
                .filter(|(_, old)| old.inode == thing.inode);
            for (old_path, old) in olds {
                let ((reads, writes), (read, wrote)) =
                    (self.model.rights(path), self.model.rights(old_path));
                let same = path == old_path;
                assert!(
                    same || (read || !reads) && (wrote || !writes),
                    "{}",
                    context(path)
                );
                assert!(old.content == thing.content || wrote, "{}", context(path));
            }
        }
        after != self.before
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_a_guest_does_stays_within_the_sum_of_its_grants() {
    let first = number("TOLLGATE_SEED").unwrap_or(1);
    let (mut changed, mut sets) = (0, 0);
    for seed in first..first + number("TOLLGATE_SETS").unwrap_or(SETS) {
        let mut random = Random::new(seed);
        let given = given(&mut random);
        let mut scene = Scene::new(&given);
        sets += 1;
        for _ in 0..OPERATIONS {
            if scene.act(&mut random) {
                changed += 1;
                scene = Scene::new(&given);
            }
        }
    }
    // An operation that never works shows nothing.
    assert!(changed > sets / 2, "{changed} changes under {sets} sets");
}

#[test]
fn a_file_is_removed_where_its_folder_may_be_written() {
    for seed in 1..=SETS_ONCE {
        let mut random = Random::new(seed);
        let given = given(&mut random);
        let Some((name, host)) = plain_file(&given, &mut random) else {
            continue;
        };
        let mut scene = Scene::new(&given);
        let removed = scene.guest.unlink(scene.root, &name);
        let may = scene.model.rights(parent(&host)).1;
        assert_eq!(
            removed.is_ok(),
            may,
            "`{name}`, {host}: {removed:?}, {given:?}"
        );
        assert_eq!(scene.host.path().join(&host).exists(), !may);
    }
}

/// A file that one granted folder alone gives a name.
fn plain_file(given: &[Given], random: &mut Random) -> Option<(String, String)> {
    let model = Model(given.to_vec());
    let folder = random.of(given);
    if !is_folder(&folder.host) {
        return None;
    }
    let rest = random.of(&["f", "b/f", "b/g", "c/f"]);
    let (name, host) = (join(&folder.name, rest), join(&folder.host, rest));
    let only = model.candidates(&name).iter().all(|one| *one == host);
    let exists = crate::files_model::exists(&host);
    (only && exists && !model.is_between(&name)).then_some((name, host))
}
