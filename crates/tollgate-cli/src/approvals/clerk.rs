//! `tollgate approvals clerk`: the process beside a run that alone has the state open.
//!
//! The run closes its jail around itself, and what takes it over can then ask and never answer. It lives as long as its
//! standard input is open.

use std::time::Duration;

use clap::Args;
use tollgate::gate::approvals::{Desk, ProcessName, serve};
use tollgate::state::approval::Principal;

use super::shared::{StateArguments, unusable};
use super::who;
use crate::error::{CliResult, OrExit as _};
use crate::exit::Exit;

#[derive(Args)]
pub(super) struct ClerkArguments {
    #[command(flatten)]
    state: StateArguments,
    /// A name of who asks
    #[arg(long, value_name = "NAME", required = true)]
    requester: Vec<String>,
    /// The process that waits
    #[arg(long, value_name = "PROCESS")]
    process: String,
    /// Nanoseconds in which a card can be answered
    #[arg(long, value_name = "N")]
    within: u64,
}

pub(super) fn run(arguments: &ClerkArguments) -> CliResult<Exit> {
    let store = arguments.state.open()?;
    let requester = arguments.requester.iter().map(String::as_str);
    let desk = Desk {
        requester: Principal::new(requester).map_err(unusable)?,
        beside: who::at_the_terminal()?,
        process: ProcessName::of(&arguments.process),
        answer_within: Duration::from_nanos(arguments.within),
    };
    let (input, output) = (std::io::stdin(), std::io::stdout());
    serve(store, &desk, input, output).or_exit(Exit::Unwritten)?;
    Ok(Exit::Success)
}
