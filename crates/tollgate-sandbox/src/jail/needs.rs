//! What the host itself opens after its jail is closed: one table. Whatever is opened before needs no row.
//!
//! The cache, the module, the input and the terminal are opened before; the state of policies is not used by a jailed process.
//! A feature that opens a file while a guest runs adds a row here, with the roles that do.

use std::path::{Path, PathBuf};

use super::{HostFiles, Jail, JailRole, Ports};

/// When a row counts.
enum When {
    /// There is a network to reach.
    Network,
}

/// Something that stays readable.
struct Row {
    roles: &'static [JailRole],
    when: When,
    path: &'static str,
}

const fn resolver(path: &'static str) -> Row {
    Row {
        roles: &[JailRole::Guest, JailRole::Command],
        when: When::Network,
        path,
    }
}

const READABLE: [Row; 6] = [
    // How the system resolves names.
    resolver("/etc/resolv.conf"),
    resolver("/etc/hosts"),
    resolver("/etc/nsswitch.conf"),
    resolver("/etc/host.conf"),
    resolver("/etc/gai.conf"),
    resolver("/etc/services"),
];

/// Adds the rows that count for `jail`.
pub(super) fn add(jail: &mut Jail, host: &HostFiles) {
    let HostFiles { replaced } = host;
    for Row { roles, when, path } in &READABLE {
        let counts = match when {
            When::Network => jail.ports != Ports::None,
        };
        if counts && roles.contains(&jail.role) {
            jail.readable.push(PathBuf::from(path));
        }
    }
    jail.writable
        .extend(replaced.iter().map(|file| folder(file)));
}

/// The folder a file is replaced in.
fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
