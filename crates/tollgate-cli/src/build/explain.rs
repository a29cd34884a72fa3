//! `tollgate build explain`: what a code of the compiler means.

use clap::Args;

use crate::arguments::Format;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::explain::{Language, explain};

#[derive(Args)]
#[command(after_help = "Example:
  tollgate build explain F0303")]
pub(super) struct ExplainArguments {
    /// A code such as F0303
    #[arg(value_name = "CODE")]
    code: String,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "human", value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(arguments: &ExplainArguments) -> CliResult<Exit> {
    explain(Language::TypeScript, &arguments.code, arguments.format)
}
