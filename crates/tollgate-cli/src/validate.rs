//! `tollgate validate`: whether a module is valid, within the limits for compiling, and has the exports it must have.

use serde_json::json;
use tollgate::sandbox::{EngineConfig, prescan};
use tollgate::{Inspection, ModuleLimits, Source, SourceOptions};

use crate::arguments::{Format, ValidateArguments};
use crate::error::{CliError, CliResult, OrExit};
use crate::exit::Exit;
use crate::inspect::read;
use crate::output;
use crate::quantity::{show_bytes, show_count};
use crate::run::proposals;

pub(crate) fn run(arguments: &ValidateArguments) -> CliResult<Exit> {
    let source: Source = arguments.module.parse().or_exit(Exit::Usage)?;
    let read = read(&source, &SourceOptions::default())?;
    let invalid = |error| CliError::message(Exit::Invalid, format!("`{source}`: {error}"));
    // Inspecting is more generous than running: a proposal that is off by default is invalid here, and known there.
    let config = EngineConfig {
        proposals: proposals(&arguments.proposal),
        ..EngineConfig::metered()
    };
    prescan(&read.bytes, &ModuleLimits::default(), &config).map_err(invalid)?;
    let inspection = Inspection::of(&read.bytes, &ModuleLimits::default()).map_err(invalid)?;
    required(&source, &inspection, &arguments.require)?;
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
        Format::Json => format!("{:#}\n", json!({ "valid": true, "module": inspection })),
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}

fn required(source: &Source, inspection: &Inspection, required: &[String]) -> CliResult<()> {
    let missing = inspection.missing(required);
    if missing.is_empty() {
        return Ok(());
    }
    let quoted = |names: Vec<&str>| {
        names
            .into_iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let exports = quoted(
        inspection
            .exports
            .iter()
            .map(|export| export.name.as_str())
            .collect(),
    );
    let message = format!(
        "`{source}` has no export {}; it exports {exports}",
        quoted(missing)
    );
    Err(CliError::message(Exit::Invalid, message))
}
