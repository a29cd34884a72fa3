//! A private copy of a file that nobody can change: what is checked in it is what is used later.
//!
//! A file of the cache folder cannot be mapped as code: a process that can write it could change it after the check. So its bytes
//! go to memory that has a descriptor and no name, the system is told that this memory never changes again (it is sealed,
//! see `memfd_create(2)`), and only then it is looked at. Mapping it as code costs no further copy.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create, sendfile};

/// Returns memory with these bytes.
pub(crate) fn of(bytes: &[u8]) -> io::Result<File> {
    let mut made = File::from(memory()?);
    made.write_all(bytes)?;
    let all = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(&made, all)?;
    Ok(made)
}

fn memory() -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    Ok(memfd_create("tollgate-artifact", flags)?)
}

/// Copies the first `size` bytes of `from`. Fails when there are fewer, and where the system has no such memory.
pub(super) fn copy(from: &OwnedFd, size: u64) -> io::Result<File> {
    let copy = memory()?;
    let (mut offset, mut left) = (0, usize::try_from(size).unwrap_or(usize::MAX));
    while left > 0 {
        let copied = sendfile(&copy, from, Some(&mut offset), left)?;
        if copied == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left = left.saturating_sub(copied);
    }
    fcntl_add_seals(&copy, SealFlags::WRITE | SealFlags::GROW)?;
    Ok(copy.into())
}

/// Cuts a copy to its first `size` bytes; after that its size cannot change either.
pub(super) fn cut(copy: &File, size: u64) -> io::Result<()> {
    ftruncate(copy, size)?;
    fcntl_add_seals(copy, SealFlags::SHRINK | SealFlags::SEAL)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    fn original(content: &[u8]) -> OwnedFd {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.into()
    }

    #[test]
    fn a_copy_has_what_the_file_had_and_stays_so() {
        let content = vec![b'x'; 300_000];
        let from = original(&content);
        let copied = copy(&from, content.len() as u64).unwrap();
        File::from(from).write_all_at(b"changed", 0).unwrap();
        let mut read = vec![0; content.len()];
        copied.read_exact_at(&mut read, 0).unwrap();
        assert!(read == content, "the copy follows the file");
        assert!(copied.write_all_at(b"changed", 0).is_err());
        cut(&copied, 1_000).unwrap();
        assert_eq!(copied.metadata().unwrap().len(), 1_000);
        for size in [0, 999, 1_001] {
            assert!(copied.set_len(size).is_err(), "{size}");
        }
    }

    #[test]
    fn a_file_that_is_shorter_than_it_said_is_an_error() {
        let from = original(b"short");
        assert!(copy(&from, 6).is_err());
        assert!(copy(&from, 5).is_ok());
    }
}
