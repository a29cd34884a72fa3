//! Receipts of runs: what the report of a run says, signed with the key of this server.
//!
//! The key lies in the folder of the server and is made with the first start. Its chain is in the state, and the place of a
//! receipt is taken in the transaction that writes the end of its run: a run that ended has its receipt, and no place is left
//! out. A server that is given another key begins another chain.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::Rng as _;
use tempfile::NamedTempFile;
use tollgate::receipt::{Count, Place, PublicKey, Record, SecretKey, sign};
use tollgate::{Digest, Report};
use tollgate_state::receipt::{ChainPlace, Seal, Sealed};
use zeroize::Zeroizing;

use crate::folder::Folder;

/// Bytes of the file of a key, and more.
const FILE_BYTES: u64 = 256;

/// Why a server cannot sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Others could read it.
    #[error("the key `{}` can be read by others; `chmod 600` it", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// It is no key.
    #[error(
        "`{}` is no key that signs receipts; put the one back that was there, or move it away: then a new key is made, and \
         whoever trusted the old one has to learn the new",
        path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("the key `{}` cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The key of a server.
#[derive(Debug)]
pub(crate) struct Signer(SecretKey);

impl Signer {
    /// Reads the key in the folder of a server, and makes one if there is none.
    pub(crate) fn open(folder: &Folder) -> Result<Self, KeyFileError> {
        let path = folder.receipt_key();
        let failed = |source| KeyFileError::Io {
            path: path.clone(),
            source,
        };
        match File::open(&path) {
            Ok(file) => read(&path, &file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(folder.path(), &path).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Who it is.
    pub(crate) fn public(&self) -> PublicKey {
        self.0.public()
    }
}

fn read(path: &Path, file: &File) -> Result<Signer, KeyFileError> {
    let failed = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        return Err(KeyFileError::Open {
            path: path.to_owned(),
        });
    }
    // Whole at once: a text that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES as usize));
    file.take(FILE_BYTES)
        .read_to_string(&mut text)
        .map_err(failed)?;
    let key = text.trim_end().parse();
    let key = key.map_err(|_| KeyFileError::NoKey {
        path: path.to_owned(),
    })?;
    Ok(Signer(key))
}

/// Makes a key. What is at `path` afterwards is whole, on the disk, and for this user alone.
fn make(folder: &Path, path: &Path) -> io::Result<Signer> {
    let mut random = Zeroizing::new([0; 32]);
    rand::rng().fill_bytes(random.as_mut_slice());
    let key = SecretKey::from_random(&random);
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(key.reveal().as_bytes())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    File::open(folder)?.sync_all()?;
    Ok(Signer(key))
}

/// What is to be said of a run, by this server.
pub(crate) struct Receipt {
    record: Record,
    signer: Arc<Signer>,
}

impl Receipt {
    pub(crate) fn of(report: &Report, signer: &Arc<Signer>) -> Self {
        Self {
            record: Record::of(report),
            signer: Arc::clone(signer),
        }
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Receipt")
            .field(&self.record.execution)
            .finish()
    }
}

impl Seal for Receipt {
    fn signer(&self) -> String {
        self.signer.public().to_string()
    }

    fn seal(&self, place: ChainPlace) -> Result<Sealed, Box<dyn Error + Send + Sync>> {
        let place = Place {
            sequence: Count(place.sequence),
            previous: Digest::from_bytes(place.previous),
        };
        let signed = sign(&self.record, &self.signer.0, place)?;
        Ok(Sealed {
            line: String::from_utf8(signed.bytes)?,
            digest: *signed.next.previous.as_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("data")).unwrap();
        (place, folder)
    }

    #[test]
    fn a_key_is_made_once_and_is_nobody_elses() {
        let (_place, folder) = folder();
        let made = Signer::open(&folder).unwrap().public();
        assert_eq!(Signer::open(&folder).unwrap().public(), made);
        let mode = std::fs::metadata(folder.receipt_key()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_file(folder.receipt_key()).unwrap();
        assert_ne!(Signer::open(&folder).unwrap().public(), made);
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused_and_left() {
        let (_place, folder) = folder();
        Signer::open(&folder).unwrap();
        let path = folder.receipt_key();
        let open = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(&path, open).unwrap();
        let refused = Signer::open(&folder);
        assert!(matches!(refused, Err(KeyFileError::Open { .. })));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        for text in ["", "ed25519-secret:00", &"x".repeat(1 << 20)] {
            std::fs::write(&path, text).unwrap();
            let refused = Signer::open(&folder);
            assert!(
                matches!(refused, Err(KeyFileError::NoKey { .. })),
                "{refused:?}"
            );
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
