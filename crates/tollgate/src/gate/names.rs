//! One name for each file and one file for each name, where a policy decides by names and places.
//!
//! Grants may overlap: one folder under two names, a folder and one inside of it, the current folder by its own name and by its
//! path. A policy that denies a file under one name would let the guest have it under the other. And one name may lead to
//! several folders, of which the nearest that has a file gives it: what is decided about would be another file.

use std::path::{Path, PathBuf};

use tollgate_sandbox::{Grant, PathGrant, guest_name};

use super::places::host_of;
use crate::paths::real;

/// Returns what in `grant` has two names, is one of two things that have one name, or cannot be looked at; a line for each. A
/// request that has any is rejected where a policy decides its calls.
pub fn second_names(grant: &Grant) -> Vec<String> {
    let granted = grant.read.iter().chain(&grant.write);
    let (mut places, mut lines) = (Vec::new(), Vec::new());
    for path in granted {
        match host_of(&path.host) {
            Ok(host) => places.push((path, PathBuf::from(host))),
            Err(line) => lines.push(line),
        }
    }
    for inner in &places {
        for outer in &places {
            lines.extend(two_names(inner, outer));
            lines.extend(two_places(inner, outer));
        }
    }
    lines.sort();
    lines.dedup();
    lines
}

/// A grant, and where it leads.
type Granted<'a> = (&'a PathGrant, PathBuf);

/// A host folder inside of another has to have the name that it has there.
fn two_names(
    (inner, inner_host): &Granted<'_>,
    (outer, outer_host): &Granted<'_>,
) -> Option<String> {
    let below = inner_host.strip_prefix(outer_host).ok()?;
    let mut names = [plain(&inner.guest), joined(&plain(&outer.guest), below)];
    // Each of two equal folders is looked at beside the other, and told of once.
    names.sort();
    let [name, other] = names;
    (name != other).then(|| {
        format!(
            "`{}` has two names, `{}` and `{}`, and a policy decides by names; grant it under one",
            inner_host.display(),
            shown(&name),
            shown(&other)
        )
    })
}

/// A name below another one has to lead where it leads from there.
fn two_places(
    (inner, inner_host): &Granted<'_>,
    (outer, outer_host): &Granted<'_>,
) -> Option<String> {
    let (inner, outer) = (guest_name(&inner.guest), guest_name(&outer.guest));
    let below = Path::new(&inner).strip_prefix(&outer).ok()?;
    let there = joined(outer_host, below);
    let mut places = [inner_host.clone(), real(&there).unwrap_or(there)];
    places.sort();
    let [place, other] = places;
    (place != other).then(|| {
        format!(
            "the name `{}` stands for `{}` and for `{}`, and a policy decides about one file; give them names of their own with \
             `HOST::GUEST`",
            shown(Path::new(&inner)),
            place.display(),
            other.display()
        )
    })
}

/// Joined from its parts, since joining nothing adds a slash.
fn joined(folder: &Path, below: &Path) -> PathBuf {
    folder.join(below).components().collect()
}

/// A name as it is spelled, without what says nothing: `./a/` is `a`. It differs from `/a`, which is what a policy would see.
fn plain(name: &str) -> PathBuf {
    // The parts of a path have no `.` and no empty ones but the first.
    let parts = Path::new(name).components();
    parts
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .collect()
}

fn shown(name: &Path) -> String {
    match name.as_os_str().is_empty() {
        true => String::from("."),
        false => name.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grants of what is below a folder: a host path, and its name in the guest.
    fn lines(grants: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("data/inner")).unwrap();
        std::fs::create_dir(folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink("data", folder.path().join("link")).unwrap();
        let mut grant = Grant::none();
        for (host, guest) in grants {
            grant
                .read
                .push(PathGrant::mapped(folder.path().join(host), *guest));
        }
        grant.write = grant.read.clone();
        second_names(&grant)
    }

    #[test]
    fn grants_that_say_the_same_give_one_name() {
        assert!(lines(&[("data", "data"), ("out", "out")]).is_empty());
        assert!(lines(&[("data", "./data/"), ("data/inner", "data/inner")]).is_empty());
        assert!(
            lines(&[
                ("", "/"),
                ("data", "/data"),
                ("data/new.txt", "/data/new.txt")
            ])
            .is_empty()
        );
        assert!(lines(&[("", "."), ("data", "data")]).is_empty());
        assert!(lines(&[("data", "m"), ("data/inner", "m/inner")]).is_empty());
    }

    #[test]
    fn a_second_name_of_a_folder_is_found() {
        for grants in [
            [("data", "data"), ("data", "/x")],
            [("data", "data"), ("data/inner", "inner")],
            [("data", "data"), ("link", "link")],
            [("", "/"), ("", ".")],
            [("data", "data"), ("", "/tmp")],
            [("", "/"), ("data/new.txt", "new.txt")],
        ] {
            let lines = lines(&grants);
            let found = lines
                .iter()
                .filter(|line| line.contains("grant it under one"));
            assert_eq!(found.count(), 1, "{grants:?}: {lines:?}");
        }
    }

    #[test]
    fn a_name_of_two_things_is_found() {
        for grants in [
            [("data", "/m"), ("out", "/m")],
            [("data", "m"), ("out", "/m/")],
            [("data", "m"), ("out", "x/../m")],
            [("data", "/"), ("out", "/m")],
            [("data", "m"), ("out", "m/inner")],
            [("data/new.txt", "m"), ("out/new.txt", "m")],
        ] {
            let lines = lines(&grants);
            assert_eq!(lines.len(), 1, "{grants:?}: {lines:?}");
            assert!(lines[0].contains("names of their own"), "{lines:?}");
        }
    }
}
