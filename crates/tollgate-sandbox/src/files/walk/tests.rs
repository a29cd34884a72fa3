use super::*;
use crate::{
    files::{
        space::{ROOT, Space, Target, Wanted},
        testing::{World, find, granted, plant},
    },
    grant::PathGrant,
};

const R: Rights = Rights::READ;
const W: Rights = Rights::WRITE;

/// One folder, granted for reading as `/`.
fn reading(tree: &[&str]) -> World {
    World::new(tree, &[(R, "", "/")])
}

#[test]
fn a_path_climbs_to_the_folders_that_it_passed() {
    let world = reading(&["a/b/f", "a/f", "f"]);
    for (path, leads) in [
        ("a/b/f", "file a/b/f r"),
        ("a/b/..", "folder a r"),
        ("a/b/../f", "file a/f r"),
        ("a/./../f", "file f r"),
        ("a/b/../../f", "file f r"),
        ("a/../..", "PERM"),
        ("../f", "PERM"),
        ("a/f/..", "NOTDIR"),
    ] {
        assert_eq!(world.leads(path), leads, "{path}");
    }
    assert_eq!(world.place(&world.root(), "a/b/f").unwrap().name, "a/b/f");
}

#[test]
fn a_link_is_followed_below_the_granted_folder() {
    let tree = [
        "a/b/up -> ../f",
        "a/b/root -> ./../../f",
        "a/f",
        "f",
        "a/b/out -> ../../../f",
        "a/b/there -> .",
        "a/b/turn -> ./../../../f",
        "a/b/late -> x/../../../../f",
        "a/b/x/",
        "a/b/absolute -> /etc",
    ];
    let world = reading(&tree);
    let out = |target: &str| format!("refused LinkLeadsOut {{ target: {target:?} }}");
    for (path, leads) in [
        ("a/b/up", "file a/f r".to_owned()),
        ("a/b/root", "file f r".to_owned()),
        ("a/b/there/up", "file a/f r".to_owned()),
        ("a/b/out", out("../../../f")),
        ("a/b/turn", out("./../../../f")),
        ("a/b/late", out("..")),
        ("a/b/absolute", out("/etc")),
    ] {
        assert_eq!(world.leads(path), leads, "{path}");
    }
}

#[test]
fn links_in_a_granted_folder_climb_as_far_as_the_grants_around_it() {
    let tree = ["a/b/up -> ../f", "a/f"];
    let world = World::new(&tree, &[(R, "", "/"), (R, "a/b", "/a/b")]);
    let folder = world.space.granted_folder("a/b", &world.work).unwrap();
    assert_eq!(world.leads_from(&folder, "up"), "file a/f r");
    assert_eq!(world.leads_from(&folder, "../f"), "PERM");
}

#[test]
fn a_slash_at_the_end_asks_for_a_folder_whoever_wrote_it() {
    let world = reading(&["f", "d/", "file -> f", "slash -> f/", "folder -> d/"]);
    for (path, leads) in [
        ("d/", "folder d r"),
        ("f/", "NOTDIR"),
        ("file", "file f r"),
        ("file/", "NOTDIR"),
        ("slash", "NOTDIR"),
        ("folder", "folder d r"),
        ("folder/", "folder d r"),
    ] {
        assert_eq!(world.leads(path), leads, "{path}");
    }
}

#[test]
fn forty_links_are_followed_and_not_one_more() {
    let chain = |links: u32| {
        let mut tree: Vec<_> = (1..links).map(|n| format!("l{n} -> l{}", n + 1)).collect();
        tree.push(format!("l{links} -> f"));
        tree.push(String::from("f"));
        let tree: Vec<_> = tree.iter().map(String::as_str).collect();
        reading(&tree).leads("l1")
    };
    assert_eq!(chain(PATH_LINKS), "file f r");
    assert_eq!(chain(PATH_LINKS + 1), "LOOP");
}

#[test]
fn a_path_has_a_bound_of_names_those_inside_links_included() {
    // Two links of 2,040 names that go nowhere, and what is missing to the bound in a third: each link is a name as well.
    let long = format!("l1 -> {}l2", "./".repeat(2_040));
    let longer = format!("l2 -> {}l3", "./".repeat(2_040));
    let leads = |rest: usize| {
        let last = format!("l3 -> {}f", "./".repeat(rest));
        reading(&[&long, &longer, &last, "f"]).leads("l1")
    };
    let rest = PATH_STEPS as usize - 2 * 2_040 - ["l1", "l2", "l3", "f"].len();
    assert_eq!(leads(rest), "file f r");
    assert_eq!(leads(rest + 1), "LOOP");
}

#[test]
fn around_a_granted_name_nothing_is_granted() {
    let tree = ["d/other", "d/f"];
    let world = World::new(&tree, &[(W, "d/new", "/d/new")]);
    let d = match &world.place(&world.root(), "d/new").unwrap().target {
        Target::Missing { spot, .. } => spot.folder.clone(),
        other => panic!("{other:?}"),
    };
    rustix::fs::mkdirat(&d, "new", Mode::RWXU).unwrap();
    rustix::fs::mkdirat(&d, "new/x", Mode::RWXU).unwrap();
    for (path, leads) in [
        ("d/new", "folder d/new w"),
        ("d/new/x", "folder d/new/x w"),
        ("d/new/x/..", "folder d/new w"),
        ("d/new/x/../..", "refused NotGranted"),
        ("d/new/x/../../f", "refused NotGranted"),
        ("d/new/x/../../new", "folder d/new w"),
        ("d/f", "refused NotGranted"),
    ] {
        assert_eq!(world.leads(path), leads, "{path}");
    }
}

#[test]
fn rights_begin_where_a_grant_begins_on_every_way_there() {
    let tree = ["a/b/f", "a/f", "l -> a"];
    let world = World::new(&tree, &[(R, "", "/"), (W, "a/b", "/elsewhere")]);
    for (path, leads) in [
        ("a/f", "file a/f r"),
        ("a/b", "folder a/b rw"),
        ("a/b/f", "file a/b/f rw"),
        ("a/b/../b/f", "file a/b/f rw"),
        ("a/b/..", "folder a r"),
        // Through a link there are at most the rights of the place where it stands.
        ("l/b/f", "file a/b/f r"),
        ("elsewhere/f", "file a/b/f rw"),
    ] {
        assert_eq!(world.leads(path), leads, "{path}");
    }
}

#[test]
fn a_folder_that_was_moved_away_is_not_climbed_out_of() {
    let root = plant(&["a/b/", "c/"]);
    let work = Work::new(u64::MAX);
    let grants = [granted(R, PathGrant::mapped(root.path(), "/"))];
    let space = Space::new(&grants, &work).unwrap();
    let folder = space.granted_folder("a/b", &work).unwrap();
    std::fs::rename(root.path().join("a/b"), root.path().join("c/b")).unwrap();
    std::os::unix::fs::symlink("..", root.path().join("c/b/up")).unwrap();
    let found = find(&space, &folder, "up", &work);
    assert_eq!(found.unwrap_err(), FileError::Os(Errno::NOENT));
}

#[test]
fn another_mount_is_entered_by_grants_across_mounts_unless_it_is_the_kernels() {
    let work = Work::new(u64::MAX);
    let proc = |grant: PathGrant| {
        let space = Space::new(&[granted(R, grant)], &work).unwrap();
        let place = find(&space, &space.folder(ROOT), "proc", &work);
        match place.unwrap().target {
            Target::Closed(closed) => (closed.why, closed.kind),
            other => panic!("{other:?}"),
        }
    };
    let all = PathGrant::mapped("/", "/");
    assert_eq!(proc(all.clone()), (Why::OtherMount, Kind::Folder));
    assert_eq!(proc(all.across_mounts()), (Why::Kernel, Kind::Folder));
}

#[test]
fn a_guest_does_not_wait_for_a_mount_to_say_what_it_is() {
    let work = Work::new(u64::MAX);
    let all = PathGrant::mapped("/", "/").across_mounts();
    let space = Space::new(&[granted(R, all)], &work).unwrap();
    let asking = Asking::later();
    let wanted = Wanted {
        path: "proc",
        last: Last::Follow,
        asking: &asking,
    };
    let place = space.find(&space.folder(ROOT), &wanted, &work).unwrap();
    let Target::Closed(closed) = place.target else {
        panic!("{place:?}");
    };
    assert_eq!(closed.why, Why::Slow);
    assert!(asking.was_wanted(), "it is done anew where it may wait");
}

#[test]
fn a_mount_that_said_what_it_is_is_known_by_its_device() {
    let rules = Rules::default();
    assert!(!rules.has_answered((0, 7)));
    rules.answers((0, 7));
    assert!(rules.has_answered((0, 7)));
    assert!(!rules.has_answered((0, 8)) && !rules.has_answered((1, 7)));
}

#[test]
fn a_link_in_a_granted_folder_climbs_over_more_than_one_folder() {
    let world = World::new(
        &["a/b/up -> ../../f", "f"],
        &[(R, "", "/"), (R, "a/b", "/a/b")],
    );
    let folder = world.space.granted_folder("a/b", &world.work).unwrap();
    assert_eq!(world.leads_from(&folder, "up"), "file f r");
}
