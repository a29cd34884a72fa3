//! What a policy allows beyond the run that it was learned from, because it cannot tell the difference.

use std::collections::BTreeSet;
use std::fmt;

use tollgate_sandbox::Capability;

use super::Made;

/// Something that a policy cannot tell from what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Wider {
    /// A file was moved or linked. Both ends are decided about, each by itself.
    Moved,
    /// A file was opened to be written. How it is opened is no part of the call.
    Opened,
}

impl fmt::Display for Wider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Moved => {
                "a policy sees the two ends of a move or link apart, so each name that was one may be moved or linked to each \
                 other one"
            }
            Self::Opened => {
                "a policy does not see how a file is opened, so what was opened to be written may be made and emptied as well"
            }
        })
    }
}

/// What is wider than these calls when they are allowed.
pub(super) fn wider(calls: &BTreeSet<Made>) -> Vec<Wider> {
    let kinds = calls
        .iter()
        .filter_map(|made| match made.operation.as_str() {
            "path_rename" | "path_link" | "rename-at" | "link-at" => Some(Wider::Moved),
            "path_open" | "open-at" if made.capability == Capability::FileWrite => {
                Some(Wider::Opened)
            }
            _ => None,
        });
    kinds.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::Reach;
    use super::*;

    #[test]
    fn what_a_policy_cannot_tell_is_known_by_the_calls() {
        let made = |operation: &str, capability| Made {
            interface: String::from("wasi_snapshot_preview1"),
            operation: operation.to_owned(),
            capability,
            reach: Reach::Function(None),
        };
        let of = |calls: &[(&str, Capability)]| {
            let calls = calls.iter().map(|(name, kind)| made(name, *kind));
            wider(&calls.collect())
        };
        assert!(of(&[("path_open", Capability::FileRead)]).is_empty());
        let write = Capability::FileWrite;
        assert!(of(&[("path_unlink_file", write)]).is_empty());
        assert_eq!(
            of(&[("path_open", write), ("open-at", write)]),
            [Wider::Opened]
        );
        let both = [
            ("open-at", write),
            ("rename-at", write),
            ("path_link", write),
        ];
        assert_eq!(of(&both), [Wider::Moved, Wider::Opened]);
    }
}
