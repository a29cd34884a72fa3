//! The key that authenticates cached artifacts: 32 random bytes in a file only its owner can read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rand::TryRng;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, linkat, openat, unlinkat};
use rustix::process::geteuid;

use super::entry::Key;
use super::{CacheError, name};

/// Name of the key's file in the cache folder.
pub(super) const NAME: &str = "key";

/// Reads the key of the folder, making it first if there is none. Of several processes that make one at the same time,
/// one wins and the others read its key.
pub(super) fn load(folder: BorrowedFd<'_>, path: &Path) -> Result<Key, CacheError> {
    let failed = |source| CacheError::Io {
        path: path.join(NAME),
        source,
    };
    // Not blocking: a pipe in its place must not keep the command waiting.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(folder, NAME, flags, Mode::empty()) {
        Err(rustix::io::Errno::NOENT) => {
            create(folder).map_err(failed)?;
            openat(folder, NAME, flags, Mode::empty())
        }
        opened => opened,
    };
    let file = match file {
        Err(rustix::io::Errno::LOOP) => {
            return Err(CacheError::Key {
                path: path.join(NAME),
                what: "is a symbolic link; delete it, and modules are compiled again",
            });
        }
        other => other.map_err(|error| failed(error.into()))?,
    };
    if let Some(what) = not_private(file.as_fd()).map_err(failed)? {
        return Err(CacheError::Key {
            path: path.join(NAME),
            what,
        });
    }
    let mut bytes = Vec::new();
    File::from(file)
        .take(33)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let bytes = bytes.try_into().map_err(|_| CacheError::Key {
        path: path.join(NAME),
        what: "does not hold 32 bytes; delete it, and modules are compiled again",
    })?;
    Ok(Key(bytes))
}

/// Writes a new key under a name of its own and links it to the final one, which fails when somebody was first.
fn create(folder: BorrowedFd<'_>) -> io::Result<()> {
    let (mut key, mut suffix) = ([0; 32], [0; 8]);
    let mut random = rand::rngs::SysRng;
    random.try_fill_bytes(&mut key).map_err(io::Error::other)?;
    random
        .try_fill_bytes(&mut suffix)
        .map_err(io::Error::other)?;
    let temporary = name::temporary("key.", suffix);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(folder, &temporary, flags, Mode::RUSR | Mode::WUSR)?);
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = linkat(folder, &temporary, folder, NAME, AtFlags::empty());
    unlinkat(folder, &temporary, AtFlags::empty())?;
    match linked {
        Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Why the key's file cannot be trusted to be a secret of this user.
fn not_private(file: BorrowedFd<'_>) -> io::Result<Option<&'static str>> {
    let stat = fstat(file)?;
    Ok(
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            Some("is not a regular file; delete it, and modules are compiled again")
        } else if stat.st_uid != geteuid().as_raw() {
            Some("belongs to another user; choose a cache folder of your own")
        } else if stat.st_mode & 0o077 != 0 {
            Some(
                "is accessible to others; run `chmod 600` on it if nobody else used it, or delete it",
            )
        } else {
            None
        },
    )
}
