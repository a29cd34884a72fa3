//! A PostgreSQL server for tests: made in a folder of its own, for one process of tests, and gone when that is.
//!
//! It needs Debian's `postgresql`. Where that is missing the tests that want it fail and say so; `cargo xtask test` skips them then,
//! by the name of their module, which is `postgres` everywhere.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    reason = "it is for tests, which may panic"
)]

use std::fs;
use std::io;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use tempfile::TempDir;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(60);

/// Where Debian puts what it does not put on the path.
const DEBIAN: &str = "/usr/lib/postgresql/15/bin";

/// The password of the user `postgres`, who needs none through the socket.
pub const PASSWORD: &str = "of the tests";

/// A server, and the folder of its data.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    /// On the loopback interface.
    port: u16,
    settings: Vec<String>,
    running: Mutex<Option<Child>>,
    schemas: AtomicU64,
}

/// The server of this process, which every test may use: each in a schema of its own.
///
/// # Panics
/// When PostgreSQL is not installed, or does not start.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&[]))
}

/// Whether PostgreSQL is installed here.
#[must_use]
pub fn is_installed() -> bool {
    program("initdb").is_some()
}

impl Server {
    /// Starts a server of the caller's own, with more settings (`name=value`).
    ///
    /// # Panics
    /// As [`server`].
    #[must_use]
    pub fn start(settings: &[&str]) -> Self {
        let server = Self::make(settings);
        server.resume();
        server
    }

    /// Starts a server of the caller's own that can encrypt, with a certificate and its key in PEM.
    ///
    /// # Panics
    /// As [`server`].
    #[must_use]
    pub fn start_with_tls(certificate: &str, key: &str) -> Self {
        let mut server = Self::make(&["ssl=on"]);
        for (setting, text) in [("ssl_cert_file", certificate), ("ssl_key_file", key)] {
            let file = server.folder.path().join(setting);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            own(&file);
            server
                .settings
                .push(format!("{setting}={}", file.display()));
        }
        server.resume();
        server
    }

    fn make(settings: &[&str]) -> Self {
        let initdb = program("initdb");
        let initdb = initdb.expect(
            "PostgreSQL is not installed: `apt-get install postgresql`, or skip `postgres::`",
        );
        sweep();
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let folder = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(place())
            .unwrap();
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD).unwrap();
        own(folder.path());
        own(&password);
        let data = folder.path().join("data");
        let made = as_user(&initdb)
            .args([
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
            ])
            // What is made is not kept, so it need not be on the disk; what the server commits is.
            .arg("--no-sync")
            .arg("--pwfile")
            .arg(&password)
            .arg("--pgdata")
            .arg(&data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        Self {
            folder,
            port,
            settings: settings.iter().map(ToString::to_string).collect(),
            running: Mutex::default(),
            schemas: AtomicU64::new(0),
        }
    }

    /// Starts it again after [`Server::kill`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn resume(&self) {
        let mut command = as_user(&program("postgres").unwrap());
        command
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .arg("-k")
            .arg(self.folder.path())
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-c", "max_connections=1000"]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        *self.running() = Some(spawn_until_the_end(command).unwrap());
        let begun = Instant::now();
        while let Err(error) = Client::connect(&self.url(""), NoTls) {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(
                begun.elapsed() < START,
                "PostgreSQL does not start: {error}\n{log}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&self) {
        let mut child = self.running().take().expect("the server runs");
        // `QUIT` is its immediate shutdown: its processes end at once, and what they did not write is not written.
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-QUIT", &id]).status().unwrap();
        assert!(sent.success());
        child.wait().unwrap();
    }

    /// The address of the database through its socket, with more parameters.
    #[must_use]
    pub fn url(&self, parameters: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!(
            "postgres://postgres@{folder}:{}/postgres{parameters}",
            self.port
        )
    }

    /// The address of the database on the loopback interface, for whoever has the password.
    #[must_use]
    pub fn url_with_password(&self, password: &str, parameters: &str) -> String {
        let password = password.replace(' ', "%20");
        format!(
            "postgres://postgres:{password}@127.0.0.1:{}/postgres{parameters}",
            self.port
        )
    }

    /// The parameters of an address that lead to a new, empty schema.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn fresh_schema(&self) -> String {
        let name = format!("s{}", self.schemas.fetch_add(1, Relaxed));
        self.ask(&format!("CREATE SCHEMA {name}"));
        format!("?options=-c%20search_path%3D{name}")
    }

    /// The address of a new, empty schema.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn fresh(&self) -> String {
        self.url(&self.fresh_schema())
    }

    /// The address that leads to `url`, of this server on the loopback interface, through a place where `judge` hears each piece that
    /// clients say.
    ///
    /// # Panics
    /// When there is no address.
    #[must_use]
    pub fn between(
        &self,
        url: &str,
        judge: impl Fn(&[u8]) -> Pass + Clone + Send + 'static,
    ) -> String {
        self.through(url, move |client, server| {
            pass(client, server, judge.clone());
        })
    }

    /// As [`Server::between`], with a pause behind each message that the server says.
    ///
    /// # Panics
    /// When there is no address.
    #[must_use]
    pub fn haltingly(&self, url: &str, pause: Duration) -> String {
        self.through(url, move |client, server| {
            let (asks, answers) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || pass_all(asks, answers));
            std::thread::spawn(move || pass_messages(server, client, pause));
        })
    }

    fn through(&self, url: &str, join: impl Fn(TcpStream, TcpStream) + Send + 'static) -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (there, here) = (self.port, listener.local_addr().unwrap().port());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, there)).unwrap();
                join(client, server);
            }
        });
        url.replace(&format!(":{there}/"), &format!(":{here}/"))
    }

    fn ask(&self, sql: &str) {
        let mut client = Client::connect(&self.url(""), NoTls).unwrap();
        client.batch_execute(sql).unwrap();
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.running().is_some() {
            self.kill();
        }
    }
}

/// What is passed on of a piece that a client says, and of what comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// The piece, and its answer.
    Both,
    /// The piece; then the connection ends, before its answer.
    Question,
    /// Nothing: the connection ends.
    Nothing,
}

/// Passes on what the two say to each other, on threads of its own.
fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    judge: impl Fn(&[u8]) -> Pass + Send + 'static,
) {
    let is_over = Arc::new(AtomicBool::new(false));
    let (mut answers, mut told) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let over = Arc::clone(&is_over);
    std::thread::spawn(move || {
        let mut bytes = [0; 64 * 1024];
        while let Ok(read @ 1..) = answers.read(&mut bytes) {
            if over.load(Relaxed) || told.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        told.shutdown(Shutdown::Both).ok();
    });
    std::thread::spawn(move || {
        let mut bytes = [0; 64 * 1024];
        while let Ok(read @ 1..) = client.read(&mut bytes) {
            let passes = judge(&bytes[..read]);
            is_over.store(passes != Pass::Both, Relaxed);
            if passes == Pass::Nothing || server.write_all(&bytes[..read]).is_err() {
                break;
            }
            if passes == Pass::Question {
                // The answer ends the other thread, and it is not told.
                return;
            }
        }
        client.shutdown(Shutdown::Both).ok();
        server.shutdown(Shutdown::Both).ok();
    });
}

/// Passes on all that one says.
fn pass_all(mut from: TcpStream, mut to: TcpStream) {
    std::io::copy(&mut from, &mut to).ok();
    to.shutdown(Shutdown::Both).ok();
}

/// Passes on what the server says, one message at a time: a byte that says of which kind it is, and a length that counts itself.
fn pass_messages(mut from: TcpStream, mut to: TcpStream, pause: Duration) {
    to.set_nodelay(true).ok();
    let mut head = [0; 5];
    while from.read_exact(&mut head).is_ok() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut message = head.to_vec();
        let rest = u64::from(length.saturating_sub(4));
        let read = (&from).take(rest).read_to_end(&mut message);
        if read.is_err() || to.write_all(&message).is_err() {
            break;
        }
        std::thread::sleep(pause);
    }
    to.shutdown(Shutdown::Both).ok();
}

/// Names of folders begin with this, and the number of the process.
const PREFIX: &str = "tollgate-postgres-";

/// Where the folders lie: in memory where there is such a place, since tests commit thousands of times.
fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => memory.to_owned(),
        false => std::env::temp_dir(),
    }
}

/// Removes folders of processes that are gone: the server of a process outlives nothing, and its folder does.
fn sweep() {
    let Ok(entries) = fs::read_dir(place()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        let process = rest.split('-').next().unwrap_or_default();
        if process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists() {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from(DEBIAN)])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// A command that ends when the thread ends that has begun it. PostgreSQL does not run as root, so root begins it as the user
/// that its package makes.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]);
    if is_root() {
        command.args([
            "--reuid",
            "postgres",
            "--regid",
            "postgres",
            "--clear-groups",
        ]);
    }
    command.arg(program);
    command.current_dir("/");
    command
}

fn own(path: &Path) {
    if is_root() {
        let owned = Command::new("chown")
            .arg("postgres:")
            .arg(path)
            .status()
            .unwrap();
        assert!(owned.success());
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0)
}

/// Starts a command on a thread that ends with this process and not before.
fn spawn_until_the_end(mut command: Command) -> io::Result<Child> {
    let (started, child) = mpsc::channel();
    std::thread::spawn(move || {
        started.send(command.spawn()).ok();
        loop {
            std::thread::park();
        }
    });
    child.recv().map_err(io::Error::other)?
}
