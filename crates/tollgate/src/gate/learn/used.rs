//! Which parts of a grant were used.
//!
//! Grants add up, and a link never leads out of the granted folder it stands in, so a part in which nothing was reached can be left
//! out. A part inside of another one says nothing that the other does not, unless it is on another mount. What is
//! open for a folder is asked about as all that the grant allows there, so which of these calls there are hangs on what is
//! left of the grant.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tollgate_sandbox::{Asked, Capability, Grant, NetGrant, PathGrant, guest_name, not_public};

use super::{Made, Reach};

/// What was used.
pub(super) struct Used {
    pub(super) grant: Grant,
    /// The calls that are made under it.
    pub(super) calls: BTreeSet<Made>,
}

/// Returns the parts of `bound` that `calls` used.
pub(super) fn used(bound: &Grant, calls: &BTreeSet<Made>, capabilities: &[Capability]) -> Used {
    // A new field does not compile until it is known when it is used.
    let Grant {
        read,
        write,
        env,
        args,
        stdin,
        net,
        clock,
        random,
        exit,
    } = bound;
    let wants = |capability| capabilities.contains(&capability);
    let files = Files::of(read, write, calls);
    let (read, write) = files.used();
    let env = match wants(Capability::Env) {
        true => env.clone(),
        false => Grant::none().env,
    };
    let made = calls.iter();
    let made = made.filter(|made| files.is_made(made, (&read, &write)));
    let made: BTreeSet<Made> = made.cloned().collect();
    let net = destinations(net, &calls_of_net(&made));
    Used {
        calls: made,
        grant: Grant {
            read,
            write,
            env,
            args: args.clone(),
            stdin: stdin.clone(),
            net,
            clock: *clock && wants(Capability::Clock),
            random: *random && wants(Capability::Random),
            exit: *exit,
        },
    }
}

/// A granted folder or file with its name in one spelling.
struct Part<'a> {
    grant: &'a PathGrant,
    name: PathBuf,
}

impl<'a> Part<'a> {
    fn all(grants: &'a [PathGrant]) -> Vec<Self> {
        let parts = grants.iter().map(|grant| Self {
            grant,
            name: guest_name(&grant.guest).into(),
        });
        parts.collect()
    }

    fn covers(&self, name: &Path) -> bool {
        name.starts_with(&self.name)
    }
}

/// What a call needs at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    Read,
    Write,
    /// One of the two.
    Either,
}

/// The granted files, and what was reached of them.
struct Files<'a> {
    read: Vec<Part<'a>>,
    write: Vec<Part<'a>>,
    reached: Vec<(PathBuf, &'a Made)>,
}

impl<'a> Files<'a> {
    fn of(read: &'a [PathGrant], write: &'a [PathGrant], calls: &'a BTreeSet<Made>) -> Self {
        let reached = calls.iter().filter_map(|made| match &made.reach {
            Reach::Path { name, .. } => Some((PathBuf::from(guest_name(name)), made)),
            Reach::Address(_) | Reach::Host(_) | Reach::Function(_) => None,
        });
        Self {
            read: Part::all(read),
            write: Part::all(write),
            reached: reached.collect(),
        }
    }

    fn used(&self) -> (Vec<PathGrant>, Vec<PathGrant>) {
        let (mut reads, mut writes, mut either) = (Vec::new(), Vec::new(), Vec::new());
        for (name, made) in &self.reached {
            match self.right(name, made) {
                Right::Read => reads.push(&**name),
                Right::Write => writes.push(&**name),
                Right::Either => either.push(&**name),
            }
        }
        let is_in = |parts: &[Part<'_>], name: &Path| parts.iter().any(|part| part.covers(name));
        let (read, write) = (needed(&self.read, &reads), needed(&self.write, &writes));
        // What one right is enough for and none of those that are needed anyway gives.
        for name in either {
            let has = |kept: &[&PathGrant]| {
                let mut names = kept.iter().map(|grant| guest_name(&grant.guest));
                names.any(|granted| name.starts_with(granted))
            };
            if has(&read) || has(&write) {
                continue;
            }
            if is_in(&self.read, name) {
                reads.push(name);
            } else if is_in(&self.write, name) {
                writes.push(name);
            }
        }
        let owned = |kept: Vec<&PathGrant>| kept.into_iter().cloned().collect();
        (
            owned(needed(&self.read, &reads)),
            owned(needed(&self.write, &writes)),
        )
    }

    fn right(&self, name: &Path, made: &Made) -> Right {
        match made.operation.as_str() {
            operation if Asked::looks(&made.interface, operation) => Right::Either,
            "path_open" | "open-at" if self.is_folder(name) => Right::Either,
            _ if made.capability == Capability::FileWrite => Right::Write,
            _ => Right::Read,
        }
    }

    /// Whether a path is that of a folder, as far as the calls tell: it was listed, something below it was reached, or it was
    /// granted as one.
    fn is_folder(&self, name: &Path) -> bool {
        let mut parts = self.read.iter().chain(&self.write);
        let is_granted = parts.any(|part| part.name == name && part.grant.host.is_dir());
        is_granted
            || self.reached.iter().any(|(other, made)| {
                let is_listed = matches!(&*made.operation, "fd_readdir" | "read-directory");
                match other == name {
                    true => is_listed,
                    false => other.starts_with(name),
                }
            })
    }

    /// Whether a call is made when this is granted of files: a folder is opened for what is granted there.
    fn is_made(&self, made: &Made, (read, write): (&[PathGrant], &[PathGrant])) -> bool {
        let Reach::Path { name, .. } = &made.reach else {
            return true;
        };
        let name = PathBuf::from(guest_name(name));
        let opens = matches!(&*made.operation, "path_open" | "open-at");
        if !opens || !self.is_folder(&name) {
            return true;
        }
        let (had, has) = match made.capability {
            Capability::FileWrite => (&self.write, write),
            _ => (&self.read, read),
        };
        let had = had.iter().any(|part| part.covers(&name));
        !had || Part::all(has).iter().any(|part| part.covers(&name))
    }
}

/// The parts in which one of `names` lies, without those that another one says.
fn needed<'a>(parts: &[Part<'a>], names: &[&Path]) -> Vec<&'a PathGrant> {
    let used = |part: &&Part<'_>| names.iter().any(|name| part.covers(name));
    let used: Vec<_> = parts.iter().filter(used).collect();
    let says = |outer: &Part<'_>, inner: &Part<'_>| {
        let inside = inner.grant.host.starts_with(&outer.grant.host)
            && inner.name.starts_with(&outer.name)
            && inner.name != outer.name;
        inside && same_mount(&outer.grant.host, &inner.grant.host)
    };
    let mut kept: Vec<&PathGrant> = Vec::new();
    for part in &used {
        let is_said = used.iter().any(|outer| says(outer, part));
        if !is_said && !kept.contains(&part.grant) {
            kept.push(part.grant);
        }
    }
    kept
}

/// Whether two places are on one file system, and the inner one is nothing that a grant has to name.
fn same_mount(outer: &Path, inner: &Path) -> bool {
    let (Ok(outer), Ok(inner)) = (outer.metadata(), inner.metadata()) else {
        // What is not there yet is made by the guest, below what is there.
        return !inner.exists();
    };
    let is_plain = inner.is_file() || inner.is_dir();
    is_plain && outer.dev() == inner.dev()
}

/// What was reached over the network.
struct Reached<'a> {
    addresses: Vec<std::net::SocketAddr>,
    hosts: Vec<&'a str>,
}

fn calls_of_net(calls: &BTreeSet<Made>) -> Reached<'_> {
    let (mut addresses, mut hosts) = (Vec::new(), Vec::new());
    for made in calls {
        match &made.reach {
            Reach::Address(address) => addresses.push(*address),
            Reach::Host(host) => hosts.push(host.as_str()),
            Reach::Path { .. } | Reach::Function(_) => {}
        }
    }
    Reached { addresses, hosts }
}

/// The destinations that were used: of an address the one that names it, of a name those with it. Which name an address was
/// reached by nobody knows afterwards, so a destination whose name was looked up stays.
fn destinations(granted: &[NetGrant], reached: &Reached<'_>) -> Vec<NetGrant> {
    let mut kept: BTreeSet<usize> = BTreeSet::new();
    let all = || granted.iter().enumerate();
    for host in &reached.hosts {
        let named: Vec<_> = all()
            .filter(|(_, grant)| grant.host.eq_ignore_ascii_case(host))
            .map(|(index, _)| index)
            .collect();
        let any = all().filter(|(_, grant)| grant.host == "*");
        match named.is_empty() {
            false => kept.extend(named),
            true => kept.extend(any.map(|(index, _)| index).take(1)),
        }
    }
    for address in &reached.addresses {
        let wanted = NetGrant {
            host: address.ip().to_string(),
            port: Some(address.port()),
        };
        let is_address = |grant: &NetGrant| grant.host.parse::<std::net::IpAddr>().is_ok();
        let port = |grant: &NetGrant| grant.port.is_none_or(|port| port == address.port());
        // From what names it most exactly to what only may have been it.
        let exact = all().find(|(_, grant)| is_address(grant) && grant.covers(&wanted));
        let covering = all().find(|(_, grant)| grant.covers(&wanted));
        if let Some((index, _)) = exact {
            kept.insert(index);
            continue;
        }
        let names = all().filter(|(_, grant)| {
            let is_name = grant.host != "*" && !is_address(grant);
            is_name && port(grant) && not_public(address.ip()).is_none()
        });
        let names: Vec<_> = names.map(|(index, _)| index).collect();
        let is_kept = names.iter().any(|index| kept.contains(index));
        match covering {
            Some((index, _)) if !is_kept => {
                kept.insert(index);
            }
            _ if !is_kept => kept.extend(names),
            _ => {}
        }
    }
    kept.into_iter()
        .filter_map(|index| granted.get(index).cloned())
        .collect()
}
