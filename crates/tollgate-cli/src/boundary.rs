//! `tollgate plan --boundary`: whether a policy allows nothing that an operator's ceiling does not.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use tollgate::ecl::Decision;
use tollgate::ecl::limits::CELLS;
use tollgate::ecl::tools::boundary::{Boundary, Compare, Outside};
use tollgate::gate::CallPolicy;

use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::{clean, json_text};
use crate::exit::Exit;
use crate::hints::for_a_shell;
use crate::{output, run};

/// The most that `--cells` takes. So many took 25 s and 1.4 GiB at most: what is known of a cell with long texts stays until the end.
const CELLS_MAX: u64 = 1_000_000;

#[derive(Args)]
pub(crate) struct BoundaryArguments {
    /// Prove that `--policy` allows nothing that this policy does not, or show a request for which that is not so
    #[arg(long, value_name = "CEILING.ecl", conflicts_with_all = [
        "module", "diff", "allow_read", "allow_write", "allow_net", "allow_env", "allow_clock", "allow_random", "allow_all",
        "dir", "env", "no_stdin"])]
    pub(crate) boundary: Option<PathBuf>,
    /// With `--boundary`: how many cells of requests are looked at before it is not decided; a million at most, which may take a
    /// minute and 1.4 GiB
    #[arg(long, value_name = "N", requires = "boundary", default_value_t = CELLS, value_parser = clap::value_parser!(u64).range(1..=CELLS_MAX))]
    pub(crate) cells: u64,
}

/// Two policies, with their files.
struct Pair<'a> {
    policy: (&'a Path, CallPolicy),
    ceiling: (&'a Path, CallPolicy),
}

/// Compares the policy in the first file with the ceiling in the second one.
pub(crate) fn run(
    (policy, ceiling): (&Path, &Path),
    arguments: &BoundaryArguments,
    format: Format,
) -> CliResult<Exit> {
    let pair = Pair {
        policy: (policy, run::policy(policy)?),
        ceiling: (ceiling, run::policy(ceiling)?),
    };
    let found = pair.policy.1.within(&pair.ceiling.1, arguments.cells);
    let text = match format {
        Format::Human => human(&pair, &found),
        Format::Json => json_text(&value(&pair, &found)),
    };
    output::answer(text.as_bytes())?;
    Ok(match found.boundary {
        Boundary::Inside => Exit::Success,
        Boundary::Outside(_) => Exit::Guest(1),
        Boundary::Undecided(_) => Exit::Guest(2),
    })
}

#[expect(
    clippy::indexing_slicing,
    reason = "a member is set in JSON that is an object"
)]
fn value(pair: &Pair<'_>, found: &Compare) -> Value {
    let named = |policy: &CallPolicy| json!({ "name": policy.name(), "hash": policy.hash() });
    let mut value = json!({
        "boundary": "inside",
        "policy": named(&pair.policy.1),
        "ceiling": named(&pair.ceiling.1),
        "cells": found.cells,
    });
    match &found.boundary {
        Boundary::Inside => {}
        Boundary::Outside(outside) => {
            value["boundary"] = json!("outside");
            value["request"] = outside.input.clone();
            match &outside.ceiling {
                Ok(decision) => value["ceiling_decides"] = json!(decision),
                Err(error) => value["ceiling_fails"] = json!(error),
            }
        }
        Boundary::Undecided(why) => {
            value["boundary"] = json!("not_decided");
            value["why"] = json!(why.to_string());
        }
    }
    value
}

fn human(pair: &Pair<'_>, found: &Compare) -> String {
    let (policy, ceiling) = (pair.policy.1.name(), pair.ceiling.1.name());
    let mut lines = match &found.boundary {
        Boundary::Inside => vec![format!(
            "inside: every call that `{policy}` allows is one that `{ceiling}` allows"
        )],
        Boundary::Outside(outside) => shown(pair, outside),
        Boundary::Undecided(why) => vec![format!("not decided: {why}")],
    };
    lines.push(format!("  cells looked at: {}", found.cells));
    lines.iter().map(|line| clean(line) + "\n").collect()
}

fn shown(pair: &Pair<'_>, outside: &Outside) -> Vec<String> {
    let ceiling = pair.ceiling.1.name();
    let says = match &outside.ceiling {
        Ok(Decision::Escalate) => format!("`{ceiling}` asks about it"),
        Ok(Decision::Reject | Decision::Accept) => format!("`{ceiling}` denies it"),
        Err(error) => format!("`{ceiling}` fails ({error}), which denies it"),
    };
    let request = outside.input.to_string();
    let typed = |path: &Path| {
        let (path, input) = (path.display().to_string(), for_a_shell(&request));
        format!(
            "    tollgate ecl eval {} --input {input}",
            for_a_shell(&path)
        )
    };
    vec![
        format!(
            "outside: `{}` allows this request, and {says}",
            pair.policy.1.name()
        ),
        format!("  {request}"),
        String::from("  what each of them says:"),
        typed(pair.policy.0),
        typed(pair.ceiling.0),
    ]
}
