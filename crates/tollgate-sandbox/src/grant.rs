//! What an execution may reach.
//!
//! A [`Grant`] starts empty and names what the guest gets; what it does not name does not exist for the guest. An attempt
//! to use something that was not granted fails inside the guest as the WASI specification says and is kept as a
//! [`Violation`](crate::outcome::Violation) that names the missing grant.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    address::not_public,
    identity::OpenPath,
    secret::{holds_secret, looks_secret},
};

/// One host folder or file and the name the guest sees it under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathGrant {
    /// The folder or file on the host.
    pub host: PathBuf,
    /// Its absolute or relative name in the guest, with `/` between the parts.
    pub guest: String,
    /// Whether it includes what is mounted below it. Default: no.
    pub mounts: Mounts,
    /// Device and inode of what it was when it was admitted.
    pin: Option<(u64, u64)>,
}

/// Whether a granted folder includes other file systems that are mounted below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mounts {
    /// No: a path on another mount has to be granted itself.
    #[default]
    Stay,
    /// Yes, apart from those of the kernel and those that may not answer, which are behind a network or another program.
    Cross,
}

impl PathGrant {
    /// Grants `path` under its own name.
    pub fn same(path: impl Into<PathBuf>) -> Self {
        let host = path.into();
        let guest = host.to_string_lossy().into_owned();
        Self::mapped(host, guest)
    }

    /// Grants `host` under the name `guest`.
    pub fn mapped(host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            guest: guest.into(),
            mounts: Mounts::Stay,
            pin: None,
        }
    }

    /// Returns the same grant, with what is mounted below it.
    #[must_use]
    pub fn across_mounts(mut self) -> Self {
        self.mounts = Mounts::Cross;
        self
    }

    /// Opens what is granted.
    ///
    /// # Errors
    /// What the system says, and that it is not what was pinned.
    pub fn open(&self) -> Result<OpenPath, std::io::Error> {
        let path = OpenPath::open(&self.host)?;
        if self.pin.is_some() && self.pin != path.identity() {
            let message = "it is not what it was when it was admitted";
            return Err(std::io::Error::other(message));
        }
        Ok(path)
    }

    /// Keeps the identity of what is granted: opening it later gives this, or an error.
    pub fn pin(&mut self) {
        let path = self.open().ok();
        let identity = path.and_then(|path| path.identity());
        self.pin = Some(identity.unwrap_or(NOTHING));
    }
}

/// The identity of what could not be opened: nothing has it.
const NOTHING: (u64, u64) = (0, 0);

/// Splits at the first `::` that has no backslash before it, and takes the backslashes away that stood before `:`, `,` and
/// backslashes.
fn split_names(text: &str) -> (String, Option<String>) {
    let (mut names, mut chars) = (vec![String::new()], text.chars().peekable());
    while let Some(char) = chars.next() {
        let colons = char == ':' && chars.peek() == Some(&':') && names.len() == 1;
        let escaped = match (char, chars.peek()) {
            ('\\', Some(next @ (':' | ',' | '\\'))) => Some(*next),
            _ => None,
        };
        if colons {
            names.push(String::new());
        } else if let Some(name) = names.last_mut() {
            name.push(escaped.unwrap_or(char));
        }
        if colons || escaped.is_some() {
            chars.next();
        }
    }
    let guest = (names.len() > 1).then(|| names.pop()).flatten();
    (names.pop().unwrap_or_default(), guest)
}

impl FromStr for PathGrant {
    type Err = GrantError;

    /// Parses `HOST` or `HOST::GUEST`. In both names `\:` stands for a colon, `\,` for a comma and `\\` for a backslash.
    fn from_str(text: &str) -> Result<Self, GrantError> {
        let (host, guest) = split_names(text);
        let guest = guest.unwrap_or_else(|| host.clone());
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
    /// Host name (compared without case) or IP address. `*` stands for every public host; addresses that are not public,
    /// and `localhost`, are only reached when they are named.
    pub host: String,
    /// The one port, or every port.
    pub port: Option<u16>,
}

/// What the host of a [`NetGrant`] stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination<'a> {
    /// Every public address.
    Public,
    /// The loopback addresses of this machine.
    Local,
    /// The public addresses that the name has.
    Name(&'a str),
    /// This address.
    Address(IpAddr),
}

impl NetGrant {
    pub(crate) fn destination(&self) -> Destination<'_> {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => Destination::Address(ip.to_canonical()),
            Err(_) if self.host == "*" => Destination::Public,
            Err(_) if self.host.eq_ignore_ascii_case("localhost") => Destination::Local,
            Err(_) => Destination::Name(&self.host),
        }
    }

    /// Tells whether everything that `wanted` opens is opened by this grant too. `*` covers names and public addresses; an
    /// address that is not public, and `localhost`, need a grant of their own.
    pub fn covers(&self, wanted: &Self) -> bool {
        let port = self.port.is_none() || self.port == wanted.port;
        port && match (self.destination(), wanted.destination()) {
            (Destination::Public, Destination::Public | Destination::Name(_)) => true,
            (Destination::Public, Destination::Address(ip)) => not_public(ip).is_none(),
            (Destination::Local, Destination::Local) => true,
            (Destination::Local, Destination::Address(ip)) => ip.is_loopback(),
            (Destination::Name(most), Destination::Name(name)) => most.eq_ignore_ascii_case(name),
            (Destination::Address(most), Destination::Address(ip)) => most == ip,
            (Destination::Public, Destination::Local)
            | (Destination::Local, Destination::Public | Destination::Name(_))
            | (
                Destination::Name(_),
                Destination::Public | Destination::Local | Destination::Address(_),
            )
            | (
                Destination::Address(_),
                Destination::Public | Destination::Local | Destination::Name(_),
            ) => false,
        }
    }
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
///
/// # Example
/// ```
/// use tollgate_sandbox::{Grant, NetGrant, PathGrant};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut grant = Grant::none();
/// // This folder, which the guest sees as `/data`, and one host.
/// grant.read.push(PathGrant::mapped(".", "/data"));
/// grant.net.push("api.example.com:443".parse::<NetGrant>()?);
/// grant.env_value("LANG", "C")?;
/// assert!(grant.write.is_empty() && !grant.clock);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Folders and files the guest may read.
    pub read: Vec<PathGrant>,
    /// Folders and files the guest may create, change and delete. Reading them takes [`Grant::read`] as well.
    pub write: Vec<PathGrant>,
    /// Environment variables.
    pub env: EnvGrant,
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
            env: EnvGrant::none(),
            args: Vec::new(),
            stdin: Stdin::Empty,
            net: Vec::new(),
            clock: false,
            random: false,
            exit: true,
        }
    }

    /// Keeps the identities of all paths, as [`PathGrant::pin`]: what is decided about from now on is what is reached.
    pub fn pin(&mut self) {
        for path in self.read.iter_mut().chain(&mut self.write) {
            path.pin();
        }
    }

    /// Adds a variable with a value the caller chose for the guest.
    ///
    /// # Errors
    /// When the name is empty or holds `=` or a zero byte, or the value a zero byte.
    pub fn env_value(&mut self, name: &str, value: &str) -> Result<(), GrantError> {
        self.env.set(name, value)?;
        self.env.inherited.remove(name);
        Ok(())
    }

    /// Passes a variable of this process on; one that is not set stays unset. Being named exactly, it may be a secret.
    ///
    /// # Errors
    /// As [`Grant::env_value`], and when the value is not Unicode.
    pub fn env_inherit(&mut self, name: &str) -> Result<(), GrantError> {
        check_env_name(name)?;
        match std::env::var(name) {
            Ok(value) => self.env.inherit(name, &value),
            Err(std::env::VarError::NotPresent) => Ok(()),
            Err(std::env::VarError::NotUnicode(_)) => Err(GrantError::EnvValue {
                name: name.to_owned(),
            }),
        }
    }

    /// Passes all variables of this process on, except those whose names or values look like secrets; returns the names
    /// left out.
    pub fn env_inherit_all(&mut self) -> Vec<String> {
        let mut refused = Vec::new();
        for (name, value) in std::env::vars_os() {
            let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else {
                continue;
            };
            if looks_secret(&name) || holds_secret(&value) {
                refused.push(name);
            } else if self.env.inherit(&name, &value).is_err() {
                continue;
            }
        }
        refused.sort();
        refused
    }

    /// Returns the variables the guest sees, in the order they were added.
    pub fn env(&self) -> &[(String, String)] {
        &self.env.variables
    }
}

/// Environment variables with the values the guest sees, and which of them are this process's own.
///
/// A value that the caller chose tells the guest what the caller knows; one that is passed on tells it what this process
/// knows. That is what a ceiling is about.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvGrant {
    variables: Vec<(String, String)>,
    inherited: BTreeSet<String>,
}

impl EnvGrant {
    const fn none() -> Self {
        Self {
            variables: Vec::new(),
            inherited: BTreeSet::new(),
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), GrantError> {
        check_env_name(name)?;
        if value.contains('\0') {
            return Err(GrantError::EnvValue {
                name: name.to_owned(),
            });
        }
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    fn inherit(&mut self, name: &str, value: &str) -> Result<(), GrantError> {
        self.set(name, value)?;
        self.inherited.insert(name.to_owned());
        Ok(())
    }

    /// Returns the names of the variables that this process passes on, sorted.
    pub fn inherited(&self) -> impl Iterator<Item = &str> {
        self.inherited.iter().map(String::as_str)
    }

    /// Tells whether this process passes the variable on.
    pub fn inherits(&self, name: &str) -> bool {
        self.inherited.contains(name)
    }
}

impl fmt::Debug for EnvGrant {
    /// The names alone: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.variables.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
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
    #[error(
        "`{text}` is not a network destination; write `HOST`, `HOST:PORT` or `[IPV6]:PORT`, with a port of 65535 at most"
    )]
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

    fn covers(most: &str, wanted: &str) -> bool {
        let parsed = |text: &str| text.parse::<NetGrant>().unwrap();
        parsed(most).covers(&parsed(wanted))
    }

    #[test]
    fn every_name_can_be_granted() {
        for (text, host, guest) in [
            ("a", "a", "a"),
            ("a::b", "a", "b"),
            ("a::b::c", "a", "b::c"),
            (r"a\,b", "a,b", "a,b"),
            (r"a\:\:b", "a::b", "a::b"),
            (r"a\:\:b::c", "a::b", "c"),
            (r"a\\::b", r"a\", "b"),
            (r"a\b", r"a\b", r"a\b"),
            ("a:b", "a:b", "a:b"),
        ] {
            assert_eq!(text.parse(), Ok(PathGrant::mapped(host, guest)), "{text}");
        }
        for text in ["", "::a", "a::", "::", "a\0", "a\0::b", "a::b\0"] {
            assert!(text.parse::<PathGrant>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_host_means_every_public_host() {
        for public in [
            "*",
            "*:443",
            "example.org",
            "example.org:80",
            "1.1.1.1",
            "[2606:4700::1]:443",
        ] {
            assert!(covers("*", public), "{public}");
        }
        for private in [
            "127.0.0.1",
            "169.254.169.254:80",
            "10.0.0.1",
            "192.168.1.1:443",
            "[::1]",
            "[fd00::1]:1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "localhost",
            "LOCALHOST:80",
        ] {
            assert!(!covers("*", private), "{private}");
            assert!(covers(private, private), "{private}");
        }
    }

    #[test]
    fn a_destination_covers_its_own_ports_and_spellings_only() {
        assert!(covers("example.org", "EXAMPLE.org:443"));
        assert!(covers("example.org:443", "example.org:443"));
        assert!(!covers("example.org:443", "example.org"));
        assert!(!covers("example.org:443", "example.org:80"));
        assert!(!covers("example.org", "example.org.evil.net"));
        assert!(!covers("example.org", "*") && !covers("example.org", "1.1.1.1"));
        assert!(!covers("example.org", "localhost") && !covers("localhost", "example.org"));
        assert!(covers("[::1]", "0:0:0:0:0:0:0:1"));
        assert!(covers("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(covers("localhost", "127.0.0.1:80") && covers("localhost", "::1"));
        assert!(!covers("localhost", "10.0.0.1") && !covers("localhost", "*"));
        assert!(!covers("127.0.0.1", "localhost") && !covers("127.0.0.1", "127.0.0.2"));
        assert!(!covers("1.1.1.1", "*") && !covers("1.1.1.1", "one.one.one.one"));
    }

    #[test]
    fn a_value_of_the_caller_takes_the_place_of_one_passed_on() {
        let mut grant = Grant::none();
        grant.env_inherit("PATH").unwrap();
        assert_eq!(grant.env.inherited().collect::<Vec<_>>(), ["PATH"]);
        assert!(grant.env.inherits("PATH") && !grant.env.inherits("HOME"));
        grant.env_value("PATH", "/bin").unwrap();
        assert!(!grant.env.inherits("PATH"));
        assert_eq!(grant.env(), [("PATH".to_owned(), "/bin".to_owned())]);
        grant.env_inherit("NO_SUCH_VARIABLE").unwrap();
        assert_eq!(grant.env.inherited().count(), 0);
    }

    #[test]
    fn all_variables_are_passed_on_but_those_that_look_secret_and_those_are_named() {
        let mut grant = Grant::none();
        let refused = grant.env_inherit_all();
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        for (name, value) in std::env::vars_os().filter_map(readable) {
            let secret = looks_secret(&name) || holds_secret(&value);
            assert_eq!(refused.contains(&name), secret, "{name}");
            assert_eq!(grant.env.inherits(&name), !secret, "{name}");
        }
        assert!(grant.env.inherits("PATH"));
    }

    #[test]
    fn values_of_variables_are_not_in_debug_output() {
        let mut grant = Grant::none();
        grant.env_value("NAME", "hunter2").unwrap();
        let shown = format!("{grant:?}");
        assert!(
            shown.contains("NAME") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn names_and_values_of_variables_are_checked() {
        let mut grant = Grant::none();
        for name in ["", "A=B", "A\0"] {
            assert!(matches!(
                grant.env_value(name, "x"),
                Err(GrantError::EnvName { .. })
            ));
            assert!(matches!(
                grant.env_inherit(name),
                Err(GrantError::EnvName { .. })
            ));
        }
        let zero = grant.env_value("A", "x\0");
        assert!(matches!(zero, Err(GrantError::EnvValue { .. })));
        assert!(grant.env().is_empty());
    }

    #[test]
    fn what_is_no_destination_is_refused() {
        for text in [
            "",
            ":80",
            "[::1]80",
            "[::1]x",
            "[::1",
            "[example.org]:80",
            "example.org:",
            "example.org:65536",
            "example.org/path",
            "user@example.org",
            "example org",
        ] {
            let refused = text.parse::<NetGrant>();
            assert!(
                matches!(refused, Err(GrantError::Net { .. })),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_destination_is_shown_as_it_is_written() {
        for text in [
            "*",
            "example.org",
            "example.org:443",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:80",
        ] {
            assert_eq!(text.parse::<NetGrant>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_pinned_grant_opens_what_it_was_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| PathGrant::same(folder.path().join(name));
        std::fs::write(folder.path().join("r"), "").unwrap();
        std::fs::write(folder.path().join("w"), "").unwrap();
        let mut grant = Grant::none();
        grant.read.push(path("r"));
        grant.write.push(path("w"));
        grant.pin();
        assert!(grant.read[0].open().is_ok() && grant.write[0].open().is_ok());
        for name in ["r", "w"] {
            let name = folder.path().join(name);
            std::fs::rename(&name, name.with_extension("old")).unwrap();
            std::fs::write(&name, "").unwrap();
        }
        assert!(grant.read[0].open().is_err() && grant.write[0].open().is_err());
        assert!(
            path("r").open().is_ok(),
            "what is not pinned is what stands there"
        );
    }

    #[test]
    fn what_could_not_be_opened_is_pinned_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut path = PathGrant::same(folder.path().join("no/file"));
        path.pin();
        std::fs::create_dir(folder.path().join("no")).unwrap();
        assert!(path.open().is_err());
    }

    #[test]
    fn a_capability_has_one_name() {
        for capability in [
            Capability::Memory,
            Capability::Threads,
            Capability::Simd,
            Capability::BulkMemory,
            Capability::ReferenceTypes,
            Capability::TailCall,
            Capability::ExceptionHandling,
            Capability::HostFunctions,
            Capability::FileRead,
            Capability::FileWrite,
            Capability::Network,
            Capability::Env,
            Capability::KvRead,
            Capability::KvWrite,
            Capability::Crypto,
            Capability::Console,
            Capability::Clock,
            Capability::Random,
            Capability::Exit,
        ] {
            let written = serde_json::to_value(capability).unwrap();
            assert_eq!(written, capability.name(), "{capability:?}");
            assert_eq!(written, capability.to_string(), "{capability:?}");
        }
    }
}
