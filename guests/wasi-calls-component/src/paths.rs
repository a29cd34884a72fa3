//! The functions of `wasi:filesystem` on paths: each with every sort of path.

use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, NewTimestamp, OpenFlags, PathFlags,
};

use crate::files::{READ, WRITE, folder, open};
use crate::{done, says, tell};

/// Every sort of path, with its name.
fn all() -> Vec<(&'static str, String)> {
    let named = [
        ("missing", "nowhere"),
        ("below what is missing", "nowhere/x"),
        ("file", "file"),
        ("folder", "dir"),
        ("full folder", "full"),
        ("file in a folder", "full/inner"),
        ("below a file", "file/x"),
        ("file and a slash", "file/"),
        ("folder and a slash", "dir/"),
        ("missing and a slash", "nowhere/"),
        ("two slashes", "full//inner"),
        ("dot between", "full/./inner"),
        ("empty", ""),
        ("dot", "."),
        ("slash", "/"),
        ("climbing out", "../outside"),
        ("climbing back", "full/../file"),
        ("climbing from what is missing", "nowhere/../file"),
        ("climbing to the folder", "full/.."),
        ("absolute", "/w/file"),
        ("link", "link"),
        ("link and a slash", "link/"),
        ("link to a folder", "dirlink"),
        ("link to a folder and a slash", "dirlink/"),
        ("through a link", "dirlink/inner"),
        ("dangling link", "dangling"),
        ("loop", "loop"),
        ("through a loop", "loop/x"),
        ("link that leads out", "out"),
        ("link up", "full/up"),
        ("absolute link", "abs"),
        ("zero byte", "a\0b"),
    ];
    let mut all: Vec<_> = named
        .into_iter()
        .map(|(name, path)| (name, path.to_owned()))
        .collect();
    all.push(("long name", "x".repeat(256)));
    all.push(("long path", "full/../".repeat(1_000)));
    all
}

/// Tells what `call` answers for each sort of path in the folder, and for one path in a file.
fn each(call: impl Fn(&str, &Descriptor, &str)) {
    for (case, path) in all() {
        call(case, &folder(), &path);
    }
    call("in a file", &open("other", READ), "x");
}

/// The length of a folder is its file system's affair.
pub(crate) fn size(seen: &DescriptorStat) -> u64 {
    match seen.type_ {
        DescriptorType::Directory => 0,
        _ => seen.size,
    }
}

const FOLLOWING: [(&str, PathFlags); 2] = [
    ("followed", PathFlags::SYMLINK_FOLLOW),
    ("itself", PathFlags::empty()),
];

pub(crate) fn run(function: &str) -> bool {
    match function {
        "open-at" => opening(),
        "stat-at" => {
            for (name, flags) in FOLLOWING {
                each(|case, folder, path| {
                    let seen = folder.stat_at(flags, path);
                    let seen = seen.map(|seen| format!("{:?} {}", seen.type_, size(&seen)));
                    tell(&format!("{name}: {case}"), seen);
                });
            }
        }
        "metadata-hash-at" => {
            for (name, flags) in FOLLOWING {
                each(|case, folder, path| {
                    done(
                        &format!("{name}: {case}"),
                        folder.metadata_hash_at(flags, path),
                    );
                });
            }
            let hash = |path| {
                folder()
                    .metadata_hash_at(PathFlags::empty(), path)
                    .ok()
                    .map(|hash| hash.lower)
            };
            let own = open("file", READ)
                .metadata_hash()
                .ok()
                .map(|hash| hash.lower);
            says("as of what is open", own == hash("file"));
        }
        "set-times-at" => {
            let time = |seconds| {
                NewTimestamp::Timestamp(wasip2::clocks::wall_clock::Datetime {
                    seconds,
                    nanoseconds: 0,
                })
            };
            for (name, flags) in FOLLOWING {
                each(|case, folder, path| {
                    let set = folder.set_times_at(flags, path, time(1), time(2));
                    done(&format!("{name}: {case}"), set);
                });
            }
        }
        "create-directory-at" => {
            each(|case, folder, path| done(case, folder.create_directory_at(path)));
        }
        "remove-directory-at" => {
            each(|case, folder, path| done(case, folder.remove_directory_at(path)));
        }
        "unlink-file-at" => each(|case, folder, path| done(case, folder.unlink_file_at(path))),
        "readlink-at" => each(|case, folder, path| tell(case, folder.readlink_at(path))),
        "link-at" => link(),
        "rename-at" => rename(),
        "symlink-at" => symlink(),
        _ => return false,
    }
    true
}

fn opening() {
    let follow = PathFlags::SYMLINK_FOLLOW;
    let none = OpenFlags::empty();
    for (name, following, how, flags) in [
        ("to read", follow, none, READ),
        ("for nothing", follow, none, DescriptorFlags::empty()),
        ("without following", PathFlags::empty(), none, READ),
        ("a folder", follow, OpenFlags::DIRECTORY, READ),
        (
            "a folder to change",
            follow,
            OpenFlags::DIRECTORY,
            READ | DescriptorFlags::MUTATE_DIRECTORY,
        ),
        ("to write", follow, none, WRITE),
        ("exclusive", follow, OpenFlags::EXCLUSIVE, READ),
        (
            "new",
            follow,
            OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
            READ | WRITE,
        ),
        ("created", follow, OpenFlags::CREATE, READ | WRITE),
        ("emptied", follow, OpenFlags::TRUNCATE, READ | WRITE),
        (
            "a created folder",
            follow,
            OpenFlags::CREATE | OpenFlags::DIRECTORY,
            READ | WRITE,
        ),
    ] {
        each(|case, folder, path| {
            done(
                &format!("{name}: {case}"),
                folder.open_at(following, path, how, flags),
            );
        });
    }
    for (name, flags) in [
        ("file integrity", DescriptorFlags::FILE_INTEGRITY_SYNC),
        ("data integrity", DescriptorFlags::DATA_INTEGRITY_SYNC),
        ("requested write", DescriptorFlags::REQUESTED_WRITE_SYNC),
        ("changing folders", DescriptorFlags::MUTATE_DIRECTORY),
    ] {
        done(
            name,
            folder().open_at(follow, "other", none, READ | WRITE | flags),
        );
    }
    done(
        "emptied to read",
        folder().open_at(follow, "other", OpenFlags::TRUNCATE, READ),
    );
    done(
        "created to read",
        folder().open_at(follow, "created", OpenFlags::CREATE, READ),
    );
}

fn link() {
    let none = PathFlags::empty();
    for (count, (case, path)) in all().into_iter().enumerate() {
        let linked = folder().link_at(none, &path, &folder(), &format!("linked{count}"));
        done(&format!("from: {case}"), linked);
    }
    each(|case, to, path| {
        done(
            &format!("to: {case}"),
            folder().link_at(none, "other", to, path),
        );
    });
    done(
        "followed",
        folder().link_at(PathFlags::SYMLINK_FOLLOW, "link", &folder(), "followed"),
    );
    done(
        "onto itself",
        folder().link_at(none, "other", &folder(), "other"),
    );
}

fn rename() {
    each(|case, to, path| {
        drop(std::fs::write("/w/moved", "moved"));
        done(
            &format!("to: {case}"),
            folder().rename_at("moved", to, path),
        );
        drop(std::fs::remove_file("/w/moved"));
    });
    for (case, path) in [
        ("onto a file", "other"),
        ("onto an empty folder", "empty-folder"),
        ("onto a full folder", "more"),
        ("into itself", "full/full"),
        ("onto itself", "full"),
    ] {
        done(
            &format!("folder {case}"),
            folder().rename_at("full", &folder(), path),
        );
        drop(std::fs::rename("/w/empty-folder", "/w/full"));
    }
    for (count, (case, path)) in all().into_iter().enumerate() {
        let moved = folder().rename_at(&path, &folder(), &format!("renamed{count}"));
        done(&format!("from: {case}"), moved);
    }
}

fn symlink() {
    each(|case, at, path| done(&format!("at: {case}"), at.symlink_at("file", path)));
    for (count, (case, path)) in all().into_iter().enumerate() {
        done(
            &format!("to: {case}"),
            folder().symlink_at(&path, &format!("linked{count}")),
        );
    }
}
