//! What a hostile program does in place of a worker's work: it tries to get out of the jail by calls of the system.
//!
//! A copy of this test program under the name [`NAME`] is such a program, as a worker and as the parent of one.

use std::{
    fs,
    io::{Read, Write},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, Timestamps},
    net::{AddressFamily, SocketType},
};
use tollgate_sandbox::{
    CompileLimits, Compiler, Engine, EngineConfig, Entry, Execution, Jail, JailMode, JailRole,
    ModuleLimits, PathGrant, Rules,
};

/// The name of the program that is hostile.
pub(crate) const NAME: &str = "prisoner";

/// Whether this program is the hostile one.
pub(crate) fn is_this() -> bool {
    fs::read_link("/proc/self/exe").is_ok_and(|path| path.ends_with(NAME))
}

/// The hostile program as a parent: has one worker started, and prints how that ended.
#[allow(clippy::print_stdout, reason = "the test reads it")]
pub(crate) fn parent() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, jail, rest @ ..] = arguments.as_slice() else {
        return ExitCode::FAILURE;
    };
    let jail = match jail.as_str() {
        "require" => JailMode::Require,
        "best" => JailMode::Best,
        _ => JailMode::Off,
    };
    let config = EngineConfig {
        jail,
        waiting_workers: 0,
        parallel_compilation: true,
        ..EngineConfig::isolated()
    };
    let engine = Engine::new(&config).unwrap();
    match (what.as_str(), rest) {
        ("compile", [attack]) => {
            let limits = CompileLimits {
                artifact_bytes: 1 << 20,
                ..CompileLimits::default()
            };
            let marked = format!("attack:{attack};");
            let rules = Rules {
                limits: ModuleLimits::default(),
                config,
            };
            let compiler = Compiler::worker(limits).unwrap().jailed(jail);
            let compiled = compiler.compile(marked.as_bytes(), &rules);
            println!("{:?}", compiled.map(|compiled| compiled.artifact.len()));
        }
        ("guest", [folder]) => {
            let wasm = wat::parse_str("(module (func (export \"f\")))").unwrap();
            let module = engine.compile_in_process(&wasm).unwrap();
            let entry = Entry::Core {
                export: String::from("f"),
                args: Vec::new(),
            };
            let mut execution = Execution::new(&module, entry);
            let folder = Path::new(folder);
            execution.limits.wall = std::time::Duration::from_secs(120);
            let same = |name: &str| PathGrant::same(folder.join(name));
            execution.grant.read = vec![same("readable"), same("readable-file")];
            execution.grant.write = vec![same("writable")];
            println!("{:?}", execution.run_blocking().result);
        }
        ("call", [attack, waiting]) => {
            let config = EngineConfig {
                waiting_workers: waiting.parse().unwrap(),
                ..config
            };
            let engine = Engine::new(&config).unwrap();
            let execution = attacker(&engine, attack);
            let mut result = execution.run_blocking().result;
            if config.waiting_workers > 0 {
                wait_for_a_worker();
                result = execution.run_blocking().result;
            }
            println!("{result:?}");
        }
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

/// Where an attack is named in a grant. Nothing is there.
const ATTACK: &str = "/attack";

/// An execution whose worker makes this attack in place of its work.
fn attacker(engine: &Engine, attack: &str) -> Execution {
    let wasm = wat::parse_str("(module (func (export \"f\")))").unwrap();
    let entry = Entry::Core {
        export: String::from("f"),
        args: Vec::new(),
    };
    let mut execution = Execution::new(&engine.compile_in_process(&wasm).unwrap(), entry);
    execution.grant.read = vec![PathGrant::same(Path::new(ATTACK).join(attack))];
    execution
}

/// Waits until a worker has set its list of calls, so that it waits for its job.
fn wait_for_a_worker() {
    let listed = |stat: &String| {
        let number = stat.split(' ').next().unwrap_or_default();
        let status = fs::read_to_string(format!("/proc/{number}/status"));
        status.is_ok_and(|status| status.contains("Seccomp:\t2"))
    };
    let started = std::time::Instant::now();
    while !crate::compile::children().iter().any(listed) {
        assert!(started.elapsed() < std::time::Duration::from_secs(60));
        std::thread::yield_now();
    }
}

/// The hostile program as a worker.
pub(crate) fn work(jail: &Jail) -> i32 {
    match jail.role {
        JailRole::Compile => {
            let mut input = Vec::new();
            std::io::stdin().read_to_end(&mut input).ok();
            let text = String::from_utf8_lossy(&input);
            let attack = text
                .split_once("attack:")
                .and_then(|(_, rest)| rest.split(';').next())
                .unwrap_or("none");
            let result = one(attack);
            write!(std::io::stderr(), "<{result}>").ok();
            9
        }
        JailRole::Guest => match jail
            .readable
            .first()
            .and_then(|path| path.strip_prefix(ATTACK).ok())
        {
            Some(attack) => i32::from(one(&attack.to_string_lossy()) == "done") + 8,
            None => many(jail),
        },
        JailRole::Command => 1,
    }
}

fn said<T, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => String::from("done"),
        Err(error) => format!("refused: {error}"),
    }
}

/// One attack of a compiler process.
fn one(attack: &str) -> String {
    let spot = std::env::temp_dir().join(format!("tollgate-prisoner-{}", std::process::id()));
    match attack {
        "read" => said(fs::read("/etc/passwd")),
        "environment" => match std::env::vars_os().next() {
            Some(_) => String::from("done"),
            None => String::from("refused: it is empty"),
        },
        "write" => {
            let written = said(fs::File::create(&spot));
            fs::remove_file(&spot).ok();
            written
        }
        "list" => said(fs::read_dir("/")),
        "look" => said(fs::metadata("/etc/passwd")),
        "thread" => std::thread::spawn(|| said(fs::read("/etc/passwd")))
            .join()
            .unwrap(),
        "limits" => said(rustix::process::setrlimit(
            rustix::process::Resource::Cpu,
            rustix::process::Rlimit {
                current: Some(1_000),
                maximum: Some(1_000),
            },
        )),
        "connect" => said(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, 9))),
        "socket" => said(rustix::net::socket(
            AddressFamily::UNIX,
            SocketType::DGRAM,
            None,
        )),
        "signal" => said(rustix::process::kill_process(
            rustix::process::getppid().unwrap(),
            rustix::process::Signal::URG,
        )),
        "process" => said(std::process::Command::new("/bin/true").status()),
        "handle" => said(rustix::process::pidfd_open(
            rustix::process::getppid().unwrap(),
            rustix::process::PidfdFlags::empty(),
        )),
        "handler" => said(ignore(libc::SIGSYS)),
        "deaf" => {
            block(libc::SIGSYS).ok();
            one("socket")
        }
        "mount" => said(detach(c"/")),
        "root" => said(rustix::process::chroot("/")),
        "memory" => {
            let flags = rustix::fs::MemfdFlags::CLOEXEC;
            said(
                rustix::fs::memfd_create("uncounted", flags)
                    .map(|memory| fs::File::from(memory).write_all(&[1; 1 << 20])),
            )
        }
        "garbage" => said(std::io::stdout().write_all(&[0xee; 100_000])),
        "endless" => loop {
            if std::io::stdout().write_all(&[b'A'; 100_000]).is_err() {
                break String::from("closed");
            }
        },
        _ => String::from("no such attack"),
    }
}

#[expect(unsafe_code, reason = "the call has no safe interface here")]
fn detach(path: &std::ffi::CStr) -> std::io::Result<()> {
    // SAFETY: the path ends with a zero byte and outlives the call.
    match unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

#[expect(unsafe_code, reason = "the call has no safe interface here")]
fn ignore(signal: i32) -> std::io::Result<()> {
    // SAFETY: to ignore a signal takes no handler.
    match unsafe { libc::signal(signal, libc::SIG_IGN) } {
        libc::SIG_ERR => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[expect(unsafe_code, reason = "the call has no safe interface here")]
fn block(signal: i32) -> std::io::Result<()> {
    // SAFETY: all bytes zero are an empty set, which the calls fill and read while it lives.
    let blocked = unsafe {
        let mut signals: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&raw mut signals, signal);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const signals, std::ptr::null_mut())
    };
    match blocked {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Operations of a guest's process on files, at random, in one run.
pub(crate) const OPERATIONS: u64 = 20_000;

/// What nobody may read.
pub(crate) const SECRET: &str = "the secret of somebody else";

/// Tries everything that can be done to files by name, and writes to the folder it may write what it should not have got.
fn many(jail: &Jail) -> i32 {
    let (Some(readable), Some(writable)) = (jail.readable.first(), jail.writable.first()) else {
        return 1;
    };
    let root = readable.parent().unwrap();
    for descriptor in 0..64 {
        for name in ["..", "etc/passwd", "../etc/passwd", "machine/etc/passwd"] {
            let way_out = format!("/proc/self/fd/{descriptor}/{name}");
            if fs::metadata(&way_out).is_ok() {
                loot(writable, &way_out);
            }
        }
    }
    let mut random = Random(0x5eed);
    let (mut done, mut refused) = (0_u64, 0_u64);
    for _ in 0..OPERATIONS {
        let (one, other) = (random.path(root), random.path(root));
        let mut operation = random.below(OPERATION_KINDS);
        if [&one, &other].iter().any(|path| is_of_the_system(path)) {
            // A jail that fails must not cost the system its files.
            operation = LOOKING[usize::try_from(operation).unwrap() % LOOKING.len()];
        }
        match attempt(operation, &one, &other) {
            Got::Nothing => refused += 1,
            Got::Something => done += 1,
            Got::Text(text) => {
                done += 1;
                if text.contains(SECRET) {
                    loot(writable, &format!("read {}", one.display()));
                }
            }
            Got::Metadata => {
                done += 1;
                if one.ends_with("outside/file") || one.ends_with("etc/passwd") {
                    loot(writable, &format!("saw {}", one.display()));
                }
            }
        }
    }
    fs::write(
        writable.join("count"),
        format!("{done} done, {refused} refused"),
    )
    .ok();
    0
}

const OPERATION_KINDS: u64 = 16;
/// Those that change nothing.
const LOOKING: [u64; 6] = [0, 10, 11, 12, 13, 15];
/// Files of the system: nobody may look at them, and nobody tries to change them.
const SYSTEM: [&str; 6] = [
    "/etc/passwd",
    "/proc/self/environ",
    "/proc/self/mem",
    "/dev/null",
    "/",
    "/tmp",
];

fn is_of_the_system(path: &Path) -> bool {
    SYSTEM.iter().any(|system| path == Path::new(system))
}

fn loot(writable: &Path, line: &str) {
    let file = fs::File::options()
        .append(true)
        .create(true)
        .open(writable.join("loot"));
    if let Ok(mut file) = file {
        writeln!(file, "{line}").ok();
    }
}

enum Got {
    Nothing,
    Something,
    Text(String),
    Metadata,
}

fn got<T, E>(result: Result<T, E>) -> Got {
    result.map_or(Got::Nothing, |_| Got::Something)
}

fn attempt(operation: u64, one: &Path, other: &Path) -> Got {
    match operation {
        0 | 1 => fs::read(one).map_or(Got::Nothing, |bytes| {
            Got::Text(String::from_utf8_lossy(&bytes).into_owned())
        }),
        2 => got(fs::write(one, "changed")),
        3 => got(fs::File::options().append(true).open(one)),
        4 => got(fs::rename(one, other)),
        5 => got(fs::hard_link(one, other)),
        6 => got(std::os::unix::fs::symlink(one, other)),
        7 => got(fs::create_dir(one)),
        8 => got(fs::remove_dir(one)),
        9 => got(fs::remove_file(one)),
        10 => got(fs::read_dir(one)),
        11 => fs::metadata(one).map_or(Got::Nothing, |_| Got::Metadata),
        12 => fs::symlink_metadata(one).map_or(Got::Nothing, |_| Got::Metadata),
        13 => {
            let flags = OFlags::RDWR | OFlags::CLOEXEC;
            let resolve = ResolveFlags::empty();
            got(rustix::fs::openat2(CWD, one, flags, Mode::empty(), resolve))
        }
        14 => {
            let now = rustix::fs::Timespec {
                tv_sec: 1,
                tv_nsec: 0,
            };
            let times = Timestamps {
                last_access: now,
                last_modification: now,
            };
            got(rustix::fs::utimensat(CWD, one, &times, AtFlags::empty()))
        }
        _ => got(fs::read_link(one)),
    }
}

/// A small generator, so that a run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = self.below(from.len() as u64);
        from[usize::try_from(index).unwrap()]
    }

    /// A name inside or outside of what is granted, straight or by a way around.
    fn path(&mut self, root: &Path) -> PathBuf {
        const FOLDERS: [&str; 9] = [
            "readable",
            "writable",
            "outside",
            ".",
            "readable/../outside",
            "writable/../outside",
            "readable/link-out",
            "writable/link-out",
            "readable/folder",
        ];
        const NAMES: [&str; 8] = [
            "file", "a", "b", "folder", "link-out", "count", "secret", ".",
        ];
        let straight = root.join(self.pick(&FOLDERS)).join(self.pick(&NAMES));
        match self.below(12) {
            0 => Path::new("/proc/self/root").join(straight.strip_prefix("/").unwrap()),
            1 => Path::new("/machine").join(straight.strip_prefix("/").unwrap()),
            2 => PathBuf::from(self.pick(&SYSTEM)),
            3 => Path::new("/../machine").join(straight.strip_prefix("/").unwrap()),
            4 => Path::new("/empty/../machine").join(straight.strip_prefix("/").unwrap()),
            _ => straight,
        }
    }
}
