use std::str::FromStr as _;

use tollgate_state::access::{KeyText, NewKey, Role, Roles};
use tollgate_state::audit::Act;
use tollgate_state::limits::KEY_NAME_BYTES_MAX;
use tollgate_state::{StateError, Store};

use super::fresh;
use crate::{NOW, SECOND};

/// What a test does, for a tenant.
pub(in super::super) fn act(tenant: &str) -> Act<'_> {
    Act {
        tenant,
        actor: "operator",
        origin: "local",
        request: "r",
        at: NOW,
    }
}

fn key(number: u8) -> (KeyText, NewKey) {
    let text = KeyText::from_random([number; 38]);
    let new = NewKey {
        key: text.kept().unwrap(),
        name: "a key".to_owned(),
        roles: Roles::from([Role::Caller, Role::Publisher]),
        expires_at: None,
    };
    (text, new)
}

/// A state with the tenants `a` and `b`, and a key of `a`.
fn two_tenants(store: &mut Store) -> (KeyText, NewKey) {
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    let (text, new) = key(1);
    store.put_key(&act("a"), &new).unwrap();
    (text, new)
}

#[test]
fn a_key_acts_for_its_tenant_in_its_roles() {
    let (_place, mut store) = fresh();
    let (text, new) = two_tenants(&mut store);
    let principal = store.authenticate(text.reveal(), NOW).unwrap().unwrap();
    assert_eq!(principal.tenant, "a");
    assert_eq!(principal.key, new.key.prefix);
    assert_eq!(principal.roles, new.roles);
}

#[test]
fn a_key_that_is_not_good_is_nobody() {
    let (_place, mut store) = fresh();
    let (text, _) = two_tenants(&mut store);
    let (unknown, _) = key(9);
    let cut = &text.reveal()[..text.reveal().len() - 1];
    let other_secret = format!("{}{}", &text.reveal()[..17], "0".repeat(64));
    for shown in ["", "tgk_", cut, unknown.reveal(), &other_secret] {
        assert_eq!(store.authenticate(shown, NOW).unwrap(), None, "{shown}");
    }
}

#[test]
fn a_key_is_nobody_from_its_last_moment_on() {
    let (_place, mut store) = fresh();
    two_tenants(&mut store);
    let (text, new) = key(2);
    let expires_at = Some(NOW + SECOND);
    store
        .put_key(&act("a"), &NewKey { expires_at, ..new })
        .unwrap();
    let at = |at| store.authenticate(text.reveal(), at).unwrap().is_some();
    assert!(at(NOW + SECOND - 1));
    assert!(!at(NOW + SECOND));
}

#[test]
fn a_revoked_key_is_nobody_at_once_for_every_connection() {
    let (place, mut store) = fresh();
    let (text, new) = two_tenants(&mut store);
    let other = place.open();
    store.revoke_key(&act("a"), &new.key.prefix).unwrap();
    assert_eq!(other.authenticate(text.reveal(), NOW).unwrap(), None);
    let later = Act {
        at: NOW + SECOND,
        ..act("a")
    };
    store.revoke_key(&later, &new.key.prefix).unwrap();
    assert_eq!(store.keys("a").unwrap()[0].revoked_at, Some(NOW));
}

#[test]
fn the_keys_of_another_tenant_are_not_there() {
    let (_place, mut store) = fresh();
    let (text, new) = two_tenants(&mut store);
    assert!(store.keys("b").unwrap().is_empty());
    let error = store.revoke_key(&act("b"), &new.key.prefix).unwrap_err();
    let absent = store.revoke_key(&act("b"), "000000000000").unwrap_err();
    for error in [&error, &absent] {
        assert!(
            matches!(error, StateError::Absent { what: "key", .. }),
            "{error}"
        );
    }
    assert!(store.authenticate(text.reveal(), NOW).unwrap().is_some());
}

#[test]
fn a_key_needs_a_tenant_a_name_and_a_role() {
    let (_place, mut store) = fresh();
    two_tenants(&mut store);
    let (_, new) = key(3);
    let nobody = store.put_key(&act("nobody"), &new).unwrap_err();
    assert!(
        matches!(nobody, StateError::Absent { what: "tenant", .. }),
        "{nobody}"
    );
    for (name, roles) in [
        ("a key".to_owned(), Roles::new()),
        (String::new(), Roles::from([Role::Admin])),
        ("a\nkey".to_owned(), Roles::from([Role::Admin])),
        (
            "x".repeat(KEY_NAME_BYTES_MAX + 1),
            Roles::from([Role::Admin]),
        ),
    ] {
        let (_, new) = key(4);
        let error = store
            .put_key(&act("a"), &NewKey { name, roles, ..new })
            .unwrap_err();
        assert!(matches!(error, StateError::Invalid { .. }), "{error}");
    }
    assert_eq!(store.keys("a").unwrap().len(), 1);
}

#[test]
fn a_tenant_is_made_once() {
    let (_place, mut store) = fresh();
    two_tenants(&mut store);
    let again = store.create_tenant(&act("a"), "a").unwrap_err();
    assert!(matches!(again, StateError::Taken { .. }), "{again}");
    assert!(store.create_tenant(&act("a"), "../a").is_err());
    assert_eq!(store.tenants().unwrap(), ["a", "b"]);
}

#[test]
fn a_role_that_is_none_is_refused_with_those_there_are() {
    let error = Role::from_str("root").unwrap_err().to_string();
    assert!(
        error.contains("`root`") && error.contains("`auditor`"),
        "{error}"
    );
    for role in Role::ALL {
        assert_eq!(Role::from_str(role.name()).unwrap(), role);
    }
}

#[test]
fn a_tenant_and_its_first_key_are_there_together_or_not_at_all() {
    let (_place, mut store) = fresh();
    let (text, first) = key(3);
    let bad = NewKey {
        roles: Roles::new(),
        ..first.clone()
    };
    let refused = store.found_tenant(&act("a"), &bad);
    assert!(
        matches!(refused, Err(StateError::Invalid { .. })),
        "{refused:?}"
    );
    assert_eq!(store.tenants().unwrap(), Vec::<String>::new());
    assert!(store.audit_page("a", 0).unwrap().is_empty());
    store.found_tenant(&act("a"), &first).unwrap();
    assert_eq!(store.tenants().unwrap(), ["a"]);
    assert!(store.authenticate(text.reveal(), NOW).unwrap().is_some());
    let again = store.found_tenant(&act("a"), &key(4).1);
    assert!(matches!(again, Err(StateError::Taken { .. })), "{again:?}");
    assert_eq!(store.keys("a").unwrap().len(), 1);
}
