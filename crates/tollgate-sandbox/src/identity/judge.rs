//! What the kernel opened: its identity, its kind, and the sort of file system it lies on.
//!
//! Names say nothing here. A descriptor is looked at after it was opened with `O_PATH`, which opens nothing but the name and
//! therefore wakes no device and waits for no pipe.

use std::{os::fd::AsFd, sync::LazyLock};

use rustix::{
    fs::{FileType, fstat, fstatfs, stat},
    io::Errno,
};

/// Identity of a file or folder: two names with the same one are the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// What stands at a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    File,
    Link,
    Pipe,
    Socket,
    CharacterDevice,
    BlockDevice,
    Unknown,
}

impl Kind {
    /// Tells whether it is neither file, folder nor link: it may wait, or do something when it is opened.
    pub(crate) const fn is_special(self) -> bool {
        !matches!(self, Self::Folder | Self::File | Self::Link)
    }

    pub(crate) const fn of(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::Link,
            FileType::Fifo => Self::Pipe,
            FileType::Socket => Self::Socket,
            FileType::CharacterDevice => Self::CharacterDevice,
            FileType::BlockDevice => Self::BlockDevice,
            FileType::Unknown => Self::Unknown,
        }
    }
}

/// Identity and kind of what is open at a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: Id,
    pub(crate) kind: Kind,
}

/// Looks at an open descriptor.
pub(crate) fn look(fd: impl AsFd) -> Result<Seen, Errno> {
    let stat = fstat(fd)?;
    Ok(Seen {
        id: Id {
            device: stat.st_dev,
            inode: stat.st_ino,
        },
        kind: Kind::of(FileType::from_raw_mode(stat.st_mode)),
    })
}

/// Sorts of file systems, by what a guest could do to this process there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// It shows the kernel, this machine or this very process: no files at all.
    Kernel,
    /// It has a name for each device of this machine.
    Devices,
    /// Files of this machine, which answer at once.
    Local,
    /// Files behind a network or another program, which may never answer.
    Slow,
}

/// Returns the sort of file system a descriptor is on.
pub(crate) fn file_system(fd: impl AsFd) -> Result<Sort, Errno> {
    let magic = fstatfs(&fd)?.f_type;
    // Magic numbers are 32 bits wide, whatever the width and sign of the field.
    let magic = u32::try_from(magic.cast_unsigned() & 0xffff_ffff).unwrap_or_default();
    Ok(if KERNEL.contains(&magic) {
        Sort::Kernel
    } else if magic == TMPFS && Some(fstat(&fd)?.st_dev) == *DEVICES {
        Sort::Devices
    } else if LOCAL.contains(&magic) {
        Sort::Local
    } else {
        Sort::Slow
    })
}

/// What holds files in memory; the file system of devices says that it is one.
const TMPFS: u32 = 0x0102_1994;

/// The file system that `/dev` is, if it is one of its own: it is the same one wherever it is mounted.
static DEVICES: LazyLock<Option<u64>> = LazyLock::new(|| {
    let of = |path: &str| stat(path).ok().map(|stat| stat.st_dev);
    of("/dev").filter(|devices| Some(*devices) != of("/"))
});

/// Looks where the devices are, while this process sees the files of the machine.
pub(crate) fn prepare() {
    LazyLock::force(&DEVICES);
}

/// Magic numbers of the kernel's own file systems, from `linux/magic.h` and the file systems' sources.
const KERNEL: [u32; 24] = [
    0x0000_9fa0, // procfs
    0x6265_6572, // sysfs
    0x0000_1373, // devfs
    0x0000_1cd1, // devpts
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0xcafe_4a11, // bpf
    0x6265_6570, // configfs
    0xde5e_81e4, // efivarfs
    0x6165_676c, // pstore
    0x1980_0202, // mqueue
    0x9584_58f6, // hugetlbfs
    0x4249_4e4d, // binfmt_misc
    0xf97c_ff8c, // selinux
    0x4341_5d53, // smack
    0x6e73_6673, // nsfs
    0x5049_4446, // pidfs
    0x5345_434d, // secretmem
    0x0bad_1dea, // futexfs
    0x6c6f_6f70, // binder
    0x6572_6661, // fuse control
];

/// Magic numbers of file systems whose files are on this machine.
const LOCAL: [u32; 24] = [
    0x0000_ef53, // ext2, ext3, ext4
    0x5846_5342, // xfs
    0x9123_683e, // btrfs
    TMPFS,
    0x794c_7630, // overlayfs
    0xf2f5_2010, // f2fs
    0x2fc1_2fc1, // zfs
    0x8584_58f6, // ramfs
    0x7371_7368, // squashfs
    0xe0f5_e1e2, // erofs
    0x0000_9660, // iso9660
    0x1501_3346, // udf
    0x0000_4d44, // fat
    0x2011_bab0, // exfat
    0x7366_746e, // ntfs3
    0xca45_1a4e, // bcachefs
    0x3153_464a, // jfs
    0x5265_4973, // reiserfs
    0x0000_3434, // nilfs2
    0x482b,      // hfs+
    0x0000_f15f, // ecryptfs
    0x2405_1905, // ubifs
    0x0000_72b6, // jffs2
    0x28cd_3d45, // cramfs
];

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    fn sort(path: &str) -> Sort {
        file_system(std::fs::File::open(path).unwrap()).unwrap()
    }

    #[test]
    fn the_kernels_file_systems_are_known_by_what_they_are() {
        assert_eq!(sort("/proc/self/environ"), Sort::Kernel);
        assert_eq!(sort("/sys"), Sort::Kernel);
        let device = |path: &str| std::fs::metadata(path).unwrap().dev();
        let own = device("/dev") != device("/");
        let in_memory = fstatfs(std::fs::File::open("/dev").unwrap())
            .unwrap()
            .f_type;
        if own && u32::try_from(in_memory) == Ok(TMPFS) {
            assert_eq!(sort("/dev"), Sort::Devices);
        }
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(sort(folder.path().to_str().unwrap()), Sort::Local);
        // In memory as the devices are, and another file system.
        let memory = "/dev/shm";
        if std::path::Path::new(memory).is_dir() && device(memory) != device("/dev") {
            assert_eq!(sort(memory), Sort::Local);
        }
    }

    #[test]
    fn the_same_thing_has_the_same_identity_under_each_name() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&a, "").unwrap();
        std::fs::hard_link(&a, &b).unwrap();
        let seen = |path| look(std::fs::File::open(path).unwrap()).unwrap();
        assert_eq!(seen(&a), seen(&b));
        assert_eq!(seen(&a).kind, Kind::File);
    }

    #[test]
    fn what_may_wait_or_act_when_it_is_opened_is_special() {
        for kind in [Kind::Folder, Kind::File, Kind::Link] {
            assert!(!kind.is_special(), "{kind:?}");
        }
        for kind in [
            Kind::Pipe,
            Kind::Socket,
            Kind::CharacterDevice,
            Kind::BlockDevice,
            Kind::Unknown,
        ] {
            assert!(kind.is_special(), "{kind:?}");
        }
    }
}
