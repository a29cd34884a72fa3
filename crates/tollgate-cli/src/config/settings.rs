//! The layers: what the file states, what the environment states instead, and the defaults that the grammar gets from both.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgMatches, Args as _, Command, FromArgMatches as _};
use tollgate::sandbox::{holds_secret, looks_secret};
use tollgate_diagnostics::diagnostic::nearest;

use super::ConfigArguments;
use super::document;
use super::found::{SettingsFile, VARIABLE};
use super::probe;
use super::setting::{Kind, SETTINGS, Section, Setting};
use crate::arguments::{ALL, RunArguments};
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::serve::ServeArguments;

/// What a setting is set to, and by whom.
pub(super) struct Stated {
    pub(super) setting: &'static Setting,
    /// Each as it would be typed after the flag; for a switch `true` or `false`.
    pub(super) values: Vec<OsString>,
    pub(super) place: Place,
}

/// Where a setting stands.
pub(super) enum Place {
    File { line: u32, column: u32 },
    Environment,
}

/// All that is set, a value each.
pub(crate) struct Settings {
    pub(super) file: Option<SettingsFile>,
    pub(super) stated: Vec<Stated>,
    pub(super) grammar: Grammar,
}

/// The commands whose flags the settings are defaults of.
pub(super) struct Grammar {
    run: Command,
    serve: Command,
}

/// What a command takes of the settings.
pub(crate) struct Takes {
    command: &'static str,
    sections: &'static [Section],
    /// Flags that mean something else there.
    but: &'static [&'static str],
}

/// The commands that take settings. Others have flags of the same names, for things that are not decided once for a project.
const COMMANDS: &[Takes] = &[
    Takes {
        command: "run",
        sections: &[
            Section::Run,
            Section::Grants,
            Section::Limits,
            Section::Cache,
        ],
        but: &[],
    },
    Takes {
        command: "learn",
        sections: &[
            Section::Run,
            Section::Grants,
            Section::Limits,
            Section::Cache,
        ],
        // What is learned is what the grants let happen.
        but: &["policy"],
    },
    Takes {
        command: "plan",
        sections: &[Section::Run, Section::Grants, Section::Limits],
        but: &[],
    },
    Takes {
        command: "inspect",
        sections: &[Section::Run, Section::Limits],
        but: &[],
    },
    Takes {
        command: "validate",
        sections: &[Section::Run, Section::Limits],
        but: &[],
    },
    Takes {
        command: "replay",
        sections: &[Section::Run, Section::Limits, Section::Cache],
        // The policy that the run had.
        but: &["policy"],
    },
    Takes {
        command: "cache",
        sections: &[Section::Run, Section::Cache],
        but: &[],
    },
    Takes {
        command: "doctor",
        sections: &[Section::Run, Section::Cache],
        but: &[],
    },
    Takes {
        command: "serve",
        sections: &[Section::Serve],
        but: &[],
    },
];

/// What `command` takes of the settings, if it takes any.
pub(crate) fn takes(command: &str) -> Option<&'static Takes> {
    COMMANDS.iter().find(|takes| takes.command == command)
}

impl Takes {
    /// Returns `command` with the flags that choose a file of settings.
    pub(crate) fn with_flags(command: Command) -> Command {
        ConfigArguments::augment_args(command)
    }

    /// Adds these flags to each command of `grammar` that takes settings.
    pub(crate) fn with_flags_in(grammar: Command) -> Command {
        grammar.mut_subcommands(|command| match takes(command.get_name()) {
            Some(_) => Self::with_flags(command),
            None => command,
        })
    }

    fn takes(&self, setting: &Setting) -> bool {
        self.sections.contains(&setting.section) && !self.but.contains(&setting.name)
    }
}

impl Grammar {
    pub(super) fn new() -> Self {
        Self {
            run: RunArguments::augment_args(Command::new("run")),
            serve: ServeArguments::augment_args(Command::new("serve")),
        }
    }

    /// The flag that a setting is the default of.
    pub(super) fn flag(&self, setting: &Setting) -> Option<&Arg> {
        let command = match setting.section {
            Section::Serve => &self.serve,
            Section::Run | Section::Grants | Section::Limits | Section::Cache => &self.run,
        };
        let mut flags = command.get_arguments();
        flags.find(|flag| flag.get_long() == Some(setting.name))
    }
}

impl Settings {
    /// Reads what is set for a command that was typed with `matches`; nothing when nothing is.
    pub(crate) fn of(matches: &ArgMatches) -> CliResult<Option<Self>> {
        let arguments = ConfigArguments::from_arg_matches(matches).or_exit(Exit::Internal)?;
        let file = SettingsFile::read(&arguments)?;
        let is_set = |setting: &Setting| variable(setting).is_some();
        if file.is_none() && !SETTINGS.iter().any(is_set) {
            return Ok(None);
        }
        Self::layered(file).map(Some)
    }

    /// As [`Settings::of`], also when nothing is set.
    pub(super) fn read(arguments: &ConfigArguments) -> CliResult<Self> {
        Self::layered(SettingsFile::read(arguments)?)
    }

    fn layered(file: Option<SettingsFile>) -> CliResult<Self> {
        let grammar = Grammar::new();
        let mut stated = match &file {
            Some(file) => document::read(file, &grammar)?,
            None => Vec::new(),
        };
        for setting in SETTINGS {
            let Some((name, value)) = variable(setting) else {
                continue;
            };
            in_environment(&grammar, setting, &value).map_err(|why| {
                let said = instead_of_secret(setting, &value.to_string_lossy(), &why);
                let message = format!("{name} cannot be that: {}", said.unwrap_or(&why));
                CliError::message(Exit::Config, message)
            })?;
            stated.retain(|one| !std::ptr::eq(one.setting, setting));
            stated.push(Stated {
                setting,
                values: vec![value],
                place: Place::Environment,
            });
        }
        Ok(Self {
            file,
            stated,
            grammar,
        })
    }

    /// Makes what is set the defaults of the flags of `command`.
    pub(crate) fn apply(&self, takes: &Takes, command: Command) -> Command {
        command.mut_args(|flag| {
            let stated = self
                .stated
                .iter()
                .find(|one| takes.takes(one.setting) && flag.get_long() == Some(one.setting.name));
            match stated {
                Some(stated) => flag.default_values(&stated.values),
                None => flag,
            }
        })
    }
}

/// What the environment seems to set and does not, each with what may have been meant.
pub(super) fn misspelled() -> Vec<String> {
    const PREFIX: &str = "TOLLGATE_";
    let known: Vec<_> = SETTINGS.iter().filter_map(Setting::variable).collect();
    let others = [
        VARIABLE,
        "TOLLGATE_SERVER",
        "TOLLGATE_KEY",
        "TOLLGATE_CA_FILE",
    ];
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let unknown = set.filter(|name| {
        name.starts_with(PREFIX) && !known.contains(name) && !others.contains(&name.as_str())
    });
    let told = unknown.filter_map(|name| {
        let rest = name.strip_prefix(PREFIX)?;
        let near = nearest(
            rest,
            known.iter().filter_map(|one| one.strip_prefix(PREFIX)),
        )?;
        Some(format!(
            "{name} is no setting; did you mean `{PREFIX}{near}`?"
        ))
    });
    told.collect()
}

/// The variable that has a setting, and its value. An empty one is one that is not set.
fn variable(setting: &Setting) -> Option<(String, OsString)> {
    let name = setting.variable()?;
    let value = std::env::var_os(&name).filter(|value| !value.is_empty())?;
    Some((name, value))
}

/// Whether a setting can be what its variable says.
fn in_environment(grammar: &Grammar, setting: &Setting, value: &OsStr) -> Result<(), String> {
    if matches!(setting.kind, Kind::Switch) {
        return match value.to_str() {
            Some("true" | "false") => Ok(()),
            _ => Err(format!(
                "`{}` is neither `true` nor `false`",
                value.to_string_lossy()
            )),
        };
    }
    match grammar.flag(setting) {
        Some(flag) => probe::take(setting, flag, value).map(drop),
        None => Ok(()),
    }
}

/// What is said of a value that is refused in place of why, if one of the two may hold a secret.
pub(super) fn instead_of_secret(setting: &Setting, value: &str, why: &str) -> Option<&'static str> {
    // What is wrong with the address of a database is said without repeating it.
    let holds = holds_secret(why) || setting.name != "database" && holds_secret(value);
    holds.then_some("what it is, and is not shown here, may hold a secret")
}

/// A value as people may see it.
pub(super) fn shown(setting: &Setting, value: &str) -> String {
    if value == ALL {
        return String::from("all");
    }
    match (setting.name, value.split_once('=')) {
        ("env", Some((name, given))) if looks_secret(name) || holds_secret(given) => {
            format!("{name}=[redacted]")
        }
        ("database", _) => without_password(value),
        _ if holds_secret(value) => String::from("[redacted]"),
        _ => value.to_owned(),
    }
}

/// A URL without the password in it. What is no URL is not shown, since nobody knows where one would stand.
fn without_password(url: &str) -> String {
    match url.parse::<tollgate_server::PostgresUrl>() {
        Ok(url) => url.to_string(),
        Err(_) => String::from("[redacted]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_the_default_of_a_flag() {
        let grammar = Grammar::new();
        for setting in SETTINGS {
            assert!(grammar.flag(setting).is_some(), "{}", setting.path());
        }
    }
}
