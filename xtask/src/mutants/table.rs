//! The files that decide, and the tests that hold what each of them promises.
//!
//! A file stands here when a wrong answer of it lets somebody do what was not granted, or charges wrongly. Its tests are
//! filters for the names of tests, in the library and in the integration tests of its crate: few, so that a mutant takes seconds.

use std::path::Path;

use anyhow::Result;

/// A file that decides.
#[derive(Debug)]
pub(super) struct Deciding {
    pub(super) path: &'static str,
    /// Whether the tests of the library are enough, or the integration tests are needed.
    pub(super) kinds: Kinds,
    /// Arguments of the test programs.
    pub(super) tests: &'static [&'static str],
}

/// Which test programs are built and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    Library,
    All,
}

const STATE: &[&str] = &["--skip", "crash"];
const FILES: &[&str] = &["files::", "grants::"];
const GATE: &[&str] = &["gate::", "grants::", "isolated::"];
const CALLS: &[&str] = &["gate::", "call_policy::"];

const FILES_THAT_DECIDE: &[Deciding] = &[
    all("crates/tollgate-state/src/credential.rs", STATE),
    all("crates/tollgate-state/src/presented.rs", STATE),
    all("crates/tollgate-state/src/mana.rs", STATE),
    all("crates/tollgate-state/src/sql/mana.rs", STATE),
    all("crates/tollgate-state/src/jwt.rs", STATE),
    all("crates/tollgate-state/src/did.rs", STATE),
    all(
        "crates/tollgate/src/admit.rs",
        &["admit::", "call_policy::", "executing::"],
    ),
    all("crates/tollgate/src/granted.rs", &["executing::"]),
    all("crates/tollgate/src/gate/mod.rs", CALLS),
    all("crates/tollgate/src/gate/names.rs", CALLS),
    all("crates/tollgate/src/gate/decide.rs", CALLS),
    all("crates/tollgate/src/gate/facts.rs", CALLS),
    library("crates/tollgate/src/gate/places.rs", &["gate::"]),
    library(
        "crates/tollgate-sandbox/src/address.rs",
        &["address::", "grant::"],
    ),
    all("crates/tollgate-sandbox/src/gate/mod.rs", GATE),
    all("crates/tollgate-sandbox/src/gate/calls.rs", GATE),
    all("crates/tollgate-sandbox/src/gate/record.rs", GATE),
    library(
        "crates/tollgate-sandbox/src/grant.rs",
        &["grant::", "files::"],
    ),
    all("crates/tollgate-sandbox/src/id/chain.rs", GATE),
    library("crates/tollgate-sandbox/src/jail/places.rs", &["jail::"]),
    all(
        "crates/tollgate-sandbox/src/store/deadline.rs",
        &["store::", "run::", "isolated::", "stopping::", "grants::"],
    ),
    library(
        "crates/tollgate-sandbox/src/identity/judge.rs",
        &["identity::", "files::"],
    ),
    library("crates/tollgate-sandbox/src/files/rights.rs", FILES),
    all("crates/tollgate-sandbox/src/files/names.rs", FILES),
    all("crates/tollgate-sandbox/src/files/access.rs", FILES),
    all("crates/tollgate-sandbox/src/files/space.rs", FILES),
    all("crates/tollgate-sandbox/src/files/walk.rs", FILES),
];

const fn all(path: &'static str, tests: &'static [&'static str]) -> Deciding {
    Deciding {
        path,
        kinds: Kinds::All,
        tests,
    }
}

const fn library(path: &'static str, tests: &'static [&'static str]) -> Deciding {
    Deciding {
        path,
        kinds: Kinds::Library,
        tests,
    }
}

/// The packages that are built with every file of a crate that has the engine below it, so that it has the features that it has
/// in every other build of the workspace, and is not built once more.
const TOGETHER: &[&str] = &[
    "tollgate-ecl",
    "tollgate-forge",
    "tollgate-sandbox",
    "tollgate-state",
    "xtask",
];

/// The packages whose own code is built.
pub(super) const OWN: &[&str] = &[
    "tollgate",
    "tollgate-diagnostics",
    "tollgate-ecl",
    "tollgate-forge",
    "tollgate-sandbox",
    "tollgate-state",
    "xtask",
];

impl Deciding {
    fn own_package(&self) -> &'static str {
        let own = Path::new(self.path).components().nth(1);
        own.and_then(|name| name.as_os_str().to_str())
            .unwrap_or_default()
    }

    /// Tells whether its crate is built without the engine, in seconds.
    pub(super) fn is_light(&self) -> bool {
        self.own_package() == "tollgate-state"
    }

    /// The packages that are built for its tests.
    pub(super) fn packages(&self) -> Vec<&'static str> {
        let own = self.own_package();
        if self.is_light() {
            return vec![own];
        }
        let others = TOGETHER.iter().copied().filter(|name| *name != own);
        std::iter::once(own).chain(others).collect()
    }

    /// The targets that are built.
    pub(super) fn targets(&self) -> &'static [&'static str] {
        match self.kinds {
            Kinds::Library => &["--lib"],
            Kinds::All => &["--lib", "--test=it"],
        }
    }

    /// Tells whether its tests wait for the disk and for nothing else, as those of the state do.
    pub(super) fn waits_for_the_disk(&self) -> bool {
        self.is_light()
    }

    /// Tells whether its tests run guests that have to be built.
    pub(super) fn needs_guests(&self) -> bool {
        self.kinds == Kinds::All && !self.is_light()
    }
}

/// Returns the files whose paths end with one of `wanted`; all of them if nothing is.
pub(super) fn chosen(wanted: &[String]) -> Result<Vec<&'static Deciding>> {
    for name in wanted {
        anyhow::ensure!(
            FILES_THAT_DECIDE
                .iter()
                .any(|file| Path::new(file.path).ends_with(name)),
            "no file that decides is called `{name}`; there are\n{}",
            FILES_THAT_DECIDE
                .iter()
                .map(|file| file.path)
                .collect::<Vec<_>>()
                .join("\n")
        );
    }
    let is_wanted = |file: &&Deciding| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|name| Path::new(file.path).ends_with(name))
    };
    Ok(FILES_THAT_DECIDE.iter().filter(is_wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    #[test]
    fn every_file_that_decides_is_there() {
        for file in FILES_THAT_DECIDE {
            assert!(paths::root().join(file.path).is_file(), "{}", file.path);
        }
    }

    #[test]
    fn a_file_is_chosen_by_the_end_of_its_path() {
        let paths = |wanted: &str| {
            let files = chosen(&[wanted.to_owned()]);
            files.map(|files| files.iter().map(|file| file.path).collect::<Vec<_>>())
        };
        assert_eq!(
            paths("files/walk.rs").unwrap(),
            ["crates/tollgate-sandbox/src/files/walk.rs"]
        );
        assert_eq!(paths("mana.rs").unwrap().len(), 2);
        assert!(
            paths("alk.rs")
                .unwrap_err()
                .to_string()
                .contains("files/walk.rs")
        );
        assert_eq!(chosen(&[]).unwrap().len(), FILES_THAT_DECIDE.len());
    }

    #[test]
    fn the_own_package_is_built_with_the_others_and_once() {
        let packages = |name: &str| chosen(&[name.to_owned()]).unwrap()[0].packages();
        assert!(packages("admit.rs").contains(&"tollgate"));
        assert!(!packages("walk.rs").contains(&"tollgate"));
        let sandbox = packages("walk.rs");
        let own = sandbox.iter().filter(|name| **name == "tollgate-sandbox");
        assert_eq!(own.count(), 1);
        assert_eq!(packages("did.rs"), ["tollgate-state"]);
    }
}
