//! `tollgate serve`: a server on this machine, with nothing to install.

mod log;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tollgate::sandbox::Compiler;
use tollgate::{CacheConfig, CompileLimits, EngineConfig, ProcessLimits, Tollgate};
use tollgate_server::limits::{CASTS_CEILING, CASTS_MAX};
use tollgate_server::{
    Exposure, PostgresUrl, ServeError, Server, ServerConfig, ServerData, TlsFiles, code_folder,
};

use crate::arguments::{Determinism, Jail};
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::set_by::SetBy;
use crate::{data, output, quantity};

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate serve > admin.key
  tollgate serve --data /var/lib/tollgate --listen 127.0.0.1:7400
  tollgate serve --database postgres://tollgate@localhost/tollgate
  tollgate serve --listen 0.0.0.0:7400 --tls-cert server.pem --tls-key server.key

The first start prints a key with every role but `approver`, on standard output and never again.
`docs/server.md` shows what to do with it.")]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Where to listen; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7400", value_parser = address)]
    listen: SocketAddr,
    /// Certificate of the server in PEM, with those up to an authority that clients know: then it speaks HTTPS
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Key of the certificate in PEM, which no other user may read
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Let other machines reach it without encryption: in a network you trust, or behind a proxy that does TLS
    #[arg(long)]
    insecure_http: bool,
    /// Where to give numbers for Prometheus, at `/metrics`: to this machine alone and without a key, of all tenants together
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    metrics: Option<SocketAddr>,
    /// Runs at once; more are told to come again
    #[arg(long, value_name = "N", default_value_t = CASTS_MAX,
        value_parser = quantity::whole::<usize>(1..=CASTS_CEILING as u64))]
    casts: usize,
    /// How guests are separated
    #[arg(long, value_enum, default_value = "isolated", value_name = "PROFILE")]
    profile: Separation,
    /// How far a result depends on the input alone; with `full` and `no-float` runs are replayed from their receipts
    #[arg(long, value_enum, default_value = "off", value_name = "LEVEL")]
    determinism: Determinism,
    /// How much of the system's own walls there must be around each guest; `tollgate doctor` lists them
    #[arg(long, value_enum, default_value = "best", value_name = "MODE")]
    jail: Jail,
}

/// The folder of a server, for the server itself and for commands that work in it.
#[derive(Args)]
pub(crate) struct DataArguments {
    /// Folder of everything the server keeps [default: what TOLLGATE_DATA says, or tollgate/server in the user's data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Database of PostgreSQL, `postgres://USER@HOST/DATABASE`, instead of a file in the folder [default: what TOLLGATE_DATABASE
    /// says, where a password is not seen by others]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Authorities in PEM that vouch for the database's certificate, instead of those that browsers trust
    #[arg(long, value_name = "FILE")]
    database_ca: Option<PathBuf>,
}

impl DataArguments {
    /// Whether the folder or the database was typed, and not set.
    pub(crate) fn is_typed(&self, set_by: &SetBy) -> bool {
        let named = [
            ("--data", self.data.is_some()),
            ("--database", self.database.is_some()),
        ];
        let mut named = named.into_iter().filter(|(_, is_named)| *is_named);
        named.any(|(flag, _)| set_by.of(flag).is_none())
    }

    /// Where the server keeps what it keeps.
    pub(crate) fn chosen(&self) -> CliResult<ServerData> {
        Ok(ServerData {
            folder: self.folder()?,
            database: self.database()?,
        })
    }

    fn database(&self) -> CliResult<Option<PostgresUrl>> {
        let chosen = self.database.as_deref();
        let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) else {
            return match &self.database_ca {
                None => Ok(None),
                Some(_) => Err(CliError::message(
                    Exit::Usage,
                    "`--database-ca` is for a database; name one with `--database`",
                )),
            };
        };
        let url: PostgresUrl = chosen.parse().or_exit(Exit::Usage)?;
        Ok(Some(match &self.database_ca {
            None => url,
            Some(file) => {
                let pem = std::fs::read(file).map_err(|error| {
                    let message = format!("`{}` cannot be read: {error}", file.display());
                    CliError::message(Exit::Config, message)
                })?;
                url.with_authorities(pem)
            }
        }))
    }

    fn folder(&self) -> CliResult<PathBuf> {
        let chosen = self.data.clone();
        let folder = chosen.or_else(|| data::folder().map(|data| data.join("server")));
        folder.ok_or_else(|| {
            let message =
                "no folder for the server: neither XDG_DATA_HOME nor HOME names one; choose one with `--data`";
            CliError::message(Exit::Config, message)
        })
    }
}

/// An address of this machine, and a port.
fn address(text: &str) -> Result<SocketAddr, String> {
    let read = text.parse();
    read.map_err(|_| {
        // `8080`, `:8080` and `localhost:8080` have the port that is meant.
        let port = text
            .rsplit(':')
            .next()
            .and_then(|port| port.parse::<u16>().ok());
        let port = port.unwrap_or(7400);
        format!(
            "`{text}` is not an address with a port; write `127.0.0.1:{port}` or `[::1]:{port}`"
        )
    })
}

/// How guests are separated. Full speed is for code one trusts, which is not what a server runs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Separation {
    /// Each run in a process of its own
    Isolated,
    /// In the server's process: faster, with one wall less
    Metered,
}

pub(crate) fn run(arguments: &ServeArguments) -> CliResult<Exit> {
    // Unlike the other commands it serves many, so what they hold together has bounds.
    ProcessLimits::standard().apply();
    log::begin()?;
    let config = ServerConfig {
        data: arguments.data.chosen()?,
        listen: arguments.listen,
        exposure: match arguments.insecure_http {
            true => Exposure::Unencrypted,
            false => Exposure::Loopback,
        },
        tls: tls(arguments)?,
        metrics: arguments.metrics,
        casts_max: arguments.casts,
    };
    config.check().map_err(refused)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .or_exit(Exit::Config)?;
    let ended = runtime.block_on(serve(arguments, &config));
    // What still works on a thread is of no use to anybody any more.
    runtime.shutdown_background();
    ended
}

/// The files for HTTPS. Half of what it needs, or both kinds of HTTP, may come from settings as well as from what is typed, which the
/// grammar does not see: a server that was to encrypt does so or does not begin.
fn tls(arguments: &ServeArguments) -> CliResult<Option<TlsFiles>> {
    let usage = |message: &str| Err(CliError::message(Exit::Usage, message));
    match (&arguments.tls_cert, &arguments.tls_key) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) if arguments.insecure_http => usage(
            "`--insecure-http` and `--tls-cert` are both set, and a server does one of them; leave one out, or read no file with `--no-config`",
        ),
        (Some(certificates), Some(key)) => Ok(Some(TlsFiles {
            certificates: certificates.clone(),
            key: key.clone(),
        })),
        (Some(_), None) => {
            usage("`--tls-cert` needs the key of the certificate; name it with `--tls-key`")
        }
        (None, Some(_)) => {
            usage("`--tls-key` needs the certificate of the key; name it with `--tls-cert`")
        }
    }
}

async fn serve(arguments: &ServeArguments, config: &ServerConfig) -> CliResult<Exit> {
    let mut stops = Stops {
        terminate: signal(SignalKind::terminate()).or_exit(Exit::Config)?,
        interrupt: signal(SignalKind::interrupt()).or_exit(Exit::Config)?,
    };
    let (tollgate, compiler) = sandbox(arguments, &config.data.folder)?;
    let server = Server::bind(config, tollgate, compiler).await;
    let server = server.map_err(refused)?;
    if let Some(key) = server.first_key() {
        output::answer(format!("{key}\n").as_bytes())?;
        output::say(
            "tollgate: the key on standard output may do everything but approve; it is not shown again",
        );
    }
    if let Some(address) = server.metrics_address() {
        output::say(&format!("tollgate: metrics at http://{address}/metrics"));
    }
    let scheme = match config.tls {
        Some(_) => "https",
        None => "http",
    };
    output::say(&format!(
        "tollgate: listening on {scheme}://{}",
        server.address()
    ));
    let running = server.start();
    stops.one().await;
    output::say(
        "tollgate: stopping when what is under way has ended; another signal stops at once",
    );
    tokio::select! {
        () = running.stop() => Ok(Exit::Success),
        number = stops.one() => Ok(Exit::Signal(number)),
    }
}

/// The signals that stop a server.
struct Stops {
    terminate: Signal,
    interrupt: Signal,
}

impl Stops {
    /// Waits for one of them, and returns its number.
    async fn one(&mut self) -> u8 {
        let kind = tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
        };
        u8::try_from(kind.as_raw_value()).unwrap_or(u8::MAX)
    }
}

/// What runs modules, which is granted nothing, and what looks at them.
fn sandbox(arguments: &ServeArguments, data: &Path) -> CliResult<(Tollgate, Compiler)> {
    let mut engine = match arguments.profile {
        Separation::Isolated => EngineConfig::isolated(),
        Separation::Metered => EngineConfig::metered(),
    };
    engine.concurrent = u32::try_from(arguments.casts).or_exit(Exit::Usage)?;
    engine.jail = arguments.jail.mode();
    engine.determinism = arguments.determinism.level();
    let code = code_folder(data).or_exit(Exit::Config)?;
    let tollgate = Tollgate::builder()
        .engine(engine)
        .cache(CacheConfig::new(code))
        .build()
        .or_exit(Exit::Config)?;
    let compiler = Compiler::worker(CompileLimits::default()).or_exit(Exit::Internal)?;
    Ok((tollgate, compiler.jailed(arguments.jail.mode())))
}

/// Why there is no server, with what to type.
fn refused(error: ServeError) -> CliError {
    match &error {
        ServeError::Exposed { .. } => CliError::message(
            Exit::Usage,
            format!(
                "{error}; encrypt with `--tls-cert` and `--tls-key`, listen on `127.0.0.1`, or say `--insecure-http`"
            ),
        ),
        ServeError::MetricsExposed { .. } => CliError::message(
            Exit::Usage,
            format!(
                "{error}; give them on `127.0.0.1`, and let what is on this machine pass them on"
            ),
        ),
        _ => CliError::new(Exit::Config, error),
    }
}
