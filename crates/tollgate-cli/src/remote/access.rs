//! `tollgate access`: the keys of a server's API, not those that sign receipts.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use tollgate_api::{Key, MadeKey, NewKey};

use super::{ServerArguments, answer, refused};
use crate::arguments::Format;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::serve::DataArguments;
use crate::{output, quantity};

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate access create ci --role publisher --role caller --expires-in 720h
  tollgate access list
  tollgate access revoke 0f3a92c41b7d
  tollgate access tenant acme --data /var/lib/tollgate

`tollgate key` looks after the keys that sign receipts.")]
pub(crate) struct AccessArguments {
    #[command(subcommand)]
    action: AccessAction,
    #[command(flatten)]
    server: ServerArguments,
    /// For people, or for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Subcommand)]
enum AccessAction {
    /// Make a key and print it. It is shown once.
    Create {
        /// What people call it
        name: String,
        /// What it may do; none includes another
        #[arg(long = "role", value_enum, required = true, value_name = "ROLE")]
        roles: Vec<Role>,
        /// How long it is good [default: until it is revoked]
        #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
        expires_in: Option<Duration>,
    },
    /// List the keys, without their secrets.
    List,
    /// Make a key nothing, from now on.
    Revoke {
        /// The twelve digits after `tgk_`
        prefix: String,
    },
    /// Make an admin key of a tenant, and the tenant, in the folder of a server on this machine: without a key, and also beside
    /// a server that works. For whoever lost the first key, too.
    Tenant {
        /// What it is called; `default` is the one that every server has
        name: String,
        #[command(flatten)]
        data: DataArguments,
    },
}

/// What a key may do.
#[derive(Clone, Copy, ValueEnum)]
enum Role {
    /// Makes and revokes keys, deletes what others pushed
    Admin,
    /// Pushes modules, moves tags, deletes what it pushed
    Publisher,
    /// Runs modules
    Caller,
    /// Answers questions of runs
    Approver,
    /// Reads the audit log
    Auditor,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Publisher => "publisher",
            Self::Caller => "caller",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
        }
    }
}

pub(crate) fn run(arguments: &AccessArguments) -> CliResult<Exit> {
    let AccessArguments {
        action,
        server,
        format,
    } = arguments;
    match action {
        AccessAction::Create {
            name,
            roles,
            expires_in,
        } => {
            let new = NewKey {
                name: name.clone(),
                roles: roles.iter().map(|role| role.name().to_owned()).collect(),
                expires_at: expires_in.as_ref().map(after).transpose()?,
            };
            let made = server.client()?.create_key(&new).map_err(refused)?;
            told(&made, *format)
        }
        AccessAction::List => {
            let keys = server.client()?.keys().map_err(refused)?;
            let lines: String = keys.keys.iter().map(line).collect();
            answer(*format, &lines, &json!(keys))
        }
        // It is a secret, which no message says again.
        AccessAction::Revoke { prefix } if prefix.starts_with("tgk_") => {
            let message = "that is a key; give its prefix alone, the twelve digits after `tgk_`";
            Err(CliError::message(Exit::Usage, message))
        }
        AccessAction::Revoke { prefix } if !is_prefix(prefix) => {
            let message = format!(
                "`{prefix}` is no prefix of a key: it has twelve of `0-9` and `a-f`, and `tollgate access list` shows it first"
            );
            Err(CliError::message(Exit::Usage, message))
        }
        AccessAction::Revoke { prefix } => {
            server.client()?.revoke_key(prefix).map_err(refused)?;
            output::say(&format!("tollgate: the key `{prefix}` is nothing any more"));
            Ok(Exit::Success)
        }
        AccessAction::Tenant { name, data } => {
            let key = tollgate_server::admin_key(&data.chosen()?, name).or_exit(Exit::Config)?;
            let made = MadeKey {
                prefix: key.kept().or_exit(Exit::Internal)?.prefix,
                key: key.reveal().to_owned(),
            };
            told(&made, *format)
        }
    }
}

/// The time after `wait`, as the server reads it.
fn after(wait: &Duration) -> CliResult<String> {
    let then = Timestamp::now().checked_add(*wait);
    let then =
        then.map_err(|_| CliError::message(Exit::Usage, "such a key would outlive the calendar"))?;
    Ok(then.to_string())
}

fn told(made: &MadeKey, format: Format) -> CliResult<Exit> {
    answer(format, &format!("{}\n", made.key), &json!(made))
}

fn line(key: &Key) -> String {
    let Key {
        prefix,
        name,
        roles,
        created_at: _,
        expires_at,
        revoked_at,
    } = key;
    let standing = match (revoked_at, expires_at) {
        (Some(_), _) => "revoked".to_owned(),
        (None, Some(at)) => format!("until {at}"),
        (None, None) => "good".to_owned(),
    };
    format!("{prefix}  {}  {standing}  {name}\n", roles.join(","))
}

/// Whether a text has the form of a key's prefix.
fn is_prefix(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 12 && text.bytes().all(is_digit)
}
