//! What an execution may reach.
//!
//! A [`Grant`] starts empty and names what the guest gets; what it does not name does not exist for the guest. An attempt
//! to use something that was not granted fails inside the guest as the WASI specification says and is kept as a
//! [`Violation`](crate::Violation) that names the missing grant in the words of the command line.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

/// One host folder or file and the name the guest sees it under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathGrant {
    /// The folder or file on the host.
    pub host: PathBuf,
    /// Its absolute or relative name in the guest, with `/` between the parts.
    pub guest: String,
}

impl PathGrant {
    /// Grants `path` under its own name.
    pub fn same(path: impl Into<PathBuf>) -> Self {
        let host = path.into();
        let guest = host.to_string_lossy().replace('\\', "/");
        Self { host, guest }
    }

    /// Grants `host` under the name `guest`.
    pub fn mapped(host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            guest: guest.into(),
        }
    }
}

impl FromStr for PathGrant {
    type Err = GrantError;

    /// Parses `HOST` or `HOST::GUEST`.
    fn from_str(text: &str) -> Result<Self, GrantError> {
        let (host, guest) = text.split_once("::").unwrap_or((text, text));
        if host.is_empty() || guest.is_empty() || host.contains('\0') || guest.contains('\0') {
            return Err(GrantError::Path {
                text: text.to_owned(),
            });
        }
        Ok(Self::mapped(host, guest))
    }
}

/// A network destination: a host name or address, and optionally one port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NetGrant {
    /// Host name (compared without case) or IP address. `*` stands for every host.
    pub host: String,
    /// The one port, or every port.
    pub port: Option<u16>,
}

impl fmt::Display for NetGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracket = self.host.contains(':');
        let (open, close) = if bracket { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}", self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl FromStr for NetGrant {
    type Err = GrantError;

    /// Parses `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
    fn from_str(text: &str) -> Result<Self, GrantError> {
        let wrong = || GrantError::Net {
            text: text.to_owned(),
        };
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, tail) = rest.split_once(']').ok_or_else(wrong)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
            match tail.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if tail.is_empty() => (host, None),
                None => return Err(wrong()),
            }
        } else if text.parse::<std::net::Ipv6Addr>().is_ok() {
            (text, None)
        } else {
            match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        let port = port
            .map(|port| port.parse::<u16>().map_err(|_| wrong()))
            .transpose()?;
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '*');
        if host.is_empty() || !host.chars().all(valid) {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

/// Where the guest's standard input comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Stdin {
    /// Nothing: the guest reads the end of the file at once.
    #[default]
    Empty,
    /// These bytes.
    Bytes(Vec<u8>),
    /// The standard input of this process.
    Inherit,
}

/// What an execution may reach. [`Grant::none`] is the start; every field adds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Folders and files the guest may read.
    pub read: Vec<PathGrant>,
    /// Folders and files the guest may create, change and delete. Reading them takes [`Grant::read`] as well.
    pub write: Vec<PathGrant>,
    /// Environment variables with the values the guest sees.
    env: Vec<(String, String)>,
    /// Arguments, the program's name first.
    pub args: Vec<String>,
    /// Standard input.
    pub stdin: Stdin,
    /// Network destinations.
    pub net: Vec<NetGrant>,
    /// The clocks of the host. Without it the guest sees a virtual clock.
    pub clock: bool,
    /// Randomness of the host. Without it the guest gets the bytes of a seeded generator.
    pub random: bool,
    /// Leaving with an exit code of the guest's choice. On in [`Grant::none`], since it gives no power over the host;
    /// without it `proc_exit` is a denial.
    pub exit: bool,
}

impl Grant {
    /// Grants nothing: no files, no environment, no arguments, no network, no clock, no randomness.
    pub const fn none() -> Self {
        Self {
            read: Vec::new(),
            write: Vec::new(),
            env: Vec::new(),
            args: Vec::new(),
            stdin: Stdin::Empty,
            net: Vec::new(),
            clock: false,
            random: false,
            exit: true,
        }
    }

    /// Adds a variable with a value the caller chose for the guest.
    ///
    /// # Errors
    /// When the name is empty or holds `=` or a zero byte, or the value a zero byte.
    pub fn env_value(&mut self, name: &str, value: &str) -> Result<(), GrantError> {
        check_env_name(name)?;
        if value.contains('\0') {
            return Err(GrantError::EnvValue {
                name: name.to_owned(),
            });
        }
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Passes a variable of this process on; one that is not set stays unset. Being named exactly, it may be a secret.
    ///
    /// # Errors
    /// As [`Grant::env_value`], and when the value is not Unicode.
    pub fn env_inherit(&mut self, name: &str) -> Result<(), GrantError> {
        check_env_name(name)?;
        match std::env::var(name) {
            Ok(value) => self.env_value(name, &value),
            Err(std::env::VarError::NotPresent) => Ok(()),
            Err(std::env::VarError::NotUnicode(_)) => Err(GrantError::EnvValue {
                name: name.to_owned(),
            }),
        }
    }

    /// Passes all variables of this process on, except those whose names look like secrets and those whose values are URLs
    /// with passwords; returns the names left out.
    pub fn env_inherit_all(&mut self) -> Vec<String> {
        let mut refused = Vec::new();
        for (name, value) in std::env::vars_os() {
            let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else {
                continue;
            };
            if looks_secret(&name) || holds_password(&value) {
                refused.push(name);
            } else if self.env_value(&name, &value).is_err() {
                continue;
            }
        }
        refused.sort();
        refused
    }

    /// Returns the variables the guest sees, in the order they were added.
    pub fn env(&self) -> &[(String, String)] {
        &self.env
    }
}

fn check_env_name(name: &str) -> Result<(), GrantError> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(GrantError::EnvName {
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// Tells whether the name of an environment variable suggests that its value is a secret.
pub fn looks_secret(name: &str) -> bool {
    const PARTS: [&str; 15] = [
        "SECRET",
        "TOKEN",
        // Of passwords, passphrases, passwd.
        "PASS",
        // Of credentials.
        "CRED",
        "PRIVATE",
        "APIKEY",
        "API_KEY",
        "ACCESS_KEY",
        "AUTH",
        "COOKIE",
        "SESSION",
        "DATABASE_URL",
        "JWT",
        "SALT",
        "SIGNATURE",
    ];
    let upper = name.to_ascii_uppercase();
    PARTS.iter().any(|part| upper.contains(part))
        || upper
            .split('_')
            .any(|word| matches!(word, "KEY" | "PWD" | "DSN" | "PIN" | "OTP"))
            && upper != "PWD"
}

/// Whether a value is a URL with a password in it, as addresses of databases and proxies are.
fn holds_password(value: &str) -> bool {
    value.contains('@') && url::Url::parse(value).is_ok_and(|url| url.password().is_some())
}

/// A grant that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// Not `HOST` or `HOST::GUEST`.
    #[error("`{text}` is not a path to grant; write `HOST` or `HOST::GUEST`")]
    Path {
        /// What was given.
        text: String,
    },
    /// Not `HOST[:PORT]`.
    #[error("`{text}` is not a network destination; write `HOST`, `HOST:PORT` or `[IPV6]:PORT`")]
    Net {
        /// What was given.
        text: String,
    },
    /// Not a name an environment variable can have.
    #[error(
        "`{name}` is not the name of an environment variable; it must not be empty or hold `=` or a zero byte"
    )]
    EnvName {
        /// What was given.
        name: String,
    },
    /// A value an environment variable cannot have.
    #[error(
        "the value of environment variable `{name}` holds a zero byte or is not Unicode; set another value"
    )]
    EnvValue {
        /// The variable.
        name: String,
    },
}

/// What a module can want from its host; the vocabulary of grants, inspection and policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Capability {
    /// A linear memory.
    Memory,
    /// Shared memory and atomic instructions.
    Threads,
    /// Vector instructions.
    Simd,
    /// Copying and filling whole ranges.
    BulkMemory,
    /// References to functions and host values.
    ReferenceTypes,
    /// Calls that replace the caller's frame.
    TailCall,
    /// Exceptions.
    ExceptionHandling,
    /// Functions of the embedder.
    HostFunctions,
    /// Reading files.
    FileRead,
    /// Creating, changing and deleting files.
    FileWrite,
    /// Network connections.
    Network,
    /// Environment variables.
    Env,
    /// Reading a key-value store.
    KvRead,
    /// Writing a key-value store.
    KvWrite,
    /// Cryptographic functions of the host.
    Crypto,
    /// Standard input, output and error.
    Console,
    /// The clocks of the host.
    Clock,
    /// Randomness.
    Random,
    /// Leaving with an exit code.
    Exit,
}

impl Capability {
    /// Returns the name used in reports and policies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Threads => "threads",
            Self::Simd => "simd",
            Self::BulkMemory => "bulk-memory",
            Self::ReferenceTypes => "reference-types",
            Self::TailCall => "tail-call",
            Self::ExceptionHandling => "exception-handling",
            Self::HostFunctions => "host-functions",
            Self::FileRead => "file-read",
            Self::FileWrite => "file-write",
            Self::Network => "network",
            Self::Env => "env",
            Self::KvRead => "kv-read",
            Self::KvWrite => "kv-write",
            Self::Crypto => "crypto",
            Self::Console => "console",
            Self::Clock => "clock",
            Self::Random => "random",
            Self::Exit => "exit",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_with_a_password_is_a_secret_whatever_its_name_says() {
        for (value, secret) in [
            ("postgres://app:hunter2@db.example/app", true),
            ("amqps://:hunter2@queue.example", true),
            ("http://user:pw@proxy.example:3128", true),
            ("https://example.com/a?b=c@d", false),
            ("ssh://git@example.com/repo", false),
            ("ada@example.com", false),
            ("C:\\Users\\ada", false),
            ("", false),
        ] {
            assert_eq!(holds_password(value), secret, "{value}");
        }
    }
}
