//! The two sides: a server of ours in a folder of its own, and the plain handler.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clients::{Ask, agent};

/// Where a server of ours keeps what it keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    pub(crate) const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Its address, if it has one. `None` inside: there is no such database on this machine.
    pub(crate) fn address(self) -> Option<Option<String>> {
        match self {
            Self::Sqlite => Some(None),
            Self::Postgres if test_postgres::is_installed() => {
                Some(Some(test_postgres::server().fresh()))
            }
            Self::Postgres => None,
        }
    }
}

/// A server of ours, until this is dropped.
pub(crate) struct Host {
    child: Child,
    folder: TempDir,
    database: Option<String>,
    /// Such as `http://127.0.0.1:1234`.
    pub(crate) url: String,
    pub(crate) key: String,
}

impl Host {
    /// A new one with these flags, whose database is at this address.
    pub(crate) fn start(flags: &[&str], database: Option<String>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = ours(&folder, database.as_deref())?;
        command.arg("serve").args(["--listen", "127.0.0.1:0"]);
        command.args(flags).arg("--data").arg(folder.path());
        let (child, url) = started(command, "tollgate: listening on ", folder.path())?;
        let key = std::fs::read_to_string(folder.path().join("stdout"))?;
        ensure!(key.starts_with("tgk_"), "the server printed no key");
        let key = key.trim().to_owned();
        Ok(Self {
            child,
            folder,
            database,
            url,
            key,
        })
    }

    /// Pushes a module under a name.
    pub(crate) fn push(&self, name: &str, wasm: &[u8]) -> Result<()> {
        self.push_as(&self.key, name, wasm)
    }

    /// The same, of the tenant that has a key.
    pub(crate) fn push_as(&self, key: &str, name: &str, wasm: &[u8]) -> Result<()> {
        let url = format!("{}/api/v1/modules/{name}/versions/1.0.0", self.url);
        let answer = agent()
            .put(url)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/wasm")
            .send(wasm)?;
        ensure!(answer.status() == 201, "a push was answered {answer:?}");
        Ok(())
    }

    /// Sets the policy of a module.
    pub(crate) fn policy(&self, name: &str, text: &str) -> Result<()> {
        let url = format!("{}/api/v1/modules/{name}/policy", self.url);
        let answer = agent()
            .put(url)
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .send(json!({ "text": text }).to_string())?;
        ensure!(
            answer.status().is_success(),
            "a policy was answered {answer:?}"
        );
        Ok(())
    }

    /// A new tenant, and its admin's key.
    pub(crate) fn tenant(&self, name: &str) -> Result<String> {
        let mut command = ours(&self.folder, self.database.as_deref())?;
        command.args(["access", "tenant", name]);
        command.arg("--data").arg(self.folder.path());
        let output = command.output()?;
        ensure!(output.status.success(), "no tenant: {output:?}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Lets a tenant ask and run as often as the machine can.
    pub(crate) fn unbounded(&self, tenant: &str) -> Result<()> {
        let mut command = ours(&self.folder, self.database.as_deref())?;
        command.args(["quota", "set", "--tenant", tenant]);
        command.args(["--requests", "100000000", "--casts", "1000"]);
        command.arg("--data").arg(self.folder.path());
        let output = command.output()?;
        ensure!(output.status.success(), "no quota: {output:?}");
        Ok(())
    }

    /// A run of a function, as the tenant of a key asks for it.
    pub(crate) fn cast(&self, key: &str, body: &Value) -> Ask {
        Ask {
            url: format!("{}/api/v1/casts", self.url),
            key: Some(key.to_owned()),
            body: Some(body.to_string()),
        }
    }

    /// A list that the tenant of the first key reads.
    pub(crate) fn list(&self, path: &str) -> Ask {
        Ask {
            url: format!("{}{path}", self.url),
            key: Some(self.key.clone()),
            body: None,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Bytes of the server's own process in memory.
    pub(crate) fn resident(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("VmRSS:"));
        let line = line.context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        ended(&mut self.child);
    }
}

/// The plain handler, until this is dropped.
pub(crate) struct Plain {
    child: Child,
    _folder: TempDir,
    pub(crate) url: String,
}

impl Plain {
    pub(crate) fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let command = Command::new(beside("plain")?);
        let (child, url) = started(command, "plain: listening on ", folder.path())?;
        Ok(Self {
            child,
            _folder: folder,
            url,
        })
    }

    /// A call of `add` with these numbers.
    pub(crate) fn add(&self, body: &Value) -> Ask {
        Ask {
            url: format!("{}/casts", self.url),
            key: None,
            body: Some(body.to_string()),
        }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        ended(&mut self.child);
    }
}

/// The command, with a cache of its own and nothing of whoever measures.
fn ours(folder: &TempDir, database: Option<&str>) -> Result<Command> {
    let mut command = Command::new(beside("tollgate")?);
    command.env("TOLLGATE_CACHE_DIR", folder.path().join("cache"));
    command.env_remove("TOLLGATE_DATABASE");
    command.envs(database.map(|url| ("TOLLGATE_DATABASE", url)));
    Ok(command)
}

/// Starts a server, and waits until it says where it listens.
fn started(mut command: Command, says: &str, folder: &Path) -> Result<(Child, String)> {
    command.stdin(Stdio::null());
    command.stdout(File::create(folder.join("stdout"))?);
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let mut said = BufReader::new(child.stderr.take().context("no standard error")?);
    let mut line = String::new();
    let url = loop {
        line.clear();
        if said.read_line(&mut line)? == 0 {
            ended(&mut child);
            anyhow::bail!("{command:?} did not say where it listens");
        }
        if let Some(url) = line.strip_prefix(says) {
            break url.trim().to_owned();
        }
    };
    // Whoever reads no more would stop it at some time.
    std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
    Ok((child, url))
}

fn ended(child: &mut Child) {
    // It may have ended by itself.
    child.kill().ok();
    child.wait().ok();
}

/// A program that was built into the same folder as this one.
fn beside(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    ensure!(
        path.is_file(),
        "`{}` is not built; `cargo xtask bench server` builds it",
        path.display()
    );
    Ok(path)
}

/// A function that adds two numbers.
pub(crate) fn add() -> Result<Vec<u8>> {
    Ok(wat::parse_str(
        r#"(module (func (export "add") (param i32 i32) (result i32)
            (i32.add (local.get 0) (local.get 1))))"#,
    )?)
}

/// A run of it.
pub(crate) fn add_body() -> Value {
    json!({ "module": "add@1.0.0", "export": "add", "input": { "values": [2, 3] } })
}

/// A policy that looks at what a run is, and allows it.
pub(crate) const POLICY: &str = r#"import "run.ecl"
policy "sums" {
  input { run: Run }
  auto_accept any { small: run.export == "add" AND run.input_bytes < 100 }
  otherwise reject "nothing else runs"
}
"#;
