//! What the subcommands of `tollgate approvals` have in common: where the cards are, how they are written, what goes wrong.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use tollgate::state::approval::{ApprovalError, CardId};
use tollgate::state::{StateError, Store};
use tollgate_api::Client;

use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::gateway::of_state;
use crate::remote::ServerArguments;

/// The state of runs of this machine.
#[derive(Args)]
pub(super) struct StateArguments {
    /// The state that the run was given with `--approvals`
    #[arg(long, value_name = "STATE")]
    state: PathBuf,
}

impl StateArguments {
    pub(super) fn open(&self) -> CliResult<Store> {
        Store::open(&self.state).map_err(unusable)
    }
}

/// Where the cards are.
#[derive(Args)]
pub(super) struct PlaceArguments {
    /// The state that the run was given with `--approvals`; without it a server is asked about its runs
    #[arg(long, value_name = "STATE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArguments,
}

/// Where cards are.
pub(super) enum Place {
    State(Store),
    Server(Client),
}

impl PlaceArguments {
    pub(super) fn open(&self) -> CliResult<Place> {
        match &self.state {
            Some(state) => Store::open(state).map(Place::State).map_err(unusable),
            None => self.server.client().map(Place::Server),
        }
    }
}

/// How cards are written.
#[derive(Args)]
pub(super) struct FormatArguments {
    /// For people or for programs
    #[arg(long, value_enum, default_value = "human", value_name = "FORMAT")]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl FormatArguments {
    pub(super) fn format(&self) -> Format {
        match self.json {
            true => Format::Json,
            false => self.format,
        }
    }
}

/// Nanoseconds since 1970.
pub(super) fn now() -> CliResult<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .ok_or_else(|| CliError::message(Exit::Config, "the clock of this machine is wrong"))
}

/// Reads the name of a card.
pub(super) fn card(text: &str) -> Result<CardId, StateError> {
    text.parse()
}

pub(super) fn unusable(error: StateError) -> CliError {
    CliError::new(of_state(&error), error)
}

/// Why an answer does not count.
pub(super) fn refused(error: ApprovalError) -> CliError {
    let exit = match &error {
        ApprovalError::State(error) => of_state(error),
        ApprovalError::Absent { .. } => Exit::NotFound,
        ApprovalError::Requester { .. } => Exit::Denied,
        _ => Exit::Invalid,
    };
    CliError::new(exit, error)
}
