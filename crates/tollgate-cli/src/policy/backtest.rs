//! `tollgate policy backtest`: recorded calls are decided again, by an old and by a new policy.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tollgate::gate::backtest::{Backtest, Before, Found, Which};
use tollgate::sandbox::PolicySaid;

use crate::arguments::Format;
use crate::error::{CliResult, OrExit as _};
use crate::escapes::{clean, json_text};
use crate::exit::Exit;
use crate::gateway::instant;
use crate::journal::Records;
use crate::output;
use crate::quantity::show_count;
use crate::run;

#[derive(Args)]
#[command(after_help = "Example:
  tollgate run program.wasm --allow-read=docs --policy old.ecl --journal calls.jsonl
  tollgate policy backtest old.ecl new.ecl --journal calls.jsonl

Exit codes: 0 every decision stays; 1 some change, those from deny to allow first; 2 none changes of those that are known, and of some that is
not known; 65 a policy or a journal that cannot be read.")]
pub(crate) struct BacktestArguments {
    /// The policy as it is
    #[arg(value_name = "OLD.ecl")]
    old: PathBuf,
    /// The policy as it would be
    #[arg(value_name = "NEW.ecl")]
    new: PathBuf,
    /// A journal of `tollgate run --journal`; may be given more than once
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    journal: Vec<PathBuf>,
    /// Look at decisions from then on, as `2026-01-28T10:15:00Z`
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<i64>,
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

pub(crate) fn run(arguments: &BacktestArguments) -> CliResult<Exit> {
    let old = run::policy(&arguments.old)?;
    let new = run::policy(&arguments.new)?;
    let format = match arguments.json {
        true => Format::Json,
        false => arguments.format,
    };
    let over = Over {
        journals: &arguments.journal,
        since: arguments.since,
        format,
    };
    over.tell(Backtest::new(Before::Policy(old), new))
}

/// The records that are decided again, and how that is told.
pub(crate) struct Over<'a> {
    pub(crate) journals: &'a [PathBuf],
    /// Nanoseconds since 1970.
    pub(crate) since: Option<i64>,
    pub(crate) format: Format,
}

impl Over<'_> {
    /// Decides them again and says what came of it.
    #[expect(
        clippy::indexing_slicing,
        reason = "a member is set in JSON that is an object"
    )]
    pub(crate) fn tell(&self, mut backtest: Backtest) -> CliResult<Exit> {
        let mut undated = 0;
        for journal in self.journals {
            undated += self.read(journal, &mut backtest)?;
        }
        let found = backtest.found();
        let text = match self.format {
            Format::Human => human(&found, undated),
            Format::Json => {
                let mut value = serde_json::to_value(&found).or_exit(Exit::Internal)?;
                value["undated"] = json!(undated);
                json_text(&value)
            }
        };
        output::answer(text.as_bytes())?;
        Ok(
            match (found.changes.is_empty(), found.undecided + undated) {
                (false, _) => Exit::Guest(1),
                (true, 0) => Exit::Success,
                (true, _) => Exit::Guest(2),
            },
        )
    }

    /// Reads a journal; returns how many of its records have no time where one is asked for.
    fn read(&self, journal: &Path, backtest: &mut Backtest) -> CliResult<u64> {
        let mut undated = 0;
        for record in Records::open(journal)? {
            let record = record?;
            let Some(since) = self.since else {
                backtest.take(&record);
                continue;
            };
            match &record.aside.facts {
                Some(facts) => {
                    let at = i128::from(facts.unix_ms) * 1_000_000;
                    if at >= i128::from(since) {
                        backtest.take(&record);
                    }
                }
                None => undated += u64::from(Backtest::is_decision(&record)),
            }
        }
        Ok(undated)
    }
}

const fn word(said: PolicySaid) -> &'static str {
    match said {
        PolicySaid::Allow => "allow",
        PolicySaid::Deny => "deny",
        PolicySaid::Ask => "ask",
    }
}

/// Calls of one kind that are shown; the rest is counted.
const SHOWN: usize = 20;

fn human(found: &Found, undated: u64) -> String {
    let changed: u64 = found.changes.iter().map(|change| change.count).sum();
    let mut lines = vec![format!(
        "{} decisions: {} stay, {} change, {} are not known",
        show_count(found.decisions),
        show_count(found.same),
        show_count(changed),
        show_count(found.undecided)
    )];
    for change in &found.changes {
        let (before, after) = (word(change.before), word(change.after));
        lines.push(format!(
            "  {before} -> {after}: {}",
            show_count(change.count)
        ));
        let flips = found.flips.iter();
        let of_it = flips.filter(|flip| (flip.before, flip.after) == (change.before, change.after));
        lines.extend(
            of_it
                .take(SHOWN)
                .map(|flip| format!("    {}", which(&flip.call))),
        );
        lines.extend(more(change.count));
    }
    if found.undecided > 0 {
        lines.push(String::from(
            "  not known, since the record lacks what decides it:",
        ));
        let missing = found.missing.iter().take(SHOWN);
        lines.extend(
            missing.map(|one| format!("    {}: {}", which(&one.call), one.fields.join(", "))),
        );
        lines.extend(more(found.undecided));
    }
    if undated > 0 {
        lines.push(format!(
            "  {} records have no time, and are left out with `--since`",
            show_count(undated)
        ));
    }
    lines.iter().map(|line| clean(line) + "\n").collect()
}

fn more(count: u64) -> Option<String> {
    let more = count.saturating_sub(SHOWN as u64);
    (more > 0).then(|| format!("    and {} more", show_count(more)))
}

fn which(call: &Which) -> String {
    let Which {
        execution,
        sequence,
        interface,
        operation,
        target,
        unix_ms: _,
    } = call;
    format!("{operation} of {interface}: `{target}` (record {sequence} of execution {execution})")
}
