//! A file system behind a program, which is this one: it answers until it is told to fall silent.
//!
//! Numbers and layouts are those of `linux/fuse.h`, version 7.31: a request is a head of 40 bytes and what belongs to its
//! kind, an answer a head of 16. It has one folder with a file and a folder in it, and nothing is kept by the kernel, so each
//! call comes here.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::AsRawFd,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use super::{MARGIN, mounts, waiting_threads};

/// What the file holds.
pub(super) const CONTENT: &[u8] = b"it answered";

const ROOT: u64 = 1;
const FILE: u64 = 2;
const FOLDER: u64 = 3;

/// The file system, which answers as long as it is not silent.
pub(super) struct Server {
    silent: Arc<AtomicBool>,
}

impl Server {
    /// Mounts it at `place` and serves it on a thread.
    pub(super) fn mount(place: &Path) -> Self {
        let device = File::options().read(true).write(true).open("/dev/fuse");
        let device = device.expect("this test needs /dev/fuse");
        let how = format!(
            "fd={},rootmode=40000,user_id={},group_id={}",
            device.as_raw_fd(),
            rustix::process::getuid().as_raw(),
            rustix::process::getgid().as_raw(),
        );
        mounts::mount_fuse(place, &how);
        let silent = Arc::new(AtomicBool::new(false));
        let told = silent.clone();
        std::thread::spawn(move || serve(device, &told));
        Self { silent }
    }

    /// Nothing is answered until the returned value is dropped; what was asked meanwhile is answered then.
    pub(super) fn falls_silent(&self) -> Silence<'_> {
        self.silent.store(true, SeqCst);
        Silence(self)
    }
}

impl Drop for Server {
    /// Waits until everybody has an answer. A process cannot end while a thread of it waits for one, and there is nobody to
    /// give it by then.
    fn drop(&mut self) {
        let started = Instant::now();
        while waiting_threads() > 0 && started.elapsed() < MARGIN {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A time without answers.
pub(super) struct Silence<'a>(&'a Server);

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        self.0.silent.store(false, SeqCst);
    }
}

fn serve(mut device: File, silent: &AtomicBool) {
    let mut request = vec![0; 1 << 20];
    while let Ok(length) = device.read(&mut request) {
        while silent.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let Some(answer) = answer(&request[..length]) else {
            continue;
        };
        let head = [
            u32::try_from(16 + answer.body.len())
                .unwrap()
                .to_le_bytes()
                .as_slice(),
            &(-answer.error).to_le_bytes(),
            &request[8..16],
        ]
        .concat();
        // Who asked may be gone.
        device.write_all(&[head, answer.body].concat()).ok();
    }
}

struct Answer {
    error: i32,
    body: Vec<u8>,
}

fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// Returns what is answered; `None` for what wants no answer.
fn answer(request: &[u8]) -> Option<Answer> {
    let kind = u32::from_le_bytes(request[4..8].try_into().unwrap());
    let (node, body) = (number(request, 16), &request[40..]);
    let done = |body: Vec<u8>| Some(Answer { error: 0, body });
    let failed = |error: rustix::io::Errno| {
        Some(Answer {
            error: error.raw_os_error(),
            body: Vec::new(),
        })
    };
    match kind {
        // FORGET, INTERRUPT, BATCH_FORGET
        2 | 36 | 42 => None,
        // LOOKUP
        1 => match body.strip_suffix(&[0]).unwrap_or(body) {
            b"file" => done(entry(FILE)),
            b"folder" => done(entry(FOLDER)),
            _ => failed(rustix::io::Errno::NOENT),
        },
        // GETATTR, SETATTR
        3 | 4 => done([words(&[0, 0]), attributes(node)].concat()),
        // OPEN, OPENDIR
        14 | 27 => done(words(&[0, 0])),
        // READ
        15 => {
            let from = usize::try_from(number(body, 8)).unwrap();
            done(CONTENT.get(from..).unwrap_or_default().to_vec())
        }
        // WRITE
        16 => done([&body[16..20], &[0; 4]].concat()),
        // STATFS
        17 => done(vec![0; 80]),
        // RELEASE, FSYNC, FLUSH, RELEASEDIR
        18 | 20 | 25 | 29 => done(Vec::new()),
        // INIT
        26 => done(init()),
        // READDIR
        28 if number(body, 8) == 0 => done(
            [
                words(&[FILE, 1, 8 << 32 | 4]),
                b"file\0\0\0\0".to_vec(),
                words(&[FOLDER, 2, 4 << 32 | 6]),
                b"folder\0\0".to_vec(),
            ]
            .concat(),
        ),
        28 => done(Vec::new()),
        _ => failed(rustix::io::Errno::NOSYS),
    }
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn init() -> Vec<u8> {
    let mut body = vec![0; 64];
    body[0] = 7;
    body[4] = 31;
    // The largest write.
    body[20..24].copy_from_slice(&65_536_u32.to_le_bytes());
    body
}

/// Identity and attributes, both to be asked for again each time.
fn entry(node: u64) -> Vec<u8> {
    [words(&[node, 0, 0, 0, 0]), attributes(node)].concat()
}

fn attributes(node: u64) -> Vec<u8> {
    let mode: u32 = if node == FILE { 0o100_666 } else { 0o040_777 };
    let size = if node == FILE {
        CONTENT.len() as u64
    } else {
        0
    };
    let links = if node == ROOT { 3 } else { 1 };
    let rest = [0, 0, 0, mode, links, 0, 0, 0, 4_096, 0];
    let rest = rest.iter().flat_map(|word: &u32| word.to_le_bytes());
    let mut all = words(&[node, size, 0, 0, 0, 0]);
    all.extend(rest);
    all
}
