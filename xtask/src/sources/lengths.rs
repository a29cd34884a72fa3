//! How long files are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::bounds::{LINES, LONG, TABLES};
use crate::paths;

/// Says which files are longer than one may be, and which tables are none any more.
pub(super) fn faults() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut long = Vec::new();
    for folder in ["crates", "xtask", "guests", "bench", "fuzz"] {
        for path in files(&paths::root().join(folder))? {
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            if text.lines().count() > LINES {
                long.push((name(&path), text.lines().count()));
            }
        }
    }
    for (name, lines) in &long {
        let most = LONG.iter().find(|(known, _)| name == known);
        let most = most.map_or(LINES, |(_, most)| *most);
        if *lines > most && !TABLES.contains(&name.as_str()) {
            faults.push(format!(
                "{name} has {lines} lines, and {most} are the most that it may have"
            ));
        }
    }
    for table in TABLES.iter().chain(LONG.iter().map(|(name, _)| name)) {
        if !long.iter().any(|(name, _)| name == table) {
            faults.push(format!(
                "{table} is not long any more: take it from the list"
            ));
        }
    }
    Ok(faults)
}

fn name(path: &Path) -> String {
    let path = path.strip_prefix(paths::root()).unwrap_or(path);
    path.to_string_lossy().into_owned()
}

/// The files below a folder, without what is built there.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        let is_built = ["target", "guests/build", "node_modules"]
            .iter()
            .any(|folder| path.ends_with(folder));
        if path.is_dir() && !path.is_symlink() && !is_built {
            files.extend(self::files(&path)?);
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}
