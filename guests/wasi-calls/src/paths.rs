//! The functions on paths: each with every sort of path.

use wasi::wasi_snapshot_preview1 as raw;

use crate::ground::{
    CLOSED, CREATE, DIRECTORY, EXCLUSIVE, FOLLOW, Opening, Place, READ, TRUNCATE, WRITE, folder,
    open,
};
use crate::{done, tell};

/// Every sort of path, with its name.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let named = [
        ("missing", "nowhere"),
        ("below what is missing", "nowhere/x"),
        ("file", "file"),
        ("folder", "dir"),
        ("full folder", "full"),
        ("file in a folder", "full/inner"),
        ("below a file", "file/x"),
        ("file and a slash", "file/"),
        ("folder and a slash", "dir/"),
        ("missing and a slash", "nowhere/"),
        ("two slashes", "full//inner"),
        ("dot between", "full/./inner"),
        ("empty", ""),
        ("dot", "."),
        ("slash", "/"),
        ("climbing out", "../outside"),
        ("climbing back", "full/../file"),
        ("climbing from what is missing", "nowhere/../file"),
        ("climbing to the folder", "full/.."),
        ("absolute", "/w/file"),
        ("link", "link"),
        ("link and a slash", "link/"),
        ("link to a folder", "dirlink"),
        ("link to a folder and a slash", "dirlink/"),
        ("through a link", "dirlink/inner"),
        ("dangling link", "dangling"),
        ("loop", "loop"),
        ("through a loop", "loop/x"),
        ("link that leads out", "out"),
        ("link up", "full/up"),
        ("absolute link", "abs"),
        ("zero byte", "a\0b"),
    ];
    let mut all: Vec<_> = named
        .into_iter()
        .map(|(name, path)| (name, path.as_bytes().to_vec()))
        .collect();
    all.push(("long name", vec![b'x'; 256]));
    all.push(("long path", b"full/../".repeat(1_000)));
    all.push(("not Unicode", vec![b'a', 0xff]));
    all
}

fn at(path: &[u8]) -> (i32, i32) {
    (path.as_ptr() as i32, path.len() as i32)
}

/// Tells what `call` answers for each sort of path in the folder, and for one path in what is no folder.
fn each(call: impl Fn(&str, i32, &[u8])) {
    for (case, path) in all() {
        call(case, folder(), &path);
    }
    for (case, fd) in [
        ("in what is closed", CLOSED),
        ("in a standard stream", 0),
        ("in a file", open("other", READ)),
    ] {
        call(case, fd, b"x");
    }
}

pub(crate) fn run(function: &str) -> bool {
    match function {
        "path_open" => opening(),
        "path_filestat_get" => stat(),
        "path_filestat_set_times" => set_times(),
        "path_create_directory" => each(|case, fd, path| {
            let (start, length) = at(path);
            done(case, unsafe {
                raw::path_create_directory(fd, start, length)
            });
        }),
        "path_remove_directory" => each(|case, fd, path| {
            let (start, length) = at(path);
            done(case, unsafe {
                raw::path_remove_directory(fd, start, length)
            });
        }),
        "path_unlink_file" => each(|case, fd, path| {
            let (start, length) = at(path);
            done(case, unsafe { raw::path_unlink_file(fd, start, length) });
        }),
        "path_readlink" => readlink(),
        "path_link" => link(),
        "path_rename" => rename(),
        "path_symlink" => symlink(),
        _ => return false,
    }
    true
}

fn opening() {
    let one = |case: &str, opening: Opening, fd, path: &[u8]| {
        let opened = opening.at(fd, path);
        done(case, opened.err().unwrap_or(0));
        if let Ok(fd) = opened {
            unsafe { raw::fd_close(fd) };
        }
    };
    each(|case, fd, path| one(&format!("to read: {case}"), Opening::to(READ), fd, path));
    each(|case, fd, path| one(&format!("for nothing: {case}"), Opening::to(0), fd, path));
    each(|case, fd, path| {
        let opening = Opening {
            follow: 0,
            ..Opening::to(READ)
        };
        one(&format!("without following: {case}"), opening, fd, path);
    });
    each(|case, fd, path| {
        let opening = Opening {
            how: DIRECTORY,
            ..Opening::to(READ)
        };
        one(&format!("a folder: {case}"), opening, fd, path);
    });
    each(|case, fd, path| one(&format!("to write: {case}"), Opening::to(WRITE), fd, path));
    for (name, how) in [
        ("exclusive", EXCLUSIVE),
        ("new", CREATE | EXCLUSIVE),
        ("created", CREATE),
        ("emptied", TRUNCATE),
        ("a created folder", CREATE | DIRECTORY),
        ("an emptied folder", TRUNCATE | DIRECTORY),
    ] {
        each(|case, fd, path| {
            let opening = Opening {
                how,
                ..Opening::to(READ | WRITE)
            };
            one(&format!("{name}: {case}"), opening, fd, path);
        });
    }
    for (name, flags) in [
        ("append", 1),
        ("dsync", 2),
        ("nonblock", 4),
        ("rsync", 8),
        ("sync", 16),
    ] {
        let opening = Opening {
            flags,
            ..Opening::to(READ | WRITE)
        };
        one(name, opening, folder(), b"other");
    }
    let emptied = Opening {
        how: TRUNCATE,
        ..Opening::to(READ)
    };
    one("emptied to read", emptied, folder(), b"other");
    let created = Opening {
        how: CREATE,
        ..Opening::to(READ)
    };
    one("created to read", created, folder(), b"created");
}

fn stat() {
    for (name, follow) in [("followed", FOLLOW), ("itself", 0)] {
        each(|case, fd, path| {
            let (start, length) = at(path);
            let mut seen = Place::<64>::new();
            let errno = unsafe { raw::path_filestat_get(fd, follow, start, length, seen.at()) };
            let kind = seen.0[16];
            // The length of a folder is its file system's affair.
            let size = if kind == 3 { 0 } else { seen.u64(32) };
            tell(
                &format!("{name}: {case}"),
                errno,
                format!("kind {kind}, {size} bytes"),
            );
        });
    }
}

fn set_times() {
    for (name, follow) in [("followed", FOLLOW), ("itself", 0)] {
        each(|case, fd, path| {
            let (start, length) = at(path);
            let second = 1_000_000_000;
            let errno = unsafe {
                raw::path_filestat_set_times(fd, follow, start, length, second, 2 * second, 1 | 4)
            };
            done(&format!("{name}: {case}"), errno);
        });
    }
    for flags in 0..16 {
        let (start, length) = at(b"other");
        let errno =
            unsafe { raw::path_filestat_set_times(folder(), 0, start, length, 5, 7, flags) };
        done(&format!("flags {flags}"), errno);
    }
    let (start, length) = at(b"other");
    let errno = unsafe { raw::path_filestat_set_times(folder(), 0, start, length, -1, -1, 1 | 4) };
    done("the last time there is", errno);
}

fn readlink() {
    each(|case, fd, path| {
        let (start, length) = at(path);
        let (mut link, mut used) = (Place::<64>::new(), Place::<4>::new());
        let errno = unsafe { raw::path_readlink(fd, start, length, link.at(), 64, used.at()) };
        let text = link.0.get(..used.u32(0) as usize).unwrap_or_default();
        tell(case, errno, String::from_utf8_lossy(text));
    });
    for room in [0, 2] {
        let (start, length) = at(b"link");
        let (mut link, mut used) = (Place::<64>::new(), Place::<4>::new());
        let errno =
            unsafe { raw::path_readlink(folder(), start, length, link.at(), room, used.at()) };
        tell(&format!("room for {room}"), errno, used.u32(0));
    }
}

fn link() {
    let to = |case: &str, follow, from: (i32, &[u8]), to: (i32, &[u8])| {
        let (start, length) = at(from.1);
        let (new, room) = at(to.1);
        done(case, unsafe {
            raw::path_link(from.0, follow, start, length, to.0, new, room)
        });
    };
    let mut count = 0;
    for (case, path) in all() {
        count += 1;
        let name = format!("linked{count}");
        to(
            &format!("from: {case}"),
            0,
            (folder(), &path),
            (folder(), name.as_bytes()),
        );
    }
    each(|case, fd, path| to(&format!("to: {case}"), 0, (folder(), b"other"), (fd, path)));
    to(
        "followed",
        FOLLOW,
        (folder(), b"link"),
        (folder(), b"followed"),
    );
    to(
        "from what is closed",
        0,
        (CLOSED, b"other"),
        (folder(), b"n"),
    );
    to("onto itself", 0, (folder(), b"other"), (folder(), b"other"));
}

fn rename() {
    let to = |case: &str, from: (i32, &[u8]), to: (i32, &[u8])| {
        let (start, length) = at(from.1);
        let (new, room) = at(to.1);
        done(case, unsafe {
            raw::path_rename(from.0, start, length, to.0, new, room)
        });
    };
    let file = |name: &str| {
        drop(std::fs::write(format!("/w/{name}"), name));
    };
    each(|case, fd, path| {
        file("moved");
        to(&format!("to: {case}"), (folder(), b"moved"), (fd, path));
        drop(std::fs::remove_file("/w/moved"));
    });
    for (case, path) in [
        ("onto a file", "other"),
        ("onto an empty folder", "empty-folder"),
        ("onto a full folder", "more"),
        ("into itself", "full/full"),
        ("onto itself", "full"),
    ] {
        to(
            &format!("folder {case}"),
            (folder(), b"full"),
            (folder(), path.as_bytes()),
        );
        drop(std::fs::rename("/w/empty-folder", "/w/full"));
    }
    let mut count = 0;
    for (case, path) in all() {
        count += 1;
        let name = format!("renamed{count}");
        to(
            &format!("from: {case}"),
            (folder(), &path),
            (folder(), name.as_bytes()),
        );
    }
    to("from what is closed", (CLOSED, b"other"), (folder(), b"n"));
}

fn symlink() {
    each(|case, fd, path| {
        let ((target, many), (start, length)) = (at(b"file"), at(path));
        done(&format!("at: {case}"), unsafe {
            raw::path_symlink(target, many, fd, start, length)
        });
    });
    let mut count = 0;
    for (case, path) in all() {
        count += 1;
        let name = format!("linked{count}");
        let ((target, many), (start, length)) = (at(&path), at(name.as_bytes()));
        done(&format!("to: {case}"), unsafe {
            raw::path_symlink(target, many, folder(), start, length)
        });
    }
}
