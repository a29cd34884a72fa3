//! `tollgate casts`: the runs of a server: listed, shown, waited for and cancelled, and their receipts.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use tollgate::Cost;
use tollgate::receipt::PublicKey;
use tollgate_api::{Cast, CastStatus, Client, Verdict};

use super::cast::{exit, tell};
use super::{ServerArguments, answer, lines, refused};
use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output;

/// How long to wait between one look and the next: first, and at most.
const LOOKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

#[derive(Args)]
#[command(after_help = "Examples:
  id=$(tollgate cast report@stable --detach)
  tollgate casts wait $id
  tollgate casts cancel $id
  tollgate casts list
  tollgate casts receipt $id > run.receipt
  tollgate casts signer > server.keys
  tollgate verify run.receipt --trust server.keys

What `show` and `wait` print, and their exit codes, are those of `tollgate cast`.")]
pub(crate) struct CastsArguments {
    #[command(subcommand)]
    action: CastsAction,
    #[command(flatten)]
    server: ServerArguments,
    /// For people, or for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Subcommand)]
enum CastsAction {
    /// List the runs of the tenant, the first first.
    List,
    /// Show a run as it is now.
    Show {
        /// Its id
        id: String,
    },
    /// Tell why a run was denied: the rules of the policy of its module, and what they compared.
    Why {
        /// Its id
        id: String,
    },
    /// Wait for the end of a run, and show it.
    Wait {
        /// Its id
        id: String,
    },
    /// Print the receipt of a run, which `tollgate verify` reads. It is kept for a week.
    Receipt {
        /// Its id
        id: String,
    },
    /// Print the key that signs the receipts of the server, as a line for `tollgate verify --trust`.
    Signer,
    /// Stop a run. What it used until then is charged.
    Cancel {
        /// Its id
        id: String,
    },
}

pub(crate) fn run(arguments: &CastsArguments) -> CliResult<Exit> {
    let CastsArguments {
        action,
        server,
        format,
    } = arguments;
    let client = server.client()?;
    match action {
        CastsAction::List => list(&client, *format),
        CastsAction::Show { id } => shown(&client.show_cast(id).map_err(refused)?, *format),
        CastsAction::Why { id } => why(&client.show_cast(id).map_err(refused)?, *format),
        CastsAction::Wait { id } => shown(&ended(&client, id)?, *format),
        CastsAction::Receipt { id } => {
            output::answer(&client.receipt(id).map_err(refused)?)?;
            Ok(Exit::Success)
        }
        CastsAction::Signer => signer(&client, *format),
        CastsAction::Cancel { id } => {
            client.cancel_cast(id).map_err(refused)?;
            output::say(&format!("tollgate: `{id}` is being stopped"));
            Ok(Exit::Success)
        }
    }
}

fn list(client: &Client, format: Format) -> CliResult<Exit> {
    lines(
        |page| {
            let page = client.casts(page)?;
            Ok((page.casts, page.next_page))
        },
        |cast| line(cast, format),
    )
}

fn signer(client: &Client, format: Format) -> CliResult<Exit> {
    let said = client.receipt_signer().map_err(refused)?;
    let others = said.signers.iter().filter(|key| **key != said.signer);
    // Into a list of who is believed come keys, and nothing else that somebody may have sent.
    let line = |key: &String| match key.parse::<PublicKey>() {
        Ok(key) => Ok(format!("{key} server\n")),
        Err(error) => Err(CliError::new(Exit::Invalid, error)),
    };
    let lines = std::iter::once(&said.signer).chain(others).map(line);
    let lines = lines.collect::<CliResult<String>>()?;
    answer(format, &lines, &json!(said))
}

/// The run when it has ended.
pub(super) fn ended(client: &Client, id: &str) -> CliResult<Cast> {
    let (mut pause, longest) = LOOKS;
    loop {
        let cast = client.show_cast(id).map_err(refused)?;
        if !matches!(cast.status, CastStatus::Running | CastStatus::Waiting) {
            return Ok(cast);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(longest);
    }
}

fn shown(cast: &Cast, format: Format) -> CliResult<Exit> {
    if format == Format::Json {
        answer(format, "", &json!(cast))?;
    } else if cast.status == CastStatus::Running {
        output::say(&format!("tollgate: {} is under way", cast.id));
    } else if let (CastStatus::Waiting, Some(card)) = (cast.status, &cast.card) {
        output::say(&format!(
            "tollgate: {} waits for an answer to card {card}",
            cast.id
        ));
    } else {
        tell(cast, false)?;
    }
    match cast.status {
        CastStatus::Running | CastStatus::Waiting => Ok(Exit::Success),
        CastStatus::Succeeded | CastStatus::Failed | CastStatus::Denied | CastStatus::Lost => {
            Ok(exit(cast))
        }
    }
}

fn why(cast: &Cast, format: Format) -> CliResult<Exit> {
    let Some(decision) = &cast.decision else {
        let message = format!(
            "what was decided about `{}` is not kept, or not known yet",
            cast.id
        );
        return Err(CliError::message(Exit::NotFound, message));
    };
    let lines = decision.reasons.iter().chain(&decision.explained);
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let text = match (decision.verdict, &decision.policy) {
        (Verdict::Allow, None) => "allowed: its module has no policy\n".to_owned(),
        (Verdict::Allow, Some(hash)) => format!("allowed by the policy {hash}\n"),
        (Verdict::Deny, _) => text,
    };
    answer(format, &text, &json!(decision))
}

fn line(cast: &Cast, format: Format) -> String {
    if format == Format::Json {
        return format!("{}\n", json!(cast));
    }
    let status = match cast.status {
        CastStatus::Running => "running",
        CastStatus::Waiting => "waiting",
        CastStatus::Succeeded => "succeeded",
        CastStatus::Failed => "failed",
        CastStatus::Denied => "denied",
        CastStatus::Lost => "lost",
    };
    let (id, started) = (&cast.id, &cast.started_at);
    let cost = Cost::from_micro_usd(cast.cost_micro_usd);
    format!(
        "{id}  {started}  {status}  {}@{}  {cost}\n",
        cast.module, cast.version
    )
}
