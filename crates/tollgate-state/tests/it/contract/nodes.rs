//! Servers that share a state.

use tollgate_state::StateError;
use tollgate_state::audit::Act;
use tollgate_state::cast::CastState;
use tollgate_state::limits::{GONE_NODES_AT_ONCE, NODE_NAME_BYTES_MAX};
use tollgate_state::node::{NewNode, NodeHeld};

use super::access::act;
use super::casts::{end, new};
use super::fresh;

/// A node to begin.
pub(in super::super) fn node(name: &str) -> NewNode {
    NewNode {
        name: name.to_owned(),
        signer: format!("ed25519:{name}"),
    }
}

#[test]
fn each_beginning_has_a_number_of_its_own_and_a_name() {
    let (place, mut store) = fresh();
    let one = store.begin_node(&node("one"), 1).unwrap();
    let two = place.open().begin_node(&node("one"), 1).unwrap();
    assert!(one >= 1 && two > one);
    for bad in ["", &"x".repeat(NODE_NAME_BYTES_MAX + 1)] {
        let refused = store.begin_node(&node(bad), 1);
        assert!(
            matches!(refused, Err(StateError::Invalid { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_node_that_stops_leaves_no_run_behind() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let one = store.begin_node(&node("one"), 1).unwrap();
    store.write_as(Some(one));
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    assert_eq!(store.cast("a", "c1").unwrap().node, Some(one));
    let stops = Act {
        tenant: "",
        ..act("a")
    };
    store.end_node(&stops, one).unwrap();
    store.write_as(None);
    assert_eq!(store.cast("a", "c1").unwrap().state, CastState::Lost);
    assert_eq!(store.hold_node(one).unwrap(), NodeHeld::Ended);
    assert_eq!(store.budget("a").unwrap().reserved, 0);
}

#[test]
fn a_wish_to_stop_a_run_is_seen_by_the_node_that_has_it() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let one = store.begin_node(&node("one"), 1).unwrap();
    store.write_as(Some(one));
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    store.begin_cast(&act("a"), &new("c2", None)).unwrap();
    assert!(store.cancelled_casts().unwrap().is_empty());
    for _ in 0..2 {
        store.cancel_cast(&act("a"), "c1").unwrap();
        assert_eq!(store.cancelled_casts().unwrap(), ["c1"]);
    }
    store.write_as(Some(one + 1));
    assert!(store.cancelled_casts().unwrap().is_empty());
    store.write_as(Some(one));
    store.end_cast(&act("a"), &end("c1")).unwrap();
    assert!(store.cancelled_casts().unwrap().is_empty());
}

#[test]
fn the_keys_of_all_servers_that_there_were_are_known() {
    let (_place, mut store) = fresh();
    assert!(store.signers().unwrap().is_empty());
    let one = store.begin_node(&node("one"), 1).unwrap();
    store.begin_node(&node("two"), 1).unwrap();
    store.begin_node(&node("one"), 2).unwrap();
    store.end_node(&act("a"), one).unwrap();
    assert_eq!(store.signers().unwrap(), ["ed25519:one", "ed25519:two"]);
}

#[test]
fn servers_that_are_gone_are_ended_a_hundred_at_a_time() {
    let (place, mut store) = fresh();
    let all = GONE_NODES_AT_ONCE + 5;
    let mut gone = place.open();
    for _ in 0..all {
        gone.begin_node(&node("gone"), 1).unwrap();
    }
    drop(gone);
    let mine = store.begin_node(&node("mine"), 1).unwrap();
    let begun = std::time::Instant::now();
    let free = loop {
        let free = store.free_nodes(mine).unwrap();
        if free.len() == all {
            break free;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(30));
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    let free: Vec<i64> = free.into_iter().map(|one| one.node).collect();
    let mut end = || store.end_gone_nodes(&act("a"), &free).unwrap().0.len();
    assert_eq!((end(), end(), end()), (GONE_NODES_AT_ONCE, 5, 0));
}
