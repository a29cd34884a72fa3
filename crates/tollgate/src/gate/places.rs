//! Where the files are on the host that a guest calls by the names of its grant.
//!
//! A policy that protects a file and a person who answers a question about one mean that file, and the user who starts runs chooses which
//! folder a name stands for. Grants by which a name stands for two files are rejected before ([`super::names`]), so a name
//! leads where its nearest grant does.

use std::path::{Path, PathBuf};

use tollgate_sandbox::{Grant, guest_name};

use crate::paths::real;

/// The granted folders and files: each one's name in the guest, and where it is; or why that is not known of all of them.
#[derive(Debug)]
pub(super) struct Places(Result<Vec<(PathBuf, String)>, String>);

impl Places {
    /// Looks up what is granted. If a single one cannot be looked at, no name has a place.
    pub(super) fn of(grant: &Grant) -> Self {
        let granted = grant.read.iter().chain(&grant.write);
        let places = granted.map(|path| {
            let host = host_of(&path.host)?;
            Ok((PathBuf::from(guest_name(&path.guest)), host))
        });
        Self(places.collect())
    }

    /// Returns where the file is that the guest calls `name`; `None` for a folder of nothing but granted names.
    ///
    /// # Errors
    /// If that is not known; the text says why.
    pub(super) fn find(&self, name: &str) -> Result<Option<String>, String> {
        let places = self.0.as_ref().map_err(String::clone)?;
        let wanted = PathBuf::from(guest_name(name));
        let below = |(guest, host): &(PathBuf, String)| {
            let rest = wanted.strip_prefix(guest).ok()?;
            // Collected from its parts, since joining nothing adds a slash.
            let place: PathBuf = Path::new(host).join(rest).components().collect();
            Some((guest.components().count(), place))
        };
        let nearest = places
            .iter()
            .filter_map(below)
            .max_by_key(|(parts, _)| *parts);
        if let Some((_, place)) = nearest {
            return text(place).map(Some);
        }
        if wanted.as_os_str().is_empty()
            || places.iter().any(|(guest, _)| guest.starts_with(&wanted))
        {
            return Ok(None);
        }
        Err(format!("`{name}` is the name of nothing that is granted"))
    }
}

/// Returns where `path` of a grant leads, as a policy reads it.
///
/// # Errors
/// If it cannot be looked at, or is no text.
pub(super) fn host_of(path: &Path) -> Result<String, String> {
    let found = real(path).map_err(|error| {
        let path = path.display();
        format!("`{path}`, which is granted, cannot be looked at: {error}")
    })?;
    text(found)
}

fn text(path: PathBuf) -> Result<String, String> {
    path.into_os_string().into_string().map_err(|path| {
        let path = path.display();
        format!("the path `{path}` is not UTF-8, and a policy reads text; rename it")
    })
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
            ("a/inner", "docs/inner"),
            ("b", "x/../e/b"),
            ("link", "/l"),
            ("new", "new"),
        ] {
            grant.read.push(PathGrant::mapped(host.join(at), guest));
        }
        let places = Places::of(&grant);
        for (name, at) in [
            ("docs", "a"),
            ("/docs", "a"),
            ("docs/inner/x", "a/inner/x"),
            ("./docs/x", "a/x"),
            ("e/b/x", "b/x"),
            ("/l/x", "b/x"),
            ("l", "b"),
            ("new", "new"),
        ] {
            let place = host.join(at).to_str().unwrap().to_owned();
            assert_eq!(places.find(name), Ok(Some(place)), "{name}");
        }
        for name in ["", "/", ".", "e", "/e/"] {
            assert_eq!(places.find(name), Ok(None), "{name}");
        }
        for name in ["docsite", "b", "x", "e/c", "newer"] {
            assert!(places.find(name).is_err(), "{name}");
        }
    }

    #[test]
    fn where_one_grant_cannot_be_looked_at_no_name_has_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped(folder.path(), "here"));
        assert!(Places::of(&grant).find("here/x").is_ok());
        let gone = folder.path().join("gone/x");
        grant.write.push(PathGrant::mapped(gone, "there"));
        let error = Places::of(&grant).find("here/x").unwrap_err();
        assert!(error.contains("gone/x"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_place_that_is_no_text_is_none() {
        use std::os::unix::ffi::OsStrExt as _;

        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"a\xff"));
        std::fs::create_dir(&odd).unwrap();
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped(odd, "odd"));
        let error = Places::of(&grant).find("odd").unwrap_err();
        assert!(error.contains("not UTF-8"), "{error}");
    }
}
