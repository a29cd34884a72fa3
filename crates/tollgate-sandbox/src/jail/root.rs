//! Namespaces of the process, and in them a tree of files that has what was granted and nothing else.
//!
//! The tree is an empty folder in memory. It hangs in another one, beside the machine's own tree, until the grant is known.
//! Then the process goes into it for good and hangs the granted places in under their names: what is outside has no name any
//! more, no descriptor leads there, and without privileges there is no way out of a root. Taking the machine's tree away
//! instead would take the system longer than a short run. Where the root itself is granted, the process goes back to the
//! machine's tree, without what shows the machine and this process.

use std::{
    ffi::CStr,
    fs,
    io::{self, Write},
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Mode, OFlags, open},
    process::{chdir, chroot, fchdir, pivot_root},
    thread::{UnshareFlags, unshare_unsafe},
};

use super::places::{Access, Place};

/// Folders the empty tree can be made on; what they hold is hidden for this process alone, and for a moment.
const SPOTS: [&CStr; 5] = [c"/tmp", c"/var", c"/etc", c"/usr", c"/proc"];
/// Where the machine's tree hangs.
const MACHINE: &str = "/machine";
/// Where the empty tree hangs until the process goes into it.
const EMPTY: &CStr = c"/empty";
/// How trees in memory are mounted.
const IN_MEMORY: libc::c_ulong = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
const SMALL: &CStr = c"mode=755,size=1m,nr_inodes=4k";
/// What a grant of the root does not cover: they show the machine and this process, and have to be named.
const NOT_FILES: [&CStr; 3] = [c"/proc", c"/sys", c"/dev"];

/// Whether a process keeps the network of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Network {
    Machine,
    None,
}

/// Moves this process into namespaces of its own, where it may mount.
#[expect(
    unsafe_code,
    reason = "namespaces are left by a call that can close tables of descriptors, too"
)]
pub(super) fn unshare(network: Network) -> io::Result<()> {
    let (user, group) = (
        rustix::process::getuid().as_raw(),
        rustix::process::getgid().as_raw(),
    );
    let mut flags = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWCGROUP;
    match network {
        Network::Machine => {}
        Network::None => flags |= UnshareFlags::NEWNET,
    }
    // SAFETY: the flag that is not safe, `FILES`, is not among these: no descriptor of another thread is closed or changed.
    unsafe { unshare_unsafe(flags) }?;
    // The same user by the same number, and no other.
    for (file, text) in [
        ("/proc/self/setgroups", String::from("deny")),
        ("/proc/self/uid_map", format!("{user} {user} 1")),
        ("/proc/self/gid_map", format!("{group} {group} 1")),
    ] {
        fs::OpenOptions::new()
            .write(true)
            .open(file)?
            .write_all(text.as_bytes())?;
    }
    // Nothing that is mounted here reaches the machine.
    mount(None, c"/", None, libc::MS_REC | libc::MS_PRIVATE, None)
}

/// An empty tree and the machine's, side by side in one that holds both.
#[derive(Debug)]
pub(super) struct NewRoot {
    machine: OwnedFd,
    both: OwnedFd,
}

impl NewRoot {
    /// Puts the empty tree in place.
    pub(super) fn make() -> io::Result<Self> {
        let spot = SPOTS
            .iter()
            .find(|spot| memory(spot, IN_MEMORY, Some(SMALL)).is_ok())
            .ok_or_else(|| io::Error::other("no folder takes an empty tree"))?;
        let spot = Path::new(spot.to_str().map_err(io::Error::other)?);
        Self::turn(spot).inspect_err(|_| {
            // What lies there is seen again. Should that fail too, what made the first step fail is the better reason.
            unmount(spot).ok();
        })
    }

    /// Makes the tree at `spot` the root, and hangs the machine's below it.
    fn turn(spot: &Path) -> io::Result<Self> {
        let machine = spot.join(MACHINE.trim_start_matches('/'));
        fs::create_dir(&machine)?;
        pivot_root(spot, &machine)?;
        chdir("/")?;
        let name = |path: &str| open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
        furnish()
            .and_then(|()| {
                Ok(Self {
                    machine: name(MACHINE)?,
                    both: name("/")?,
                })
            })
            .inspect_err(|_| {
                // The machine's tree is still below. Should going back fail too, the first error says why.
                back_to_the_machine().ok();
            })
    }

    /// The machine's tree, to open places in.
    pub(super) fn machine(&self) -> BorrowedFd<'_> {
        self.machine.as_fd()
    }

    /// Goes into the empty tree and hangs the places in. What this holds open leads out, so it is dropped next.
    pub(super) fn close(&self, places: &[Place]) -> io::Result<()> {
        let hangings = Hanging::all(places)?;
        if hangings.iter().any(|hanging| hanging.at == Path::new("/")) {
            return self.machine_without_itself(&hangings);
        }
        chroot(EMPTY)?;
        chdir("/")?;
        for hanging in &hangings {
            hanging.point()?;
            hanging.hang()?;
        }
        read_only(Path::new("/"), Depth::This)
    }

    /// Goes back to the machine's tree, as if there had never been another.
    pub(super) fn leave(&self) -> io::Result<()> {
        fchdir(&self.both)?;
        chroot(".")?;
        back_to_the_machine()
    }

    /// The machine's tree again, without what shows the machine and this process.
    fn machine_without_itself(&self, hangings: &[Hanging]) -> io::Result<()> {
        self.leave()?;
        let below = |hanging: &&Hanging| hanging.at != Path::new("/");
        if !hangings
            .iter()
            .any(|hanging| !below(&hanging) && hanging.access == Access::Write)
        {
            read_only(Path::new("/"), Depth::All)?;
        }
        for hidden in NOT_FILES {
            let path = Path::new(hidden.to_str().map_err(io::Error::other)?);
            let named = |hanging: &Hanging| hanging.at.starts_with(path);
            if is_folder(path)? && !hangings.iter().any(named) {
                memory(hidden, IN_MEMORY | libc::MS_RDONLY, None)?;
            }
        }
        hangings.iter().filter(below).try_for_each(Hanging::hang)
    }
}

/// Whether there is a folder. One that cannot be looked at is not taken for none.
fn is_folder(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes the empty tree: with a folder where the process makes what has no name, and the names of its own descriptors, by
/// which they are opened again.
fn furnish() -> io::Result<()> {
    fs::create_dir("/empty")?;
    memory(EMPTY, IN_MEMORY, Some(SMALL))?;
    fs::create_dir("/empty/tmp")?;
    let own = open(
        "/machine/proc/self/fd",
        OFlags::PATH | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let at = Path::new("/empty/proc/self/fd");
    fs::create_dir_all(at)?;
    move_mount(open_tree(own.as_fd())?.as_fd(), at)
}

/// From the tree that holds the machine's.
fn back_to_the_machine() -> io::Result<()> {
    chdir(MACHINE)?;
    pivot_root(".", ".")?;
    unmount(Path::new("."))?;
    Ok(chdir("/")?)
}

/// Mounts an empty tree in memory.
fn memory(at: &CStr, flags: libc::c_ulong, options: Option<&CStr>) -> io::Result<()> {
    mount(Some(c"tmpfs"), at, Some(c"tmpfs"), flags, options)
}

/// A copy of a place's mount, and where it goes.
struct Hanging {
    tree: OwnedFd,
    at: PathBuf,
    /// The name it was granted by, when that leads to `at` over links.
    link: Option<PathBuf>,
    is_folder: bool,
    access: Access,
}

impl Hanging {
    /// The places that need a mount, outer ones first. One below another with the same access or more is there already.
    fn all(places: &[Place]) -> io::Result<Vec<Self>> {
        let mut all: Vec<Self> = places.iter().map(Self::of).collect::<io::Result<_>>()?;
        // Writing comes first at the same place: there is one mount for both.
        all.sort_by_key(|hanging| {
            (
                hanging.at.components().count(),
                hanging.access == Access::Read,
            )
        });
        let mut kept: Vec<Self> = Vec::new();
        for hanging in all {
            let covered = kept.iter().any(|outer| {
                hanging.at.starts_with(&outer.at)
                    && hanging.link.is_none()
                    && (outer.access == Access::Write || hanging.access == Access::Read)
            });
            if !covered {
                kept.push(hanging);
            }
        }
        Ok(kept)
    }

    fn of(place: &Place) -> io::Result<Self> {
        let tree = open_tree(place.handle.as_fd())?;
        if place.access == Access::Read {
            read_only_tree(tree.as_fd())?;
        }
        let at = real_name(place)?;
        Ok(Self {
            tree,
            link: (at != place.name).then(|| place.name.clone()),
            at,
            is_folder: place.is_folder,
            access: place.access,
        })
    }

    /// Makes the folder or file the place is hung on, unless it is there with an outer one.
    fn point(&self) -> io::Result<()> {
        if !self.at.exists() {
            parents(&self.at)?;
            if self.is_folder {
                fs::create_dir(&self.at)?;
            } else {
                drop(fs::File::create(&self.at)?);
            }
        }
        match &self.link {
            Some(link) if !link.exists() => {
                parents(link)?;
                std::os::unix::fs::symlink(&self.at, link)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn hang(&self) -> io::Result<()> {
        move_mount(self.tree.as_fd(), &self.at)
    }
}

fn parents(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// The name of a place without links, as it is below the machine's tree.
fn real_name(place: &Place) -> io::Result<PathBuf> {
    let own = format!("{MACHINE}/proc/self/fd/{}", place.handle.as_raw_fd());
    let found = fs::read_link(own)?;
    let below = found.strip_prefix(MACHINE).map_err(io::Error::other)?;
    Ok(Path::new("/").join(below))
}

fn c_path(path: &Path) -> io::Result<std::ffi::CString> {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other)
}

fn done(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

#[expect(unsafe_code, reason = "mounting has no safe interface here")]
fn mount(
    source: Option<&CStr>,
    target: &CStr,
    kind: Option<&CStr>,
    flags: libc::c_ulong,
    options: Option<&CStr>,
) -> io::Result<()> {
    let pointer = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: every pointer is null or to a text that ends with a zero byte and outlives the call, which only reads them.
    let result = unsafe {
        libc::mount(
            pointer(source),
            target.as_ptr(),
            pointer(kind),
            flags,
            pointer(options).cast(),
        )
    };
    done(result.into()).map(drop)
}

#[expect(unsafe_code, reason = "unmounting has no safe interface here")]
fn unmount(path: &Path) -> io::Result<()> {
    let path = c_path(path)?;
    // SAFETY: the path ends with a zero byte and outlives the call.
    done(unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) }.into()).map(drop)
}

/// A copy of the mount at `place`, with what is mounted below.
#[expect(unsafe_code, reason = "the call has no safe interface here")]
fn open_tree(place: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    const CLONE: libc::c_uint = 1;
    let flags =
        CLONE | (libc::O_CLOEXEC | libc::AT_RECURSIVE | libc::AT_EMPTY_PATH).cast_unsigned();
    // SAFETY: the path is an empty text that outlives the call, and the descriptor is open as long as it is borrowed.
    let tree = done(unsafe {
        libc::syscall(libc::SYS_open_tree, place.as_raw_fd(), c"".as_ptr(), flags)
    })?;
    let tree = i32::try_from(tree).map_err(io::Error::other)?;
    // SAFETY: the call returned a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(tree) })
}

#[expect(unsafe_code, reason = "the call has no safe interface here")]
fn move_mount(tree: BorrowedFd<'_>, at: &Path) -> io::Result<()> {
    const FROM_DESCRIPTOR: libc::c_uint = 4;
    let at = c_path(at)?;
    // SAFETY: both paths end with a zero byte and outlive the call; the descriptor is open as long as it is borrowed.
    let moved = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_FDCWD,
            at.as_ptr(),
            FROM_DESCRIPTOR,
        )
    };
    done(moved).map(drop)
}

/// How far down a mount is made read-only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    This,
    All,
}

fn read_only(path: &Path, depth: Depth) -> io::Result<()> {
    let flags = match depth {
        Depth::This => 0,
        Depth::All => libc::AT_RECURSIVE,
    };
    set_read_only(libc::AT_FDCWD, &c_path(path)?, flags)
}

fn read_only_tree(tree: BorrowedFd<'_>) -> io::Result<()> {
    set_read_only(
        tree.as_raw_fd(),
        c"",
        libc::AT_RECURSIVE | libc::AT_EMPTY_PATH,
    )
}

#[expect(unsafe_code, reason = "the call has no safe interface here")]
fn set_read_only(descriptor: libc::c_int, path: &CStr, flags: libc::c_int) -> io::Result<()> {
    const READ_ONLY: u64 = 1;
    const NO_SET_UID: u64 = 2;
    const NO_EXECUTION: u64 = 8;
    /// What the call takes (`struct mount_attr`).
    #[repr(C)]
    struct Attributes {
        set: u64,
        clear: u64,
        propagation: u64,
        user_namespace: u64,
    }
    let attributes = Attributes {
        set: READ_ONLY | NO_SET_UID | NO_EXECUTION,
        clear: 0,
        propagation: 0,
        user_namespace: 0,
    };
    // SAFETY: the path ends with a zero byte, the attributes have the layout and the length that is said, and both outlive
    // the call, which only reads them.
    let set = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            descriptor,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<Attributes>(),
        )
    };
    done(set).map(drop)
}
