//! What a flag says to a value, without its command: the same parser, asked alone.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches};
use tollgate::{Grant, NetGrant, PathGrant};
use tollgate_server::PostgresUrl;

use super::setting::{Kind, Setting};
use crate::grants::{at_commas, is_switch};
use crate::near;

/// What is said of a word with which somebody means all or none.
fn not_a_switch(setting: &Setting, switch: &str) -> String {
    let name = setting.name;
    let all = match name {
        "allow-net" => String::from("`*` for every host"),
        _ => format!("`--{name}` on the command line for all of it"),
    };
    format!(
        "`{switch}` would grant what is called `{switch}`; name what to grant, or write {all}, or `{name} = true`, without quotation marks, \
         in a file that you name with `--config`; leave it out to grant none"
    )
}

/// Gives `value` to what reads the values of `flag`, which is the flag of `setting`, and says what is wrong with it. Returns it as a
/// number where it is one, times in nanoseconds.
pub(super) fn take(setting: &Setting, flag: &Arg, value: &OsStr) -> Result<Option<u64>, String> {
    read_later(setting, value)?;
    let id = flag.get_id().as_str();
    let mut alone = Arg::new(id.to_owned())
        .long("value")
        .require_equals(true)
        .action(ArgAction::Append)
        .value_parser(flag.get_value_parser().clone());
    if let Some(delimiter) = flag.get_value_delimiter() {
        alone = alone.value_delimiter(delimiter);
    }
    let mut typed = OsString::from("--value=");
    typed.push(value);
    let command = clap::Command::new("value").no_binary_name(true).arg(alone);
    match command.try_get_matches_from([typed]) {
        Ok(matches) => Ok(number(&matches, id)),
        Err(error) => Err(said(&error)),
    }
}

/// What is wrong with a value that the parser of its flag takes as it is and the command reads later.
fn read_later(setting: &Setting, value: &OsStr) -> Result<(), String> {
    let text = value.to_string_lossy();
    let path = |text: &str| {
        let read = text.parse::<PathGrant>();
        read.map(drop).map_err(|error| error.to_string())
    };
    let variable = |name: &str, value: &str| {
        let given = Grant::none().env_value(name, value);
        given.map_err(|error| error.to_string())
    };
    if matches!(setting.kind, Kind::Paths | Kind::Every)
        && let Some(switch) = at_commas(&text).iter().find(|one| is_switch(one))
    {
        return Err(not_a_switch(setting, switch));
    }
    match (&setting.kind, setting.name) {
        (Kind::Paths, _) => at_commas(&text).iter().try_for_each(|one| path(one)),
        (Kind::Folders, _) => path(&text),
        (_, "allow-net") => text.split(',').try_for_each(|one| {
            let read = one.parse::<NetGrant>();
            read.map(drop).map_err(|error| error.to_string())
        }),
        (_, "allow-env") => text.split(',').try_for_each(|name| variable(name, "")),
        (_, "env") => match text.split_once('=') {
            Some((name, value)) => variable(name, value),
            None => Err(format!(
                "`{text}` has no value; write `NAME=VALUE`, or name it in `allow-env` to pass yours on"
            )),
        },
        (_, "database") => {
            let read = text.parse::<PostgresUrl>();
            read.map(drop).map_err(|error| error.to_string())
        }
        _ => Ok(()),
    }
}

fn number(matches: &ArgMatches, id: &str) -> Option<u64> {
    let of_64 = || matches.try_get_one::<u64>(id).ok().flatten().copied();
    let of_32 = || {
        let number = matches.try_get_one::<u32>(id).ok().flatten();
        number.copied().map(u64::from)
    };
    let of_size = || {
        let number = matches.try_get_one::<usize>(id).ok().flatten();
        number.and_then(|number| u64::try_from(*number).ok())
    };
    let of_time = || {
        let time = matches.try_get_one::<Duration>(id).ok().flatten();
        time.and_then(|time| u64::try_from(time.as_nanos()).ok())
    };
    of_64().or_else(of_32).or_else(of_size).or_else(of_time)
}

/// What is wrong, without the flag that nobody typed.
fn said(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    match error.kind() {
        ErrorKind::InvalidUtf8 => String::from("it is not UTF-8 text"),
        ErrorKind::InvalidValue => {
            let given = text(ContextKind::InvalidValue);
            let known = match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(known)) => known.as_slice(),
                _ => &[],
            };
            let listed: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            let near = near::name(&given, known);
            format!("`{given}` is none of {}{near}", listed.join(", "))
        }
        _ => match std::error::Error::source(error) {
            Some(why) => why.to_string(),
            None => error.kind().to_string(),
        },
    }
}
