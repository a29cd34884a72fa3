//! Admission: whether a request may run at all, decided before anything of it exists.
//!
//! The request says what it wants; the [`Ceiling`] says what may be had, and belongs to whoever built the
//! [`Tollgate`](crate::Tollgate), never to the one who asks. After the ceiling an optional hook decides: this is where a
//! policy engine slots in. A hook that panics has not accepted.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use tollgate_sandbox::{Digest, Entry, Grant, LimitKind, Limits, NetGrant, PathGrant};

use crate::{Decision, Request, limits};

/// The most a request may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// The most it may reach. Default: nothing.
    pub grant: Grant,
    /// The most it may use. Default: [`limits::maximum`].
    pub limits: Limits,
}

impl Ceiling {
    /// Returns the default: no grants, the maximum limits.
    pub fn nothing() -> Self {
        Self {
            grant: Grant::none(),
            limits: limits::maximum(),
        }
    }
}

/// What is decided about: everything that is known before a run.
#[derive(Debug)]
pub struct Admission<'a> {
    /// The module.
    pub module: Digest,
    /// Who asks.
    pub caller: &'a str,
    /// Where it would begin.
    pub entry: &'a Entry,
    /// What it would reach.
    pub grant: &'a Grant,
    /// How much it could use.
    pub limits: &'a Limits,
}

/// Decides about requests that the ceiling allows.
pub type AdmissionHook = Arc<dyn Fn(&Admission<'_>) -> Decision + Send + Sync>;

/// The two keys of admission.
pub(crate) struct Admit {
    pub(crate) ceiling: Ceiling,
    /// Whether requests may share memory.
    pub(crate) share_memory: bool,
    pub(crate) hook: Option<AdmissionHook>,
}

impl fmt::Debug for Admit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admit")
            .field("ceiling", &self.ceiling)
            .field("hook", &self.hook.is_some())
            .finish()
    }
}

impl Admit {
    /// Decides about `request` with the `limits` it would get.
    pub(crate) fn decide(&self, request: &Request, limits: &Limits) -> Decision {
        let mut reasons = above_limits(limits, &self.ceiling.limits);
        reasons.extend(above_grant(&request.grant, &self.ceiling.grant));
        if !request.shared.is_empty() && !self.share_memory {
            reasons.push("memory may not be shared here".to_owned());
        }
        if !reasons.is_empty() {
            return Decision::Reject { reasons };
        }
        let Some(hook) = &self.hook else {
            return Decision::accept(None);
        };
        let admission = Admission {
            module: request.module.digest(),
            caller: &request.caller,
            entry: &request.entry,
            grant: &request.grant,
            limits,
        };
        catch_unwind(AssertUnwindSafe(|| hook(&admission))).unwrap_or_else(|_| {
            Decision::reject("the admission hook panicked, which accepts nothing")
        })
    }
}

fn above_limits(wanted: &Limits, most: &Limits) -> Vec<String> {
    let millis = |limits: &Limits| u64::try_from(limits.wall.as_millis()).unwrap_or(u64::MAX);
    let pairs = [
        (LimitKind::Gas, wanted.gas, most.gas),
        (LimitKind::Memory, wanted.memory_bytes, most.memory_bytes),
        (LimitKind::Wall, millis(wanted), millis(most)),
        (LimitKind::Tables, wanted.tables.into(), most.tables.into()),
        (
            LimitKind::Memories,
            wanted.memories.into(),
            most.memories.into(),
        ),
        (
            LimitKind::Instances,
            wanted.instances.into(),
            most.instances.into(),
        ),
        (LimitKind::Output, wanted.output_bytes, most.output_bytes),
        (
            LimitKind::HostCall,
            wanted.host_call_bytes,
            most.host_call_bytes,
        ),
        (
            LimitKind::Handles,
            wanted.handles.into(),
            most.handles.into(),
        ),
    ];
    let above = pairs.into_iter().filter(|(_, wanted, most)| wanted > most);
    above
        .map(|(kind, wanted, most)| {
            format!(
                "a {} limit of {wanted} {} is above the maximum of {most}",
                kind.name(),
                kind.unit()
            )
        })
        .collect()
}

fn above_grant(wanted: &Grant, most: &Grant) -> Vec<String> {
    let mut reasons = Vec::new();
    for path in wanted
        .read
        .iter()
        .filter(|path| !covers(&most.read, &path.host))
    {
        reasons.push(format!(
            "reading `{}` may not be granted here",
            path.host.display()
        ));
    }
    for path in wanted
        .write
        .iter()
        .filter(|path| !covers(&most.write, &path.host))
    {
        reasons.push(format!(
            "writing `{}` may not be granted here",
            path.host.display()
        ));
    }
    for net in wanted
        .net
        .iter()
        .filter(|net| !most.net.iter().any(|most| net_covers(most, net)))
    {
        reasons.push(format!("connecting to `{net}` may not be granted here"));
    }
    if wanted.clock && !most.clock {
        reasons.push("the clock may not be granted here".to_owned());
    }
    if wanted.random && !most.random {
        reasons.push("randomness may not be granted here".to_owned());
    }
    reasons
}

/// Whether `path` is one of the granted paths or below one.
fn covers(granted: &[PathGrant], path: &Path) -> bool {
    let Some(path) = settled(path) else {
        return false;
    };
    granted
        .iter()
        .any(|grant| settled(&grant.host).is_some_and(|most| path.starts_with(most)))
}

/// The path without links. One that does not exist yet is taken as written, and not at all when it climbs with `..`,
/// since nobody knows where that would lead.
fn settled(path: &Path) -> Option<PathBuf> {
    if let Ok(path) = path.canonicalize() {
        return Some(path);
    }
    let path = std::path::absolute(path).ok()?;
    let climbs = path.components().any(|part| part == Component::ParentDir);
    (!climbs).then_some(path)
}

fn net_covers(most: &NetGrant, wanted: &NetGrant) -> bool {
    let host = most.host == "*" || most.host.eq_ignore_ascii_case(&wanted.host);
    host && (most.port.is_none() || most.port == wanted.port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(change: impl FnOnce(&mut Grant)) -> Grant {
        let mut grant = Grant::none();
        change(&mut grant);
        grant
    }

    fn read(path: impl Into<PathBuf>) -> Grant {
        grant(|grant| grant.read.push(PathGrant::same(path)))
    }

    fn net(text: &str) -> Grant {
        grant(|grant| grant.net.push(text.parse().expect("a destination")))
    }

    #[test]
    fn nothing_is_below_nothing() {
        assert_eq!(
            above_grant(&Grant::none(), &Grant::none()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_folder_covers_what_is_below_it_and_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).expect("a folder");
        let ceiling = read(&inside);
        assert!(above_grant(&read(inside.join("not-there-yet")), &ceiling).is_empty());
        for outside in [
            folder.path().join("insid"),
            folder.path().to_owned(),
            inside.join(".."),
            inside.join("x/../../y"),
        ] {
            assert_eq!(
                above_grant(&read(&outside), &ceiling).len(),
                1,
                "{}",
                outside.display()
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_judged_by_where_it_leads() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).expect("a folder");
        std::os::unix::fs::symlink("/etc", inside.join("link")).expect("a link");
        assert_eq!(
            above_grant(&read(inside.join("link")), &read(&inside)).len(),
            1
        );
    }

    #[test]
    fn reading_does_not_cover_writing() {
        let write = grant(|grant| grant.write.push(PathGrant::same("/srv")));
        assert_eq!(above_grant(&write, &read("/srv")).len(), 1);
    }

    #[test]
    fn a_destination_covers_its_ports_only() {
        assert!(above_grant(&net("example.org:443"), &net("EXAMPLE.org")).is_empty());
        assert!(above_grant(&net("example.org:443"), &net("*")).is_empty());
        assert_eq!(
            above_grant(&net("example.org"), &net("example.org:443")).len(),
            1
        );
        assert_eq!(
            above_grant(&net("example.org.evil.net"), &net("example.org")).len(),
            1
        );
    }

    #[test]
    fn each_limit_above_its_maximum_is_named() {
        let most = Limits::standard();
        let wanted = Limits {
            gas: most.gas + 1,
            handles: most.handles + 1,
            ..most.clone()
        };
        let reasons = above_limits(&wanted, &most);
        assert_eq!(reasons.len(), 2);
        assert!(
            reasons[0].contains("gas limit of 1000000001 gas is above the maximum of 1000000000"),
            "{reasons:?}"
        );
        assert!(above_limits(&most, &most).is_empty());
    }
}
