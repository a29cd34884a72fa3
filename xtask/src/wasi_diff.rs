//! Every function of WASI, called here and under wasmtime with the same arguments: `cargo xtask wasi-diff`.
//!
//! Two guests make the calls, one for each version of WASI, and say what each came to (`guests/wasi-calls`,
//! `guests/wasi-calls-component`). Answers, ends and what is left in the folder are compared. Differences that are meant stand in
//! `known.rs` with their reasons, from which the table of `docs/compatibility.md` is written (`--write`); any other is a failure,
//! and so is one that is no more.

mod calls;
mod ground;
mod known;
mod reference;
mod runs;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use crate::cargo;
use crate::paths;
use calls::{CALLS, Call};
use ground::Servers;
use known::KNOWN;
use reference::Reference;
use runs::Ran;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write the table of docs/compatibility.md
    #[arg(long)]
    write: bool,
    /// Only the calls of this function
    #[arg(long, conflicts_with = "write")]
    only: Option<String>,
}

/// One case that came to something else.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    call: &'static Call,
    case: String,
    ours: String,
    theirs: String,
}

/// What stands where one side says nothing.
const NOTHING: &str = "nothing";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let chosen: Vec<&'static Call> = CALLS
        .iter()
        .filter(|call| {
            let only = arguments.only.as_deref();
            only.is_none_or(|only| call.function == only)
        })
        .collect();
    if chosen.is_empty() {
        bail!("no such function");
    }
    crate::guests::build()?;
    cargo::run(&mut cargo::cargo([
        "build",
        "--quiet",
        "--workspace",
        "--bin",
        "tollgate",
    ]))?;
    let reference = Reference::install()?;
    let servers = Servers::start()?;
    paths::forget(&runs::code())?;
    let folder = paths::target().join("wasi-diff");
    let (mut found, mut cases) = (Vec::new(), 0);
    for call in &chosen {
        let (differences, count) = compare(call, &reference, &servers, &folder)?;
        found.extend(differences);
        cases += count;
    }
    eprintln!(
        "{} calls, {cases} cases, {} of them different",
        chosen.len(),
        found.len()
    );
    if arguments.write {
        return table::write();
    }
    judge(&found, arguments.only.is_some())
}

fn compare(
    call: &'static Call,
    reference: &Reference,
    servers: &Servers,
    folder: &Path,
) -> Result<(Vec<Difference>, usize)> {
    let ours = ground::with(&folder.join("tollgate"), |folder| {
        runs::tollgate(call, servers, folder)
    })?;
    let theirs = ground::with(&folder.join("wasmtime"), |folder| {
        reference.run(call, servers, folder)
    })?;
    let (ours, theirs) = (said(&ours), said(&theirs));
    let cases: BTreeMap<&String, ()> = ours
        .keys()
        .chain(theirs.keys())
        .map(|case| (case, ()))
        .collect();
    let differences = cases.keys().filter_map(|&case| {
        let of = |said: &BTreeMap<String, String>| {
            said.get(case)
                .map_or_else(|| NOTHING.to_owned(), Clone::clone)
        };
        let (ours, theirs) = (of(&ours), of(&theirs));
        (ours != theirs).then(|| Difference {
            call,
            case: case.clone(),
            ours,
            theirs,
        })
    });
    Ok((differences.collect(), cases.len()))
}

/// Everything one side said, by what it is about.
fn said(ran: &Ran) -> BTreeMap<String, String> {
    let mut said = ran.answers.clone();
    said.insert(String::from("end"), ran.end.clone());
    for (path, what) in &ran.left {
        said.insert(format!("left: {path}"), what.clone());
    }
    said
}

/// Fails if there is a difference that is not known, or one that is known and was not found.
fn judge(found: &[Difference], part: bool) -> Result<()> {
    let mut wrong = Vec::new();
    for difference in found {
        if !KNOWN.iter().any(|known| known.is(difference)) {
            let Difference {
                call,
                case,
                ours,
                theirs,
            } = difference;
            wrong.push(format!(
                "{call}: {case}: {ours}, and {theirs} under wasmtime"
            ));
        }
    }
    for known in KNOWN {
        if found.iter().any(|difference| known.is(difference)) {
            println!("{known}");
        } else if !part {
            wrong.push(format!("{known}: different no more"));
        }
    }
    if !part {
        wrong.extend(table::stale()?);
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} are wrong:\n{}", wrong.len(), wrong.join("\n"))
}
