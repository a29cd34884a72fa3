//! What people type at first, and what they should have typed: tips on errors of the command line.
//!
//! The grammar stays strict, because a flag that is understood in another way than it was meant grants something. The tip
//! says how to write what was probably meant.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Grants that take a value after `=` only.
const GRANTS: [&str; 4] = [
    "--allow-read",
    "--allow-write",
    "--allow-net",
    "--allow-env",
];

/// Adds a tip to `error` when there is one for what was typed.
pub(crate) fn hinted(
    mut error: clap::Error,
    typed: impl IntoIterator<Item = OsString>,
) -> clap::Error {
    let typed: Vec<String> = typed
        .into_iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => module_without_command(&typed),
        ErrorKind::UnknownArgument => argument_of_run(&typed, &named(&error)),
        _ => None,
    };
    if let Some(tip) = tip {
        let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
        // Ours knows what the word is; the list of similar names it replaces does not.
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, tips);
    }
    error
}

/// The argument `error` is about.
fn named(error: &clap::Error) -> String {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.clone(),
        _ => String::new(),
    }
}

/// `tollgate hello.wasm`
fn module_without_command(typed: &[String]) -> Option<String> {
    let module = typed.iter().find(|word| !word.starts_with('-'))?;
    is_module(module).then(|| format!("run a module with `tollgate run {module}`"))
}

fn is_module(word: &str) -> bool {
    word.ends_with(".wasm") || word.ends_with(".wat") || word.starts_with("https://")
}

/// `tollgate run --allow-read docs m.wasm`, and `tollgate run m.wasm argument`.
fn argument_of_run(typed: &[String], unknown: &str) -> Option<String> {
    let (command, rest) = typed.split_first()?;
    // Of flags that are not ours, clap says itself where they stand.
    if command != "run" || unknown.starts_with('-') {
        return None;
    }
    let at = rest.iter().position(|word| word == unknown)?;
    let before = rest.get(..at)?;
    if let Some([grant, value]) =
        before
            .windows(2)
            .filter_map(<[String]>::as_array)
            .find(|[grant, value]| {
                GRANTS.contains(&grant.as_str()) && !value.starts_with('-') && !is_module(value)
            })
    {
        return Some(format!(
            "to grant only `{value}`, write `{grant}={value}`; `{grant}` alone grants all of it"
        ));
    }
    let has_module = before.iter().any(|word| !word.starts_with('-'));
    has_module.then(|| {
        format!("what the program is to get stands after `--`: `tollgate run … -- {unknown}`")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::Arguments;

    fn said(line: &str) -> String {
        let words = || line.split(' ').map(OsString::from);
        match Arguments::try_parse_from(words()) {
            Ok(_) => panic!("`{line}` is understood"),
            Err(error) => hinted(error, words()).to_string(),
        }
    }

    #[test]
    fn a_module_without_a_command_is_told_the_command() {
        for line in ["tollgate hello.wasm", "tollgate https://example.com/m"] {
            let said = said(line);
            let module = line.split(' ').nth(1).unwrap_or_default();
            assert!(said.contains(&format!("`tollgate run {module}`")), "{said}");
        }
        let said = said("tollgate inspec");
        assert!(said.contains("'inspect'"), "{said}");
    }

    #[test]
    fn a_grant_with_its_value_apart_is_told_the_sign_between() {
        let said = said("tollgate run --allow-read docs hello.wasm");
        assert!(said.contains("`--allow-read=docs`"), "{said}");
    }

    #[test]
    fn arguments_of_the_program_are_told_where_they_stand() {
        for line in [
            "tollgate run hello.wasm one",
            "tollgate run --allow-read hello.wasm --gas 5 one",
        ] {
            let said = said(line);
            assert!(said.contains("`tollgate run … -- one`"), "{said}");
        }
        let said = said("tollgate run hello.wasm --verbose");
        assert!(said.contains("-- --verbose"), "{said}");
    }

    #[test]
    fn other_slips_keep_what_is_said_of_them() {
        let said = said("tollgate run hello.wasm --allow-reed=x");
        assert!(said.contains("--allow-read"), "{said}");
    }
}
