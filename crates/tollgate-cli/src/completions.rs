//! `tollgate completions SHELL`: a script that completes commands, flags and their values, made from the grammar of the command.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::answer;

/// `tollgate completions`
#[derive(Args)]
#[command(after_help = "Examples:
  tollgate completions bash >~/.local/share/bash-completion/completions/tollgate
  tollgate completions zsh >~/.zfunc/_tollgate      # a folder of `fpath`, before `compinit`
  tollgate completions fish >~/.config/fish/completions/tollgate.fish

The folder must be there. A new shell reads the file; after an update of tollgate it is written again.")]
pub(crate) struct CompletionsArguments {
    /// The shell that reads the script
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Writes the script for this grammar to standard output.
pub(crate) fn run(arguments: &CompletionsArguments, mut grammar: Command) -> CliResult<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut grammar, "tollgate", &mut script);
    answer(&script)?;
    Ok(Exit::Success)
}
