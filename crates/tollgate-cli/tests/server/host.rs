//! A server in a folder of its own, and what is said to it byte by byte.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::cache;

/// How long a test waits for an answer before it says that none comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The environment that names the database.
pub(crate) const DATABASE: &str = "TOLLGATE_DATABASE";

/// A server that works until this is dropped.
pub(crate) struct Host {
    child: Child,
    pub(crate) address: String,
    /// The admin key of its first tenant.
    pub(crate) key: String,
    arguments: Vec<String>,
    /// The database, where it is no file in the folder.
    database: Option<String>,
    folder: TempDir,
}

impl Host {
    /// A new server. Guests run in its process, which is enough for what is not about them.
    pub(crate) fn start() -> Self {
        Self::start_with(&["--profile=metered"])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        Self::start_on(arguments, None)
    }

    /// A new server whose database is at this address.
    pub(crate) fn start_on(arguments: &[&str], database: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let database = database.map(ToOwned::to_owned);
        let (child, address) = spawned(&folder, &arguments, database.as_deref());
        let key = std::fs::read_to_string(folder.path().join("stdout")).expect("a key");
        assert!(key.starts_with("tgk_") && key.ends_with('\n'), "{key}");
        Self {
            child,
            address,
            key: key.trim().to_owned(),
            arguments,
            database,
            folder,
        }
    }

    /// A new server with a database whose first key is known.
    pub(crate) fn start_on_known(arguments: &[&str], database: &str, key: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let (child, address) = spawned(&folder, &arguments, Some(database));
        let printed = std::fs::read_to_string(folder.path().join("stdout")).expect("a file");
        assert!(printed.is_empty(), "there is a key already: {printed}");
        Self {
            child,
            address,
            key: key.to_owned(),
            arguments,
            database: Some(database.to_owned()),
            folder,
        }
    }

    /// Another server beside this one, in a folder of its own, with the same database.
    pub(crate) fn beside(&self) -> Self {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let database = self.database.as_deref().expect("a database");
        Self::start_on_known(&arguments, database, &self.key)
    }

    /// Ends the server as a power cut would, and starts it again in the same folder.
    pub(crate) fn killed_and_started(mut self) -> Self {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
        self.start_again()
    }

    /// Starts it again when it has ended.
    pub(crate) fn start_again(mut self) -> Self {
        self.child.wait().expect("it has ended");
        let database = self.database.as_deref();
        let (child, address) = spawned(&self.folder, &self.arguments, database);
        (self.child, self.address) = (child, address);
        self
    }

    /// Sends a signal to the server itself.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &id])
            .status();
        assert!(sent.expect("`kill` runs").success());
    }

    /// Waits for its end, and returns its exit code.
    pub(crate) fn ends(&mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it said on standard error.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).expect("a log")
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(Ask::new("GET", path, &self.key))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Ask::new("POST", path, &self.key).json(body))
    }

    pub(crate) fn put_module(&self, name: &str, version: &str, wasm: &[u8]) -> Answer {
        let path = format!("/api/v1/modules/{name}/versions/{version}");
        self.ask(Ask::new("PUT", &path, &self.key).wasm(wasm))
    }

    /// Pushes the two guests of these tests: `add`, of numbers, and `echo`, of bytes.
    pub(crate) fn with_guests(self) -> Self {
        for (name, wasm) in [("add", add()), ("echo", echo())] {
            let answer = self.put_module(name, "1.0.0", &wasm);
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        self
    }

    /// Casts `add` with 2 and 3.
    pub(crate) fn add(&self) -> Answer {
        self.post("/api/v1/casts", &add_request())
    }

    /// Makes a key of this tenant and returns it.
    pub(crate) fn key_with(&self, roles: &[&str]) -> String {
        let body = json!({ "name": "test", "roles": roles });
        let answer = self.post("/api/v1/keys", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["key"].as_str().expect("a key").to_owned()
    }

    /// An admin key of a tenant of this name.
    pub(crate) fn tenant(&self, name: &str) -> String {
        let made = self
            .operator(&["access", "tenant", name])
            .output()
            .expect("the command starts");
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }

    /// A command of whoever has the data of the server.
    pub(crate) fn operator(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.args(arguments).arg("--data").arg(self.data());
        command.envs(self.database.iter().map(|url| (DATABASE, url)));
        command
    }

    /// Sends one request and reads its answer to the end.
    pub(crate) fn ask(&self, ask: Ask<'_>) -> Answer {
        let mut stream = self.connect();
        // A server that has said no may not want the rest.
        drop(stream.write_all(&ask.bytes()));
        Answer::read(stream)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where a server listens that was not told where.
fn elsewhere(arguments: &[String]) -> Option<&'static str> {
    let is_told = arguments
        .iter()
        .any(|argument| argument.starts_with("--listen"));
    (!is_told).then_some("--listen=127.0.0.1:0")
}

/// Starts a server and waits until it listens.
#[expect(
    clippy::zombie_processes,
    reason = "whoever gets the process waits for it; one that does not begin ends the test"
)]
fn spawned(folder: &TempDir, arguments: &[String], database: Option<&str>) -> (Child, String) {
    let file = |name| File::create(folder.path().join(name)).expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["serve", "--data"])
        .arg(folder.path().join("data"))
        .args(arguments)
        .args(elsewhere(arguments))
        .env("TOLLGATE_CACHE_DIR", cache())
        .envs(database.map(|url| (DATABASE, url)))
        .stdin(Stdio::null())
        .stdout(file("stdout"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut log = file("stderr");
    loop {
        let mut line = String::new();
        let read = stderr.read_line(&mut line).expect("a line");
        assert!(read > 0, "the server does not begin");
        log.write_all(line.as_bytes()).expect("a log");
        if let Some((_, url)) = line.trim_end().split_once("listening on http")
            && let Some((_, address)) = url.split_once("://")
        {
            std::thread::spawn(move || drop(std::io::copy(&mut stderr, &mut log)));
            return (child, address.to_owned());
        }
    }
}

/// A request.
#[derive(Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(method: &'a str, path: &'a str, key: &str) -> Self {
        Self::bare(method, path).header("authorization", &format!("Bearer {key}"))
    }

    /// A request without a key.
    pub(crate) fn bare(method: &'a str, path: &'a str) -> Self {
        Self {
            method,
            path,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().as_bytes())
    }

    pub(crate) fn wasm(self, body: &[u8]) -> Self {
        self.body("application/wasm", body)
    }

    pub(crate) fn body(mut self, kind: &str, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("content-type", kind)
    }

    /// What goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head(self.body.len()).into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The head alone, which says that `length` bytes follow.
    pub(crate) fn head(&self, length: usize) -> String {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head + "\r\n"
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads until the server closes.
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            panic!("no answer: {read:?}, {text:?}");
        };
        let status = head.split(' ').nth(1).expect("a status");
        Self {
            status: status.parse().expect("a status"),
            head: head.to_ascii_lowercase(),
            body: bytes[head.len() + 4..].to_vec(),
        }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that it is a refusal with everything that one has, and returns its message.
    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let body = self.json();
        assert_eq!(body["code"], code, "{self:?}");
        let id = body["request_id"].as_str().expect("an id");
        assert!(
            self.head.contains(&format!("x-request-id: {id}")),
            "{self:?}"
        );
        body["message"].as_str().expect("a message").to_owned()
    }
}

pub(crate) fn add() -> Vec<u8> {
    let wat = r#"(module (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))"#;
    wat::parse_str(wat).expect("a module")
}

pub(crate) fn add_request() -> Value {
    json!({ "module": "add@1.0.0", "export": "add", "input": { "values": [2, 3] } })
}

pub(crate) fn echo() -> Vec<u8> {
    let wat = r#"(module (memory (export "memory") 1 1024)
        (func (export "alloc") (param i32) (result i32)
            (drop (memory.grow (i32.add (i32.shr_u (local.get 0) (i32.const 16)) (i32.const 1))))
            (i32.const 8))
        (func (export "echo") (param i32 i32) (result i64)
            (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))"#;
    wat::parse_str(wat).expect("a module")
}

/// A guest that runs until its time limit.
pub(crate) fn endless() -> Vec<u8> {
    wat::parse_str(r#"(module (func (export "run") (loop $l (br $l))))"#).expect("a module")
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(std::time::Instant::now() < end, "it never came: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Host {
    /// The connections that the server has open.
    pub(crate) fn connections(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.child.id());
        let files = std::fs::read_dir(folder).expect("its files");
        let sockets = files.flatten().filter(|file| {
            std::fs::read_link(file.path())
                .is_ok_and(|link| link.to_string_lossy().starts_with("socket:"))
        });
        sockets.count()
    }
}
