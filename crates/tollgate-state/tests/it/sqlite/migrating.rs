//! Files of every earlier version open and keep every row.
//!
//! `schemas/N.sql` is a state of version N as a program of that time left it, from version 11 on without what the one before has. When
//! a migration is added, the state that the newest version has then is written down there before.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;
use tollgate_state::{StateError, Store};

use super::fresh;

const EARLIER: [&str; 13] = [
    include_str!("schemas/1.sql"),
    include_str!("schemas/2.sql"),
    include_str!("schemas/3.sql"),
    include_str!("schemas/4.sql"),
    include_str!("schemas/5.sql"),
    include_str!("schemas/6.sql"),
    include_str!("schemas/7.sql"),
    include_str!("schemas/8.sql"),
    include_str!("schemas/9.sql"),
    include_str!("schemas/10.sql"),
    concat!(
        include_str!("schemas/10.sql"),
        include_str!("schemas/11.sql")
    ),
    concat!(
        include_str!("schemas/10.sql"),
        include_str!("schemas/11.sql"),
        include_str!("schemas/12.sql")
    ),
    concat!(
        include_str!("schemas/10.sql"),
        include_str!("schemas/11.sql"),
        include_str!("schemas/12.sql"),
        include_str!("schemas/13.sql")
    ),
];

type Rows = Vec<Vec<Value>>;

/// An earlier state, on disk.
fn earlier(sql: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(sql).unwrap();
    drop(raw);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    (dir, path)
}

fn tables(path: &Path) -> BTreeMap<String, Vec<String>> {
    let raw = Connection::open(path).unwrap();
    let mut statement = raw
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' ORDER BY t.name, c.cid",
        )
        .unwrap();
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    let names = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    for name in names {
        let (table, column) = name.unwrap();
        tables.entry(table).or_default().push(column);
    }
    tables
}

fn rows(path: &Path, table: &str, columns: &[String]) -> Rows {
    let raw = Connection::open(path).unwrap();
    let columns = columns.join(", ");
    let mut statement = raw
        .prepare(&format!("SELECT {columns} FROM {table} ORDER BY {columns}"))
        .unwrap();
    let width = statement.column_count();
    let found = statement
        .query_map([], |row| (0..width).map(|at| row.get(at)).collect())
        .unwrap();
    found.collect::<rusqlite::Result<_>>().unwrap()
}

/// The schema as text, without the list of migrations.
fn schema(path: &Path) -> Vec<String> {
    let raw = Connection::open(path).unwrap();
    let mut statement = raw
        .prepare("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name")
        .unwrap();
    let found = statement.query_map([], |row| row.get(0)).unwrap();
    found.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn a_state_of_every_earlier_version_opens_and_keeps_every_row() {
    for sql in EARLIER {
        let (_dir, path) = earlier(sql);
        let before: Vec<(String, Vec<String>, Rows)> = tables(&path)
            .into_iter()
            .map(|(table, columns)| {
                let found = rows(&path, &table, &columns);
                (table, columns, found)
            })
            .collect();
        drop(Store::open(&path).unwrap());
        for (table, columns, found) in before {
            assert!(!found.is_empty(), "`{table}` has no row to look at");
            let mut now = rows(&path, &table, &columns);
            if table == "refinery_schema_history" {
                // What was applied since stands behind it.
                assert!(now.len() >= found.len());
                now.truncate(found.len());
            }
            assert_eq!(now, found, "{table}");
        }
    }
}

#[test]
fn a_state_that_was_migrated_has_the_schema_of_a_new_one() {
    let (place, _store) = fresh();
    for sql in EARLIER {
        let (_dir, path) = earlier(sql);
        drop(Store::open(&path).unwrap());
        assert_eq!(schema(&path), schema(place.path()));
    }
}

/// How long others may have the lock of a state: far more than all of them need on a slow machine.
const BUSY_MAX: Duration = Duration::from_secs(60);

/// Opens a state, again and again while others have its lock for longer than an opening waits.
fn opened(path: &Path) -> Store {
    let begin = Instant::now();
    loop {
        match Store::open(path) {
            Err(error @ StateError::Busy { .. }) => {
                assert!(begin.elapsed() < BUSY_MAX, "for {BUSY_MAX:?}: {error}");
            }
            opened => return opened.unwrap(),
        }
    }
}

#[test]
fn a_state_is_migrated_once_however_many_open_it_together() {
    for sql in EARLIER.into_iter().chain([""]) {
        let (_dir, path) = earlier(sql);
        let together = Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    drop(opened(&path));
                });
            }
        });
        let listed = ["version".to_owned()];
        let listed = rows(&path, "refinery_schema_history", &listed);
        let once: Rows = (1..=listed.len() as i64).map(|n| vec![n.into()]).collect();
        assert_eq!(listed, once);
    }
}

#[test]
fn a_state_whose_migrations_were_others_is_left_as_it_was() {
    let sql = format!(
        "{}CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));
         INSERT INTO refinery_schema_history VALUES (1, 'policy_state', '2025-01-28T10:15:00Z', '7');",
        EARLIER[0]
    );
    let (_dir, path) = earlier(&sql);
    let before = schema(&path);
    let error = Store::open(&path).unwrap_err();
    assert!(
        matches!(
            error,
            StateError::Database {
                action: "migrating",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(schema(&path), before);
}
