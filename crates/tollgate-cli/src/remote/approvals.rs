//! `tollgate approvals` with a server: questions about its runs.

use serde_json::json;
use tollgate::state::approval::Most;
use tollgate_api::{Approval, CastMost, Client, GiveAnswer};

use super::{all, answer, refused, unsaid};
use crate::amounts::amounts;
use crate::arguments::Format;
use crate::error::CliResult;
use crate::escapes::{clean, quoted};
use crate::exit::Exit;

/// Which cards are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that wait for an answer.
    Pending,
    /// Those that were answered or have expired as well.
    All,
}

pub(crate) fn list(client: &Client, which: Which, format: Format) -> CliResult<Exit> {
    let mut cards = all(|page| {
        let page = client.approvals(page)?;
        Ok((page.approvals, page.next_page))
    })?;
    cards.retain(|card| which == Which::All || card.state == "pending");
    let text = match cards.is_empty() {
        true => "no card waits for an answer\n".to_owned(),
        false => cards.iter().map(brief).collect(),
    };
    answer(format, &text, &json!(cards))
}

pub(crate) fn show(client: &Client, id: &str, format: Format) -> CliResult<Exit> {
    let card = client.approval(id).map_err(refused)?;
    answer(format, &whole(&card), &json!(card))
}

pub(crate) fn give(client: &Client, id: &str, said: &str) -> CliResult<Exit> {
    let given = GiveAnswer {
        answer: said.to_owned(),
    };
    let card = client.answer_approval(id, &given).map_err(refused)?;
    let given = card.answer.ok_or_else(|| unsaid("who has answered"))?;
    let text = format!("{}: {said} by {}\n", card.id, quoted(&given.by));
    answer(Format::Human, &text, &json!(null))
}

fn kept(most: &CastMost) -> Most {
    let CastMost {
        gas,
        memory_bytes,
        timeout_ms,
        cost_micro_usd,
    } = *most;
    Most {
        gas,
        memory_bytes,
        wall_ms: timeout_ms,
        cost_micro_usd,
    }
}

fn call(card: &Approval) -> String {
    let export = card.export.as_deref().unwrap_or("the start");
    clean(&format!("{export} of {}", card.module))
}

/// A card in two lines.
fn brief(card: &Approval) -> String {
    let Approval {
        id,
        state,
        requested_by,
        input,
        expires_at,
        ..
    } = card;
    format!(
        "{id}  {state}, for {requested_by}, until {expires_at}\n    {} with {}\n",
        call(card),
        quoted(input)
    )
}

/// A card with all there is to know of it.
fn whole(card: &Approval) -> String {
    let mut lines = vec![
        format!("card       {}, {}", card.id, card.state),
        format!("call       {}", call(card)),
        format!("with       {}", quoted(&card.input)),
        format!("digest     sha256:{}", card.request_digest),
        format!("why        {}", quoted(&card.reason)),
        format!("module     sha256:{}", card.digest),
        format!("policy     {}", card.policy),
        format!("asked      {} by {}", card.created_at, card.requested_by),
        format!("until      {}", card.expires_at),
    ];
    if let Some(most) = &card.most {
        lines.push(format!("most       {}", amounts(&kept(most))));
    }
    lines.extend(card.casts.iter().map(|cast| format!("waits      {cast}")));
    if let Some(given) = &card.answer {
        let said = format!("answer     {}, by {}, {}", given.answer, given.by, given.at);
        lines.push(said);
    }
    lines.push(String::new());
    lines.join("\n")
}
