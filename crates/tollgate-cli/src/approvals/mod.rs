//! `tollgate approvals …`: questions of runs, answered from another terminal. One file per subcommand; `desk.rs` is the side of
//! `tollgate run`.

mod answer;
mod clerk;
mod desk;
mod list;
mod show;
mod view;
mod watch;
pub(crate) mod who;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use tollgate::state::approval::{ApprovalError, CardId};
use tollgate::state::{StateError, Store};

pub(crate) use self::desk::{Desk, Opening};
use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::gateway::of_state;

/// `tollgate approvals`
#[derive(Args)]
pub(crate) struct ApprovalsArguments {
    #[command(subcommand)]
    command: ApprovalsCommand,
}

#[derive(Subcommand)]
enum ApprovalsCommand {
    /// List the cards that wait for an answer.
    List(list::ListArguments),
    /// Show a card with all there is to know.
    Show(show::ShowArguments),
    /// Answer a card. Who asked for its run cannot.
    Answer(answer::AnswerArguments),
    /// Show each card when it comes, until it is stopped.
    Watch(watch::WatchArguments),
    /// Keep the questions of a run; started by `tollgate run`.
    #[command(hide = true)]
    Clerk(clerk::ClerkArguments),
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &ApprovalsArguments) -> CliResult<Exit> {
    match &arguments.command {
        ApprovalsCommand::List(arguments) => list::run(arguments),
        ApprovalsCommand::Show(arguments) => show::run(arguments),
        ApprovalsCommand::Answer(arguments) => answer::run(arguments),
        ApprovalsCommand::Watch(arguments) => watch::run(arguments),
        ApprovalsCommand::Clerk(arguments) => clerk::run(arguments),
    }
}

/// Where the cards are.
#[derive(Args)]
struct StateArguments {
    /// The state that the run was given with `--approvals`
    #[arg(long, value_name = "STATE")]
    state: PathBuf,
}

impl StateArguments {
    fn open(&self) -> CliResult<Store> {
        Store::open(&self.state).map_err(unusable)
    }
}

/// How cards are written.
#[derive(Args)]
struct FormatArguments {
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human", value_name = "FORMAT")]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl FormatArguments {
    fn format(&self) -> Format {
        match self.json {
            true => Format::Json,
            false => self.format,
        }
    }
}

/// Nanoseconds since 1970.
fn now() -> CliResult<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .ok_or_else(|| CliError::message(Exit::Config, "the clock of this machine is wrong"))
}

/// Reads the name of a card.
fn card(text: &str) -> Result<CardId, StateError> {
    text.parse()
}

fn unusable(error: StateError) -> CliError {
    CliError::new(of_state(&error), error)
}

/// Why an answer does not count.
fn refused(error: ApprovalError) -> CliError {
    let exit = match &error {
        ApprovalError::State(error) => of_state(error),
        ApprovalError::Absent { .. } => Exit::NotFound,
        ApprovalError::Requester { .. } => Exit::Denied,
        _ => Exit::Invalid,
    };
    CliError::new(exit, error)
}
