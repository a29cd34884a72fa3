//! `tollgate gateway learn`: facts from a JSON file to the state.

use std::path::PathBuf;

use clap::Args;
use tollgate::state::{Import, Store};

use super::{StateArguments, of_state, read_text};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Bytes of a file of facts.
const FACTS_BYTES_MAX: u64 = 16 * 1024 * 1024;

#[derive(Args)]
#[command(
    after_help = "The file is one JSON object; every section may be left out:
  { \"trust\":       { \"did:example:ada\": [0.9, 0.9, 0.8, 0.7, 0.9, 0.6] },
    \"members\":     { \"did:example:ada\": \"home\" },
    \"dampening\":   [ { \"from\": \"home\", \"to\": \"finance\", \"factor\": 0.9 } ],
    \"issuers\":     { \"did:key:z6Mk…\": [\"did:erynoa:credential:identity:**\"] },
    \"credentials\": [ \"eyJhbGciOi…\" ],
    \"revocations\": [ { \"issuer\": \"did:key:z6Mk…\", \"id\": \"urn:uuid:…\" } ],
    \"stores\":      { \"realm:invitations\": { \"did:example:ada\": \"invited\" } },
    \"mana\":        { \"did:example:ada\": { \"capacity\": 10000000, \"per_second\": 1000 } } }

Example:
  tollgate gateway learn facts.json --state realms.db"
)]
pub(super) struct LearnArguments {
    /// File of facts as JSON, or `-` for standard input
    #[arg(value_name = "FILE")]
    facts: PathBuf,
    #[command(flatten)]
    state: StateArguments,
}

pub(super) fn run(arguments: &LearnArguments) -> CliResult<Exit> {
    let text = read_text(&arguments.facts, FACTS_BYTES_MAX)?;
    let facts: Import = serde_json::from_str(&text).map_err(|error| {
        let message = format!("`{}`: {error}", arguments.facts.display());
        CliError::message(Exit::Invalid, message)
    })?;
    let now = arguments.state.now()?;
    let write = || {
        let mut store = Store::create(&arguments.state.state)?;
        store.import(&facts, arguments.state.documents().as_ref(), now)
    };
    write().map_err(|error| CliError::new(of_state(&error), error))?;
    Ok(Exit::Success)
}
