//! What people type at first, and what they should have typed: tips on errors of the command line.
//!
//! The grammar stays strict, because a flag that is understood in another way than it was meant grants something. The tip
//! says how to write what was probably meant.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use tollgate_diagnostics::diagnostic::nearest;

use crate::command::Arguments;

/// Flags of other tools, and what to write here.
const FLAGS_OF_OTHERS: [(&str, &str); 18] = [
    ("--fuel", "an amount of gas is `--gas N`"),
    (
        "-W",
        "an amount of gas is `--gas N`, memory is `--memory SIZE`, a time limit is `--timeout TIME`",
    ),
    (
        "--max-memory-size",
        "the limit of memory is `--memory SIZE`",
    ),
    (
        "--mapdir",
        "a folder under another name is `--dir=HOST::GUEST`",
    ),
    ("-e", "a variable is `--env NAME=VALUE`"),
    ("-f", "one variable of yours is `--allow-env=NAME`"),
    ("--json", "a report for programs is `--format json`"),
    (
        "--allow-fs",
        "files are granted by `--allow-read=PATH` and `--allow-write=PATH`",
    ),
    (
        "--allow-sys",
        "nothing about this machine can be granted but variables, with `--allow-env=NAME`",
    ),
    ("--allow-hrtime", "the clock is granted by `--allow-clock`"),
    (
        "--allow-run",
        "no other program can be started, and no flag grants that",
    ),
    (
        "--allow-ffi",
        "no library of this machine can be called, and no flag grants that",
    ),
    (
        "--allow-import",
        "a module is loaded by its name alone; it loads nothing more",
    ),
    ("--deny-read", DENIED),
    ("--deny-write", DENIED),
    ("--deny-net", DENIED),
    ("--deny-env", DENIED),
    (
        "--no-prompt",
        "nobody is asked, unless the policy of `--policy` says so",
    ),
];
const DENIED: &str = "nothing is granted by default; leave the flag out";

/// Commands for policies.
const POLICIES: [&str; 7] = ["check", "test", "fmt", "eval", "repl", "diff", "disasm"];

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
        ErrorKind::InvalidSubcommand => module_without_command(&typed)
            .or_else(|| policies(&typed))
            .or_else(|| similar_command(&error, &typed)),
        ErrorKind::UnknownArgument => argument_of_run(&typed, &named(&error)),
        _ => None,
    };
    // Whoever mistypes a flag does not mean everything.
    let everything = [ContextKind::SuggestedArg, ContextKind::Usage]
        .into_iter()
        .any(|kind| matches!(error.get(kind), Some(said) if said.to_string().contains("--allow-all")));
    if tip.is_some() || everything {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Usage);
    }
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

/// `tollgate check policy.ecl`
fn policies(typed: &[String]) -> Option<String> {
    let command = typed.first()?;
    POLICIES
        .contains(&command.as_str())
        .then(|| format!("for policies, `tollgate ecl {command}`"))
}

/// `tollgate rn`, which is too short for the usual measure of what is similar.
fn similar_command(error: &clap::Error, typed: &[String]) -> Option<String> {
    if error.get(ContextKind::SuggestedSubcommand).is_some() {
        return None;
    }
    let (command, arguments) = (typed.first()?, Arguments::command());
    let names = arguments
        .get_subcommands()
        .map(|command| command.get_name());
    let near = nearest(command, names)?;
    Some(format!("did you mean `tollgate {near}`?"))
}

/// `tollgate run --allow-read docs m.wasm`, `tollgate run m.wasm argument`, and flags of other tools.
fn argument_of_run(typed: &[String], unknown: &str) -> Option<String> {
    let (command, rest) = typed.split_first()?;
    if command != "run" {
        return None;
    }
    let at = rest.iter().position(|word| word == unknown);
    if unknown.starts_with('-') {
        let before = at.and_then(|at| rest.get(at.checked_sub(1)?));
        return flag_of_another(unknown).or_else(|| below_zero(before?, unknown));
    }
    let at = at?;
    let mut pairs = rest.get(..=at)?.windows(2).filter_map(<[String]>::as_array);
    if let Some([grant, value]) = pairs.find(|[grant, value]| {
        GRANTS.contains(&grant.as_str()) && !value.starts_with('-') && !is_module(value)
    }) {
        return Some(format!(
            "to grant only `{value}`, write `{grant}={value}`; `{grant}` alone grants all of it"
        ));
    }
    let has_module = rest.get(..at)?.iter().any(|word| !word.starts_with('-'));
    has_module.then(|| {
        format!(
            "what the program is to get stands after `--`: `tollgate run … -- {unknown}`; one of its exports is called with \
             `--invoke {unknown}`"
        )
    })
}

fn flag_of_another(unknown: &str) -> Option<String> {
    let name = unknown.split('=').next()?;
    let known = FLAGS_OF_OTHERS.iter().find(|(flag, _)| *flag == name)?;
    Some(known.1.to_owned())
}

/// `--gas -1`
fn below_zero(flag: &str, unknown: &str) -> Option<String> {
    let is_number = unknown.get(1..)?.parse::<f64>().is_ok();
    (is_number && flag.starts_with("--")).then(|| format!("`{flag}` takes nothing below zero"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

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
        for short in ["tollgate rn", "tollgate runn", "tollgate ru hello.wasm"] {
            assert!(said(short).contains("run"), "{}", said(short));
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
    fn a_grant_behind_the_module_does_not_grant_everything() {
        for grant in GRANTS {
            let said = said(&format!("tollgate run hello.wasm {grant} data -- data"));
            assert!(said.contains(&format!("`{grant}=data`")), "{said}");
            assert!(!said.contains("-- data"), "{said}");
        }
    }

    #[test]
    fn no_tip_grants_more_than_was_typed() {
        for flag in [
            "--allow-fs",
            "--allow-sys",
            "--allow-hrtime",
            "--allow-al",
            "--allow-a",
            "--allow-tall",
        ] {
            let said = said(&format!("tollgate run {flag} hello.wasm"));
            assert!(!said.contains("--allow-all"), "{said}");
            assert!(said.contains(&format!("'{flag}'")), "{said}");
        }
    }

    #[test]
    fn flags_and_commands_of_other_tools_are_told_ours() {
        for (line, ours) in [
            ("tollgate run hello.wasm --fuel=5", "`--gas N`"),
            ("tollgate run -e A=b hello.wasm", "`--env NAME=VALUE`"),
            ("tollgate run --allow-hrtime hello.wasm", "`--allow-clock`"),
            ("tollgate run --json hello.wasm", "`--format json`"),
            (
                "tollgate run hello.wasm --gas -1",
                "`--gas` takes nothing below zero",
            ),
            ("tollgate check policy.ecl", "`tollgate ecl check`"),
        ] {
            let said = said(line);
            assert!(said.contains(ours), "{said}");
        }
    }

    #[test]
    fn what_is_proposed_for_others_is_a_flag_of_run() {
        let help = Arguments::try_parse_from(["tollgate", "run", "--help"]);
        let help = help.err().map(|help| help.to_string()).unwrap_or_default();
        for (_, says) in FLAGS_OF_OTHERS {
            for flag in says.split('`').filter(|word| word.starts_with("--")) {
                let name = flag.split([' ', '=']).next().unwrap_or(flag);
                assert!(help.contains(name), "{flag}");
            }
        }
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
