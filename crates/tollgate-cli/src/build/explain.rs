//! `tollgate build explain`: what a code of the compiler means.

use clap::Args;
use serde_json::json;
use tollgate_diagnostics::document;
use tollgate_forge::codes;

use crate::arguments::Format;
use crate::error::{CliResult, OrExit as _};
use crate::exit::Exit;
use crate::output::answer;

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
    let entry = codes::find(&arguments.code).or_exit(Exit::Usage)?;
    let text = match arguments.format {
        Format::Human => document::text(entry),
        Format::Json => {
            let value = json!({
                "code": entry.code.to_string(),
                "title": entry.title,
                "cause": entry.cause,
                "example": entry.example,
                "fix": entry.fix,
            });
            format!("{value:#}\n")
        }
    };
    answer(text.as_bytes())?;
    Ok(Exit::Success)
}
