//! `tollgate ecl check`: diagnostics, and the worst-case gas of every program.

use clap::Args;
use serde_json::{Value, json};
use tollgate_ecl::Program;
use tollgate_ecl::host::providers::required_facts;
use tollgate_ecl::ir::Body;
use tollgate_ecl::ir::bound::bound;
use tollgate_ecl::render::to_json;

use super::answer::{FormatArguments, print, print_json};
use super::source::{self, Source};
use crate::error::{CliResult, OrExit as _};
use crate::exit::Exit;
use crate::output;

#[derive(Args)]
#[command(after_help = "Example:
  tollgate ecl check policies/")]
pub(super) struct CheckArguments {
    /// Files or folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Treat warnings as errors
    #[arg(long)]
    deny_warnings: bool,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &CheckArguments) -> CliResult<Exit> {
    let sources = source::check(&arguments.paths)?;
    let diagnostics = || sources.iter().flat_map(|s| &s.compiled.diagnostics);
    let failed = diagnostics()
        .filter(|d| d.is_error() || arguments.deny_warnings)
        .count();
    if arguments.format.json() {
        print_json(&to_answer(&sources)?)?;
    } else {
        for Source { bundle, compiled } in &sources {
            source::report(bundle, &compiled.diagnostics);
        }
        let programs = sources.iter().flat_map(|s| &s.compiled.programs);
        print(&programs.map(in_words).collect::<CliResult<String>>()?)?;
        if failed > 0 {
            output::say(&format!("tollgate: {}", source::errors_in_words(failed)));
        }
    }
    Ok(if failed > 0 {
        Exit::Invalid
    } else {
        Exit::Success
    })
}

fn kind(program: &Program) -> &'static str {
    match program.body {
        Body::Policy(_) => "policy",
        Body::Guard(_) => "logic_guard",
    }
}

fn in_words(program: &Program) -> CliResult<String> {
    let limit = program.gas_limits.total;
    let bound = bound(program).or_exit(Exit::Internal)?;
    let (kind, name) = (kind(program), &program.name);
    Ok(format!(
        "{kind} \"{name}\": worst case {bound}, limit {limit}\n"
    ))
}

fn to_answer(sources: &[Source]) -> CliResult<Value> {
    let all = || sources.iter();
    let programs = all().flat_map(|s| &s.compiled.programs).map(program_json);
    let diagnostics = all().flat_map(|s| {
        let list = s.compiled.diagnostics.iter();
        list.map(|d| to_json(&s.bundle, d))
    });
    Ok(json!({
        "valid": !all().any(|s| s.compiled.has_errors()),
        "programs": programs.collect::<CliResult<Vec<_>>>()?,
        "tests": all().map(|s| s.compiled.tests.len()).sum::<usize>(),
        "diagnostics": diagnostics.collect::<Vec<_>>(),
    }))
}

fn program_json(program: &Program) -> CliResult<Value> {
    let bound = bound(program).or_exit(Exit::Internal)?;
    let facts: Vec<&str> = required_facts(program)
        .iter()
        .map(|f| f.kind.name())
        .collect();
    Ok(json!({
        "kind": kind(program),
        "name": program.name,
        "id": program.id,
        "version": program.version,
        "hash": program.hash,
        "gas_bound": { "total": bound.gas.total(), "layers": bound.gas, "formula": bound.formula },
        "gas_limit": program.gas_limits.total,
        "arena_bytes_bound": bound.arena,
        "required_facts": facts,
    }))
}
