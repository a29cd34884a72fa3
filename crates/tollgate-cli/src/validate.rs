//! `tollgate validate`: whether a module is valid, within the limits for compiling, and has the exports it must have.

use serde_json::json;
use tollgate::Source;
use tollgate::sandbox::{DescribeOptions, Description, EngineConfig};

use crate::arguments::{Format, ValidateArguments};
use crate::error::{CliError, CliResult};
use crate::escapes::json_text;
use crate::exit::Exit;
use crate::load;
use crate::near;
use crate::output;
use crate::quantity::{show_bytes, show_count};
use crate::run::proposals;

pub(crate) fn run(arguments: &ValidateArguments) -> CliResult<Exit> {
    let source: Source = load::source(&arguments.module)?;
    // Inspecting is more generous than running: a proposal that is off by default is invalid here, and known there.
    let config = EngineConfig {
        proposals: proposals(&arguments.proposal),
        ..EngineConfig::metered()
    };
    let wanted = DescribeOptions {
        valid_under: Some(config),
        exports: arguments.require.clone(),
        ..DescribeOptions::default()
    };
    let description = load::describe(&source, &arguments.loading, wanted)?;
    required(&source, &description)?;
    let inspection = description.inspection;
    let text = match arguments.format {
        Format::Human => format!(
            "{source} is valid: a {} of {} with {} functions\n",
            if inspection.component {
                "component"
            } else {
                "core module"
            },
            show_bytes(inspection.bytes),
            show_count(inspection.functions)
        ),
        Format::Json => json_text(&json!({ "valid": true, "module": inspection })),
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Exports listed in a message.
const LISTED: usize = 20;

fn required(source: &Source, description: &Description) -> CliResult<()> {
    let Description {
        inspection,
        missing,
        interface: _,
    } = description;
    if missing.is_empty() {
        return Ok(());
    }
    let quoted = |names: &mut dyn Iterator<Item = &String>| {
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let exports = inspection.exports.iter().map(|export| &export.name);
    let exports = quoted(&mut exports.take(LISTED));
    let more = (inspection.exports.len() as u64 + inspection.exports_left_out)
        .saturating_sub(LISTED as u64);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let near = missing.first().map_or_else(String::new, |missing| {
        near::name(
            missing,
            inspection.exports.iter().map(|export| &export.name),
        )
    });
    let missing = quoted(&mut missing.iter());
    let message = format!("`{source}` has no export {missing}; it exports {exports}{more}{near}");
    Err(CliError::message(Exit::Invalid, message))
}
