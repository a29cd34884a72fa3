//! `tollgate policy …`: policies on calls, held against what was recorded.

pub(crate) mod backtest;

use clap::{Args, Subcommand};

use crate::error::CliResult;
use crate::exit::Exit;

/// `tollgate policy`
#[derive(Args)]
pub(crate) struct PolicyArguments {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// Say which recorded decisions a new version of a policy would make otherwise.
    Backtest(backtest::BacktestArguments),
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &PolicyArguments) -> CliResult<Exit> {
    match &arguments.command {
        PolicyCommand::Backtest(arguments) => backtest::run(arguments),
    }
}
