//! `tollgate ecl disasm`: the bytecode of a policy as text.

use clap::Args;
use tollgate_ecl::CompiledProgram;
use tollgate_ecl::tools::disassemble::disassemble;

use super::answer::print;
use super::policy::{ProgramArguments, select};
use super::source;
use crate::error::{CliResult, OrExit as _};
use crate::escapes::clean;
use crate::exit::Exit;

#[derive(Args)]
#[command(after_help = "Example:
  tollgate ecl disasm charging.ecl")]
pub(super) struct DisasmArguments {
    #[command(flatten)]
    program: ProgramArguments,
}

pub(super) fn run(arguments: &DisasmArguments) -> CliResult<Exit> {
    let sources = source::compiled(&arguments.program.paths)?;
    let (_, program) = select(&sources, arguments.program.policy.as_deref())?;
    let compiled = CompiledProgram::new(program.clone()).or_exit(Exit::Internal)?;
    let listing = disassemble(&compiled);
    let lines: Vec<String> = listing.lines().map(clean).collect();
    print(&format!("{}\n", lines.join("\n")))?;
    Ok(Exit::Success)
}
