//! The side of `tollgate run`: its questions go to a clerk, a process that is started before the jail is closed.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tollgate::Grant;
use tollgate::gate::Asker;
use tollgate::gate::approvals::{Announce, Approvals, ProcessName};
use tollgate::limits::ANSWER_TIME_DEFAULT;
use tollgate::state::Store;
use tollgate::state::approval::Principal;

use super::shared::unusable;
use crate::arguments::RunArguments;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::hints::for_a_shell;
use crate::new_file::Kept;
use crate::output;

/// The questions of a run, which a clerk keeps until they are closed.
pub(crate) struct Desk(Approvals);

/// What a desk is opened for.
pub(crate) struct Opening<'a> {
    /// Where the cards are.
    pub(crate) state: &'a Path,
    /// What the guest may reach.
    pub(crate) grant: &'a Grant,
    /// Who asks.
    pub(crate) requester: Principal,
}

impl Desk {
    /// Starts the clerk of `--approvals`, and makes the state if there is none. It lies where `grant` lets the guest write nothing.
    pub(crate) fn open(arguments: &RunArguments, opening: &Opening<'_>) -> CliResult<Self> {
        let Opening {
            state,
            grant,
            requester,
        } = opening;
        Kept::file(state, "state").out_of_reach("write to", &grant.write)?;
        // What is wrong with it is said before anything runs; the clerk opens it for itself.
        drop(Store::create(state).map_err(unusable)?);
        let within = arguments.answer_within.unwrap_or(ANSWER_TIME_DEFAULT);
        let mut command = Command::new(own_program()?);
        command
            .args(["approvals", "clerk", "--state"])
            .arg(state)
            .arg(format!("--process={}", ProcessName::own().as_str()))
            .arg(format!("--within={}", within.as_nanos()))
            .args(requester.names().map(|name| format!("--requester={name}")))
            .env_clear()
            // A signal of the terminal is the run's: the clerk hears of its end, and closes its cards.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let failed = |error| {
            let what = String::from("the process that keeps the questions cannot be started");
            CliError::about(Exit::Config, what, error)
        };
        let mut clerk = command.spawn().map_err(failed)?;
        let (Some(to_clerk), Some(from_clerk)) = (clerk.stdin.take(), clerk.stdout.take()) else {
            return Err(failed(std::io::ErrorKind::BrokenPipe.into()));
        };
        let announce = (!arguments.quiet).then(|| announcement(state, within));
        Ok(Self(Approvals::of_clerk(to_clerk, from_clerk, announce)))
    }

    /// Who is asked: whoever answers the card, or at the terminal, whoever is first.
    pub(crate) fn asker(&self, terminal: Option<Asker>) -> Asker {
        self.0.asker(terminal)
    }

    /// Says that the run has ended, and waits until its cards are closed.
    pub(crate) fn close(self) {
        // One that was killed has left its cards as they were; they expire.
        self.0.close();
    }
}

/// Tells where to answer.
fn announcement(state: &Path, within: Duration) -> Announce {
    let state = for_a_shell(&state.display().to_string());
    let within = crate::quantity::show_duration(within);
    Arc::new(move |card| {
        output::say(&format!(
            "tollgate: card {card} waits for an answer, {within} at most; from another terminal: \
             tollgate approvals show {card} --state {state}"
        ));
    })
}

/// This program, also when its file was replaced since.
fn own_program() -> CliResult<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe().map_err(|error| CliError::new(Exit::Config, error))
}
