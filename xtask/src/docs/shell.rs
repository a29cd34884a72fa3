//! Scripts of pages, run as a reader would run them: in one folder, one after the other, with what the earlier ones exported.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::paths;

/// What a script printed, errors included, and how it ended.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) text: String,
    /// `None`: a signal ended it.
    pub(super) code: Option<i32>,
}

/// Where the scripts of a page run. What they leave running ends with it.
#[derive(Debug)]
pub(super) struct Shell {
    folder: PathBuf,
    /// Sessions, which are process groups as well.
    started: Vec<u32>,
}

/// How long a script may take before it fails with exit code 124; the longest builds a package.
const SECONDS_MAX: &str = "180";

/// Where a shell keeps what a script printed.
const PRINTED: &str = ".printed";

/// Where a shell keeps what was exported.
const EXPORTED: &str = ".exported";

impl Shell {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            started: Vec::new(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a script up to the first line that fails, in a session of its own, as from another terminal.
    pub(super) fn run(&mut self, script: &str) -> Result<Printed> {
        let script = format!(
            "exec 2>&1\nif [ -e {EXPORTED} ]; then . ./{EXPORTED}; fi\n{script}\nexport -p > {EXPORTED}"
        );
        // A file and no pipe: what a script leaves running may hold it.
        let printed = self.folder.join(PRINTED);
        let mut child = self
            .command("setsid")
            .args(["timeout", SECONDS_MAX, "sh", "-ec", &script])
            .stdin(Stdio::null())
            .stdout(fs::File::create(&printed)?)
            .spawn()
            .context("cannot start `setsid`")?;
        self.started.push(child.id());
        let ended = child.wait().context("a script has no end")?;
        Ok(Printed {
            text: String::from_utf8_lossy(&fs::read(&printed)?).into_owned(),
            code: ended.code(),
        })
    }

    /// A program here, whose user has an empty home: what a page writes there is not for the one who runs it.
    fn command(&self, program: &str) -> Command {
        let ours = paths::target().join("debug");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            if let (None, Some(home)) = (std::env::var_os(name), std::env::var_os("HOME")) {
                command.env(name, Path::new(&home).join(folder));
            }
        }
        command
            .current_dir(&self.folder)
            .env("HOME", self.folder.join(".home"))
            .env("PATH", format!("{}:{path}", ours.display()))
            .env("TOLLGATE_CACHE_DIR", self.folder.join(".code"))
            .env("XDG_DATA_HOME", self.folder.join(".data"))
            .env_remove("CARGO_TARGET_DIR");
        command
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        for group in &self.started {
            let group = format!("-{group}");
            let mut kill = Command::new("kill");
            kill.args(["-KILL", "--", &group]).stderr(Stdio::null());
            // Most of them are gone.
            drop(kill.status());
        }
    }
}

/// A script whose lines end as their comments say: `# … (exit code 77)`; any other line has to succeed.
pub(super) fn with_exit_codes(script: &str) -> String {
    let line = |line: &str| match exit_code(line) {
        Some((command, code)) => format!(
            "ended=0; {command} || ended=$?; \
             [ $ended = {code} ] || {{ echo \"exit code $ended, not {code}\"; exit 1; }}\n"
        ),
        None => format!("{line}\n"),
    };
    script.lines().map(line).collect()
}

/// The command and the exit code in the comment behind it.
fn exit_code(line: &str) -> Option<(&str, u8)> {
    let (command, comment) = line.split_once(" # ")?;
    let (_, code) = comment.rsplit_once("(exit code ")?;
    Some((command, code.strip_suffix(')')?.parse().ok()?))
}

/// The program that a script needs first, if this machine has it not.
pub(super) fn missing(script: &str) -> Option<String> {
    let program = script.split_whitespace().next()?;
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output();
    let is_there = found.is_ok_and(|output| output.status.success());
    let ours = ["tollgate", "export", "cd"].contains(&program) || program.contains('=');
    (!ours && !is_there).then(|| program.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_say_how_it_ends() {
        assert_eq!(
            exit_code("tollgate run a # stopped: gas (exit code 152)"),
            Some(("tollgate run a", 152))
        );
        assert_eq!(exit_code("tollgate run a # works"), None);
        assert_eq!(exit_code("tollgate run a"), None);
    }

    #[test]
    fn a_line_that_ends_otherwise_fails() {
        let folder = std::env::temp_dir();
        for (script, succeeds) in [
            ("sh -c 'exit 3' # (exit code 3)", true),
            ("sh -c 'exit 4' # (exit code 3)", false),
            ("true # (exit code 3)", false),
            ("sh -c 'exit 3' # fails", false),
        ] {
            let status = Command::new("sh")
                .args(["-ec", &with_exit_codes(script)])
                .current_dir(&folder)
                .stdout(Stdio::null())
                .status()
                .expect("a shell");
            assert_eq!(status.success(), succeeds, "{script}");
        }
    }
}
