//! `tollgate approvals …`: questions of runs, answered from another terminal. One file per subcommand; `desk.rs` is the side of
//! `tollgate run`.

mod answer;
mod clerk;
mod desk;
mod list;
mod shared;
mod show;
mod view;
mod watch;
pub(crate) mod who;

use clap::{Args, Subcommand};

pub(crate) use self::desk::{Desk, Opening};
use crate::error::CliResult;
use crate::exit::Exit;

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
