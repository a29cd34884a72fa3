//! Which paths a guest may use, and how.
//!
//! wasmtime keeps a guest inside the folders that were opened for it; this file decides what it may do there. Reading and
//! writing are granted apart. A grant of a single file opens its folder and lets only that name through, without listing,
//! renaming or removing. A guest also finds an empty folder `/` unless one was granted: that is how it comes to ask for
//! paths outside its grants by name, so that the report can say which grant is missing.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use crate::{Capability, Failure, Grant, PathGrant, Violation, run::Log};

/// What a guest wants to do with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Look at a file or a link.
    Read,
    /// Look at what a path is; those who may write a folder may do that too.
    Stat,
    /// List a folder.
    List,
    /// Go into a folder, to use paths from there.
    Enter,
    /// Create or change a file.
    Write,
    /// Read and change a file.
    ReadWrite,
    /// Create, remove, rename or link: change the folder a path is in.
    Change,
}

/// A folder that is opened for the guest before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preopen {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    pub(crate) read: bool,
    pub(crate) write: bool,
    /// The only names in the folder that exist for the guest.
    pub(crate) only: Option<BTreeSet<String>>,
    /// Whether the kernel's own file systems lie below it; they are not part of the grant.
    pub(crate) around_kernel: bool,
}

/// An open folder or file of the guest.
#[derive(Debug, Clone)]
struct Handle {
    preopen: usize,
    /// Its path below the preopen.
    path: String,
}

/// Everything a guest may reach by path, and the handles it has.
#[derive(Debug)]
pub(crate) struct Paths {
    preopens: Vec<Preopen>,
    handles: BTreeMap<u32, Handle>,
    log: Log,
}

/// The host folder behind the empty `/`.
const VOID_GUEST: &str = "/";

/// Turns a grant into the folders to open.
pub(crate) fn preopens(grant: &Grant) -> Result<Vec<Preopen>, Failure> {
    let mut preopens: Vec<Preopen> = Vec::new();
    for (list, write) in [(&grant.read, false), (&grant.write, true)] {
        for path in list {
            add(&mut preopens, path, write)?;
        }
    }
    Ok(preopens)
}

fn add(preopens: &mut Vec<Preopen>, grant: &PathGrant, write: bool) -> Result<(), Failure> {
    let unusable = |message: String| Failure::GrantUnusable {
        path: grant.host.display().to_string(),
        message,
    };
    let metadata = std::fs::metadata(&grant.host).map_err(|error| unusable(error.to_string()))?;
    let (host, guest, name) = if metadata.is_dir() {
        (grant.host.clone(), trimmed(&grant.guest), None)
    } else {
        let real =
            std::fs::canonicalize(&grant.host).map_err(|error| unusable(error.to_string()))?;
        let (folder, guest_name) = split(&grant.guest);
        let host_name = real
            .file_name()
            .and_then(|name| name.to_str())
            .map(str::to_owned);
        let host_folder = real.parent().map(Path::to_path_buf);
        let (Some(host_name), Some(host_folder)) = (host_name, host_folder) else {
            return Err(unusable(String::from("it is not a folder or a named file")));
        };
        if host_name != guest_name {
            return Err(unusable(format!(
                "a single file keeps its name: the guest's `{guest_name}` must be `{host_name}`, or grant its folder"
            )));
        }
        (host_folder, folder, Some(host_name))
    };
    let known = preopens
        .iter_mut()
        .find(|known| known.guest == guest && known.host == host);
    match (known, name) {
        // The same folder again, with another access.
        (Some(known), None) if known.only.is_none() => {
            known.read |= !write;
            known.write |= write;
        }
        (Some(known), Some(name))
            if known.write == write && known.read != write && known.only.is_some() =>
        {
            known.only.get_or_insert_default().insert(name);
        }
        (_, name) => {
            let around_kernel = name.is_none() && is_around_kernel(&host);
            let only = name.map(|name| BTreeSet::from([name]));
            preopens.push(Preopen {
                host,
                guest,
                read: !write,
                write,
                only,
                around_kernel,
            });
        }
    }
    Ok(())
}

fn trimmed(guest: &str) -> String {
    let trimmed = guest.trim_end_matches('/');
    if trimmed.is_empty() {
        String::from(VOID_GUEST)
    } else {
        trimmed.to_owned()
    }
}

fn split(guest: &str) -> (String, &str) {
    match guest.rsplit_once('/') {
        Some(("", name)) => (String::from(VOID_GUEST), name),
        Some((folder, name)) => (folder.to_owned(), name),
        None => (String::from("."), guest),
    }
}

impl Paths {
    /// `numbers` are those of the preopens' handles.
    pub(crate) fn new(
        preopens: Vec<Preopen>,
        numbers: impl IntoIterator<Item = u32>,
        log: Log,
    ) -> Self {
        let count = preopens.len();
        let mut paths = Self {
            preopens,
            handles: BTreeMap::new(),
            log,
        };
        for (preopen, fd) in (0..count).zip(numbers) {
            paths.preopened(preopen, fd);
        }
        paths
    }

    /// Notes that `fd` is the preopen number `preopen`.
    pub(crate) fn preopened(&mut self, preopen: usize, fd: u32) {
        self.handles.insert(
            fd,
            Handle {
                preopen,
                path: String::new(),
            },
        );
    }

    /// Returns how many handles are open.
    pub(crate) fn open(&self) -> usize {
        self.handles.len()
    }

    /// Returns the guest's name for `path` at the handle `fd`; `None` when there is no such handle.
    pub(crate) fn name(&self, fd: u32, path: &str) -> Option<String> {
        let handle = self.handles.get(&fd)?;
        let preopen = self.preopens.get(handle.preopen)?;
        Some(join(&preopen.guest, &join(&handle.path, path)))
    }

    /// Checks whether the guest may do `access` with `path` at the handle `fd`. A handle that is not known is left to
    /// the implementation below, which knows it neither.
    ///
    /// # Errors
    /// The violation, which is also in the log.
    pub(crate) fn check(
        &self,
        fd: u32,
        path: &str,
        access: Access,
        call: &str,
    ) -> Result<(), Violation> {
        let Some(handle) = self.handles.get(&fd) else {
            return Ok(());
        };
        let Some(preopen) = self.preopens.get(handle.preopen) else {
            return Ok(());
        };
        let visible = preopen
            .only
            .as_ref()
            .is_none_or(|only| handle.path.is_empty() && only.contains(path));
        let (read, write) = (preopen.read && visible, preopen.write && visible);
        let whole = preopen.only.is_none();
        let allowed = match access {
            Access::Read => read,
            Access::Stat => read || write,
            Access::List => preopen.read && whole,
            Access::Enter => (preopen.read || preopen.write) && whole,
            Access::Write => write,
            Access::ReadWrite => read && write,
            Access::Change => preopen.write && whole,
        };
        let name = join(&preopen.guest, &join(&handle.path, path));
        let kernel = preopen
            .around_kernel
            .then(|| kernel_file(&preopen.host.join(join(&handle.path, path))))
            .flatten();
        let name = match kernel {
            None if allowed => return Ok(()),
            None => name,
            Some(real) => real.display().to_string(),
        };
        let (capability, flag) = match access {
            Access::Read | Access::Stat | Access::List | Access::Enter => {
                (Capability::FileRead, "--allow-read")
            }
            Access::ReadWrite if write => (Capability::FileRead, "--allow-read"),
            Access::Write | Access::ReadWrite | Access::Change => {
                (Capability::FileWrite, "--allow-write")
            }
        };
        let violation = Violation {
            capability,
            call: call.to_owned(),
            needs: crate::run::bounded(format!("{flag}={name}")),
            detail: crate::run::bounded(format!("`{name}`")),
        };
        self.log.push(violation.clone());
        Err(violation)
    }

    /// Notes that `fd` is now open at `path` below the handle `parent`.
    pub(crate) fn opened(&mut self, parent: u32, path: &str, fd: u32) {
        if let Some(handle) = self.handles.get(&parent) {
            let handle = Handle {
                preopen: handle.preopen,
                path: join(&handle.path, path),
            };
            self.handles.insert(fd, handle);
        }
    }

    /// Notes that `fd` is closed.
    pub(crate) fn closed(&mut self, fd: u32) {
        self.handles.remove(&fd);
    }

    /// Notes that `from` is now `to`.
    pub(crate) fn renumbered(&mut self, from: u32, to: u32) {
        match self.handles.remove(&from) {
            Some(handle) => self.handles.insert(to, handle),
            None => self.handles.remove(&to),
        };
    }
}

/// File systems of the kernel. What they show is not files but this machine and this very process: its environment, its
/// memory. A grant of a folder around them is not meant to give that; one that names them is.
const KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

fn is_around_kernel(host: &Path) -> bool {
    std::fs::canonicalize(host).is_ok_and(|real| real == Path::new("/"))
}

/// Where a path really leads, when that is into a file system of the kernel.
fn kernel_file(path: &Path) -> Option<PathBuf> {
    // What does not exist yet is where its folder is.
    let real = std::fs::canonicalize(path).or_else(|_| {
        let folder = std::fs::canonicalize(path.parent().unwrap_or(Path::new("/")))?;
        Ok::<_, std::io::Error>(match path.file_name() {
            Some(name) => folder.join(name),
            None => folder,
        })
    });
    let real = real.unwrap_or_else(|_| path.to_owned());
    KERNEL
        .iter()
        .any(|kernel| real.starts_with(kernel))
        .then_some(real)
}

/// Joins guest paths for reports; `.` and empty parts vanish, `..` stays as the guest wrote it.
fn join(folder: &str, path: &str) -> String {
    match (folder, path.trim_start_matches("./")) {
        ("" | ".", path) => path.to_owned(),
        (folder, "" | ".") => folder.to_owned(),
        (folder, path) => format!(
            "{}/{}",
            folder.trim_end_matches('/'),
            path.trim_start_matches('/')
        ),
    }
}

/// Whether a guest would find none of the granted folders when it looks for a path outside of them.
pub(crate) fn needs_void(preopens: &[Preopen]) -> bool {
    !preopens
        .iter()
        .any(|preopen| matches!(preopen.guest.as_str(), VOID_GUEST | "." | ""))
}

/// Returns the empty `/`, over a host folder that nobody can put anything into.
pub(crate) fn void() -> Option<Preopen> {
    let host = void_folder()?;
    Some(Preopen {
        host,
        guest: String::from(VOID_GUEST),
        read: false,
        write: false,
        only: None,
        around_kernel: false,
    })
}

/// Makes the empty folder, which cannot be made once the jail of this process is closed.
pub(crate) fn prepare() {
    void_folder();
}

/// One empty folder for the whole process. Guests never get to it: every access below the preopen is refused before. It
/// was removed after it was opened, so that nobody else can put anything into it either.
fn void_folder() -> Option<PathBuf> {
    static VOID: LazyLock<Option<(std::fs::File, PathBuf)>> = LazyLock::new(|| {
        let folder = tempfile::tempdir().ok()?;
        let open = std::fs::File::open(folder.path()).ok()?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
        folder.close().ok()?;
        path.is_dir().then_some((open, path))
    });
    VOID.as_ref().map(|(_, path)| path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_void_is_empty_and_takes_nothing() {
        let void = void_folder().unwrap();
        assert_eq!(std::fs::read_dir(&void).unwrap().count(), 0);
        assert!(std::fs::write(void.join("file"), "x").is_err());
    }

    #[test]
    fn reading_and_writing_are_granted_apart() {
        let folder = tempfile::tempdir().unwrap();
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped(folder.path(), "/data"));
        let paths = Paths::new(preopens(&grant).unwrap(), 3.., Log::default());
        assert_eq!(paths.check(3, "a/b", Access::Read, "path_open"), Ok(()));
        let refused = paths
            .check(3, "./a", Access::Write, "path_open")
            .unwrap_err();
        assert_eq!(refused.needs, "--allow-write=/data/a");
    }

    #[test]
    fn a_grant_of_everything_is_not_one_of_this_process() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/proc/self/environ", folder.path().join("link")).unwrap();
        let link = format!("{}/link", folder.path().display());
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped("/", "/"));
        let paths = Paths::new(preopens(&grant).unwrap(), 3.., Log::default());
        assert_eq!(paths.check(3, "etc/hostname", Access::Read, "test"), Ok(()));
        for path in [
            "proc/self/environ",
            "./proc/../proc/self/mem",
            "dev/null",
            "sys",
            link.trim_start_matches('/'),
        ] {
            let refused = paths.check(3, path, Access::Read, "test").unwrap_err();
            assert!(refused.needs.contains("=/"), "{path}: {refused:?}");
        }
        let mut named = Grant::none();
        named.read.push(PathGrant::same("/proc/self"));
        let paths = Paths::new(preopens(&named).unwrap(), 3.., Log::default());
        assert_eq!(paths.check(3, "environ", Access::Read, "test"), Ok(()));
    }

    #[test]
    fn a_single_file_hides_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one"), "1").unwrap();
        let mut grant = Grant::none();
        grant
            .read
            .push(PathGrant::mapped(folder.path().join("one"), "/data/one"));
        let paths = Paths::new(preopens(&grant).unwrap(), 3.., Log::default());
        assert_eq!(paths.check(3, "one", Access::Read, "path_open"), Ok(()));
        for (path, access) in [
            ("two", Access::Read),
            ("./one", Access::Read),
            ("x/../one", Access::Read),
            (".", Access::List),
            (".", Access::Enter),
            ("one", Access::Write),
            ("one", Access::Change),
        ] {
            assert!(
                paths.check(3, path, access, "test").is_err(),
                "{path} {access:?}"
            );
        }
    }
}
