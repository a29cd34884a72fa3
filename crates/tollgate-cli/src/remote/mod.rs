//! The commands that work with a server: which one, with which key, and what its refusals mean here.

pub(crate) mod access;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod budget;
pub(crate) mod cast;
pub(crate) mod casts;
pub(crate) mod module;
pub(crate) mod price;
pub(crate) mod quota;
mod signers;

use std::path::PathBuf;

use clap::Args;
use tollgate_api::{Client, ClientError, ErrorCode};

use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{self, Heard};
use crate::sources::{self, Input};

/// Where `tollgate serve` listens unless it is told otherwise.
pub(crate) const SERVER: &str = "http://127.0.0.1:7400";

/// Bytes of a file with a key.
const KEY_FILE_BYTES_MAX: usize = 4 << 10;

/// Bytes of a file of certificates: all public authorities are 250 kB.
const CA_FILE_BYTES_MAX: usize = 4 << 20;

/// Which server, and who asks.
#[derive(Args)]
pub(crate) struct ServerArguments {
    /// The server, as `https://HOST[:PORT]`, or `http://` on this machine
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "TOLLGATE_SERVER",
        hide_env_values = true,
        default_value = SERVER
    )]
    server: String,
    /// The key, or `@FILE` with it: others see what is typed here
    #[arg(
        long,
        global = true,
        value_name = "KEY|@FILE",
        env = "TOLLGATE_KEY",
        hide_env_values = true
    )]
    key: Option<String>,
    /// Trust the certificates in this file, in PEM, instead of those of the public authorities
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "TOLLGATE_CA_FILE",
        hide_env_values = true
    )]
    ca_file: Option<PathBuf>,
    /// Send the key to another machine without encryption
    #[arg(long, global = true)]
    insecure_http: bool,
}

impl ServerArguments {
    pub(crate) fn client(&self) -> CliResult<Client> {
        if !["http://", "https://"]
            .iter()
            .any(|scheme| self.server.starts_with(scheme))
        {
            let after_scheme = self.server.split_once("://").map(|(_, host)| host);
            let host = after_scheme.unwrap_or(&self.server);
            let message = format!(
                "`{}` is no URL of a server; write `http://{host}` for one on this machine, or `https://{host}`",
                self.server
            );
            return Err(CliError::message(Exit::Usage, message));
        }
        if !self.insecure_http && !is_private(&self.server) {
            let message = format!(
                "`{}` is reached without encryption, and whoever is on the way reads the key; use `https://`, or say \
                 `--insecure-http`",
                self.server
            );
            return Err(CliError::message(Exit::Usage, message));
        }
        let client = Client::new(&self.server, &self.key()?);
        let Some(file) = &self.ca_file else {
            return Ok(client);
        };
        let pem =
            sources::read_bytes(Input::behind_at(&file.to_string_lossy()), CA_FILE_BYTES_MAX)?;
        client
            .trusting(&pem)
            .map_err(|error| CliError::about(Exit::Invalid, format!("`{}`", file.display()), error))
    }

    fn key(&self) -> CliResult<String> {
        let Some(key) = &self.key else {
            let message = "no key; give the one that the server printed when it began for the first time, or that \
                           `tollgate access create` made, in TOLLGATE_KEY or as `--key @FILE`";
            return Err(CliError::message(Exit::Usage, message));
        };
        let (key, whence) = match key.strip_prefix('@') {
            None => (key.clone(), "TOLLGATE_KEY or `--key`".to_owned()),
            Some(file) => {
                let text = sources::read_text(Input::behind_at(file), KEY_FILE_BYTES_MAX, "")?;
                (text.trim().to_owned(), format!("`{file}`"))
            }
        };
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message =
                format!("what {whence} has is no key: one is a word that begins with `tgk_`");
            return Err(CliError::message(Exit::Usage, message));
        }
        Ok(key)
    }
}

/// Whether what is sent to a server is read by nobody else: it is encrypted, or does not leave this machine.
fn is_private(server: &str) -> bool {
    let Some(rest) = server.strip_prefix("http://") else {
        // What is no URL is refused where it is used.
        return true;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an `@` is no host.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// What the command ends with when the server says no, or nothing.
pub(crate) fn refused(error: ClientError) -> CliError {
    let exit = match &error {
        ClientError::Refused { body, .. } => of_code(body.code),
        ClientError::Unsendable(_) | ClientError::Certificates => Exit::Invalid,
        ClientError::Foreign { .. } | ClientError::Unreachable { .. } => Exit::NotFound,
    };
    CliError::new(exit, error)
}

/// What the command ends with when an answer of the server lacks what it has to say.
pub(crate) fn unsaid(what: &str) -> CliError {
    CliError::message(Exit::NotFound, format!("the server does not say {what}"))
}

fn of_code(code: ErrorCode) -> Exit {
    match code {
        ErrorCode::Unauthorized
        | ErrorCode::Forbidden
        | ErrorCode::OverBudget
        | ErrorCode::OverQuota
        | ErrorCode::StorageQuota => Exit::Denied,
        ErrorCode::NotFound => Exit::NotFound,
        ErrorCode::BadRequest
        | ErrorCode::MethodNotAllowed
        | ErrorCode::Conflict
        | ErrorCode::InUse
        | ErrorCode::IdempotencyRunning
        | ErrorCode::IdempotencyReused
        | ErrorCode::CastLost
        | ErrorCode::TooLarge
        | ErrorCode::UnsupportedMediaType
        | ErrorCode::InvalidModule
        | ErrorCode::InvalidPolicy
        | ErrorCode::DigestMismatch
        | ErrorCode::InvalidSignature => Exit::Invalid,
        ErrorCode::Timeout | ErrorCode::Busy | ErrorCode::Unavailable => Exit::Time,
        ErrorCode::Internal | ErrorCode::StorageFull => Exit::Internal,
    }
}

/// Says what was asked for, for people or for programs.
pub(crate) fn answer(format: Format, text: &str, json: &serde_json::Value) -> CliResult<Exit> {
    let text = match format {
        Format::Human => text.to_owned(),
        Format::Json => format!("{json:#}\n"),
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Rows of a page of a list, and what the next page is called.
type Page<T> = Result<(Vec<T>, Option<String>), ClientError>;

/// Every row of a list, page by page.
pub(crate) fn all<T>(mut page: impl FnMut(Option<&str>) -> Page<T>) -> CliResult<Vec<T>> {
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let (rows, after) = page(next.as_deref()).map_err(refused)?;
        all.extend(rows);
        next = after;
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// Says every row of a list, each page when it is there, while somebody listens.
pub(crate) fn lines<T>(
    mut page: impl FnMut(Option<&str>) -> Page<T>,
    line: impl Fn(&T) -> String,
) -> CliResult<Exit> {
    let mut next = None;
    loop {
        let (rows, after) = page(next.as_deref()).map_err(refused)?;
        let said: String = rows.iter().map(&line).collect();
        let heard = output::told(said.as_bytes())?;
        next = after;
        if next.is_none() || heard == Heard::ByNobody {
            return Ok(Exit::Success);
        }
    }
}

/// `NAME` or `NAME@VERSION`, where a tag can stand for a version.
pub(crate) fn parted(reference: &str) -> (&str, Option<&str>) {
    match reference.split_once('@') {
        Some((name, which)) => (name, Some(which)),
        None => (reference, None),
    }
}

/// `NAME@VERSION`, both of them.
pub(crate) fn versioned(reference: &str) -> CliResult<(&str, &str)> {
    match parted(reference) {
        (name, Some(which)) if !name.is_empty() && !which.is_empty() => Ok((name, which)),
        _ => Err(CliError::message(
            Exit::Usage,
            format!(
                "`{reference}` names no version; write `NAME@VERSION`, such as `wordstat@1.0.0`"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leaves_this_machine_encrypted_or_not_at_all() {
        for private in [
            "http://127.0.0.1:7400",
            "http://localhost/",
            "http://LOCALHOST:1",
            "http://[::1]:7400",
            "https://example.org",
        ] {
            assert!(is_private(private), "{private}");
        }
        for open in [
            "http://example.org",
            "http://10.0.0.1:7400",
            "http://127.0.0.1@example.org",
            "http://localhost.example.org",
            "http://[2001:db8::1]",
            "http://",
        ] {
            assert!(!is_private(open), "{open}");
        }
    }

    #[test]
    fn a_version_is_named_with_its_module() {
        assert_eq!(versioned("a@1.0.0").unwrap(), ("a", "1.0.0"));
        for bad in ["a", "a@", "@1.0.0"] {
            assert_eq!(versioned(bad).unwrap_err().exit, Exit::Usage, "{bad}");
        }
    }
}
