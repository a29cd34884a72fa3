//! The folder everything happens in, and small calls that others need.

use wasi::wasi_snapshot_preview1 as raw;

pub(crate) const READ: i64 = 1 << 1;
pub(crate) const WRITE: i64 = 1 << 6;

pub(crate) const CREATE: i32 = 1;
pub(crate) const DIRECTORY: i32 = 2;
pub(crate) const EXCLUSIVE: i32 = 4;
pub(crate) const TRUNCATE: i32 = 8;

pub(crate) const FOLLOW: i32 = 1;

/// A number nothing is open at.
pub(crate) const CLOSED: i32 = 999;

/// A place in memory for what a function answers.
#[repr(C, align(8))]
pub(crate) struct Place<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> Place<N> {
    /// Filled, so that what is not written is seen.
    pub(crate) const fn new() -> Self {
        Self([0xaa; N])
    }

    pub(crate) fn at(&mut self) -> i32 {
        self.0.as_mut_ptr() as i32
    }

    pub(crate) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().expect("four bytes"))
    }

    pub(crate) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("eight bytes"))
    }
}

/// Returns the number of the folder `/w`.
pub(crate) fn folder() -> i32 {
    (3..32)
        .find(|&fd| {
            let mut seen = Place::<8>::new();
            let mut name = [0; 64];
            let errno = unsafe { raw::fd_prestat_get(fd, seen.at()) };
            let length = seen.u32(4) as usize;
            errno == 0
                && length <= name.len()
                && unsafe { raw::fd_prestat_dir_name(fd, name.as_mut_ptr() as i32, length as i32) }
                    == 0
                && &name[..length] == b"/w"
        })
        .expect("the folder is open")
}

pub(crate) struct Opening {
    pub(crate) how: i32,
    pub(crate) rights: i64,
    pub(crate) flags: i32,
    pub(crate) follow: i32,
}

impl Opening {
    pub(crate) const fn to(rights: i64) -> Self {
        Self {
            how: 0,
            rights,
            flags: 0,
            follow: FOLLOW,
        }
    }

    pub(crate) fn at(&self, folder: i32, path: &[u8]) -> Result<i32, i32> {
        let mut fd = Place::<4>::new();
        let errno = unsafe {
            raw::path_open(
                folder,
                self.follow,
                path.as_ptr() as i32,
                path.len() as i32,
                self.how,
                self.rights,
                self.rights,
                self.flags,
                fd.at(),
            )
        };
        match errno {
            0 => Ok(fd.u32(0) as i32),
            errno => Err(errno),
        }
    }
}

/// Opens something that is there.
pub(crate) fn open(path: &str, rights: i64) -> i32 {
    Opening::to(rights)
        .at(folder(), path.as_bytes())
        .unwrap_or_else(|errno| panic!("{path}: {}", crate::names::of(errno)))
}

/// What numbers may stand for: nothing, the standard streams, files and folders.
pub(crate) fn all() -> [(&'static str, i32); 9] {
    [
        ("closed", CLOSED),
        ("standard input", 0),
        ("standard output", 1),
        ("standard error", 2),
        ("first folder", folder()),
        ("folder", open("full", READ)),
        ("file", open("file", READ | WRITE)),
        ("file to read", open("file", READ)),
        ("file to write", open("file", WRITE)),
    ]
}
