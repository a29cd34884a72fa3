//! `tollgate audit`: who did what on a server, and whether the log of it is whole.

use clap::{Args, Subcommand};
use serde_json::json;
use tollgate_api::{AuditBreak, AuditRecord, AuditVerification};

use super::{ServerArguments, answer, lines, refused, unsaid};
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
            let text = match arguments.format {
                Format::Human => whole(&found)?,
                Format::Json => String::new(),
            };
            answer(arguments.format, &text, &json!(found))?;
            Ok(if found.whole {
                Exit::Success
            } else {
                Exit::Invalid
            })
        }
    }
}

/// Says that the log is whole, if that is what was found.
fn whole(found: &AuditVerification) -> CliResult<String> {
    let AuditVerification {
        whole,
        records,
        last,
        broken,
    } = found;
    if let Some(AuditBreak { seq, why }) = broken {
        let message = format!("the audit log is broken at record {seq}: {why}");
        return Err(CliError::message(Exit::Invalid, message));
    }
    match (whole, records, last) {
        (true, Some(records), Some(last)) => Ok(format!(
            "whole: {records} records, the last with the hash {last}\n"
        )),
        _ => Err(unsaid("whether the audit log is whole")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_whole_only_when_all_of_it_is_said() {
        let whole_one = AuditVerification {
            whole: true,
            records: Some(3),
            last: Some("ab".to_owned()),
            broken: None,
        };
        let said = whole(&whole_one).unwrap();
        assert_eq!(said, "whole: 3 records, the last with the hash ab\n");
        for unclear in [
            AuditVerification {
                whole: false,
                ..whole_one.clone()
            },
            AuditVerification {
                records: None,
                ..whole_one.clone()
            },
            AuditVerification {
                last: None,
                ..whole_one
            },
        ] {
            let error = whole(&unclear).unwrap_err().to_string();
            assert_eq!(
                error,
                "the server does not say whether the audit log is whole"
            );
        }
    }
}
