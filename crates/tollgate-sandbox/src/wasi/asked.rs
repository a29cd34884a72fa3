//! Which imports are calls that a gate is asked about: the names that [`GateCall`](crate::gate::GateCall) has for them, and what it is
//! asked whether they may reach.

use crate::describe::Item;
use crate::grant::Capability::{self, FileRead, FileWrite, HostFunctions, Network};

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

const READ: &[Capability] = &[FileRead];
const WRITE: &[Capability] = &[FileWrite];
const BOTH: &[Capability] = &[FileRead, FileWrite];

impl Item {
    /// Returns the calls that a gate can be asked about when the guest calls this import: none of one that looks at nothing but
    /// what is open, or that nobody asks about. It is told by the name alone.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = |(interface, operation): (&str, &str), capabilities: &[Capability]| {
            let asked = capabilities.iter().map(|capability| Asked {
                capability: *capability,
                interface: interface.to_owned(),
                operation: operation.to_owned(),
            });
            asked.collect()
        };
        if self.module == PREVIEW_1 {
            return asked((PREVIEW_1, &self.name), of_preview_1(&self.name));
        }
        if !self.module.is_empty() {
            return match self.kind.starts_with("function") {
                true => asked((&self.module, &self.name), &[HostFunctions]),
                false => Vec::new(),
            };
        }
        let Some((interface, function)) = self.name.split_once('#') else {
            return Vec::new();
        };
        if !interface.starts_with("wasi:") {
            return asked((interface, function), &[HostFunctions]);
        }
        let interface = interface.split('@').next().unwrap_or(interface);
        // `[method]descriptor.open-at` is asked about as `open-at`.
        let operation = function.rsplit('.').next().unwrap_or(function);
        match interface {
            "wasi:filesystem/types" => asked((interface, operation), of_files(operation)),
            "wasi:sockets/ip-name-lookup" if operation == "resolve-addresses" => {
                asked((interface, operation), &[Network])
            }
            "wasi:sockets/tcp" | "wasi:sockets/udp" => match of_sockets(function) {
                Some(operation) => asked(("wasi:sockets", operation), &[Network]),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

fn of_preview_1(function: &str) -> &'static [Capability] {
    match function {
        "path_open" | "path_link" | "path_rename" => BOTH,
        "path_filestat_get" | "path_readlink" | "fd_readdir" => READ,
        "path_create_directory"
        | "path_filestat_set_times"
        | "fd_filestat_set_times"
        | "path_remove_directory"
        | "path_symlink"
        | "path_unlink_file" => WRITE,
        _ => &[],
    }
}

fn of_files(function: &str) -> &'static [Capability] {
    match function {
        "open-at" | "link-at" | "rename-at" => BOTH,
        "stat-at" | "metadata-hash-at" | "readlink-at" | "read-directory" => READ,
        "create-directory-at"
        | "set-times"
        | "set-times-at"
        | "remove-directory-at"
        | "symlink-at"
        | "unlink-file-at" => WRITE,
        _ => &[],
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

    fn asked(module: &str, name: &str) -> Vec<String> {
        let item = Item {
            module: module.to_owned(),
            name: name.to_owned(),
            kind: String::from("function ()"),
        };
        let asked = item.asked().into_iter();
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
}
