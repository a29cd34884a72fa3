//! What a process may still reach, as a plain value. [`Jail::of`] derives it from a role and a grant, and nothing else makes one.

use std::{collections::BTreeSet, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::needs;
use crate::grant::Grant;

/// What a jailed process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JailRole {
    /// Reads modules of strangers: compiles, inspects. Opens nothing at all.
    Compile,
    /// Runs one guest for a parent that it answers to.
    Guest,
    /// Runs one guest in the process that was asked to, once it has loaded the module.
    Command,
}

/// Ports a process may connect to. The system knows ports and not hosts: those are the sandbox's own check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ports {
    /// No network.
    None,
    /// These ports.
    These(BTreeSet<u16>),
    /// Every port.
    Any,
}

/// What a process may still reach. A grant says what a guest may do; this says what the system lets its process do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jail {
    /// What the process is for.
    pub role: JailRole,
    /// Folders and files it may read, with what is below them.
    pub readable: Vec<PathBuf>,
    /// Folders and files it may create, change and delete, with what is below them.
    pub writable: Vec<PathBuf>,
    /// Where it may connect.
    pub ports: Ports,
}

/// Files a host writes after its jail is closed, which it names before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostFiles {
    /// Files that are replaced as a whole, such as a report: their folders stay writable.
    pub replaced: Vec<PathBuf>,
}

impl Jail {
    /// Returns the jail of a process with this role that serves `grant`.
    pub fn of(role: JailRole, grant: &Grant, host: &HostFiles) -> Self {
        let mut jail = Self {
            role,
            readable: grant.read.iter().map(|path| path.host.clone()).collect(),
            writable: grant.write.iter().map(|path| path.host.clone()).collect(),
            ports: ports(grant),
        };
        needs::add(&mut jail, host);
        jail
    }

    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux has lists of system calls")
    )]
    pub(super) fn opens_files(&self) -> bool {
        !self.readable.is_empty() || !self.writable.is_empty()
    }
}

/// DNS over TCP, for names whose answer does not fit a datagram.
const DNS: u16 = 53;

fn ports(grant: &Grant) -> Ports {
    if grant.net.is_empty() {
        return Ports::None;
    }
    let named: Option<BTreeSet<u16>> = grant.net.iter().map(|to| to.port).collect();
    named.map_or(Ports::Any, |mut ports| {
        ports.insert(DNS);
        Ports::These(ports)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::{NetGrant, PathGrant};

    fn grant(net: &[&str]) -> Grant {
        let mut grant = Grant::none();
        grant.net = net
            .iter()
            .map(|text| text.parse::<NetGrant>().unwrap())
            .collect();
        grant
    }

    fn of(role: JailRole, grant: &Grant) -> Jail {
        Jail::of(role, grant, &HostFiles::default())
    }

    #[test]
    fn an_empty_grant_opens_nothing() {
        for role in [JailRole::Compile, JailRole::Guest, JailRole::Command] {
            let jail = of(role, &Grant::none());
            assert!(!jail.opens_files(), "{jail:?}");
            assert_eq!(jail.ports, Ports::None);
        }
    }

    #[test]
    fn paths_of_the_grant_and_no_others_are_opened() {
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped("/a", "/x"));
        grant.write.push(PathGrant::mapped("/b", "/y"));
        let jail = of(JailRole::Guest, &grant);
        assert_eq!(jail.readable, [PathBuf::from("/a")]);
        assert_eq!(jail.writable, [PathBuf::from("/b")]);
    }

    #[test]
    fn a_port_that_is_not_named_is_every_port() {
        let ports = |net: &[&str]| of(JailRole::Guest, &grant(net)).ports;
        assert_eq!(ports(&["a:1", "b:2"]), Ports::These([1, 2, DNS].into()));
        assert_eq!(ports(&["a:1", "b"]), Ports::Any);
    }

    #[test]
    fn names_can_be_resolved_when_there_is_a_network() {
        let jail = of(JailRole::Command, &grant(&["example.com:443"]));
        assert!(jail.readable.contains(&PathBuf::from("/etc/resolv.conf")));
        assert!(jail.writable.is_empty());
    }

    #[test]
    fn the_folder_of_a_file_that_is_replaced_can_be_written() {
        let host = HostFiles {
            replaced: vec![PathBuf::from("/out/report.json"), PathBuf::from("report")],
        };
        let jail = Jail::of(JailRole::Command, &Grant::none(), &host);
        assert_eq!(jail.writable, [PathBuf::from("/out"), PathBuf::from(".")]);
        assert!(jail.readable.is_empty());
    }
}
