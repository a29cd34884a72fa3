//! What people type at first, and what they should have typed: tips on errors of the command line.
//!
//! The grammar stays strict, because a flag that is understood in another way than it was meant grants something. The tip
//! says how to write what was probably meant.

mod others;

use std::ffi::OsString;
use std::net::SocketAddr;

use clap::CommandFactory as _;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use tollgate_diagnostics::diagnostic::nearest;

use self::others::{COMMANDS, FLAGS};
use crate::command::Arguments;

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
    let words: Vec<OsString> = typed.into_iter().skip(1).collect();
    let typed = words.iter();
    let typed: Vec<String> = typed
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => module_without_command(&typed)
            .or_else(|| module_to_compile(&typed))
            .or_else(|| of_typescript(&typed))
            .or_else(|| policies(&typed))
            .or_else(|| source_without_command(&typed))
            .or_else(|| another_command(&typed))
            .or_else(|| similar_command(&error, &typed)),
        ErrorKind::UnknownArgument => {
            let unknown = named(&error);
            flag_of_another(&typed, &unknown)
                .or_else(|| below_zero(&typed, &unknown))
                .or_else(|| argument_of_run(&typed, &unknown))
                .or_else(|| in_json(&typed, &unknown))
                .or_else(|| address_of_a_server(&typed, &unknown))
                .or_else(|| before_the_command(&typed))
        }
        ErrorKind::MissingRequiredArgument => module_behind_dashes(&typed),
        ErrorKind::TooManyValues => switch_with_value(&named(&error)),
        ErrorKind::InvalidValue => kind_left_out(&error, &typed),
        ErrorKind::InvalidUtf8 => not_text(&words),
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

/// `tollgate compile hello.wasm`, as a runtime that keeps code in files has it.
fn module_to_compile(typed: &[String]) -> Option<String> {
    let (command, rest) = typed.split_first()?;
    let module = rest.iter().find(|word| is_module(word))?;
    (command == "compile").then(|| {
        format!(
            "code is made when a module is run, and kept for the next time: `tollgate run {module}`"
        )
    })
}

/// `tollgate check main.ts`
fn of_typescript(typed: &[String]) -> Option<String> {
    let (command, rest) = typed.split_first()?;
    let file = rest.iter().find(|word| word.ends_with(".ts"))?;
    match command.as_str() {
        "fmt" | "format" | "lint" => Some(format!(
            "TypeScript has its own tools for that; `tollgate build ts {file}` says what is wrong with it"
        )),
        "check" => Some(format!("for TypeScript, `tollgate build ts {file}`")),
        _ => None,
    }
}

/// `tollgate check policy.ecl`
fn policies(typed: &[String]) -> Option<String> {
    let command = typed.first()?;
    POLICIES
        .contains(&command.as_str())
        .then(|| format!("for policies, `tollgate ecl {command}`"))
}

/// `tollgate exec m.wasm`, `tollgate ecl lint`
fn another_command(typed: &[String]) -> Option<String> {
    let (_, depth) = reached(typed);
    let word = typed.get(depth)?;
    let inside = typed.get(..depth)?.join(" ");
    let mut ours = COMMANDS.iter().filter(|(other, _)| other == word);
    let ours = ours.find(|(_, ours)| ours.starts_with(&inside))?.1;
    Some(format!("here it is `tollgate {ours}`"))
}

/// `tollgate rn`, which is too short for the usual measure of what is similar.
fn similar_command(error: &clap::Error, typed: &[String]) -> Option<String> {
    if error.get(ContextKind::SuggestedSubcommand).is_some() {
        return None;
    }
    let typed = match typed.split_first()? {
        (help, rest) if help == "help" => rest,
        _ => typed,
    };
    let (command, depth) = reached(typed);
    let names = || command.get_subcommands().map(|command| command.get_name());
    let inside: String = typed
        .iter()
        .take(depth)
        .map(|word| format!("{word} "))
        .collect();
    match nearest(typed.get(depth)?, names()) {
        Some(near) => Some(format!("did you mean `tollgate {inside}{near}`?")),
        // The list of all commands is long, and the usage names its page.
        None if depth == 0 => None,
        None => {
            let names: Vec<_> = names().map(|name| format!("`{name}`")).collect();
            Some(format!(
                "of `tollgate {}` there are {}",
                inside.trim_end(),
                names.join(", ")
            ))
        }
    }
}

/// `tollgate build main.ts`
fn source_without_command(typed: &[String]) -> Option<String> {
    let (_, depth) = reached(typed);
    let file = typed.get(depth)?;
    match (typed.first()?.as_str(), file.rsplit_once('.')?.1) {
        ("build", "ts") => Some(format!(
            "a module is made of it with `tollgate build ts {file}`"
        )),
        ("build", "ecl") => Some(format!(
            "a module is made of it with `tollgate ecl build {file}`"
        )),
        ("build", _) => Some(String::from(
            "only TypeScript and policies are made into modules here; others are built by their own tools, as `tollgate new` shows",
        )),
        ("ecl", "ecl") => Some(format!("check it with `tollgate ecl check {file}`")),
        _ => None,
    }
}

/// `tollgate --json doctor`
fn before_the_command(typed: &[String]) -> Option<String> {
    let flags = typed.iter().take_while(|word| word.starts_with('-'));
    let flags: Vec<&str> = flags.map(String::as_str).collect();
    let behind = typed.get(flags.len()..).filter(|_| !flags.is_empty())?;
    let (_, depth) = reached(behind);
    let command = behind.get(..depth).filter(|words| !words.is_empty())?;
    Some(format!(
        "flags stand behind their command: `tollgate {} …`",
        command.join(" ")
    ))
}

/// `tollgate serve 0.0.0.0:80`
fn address_of_a_server(typed: &[String], unknown: &str) -> Option<String> {
    let is_address = typed.first()? == "serve" && unknown.parse::<SocketAddr>().is_ok();
    is_address.then(|| format!("where to listen is `--listen={unknown}`"))
}

/// `tollgate new my-app`
fn kind_left_out(error: &clap::Error, typed: &[String]) -> Option<String> {
    let [command, folder] = typed else {
        return None;
    };
    let is_left_out = command == "new" && error.get(ContextKind::SuggestedValue).is_none();
    is_left_out.then(|| format!("the kind stands before the folder: `tollgate new rust {folder}`"))
}

/// `tollgate run -- m.wasm`
fn module_behind_dashes(typed: &[String]) -> Option<String> {
    let command = typed
        .first()
        .filter(|word| ["run", "learn"].contains(&word.as_str()))?;
    let dashes = typed.iter().position(|word| word == "--")?;
    let module = typed.get(dashes + 1).filter(|word| is_module(word))?;
    Some(format!(
        "the module stands before `--`, and its arguments behind it: `tollgate {command} {module}`"
    ))
}

/// `tollgate run --allow-clock=false m.wasm`
fn switch_with_value(flag: &str) -> Option<String> {
    let flag = flag
        .split(['=', ' '])
        .next()
        .filter(|flag| flag.starts_with("--"))?;
    Some(format!(
        "`{flag}` is a switch and has no value; leave it out to turn it off"
    ))
}

/// The command that the first words name, and how many words that are.
fn reached(typed: &[String]) -> (clap::Command, usize) {
    let (mut command, mut depth) = (Arguments::command(), 0);
    while let Some(word) = typed.get(depth)
        && let Some(below) = command.find_subcommand(word)
    {
        command = below.clone();
        depth += 1;
    }
    (command, depth)
}

/// `tollgate inspect --json m.wasm`
fn in_json(typed: &[String], unknown: &str) -> Option<String> {
    // A flag of a command is one of those below it, too.
    let (_, depth) = reached(typed);
    let has_format = (1..=depth).any(|depth| {
        let (command, _) = reached(typed.get(..depth).unwrap_or_default());
        let mut flags = command.get_arguments();
        flags.any(|flag| flag.get_long() == Some("format"))
    });
    (has_format && unknown == "--json")
        .then(|| String::from("an answer for programs is `--format json`"))
}

/// Says which word is no text, and what it looks like.
fn not_text(words: &[OsString]) -> Option<String> {
    let (at, word) = words
        .iter()
        .enumerate()
        .find(|(_, word)| word.to_str().is_none())?;
    let shown = word.to_string_lossy();
    let number = at + 1;
    Some(format!(
        "word {number} behind `tollgate`, `{shown}`, is not UTF-8; rename what it names"
    ))
}

/// `tollgate run --allow-read docs m.wasm`, `tollgate run m.wasm argument`, and flags of other tools.
fn argument_of_run(typed: &[String], unknown: &str) -> Option<String> {
    let (command, rest) = typed.split_first()?;
    if command != "run" || unknown.starts_with('-') {
        return None;
    }
    let at = rest.iter().position(|word| word == unknown);
    let at = at?;
    let mut pairs = rest.get(..=at)?.windows(2).filter_map(<[String]>::as_array);
    if let Some([grant, value]) = pairs.find(|[grant, value]| {
        GRANTS.contains(&grant.as_str()) && !value.starts_with('-') && !is_module(value)
    }) {
        return Some(format!(
            "to grant only `{value}`, write `{grant}={value}`; `{grant}` alone grants all of it"
        ));
    }
    if let Some(export) = invoked(rest.get(..at)?) {
        let arguments = rest.get(at..)?.join(" ");
        return Some(format!(
            "the arguments of `{export}` stand after `--`: `tollgate run … --invoke {export} -- {arguments}`"
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

/// What `--invoke` names.
fn invoked(words: &[String]) -> Option<&str> {
    let at = words.iter().position(|word| word.starts_with("--invoke"))?;
    match words.get(at)?.strip_prefix("--invoke=") {
        Some(export) => Some(export),
        None => words.get(at + 1).map(String::as_str),
    }
}

fn flag_of_another(typed: &[String], unknown: &str) -> Option<String> {
    let (command, name) = (typed.first()?, unknown.split('=').next()?);
    let known = FLAGS
        .iter()
        .filter(|(commands, _)| commands.contains(&command.as_str()));
    let mut known = known.flat_map(|(_, flags)| flags.iter());
    let (_, says) = known.find(|(flag, _)| *flag == name)?;
    Some((*says).to_owned())
}

/// `--gas -1`, `budget set -5`
fn below_zero(typed: &[String], unknown: &str) -> Option<String> {
    let at = typed.iter().position(|word| word == unknown)?;
    let before = typed.get(at.checked_sub(1)?)?;
    let is_number = unknown.strip_prefix('-')?.parse::<f64>().is_ok();
    is_number.then(|| format!("`{before}` takes nothing below zero"))
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
            ("tollgate inspect --json hello.wasm", "`--format json`"),
            ("tollgate cache stats --json", "`--format json`"),
            ("tollgate run --max-memory 5 hello.wasm", "`--memory SIZE`"),
            ("tollgate run --mount a:b hello.wasm", "`--dir=HOST::GUEST`"),
            ("tollgate exec hello.wasm", "`tollgate run`"),
            ("tollgate ecl lint p.ecl", "`tollgate ecl check`"),
            ("tollgate ecl chek p.ecl", "check"),
            ("tollgate module publish m.wasm", "`tollgate module push`"),
            (
                "tollgate run hello.wasm --gas -1",
                "`--gas` takes nothing below zero",
            ),
            ("tollgate check policy.ecl", "`tollgate ecl check`"),
            ("tollgate check main.ts", "`tollgate build ts main.ts`"),
            ("tollgate fmt main.ts", "`tollgate build ts main.ts`"),
            ("tollgate compile hello.wasm", "`tollgate run hello.wasm`"),
            ("tollgate run --cpus 1 hello.wasm", "one thread"),
            ("tollgate cast add --allow-read=.", "grants nothing"),
            (
                "tollgate build ts main.ts -O3",
                "`--optimise none|size|speed|aggressive`",
            ),
            ("tollgate budget set -5", "`set` takes nothing below zero"),
        ] {
            let said = said(line);
            assert!(said.contains(ours), "{said}");
        }
    }

    #[test]
    fn what_is_proposed_for_flags_of_others_is_a_flag_of_the_command() {
        for (commands, flags) in FLAGS {
            let help = match commands.first() {
                Some(&"ecl") => ["eval", "fmt"].map(|below| help(&["ecl", below])).concat(),
                Some(&"build") => help(&["build", "ts"]),
                Some(command) => help(&[command]),
                None => panic!("a table without commands"),
            };
            for (_, says) in *flags {
                for flag in says.split('`').filter(|word| word.starts_with("--")) {
                    let name = flag.split([' ', '=']).next().unwrap_or(flag);
                    assert!(help.contains(name), "{flag}");
                }
            }
        }
    }

    fn help(command: &[&str]) -> String {
        let words = ["tollgate"].iter().chain(command).chain(&["--help"]);
        let help = Arguments::try_parse_from(words);
        help.err().map(|help| help.to_string()).unwrap_or_default()
    }

    #[test]
    fn words_where_others_have_them_are_told_where_ours_stand() {
        for (line, ours) in [
            ("tollgate run -- hello.wasm", "`tollgate run hello.wasm`"),
            (
                "tollgate run add.wasm --invoke add 2 3",
                "`tollgate run … --invoke add -- 2 3`",
            ),
            (
                "tollgate run add.wasm --invoke=add 2",
                "`tollgate run … --invoke add -- 2`",
            ),
            ("tollgate --json doctor", "`tollgate doctor …`"),
            ("tollgate build main.ts", "`tollgate build ts main.ts`"),
            ("tollgate build main.rs", "only TypeScript"),
            ("tollgate run --allow-all=false hello.wasm", "leave it out"),
            ("tollgate ecl eval -i in.json p.ecl", "`--input @FILE`"),
            ("tollgate serve --port 8080", "`--listen=127.0.0.1:7400`"),
            (
                "tollgate new my-app --template rust",
                "`tollgate new rust FOLDER`",
            ),
            ("tollgate key generate", "`tollgate key new`"),
            ("tollgate new my-app", "`tollgate new rust my-app`"),
            ("tollgate serve 0.0.0.0:80", "`--listen=0.0.0.0:80`"),
            ("tollgate config set gas 5", "there are `show`"),
            ("tollgate version", "`tollgate --version`"),
            ("tollgate run --rm hello.wasm", "leave it out"),
            ("tollgate help runn", "`tollgate run`"),
        ] {
            let said = said(line);
            assert!(said.contains(ours), "{line}: {said}");
        }
    }

    #[test]
    fn what_is_proposed_for_commands_of_others_is_a_command() {
        for (other, ours) in COMMANDS {
            let words = ours.split(' ').map(str::to_owned);
            let words: Vec<_> = words.filter(|word| !word.starts_with('-')).collect();
            assert_eq!(reached(&words).1, words.len(), "{ours}");
            let other = [String::from(*other)];
            assert_eq!(reached(&other).1, 0, "{other:?} is a command of ours");
        }
    }

    #[test]
    fn a_word_that_is_no_text_is_shown() {
        use std::os::unix::ffi::OsStringExt as _;
        let words = || {
            let name = OsString::from_vec(b"a\xff".to_vec());
            ["tollgate".into(), "run".into(), name].into_iter()
        };
        let error = Arguments::try_parse_from(words())
            .err()
            .expect("it is no text");
        let said = hinted(error, words()).to_string();
        assert!(
            said.contains("word 2") && said.contains("`a\u{fffd}`"),
            "{said}"
        );
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
