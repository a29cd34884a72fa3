//! A call under Tollgate, and what is kept of a run of either side.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};

use super::calls::{Call, Folder};
use super::ground::{GRANTED, Servers};
use crate::cargo;
use crate::paths;

/// What a run said and left.
pub(super) struct Ran {
    /// By case.
    pub(super) answers: BTreeMap<String, String>,
    pub(super) end: String,
    /// By path in the granted folder.
    pub(super) left: BTreeMap<String, String>,
}

/// The value of the variable that is there.
pub(super) const GREETING: &str = "GREETING=Moin";

pub(super) fn guest(call: &Call) -> PathBuf {
    let name = call.version.guest();
    paths::guests_build().join(name).with_extension("wasm")
}

/// Where this run keeps compiled code: no run uses the code of another.
pub(super) fn code() -> PathBuf {
    paths::root().join(paths::target()).join("wasi-diff/code")
}

pub(super) fn tollgate(call: &Call, servers: &Servers, folder: &Path) -> Result<Ran> {
    let mut command = Command::new(paths::root().join(paths::target()).join("debug/tollgate"));
    command
        .arg("run")
        .arg(guest(call))
        .args(["--quiet", &format!("--dir={GRANTED}::/w")])
        .arg(format!("--env={GREETING}"));
    if call.folder == Folder::Written {
        command.arg(format!("--allow-write={GRANTED}"));
    }
    let [open, closed, echo] = servers.arguments();
    for port in [&open, &closed, &echo] {
        command.arg(format!("--allow-net=127.0.0.1:{port}"));
    }
    command
        .args(["--allow-net=localhost", "--", call.function])
        .args([open, closed, echo])
        .env("TOLLGATE_CACHE_DIR", code());
    ran(command, folder, |output| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        // What ends a guest is told by us; what it was denied as well, and does not end it.
        stderr.lines().any(|line| {
            line.starts_with("tollgate: the module") || line.starts_with("tollgate: the process")
        })
    })
}

/// Runs a command in a folder; `is_ended` tells whether the guest was ended by the runtime.
pub(super) fn ran(
    mut command: Command,
    folder: &Path,
    is_ended: impl Fn(&Output) -> bool,
) -> Result<Ran> {
    let shown = cargo::show(&command);
    let output = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{shown}`"))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let end = match output.status.code() {
        _ if is_ended(&output) => String::from("is ended"),
        Some(code) => format!("leaves with {code}"),
        None => format!("{}", output.status),
    };
    let mut left = BTreeMap::new();
    walk(&folder.join(GRANTED), "", &mut left)
        .with_context(|| format!("cannot look at what `{shown}` left"))?;
    Ok(Ran {
        answers: stdout.lines().map(answer).collect(),
        end,
        left,
    })
}

/// A line as its case and the answer.
fn answer(line: &str) -> (String, String) {
    let parts = match line.split_once(": ok ") {
        Some((case, value)) => Some((case, format!("ok {value}"))),
        None => line
            .rsplit_once(": ")
            .map(|(case, error)| (case, error.to_owned())),
    };
    match parts {
        Some((case, answer)) => (case.to_owned(), answer.trim_end().to_owned()),
        None => (line.to_owned(), String::from("said")),
    }
}

fn walk(folder: &Path, around: &str, left: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{around}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        let what = if kind.is_dir() {
            walk(&entry.path(), &format!("{name}/"), left)?;
            String::from("a folder")
        } else if kind.is_symlink() {
            format!("a link to `{}`", fs::read_link(entry.path())?.display())
        } else {
            let bytes = fs::read(entry.path())?;
            let text: String = String::from_utf8_lossy(&bytes).chars().take(40).collect();
            format!("{} bytes {text:?}", bytes.len())
        };
        left.insert(name, what);
    }
    Ok(())
}
