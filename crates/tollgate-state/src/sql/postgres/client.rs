//! A client that waits, and no longer than a time.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
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

/// An answer that nobody waits for yet. It is taken in while something else is waited for: the connection reads no further while one is
/// not.
pub(super) type Coming = JoinHandle<Result<(), tokio_postgres::Error>>;

/// A client. Nothing happens on its connection but while somebody waits for it here.
pub(super) struct Client {
    client: Arc<tokio_postgres::Client>,
    /// `None` while it is dropped.
    runtime: Option<Runtime>,
}

impl Client {
    pub(super) fn connect(url: &PostgresUrl) -> DbResult<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(DbError::Runtime)?;
        let time = url.connect_timeout().saturating_add(DATABASE_CONNECT);
        let made = match url.is_plain() {
            true => wait(&runtime, time, async {
                let (client, connection) = url.config().connect(NoTls).await?;
                drive(connection);
                Ok(client)
            }),
            false => {
                let tls = tls(url).map_err(|source| DbError::Tls { source })?;
                wait(&runtime, time, async {
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
        })
    }

    /// Waits for what the server says to `ask`, and to all that was sent before.
    pub(super) fn wait<'c, T, F>(
        &'c self,
        ask: impl FnOnce(&'c tokio_postgres::Client) -> F,
    ) -> DbResult<T>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>> + 'c,
    {
        wait(self.runtime()?, ANSWER, ask(&self.client))
    }

    /// Puts what `ask` asks behind what was asked before, and returns what will come of it. It goes out with what is waited for next.
    pub(super) fn send<F>(
        &self,
        ask: impl FnOnce(Arc<tokio_postgres::Client>) -> F,
    ) -> DbResult<Coming>
    where
        F: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
    {
        let runtime = self.runtime()?;
        let mut coming = Box::pin(ask(Arc::clone(&self.client)));
        // A request takes its place when its future is looked at for the first time.
        let looked = coming
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        Ok(runtime.spawn(async move {
            match looked {
                Poll::Pending => coming.await,
                Poll::Ready(done) => done,
            }
        }))
    }

    /// Waits for answers to come, and returns the first failure of them.
    pub(super) fn receive(&self, coming: Vec<Coming>) -> DbResult<()> {
        let all = async {
            for one in coming {
                // It ends early when the runtime does.
                one.await.map_err(|_| DbError::Lost)??;
            }
            Ok(())
        };
        within(self.runtime()?, ANSWER, all).ok_or(DbError::Silent)?
    }

    fn runtime(&self) -> DbResult<&Runtime> {
        self.runtime.as_ref().ok_or(DbError::Lost)
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
    time: Duration,
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> DbResult<T> {
    let answered = within(runtime, time, asked).ok_or(DbError::Silent)?;
    Ok(answered?)
}

/// Waits for something; `None`: its time is over.
fn within<T>(runtime: &Runtime, time: Duration, asked: impl Future<Output = T>) -> Option<T> {
    // The timer begins within the runtime.
    let done = runtime.block_on(async { tokio::time::timeout(time, asked).await });
    done.ok()
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
