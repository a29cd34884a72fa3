//! `tollgate cache`: what is known of the compiled code on disk, and getting rid of it; and which cache a run uses.

use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};
use tollgate::CacheConfig;
use tollgate::sandbox::{CacheEntry, DiskCache};

use crate::arguments::{CacheAction, CacheArguments, CacheCommand, CacheFolder, Format};
use crate::error::{CliError, CliResult, OrExit};
use crate::exit::Exit;
use crate::output;
use crate::quantity::{show_bytes, show_count, show_duration, typed_time};

/// The cache of a run, and whether the user chose its folder; one that was not chosen can be done without.
pub(crate) struct Chosen {
    pub(crate) config: Option<CacheConfig>,
    pub(crate) by_user: bool,
}

pub(crate) fn chosen(arguments: &CacheArguments) -> Chosen {
    if arguments.no_cache {
        return Chosen {
            config: None,
            by_user: true,
        };
    }
    Chosen {
        config: config(&arguments.folder),
        by_user: arguments.folder.cache_dir.is_some(),
    }
}

/// The cache in the folder that was chosen, or the user's own; nothing where the environment names no folder for that.
fn config(folder: &CacheFolder) -> Option<CacheConfig> {
    let CacheFolder {
        cache_dir,
        cache_size,
        cache_age,
    } = folder;
    let config = cache_dir.clone().map(CacheConfig::new);
    let config = config.or_else(CacheConfig::for_user)?;
    Some(CacheConfig {
        bytes_max: cache_size.unwrap_or(config.bytes_max),
        age_max: cache_age.unwrap_or(config.age_max),
        ..config
    })
}

pub(crate) fn run(arguments: &CacheCommand) -> CliResult<Exit> {
    if let Some(folder) = arguments
        .folder
        .cache_dir
        .as_ref()
        .filter(|folder| !folder.exists())
    {
        let message = format!(
            "there is no cache folder `{}`; a run makes it",
            folder.display()
        );
        return Err(CliError::message(Exit::NotFound, message));
    }
    let config = config(&arguments.folder).ok_or_else(|| {
        let message = "no cache folder: neither XDG_CACHE_HOME nor HOME names one; choose one with `--cache-dir`";
        CliError::message(Exit::Config, message)
    })?;
    let cache = DiskCache::open(config).or_exit(Exit::Config)?;
    let (text, json, exit) = match &arguments.action {
        CacheAction::Stats => stats(&cache),
        CacheAction::List => list(&cache),
        CacheAction::Verify => verify(&cache),
        CacheAction::Clear { modules } if modules.is_empty() => removed(cache.clear()),
        CacheAction::Clear { modules } => {
            removed(modules.iter().map(|module| cache.invalidate(*module)).sum())
        }
        CacheAction::Prune { keep } => removed(cache.keep_newest(*keep)),
    };
    let text = match arguments.format {
        Format::Human => text,
        Format::Json => format!("{json:#}\n"),
    };
    output::answer(text.as_bytes())?;
    Ok(exit)
}

/// What an action answers: for people, for programs, and its exit code.
type Answer = (String, Json, Exit);

fn stats(cache: &DiskCache) -> Answer {
    let (statistics, config) = (cache.statistics(), cache.config());
    let text = format!(
        "folder   {}\nentries  {}\nsize     {} of {}\nage      at most {}\n",
        config.folder.display(),
        show_count(statistics.entries),
        show_bytes(statistics.bytes),
        show_bytes(config.bytes_max),
        typed_time(config.age_max),
    );
    let json = json!({
        "folder": config.folder,
        "entries": statistics.entries,
        "bytes": statistics.bytes,
        "bytes_max": config.bytes_max,
        "age_max_secs": config.age_max.as_secs(),
    });
    (text, json, Exit::Success)
}

fn list(cache: &DiskCache) -> Answer {
    let entries = cache.entries();
    let line = |entry: &CacheEntry| {
        let age = show_duration(rounded(entry.used));
        let size = show_bytes(entry.bytes);
        format!("{}  {size:>10}  used {age} ago\n", entry.module)
    };
    let text = if entries.is_empty() {
        String::from("nothing is kept\n")
    } else {
        entries.iter().map(line).collect()
    };
    let object = |entry: &CacheEntry| {
        let used = entry.used.duration_since(SystemTime::UNIX_EPOCH);
        json!({
            "module": entry.module,
            "settings": entry.settings,
            "bytes": entry.bytes,
            "used_unix_secs": used.unwrap_or_default().as_secs(),
        })
    };
    let json = json!({ "entries": entries.iter().map(object).collect::<Vec<_>>() });
    (text, json, Exit::Success)
}

/// Whole seconds since then.
fn rounded(then: SystemTime) -> Duration {
    Duration::from_secs(then.elapsed().unwrap_or_default().as_secs())
}

fn verify(cache: &DiskCache) -> Answer {
    let audit = cache.verify();
    let mut text = format!("intact: {}\n", entries(audit.intact));
    for (name, rejection) in &audit.removed {
        text.push_str(&format!("removed: {name}: {rejection}\n"));
    }
    let removed = audit.removed.iter().map(|(name, rejection)| {
        json!({ "name": name, "reason": rejection.to_string(), "violation": rejection.is_violation() })
    });
    let json = json!({ "intact": audit.intact, "removed": removed.collect::<Vec<_>>() });
    let bad = audit
        .removed
        .iter()
        .any(|(_, rejection)| rejection.is_violation());
    (text, json, if bad { Exit::Invalid } else { Exit::Success })
}

fn entries(count: u64) -> String {
    let noun = if count == 1 { "entry" } else { "entries" };
    format!("{} {noun}", show_count(count))
}

fn removed(count: u64) -> Answer {
    let text = format!("removed: {}\n", entries(count));
    (text, json!({ "removed": count }), Exit::Success)
}
