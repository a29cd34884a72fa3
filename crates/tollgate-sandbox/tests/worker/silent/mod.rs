//! Files that do not answer, pipes and a file system that falls silent: whatever a guest is doing there ends with the guest's
//! time, and keeps no thread that others need.
//!
//! What mounts something needs a process of its own: this program starts itself again.

mod mounts;
mod server;

use std::{
    panic::AssertUnwindSafe,
    path::Path,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use tollgate_sandbox::{Execution, Failure, LimitKind, PathGrant};

use crate::{
    Test,
    puppet::{Puppet, errno, flag},
};
use server::{CONTENT, Server};

pub(crate) const TESTS: &[Test] = &[
    (
        "files_that_stop_answering_keep_no_guest_past_its_time",
        files_that_stop_answering_keep_no_guest_past_its_time,
    ),
    (
        "guests_at_a_pipe_leave_no_thread_behind",
        guests_at_a_pipe_leave_no_thread_behind,
    ),
];

/// The argument that makes this program the one with the mount.
const INSIDE: &str = "__silent";

/// The time of each guest.
const WALL: Duration = Duration::from_millis(500);
/// What a busy machine may add. What waits for the file system would wait until it answers, which it does not.
const MARGIN: Duration = Duration::from_secs(20);

pub(crate) fn is_this() -> bool {
    std::env::args().nth(1).is_some_and(|first| first == INSIDE)
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn files_that_stop_answering_keep_no_guest_past_its_time() {
    if !Path::new("/dev/fuse").exists() {
        eprintln!("SKIPPED: files that stop answering: this machine has no /dev/fuse");
        return;
    }
    let me = std::env::current_exe().unwrap();
    let mut child = Command::new(me).arg(INSIDE).spawn().unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if started.elapsed() > Duration::from_secs(180) {
            // Its end is not waited for: a thread of it that waits for the file system puts that off.
            child.kill().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let status = status.expect("a guest was kept waiting, see the last line above");
    assert!(status.success(), "{status}");
}

/// Threads of this process that wait for the system.
fn waiting_threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = threads.map(|thread| std::fs::read_to_string(thread.path().join("comm")));
    names
        .filter(|name| {
            name.as_ref()
                .is_ok_and(|name| name.starts_with("tollgate-waitin"))
        })
        .count()
}

fn guests_at_a_pipe_leave_no_thread_behind() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    std::fs::write(folder.path().join("plain"), "plain").unwrap();
    // More than a runtime has threads for calls that block.
    for _ in 0..600 {
        let mut guest = Puppet::new(|execution| {
            let pipe = PathGrant::mapped(&pipe, "/d/pipe");
            execution.grant.read = vec![PathGrant::mapped(folder.path(), "/d"), pipe.clone()];
            execution.grant.write.push(pipe);
        });
        let place = guest.folder("/d");
        // Nobody writes there; then this guest could, and does not.
        for (rights, read) in [
            (flag::READ, Ok(Vec::new())),
            (flag::READ | flag::WRITE, Err(errno::AGAIN)),
        ] {
            let open = guest.open(place, "pipe", 0, rights).unwrap();
            assert_eq!(guest.read(open), read);
        }
        assert_eq!(guest.content(place, "plain").unwrap(), "plain");
    }
    // Those that opened the grants end; there are no others.
    let started = Instant::now();
    while waiting_threads() > 0 {
        assert!(started.elapsed() < MARGIN, "{} are left", waiting_threads());
        std::thread::yield_now();
    }
}

/// The process with the mount.
#[allow(
    clippy::print_stdout,
    reason = "where it hangs, the last line says in what"
)]
pub(crate) fn inside() -> ExitCode {
    mounts::become_own();
    let folder = tempfile::tempdir().unwrap();
    let (local, silent) = (folder.path().join("local"), folder.path().join("silent"));
    std::fs::create_dir(&local).unwrap();
    std::fs::create_dir(&silent).unwrap();
    std::fs::write(local.join("file"), "local").unwrap();
    let server = Server::mount(&silent);
    let scene = Scene {
        server,
        folder: folder.path(),
    };
    let mut late = Vec::new();
    for (name, act) in ACTS {
        println!("{name}");
        let took = scene.play(*act);
        if took > WALL + MARGIN {
            late.push(format!("{name}: {took:?}"));
        }
    }
    println!("opening the grant");
    scene.open_grant();
    println!("coming to a mount that was not asked");
    scene.come_to_mount();
    assert!(late.is_empty(), "{late:?}");
    // Threads may be stuck, and the folder is gone with the namespace's mount on it.
    std::mem::forget(folder);
    std::fs::remove_dir_all(&local).ok();
    ExitCode::SUCCESS
}

/// What a guest holds when the file system falls silent.
struct Held {
    guest: Puppet,
    root: i32,
    silent: i32,
    local: i32,
    file: i32,
    appending: i32,
    local_file: i32,
}

/// What it does then.
type Act = fn(&mut Held) -> Result<(), i32>;

/// Every call of the interface that touches files, by a name below a slow folder, by one from the root, and by a handle.
const ACTS: &[(&str, Act)] = &[
    ("stat", |held| {
        held.guest.stat(held.silent, 1, "file").map(drop)
    }),
    ("stat from the root", |held| {
        held.guest.stat(held.root, 1, "silent/file").map(drop)
    }),
    ("stat of a folder", |held| {
        held.guest.stat(held.silent, 1, ".").map(drop)
    }),
    ("open", |held| {
        held.guest
            .open(held.silent, "file", 0, flag::READ)
            .map(drop)
    }),
    ("open from the root", |held| {
        held.guest
            .open(held.root, "silent/file", 0, flag::READ)
            .map(drop)
    }),
    ("make", |held| {
        held.guest.put_file(held.silent, "new", "text")
    }),
    ("list", |held| {
        held.guest.names(held.silent, 4_096).map(drop)
    }),
    ("list the root", |held| {
        held.guest.names(held.root, 4_096).map(drop)
    }),
    ("mkdir", |held| held.guest.mkdir(held.silent, "new")),
    ("rmdir", |held| held.guest.rmdir(held.silent, "folder")),
    ("unlink", |held| held.guest.unlink(held.silent, "file")),
    ("symlink", |held| {
        held.guest.symlink("file", held.silent, "new")
    }),
    ("readlink", |held| {
        held.guest.readlink(held.silent, "file").map(drop)
    }),
    ("set times", |held| {
        held.guest.set_times(held.silent, 1, "file")
    }),
    ("move there", |held| {
        held.guest
            .rename((held.local, "file"), (held.silent, "new"))
    }),
    ("move away", |held| {
        held.guest
            .rename((held.silent, "file"), (held.local, "new"))
    }),
    ("link there", |held| {
        held.guest.link((held.local, "file"), (held.silent, "new"))
    }),
    ("link away", |held| {
        held.guest.link((held.silent, "file"), (held.local, "new"))
    }),
    ("read", |held| held.guest.read(held.file).map(drop)),
    ("read at an offset", |held| {
        held.guest.read_at(held.file, 2).map(drop)
    }),
    ("write", |held| {
        held.guest.write(held.file, b"text").map(drop)
    }),
    ("append", |held| {
        held.guest.write(held.appending, b"text").map(drop)
    }),
    ("set the size", |held| held.guest.set_size(held.file, 3)),
    ("seek from the end", |held| held.guest.seek(held.file, 0, 2)),
    ("stat of a handle", |held| held.guest.stat_handle(held.file)),
    ("stat of a folder's handle", |held| {
        held.guest.stat_handle(held.silent)
    }),
    ("set times of a handle", |held| {
        held.guest.set_times_of(held.file)
    }),
    ("set times of a folder's handle", |held| {
        held.guest.set_times_of(held.silent)
    }),
    ("sync", |held| held.guest.sync(held.file)),
    ("poll", |held| held.guest.poll_reading(held.file)),
    ("close", |held| held.guest.close(held.file)),
    ("replace", |held| {
        held.guest.renumber(held.local_file, held.file)
    }),
    ("nothing, and end", |_| Ok(())),
];

struct Scene<'a> {
    server: Server,
    folder: &'a Path,
}

impl Scene<'_> {
    fn grant(&self, execution: &mut Execution) {
        for name in ["local", "silent"] {
            let grant = PathGrant::mapped(self.folder.join(name), format!("/{name}"));
            execution.grant.read.push(grant.clone());
            execution.grant.write.push(grant);
        }
    }

    /// Plays one act of a guest during a silence and returns how long it took, the guest's end included.
    fn play(&self, act: Act) -> Duration {
        let mut guest = Puppet::new(|execution| {
            self.grant(execution);
            execution.limits.wall = WALL;
        });
        let (root, silent, local) = (
            guest.folder("/"),
            guest.folder("/silent"),
            guest.folder("/local"),
        );
        let both = flag::READ | flag::WRITE;
        let mut held = Held {
            root,
            silent,
            local,
            file: guest.open(silent, "file", 0, both).unwrap(),
            appending: guest
                .open_as(silent, 1, "file", (0, flag::WRITE, 1))
                .unwrap(),
            local_file: guest.open(local, "file", 0, both).unwrap(),
            guest,
        };
        assert_eq!(held.guest.read_at(held.file, 0).unwrap(), CONTENT);
        let silence = self.server.falls_silent();
        let started = Instant::now();
        // It is ended by its time, or fails, or needed no answer: when, is the question.
        std::panic::set_hook(Box::new(|_| {}));
        std::panic::catch_unwind(AssertUnwindSafe(|| act(&mut held))).ok();
        drop(std::panic::take_hook());
        drop(held);
        let took = started.elapsed();
        drop(silence);
        took
    }

    fn open_grant(&self) {
        let silence = self.server.falls_silent();
        let started = Puppet::try_new(|execution| {
            self.grant(execution);
            execution.limits.wall = WALL;
        });
        drop(silence);
        let Err(Failure::LimitExceeded(exceeded)) = started.map(drop) else {
            panic!("the grant could be opened");
        };
        assert_eq!(exceeded.limit, LimitKind::Wall);
    }

    fn come_to_mount(&self) {
        let mut guest = Puppet::new(|execution| {
            let all = PathGrant::mapped(self.folder, "/all").across_mounts();
            execution.grant.read.push(all);
            execution.limits.wall = WALL;
        });
        let all = guest.folder("/all");
        let silence = self.server.falls_silent();
        let name = "silent/file";
        let come = guest.try_stat(all, name);
        drop(silence);
        let Err(Failure::LimitExceeded(exceeded)) = come else {
            panic!("the mount was not asked: {come:?}");
        };
        assert_eq!(exceeded.limit, LimitKind::Wall);
    }
}
