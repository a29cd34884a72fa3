//! `tollgate verify`: whether receipts are what trusted keys signed, and whether any is missing.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value as Json, json};
use tollgate::limits::TRUST_BYTES_MAX;
use tollgate::receipt::{
    ChainError, Chains, Lines, Link, Receipt, ReceiptError, Record, Status, TrustedKeys,
    VerifyError,
};

use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::escapes::{clean, in_json};
use crate::exit::Exit;
use crate::output;
use crate::quantity::show_count;
use crate::sources::{self, Input};

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate verify receipt.json --trust trusted.keys
  cat receipts/*.json | tollgate verify - --trust trusted.keys --format json

Exit codes: 0 every receipt is what a trusted key signed, and follows the one before it; 65 one is not,
or the chain breaks; 67 a signer is unknown; 77 a key is revoked.")]
pub(crate) struct VerifyArguments {
    /// Files of receipts, a line for each, or `-` for standard input
    #[arg(value_name = "RECEIPT", required = true)]
    receipts: Vec<PathBuf>,
    /// File of the keys that count, as `tollgate key list` writes it; may be given more than once
    #[arg(long, value_name = "KEYS", required = true)]
    trust: Vec<PathBuf>,
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// What came out about one receipt.
struct Finding {
    /// Its file and line.
    at: String,
    result: Result<Verified, Problem>,
}

struct Verified {
    receipt: Receipt,
    name: String,
    link: Link,
}

/// Bytes that are written at once.
const TOLD_BYTES: usize = 64 * 1024;

/// Characters of what is said about a receipt; what nobody signed may be quoted in it.
const MESSAGE_CHARS: usize = 400;

/// The worse, the later.
enum Problem {
    Unknown(VerifyError),
    Revoked(VerifyError),
    Invalid(VerifyError),
    Chain(Box<Receipt>, ChainError),
    /// There is no receipt in the file.
    Nothing,
}

pub(crate) fn run(arguments: &VerifyArguments) -> CliResult<Exit> {
    let trusted = trusted(&arguments.trust)?;
    let mut told = Told::new(arguments.format);
    let looked = look_at_all(&arguments.receipts, &trusted, &mut told);
    // What was found is told also if another file cannot be read.
    told.end()?;
    looked?;
    Ok(told.worst.map_or(Exit::Success, |(_, exit)| exit))
}

fn look_at_all(files: &[PathBuf], trusted: &TrustedKeys, told: &mut Told) -> CliResult<()> {
    let mut chains = Chains::default();
    for path in files {
        told.tell_more()?;
        let mut has_any = false;
        for (number, line) in (1..).zip(Lines::new(open(path)?)) {
            let line = line.map_err(|error| unread(path, &error))?;
            has_any = true;
            told.tell(&Finding {
                at: format!("{}:{number}", path.display()),
                result: look(&line, trusted, &mut chains),
            })?;
        }
        if !has_any {
            told.tell(&Finding {
                at: path.display().to_string(),
                result: Err(Problem::Nothing),
            })?;
        }
    }
    Ok(())
}

/// Tells each finding when it is there and keeps none: anybody may have written the files.
struct Told {
    format: Format,
    /// What is not written yet.
    text: String,
    any: bool,
    /// Lines that are no receipts and stand together, after the first of them, which was told; only people are told of them in one.
    more: Option<u64>,
    worst: Option<(u8, Exit)>,
}

impl Told {
    fn new(format: Format) -> Self {
        Self {
            format,
            text: String::new(),
            any: false,
            more: None,
            worst: None,
        }
    }

    fn tell(&mut self, finding: &Finding) -> CliResult<()> {
        let is_another = match &finding.result {
            Err(Problem::Invalid(VerifyError::Invalid(ReceiptError::Envelope(_)))) => true,
            Ok(_) | Err(_) => false,
        };
        match (self.format, is_another, self.more) {
            (Format::Human, true, Some(more)) => {
                // As bad as the first of them, which counts already.
                self.more = Some(more.saturating_add(1));
                return Ok(());
            }
            (Format::Human, true, None) => self.more = Some(0),
            (Format::Human, false, _) => self.tell_more()?,
            (Format::Json, ..) => {}
        }
        let written = match self.format {
            Format::Human => writeln!(self.text, "{}", human(finding)),
            Format::Json => {
                let before = if self.any { ",\n" } else { "[\n" };
                write!(
                    self.text,
                    "{before}{}",
                    in_json(&format!("{:#}", json_of(finding)))
                )
            }
        };
        written.map_err(|error| CliError::new(Exit::Internal, error))?;
        self.any = true;
        if let Err(problem) = &finding.result {
            let this = (problem.rank(), problem.exit());
            if self.worst.is_none_or(|worst| worst.0 < this.0) {
                self.worst = Some(this);
            }
        }
        if self.text.len() >= TOLD_BYTES {
            self.write()?;
        }
        Ok(())
    }

    /// Tells how many lines followed that are no receipts either.
    fn tell_more(&mut self) -> CliResult<()> {
        let more = self.more.take().unwrap_or(0);
        if more == 0 {
            return Ok(());
        }
        let lines = match more {
            1 => "the line after it is none either",
            _ => "lines after it are none either",
        };
        let count = match more {
            1 => String::new(),
            _ => format!("{} ", show_count(more)),
        };
        let written = writeln!(self.text, "  {count}{lines}");
        written.map_err(|error| CliError::new(Exit::Internal, error))
    }

    fn end(&mut self) -> CliResult<()> {
        self.tell_more()?;
        if self.format == Format::Json {
            self.text.push_str(if self.any { "\n]\n" } else { "[]\n" });
        }
        self.write()
    }

    fn write(&mut self) -> CliResult<()> {
        output::answer(std::mem::take(&mut self.text).as_bytes())
    }
}

/// The keys of files.
pub(crate) fn trusted(files: &[PathBuf]) -> CliResult<TrustedKeys> {
    let mut trusted = TrustedKeys::default();
    for path in files {
        let text = sources::read_text(Input::plain(path), TRUST_BYTES_MAX, "")?;
        let about = format!("`{}`", path.display());
        trusted
            .read(&text)
            .map_err(|error| CliError::about(Exit::Config, about, error))?;
    }
    Ok(trusted)
}

/// How a command ends that wants the receipt of a trusted key.
pub(crate) fn exit(error: &VerifyError) -> Exit {
    match error {
        VerifyError::UnknownSigner { .. } => Exit::UnknownSigner,
        VerifyError::Revoked { .. } => Exit::Denied,
        // What is not known here proves nothing.
        _ => Exit::Invalid,
    }
}

/// Opens a file of receipts.
pub(crate) fn open(path: &Path) -> CliResult<impl BufRead> {
    let input = Input::plain(path).open();
    let input = input.map_err(|error| unread(path, &error))?;
    Ok(BufReader::new(input))
}

pub(crate) fn unread(path: &Path, error: &io::Error) -> CliError {
    let message = format!("cannot read the receipt `{}`: {error}", path.display());
    CliError::message(Exit::NotFound, message)
}

fn look(line: &[u8], trusted: &TrustedKeys, chains: &mut Chains) -> Result<Verified, Problem> {
    let receipt = Receipt::verify(line, trusted).map_err(|error| match error {
        VerifyError::UnknownSigner { .. } => Problem::Unknown(error),
        VerifyError::Revoked { .. } => Problem::Revoked(error),
        error => Problem::Invalid(error),
    })?;
    match chains.add(&receipt) {
        Ok(link) => Ok(Verified {
            name: name(&receipt, trusted),
            receipt,
            link,
        }),
        Err(error) => Err(Problem::Chain(Box::new(receipt), error)),
    }
}

fn name(receipt: &Receipt, trusted: &TrustedKeys) -> String {
    let known = trusted.get(&receipt.signer());
    known.map_or_else(
        || receipt.signer().to_string(),
        |known| known.name.to_string(),
    )
}

impl Problem {
    fn rank(&self) -> u8 {
        match self {
            Self::Unknown(_) => 0,
            Self::Revoked(_) => 1,
            Self::Chain(..) => 2,
            Self::Invalid(_) | Self::Nothing => 3,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Unknown(_) => Exit::UnknownSigner,
            Self::Revoked(_) => Exit::Denied,
            Self::Chain(..) | Self::Invalid(_) | Self::Nothing => Exit::Invalid,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_signer",
            Self::Revoked(_) => "revoked",
            Self::Chain(..) => "broken_chain",
            Self::Invalid(_) | Self::Nothing => "invalid",
        }
    }

    fn message(&self) -> String {
        let text = match self {
            // Where the text of one line is no JSON at all says nothing more.
            Self::Invalid(VerifyError::Invalid(error @ ReceiptError::Envelope(cause)))
                if !cause.is_data() =>
            {
                error.to_string()
            }
            Self::Unknown(error) | Self::Revoked(error) | Self::Invalid(error) => chain_of(error),
            Self::Chain(_, error) => error.to_string(),
            Self::Nothing => String::from("there is no receipt in it"),
        };
        match text.char_indices().nth(MESSAGE_CHARS) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}

/// An error and what caused it.
fn chain_of(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

fn human(finding: &Finding) -> String {
    let at = &finding.at;
    let text = match &finding.result {
        Ok(Verified {
            receipt,
            name,
            link,
        }) => {
            let number = receipt.place().sequence.0;
            let link = match link {
                Link::First => "the first",
                Link::Begins => "those before it are not here",
                Link::Follows => "follows the one before",
            };
            let told = told(receipt.record());
            format!("verified: receipt {number} of {name} ({link}): {told}")
        }
        Err(problem) => {
            let word = problem.word().replace('_', " ");
            format!("{word}: {}", problem.message())
        }
    };
    clean(&format!("{at}: {text}"))
}

/// What an execution was, in a line.
fn told(record: &Record) -> String {
    let outcome = &record.outcome;
    let ended = match (outcome.status, &outcome.failure, outcome.exit_code) {
        (Status::Failed, Some(failure), _) => failure.limit.map_or_else(
            || failure.kind.clone(),
            |limit| format!("{} of {}", failure.kind, limit.name()),
        ),
        (Status::Failed, None, _) => String::from("failed"),
        (Status::Returned, _, Some(code)) => format!("exit code {code}"),
        (Status::Returned, _, None) => String::from("returned"),
    };
    let cost = tollgate::Cost::from_micro_usd(record.cost.micro_usd.0);
    let gas = show_count(record.usage.gas.0);
    let when = jiff::Timestamp::from_nanosecond(record.started_ns.0).map_or_else(
        |_| format!("{} ns", record.started_ns.0),
        |at| at.to_string(),
    );
    format!("{} at {when}: {ended}, {gas} gas, {cost}", record.module)
}

fn json_of(finding: &Finding) -> Json {
    let Finding { at, result } = finding;
    match result {
        Ok(Verified {
            receipt,
            name,
            link,
        }) => json!({
            "at": at,
            "result": "verified",
            "name": name,
            "link": match link {
                Link::First => "first",
                Link::Begins => "begins",
                Link::Follows => "follows",
            },
            "receipt": receipt_json(receipt),
        }),
        Err(problem) => {
            let signer = match problem {
                Problem::Unknown(VerifyError::UnknownSigner { signer })
                | Problem::Revoked(VerifyError::Revoked { signer, .. }) => Some(*signer),
                Problem::Chain(receipt, _) => Some(receipt.signer()),
                Problem::Unknown(_)
                | Problem::Revoked(_)
                | Problem::Invalid(_)
                | Problem::Nothing => None,
            };
            // What is not verified is not told.
            json!({
                "at": at,
                "result": problem.word(),
                "signer": signer,
                "error": problem.message(),
            })
        }
    }
}

fn receipt_json(receipt: &Receipt) -> Json {
    json!({
        "signer": receipt.signer(),
        "place": receipt.place(),
        "digest": receipt.digest(),
        "record": receipt.record(),
    })
}
