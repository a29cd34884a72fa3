//! `tollgate ecl check`: diagnostics, and the worst-case gas of every program.

use clap::Args;
use serde_json::{Value, json};
use tollgate_ecl::bound::bound;
use tollgate_ecl::bundle::Bundle;
use tollgate_ecl::check::{Compiled, compile};
use tollgate_ecl::ir::{Body, Program};
use tollgate_ecl::providers::required_facts;
use tollgate_ecl::render::to_json;

use super::{FormatArguments, print, print_json, source};
use crate::error::CliResult;
use crate::exit::Exit;

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
    let bundle = source::load(&arguments.paths)?;
    let compiled = compile(&bundle);
    let failed =
        compiled.has_errors() || (arguments.deny_warnings && !compiled.diagnostics.is_empty());
    if arguments.format.json() {
        print_json(&to_answer(&bundle, &compiled))?;
    } else {
        source::report(&bundle, &compiled.diagnostics);
        let lines: String = compiled.programs.iter().map(in_words).collect();
        print(&lines)?;
        if failed {
            let count = compiled.diagnostics.len();
            anstream::eprintln!("tollgate: {}", source::errors_in_words(count));
        }
    }
    Ok(if failed { Exit::Invalid } else { Exit::Success })
}

fn kind(program: &Program) -> &'static str {
    match program.body {
        Body::Policy(_) => "policy",
        Body::Guard(_) => "logic_guard",
    }
}

fn in_words(program: &Program) -> String {
    let limit = program.gas_limits.total;
    format!(
        "{} \"{}\": worst case {}, limit {limit}\n",
        kind(program),
        program.name,
        bound(program)
    )
}

fn to_answer(bundle: &Bundle, compiled: &Compiled) -> Value {
    let programs: Vec<Value> = compiled.programs.iter().map(program_json).collect();
    let diagnostics: Vec<Value> = compiled
        .diagnostics
        .iter()
        .map(|d| to_json(bundle, d))
        .collect();
    json!({
        "valid": !compiled.has_errors(),
        "programs": programs,
        "tests": compiled.tests.len(),
        "diagnostics": diagnostics,
    })
}

fn program_json(program: &Program) -> Value {
    let bound = bound(program);
    let facts: Vec<&str> = required_facts(program)
        .iter()
        .map(|f| f.kind.name())
        .collect();
    json!({
        "kind": kind(program),
        "name": program.name,
        "id": program.id,
        "version": program.version,
        "hash": program.hash,
        "gas_bound": { "total": bound.gas.total(), "layers": bound.gas, "formula": bound.formula },
        "gas_limit": program.gas_limits.total,
        "arena_bytes_bound": bound.arena,
        "required_facts": facts,
    })
}
