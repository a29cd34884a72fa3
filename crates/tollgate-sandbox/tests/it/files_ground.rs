//! The ground of the campaigns on files: folders of which each guest may do something else, and somebody who renames, links
//! and moves in them meanwhile.
//!
//! Every file says where it belongs, so whatever is read names the place it came from; and whatever nobody may write is
//! compared byte by byte afterwards.

use std::{
    collections::BTreeMap,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

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

/// A folder, and what the first and the second guest may do there.
pub(crate) type Rights = (&'static str, &'static str, &'static str);

pub(crate) const PLACES: [Rights; 6] = [
    ("outside", "", ""),
    ("shared", "rw", "rw"),
    ("read", "r", ""),
    ("drop", "w", "r"),
    ("keep", "", "rw"),
    ("swap", "w", ""),
];
pub(crate) const NAMES: [&str; 12] = [
    "a", "b", "d", "l", "x", "secret", "pub", "deep", ".", "..", "..", "park",
];

/// In the file beside the one that may be read.
pub(crate) const SECRET: &str = "<secret of swap>";

pub(crate) fn tag(place: &str) -> String {
    format!("<of {place}>")
}

pub(crate) fn build(root: &Path) {
    for (place, ..) in PLACES {
        for folder in ["", "d", "deep/x", "park"] {
            let folder = root.join(place).join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            for file in ["secret", "pub", "a"] {
                std::fs::write(folder.join(file), tag(place)).unwrap();
            }
        }
    }
    // The neighbour of the one file that may be read, in the folder that may only be written.
    std::fs::write(root.join("swap/secret"), SECRET).unwrap();
    symlink("../outside/secret", root.join("shared/l")).unwrap();
    symlink("../outside", root.join("read/l")).unwrap();
    symlink("deep/x/../../..", root.join("shared/deep/l")).unwrap();
    symlink("d", root.join("swap/l")).unwrap();
}

/// Finds the tag of a place that is not among those that may be read. The other guest may bring what is its own to where this
/// one reads, and one file of `swap` may be read.
pub(crate) fn stranger(bytes: &[u8], reads: &[&str]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let places = PLACES.iter().map(|(place, ..)| *place);
    let mut strange = places.filter(|place| {
        let brought = matches!(*place, "keep" | "swap");
        !reads.contains(place) && !brought && text.contains(&tag(place))
    });
    strange.next()
}

/// What must not change: names, kinds, contents and times of everything that no guest may write.
pub(crate) fn guarded(root: &Path) -> BTreeMap<PathBuf, (u32, i64, Vec<u8>)> {
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

/// Renames, links and moves folders under the guests' feet, where at least one of them may write.
pub(crate) fn meddle(root: &Path, random: &mut Random) {
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
pub(crate) struct Meddler {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Meddler {
    pub(crate) fn start(root: PathBuf, mut random: Random) -> Self {
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

/// Runs `sequence` with as many seeds as the environment says, or with `otherwise`.
pub(crate) fn campaign(otherwise: u64, sequence: impl Fn(u64)) {
    let number = |name: &str, otherwise| {
        let set = std::env::var(name).ok();
        set.map_or(otherwise, |text| text.parse().unwrap())
    };
    let first = number("TOLLGATE_SEED", 1);
    for seed in first..first + number("TOLLGATE_SEQUENCES", otherwise) {
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sequence(seed)));
        assert!(
            ran.is_ok(),
            "TOLLGATE_SEED={seed} TOLLGATE_SEQUENCES=1 shows it again"
        );
    }
}
