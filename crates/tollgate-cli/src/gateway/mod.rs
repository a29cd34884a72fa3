//! `tollgate gateway …`: gates between realms on the command line. One file per subcommand.

mod decide;
mod facts;
mod issue;
mod policies;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use tollgate::gateway::GatewayError;
use tollgate::policy::{StateCallError, WebDocuments};
use tollgate::state::StateError;
use tollgate::state::did::{DocumentSource, Offline};

use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// `tollgate gateway`
#[derive(Args)]
pub(crate) struct GatewayArguments {
    #[command(subcommand)]
    command: GatewayCommand,
}

#[derive(Subcommand)]
enum GatewayCommand {
    /// Decide whether somebody may cross into a realm. Exit code: 0 accept, 1 reject, 2 escalate, 3 evaluation error.
    Decide(Box<decide::DecideArguments>),
    /// Look after the facts of the state.
    Facts(facts::FactsArguments),
    /// The old name of `facts load`.
    #[command(hide = true)]
    Learn(facts::LoadArguments),
    /// Show the did of a key that signs credentials, or make such a key.
    Issuer(issue::IssuerArguments),
    /// Sign a credential, and print it in JWT form.
    Issue(issue::IssueArguments),
    /// List the standard policies of realms.
    Policies(policies::PoliciesArguments),
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &GatewayArguments) -> CliResult<Exit> {
    match &arguments.command {
        GatewayCommand::Decide(arguments) => decide::run(arguments),
        GatewayCommand::Facts(arguments) => facts::run(arguments),
        GatewayCommand::Learn(arguments) => facts::run_old(arguments),
        GatewayCommand::Issuer(arguments) => issue::issuer(arguments),
        GatewayCommand::Issue(arguments) => issue::issue(arguments),
        GatewayCommand::Policies(arguments) => policies::run(arguments),
    }
}

/// The state, the time, and where documents of dids come from.
#[derive(Args)]
struct StateArguments {
    /// The state: an SQLite file
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// The time as `2025-01-28T10:15:00Z` [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    now: Option<i64>,
    /// Fetch the documents of `did:web` issuers over https
    #[arg(long)]
    fetch_dids: bool,
}

impl StateArguments {
    fn now(&self) -> CliResult<i64> {
        self.now.map_or_else(|| clock("--now"), Ok)
    }

    fn documents(&self) -> Box<dyn DocumentSource> {
        if self.fetch_dids {
            Box::new(WebDocuments::default())
        } else {
            Box::new(Offline)
        }
    }
}

/// How an answer is written.
#[derive(Args)]
struct FormatArguments {
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human", value_name = "FORMAT")]
    format: Format,
}

/// Nanoseconds since 1970 by the clock of this machine, and the flag that says another time.
fn clock(flag: &str) -> CliResult<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let nanoseconds = since.and_then(|since| i64::try_from(since.as_nanos()).ok());
    nanoseconds.ok_or_else(|| {
        let message = format!("the clock of this machine is wrong; give {flag}");
        CliError::message(Exit::Config, message)
    })
}

/// Nanoseconds since 1970.
pub(crate) fn instant(text: &str) -> Result<i64, String> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let nanoseconds = parsed.ok().map(jiff::Timestamp::as_nanosecond);
    nanoseconds
        .and_then(|nanoseconds| i64::try_from(nanoseconds).ok())
        .ok_or_else(|| format!("`{text}` is not a time; write it as 2025-01-28T10:15:00Z"))
}

fn failed(error: GatewayError) -> CliError {
    let exit = match &error {
        GatewayError::State(error) | GatewayError::Call(StateCallError::State(error)) => {
            of_state(error)
        }
        GatewayError::Call(StateCallError::Mana(_)) => Exit::Config,
        GatewayError::Call(StateCallError::IdReused { .. })
        | GatewayError::UnknownRealm { .. }
        | GatewayError::UnknownPolicy { .. }
        | GatewayError::DuplicateRealm { .. }
        | GatewayError::EndlessQuota { .. } => Exit::Usage,
        GatewayError::Compile { .. }
        | GatewayError::NotOnePolicy { .. }
        | GatewayError::Crossing(_) => Exit::Invalid,
        _ => Exit::Internal,
    };
    CliError::new(exit, error)
}

/// A state that is not there, holds something else, or is in use.
pub(crate) fn of_state(error: &StateError) -> Exit {
    match error {
        StateError::Missing { .. } => Exit::NotFound,
        StateError::Invalid { .. } | StateError::Credential(_) => Exit::Invalid,
        _ => Exit::Config,
    }
}
