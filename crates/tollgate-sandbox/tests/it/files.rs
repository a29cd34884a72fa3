//! Files: what is opened decides, rights follow the descriptor, grants add up, and the disk has a limit.

use std::{os::unix::fs::symlink, path::Path};

use tollgate_sandbox::limits::{self, VIOLATIONS};
use tollgate_sandbox::{Execution, Failure, LimitKind, PathGrant};

use crate::puppet::{Puppet, errno, flag};

/// Grants as the command line has them: `r` reads, `w` writes; the guest's name is the host's below `root`.
fn granted(root: &Path, grants: &[(&str, &str)]) -> impl FnOnce(&mut Execution) {
    let grants: Vec<_> = grants
        .iter()
        .map(|(rights, name)| {
            let host = root.join(name);
            (
                rights.to_string(),
                PathGrant::mapped(host, format!("/{name}")),
            )
        })
        .collect();
    move |execution| {
        for (rights, grant) in grants {
            if rights.contains('r') {
                execution.grant.read.push(grant.clone());
            }
            if rights.contains('w') {
                execution.grant.write.push(grant);
            }
        }
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in [
        ("w/secret", "secret"),
        ("w/public", "public"),
        ("w/out/a", "a"),
        ("r/file", "file"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

#[test]
fn grants_add_up_and_the_narrower_hides_nothing() {
    let folder = folder();
    for grants in [
        [("r", "w"), ("w", "w/out")],
        [("w", "w/out"), ("r", "w")],
        [("r", ""), ("w", "w/out")],
    ] {
        let mut guest = Puppet::new(granted(folder.path(), &grants));
        let root = guest.folder("/");
        assert_eq!(guest.content(root, "w/out/a").unwrap(), "a", "{grants:?}");
        assert_eq!(guest.content(root, "w/secret").unwrap(), "secret");
        assert_eq!(guest.put_file(root, "w/out/new", "x"), Ok(()));
        assert_eq!(guest.put_file(root, "w/new", "x"), Err(errno::PERM));
        // Through the folder of the narrower grant it is the same.
        let out = guest.folder("/w/out");
        assert_eq!(guest.content(out, "new").unwrap(), "x");
        std::fs::remove_file(folder.path().join("w/out/new")).unwrap();
    }
}

#[test]
fn one_file_can_be_read_and_written() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("rw", "w/secret")]));
    let w = guest.folder("/w");
    let file = guest
        .open(w, "secret", 0, flag::READ | flag::WRITE)
        .unwrap();
    assert_eq!(guest.read(file).unwrap(), b"secret");
    assert_eq!(guest.write(file, b"!"), Ok(1));
    assert_eq!(guest.content(w, "secret").unwrap(), "secret!");
    assert_eq!(guest.content(w, "public"), Err(errno::NOTCAPABLE));
    assert_eq!(guest.unlink(w, "secret"), Err(errno::NOTCAPABLE));
    assert_eq!(guest.names(w, 4096).unwrap(), [".", "..", "secret"]);
}

#[test]
fn a_mapped_folder_is_writable_by_a_grant_of_its_host_folder() {
    let folder = folder();
    let mut guest = Puppet::new(|execution| {
        let w = folder.path().join("w");
        execution.grant.read.push(PathGrant::mapped(&w, "/m"));
        execution.grant.write.push(PathGrant::mapped(&w, "w"));
    });
    assert_eq!(guest.folders(), ["/m", "w", "/"]);
    let m = guest.folder("/m");
    assert_eq!(guest.content(m, "secret").unwrap(), "secret");
    assert_eq!(guest.put_file(m, "new", "x"), Ok(()));
    let w = guest.folder("w");
    assert_eq!(guest.content(w, "new").unwrap(), "x");
}

#[test]
fn the_same_name_with_and_without_a_slash_is_one_folder() {
    let folder = folder();
    let mut guest = Puppet::new(|execution| {
        let w = folder.path().join("w");
        execution.grant.read.push(PathGrant::mapped(&w, "/w"));
        execution.grant.write.push(PathGrant::mapped(&w, "w"));
    });
    assert_eq!(guest.folders(), ["/w", "/"]);
    assert_eq!(guest.content(3, "secret").unwrap(), "secret");
    assert_eq!(guest.put_file(3, "new", "x"), Ok(()));
}

#[test]
fn the_root_lists_what_is_granted() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("r", "w/out"), ("r", "r")]));
    let root = guest.folder("/");
    assert_eq!(guest.names(root, 4096).unwrap(), [".", "..", "r", "w"]);
    let w = guest.open(root, "w", flag::DIRECTORY, 0).unwrap();
    assert_eq!(guest.names(w, 4096).unwrap(), [".", "..", "out"]);
    assert_eq!(guest.content(w, "out/a").unwrap(), "a");
    assert_eq!(guest.content(w, "secret"), Err(errno::NOTCAPABLE));
    assert_eq!(guest.mkdir(root, "w"), Err(errno::EXIST));
    assert_eq!(guest.mkdir(root, "new"), Err(errno::NOTCAPABLE));
}

#[test]
fn the_root_of_a_guest_without_grants_says_what_to_ask_for() {
    let mut guest = Puppet::new(|_| {});
    assert_eq!(guest.folders(), ["/"]);
    assert_eq!(guest.names(3, 4096), Err(errno::NOTCAPABLE));
    assert_eq!(guest.needs(), ["file-read of `/`"]);
}

#[test]
fn relative_and_absolute_names_work_together() {
    let folder = folder();
    let mut guest = Puppet::new(|execution| {
        let read = &mut execution.grant.read;
        read.push(PathGrant::mapped(folder.path().join("r"), "/"));
        read.push(PathGrant::mapped(folder.path().join("w"), "."));
    });
    assert_eq!(guest.folders(), ["/"]);
    assert_eq!(guest.content(3, "file").unwrap(), "file");
    assert_eq!(guest.content(3, "secret").unwrap(), "secret");
    let names = guest.names(3, 4096).unwrap();
    assert_eq!(names, [".", "..", "file", "out", "public", "secret"]);
}

#[test]
fn a_file_that_is_not_there_yet_can_be_granted_for_writing() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("w", "w/new"), ("w", "w/tree")]));
    let w = guest.folder("/w");
    assert_eq!(guest.names(w, 4096).unwrap(), [".", ".."]);
    assert_eq!(guest.put_file(w, "new", "text"), Ok(()));
    assert_eq!(guest.put_file(w, "new", "more"), Ok(()));
    assert_eq!(guest.content(w, "new"), Err(errno::NOTCAPABLE));
    assert_eq!(guest.mkdir(w, "tree/deep"), Err(errno::NOENT));
    assert_eq!(guest.mkdir(w, "tree"), Ok(()));
    assert_eq!(guest.mkdir(w, "tree/deep"), Ok(()));
    assert_eq!(guest.put_file(w, "other", "x"), Err(errno::NOTCAPABLE));
    assert_eq!(
        std::fs::read_to_string(folder.path().join("w/new")).unwrap(),
        "more"
    );
    let error = Puppet::try_new(granted(folder.path(), &[("r", "w/none")])).err();
    assert!(
        matches!(error, Some(Failure::GrantUnusable { .. })),
        "{error:?}"
    );
}

#[test]
fn what_may_only_be_written_cannot_be_read_however_it_is_opened() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("w", "w")]));
    let w = guest.folder("/w");
    for flags in [0, flag::CREAT] {
        for rights in [0, flag::WRITE] {
            let file = guest.open(w, "secret", flags, rights).unwrap();
            assert_eq!(guest.read(file), Err(errno::BADF), "{flags} {rights}");
            assert_eq!(guest.read_at(file, 0), Err(errno::BADF));
        }
        let read = guest.open(w, "secret", flags, flag::READ);
        assert_eq!(read, Err(errno::NOTCAPABLE));
    }
    assert!(guest.stat(w, 1, "secret").is_ok());
    assert_eq!(guest.names(w, 4096), Err(errno::NOTCAPABLE));
}

#[test]
fn what_may_only_be_written_is_not_moved_or_linked_to_where_it_can_be_read() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("w", "w"), ("rw", "r")]));
    let (w, r) = (guest.folder("/w"), guest.folder("/r"));
    let refused = Err(errno::NOTCAPABLE);
    assert_eq!(guest.rename((w, "secret"), (r, "stolen")), refused);
    assert_eq!(guest.rename((w, "out"), (r, "stolen")), refused);
    assert_eq!(guest.link((w, "secret"), (r, "stolen")), refused);
    // Once for moving and once for linking.
    assert_eq!(guest.needs(), ["file-read of `/w`"; 2]);
    assert_eq!(guest.rename((r, "file"), (w, "file")), Ok(()));
    assert_eq!(guest.rename((w, "secret"), (w, "other")), Ok(()));
    assert_eq!(guest.link((w, "other"), (w, "second")), Ok(()));
}

#[test]
fn what_may_only_be_read_is_not_linked_to_where_it_can_be_written() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("rw", "w"), ("r", "r")]));
    let (w, r) = (guest.folder("/w"), guest.folder("/r"));
    assert_eq!(guest.link((r, "file"), (w, "file")), Err(errno::NOTCAPABLE));
    assert_eq!(guest.needs(), ["file-write of `/r`"]);
    assert_eq!(guest.rename((r, "file"), (w, "file")), Err(errno::PERM));
}

#[test]
fn a_link_in_the_place_of_a_granted_file_is_not_that_file() {
    let folder = folder();
    let grants = [("w", "w"), ("r", "w/public")];
    let mut guest = Puppet::new(granted(folder.path(), &grants));
    let w = guest.folder("/w");
    assert_eq!(guest.content(w, "public").unwrap(), "public");
    assert_eq!(guest.rename((w, "public"), (w, "saved")), Ok(()));
    assert_eq!(guest.symlink("secret", w, "public"), Ok(()));
    assert_eq!(guest.content(w, "public"), Err(errno::NOTCAPABLE));
    let root = guest.folder("/");
    assert_eq!(guest.content(root, "w/public"), Err(errno::NOTCAPABLE));
    // The file itself is what was granted, whatever it is called now.
    assert_eq!(guest.content(w, "saved").unwrap(), "public");
}

#[test]
fn through_a_link_there_are_only_the_rights_of_the_place_it_stands_in() {
    let folder = folder();
    let grants = [("r", ""), ("rw", "w/out")];
    let mut guest = Puppet::new(granted(folder.path(), &grants));
    let root = guest.folder("/");
    symlink("out/a", folder.path().join("w/to-out")).unwrap();
    assert_eq!(guest.content(root, "w/to-out").unwrap(), "a");
    let write = guest.open(root, "w/to-out", 0, flag::WRITE);
    assert_eq!(write, Err(errno::PERM));
    assert!(guest.open(root, "w/out/a", 0, flag::WRITE).is_ok());
    // What a guest plants where it may only write opens nothing for itself or others.
    let mut writer = Puppet::new(granted(folder.path(), &[("w", "w/out"), ("r", "w")]));
    let out = writer.folder("/w/out");
    assert_eq!(writer.symlink("../secret", out, "link"), Ok(()));
    assert_eq!(writer.content(out, "link").unwrap(), "secret");
    let mut other = Puppet::new(granted(folder.path(), &[("r", "w/out")]));
    let out = other.folder("/w/out");
    assert_eq!(other.content(out, "link"), Err(errno::PERM));
}

#[test]
fn a_refused_link_is_in_the_report() {
    let folder = folder();
    symlink("/etc/passwd", folder.path().join("r/away")).unwrap();
    symlink("../w/secret", folder.path().join("r/up")).unwrap();
    let mut guest = Puppet::new(granted(folder.path(), &[("r", "r")]));
    let r = guest.folder("/r");
    for (name, target) in [("away", "/etc/passwd"), ("up", "../w/secret")] {
        assert_eq!(guest.content(r, name), Err(errno::PERM));
        let violations = guest.violations();
        assert_eq!(violations.len(), 1);
        assert!(
            violations[0].contains(&format!(
                "`/r/{name}` (a symbolic link to `{target}`, out of what"
            )),
            "{violations:?}"
        );
        assert_eq!(guest.readlink(r, name).unwrap(), target);
    }
}

#[test]
fn denied_attempts_beyond_those_listed_are_counted() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("r", "r")]));
    let r = guest.folder("/r");
    // One that is listed counts once, however often it is made.
    for number in (0..VIOLATIONS + 5).chain([0, 1]) {
        assert!(guest.mkdir(r, &format!("new-{number}")).is_err());
    }
    assert_eq!(guest.attempts(), (VIOLATIONS, 5));
}

#[test]
fn no_name_leads_to_the_kernels_file_systems() {
    let folder = tempfile::tempdir().unwrap();
    symlink("/proc/self/environ", folder.path().join("link")).unwrap();
    let here = folder
        .path()
        .to_str()
        .unwrap()
        .trim_start_matches('/')
        .to_owned();
    for everything in [
        PathGrant::mapped("/", "/"),
        PathGrant::mapped("/", "/").across_mounts(),
    ] {
        let mut guest = Puppet::new(|execution| {
            execution.grant.read.push(everything.clone());
            execution.grant.write.push(everything.clone());
        });
        assert!(guest.content(3, "etc/hostname").is_ok());
        for path in [
            "proc/self/environ",
            "./proc/../proc/self/mem",
            "proc/1/root/etc/hostname",
            "dev/null",
            "sys/kernel",
            "etc/../proc/version",
            &format!("{here}/link"),
        ] {
            let read = guest.open(3, path, 0, flag::READ);
            assert!(
                matches!(read, Err(errno::NOTCAPABLE | errno::PERM)),
                "{path}: {read:?}"
            );
            assert_eq!(guest.violations().len(), 1, "{path}");
        }
        // Links that the check and the opening would count differently, and handles with names that lie.
        assert_eq!(guest.symlink("../..", 3, &format!("{here}/up")), Ok(()));
        let hops = "up/../".repeat(30);
        let deep = guest.open(3, &format!("{here}/{hops}up"), flag::DIRECTORY, 0);
        if let Ok(deep) = deep {
            for depth in 0..4 {
                let path = format!("{}proc/self/environ", "../".repeat(depth));
                assert!(guest.content(deep, &path).is_err());
            }
        }
        assert_eq!(guest.unlink(3, &format!("{here}/up")), Ok(()));
    }
    let mut named = Puppet::new(|execution| {
        execution.grant.read.push(PathGrant::same("/proc/self"));
    });
    assert!(named.content(3, "status").is_ok());
    assert!(named.content(3, "root/etc/hostname").is_err());
    assert!(named.content(3, "cwd/Cargo.toml").is_err());
}

#[test]
fn a_lookup_that_cannot_be_completed_is_refused() {
    let folder = folder();
    let r = folder.path().join("w");
    symlink("loop", r.join("loop")).unwrap();
    symlink("nowhere", r.join("dangling")).unwrap();
    symlink(".", r.join("here")).unwrap();
    let mut guest = Puppet::new(granted(folder.path(), &[("rw", "w")]));
    let w = guest.folder("/w");
    assert_eq!(guest.content(w, "loop"), Err(errno::LOOP));
    assert_eq!(guest.content(w, "dangling"), Err(errno::NOENT));
    let made = guest.put_file(w, "dangling", "x");
    assert_eq!(made, Err(errno::NOENT));
    assert!(!r.join("nowhere").exists());
    assert_eq!(guest.content(w, "here/here/secret").unwrap(), "secret");
    let far = format!("{}secret", "here/".repeat(41));
    assert_eq!(guest.content(w, &far), Err(errno::LOOP));
    for path in ["..", "../r/file", "out/../../r/file", "/etc/passwd"] {
        assert_eq!(guest.content(w, path), Err(errno::PERM), "{path}");
    }
    for (path, number) in [
        ("", errno::NOENT),
        ("a\0b", errno::INVAL),
        ("secret/", errno::NOTDIR),
        ("secret/x", errno::NOTDIR),
    ] {
        assert_eq!(guest.content(w, path), Err(number), "{path:?}");
    }
    assert_eq!(guest.stat(w, 0, "here").unwrap().0, 7);
    assert_eq!(guest.stat(w, 0, "here/").unwrap().0, 3);
    assert_eq!(guest.open(w, "out", 0, flag::WRITE), Err(errno::ISDIR));
    assert_eq!(
        guest.open(w, "secret", flag::CREAT | flag::EXCL, flag::WRITE),
        Err(errno::EXIST)
    );
}

#[test]
fn what_is_mounted_in_a_folder_is_seen_and_not_entered() {
    let mut guest = Puppet::new(|execution| {
        execution.grant.read.push(PathGrant::mapped("/", "/"));
    });
    let names = guest.names(3, 4096).unwrap();
    assert!(names.iter().any(|name| name == "proc"), "{names:?}");
    assert_eq!(guest.stat(3, 1, "proc"), Ok((3, 0)));
    assert_eq!(guest.violations(), Vec::<String>::new());
    assert_eq!(
        guest.open(3, "proc", flag::DIRECTORY, 0),
        Err(errno::NOTCAPABLE)
    );
    assert_eq!(guest.stat(3, 1, "proc/1"), Err(errno::NOTCAPABLE));
}

#[test]
fn a_granted_folder_inside_another_can_be_removed_through_it() {
    let folder = folder();
    let grants = [("r", "w/out"), ("w", "w/out"), ("w", "w")];
    let mut guest = Puppet::new(granted(folder.path(), &grants));
    let out = guest.folder("/w/out");
    assert_eq!(guest.unlink(out, "a"), Ok(()));
    // This is how programs name a folder that was open from the start.
    assert_eq!(guest.rmdir(out, "."), Ok(()));
    assert!(!folder.path().join("w/out").exists());
}

#[test]
fn a_handle_leads_where_it_was_opened_whatever_names_become() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("rw", "w")]));
    let w = guest.folder("/w");
    let out = guest.open(w, "out", flag::DIRECTORY, 0).unwrap();
    std::fs::rename(folder.path().join("w/out"), folder.path().join("moved")).unwrap();
    symlink("../r", folder.path().join("w/out")).unwrap();
    assert_eq!(guest.content(out, "a").unwrap(), "a");
    assert_eq!(guest.content(out, "../secret"), Err(errno::PERM));
    assert_eq!(guest.content(w, "out/file"), Err(errno::PERM));
}

#[test]
fn pipes_and_devices_do_not_keep_anybody_waiting() {
    let folder = folder();
    let pipe = folder.path().join("r/pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    let mut guest = Puppet::new(granted(folder.path(), &[("rw", "r")]));
    let r = guest.folder("/r");
    for rights in [flag::READ, flag::WRITE, flag::READ | flag::WRITE, 0] {
        let open = guest.open(r, "pipe", 0, rights);
        assert_eq!(open, Err(errno::NOTCAPABLE), "{rights}");
    }
    let violations = guest.violations();
    assert!(violations[0].contains("(a pipe"), "{violations:?}");
    assert!(guest.stat(r, 0, "pipe").is_ok());
    // Named exactly it is opened, and read without waiting.
    let mut named = Puppet::new(granted(folder.path(), &[("r", "r/pipe")]));
    let r = named.folder("/r");
    assert_eq!(named.content(r, "pipe").unwrap(), "");
}

#[test]
fn the_disk_has_a_limit_of_bytes_holes_included() {
    let folder = folder();
    let limited = |execution: &mut Execution| {
        granted(folder.path(), &[("rw", "w")])(execution);
        execution.limits.disk_bytes = 1_000;
    };
    // The file and its name count as well.
    let new = i64::try_from(limits::DISK_ENTRY_BYTES).unwrap() + 3;
    let limit = |failure: Failure| match failure {
        Failure::LimitExceeded(exceeded) => (exceeded.limit, exceeded.value),
        other => panic!("{other}"),
    };
    let mut guest = Puppet::new(limited);
    let w = guest.folder("/w");
    let file = guest.open(w, "new", flag::CREAT, flag::WRITE).unwrap();
    assert_eq!(guest.try_write(file, &[1; 600], 0).unwrap(), 0);
    assert_eq!(guest.set_size(file, 1_000 - new), Ok(()));
    let more = guest.try_write(file, b"x", 0).unwrap_err();
    assert_eq!(limit(more), (LimitKind::Disk, 1_000));

    let mut sparse = Puppet::new(limited);
    let w = sparse.folder("/w");
    let file = sparse.open(w, "sparse", flag::CREAT, flag::WRITE).unwrap();
    let hole = sparse.try_write(file, b"x", 1 << 40).unwrap_err();
    assert_eq!(limit(hole), (LimitKind::Disk, 1_000));
    let length = std::fs::metadata(folder.path().join("w/sparse"))
        .unwrap()
        .len();
    assert_eq!(length, 0);
}

#[test]
fn names_and_what_links_say_take_room_on_the_disk() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("rw", "w")]));
    let w = guest.folder("/w");
    let long = "n".repeat(200);
    let mut used = 0;
    let mut took = |guest: &mut Puppet| {
        let before = std::mem::replace(&mut used, guest.usage().disk_bytes);
        used - before
    };
    guest.symlink(&"t/".repeat(1_000), w, "l").unwrap();
    assert_eq!(took(&mut guest), limits::DISK_ENTRY_BYTES + 1 + 2_000);
    guest.mkdir(w, &long).unwrap();
    assert_eq!(took(&mut guest), limits::DISK_ENTRY_BYTES + 200);
    guest.put_file(w, "f", "").unwrap();
    assert_eq!(took(&mut guest), limits::DISK_ENTRY_BYTES + 1);
    guest.link((w, "f"), (w, "second")).unwrap();
    assert_eq!(took(&mut guest), limits::DISK_ENTRY_BYTES + 6);
    guest.rename((w, "f"), (w, &format!("{long}f"))).unwrap();
    assert_eq!(took(&mut guest), 201);

    let mut limited = Puppet::new(|execution| {
        granted(folder.path(), &[("rw", "w")])(execution);
        execution.limits.disk_bytes = 10 << 10;
    });
    let w = limited.folder("/w");
    let made = (0..1_000).find_map(|n| limited.try_mkdir(w, &format!("{long}{n}")).err());
    assert_eq!(made.unwrap().limit(), Some(LimitKind::Disk));
    assert!(limited.usage().disk_files < 30);
}

#[test]
fn all_names_of_a_path_are_paid_before_it_is_walked() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("rw", "w")]));
    let w = guest.folder("/w");
    let mut price = |path: &str| {
        let before = guest.usage().gas_host;
        assert_eq!(guest.stat(w, 0, path), Err(errno::NOENT), "{path}");
        guest.usage().gas_host - before
    };
    let one = price("missing");
    let many = price(&"missing/../".repeat(300));
    assert_eq!(many - one, 599 * 500);

    let mut poor = Puppet::new(|execution| {
        granted(folder.path(), &[("rw", "w")])(execution);
        execution.limits.gas = 100_000;
    });
    let w = poor.folder("/w");
    let failure = poor.try_stat(w, &"missing/../".repeat(300)).unwrap_err();
    assert_eq!(failure.limit(), Some(LimitKind::Gas));
}

#[test]
fn what_a_call_names_is_paid_by_number_before_it_is_done() {
    let folder = folder();
    let open = |guest: &mut Puppet| {
        let w = guest.folder("/w");
        let rights = flag::READ | flag::WRITE;
        guest.open(w, "new", flag::CREAT, rights).unwrap()
    };
    // Memory is empty at these places: clocks that are due, and buffers of no length.
    let calls = [
        ("poll_oneoff", None, 340_000, 4_096),
        ("fd_write", Some(()), 140_000, 1_024),
        ("fd_read", Some(()), 140_000, 1_024),
    ];
    // A guest for each, which ends before its engine has it give way: that is a call of the host as well.
    for (name, of_file, second, most) in calls {
        let mut guest = Puppet::new(granted(folder.path(), &[("rw", "w")]));
        let first = of_file.map_or(140_000, |()| open(&mut guest));
        let mut price = |count: i32| {
            let before = guest.usage().gas_host;
            let args = [first, second, count, 0].map(tollgate_sandbox::Value::I32);
            assert_eq!(guest.raw(name, &args).unwrap(), 0, "{name}");
            guest.usage().gas_host - before
        };
        let one = price(1);
        assert_eq!(price(101) - one, 100 * 500, "{name}");
        assert_eq!(price(most) - one, (u64::try_from(most).unwrap() - 1) * 500);
    }
    let mut poor = Puppet::new(|execution| execution.limits.gas = 1_000_000);
    let args = [140_000, 340_000, 4_096, 0].map(tollgate_sandbox::Value::I32);
    let failure = poor.raw("poll_oneoff", &args).unwrap_err();
    assert_eq!(failure.limit(), Some(LimitKind::Gas));
}

#[test]
fn the_number_of_files_has_a_limit() {
    let folder = folder();
    let mut guest = Puppet::new(|execution| {
        granted(folder.path(), &[("rw", "w")])(execution);
        execution.limits.disk_files = 4;
    });
    let w = guest.folder("/w");
    guest.put_file(w, "one", "").unwrap();
    guest.put_file(w, "one", "").unwrap();
    guest.mkdir(w, "two").unwrap();
    guest.symlink("one", w, "three").unwrap();
    guest.link((w, "one"), (w, "four")).unwrap();
    let failure = guest.try_mkdir(w, "five").unwrap_err();
    assert_eq!(failure.limit(), Some(LimitKind::Files));
}

#[test]
fn large_reads_and_writes_come_in_pieces() {
    let folder = folder();
    std::fs::write(folder.path().join("r/large"), vec![7; 10_000]).unwrap();
    let mut guest = Puppet::new(|execution| {
        granted(folder.path(), &[("rw", "r")])(execution);
        execution.limits.host_call_bytes = 4_096;
    });
    let r = guest.folder("/r");
    let file = guest.open(r, "large", 0, flag::READ).unwrap();
    let pieces: Vec<_> = (0..4).map(|_| guest.read(file).unwrap().len()).collect();
    assert_eq!(pieces, [4_096, 4_096, 1_808, 0]);
    let new = guest.open(r, "new", flag::CREAT, flag::WRITE).unwrap();
    assert_eq!(guest.write(new, &[1; 5_000]), Ok(4_096));
}

#[test]
fn a_listing_is_read_once_and_paid_for() {
    let folder = folder();
    for n in 0..2_000 {
        std::fs::write(folder.path().join(format!("r/name-{n:05}")), "").unwrap();
    }
    let mut guest = Puppet::new(granted(folder.path(), &[("r", "r")]));
    let r = guest.folder("/r");
    let before = guest.usage().gas_host;
    let names = guest.names(r, 100).unwrap();
    assert_eq!(names.len(), 2_003);
    let gas = guest.usage().gas_host - before;
    // Read anew for each call, it would be a thousand times that.
    assert!((1_000_000..4_000_000).contains(&gas), "{gas}");

    let mut poor = Puppet::new(|execution| {
        granted(folder.path(), &[("r", "r")])(execution);
        execution.limits.gas = 500_000;
    });
    let [fd, buffer, length, used] = [3, 65_536, 100, 0].map(tollgate_sandbox::Value::I32);
    let args = [fd, buffer, length, tollgate_sandbox::Value::I64(0), used];
    let failure = poor.raw("fd_readdir", &args).unwrap_err();
    assert_eq!(failure.limit(), Some(LimitKind::Gas));
}

#[test]
fn numbers_are_moved_with_what_is_open_at_them() {
    let folder = folder();
    let mut guest = Puppet::new(granted(folder.path(), &[("rw", "w")]));
    let w = guest.folder("/w");
    let file = guest.open(w, "secret", 0, flag::READ).unwrap();
    assert_eq!(guest.renumber(file, w), Ok(()));
    assert_eq!(guest.read(w).unwrap(), b"secret");
    assert_eq!(guest.open(w, "public", 0, flag::READ), Err(errno::NOTDIR));
    assert_eq!(guest.read(file), Err(errno::BADF));
    assert_eq!(guest.close(0), Ok(()));
    assert_eq!(guest.renumber(w, 0), Err(errno::BADF));
    assert_eq!(guest.seek(w, 2, 0), Ok(()));
    assert_eq!(guest.read(w).unwrap(), b"cret");
}

#[test]
fn a_grant_that_was_replaced_since_it_was_admitted_is_not_used() {
    let folder = folder();
    let path = folder.path().join("w");
    let mut grant = PathGrant::mapped(&path, "/w");
    grant.pin();
    let start = |grant: &PathGrant| {
        Puppet::try_new(|execution| execution.grant.read.push(grant.clone())).err()
    };
    assert!(start(&grant).is_none());
    std::fs::rename(&path, folder.path().join("kept")).unwrap();
    symlink("/etc", &path).unwrap();
    let error = start(&grant);
    assert!(
        matches!(error, Some(Failure::GrantUnusable { .. })),
        "{error:?}"
    );
}
