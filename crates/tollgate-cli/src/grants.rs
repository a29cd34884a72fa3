//! From the grant flags to a [`Grant`].

use std::io;
use std::path::Path;

use tollgate::sandbox::{holds_secret, looks_secret};
use tollgate::{Grant, NetGrant, PathGrant, Stdin};

use crate::arguments::{ALL, GrantArguments};
use crate::error::{CliError, CliResult, OrExit};
use crate::exit::Exit;
use crate::hints::{below, escaped, for_a_shell};
use crate::near;

/// What the flags grant, and what they left out although it was asked for in general.
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    /// Environment variables that `--allow-env` did not pass because their names look like secrets.
    pub(crate) secrets_left_out: Vec<String>,
    /// Environment variables that were named and are not set here.
    pub(crate) unset: Vec<String>,
}

/// What the guest is told from the start.
pub(crate) struct Guest<'a> {
    /// Its name, the first of its arguments.
    pub(crate) program: &'a str,
    /// The others.
    pub(crate) arguments: &'a [String],
    /// Whether standard input is still there to be given.
    pub(crate) stdin: StandardInput,
}

/// Who has the standard input of the command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandardInput {
    /// Nobody yet.
    Free,
    /// The command itself, which read its module or the input there.
    Taken,
}

/// How much of a kind is granted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All there is, by `--allow-all`.
    All,
    /// What the flag of its kind names.
    Named,
}

/// Reads the grant flags.
pub(crate) fn grant(flags: &GrantArguments, guest: Guest<'_>) -> CliResult<Granted> {
    let Guest {
        program,
        arguments,
        stdin,
    } = guest;
    // A new flag does not compile until it is used, nor a new part of a grant until it is decided about.
    let GrantArguments {
        allow_read,
        allow_write,
        allow_net,
        allow_env: _,
        allow_clock,
        allow_random,
        allow_all,
        dir,
        env: _,
        no_stdin,
    } = flags;
    let all = *allow_all;
    let extent = match all {
        true => Extent::All,
        false => Extent::Named,
    };
    let mut read = paths("--allow-read", allow_read, extent)?;
    let write = paths("--allow-write", allow_write, extent)?;
    let folders = dir.iter().map(|text| text.parse().or_exit(Exit::Usage));
    let folders: Vec<PathGrant> = folders.collect::<CliResult<_>>()?;
    let write = by_their_names(write, &folders);
    read.extend(folders);
    let mut grant = Grant {
        read,
        write,
        env: Grant::none().env,
        args: std::iter::once(program.to_owned())
            .chain(arguments.iter().cloned())
            .collect(),
        stdin: if stdin == StandardInput::Free && !no_stdin {
            Stdin::Inherit
        } else {
            Stdin::Empty
        },
        net: destinations(allow_net, extent)?,
        clock: all || *allow_clock,
        random: all || *allow_random,
        exit: true,
    };
    let secrets_left_out = environment(&mut grant, flags)?;
    let named = flags.allow_env.iter().filter(|name| *name != ALL);
    let unset = named.filter(|name| !grant.env.inherits(name));
    let unset = unset.cloned().collect();
    Ok(Granted {
        grant,
        secrets_left_out,
        unset,
    })
}

/// What may be written, where `folders` are granted under names of their own: `--allow-write` of one of them without a name is
/// about that folder under the name that it has.
fn by_their_names(write: Vec<PathGrant>, folders: &[PathGrant]) -> Vec<PathGrant> {
    let mut named = Vec::new();
    for path in write {
        let same = || folders.iter().filter(|folder| folder.host == path.host);
        named.extend(same().cloned());
        if same().next().is_none() || path != PathGrant::same(&path.host) {
            named.push(path);
        }
    }
    named
}

/// Checks that the granted paths are there, so that one that is not is named before anything is loaded.
pub(crate) fn check_paths(grant: &Grant) -> CliResult<()> {
    let mut paths = grant.read.iter().chain(&grant.write);
    if paths.any(|path| path.host.is_relative())
        && let Err(error) = std::env::current_dir()
    {
        let message = format!(
            "the current folder, in which granted paths are looked up, is gone ({error}); change to one that is there"
        );
        return Err(CliError::message(Exit::NotFound, message));
    }
    for path in &grant.write {
        path.open().map_err(|error| unopened(&path.host, &error))?;
    }
    for path in &grant.read {
        path.open().map_err(|error| unopened(&path.host, &error))?;
        // Only what may be made can be there later.
        let is_made = grant
            .write
            .iter()
            .any(|made| below(&path.guest, &made.guest));
        if !is_made && let Err(error) = path.host.metadata() {
            return Err(unopened(&path.host, &error));
        }
    }
    Ok(())
}

fn unopened(host: &Path, error: &io::Error) -> CliError {
    let near = two_names(host).unwrap_or_else(|| near::file(host, error));
    let message = format!(
        "granted path `{}` cannot be opened: {error}{near}",
        host.display()
    );
    CliError::message(Exit::NotFound, message)
}

/// What to type for `HOST:GUEST`, as other tools write it, where the first is there.
fn two_names(host: &Path) -> Option<String> {
    let (host, guest) = host.to_str()?.split_once(':')?;
    if host.is_empty() || !Path::new(host).exists() {
        return None;
    }
    // What a container engine is told after that; here a folder is read, unless writing is granted as well.
    let guest = guest.strip_suffix(":ro").unwrap_or(guest);
    let typed = for_a_shell(&format!("{}::{}", escaped(host), escaped(guest)));
    Some(format!(
        "; two names have two colons between them: `{typed}`"
    ))
}

/// Whether a flag stood there without `=`. An empty name grants nothing and is refused: it is what is left of a variable
/// that was not set.
fn is_all(name: &str, flag: &[String]) -> CliResult<bool> {
    if flag.iter().any(String::is_empty) {
        let message = format!(
            "`{name}=` with an empty name; write `{name}` to grant all of it, or name what to grant"
        );
        return Err(CliError::message(Exit::Usage, message));
    }
    let switch = flag.iter().find(|value| is_switch(value));
    if let Some(switch) = switch {
        let message = format!(
            "`{name}={switch}` would grant what is called `{switch}`; write `{name}` to grant all of it, leave it out to grant none, or name \
             what to grant"
        );
        return Err(CliError::message(Exit::Usage, message));
    }
    Ok(flag.iter().any(|value| value == ALL))
}

/// Whether what is to be granted is the word of a switch, with which somebody means all or none, and would get what has that name.
pub(crate) fn is_switch(value: &str) -> bool {
    matches!(value, "true" | "false")
}

fn paths(name: &str, flag: &[String], extent: Extent) -> CliResult<Vec<PathGrant>> {
    let flag: Vec<String> = flag.iter().flat_map(|value| at_commas(value)).collect();
    let mut paths = Vec::new();
    if is_all(name, &flag)? || extent == Extent::All {
        // The root for absolute names, the current folder for relative ones; and that is all, mounts included.
        paths.push(PathGrant::mapped("/", "/").across_mounts());
        paths.push(PathGrant::mapped(".", ".").across_mounts());
    }
    // What the kernel makes up is granted by its own name alone, also beside all of it.
    for text in flag.iter().filter(|text| *text != ALL) {
        paths.push(text.parse().or_exit(Exit::Usage)?);
    }
    Ok(paths)
}

/// Splits at commas that have no backslash before them; the backslashes are read with the names.
pub(crate) fn at_commas(value: &str) -> Vec<String> {
    let (mut parts, mut escaped) = (vec![String::new()], false);
    for char in value.chars() {
        if char == ',' && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(char);
        }
        escaped = char == '\\' && !escaped;
    }
    parts
}

fn destinations(flag: &[String], extent: Extent) -> CliResult<Vec<NetGrant>> {
    let mut hosts = Vec::new();
    if is_all("--allow-net", flag)? || extent == Extent::All {
        hosts.push(NetGrant {
            host: "*".to_owned(),
            port: None,
        });
    }
    // Private addresses are granted by their own names alone, also beside all of it.
    for text in flag.iter().filter(|text| *text != ALL) {
        hosts.push(destination(text)?);
    }
    Ok(hosts)
}

fn destination(text: &str) -> CliResult<NetGrant> {
    let read: Result<NetGrant, _> = text.parse();
    read.map_err(|error| {
        // `https://example.com/a`, of which the host is granted.
        let host = text
            .split_once("://")
            .map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
        let host = host.filter(|host| host.parse::<NetGrant>().is_ok());
        match host {
            Some(host) => {
                let typed = for_a_shell(&format!("--allow-net={host}"));
                let message = format!("`{text}` is an address, and hosts are granted: `{typed}`");
                CliError::message(Exit::Usage, message)
            }
            None => CliError::new(Exit::Usage, error),
        }
    })
}

fn environment(grant: &mut Grant, flags: &GrantArguments) -> CliResult<Vec<String>> {
    let mut left_out = Vec::new();
    if is_all("--allow-env", &flags.allow_env)? || flags.allow_all {
        left_out = grant.env_inherit_all();
    }
    for name in flags.allow_env.iter().filter(|name| *name != ALL) {
        grant.env_inherit(name).or_exit(Exit::Usage)?;
        left_out.retain(|left| left != name);
    }
    let named = variables(grant, &flags.env)?;
    left_out.retain(|left| !named.contains(&left.as_str()));
    Ok(left_out)
}

/// Gives the guest the variables of `--env`; returns their names.
pub(crate) fn variables<'a>(grant: &mut Grant, pairs: &'a [String]) -> CliResult<Vec<&'a str>> {
    let mut named = Vec::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            CliError::message(Exit::Usage, format!("`--env={pair}` has no value; write `--env=NAME=VALUE`, or `--allow-env={pair}` to pass yours on"))
        })?;
        grant.env_value(name, value).or_exit(Exit::Usage)?;
        named.push(name);
    }
    Ok(named)
}

/// Returns the flags that grant just that: what [`grant`] reads again as the same, but for arguments.
///
/// # Errors
/// If a name cannot be typed: a path that is no text, a variable with a comma in its name.
pub(crate) fn flags(grant: &Grant) -> CliResult<Vec<String>> {
    // A new part of a grant does not compile until it is written.
    let Grant {
        read,
        write,
        env: _,
        args: _,
        stdin,
        net,
        clock,
        random,
        exit: _,
    } = grant;
    let mut flags = Vec::new();
    for (name, paths) in [("--allow-read", read), ("--allow-write", write)] {
        for path in paths {
            flags.push(format!("{name}={}", spelled(path)?));
        }
    }
    flags.extend(net.iter().map(|net| format!("--allow-net={net}")));
    for (name, value) in grant.env() {
        flags.push(variable(grant, (name, value))?);
    }
    let others = [
        (*clock, "--allow-clock"),
        (*random, "--allow-random"),
        (*stdin == Stdin::Empty, "--no-stdin"),
    ];
    let others = others.iter().filter(|(is_granted, _)| *is_granted);
    flags.extend(others.map(|(_, flag)| (*flag).to_owned()));
    Ok(flags)
}

/// A granted path, as a flag has it behind the `=`.
pub(crate) fn spelled(path: &PathGrant) -> CliResult<String> {
    let untyped = || {
        let message = format!(
            "the path `{}` is not UTF-8, and cannot be typed in a flag; rename it",
            path.host.display()
        );
        CliError::message(Exit::Invalid, message)
    };
    let host = path.host.to_str().ok_or_else(untyped)?;
    Ok(match host == path.guest {
        true => escaped(host),
        false => format!("{}::{}", escaped(host), escaped(&path.guest)),
    })
}

/// The flag of a variable. A value that looks like a secret is not written down: it is passed on from where it is set.
fn variable(grant: &Grant, (name, value): (&str, &str)) -> CliResult<String> {
    let passed_on = grant.env.inherits(name) || looks_secret(name) || holds_secret(value);
    if !passed_on {
        return Ok(format!("--env={name}={value}"));
    }
    if name.contains(',') {
        let message = format!(
            "`--allow-env` takes no name with a comma, and the variable `{name}` has one; give it with `--env`"
        );
        return Err(CliError::message(Exit::Invalid, message));
    }
    Ok(format!("--allow-env={name}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        flags: GrantArguments,
    }

    fn granted(flags: &[&str]) -> CliResult<Granted> {
        let only = Only::parse_from(std::iter::once(&"test").chain(flags));
        let guest = Guest {
            program: "program",
            arguments: &["argument".to_owned()],
            stdin: StandardInput::Free,
        };
        grant(&only.flags, guest)
    }

    #[test]
    fn no_flags_grant_nothing_but_the_commands_own_streams_and_arguments() {
        let grant = granted(&[]).expect("no flags are fine").grant;
        let mut nothing = Grant::none();
        nothing.args = vec!["program".to_owned(), "argument".to_owned()];
        nothing.stdin = Stdin::Inherit;
        assert_eq!(grant, nothing);
    }

    #[test]
    fn reading_and_writing_are_granted_separately() {
        let grant = granted(&["--allow-read=a,b", "--allow-write=c"])
            .expect("paths")
            .grant;
        assert_eq!(grant.read, vec![PathGrant::same("a"), PathGrant::same("b")]);
        assert_eq!(grant.write, vec![PathGrant::same("c")]);
    }

    #[test]
    fn a_name_with_a_comma_can_be_granted() {
        let flag = r"--allow-read=a\,b,c\\,d\:\:e";
        let grant = granted(&[flag]).expect("paths").grant;
        let names = ["a,b", r"c\", "d::e"];
        assert_eq!(grant.read, names.map(PathGrant::same));
    }

    #[test]
    fn flags_are_read_again_as_the_grant_they_were_written_for() {
        for name in [
            "a",
            "a b",
            "it's",
            "\"q\"",
            "a,b",
            "a::b",
            "a:",
            ":a",
            "a\\",
            "a\\:",
            "n\nl",
            "\u{e9}\u{202e}",
            "$(x)",
            "*",
        ] {
            let mut written = Grant::none();
            written.read = vec![PathGrant::same(name), PathGrant::mapped(name, "x")];
            written.write = vec![PathGrant::mapped("x", name), PathGrant::mapped(name, ":")];
            written.net = vec![
                "*".parse().expect("a host"),
                "[::1]:80".parse().expect("an address"),
            ];
            written.env_value("A", name).expect("a value");
            written.clock = true;
            let flags = flags(&written).expect("they can be typed");
            let flags: Vec<_> = flags.iter().map(String::as_str).collect();
            let mut read = granted(&flags).expect("they can be read").grant;
            read.args.clear();
            assert_eq!(read, written, "{flags:?}");
        }
    }

    #[test]
    fn an_empty_name_is_not_all() {
        for name in [
            "--allow-read",
            "--allow-write",
            "--allow-net",
            "--allow-env",
        ] {
            assert!(granted(&[name]).is_ok(), "{name}");
            for value in ["=", "=a,", "=,a"] {
                let flag = format!("{name}{value}");
                let error = granted(&[&flag])
                    .err()
                    .unwrap_or_else(|| panic!("{flag} is refused"));
                assert_eq!(error.exit, Exit::Usage);
                assert!(error.to_string().contains(name), "{flag}: {error}");
            }
        }
    }

    #[test]
    fn a_folder_is_readable_and_writable_only_when_asked() {
        let folder = PathGrant::mapped("/srv/data", "/data");
        let read = granted(&["--dir=/srv/data::/data"])
            .expect("a folder")
            .grant;
        assert_eq!((read.read, read.write), (vec![folder.clone()], vec![]));
        let both = granted(&["--dir=/srv/data::/data", "--allow-write=/srv/data"])
            .expect("a folder")
            .grant;
        assert_eq!(both.write, std::slice::from_ref(&folder), "under one name");
        let named = ["--dir=/srv/data::/data", "--allow-write=/srv/data::/out"];
        let named = granted(&named).expect("two names").grant;
        let out = PathGrant::mapped("/srv/data", "/out");
        assert_eq!(named.write, [folder, out]);
    }

    #[test]
    fn a_variable_gets_the_value_given() {
        let grant = granted(&["--env=A=1", "--env=B=x=y"])
            .expect("variables")
            .grant;
        assert_eq!(
            grant.env(),
            [
                ("A".to_owned(), "1".to_owned()),
                ("B".to_owned(), "x=y".to_owned())
            ]
        );
    }

    #[test]
    fn what_cannot_be_granted_is_a_usage_error_that_names_it() {
        for (flag, named) in [
            ("--allow-net=a b", "`a b`"),
            ("--env=A", "`--env=A`"),
            ("--dir=::x", "`::x`"),
            ("--env==1", "``"),
        ] {
            let error = granted(&[flag])
                .err()
                .unwrap_or_else(|| panic!("{flag} is refused"));
            assert_eq!(error.exit, Exit::Usage);
            assert!(error.to_string().contains(named), "{flag}: {error}");
        }
    }
}
