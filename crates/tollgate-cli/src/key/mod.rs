//! `tollgate key`: the keys that sign receipts.

mod store;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use tollgate::receipt::{KeyName, KnownKey, Standing};

pub(crate) use self::store::{KeyFiles, KeyStore, folder, not_private, read_private, read_secret};
use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::json_text;
use crate::exit::Exit;
use crate::output;

/// The name of a key that was given none.
pub(crate) const DEFAULT: &str = "default";

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate key new ci
  tollgate key list > trusted.keys
  tollgate key revoke ci")]
pub(crate) struct KeyArguments {
    #[command(subcommand)]
    action: KeyAction,
    #[command(flatten)]
    folder: KeysFolder,
    /// For people, which is also what `--trust` reads, or for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

/// Where keys are kept.
#[derive(Args)]
pub(crate) struct KeysFolder {
    /// Folder of the keys [default: tollgate/keys in the user's data folder]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "TOLLGATE_KEYS_DIR",
        hide_env_values = true
    )]
    pub(crate) keys: Option<PathBuf>,
}

#[derive(Subcommand)]
enum KeyAction {
    /// Make a key and print its public half.
    New {
        /// What it is called
        #[arg(default_value = DEFAULT)]
        name: KeyName,
    },
    /// List the public halves of all keys.
    List,
    /// Make a key one that is not good any more, and forget its secret half.
    Revoke {
        /// What it is called
        name: KeyName,
    },
}

pub(crate) fn run(arguments: &KeyArguments) -> CliResult<Exit> {
    let path = folder(arguments.folder.keys.as_deref())?;
    let known = match &arguments.action {
        KeyAction::New { name } => {
            let key = KeyStore::open_or_make(&path)?.make(name)?;
            let name = name.clone();
            vec![KnownKey {
                key,
                name,
                standing: Standing::Good,
            }]
        }
        KeyAction::List => match KeyStore::open(&path)? {
            Some(store) => store.list()?,
            None => Vec::new(),
        },
        KeyAction::Revoke { name } => vec![existing(&path)?.revoke(name)?],
    };
    let text = match arguments.format {
        Format::Human => known.iter().map(|known| format!("{known}\n")).collect(),
        Format::Json => json_text(&known.iter().map(json_of).collect()),
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}

/// The folder of keys, which has to be there.
pub(crate) fn existing(path: &std::path::Path) -> CliResult<KeyStore> {
    KeyStore::open(path)?.ok_or_else(|| {
        let message = format!(
            "there are no keys in `{}`; make one with `tollgate key new`",
            path.display()
        );
        crate::error::CliError::message(Exit::NotFound, message)
    })
}

fn json_of(known: &KnownKey) -> Json {
    let KnownKey {
        key,
        name,
        standing,
    } = known;
    json!({
        "key": key,
        "name": name.as_str(),
        "revoked": *standing == Standing::Revoked,
    })
}
