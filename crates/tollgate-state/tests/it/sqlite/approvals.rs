//! Answers while processes are killed, and the bound of what is kept.
//!
//! The worker is this test binary again: it asks, answers and uses in turns. It writes `used N` after it was told that it may do
//! call N, so the log outside the database says what has happened.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rusqlite::{Connection, params};
use tollgate_state::Store;
use tollgate_state::approval::{Answer, ApprovalError, CardState, LOCAL, Proposed, Reply};
use tollgate_state::limits::CARDS_KEPT_MAX;

use super::contract::approvals::{asked, id, principal};
use super::fresh;
use crate::{NOW, SECOND};

const KILLS: u32 = 20;
const ENV: &str = "TOLLGATE_STATE_APPROVALS_WORKER";

#[test]
fn kills_while_questions_are_answered_and_used_leave_no_answer_used_twice() {
    let (place, store) = fresh();
    let (path, log) = (place.path(), place.folder().join("log"));
    fs::write(&log, "").unwrap();
    let mut random = 0x2545_f491_u32;
    for kill in 0..KILLS {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        let mut worker = start(path, &log, kill);
        wait_for_lines(&log, 1 + random % 6, &mut worker);
        worker.kill().unwrap();
        worker.wait().unwrap();
        check(&store, path, &log);
    }
}

fn check(store: &Store, path: &Path, log: &Path) {
    let text = fs::read_to_string(log).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    for line in whole.lines() {
        let number: u64 = line.strip_prefix("used ").unwrap().parse().unwrap();
        let card = store.card(&id(number)).unwrap();
        assert_eq!(card.state, CardState::Used, "{line}");
    }
    let told: std::collections::BTreeSet<&str> = whole.lines().collect();
    assert_eq!(
        told.len(),
        whole.lines().count(),
        "an answer was used twice"
    );
    let raw = Connection::open(path).unwrap();
    let count = |sql: &str| raw.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        count("SELECT count(*) FROM approval_card WHERE uses > 1"),
        0
    );
    let whole =
        "SELECT count(*) FROM approval_card WHERE seq NOT IN (SELECT card FROM approval_waiter)";
    assert_eq!(count(whole), 0, "a card without anybody who asked");
    let answers = count("SELECT count(*) FROM approval_card WHERE answer IS NOT NULL");
    assert_eq!(count("SELECT count(*) FROM audit"), answers);
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

/// Started by the test above with the environment variable set; does nothing on its own.
#[test]
fn worker() {
    let Ok(value) = std::env::var(ENV) else {
        return;
    };
    let [path, log, kill] = value.split('|').collect::<Vec<_>>()[..] else {
        panic!("{value}")
    };
    let mut store = Store::open(Path::new(path)).unwrap();
    let mut log = OpenOptions::new().append(true).open(log).unwrap();
    let (first, by) = (kill.parse::<u64>().unwrap() * 1_000_000, principal("bob"));
    for number in first.. {
        let execution = format!("run {number}");
        let mut new = asked(number, &execution);
        new.question.arguments = format!("{number:064x}");
        assert!(matches!(store.propose(&new, NOW), Ok(Proposed::Asked(_))));
        let reply = Reply {
            card: &id(number),
            answer: Answer::AllowOnce,
            by: &by,
            stands_ns: SECOND,
        };
        store.answer_card(&reply, NOW).unwrap();
        let told = store.take_answer(&id(number), &new.question, &execution, NOW);
        assert!(told.unwrap().is_some());
        // In one piece: a kill leaves a whole line or none.
        log.write_all(format!("used {number}\n").as_bytes())
            .unwrap();
        let again = store.take_answer(&id(number), &new.question, &execution, NOW);
        assert!(matches!(again, Err(ApprovalError::Used { .. })));
    }
}

fn start(path: &Path, log: &Path, kill: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sqlite::approvals::worker", "--nocapture"])
        .env(ENV, format!("{}|{}|{kill}", path.display(), log.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_for_lines(log: &Path, lines: u32, worker: &mut Child) {
    let count = || fs::read_to_string(log).unwrap().lines().count();
    let enough = count() + lines as usize;
    while count() < enough {
        let ended = worker.try_wait().unwrap();
        assert!(ended.is_none(), "the worker ended by itself");
        std::thread::yield_now();
    }
}

#[test]
fn cards_that_count_for_nothing_any_more_make_room_and_answers_that_hold_stay() {
    let (place, mut store) = fresh();
    let raw = Connection::open(place.path()).unwrap();
    // Half of the answers hold.
    let fill = format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {CARDS_KEPT_MAX})
         INSERT INTO approval_card (id, created_at, expires_at, module, capability, interface, operation, arguments, policy, target,
           reason, gas_used, state, answer, answered_by, answered_at, valid_until, tenant)
         SELECT printf('%s%015x', ?3, n + 1000), 0, 1, 'm', 'c', 'i', 'o', n, 'p', 't', 'r', 0, 1, 2, 'bob', 0, ?1 * (n % 2), ?2 FROM n"
    );
    raw.execute(&fill, params![NOW + SECOND, LOCAL, 0]).unwrap();
    // What others have neither goes nor takes room.
    raw.execute(&fill, params![NOW + SECOND, "other", 1])
        .unwrap();
    let by = principal("bob");
    let count = || {
        let sql = "SELECT count(*) FROM approval_card WHERE state = 1 AND tenant = 'local'";
        let all: i64 = raw.query_row(sql, [], |row| row.get(0)).unwrap();
        let hold = "SELECT count(*) FROM approval_card WHERE state = 1 AND tenant = 'local' AND valid_until > 0";
        let hold: i64 = raw.query_row(hold, [], |row| row.get(0)).unwrap();
        (all, hold)
    };
    let mut answered = |number: u64| {
        let mut new = asked(number, "run");
        new.question.arguments = format!("{number:064x}");
        store.propose(&new, NOW).unwrap();
        let reply = Reply {
            card: &id(number),
            answer: Answer::AllowModule,
            by: &by,
            stands_ns: SECOND,
        };
        store.answer_card(&reply, NOW)
    };
    answered(1).unwrap();
    assert_eq!(count(), (CARDS_KEPT_MAX, CARDS_KEPT_MAX / 2 + 1));
    raw.execute(
        "UPDATE approval_card SET valid_until = ?1 WHERE state = 1",
        [NOW + SECOND],
    )
    .unwrap();
    let full = answered(2);
    assert!(matches!(full, Err(ApprovalError::Full { .. })), "{full:?}");
    let others = "SELECT count(*) FROM approval_card WHERE tenant = 'other'";
    let others: i64 = raw.query_row(others, [], |row| row.get(0)).unwrap();
    assert_eq!(others, CARDS_KEPT_MAX);
    assert_eq!(count(), (CARDS_KEPT_MAX, CARDS_KEPT_MAX));
    assert!(
        store
            .card(&id(2))
            .is_ok_and(|card| card.state == CardState::Pending)
    );
}

#[test]
fn cards_where_nobody_waits_any_more_make_room_for_others() {
    let (place, mut store) = fresh();
    let raw = Connection::open(place.path()).unwrap();
    let fill = format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {CARDS_KEPT_MAX})
         INSERT INTO approval_card (id, created_at, expires_at, module, capability, interface, operation, arguments, policy, target,
           reason, gas_used, state, tenant)
         SELECT printf('%016x', n + 1000), 0, 1, 'm', 'c', 'i', 'o', n, 'p', 't', 'r', 0, 2, ?1 FROM n"
    );
    raw.execute(&fill, [LOCAL]).unwrap();
    for number in 1..=3 {
        let mut new = asked(number, &format!("run-{number}"));
        new.question.arguments = format!("{number:064x}");
        store.propose(&new, NOW).unwrap();
        let execution = format!("run-{number}");
        store.stop_waiting(&[&execution], NOW).unwrap();
        let sql = "SELECT count(*) FROM approval_card WHERE state = 2 AND tenant = 'local'";
        let kept: i64 = raw.query_row(sql, [], |row| row.get(0)).unwrap();
        assert!(kept < CARDS_KEPT_MAX, "{number}: {kept}");
        assert!(store.card(&id(number)).is_ok());
    }
}
