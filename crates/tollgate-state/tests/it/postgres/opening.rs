//! Which database is a state, and how it is reached.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use test_postgres::{PASSWORD, Server, server};
use tollgate_state::node::NewNode;
use tollgate_state::{Place as Where, PostgresUrl, StateError, Store};

macro_rules! pem {
    ($file:literal) => {
        include_str!(concat!("../../../../tollgate-cli/tests/server/tls/", $file))
    };
}

fn open(url: &str) -> Result<Store, StateError> {
    Store::at(&Where::Postgres(url.parse().unwrap()))
}

/// The whole error, as somebody reads it.
fn told(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        told += &format!(": {error}");
        source = error.source();
    }
    told
}

fn ask(url: &str, sql: &str) {
    let mut client = Client::connect(url, NoTls).unwrap();
    client.batch_execute(sql).unwrap();
}

#[test]
fn a_password_is_asked_for_and_never_told() {
    let (server, schema) = (server(), server().fresh_schema());
    drop(open(&server.url_with_password(PASSWORD, &schema)).unwrap());
    let error = open(&server.url_with_password("hunter2", &schema)).unwrap_err();
    let told = told(&error);
    assert!(told.contains("password authentication failed"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_server_that_is_not_there_is_told_as_such_and_soon() {
    let begun = Instant::now();
    let error = open("postgres://nobody@127.0.0.1:1/d").unwrap_err();
    assert!(matches!(error, StateError::Unreachable { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "the state at `postgres://127.0.0.1:1/d` cannot be reached; try again"
    );
    // It listens and never speaks.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://nobody@127.0.0.1:{port}/d?connect_timeout=1");
    let error = open(&url).unwrap_err();
    assert!(matches!(error, StateError::Unreachable { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn the_schema_of_another_program_is_left_alone() {
    let url = server().fresh();
    ask(&url, "CREATE TABLE theirs (id BIGINT)");
    let error = open(&url).unwrap_err();
    assert!(matches!(error, StateError::Foreign { .. }), "{error}");
    assert!(
        error.to_string().contains("a database without tables"),
        "{error}"
    );
    // One that has a list of migrations of its own.
    ask(&url, "CREATE TABLE refinery_schema_history (version INT4)");
    assert!(matches!(open(&url), Err(StateError::Foreign { .. })));
}

#[test]
fn a_schema_that_is_not_there_is_not_made() {
    let url = server().url("?options=-c%20search_path%3Dnowhere");
    let error = open(&url).unwrap_err();
    assert!(told(&error).contains("CREATE SCHEMA"), "{}", told(&error));
}

#[test]
fn a_database_that_cannot_keep_every_text_is_not_used() {
    let server = Server::start(&[]);
    ask(
        &server.url(""),
        "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0",
    );
    let url = server.url("");
    let url = format!("{}latin", url.strip_suffix("postgres").unwrap());
    let error = open(&url).unwrap_err();
    assert!(
        told(&error).contains("the encoding of the database is LATIN1"),
        "{}",
        told(&error)
    );
}

#[test]
fn a_database_that_takes_no_writes_is_not_used() {
    let server = Server::start(&["default_transaction_read_only=on"]);
    let error = open(&server.url("")).unwrap_err();
    assert!(matches!(error, StateError::Unreachable { .. }), "{error}");
    assert!(
        told(&error).contains("does not allow writes"),
        "{}",
        told(&error)
    );
}

#[test]
fn what_others_put_into_another_schema_is_not_taken_for_ours() {
    let server = server();
    let ours = server.fresh_schema();
    let name = ours.rsplit("%3D").next().unwrap();
    let both = server.url(&format!("?options=-c%20search_path%3D{name},theirs"));
    // Each would be a better match than the function or operator of the system, were it looked at.
    ask(
        &server.url(""),
        "CREATE SCHEMA theirs;
         CREATE TABLE theirs.cast_run_shadow (id BIGINT);
         CREATE FUNCTION theirs.evil() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'evil'; END $$;
         CREATE FUNCTION theirs.quote_ident(name) RETURNS text LANGUAGE sql AS 'SELECT theirs.evil()';
         CREATE FUNCTION theirs.convert_to(text, text) RETURNS bytea LANGUAGE sql AS 'SELECT theirs.evil()::bytea';
         CREATE FUNCTION theirs.has_schema_privilege(text, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT theirs.evil() IS NULL';
         CREATE FUNCTION theirs.same(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT theirs.evil() IS NULL';
         CREATE OPERATOR theirs.= (LEFTARG = name, RIGHTARG = name, FUNCTION = theirs.same);
         CREATE FUNCTION theirs.same(oid, integer) RETURNS boolean LANGUAGE sql AS 'SELECT theirs.evil() IS NULL';
         CREATE OPERATOR theirs.= (LEFTARG = oid, RIGHTARG = integer, FUNCTION = theirs.same)",
    );
    let mut store = open(&both).unwrap();
    let node = NewNode {
        name: "one".to_owned(),
        signer: "key".to_owned(),
    };
    store.begin_node(&node, 1).unwrap();
    store.put_member("did:example:a", "realm").unwrap();
    assert!(store.tenants().unwrap().is_empty());
    drop(store);
    let mut client = Client::connect(&both, NoTls).unwrap();
    let row = client.query_one(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'theirs'::regnamespace",
        &[],
    );
    assert_eq!(row.unwrap().get::<_, i64>(0), 1, "nothing of ours is there");
}

#[test]
fn a_schema_in_which_everybody_may_create_is_refused() {
    let url = server().fresh();
    ask(
        &url,
        "DO $$ BEGIN EXECUTE 'GRANT CREATE ON SCHEMA ' || current_schema() || ' TO PUBLIC'; END $$",
    );
    let error = told(&open(&url).unwrap_err());
    assert!(error.contains("REVOKE CREATE ON SCHEMA"), "{error}");
}

#[test]
fn a_schema_may_have_any_name() {
    let server = server();
    ask(
        &server.url(""),
        "CREATE SCHEMA \"Tolls of 1\"; CREATE SCHEMA tolls; CREATE TABLE tolls.theirs (id BIGINT)",
    );
    let url = server.url("?options=-c%20search_path%3D%22Tolls%5C%20of%5C%201%22");
    let mut store = open(&url).unwrap();
    store.put_member("did:example:a", "realm").unwrap();
}

#[test]
fn a_state_of_another_version_is_refused() {
    let url = server().fresh();
    drop(open(&url).unwrap());
    ask(
        &url,
        "UPDATE refinery_schema_history SET version = 99 WHERE version = (SELECT max(version) FROM refinery_schema_history)",
    );
    let error = open(&url).unwrap_err();
    assert!(
        matches!(error, StateError::Version { found: 99, .. }),
        "{error}"
    );
}

#[test]
fn a_server_that_would_lose_what_it_has_acknowledged_is_not_used() {
    for (setting, named) in [
        ("fsync=off", "fsync=on"),
        ("synchronous_commit=off", "synchronous_commit=on"),
        ("full_page_writes=off", "full_page_writes=on"),
    ] {
        let server = Server::start(&[setting]);
        match open(&server.fresh()) {
            Err(StateError::Durability { setting, .. }) => assert_eq!(setting, named),
            other => panic!("{setting}: {other:?}"),
        }
    }
}

#[test]
fn a_state_is_made_once_however_many_open_it_together() {
    let url = server().fresh();
    let together = Barrier::new(16);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                together.wait();
                open(&url).unwrap();
            });
        }
    });
    let mut client = Client::connect(&url, NoTls).unwrap();
    let row = client.query_one(
        "SELECT count(*) = max(version) - 9 FROM refinery_schema_history",
        &[],
    );
    assert!(row.unwrap().get::<_, bool>(0), "each migration once");
}

#[test]
fn a_connection_with_tls_trusts_whom_it_is_told_to() {
    let server = Server::start_with_tls(pem!("server.pem"), pem!("server.key"));
    let url = |authorities: &str| -> PostgresUrl {
        let parameters = format!("{}&sslmode=require", server.fresh_schema());
        let url: PostgresUrl = server
            .url_with_password(PASSWORD, &parameters)
            .parse()
            .unwrap();
        url.with_authorities(authorities.as_bytes().to_vec())
    };
    drop(Store::at(&Where::Postgres(url(pem!("ca.pem")))).unwrap());
    // Somebody else's, and none at all.
    let refused = Store::at(&Where::Postgres(url(pem!("other.pem")))).unwrap_err();
    assert!(told(&refused).contains("certificate"), "{}", told(&refused));
    let none = Store::at(&Where::Postgres(url("no certificate"))).unwrap_err();
    assert!(
        told(&none).contains("no certificate in PEM"),
        "{}",
        told(&none)
    );
}
