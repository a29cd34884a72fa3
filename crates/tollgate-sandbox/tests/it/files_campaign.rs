//! Random sequences of file operations by two guests, while somebody else renames and links against them.
//!
//! The oracle is what was granted, and needs no model of paths: every file outside says where it belongs, so whatever a guest
//! reads names the place it came from; and whatever nobody may write is compared byte by byte afterwards. `TOLLGATE_SEQUENCES`
//! and `TOLLGATE_SEED` make it longer or other.

use std::{
    collections::BTreeMap,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use tollgate_sandbox::PathGrant;

use crate::puppet::{Puppet, flag};

/// Sequences that are run always.
const SEQUENCES: u64 = 300;
/// Operations of each guest in one sequence.
const OPERATIONS: u32 = 24;

/// A generator of numbers that is the same for the same seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, count: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % count
    }

    pub(crate) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }
}

/// The folders and what each guest may do there.
const PLACES: [(&str, &str, &str); 6] = [
    ("outside", "", ""),
    ("shared", "rw", "rw"),
    ("read", "r", ""),
    ("drop", "w", "r"),
    ("keep", "", "rw"),
    ("swap", "w", ""),
];
const NAMES: [&str; 12] = [
    "a", "b", "d", "l", "x", "secret", "pub", "deep", ".", "..", "..", "park",
];

/// In the file beside the one that may be read.
const SECRET: &str = "<secret of swap>";

fn tag(place: &str) -> String {
    format!("<of {place}>")
}

fn build(root: &Path) {
    for (place, ..) in PLACES {
        for folder in ["", "d", "deep/x", "park"] {
            let folder = root.join(place).join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            for file in ["secret", "pub", "a"] {
                std::fs::write(folder.join(file), tag(place)).unwrap();
            }
        }
    }
    symlink("../outside/secret", root.join("shared/l")).unwrap();
    symlink("../outside", root.join("read/l")).unwrap();
    symlink("deep/x/../../..", root.join("shared/deep/l")).unwrap();
    symlink("d", root.join("swap/l")).unwrap();
}

/// What must not change: names, kinds, contents and times of everything that no guest may write.
fn guarded(root: &Path) -> BTreeMap<PathBuf, (u32, i64, Vec<u8>)> {
    let mut seen = BTreeMap::new();
    let mut open = vec![root.join("outside"), root.join("read")];
    while let Some(path) = open.pop() {
        // There, the one who moves folders puts them.
        if path == root.join("outside/park") {
            continue;
        }
        let meta = std::fs::symlink_metadata(&path).unwrap();
        let content = if meta.is_dir() {
            let inside = std::fs::read_dir(&path).unwrap();
            open.extend(inside.map(|entry| entry.unwrap().path()));
            Vec::new()
        } else if meta.is_symlink() {
            std::fs::read_link(&path)
                .unwrap()
                .into_os_string()
                .into_encoded_bytes()
        } else {
            std::fs::read(&path).unwrap()
        };
        let times = if meta.is_dir() {
            0
        } else {
            meta.mtime_nsec() + meta.mtime()
        };
        seen.insert(path, (meta.mode(), times, content));
    }
    seen
}

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
    fn new(root: &Path, name: char, rights: impl Fn(&(&str, &str, &str)) -> &'static str) -> Self {
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
        for (place, ..) in PLACES {
            // The other guest may bring what is its own to where this one reads, and one file of `swap` may be read.
            let brought = matches!(place, "keep" | "swap");
            assert!(
                self.reads.contains(&place) || brought || !text.contains(&tag(place)),
                "{} read {text}",
                self.name
            );
        }
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

/// Renames, links and moves folders under the guests' feet, where at least one of them may write.
fn meddle(root: &Path, random: &mut Random) {
    let name_of_place = random.of(&["shared", "drop", "keep", "swap"]);
    let place = root.join(name_of_place);
    // One name each: the one who meddles is not to be led elsewhere by a link of its own.
    let name = random.of(&["a", "b", "d", "l", "deep", "x"]);
    let path = place.join(name);
    // What comes from a place goes back to it.
    let parked = format!("outside/park/{name_of_place}{}", random.below(4));
    let parked = root.join(parked);
    // What fails had nothing to work on, or a guest was quicker.
    match random.below(6) {
        0 => drop(std::fs::rename(&path, &parked)),
        1 => drop(std::fs::rename(&parked, &path)),
        2 => drop(symlink("../outside", &path)),
        3 => drop(symlink(root.join("outside/secret"), &path)),
        4 => drop(std::fs::rename(
            &path,
            place.join(random.of(&["a", "b", "d", "x"])),
        )),
        _ => {
            drop(std::fs::remove_file(&path));
            drop(std::fs::create_dir_all(&path));
        }
    }
}

/// Meddles on a thread of its own until it is dropped.
struct Meddler {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Meddler {
    fn start(root: PathBuf, mut random: Random) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            while !stopped.load(Relaxed) {
                meddle(&root, &mut random);
                std::thread::yield_now();
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Runs one sequence.
fn sequence(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    build(&root);
    // The neighbour of the one file that may be read, in the folder that may only be written.
    std::fs::write(root.join("swap/secret"), SECRET).unwrap();
    let before = guarded(&root);
    let mut random = Random::new(seed);
    let mut players = [
        Player::new(&root, 'A', |place| place_rights(place.1)),
        Player::new(&root, 'B', |place| place_rights(place.2)),
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

fn place_rights(rights: &str) -> &'static str {
    match rights {
        "rw" => "rw",
        "r" => "r",
        "w" => "w",
        _ => "",
    }
}

#[test]
fn two_guests_and_a_meddler_reach_nothing_that_was_not_granted() {
    let number = |name: &str, otherwise| {
        let set = std::env::var(name).ok();
        set.map_or(otherwise, |text| text.parse().unwrap())
    };
    let first = number("TOLLGATE_SEED", 1);
    for seed in first..first + number("TOLLGATE_SEQUENCES", SEQUENCES) {
        let ran = std::panic::catch_unwind(|| sequence(seed));
        assert!(
            ran.is_ok(),
            "TOLLGATE_SEED={seed} TOLLGATE_SEQUENCES=1 shows it again"
        );
    }
}
