//! `tollgate approvals list`

use clap::Args;

use super::shared::{FormatArguments, Place, PlaceArguments, now, unusable};
use super::view;
use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::json_text;
use crate::exit::Exit;
use crate::output;
use crate::remote::approvals::{self, Which};

#[derive(Args)]
#[command(after_help = "Example:
  tollgate approvals list --state approvals.db
  tollgate approvals list --server https://tollgate.example --key @approver.key")]
pub(super) struct ListArguments {
    #[command(flatten)]
    place: PlaceArguments,
    /// Cards that were answered or have expired as well
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &ListArguments) -> CliResult<Exit> {
    let store = match arguments.place.open()? {
        Place::State(store) => store,
        Place::Server(client) => {
            let which = match arguments.all {
                true => Which::All,
                false => Which::Pending,
            };
            return approvals::list(&client, which, arguments.format.format());
        }
    };
    let now = now()?;
    let (mut cards, mut after) = (Vec::new(), 0);
    loop {
        let page = match arguments.all {
            true => store.cards(after),
            false => store.pending_cards(after, now),
        };
        let page = page.map_err(unusable)?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.seq;
        cards.extend(page);
    }
    let text = match arguments.format.format() {
        Format::Json => {
            let cards: Vec<_> = cards.iter().map(|card| view::json(card, now)).collect();
            json_text(&cards.into())
        }
        Format::Human if cards.is_empty() => String::from("no card waits for an answer\n"),
        Format::Human => cards.iter().map(|card| view::brief(card, now)).collect(),
    };
    output::answer(text.as_bytes())?;
    Ok(Exit::Success)
}
