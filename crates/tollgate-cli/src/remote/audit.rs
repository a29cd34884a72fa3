//! `tollgate audit`: who did what on a server, and whether the log of it is whole.

use clap::{Args, Subcommand};
use serde_json::json;
use tollgate_api::{AuditBreak, AuditRecord};

use super::{ServerArguments, answer, lines, refused};
use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate audit list
  tollgate audit list --format json > audit.jsonl
  tollgate audit verify")]
pub(crate) struct AuditArguments {
    #[command(subcommand)]
    action: AuditAction,
    #[command(flatten)]
    server: ServerArguments,
    /// For people, or a record a line for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Subcommand)]
enum AuditAction {
    /// List the records of the tenant.
    List,
    /// Check every record of the server, and name the first that does not follow the one before it.
    Verify,
}

pub(crate) fn run(arguments: &AuditArguments) -> CliResult<Exit> {
    let client = arguments.server.client()?;
    match arguments.action {
        AuditAction::List => lines(
            |page| {
                let page = client.audit(page)?;
                Ok((page.records, page.next_page))
            },
            |record| line(record, arguments.format),
        ),
        AuditAction::Verify => {
            let found = client.verify_audit().map_err(refused)?;
            if let (Format::Human, Some(AuditBreak { seq, why })) =
                (arguments.format, &found.broken)
            {
                let message = format!("the audit log is broken at record {seq}: {why}");
                return Err(CliError::message(Exit::Invalid, message));
            }
            let text = format!(
                "whole: {} records, the last with the hash {}\n",
                found.records.unwrap_or_default(),
                found.last.as_deref().unwrap_or_default()
            );
            answer(arguments.format, &text, &json!(found))?;
            Ok(if found.whole {
                Exit::Success
            } else {
                Exit::Invalid
            })
        }
    }
}

fn line(record: &AuditRecord, format: Format) -> String {
    if format == Format::Json {
        return format!("{}\n", json!(record));
    }
    let AuditRecord {
        seq,
        at,
        actor,
        origin,
        request_id: _,
        action,
        object,
        detail: _,
        hash: _,
    } = record;
    format!("{seq}  {at}  {actor}  {origin}  {action}  {object}\n")
}
