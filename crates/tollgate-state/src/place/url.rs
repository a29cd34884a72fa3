//! Where a database of PostgreSQL lies, and how it is reached.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::limits::{DATABASE_CONNECT, DATABASE_SILENCE};

/// The address of a database, with whom to be there. What is shown of it has no password and no user.
#[derive(Clone)]
pub struct PostgresUrl(Arc<Address>);

#[derive(Clone)]
struct Address {
    config: Config,
    shown: String,
    /// Certificates of authorities, in PEM, instead of those that browsers trust.
    authorities: Option<Vec<u8>>,
}

/// Why a text is no address of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the message of a variant says what its fields are"
)]
pub enum UrlError {
    /// It names something else.
    #[error("a database is named as `postgres://USER@HOST/DATABASE`")]
    Scheme,
    /// It has a part that is not understood. The text is not repeated: it may hold a password.
    #[error(
        "the address of the database is not understood: {why}; write `postgres://USER@HOST/DATABASE`"
    )]
    Malformed { why: String },
    /// It names no host.
    #[error("the address of the database names no host; write `postgres://USER@HOST/DATABASE`")]
    NoHost,
    /// It asks for a connection that others can read and change.
    #[error(
        "`sslmode=disable` is for a database on this machine; the one at `{shown}` is reached with TLS: leave `sslmode` out"
    )]
    Plain { shown: String },
}

impl FromStr for PostgresUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if !is_url(text) {
            return Err(UrlError::Scheme);
        }
        let mut config: Config = text.parse().map_err(|error: tokio_postgres::Error| {
            let source = std::error::Error::source(&error);
            let why = source.map_or_else(|| error.to_string(), ToString::to_string);
            UrlError::Malformed { why }
        })?;
        if config.get_hosts().is_empty() {
            return Err(UrlError::NoHost);
        }
        let malformed = |why: &str| UrlError::Malformed {
            why: why.to_owned(),
        };
        if config.get_hosts().len() > 1 {
            return Err(malformed(
                "it names several hosts, which may have several states; name one",
            ));
        }
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority = authority.split(['/', '?']).next().unwrap_or_default();
        if authority.matches('@').count() > 1 {
            return Err(malformed(
                "it has more than one `@`; write `%40` for one in a password",
            ));
        }
        let shown = shown(&config);
        if !is_local(&config) {
            if text.contains("sslmode=disable") {
                return Err(UrlError::Plain { shown });
            }
            config.ssl_mode(SslMode::Require);
        }
        config.application_name("tollgate");
        // A copy that takes no writes is no state.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(DATABASE_CONNECT);
        }
        config.tcp_user_timeout(DATABASE_SILENCE);
        config.keepalives_idle(DATABASE_SILENCE);
        config.keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3);
        Ok(Self(Arc::new(Address {
            config,
            shown,
            authorities: None,
        })))
    }
}

impl PostgresUrl {
    /// Trusts these authorities (certificates in PEM) for the server's certificate, and no others.
    #[must_use]
    pub fn with_authorities(self, pem: Vec<u8>) -> Self {
        let mut address = Arc::unwrap_or_clone(self.0);
        address.authorities = Some(pem);
        Self(Arc::new(address))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        let named = self.0.config.get_connect_timeout();
        named.copied().unwrap_or(DATABASE_CONNECT)
    }

    pub(crate) fn authorities(&self) -> Option<&[u8]> {
        self.0.authorities.as_deref()
    }

    /// Whether the connection does not leave this machine, so that it needs no TLS.
    pub(crate) fn is_plain(&self) -> bool {
        is_local(&self.0.config) && self.0.config.get_ssl_mode() != SslMode::Require
    }
}

/// Whether a text names a database of PostgreSQL, however well.
fn is_url(text: &str) -> bool {
    ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}

fn is_local(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
    });
    // An address that is given beside the name is the one that is used.
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn shown(config: &Config) -> String {
    let hosts = config.get_hosts().iter().enumerate().map(|(at, host)| {
        let ports = config.get_ports();
        let port = ports
            .get(at)
            .or_else(|| ports.first())
            .copied()
            .unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            Host::Unix(folder) => folder.display().to_string(),
        }
    });
    let hosts: Vec<String> = hosts.collect();
    let database = config
        .get_dbname()
        .or(config.get_user())
        .unwrap_or_default();
    format!("postgres://{}/{database}", hosts.join(","))
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<PostgresUrl, UrlError> {
        text.parse()
    }

    #[test]
    fn what_is_shown_has_no_secret() {
        let all =
            url("postgres://ann:hunter2@db.example.org:6432/tolls?options=-c%20search_path%3Dx")
                .unwrap();
        for shown in [all.to_string(), format!("{all:?}")] {
            assert_eq!(shown, "postgres://db.example.org:6432/tolls");
        }
        for bad in [
            "postgres://ann:x@hunter2@h/d",
            "postgres://ann:hunter2@h,other/d",
            "postgres://ann:hunter2@h/d?nonsense=hunter2",
            "postgres://ann:hunter2@h:port/d",
            "hunter2",
        ] {
            let error = url(bad).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(error.contains("postgres://USER@HOST/DATABASE"), "{error}");
        }
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted() {
        for (text, plain) in [
            ("postgres://ann@localhost/d", true),
            ("postgres://ann@127.0.0.1/d", true),
            ("postgres://ann@[::1]/d", true),
            ("postgres://ann@%2Fvar%2Frun%2Fpostgresql/d", true),
            ("postgres://ann@localhost/d?sslmode=require", false),
            ("postgres://ann@db.example.org/d", false),
            ("postgres://ann@localhost/d?hostaddr=192.0.2.1", false),
            ("postgres://ann@db.example.org/d?sslmode=prefer", false),
        ] {
            let url = url(text).unwrap();
            assert_eq!(url.is_plain(), plain, "{text}");
            assert!(
                plain || url.0.config.get_ssl_mode() == SslMode::Require,
                "{text}"
            );
        }
        let refused = url("postgres://ann@db.example.org/d?sslmode=disable").unwrap_err();
        assert!(matches!(refused, UrlError::Plain { .. }), "{refused}");
    }
}
