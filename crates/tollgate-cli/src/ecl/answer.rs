//! How the tools of the policy language answer.

use clap::Args;

use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::json_text;
use crate::output;

/// How an answer is written.
#[derive(Args)]
pub(super) struct FormatArguments {
    /// How the answer is written
    #[arg(long, value_enum, default_value = "human", value_name = "FORMAT")]
    pub(super) format: Format,
}

impl FormatArguments {
    pub(super) fn json(&self) -> bool {
        self.format == Format::Json
    }
}

/// Writes lines to standard output.
pub(super) fn print(text: &str) -> CliResult<()> {
    output::answer(text.as_bytes())
}

/// Writes a JSON value and a line end to standard output.
pub(super) fn print_json(value: &serde_json::Value) -> CliResult<()> {
    print(&json_text(value))
}
