//! The functions of `wasi:filesystem` on what is open: each with every sort of descriptor.

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};

use crate::{done, says, tell};

pub(crate) const READ: DescriptorFlags = DescriptorFlags::READ;
pub(crate) const WRITE: DescriptorFlags = DescriptorFlags::WRITE;

/// Returns the folder `/w`.
pub(crate) fn folder() -> Descriptor {
    let all = get_directories().into_iter();
    all.into_iter()
        .find_map(|(folder, name)| (name == "/w").then_some(folder))
        .expect("the folder is open")
}

/// Opens something that is there.
pub(crate) fn open(path: &str, flags: DescriptorFlags) -> Descriptor {
    folder()
        .open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::empty(), flags)
        .unwrap_or_else(|error| panic!("{path}: {}", error.name()))
}

/// What a descriptor may stand for.
pub(crate) fn all() -> [(&'static str, Descriptor); 6] {
    [
        ("first folder", folder()),
        ("folder", open("full", READ)),
        ("file", open("file", READ | WRITE)),
        ("file to read", open("file", READ)),
        ("file to write", open("file", WRITE)),
        ("file for nothing", open("file", DescriptorFlags::empty())),
    ]
}

fn each(call: impl Fn(&str, &Descriptor)) {
    for (case, descriptor) in &all() {
        call(case, descriptor);
    }
}

fn at(seconds: u64, nanoseconds: u32) -> NewTimestamp {
    NewTimestamp::Timestamp(wasip2::clocks::wall_clock::Datetime {
        seconds,
        nanoseconds,
    })
}

pub(crate) fn run(function: &str) -> bool {
    match function {
        "get-directories" => {
            let names: Vec<String> = get_directories()
                .into_iter()
                .map(|(_, name)| name)
                .collect();
            says("/w is there", names.iter().any(|name| name == "/w"));
        }
        "advise" => advise(),
        "sync-data" => each(|case, descriptor| done(case, descriptor.sync_data())),
        "sync" => each(|case, descriptor| done(case, descriptor.sync())),
        "get-flags" => each(|case, descriptor| {
            tell(
                case,
                descriptor.get_flags().map(|flags| format!("{flags:?}")),
            );
        }),
        "get-type" => each(|case, descriptor| {
            tell(case, descriptor.get_type().map(|kind| format!("{kind:?}")));
        }),
        "set-size" => set_size(),
        "set-times" => set_times(),
        "read" => read(),
        "write" => write(),
        "read-directory" => read_directory(),
        "stat" => each(|case, descriptor| {
            let seen = descriptor.stat();
            tell(
                case,
                seen.map(|seen| format!("{:?} {}", seen.type_, crate::paths::size(&seen))),
            );
        }),
        "is-same-object" => same(),
        "metadata-hash" => {
            each(|case, descriptor| done(case, descriptor.metadata_hash()));
            let hash = |path| {
                open(path, READ)
                    .metadata_hash()
                    .map(|hash| (hash.upper, hash.lower))
            };
            says("twice the same", hash("file").ok() == hash("file").ok());
            says("another file", hash("file").ok() == hash("other").ok());
        }
        _ => return false,
    }
    true
}

fn advise() {
    each(|case, descriptor| done(case, descriptor.advise(0, 10, Advice::Normal)));
    let file = open("file", READ);
    for advice in [
        Advice::Sequential,
        Advice::Random,
        Advice::WillNeed,
        Advice::DontNeed,
        Advice::NoReuse,
    ] {
        done(&format!("{advice:?}"), file.advise(0, 10, advice));
    }
    done("beyond the end", file.advise(1 << 40, 10, Advice::Normal));
    done(
        "a negative start",
        file.advise(u64::MAX, 10, Advice::Normal),
    );
    done(
        "a negative length",
        file.advise(0, u64::MAX, Advice::Normal),
    );
}

fn set_size() {
    each(|case, descriptor| done(case, descriptor.set_size(5)));
    let file = open("other", READ | WRITE);
    done("larger", file.set_size(100));
    done("nothing", file.set_size(0));
    done("negative", file.set_size(u64::MAX));
}

fn set_times() {
    each(|case, descriptor| done(case, descriptor.set_times(at(1, 0), at(2, 0))));
    let file = open("other", READ | WRITE);
    done(
        "no change",
        file.set_times(NewTimestamp::NoChange, NewTimestamp::NoChange),
    );
    done("now", file.set_times(NewTimestamp::Now, NewTimestamp::Now));
    done(
        "nanoseconds of two seconds",
        file.set_times(at(1, 2_000_000_000), NewTimestamp::NoChange),
    );
    done(
        "the last second there is",
        file.set_times(at(u64::MAX, 0), at(u64::MAX, 0)),
    );
    done("what is set", file.set_times(at(3, 0), at(4, 5)));
    let time = file.stat().map(|seen| {
        seen.data_modification_timestamp
            .map(|time| (time.seconds, time.nanoseconds))
    });
    tell("what was set", time.map(|time| format!("{time:?}")));
}

fn read() {
    let shown =
        |(bytes, end): (Vec<u8>, bool)| format!("{:?} {end}", String::from_utf8_lossy(&bytes));
    each(|case, descriptor| tell(case, descriptor.read(4, 3).map(shown)));
    let file = open("other", READ);
    for (length, offset) in [
        (0, 0),
        (5, 0),
        (100, 0),
        (4, 4),
        (1, 5),
        (1, 6),
        (1, 1 << 40),
        (1, u64::MAX),
    ] {
        tell(
            &format!("{length} from {offset}"),
            file.read(length, offset).map(shown),
        );
    }
}

fn write() {
    each(|case, descriptor| tell(case, descriptor.write(b"WX", 1)));
    let file = open("other", READ | WRITE);
    for offset in [0, 10, u64::MAX] {
        tell(&format!("at {offset}"), file.write(b"YZ", offset));
    }
    tell("nothing", file.write(b"", 0));
}

fn names(descriptor: &Descriptor) -> Result<String, ErrorCode> {
    let listing = descriptor.read_directory()?;
    let mut names = Vec::new();
    while let Some(entry) = listing.read_directory_entry()? {
        names.push(format!("{} {:?}", entry.name, entry.type_));
    }
    names.sort();
    Ok(names.join(", "))
}

fn read_directory() {
    each(|case, descriptor| tell(case, names(descriptor)));
    let listing = open("more", READ).read_directory().expect("a folder");
    for part in 0..5 {
        tell(
            &format!("entry {part}"),
            listing.read_directory_entry().map(|entry| entry.is_some()),
        );
    }
}

fn same() {
    let (one, two) = (open("file", READ), open("file", READ | WRITE));
    says("the same file", one.is_same_object(&two));
    says("another file", one.is_same_object(&open("other", READ)));
    says("file and folder", one.is_same_object(&folder()));
    says("the same folder", folder().is_same_object(&folder()));
    says("through a link", one.is_same_object(&open("link", READ)));
}
