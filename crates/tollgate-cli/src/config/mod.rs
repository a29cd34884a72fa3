//! Defaults of flags, in three layers: a file, below the environment, below what is typed.
//!
//! What a setting may be is decided by the parser of its flag, and where it goes by the grammar of the command: a setting becomes
//! the default of its flag ([`Settings::apply`]). A file that was found and not named belongs to whoever wrote the folder, so it may
//! lower limits and choose how much is walled and shown, and nothing else (`setting.rs` says which, `found.rs` how it is looked for).

mod document;
mod found;
mod probe;
mod setting;
mod settings;
mod show;

use std::path::PathBuf;

use clap::Args;

pub(crate) use self::settings::{Settings, Takes, misspelled, takes};
pub(crate) use self::show::{ConfigCommandArguments, run};

// Which file of settings is read. What clap would take for the help of the commands that have these flags is no comment of the type.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct ConfigArguments {
    /// Take settings from FILE; `tollgate config show` lists them [default: what TOLLGATE_CONFIG says, or a `tollgate.toml` of the
    /// project, which can grant nothing]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read no file of settings
    #[arg(long, global = true, conflicts_with = "config")]
    no_config: bool,
}
