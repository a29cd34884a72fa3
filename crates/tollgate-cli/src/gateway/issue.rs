//! `tollgate gateway issuer` and `tollgate gateway issue`: keys that sign credentials, and the credentials.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde_json::{Map, Value};
use tollgate::Grant;
use tollgate::state::issue::{IssuerKey, KeyKind, NewCredential};
use tollgate::state::limits::CREDENTIAL_BYTES_MAX;
use zeroize::Zeroizing;

use super::{clock, instant};
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::hints::for_a_shell;
use crate::key::{not_private, read_private};
use crate::new_file::Kept;
use crate::sources::{Input, read_text};
use crate::{output, quantity};

/// Bytes of a file with a key at most.
const KEY_BYTES_MAX: u64 = 4_096;
const NANOS: i64 = 1_000_000_000;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate gateway issuer city.pem --new
  tollgate gateway issuer city.pem

The key is PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` writes it. Realms trust an issuer by its did, in the section
`issuers` of their facts.")]
pub(super) struct IssuerArguments {
    /// The file with the key
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Make the key, in a file that is not there yet
    #[arg(long)]
    new: bool,
    /// Which kind of key to make
    #[arg(
        long,
        value_enum,
        default_value = "ed25519",
        requires = "new",
        value_name = "KIND"
    )]
    algorithm: Algorithm,
}

#[derive(Clone, Copy, ValueEnum)]
enum Algorithm {
    /// Ed25519: `alg` is EdDSA
    Ed25519,
    /// P-256: `alg` is ES256
    Es256,
}

#[derive(Args)]
#[command(after_help = "Example:
  tollgate gateway issue --key city.pem --subject did:example:ada --schema did:erynoa:credential:identity:v1 > ada.jwt

What it says is the W3C's data model for verifiable credentials in JWT form: `iss` (the did of the key), `sub`, `jti`, `nbf`, `exp`, and `vc` with
`credentialSchema.id` and `credentialSubject`.")]
pub(super) struct IssueArguments {
    /// The file with the issuer's key; `tollgate gateway issuer FILE --new` makes one
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The did of whom it is about
    #[arg(long, value_name = "DID")]
    subject: String,
    /// What it certifies: the id of its schema, by which realms trust issuers
    #[arg(long, value_name = "ID")]
    schema: String,
    /// Its own id, by which it can be revoked [default: a new `urn:uuid:…`]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// From when it counts, as `2025-01-28T10:15:00Z` [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    not_before: Option<i64>,
    /// How long it counts from then on
    #[arg(long, value_name = "TIME", default_value = "720h", value_parser = quantity::duration)]
    valid_for: Duration,
    /// More about the subject: a JSON object, or `@FILE` with one
    #[arg(long, value_name = "JSON|@FILE")]
    claims: Option<String>,
}

/// Makes or reads a key, and says its did.
pub(super) fn issuer(arguments: &IssuerArguments) -> CliResult<Exit> {
    let IssuerArguments {
        file,
        new,
        algorithm,
    } = arguments;
    let key = if *new {
        make(file, *algorithm)?
    } else {
        read(file)?
    };
    output::answer(format!("{}\n", key.did()).as_bytes())?;
    Ok(Exit::Success)
}

/// Issues a credential.
pub(super) fn issue(arguments: &IssueArguments) -> CliResult<Exit> {
    let key = read(&arguments.key)?;
    let now = match arguments.not_before {
        Some(time) => time,
        None => clock("--not-before")?,
    };
    let not_before = now.div_euclid(NANOS);
    let seconds = i64::try_from(arguments.valid_for.as_secs()).unwrap_or(i64::MAX);
    let id = match &arguments.id {
        Some(id) => id.clone(),
        None => new_id()?,
    };
    let credential = NewCredential {
        id,
        subject: arguments.subject.clone(),
        schema: arguments.schema.clone(),
        not_before,
        expires: Some(not_before.saturating_add(seconds)),
        claims: claims(arguments.claims.as_deref())?,
    };
    let jwt = key.issue(credential).or_exit(Exit::Usage)?;
    output::answer(format!("{jwt}\n").as_bytes())?;
    Ok(Exit::Success)
}

fn claims(given: Option<&str>) -> CliResult<Map<String, Value>> {
    let text = match given {
        None => return Ok(Map::new()),
        Some(text) => match text.strip_prefix('@') {
            Some(path) => read_text(Input::behind_at(path), CREDENTIAL_BYTES_MAX, "")?,
            None => text.to_owned(),
        },
    };
    serde_json::from_str(&text).map_err(|error| {
        let message =
            format!("the claims are no JSON object, for instance `{{\"age\": 36}}`: {error}");
        CliError::message(Exit::Invalid, message)
    })
}

/// A random UUID (RFC 9562, version 4) as a name.
fn new_id() -> CliResult<String> {
    let mut bytes = [0; 16];
    SysRng.try_fill_bytes(&mut bytes).or_exit(Exit::Internal)?;
    Ok(uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .urn()
        .to_string())
}

fn make(path: &Path, algorithm: Algorithm) -> CliResult<IssuerKey> {
    let kind = match algorithm {
        Algorithm::Ed25519 => KeyKind::Ed25519,
        Algorithm::Es256 => KeyKind::P256,
    };
    let key = loop {
        let mut random = Zeroizing::new([0; 32]);
        SysRng
            .try_fill_bytes(random.as_mut_slice())
            .or_exit(Exit::Internal)?;
        if let Some(key) = IssuerKey::from_random(kind, &random) {
            break key;
        }
    };
    let pem = key.to_pem().or_exit(Exit::Internal)?;
    // There is no guest, so nothing is granted.
    let mut file = Kept::file(path, "key").create(&Grant::none())?;
    let written = file
        .write_all(pem.as_bytes())
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        let message = format!("cannot write the key `{}`: {error}", path.display());
        CliError::message(Exit::Unwritten, message)
    })?;
    Ok(key)
}

/// Reads a key from a file of this user alone.
fn read(path: &Path) -> CliResult<IssuerKey> {
    let shown = path.display();
    let wrong = |why: &str| CliError::message(Exit::Config, format!("the key `{shown}` {why}"));
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                let typed = for_a_shell(&path.to_string_lossy());
                let message = format!(
                    "there is no key `{shown}`; `tollgate gateway issuer {typed} --new` makes it"
                );
                CliError::message(Exit::NotFound, message)
            }
            _ => wrong(&format!("cannot be read: {error}")),
        })?;
    let private = not_private(file.as_fd());
    if let Some(why) = private.map_err(|error| wrong(&format!("cannot be read: {error}")))? {
        return Err(wrong(why));
    }
    let text = read_private(&file, KEY_BYTES_MAX)
        .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    text.parse()
        .map_err(|error| wrong(&format!("cannot be used: {error}")))
}
