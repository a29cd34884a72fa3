//! `tollgate ecl diff`: which recorded decisions another version of a policy would change.
//!
//! A recording is a file with one JSON object a line: `{"input": {…}, "facts": {…}}`, the facts as in a facts file, or a
//! list of recorded answers as in [`DecisionRecord`](tollgate_ecl::host::decisions::DecisionRecord).

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tollgate_ecl::host::input::Encoder;
use tollgate_ecl::host::outcome::DecidedBy;
use tollgate_ecl::host::providers::{Recorded, Replay};
use tollgate_ecl::tools::suite::{deciding_rule, outcome};
use tollgate_ecl::{CompiledProgram, Facts, MemoryFacts, Program, Verdict, Vm};

use super::answer::{FormatArguments, print, print_json};
use super::policy::select;
use super::source;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::escapes::clean;
use crate::exit::Exit;
use crate::sources::{Input, not_readable};

/// Bytes of one recorded decision at most.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

#[derive(Args)]
#[command(after_help = "Example:
  tollgate ecl diff old/charging.ecl new/charging.ecl --recorded decisions.jsonl    # exit code 1 when a decision changes")]
pub(super) struct DiffArguments {
    /// The version in use: a file or folder
    #[arg(value_name = "OLD")]
    old: String,
    /// The other version: a file or folder
    #[arg(value_name = "NEW")]
    new: String,
    /// Recorded decisions: one JSON object a line, with `input` and `facts`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    recorded: String,
    /// Name or id of the policy or guard in both versions; needed when there are several
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

/// A recorded decision. What else stands in it, such as its outcome, is not read.
#[derive(serde::Deserialize)]
struct Record<'a> {
    /// As text, which keeps every digit of its numbers.
    #[serde(borrow)]
    input: &'a RawValue,
    #[serde(borrow)]
    facts: Option<&'a RawValue>,
}

/// One version, ready to decide.
struct Version {
    vm: Vm,
}

/// What a version makes of a recorded decision.
#[derive(Clone, PartialEq, Eq)]
struct Answer {
    outcome: String,
    rule: Option<String>,
    /// Whether the input does not fit this version.
    unfit: bool,
}

/// A recorded decision that comes out differently.
struct Changed {
    line: usize,
    old: Answer,
    new: Answer,
}

pub(super) fn run(arguments: &DiffArguments) -> CliResult<Exit> {
    let mut old = Version::load(&arguments.old, arguments.policy.as_deref())?;
    let mut new = Version::load(&arguments.new, arguments.policy.as_deref())?;
    let mut changed = Vec::new();
    let mut count = 0;
    let mut lines = open(&arguments.recorded)?;
    let mut text = String::new();
    for number in 1.. {
        text.clear();
        let read = (&mut lines).take(LINE_BYTES_MAX).read_line(&mut text);
        let cannot = |e| not_readable(Path::new(&arguments.recorded), &e);
        if read.map_err(cannot)? == 0 {
            break;
        }
        if text.trim().is_empty() {
            continue;
        }
        let record: Record<'_> =
            serde_json::from_str(&text).map_err(|e| invalid(arguments, number, &e))?;
        count += 1;
        let (before, after) = (
            old.answer(&record)
                .map_err(|e| invalid(arguments, number, &e))?,
            new.answer(&record)
                .map_err(|e| invalid(arguments, number, &e))?,
        );
        if before.unfit && after.unfit {
            let error = format!("fits neither version: {}", before.outcome);
            return Err(invalid(arguments, number, &error));
        }
        if before != after {
            changed.push(Changed {
                line: number,
                old: before,
                new: after,
            });
        }
    }
    if count == 0 {
        let message = format!("`{}` has no recorded decision", arguments.recorded);
        return Err(CliError::message(Exit::Invalid, message));
    }
    let decisions = changed
        .iter()
        .filter(|c| c.old.outcome != c.new.outcome)
        .count();
    if arguments.format.json() {
        print_json(&to_json(count, decisions, &changed))?;
    } else {
        print(&in_words(count, decisions, &changed))?;
    }
    Ok(if decisions == 0 {
        Exit::Success
    } else {
        Exit::Guest(1)
    })
}

fn open(path: &str) -> CliResult<impl BufRead> {
    let path = Path::new(path);
    let input = Input::plain(path).open();
    Ok(BufReader::new(input.map_err(|e| not_readable(path, &e))?))
}

fn invalid(arguments: &DiffArguments, line: usize, error: &dyn std::fmt::Display) -> CliError {
    CliError::message(
        Exit::Invalid,
        format!("`{}` line {line}: {error}", arguments.recorded),
    )
}

impl Version {
    fn load(path: &str, policy: Option<&str>) -> CliResult<Self> {
        let sources = source::compiled(&[path.to_owned()])?;
        let program = select(&sources, policy)?.1.clone();
        let compiled = CompiledProgram::new(program).or_exit(Exit::Internal)?;
        Ok(Self {
            vm: Vm::new(Arc::new(compiled)),
        })
    }

    fn program(&self) -> &Program {
        self.vm.program().program()
    }

    /// What this version decides. An input that no longer fits is an answer too: that is a change people must see.
    fn answer(&mut self, record: &Record<'_>) -> Result<Answer, String> {
        let mut facts = facts(record)?;
        let input = match Encoder::new(self.program()).encode_str(record.input.get()) {
            Ok(input) => input,
            Err(error) => {
                return Ok(Answer {
                    outcome: format!("invalid input: {error}"),
                    rule: None,
                    unfit: true,
                });
            }
        };
        let limits = self.program().gas_limits;
        let verdict = self.vm.evaluate(&input, &mut *facts, &limits);
        Ok(Answer {
            outcome: outcome(&verdict),
            rule: self.by(&verdict),
            unfit: false,
        })
    }

    fn by(&self, verdict: &Verdict) -> Option<String> {
        match verdict.by {
            DecidedBy::Rule { .. } => deciding_rule(self.program(), verdict).map(str::to_owned),
            DecidedBy::Message(id) => self
                .program()
                .messages
                .get(id.0 as usize)
                .map(ToString::to_string),
            DecidedBy::Otherwise | DecidedBy::Output | DecidedBy::Error => None,
        }
    }
}

/// The facts of a record: answers to be replayed, or facts to be asked.
fn facts(record: &Record<'_>) -> Result<Box<dyn Facts>, String> {
    match record.facts.map(RawValue::get) {
        None => Ok(Box::new(MemoryFacts::new())),
        Some(list) if list.starts_with('[') => {
            let recorded: Vec<Recorded> = serde_json::from_str(list).map_err(|e| e.to_string())?;
            Ok(Box::new(Replay::new(&recorded)))
        }
        Some(facts) => Ok(Box::new(
            MemoryFacts::from_json_str(facts).map_err(|e| e.to_string())?,
        )),
    }
}

impl Answer {
    fn in_words(&self) -> String {
        let rule = self
            .rule
            .as_ref()
            .map_or(String::new(), |r| format!(" by {r}"));
        clean(&format!("{}{rule}", self.outcome))
    }
}

fn in_words(count: usize, decisions: usize, changed: &[Changed]) -> String {
    let mut out = String::new();
    for c in changed {
        out.push_str(&format!(
            "line {}: {} -> {}\n",
            c.line,
            c.old.in_words(),
            c.new.in_words()
        ));
    }
    let others = changed.len() - decisions;
    out.push_str(&format!(
        "{decisions} of {count} decisions change; {others} more are decided by another rule\n"
    ));
    out
}

fn to_json(count: usize, decisions: usize, changed: &[Changed]) -> Value {
    let answer = |a: &Answer| json!({ "outcome": a.outcome, "by": a.rule });
    let changes: Vec<Value> = changed
        .iter()
        .map(|c| json!({ "line": c.line, "old": answer(&c.old), "new": answer(&c.new) }))
        .collect();
    json!({ "recorded": count, "decisions_changed": decisions, "changes": changes })
}
