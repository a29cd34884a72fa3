//! Runs that wait at a card, and the terminals from which they are answered.
//!
//! What is started by `setsid` has a session of its own and no terminal, as another window has.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{cache, guest, repository};

/// Long enough for a machine with much to do, and no part of what is tested.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A folder with a state, and a guest that is asked about when it writes `out/report`.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
}

/// A run that waits at a card.
pub(crate) struct Parked {
    pub(crate) child: Child,
    pub(crate) stderr: BufReader<ChildStderr>,
    pub(crate) card: String,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["data", "out"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        std::fs::write(folder.path().join("data/a.txt"), "one two").expect("a file");
        Self { folder }
    }

    pub(crate) fn command(&self, own_session: bool) -> Command {
        let tollgate = env!("CARGO_BIN_EXE_tollgate");
        let mut command = match own_session {
            true => Command::new("setsid"),
            false => Command::new(tollgate),
        };
        if own_session {
            command.args(["--wait", tollgate]);
        }
        command
            .current_dir(self.folder.path())
            .env("TOLLGATE_CACHE_DIR", cache())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run_command(&self, own_session: bool, flags: &[&str], out: &str) -> Command {
        let mut command = self.command(own_session);
        let policy = repository().join("examples/ecl/calls/files.ecl");
        command
            .args(["run", &guest("wordstat"), "--no-stdin", "--approvals=a.db"])
            .arg(format!("--policy={}", policy.display()))
            .args(["--allow-read=data", "--allow-write=out"])
            .args(flags)
            .args(["--", "--out", out, "data"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Starts a run and waits until it waits itself.
    pub(crate) fn park(&self, flags: &[&str]) -> Parked {
        self.park_writing(flags, "out/report")
    }

    pub(crate) fn park_writing(&self, flags: &[&str], out: &str) -> Parked {
        Parked::of(self.run_command(true, flags, out))
    }

    /// `tollgate approvals …` in a session of its own.
    pub(crate) fn approvals(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(true);
        command.arg("approvals").args(arguments).arg("--state=a.db");
        command.output().expect("the command starts")
    }

    pub(crate) fn answer(&self, card: &str, rest: &[&str]) -> Output {
        self.approvals(&[&["answer", card][..], rest].concat())
    }

    pub(crate) fn show(&self, card: &str) -> Value {
        json(&self.approvals(&["show", card, "--json"]))
    }

    pub(crate) fn listed(&self) -> Vec<Value> {
        let listed = json(&self.approvals(&["list", "--format=json"]));
        listed.as_array().expect("a list").clone()
    }

    pub(crate) fn has_report(&self) -> bool {
        self.folder.path().join("out/report").is_file()
    }
}

impl Parked {
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the command starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("a line");
        let card = line.strip_prefix("tollgate: card ");
        let card = card.unwrap_or_else(|| panic!("no card: {line}{}", rest(&mut stderr)));
        let card = card.split(' ').next().expect("a name").to_owned();
        Self {
            child,
            stderr,
            card,
        }
    }

    pub(crate) fn ends(mut self) -> Ended {
        let stderr = rest(&mut self.stderr);
        let status = self.child.wait().expect("it ends");
        assert!(!stderr.contains("panicked at"), "{stderr}");
        Ended {
            code: status.code(),
            stderr,
        }
    }

    /// Kills the run: `setsid` has become it.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it has ended");
    }
}

pub(crate) fn rest(stderr: &mut BufReader<ChildStderr>) -> String {
    let mut text = String::new();
    stderr.read_to_string(&mut text).expect("text");
    text
}

pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", said(output)))
}

pub(crate) fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    text.concat()
}

pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
