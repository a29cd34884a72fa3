//! `tollgate config show`: what holds here when nothing is typed, and who said so.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::ConfigArguments;
use super::found::Trust;
use super::setting::{Kind, SETTINGS, Setting};
use super::settings::{Place, Settings, Stated, misspelled, shown};
use crate::arguments::Format;
use crate::error::{CliResult, OrExit as _};
use crate::escapes::{clean, json_text};
use crate::exit::Exit;
use crate::{load, output};

/// `tollgate config`
#[derive(Args)]
pub(crate) struct ConfigCommandArguments {
    #[command(subcommand)]
    command: ConfigCommand,
    #[command(flatten)]
    config: ConfigArguments,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// List every setting with its value, and where it comes from.
    Show {
        /// For people or for programs
        #[arg(long, value_enum, default_value = "human")]
        format: Format,
        /// The same as `--format json`
        #[arg(long, conflicts_with = "format")]
        json: bool,
    },
}

/// What holds, for programs.
#[derive(Serialize)]
struct Shown {
    /// The file that was read.
    file: Option<ShownFile>,
    settings: Vec<ShownSetting>,
}

#[derive(Serialize)]
struct ShownFile {
    path: String,
    /// Whether somebody named it; one that was found may grant and raise nothing.
    named: bool,
}

#[derive(Serialize)]
struct ShownSetting {
    /// Its table and key in the file.
    setting: String,
    flag: String,
    variable: Option<String>,
    /// As they are typed after the flag; none where nothing is set.
    values: Vec<String>,
    layer: Layer,
    /// Where it stands in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<ShownPlace>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Layer {
    BuiltIn,
    File,
    Environment,
}

#[derive(Serialize)]
struct ShownPlace {
    line: u32,
    column: u32,
}

pub(crate) fn run(arguments: &ConfigCommandArguments) -> CliResult<Exit> {
    let ConfigCommand::Show { format, json } = &arguments.command;
    let settings = Settings::read(&arguments.config)?;
    load::warn(&misspelled());
    let shown = Shown::of(&settings);
    let text = match (format, json) {
        (Format::Human, false) => shown.human(),
        (Format::Json, _) | (_, true) => {
            json_text(&serde_json::to_value(&shown).or_exit(Exit::Internal)?)
        }
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}

impl Shown {
    fn of(settings: &Settings) -> Self {
        let file = settings.file.as_ref().map(|file| ShownFile {
            path: file.path.display().to_string(),
            named: file.trust == Trust::Named,
        });
        let all = SETTINGS.iter().map(|setting| {
            let mut stated = settings.stated.iter();
            let stated = stated.find(|one| std::ptr::eq(one.setting, setting));
            ShownSetting::of(settings, setting, stated)
        });
        Self {
            file,
            settings: all.collect(),
        }
    }

    fn human(&self) -> String {
        let mut text = match &self.file {
            None => String::from("no file of settings\n\n"),
            Some(file) => {
                let path = clean(&file.path);
                match file.named {
                    true => format!("{path}, which was named\n\n"),
                    false => format!(
                        "{path}, which was found here and can grant nothing and raise no limit\n\n"
                    ),
                }
            }
        };
        for one in &self.settings {
            let value = match one.values.as_slice() {
                [] => String::from("-"),
                values => clean(&values.join(", ")),
            };
            let from = match (one.layer, &one.place, &one.variable) {
                (Layer::File, Some(place), _) => format!("file:{}:{}", place.line, place.column),
                (Layer::Environment, _, Some(variable)) => variable.clone(),
                _ => String::from("built in"),
            };
            text.push_str(&format!("{:<24} {value:<24} {from}\n", one.setting));
        }
        text
    }
}

impl ShownSetting {
    fn of(settings: &Settings, setting: &'static Setting, stated: Option<&Stated>) -> Self {
        let values = match stated {
            Some(stated) => stated
                .values
                .iter()
                .map(|value| shown(setting, &value.to_string_lossy()))
                .collect(),
            None => built_in(settings, setting),
        };
        let (layer, place) = match stated.map(|stated| &stated.place) {
            None => (Layer::BuiltIn, None),
            Some(Place::Environment) => (Layer::Environment, None),
            Some(Place::File { line, column }) => {
                let (line, column) = (*line, *column);
                (Layer::File, Some(ShownPlace { line, column }))
            }
        };
        Self {
            setting: setting.path(),
            flag: format!("--{}", setting.name),
            variable: setting.variable(),
            values,
            layer,
            place,
        }
    }
}

/// What holds when nobody says anything, as far as it is something.
fn built_in(settings: &Settings, setting: &Setting) -> Vec<String> {
    if let Some(standard) = setting.standard() {
        return vec![standard];
    }
    if matches!(setting.kind, Kind::Switch) {
        return vec![String::from("false")];
    }
    let flag = settings.grammar.flag(setting);
    let defaults = flag
        .map(|flag| flag.get_default_values())
        .unwrap_or_default();
    let defaults = defaults.iter().map(|value| value.to_string_lossy());
    defaults.map(|value| value.into_owned()).collect()
}
