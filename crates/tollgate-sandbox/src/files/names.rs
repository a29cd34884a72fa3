//! Names as guests write them.
//!
//! A guest cannot tell `/data` from `data`: the C library below it strips the slash before it asks. So names of guests have
//! neither a leading slash nor `.` in them here; the empty name is the root.

use rustix::io::Errno;

use crate::limits::PATH_BYTES;

/// A path a guest gave, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The names, without empty ones; `.` and `..` are still there.
    pub(crate) names: Vec<String>,
    /// It ended with a slash: what is there has to be a folder.
    pub(crate) folder: bool,
}

impl Parts {
    /// Takes a guest's path apart.
    ///
    /// # Errors
    /// What POSIX and WASI say about a path that is empty, too long, or holds a zero byte; an absolute one leads out of
    /// the handle it is relative to.
    pub(crate) fn parse(path: &str) -> Result<Self, Errno> {
        is_path(path)?;
        Ok(Self {
            names: split(path).map(str::to_owned).collect(),
            folder: path.ends_with('/'),
        })
    }
}

/// Says whether a text can be a path of a guest.
fn is_path(path: &str) -> Result<(), Errno> {
    match path {
        "" => Err(Errno::NOENT),
        _ if path.len() as u64 >= PATH_BYTES => Err(Errno::NAMETOOLONG),
        _ if path.contains('\0') => Err(Errno::INVAL),
        _ if path.starts_with('/') => Err(Errno::PERM),
        _ => Ok(()),
    }
}

/// Returns the parts of a path, without empty ones.
pub(crate) fn split(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

/// Tells whether a path that can be looked up ends as that of a folder.
pub(crate) fn asks_for_a_folder(path: &str) -> bool {
    path.ends_with('/') && is_path(path).is_ok()
}

/// Joins two names of the guest.
pub(crate) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// Returns the one form of a guest's name, in which names are compared: without leading slashes and `.`, and with `..` taken
/// as written.
pub fn plain(name: &str) -> String {
    let mut plain: Vec<&str> = Vec::new();
    for part in split(name) {
        match part {
            "." => {}
            ".." if plain.last().is_some_and(|last| *last != "..") => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain.join("/")
}

/// Returns the folder of a name and its last part.
pub(crate) fn parent(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_form() {
        for (written, name) in [
            ("/", ""),
            (".", ""),
            ("./", ""),
            ("/data", "data"),
            ("./data/", "data"),
            ("a//b/./c", "a/b/c"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("../../a", "../../a"),
        ] {
            assert_eq!(plain(written), name, "{written}");
        }
    }

    #[test]
    fn what_is_no_path_is_told_apart() {
        assert_eq!(Parts::parse(""), Err(Errno::NOENT));
        assert_eq!(Parts::parse("/etc"), Err(Errno::PERM));
        assert_eq!(Parts::parse("a\0b"), Err(Errno::INVAL));
        assert_eq!(Parts::parse(&"a/".repeat(2_048)), Err(Errno::NAMETOOLONG));
        let parts = Parts::parse("a//../b/").unwrap();
        assert_eq!(parts.names, ["a", "..", "b"]);
        assert!(parts.folder);
    }

    #[test]
    fn a_path_that_can_be_looked_up_and_ends_with_a_slash_asks_for_a_folder() {
        assert!(asks_for_a_folder("a/") && asks_for_a_folder("a/b//"));
        for path in ["a", "a/b", "a/.", "", "/", "/a/", "a\0/"] {
            assert!(!asks_for_a_folder(path), "{path:?}");
        }
    }
}
