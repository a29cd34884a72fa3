use super::*;
use crate::files::testing::{World, arrange, file, folder, granted, missing, place, plant};

const R: Rights = Rights::READ;
const W: Rights = Rights::WRITE;
const RW: Rights = Rights::BOTH;

#[test]
fn the_nearest_folder_that_has_a_name_decides_what_it_means() {
    let tree = ["near/x/", "near/y", "far/m/x", "far/m/y/", "far/m/z"];
    let world = World::new(&tree, &[(R, "near", "/m"), (R, "far", "/")]);
    assert_eq!(world.leads("m/x"), "folder near/x r");
    assert_eq!(world.leads("m/y"), "file near/y r");
    assert_eq!(world.leads("m/z"), "file far/m/z r");
    assert_eq!(world.leads("m"), "folder near+far/m r");
}

#[test]
fn something_new_is_made_in_the_nearest_folder_that_may_be_written() {
    let new = |near, far| {
        let world = World::new(
            &["near/", "far/m/"],
            &[(near, "near", "/m"), (far, "far", "/")],
        );
        world.leads("m/new")
    };
    assert_eq!(new(RW, RW), "nothing near/new rw");
    assert_eq!(new(RW, R), "nothing near/new rw");
    assert_eq!(new(R, RW), "nothing far/m/new rw");
    assert_eq!(new(R, R), "nothing near/new r");
}

#[test]
fn a_folder_that_two_names_lead_to_is_one_folder() {
    let world = World::new(&["a/", "l -> a"], &[(R, "", "/"), (R, "a", "/l")]);
    assert_eq!(world.leads("l"), "folder a r");
}

#[test]
fn the_way_back_among_granted_names_is_that_of_the_names() {
    let tree = ["x/q/f", "y/f", "f"];
    let world = World::new(&tree, &[(R, "x/q", "/p/q"), (R, "y", "/p/r")]);
    assert_eq!(world.leads("p/q/../r/f"), "file y/f r");
    let Ok(Place {
        target: Target::Folder { folder, .. },
        ..
    }) = world.place(&world.root(), "p")
    else {
        panic!("`p` is a folder of names");
    };
    assert_eq!(world.leads_from(&folder, "q/../r/f"), "file y/f r");
    assert_eq!(world.leads_from(&folder, "../p/r/f"), "PERM");
    let inside = world.space.granted_folder("p/q", &world.work).unwrap();
    assert_eq!(world.leads_from(&inside, ".."), "PERM");
}

#[test]
fn what_is_not_there_is_granted_if_any_grant_of_it_may_write() {
    let folder = plant(&["d/"]);
    let space = |grants: &[(Rights, &str, &str)]| arrange(folder.path(), grants);
    assert!(space(&[(R, "d/new", "/d/new")]).is_err());
    assert!(space(&[(W, "d/new", "/d/new")]).is_ok());
    assert!(space(&[(R, "d/new", "/d/new"), (W, "d/new", "/d/new")]).is_ok());
    let world = World::new(&["d/"], &[(R, "d/new", "/d/new"), (W, "d/new", "/d/new")]);
    assert_eq!(world.leads("d/new"), "nothing d/new rw");
    assert_eq!(world.leads("d/other"), "refused NotGranted");
}

#[test]
fn a_place_has_the_name_that_the_guest_sees() {
    let world = World::new(&["a/b/f"], &[(R, "a", "/m")]);
    for (path, name) in [
        ("m/b/f", "m/b/f"),
        ("m//b/./", "m/b"),
        ("m/b/new", "m/b/new"),
        (".", ""),
    ] {
        let place = world.place(&world.root(), path).unwrap();
        assert_eq!(place.name(), name, "{path}");
    }
    let folder = world.space.granted_folder("m", &world.work).unwrap();
    assert_eq!(folder.name(), "m");
}

#[test]
fn a_folder_of_the_host_stands_behind_a_granted_one() {
    let world = World::new(&["a/", "new/"], &[(R, "a", "/a"), (W, "new/f", "/n/f")]);
    assert!(world.root().first().is_none());
    let folder = world.space.granted_folder("a", &world.work).unwrap();
    assert_eq!(folder.first().map(|layer| layer.name.as_str()), Some("a"));
}

#[test]
fn mounts_are_entered_below_a_grant_that_says_so_and_nowhere_else() {
    let root = plant(&["a/b/", "c/"]);
    let path = |host: &str, guest: &str| PathGrant::mapped(root.path().join(host), guest);
    let grants = [
        granted(R, path("a", "/a").across_mounts()),
        granted(R, path("a/b", "/inside")),
        granted(R, path("c", "/beside")),
    ];
    let work = Work::new(u64::MAX);
    let space = Space::new(&grants, &work).unwrap();
    for (name, mounts) in [
        ("a", Mounts::Cross),
        ("inside", Mounts::Cross),
        ("beside", Mounts::Stay),
    ] {
        let folder = space.granted_folder(name, &work).unwrap();
        assert_eq!(folder.layers[0].mounts, mounts, "{name}");
    }
}

#[test]
fn files_of_this_machine_are_not_slow_and_others_are() {
    let tree = ["a/f", "f"];
    let world = World::new(&tree, &[(R, "a", "/a"), (R, "f", "/g"), (W, "new", "/new")]);
    for path in ["a", "a/f", "a/new", "g", "new"] {
        assert!(
            !world.place(&world.root(), path).unwrap().is_slow(),
            "{path}"
        );
    }
    assert!(
        !world
            .space
            .granted_folder("a", &world.work)
            .unwrap()
            .is_slow()
    );
    let slow = There {
        slow: true,
        ..file(R)
    };
    assert!(place(Target::File(slow.clone())).is_slow());
    let Target::Folder { mut folder, there } = folder(R) else {
        panic!("it is a folder")
    };
    folder.layers = vec![slow.layer()];
    assert!(place(Target::Folder { folder, there }).is_slow());
    let Target::Missing { spot, closed, .. } = missing(R, R) else {
        panic!("it is missing")
    };
    assert!(
        place(Target::Missing {
            spot,
            slow: true,
            closed
        })
        .is_slow()
    );
}

#[test]
fn only_names_that_may_lead_to_other_grants_wait_for_the_slowest_of_them() {
    let grants = [(R, "a", "/a"), (R, "f", "/f")];
    let mut world = World::new(&["a/x/", "f"], &grants);
    assert!(!world.space.has_slow());
    let slow = |world: &mut World, name: &str, is: bool| {
        let node = world.space.node(name);
        let node = &mut world.space.nodes[node];
        node.layers.iter_mut().for_each(|layer| layer.slow = is);
        node.file.iter_mut().for_each(|file| file.slow = is);
    };
    for name in ["a", "f"] {
        slow(&mut world, name, true);
        assert!(world.space.has_slow(), "{name}");
        slow(&mut world, name, false);
        assert!(!world.space.has_slow(), "{name}");
    }
    let folder = |path: &str| match world.place(&world.root(), path).unwrap().target {
        Target::Folder { folder, .. } => folder,
        other => panic!("{other:?}"),
    };
    assert!(world.root().has_granted_names() && folder("a").has_granted_names());
    assert!(!folder("a/x").has_granted_names());
}
