//! Downloads of modules that cannot be turned against the network we run in.
//!
//! The address that is checked is the address that is connected to: names are resolved here, every answer must be
//! public (or granted), and the HTTP client receives those addresses instead of looking the name up again. Redirects
//! are followed by hand, so each target passes the same check. Proxies of the environment are ignored, bodies are
//! neither decompressed nor read past the limit, and one deadline covers everything.

use std::fmt;
use std::io::{self, Read};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use ureq::http::{StatusCode, Uri, header};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use url::{Host, Url};

use crate::{
    address::{AddressGrant, not_public},
    limits::{FETCH_CONNECT_WALL, FETCH_HEAD_BYTES, FETCH_REDIRECTS, FETCH_WALL, URL_BYTES},
};

/// Turns a host name and a port into addresses, blocking.
pub type Lookup = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// What a download may do. The default: `https` to public addresses, 30 seconds.
#[derive(Clone)]
pub struct FetchOptions {
    /// Allow plain `http`. It still reaches granted addresses only: nothing protects what it carries.
    pub allow_http: bool,
    /// Addresses that may be reached although they are not public, or are written as numbers.
    pub addresses: Vec<AddressGrant>,
    /// Wall time for the whole download. Default 30 s.
    pub time_max: Duration,
    /// How names are looked up. Default: the system's resolver. Answers are checked, whichever resolver gives them.
    pub lookup: Lookup,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            allow_http: false,
            addresses: Vec::new(),
            time_max: FETCH_WALL,
            lookup: Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect())),
        }
    }
}

impl fmt::Debug for FetchOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchOptions")
            .field("allow_http", &self.allow_http)
            .field("addresses", &self.addresses)
            .field("time_max", &self.time_max)
            .finish_non_exhaustive()
    }
}

/// A download failed or was refused.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The text is not a URL.
    #[error("`{url}` is not a URL ({reason}); write it as https://HOST/PATH")]
    Url {
        /// What was given, cut to a readable length.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The scheme is not allowed.
    #[error("`{url}` is not https; modules are downloaded over https only")]
    Scheme {
        /// The address.
        url: String,
    },
    /// The URL carries a user name or a password.
    #[error("`{url}` carries a user name or password; take it out")]
    UserInfo {
        /// The address without them.
        url: String,
    },
    /// The host is a number or a name of the local network, and not granted.
    #[error("`{url}` is refused: `{host}` is {what}; use a public host name, or a file")]
    Host {
        /// The address.
        url: String,
        /// Its host.
        host: String,
        /// Why it is refused.
        what: &'static str,
    },
    /// The name leads to an address that is not public.
    #[error(
        "`{url}` is refused: `{host}` resolves to {address}, {what}; if it is meant, get the file yourself and name it"
    )]
    Address {
        /// The address.
        url: String,
        /// Its host.
        host: String,
        /// The address that is not public.
        address: std::net::IpAddr,
        /// What kind it is.
        what: &'static str,
    },
    /// The name does not resolve.
    #[error("cannot resolve `{host}`; check the name and the network")]
    Resolve {
        /// The host.
        host: String,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// Too many redirects.
    #[error("`{url}` redirects more than {FETCH_REDIRECTS} times; give the final address")]
    Redirects {
        /// The first address.
        url: String,
    },
    /// A redirect without a usable target.
    #[error("`{url}` redirects to `{location}`, which is not a URL; give the final address")]
    Location {
        /// The address that redirects.
        url: String,
        /// What its `Location` header holds.
        location: String,
    },
    /// The server answered, but not with the file.
    #[error("`{url}` answered with status {status}; check the address")]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server encoded the body although it was told not to.
    #[error("`{url}` answered with content encoding `{encoding}`; serve the module without it")]
    Encoding {
        /// The address.
        url: String,
        /// The encoding.
        encoding: String,
    },
    /// The body is longer than allowed.
    #[error(
        "`{url}` is larger than the size limit of {bytes_max} bytes; raise the module size limit or check the address"
    )]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        bytes_max: u64,
    },
    /// The body ended before the announced length.
    #[error("`{url}` ended after {received} of {announced} bytes; try again")]
    Truncated {
        /// The address.
        url: String,
        /// Bytes received.
        received: u64,
        /// Bytes announced.
        announced: u64,
    },
    /// The deadline passed.
    #[error(
        "`{url}` did not arrive within {time_max:?}; raise the download time limit or try again"
    )]
    TimedOut {
        /// The address.
        url: String,
        /// The limit.
        time_max: Duration,
    },
    /// The connection failed.
    #[error("cannot download `{url}`")]
    Transport {
        /// The address.
        url: String,
        /// What the client said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Downloads the body behind a URL, blocking: at most `bytes_max` bytes, within what `options` allow.
///
/// # Errors
/// [`FetchError`], one variant per reason.
pub fn fetch(url: &str, bytes_max: u64, options: &FetchOptions) -> Result<Vec<u8>, FetchError> {
    let download = Download {
        options,
        bytes_max,
        deadline: Instant::now() + options.time_max,
    };
    let first = parse(url)?;
    let mut target = first.clone();
    for _ in 0..=FETCH_REDIRECTS {
        match download.request(&target)? {
            Step::Body(bytes) => return Ok(bytes),
            Step::Redirect(next) => target = next,
        }
    }
    Err(FetchError::Redirects { url: shown(&first) })
}

/// One download: what is allowed and until when.
struct Download<'a> {
    options: &'a FetchOptions,
    bytes_max: u64,
    deadline: Instant,
}

/// What one request led to.
enum Step {
    Body(Vec<u8>),
    Redirect(Url),
}

impl Download<'_> {
    fn request(&self, url: &Url) -> Result<Step, FetchError> {
        let addresses = self.check(url)?;
        let mut response = agent(addresses, self.remaining(url)?)
            .get(url.as_str())
            .header(
                header::ACCEPT,
                "application/wasm, application/octet-stream;q=0.9, */*;q=0.1",
            )
            .header(header::ACCEPT_ENCODING, "identity")
            .call()
            .map_err(|error| self.transport(url, error))?;
        let status = response.status();
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            return redirect_target(url, response.headers()).map(Step::Redirect);
        }
        if status != StatusCode::OK {
            return Err(FetchError::Status {
                url: shown(url),
                status: status.as_u16(),
            });
        }
        let announced = check_head(url, response.headers(), self.bytes_max)?;
        self.body(url, announced, response.body_mut())
            .map(Step::Body)
    }

    /// The addresses the URL may be fetched from; all of them passed.
    fn check(&self, url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
        match url.scheme() {
            "https" => {}
            "http" if self.options.allow_http => {}
            _ => return Err(FetchError::Scheme { url: shown(url) }),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::UserInfo { url: shown(url) });
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(FetchError::Url {
                url: shown(url),
                reason: "it has no host".into(),
            });
        };
        let addresses = self.addresses(url, &host, port)?;
        let needs_grant =
            needs_grant(&host).or((url.scheme() == "http").then_some("reached over plain http"));
        for address in &addresses {
            self.check_address(url, &host, *address, needs_grant)?;
        }
        Ok(addresses)
    }

    fn addresses(
        &self,
        url: &Url,
        host: &Host<&str>,
        port: u16,
    ) -> Result<Vec<SocketAddr>, FetchError> {
        match host {
            Host::Ipv4(ip) => Ok(vec![SocketAddr::new((*ip).into(), port)]),
            Host::Ipv6(ip) => Ok(vec![SocketAddr::new((*ip).into(), port)]),
            Host::Domain(name) => match needs_grant(host) {
                // Not even looked up: nothing that is granted could answer.
                Some(what) if self.options.addresses.is_empty() => Err(FetchError::Host {
                    url: shown(url),
                    host: (*name).to_owned(),
                    what,
                }),
                _ => self.resolve(url, name, port),
            },
        }
    }

    /// Looks the name up on a thread of its own, because the system's resolver cannot be given a deadline. A thread
    /// that is given up ends when the resolver does.
    fn resolve(&self, url: &Url, name: &str, port: u16) -> Result<Vec<SocketAddr>, FetchError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let (lookup, host) = (self.options.lookup.clone(), name.to_owned());
        let failed = |source| FetchError::Resolve {
            host: name.to_owned(),
            source,
        };
        std::thread::Builder::new()
            .name("tollgate-resolve".into())
            .spawn(move || sender.send(lookup(&host, port)))
            .map_err(failed)?;
        let answer = receiver
            .recv_timeout(self.remaining(url)?)
            .map_err(|_| self.timed_out(url))?;
        let mut addresses = answer.map_err(failed)?;
        if addresses.is_empty() {
            return Err(failed(io::ErrorKind::NotFound.into()));
        }
        addresses.dedup();
        Ok(addresses)
    }

    fn check_address(
        &self,
        url: &Url,
        host: &Host<&str>,
        address: SocketAddr,
        needs_grant: Option<&'static str>,
    ) -> Result<(), FetchError> {
        if self
            .options
            .addresses
            .iter()
            .any(|grant| grant.covers(address))
        {
            return Ok(());
        }
        if let Some(what) = not_public(address.ip()) {
            let (url, host, address) = (shown(url), host.to_string(), address.ip());
            return Err(FetchError::Address {
                url,
                host,
                address,
                what,
            });
        }
        match needs_grant {
            Some(what) => Err(FetchError::Host {
                url: shown(url),
                host: host.to_string(),
                what,
            }),
            None => Ok(()),
        }
    }

    fn body(
        &self,
        url: &Url,
        announced: Option<u64>,
        body: &mut ureq::Body,
    ) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        body.as_reader()
            .take(self.bytes_max + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self.failed(url, error))?;
        let received = bytes.len() as u64;
        if received > self.bytes_max {
            return Err(FetchError::TooLarge {
                url: shown(url),
                bytes_max: self.bytes_max,
            });
        }
        match announced {
            Some(announced) if announced != received => Err(FetchError::Truncated {
                url: shown(url),
                received,
                announced,
            }),
            _ => Ok(bytes),
        }
    }

    fn remaining(&self, url: &Url) -> Result<Duration, FetchError> {
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            Err(self.timed_out(url))
        } else {
            Ok(remaining)
        }
    }

    fn timed_out(&self, url: &Url) -> FetchError {
        FetchError::TimedOut {
            url: shown(url),
            time_max: self.options.time_max,
        }
    }

    fn transport(&self, url: &Url, error: ureq::Error) -> FetchError {
        match error {
            ureq::Error::Timeout(_) => self.timed_out(url),
            error => self.failed(url, error),
        }
    }

    fn failed(
        &self,
        url: &Url,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> FetchError {
        if Instant::now() >= self.deadline {
            return self.timed_out(url);
        }
        FetchError::Transport {
            url: shown(url),
            source: error.into(),
        }
    }
}

fn parse(text: &str) -> Result<Url, FetchError> {
    let refuse = |reason: String| FetchError::Url {
        url: text.chars().take(100).collect(),
        reason,
    };
    if text.len() > URL_BYTES {
        return Err(refuse(format!("it is longer than {URL_BYTES} bytes")));
    }
    // The URL standard drops these; an address that needs it is an attempt to look like another one.
    if text
        .bytes()
        .any(|byte| byte.is_ascii_control() || byte == b' ' || byte == b'\\')
    {
        return Err(refuse(
            "it contains a space, a backslash or a control character".into(),
        ));
    }
    let mut url = Url::parse(text).map_err(|error| refuse(error.to_string()))?;
    url.set_fragment(None);
    Ok(url)
}

/// Why this host is reached only when its address is granted, whatever that address is.
fn needs_grant(host: &Host<&str>) -> Option<&'static str> {
    const LOCAL: [&str; 8] = [
        "localhost",
        "local",
        "internal",
        "localdomain",
        "lan",
        "home.arpa",
        "intranet",
        "onion",
    ];
    let Host::Domain(name) = host else {
        return Some("an address written as a number");
    };
    let name = name.trim_end_matches('.');
    let local = |zone: &&str| {
        name.strip_suffix(*zone)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if LOCAL.iter().any(local) {
        return Some("a name of the local network");
    }
    (!name.contains('.')).then_some("a name without a domain")
}

/// A client that knows these addresses and no others, used for one request.
fn agent(addresses: Vec<SocketAddr>, time: Duration) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .max_response_header_size(FETCH_HEAD_BYTES)
        .timeout_global(Some(time))
        .timeout_connect(Some(time.min(FETCH_CONNECT_WALL)))
        .user_agent("tollgate")
        .build();
    ureq::Agent::with_parts(config, DefaultConnector::default(), Checked(addresses))
}

/// Answers with the checked addresses, whatever is asked.
#[derive(Debug)]
struct Checked(Vec<SocketAddr>);

impl Resolver for Checked {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut answer = self.empty();
        // The client holds 16 addresses at most.
        self.0
            .iter()
            .take(16)
            .for_each(|address| answer.push(*address));
        Ok(answer)
    }
}

fn redirect_target(url: &Url, headers: &ureq::http::HeaderMap) -> Result<Url, FetchError> {
    let location = headers
        .get(header::LOCATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let location = location.unwrap_or_default();
    let joined = url.join(&location).ok().filter(|_| !location.is_empty());
    let target = joined.and_then(|target| parse(target.as_str()).ok());
    target.ok_or_else(|| FetchError::Location {
        url: shown(url),
        location: location.chars().take(200).collect(),
    })
}

/// Checks what the response head says of the body; returns its announced length.
fn check_head(
    url: &Url,
    headers: &ureq::http::HeaderMap,
    bytes_max: u64,
) -> Result<Option<u64>, FetchError> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &ureq::http::HeaderValue| value.to_str().ok())
    };
    if let Some(encoding) =
        text(header::CONTENT_ENCODING).filter(|value| !value.eq_ignore_ascii_case("identity"))
    {
        return Err(FetchError::Encoding {
            url: shown(url),
            encoding: encoding.chars().take(50).collect(),
        });
    }
    let announced = text(header::CONTENT_LENGTH).and_then(|value| value.trim().parse::<u64>().ok());
    match announced {
        Some(length) if length > bytes_max => Err(FetchError::TooLarge {
            url: shown(url),
            bytes_max,
        }),
        announced => Ok(announced),
    }
}

/// The URL for messages: without user name, password and query, which may hold secrets.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for URLs without a host, which have neither.
    url.set_username("")
        .and_then(|()| url.set_password(None))
        .ok();
    url.set_query(None);
    url.into()
}
