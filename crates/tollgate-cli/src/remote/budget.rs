//! `tollgate budget`: what a tenant of a server may spend, and what its runs cost.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use tollgate::Cost;
use tollgate::state::money::Dollars;
use tollgate_api::{
    Budget, LedgerVerification, SetBudget, Statement, StatementBy, Transfer, TransferKind,
};

use super::{ServerArguments, answer, lines, refused, unsaid};
use crate::arguments::Format;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::quantity::show_count;
use crate::serve::DataArguments;
use crate::set_by::SetBy;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate budget show
  tollgate budget set 25
  tollgate budget set none
  tollgate budget list --format json > movements.jsonl
  tollgate budget statement --month 2026-11 --by key
  tollgate budget set 100 --tenant acme --data /var/lib/tollgate

The last one needs the folder of the server and no key. What is set there is also the most that an
admin of the tenant can set.")]
pub(crate) struct BudgetArguments {
    #[command(subcommand)]
    action: BudgetAction,
    #[command(flatten)]
    server: ServerArguments,
    /// For people, or for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Subcommand)]
enum BudgetAction {
    /// Show what the tenant may spend, what it has spent and what is reserved.
    Show,
    /// Set what the runs of the tenant may cost in all; what they have cost counts.
    Set {
        /// Dollars, exactly, such as `25` or `0.50`; `none`: no bound
        #[arg(value_name = "AMOUNT|none", value_parser = limit)]
        limit: Limit,
        /// The tenant, in the folder of a server on this machine
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
        #[command(flatten)]
        data: DataArguments,
    },
    /// List every movement of money.
    List,
    /// Compute the ledger again, from its movements and from what all runs cost.
    Verify,
    /// Add up what the runs of a month were charged.
    Statement {
        /// The month, by UTC, such as `2026-11` [default: this one so far]
        #[arg(long, value_name = "YYYY-MM")]
        month: Option<String>,
        /// What a line is about
        #[arg(long, value_enum, default_value = "module")]
        by: By,
    },
}

/// What a line of a statement is about.
#[derive(Clone, Copy, ValueEnum)]
enum By {
    /// A module
    Module,
    /// A version of a module
    Version,
    /// The key that asked for the runs
    Key,
}

/// What somebody may spend.
#[derive(Clone, Copy)]
struct Limit(Option<u64>);

fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" {
        return Ok(Limit(None));
    }
    let amount = text.parse::<Dollars>().map_err(|error| error.to_string())?;
    Ok(Limit(Some(amount.micro_usd)))
}

pub(crate) fn run(arguments: &BudgetArguments, set_by: &SetBy) -> CliResult<Exit> {
    let BudgetArguments {
        action,
        server,
        format,
    } = arguments;
    match action {
        BudgetAction::Show => shown(&server.client()?.budget().map_err(refused)?, *format),
        BudgetAction::Set {
            tenant: None, data, ..
        } if data.is_typed(set_by) => {
            let message =
                "`--data` and `--database` are for a tenant that is named; add `--tenant NAME`";
            Err(CliError::message(Exit::Usage, message))
        }
        BudgetAction::Set {
            limit: Limit(limit_micro_usd),
            tenant: None,
            data: _,
        } => {
            let set = SetBudget {
                limit_micro_usd: *limit_micro_usd,
            };
            shown(
                &server.client()?.set_budget(&set).map_err(refused)?,
                *format,
            )
        }
        BudgetAction::Set {
            limit: Limit(limit_micro_usd),
            tenant: Some(tenant),
            data,
        } => {
            let set = tollgate_server::set_budget(&data.chosen()?, tenant, *limit_micro_usd);
            shown(&set.or_exit(Exit::Config)?, *format)
        }
        BudgetAction::List => {
            let client = server.client()?;
            lines(
                |page| {
                    let page = client.transfers(page)?;
                    Ok((page.transfers, page.next_page))
                },
                |transfer| line(transfer, *format),
            )
        }
        BudgetAction::Statement { month, by } => {
            let by = match by {
                By::Module => StatementBy::Module,
                By::Version => StatementBy::Version,
                By::Key => StatementBy::Key,
            };
            let client = server.client()?;
            let found = client.statement(month.as_deref(), by).map_err(refused)?;
            answer(*format, &added_up(&found), &json!(found))
        }
        BudgetAction::Verify => {
            let found = server.client()?.verify_ledger().map_err(refused)?;
            let text = match format {
                Format::Human => whole(&found)?,
                Format::Json => String::new(),
            };
            answer(*format, &text, &json!(found))?;
            Ok(if found.whole {
                Exit::Success
            } else {
                Exit::Invalid
            })
        }
    }
}

/// Says that the ledger is whole, if that is what was found.
fn whole(found: &LedgerVerification) -> CliResult<String> {
    let LedgerVerification {
        whole,
        transfers,
        spent_micro_usd,
        why,
    } = found;
    if let Some(why) = why {
        let message = format!("the ledger is broken: {why}");
        return Err(CliError::message(Exit::Invalid, message));
    }
    match (whole, transfers, spent_micro_usd) {
        (true, Some(transfers), Some(spent)) => Ok(format!(
            "whole: {transfers} movements, {} spent\n",
            Cost::from_micro_usd(*spent)
        )),
        _ => Err(unsaid("whether the ledger is whole")),
    }
}

fn shown(budget: &Budget, format: Format) -> CliResult<Exit> {
    let Budget {
        limit_micro_usd,
        ceiling_micro_usd,
        spent_micro_usd,
        reserved_micro_usd,
        left_micro_usd,
    } = *budget;
    let amount = |micro: Option<u64>| match micro {
        Some(micro) => Cost::from_micro_usd(micro).to_string(),
        None => "no bound".to_owned(),
    };
    let text = format!(
        "budget    {}\nceiling   {}\nspent     {}\nreserved  {}\nleft      {}\n",
        amount(limit_micro_usd),
        amount(ceiling_micro_usd),
        amount(Some(spent_micro_usd)),
        amount(Some(reserved_micro_usd)),
        amount(left_micro_usd),
    );
    answer(format, &text, &json!(budget))
}

/// A statement for people: a line for each, and their sum.
fn added_up(statement: &Statement) -> String {
    let Statement {
        month,
        from: _,
        until: _,
        by: _,
        lines,
        others,
        all,
    } = statement;
    let row = |runs: u64, micro_usd: u64, of: &str| {
        let amount = Cost::from_micro_usd(micro_usd).to_string();
        format!("{amount:>14}  {:>10} runs  {of}\n", show_count(runs))
    };
    let mut text = String::new();
    for line in lines {
        let of = match &line.name {
            Some(name) => format!("{} ({name})", line.of),
            None => line.of.clone(),
        };
        text.push_str(&row(line.runs, line.charged_micro_usd, &of));
    }
    if others.runs > 0 {
        text.push_str(&row(others.runs, others.charged_micro_usd, "others"));
    }
    text + &row(all.runs, all.charged_micro_usd, &format!("in {month}"))
}

fn line(transfer: &Transfer, format: Format) -> String {
    if format == Format::Json {
        return format!("{}\n", json!(transfer));
    }
    let Transfer {
        seq,
        id,
        kind,
        debit,
        credit,
        amount_micro_usd,
        at,
    } = transfer;
    let kind = match kind {
        TransferKind::Moved => "moved",
        TransferKind::Reserved => "reserved",
        TransferKind::Posted => "posted",
        TransferKind::Voided => "voided",
        TransferKind::Expired => "expired",
    };
    let amount = Cost::from_micro_usd(*amount_micro_usd);
    format!("{seq}  {at}  {kind}  {amount}  {debit} to {credit}  {id}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_whole_only_when_all_of_it_is_said() {
        let whole_one = LedgerVerification {
            whole: true,
            transfers: Some(3),
            spent_micro_usd: Some(2_000_000),
            why: None,
        };
        let said = whole(&whole_one).unwrap();
        assert_eq!(
            said,
            format!(
                "whole: 3 movements, {} spent\n",
                Cost::from_micro_usd(2_000_000)
            )
        );
        for unclear in [
            LedgerVerification {
                whole: false,
                ..whole_one.clone()
            },
            LedgerVerification {
                transfers: None,
                ..whole_one.clone()
            },
            LedgerVerification {
                spent_micro_usd: None,
                ..whole_one
            },
        ] {
            let error = whole(&unclear).unwrap_err().to_string();
            assert_eq!(error, "the server does not say whether the ledger is whole");
        }
    }
}
