//! `tollgate why ID`: why a call was denied, or somebody was asked about it, as the journal of its run has it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value as Json, json};
use tollgate::Grant;
use tollgate::sandbox::{
    CallDecision, CallRecord, CallTarget, CallsChain, DecidedBy, DecisionId, GivenAnswer,
};

use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::escapes::clean;
use crate::exit::Exit;
use crate::hints;
use crate::journal::Records;
use crate::output;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate run program.wasm --policy files.ecl --journal calls.jsonl
  tollgate why 12-3fa9c1d2 --journal calls.jsonl

Exit codes: 0 it is told; 65 the journal was cut or changed, or is another run's; 66 there is no such
journal or decision.")]
pub(crate) struct WhyArguments {
    /// The decision, as the report of the run names it
    #[arg(value_name = "ID")]
    id: DecisionId,
    /// The journal of the run
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// A denial or a question, and what came before and after it.
struct Told {
    record: CallRecord,
    /// The question that was put before it, if it is what came of one.
    question: Option<CallRecord>,
    answers: Vec<GivenAnswer>,
    /// What came of it, if it is a question.
    then: Option<CallDecision>,
}

pub(crate) fn run(arguments: &WhyArguments) -> CliResult<Exit> {
    let told = find(arguments.id, &arguments.journal)?;
    let text = match arguments.format {
        Format::Human => told.human(arguments.id),
        Format::Json => format!("{:#}\n", told.json(arguments.id)),
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}

fn is_of(record: &CallRecord, other: &CallRecord) -> bool {
    (
        record.capability,
        &record.module,
        &record.name,
        &record.target,
    ) == (other.capability, &other.module, &other.name, &other.target)
}

/// Finds the decision. What the journal has behind it and behind what came of it is not looked at.
fn find(id: DecisionId, path: &Path) -> CliResult<Told> {
    let mut records = Records::open(path)?;
    let mut chain = CallsChain::default();
    let mut question: Option<(CallRecord, Vec<GivenAnswer>)> = None;
    let record = loop {
        let Some(record) = records.next().transpose()? else {
            return Err(missing(id, path, records.so_far()));
        };
        chain.cover(&record);
        if record.sequence == id.sequence() {
            break record;
        }
        match &record.decision {
            CallDecision::Proposed => question = Some((record, Vec::new())),
            CallDecision::Answered(given) => {
                if let Some((asked, answers)) = &mut question
                    && is_of(asked, &record)
                {
                    answers.push(given.clone());
                }
            }
            CallDecision::Allowed { .. }
            | CallDecision::Denied { .. }
            | CallDecision::Started
            | CallDecision::Returned { .. } => question = None,
        }
    };
    if DecisionId::of(id.sequence(), &chain) != id {
        return Err(other(id, path));
    }
    if !record.decision.is_asked_about() {
        let message =
            format!("`{id}` is neither a denial nor a question: nothing was refused there");
        return Err(CliError::message(Exit::NotFound, message));
    }
    let (question, answers) = question
        .filter(|(asked, _)| is_of(asked, &record))
        .map_or((None, Vec::new()), |(asked, answers)| {
            (Some(asked), answers)
        });
    let mut told = Told {
        record,
        question,
        answers,
        then: None,
    };
    if told.record.decision == CallDecision::Proposed {
        told.follow(&mut records);
    }
    Ok(told)
}

fn missing(id: DecisionId, path: &Path, count: u64) -> CliError {
    let message = format!(
        "there is no decision `{id}` in `{}`: it ends after {count} records. It was cut, or is the journal of another run",
        path.display()
    );
    CliError::message(Exit::NotFound, message)
}

fn other(id: DecisionId, path: &Path) -> CliError {
    let message = format!(
        "`{id}` is not in `{}`: record {} is there, and it or one before it is another than in the run that has this id. It is \
         the journal of another run, or was changed",
        path.display(),
        id.sequence()
    );
    CliError::message(Exit::Invalid, message)
}

impl Told {
    /// Reads what came of a question, as far as the journal has it.
    fn follow(&mut self, records: &mut Records<'_>) {
        for record in records {
            // What is wrong behind the question changes nothing about it.
            let Ok(record) = record else { return };
            if !is_of(&record, &self.record) {
                return;
            }
            match record.decision {
                CallDecision::Answered(given) => self.answers.push(given),
                decision @ (CallDecision::Allowed { .. } | CallDecision::Denied { .. }) => {
                    self.then = Some(decision);
                    return;
                }
                CallDecision::Proposed | CallDecision::Started | CallDecision::Returned { .. } => {
                    return;
                }
            }
        }
    }

    /// What the policy said: with the question, if there was one.
    fn explained(&self) -> &[String] {
        match &self.question {
            Some(question) if self.record.because.explained.is_empty() => {
                &question.because.explained
            }
            Some(_) | None => &self.record.because.explained,
        }
    }

    fn reason(&self) -> &str {
        match &self.record.decision {
            CallDecision::Denied { reason, .. } => reason,
            CallDecision::Allowed { .. }
            | CallDecision::Proposed
            | CallDecision::Answered(_)
            | CallDecision::Started
            | CallDecision::Returned { .. } => "",
        }
    }

    fn what(&self) -> &'static str {
        match &self.record.decision {
            CallDecision::Denied { by, .. } => match by {
                DecidedBy::Grant => "denied: it is not granted",
                DecidedBy::Gate => "denied by the policy",
                DecidedBy::Answer => "denied by who was asked",
                DecidedBy::Sink => "denied: its record could not be kept",
            },
            CallDecision::Allowed { .. }
            | CallDecision::Proposed
            | CallDecision::Answered(_)
            | CallDecision::Started
            | CallDecision::Returned { .. } => match &self.then {
                None => "asked about; what came of it is not in the journal",
                Some(CallDecision::Allowed { .. }) => "asked about, and allowed then",
                Some(_) => "asked about, and denied then",
            },
        }
    }

    /// What helps, as far as something does.
    fn advice(&self) -> Vec<String> {
        let CallDecision::Denied { by, .. } = &self.record.decision else {
            return Vec::new();
        };
        let line = |text: &str| vec![text.to_owned()];
        match by {
            DecidedBy::Grant => {
                // What was granted is not in the journal: what is typed is said as for a run with nothing.
                let lacks = self.record.because.lacks.iter();
                let needs = lacks.filter_map(|lack| hints::needs(lack, &Grant::none()));
                let needs: Vec<_> = needs
                    .map(|typed| format!("run it with `{typed}`"))
                    .collect();
                if needs.is_empty() {
                    line("no grant allows this")
                } else {
                    needs
                }
            }
            DecidedBy::Gate => line(
                "the same call will be denied again: let the program do something else, or change the policy (`tollgate ecl test` \
                 shows what it decides)",
            ),
            DecidedBy::Answer if self.answers.is_empty() => line(
                "nobody answered in time: run it again with somebody there to answer, or more time (`--answer-within`)",
            ),
            DecidedBy::Answer => line("run it again to ask again"),
            DecidedBy::Sink => line(
                "run it again with room for the journal: a larger `--journal-limit`, or a disk that is not full",
            ),
        }
    }

    fn human(&self, id: DecisionId) -> String {
        let record = &self.record;
        let mut lines = vec![
            format!("{id}: {}", self.what()),
            format!(
                "    call     {} of {} ({})",
                record.name, record.module, record.capability
            ),
            format!("    reaches  {}", reaches(&record.target)),
            format!("    gas      {}", record.gas),
        ];
        let reason = self.reason();
        if !reason.is_empty() {
            lines.push(format!("    reason   {reason}"));
        }
        for lack in &record.because.lacks {
            lines.push(format!(
                "    lacks    {} of {}",
                lack.capability, lack.detail
            ));
        }
        lines.extend(
            self.explained()
                .iter()
                .map(|line| format!("    because  {line}")),
        );
        for GivenAnswer { answer, by, card } in &self.answers {
            let card = card.as_ref().map(|card| format!(" on card {card}"));
            lines.push(format!(
                "    answer   {answer} by {by}{}",
                card.unwrap_or_default()
            ));
        }
        lines.extend(
            self.advice()
                .iter()
                .map(|line| format!("    do       {line}")),
        );
        lines.iter().map(|line| clean(line) + "\n").collect()
    }

    fn json(&self, id: DecisionId) -> Json {
        let record = &self.record;
        let answers = self.answers.iter().map(|given| {
            let GivenAnswer { answer, by, card } = given;
            json!({ "answer": answer, "by": by, "card": card })
        });
        let lacks = record.because.lacks.iter().map(|lack| {
            json!({
                "capability": lack.capability,
                "detail": lack.detail,
                "needs": hints::needs(lack, &Grant::none()),
            })
        });
        json!({
            "decision": id.to_string(),
            "sequence": record.sequence,
            "execution": record.execution.0,
            "what": self.what(),
            "capability": record.capability,
            "interface": record.module,
            "operation": record.name,
            "reaches": reaches(&record.target),
            "gas": record.gas,
            "reason": self.reason(),
            "lacks": lacks.collect::<Vec<_>>(),
            "because": self.explained(),
            "answers": answers.collect::<Vec<_>>(),
            "do": self.advice(),
        })
    }
}

/// What a call reaches, in words.
fn reaches(target: &CallTarget) -> String {
    match target {
        CallTarget::Path(path) | CallTarget::Host(path) => path.clone(),
        CallTarget::Address(address) => address.to_string(),
        CallTarget::Function(arguments) => format!("arguments with the digest {arguments}"),
        CallTarget::Exit(status) => format!("status {status}"),
        other => format!("{other:?}"),
    }
}
