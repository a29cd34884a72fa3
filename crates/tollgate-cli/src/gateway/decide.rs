//! `tollgate gateway decide`: one crossing, with its reasons.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rand::TryRng as _;
use rand::rngs::{SysError, SysRng};
use tollgate::ecl::limits::SOURCE_BYTES_MAX;
use tollgate::gateway::{
    Crossing, CrossingDecision, Gateway, Realm, Ruling, StandardPolicy, Visit,
};
use tollgate::policy::ManaPrice;
use tollgate::state::limits::CREDENTIAL_BYTES_MAX;
use tollgate::state::{StateError, Store};

use super::{FormatArguments, StateArguments, failed, of_state};
use crate::arguments::Format;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::escapes::{clean, json_text};
use crate::exit::Exit;
use crate::sources::{Input, perhaps_a_file, read_text};
use crate::{output, quantity};

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate gateway facts load facts.json --state realms.db
  tollgate gateway decide --state realms.db --subject did:example:ada --from home --to finance \\
      --policy finance --action transfer --amount '250 EUR' --credential @ada.jwt
  tollgate gateway decide --state realms.db --subject did:example:ada --from home --to tea --policy tea.ecl --format json

Exit codes: 0 accept, 1 reject, 2 escalate, 3 evaluation error; 64 usage, 65 invalid policy, crossing or credential,
66 file not found, 78 a state that cannot be used.")]
pub(super) struct DecideArguments {
    #[command(flatten)]
    state: StateArguments,
    /// The did of who wants to cross
    #[arg(long, value_name = "DID")]
    subject: String,
    /// The realm left
    #[arg(long, value_name = "REALM")]
    from: String,
    /// The realm entered: its policy decides
    #[arg(long, value_name = "REALM")]
    to: String,
    /// A standard policy by name (see `tollgate gateway policies`), or a file ending in `.ecl`
    #[arg(long, value_name = "NAME|FILE", default_value = "default-entry")]
    policy: String,
    /// What for: `enter`, `read`, `transfer`, …
    #[arg(long, default_value = "enter")]
    action: String,
    /// Money that crosses too
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    amount: Option<String>,
    /// A credential in JWT form that is shown, or `@FILE` with it; may be given more than once
    #[arg(long, value_name = "JWT|@FILE")]
    credential: Vec<String>,
    /// Accept at most so many crossings in a time, `100/1h`
    #[arg(long, value_name = "COUNT/TIME", value_parser = quota)]
    quota: Option<(u32, Duration)>,
    /// Let the subject's mana pay
    #[arg(long)]
    pay: bool,
    /// Idempotency key: the same one is decided once [default: a new one]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &DecideArguments) -> CliResult<Exit> {
    let now = arguments.state.now()?;
    // A gateway would make a state that is not there: of a path with a typo, an empty one that rejects everybody.
    let path = &arguments.state.state;
    drop(Store::open(path).map_err(missing)?);
    let mut builder = Gateway::builder(path)
        .realm(realm(arguments)?)
        .documents(Arc::from(arguments.state.documents()));
    if arguments.pay {
        builder = builder.subjects_pay(ManaPrice::STANDARD);
    }
    let gateway = builder.open(now).map_err(failed)?;
    let crossing = Crossing {
        subject: arguments.subject.clone(),
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        action: arguments.action.clone(),
        amount: arguments.amount.clone(),
    };
    let credentials = credentials(&arguments.credential)?;
    let credentials: Vec<&str> = credentials.iter().map(String::as_str).collect();
    let own = own_id().or_exit(Exit::Internal)?;
    let visit = Visit {
        id: arguments.id.as_deref().unwrap_or(&own),
        now,
        credentials: &credentials,
    };
    let decision = gateway.decide_crossing(&crossing, &visit).map_err(failed)?;
    let text = match arguments.format.format {
        Format::Human => in_words(&decision),
        Format::Json => json_text(&serde_json::to_value(&decision).or_exit(Exit::Internal)?),
    };
    output::answer(text.as_bytes())?;
    Ok(exit(decision.ruling))
}

fn missing(error: StateError) -> CliError {
    let exit = of_state(&error);
    match (exit, &error) {
        (Exit::NotFound, StateError::Missing { path }) => {
            let path = path.display();
            let message = format!(
                "there is no state at `{path}`; make one with `tollgate gateway facts load FACTS.json --state {path}`"
            );
            CliError::message(exit, message)
        }
        _ => CliError::new(exit, error),
    }
}

/// The realm that is entered.
fn realm(arguments: &DecideArguments) -> CliResult<Realm> {
    let name = &arguments.policy;
    let realm = if name.ends_with(".ecl") {
        let text = read_text(Input::plain(Path::new(name)), SOURCE_BYTES_MAX, "")?;
        Realm::with_source(&arguments.to, name, &text)
    } else {
        let policy: StandardPolicy = name.parse().map_err(failed)?;
        Realm::standard(&arguments.to, policy)
    };
    Ok(match arguments.quota {
        Some((crossings, period)) => realm.quota(crossings, period),
        None => realm,
    })
}

fn credentials(given: &[String]) -> CliResult<Vec<String>> {
    let read = |text: &String| match text.strip_prefix('@') {
        Some(path) => {
            let jwt = read_text(Input::behind_at(path), CREDENTIAL_BYTES_MAX, "")?;
            Ok(jwt.trim().to_owned())
        }
        None => match perhaps_a_file("--credential", text) {
            Some(rest) => {
                let message =
                    format!("`--credential` is the name of a file, and no credential{rest}");
                Err(CliError::message(Exit::Usage, message))
            }
            None => Ok(text.clone()),
        },
    };
    given.iter().map(read).collect()
}

/// `100/1h`
fn quota(text: &str) -> Result<(u32, Duration), String> {
    let wrong = || format!("`{text}` is not a quota; write it as `100/1h`");
    let (count, period) = text.split_once('/').ok_or_else(wrong)?;
    let count = count.parse().map_err(|_| wrong())?;
    let period = quantity::duration(period)?;
    if period.is_zero() {
        return Err(format!(
            "`{text}` limits nothing: its time is zero; write it as `100/1h`"
        ));
    }
    Ok((count, period))
}

/// The same codes as `tollgate ecl eval`.
fn exit(ruling: Ruling) -> Exit {
    Exit::Guest(match ruling {
        Ruling::Accept => 0,
        Ruling::Reject => 1,
        Ruling::Escalate => 2,
        Ruling::Error => 3,
    })
}

fn in_words(decision: &CrossingDecision) -> String {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail. Texts may come from outside: they get no control characters through.
        let _ = writeln!(out, "{}", clean(&text.to_string()));
    };
    let ruling = match decision.ruling {
        Ruling::Accept => "accept",
        Ruling::Reject => "reject",
        Ruling::Escalate => "escalate",
        Ruling::Error => "error",
    };
    match &decision.rule {
        Some(rule) => line(format_args!("{ruling} by {rule} of {}", decision.policy)),
        None => line(format_args!("{ruling} of {}", decision.policy)),
    }
    if let Some(message) = &decision.message {
        line(format_args!("  {message}"));
    }
    for reason in &decision.reasons {
        line(format_args!("  {reason}"));
    }
    if let Some(error) = &decision.error {
        line(format_args!("  {error}"));
    }
    for refusal in &decision.refusals {
        line(format_args!("  credential refused: {refusal}"));
    }
    if let Some(budget) = &decision.budget {
        let (gas, limit) = (budget.gas_used.total(), budget.gas_limits.total);
        line(format_args!("gas {gas} of {limit}"));
        if budget.mana_limit > 0 {
            let used = budget.mana_used.total();
            line(format_args!(
                "mana {used} of {} (millionths)",
                budget.mana_limit
            ));
        }
    }
    if decision.repeated {
        line(format_args!(
            "decided on an earlier visit under the id `{}`",
            decision.id
        ));
    }
    out
}

/// An id for a visit that has none. Random: containers give their processes the same numbers, and `--now` may be fixed.
fn own_id() -> Result<String, SysError> {
    let mut bytes = [0; 16];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(format!("command/{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_visits_of_one_process_have_two_ids() {
        let (first, second) = (own_id().unwrap(), own_id().unwrap());
        assert_ne!(first, second);
        assert!(first.starts_with("command/"), "{first}");
    }
}
