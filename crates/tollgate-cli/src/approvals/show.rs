//! `tollgate approvals show`

use clap::Args;
use tollgate::state::approval::CardId;

use super::shared::{FormatArguments, StateArguments, now, refused};
use super::view;
use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::json_text;
use crate::exit::Exit;
use crate::output;

#[derive(Args)]
#[command(after_help = "Example:
  tollgate approvals show 0123456789abcdef --state approvals.db")]
pub(super) struct ShowArguments {
    /// The card
    #[arg(value_name = "CARD", value_parser = super::shared::card)]
    card: CardId,
    #[command(flatten)]
    state: StateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &ShowArguments) -> CliResult<Exit> {
    let (store, now) = (arguments.state.open()?, now()?);
    let card = store.card(&arguments.card).map_err(refused)?;
    let text = match arguments.format.format() {
        Format::Human => view::whole(&card, now),
        Format::Json => json_text(&view::json(&card, now)),
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}
