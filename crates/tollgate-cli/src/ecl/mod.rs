//! `tollgate ecl …`: the policy language on the command line. One file per subcommand.

mod answer;
mod bench;
mod build;
mod check;
mod decider;
mod diff;
mod disasm;
mod eval;
mod explain;
mod fmt;
mod ours;
mod policy;
mod repl;
mod source;
mod test;

use clap::{Args, Subcommand};

use crate::error::CliResult;
use crate::exit::Exit;

/// `tollgate ecl`
#[derive(Args)]
pub(crate) struct EclArguments {
    #[command(subcommand)]
    command: EclCommand,
}

#[derive(Subcommand)]
enum EclCommand {
    /// Check policies and print the worst-case gas of each.
    Check(check::CheckArguments),
    /// Rewrite policies in the one layout; comments stay.
    Fmt(fmt::FmtArguments),
    /// Decide about an input. Exit code: 0 accept, 1 reject, 2 escalate, 3 evaluation error.
    #[command(visible_alias = "run")]
    Eval(eval::EvalArguments),
    /// Explain a diagnostic by its code, or a decision with all its reasons.
    Explain(explain::ExplainArguments),
    /// Run the tests of policies and show what they cover.
    Test(test::TestArguments),
    /// Evaluate expressions and declarations as they are typed.
    Repl(repl::ReplArguments),
    /// Run two versions over recorded decisions and show which would change.
    Diff(diff::DiffArguments),
    /// Measure how long a decision takes.
    Bench(bench::BenchArguments),
    /// Write a policy as a WebAssembly module.
    Build(build::BuildArguments),
    /// Print the bytecode of a policy.
    Disasm(disasm::DisasmArguments),
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &EclArguments) -> CliResult<Exit> {
    match &arguments.command {
        EclCommand::Check(arguments) => check::run(arguments),
        EclCommand::Fmt(arguments) => fmt::run(arguments),
        EclCommand::Eval(arguments) => eval::run(arguments),
        EclCommand::Explain(arguments) => explain::run(arguments),
        EclCommand::Test(arguments) => test::run(arguments),
        EclCommand::Repl(arguments) => repl::run(arguments),
        EclCommand::Diff(arguments) => diff::run(arguments),
        EclCommand::Bench(arguments) => bench::run(arguments),
        EclCommand::Build(arguments) => build::run(arguments),
        EclCommand::Disasm(arguments) => disasm::run(arguments),
    }
}
