//! The table of `docs/compatibility.md`. Its figures are those that do not depend on the machine.

use std::fs;

use anyhow::{Context, Result, bail};

use super::Ran;
use super::cases::{Case, Expected, Source};
use crate::packages::Package;
use crate::paths;

/// Between these lines the page is written by this program.
const BEGIN: &str = "<!-- written by `cargo xtask corpus --write` -->";
const END: &str = "<!-- end -->";

const HEAD: &str =
    "| program | from | size | flags | compiled | gas | memory |\n|---|---|---|---|---|---|---|\n";

/// The row of one case.
pub(super) fn row(case: &Case, ran: &Ran) -> String {
    let package =
        |kind: &str, package: &Package| format!("{kind} `{}` {}", package.name, package.version);
    let from = match &case.source {
        Source::Npm(of) => package("npm", of),
        Source::PyPi(of) => package("PyPI", of),
        Source::Go { compiler, .. } => format!("built here with {}", package("PyPI", compiler)),
    };
    let flags: Vec<_> = case.flags.iter().map(|flag| format!("`{flag}`")).collect();
    let figure = |path: &[&str]| {
        let value = ran.report.as_ref();
        path.iter()
            .try_fold(value?, |value, name| value.get(name))
            .cloned()
    };
    let compiled = match case.expected {
        Expected::Valid | Expected::Refused(_) => String::from("no"),
        Expected::Hosted { example, .. } => format!("by `crates/tollgate/examples/{example}.rs`"),
        Expected::Prints(_) | Expected::Makes(..) => {
            match figure(&["load", "tier"]).and_then(|tier| tier.as_str().map(str::to_owned)) {
                Some(tier) if tier == "quick" => String::from("without optimisation"),
                _ => String::from("optimised"),
            }
        }
    };
    let gas = figure(&["usage", "gas"]).and_then(|gas| gas.as_u64());
    let memory = figure(&["usage", "memory_bytes_peak"]).and_then(|bytes| bytes.as_u64());
    format!(
        "| {} | {from} | {} | {} | {compiled} | {} | {} |\n",
        case.does,
        mebibytes(ran.bytes),
        flags.join(" "),
        gas.map_or_else(String::new, |gas| format!("{} M", gas.div_ceil(1_000_000))),
        memory.map_or_else(String::new, mebibytes),
    )
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// Puts the rows into the page.
pub(super) fn write(rows: &[String]) -> Result<()> {
    let path = paths::root().join("docs/compatibility.md");
    let page =
        fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let Some(((before, _), after)) = page
        .split_once(END)
        .and_then(|(start, after)| Some((start.split_once(BEGIN)?, after)))
    else {
        bail!("`{}` lacks the lines `{BEGIN}` and `{END}`", path.display());
    };
    let page = format!("{before}{BEGIN}\n{HEAD}{}{END}{after}", rows.concat());
    fs::write(&path, page).with_context(|| format!("cannot write `{}`", path.display()))
}
