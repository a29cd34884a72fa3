//! The functions on what is open: each with every sort of number.

use wasi::wasi_snapshot_preview1 as raw;

use crate::ground::{CLOSED, Opening, Place, READ, WRITE, all, folder, open};
use crate::{done, tell};

fn each(call: impl Fn(&str, i32)) {
    for (case, fd) in all() {
        call(case, fd);
    }
}

/// A list with one buffer.
struct List([u32; 2]);

impl List {
    fn of(bytes: &mut [u8]) -> Self {
        Self([bytes.as_mut_ptr() as u32, bytes.len() as u32])
    }

    fn at(&self) -> i32 {
        self.0.as_ptr() as i32
    }
}

pub(crate) fn run(function: &str) -> bool {
    match function {
        "fd_advise" => advise(),
        "fd_allocate" => each(|case, fd| done(case, unsafe { raw::fd_allocate(fd, 0, 20) })),
        "fd_close" => each(|case, fd| {
            done(case, unsafe { raw::fd_close(fd) });
            // Where standard output is closed, there is nowhere to say it.
            if fd > 2 {
                done(&format!("{case} once more"), unsafe { raw::fd_close(fd) });
            }
        }),
        "fd_datasync" => each(|case, fd| done(case, unsafe { raw::fd_datasync(fd) })),
        "fd_sync" => each(|case, fd| done(case, unsafe { raw::fd_sync(fd) })),
        "fd_fdstat_get" => fdstat(),
        "fd_fdstat_set_flags" => set_flags(),
        "fd_fdstat_set_rights" => each(|case, fd| {
            done(case, unsafe { raw::fd_fdstat_set_rights(fd, READ, READ) });
        }),
        "fd_filestat_get" => each(|case, fd| {
            let mut seen = Place::<64>::new();
            let errno = unsafe { raw::fd_filestat_get(fd, seen.at()) };
            let kind = seen.0[16];
            let size = if kind == 3 { 0 } else { seen.u64(32) };
            tell(case, errno, format!("kind {kind}, {size} bytes"));
        }),
        "fd_filestat_set_size" => set_size(),
        "fd_filestat_set_times" => set_times(),
        "fd_pread" => pread(),
        "fd_pwrite" => pwrite(),
        "fd_read" => read(),
        "fd_write" => write(),
        "fd_prestat_get" => each(|case, fd| {
            let mut seen = Place::<8>::new();
            let errno = unsafe { raw::fd_prestat_get(fd, seen.at()) };
            tell(
                case,
                errno,
                format!("kind {}, {} bytes", seen.0[0], seen.u32(4)),
            );
        }),
        "fd_prestat_dir_name" => prestat_name(),
        "fd_readdir" => readdir(),
        "fd_renumber" => renumber(),
        "fd_seek" => seek(),
        "fd_tell" => each(|case, fd| {
            let mut place = Place::<8>::new();
            let errno = unsafe { raw::fd_tell(fd, place.at()) };
            tell(case, errno, place.u64(0));
        }),
        _ => return false,
    }
    true
}

fn advise() {
    each(|case, fd| done(case, unsafe { raw::fd_advise(fd, 0, 10, 0) }));
    let file = open("file", READ);
    for advice in 0..6 {
        done(&format!("advice {advice}"), unsafe {
            raw::fd_advise(file, 0, 10, advice)
        });
    }
    done("beyond the end", unsafe {
        raw::fd_advise(file, 1 << 40, 10, 0)
    });
    done("no length", unsafe { raw::fd_advise(file, 0, 0, 3) });
    done("a negative start", unsafe {
        raw::fd_advise(file, -1, 10, 0)
    });
    done("a negative length", unsafe {
        raw::fd_advise(file, 0, -1, 0)
    });
}

fn fdstat() {
    let one = |case: &str, fd| {
        let mut seen = Place::<24>::new();
        let errno = unsafe { raw::fd_fdstat_get(fd, seen.at()) };
        let (kind, flags) = (seen.0[0], u16::from_le_bytes([seen.0[2], seen.0[3]]));
        let (rights, inherited) = (seen.u64(8), seen.u64(16));
        tell(
            case,
            errno,
            format!("kind {kind}, flags {flags}, rights {rights:x} and {inherited:x}"),
        );
    };
    each(one);
    for flags in [1, 4] {
        let opening = Opening {
            flags,
            ..Opening::to(READ | WRITE)
        };
        let fd = opening.at(folder(), b"other").expect("a file");
        one(&format!("opened with flags {flags}"), fd);
    }
}

fn set_flags() {
    each(|case, fd| done(case, unsafe { raw::fd_fdstat_set_flags(fd, 0) }));
    for flags in [1, 2, 4, 8, 16] {
        let file = open("other", READ | WRITE);
        done(&format!("flags {flags}"), unsafe {
            raw::fd_fdstat_set_flags(file, flags)
        });
        let mut seen = Place::<24>::new();
        unsafe { raw::fd_fdstat_get(file, seen.at()) };
        tell(&format!("after flags {flags}"), 0, seen.0[2]);
    }
}

fn set_size() {
    each(|case, fd| done(case, unsafe { raw::fd_filestat_set_size(fd, 5) }));
    let file = open("other", READ | WRITE);
    done("larger", unsafe { raw::fd_filestat_set_size(file, 100) });
    done("nothing", unsafe { raw::fd_filestat_set_size(file, 0) });
    done("negative", unsafe { raw::fd_filestat_set_size(file, -1) });
}

fn set_times() {
    let second = 1_000_000_000;
    each(|case, fd| {
        done(case, unsafe {
            raw::fd_filestat_set_times(fd, second, 2 * second, 1 | 4)
        })
    });
    let file = open("other", READ | WRITE);
    for flags in 0..16 {
        done(&format!("flags {flags}"), unsafe {
            raw::fd_filestat_set_times(file, 5, 7, flags)
        });
    }
    let mut seen = Place::<64>::new();
    unsafe { raw::fd_filestat_set_times(file, 3 * second, 4 * second + 5, 1 | 4) };
    let errno = unsafe { raw::fd_filestat_get(file, seen.at()) };
    tell(
        "what was set",
        errno,
        format!("{} and {}", seen.u64(40), seen.u64(48)),
    );
}

fn pread() {
    let one = |case: &str, fd, offset| {
        let (mut bytes, mut count) = ([0; 4], Place::<4>::new());
        let list = List::of(&mut bytes);
        let errno = unsafe { raw::fd_pread(fd, list.at(), 1, offset, count.at()) };
        tell(
            case,
            errno,
            format!("{} {:?}", count.u32(0), String::from_utf8_lossy(&bytes)),
        );
    };
    each(|case, fd| one(case, fd, 3));
    let file = open("other", READ);
    for offset in [0, 4, 5, 6, 1 << 40, i64::MAX, -1] {
        one(&format!("from {offset}"), file, offset);
    }
}

fn pwrite() {
    let one = |case: &str, fd, offset| {
        let (mut bytes, mut count) = (*b"WX", Place::<4>::new());
        let list = List::of(&mut bytes);
        let errno = unsafe { raw::fd_pwrite(fd, list.at(), 1, offset, count.at()) };
        tell(case, errno, count.u32(0));
    };
    each(|case, fd| one(case, fd, 1));
    let opening = Opening {
        flags: 1,
        ..Opening::to(READ | WRITE)
    };
    let file = opening.at(folder(), b"other").expect("a file");
    one("at the start of what is appended", file, 0);
    let file = open("other", READ | WRITE);
    for offset in [0, 10, -1] {
        one(&format!("at {offset}"), file, offset);
    }
}

fn read() {
    let one = |case: &str, fd| {
        let (mut bytes, mut count) = ([0; 4], Place::<4>::new());
        let list = List::of(&mut bytes);
        let errno = unsafe { raw::fd_read(fd, list.at(), 1, count.at()) };
        tell(
            case,
            errno,
            format!("{} {:?}", count.u32(0), String::from_utf8_lossy(&bytes)),
        );
    };
    each(one);
    let file = open("other", READ);
    for part in 0..3 {
        one(&format!("part {part}"), file);
    }
    let mut count = Place::<4>::new();
    done("no buffers", unsafe {
        raw::fd_read(file, 0, 0, count.at())
    });
    let list = List::of(&mut []);
    tell(
        "an empty buffer",
        unsafe { raw::fd_read(file, list.at(), 1, count.at()) },
        count.u32(0),
    );
    let (mut first, mut second) = ([0; 2], [0; 3]);
    let lists = [List::of(&mut first).0, List::of(&mut second).0].concat();
    let file = open("other", READ);
    let errno = unsafe { raw::fd_read(file, lists.as_ptr() as i32, 2, count.at()) };
    tell(
        "two buffers",
        errno,
        format!("{first:?} {}", first.len() as u32 <= count.u32(0)),
    );
}

fn write() {
    let one = |case: &str, fd, text: &[u8]| {
        let (mut bytes, mut count) = (text.to_vec(), Place::<4>::new());
        let list = List::of(&mut bytes);
        let errno = unsafe { raw::fd_write(fd, list.at(), 1, count.at()) };
        tell(case, errno, count.u32(0));
    };
    each(|case, fd| one(case, fd, b"text\n"));
    let file = open("other", READ | WRITE);
    one("nothing", file, b"");
    one("again", file, b"ab");
    one("after that", file, b"cd");
    let mut count = Place::<4>::new();
    tell(
        "no buffers",
        unsafe { raw::fd_write(file, 0, 0, count.at()) },
        count.u32(0),
    );
    let opening = Opening {
        flags: 1,
        ..Opening::to(READ | WRITE)
    };
    let file = opening.at(folder(), b"other").expect("a file");
    one("appended", file, b"end");
    let mut place = Place::<8>::new();
    tell(
        "place after appending",
        unsafe { raw::fd_tell(file, place.at()) },
        place.u64(0),
    );
}

fn prestat_name() {
    each(|case, fd| {
        let mut name = [0; 8];
        let errno = unsafe { raw::fd_prestat_dir_name(fd, name.as_mut_ptr() as i32, 8) };
        tell(case, errno, format!("{name:?}"));
    });
    for room in 0..3 {
        let mut name = [0; 8];
        let errno = unsafe { raw::fd_prestat_dir_name(folder(), name.as_mut_ptr() as i32, room) };
        tell(&format!("room for {room}"), errno, format!("{name:?}"));
    }
}

/// Returns the names a listing has, sorted, and how many bytes it was.
fn listed(fd: i32, room: usize, cookie: i64) -> (i32, Vec<String>, usize) {
    let (mut bytes, mut used) = (vec![0u8; room], Place::<4>::new());
    let errno = unsafe {
        raw::fd_readdir(
            fd,
            bytes.as_mut_ptr() as i32,
            room as i32,
            cookie,
            used.at(),
        )
    };
    let used = if errno == 0 { used.u32(0) as usize } else { 0 };
    let (mut at, mut names) = (0, Vec::new());
    while let Some(head) = bytes[..used].get(at..at + 24) {
        let length = u32::from_le_bytes(head[16..20].try_into().expect("four bytes")) as usize;
        let Some(name) = bytes[..used].get(at + 24..at + 24 + length) else {
            break;
        };
        names.push(format!("{} {}", String::from_utf8_lossy(name), head[20]));
        at += 24 + length;
    }
    names.sort();
    (errno, names, used)
}

fn readdir() {
    each(|case, fd| {
        let (errno, names, _) = listed(fd, 8_192, 0);
        tell(case, errno, names.join(", "));
    });
    let full = open("more", READ);
    for room in [0, 1, 23, 24, 25, 60] {
        let (errno, _, used) = listed(full, room, 0);
        tell(&format!("room for {room}"), errno, used);
    }
    let (errno, names, used) = listed(full, 8_192, 2);
    tell(
        "from the third",
        errno,
        format!("{} {used}", names.join(", ")),
    );
    let (errno, names, used) = listed(full, 8_192, 1_000);
    tell(
        "from beyond the end",
        errno,
        format!("{} {used}", names.join(", ")),
    );
    let (errno, ..) = listed(full, 8_192, -1);
    done("from the last cookie there is", errno);
}

fn renumber() {
    let fresh = || open("other", READ);
    let one = |case: &str, from, to| done(case, unsafe { raw::fd_renumber(from, to) });
    one("from what is closed", CLOSED, fresh());
    one("to what is closed", fresh(), CLOSED);
    let same = fresh();
    one("to itself", same, same);
    let (from, to) = (fresh(), fresh());
    one("file to file", from, to);
    one("from what has moved", from, to);
    let mut count = Place::<8>::new();
    done("where it has moved to", unsafe {
        raw::fd_tell(to, count.at())
    });
    one("file to folder", fresh(), open("full", READ));
    one("folder to file", open("full", READ), fresh());
    one("standard input to file", 0, fresh());
    one("first folder to file", folder(), fresh());
}

fn seek() {
    let one = |case: &str, fd, offset, whence| {
        let mut place = Place::<8>::new();
        let errno = unsafe { raw::fd_seek(fd, offset, whence, place.at()) };
        tell(case, errno, place.u64(0));
    };
    each(|case, fd| one(case, fd, 1, 0));
    let file = open("file", READ);
    for (whence, name) in [(0, "the start"), (1, "here"), (2, "the end")] {
        for offset in [0, 3, -3, -100, 1_000, i64::MAX, i64::MIN] {
            one(&format!("{offset} from {name}"), file, offset, whence);
        }
    }
}
