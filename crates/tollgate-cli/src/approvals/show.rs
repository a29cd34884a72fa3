//! `tollgate approvals show`

use clap::Args;
use tollgate::state::approval::CardId;

use super::shared::{FormatArguments, Place, PlaceArguments, now, refused};
use super::view;
use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::json_text;
use crate::exit::Exit;
use crate::output;
use crate::remote::approvals;

#[derive(Args)]
#[command(after_help = "Example:
  tollgate approvals show 0123456789abcdef --state approvals.db
  tollgate approvals show 0123456789abcdef --server https://tollgate.example --key @approver.key")]
pub(super) struct ShowArguments {
    /// The card
    #[arg(value_name = "CARD", value_parser = super::shared::card)]
    card: CardId,
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &ShowArguments) -> CliResult<Exit> {
    let store = match arguments.place.open()? {
        Place::State(store) => store,
        Place::Server(client) => {
            let (card, format) = (arguments.card.as_str(), arguments.format.format());
            return approvals::show(&client, card, format);
        }
    };
    let now = now()?;
    let card = store.card(&arguments.card).map_err(refused)?;
    let text = match arguments.format.format() {
        Format::Human => view::whole(&card, now),
        Format::Json => json_text(&view::json(&card, now)),
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}
