//! `--receipt`: what a run did, signed, in a file.
//!
//! The file and those of the key are opened before the guest starts, and lie where it cannot reach them. When the run has ended,
//! the place in the key's chain is taken under a lock: the place of the next receipt is written first, then this one. So no two
//! receipts have one place, whatever is killed in between: then one is missing, which shows. A receipt that cannot be written
//! gives its place back.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::fs::FlockOperation;
use rustix::io::Errno;
use tollgate::receipt::{KeyName, Place, Record, sign};
use tollgate::{Grant, Report};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::key::{self, KeyFiles, read_secret};
use crate::new_file::Kept;

/// How long the chain of a key is waited for while other runs write their receipts.
const CHAIN_WAIT: Duration = Duration::from_secs(10);
/// How often it is looked whether it is free.
const CHAIN_LOOK: Duration = Duration::from_millis(5);
/// Bytes of the file of a chain: a place and a line end.
const CHAIN_BYTES: usize = 93;

/// A receipt that is going to be written.
pub(crate) struct ReceiptFile {
    path: PathBuf,
    file: File,
    key: KeyFiles,
}

/// What `--receipt` was given.
pub(crate) struct Wanted<'a> {
    pub(crate) path: &'a Path,
    pub(crate) key: &'a KeyName,
    pub(crate) keys: Option<&'a Path>,
}

impl ReceiptFile {
    /// Opens the key and makes the file.
    pub(crate) fn create(wanted: &Wanted<'_>, grant: &Grant) -> CliResult<Self> {
        let folder = key::folder(wanted.keys)?;
        let store = key::existing(&folder)?;
        let key = store.signer(wanted.key)?;
        let keys = Kept {
            path: &folder,
            what: "folder of keys",
            instead: "grant less, or name another with `--keys`",
        };
        keys.out_of_reach("read", &grant.read)?;
        keys.out_of_reach("write to", &grant.write)?;
        Ok(Self {
            path: wanted.path.to_owned(),
            file: Kept::file(wanted.path, "receipt").create(grant)?,
            key,
        })
    }

    /// Removes the file of a run that does not begin.
    pub(crate) fn abandon(&self) {
        // An empty file that stays is no receipt.
        drop(std::fs::remove_file(&self.path));
    }

    /// Signs and writes it.
    pub(crate) fn write(self, report: &Report) -> CliResult<()> {
        self.signed(&Record::of(report)).map_err(|error| {
            let what = format!("the receipt `{}` is not written", self.path.display());
            CliError::about(Exit::Unwritten, what, error)
        })
    }

    fn signed(&self, record: &Record) -> anyhow::Result<()> {
        let KeyFiles { secret, chain } = &self.key;
        lock(chain).context("the chain of the key")?;
        let key = read_secret(secret).context("the key")?;
        let place = read_place(chain).context("the chain of the key")?;
        let signed = sign(record, &key, place)?;
        let taken = Taken {
            place,
            next: signed.next,
        };
        let write = || self.write_whole(&signed.bytes);
        taken.with(chain, write, || self.clear())?;
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.sync_data()
    }

    fn write_whole(&self, receipt: &[u8]) -> io::Result<()> {
        let mut line = receipt.to_vec();
        line.push(b'\n');
        (&self.file).write_all(&line)?;
        self.file.sync_data()
    }
}

/// A place of a chain, for the receipt that is written now.
struct Taken {
    place: Place,
    next: Place,
}

impl Taken {
    /// Takes the place and writes. What cannot be written gives its place back where nothing is left of it.
    fn with(
        &self,
        chain: &File,
        write: impl FnOnce() -> io::Result<()>,
        clear: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        let written = write_place(chain, self.next).and_then(|()| write());
        if written.is_err() {
            // Two receipts of one place would be a break of the chain that a missing one hides in.
            clear()?;
            write_place(chain, self.place)?;
        }
        written
    }
}

/// Waits until no other run has the chain. The lock ends with the file.
fn lock(chain: &File) -> io::Result<()> {
    let until = Instant::now() + CHAIN_WAIT;
    loop {
        match rustix::fs::flock(chain, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(Errno::WOULDBLOCK) if Instant::now() < until => std::thread::sleep(CHAIN_LOOK),
            Err(Errno::WOULDBLOCK) => {
                return Err(io::Error::other("another process keeps it locked"));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn read_place(chain: &File) -> anyhow::Result<Place> {
    let mut bytes = [0; CHAIN_BYTES];
    chain.read_exact_at(&mut bytes, 0)?;
    let text = std::str::from_utf8(&bytes)?;
    let place = text.strip_suffix('\n').context("its line has no end")?;
    Ok(place.parse()?)
}

fn write_place(chain: &File, place: Place) -> io::Result<()> {
    chain.write_all_at(format!("{place}\n").as_bytes(), 0)?;
    chain.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_before_anything_is_written_in_it() {
        let chain = tempfile::tempfile().expect("a file");
        let next: Place = format!("{:020} sha256:{}", 1, "ab".repeat(32))
            .parse()
            .expect("a place");
        let taken = Taken {
            place: Place::FIRST,
            next,
        };
        let now = || read_place(&chain).expect("a place");
        let full = || Err(io::ErrorKind::StorageFull.into());
        let holds_next = || {
            assert_eq!(now(), next);
            Ok(())
        };
        for (write_fails, clear_fails, left) in [
            (false, false, next),
            (true, false, Place::FIRST),
            // What may stand there has this place.
            (true, true, next),
        ] {
            write_place(&chain, Place::FIRST).expect("it is written");
            let write = || holds_next().and_then(|()| if write_fails { full() } else { Ok(()) });
            let clear = || holds_next().and_then(|()| if clear_fails { full() } else { Ok(()) });
            let ended = taken.with(&chain, write, clear);
            assert_eq!((ended.is_err(), now()), (write_fails, left));
        }
    }

    #[test]
    fn a_chain_is_read_as_it_was_written_and_not_when_it_was_changed() {
        let mut file = tempfile::tempfile().expect("a file");
        let later: Place = format!("{:020} sha256:{}", 17, "ab".repeat(32))
            .parse()
            .expect("a place");
        for place in [Place::FIRST, later] {
            write_place(&file, place).expect("it is written");
            assert_eq!(read_place(&file).expect("a place"), place);
        }
        for wrong in [&b"x"[..], b"00000000000000000000 "] {
            file.set_len(0).expect("it is ours");
            file.write_all(wrong).expect("it is written");
            assert!(read_place(&file).is_err());
        }
    }
}
