//! `tollgate ecl explain`: what a code means, or why a decision came out as it did.

use clap::Args;

use super::answer::{FormatArguments, print, print_json};
use super::eval::{add_beside, decide, in_words};
use super::policy::RequestArguments;
use super::source;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::escapes::clean;
use crate::exit::Exit;
use crate::explain::{Language, explain, is_code};

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate ecl explain E0310
  tollgate ecl explain charging.ecl --input @request.json --facts facts.json")]
pub(super) struct ExplainArguments {
    /// A code such as E0310, or the files of a bundle whose decision is to be explained
    #[arg(required = true, value_name = "CODE|PATH")]
    subjects: Vec<String>,
    /// Name or id of the policy or guard; needed when there are several
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    #[command(flatten)]
    request: RequestArguments,
    /// Show no value of a field of this name, nor what is computed from it; may be given several times
    #[arg(long, value_name = "FIELD")]
    redact: Vec<String>,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &ExplainArguments) -> CliResult<Exit> {
    match arguments.subjects.as_slice() {
        // A file of that name is meant, if there is one.
        [code] if is_code(code) && !std::path::Path::new(code).exists() => {
            explain(Language::Policy, code, arguments.format.format)
        }
        [number] if is_bare_code(number) && !std::path::Path::new(number).exists() => {
            let message = format!(
                "there is no file `{number}`; a code has its letter and four digits: `tollgate ecl explain E{number:0>4}`"
            );
            Err(CliError::message(Exit::Usage, message))
        }
        _ => explain_decision(arguments),
    }
}

/// `310`, of which the letter is missing.
fn is_bare_code(text: &str) -> bool {
    text.len() <= 4 && text.parse::<u16>().is_ok()
}

fn explain_decision(arguments: &ExplainArguments) -> CliResult<Exit> {
    let sources = source::compiled(&arguments.subjects)?;
    let policy = arguments.policy.as_deref();
    let decided = decide(&sources, policy, &arguments.request, &arguments.redact)?;
    if arguments.format.json() {
        let mut answer = serde_json::to_value(&decided.reasons).or_exit(Exit::Internal)?;
        add_beside(&decided, &mut answer);
        print_json(&answer)?;
        return Ok(Exit::Success);
    }
    let mut lines = decided.reasons.lines_by_rule();
    for advice in &decided.advice {
        lines.push(advice.headline());
        lines.extend(advice.lines.iter().map(|line| format!("  {line}")));
    }
    let mut out = in_words(&decided, &lines);
    if !decided.reasons.changes.is_empty() {
        out.push_str("for an accept these would have to change:\n");
        for change in &decided.reasons.changes {
            out.push_str(&format!(
                "  {}: {}\n",
                clean(&change.rule),
                clean(&change.text)
            ));
        }
    }
    print(&out)?;
    Ok(Exit::Success)
}
