//! `tollgate price`: what runs of a tenant of a server cost.

use clap::{Args, Subcommand};
use serde_json::json;
use tollgate::Cost;
use tollgate::state::money::Dollars;
use tollgate::state::price::{self, PricesOf};
use tollgate_api::{PriceList, PriceLists, Prices};

use super::{ServerArguments, answer, refused};
use crate::arguments::Format;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::serve::DataArguments;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate price show
  tollgate price set --tenant acme --data /var/lib/tollgate --second 0.002 --minimum 0
  tollgate price set --tenant acme --data /var/lib/tollgate --module report --giga-gas 0.01
  tollgate price remove --tenant acme --data /var/lib/tollgate --module report

Setting needs the folder of the server and no key.")]
pub(crate) struct PriceArguments {
    #[command(subcommand)]
    action: PriceAction,
    #[command(flatten)]
    server: ServerArguments,
    /// For people, or for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Subcommand)]
enum PriceAction {
    /// Show what runs of the tenant cost from now on.
    Show,
    /// Set prices of a tenant, or of one of its modules, in the folder of a server on this machine; those not named stay.
    Set(SetArguments),
    /// Remove prices, so that those of the tenant, or of the server, are in force again.
    Remove(OfArguments),
}

#[derive(Args)]
struct OfArguments {
    /// The tenant
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// The module [default: each one that has no prices of its own]
    #[arg(long, value_name = "NAME")]
    module: Option<String>,
    #[command(flatten)]
    data: DataArguments,
}

impl OfArguments {
    fn of(&self) -> (&str, PricesOf<'_>) {
        let of = match &self.module {
            Some(name) => PricesOf::Module(name),
            None => PricesOf::Tenant,
        };
        (&self.tenant, of)
    }
}

#[derive(Args)]
struct SetArguments {
    #[command(flatten)]
    of: OfArguments,
    /// Of a second of wall time, in dollars
    #[arg(long, value_name = "AMOUNT")]
    second: Option<Dollars>,
    /// Of a megabyte (1,000,000 bytes) of peak memory, in dollars
    #[arg(long, value_name = "AMOUNT")]
    megabyte: Option<Dollars>,
    /// Of a thousand million units of gas, in dollars
    #[arg(long, value_name = "AMOUNT")]
    giga_gas: Option<Dollars>,
    /// The least that a run costs, in dollars
    #[arg(long, value_name = "AMOUNT")]
    minimum: Option<Dollars>,
}

pub(crate) fn run(arguments: &PriceArguments) -> CliResult<Exit> {
    let PriceArguments {
        action,
        server,
        format,
    } = arguments;
    match action {
        PriceAction::Show => {
            let lists = server.client()?.prices().map_err(refused)?;
            answer(*format, &shown(&lists), &json!(lists))
        }
        PriceAction::Set(arguments) => set(arguments, *format),
        PriceAction::Remove(arguments) => {
            let data = arguments.data.chosen()?;
            tollgate_server::remove_prices(&data, arguments.of()).or_exit(Exit::Config)?;
            Ok(Exit::Success)
        }
    }
}

fn set(arguments: &SetArguments, format: Format) -> CliResult<Exit> {
    let SetArguments {
        of,
        second,
        megabyte,
        giga_gas,
        minimum,
    } = arguments;
    if [second, megabyte, giga_gas, minimum]
        .iter()
        .all(|one| one.is_none())
    {
        let message = "nothing to set; name a price, such as `--second 0.002` or `--minimum 0`";
        return Err(CliError::message(Exit::Usage, message));
    }
    let data = of.data.chosen()?;
    let changed = tollgate_server::change_prices(&data, of.of(), |before| {
        let or = |new: &Option<Dollars>, old| new.map_or(old, |new| new.micro_usd);
        price::Prices {
            second: or(second, before.second),
            megabyte: or(megabyte, before.megabyte),
            giga_gas: or(giga_gas, before.giga_gas),
            minimum: or(minimum, before.minimum),
        }
    });
    let price::Prices {
        second,
        megabyte,
        giga_gas,
        minimum,
    } = changed.or_exit(Exit::Config)?;
    let prices = Prices {
        second_micro_usd: second,
        megabyte_micro_usd: megabyte,
        giga_gas_micro_usd: giga_gas,
        minimum_micro_usd: minimum,
    };
    answer(format, &format!("{}\n", line(&prices)), &json!(prices))
}

fn shown(lists: &PriceLists) -> String {
    let PriceLists { standard, lists } = lists;
    let mut text = String::new();
    if lists.iter().all(|list| list.module.is_some()) {
        text = format!("every module  {}\n", line(standard));
    }
    for PriceList {
        module,
        prices,
        set_at: _,
    } in lists
    {
        let of = module.as_deref().unwrap_or("every module");
        text.push_str(&format!("{of}  {}\n", line(prices)));
    }
    text
}

/// Prices in one line.
pub(super) fn line(prices: &Prices) -> String {
    let Prices {
        second_micro_usd,
        megabyte_micro_usd,
        giga_gas_micro_usd,
        minimum_micro_usd,
    } = *prices;
    format!(
        "{} a second, {} a megabyte, {} a thousand million gas, at least {}",
        Cost::from_micro_usd(second_micro_usd),
        Cost::from_micro_usd(megabyte_micro_usd),
        Cost::from_micro_usd(giga_gas_micro_usd),
        Cost::from_micro_usd(minimum_micro_usd),
    )
}
