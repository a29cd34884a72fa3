//! The table of differences in `docs/compatibility.md`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::known::KNOWN;
use crate::paths;

/// Between these lines the page is written by this program.
const BEGIN: &str = "<!-- written by `cargo xtask wasi-diff --write` -->";
const END: &str = "<!-- end of the differences -->";

const HEAD: &str = "| calls | cases | Tollgate | wasmtime | why |\n|---|---|---|---|---|\n";

fn page() -> PathBuf {
    paths::root().join("docs/compatibility.md")
}

/// Returns the page as it is and as it should be.
fn pages() -> Result<(String, String)> {
    let path = page();
    let page =
        fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let (before, rest) = page
        .split_once(BEGIN)
        .with_context(|| format!("`{}` lacks the line `{BEGIN}`", path.display()))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("`{}` lacks the line `{END}`", path.display()))?;
    let rows: String = KNOWN.iter().map(|known| format!("{known}\n")).collect();
    let right = format!("{before}{BEGIN}\n{HEAD}{rows}{END}{after}");
    Ok((page, right))
}

/// Returns what is wrong with the table, if anything is.
pub(super) fn stale() -> Result<Option<String>> {
    let (page, right) = pages()?;
    Ok((page != right)
        .then(|| String::from("docs/compatibility.md: the table is another; `--write` it")))
}

pub(super) fn write() -> Result<()> {
    let path = page();
    let (_, right) = pages()?;
    fs::write(&path, right).with_context(|| format!("cannot write `{}`", path.display()))
}
