//! The command line: which commands there are. What each is told stands with it.

use std::ffi::{OsStr, OsString};

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::approvals::ApprovalsArguments;
use crate::arguments::{
    CacheCommand, DoctorArguments, InspectArguments, RunArguments, ValidateArguments,
};
use crate::build::BuildArguments;
use crate::completions::CompletionsArguments;
use crate::config::{ConfigCommandArguments, Settings, Takes, misspelled, takes};
use crate::ecl::EclArguments;
use crate::error::CliError;
use crate::gateway::GatewayArguments;
use crate::key::KeyArguments;
use crate::learn::LearnArguments;
use crate::man::ManArguments;
use crate::new::NewArguments;
use crate::plan::PlanArguments;
use crate::policy::PolicyArguments;
use crate::remote::access::AccessArguments;
use crate::remote::audit::AuditArguments;
use crate::remote::budget::BudgetArguments;
use crate::remote::cast::CastArguments;
use crate::remote::casts::CastsArguments;
use crate::remote::module::ModuleArguments;
use crate::remote::price::PriceArguments;
use crate::remote::quota::QuotaArguments;
use crate::replay::ReplayArguments;
use crate::serve::ServeArguments;
use crate::set_by::SetBy;
use crate::verify::VerifyArguments;
use crate::why::WhyArguments;

/// Runs WebAssembly you do not trust: nothing is granted by default, everything is limited, metered and priced.
#[derive(Parser)]
#[command(
    name = "tollgate",
    version,
    max_term_width = 110,
    after_help = "Exit codes: a program's own code passes through; 64 usage, 65 invalid module or input, 66 input not found, \
                  67 a signer nobody knows, 70 a bug in Tollgate, 74 output that could not be written, 77 denied, 78 bad configuration, \
                  124 time limit, 134 trap, 137 memory limit or killed, 141 output that nobody reads, 152 gas exhausted, \
                  153 output limit, 128 and the number of a signal that ended a run."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run a module with exactly the grants named here.
    Run(Box<RunArguments>),
    /// Show what a module exports, imports and would need.
    Inspect(InspectArguments),
    /// Show each import of a module and what grants and a policy say about it; or what an upgrade newly asks for.
    Plan(Box<PlanArguments>),
    /// Run a module once, and write the policy and the grants that allow just that.
    Learn(Box<LearnArguments>),
    /// Check that a module is valid, and say where it is not.
    Validate(ValidateArguments),
    /// Answer the questions of runs from another terminal.
    Approvals(ApprovalsArguments),
    /// Check receipts: who signed them, that nothing was changed, and that none is missing.
    Verify(VerifyArguments),
    /// Say why a call was denied, or somebody was asked about it, from the journal of the run.
    Why(WhyArguments),
    /// Run a module again as a receipt says it ran, and compare: output, calls and gas.
    Replay(Box<ReplayArguments>),
    /// Hold policies on calls against what was recorded.
    Policy(PolicyArguments),
    /// Look after the keys that sign receipts.
    Key(KeyArguments),
    /// Gates between realms: decide who crosses, by policy, with reasons.
    Gateway(GatewayArguments),
    /// Keep modules for others and run them over HTTP, on this machine.
    Serve(ServeArguments),
    /// Push modules to a server, list, show and delete them.
    Module(ModuleArguments),
    /// Run a module that a server keeps.
    Cast(Box<CastArguments>),
    /// List the runs of a server, show them, wait for their end, and stop them.
    Casts(CastsArguments),
    /// Read the audit log of a server, and check it.
    Audit(AuditArguments),
    /// Show what a tenant of a server may spend and has spent, and set it.
    Budget(BudgetArguments),
    /// Show what runs of a tenant of a server cost, and set it.
    Price(PriceArguments),
    /// Show how much of a server a tenant may have and has, and set it.
    Quota(QuotaArguments),
    /// Look after the keys of a server's API, and its tenants.
    Access(AccessArguments),
    /// Show the defaults of flags that a file or the environment sets.
    Config(ConfigCommandArguments),
    /// Look after the compiled code kept on disk.
    Cache(CacheCommand),
    /// Check this machine: what works, what is missing, what to do.
    Doctor(DoctorArguments),
    /// Begin a guest or a policy: a folder with files that build, run and are tested.
    New(NewArguments),
    /// Make modules from sources.
    Build(BuildArguments),
    /// Check, format, run, test and compare policies.
    Ecl(EclArguments),
    /// Write the script with which a shell completes what is typed.
    Completions(CompletionsArguments),
    /// Write the pages that `man` shows.
    Man(ManArguments),
}

/// `tollgate run` and nothing else.
#[derive(Parser)]
#[command(name = "tollgate run")]
struct RunOnly {
    #[command(flatten)]
    arguments: RunArguments,
}

/// Why a command line is no command.
pub(crate) enum Unread {
    /// It is not understood, or asks for help.
    Usage(clap::Error),
    /// What is set beside it cannot be used.
    Settings { error: CliError, answers: Answers },
}

/// A command as it was typed.
pub(crate) struct Typed {
    pub(crate) command: Command,
    pub(crate) answers: Answers,
    /// Who set what was not typed.
    pub(crate) set_by: SetBy,
    /// What the user should know of the environment, if anything is to be said.
    pub(crate) warnings: Vec<String>,
}

/// How what a command answers is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Text,
    Json,
}

impl Answers {
    /// What was asked for with a command line.
    fn of(matches: &ArgMatches) -> Self {
        if let Some((_, below)) = matches.subcommand() {
            return Self::of(below);
        }
        let mut formats = matches.try_get_raw("format").ok().flatten();
        let format = formats.as_mut().and_then(Iterator::next);
        let json = matches.try_get_one::<bool>("json").ok().flatten();
        match format.is_some_and(|format| format == "json") || json == Some(&true) {
            true => Self::Json,
            false => Self::Text,
        }
    }
}

/// Returns the grammar of all commands, for those that describe it.
pub(crate) fn grammar() -> clap::Command {
    without_empty(Takes::with_flags_in(Arguments::command()))
}

/// An empty variable is one that is not set, also where a flag is what reads it.
fn without_empty(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let command = command.mut_args(|flag| match flag.get_env().is_some_and(is_empty) {
        true => flag.env(None::<&'static str>),
        false => flag,
    });
    command.mut_subcommands(without_empty)
}

impl Command {
    /// Reads the command line, the program's name first, with the settings below it.
    ///
    /// Making the grammar of all commands takes longer than some programs run, so a right `run` is read by its own; whatever
    /// is not one is left to the whole grammar, which says it better. Most command lines have no settings below them, and are read
    /// once; with settings they are read again, with these as defaults.
    pub(crate) fn parse(typed: impl Iterator<Item = OsString>) -> Result<Typed, Unread> {
        let typed: Vec<OsString> = typed.collect();
        if typed.get(1).is_some_and(|command| command == "run")
            && let Ok(matches) = run_grammar().try_get_matches_from(typed.iter().skip(1))
        {
            return Self::of_run(&typed, matches);
        }
        let mut matches = grammar().try_get_matches_from(&typed)?;
        let (mut set_by, mut warnings) = (SetBy::default(), Vec::new());
        if let Some((name, below)) = matches.subcommand()
            && let Some(takes) = takes(name)
            && takes.is_of(leaf(below))
        {
            warnings = warned(leaf(below));
            if let Some(settings) = set(leaf(below))? {
                let settled =
                    grammar().mut_subcommands(|command| match command.get_name() == name {
                        true => settings.apply(takes, command),
                        false => command,
                    });
                matches = settled.try_get_matches_from(&typed)?;
                set_by = settings.set_by(takes, leaf(&matches));
            }
        }
        Ok(Typed {
            command: Arguments::from_arg_matches(&matches)?.command,
            answers: Answers::of(&matches),
            set_by,
            warnings,
        })
    }

    fn of_run(typed: &[OsString], mut matches: ArgMatches) -> Result<Typed, Unread> {
        let mut set_by = SetBy::default();
        if let Some(takes) = takes("run")
            && let Some(settings) = set(&matches)?
        {
            let settled = settings.apply(takes, run_grammar());
            matches = settled.try_get_matches_from(typed.iter().skip(1))?;
            set_by = settings.set_by(takes, &matches);
        }
        let run = RunOnly::from_arg_matches(&matches)?;
        Ok(Typed {
            command: Self::Run(Box::new(run.arguments)),
            answers: Answers::of(&matches),
            set_by,
            warnings: warned(&matches),
        })
    }
}

/// What was typed of the innermost command, where what is global stands as well.
fn leaf(matches: &ArgMatches) -> &ArgMatches {
    matches
        .subcommand()
        .map_or(matches, |(_, below)| leaf(below))
}

/// What is said of the environment of a command that takes settings, unless it is to be quiet.
fn warned(matches: &ArgMatches) -> Vec<String> {
    match matches.try_get_one::<bool>("quiet") {
        Ok(Some(true)) => Vec::new(),
        _ => misspelled(),
    }
}

/// The settings below a command line.
fn set(matches: &ArgMatches) -> Result<Option<Settings>, Unread> {
    Settings::of(matches).map_err(|error| Unread::Settings {
        error,
        answers: Answers::of(matches),
    })
}

fn run_grammar() -> clap::Command {
    without_empty(Takes::with_flags(RunOnly::command()))
}

impl From<clap::Error> for Unread {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}
