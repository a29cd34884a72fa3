//! Connections that are lost, servers that go away and come back.

use std::time::{Duration, Instant};

use test_postgres::{PASSWORD, Pass, Server, server};
use tollgate_state::audit::AuditVerdict;
use tollgate_state::cast::{Begun, CastState};
use tollgate_state::faults::Failing;
use tollgate_state::ledger::LedgerVerdict;
use tollgate_state::node::NodeHeld;
use tollgate_state::{BatchError, Place as Where, StateError, Store};

use super::contract::access::act;
use super::contract::casts::{end, new};
use super::contract::nodes::node;
use super::fresh;

const TENANT: &str = "acme";

/// Chain and ledger of what is kept.
fn check(store: &Store) {
    assert!(matches!(
        store.verify_audit(None).unwrap(),
        AuditVerdict::Whole { .. }
    ));
    let ledger = store.verify_ledger(TENANT).unwrap();
    assert!(matches!(ledger, LedgerVerdict::Whole { .. }), "{ledger:?}");
}

/// Begins a run and ends it; an error is as good as an end.
fn cast(store: &mut Store, id: &str) -> Result<(), StateError> {
    match store.begin_cast(&act(TENANT), &new(id, None))? {
        Begun::Now => {}
        other => panic!("{other:?}"),
    }
    store.end_cast(&act(TENANT), &end(id))
}

#[test]
fn wherever_the_connection_is_lost_nothing_is_half_written_or_doubled() {
    let (place, mut store) = fresh();
    store.create_tenant(&act(TENANT), TENANT).unwrap();
    let other = place.open();
    let mut acknowledged = Vec::new();
    let mut point = 1;
    loop {
        let id = format!("run-{point}");
        let points = store.fail_at(point, Failing::Once).unwrap();
        let done = cast(&mut store, &id);
        let was_reached = points.passed() >= point;
        store.never_fail().unwrap();
        match done {
            Ok(()) => acknowledged.push(id.clone()),
            Err(StateError::Unreachable { .. }) => {}
            Err(error) => panic!("point {point}: {error}"),
        }
        assert!(store.is_at_rest(), "point {point}");
        check(&other);
        // What was begun and not ended is lost, and its money free again.
        store.end_gone_nodes(&act(TENANT), &[]).unwrap();
        check(&other);
        if !was_reached {
            break;
        }
        point += 1;
    }
    assert!(
        point > 20,
        "it fails at each statement and behind it: {point}"
    );
    let mut kept = Vec::new();
    let mut after = 0;
    loop {
        let page = other.casts(TENANT, after).unwrap();
        let Some(last) = page.last() else { break };
        after = last.seq;
        kept.extend(page.into_iter().map(|cast| cast.id));
    }
    for id in &acknowledged {
        assert_eq!(kept.iter().filter(|kept| *kept == id).count(), 1, "{id}");
    }
}

#[test]
fn wherever_the_connection_is_lost_writes_of_a_batch_are_there_together_or_not_at_all() {
    let (place, mut store) = fresh();
    store.create_tenant(&act(TENANT), TENANT).unwrap();
    let other = place.open();
    let mut point = 1;
    loop {
        let ids = [0, 1, 2].map(|number| format!("run-{point}-{number}"));
        let points = store.fail_at(point, Failing::Once).unwrap();
        let mut told = Vec::new();
        let done = store.together(|batch| {
            for id in &ids {
                let begun = batch.begin_cast(&act(TENANT), &new(id, None));
                told.push(begun.and_then(|_| batch.end_cast(&act(TENANT), &end(id))));
            }
        });
        let was_reached = points.passed() >= point;
        store.never_fail().unwrap();
        assert!(store.is_at_rest(), "point {point}");
        check(&other);
        let there = ids.iter().filter(|id| other.cast(TENANT, id).is_ok());
        let there = there.count();
        match &done {
            Ok(()) => assert!(
                there == 3 && told.iter().all(Result::is_ok),
                "point {point}"
            ),
            Err(BatchError::NotBegun(_)) => {
                assert_eq!((there, told.len()), (0, 0), "point {point}");
            }
            Err(BatchError::Undone(_)) => assert_eq!(there, 0, "point {point}"),
            Err(BatchError::Unknown(_)) => {
                assert!(there == 0 || there == 3, "point {point}: {there}")
            }
        }
        if !was_reached {
            done.unwrap();
            break;
        }
        point += 1;
    }
    assert!(
        point > 40,
        "it fails at each statement and behind it: {point}"
    );
}

#[test]
fn what_was_acknowledged_survives_the_death_of_the_server() {
    let server = Server::start(&[]);
    let place = Where::Postgres(server.fresh().parse().unwrap());
    let mut store = Store::at(&place).unwrap();
    store.create_tenant(&act(TENANT), TENANT).unwrap();
    for round in 0..5 {
        let id = format!("run-{round}");
        cast(&mut store, &id).unwrap();
        server.kill();
        let away = store.cast(TENANT, &id).unwrap_err();
        assert!(matches!(away, StateError::Unreachable { .. }), "{away}");
        let away = cast(&mut store, "while it is away").unwrap_err();
        assert!(matches!(away, StateError::Unreachable { .. }), "{away}");
        server.resume();
        // The connection that was open finds its way back, to read and to write.
        assert_eq!(store.cast(TENANT, &id).unwrap().id, id);
        cast(&mut store, &format!("run-{round}-after")).unwrap();
        check(&store);
    }
    assert_eq!(store.casts(TENANT, 0).unwrap().len(), 10);
}

/// What `place` has, as others see it, until no node but `mine` is there any more.
fn until_gone(store: &mut Store, mine: i64) -> usize {
    let begun = Instant::now();
    loop {
        let free = store.free_nodes(mine).unwrap();
        let free: Vec<i64> = free.into_iter().map(|other| other.node).collect();
        let (gone, lost) = store.end_gone_nodes(&act(TENANT), &free).unwrap();
        if !gone.is_empty() {
            return lost;
        }
        // The server learns of the end of a connection in its own time.
        assert!(begun.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_node_is_there_until_its_connection_ends_and_its_runs_are_lost_then() {
    let (place, mut first) = fresh();
    first.create_tenant(&act(TENANT), TENANT).unwrap();
    let mut second = place.open();
    let (one, two) = (
        first.begin_node(&node("one"), 1).unwrap(),
        second.begin_node(&node("two"), 1).unwrap(),
    );
    assert_ne!(one, two);
    let mut writer = place.open();
    writer.write_as(Some(one));
    writer
        .begin_cast(&act(TENANT), &new("theirs", None))
        .unwrap();
    second.write_as(Some(two));
    second.begin_cast(&act(TENANT), &new("mine", None)).unwrap();
    assert_eq!(first.hold_node(one).unwrap(), NodeHeld::Yes, "its own");
    assert_eq!(second.hold_node(one).unwrap(), NodeHeld::ByAnother);
    assert_eq!(second.free_nodes(two).unwrap(), []);
    // Whoever is held is not gone, whatever another one thinks of it.
    assert_eq!(
        second.end_gone_nodes(&act(TENANT), &[one]).unwrap(),
        (Vec::new(), 0)
    );
    // The nodes of another state of the same database are others.
    assert_eq!(fresh().1.begin_node(&node("other"), 1).unwrap(), one);
    drop(first);
    assert_eq!(until_gone(&mut second, two), 1);
    let state = |id| second.cast(TENANT, id).unwrap().state;
    assert_eq!(
        (state("theirs"), state("mine")),
        (CastState::Lost, CastState::Running)
    );
    check(&second);
}

#[test]
fn a_node_that_others_have_seen_gone_writes_no_more() {
    let server = Server::start(&[]);
    let url = server.fresh();
    let place = Where::Postgres(url.parse().unwrap());
    let open = || Store::at(&place).unwrap();
    let (mut holder, mut first, mut second) = (open(), open(), open());
    first.create_tenant(&act(TENANT), TENANT).unwrap();
    let one = holder.begin_node(&node("one"), 1).unwrap();
    let two = second.begin_node(&node("two"), 1).unwrap();
    first.write_as(Some(one));
    first.begin_cast(&act(TENANT), &new("early", None)).unwrap();
    // What holds the node is cut off; its server does not know that yet.
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND objid = $1::int8::oid";
    assert_eq!(client.execute(cut, &[&one]).unwrap(), 1);
    assert_eq!(until_gone(&mut second, two), 1);
    for _ in 0..3 {
        let refused = first.end_cast(&act(TENANT), &end("early")).unwrap_err();
        assert!(
            matches!(refused, StateError::Unreachable { .. }),
            "{refused}"
        );
    }
    assert_eq!(holder.hold_node(one).unwrap(), NodeHeld::Ended);
    // It goes on as another one.
    let again = holder.begin_node(&node("one"), 2).unwrap();
    assert!(again > two);
    first.write_as(Some(again));
    cast(&mut first, "late").unwrap();
    check(&second);
}

#[test]
fn a_node_that_was_cut_off_and_not_missed_is_held_again() {
    let server = Server::start(&[]);
    let place = Where::Postgres(server.fresh().parse().unwrap());
    let mut holder = Store::at(&place).unwrap();
    holder.create_tenant(&act(TENANT), TENANT).unwrap();
    let one = holder.begin_node(&node("one"), 1).unwrap();
    server.kill();
    server.resume();
    assert_eq!(holder.hold_node(one).unwrap(), NodeHeld::Yes);
    let mut other = Store::at(&place).unwrap();
    let two = other.begin_node(&node("two"), 2).unwrap();
    assert_eq!(other.free_nodes(two).unwrap(), []);
    let ended = other.end_gone_nodes(&act(TENANT), &[one]).unwrap();
    assert_eq!(ended, (Vec::new(), 0));
}

#[test]
fn a_connection_that_is_cut_whenever_it_is_made_is_an_error() {
    let server = server();
    let url = server.url_with_password(PASSWORD, &server.fresh_schema());
    let at = |last: &'static [u8]| {
        let url = server.between(&url, move |said| {
            match said.windows(last.len()).any(|part| part == last) {
                true => Pass::Nothing,
                false => Pass::Both,
            }
        });
        Store::at(&Where::Postgres(url.parse().unwrap()))
    };
    for last in [
        &b"nspname"[..],
        b"search_path",
        b"current_setting",
        b"pg_advisory_xact_lock",
    ] {
        let lost = at(last).unwrap_err();
        assert!(matches!(lost, StateError::Unreachable { .. }), "{lost}");
    }
    drop(at(b"nobody says this").unwrap());
}

/// A failure whose parts come one by one is told at once, and holds up nothing that is asked behind it.
#[test]
fn a_failure_of_what_is_not_waited_for_is_told_however_its_answer_comes() {
    let server = server();
    let url = server.url_with_password(PASSWORD, &server.fresh_schema());
    let slow = server.haltingly(&url, Duration::from_millis(2));
    let mut store = Store::at(&Where::Postgres(slow.parse().unwrap())).unwrap();
    store.create_tenant(&act(TENANT), TENANT).unwrap();
    cast(&mut store, "before").unwrap();
    let mut raw = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    raw.batch_execute(
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           RAISE NOTICE 'soon'; RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
         CREATE TRIGGER fails BEFORE INSERT ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION fails()",
    )
    .unwrap();
    for round in 0..3 {
        let failed = cast(&mut store, &format!("run-{round}")).unwrap_err();
        assert!(matches!(failed, StateError::Full { .. }), "{failed}");
    }
    raw.batch_execute("DROP TRIGGER fails ON ledger_transfer")
        .unwrap();
    cast(&mut store, "after").unwrap();
    check(&store);
}

#[test]
fn text_that_the_database_cannot_keep_is_refused() {
    let (_place, mut store) = fresh();
    let error = store.put_member("did:example:a", "a\0b").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`\\0` is not a valid text: PostgreSQL keeps no text with a zero byte"
    );
}
