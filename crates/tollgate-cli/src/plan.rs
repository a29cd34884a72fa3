//! `tollgate plan`: what a module imports, and what grants and a policy say about it, before anything of it runs; and what an
//! upgrade newly asks for.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tollgate::Capability;
use tollgate::gate::plan::{
    Foreseen, NeedState, Plan, PlanDiff, PlanOf, PlannedAsk, PlannedCall, PlannedImport,
    PlannedNeed, Provision,
};
use tollgate::sandbox::Imports;

use crate::arguments::{Format, GrantArguments, ModuleArguments};
use crate::boundary::BoundaryArguments;
use crate::called::program_name;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::escapes::{clean, json_text};
use crate::exit::Exit;
use crate::grants::{Guest, StandardInput};
use crate::hints::typed;
use crate::{boundary, grants, load, output, run};

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate plan program.wasm
  tollgate plan program.wasm --allow-read=docs --policy files.ecl
  tollgate plan --diff program-1.wasm program-2.wasm
  tollgate plan --boundary ceiling.ecl --policy files.ecl

Exit codes: 0 the module can be run, or the new one asks for nothing more, or the policy stays inside of its boundary; 1 the
new one of `--diff` asks for more, or the policy goes beyond its boundary; 2 whether it does was not decided; 65 what cannot be
read, and a module with an import that nobody provides.")]
pub(crate) struct PlanArguments {
    /// File, https URL (`…#sha256:HEX` pins it), or `-` for standard input
    #[arg(value_name = "MODULE", required_unless_present_any = ["diff", "boundary"])]
    module: Option<String>,
    /// Say what the second module asks for that the first does not
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["module", "policy"])]
    diff: Vec<String>,
    /// The policy that would decide each call, after the grants
    #[arg(long, value_name = "FILE.ecl")]
    policy: Option<PathBuf>,
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    boundary: BoundaryArguments,
    #[command(flatten)]
    grants: GrantArguments,
    #[command(flatten)]
    loading: ModuleArguments,
}

impl PlanArguments {
    const fn format(&self) -> Format {
        match self.json {
            true => Format::Json,
            false => self.format,
        }
    }
}

pub(crate) fn run(arguments: &PlanArguments) -> CliResult<Exit> {
    if let [old, new] = arguments.diff.as_slice() {
        return diff(arguments, old, new);
    }
    if let Some(ceiling) = &arguments.boundary.boundary {
        let Some(policy) = &arguments.policy else {
            let message = "`--boundary` is held against a policy; name it with `--policy`";
            return Err(CliError::message(Exit::Usage, message));
        };
        return boundary::run((policy, ceiling), &arguments.boundary, arguments.format());
    }
    let module = arguments.module.as_deref().unwrap_or_default();
    let granted = grants::grant(
        &arguments.grants,
        Guest {
            program: &program_name(module),
            arguments: &[],
            stdin: StandardInput::Taken,
        },
    )?;
    grants::check_paths(&granted.grant)?;
    let policy = arguments.policy.as_deref().map(run::policy).transpose()?;
    if policy.is_some() {
        run::one_name_each(&granted.grant)?;
    }
    let imports = load::imports(&load::source(module)?, &arguments.loading)?;
    let about = PlanOf {
        imports: &imports,
        grant: &granted.grant,
        policy: policy.as_ref(),
        // As of `tollgate run`.
        caller: "",
    };
    let plan = Plan::of(&about);
    let text = match arguments.format() {
        Format::Human => human(module, &plan),
        Format::Json => json_text(&with_flags(&plan)?),
    };
    output::answer(text.as_bytes())?;
    Ok(match plan.can_run() {
        true => Exit::Success,
        false => Exit::Invalid,
    })
}

/// The plan as JSON, with the flag beside each need that lacks one.
#[expect(
    clippy::indexing_slicing,
    reason = "a member is set in JSON that is an object"
)]
fn with_flags(plan: &Plan) -> CliResult<serde_json::Value> {
    let mut value = serde_json::to_value(plan).or_exit(Exit::Internal)?;
    let imports = value["imports"].as_array_mut().into_iter().flatten();
    for (import, planned) in imports.zip(&plan.imports) {
        let needs = import["needs"].as_array_mut().into_iter().flatten();
        for (need, planned) in needs.zip(&planned.needs) {
            if let Some(flag) = flag(planned) {
                need["flag"] = json!(flag);
            }
        }
    }
    Ok(value)
}

/// What to type where something is not granted.
fn flag(need: &PlannedNeed) -> Option<String> {
    match need.state {
        NeedState::Lacking | NeedState::Substituted => typed(need.capability),
        NeedState::Free | NeedState::Granted { .. } => None,
    }
}

fn human(module: &str, plan: &Plan) -> String {
    let kind = match plan.component {
        true => "component",
        false => "core module",
    };
    let mut lines = vec![
        format!("{module}: a {kind}"),
        format!("  digest     {}", plan.module),
    ];
    if let Some(policy) = &plan.policy {
        let hash = policy.hash.get(..12).unwrap_or(&policy.hash);
        lines.push(format!("  policy     {} ({hash})", policy.name));
    }
    let count = plan.imports.len() as u64 + plan.imports_left_out;
    lines.push(format!("  imports    {count}"));
    lines.extend(plan.imports.iter().flat_map(import));
    if plan.imports_left_out > 0 {
        lines.push(format!("    and {} more", plan.imports_left_out));
    }
    if let Some(unfit) = &plan.unfit {
        lines.push(format!("  an import is there in another type: {unfit}"));
    }
    lines.iter().map(|line| clean(line) + "\n").collect()
}

fn import(import: &PlannedImport) -> Vec<String> {
    let item = &import.item;
    let name = match item.module.is_empty() {
        true => item.name.clone(),
        false => format!("{} {}", item.module, item.name),
    };
    let unknown = match &import.provision {
        Provision::Nobody { hint } => {
            return vec![
                format!("    {name}"),
                format!("      nobody provides it: {hint}"),
            ];
        }
        Provision::Provided => None,
        Provision::Unknown => Some(String::from("only a run tells whether it is provided")),
    };
    let needs = import.needs.iter().filter_map(need);
    let calls = import.calls.iter().map(call);
    let said: Vec<_> = unknown
        .into_iter()
        .chain(needs)
        .chain(calls)
        .map(|line| format!("      {line}"))
        .collect();
    match said.is_empty() {
        true => vec![format!("    {name}: provided")],
        false => std::iter::once(format!("    {name}")).chain(said).collect(),
    }
}

fn need(need: &PlannedNeed) -> Option<String> {
    let kind = need.capability;
    let typed = flag(need).unwrap_or_default();
    Some(match &need.state {
        NeedState::Free => return None,
        NeedState::Granted { names } if names.is_empty() => format!("{kind}: granted"),
        NeedState::Granted { names } => format!("{kind}: granted, {}", names.join(", ")),
        NeedState::Lacking if typed.is_empty() => format!("{kind}: denied"),
        NeedState::Lacking => format!("{kind}: denied; needs `{typed}`, or less of it"),
        NeedState::Substituted => format!("{kind}: {}; `{typed}` grants it", instead(kind)),
    })
}

/// What a guest sees where something is not granted and the call works.
const fn instead(capability: Capability) -> &'static str {
    match capability {
        Capability::Clock => "a virtual clock",
        Capability::Random => "numbers of a seed",
        _ => "nothing",
    }
}

fn call(call: &PlannedCall) -> String {
    let word = |foreseen: Foreseen| match foreseen {
        Foreseen::Allow => "allow",
        Foreseen::Deny => "deny",
        Foreseen::Ask => "ask",
        Foreseen::Depends => "depends on the call",
    };
    let mut rules: Vec<_> = call
        .rules
        .iter()
        .map(|rule| format!("`{}` ({})", rule.name, word(rule.decision)))
        .collect();
    if call.otherwise {
        rules.push(String::from("otherwise"));
    }
    if let Some(unfit) = &call.unfit {
        return format!(
            "policy on `{}` ({}): deny; {unfit}",
            call.operation, call.capability
        );
    }
    format!(
        "policy on `{}` ({}): {}; by {}",
        call.operation,
        call.capability,
        word(call.foreseen),
        rules.join(", ")
    )
}

#[expect(
    clippy::indexing_slicing,
    reason = "a member is set in JSON that is an object"
)]
fn diff(arguments: &PlanArguments, old: &str, new: &str) -> CliResult<Exit> {
    let imports = |module: &str| -> CliResult<Imports> {
        load::imports(&load::source(module)?, &arguments.loading)
    };
    let diff = PlanDiff::of(&imports(old)?, &imports(new)?);
    let text = match arguments.format() {
        Format::Human => shown(&diff, (old, new)),
        Format::Json => {
            let mut value = serde_json::to_value(&diff).or_exit(Exit::Internal)?;
            value["asks_for_more"] = json!(diff.asks_for_more());
            json_text(&value)
        }
    };
    output::answer(text.as_bytes())?;
    Ok(match diff.asks_for_more() {
        true => Exit::Guest(1),
        false => Exit::Success,
    })
}

fn shown(diff: &PlanDiff, (old, new): (&str, &str)) -> String {
    let mut lines = Vec::new();
    if diff.asks_for_more() {
        lines.push(format!("{new} asks for more than {old}:"));
        lines.extend(kinds("+", &diff.capabilities_added));
        lines.extend(diff.added.iter().map(|one| ask("+", one)));
        if diff.not_compared > 0 {
            lines.push(format!(
                "  + {} imports that were not looked at, since there are too many",
                diff.not_compared
            ));
        }
    } else {
        lines.push(format!("{new} asks for nothing that {old} did not"));
    }
    if !diff.removed.is_empty() || !diff.capabilities_removed.is_empty() {
        lines.push(String::from("no longer:"));
        lines.extend(kinds("-", &diff.capabilities_removed));
        lines.extend(diff.removed.iter().map(|one| ask("-", one)));
    }
    lines.iter().map(|line| clean(line) + "\n").collect()
}

fn kinds(sign: &str, kinds: &[Capability]) -> Vec<String> {
    let line = |kind: &Capability| match typed(*kind) {
        Some(flag) if sign == "+" => format!("  {sign} {kind}: `{flag}`"),
        _ => format!("  {sign} {kind}"),
    };
    kinds.iter().map(line).collect()
}

fn ask(sign: &str, ask: &PlannedAsk) -> String {
    let kinds: Vec<_> = ask.capabilities.iter().map(ToString::to_string).collect();
    let nobody = match ask.provision {
        Provision::Provided => "",
        Provision::Nobody { .. } => ", which nobody provides",
        Provision::Unknown => ", of which only a run tells whether it is provided",
    };
    match kinds.is_empty() {
        true => format!("  {sign} import {}{nobody}", ask.name),
        false => format!(
            "  {sign} import {} ({}){nobody}",
            ask.name,
            kinds.join(", ")
        ),
    }
}
