//! The command `tollgate`. One file per subcommand; this one parses, dispatches and turns errors into exit codes.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one program that prints"
)]

use std::process::ExitCode;

use clap::error::ErrorKind;
use tollgate::ProcessLimits;
use tollgate_diagnostics::hidden::is_hidden;

use crate::command::{Answers, Command, Typed, Unread};
use crate::error::{CliError, CliResult};
use crate::escapes::{clean, clean_lines};
use crate::exit::Exit;
use crate::set_by::SetBy;

mod advice;
mod amounts;
mod approvals;
mod arguments;
mod asking;
mod boundary;
mod build;
mod cache;
mod called;
mod command;
mod completions;
mod config;
mod data;
mod doctor;
mod ecl;
mod error;
mod escapes;
mod exit;
mod explain;
mod gateway;
mod grants;
mod hints;
mod inspect;
mod interrupt;
mod jail;
mod journal;
mod key;
mod learn;
mod lesson;
mod load;
mod man;
mod near;
mod new;
mod new_file;
mod output;
mod output_file;
mod outputs;
mod passage;
mod plan;
mod policy;
mod progress;
mod quantity;
mod receipt;
mod remote;
mod replay;
mod report;
mod run;
mod serve;
mod set_by;
mod short;
mod slips;
mod sources;
mod terminal;
mod validate;
mod verdict;
mod verify;
mod why;

fn main() -> ExitCode {
    // Compilers and isolated guests run in processes of this program; what starts as one of those ends here.
    tollgate::run_if_requested();
    // A command serves one execution, and what bounds that is what was typed.
    ProcessLimits::unbounded().apply();
    let Typed {
        command,
        answers,
        set_by,
        warnings,
    } = match Command::parse(std::env::args_os()) {
        Ok(typed) => typed,
        Err(Unread::Usage(error)) => {
            return wrong_use(&slips::hinted(error, std::env::args_os()));
        }
        Err(Unread::Settings { error, answers }) => return failed(&error, answers),
    };
    load::warn(&warnings);
    match dispatch(&command, &set_by) {
        Ok(exit) => exit.into(),
        Err(error) => failed(&error.with_who_set(&set_by), answers),
    }
}

fn failed(error: &CliError, answers: Answers) -> ExitCode {
    let message = clean(&error.to_string());
    output::say(&format!("tollgate: {message}"));
    match answers {
        Answers::Json => output::no_answer(error, &message),
        Answers::Text => {}
    }
    error.exit.into()
}

fn dispatch(command: &Command, set_by: &SetBy) -> CliResult<Exit> {
    match command {
        Command::Run(arguments) => run::run(arguments, set_by),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Plan(arguments) => plan::run(arguments),
        Command::Policy(arguments) => policy::run(arguments),
        Command::Learn(arguments) => learn::run(arguments, set_by),
        Command::Validate(arguments) => validate::run(arguments),
        Command::Approvals(arguments) => approvals::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Why(arguments) => why::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
        Command::Key(arguments) => key::run(arguments),
        Command::Gateway(arguments) => gateway::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Module(arguments) => remote::module::run(arguments),
        Command::Cast(arguments) => remote::cast::run(arguments),
        Command::Casts(arguments) => remote::casts::run(arguments),
        Command::Audit(arguments) => remote::audit::run(arguments),
        Command::Budget(arguments) => remote::budget::run(arguments, set_by),
        Command::Price(arguments) => remote::price::run(arguments),
        Command::Quota(arguments) => remote::quota::run(arguments),
        Command::Access(arguments) => remote::access::run(arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Cache(arguments) => cache::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::New(arguments) => new::run(arguments),
        Command::Build(arguments) => build::run(arguments),
        Command::Ecl(arguments) => ecl::run(arguments),
        Command::Completions(arguments) => completions::run(arguments, command::grammar()),
        Command::Man(arguments) => man::run(arguments, command::grammar()),
    }
}

/// An error of the command line quotes what was typed, or what stands in a variable. When that would control the terminal,
/// the error is told without colours and with everything visible.
fn print(error: &clap::Error) -> std::io::Result<()> {
    use std::io::Write as _;

    let words = std::env::args_os().chain(std::env::vars_os().map(|(_, value)| value));
    let harmless = |word: std::ffi::OsString| !word.to_string_lossy().chars().any(is_hidden);
    if !error.use_stderr() || words.into_iter().all(harmless) {
        return error.print();
    }
    let text = clean_lines(&error.render().to_string());
    writeln!(std::io::stderr().lock(), "{text}")
}

/// `--help` and `--version` are answers, on standard output; everything else is wrong use.
fn wrong_use(error: &clap::Error) -> ExitCode {
    let printed = output::arrived(print(error));
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match printed {
            Ok(()) => Exit::Success.into(),
            Err(error) => failed(&error, Answers::Text),
        },
        // When this cannot be said, the exit code says it.
        _ => Exit::Usage.into(),
    }
}
