//! One name for each file, where a policy decides by names.
//!
//! Grants may overlap: one folder under two names, a folder and one inside of it, the current folder by its own name and by its
//! path. A policy that denies a file under one name would let the guest have it under the other.

use std::io;
use std::path::{Path, PathBuf};

use tollgate_sandbox::{Grant, PathGrant};

use crate::paths::real;

/// Returns what in `grant` has two names, or cannot be looked at; a line for each. A request that has any is rejected where a
/// policy decides its calls.
pub fn second_names(grant: &Grant) -> Vec<String> {
    let granted: Vec<(&PathGrant, io::Result<PathBuf>)> = grant
        .read
        .iter()
        .chain(&grant.write)
        .map(|path| (path, real(&path.host)))
        .collect();
    let mut lines = Vec::new();
    for (inner, inner_host) in &granted {
        let inner_host = match inner_host {
            Ok(host) => host,
            Err(error) => {
                lines.push(format!(
                    "`{}`, which is granted, cannot be looked at: {error}",
                    inner.host.display()
                ));
                continue;
            }
        };
        for (outer, outer_host) in &granted {
            let Ok(below) = outer_host
                .as_ref()
                .map(|host| inner_host.strip_prefix(host))
            else {
                continue;
            };
            let Ok(below) = below else { continue };
            // Collected from its parts, since joining nothing adds a slash.
            let joined = plain(&outer.guest).join(below).components().collect();
            let mut names: [PathBuf; 2] = [plain(&inner.guest), joined];
            // Each of two equal folders is looked at beside the other, and told of once.
            names.sort();
            let [name, other] = names;
            if name != other {
                lines.push(format!(
                    "`{}` has two names, `{}` and `{}`, and a policy decides by names; grant it under one",
                    inner_host.display(),
                    shown(&name),
                    shown(&other)
                ));
            }
        }
    }
    lines.sort();
    lines.dedup();
    lines
}

/// A name without what says nothing: `./a/` is `a`.
pub(super) fn plain(name: &str) -> PathBuf {
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
    }

    #[test]
    fn a_second_name_of_a_folder_is_found() {
        for grants in [
            [("data", "data"), ("data", "/x")],
            [("data", "data"), ("", "/tmp")],
            [("data", "data"), ("data/inner", "inner")],
            [("data", "data"), ("link", "link")],
            [("", "/"), ("", ".")],
            [("", "/"), ("data/new.txt", "new.txt")],
        ] {
            let lines = lines(&grants);
            assert_eq!(lines.len(), 1, "{grants:?}: {lines:?}");
            assert!(lines[0].contains("grant it under one"), "{lines:?}");
        }
    }
}
