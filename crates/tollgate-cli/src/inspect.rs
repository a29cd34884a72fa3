//! `tollgate inspect`: what a module exports and imports, and the grants it could want.

use tollgate::sandbox::{DescribeOptions, Description};
use tollgate::{Inspection, Item, Source};

use crate::arguments::{Format, InspectArguments};
use crate::error::{CliError, CliResult, OrExit};
use crate::escapes::{clean, json_text};
use crate::exit::Exit;
use crate::quantity::{show_bytes, show_count};
use crate::{hints, load, output};

pub(crate) fn run(arguments: &InspectArguments) -> CliResult<Exit> {
    let source: Source = load::source(&arguments.module)?;
    let wanted = DescribeOptions {
        interface: arguments.interface,
        ..DescribeOptions::default()
    };
    let description = load::describe(&source, &arguments.loading, wanted)?;
    let text = match arguments.format {
        // What is typed counts before a form that stands in a file of settings.
        _ if arguments.interface => interface(&description)?,
        Format::Human => human(&source, &description.inspection),
        Format::Json => {
            json_text(&serde_json::to_value(&description.inspection).or_exit(Exit::Internal)?)
        }
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Names in a module are its maker's choice; line ends are all that is left of their control characters.
fn interface(description: &Description) -> CliResult<String> {
    let text = description.interface.as_deref().ok_or_else(|| {
        let message = "the interface was asked for, and the module was described without it";
        CliError::message(Exit::Internal, message)
    })?;
    Ok(text.lines().map(|line| clean(line) + "\n").collect())
}

fn human(source: &Source, inspection: &Inspection) -> String {
    let mut lines = vec![
        format!(
            "{source}: a {}",
            if inspection.component {
                "component"
            } else {
                "core module"
            }
        ),
        format!("  digest     {}", inspection.digest),
        format!(
            "  size       {} ({} functions)",
            show_bytes(inspection.bytes),
            show_count(inspection.functions)
        ),
    ];
    lines.extend(items(
        "exports",
        &inspection.exports,
        inspection.exports_left_out,
    ));
    lines.extend(items(
        "imports",
        &inspection.imports,
        inspection.imports_left_out,
    ));
    let names = |names: Vec<&str>| {
        if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        }
    };
    lines.push(format!(
        "  proposals  {}",
        names(
            inspection
                .proposals
                .iter()
                .map(|proposal| proposal.name())
                .collect()
        )
    ));
    lines.push(format!(
        "  could use  {}",
        names(
            inspection
                .capabilities
                .iter()
                .map(|capability| capability.name())
                .collect()
        )
    ));
    let mut flags: Vec<_> = inspection
        .capabilities
        .iter()
        .filter_map(|capability| hints::flag(*capability))
        .collect();
    flags.dedup();
    lines.push(format!("  grants     {}", names(flags)));
    lines.into_iter().map(|line| clean(&line) + "\n").collect()
}

fn items(title: &str, items: &[Item], left_out: u64) -> Vec<String> {
    let name = |item: &Item| {
        if item.module.is_empty() {
            item.name.clone()
        } else {
            format!("{} {}", item.module, item.name)
        }
    };
    let width = items
        .iter()
        .map(|item| name(item).chars().count())
        .max()
        .unwrap_or(0)
        .min(60);
    let mut lines = vec![format!("  {title}    {}", items.len() as u64 + left_out)];
    lines.extend(
        items
            .iter()
            .map(|item| format!("    {:<width$}  {}", name(item), item.kind)),
    );
    if left_out > 0 {
        lines.push(format!("    and {left_out} more"));
    }
    lines
}
