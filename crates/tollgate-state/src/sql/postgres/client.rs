//! A client that waits, and no longer than a time.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::{self, Future};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::{NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::limits::{DATABASE_CONNECT, DATABASE_SILENCE, DATABASE_STATEMENT};
use crate::place::PostgresUrl;
use crate::sql::value::{DbError, DbResult};

/// A server that answers no statement for so long has gone silent: it would have ended it by itself.
const ANSWER: Duration = DATABASE_STATEMENT.saturating_add(DATABASE_SILENCE);

/// An answer that nobody waits for yet.
pub(super) type Coming = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// A client. Nothing happens on its connection but while somebody waits for it here.
pub(super) struct Client {
    client: Arc<tokio_postgres::Client>,
    /// `None` while it is dropped.
    runtime: Option<Runtime>,
    /// Statements that were sent and whose answers nobody has waited for.
    behind: Cell<u32>,
}

impl Client {
    pub(super) fn connect(url: &PostgresUrl) -> DbResult<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(DbError::Runtime)?;
        let within = url.connect_timeout().saturating_add(DATABASE_CONNECT);
        let made = match url.is_plain() {
            true => wait(&runtime, within, async {
                let (client, connection) = url.config().connect(NoTls).await?;
                drive(connection);
                Ok(client)
            }),
            false => {
                let tls = tls(url).map_err(|source| DbError::Tls { source })?;
                wait(&runtime, within, async {
                    let tls = MakeRustlsConnect::new(tls);
                    let (client, connection) = url.config().connect(tls).await?;
                    drive(connection);
                    Ok(client)
                })
            }
        };
        Ok(Self {
            client: Arc::new(made?),
            runtime: Some(runtime),
            behind: Cell::new(0),
        })
    }

    /// Waits for what the server says to `ask`. It answers in order, and each statement that was sent before may take its time.
    pub(super) fn wait<'c, T, F>(
        &'c self,
        ask: impl FnOnce(&'c tokio_postgres::Client) -> F,
    ) -> DbResult<T>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>> + 'c,
    {
        let Some(runtime) = &self.runtime else {
            return Err(DbError::Lost);
        };
        let before = DATABASE_STATEMENT.saturating_mul(self.behind.get());
        let answered = wait(runtime, ANSWER.saturating_add(before), ask(&self.client));
        self.behind.set(0);
        answered
    }

    /// Puts what `ask` asks behind what was asked before, and returns what will come of it. It goes out with what is waited for next.
    pub(super) fn send<F>(&self, ask: impl FnOnce(Arc<tokio_postgres::Client>) -> F) -> Coming
    where
        F: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
    {
        self.behind.set(self.behind.get().saturating_add(1));
        let mut coming: Coming = Box::pin(ask(Arc::clone(&self.client)));
        // A request takes its place when its future is looked at for the first time.
        match coming
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Pending => coming,
            Poll::Ready(done) => Box::pin(future::ready(done)),
        }
    }

    /// Waits for an answer to come.
    pub(super) fn receive(&self, coming: Coming) -> DbResult<()> {
        self.wait(|_| coming)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A runtime must not wait for its end within another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn wait<T>(
    runtime: &Runtime,
    within: Duration,
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> DbResult<T> {
    // The timer begins within the runtime.
    let answered = runtime.block_on(async { tokio::time::timeout(within, asked).await });
    match answered {
        Ok(answered) => Ok(answered?),
        Err(_) => Err(DbError::Silent),
    }
}

/// Lets the connection work whenever somebody waits in the runtime. Its end is told to whoever asks something of it.
fn drive<S>(connection: tokio_postgres::Connection<Socket, S>)
where
    S: tokio_postgres::tls::TlsStream + Send + Unpin + 'static,
{
    tokio::spawn(async move {
        connection.await.ok();
    });
}

fn tls(url: &PostgresUrl) -> Result<ClientConfig, Box<dyn Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    match url.authorities() {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate?)?;
            }
            if roots.is_empty() {
                return Err("the file of authorities has no certificate in PEM".into());
            }
        }
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
