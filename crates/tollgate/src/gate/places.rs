//! Where the files are on the host that a guest calls by the names of its grant.
//!
//! Who answers a question about a file means that file, and whoever starts runs chooses which folder a name stands for.

use std::path::PathBuf;

use tollgate_sandbox::Grant;

use super::names::plain;
use crate::paths::real;

/// The granted folders and files: each one's name in the guest, and where it is.
#[derive(Debug)]
pub(super) struct Places(Vec<(PathBuf, PathBuf)>);

impl Places {
    /// Looks up what is granted. What cannot be looked at is no place; a request that has any is rejected where a policy decides.
    pub(super) fn of(grant: &Grant) -> Self {
        let granted = grant.read.iter().chain(&grant.write);
        let places = granted.filter_map(|path| Some((plain(&path.guest), real(&path.host).ok()?)));
        Self(places.collect())
    }

    /// Returns where the file is that the guest calls `name`, links on the way followed.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        let name = plain(name);
        let below = |(guest, host): &(PathBuf, PathBuf)| {
            let rest = name.strip_prefix(guest).ok()?;
            // Collected from its parts, since joining nothing adds a slash.
            let place: PathBuf = host.join(rest).components().collect();
            Some((guest.components().count(), place))
        };
        let found = self.0.iter().filter_map(below);
        found
            .max_by_key(|(parts, _)| *parts)
            .map(|(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use tollgate_sandbox::PathGrant;

    use super::*;

    #[test]
    fn a_name_leads_where_its_nearest_grant_does() {
        let folder = tempfile::tempdir().unwrap();
        let host = folder.path().canonicalize().unwrap();
        for name in ["a/inner", "b"] {
            std::fs::create_dir_all(host.join(name)).unwrap();
        }
        std::os::unix::fs::symlink("b", host.join("link")).unwrap();
        let mut grant = Grant::none();
        for (at, guest) in [
            ("a", "./docs/"),
            ("b", "docs/b"),
            ("link", "/l"),
            ("new", "new"),
        ] {
            grant.read.push(PathGrant::mapped(host.join(at), guest));
        }
        let places = Places::of(&grant);
        for (name, at) in [
            ("docs", "a"),
            ("docs/inner/x", "a/inner/x"),
            ("./docs/x", "a/x"),
            ("docs/b/x", "b/x"),
            ("/l/x", "b/x"),
            ("new", "new"),
        ] {
            assert_eq!(places.find(name), Some(host.join(at)), "{name}");
        }
        for name in ["docsite", "/docs", "", "l/x"] {
            assert_eq!(places.find(name), None, "{name}");
        }
    }
}
