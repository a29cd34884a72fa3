//! `tollgate approvals answer`

use std::time::Duration;

use clap::Args;
use tollgate::limits::ANSWER_STANDS_DEFAULT;
use tollgate::state::approval::{Answer, CardId, Reply};
use tollgate::state::limits::ANSWER_STANDS_NS_MAX;

use super::shared::{Place, PlaceArguments, now, refused};
use super::view::Waits;
use super::who;
use crate::error::{CliError, CliResult};
use crate::escapes::quoted;
use crate::exit::Exit;
use crate::remote::approvals;
use crate::{output, quantity};

#[derive(Args)]
#[command(after_help = "Answers:
  allow-once    this call happens, once
  allow-run     it happens whenever the run that asked makes it
  allow-module  it happens whenever this module makes it, also in later runs
  deny          it does not happen, and the run does not ask this again
  deny-all      it does not happen, and nothing happens that the run would have to ask about

Example:
  tollgate approvals answer 0123456789abcdef allow-once --state approvals.db
  tollgate approvals answer 0123456789abcdef deny --server https://tollgate.example --key @approver.key

Exit codes: 0 the answer counts, 65 it does not (the card was answered or has expired), 66 there is no such card,
77 who answers has asked for the run, 78 a state that cannot be used.")]
pub(super) struct AnswerArguments {
    /// The card
    #[arg(value_name = "CARD", value_parser = super::shared::card)]
    card: CardId,
    /// What is said: allow-once, allow-run, allow-module, deny or deny-all
    #[arg(value_name = "ANSWER", value_parser = said)]
    answer: Answer,
    #[command(flatten)]
    place: PlaceArguments,
    /// Who answers, besides this session
    #[arg(long = "as", value_name = "NAME", requires = "state")]
    name: Option<String>,
    /// For how long an answer holds that is for more than one call [default: 24h, at most 720h]
    #[arg(long = "for", value_name = "TIME", value_parser = stands, requires = "state")]
    stands: Option<Duration>,
}

/// An answer. Of several that are similar to what was typed none is proposed alone: it might allow more than was meant.
fn said(text: &str) -> Result<Answer, String> {
    text.parse().map_err(|_| {
        let all = Answer::ALL.map(Answer::name).join("`, `");
        format!("no such answer; the answers are `{all}`")
    })
}

/// A time for which an answer may hold.
fn stands(text: &str) -> Result<Duration, String> {
    let time = quantity::duration(text)?;
    let most = Duration::from_nanos(ANSWER_STANDS_NS_MAX.unsigned_abs());
    if time.is_zero() || time > most {
        let hours = most.as_secs() / 3600;
        return Err(format!(
            "`{text}` is not a time an answer can hold; write up to `{hours}h`"
        ));
    }
    Ok(time)
}

pub(super) fn run(arguments: &AnswerArguments) -> CliResult<Exit> {
    let mut store = match arguments.place.open()? {
        Place::State(store) => store,
        // It knows who answers by their key.
        Place::Server(client) => {
            let (card, said) = (arguments.card.as_str(), arguments.answer.name());
            return approvals::give(&client, card, said);
        }
    };
    let by = who::here(arguments.name.as_deref())?;
    let stands = arguments.stands.unwrap_or(ANSWER_STANDS_DEFAULT);
    let reply = Reply {
        card: &arguments.card,
        answer: arguments.answer,
        by: &by,
        stands_ns: i64::try_from(stands.as_nanos())
            .map_err(|error| CliError::new(Exit::Usage, error))?,
    };
    store.answer_card(&reply, now()?).map_err(refused)?;
    let card = store.card(&arguments.card).map_err(refused)?;
    let waits = match Waits::of(&card) {
        // It is kept, and nothing resumes what was killed.
        Waits::Nobody => "; nobody waits: the process that asked has ended, and the answer is kept",
        Waits::Somebody | Waits::Unknown => "",
    };
    let said = format!(
        "{}: {} by {}{waits}\n",
        card.id,
        arguments.answer.name(),
        quoted(by.name())
    );
    output::answer(said.as_bytes())?;
    Ok(Exit::Success)
}
