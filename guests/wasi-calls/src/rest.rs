//! Arguments, environment, clocks, waiting, randomness, ending, sockets; and places outside of the memory.

use wasi::wasi_snapshot_preview1 as raw;

use crate::ground::{CLOSED, Place, READ, all, folder, open};
use crate::{done, tell};

/// Just outside of the memory.
const OUTSIDE: i32 = -8;

pub(crate) fn run(function: &str) -> bool {
    match function {
        "args_sizes_get" => {
            let (mut count, mut bytes) = (Place::<4>::new(), Place::<4>::new());
            let errno = unsafe { raw::args_sizes_get(count.at(), bytes.at()) };
            tell(
                "arguments",
                errno,
                format!("{} of {} bytes", count.u32(0), bytes.u32(0)),
            );
        }
        "args_get" => {
            let (mut places, mut text) = (Place::<16>::new(), Place::<256>::new());
            let errno = unsafe { raw::args_get(places.at(), text.at()) };
            let apart = places.u32(4).wrapping_sub(places.u32(0));
            tell(
                "arguments",
                errno,
                format!(
                    "{apart} apart, {:?}",
                    String::from_utf8_lossy(&text.0[..24])
                ),
            );
        }
        "environ_sizes_get" => {
            let (mut count, mut bytes) = (Place::<4>::new(), Place::<4>::new());
            let errno = unsafe { raw::environ_sizes_get(count.at(), bytes.at()) };
            tell(
                "variables",
                errno,
                format!("{} of {} bytes", count.u32(0), bytes.u32(0)),
            );
        }
        "environ_get" => {
            let (mut places, mut text) = (Place::<16>::new(), Place::<256>::new());
            let errno = unsafe { raw::environ_get(places.at(), text.at()) };
            tell(
                "variables",
                errno,
                format!("{:?}", String::from_utf8_lossy(&text.0[..16])),
            );
        }
        "clock_res_get" => {
            for clock in 0..4 {
                let mut time = Place::<8>::new();
                let errno = unsafe { raw::clock_res_get(clock, time.at()) };
                tell(&format!("clock {clock}"), errno, time.u64(0) > 0);
            }
        }
        "clock_time_get" => {
            for clock in 0..4 {
                let mut time = Place::<8>::new();
                let errno = unsafe { raw::clock_time_get(clock, 0, time.at()) };
                let before = time.u64(0);
                unsafe { raw::clock_time_get(clock, 0, time.at()) };
                tell(&format!("clock {clock}"), errno, before <= time.u64(0));
            }
        }
        "poll_oneoff" => poll(),
        "random_get" => {
            for length in [0, 1, 16] {
                let mut bytes = Place::<32>::new();
                let errno = unsafe { raw::random_get(bytes.at(), length) };
                let kept = bytes.0[length as usize..].iter().all(|&byte| byte == 0xaa);
                tell(&format!("{length} bytes"), errno, kept);
            }
        }
        "sched_yield" => done("yield", unsafe { raw::sched_yield() }),
        "sock_accept" => sockets(|fd| {
            let mut new = Place::<4>::new();
            unsafe { raw::sock_accept(fd, 0, new.at()) }
        }),
        "sock_recv" => sockets(|fd| {
            let (mut count, mut flags) = (Place::<4>::new(), Place::<4>::new());
            unsafe { raw::sock_recv(fd, 0, 0, 0, count.at(), flags.at()) }
        }),
        "sock_send" => sockets(|fd| {
            let mut count = Place::<4>::new();
            unsafe { raw::sock_send(fd, 0, 0, 0, count.at()) }
        }),
        "sock_shutdown" => sockets(|fd| unsafe { raw::sock_shutdown(fd, 1) }),
        "proc_raise" => done("signal 6", unsafe { raw::proc_raise(6) }),
        _ => return ends(function),
    }
    true
}

fn sockets(call: impl Fn(i32) -> i32) {
    for (case, fd) in all() {
        done(case, call(fd));
    }
}

/// What may end the program, each in one of its own.
fn ends(function: &str) -> bool {
    let (name, case) = function.split_once(' ').unwrap_or((function, ""));
    match (name, case) {
        ("proc_exit", code) => {
            println!("leaving");
            unsafe { raw::proc_exit(code.parse().unwrap_or(0)) };
        }
        ("outside", "fd_read") => outside(unsafe { raw::fd_read(0, OUTSIDE, 1, 8) }),
        ("outside", "fd_write") => outside(unsafe { raw::fd_write(1, OUTSIDE, 1, 8) }),
        ("outside", "path_open") => {
            outside(unsafe { raw::path_open(folder(), 0, OUTSIDE, 64, 0, READ, READ, 0, 8) })
        }
        ("outside", "path_filestat_get") => outside(unsafe {
            raw::path_filestat_get(folder(), 0, b"file".as_ptr() as i32, 4, OUTSIDE)
        }),
        ("outside", "fd_readdir") => {
            outside(unsafe { raw::fd_readdir(folder(), OUTSIDE, 4_096, 0, 8) })
        }
        ("outside", "clock_time_get") => outside(unsafe { raw::clock_time_get(0, 0, OUTSIDE) }),
        ("outside", "random_get") => outside(unsafe { raw::random_get(OUTSIDE, 64) }),
        ("outside", "args_get") => outside(unsafe { raw::args_get(OUTSIDE, OUTSIDE) }),
        ("unknown", "path_open flags") => outside(unsafe {
            raw::path_open(
                folder(),
                0,
                b"file".as_ptr() as i32,
                4,
                64,
                READ,
                READ,
                0,
                8,
            )
        }),
        ("unknown", "fd_advise advice") => {
            outside(unsafe { raw::fd_advise(open("file", READ), 0, 1, 77) })
        }
        ("unknown", "fd_seek whence") => {
            outside(unsafe { raw::fd_seek(open("file", READ), 0, 77, 8) })
        }
        ("unknown", "clock_time_get clock") => outside(unsafe { raw::clock_time_get(77, 0, 8) }),
        ("unknown", "fd_fdstat_set_flags flags") => {
            outside(unsafe { raw::fd_fdstat_set_flags(open("file", READ), 1 << 9) })
        }
        ("unknown", "fd_filestat_set_times flags") => {
            outside(unsafe { raw::fd_filestat_set_times(open("file", READ), 0, 0, 1 << 9) })
        }
        ("unknown", "path_filestat_get flags") => {
            let mut seen = Place::<64>::new();
            outside(unsafe {
                raw::path_filestat_get(folder(), 77, b"file".as_ptr() as i32, 4, seen.at())
            });
        }
        _ => return false,
    }
    true
}

fn outside(errno: i32) {
    done("answer", errno);
}

fn poll() {
    // A clock: user data, kind 0, clock 1, timeout, precision, flags.
    let clock = |user: u8, clock: u8, timeout: u64, flags: u8| {
        let mut record = [0u8; 48];
        record[0] = user;
        record[16] = clock;
        record[24..32].copy_from_slice(&timeout.to_le_bytes());
        record[40] = flags;
        record
    };
    let stream = |user: u8, kind: u8, fd: i32| {
        let mut record = [0u8; 48];
        record[0] = user;
        record[8] = kind;
        record[16..20].copy_from_slice(&fd.to_le_bytes());
        record
    };
    let one = |case: &str, records: &[[u8; 48]]| {
        let mut events = vec![[0xaau8; 32]; records.len()];
        let mut count = Place::<4>::new();
        let errno = unsafe {
            raw::poll_oneoff(
                records.as_ptr() as i32,
                events.as_mut_ptr() as i32,
                records.len() as i32,
                count.at(),
            )
        };
        events.truncate(if errno == 0 { count.u32(0) as usize } else { 0 });
        let told: Vec<String> = events
            .iter()
            .map(|event| {
                let errno = i32::from(u16::from_le_bytes([event[8], event[9]]));
                format!("{} {} {}", event[0], crate::names::of(errno), event[10])
            })
            .collect();
        tell(case, errno, told.join(", "));
    };
    one("nothing", &[]);
    one("a short time", &[clock(1, 1, 1_000, 0)]);
    one("no time", &[clock(1, 1, 0, 0)]);
    one("the wall clock", &[clock(1, 0, 1_000, 0)]);
    one("a time that has passed", &[clock(1, 1, 1, 1)]);
    one("a wall time that has passed", &[clock(1, 0, 1, 1)]);
    one("processor time", &[clock(1, 2, 1_000, 0)]);
    one(
        "the first of two",
        &[clock(1, 1, 1_000, 0), clock(2, 1, 3_600_000_000_000, 0)],
    );
    one("standard output", &[stream(1, 2, 1)]);
    one("standard input", &[stream(1, 1, 0)]);
    one("reading standard output", &[stream(1, 1, 1)]);
    one("writing standard input", &[stream(1, 2, 0)]);
    one("a file to read", &[stream(1, 1, open("file", READ))]);
    one("a file to write", &[stream(1, 2, open("file", READ | 64))]);
    one("an empty file", &[stream(1, 1, open("empty", READ))]);
    one("a folder", &[stream(1, 1, folder())]);
    one("what is closed", &[stream(1, 1, CLOSED)]);
    one(
        "a file and a time",
        &[
            stream(1, 1, open("file", READ)),
            clock(2, 1, 3_600_000_000_000, 0),
        ],
    );
}
