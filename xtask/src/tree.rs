//! A copy of the repository, for tools that write into the tree they work on.
//!
//! It stays where it is from run to run and only what differs is written, so that cargo builds again what changed and nothing
//! else. What another run left changed differs, and is written again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{cargo, paths};

/// Makes the folder what the repository is now, apart from what git ignores.
pub(crate) fn copy(tree: &Path) -> Result<()> {
    let names = names()?;
    for name in &names {
        copy_one(&paths::root().join(name), &tree.join(name))?;
    }
    remove_others(tree, tree, &names)
}

/// The files of the repository, those included that are not committed yet.
fn names() -> Result<BTreeSet<PathBuf>> {
    let mut git = Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .current_dir(paths::root());
    let text = cargo::output(&mut git)?;
    let names = text
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from);
    Ok(names
        .filter(|name| paths::root().join(name).is_file())
        .collect())
}

fn copy_one(from: &Path, to: &Path) -> Result<()> {
    let text = fs::read(from).with_context(|| format!("cannot read `{}`", from.display()))?;
    if fs::read(to).is_ok_and(|known| known == text) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
    }
    fs::write(to, text).with_context(|| format!("cannot write `{}`", to.display()))
}

/// Removes what the repository does not have any more.
fn remove_others(tree: &Path, folder: &Path, names: &BTreeSet<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry.context("a folder of the copy")?;
        let path = entry.path();
        if entry.file_type().context("a file of the copy")?.is_dir() {
            remove_others(tree, &path, names)?;
        } else if path
            .strip_prefix(tree)
            .is_ok_and(|name| !names.contains(name))
        {
            fs::remove_file(&path)
                .with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
    }
    Ok(())
}
