//! A thin client: one request, one answer, errors as the server says them.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::RequestBuilder;
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::typestate::{WithBody, WithoutBody};

use crate::wire::ErrorBody;

/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a body may take to go or to come, and how long the server may work: longer than it lets anything take.
const WAIT: Duration = Duration::from_secs(600);

/// A server, and the key to use there.
pub struct Client {
    agent: ureq::Agent,
    server: String,
    key: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server refused.
    #[error("{}", .body.message)]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        body: ErrorBody,
    },
    /// The body has no JSON form.
    #[error("the request cannot be written as JSON")]
    Unsendable(#[source] serde_json::Error),
    /// What should be trusted cannot be read.
    #[error("there is no certificate in PEM in it, or one that cannot be read")]
    Certificates,
    /// What came back is no answer of a Tollgate server.
    #[error("`{server}` answered with status {status} and nothing that a Tollgate server says")]
    Foreign {
        /// The server.
        server: String,
        /// The HTTP status.
        status: u16,
    },
    /// It could not be reached, or the answer ended early.
    #[error("`{server}` cannot be reached")]
    Unreachable {
        /// The server.
        server: String,
        /// Why.
        #[source]
        source: Box<ureq::Error>,
    },
}

impl Client {
    /// Returns a client of the server at `server`, such as `http://127.0.0.1:8080`, with `key`. Nothing is asked of the server yet.
    ///
    /// A connection may take 10 s to be made. After that each part of a request (sending its body, waiting for the answer, reading it)
    /// may take 600 s, longer than the server lets a run take. An answer of more than 64 MiB is not read. Proxies of the environment
    /// are not used, and redirects are not followed.
    #[must_use]
    pub fn new(server: &str, key: &str) -> Self {
        Self {
            agent: agent(RootCerts::WebPki),
            server: server.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
        }
    }

    /// The same, which trusts the certificates in this text in PEM and no others.
    ///
    /// # Errors
    /// [`ClientError::Certificates`].
    pub fn trusting(self, pem: &[u8]) -> Result<Self, ClientError> {
        let mut trusted = Vec::new();
        for item in ureq::tls::parse_pem(pem) {
            match item {
                Ok(PemItem::Certificate(certificate)) => trusted.push(certificate),
                // Whatever else there is proves nobody.
                Ok(_) => {}
                Err(_) => return Err(ClientError::Certificates),
            }
        }
        if trusted.is_empty() {
            return Err(ClientError::Certificates);
        }
        Ok(Self {
            agent: agent(RootCerts::Specific(Arc::new(trusted))),
            ..self
        })
    }

    /// Reads what stands at `path`, such as `/api/v1/keys`.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.read(self.bare(self.agent.get(self.url(path))).call())
    }

    /// Reads bytes that are no JSON.
    pub(crate) fn get_bytes(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        let answer = self.answer(self.bare(self.agent.get(self.url(path))).call())?;
        Ok(answer.body)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.answer(self.bare(self.agent.delete(self.url(path))).call())
            .map(drop)
    }

    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.read(self.send(self.agent.post(self.url(path)), body)?)
    }

    /// As [`Client::post`], with headers, each a name and a value.
    pub(crate) fn post_with<T: DeserializeOwned>(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<(T, Answer), ClientError> {
        let request = self.agent.post(self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let answer = self.answer(self.send(request, body)?)?;
        Ok((self.parsed(&answer)?, answer))
    }

    /// Asks for something that needs no body.
    pub(crate) fn post_empty<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let request = self.agent.post(self.url(path));
        let request = request.header("authorization", self.bearer());
        self.read(request.send_empty())
    }

    pub(crate) fn put(&self, path: &str, body: &impl Serialize) -> Result<(), ClientError> {
        self.answer(self.send(self.agent.put(self.url(path)), body)?)
            .map(drop)
    }

    /// As [`Client::put`], of what is answered with what is there then.
    pub(crate) fn put_json<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.read(self.send(self.agent.put(self.url(path)), body)?)
    }

    pub(crate) fn put_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        bytes: &[u8],
    ) -> Result<T, ClientError> {
        let request = self.agent.put(self.url(path));
        let request = request
            .header("authorization", self.bearer())
            .content_type("application/wasm");
        self.read(request.send(bytes))
    }

    fn bare(&self, request: RequestBuilder<WithoutBody>) -> RequestBuilder<WithoutBody> {
        request.header("authorization", self.bearer())
    }

    fn send(
        &self,
        request: RequestBuilder<WithBody>,
        body: &impl Serialize,
    ) -> Result<Sent, ClientError> {
        let json = serde_json::to_vec(body).map_err(ClientError::Unsendable)?;
        let request = request
            .header("authorization", self.bearer())
            .content_type("application/json");
        Ok(request.send(&json))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key)
    }

    fn read<T: DeserializeOwned>(&self, sent: Sent) -> Result<T, ClientError> {
        self.parsed(&self.answer(sent)?)
    }

    fn parsed<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, ClientError> {
        serde_json::from_slice(&answer.body).map_err(|_| self.foreign(answer.status))
    }

    /// The answer, if it is a success.
    fn answer(&self, sent: Sent) -> Result<Answer, ClientError> {
        let unreachable = |source| ClientError::Unreachable {
            server: self.server.clone(),
            source: Box::new(source),
        };
        let mut response = sent.map_err(unreachable)?;
        let status = response.status().as_u16();
        let is_replay = response.headers().contains_key("idempotent-replayed");
        let body = response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_vec()
            .map_err(unreachable)?;
        if (200..300).contains(&status) {
            return Ok(Answer {
                status,
                is_replay,
                body,
            });
        }
        let body = serde_json::from_slice(&body).map_err(|_| self.foreign(status))?;
        Err(ClientError::Refused { status, body })
    }

    fn foreign(&self, status: u16) -> ClientError {
        ClientError::Foreign {
            server: self.server.clone(),
            status,
        }
    }
}

fn agent(trusted: RootCerts) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(trusted).build())
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .timeout_connect(Some(CONNECT))
        .timeout_send_body(Some(WAIT))
        .timeout_recv_response(Some(WAIT))
        .timeout_recv_body(Some(WAIT))
        .build();
    config.new_agent()
}

type Sent = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

/// A success.
pub(crate) struct Answer {
    status: u16,
    /// Whether it is the answer to an earlier request with the same idempotency key.
    pub(crate) is_replay: bool,
    body: Vec<u8>,
}
