//! `cargo xtask docs`: every block of every page is run, and what it prints is what the page shows.
//!
//! A page is followed in a folder of its own that has what a clone has and the guests, built; `tollgate` is in the path. What a block is
//! tells how it is run: `sh` is a script, and the `text` or `json` behind it is its output, errors included; `console` has commands with
//! their output; programs in `rust`, `ecl`, `js`, `ts` and `wat` are compiled and run or checked; a block with a name behind its language
//! is a file that the next ones use. What cannot run says why in a comment ([`block`]); whatever nobody runs is an error.
//! The READMEs that `tollgate new` writes are followed as well.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{cargo, demo, guests, paths};
use page::{Page, Tally};

mod block;
mod compare;
mod page;
mod rust;
mod shell;

#[derive(Default, clap::Args)]
pub(crate) struct Arguments {
    /// Follow the pages whose name has this in it, and no others.
    #[arg(long)]
    only: Option<String>,
}

/// Builds what pages need, follows them, and says what ran, what was compared and what was excused.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    guests::build()?;
    let libraries = rust::build()?;
    let begun = Instant::now();
    let ground = tempfile::tempdir().context("no folder to follow pages in")?;
    let ground = ground.path();
    let pages: Vec<Page> = all_pages(ground)?
        .into_iter()
        .filter(|page| {
            arguments
                .only
                .as_ref()
                .is_none_or(|part| page.name.contains(part))
        })
        .collect();
    let program = rust::compile(&pages, &libraries)?;
    let tallies = follow_all(
        &pages,
        &Ground {
            folder: ground,
            program: &program,
        },
    );
    let sum = report(&pages, tallies)?;
    let steps = if arguments.only.is_none() {
        demo::perform_steps()?
    } else {
        0
    };
    println!(
        "{} blocks ran, {} of them with the output that is shown; {} are excused; {steps} steps of the demonstration; {} s",
        sum.run,
        sum.compared,
        sum.excused.len(),
        begun.elapsed().as_secs()
    );
    if !sum.skipped.is_empty() && std::env::var_os("CI").is_some() {
        bail!(
            "{} blocks were skipped, and CI has what they need",
            sum.skipped.len()
        );
    }
    if !sum.faults.is_empty() {
        bail!("{} blocks are not as the pages say", sum.faults.len());
    }
    Ok(())
}

/// Prints what came of each page, and returns the sum.
fn report(pages: &[Page], tallies: Vec<Result<Tally>>) -> Result<Tally> {
    let mut sum = Tally::default();
    for (page, tally) in pages.iter().zip(tallies) {
        let tally = tally.with_context(|| page.name.clone())?;
        if !page.blocks.is_empty() {
            println!(
                "{}: {} ran, {} compared",
                page.name, tally.run, tally.compared
            );
        }
        for (reason, number) in counted(&tally.excused) {
            println!("  excused {number}: {reason}");
        }
        for skipped in &tally.skipped {
            println!("  SKIPPED {skipped}");
        }
        for fault in &tally.faults {
            println!("  FAILED {fault}");
        }
        sum.run += tally.run;
        sum.compared += tally.compared;
        sum.excused.extend(tally.excused);
        sum.skipped.extend(tally.skipped);
        sum.faults.extend(tally.faults);
    }
    Ok(sum)
}

/// Reasons, and how often each was given.
fn counted(excused: &[String]) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for reason in excused {
        *counted.entry(reason.as_str()).or_default() += 1;
    }
    counted
}

/// Where pages are followed, and the program that has their Rust.
#[derive(Clone, Copy)]
struct Ground<'g> {
    folder: &'g Path,
    program: &'g Path,
}

/// Follows pages, as many at once as there are processors.
fn follow_all(pages: &[Page], ground: &Ground<'_>) -> Vec<Result<Tally>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let waiting: Mutex<VecDeque<usize>> = Mutex::new((0..pages.len()).collect());
    let ended: Mutex<Vec<(usize, Result<Tally>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = lock(&waiting).pop_front();
                    let Some(number) = next else { break };
                    let tally = follow(
                        &pages[number],
                        &ground.folder.join(number.to_string()),
                        ground,
                    );
                    lock(&ended).push((number, tally));
                }
            });
        }
    });
    let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.sort_by_key(|(number, _)| *number);
    ended.into_iter().map(|(_, tally)| tally).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn follow(page: &Page, folder: &Path, ground: &Ground<'_>) -> Result<Tally> {
    let folder = match page.name.strip_prefix(NEW) {
        Some(kind) => new_folder(ground.folder, kind),
        None => {
            clone_into(folder)?;
            folder.to_owned()
        }
    };
    page.follow(folder, ground.program)
}

/// Every page: Markdown of the repository but the history, and what `tollgate new` writes.
fn all_pages(ground: &Path) -> Result<Vec<Page>> {
    let mut pages = new_pages(ground)?;
    for folder in ["", "docs", "docs/decisions", "fuzz", "guests", "examples"] {
        let mut names: Vec<String> = fs::read_dir(paths::root().join(folder))
            .with_context(|| format!("`{folder}`"))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        names.retain(|name| name.ends_with(".md") && name != "CHANGELOG.md");
        names.sort();
        for name in names {
            let name = Path::new(folder).join(name).display().to_string();
            let text =
                fs::read_to_string(paths::root().join(&name)).with_context(|| name.clone())?;
            pages.push(Page::read(&name, &on_free_ports(text)?));
        }
    }
    Ok(pages)
}

/// A page with ports that are free on this machine, where it has those of a server.
fn on_free_ports(text: String) -> Result<String> {
    // All are taken before one is given back, so that no two are the same.
    let taken = ["7400", "7401"].map(|port| (port, std::net::TcpListener::bind("127.0.0.1:0")));
    let mut text = text;
    for (port, listener) in taken {
        let free = listener.context("no port is free")?.local_addr()?.port();
        text = text.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{free}"));
    }
    Ok(text)
}

/// How the pages of new guests are called.
const NEW: &str = "tollgate new ";

fn new_folder(ground: &Path, kind: &str) -> PathBuf {
    ground.join(kind).join("guests/my-guest")
}

/// Makes a guest of every kind, and returns their READMEs. What the command prints has to be in them.
fn new_pages(ground: &Path) -> Result<Vec<Page>> {
    ["rust", "component", "c", "wat", "ts", "policy"]
        .map(|kind| new_page(ground, kind))
        .into_iter()
        .collect()
}

fn new_page(ground: &Path, kind: &str) -> Result<Page> {
    let folder = new_folder(ground, kind);
    private_folder(&ground.join(kind).join("guests"))?;
    let mut command = Command::new(paths::target().join("debug/tollgate"));
    command.arg("new").arg(kind).arg(&folder);
    cargo::output(&mut command)?;
    let text = fs::read_to_string(folder.join("README.md"))?;
    Ok(Page::read(&format!("{NEW}{kind}"), &text))
}

/// What commands of pages read; what they write goes to `target`.
const CLONED: [&str; 4] = ["docs", "examples", "guests/build", "guests/ecl-host"];

/// Copies what pages use of a clone.
fn clone_into(folder: &Path) -> Result<()> {
    private_folder(&folder.join("target"))?;
    private_folder(&folder.join(".home"))?;
    for part in CLONED {
        copy(&paths::root().join(part), &folder.join(part))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        private_folder(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
    } else {
        fs::copy(from, to).with_context(|| from.display().to_string())?;
    }
    Ok(())
}

/// A folder that no other user can write, which a state and keys ask for.
fn private_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make `{}`", folder.display()))
}
