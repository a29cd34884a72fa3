//! Compiled code kept on disk, and only ever used when it is provably ours.
//!
//! Loading compiled code runs it, so a process that can write a file that we load owns this one. Each entry therefore carries an
//! authentication code over all of its bytes under a key only this user can read ([`entry`]). Entries are copied to memory
//! whole that nobody else can change (on Linux it is sealed), checked there, and those checked bytes are what is
//! loaded; the file can change afterwards. What fails the check is removed, counted and reported, and the module is
//! compiled again.

mod entry;
mod key;
pub(crate) mod memory;
mod name;

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::TryRng;
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, fstat, openat,
    unlinkat,
};
use rustix::process::geteuid;
use serde::{Deserialize, Serialize};

use crate::{
    config::Tier,
    digest::Digest,
    engine::{ArtifactCode, VerifiedArtifact},
    limits,
};

#[cfg(target_os = "linux")]
use crate::sealed;

pub(crate) use entry::MAGIC as FORMAT;
pub use entry::Rejection;
use entry::{Entry, Key, OVERHEAD, Subject};
pub use memory::{MemoryCacheConfig, MemoryCacheStatistics};

/// Where artifacts are kept, how many and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheConfig {
    /// The folder; made if it is not there. It must belong to this user and not be writable by others.
    pub folder: PathBuf,
    /// Bytes of all entries; the least recently used ones go first. Default [`limits::CACHE_BYTES`].
    pub bytes_max: u64,
    /// Age at which an entry is not used any more. Default [`limits::CACHE_AGE`].
    pub age_max: Duration,
}

impl CacheConfig {
    /// Returns the default configuration for a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            bytes_max: limits::CACHE_BYTES,
            age_max: limits::CACHE_AGE,
        }
    }

    /// Returns the default configuration for the usual folder of this user: `tollgate/modules` in `$XDG_CACHE_HOME`, else in
    /// `$HOME/.cache`. `None` when the environment names neither with an absolute path.
    pub fn for_user() -> Option<Self> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        user_folder(variable("XDG_CACHE_HOME"), variable("HOME")).map(Self::new)
    }
}

/// As the XDG base directory specification says: relative paths are ignored.
fn user_folder(cache_home: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    let base = cache_home.filter(absolute).or_else(|| {
        let home = home.filter(absolute)?;
        Some(home.join(".cache"))
    })?;
    Some(base.join("tollgate").join("modules"))
}

/// The cache folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The folder is not safe, because somebody else could put entries or a key into it, or has another use.
    #[error("cache folder `{}` {what}; choose a folder of your own", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The key's file is not safe.
    #[error("cache key `{}` {what}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        what: &'static str,
    },
    /// The system refused.
    #[error("cannot use `{}` of the cache", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// What a cache holds and did since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheStatistics {
    /// Look-ups that found a usable entry.
    pub hits: u64,
    /// Look-ups that found none.
    pub misses: u64,
    /// Entries that were removed because they were forged, foreign or damaged.
    pub rejected: u64,
    /// Entries that were removed because of their age.
    pub expired: u64,
    /// Entries that were removed to make place.
    pub evicted: u64,
    /// Entries now.
    pub entries: u64,
    /// Bytes of these.
    pub bytes: u64,
}

/// One entry of the folder, as its name and its file say. Nothing of it was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheEntry {
    /// The module.
    pub module: Digest,
    /// First digits of the digest of what the code was made for: the engine's settings and the limits on modules.
    pub settings: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// When it was used last, to the hour.
    pub used: SystemTime,
}

/// What looking at every entry found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CacheAudit {
    /// Entries that can be used.
    pub intact: u64,
    /// Entries that were removed, by file name, and why.
    pub removed: Vec<(String, Rejection)>,
}

/// Artifacts on disk. Several processes of one user may share a folder.
#[derive(Debug)]
pub struct DiskCache {
    config: CacheConfig,
    folder: OwnedFd,
    key: Key,
    counts: Counts,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

#[derive(Debug, Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    rejected: AtomicU64,
    expired: AtomicU64,
    evicted: AtomicU64,
}

/// What a look-up found.
#[derive(Debug)]
pub(crate) enum Found {
    /// Checked code.
    Artifact {
        artifact: VerifiedArtifact,
        tier: Tier,
    },
    /// Nothing.
    Nothing,
    /// An entry that was removed.
    Rejected(Rejection),
}

/// In what form code is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As a file that can be mapped, where the system has what that needs.
    Mapped,
    /// As bytes.
    Bytes,
}

/// The file of an entry, with the size it had. Nothing of it was checked but whose it is.
struct Opened {
    descriptor: OwnedFd,
    size: u64,
}

impl Opened {
    fn bytes(self) -> Result<Vec<u8>, Rejection> {
        let unread = |_| Rejection::Size;
        // The file may grow while it is read; the authentication code would not match then.
        let mut bytes = vec![0; usize::try_from(self.size).map_err(|_| Rejection::Size)?];
        File::from(self.descriptor)
            .read_exact(&mut bytes)
            .map_err(unread)?;
        Ok(bytes)
    }
}

/// One file of the folder.
struct Listed {
    name: String,
    bytes: u64,
    used: SystemTime,
}

impl DiskCache {
    /// Opens the folder, making it and its key if they are not there.
    ///
    /// # Errors
    /// [`CacheError`] when somebody else could have written into the folder or read its key.
    pub fn open(config: CacheConfig) -> Result<Self, CacheError> {
        let path = config.folder.clone();
        let failed = |source: io::Error| CacheError::Io {
            path: path.clone(),
            source,
        };
        let open = || {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            rustix::fs::open(&path, flags, Mode::empty())
        };
        let folder = match open() {
            Err(rustix::io::Errno::NOENT) => {
                let mut builder = std::fs::DirBuilder::new();
                std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
                builder.create(&path).map_err(failed)?;
                open()
            }
            opened => opened,
        };
        let folder = folder.map_err(|error| failed(error.into()))?;
        let stat = fstat(&folder).map_err(|error| failed(error.into()))?;
        if stat.st_uid != geteuid().as_raw() {
            return Err(CacheError::Folder {
                path,
                what: "belongs to another user",
            });
        }
        if stat.st_mode & 0o022 != 0 {
            return Err(CacheError::Folder {
                path,
                what: "is writable by others",
            });
        }
        if !has_key(&folder) && holds_other_files(&path).map_err(failed)? {
            return Err(CacheError::Folder {
                path,
                what: "holds other files and is not a cache",
            });
        }
        let key = key::load(folder.as_fd(), &path)?;
        Ok(Self {
            config,
            folder,
            key,
            counts: Counts::default(),
        })
    }

    /// Returns where entries are kept, how many and how long.
    pub fn config(&self) -> &CacheConfig {
        &self.config
    }

    /// Returns the entries, the last used first.
    pub fn entries(&self) -> Vec<CacheEntry> {
        let entry = |listed: Listed| {
            let (module, settings) = name::parts(&listed.name)?;
            Some(CacheEntry {
                module: module.parse().ok()?,
                settings: settings.to_owned(),
                bytes: listed.bytes,
                used: listed.used,
            })
        };
        self.list().into_iter().rev().filter_map(entry).collect()
    }

    /// Checks every entry as if it were to be loaded, and removes those that would not be.
    pub fn verify(&self) -> CacheAudit {
        let mut audit = CacheAudit::default();
        for listed in self.list() {
            match self.check(&listed.name) {
                Ok(()) => audit.intact += 1,
                Err(rejection) => {
                    self.remove(&listed.name);
                    audit.removed.push((listed.name, rejection));
                }
            }
        }
        audit
    }

    fn check(&self, name: &str) -> Result<(), Rejection> {
        // One that is gone meanwhile is nobody's fault.
        let Some(file) = self.open_entry(name)? else {
            return Ok(());
        };
        let entry = entry::authentic(&self.key, &File::from(file.descriptor))?;
        if name::entry(&entry.subject) != name {
            return Err(Rejection::Foreign);
        }
        self.not_expired(&entry)
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.config.folder
    }

    /// Looks for the code of `module` under `settings`. Never an error: what cannot be used is not there.
    pub(crate) fn get(&self, module: Digest, settings: Digest, form: Form) -> Found {
        let subject = Subject { module, settings };
        let name = name::entry(&subject);
        let found = match self.open_entry(&name) {
            Ok(None) => {
                self.counts.misses.fetch_add(1, Relaxed);
                return Found::Nothing;
            }
            Ok(Some(file)) => self.take(&subject, file, form),
            Err(rejection) => Err(rejection),
        };
        match found {
            Ok((code, tier)) => {
                self.counts.hits.fetch_add(1, Relaxed);
                // Only this constructor is reached with bytes whose authentication code was checked.
                let artifact = VerifiedArtifact::assume_verified(code, module);
                Found::Artifact { artifact, tier }
            }
            Err(rejection) => {
                let count = if rejection.is_violation() {
                    &self.counts.rejected
                } else {
                    &self.counts.expired
                };
                count.fetch_add(1, Relaxed);
                self.remove(&name);
                Found::Rejected(rejection)
            }
        }
    }

    /// Copies an entry to where nobody can change it, and checks the copy.
    fn take(
        &self,
        subject: &Subject,
        file: Opened,
        form: Form,
    ) -> Result<(ArtifactCode, Tier), Rejection> {
        #[cfg(target_os = "linux")]
        if form == Form::Mapped
            && let Ok(copy) = sealed::copy(&file.descriptor, file.size)
        {
            let entry = entry::open(&self.key, subject, &copy)?;
            self.not_expired(&entry)?;
            sealed::cut(&copy, entry.length).map_err(|_| Rejection::Size)?;
            return Ok((ArtifactCode::Sealed(copy), entry.tier));
        }
        // Only Linux has both forms.
        let _ = form;
        let mut bytes = file.bytes()?;
        let entry = entry::open(&self.key, subject, bytes.as_slice())?;
        self.not_expired(&entry)?;
        bytes.truncate(usize::try_from(entry.length).map_err(|_| Rejection::Size)?);
        Ok((ArtifactCode::Bytes(bytes), entry.tier))
    }

    /// Keeps code. Failing to is not an error of the load: the next one compiles again.
    pub(crate) fn put(
        &self,
        module: Digest,
        settings: Digest,
        artifact: Vec<u8>,
        tier: Tier,
    ) -> Result<(), CacheError> {
        if artifact.len() as u64 + OVERHEAD > self.config.bytes_max {
            return Ok(());
        }
        self.sweep();
        let subject = Subject { module, settings };
        let entry = Entry {
            subject,
            tier,
            created_secs: now_secs(),
            length: artifact.len() as u64,
        };
        let bytes = entry::seal(&self.key, artifact, entry);
        self.write(&name::entry(&subject), &bytes)
            .map_err(|source| CacheError::Io {
                path: self.config.folder.clone(),
                source,
            })?;
        self.evict(self.config.bytes_max, usize::MAX);
        Ok(())
    }

    /// Removes what is kept for a module, for every engine. Returns how many entries that were.
    pub fn invalidate(&self, module: Digest) -> u64 {
        let prefix = module.to_hex();
        self.remove_where(|name| name.starts_with(&prefix))
    }

    /// Removes every entry, and nothing that no cache has written. Returns how many that were.
    pub fn clear(&self) -> u64 {
        self.remove_where(|_| true)
    }

    /// Removes all but the `count` entries used last. Returns how many were removed.
    pub fn keep_newest(&self, count: usize) -> u64 {
        self.evict(u64::MAX, count)
    }

    /// Returns what the cache holds and did.
    pub fn statistics(&self) -> CacheStatistics {
        let listed = self.list();
        CacheStatistics {
            hits: self.counts.hits.load(Relaxed),
            misses: self.counts.misses.load(Relaxed),
            rejected: self.counts.rejected.load(Relaxed),
            expired: self.counts.expired.load(Relaxed),
            evicted: self.counts.evicted.load(Relaxed),
            entries: listed.len() as u64,
            bytes: listed.iter().map(|file| file.bytes).sum(),
        }
    }

    /// Opens the file of an entry; `None` when there is none.
    fn open_entry(&self, name: &str) -> Result<Option<Opened>, Rejection> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let descriptor = match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(descriptor) => descriptor,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(_) => return Err(Rejection::NotPrivate),
        };
        let stat = fstat(&descriptor).map_err(|_| Rejection::NotPrivate)?;
        let private = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
            && stat.st_uid == geteuid().as_raw()
            && stat.st_mode & 0o022 == 0;
        if !private {
            return Err(Rejection::NotPrivate);
        }
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if !(OVERHEAD..=limits::ARTIFACT_BYTES + OVERHEAD).contains(&size) {
            return Err(Rejection::Size);
        }
        touch(&descriptor, &stat);
        Ok(Some(Opened { descriptor, size }))
    }

    /// Writes under a temporary name and renames, so that a reader sees all of an entry or none.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut suffix = [0; 8];
        rand::rngs::SysRng
            .try_fill_bytes(&mut suffix)
            .map_err(io::Error::other)?;
        let temporary = name::temporary("", suffix);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.folder, &temporary, flags, Mode::RUSR)?);
        let written = file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| {
                Ok(rustix::fs::renameat(
                    &self.folder,
                    &temporary,
                    &self.folder,
                    name,
                )?)
            });
        if written.is_err() {
            self.remove(&temporary);
        }
        written
    }

    fn not_expired(&self, entry: &Entry) -> Result<(), Rejection> {
        let age = now_secs().saturating_sub(entry.created_secs);
        if age > self.config.age_max.as_secs() {
            Err(Rejection::Expired)
        } else {
            Ok(())
        }
    }

    /// The entries, the least recently used first.
    fn list(&self) -> Vec<Listed> {
        let entries = std::fs::read_dir(&self.config.folder)
            .into_iter()
            .flatten()
            .flatten();
        let mut listed: Vec<Listed> = entries
            .filter_map(|entry| {
                let name = entry
                    .file_name()
                    .into_string()
                    .ok()
                    .filter(|name| name::parts(name).is_some())?;
                let metadata = entry.metadata().ok()?;
                Some(Listed {
                    name,
                    bytes: metadata.len(),
                    used: metadata.modified().ok()?,
                })
            })
            .collect();
        listed.sort_by(|a, b| a.used.cmp(&b.used).then_with(|| a.name.cmp(&b.name)));
        listed
    }

    fn evict(&self, bytes_max: u64, entries_max: usize) -> u64 {
        let listed = self.list();
        let (mut bytes, mut entries) = (
            listed.iter().map(|file| file.bytes).sum::<u64>(),
            listed.len(),
        );
        let mut evicted = 0;
        for file in listed {
            if bytes <= bytes_max && entries <= entries_max {
                break;
            }
            self.remove(&file.name);
            bytes = bytes.saturating_sub(file.bytes);
            entries -= 1;
            evicted += 1;
        }
        self.counts.evicted.fetch_add(evicted, Relaxed);
        evicted
    }

    /// Removes what writers that were interrupted left behind.
    fn sweep(&self) {
        let entries = std::fs::read_dir(&self.config.folder)
            .into_iter()
            .flatten()
            .flatten();
        for entry in entries {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name::is_temporary(name)) else {
                continue;
            };
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            let age = modified.map(|modified| modified.elapsed().unwrap_or_default());
            if age.is_ok_and(|age| age > limits::CACHE_WRITE) {
                self.remove(name);
            }
        }
    }

    fn remove_where(&self, wanted: impl Fn(&str) -> bool) -> u64 {
        let names = self
            .list()
            .into_iter()
            .map(|file| file.name)
            .filter(|name| wanted(name));
        names.map(|name| u64::from(self.remove(&name))).sum()
    }

    /// Removes whatever has this name; a folder that somebody put there is moved aside by name and left.
    fn remove(&self, name: &str) -> bool {
        unlinkat(&self.folder, name, AtFlags::empty())
            .or_else(|_| unlinkat(&self.folder, name, AtFlags::REMOVEDIR))
            .is_ok()
    }
}

/// Whether the folder is a cache already.
fn has_key(folder: &OwnedFd) -> bool {
    rustix::fs::statat(folder, key::NAME, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// Whether there is something that no cache would have made: it might be taken for one, and removed, later.
fn holds_other_files(path: &Path) -> io::Result<bool> {
    for entry in std::fs::read_dir(path)? {
        let name = entry?.file_name();
        // Another process may have made the key since it was looked for; what is in it is checked when it is read.
        let ours = |name: &str| {
            name == key::NAME || name::parts(name).is_some() || name::is_temporary(name)
        };
        if !name.to_str().is_some_and(ours) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes that an entry was used, at most once an hour: the order of eviction need not be finer.
fn touch(file: &OwnedFd, stat: &rustix::fs::Stat) {
    let modified = u64::try_from(stat.st_mtime).unwrap_or_default();
    if now_secs().saturating_sub(modified) < 3_600 {
        return;
    }
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        },
    };
    // An entry that cannot be touched is evicted earlier than it should be, nothing more.
    rustix::fs::futimens(file, &times).ok();
}

fn now_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_folder_is_where_the_specification_says() {
        let path = |text: &str| Some(PathBuf::from(text));
        for (cache_home, home, folder) in [
            (path("/c"), path("/h"), path("/c/tollgate/modules")),
            (None, path("/h"), path("/h/.cache/tollgate/modules")),
            (path("c"), path("/h"), path("/h/.cache/tollgate/modules")),
            (path(""), path("h"), None),
            (None, None, None),
        ] {
            assert_eq!(user_folder(cache_home, home), folder);
        }
    }
}
