//! Random sequences of file operations by two guests, while somebody else renames and links against them.
//!
//! The oracle is what was granted, and needs no model of paths: see [`crate::files_ground`]. `TOLLGATE_SEQUENCES` and
//! `TOLLGATE_SEED` make it longer or other.

use std::path::Path;

use tollgate_sandbox::PathGrant;

use crate::{
    files_ground::{
        Meddler, NAMES, PLACES, Random, Rights, SECRET, build, campaign, guarded, meddle, stranger,
    },
    puppet::{Puppet, flag},
};

/// Sequences that are run always.
const SEQUENCES: u64 = 300;
/// Operations of each guest in one sequence.
const OPERATIONS: u32 = 24;

struct Player {
    guest: Puppet,
    /// The places it may read.
    reads: Vec<&'static str>,
    handles: Vec<i32>,
    name: char,
}

/// What failed did nothing, and what did not is looked at in the end.
fn ignored<T>(_: Result<T, i32>) {}

impl Player {
    fn new(root: &Path, name: char, rights: fn(&Rights) -> &'static str) -> Self {
        let mut reads = Vec::new();
        let guest = Puppet::new(|execution| {
            for place in &PLACES {
                let grant = PathGrant::mapped(root.join(place.0), format!("/{}", place.0));
                if rights(place).contains('r') {
                    reads.push(place.0);
                    execution.grant.read.push(grant.clone());
                }
                if rights(place).contains('w') {
                    execution.grant.write.push(grant);
                }
            }
            if name == 'A' {
                let file = PathGrant::mapped(root.join("swap/pub"), "/swap/pub");
                execution.grant.read.push(file);
            }
            execution.limits.disk_files = 1 << 20;
        });
        let mut this = Self {
            guest,
            reads,
            handles: Vec::new(),
            name,
        };
        let count = this.guest.folders().len() as i32;
        this.handles.extend(3..3 + count);
        this
    }

    fn path(random: &mut Random) -> String {
        let parts: Vec<_> = (0..1 + random.below(5))
            .map(|_| random.of(&NAMES))
            .collect();
        let mut path = parts.join("/");
        if random.below(8) == 0 {
            path = format!("{}/{path}", random.of(&PLACES).0);
        }
        if random.below(12) == 0 {
            path.push('/');
        }
        if random.below(24) == 0 {
            path.insert(0, '/');
        }
        path
    }

    /// Checks where bytes come from that this guest could read.
    fn check(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let strange = stranger(bytes, &self.reads);
        assert_eq!(strange, None, "{} read {text}", self.name);
        // Only B may read where A could have moved this to.
        let secret = self.name == 'A' && text.contains(SECRET);
        assert!(!secret, "{} read {text}", self.name);
    }

    fn step(&mut self, random: &mut Random) {
        let fd = random.of(&self.handles);
        let path = Self::path(random);
        let other = (random.of(&self.handles), Self::path(random));
        let follow = random.below(2) as i32;
        match random.below(20) {
            0..=5 => self.open(random, fd, &path),
            6 => {
                let read = self.guest.read(fd).unwrap_or_default();
                self.check(&read);
            }
            7 => {
                let read = self.guest.read_at(fd, 0).unwrap_or_default();
                self.check(&read);
            }
            8 => ignored(self.guest.write(fd, b"<of a guest>")),
            9 => {
                let names = self.guest.names(fd, 512).unwrap_or_default();
                self.check(names.join(" ").as_bytes());
            }
            10 => ignored(self.guest.stat(fd, follow, &path)),
            11 => ignored(self.guest.set_times(fd, follow, &path)),
            12 => ignored(self.guest.rename((fd, &path), (other.0, &other.1))),
            13 => ignored(self.guest.link((fd, &path), (other.0, &other.1))),
            14 => {
                let targets = [
                    "../outside/secret",
                    "..",
                    "../..",
                    "secret",
                    "deep/x",
                    "../swap",
                ];
                ignored(self.guest.symlink(random.of(&targets), fd, &path));
            }
            15 => ignored(self.guest.mkdir(fd, &path)),
            16 => ignored(self.guest.rmdir(fd, &path)),
            17 => ignored(self.guest.unlink(fd, &path)),
            18 => ignored(self.guest.readlink(fd, &path)),
            _ => ignored(self.guest.set_size(fd, 5)),
        }
    }

    fn open(&mut self, random: &mut Random, fd: i32, path: &str) {
        let flags = random.of(&[
            0,
            0,
            0,
            flag::CREAT,
            flag::DIRECTORY,
            flag::DIRECTORY,
            flag::TRUNC,
        ]);
        let rights = random.of(&[
            0,
            flag::READ,
            flag::READ,
            flag::WRITE,
            flag::READ | flag::WRITE,
        ]);
        let follow = random.below(2) as i32;
        let fdflags = random.of(&[0, 0, 1, 4]);
        let Ok(open) = self
            .guest
            .open_as(fd, follow, path, (flags, rights, fdflags))
        else {
            return;
        };
        if random.below(2) == 0 {
            let read = self.guest.read(open).unwrap_or_default();
            self.check(&read);
        }
        if random.below(3) == 0 {
            ignored(self.guest.write(open, b"<of a guest>"));
        }
        if self.handles.len() < 24 {
            self.handles.push(open);
        } else {
            ignored(self.guest.close(open));
        }
    }
}

/// Runs one sequence.
fn sequence(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    build(&root);
    let before = guarded(&root);
    let mut random = Random::new(seed);
    let mut players = [
        Player::new(&root, 'A', |place| place.1),
        Player::new(&root, 'B', |place| place.2),
    ];
    let meddler = Meddler::start(root.clone(), Random::new(seed ^ 0x5eed));
    for _ in 0..OPERATIONS {
        for player in &mut players {
            player.step(&mut random);
        }
        meddle(&root, &mut random);
    }
    drop(meddler);
    assert_eq!(guarded(&root), before, "seed {seed}");
}

#[test]
fn two_guests_and_a_meddler_reach_nothing_that_was_not_granted() {
    campaign(SEQUENCES, sequence);
}
