//! `tollgate learn`: runs a module once and writes the policy and the flags that allow just that.

use std::path::PathBuf;

use clap::Args;

use crate::arguments::RunArguments;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::lesson::Wanted;
use crate::set_by::SetBy;
use crate::{load, run};

#[derive(Args)]
#[command(
    after_help = "The grants are the outer bound: the run reaches no more than they say, and what is learned is a part of that.

Examples:
  tollgate learn program.wasm --write program.ecl --allow-read=data -- --json data
  tollgate run program.wasm --allow-read=data --policy program.ecl -- --json data"
)]
pub(crate) struct LearnArguments {
    /// Write the policy to FILE, a new file
    #[arg(long, value_name = "FILE.ecl")]
    write: PathBuf,
    #[command(flatten)]
    run: RunArguments,
}

pub(crate) fn run(arguments: &LearnArguments, set_by: &SetBy) -> CliResult<Exit> {
    let LearnArguments { write, run } = arguments;
    if run.policy.is_some() {
        let message = "`--policy` decides, and what is learned is what the grants let happen; leave it out, and name what may be reached by \
                       grants";
        return Err(CliError::message(Exit::Usage, message));
    }
    if run.module == "-" {
        let message = "a module is read twice to learn from it, and standard input is read once; give its file";
        return Err(CliError::message(Exit::Usage, message));
    }
    let imports = load::imports(&load::source(&run.module)?, &run.loading)?;
    let wanted = Wanted {
        write,
        capabilities: imports.inspection.capabilities,
    };
    run::learn(run, set_by, &wanted)
}
