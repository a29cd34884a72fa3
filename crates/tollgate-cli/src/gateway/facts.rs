//! `tollgate gateway facts load`: facts from a JSON file to the state.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tollgate::state::{Import, Store};

use super::{StateArguments, of_state};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output;
use crate::sources::{Input, read_text};

/// Bytes of a file of facts.
const FACTS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// `tollgate gateway facts`
#[derive(Args)]
pub(super) struct FactsArguments {
    #[command(subcommand)]
    command: FactsCommand,
}

#[derive(Subcommand)]
enum FactsCommand {
    /// Write trust, credentials, issuers, invitations and mana from a JSON file to the state.
    Load(LoadArguments),
}

pub(super) fn run(arguments: &FactsArguments) -> CliResult<Exit> {
    match &arguments.command {
        FactsCommand::Load(arguments) => load(arguments),
    }
}

/// The same by the name it had before.
pub(super) fn run_old(arguments: &LoadArguments) -> CliResult<Exit> {
    output::say("tollgate: `tollgate gateway learn` is called `tollgate gateway facts load` now");
    load(arguments)
}

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
  tollgate gateway facts load facts.json --state realms.db"
)]
pub(super) struct LoadArguments {
    /// File of facts as JSON, or `-` for standard input
    #[arg(value_name = "FILE")]
    facts: PathBuf,
    #[command(flatten)]
    state: StateArguments,
}

fn load(arguments: &LoadArguments) -> CliResult<Exit> {
    let text = read_text(Input::plain(&arguments.facts), FACTS_BYTES_MAX, "")?;
    let invalid = |error: &dyn std::fmt::Display| {
        let message = format!("`{}`: {error}", arguments.facts.display());
        CliError::message(Exit::Invalid, message)
    };
    // A list of the sections' values would be taken for the sections.
    if text.trim_start().starts_with('[') {
        return Err(invalid(&"a list, where an object of sections is wanted"));
    }
    let facts: Import = serde_json::from_str(&text).map_err(|error| invalid(&error))?;
    let now = arguments.state.now()?;
    let write = || {
        let mut store = Store::create(&arguments.state.state)?;
        store.import(&facts, arguments.state.documents().as_ref(), now)
    };
    write().map_err(|error| CliError::new(of_state(&error), error))?;
    output::answer(loaded(&facts).as_bytes())?;
    Ok(Exit::Success)
}

/// `loaded trust 1, issuers 2`: the sections that had something in them.
fn loaded(facts: &Import) -> String {
    let values = facts.stores.values().map(|entries| entries.0.len());
    let sections = [
        ("trust", facts.trust.len()),
        ("members", facts.members.len()),
        ("dampening", facts.dampening.len()),
        ("issuers", facts.issuers.len()),
        ("credentials", facts.credentials.len()),
        ("revocations", facts.revocations.len()),
        ("stores", values.sum()),
        ("mana", facts.mana.len()),
    ];
    let some = sections.iter().filter(|(_, count)| *count > 0);
    let some: Vec<_> = some
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    match some.as_slice() {
        [] => "nothing to load\n".to_owned(),
        some => format!("loaded {}\n", some.join(", ")),
    }
}
