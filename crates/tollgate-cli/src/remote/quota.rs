//! `tollgate quota`: how much of a server a tenant may have, and has.

use clap::{Args, Subcommand};
use serde_json::json;
use tollgate::state::quota::Quotas;
use tollgate_api::Quota;

use super::{ServerArguments, answer, refused};
use crate::arguments::Format;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::quantity::{self, show_bytes, show_count};
use crate::serve::DataArguments;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate quota show
  tollgate quota set --tenant acme --data /var/lib/tollgate --casts 4 --storage 500MB
  tollgate quota set --tenant acme --data /var/lib/tollgate --casts standard

Setting needs the folder of the server and no key.")]
pub(crate) struct QuotaArguments {
    #[command(subcommand)]
    action: QuotaAction,
    #[command(flatten)]
    server: ServerArguments,
    /// For people, or for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Subcommand)]
enum QuotaAction {
    /// Show how much the tenant may have, and has.
    Show,
    /// Set quotas of a tenant, in the folder of a server on this machine; those not named stay.
    Set(SetArguments),
}

#[derive(Args)]
struct SetArguments {
    /// The tenant
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[command(flatten)]
    data: DataArguments,
    /// Requests in a minute
    #[arg(long, value_name = "N|standard", value_parser = of_count)]
    requests: Option<Amount>,
    /// Runs under way at once
    #[arg(long, value_name = "N|standard", value_parser = of_count)]
    casts: Option<Amount>,
    /// Bytes of modules and of answers of runs that are kept
    #[arg(long, value_name = "SIZE|standard", value_parser = of_bytes)]
    storage: Option<Amount>,
    /// Gas of the runs that begin on a day, by UTC; the standard is no bound
    #[arg(long, value_name = "N|standard", value_parser = of_gas)]
    gas_per_day: Option<Amount>,
}

/// An amount, or the server's standard.
#[derive(Clone, Copy)]
struct Amount(Option<u64>);

fn amount(text: &str, read: fn(&str) -> Result<u64, String>) -> Result<Amount, String> {
    match text {
        "standard" => Ok(Amount(None)),
        text => read(text).map(|amount| Amount(Some(amount))),
    }
}

fn of_count(text: &str) -> Result<Amount, String> {
    amount(text, quantity::count)
}

fn of_bytes(text: &str) -> Result<Amount, String> {
    amount(text, quantity::bytes)
}

fn of_gas(text: &str) -> Result<Amount, String> {
    amount(text, quantity::gas)
}

pub(crate) fn run(arguments: &QuotaArguments) -> CliResult<Exit> {
    let QuotaArguments {
        action,
        server,
        format,
    } = arguments;
    match action {
        QuotaAction::Show => {
            let quota = server.client()?.quota().map_err(refused)?;
            answer(*format, &shown(&quota), &json!(quota))
        }
        QuotaAction::Set(arguments) => set(arguments),
    }
}

fn set(arguments: &SetArguments) -> CliResult<Exit> {
    let SetArguments {
        tenant,
        data,
        requests,
        casts,
        storage,
        gas_per_day,
    } = arguments;
    if [requests, casts, storage, gas_per_day]
        .iter()
        .all(|one| one.is_none())
    {
        let message = "nothing to set; name a quota, such as `--casts 4` or `--casts standard`";
        return Err(CliError::message(Exit::Usage, message));
    }
    let data = data.chosen()?;
    let changed = tollgate_server::change_quotas(&data, tenant, |before| {
        let or = |new: &Option<Amount>, old| new.map_or(old, |Amount(new)| new);
        Quotas {
            requests_per_minute: or(requests, before.requests_per_minute),
            casts_at_once: or(casts, before.casts_at_once),
            storage_bytes: or(storage, before.storage_bytes),
            gas_per_day: or(gas_per_day, before.gas_per_day),
        }
    });
    changed.or_exit(Exit::Config)?;
    Ok(Exit::Success)
}

fn shown(quota: &Quota) -> String {
    let Quota {
        requests_per_minute,
        casts_at_once,
        storage_bytes,
        gas_per_day,
        storage_bytes_used,
        answer_bytes_used,
        gas_used,
        gas_reserved,
    } = *quota;
    let gas = gas_per_day.map_or("no bound".to_owned(), show_count);
    format!(
        "requests  {} a minute\ncasts     {casts_at_once} at once\nstorage   {} of {}, of which answers of runs are {}\ngas       {} today, {} reserved, of {gas}\n",
        show_count(requests_per_minute),
        show_bytes(storage_bytes_used),
        show_bytes(storage_bytes),
        show_bytes(answer_bytes_used),
        show_count(gas_used),
        show_count(gas_reserved),
    )
}
