//! Running the command and looking at what it left behind.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// One run of `tollgate`, in a folder of its own with a cache of its own.
pub(crate) struct Tollgate {
    command: Command,
    input: Vec<u8>,
    open: bool,
    pub(crate) folder: TempDir,
}

/// What the run left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) folder: TempDir,
}

/// `tollgate` with these arguments.
pub(crate) fn tollgate<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Tollgate {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command
        .args(arguments)
        .current_dir(folder.path())
        .env("TOLLGATE_CACHE_DIR", cache());
    Tollgate {
        command,
        input: Vec::new(),
        open: false,
        folder,
    }
}

/// `tollgate run` with these arguments.
pub(crate) fn run<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Tollgate {
    tollgate(std::iter::once("run").chain(arguments))
}

impl Tollgate {
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
        self
    }

    /// The files in the folder now.
    pub(crate) fn files(&self) -> Vec<String> {
        names(self.folder.path())
    }

    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Standard input stays open, and nobody writes to it.
    pub(crate) fn open_input(mut self) -> Self {
        self.open = true;
        self
    }

    /// Starts it in a folder of its folder.
    pub(crate) fn working_in(mut self, name: &str) -> Self {
        self.command.current_dir(self.folder.path().join(name));
        self
    }

    /// Starts it by a shell in a folder of its folder that the shell removes before.
    pub(crate) fn in_a_folder_that_is_gone(mut self) -> (Self, PathBuf) {
        let gone = self.folder.path().join("gone");
        std::fs::create_dir(&gone).expect("a folder");
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"rmdir "$PWD" && exec "$0" "$@""#])
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .current_dir(&gone)
            .env("TOLLGATE_CACHE_DIR", cache());
        self.command = command;
        (self, gone)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn ends(self) -> Ran {
        self.ends_with_peak().0
    }

    /// Runs it and returns the most memory its own process ever had as well; what its workers had is not in it.
    pub(crate) fn ends_with_peak(mut self) -> (Ran, u64) {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = std::mem::take(&mut self.input);
        let open = self.open;
        let writer = std::thread::spawn(move || {
            // A guest that does not read its input closes the pipe early.
            drop(stdin.write_all(&input));
            open.then_some(stdin)
        });
        let status = format!("/proc/{}/status", child.id());
        let watcher = std::thread::spawn(move || highest(Path::new(&status)));
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().expect("it ends");
        let peak = watcher.join().expect("the watcher does not panic");
        drop(writer.join().expect("the writer does not panic"));
        let ran = Ran {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            folder: self.folder,
        };
        assert!(!ran.stderr.contains("panicked at"), "{}", ran.stderr);
        (ran, peak)
    }

    /// Runs it and checks the exit code.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Ran {
        let ran = self.ends();
        assert_eq!(
            ran.code, code,
            "stdout:\n{}\nstderr:\n{}",
            ran.stdout, ran.stderr
        );
        ran
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }

    /// Standard error with what differs from run to run replaced.
    pub(crate) fn stderr_redacted(&self) -> String {
        let folder = self.folder.path().to_string_lossy().into_owned();
        self.stderr
            .lines()
            .map(|line| redacted(line, &folder) + "\n")
            .collect()
    }

    /// The files the run left in its folder.
    pub(crate) fn files(&self) -> Vec<String> {
        names(self.folder.path())
    }

    /// The text of a file the run left in its folder.
    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("a file")
    }
}

/// The highest mark of a process's memory in bytes, seen until it is gone.
fn highest(status: &Path) -> u64 {
    let mut peak = 0;
    // The mark is gone with the memory, when the process has ended and nobody has waited for it yet.
    while let Some(mark) = std::fs::read_to_string(status)
        .ok()
        .as_deref()
        .and_then(mark)
    {
        peak = peak.max(mark);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    peak
}

fn mark(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Times, gas and digests differ between machines and versions of the compiler.
fn redacted(line: &str, folder: &str) -> String {
    let line = line
        .replace(folder, "[folder]")
        .replace(&guests().to_string_lossy().into_owned(), "[guests]");
    if let Some(at) = line.find("(sha256:") {
        return format!("{}(sha256:[digest])", &line[..at]);
    }
    for (name, shown) in [
        ("    loaded ", "    loaded    [loaded]"),
        ("    time ", "    time      [time]"),
        ("    gas ", "    gas       [gas]"),
        ("    host ", "    host      [host]"),
        ("    memory ", "    memory    [memory]"),
        ("    cost ", "    cost      [cost]"),
    ] {
        if line.starts_with(name) {
            return shown.to_owned();
        }
    }
    line
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository is there")
}

fn guests() -> PathBuf {
    repository().join("guests/build")
}

/// The path of a guest that `cargo xtask guests` has built.
pub(crate) fn guest(name: &str) -> String {
    let path = guests().join(name).with_extension("wasm");
    assert!(
        path.is_file(),
        "`{}` is missing; run `cargo xtask guests`",
        path.display()
    );
    path.to_string_lossy().into_owned()
}

/// One cache for all tests of this build: compiling is not what most of them test.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("module-cache")
}

/// A server on this machine that answers one connection with a name, and its address.
pub(crate) fn server() -> (String, std::thread::JoinHandle<()>) {
    use std::io::{BufRead, BufReader};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let serve = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let mut line = String::new();
        BufReader::new(&stream)
            .read_line(&mut line)
            .expect("a question");
        assert_eq!(line, "hello\n");
        (&stream).write_all(b"Grace\n").expect("an answer");
    });
    (address, serve)
}
