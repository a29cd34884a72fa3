//! `tollgate doctor`: tries what Tollgate needs of this machine, and says what to do where something is missing.
//!
//! Each check does the real thing: it makes an engine, runs a module, starts a process. A check that warns names what is
//! done instead; one that fails ends the command with the code for bad configuration.

use serde::Serialize;
use tollgate::sandbox::{Allocation, Backend, DiskCache, Engine, JailReport, jail_layers};
use tollgate::{CacheConfig, EngineConfig, Request, Source, Tollgate, Value};

use crate::arguments::{DoctorArguments, Format};
use crate::error::{CliError, CliResult};
use crate::escapes::json_text;
use crate::exit::Exit;
use crate::output;

#[derive(Serialize)]
struct Check {
    name: &'static str,
    health: Health,
    detail: String,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Health {
    Ok,
    Warning,
    Failed,
}

pub(crate) fn run(arguments: &DoctorArguments) -> CliResult<Exit> {
    let checks = [
        version(),
        engine(),
        runs("metered", metered()),
        runs("timed", timed()),
        runs("isolated", isolated()),
        runs("pulley", pulley()),
        pooling(),
        jail(),
        cache(arguments),
    ];
    let failed = checks.iter().any(|check| check.health == Health::Failed);
    let text = match arguments.format {
        Format::Human => checks.iter().map(line).collect(),
        Format::Json => json_text(&serde_json::json!({ "healthy": !failed, "checks": checks })),
    };
    output::answer(text.as_bytes())?;
    Ok(if failed { Exit::Config } else { Exit::Success })
}

fn line(check: &Check) -> String {
    let health = match check.health {
        Health::Ok => "ok",
        Health::Warning => "warning",
        Health::Failed => "FAILED",
    };
    format!("{:<10} {health:<8} {}\n", check.name, check.detail)
}

fn version() -> Check {
    let detail = format!(
        "tollgate {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    Check {
        name: "version",
        health: Health::Ok,
        detail,
    }
}

fn metered() -> EngineConfig {
    EngineConfig {
        allocation: Allocation::OnDemand,
        concurrent: 1,
        ..EngineConfig::metered()
    }
}

fn timed() -> EngineConfig {
    EngineConfig {
        allocation: Allocation::OnDemand,
        concurrent: 1,
        ..EngineConfig::timed()
    }
}

fn isolated() -> EngineConfig {
    EngineConfig {
        concurrent: 1,
        waiting_workers: 0,
        ..EngineConfig::isolated()
    }
}

fn pulley() -> EngineConfig {
    EngineConfig {
        backend: Backend::Pulley,
        ..metered()
    }
}

fn engine() -> Check {
    let (health, detail) = match Engine::new(&metered()) {
        Ok(engine) => (Health::Ok, format!("fingerprint {}", engine.fingerprint())),
        Err(error) => (Health::Failed, error.to_string()),
    };
    Check {
        name: "engine",
        health,
        detail,
    }
}

/// Runs a module from source to result.
fn runs(name: &'static str, config: EngineConfig) -> Check {
    let (health, detail) = match add(config) {
        Ok(gas) => (Health::Ok, format!("2 + 3 = 5 for {gas} gas")),
        Err(message) => (Health::Failed, message),
    };
    Check {
        name,
        health,
        detail,
    }
}

fn add(config: EngineConfig) -> Result<u64, String> {
    const ADD: &str = "(module (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))";
    let tollgate = Tollgate::builder()
        .engine(config)
        .build()
        .map_err(|error| format!("{:#}", anyhow::Error::new(error)))?;
    let module = tollgate
        .load_blocking(&Source::Bytes(ADD.as_bytes().into()))
        .map_err(|error| error.to_string())?;
    let request = Request::call(&module, "add", [Value::I32(2), Value::I32(3)]);
    let report = tollgate
        .execute_blocking(request)
        .map_err(|error| error.to_string())?;
    match report.values() {
        Ok([Value::I32(5)]) => Ok(report.usage().gas),
        Ok(other) => Err(format!("2 + 3 gave {other:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Which of the system's own walls stand around a guest; found out by a process that closes them around itself.
fn jail() -> Check {
    let (health, detail) = match jail_layers() {
        Ok(report) => described(&report),
        Err(error) => (Health::Failed, error.to_string()),
    };
    Check {
        name: "jail",
        health,
        detail,
    }
}

fn described(report: &JailReport) -> (Health, String) {
    let missing: Vec<String> = report
        .missing()
        .filter_map(|state| Some(format!("{} ({})", state.layer, state.missing.as_ref()?)))
        .collect();
    let standing: Vec<&str> = report
        .layers
        .iter()
        .filter(|state| state.missing.is_none())
        .map(|state| state.layer.name())
        .collect();
    let standing = match standing.as_slice() {
        [] => String::from("nothing"),
        some => some.join(", "),
    };
    if missing.is_empty() {
        return (Health::Ok, standing);
    }
    let missing = missing.join("; ");
    (
        Health::Warning,
        format!("{standing}; this system lacks: {missing}; `--jail=require` refuses to run here"),
    )
}

/// Whether compiled code can be kept.
fn cache(arguments: &DoctorArguments) -> Check {
    let chosen = arguments.cache_dir.clone().map(CacheConfig::new);
    let (health, detail) = match chosen.or_else(CacheConfig::for_user).map(DiskCache::open) {
        Some(Ok(cache)) => {
            let entries = cache.statistics().entries;
            let folder = cache.folder().display();
            (Health::Ok, format!("`{folder}` with {entries} entries"))
        }
        Some(Err(error)) => {
            let error = CliError::new(Exit::Config, error);
            (Health::Failed, error.to_string())
        }
        None => {
            let detail = "neither XDG_CACHE_HOME nor HOME names a folder, so every run compiles; use `--cache-dir`";
            (Health::Warning, detail.to_owned())
        }
    };
    Check {
        name: "cache",
        health,
        detail,
    }
}

/// Whether there is address space for a pool; a server is faster with one.
fn pooling() -> Check {
    let config = EngineConfig {
        allocation: Allocation::Pooling,
        ..EngineConfig::metered()
    };
    let (health, detail) = match Engine::new(&config) {
        Ok(_) => (Health::Ok, format!("{} slots", config.concurrent)),
        Err(error) => {
            let help = "memory is taken from the system for each run instead; raise the limit of address space (`ulimit -v`)";
            (Health::Warning, format!("{error}; {help}"))
        }
    };
    Check {
        name: "pooling",
        health,
        detail,
    }
}
