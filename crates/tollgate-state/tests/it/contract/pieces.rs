//! Bytes of modules that stand in the state.

use tollgate_state::limits::{MODULE_BYTES_MAX, PIECE_BYTES};
use tollgate_state::registry::{Deletes, NewVersion, PutVersion};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::fresh;

const DIGEST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn pieces() -> [Vec<u8>; 3] {
    [vec![1; PIECE_BYTES], vec![0; PIECE_BYTES], vec![3; 7]]
}

fn version(name: &str) -> NewVersion<'_> {
    NewVersion {
        name,
        version: "1.0.0",
        digest: DIGEST,
        bytes: (2 * PIECE_BYTES + 7) as u64,
        description: "{}",
    }
}

fn put(store: &mut Store, tenant: &str, at: i64) {
    for (number, piece) in pieces().iter().enumerate() {
        store
            .put_piece((tenant, DIGEST), (number, piece), at)
            .unwrap();
    }
}

fn read(store: &Store, tenant: &str) -> Vec<Vec<u8>> {
    let mut read = Vec::new();
    store
        .pieces((tenant, DIGEST), |piece| -> Result<(), StateError> {
            read.push(piece.to_vec());
            Ok(())
        })
        .unwrap();
    read
}

fn two_tenants() -> (super::super::Place, Store) {
    let (place, mut store) = fresh();
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    (place, store)
}

#[test]
fn a_version_is_kept_when_all_of_its_bytes_are() {
    let (_place, mut store) = two_tenants();
    let keep = |store: &mut Store, tenant: &str| {
        let kept = store.put_version_with_bytes(&act(tenant), &version("m"));
        kept.unwrap()
    };
    assert_eq!(keep(&mut store, "a"), PutVersion::BytesMissing);
    let [first, second, _] = pieces();
    store.put_piece(("a", DIGEST), (1, &second), 1).unwrap();
    store.put_piece(("a", DIGEST), (0, &first), 1).unwrap();
    assert_eq!(keep(&mut store, "a"), PutVersion::BytesMissing);
    put(&mut store, "a", 2);
    assert!(!store.has_all_pieces("a", DIGEST).unwrap());
    assert_eq!(keep(&mut store, "a"), PutVersion::Made);
    assert!(store.has_all_pieces("a", DIGEST).unwrap());
    assert!(!store.has_all_pieces("b", DIGEST).unwrap());
    assert_eq!(keep(&mut store, "a"), PutVersion::WasThere);
    assert_eq!(read(&store, "a"), pieces());
    // Another tenant has the same bytes when it has pushed them.
    assert_eq!(keep(&mut store, "b"), PutVersion::BytesMissing);
    assert!(read(&store, "b").is_empty());
}

#[test]
fn bytes_go_with_the_last_version_that_has_them() {
    let (_place, mut store) = two_tenants();
    for tenant in ["a", "b"] {
        put(&mut store, tenant, 1);
        for name in ["m", "n"] {
            store
                .put_version_with_bytes(&act(tenant), &version(name))
                .unwrap();
        }
    }
    let delete = |store: &mut Store, name| {
        let gone = store.delete_version(&act("a"), Deletes::Any, (name, "1.0.0"));
        gone.unwrap()
    };
    assert_eq!(delete(&mut store, "m"), None);
    assert_eq!(read(&store, "a"), pieces());
    assert_eq!(delete(&mut store, "n"), Some(DIGEST.to_owned()));
    assert!(read(&store, "a").is_empty());
    assert_eq!(read(&store, "b"), pieces());
}

#[test]
fn pieces_of_a_push_that_did_not_end_are_forgotten_and_others_stay() {
    let (_place, mut store) = two_tenants();
    put(&mut store, "a", 100);
    put(&mut store, "b", 1);
    store
        .put_version_with_bytes(&act("b"), &version("m"))
        .unwrap();
    store.forget_old_pieces(100).unwrap();
    assert_eq!((read(&store, "a").len(), read(&store, "b").len()), (3, 3));
    store.forget_old_pieces(101).unwrap();
    assert_eq!((read(&store, "a").len(), read(&store, "b").len()), (0, 3));
    put(&mut store, "a", 1);
    // Whoever pushes them once more has them from then on.
    put(&mut store, "a", 200);
    store.forget_old_pieces(200).unwrap();
    assert_eq!(read(&store, "a").len(), 3);
    for tenant in ["a", "b"] {
        store.forget_pieces(tenant, DIGEST).unwrap();
    }
    assert_eq!((read(&store, "a").len(), read(&store, "b").len()), (0, 3));
}

#[test]
fn a_piece_that_is_none_is_refused() {
    let (_place, mut store) = two_tenants();
    let number_max = MODULE_BYTES_MAX as usize / PIECE_BYTES;
    for (digest, number, piece) in [
        ("AA", 0, vec![1]),
        (DIGEST, 0, vec![1; PIECE_BYTES + 1]),
        (DIGEST, number_max + 1, vec![1]),
        (DIGEST, usize::MAX, vec![1]),
    ] {
        let refused = store.put_piece(("a", digest), (number, &piece), 1);
        assert!(
            matches!(refused, Err(StateError::Invalid { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn who_reads_may_stop() {
    let (_place, mut store) = two_tenants();
    put(&mut store, "a", 1);
    let mut seen = 0;
    let stopped = store.pieces(("a", DIGEST), |_| {
        seen += 1;
        Err(StateError::Missing { path: "x".into() })
    });
    assert!(matches!(stopped, Err(StateError::Missing { .. })));
    assert_eq!(seen, 1);
}
