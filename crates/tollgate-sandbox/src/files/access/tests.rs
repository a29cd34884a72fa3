use super::*;
use crate::files::testing::{RIGHTS, closed, file, folder, missing, names, place, spot};

/// Every way to open something, apart from what the system decides.
fn ways() -> impl Iterator<Item = How> {
    (0..16_u8).map(|bits| How {
        create: bits & 1 != 0,
        truncate: bits & 2 != 0,
        read: bits & 4 != 0,
        write: bits & 8 != 0,
        ..How::default()
    })
}

fn lacked(place: &Place, access: Access) -> Vec<Capability> {
    let lacks = place.lacks(access);
    lacks.iter().map(|lack| lack.capability).collect()
}

/// What a rights table says: the rights that are wanted and not had.
fn wanted(read: bool, write: bool, had: Rights) -> Vec<Capability> {
    let read = (read && !had.read).then_some(Capability::FileRead);
    let write = (write && !had.write).then_some(Capability::FileWrite);
    read.into_iter().chain(write).collect()
}

#[test]
fn opening_a_file_takes_the_rights_it_will_be_used_with() {
    for (rights, how) in RIGHTS
        .into_iter()
        .flat_map(|rights| ways().map(move |how| (rights, how)))
    {
        let mut expected = wanted(how.read, how.write || how.truncate, rights);
        if !rights.any() && expected.is_empty() {
            // Where nothing is allowed, a handle for nothing is too much.
            expected = vec![Capability::FileRead];
        }
        let place = place(Target::File(file(rights)));
        assert_eq!(
            lacked(&place, Access::Open(how)),
            expected,
            "{rights:?} {how:?}"
        );
    }
}

#[test]
fn a_gate_is_asked_about_whatever_a_call_wants_or_its_handle_may_do() {
    for (rights, how) in RIGHTS
        .into_iter()
        .flat_map(|rights| ways().map(move |how| (rights, how)))
    {
        let place = place(Target::File(file(rights)));
        let asked = Access::Open(how).asks(&place);
        let changes = how.create || how.truncate || how.write;
        let reads = how.mode(rights).read || !changes;
        assert_eq!(
            (
                asked.contains(&Capability::FileRead),
                asked.contains(&Capability::FileWrite)
            ),
            (reads, changes),
            "{rights:?} {how:?}"
        );
    }
}

#[test]
fn making_a_file_takes_the_right_to_write_it() {
    for (make, how) in RIGHTS
        .into_iter()
        .flat_map(|make| ways().map(move |how| (make, how)))
    {
        let place = place(missing(Rights::NONE, make));
        let expected = match how.create {
            true => wanted(how.read, true, make),
            // That there is nothing may be known to those who may do anything here.
            false if make.any() => vec![],
            false if how.read || !how.changes() => wanted(true, how.write || how.truncate, make),
            false => wanted(false, true, make),
        };
        assert_eq!(
            lacked(&place, Access::Open(how)),
            expected,
            "{make:?} {how:?}"
        );
    }
}

#[test]
fn that_nothing_is_there_is_known_to_those_who_may_do_anything_in_the_folder() {
    let how = How {
        read: true,
        ..How::default()
    };
    for (rights, make) in RIGHTS
        .into_iter()
        .flat_map(|rights| RIGHTS.map(|make| (rights, make)))
    {
        let place = place(missing(rights, make));
        let known = rights.any() || make.any();
        assert_eq!(
            lacked(&place, Access::Open(how)).is_empty(),
            known,
            "{rights:?} {make:?}"
        );
        assert_eq!(
            lacked(&place, Access::List).is_empty(),
            known,
            "{rights:?} {make:?}"
        );
    }
}

#[test]
fn what_is_there_is_looked_at_by_those_who_may_do_anything_with_it() {
    for rights in RIGHTS {
        let any = rights.any();
        for target in [Target::File(file(rights)), folder(rights)] {
            let place = place(target);
            assert_eq!(lacked(&place, Access::Stat).is_empty(), any, "{rights:?}");
            assert_eq!(lacked(&place, Access::Make).is_empty(), any, "{rights:?}");
            let opened = lacked(&place, Access::Open(How::default()));
            assert_eq!(opened.is_empty(), any, "{rights:?}");
        }
    }
}

#[test]
fn each_call_takes_its_right() {
    for rights in RIGHTS {
        for (place, access, has) in [
            (
                place(Target::File(file(rights))),
                Access::ReadLink,
                rights.read,
            ),
            (place(folder(rights)), Access::List, rights.read),
            (
                place(Target::File(file(rights))),
                Access::Touch,
                rights.write,
            ),
            (place(folder(rights)), Access::Touch, rights.write),
            (
                place(missing(Rights::NONE, rights)),
                Access::Make,
                rights.write,
            ),
            (
                place(Target::File(file(rights))),
                Access::Change,
                rights.write,
            ),
            (
                place(missing(rights, Rights::NONE)),
                Access::Change,
                rights.write,
            ),
            (
                place(missing(Rights::NONE, rights)),
                Access::Change,
                rights.write,
            ),
        ] {
            assert_eq!(place.lacks(access).is_empty(), has, "{access:?} {place:?}");
        }
    }
}

#[test]
fn granted_names_are_listed_and_not_what_the_host_has_beside_them() {
    let between = place(names(&["a"]));
    for access in [
        Access::Stat,
        Access::ReadLink,
        Access::List,
        Access::Make,
        Access::Open(How::default()),
    ] {
        assert_eq!(between.lacks(access), [], "{access:?}");
    }
    for access in [Access::Touch, Access::Change] {
        assert_eq!(between.lacks(access).len(), 1, "{access:?}");
    }
    assert_eq!(place(names(&[])).lacks(Access::List), [Lack::read("d/f")]);
}

#[test]
fn what_is_closed_is_looked_at_and_nothing_else() {
    let place = place(Target::Closed(closed(Rights::BOTH)));
    assert_eq!(place.lacks(Access::Stat), []);
    let create = How {
        create: true,
        write: true,
        ..How::default()
    };
    for access in [
        Access::ReadLink,
        Access::List,
        Access::Open(How::default()),
        Access::Open(create),
        Access::Make,
        Access::Touch,
        Access::Change,
    ] {
        let lacks = place.lacks(access);
        assert_eq!(lacks.len(), 1, "{access:?}");
        assert_eq!(lacks[0].why, Some(Why::OtherMount), "{access:?}");
    }
    let lacks = super::Place {
        target: Target::Closed(closed(Rights::NONE)),
        ..place
    };
    assert_eq!(lacks.lacks(Access::Stat), [Lack::read("d/f")]);
}

#[test]
fn something_new_beside_what_is_closed_is_made_in_the_other_folder() {
    let place = place(Target::Missing {
        spot: spot(Rights::BOTH, Rights::BOTH),
        slow: false,
        closed: Some(closed(Rights::BOTH)),
    });
    let open = |create| {
        Access::Open(How {
            create,
            read: true,
            ..How::default()
        })
    };
    for access in [Access::Stat, open(true), Access::Make, Access::Change] {
        assert_eq!(place.lacks(access), [], "{access:?}");
    }
    for access in [Access::ReadLink, Access::List, open(false), Access::Touch] {
        let lacks = place.lacks(access);
        assert_eq!(lacks.len(), 1, "{access:?}");
        assert_eq!(lacks[0].why, Some(Why::OtherMount), "{access:?}");
    }
}

#[test]
fn the_gate_is_asked_about_writing_where_something_can_change() {
    for how in ways() {
        let changes = how.create || how.truncate || how.write;
        let expected = if changes {
            Capability::FileWrite
        } else {
            Capability::FileRead
        };
        assert_eq!(Access::Open(how).capability(), expected, "{how:?}");
    }
    for access in [Access::Stat, Access::ReadLink, Access::List] {
        assert_eq!(access.capability(), Capability::FileRead, "{access:?}");
    }
    for access in [Access::Make, Access::Touch, Access::Change] {
        assert_eq!(access.capability(), Capability::FileWrite, "{access:?}");
    }
}

#[test]
fn a_refusal_says_why_unless_nobody_granted_it() {
    let refused = |why| Refusal {
        name: String::from("d/f"),
        why,
    };
    let lack = Lack::refused(&refused(Why::NotGranted), Access::Stat);
    assert_eq!((lack.name.as_str(), lack.why), ("d/f", None));
    let lack = Lack::refused(&refused(Why::Kernel), Access::Change);
    assert_eq!((lack.name.as_str(), lack.why), ("d", Some(Why::Kernel)));
}

#[test]
fn who_lacks_the_folder_of_a_link_says_which_link() {
    let refusal = Refusal {
        name: String::from("d/f"),
        why: Why::NotGranted,
    };
    let file = place(Target::File(file(Rights::NONE)));
    let lacks = |access| [file.lacks(access), vec![Lack::refused(&refusal, access)]].concat();
    for lack in lacks(Access::ReadLink) {
        assert_eq!((&*lack.name, lack.entry.as_deref()), ("d", Some("d/f")));
    }
    // Two of these in one folder lack the same.
    for access in [Access::Change, Access::Move] {
        assert_eq!(
            lacks(access),
            [Lack::write("d"), Lack::write("d")],
            "{access:?}"
        );
    }
}

#[test]
fn nothing_has_more_rights_in_its_new_place_than_in_the_old_one() {
    for (from, to) in RIGHTS
        .into_iter()
        .flat_map(|from| RIGHTS.map(|to| (from, to)))
    {
        let lacks = place(Target::File(file(from))).lacks_to_become(&place(missing(to, to)));
        let lacks: Vec<_> = lacks.iter().map(|lack| lack.capability).collect();
        assert_eq!(lacks, wanted(to.read, to.write, from), "{from:?} {to:?}");
    }
    let nowhere = place(names(&["a"])).lacks_to_become(&place(missing(Rights::BOTH, Rights::BOTH)));
    assert_eq!(nowhere, [Lack::write("d")]);
}
