//! Both databases have the same tables with the same columns.

use std::collections::BTreeMap;

use postgres::{Client, NoTls};
use tollgate_state::{Place as Where, Store};

/// The columns of each table, in order, and whether they may be NULL.
type Tables = BTreeMap<String, Vec<(String, bool)>>;

fn of_sqlite() -> Tables {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    drop(Store::create(&path).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    let mut statement = raw
        .prepare(
            "SELECT t.name, c.name, c.\"notnull\" = 0 AND c.pk = 0 FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' ORDER BY t.name, c.name",
        )
        .unwrap();
    let mut tables = Tables::new();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    for row in rows.unwrap() {
        let (table, column, nullable) = row.unwrap();
        tables.entry(table).or_default().push((column, nullable));
    }
    tables
}

fn of_postgres() -> Tables {
    let url = test_postgres::server().fresh();
    drop(Store::at(&Where::Postgres(url.parse().unwrap())).unwrap());
    let mut client = Client::connect(&url, NoTls).unwrap();
    let rows = client.query(
        "SELECT table_name::text, column_name::text, is_nullable = 'YES' FROM information_schema.columns
         WHERE table_schema = current_schema() ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\"",
        &[],
    );
    let mut tables = Tables::new();
    for row in rows.unwrap() {
        let column = (row.get(1), row.get(2));
        tables.entry(row.get(0)).or_default().push(column);
    }
    tables
}

#[test]
fn both_databases_have_the_same_tables() {
    let (mut sqlite, mut postgres) = (of_sqlite(), of_postgres());
    // What tells a schema from another program's, which a file does by its number; and the list of migrations, which is refinery's.
    assert!(postgres.remove("tollgate").is_some());
    for tables in [&mut sqlite, &mut postgres] {
        assert!(tables.remove("refinery_schema_history").is_some());
    }
    assert_eq!(sqlite, postgres);
}
