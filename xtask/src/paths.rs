//! Where things are: the repository, the built guests, the cache.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository. `xtask` is always run by cargo, so the path of its own manifest is right.
pub(crate) fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// Built guests: git-ignored, found there by tests, examples and the demonstration.
pub(crate) fn guests_build() -> PathBuf {
    root().join("guests/build")
}

/// The cargo target folder of the workspace.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(path) => root().join(path),
        None => root().join("target"),
    }
}

/// What is kept between clones: `TOLLGATE_CI_CACHE`, else the user's cache folder.
pub(crate) fn cache() -> PathBuf {
    if let Some(path) = std::env::var_os("TOLLGATE_CI_CACHE") {
        return path.into();
    }
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| {
            let home = std::env::var_os("HOME")?;
            Some(PathBuf::from(home).join(".cache"))
        });
    base.unwrap_or_else(target).join("tollgate-ci")
}

/// Removes a folder of an earlier run.
pub(crate) fn forget(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot empty `{}`", folder.display()))?;
    }
    Ok(())
}
