//! `tollgate approvals watch`: each card when it comes.
//!
//! Between two looks it sleeps, and a look is a read of one number, which tells whether anybody has written.

use clap::Args;
use tollgate::limits::APPROVAL_LOOK_EVERY;

use super::shared::{FormatArguments, StateArguments, now, unusable};
use super::view;
use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::in_json;
use crate::exit::Exit;
use crate::output;

#[derive(Args)]
#[command(after_help = "Example:
  tollgate approvals watch --state approvals.db")]
pub(super) struct WatchArguments {
    #[command(flatten)]
    state: StateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &WatchArguments) -> CliResult<Exit> {
    let store = arguments.state.open()?;
    let (mut after, mut seen) = (0, None);
    loop {
        let version = store.version_of_others().map_err(unusable)?;
        if seen != Some(version) {
            seen = Some(version);
            let now = now()?;
            for card in store.pending_cards(after, now).map_err(unusable)? {
                after = card.seq;
                // A page may have been full.
                seen = None;
                let text = match arguments.format.format() {
                    Format::Human => view::brief(&card, now),
                    Format::Json => in_json(&format!("{}\n", view::json(&card, now))),
                };
                if output::told(text.as_bytes())? == output::Heard::ByNobody {
                    return Ok(Exit::Success);
                }
            }
            continue;
        }
        std::thread::sleep(APPROVAL_LOOK_EVERY);
    }
}
