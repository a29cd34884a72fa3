//! The folder of a user's keys, and the files of each.
//!
//! `NAME.secret` is the key, `NAME.chain` the place of its next receipt, and `NAME.revoked` the public half of one that is not
//! good any more. Files have mode 0600, are made new and never followed as links; what is open to others is not used. A name is
//! used once: a revoked key keeps it.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rand::TryRng as _;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use tollgate::paths::real;
use tollgate::receipt::{KeyName, KnownKey, Place, PublicKey, SecretKey, Standing};
use tollgate::state::folder::why_exchangeable;
use zeroize::Zeroizing;

use crate::data;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

const SECRET: &str = "secret";
const CHAIN: &str = "chain";
const REVOKED: &str = "revoked";

/// Bytes of the longest of these files, and one more.
const FILE_BYTES: u64 = 128;
/// Files that are looked at in the folder.
const FILES_MAX: usize = 10_000;

/// A folder of keys that belongs to this user alone.
pub(crate) struct KeyStore {
    path: PathBuf,
    folder: OwnedFd,
}

/// A key that signs, opened: whatever is granted and closed afterwards, these are its files.
pub(crate) struct KeyFiles {
    pub(crate) secret: File,
    pub(crate) chain: File,
}

/// The folder that was chosen, or the usual one of this user: `tollgate/keys` in `$XDG_DATA_HOME`, else in
/// `$HOME/.local/share`.
pub(crate) fn folder(chosen: Option<&Path>) -> CliResult<PathBuf> {
    if let Some(chosen) = chosen {
        return Ok(chosen.to_owned());
    }
    let data = data::folder().ok_or_else(|| {
        let message =
            "no folder of keys: neither XDG_DATA_HOME nor HOME names one; choose one with `--keys`";
        CliError::message(Exit::Config, message)
    })?;
    Ok(data.join("keys"))
}

impl KeyStore {
    /// Opens the folder; nothing if it is not there.
    pub(crate) fn open(path: &Path) -> CliResult<Option<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match rustix::fs::openat(CWD, path, flags, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => {
                return Err(unusable(path, "is not a folder, or a link to one"));
            }
            Err(error) => return Err(failed(path, error.into())),
        };
        let stat = rustix::fs::fstat(&folder).map_err(|error| failed(path, error.into()))?;
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(unusable(path, "belongs to another user"));
        }
        if stat.st_mode & 0o022 != 0 {
            return Err(unusable(path, "can be written by others; `chmod 700` it"));
        }
        not_exchangeable(path, path)?;
        Ok(Some(Self {
            path: path.to_owned(),
            folder,
        }))
    }

    /// Opens the folder, and makes it if it is not there.
    pub(crate) fn open_or_make(path: &Path) -> CliResult<Self> {
        use std::os::unix::fs::DirBuilderExt as _;

        // Before it is made, so that nothing is left where it is refused.
        let there = path.ancestors().find(|above| above.exists());
        let there = there.unwrap_or(Path::new("."));
        if there != path {
            not_exchangeable(path, &there.join("keys"))?;
        }
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(path).map_err(|error| failed(path, error))?;
        Self::open(path)?.ok_or_else(|| failed(path, io::ErrorKind::NotFound.into()))
    }

    /// Makes a key of this name.
    pub(crate) fn make(&self, name: &KeyName) -> CliResult<PublicKey> {
        if self.is_there(name, REVOKED)? {
            return Err(taken(name));
        }
        let mut random = Zeroizing::new([0; 32]);
        rand::rngs::SysRng
            .try_fill_bytes(random.as_mut_slice())
            .map_err(|error| CliError::new(Exit::Internal, error))?;
        let key = SecretKey::from_random(&random);
        let mut secret = key.reveal();
        secret.push('\n');
        self.write_new(name, SECRET, secret.as_bytes())?;
        self.write_new(name, CHAIN, format!("{}\n", Place::FIRST).as_bytes())?;
        Ok(key.public())
    }

    /// Lists the keys, in the order of their names.
    pub(crate) fn list(&self) -> CliResult<Vec<KnownKey>> {
        let mut known: Vec<KnownKey> = Vec::new();
        for (name, kind) in self.names()? {
            if kind == REVOKED {
                known.retain(|known| known.name != name);
                known.push(self.revoked(&name)?);
            } else if kind == SECRET && !known.iter().any(|known| known.name == name) {
                known.push(KnownKey {
                    key: self.secret(&name)?.public(),
                    name,
                    standing: Standing::Good,
                });
            }
        }
        Ok(known)
    }

    /// Makes a key one that is not good any more, and forgets its secret.
    pub(crate) fn revoke(&self, name: &KeyName) -> CliResult<KnownKey> {
        if !self.is_there(name, REVOKED)? {
            let public = self.secret(name)?.public();
            self.write_new(name, REVOKED, format!("{public}\n").as_bytes())?;
        }
        for kind in [SECRET, CHAIN] {
            let file = file_name(name, kind);
            match rustix::fs::unlinkat(&self.folder, &file, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(failed(&self.path.join(file), error.into())),
            }
        }
        self.revoked(name)
    }

    /// Opens a key to sign receipts with.
    pub(crate) fn signer(&self, name: &KeyName) -> CliResult<KeyFiles> {
        self.refuse_revoked(name)?;
        let files = KeyFiles {
            secret: self.file(name, SECRET, OFlags::RDONLY)?,
            chain: self.file(name, CHAIN, OFlags::RDWR)?,
        };
        // What is wrong with it is said before the run.
        self.secret(name)?;
        Ok(files)
    }

    /// The secret half of a key, to sign what has no place in its chain.
    pub(crate) fn to_sign(&self, name: &KeyName) -> CliResult<SecretKey> {
        self.refuse_revoked(name)?;
        self.secret(name)
    }

    fn refuse_revoked(&self, name: &KeyName) -> CliResult<()> {
        if self.is_there(name, REVOKED)? {
            let message =
                format!("the key `{name}` is revoked; make another: `tollgate key new NAME`");
            return Err(CliError::message(Exit::Config, message));
        }
        Ok(())
    }

    fn secret(&self, name: &KeyName) -> CliResult<SecretKey> {
        let file = self.file(name, SECRET, OFlags::RDONLY)?;
        let path = self.path.join(file_name(name, SECRET));
        read_secret(&file).map_err(|error| CliError::about(Exit::Config, shown(&path), error))
    }

    fn revoked(&self, name: &KeyName) -> CliResult<KnownKey> {
        let file = self.file(name, REVOKED, OFlags::RDONLY)?;
        let path = self.path.join(file_name(name, REVOKED));
        let text = read_private(&file, FILE_BYTES).map_err(|error| failed(&path, error))?;
        let key = text.trim_end().parse();
        Ok(KnownKey {
            key: key.map_err(|error: tollgate::receipt::KeyError| {
                CliError::about(Exit::Config, shown(&path), error)
            })?,
            name: name.clone(),
            standing: Standing::Revoked,
        })
    }

    /// The names of keys and what each file is, in order: what is revoked stands behind what is not.
    fn names(&self) -> CliResult<Vec<(KeyName, &'static str)>> {
        let unread = |error: Errno| failed(&self.path, error.into());
        let mut names = Vec::new();
        for (seen, entry) in Dir::read_from(&self.folder).map_err(unread)?.enumerate() {
            if seen >= FILES_MAX {
                let what =
                    "has more files than keys can have; choose a folder of your own with `--keys`";
                return Err(unusable(&self.path, what));
            }
            let entry = entry.map_err(unread)?;
            let Some((name, kind)) = entry
                .file_name()
                .to_str()
                .ok()
                .and_then(|name| name.rsplit_once('.'))
            else {
                continue;
            };
            let kind = [SECRET, REVOKED].into_iter().find(|known| *known == kind);
            if let (Some(kind), Ok(name)) = (kind, name.parse()) {
                names.push((name, kind));
            }
        }
        names.sort_by(|(one, first), (other, second)| (one, *second).cmp(&(other, *first)));
        Ok(names)
    }

    fn is_there(&self, name: &KeyName, kind: &str) -> CliResult<bool> {
        let file = file_name(name, kind);
        match rustix::fs::statat(&self.folder, &file, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(failed(&self.path.join(file), error.into())),
        }
    }

    /// Opens a file that only this user can read or write.
    fn file(&self, name: &KeyName, kind: &str, access: OFlags) -> CliResult<File> {
        let file = file_name(name, kind);
        let path = self.path.join(&file);
        // Not blocking: a pipe in its place must not keep the command waiting.
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = match rustix::fs::openat(&self.folder, &file, flags, Mode::empty()) {
            Ok(opened) => opened,
            Err(Errno::NOENT) if kind == SECRET => return Err(no_key(name, &self.path)),
            Err(Errno::LOOP) => return Err(unusable(&path, "is a symbolic link")),
            Err(error) => return Err(failed(&path, error.into())),
        };
        match not_private(opened.as_fd()) {
            Ok(None) => Ok(opened.into()),
            Ok(Some(what)) => Err(unusable(&path, what)),
            Err(error) => Err(failed(&path, error)),
        }
    }

    fn write_new(&self, name: &KeyName, kind: &str, content: &[u8]) -> CliResult<()> {
        let file = file_name(name, kind);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = rustix::fs::openat(&self.folder, &file, flags, Mode::RUSR | Mode::WUSR);
        let mut made = match made {
            Ok(made) => File::from(made),
            Err(Errno::EXIST) => return Err(taken(name)),
            Err(error) => return Err(failed(&self.path.join(file), error.into())),
        };
        made.write_all(content)
            .and_then(|()| made.sync_all())
            .and_then(|()| Ok(rustix::fs::fsync(&self.folder)?))
            .map_err(|error| failed(&self.path.join(file), error))
    }
}

/// Refuses a folder, at `place` or to be made there, that others could exchange for one with other keys in it.
fn not_exchangeable(path: &Path, place: &Path) -> CliResult<()> {
    let real = real(place).map_err(|error| failed(path, error))?;
    match why_exchangeable(&real, "keys") {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(unusable(path, &format!("cannot be used: {why}"))),
        Err(error) => Err(failed(path, error)),
    }
}

/// The key in a file of one.
pub(crate) fn read_secret(file: &File) -> anyhow::Result<SecretKey> {
    let text = read_private(file, FILE_BYTES)?;
    Ok(text.trim_end_matches('\n').parse()?)
}

/// The first bytes of a file with a secret, as text.
pub(crate) fn read_private(file: &File, bytes_max: u64) -> io::Result<Zeroizing<String>> {
    // Whole at once: a text that grows leaves copies behind.
    let room = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let mut text = Zeroizing::new(String::with_capacity(room));
    file.take(bytes_max).read_to_string(&mut text)?;
    Ok(text)
}

/// Why a file with a key cannot be trusted to be this user's own.
pub(crate) fn not_private(file: std::os::fd::BorrowedFd<'_>) -> io::Result<Option<&'static str>> {
    let stat = rustix::fs::fstat(file)?;
    Ok(
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            Some("is not a file")
        } else if stat.st_uid != rustix::process::geteuid().as_raw() {
            Some("belongs to another user")
        } else if stat.st_mode & 0o077 != 0 {
            Some("is open to others; `chmod 600` it if nobody has used it, or take another key")
        } else if stat.st_nlink != 1 {
            Some("has a second name")
        } else {
            None
        },
    )
}

fn file_name(name: &KeyName, kind: &str) -> String {
    format!("{name}.{kind}")
}

fn shown(path: &Path) -> String {
    format!("the key file `{}`", path.display())
}

fn taken(name: &KeyName) -> CliError {
    let message =
        format!("there is a key `{name}` already, or was one; choose another name for the new one");
    CliError::message(Exit::Config, message)
}

fn no_key(name: &KeyName, folder: &Path) -> CliError {
    let message = format!(
        "there is no key `{name}` in `{}`; `tollgate key list` shows those there are, `tollgate key new {name}` makes it",
        folder.display()
    );
    CliError::message(Exit::NotFound, message)
}

fn unusable(path: &Path, what: &str) -> CliError {
    CliError::message(
        Exit::Config,
        format!("`{}`, of the keys, {what}", path.display()),
    )
}

fn failed(path: &Path, error: io::Error) -> CliError {
    CliError::about(
        Exit::Config,
        format!("cannot use `{}` of the keys", path.display()),
        error,
    )
}
