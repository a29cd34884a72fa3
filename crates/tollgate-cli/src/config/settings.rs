//! The layers: what the file states, what the environment states instead, and the defaults that the grammar gets from both.

use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args as _, Command, FromArgMatches as _};
use tollgate::sandbox::{holds_secret, looks_secret};

use super::ConfigArguments;
use super::document;
use super::found::{SettingsFile, VARIABLE};
use super::probe;
use super::setting::{Kind, SETTINGS, Section, Setting, meant};
use crate::arguments::{ALL, RunArguments};
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::serve::ServeArguments;
use crate::set_by::SetBy;

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
    flags: Flags,
}

/// Which flags of its sections a command takes.
enum Flags {
    All,
    /// All but those that mean something else there.
    AllBut(&'static [&'static str]),
    /// These; others of the same names mean something else there.
    Only(&'static [&'static str]),
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
        flags: Flags::All,
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
        flags: Flags::AllBut(&["policy"]),
    },
    Takes {
        command: "plan",
        sections: &[Section::Run, Section::Grants, Section::Limits],
        flags: Flags::All,
    },
    Takes {
        command: "inspect",
        sections: &[Section::Run, Section::Limits],
        flags: Flags::All,
    },
    Takes {
        command: "validate",
        sections: &[Section::Run, Section::Limits],
        flags: Flags::All,
    },
    Takes {
        command: "replay",
        sections: &[Section::Run, Section::Limits, Section::Cache],
        // The policy that the run had.
        flags: Flags::AllBut(&["policy"]),
    },
    Takes {
        command: "cache",
        sections: &[Section::Run, Section::Cache],
        flags: Flags::All,
    },
    Takes {
        command: "doctor",
        sections: &[Section::Run, Section::Cache],
        flags: Flags::All,
    },
    Takes {
        command: "serve",
        sections: &[Section::Serve],
        flags: Flags::All,
    },
    Takes {
        command: "access",
        sections: &[Section::Serve],
        flags: Flags::Only(WHERE_DATA_IS),
    },
    Takes {
        command: "budget",
        sections: &[Section::Serve],
        flags: Flags::Only(WHERE_DATA_IS),
    },
    Takes {
        command: "quota",
        sections: &[Section::Serve],
        flags: Flags::Only(WHERE_DATA_IS),
    },
    Takes {
        command: "price",
        sections: &[Section::Serve],
        flags: Flags::Only(WHERE_DATA_IS),
    },
];

/// The flags of commands that work in the folder of a server.
const WHERE_DATA_IS: &[&str] = &["data", "database", "database-ca"];

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
        let is_flag = match self.flags {
            Flags::All => true,
            Flags::AllBut(others) => !others.contains(&setting.name),
            Flags::Only(names) => names.contains(&setting.name),
        };
        is_flag && self.sections.contains(&setting.section)
    }

    /// Whether a command that was typed with `matches` has a flag that a setting is the default of: some of its subcommands may
    /// have none.
    pub(crate) fn is_of(&self, matches: &ArgMatches) -> bool {
        let mut settings = SETTINGS.iter().filter(|setting| self.takes(setting));
        settings.any(|setting| matches.try_contains_id(&setting.id()).is_ok())
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

    /// Returns who set what was not typed in `matches`, the flags of a command that takes settings.
    pub(crate) fn set_by(&self, takes: &Takes, matches: &ArgMatches) -> SetBy {
        let set = self.stated.iter();
        let set = set.filter_map(|one| {
            let id = one.setting.id();
            let is_default = matches!(matches.try_contains_id(&id), Ok(true))
                && matches.value_source(&id) == Some(ValueSource::DefaultValue);
            (takes.takes(one.setting) && is_default).then(|| (one.setting.name, self.who(one)))
        });
        set.collect()
    }

    fn who(&self, stated: &Stated) -> String {
        match (&stated.place, &self.file, stated.setting.variable()) {
            (Place::File { line, column }, Some(file), _) => {
                format!("`{}:{line}:{column}`", file.path.display())
            }
            (Place::Environment, _, Some(variable)) => variable,
            (Place::File { .. }, None, _) | (Place::Environment, _, None) => stated.setting.path(),
        }
    }

    /// Makes what is set the defaults of the flags of `command` and of those below it.
    pub(crate) fn apply(&self, takes: &Takes, command: Command) -> Command {
        let command = command.mut_subcommands(|below| self.apply(takes, below));
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
pub(crate) fn misspelled() -> Vec<String> {
    const PREFIX: &str = "TOLLGATE_";
    let others = [
        VARIABLE,
        "TOLLGATE_SERVER",
        "TOLLGATE_KEY",
        "TOLLGATE_CA_FILE",
        // Where the tasks of this project keep what they build.
        "TOLLGATE_CI_CACHE",
        // What Kubernetes sets beside a service of this name.
        "TOLLGATE_PORT",
    ];
    let known = |name: &str| {
        let mut variables = SETTINGS.iter().filter_map(Setting::variable);
        others.contains(&name) || variables.any(|variable| variable == name)
    };
    let set = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        (!value.is_empty() && !known(&name)).then_some(name)
    });
    let told = set.filter_map(|name| {
        let rest = name.strip_prefix(PREFIX)?;
        let section = rest.starts_with("SERVE_").then_some(Section::Serve);
        let setting = meant(rest.strip_prefix("SERVE_").unwrap_or(rest), section)?;
        let flag = setting.name;
        Some(match setting.variable() {
            Some(variable) => format!("{name} sets nothing; did you mean `{variable}`?"),
            None => format!(
                "{name} sets nothing: `{flag}` has no variable; type `--{flag}`, or set it in a file that you name with `--config`"
            ),
        })
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
            let flag = grammar.flag(setting).map(|flag| flag.get_id().as_str());
            assert_eq!(flag, Some(&*setting.id()), "{}", setting.path());
        }
    }
}
