//! A process that reserves, commits and settles is killed 200 times with SIGKILL. Nothing may be half-written, lost or
//! doubled.
//!
//! The worker is this test binary again. It writes `begin N` before an operation and `done N` after it was acknowledged, so
//! the log outside the database says what must be there.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tollgate_state::{Commit, Effect, Store};

use super::fresh;
use crate::NOW;

const KILLS: u32 = 200;
const CAPACITY: u64 = 1_000_000_000;
const RESERVED: u64 = 100;
const USED: u64 = 30;
const ENV: &str = "TOLLGATE_STATE_CRASH_WORKER";

#[test]
fn two_hundred_kills_leave_nothing_half_written_lost_or_doubled() {
    let (place, mut store) = fresh();
    let (dir, path) = (place.folder(), place.path());
    store.mana().set("worker", CAPACITY, 0, NOW).unwrap();
    let log = dir.join("log");
    fs::write(&log, "").unwrap();
    // A fixed sequence of small numbers: how many lines the worker may log before it is killed. Where in an operation the
    // kill falls is up to the scheduler.
    let mut random = 0x2545_f491_u32;
    for _ in 0..KILLS {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        let mut worker = start(path, &log);
        wait_for_lines(&log, 1 + random % 6, &mut worker);
        worker.kill().unwrap();
        worker.wait().unwrap();
        check(path, &log);
    }
    assert!(
        !read(&log).1.is_empty(),
        "no operation was ever acknowledged"
    );
}

/// Started by the test above with the environment variable set; does nothing on its own.
#[test]
fn worker() {
    let Ok(value) = std::env::var(ENV) else {
        return;
    };
    let (path, log) = value.split_once('|').unwrap();
    let mut store = Store::open(Path::new(path)).unwrap();
    let mut log_file = OpenOptions::new().append(true).open(log).unwrap();
    let (begun, done) = read(Path::new(log));
    // What was begun and not acknowledged is done again under the same id, as a client would.
    let mut next = begun
        .last()
        .map_or(0, |last| if done.contains(last) { last + 1 } else { *last });
    loop {
        writeln!(log_file, "begin {next}").unwrap();
        operate(&mut store, next);
        writeln!(log_file, "done {next}").unwrap();
        next += 1;
    }
}

fn operate(store: &mut Store, n: u64) {
    let id = format!("op-{n}");
    let effects: Vec<Effect> = (0..3)
        .map(|part| Effect::Put {
            store: "work".into(),
            key: format!("{n}/{part}"),
            value: n.to_string(),
        })
        .chain([Effect::Emit {
            event_type: "worked".into(),
            payload: n.to_string(),
        }])
        .collect();
    match store.mana().reserve(&id, "worker", RESERVED, NOW) {
        // Done before the kill, only the acknowledgement is missing.
        Ok(_) | Err(tollgate_state::ManaError::NotOpen { .. }) => {}
        Err(other) => panic!("{other}"),
    }
    store
        .commit(&Commit {
            id: &id,
            effects: &effects,
            settle: &[(&id, USED)],
            outcome: "",
            at: NOW,
        })
        .unwrap();
}

fn check(path: &Path, log: &Path) {
    let store = Store::open(path).unwrap();
    let (begun, done) = read(log);
    let events: Vec<u64> = store
        .events("worked")
        .unwrap()
        .iter()
        .map(|n| n.parse().unwrap())
        .collect();
    let mut unique = events.clone();
    unique.dedup();
    assert_eq!(events, unique, "an operation happened twice");
    for n in &begun {
        let parts: usize = (0..3)
            .map(|part| store.history("work", &format!("{n}/{part}")).unwrap().len())
            .sum();
        let happened = events.contains(n);
        assert_eq!(
            parts,
            if happened { 3 } else { 0 },
            "operation {n} is half-written"
        );
        assert!(
            happened || !done.contains(n),
            "operation {n} was acknowledged and is lost"
        );
    }
    let raw = rusqlite::Connection::open(path).unwrap();
    let (level, open, used): (i64, i64, i64) = raw
        .query_row(
            "SELECT (SELECT level FROM mana), (SELECT coalesce(sum(amount), 0) FROM reservation WHERE state = 0),
                    (SELECT coalesce(sum(used), 0) FROM reservation WHERE state = 1)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!(
        level + open + used,
        CAPACITY.cast_signed(),
        "mana was lost or doubled"
    );
    assert_eq!(
        used,
        USED.cast_signed() * events.len() as i64,
        "an operation was not charged exactly once"
    );
}

fn start(path: &Path, log: &Path) -> Child {
    let me: PathBuf = std::env::current_exe().unwrap();
    Command::new(me)
        .args(["--exact", "sqlite::crash::worker", "--nocapture"])
        .env(ENV, format!("{}|{}", path.display(), log.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_for_lines(log: &Path, lines: u32, worker: &mut Child) {
    let count = || fs::read_to_string(log).unwrap().lines().count();
    let enough = count() + lines as usize;
    while count() < enough {
        assert!(
            worker.try_wait().unwrap().is_none(),
            "the worker ended by itself"
        );
        std::thread::yield_now();
    }
}

/// Numbers of the operations begun and acknowledged. A torn last line belongs to an operation that was not acknowledged.
fn read(log: &Path) -> (Vec<u64>, Vec<u64>) {
    let text = fs::read_to_string(log).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let numbers = |word: &str| {
        whole
            .lines()
            .filter_map(|line| line.strip_prefix(word))
            .filter_map(|n| n.trim().parse().ok())
            .collect::<Vec<u64>>()
    };
    (numbers("begin "), numbers("done "))
}
