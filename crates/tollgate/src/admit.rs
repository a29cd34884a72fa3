//! Admission: whether a request may run at all, decided before anything of it exists.
//!
//! The request says what it wants; the [`Ceiling`] says what may be had, and belongs to the program that built the
//! [`Tollgate`](crate::tollgate::Tollgate), never to the one who asks. After the ceiling an optional hook decides: this is where a
//! policy engine slots in. A hook that panics has not accepted.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tollgate_sandbox::{Digest, Entry, Grant, LimitKind, Limits, Mounts, PathGrant, Stdin};

use crate::gate::second_names;
use crate::{limits, report::Decision, request::Request};

/// The most a request may ask for.
///
/// # Example
/// ```
/// use tollgate::{Grant, NetGrant, Request, Source, Tollgate};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Nobody may be granted more than this host, whatever is asked for.
/// let mut most = Grant::none();
/// most.net.push("api.example.com:443".parse::<NetGrant>()?);
/// let tollgate = Tollgate::builder().compile_in_process().may_grant(most).build()?;
/// let wat = r#"(module (func (export "run")))"#;
/// let module = tollgate.load_blocking(&Source::Bytes(wat.as_bytes().into()))?;
///
/// let mut asked = Grant::none();
/// asked.net.push("other.example.com:443".parse::<NetGrant>()?);
/// let report = tollgate.execute_blocking(Request::call(&module, "run", []).grant(asked))?;
/// assert!(!report.decision.is_accept());
/// assert!(report.decision.reasons()[0].contains("other.example.com"));
/// # Ok(())
/// # }
/// ```
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
    /// Whether a policy decides calls, by the names of what they reach.
    pub(crate) by_names: bool,
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
        let Self {
            ceiling,
            share_memory,
            hook,
            by_names,
        } = self;
        let Request {
            // A name and no wish.
            execution: _,
            module,
            entry,
            grant,
            limits: _,
            caller,
            shared,
            // What the asker brings: it reaches nothing and takes nothing.
            virtual_world: _,
            gate: _,
            calls: _,
            context: _,
            output: _,
            prices: _,
        } = request;
        let mut reasons = above_limits(limits, &ceiling.limits);
        reasons.extend(above_grant(grant, &ceiling.grant));
        if !shared.is_empty() && !share_memory {
            reasons.push("memory may not be shared here".to_owned());
        }
        if *by_names {
            reasons.extend(second_names(grant));
        }
        if !reasons.is_empty() {
            return Decision::Reject { reasons };
        }
        let Some(hook) = hook else {
            return Decision::accept(None);
        };
        let admission = Admission {
            module: module.digest(),
            caller,
            entry,
            grant,
            limits,
        };
        catch_unwind(AssertUnwindSafe(|| hook(&admission))).unwrap_or_else(|_| {
            Decision::reject("the admission hook panicked, which accepts nothing")
        })
    }
}

fn above_limits(wanted: &Limits, most: &Limits) -> Vec<String> {
    let (wanted, most) = (limits_by_kind(wanted), limits_by_kind(most));
    let pairs = wanted.into_iter().zip(most);
    let pairs = pairs.map(|((kind, wanted), (_, most))| (kind, wanted, most));
    let above = pairs.filter(|(_, wanted, most)| wanted > most);
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

/// Every limit as a number. A new field does not compile until it stands here.
fn limits_by_kind(limits: &Limits) -> [(LimitKind, u64); 11] {
    let Limits {
        gas,
        memory_bytes,
        wall,
        tables,
        memories,
        instances,
        output_bytes,
        host_call_bytes,
        handles,
        disk_bytes,
        disk_files,
    } = *limits;
    // Rounded up, so that a fraction of a millisecond more is more.
    let wall = u64::try_from(wall.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
    [
        (LimitKind::Gas, gas),
        (LimitKind::Memory, memory_bytes),
        (LimitKind::Wall, wall),
        (LimitKind::Tables, tables.into()),
        (LimitKind::Memories, memories.into()),
        (LimitKind::Instances, instances.into()),
        (LimitKind::Output, output_bytes),
        (LimitKind::HostCall, host_call_bytes),
        (LimitKind::Handles, handles.into()),
        (LimitKind::Disk, disk_bytes),
        (LimitKind::Files, disk_files),
    ]
}

fn above_grant(wanted: &Grant, most: &Grant) -> Vec<String> {
    // A new field does not compile until it is handled here.
    let Grant {
        read,
        write,
        env,
        // What the asker tells the guest: the asker knows it already.
        args: _,
        stdin,
        net,
        clock,
        random,
        exit,
    } = wanted;
    let mut reasons = Vec::new();
    let mut refuse = |what: String| reasons.push(format!("{what} may not be granted here"));
    for path in read.iter().filter(|path| !covers(&most.read, path)) {
        refuse(format!("reading `{}`", path.host.display()));
    }
    for path in write.iter().filter(|path| !covers(&most.write, path)) {
        refuse(format!("writing `{}`", path.host.display()));
    }
    for name in env.inherited().filter(|name| !most.env.inherits(name)) {
        refuse(format!("the environment variable `{name}` of this process"));
    }
    match (stdin, &most.stdin) {
        (Stdin::Empty | Stdin::Bytes(_), _) | (Stdin::Inherit, Stdin::Inherit) => {}
        (Stdin::Inherit, Stdin::Empty | Stdin::Bytes(_)) => {
            refuse("the standard input of this process".to_owned());
        }
    }
    for net in net
        .iter()
        .filter(|net| !most.net.iter().any(|most| most.covers(net)))
    {
        refuse(format!("connecting to `{net}`"));
    }
    for (name, wanted, most) in [
        ("the clock", *clock, most.clock),
        ("randomness", *random, most.random),
        ("an exit code of its own", *exit, most.exit),
    ] {
        if wanted && !most {
            refuse(name.to_owned());
        }
    }
    reasons
}

/// Whether `wanted` is one of the granted paths or below one. What decides is what was opened, not its name: the request was
/// pinned, so what is reached later is what is looked at here.
fn covers(granted: &[PathGrant], wanted: &PathGrant) -> bool {
    let Ok(path) = wanted.open() else {
        return false;
    };
    let mounts = |most: &PathGrant| match (wanted.mounts, most.mounts) {
        (Mounts::Stay, Mounts::Stay | Mounts::Cross) | (Mounts::Cross, Mounts::Cross) => true,
        (Mounts::Cross, Mounts::Stay) => false,
    };
    granted
        .iter()
        .any(|most| mounts(most) && most.open().is_ok_and(|most| path.lies_in(&most)))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
    fn what_admission_is_made_of_can_be_shown() {
        let admit = Admit {
            ceiling: Ceiling::nothing(),
            share_memory: false,
            hook: None,
            by_names: false,
        };
        let shown = format!("{admit:?}");
        assert!(
            shown.contains("ceiling") && shown.contains("hook: false"),
            "{shown}"
        );
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

    #[cfg(unix)]
    #[test]
    fn what_was_put_in_the_place_of_a_pinned_path_is_not_covered() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("inside");
        std::fs::create_dir_all(inside.join("a")).expect("folders");
        std::fs::create_dir(inside.join("b")).expect("a folder");
        let ceiling = read(&inside);
        let mut wanted = read(inside.join("a"));
        wanted.pin();
        assert!(above_grant(&wanted, &ceiling).is_empty());
        std::fs::remove_dir(inside.join("a")).expect("a folder");
        std::os::unix::fs::symlink("b", inside.join("a")).expect("a link");
        assert_eq!(above_grant(&wanted, &ceiling).len(), 1);
    }

    #[test]
    fn mounts_are_granted_by_those_who_may_grant_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = read(folder.path());
        let across = grant(|grant| {
            let path = PathGrant::same(folder.path());
            grant.read.push(path.across_mounts());
        });
        assert!(above_grant(&plain, &across).is_empty());
        assert_eq!(above_grant(&across, &plain).len(), 1);
    }

    #[test]
    fn reading_does_not_cover_writing() {
        let write = grant(|grant| grant.write.push(PathGrant::same("/srv")));
        assert_eq!(above_grant(&write, &read("/srv")).len(), 1);
    }

    #[test]
    fn a_destination_that_is_not_covered_is_named() {
        assert!(above_grant(&net("example.org:443"), &net("*")).is_empty());
        for private in ["127.0.0.1", "169.254.169.254", "localhost:80"] {
            assert_eq!(
                above_grant(&net(private), &net("*")),
                [format!("connecting to `{private}` may not be granted here")]
            );
            assert!(above_grant(&net(private), &net(private)).is_empty());
        }
    }

    #[test]
    fn what_this_process_knows_needs_a_ceiling_and_what_the_asker_says_does_not() {
        let own = grant(|grant| {
            grant.stdin = Stdin::Bytes(b"secret".to_vec());
            grant.args = vec!["program".to_owned()];
            grant.env_value("PATH", "/bin").expect("a variable");
        });
        assert!(above_grant(&own, &Grant::none()).is_empty());
        let inherited = grant(|grant| {
            grant.stdin = Stdin::Inherit;
            grant.env_inherit("PATH").expect("a variable");
        });
        assert_eq!(
            above_grant(&inherited, &own),
            [
                "the environment variable `PATH` of this process may not be granted here",
                "the standard input of this process may not be granted here",
            ]
        );
        assert!(above_grant(&inherited, &inherited).is_empty());
    }

    #[test]
    fn clock_randomness_and_exit_codes_are_granted_one_by_one() {
        type Change = fn(&mut Grant, bool);
        let changes: [(&str, Change); 3] = [
            ("the clock", |grant, on| grant.clock = on),
            ("randomness", |grant, on| grant.random = on),
            ("an exit code", |grant, on| grant.exit = on),
        ];
        for (what, change) in changes {
            let (with, without) = (grant(|g| change(g, true)), grant(|g| change(g, false)));
            let reasons = above_grant(&with, &without);
            assert!(
                matches!(&reasons[..], [reason] if reason.starts_with(what)),
                "{reasons:?}"
            );
            for below in [(&with, &with), (&without, &with), (&without, &without)] {
                assert!(above_grant(below.0, below.1).is_empty(), "{what}");
            }
        }
    }

    #[test]
    fn each_limit_above_its_maximum_is_named_with_both_numbers() {
        let most = Limits::standard();
        assert!(above_limits(&most, &most).is_empty());
        type Change = fn(&mut Limits);
        let above: [(&str, Change); 11] = [
            ("gas limit of 1000000001 gas", |l| l.gas += 1),
            ("memory limit of 67108865 bytes", |l| l.memory_bytes += 1),
            ("wall time limit of 5001 ms", |l| {
                l.wall += std::time::Duration::from_nanos(1)
            }),
            ("table count limit of 17 tables", |l| l.tables += 1),
            ("memory count limit of 17 memories", |l| l.memories += 1),
            ("instance count limit of 65 instances", |l| l.instances += 1),
            ("output limit of 1048577 bytes", |l| l.output_bytes += 1),
            ("host call size limit of 16777217 bytes", |l| {
                l.host_call_bytes += 1
            }),
            ("open handle limit of 1025 handles", |l| l.handles += 1),
            ("disk limit of 1073741825 bytes", |l| l.disk_bytes += 1),
            ("new file limit of 10001 files", |l| l.disk_files += 1),
        ];
        for (what, change) in above {
            let mut wanted = most.clone();
            change(&mut wanted);
            let reasons = above_limits(&wanted, &most);
            assert!(
                matches!(&reasons[..], [reason] if reason.starts_with(&format!("a {what} is above the maximum of "))),
                "{reasons:?}"
            );
            assert!(above_limits(&most, &wanted).is_empty(), "{what}");
        }
    }
}
