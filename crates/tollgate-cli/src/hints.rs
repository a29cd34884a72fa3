//! What a denial says it needs, put so that following it works.
//!
//! The sandbox names paths as the guest does. On the command line that is not always what to type: a guest that was granted
//! no folder sees an empty `/` and looks for `docs` there, and a folder under another name is named by both.

use std::path::Path;

use tollgate::{Failure, Grant, Outcome, PathGrant, Violation};

/// Rewrites the needs of every denial in `outcome`, for a run with `grant` in the current folder.
pub(crate) fn follow(outcome: &mut Outcome, grant: &Grant) {
    for violation in &mut outcome.violations {
        rewrite(violation, grant);
    }
    if let Err(Failure::Denied(violation)) = &mut outcome.result {
        rewrite(violation, grant);
    }
}

fn rewrite(violation: &mut Violation, grant: &Grant) {
    let Some((flag, path)) = violation.needs.split_once('=') else {
        return;
    };
    if !matches!(flag, "--allow-read" | "--allow-write") {
        return;
    }
    if let Some(what) = typed(path, grant, |path| path.exists()) {
        violation.needs = format!("{flag}={what}");
    }
}

/// What to type for the guest's `path`; `None` when it is what the sandbox said.
fn typed(path: &str, grant: &Grant, exists: impl Fn(&Path) -> bool) -> Option<String> {
    let renamed = |granted: &&PathGrant| {
        granted.host.as_os_str() != granted.guest.as_str() && below(path, &granted.guest)
    };
    if let Some(granted) = grant.read.iter().chain(&grant.write).find(renamed) {
        return Some(format!("{}::{}", granted.host.display(), granted.guest));
    }
    // A grant has to be of something that is there: for a file that is to be made, the folder it will be in.
    let there = |path: &str| {
        let mut folders = Path::new(path)
            .ancestors()
            .filter(|folder| !folder.as_os_str().is_empty() && *folder != Path::new("/"));
        folders
            .find(|folder| exists(folder))
            .map(|folder| folder.to_string_lossy().into_owned())
    };
    let relative = path.trim_start_matches('/');
    if exists(Path::new(path)) {
        return None;
    }
    if exists(Path::new(relative)) {
        return Some(relative.to_owned());
    }
    let absolute = there(path).filter(|folder| folder.contains('/') && path.starts_with('/'));
    there(relative).or(absolute)
}

fn below(path: &str, folder: &str) -> bool {
    if folder == "." {
        return !path.starts_with('/');
    }
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(path: &str, grant: &Grant, there: &[&str]) -> Option<String> {
        typed(path, grant, |path| {
            there.iter().any(|known| Path::new(known) == path)
        })
    }

    #[test]
    fn a_path_is_named_as_it_exists() {
        let nothing = Grant::none();
        assert_eq!(what("/docs", &nothing, &["/docs", "docs"]), None);
        assert_eq!(what("/docs", &nothing, &["docs"]), Some("docs".into()));
        assert_eq!(what("docs/a", &nothing, &["docs", "docs/a"]), None);
        assert_eq!(what("/nowhere", &nothing, &[]), None);
    }

    #[test]
    fn a_file_that_is_to_be_made_needs_its_folder() {
        let nothing = Grant::none();
        assert_eq!(what("docs/new", &nothing, &["docs"]), Some("docs".into()));
        assert_eq!(what("/docs/new", &nothing, &["docs"]), Some("docs".into()));
        assert_eq!(
            what("/srv/data/new", &nothing, &["/srv", "/srv/data"]),
            Some("/srv/data".into())
        );
    }

    #[test]
    fn a_folder_under_another_name_is_named_by_both() {
        let mut grant = Grant::none();
        grant.read.push(PathGrant::mapped("./data", "/inside"));
        assert_eq!(
            what("/inside/new", &grant, &["/inside/new"]),
            Some("./data::/inside".into())
        );
        assert_eq!(what("/insider", &grant, &[]), None);
        grant.read = vec![PathGrant::mapped("data", ".")];
        assert_eq!(what("new", &grant, &[]), Some("data::.".into()));
    }
}
