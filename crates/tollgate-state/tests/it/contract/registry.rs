use tollgate_state::audit::Act;
use tollgate_state::limits::{MODULE_BYTES_MAX, PAGE_ROWS_MAX, POLICY_BYTES_MAX};
use tollgate_state::policy::NewPolicy;
use tollgate_state::registry::{Deletes, NewVersion, Prune, Pruned, Reference, TagEntry};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::fresh;
use crate::NOW;

const DIGEST: &str = "aa000000000000000000000000000000000000000000000000000000000000aa";
const OTHER: &str = "bb000000000000000000000000000000000000000000000000000000000000bb";

fn new<'a>(name: &'a str, version: &'a str, digest: &'a str) -> NewVersion<'a> {
    NewVersion {
        name,
        version,
        digest,
        bytes: 8,
        description: "{}",
    }
}

fn tag(tag: &str, version: &str) -> TagEntry {
    TagEntry {
        tag: tag.to_owned(),
        version: version.to_owned(),
        set_at: 0,
    }
}

fn tenants(store: &mut Store) {
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
}

fn which(store: &Store, reference: &str) -> Result<String, StateError> {
    let entry = store.resolve("a", &Reference::read(reference)?)?;
    Ok(entry.version)
}

#[test]
fn a_version_is_kept_once_and_never_means_other_bytes() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let version = new("stat", "1.0.0", DIGEST);
    assert!(store.put_version(&act("a"), &version).unwrap());
    assert!(!store.put_version(&act("a"), &version).unwrap());
    let other = new("stat", "1.0.0", OTHER);
    let error = store.put_version(&act("a"), &other).unwrap_err();
    assert_eq!(error.to_string(), "there is a version `stat@1.0.0` already");
    let kept = store.versions("a", Some("stat"), 0).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].digest, DIGEST);
}

#[test]
fn a_reference_is_the_last_push_a_version_or_a_tag() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    for (version, digest) in [("2.0.0", DIGEST), ("1.0.0", OTHER)] {
        store
            .put_version(&act("a"), &new("stat", version, digest))
            .unwrap();
    }
    store
        .set_tag(&act("a"), "stat", &tag("stable", "2.0.0"))
        .unwrap();
    assert_eq!(which(&store, "stat").unwrap(), "1.0.0");
    assert_eq!(which(&store, "stat@2.0.0").unwrap(), "2.0.0");
    assert_eq!(which(&store, "stat@stable").unwrap(), "2.0.0");
    store
        .set_tag(&act("a"), "stat", &tag("stable", "1.0.0"))
        .unwrap();
    assert_eq!(which(&store, "stat@stable").unwrap(), "1.0.0");
    for absent in ["stat@3.0.0", "stat@beta", "other"] {
        let error = which(&store, absent).unwrap_err();
        assert_eq!(error.to_string(), format!("there is no module `{absent}`"));
    }
    for bad in ["", "stat@", "stat@..", "Stat", "stat@1.0.0@x"] {
        assert!(
            matches!(which(&store, bad), Err(StateError::Invalid { .. })),
            "{bad}"
        );
    }
}

#[test]
fn a_tag_names_a_version_that_is_there_and_does_not_look_like_one() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store
        .put_version(&act("a"), &new("stat", "1.0.0", DIGEST))
        .unwrap();
    let set = |store: &mut Store, tag: &TagEntry| store.set_tag(&act("a"), "stat", tag);
    let absent = set(&mut store, &tag("stable", "9.0.0")).unwrap_err();
    assert!(matches!(absent, StateError::Absent { .. }), "{absent}");
    let version = set(&mut store, &tag("2.0.0", "1.0.0")).unwrap_err();
    assert!(matches!(version, StateError::Invalid { .. }), "{version}");
    assert!(store.tags("a", "stat").unwrap().is_empty());
}

#[test]
fn the_modules_of_another_tenant_are_not_there() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store
        .put_version(&act("b"), &new("stat", "1.0.0", DIGEST))
        .unwrap();
    store
        .set_tag(&act("b"), "stat", &tag("stable", "1.0.0"))
        .unwrap();
    for reference in ["stat", "stat@1.0.0", "stat@stable"] {
        let error = which(&store, reference).unwrap_err();
        assert!(matches!(error, StateError::Absent { .. }), "{error}");
    }
    assert!(store.versions("a", None, 0).unwrap().is_empty());
    assert!(store.tags("a", "stat").unwrap().is_empty());
    let tagged = store.set_tag(&act("a"), "stat", &tag("mine", "1.0.0"));
    assert!(
        matches!(tagged, Err(StateError::Absent { .. })),
        "{tagged:?}"
    );
    let deleted = store.delete_version(&act("a"), Deletes::Any, ("stat", "1.0.0"));
    assert!(
        matches!(deleted, Err(StateError::Absent { .. })),
        "{deleted:?}"
    );
    // The same name and version are free for this tenant.
    assert!(
        store
            .put_version(&act("a"), &new("stat", "1.0.0", OTHER))
            .unwrap()
    );
}

#[test]
fn a_version_is_deleted_by_who_pushed_it_and_not_while_a_tag_names_it() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    for version in ["1.0.0", "1.0.1"] {
        store
            .put_version(&act("a"), &new("stat", version, DIGEST))
            .unwrap();
    }
    store
        .set_tag(&act("a"), "stat", &tag("stable", "1.0.0"))
        .unwrap();
    let mut delete = |by, version| store.delete_version(&act("a"), by, ("stat", version));
    let others = delete(Deletes::PushedBy("somebody"), "1.0.1");
    assert!(
        matches!(others, Err(StateError::NotYours { .. })),
        "{others:?}"
    );
    let tagged = delete(Deletes::Any, "1.0.0").unwrap_err();
    assert_eq!(
        tagged.to_string(),
        "the module `stat@1.0.0` is used by the tag `stable`"
    );
    // The other version has the same bytes.
    assert_eq!(
        delete(Deletes::PushedBy("operator"), "1.0.1").unwrap(),
        None
    );
    store
        .put_version(&act("a"), &new("stat", "2.0.0", OTHER))
        .unwrap();
    let gone = store.delete_version(&act("a"), Deletes::Any, ("stat", "2.0.0"));
    assert_eq!(gone.unwrap().as_deref(), Some(OTHER));
}

#[test]
fn a_version_that_was_deleted_is_gone_and_never_means_other_bytes() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let version = new("stat", "1.0.0", DIGEST);
    store.put_version(&act("a"), &version).unwrap();
    store
        .delete_version(&act("a"), Deletes::Any, ("stat", "1.0.0"))
        .unwrap();
    for reference in ["stat", "stat@1.0.0"] {
        let error = which(&store, reference).unwrap_err();
        assert!(matches!(error, StateError::Absent { .. }), "{error}");
    }
    assert!(store.versions("a", None, 0).unwrap().is_empty());
    let tagged = store.set_tag(&act("a"), "stat", &tag("stable", "1.0.0"));
    assert!(
        matches!(tagged, Err(StateError::Absent { .. })),
        "{tagged:?}"
    );
    let other = store.put_version(&act("a"), &new("stat", "1.0.0", OTHER));
    assert!(matches!(other, Err(StateError::Taken { .. })), "{other:?}");
    assert!(store.put_version(&act("a"), &version).unwrap());
    assert_eq!(which(&store, "stat@1.0.0").unwrap(), "1.0.0");
}

#[test]
fn a_name_alone_is_the_version_that_was_pushed_last_also_when_it_was_deleted_between() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let version = new("stat", "1.0.0", DIGEST);
    store.put_version(&act("a"), &version).unwrap();
    let newer = new("stat", "2.0.0", OTHER);
    store.put_version(&act("a"), &newer).unwrap();
    assert_eq!(which(&store, "stat").unwrap(), "2.0.0");
    store
        .delete_version(&act("a"), Deletes::Any, ("stat", "1.0.0"))
        .unwrap();
    let again = Act {
        at: NOW + 1,
        ..act("a")
    };
    store.put_version(&again, &version).unwrap();
    assert_eq!(which(&store, "stat").unwrap(), "1.0.0");
}

fn keep(keep: u32) -> Prune<'static> {
    Prune { name: "stat", keep }
}

fn gone(pruned: &Pruned) -> Vec<&str> {
    let versions = pruned.versions.iter();
    versions.map(|entry| entry.version.as_str()).collect()
}

#[test]
fn a_module_is_pruned_to_the_newest_and_to_what_tags_name() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    for (version, digest) in [
        ("1.0.0", DIGEST),
        ("1.0.1", OTHER),
        ("1.0.2", DIGEST),
        ("0.9.0", OTHER),
        ("1.1.0", DIGEST),
    ] {
        store
            .put_version(&act("a"), &new("stat", version, digest))
            .unwrap();
    }
    store
        .put_version(&act("a"), &new("other", "1.0.0", OTHER))
        .unwrap();
    store
        .put_version(&act("b"), &new("stat", "1.0.0", DIGEST))
        .unwrap();
    store
        .set_tag(&act("a"), "stat", &tag("stable", "1.0.1"))
        .unwrap();
    let foreseen = store.prunable("a", Deletes::Any, &keep(2)).unwrap();
    assert_eq!(gone(&foreseen), ["1.0.0", "1.0.2"]);
    assert_eq!(store.versions("a", Some("stat"), 0).unwrap().len(), 5);
    let pruned = store.prune(&act("a"), Deletes::Any, &keep(2)).unwrap();
    assert_eq!(gone(&pruned), ["1.0.0", "1.0.2"]);
    assert!(pruned.is_complete);
    // 1.1.0 has the same bytes.
    assert!(pruned.digests.is_empty(), "{:?}", pruned.digests);
    assert_eq!(which(&store, "stat@stable").unwrap(), "1.0.1");
    assert_eq!(which(&store, "stat").unwrap(), "1.1.0");
    let again = store.prune(&act("a"), Deletes::Any, &keep(2)).unwrap();
    assert!(again.versions.is_empty() && again.is_complete, "{again:?}");
    assert_eq!(store.versions("b", None, 0).unwrap().len(), 1);
    let records = store.audit_page("a", 0).unwrap();
    let deleted = records.iter().filter(|r| r.action == "module.delete");
    let deleted: Vec<&str> = deleted.map(|record| record.object.as_str()).collect();
    assert_eq!(deleted, ["stat@1.0.0", "stat@1.0.2"]);
}

#[test]
fn what_others_pushed_counts_among_the_newest_and_stays() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let by = |actor| Act { actor, ..act("a") };
    for (version, digest, actor) in [
        ("1.0.0", DIGEST, "one"),
        ("1.0.1", OTHER, "two"),
        ("1.0.2", OTHER, "two"),
    ] {
        store
            .put_version(&by(actor), &new("stat", version, digest))
            .unwrap();
    }
    let mine = Deletes::PushedBy("one");
    let pruned = store.prune(&act("a"), mine, &keep(1)).unwrap();
    assert_eq!(gone(&pruned), ["1.0.0"]);
    assert_eq!(pruned.digests, [DIGEST]);
    let kept = store.versions("a", Some("stat"), 0).unwrap();
    assert_eq!(kept.len(), 2);
}

#[test]
fn what_cannot_be_pruned_is_said_and_nothing_is_deleted() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store
        .put_version(&act("b"), &new("stat", "1.0.0", DIGEST))
        .unwrap();
    let absent = store.prune(&act("a"), Deletes::Any, &keep(1)).unwrap_err();
    assert_eq!(absent.to_string(), "there is no module `stat`");
    let none = store.prune(&act("b"), Deletes::Any, &keep(0)).unwrap_err();
    assert!(matches!(none, StateError::Invalid { .. }), "{none}");
    let revoked = store.prune(&act("nobody"), Deletes::Any, &keep(1));
    assert!(revoked.is_err(), "{revoked:?}");
    assert_eq!(store.versions("b", None, 0).unwrap().len(), 1);
}

#[test]
fn many_versions_go_some_at_a_time() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    for n in 0..PAGE_ROWS_MAX + 4 {
        let version = format!("1.0.{n}");
        store
            .put_version(&act("a"), &new("stat", &version, DIGEST))
            .unwrap();
    }
    let first = store.prune(&act("a"), Deletes::Any, &keep(1)).unwrap();
    assert_eq!(first.versions.len() as i64, PAGE_ROWS_MAX);
    assert!(!first.is_complete);
    let rest = store.prune(&act("a"), Deletes::Any, &keep(1)).unwrap();
    assert_eq!(rest.versions.len(), 3);
    assert!(rest.is_complete);
}

#[test]
fn what_is_no_version_is_refused_before_anything_is_kept() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let good = new("stat", "1.0.0", DIGEST);
    for bad in [
        new("Stat", "1.0.0", DIGEST),
        new("stat", "1", DIGEST),
        new("stat", "1.0.0", "aa"),
        NewVersion {
            bytes: MODULE_BYTES_MAX + 1,
            ..good.clone()
        },
    ] {
        let error = store.put_version(&act("a"), &bad).unwrap_err();
        assert!(matches!(error, StateError::Invalid { .. }), "{error}");
    }
    assert!(store.versions("a", None, 0).unwrap().is_empty());
}

#[test]
fn a_list_comes_in_pages_that_follow_each_other() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let count = PAGE_ROWS_MAX + 3;
    for n in 0..count {
        let version = format!("1.0.{n}");
        store
            .put_version(&act("a"), &new("stat", &version, DIGEST))
            .unwrap();
    }
    let first = store.versions("a", None, 0).unwrap();
    assert_eq!(first.len() as i64, PAGE_ROWS_MAX);
    let rest = store
        .versions("a", None, first.last().unwrap().seq)
        .unwrap();
    assert_eq!(rest.len(), 3);
    assert_eq!(rest[2].version, format!("1.0.{}", count - 1));
}

#[test]
fn a_tag_is_taken_away_and_its_version_stays() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store
        .put_version(&act("a"), &new("stat", "1.0.0", DIGEST))
        .unwrap();
    store
        .set_tag(&act("a"), "stat", &tag("stable", "1.0.0"))
        .unwrap();
    let foreign = store.remove_tag(&act("b"), "stat", "stable");
    assert!(
        matches!(foreign, Err(StateError::Absent { .. })),
        "{foreign:?}"
    );
    store.remove_tag(&act("a"), "stat", "stable").unwrap();
    assert!(store.tags("a", "stat").unwrap().is_empty());
    assert_eq!(which(&store, "stat@1.0.0").unwrap(), "1.0.0");
    let again = store.remove_tag(&act("a"), "stat", "stable");
    assert!(matches!(again, Err(StateError::Absent { .. })), "{again:?}");
    let records = store.audit_page("a", 0).unwrap();
    assert_eq!(records.last().unwrap().action, "module.untag");
}

#[test]
fn bytes_are_there_as_long_as_a_version_of_the_tenant_has_them() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store
        .put_version(&act("a"), &new("stat", "1.0.0", DIGEST))
        .unwrap();
    assert!(store.has_bytes("a", DIGEST).unwrap());
    assert!(!store.has_bytes("b", DIGEST).unwrap());
    assert!(!store.has_bytes("a", OTHER).unwrap());
    store
        .delete_version(&act("a"), Deletes::Any, ("stat", "1.0.0"))
        .unwrap();
    assert!(!store.has_bytes("a", DIGEST).unwrap());
}

#[test]
fn bytes_that_any_tenant_has_are_known() {
    let (_place, mut store) = fresh();
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    assert!(!store.anybody_has_bytes(OTHER).unwrap());
    store
        .put_version(&act("b"), &new("stat", "1.0.0", OTHER))
        .unwrap();
    assert!(store.anybody_has_bytes(OTHER).unwrap());
    store
        .delete_version(&act("b"), Deletes::Any, ("stat", "1.0.0"))
        .unwrap();
    assert!(!store.anybody_has_bytes(OTHER).unwrap());
}

#[test]
fn the_policy_of_a_module_is_its_tenants_and_can_be_another_and_none() {
    let (_place, mut store) = fresh();
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    let policy = |text| NewPolicy {
        module: "m",
        text,
        name: "p",
        hash: "aa",
    };
    assert_eq!(store.module_policy_if_any("a", "m").unwrap(), None);
    store.set_module_policy(&act("a"), &policy("one")).unwrap();
    store.set_module_policy(&act("a"), &policy("two")).unwrap();
    let kept = store.module_policy("a", "m").unwrap();
    assert_eq!((&*kept.text, &*kept.hash), ("two", "aa"));
    let none = |found: Result<_, StateError>| matches!(found, Err(StateError::Absent { .. }));
    assert!(none(store.module_policy("b", "m").map(drop)));
    assert!(none(store.remove_module_policy(&act("b"), "m")));
    store.remove_module_policy(&act("a"), "m").unwrap();
    assert!(none(store.remove_module_policy(&act("a"), "m")));
    let records = store.audit_page("a", 0).unwrap();
    let actions: Vec<_> = records.iter().map(|record| &*record.action).collect();
    assert_eq!(actions[1..], ["policy.set", "policy.set", "policy.remove"]);
    let long = "x".repeat(POLICY_BYTES_MAX + 1);
    for bad in [
        policy(&long),
        NewPolicy {
            module: "../m",
            ..policy("")
        },
    ] {
        let refused = store.set_module_policy(&act("a"), &bad);
        assert!(
            matches!(refused, Err(StateError::Invalid { .. })),
            "{refused:?}"
        );
    }
}
