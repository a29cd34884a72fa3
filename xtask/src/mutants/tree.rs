//! The copy of the repository that mutants are made in.
//!
//! It always stands in the same place and only what differs is written, so that cargo builds again what changed and nothing
//! else. What another run left changed differs, and is written again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use anyhow::{Context, Result};

use crate::{cargo, paths};

/// Everything that belongs to this command.
pub(super) fn folder() -> PathBuf {
    paths::target().join("mutants")
}

/// Makes the copy as the repository is now, apart from what git ignores, and returns where it is.
pub(super) fn copy() -> Result<PathBuf> {
    let tree = folder().join("tree");
    let names = names()?;
    for name in &names {
        copy_one(&paths::root().join(name), &tree.join(name))?;
    }
    remove_others(&tree, &tree, &names)?;
    link_guests(&tree)?;
    Ok(tree)
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

/// Tests look for built guests beside their crates.
fn link_guests(tree: &Path) -> Result<()> {
    let link = tree.join("guests/build");
    match std::os::unix::fs::symlink(paths::guests_build(), &link) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot link `{}`", link.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
