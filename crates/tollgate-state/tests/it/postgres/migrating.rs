//! Schemas of every earlier version open and keep every row.
//!
//! `schemas/N.sql` is a state of version N as a program of that time left it, from version 11 on without what the one before has. When
//! a migration is added, the state that the newest version has then is written down there before.

use std::collections::BTreeMap;

use postgres::{Client, NoTls};
use tollgate_state::{Place as Where, Store};

const EARLIER: [&str; 4] = [
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

/// The rows of each table, each as JSON without what it did not have before.
type Rows = BTreeMap<String, Vec<String>>;

fn columns(client: &mut Client) -> BTreeMap<String, Vec<String>> {
    let rows = client.query(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = current_schema() ORDER BY 1, ordinal_position",
        &[],
    );
    let mut columns = BTreeMap::<String, Vec<String>>::new();
    for row in rows.unwrap() {
        columns.entry(row.get(0)).or_default().push(row.get(1));
    }
    columns
}

fn rows(client: &mut Client, tables: &BTreeMap<String, Vec<String>>) -> Rows {
    let mut rows = Rows::new();
    for (table, columns) in tables {
        let columns = columns.join(", ");
        let sql = format!(
            "SELECT row_to_json(kept)::text FROM (SELECT {columns} FROM {table}) kept ORDER BY 1"
        );
        let found = client.query(&sql, &[]).unwrap();
        let found = found.iter().map(|row| row.get(0)).collect();
        rows.insert(table.clone(), found);
    }
    rows
}

/// Everything that the schema is made of.
fn schema(client: &mut Client) -> Vec<String> {
    let sql = "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
           || ' ' || coalesce(collation_name, '') FROM information_schema.columns WHERE table_schema = current_schema()
         UNION ALL SELECT 'index ' || replace(indexdef, current_schema() || '.', '') FROM pg_indexes WHERE schemaname = current_schema()
         UNION ALL SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = current_schema()::regnamespace
         UNION ALL SELECT 'function ' || replace(pg_get_functiondef(oid), current_schema() || '.', '') FROM pg_proc
           WHERE pronamespace = current_schema()::regnamespace
         UNION ALL SELECT 'trigger ' || tgrelid::regclass::text || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
           AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
         ORDER BY 1";
    let found = client.query(sql, &[]).unwrap();
    found.iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_state_of_every_earlier_version_opens_and_keeps_every_row() {
    for sql in EARLIER {
        let url = test_postgres::server().fresh();
        let mut client = Client::connect(&url, NoTls).unwrap();
        client.batch_execute(sql).unwrap();
        let mut before = columns(&mut client);
        // A word that told servers apart while there was one at a time, until version 11.
        before
            .get_mut("tollgate")
            .unwrap()
            .retain(|column| column != "term");
        let kept = rows(&mut client, &before);
        for (table, rows) in &kept {
            assert!(!rows.is_empty(), "`{table}` has no row to look at");
        }
        drop(Store::at(&Where::Postgres(url.parse().unwrap())).unwrap());
        let mut now = rows(&mut client, &before);
        let listed = "refinery_schema_history";
        // What was applied since stands behind it.
        let more = now.get_mut(listed).unwrap();
        more.retain(|row| kept[listed].contains(row));
        assert_eq!(now, kept);
        let new = test_postgres::server().fresh();
        drop(Store::at(&Where::Postgres(new.parse().unwrap())).unwrap());
        let mut new = Client::connect(&new, NoTls).unwrap();
        assert_eq!(schema(&mut client), schema(&mut new));
    }
}
