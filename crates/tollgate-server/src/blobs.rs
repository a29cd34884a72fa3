//! The bytes of modules, for each tenant and digest. A server alone keeps them as files: one has its name only when all of it is on
//! the disk. Servers that share a database keep them there, in pieces. They are read with their digest checked: what was changed
//! is never run.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tollgate::Digest;
use tollgate_api::ErrorCode;
use tollgate_state::audit::Act;
use tollgate_state::limits::{MODULE_BYTES_MAX, PIECE_BYTES};
use tollgate_state::registry::{
    Deletes, NewVersion, Prune, Pruned, PutVersion, Reference, VersionEntry,
};
use tollgate_state::{StateError, Store};

use crate::clock;
use crate::data::ServerData;
use crate::error::ApiError;
use crate::folder::{Folder, make};
use crate::limits::{BYTES_ATTEMPTS, CHUNK_BYTES};

pub(crate) struct Blobs {
    modules: PathBuf,
    incoming: PathBuf,
    kept: Kept,
    /// Held while files and their row change together, so that bytes do not go while somebody pushes the same.
    changes: Mutex<()>,
}

/// Where bytes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    InFiles,
    InDatabase,
}

/// Bytes that arrive, in a file without a name that lasts.
pub(crate) struct Incoming {
    file: NamedTempFile,
    hasher: Sha256,
    bytes: u64,
}

/// Bytes that have arrived.
pub(crate) struct Arrived {
    file: NamedTempFile,
    pub(crate) digest: Digest,
    pub(crate) bytes: u64,
}

impl Blobs {
    /// Opens the folders, and removes what is left of pushes that did not end.
    pub(crate) fn open(data: &ServerData, folder: &Folder) -> io::Result<Self> {
        let blobs = Self {
            modules: folder.modules(),
            incoming: folder.incoming(),
            kept: match data.database {
                None => Kept::InFiles,
                Some(_) => Kept::InDatabase,
            },
            changes: Mutex::new(()),
        };
        make(&blobs.modules)?;
        match fs::remove_dir_all(&blobs.incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => make(&blobs.incoming)?,
        }
        Ok(blobs)
    }

    /// Whether there are modules.
    pub(crate) fn is_empty(&self) -> io::Result<bool> {
        Ok(fs::read_dir(&self.modules)?.next().is_none())
    }

    /// Removes bytes that no version names: of pushes that ended between the bytes and their row. Files of a server that kept them
    /// there before come into the database.
    pub(crate) fn sweep(&self, store: &mut Store) -> Result<(), StateError> {
        for tenant in store.tenants()? {
            // A tenant that never pushed has no folder.
            let Ok(files) = fs::read_dir(self.modules.join(&tenant)) else {
                continue;
            };
            for file in files.flatten() {
                let name = file.file_name().to_string_lossy().into_owned();
                match (store.has_bytes(&tenant, &name)?, self.kept) {
                    (false, _) => self.remove(&tenant, &name),
                    (true, Kept::InFiles) => {}
                    (true, Kept::InDatabase) => self.bring(store, &tenant, &name)?,
                }
            }
        }
        Ok(())
    }

    /// Brings a file into the database, if its bytes are not there and are those of its name. What is no use to anybody stays.
    fn bring(&self, store: &mut Store, tenant: &str, digest: &str) -> Result<(), StateError> {
        let path = self.modules.join(tenant).join(digest);
        if store.has_all_pieces(tenant, digest)? {
            self.remove(tenant, digest);
            return Ok(());
        }
        let failed = |source| StateError::File {
            path: path.clone(),
            source,
        };
        let bytes = fs::metadata(&path).map_err(failed)?.len();
        match self
            .open_blob((tenant, digest), bytes)
            .and_then(Checked::all)
        {
            Ok(_) => put_pieces(store, (tenant, digest), &path).map_err(|error| error.of(path))?,
            Err(error) if is_changed(&error) => {
                tracing::error!(%error, tenant, "a module cannot be brought into the database");
            }
            Err(error) => return Err(failed(error)),
        }
        Ok(())
    }

    /// Keeps bytes that have arrived, and the version that has them; `false`: it was there. Blocking.
    pub(crate) fn put(
        &self,
        store: &mut Store,
        act: &Act<'_>,
        (new, arrived): (&NewVersion<'_>, Arrived),
    ) -> Result<bool, ApiError> {
        match self.kept {
            Kept::InFiles => {
                let _change = self.change();
                let made = match self.keep(act.tenant, arrived) {
                    Ok(()) => store.put_version(act, new).map_err(ApiError::from),
                    Err(error) => Err(ApiError::file(&error)),
                };
                if made.is_err() && !store.has_bytes(act.tenant, new.digest)? {
                    self.remove(act.tenant, new.digest);
                }
                made
            }
            Kept::InDatabase => {
                let made = put_with_pieces(store, act, (new, &arrived));
                if made.is_err() {
                    // What is not forgotten now is so later.
                    store.forget_pieces(act.tenant, new.digest).ok();
                }
                made
            }
        }
    }

    /// Deletes a version, and its bytes when no other one has them, whose digest is returned then. Blocking.
    pub(crate) fn delete(
        &self,
        store: &mut Store,
        act: &Act<'_>,
        (deletes, reference): (Deletes<'_>, (&str, &str)),
    ) -> Result<Option<String>, StateError> {
        let _change = self.change();
        let gone = store.delete_version(act, deletes, reference)?;
        self.remove_all(act.tenant, gone.as_slice());
        Ok(gone)
    }

    /// Deletes versions of a module but the newest, and the bytes that no other one has. Blocking.
    pub(crate) fn prune(
        &self,
        store: &mut Store,
        act: &Act<'_>,
        (deletes, prune): (Deletes<'_>, &Prune<'_>),
    ) -> Result<Pruned, StateError> {
        let _change = self.change();
        let pruned = store.prune(act, deletes, prune)?;
        self.remove_all(act.tenant, &pruned.digests);
        Ok(pruned)
    }

    /// Removes the files of what no version names any more; pieces in the database went with their versions.
    fn remove_all(&self, tenant: &str, digests: &[String]) {
        if self.kept == Kept::InFiles {
            for digest in digests {
                self.remove(tenant, digest);
            }
        }
    }

    fn change(&self) -> Option<MutexGuard<'_, ()>> {
        let files = (self.kept == Kept::InFiles).then_some(&self.changes);
        files.map(|changes| changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A place for bytes that arrive. Blocking.
    pub(crate) fn receive(&self) -> io::Result<Incoming> {
        Ok(Incoming {
            file: NamedTempFile::new_in(&self.incoming)?,
            hasher: Sha256::new(),
            bytes: 0,
        })
    }

    /// Gives bytes their name, so that they are there after a power cut. Blocking.
    fn keep(&self, tenant: &str, arrived: Arrived) -> io::Result<()> {
        let folder = self.modules.join(tenant);
        make(&folder)?;
        let name = folder.join(arrived.digest.to_hex());
        arrived.file.persist(name)?;
        File::open(&folder)?.sync_all()?;
        File::open(&self.modules)?.sync_all()
    }

    /// Opens the bytes of the version that a reference names now, to be read piece by piece. Blocking.
    pub(crate) fn of_version(
        &self,
        store: &Store,
        tenant: &str,
        reference: &Reference<'_>,
    ) -> Result<(VersionEntry, Checked), ApiError> {
        match self.kept {
            Kept::InFiles => {
                // What is open is read to its end, also when it is deleted meanwhile.
                let _change = self.change();
                let entry = store.resolve(tenant, reference)?;
                let blob = self.open_blob((tenant, &entry.digest), entry.bytes);
                Ok((entry, blob.map_err(|error| ApiError::file(&error))?))
            }
            Kept::InDatabase => {
                let mut tried = 0;
                loop {
                    let entry = store.resolve(tenant, reference)?;
                    tried += 1;
                    match self.gather(store, tenant, &entry)? {
                        Ok(blob) => return Ok((entry, blob)),
                        // Another server deletes it, or has deleted it and keeps it again.
                        Err(error) if tried < BYTES_ATTEMPTS && is_changed(&error) => {}
                        Err(error) => return Err(ApiError::file(&error)),
                    }
                }
            }
        }
    }

    /// Bytes from the database, in a file without a name.
    fn gather(
        &self,
        store: &Store,
        tenant: &str,
        entry: &VersionEntry,
    ) -> Result<io::Result<Checked>, ApiError> {
        let mut file = tempfile::tempfile_in(&self.incoming).map_err(|e| ApiError::file(&e))?;
        store.pieces((tenant, &entry.digest), |piece| {
            file.write_all(piece)
                .map_err(|error| ApiError::file(&error))
        })?;
        file.rewind().map_err(|error| ApiError::file(&error))?;
        Ok(Checked::of(file, &entry.digest, entry.bytes))
    }

    fn open_blob(&self, (tenant, digest): (&str, &str), bytes: u64) -> io::Result<Checked> {
        let file = File::open(self.modules.join(tenant).join(digest))?;
        Checked::of(file, digest, bytes)
    }

    /// Removes a file that no version names any more. What cannot be removed takes room and nothing else.
    fn remove(&self, tenant: &str, digest: &str) {
        if let Err(error) = fs::remove_file(self.modules.join(tenant).join(digest)) {
            tracing::warn!(%error, digest, "the bytes of a deleted module are still there");
        }
    }
}

impl Incoming {
    /// Adds bytes. Blocking.
    pub(crate) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)?;
        self.hasher.update(piece);
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        Ok(())
    }

    /// Says that this is all, and waits until it is on the disk. Blocking.
    pub(crate) fn end(self) -> io::Result<Arrived> {
        self.file.as_file().sync_all()?;
        let digest = hex::encode(self.hasher.finalize());
        Ok(Arrived {
            file: self.file,
            digest: digest.parse().map_err(io::Error::other)?,
            bytes: self.bytes,
        })
    }
}

impl Arrived {
    /// All of them, read back from the disk. Blocking.
    pub(crate) fn read(&self) -> io::Result<Arc<[u8]>> {
        let bytes: Arc<[u8]> = fs::read(self.file.path())?.into();
        if Digest::of(&bytes) != self.digest {
            return Err(io::Error::other(
                "a file that was just written has other bytes",
            ));
        }
        Ok(bytes)
    }
}

/// Keeps pieces, and the version that has them.
fn put_with_pieces(
    store: &mut Store,
    act: &Act<'_>,
    (new, arrived): (&NewVersion<'_>, &Arrived),
) -> Result<bool, ApiError> {
    for _ in 0..BYTES_ATTEMPTS {
        put_pieces(store, (act.tenant, new.digest), arrived.file.path())?;
        match store.put_version_with_bytes(act, new)? {
            PutVersion::Made => return Ok(true),
            PutVersion::WasThere => return Ok(false),
            // Somebody has just deleted the last version that had them.
            PutVersion::BytesMissing => {}
        }
    }
    Err(ApiError::new(
        ErrorCode::Conflict,
        "others delete the same bytes at the same time; push again",
    ))
}

/// Why bytes of a file did not come into the database.
#[derive(Debug, thiserror::Error)]
enum PiecesError {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    State(#[from] StateError),
}

impl PiecesError {
    fn of(self, path: PathBuf) -> StateError {
        match self {
            Self::File(source) => StateError::File { path, source },
            Self::State(error) => error,
        }
    }
}

impl From<PiecesError> for ApiError {
    fn from(error: PiecesError) -> Self {
        match error {
            PiecesError::File(error) => Self::file(&error),
            PiecesError::State(error) => error.into(),
        }
    }
}

/// Whether bytes are others than they should be.
fn is_changed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

fn put_pieces(store: &mut Store, of: (&str, &str), path: &Path) -> Result<(), PiecesError> {
    let (mut file, now) = (File::open(path)?, clock::now());
    for number in 0.. {
        let mut piece = Vec::new();
        (&mut file)
            .take(PIECE_BYTES as u64)
            .read_to_end(&mut piece)?;
        if piece.is_empty() {
            break;
        }
        store.put_piece(of, (number, &piece), now)?;
    }
    Ok(())
}

/// Bytes that are read piece by piece. The last piece comes only when all of them are those of the digest.
pub(crate) struct Checked {
    file: File,
    pub(crate) left: u64,
    hasher: Sha256,
    digest: String,
}

impl Checked {
    /// What is in a file, which has so many bytes.
    fn of(file: File, digest: &str, bytes: u64) -> io::Result<Self> {
        let checked = Self {
            left: bytes,
            hasher: Sha256::new(),
            digest: digest.to_owned(),
            file,
        };
        match checked.file.metadata()?.len() == bytes && bytes > 0 {
            true => Ok(checked),
            false => Err(checked.changed()),
        }
    }

    /// The next piece; `None`: that was all. Blocking.
    pub(crate) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut piece = Vec::new();
        let read = (&mut self.file).take(CHUNK_BYTES as u64);
        let read = { read }.read_to_end(&mut piece)? as u64;
        self.hasher.update(&piece);
        let is_cut = read == 0 || read > self.left;
        self.left = self.left.saturating_sub(read);
        let is_last = self.left == 0;
        if is_cut || (is_last && hex::encode(self.hasher.clone().finalize()) != self.digest) {
            return Err(self.changed());
        }
        Ok(Some(piece))
    }

    /// All of them. Blocking.
    pub(crate) fn all(mut self) -> io::Result<Arc<[u8]>> {
        if self.left > MODULE_BYTES_MAX {
            return Err(self.changed());
        }
        let mut bytes = Vec::new();
        while let Some(piece) = self.next()? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }

    fn changed(&self) -> io::Error {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "the bytes of `{}` are not those that were pushed",
                self.digest
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes: &[u8]) -> (tempfile::TempDir, Blobs, String) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("data")).unwrap();
        let blobs = Blobs::open(&place.path().into(), &folder).unwrap();
        let mut incoming = blobs.receive().unwrap();
        incoming.write(bytes).unwrap();
        let arrived = incoming.end().unwrap();
        let digest = arrived.digest.to_hex();
        blobs.keep("incoming", arrived).unwrap();
        (place, blobs, digest)
    }

    fn read(blobs: &Blobs, digest: &str, bytes: usize) -> io::Result<Arc<[u8]>> {
        blobs.open_blob(("incoming", digest), bytes as u64)?.all()
    }

    #[test]
    fn what_was_kept_is_read() {
        let bytes = vec![7; CHUNK_BYTES * 2 + 1];
        let (_place, blobs, digest) = kept(&bytes);
        assert_eq!(*read(&blobs, &digest, bytes.len()).unwrap(), *bytes);
    }

    #[test]
    fn a_tenant_with_the_name_of_a_folder_of_ours_keeps_its_bytes() {
        let (place, blobs, digest) = kept(b"bytes");
        drop(blobs);
        let folder = Folder::open(&place.path().join("data")).unwrap();
        let blobs = Blobs::open(&place.path().into(), &folder).unwrap();
        assert_eq!(*read(&blobs, &digest, 5).unwrap(), *b"bytes");
    }

    #[test]
    fn what_the_disk_changed_is_not_read() {
        for size in [5, CHUNK_BYTES, CHUNK_BYTES + 5] {
            let bytes = vec![7; size];
            let (_place, blobs, digest) = kept(&bytes);
            let path = blobs.modules.join("incoming").join(&digest);
            let mut flipped = bytes.clone();
            flipped[size - 1] ^= 1;
            let longer = [&bytes[..], b"x"].concat();
            for other in [flipped, bytes[1..].to_vec(), longer, Vec::new()] {
                fs::write(&path, &other).unwrap();
                let error = read(&blobs, &digest, size).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{size}");
            }
        }
    }
}
