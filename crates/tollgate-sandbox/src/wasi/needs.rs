//! What an import needs of its host, and which calls of it a gate is asked about, under which names.
//!
//! There is one table, [`need`]. It goes by names alone, and what it does not know of an interface may reach all that the
//! interface is about. What is open was granted when it was opened, so calls that use nothing else need nothing.

use crate::describe::Item;
use crate::grant::Capability::{
    self, Clock, Console, Env, Exit, FileRead, FileWrite, HostFunctions, Network, Random,
};

use super::PREVIEW_1;

/// A call that a gate is asked about, as it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The kind of thing it reaches.
    pub capability: Capability,
    /// First part of its name.
    pub interface: String,
    /// Second part of its name.
    pub operation: String,
}

/// What an import needs.
enum Need {
    /// What nobody asks a gate about.
    Of(&'static [Capability]),
    /// What a gate is asked about under these names.
    Asked(Call, &'static [Capability]),
    /// To look at what may be read or written. A gate is asked whether it may be read.
    Look(Call),
}

/// The names that a gate is told.
struct Call {
    interface: String,
    operation: String,
}

/// What a call does to a file or folder that it names.
enum OfFiles {
    /// It looks at nothing but what is open.
    Nothing,
    Look,
    Read,
    Write,
    Both,
    Unknown,
}

impl Item {
    /// Returns what it could want from its host if it is an import, each kind of thing once. It is told by the name alone.
    pub fn wants(&self) -> Vec<Capability> {
        match need(self) {
            Need::Of(kinds) | Need::Asked(_, kinds) => kinds.to_vec(),
            Need::Look(_) => vec![FileRead],
        }
    }

    /// Returns whether the import looks at what may be read or written, so that a grant of one of the two is enough.
    pub fn looks(&self) -> bool {
        matches!(need(self), Need::Look(_))
    }

    /// Returns the calls that a gate can be asked about when the guest calls this import: none of one that looks at nothing but
    /// what is open, or that nobody asks about. It is told by the name alone.
    pub fn asked(&self) -> Vec<Asked> {
        let (call, kinds) = match need(self) {
            Need::Of(_) => return Vec::new(),
            Need::Asked(call, kinds) => (call, kinds),
            Need::Look(call) => (call, &[FileRead][..]),
        };
        let asked = kinds.iter().map(|capability| Asked {
            capability: *capability,
            interface: call.interface.clone(),
            operation: call.operation.clone(),
        });
        asked.collect()
    }
}

impl Asked {
    /// Returns whether a call that a gate is asked about under these names looks at what may be read or written, so that a
    /// grant of one of the two is enough.
    pub fn looks(interface: &str, operation: &str) -> bool {
        let of_files = match interface {
            PREVIEW_1 => of_preview_1(operation),
            TYPES => of_component(operation),
            _ => OfFiles::Unknown,
        };
        matches!(of_files, OfFiles::Look)
    }
}

/// The interface of components for files.
const TYPES: &str = "wasi:filesystem/types";

fn call(interface: &str, operation: &str) -> Call {
    Call {
        interface: interface.to_owned(),
        operation: operation.to_owned(),
    }
}

/// The one table of what an import needs.
fn need(item: &Item) -> Need {
    match item.module.as_str() {
        "" => of_a_component(item),
        PREVIEW_1 => match item.name.as_str() {
            name if name.starts_with("sock_") => Need::Of(&[Network]),
            name if name.starts_with("environ_") => Need::Of(&[Env]),
            name if name.starts_with("clock_") => Need::Of(&[Clock]),
            "poll_oneoff" => Need::Of(&[Clock]),
            "random_get" => Need::Of(&[Random]),
            "proc_exit" => Need::Of(&[Exit]),
            "fd_write" | "fd_read" => Need::Of(&[Console]),
            name => files(of_preview_1(name), call(PREVIEW_1, name)),
        },
        module if item.kind.starts_with("function") => {
            Need::Asked(call(module, &item.name), &[HostFunctions])
        }
        _ => Need::Of(&[]),
    }
}

fn of_a_component(item: &Item) -> Need {
    let (versioned, function) = match item.name.split_once('#') {
        Some((interface, function)) => (interface, Some(function)),
        None => (item.name.as_str(), None),
    };
    let interface = versioned.split('@').next().unwrap_or(versioned);
    let Some(wasi) = interface.strip_prefix("wasi:") else {
        return match function {
            Some(function) => Need::Asked(call(versioned, function), &[HostFunctions]),
            None if item.kind.starts_with("function") || item.kind == "interface" => {
                Need::Of(&[HostFunctions])
            }
            None => Need::Of(&[]),
        };
    };
    // `[method]descriptor.open-at` is asked about as `open-at`.
    let whole = function.unwrap_or_default();
    let operation = whole.rsplit('.').next().unwrap_or(whole);
    match (wasi.split('/').next().unwrap_or(wasi), interface) {
        ("filesystem", TYPES) => files(of_component(operation), call(TYPES, operation)),
        ("filesystem", "wasi:filesystem/preopens") => Need::Of(&[]),
        ("filesystem", _) => Need::Of(&[FileRead, FileWrite]),
        ("sockets", "wasi:sockets/ip-name-lookup") if operation == "resolve-addresses" => {
            Need::Asked(call(interface, operation), &[Network])
        }
        ("sockets", "wasi:sockets/tcp" | "wasi:sockets/udp") => match of_sockets(whole) {
            Some(operation) => Need::Asked(call("wasi:sockets", operation), &[Network]),
            None => Need::Of(&[Network]),
        },
        ("sockets" | "http", _) => Need::Of(&[Network]),
        ("clocks", _) => Need::Of(&[Clock]),
        ("random", _) => Need::Of(&[Random]),
        ("cli", "wasi:cli/environment") => match operation {
            // A guest has its arguments, and no folder that it is in.
            "get-arguments" | "initial-cwd" => Need::Of(&[]),
            _ => Need::Of(&[Env]),
        },
        ("cli", "wasi:cli/exit") => Need::Of(&[Exit]),
        ("cli", _) => Need::Of(&[Console]),
        _ => Need::Of(&[]),
    }
}

fn files(of: OfFiles, call: Call) -> Need {
    match of {
        OfFiles::Nothing => Need::Of(&[]),
        OfFiles::Look => Need::Look(call),
        OfFiles::Read => Need::Asked(call, &[FileRead]),
        OfFiles::Write => Need::Asked(call, &[FileWrite]),
        OfFiles::Both => Need::Asked(call, &[FileRead, FileWrite]),
        // Nobody provides it, so nobody is asked.
        OfFiles::Unknown => Need::Of(&[FileRead, FileWrite]),
    }
}

fn of_preview_1(function: &str) -> OfFiles {
    match function {
        "path_open" | "path_link" | "path_rename" => OfFiles::Both,
        "path_filestat_get" => OfFiles::Look,
        "path_readlink" | "fd_readdir" => OfFiles::Read,
        "path_create_directory"
        | "path_filestat_set_times"
        | "fd_filestat_set_times"
        | "path_remove_directory"
        | "path_symlink"
        | "path_unlink_file" => OfFiles::Write,
        name if name.starts_with("path_") => OfFiles::Unknown,
        _ => OfFiles::Nothing,
    }
}

fn of_component(function: &str) -> OfFiles {
    match function {
        "open-at" | "link-at" | "rename-at" => OfFiles::Both,
        "stat-at" | "metadata-hash-at" => OfFiles::Look,
        "readlink-at" | "read-directory" => OfFiles::Read,
        "create-directory-at"
        | "set-times"
        | "set-times-at"
        | "remove-directory-at"
        | "symlink-at"
        | "unlink-file-at" => OfFiles::Write,
        // Without a function it has types alone.
        ""
        | "read-via-stream"
        | "write-via-stream"
        | "append-via-stream"
        | "advise"
        | "sync-data"
        | "sync"
        | "get-flags"
        | "get-type"
        | "set-size"
        | "read"
        | "write"
        | "stat"
        | "is-same-object"
        | "metadata-hash"
        | "read-directory-entry"
        | "filesystem-error-code" => OfFiles::Nothing,
        _ => OfFiles::Unknown,
    }
}

/// By the whole name: those of resources have words in common.
fn of_sockets(function: &str) -> Option<&'static str> {
    Some(match function {
        "[method]tcp-socket.start-connect" => "connect",
        "[method]outgoing-datagram-stream.send" => "send",
        "[method]incoming-datagram-stream.receive" => "receive",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(module: &str, name: &str) -> Item {
        Item {
            module: module.to_owned(),
            name: name.to_owned(),
            kind: String::from("function ()"),
        }
    }

    fn asked(module: &str, name: &str) -> Vec<String> {
        let asked = item(module, name).asked().into_iter();
        asked
            .map(|asked| {
                format!(
                    "{} {} {}",
                    asked.capability, asked.interface, asked.operation
                )
            })
            .collect()
    }

    #[test]
    fn an_import_has_the_names_that_a_gate_is_told() {
        for (module, name, expected) in [
            (
                "wasi_snapshot_preview1",
                "path_open",
                &[
                    "file-read wasi_snapshot_preview1 path_open",
                    "file-write wasi_snapshot_preview1 path_open",
                ][..],
            ),
            ("wasi_snapshot_preview1", "fd_read", &[]),
            ("env", "pay", &["host-functions env pay"]),
            (
                "",
                "wasi:filesystem/types@0.2.3#[method]descriptor.stat-at",
                &["file-read wasi:filesystem/types stat-at"],
            ),
            (
                "",
                "wasi:sockets/tcp@0.2.3#[method]tcp-socket.start-connect",
                &["network wasi:sockets connect"],
            ),
            ("", "wasi:sockets/udp@0.2.3#[method]udp-socket.stream", &[]),
            (
                "",
                "my:own/things@1.0.0#do",
                &["host-functions my:own/things@1.0.0 do"],
            ),
            ("", "wasi:random/random@0.2.3#get-random-u64", &[]),
        ] {
            assert_eq!(asked(module, name), expected, "{module} {name}");
        }
    }

    #[test]
    fn an_import_needs_what_it_reaches_and_no_more() {
        let files = "wasi:filesystem/types@0.2.3#[method]descriptor.";
        for (module, name, expected) in [
            (PREVIEW_1, "path_rename", &[FileRead, FileWrite][..]),
            (PREVIEW_1, "path_filestat_get", &[FileRead]),
            (PREVIEW_1, "fd_filestat_set_times", &[FileWrite]),
            (PREVIEW_1, "path_of_tomorrow", &[FileRead, FileWrite]),
            (PREVIEW_1, "fd_tell", &[]),
            (PREVIEW_1, "environ_sizes_get", &[Env]),
            (PREVIEW_1, "args_get", &[]),
            ("", "wasi:cli/environment@0.2.3#get-environment", &[Env]),
            ("", "wasi:cli/environment@0.2.3#get-arguments", &[]),
            ("", "wasi:cli/environment@0.2.3#initial-cwd", &[]),
            ("", "wasi:cli/stdout@0.2.3#get-stdout", &[Console]),
            ("", &format!("{files}stat"), &[]),
            ("", &format!("{files}unlink-file-at"), &[FileWrite]),
            ("", &format!("{files}of-tomorrow"), &[FileRead, FileWrite]),
            ("", "wasi:http/types@0.2.3#[constructor]fields", &[Network]),
            ("", "wasi:io/poll@0.2.3#poll", &[]),
        ] {
            assert_eq!(item(module, name).wants(), expected, "{module} {name}");
        }
    }

    #[test]
    fn what_looks_is_told_by_either_name() {
        for (module, name, interface, operation) in [
            (
                PREVIEW_1,
                "path_filestat_get",
                PREVIEW_1,
                "path_filestat_get",
            ),
            (
                "",
                "wasi:filesystem/types@0.2.3#[method]descriptor.metadata-hash-at",
                TYPES,
                "metadata-hash-at",
            ),
        ] {
            assert!(item(module, name).looks(), "{name}");
            assert!(Asked::looks(interface, operation), "{operation}");
        }
        assert!(!item(PREVIEW_1, "path_open").looks());
        assert!(!Asked::looks("env", "path_filestat_get"));
    }
}
