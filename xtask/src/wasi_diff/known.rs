//! The differences that are meant, with their reasons.

use std::fmt;

use super::Difference;
use super::calls::Folder;

/// A difference of some calls in some cases.
pub(super) struct Known {
    pub(super) calls: Calls,
    pub(super) cases: Cases,
    pub(super) ours: &'static [&'static str],
    pub(super) theirs: &'static [&'static str],
    pub(super) why: &'static str,
}

pub(super) enum Calls {
    /// These functions, whatever is granted.
    Of(&'static [&'static str]),
    /// All that are called in a folder which may only be read.
    ReadOnly,
}

pub(super) enum Cases {
    These(&'static [&'static str]),
    Any,
}

use Calls::{Of, ReadOnly};
use Cases::{Any, These};

impl Known {
    pub(super) fn is(&self, found: &Difference) -> bool {
        let Difference {
            call,
            case,
            ours,
            theirs,
        } = found;
        let called = match self.calls {
            Of(functions) => functions.contains(&call.function),
            ReadOnly => call.folder == Folder::Read,
        };
        let meant = match self.cases {
            These(cases) => cases.contains(&case.as_str()),
            Any => true,
        };
        let ours = self.ours.contains(&ours.as_str());
        called && meant && ours && self.theirs.contains(&theirs.as_str())
    }
}

impl fmt::Display for Known {
    /// The row of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            calls,
            cases,
            ours,
            theirs,
            why,
        } = self;
        let calls = match calls {
            Of(functions) => {
                let names = functions.iter().map(|name| format!("`{name}`"));
                names.collect::<Vec<_>>().join(", ")
            }
            ReadOnly => String::from("all that change something, in a folder that is not written"),
        };
        let cases = match cases {
            These(cases) => cases.join("; "),
            Any => String::from("any"),
        };
        // What is a part of an answer ends no cell.
        let cell = |words: &[&str]| words.join("; ").replace('|', "\\|");
        let (ours, theirs) = (cell(ours), cell(theirs));
        write!(f, "| {calls} | {cases} | {ours} | {theirs} | {why} |")
    }
}

/// The functions that take a name out of a folder, or put one there.
const CHANGES: &[&str] = &[
    "path_remove_directory",
    "path_unlink_file",
    "path_link",
    "path_rename",
    "remove-directory-at",
    "unlink-file-at",
    "link-at",
    "rename-at",
];

pub(super) const KNOWN: &[Known] = &[
    Known {
        calls: Of(CHANGES),
        cases: These(&[
            "dot",
            "climbing to the folder",
            "from: dot",
            "from: climbing to the folder",
            "to: dot",
            "to: climbing to the folder",
        ]),
        ours: &["notcapable", "access"],
        theirs: &[
            "perm",
            "exist",
            "inval",
            "isdir",
            "busy",
            "not-permitted",
            "invalid",
            "is-directory",
        ],
        why: "Who may write the folder around a granted folder can remove and move it. wasmtime never lets a guest do that.",
    },
    Known {
        calls: Of(&["path_filestat_get", "stat-at", "metadata-hash-at"]),
        cases: These(&[
            "itself: file and a slash",
            "itself: link and a slash",
            "itself: link to a folder and a slash",
        ]),
        ours: &[
            "notdir",
            "not-directory",
            "ok kind 3, 0 bytes",
            "ok DescriptorType::Directory 0",
        ],
        theirs: &[
            "ok kind 4, 10 bytes",
            "ok kind 7, 4 bytes",
            "ok DescriptorType::RegularFile 10",
            "ok DescriptorType::SymbolicLink 4",
            "ok",
        ],
        why: "A slash at the end means a folder, as in POSIX. wasmtime takes it away.",
    },
    Known {
        calls: Of(&["path_rename", "rename-at"]),
        cases: These(&[
            "to: file and a slash",
            "to: folder and a slash",
            "to: missing and a slash",
            "to: link and a slash",
            "to: link to a folder and a slash",
        ]),
        ours: &["notdir", "not-directory"],
        theirs: &["ok", "isdir", "is-directory"],
        why: "The same: a file is not given the name of a folder.",
    },
    Known {
        calls: Of(&["path_remove_directory", "remove-directory-at"]),
        cases: These(&["link to a folder and a slash"]),
        ours: &["notdir", "not-directory"],
        theirs: &["inval", "invalid"],
        why: "A link is no folder to be removed, as Linux says it.",
    },
    Known {
        calls: Of(&["path_readlink", "readlink-at"]),
        cases: These(&["absolute link"]),
        ours: &["ok /etc/hostname"],
        theirs: &["perm", "not-permitted"],
        why: "To read what a link says opens nothing; to follow it is refused.",
    },
    Known {
        calls: Of(&["fd_filestat_set_times", "set-times"]),
        cases: These(&["first folder"]),
        ours: &["ok"],
        theirs: &["badf", "bad-descriptor"],
        why: "Times of a folder can be set by its handle as by its name.",
    },
    Known {
        calls: Of(&["get-flags"]),
        cases: These(&["folder"]),
        ours: &["ok DescriptorFlags(READ | MUTATE_DIRECTORY)"],
        theirs: &["ok DescriptorFlags(READ)"],
        why: "The flags say what may be done below the folder, which is what was granted.",
    },
    Known {
        calls: Of(&["read-via-stream", "write-via-stream", "append-via-stream"]),
        cases: These(&["file to write", "file to read", "file for nothing"]),
        ours: &["bad-descriptor"],
        theirs: &["failed Some(\"bad-descriptor\")"],
        why: "What a handle may not do is said when the stream is asked for, and not only when it is used.",
    },
    Known {
        calls: Of(&["read-via-stream"]),
        cases: These(&["no bytes"]),
        ours: &["ok \"\""],
        theirs: &["closed"],
        why: "To read nothing is not the end of a file.",
    },
    Known {
        calls: Of(&["path_open"]),
        cases: These(&[
            "a created folder: long path",
            "an emptied folder: long path",
        ]),
        ours: &["nametoolong"],
        theirs: &["inval"],
        why: "The length of a path is checked before it is copied.",
    },
    Known {
        calls: Of(&["poll"]),
        cases: These(&["what is ready"]),
        ours: &["ok [1, 2]"],
        theirs: &["ok [1]"],
        why: "A file can be read at once. wasmtime begins to read it when it is asked.",
    },
    Known {
        calls: Of(&["resolve-addresses"]),
        cases: These(&["`::1`", "``", "`a b`", "`nowhere.invalid`"]),
        ours: &["access-denied"],
        theirs: &["ok true", "invalid-argument", "name-unresolvable"],
        why: "Only names that were granted are looked up.",
    },
    Known {
        calls: Of(&["poll_oneoff"]),
        cases: These(&["processor time"]),
        ours: &["inval"],
        theirs: &["ok 1 success 0"],
        why: "There is no clock of processor time, as `clock_time_get` says as well.",
    },
    Known {
        calls: Of(&[
            "monotonic-clock subscribe-duration",
            "monotonic-clock subscribe-instant",
        ]),
        cases: These(&["no time", "long ago"]),
        ours: &["ok true"],
        theirs: &["ok false"],
        why: "What has passed has passed. wasmtime says so when it is asked again.",
    },
    Known {
        calls: Of(&["proc_exit 200"]),
        cases: These(&["end"]),
        ours: &["leaves with 200"],
        theirs: &["is ended"],
        why: "Codes of 126 and more pass through.",
    },
    Known {
        calls: Of(&["tcp bind", "tcp listen", "udp bind"]),
        cases: These(&[
            "to any port of this machine",
            "to what is taken",
            "bound",
            "with a port",
        ]),
        ours: &["access-denied", "invalid-state"],
        theirs: &["ok", "address-in-use"],
        why: "There are no servers.",
    },
    Known {
        calls: ReadOnly,
        cases: Any,
        ours: &[
            "noent",
            "exist",
            "isdir",
            "notdir",
            "loop",
            "inval",
            "nametoolong",
            "no-entry",
            "is-directory",
            "not-directory",
            "invalid",
            "name-too-long",
        ],
        theirs: &["perm", "not-permitted"],
        why: "What is wrong with a name is said before that it may not be changed, as on a file system that is mounted for reading.",
    },
];
