//! `tollgate gateway policies`: the standard policies.

use clap::Args;
use serde_json::json;
use tollgate::gateway::StandardPolicy;

use super::FormatArguments;
use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::json_text;
use crate::exit::Exit;
use crate::output;

#[derive(Args)]
pub(super) struct PoliciesArguments {
    /// Print the source of this one
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &PoliciesArguments) -> CliResult<Exit> {
    let text = match (&arguments.name, arguments.format.format) {
        (None, Format::Human) => StandardPolicy::ALL
            .map(|policy| format!("{:<16}{}\n", policy.name(), policy.about()))
            .concat(),
        (None, Format::Json) => {
            let all = StandardPolicy::ALL
                .map(|policy| json!({ "name": policy.name(), "about": policy.about() }));
            json_text(&json!(all))
        }
        (Some(name), format) => {
            let policy: StandardPolicy = name.parse().map_err(super::failed)?;
            match format {
                Format::Human => policy.source().to_owned(),
                Format::Json => {
                    let shown = json!({ "name": policy.name(), "about": policy.about(), "source": policy.source() });
                    json_text(&shown)
                }
            }
        }
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}
