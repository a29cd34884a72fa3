//! `tollgate build …`: sources become modules. One file per subcommand.

mod bounded;
mod explain;
mod project;
mod ts;

use clap::{Args, Subcommand};

use crate::error::CliResult;
use crate::exit::Exit;

/// `tollgate build`
#[derive(Args)]
pub(crate) struct BuildArguments {
    #[command(subcommand)]
    command: BuildCommand,
}

#[derive(Subcommand)]
enum BuildCommand {
    /// Compile TypeScript to a WebAssembly module.
    Ts(ts::TsArguments),
    /// Explain a diagnostic by its code.
    Explain(explain::ExplainArguments),
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &BuildArguments) -> CliResult<Exit> {
    match &arguments.command {
        BuildCommand::Ts(arguments) => ts::run(arguments),
        BuildCommand::Explain(arguments) => explain::run(arguments),
    }
}
