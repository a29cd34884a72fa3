//! `tollgate module signers`: whose signatures of modules a server counts.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use tollgate::receipt::{KnownKey, PublicKey, Standing};
use tollgate_api::{Client, ClientError, ErrorCode, Signer};

use super::{answer, refused};
use crate::arguments::Format;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::verify::trusted;

#[derive(Subcommand)]
pub(super) enum SignersAction {
    /// List the keys whose signatures count, and those that were revoked.
    List,
    /// Let the signatures of the keys in a file count, under their names; for `admin`.
    ///
    /// A line of the file is `KEY NAME`, or `revoked KEY NAME`, as `tollgate key list` writes it.
    Trust {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Let nothing count any more that a key signed; for `admin`. It stays so.
    Revoke {
        /// The public key, `ed25519:` and 64 digits
        #[arg(value_name = "KEY")]
        signer: PublicKey,
    },
}

pub(super) fn run(client: &Client, action: &SignersAction, format: Format) -> CliResult<Exit> {
    match action {
        SignersAction::List => {
            let signers = client.signers().map_err(refused)?;
            let lines: String = signers.signers.iter().map(line).collect();
            answer(format, &lines, &json!(signers))
        }
        SignersAction::Trust { file } => {
            for known in trusted(std::slice::from_ref(file))?.iter() {
                tell(client, known).map_err(refused)?;
            }
            Ok(Exit::Success)
        }
        SignersAction::Revoke { signer } => {
            client.revoke_signer(&signer.to_string()).map_err(refused)?;
            Ok(Exit::Success)
        }
    }
}

/// Tells the server what is known of a key.
fn tell(client: &Client, known: &KnownKey) -> Result<(), ClientError> {
    let key = known.key.to_string();
    match known.standing {
        Standing::Good => client.trust_signer(&key, known.name.as_str()),
        Standing::Revoked => match client.revoke_signer(&key) {
            // It is kept as revoked, so that an older file does not let it count later. In between nothing counts: no signature of a key
            // is kept before the key is known.
            Err(ClientError::Refused { body, .. }) if body.code == ErrorCode::NotFound => {
                client.trust_signer(&key, known.name.as_str())?;
                client.revoke_signer(&key)
            }
            told => told,
        },
    }
}

/// The line of a file of keys.
fn line(signer: &Signer) -> String {
    let Signer {
        key,
        name,
        set_by: _,
        set_at: _,
        revoked_at,
    } = signer;
    match revoked_at {
        None => format!("{key} {name}\n"),
        Some(_) => format!("revoked {key} {name}\n"),
    }
}
