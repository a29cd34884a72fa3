//! `tollgate cast`: a module that a server keeps, run there.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use serde_json::value::RawValue;
use tollgate::Cost;
use tollgate_api::{
    Cast, CastFailure, CastLimits, CastOutput, CastStatus, Input, NewCast, Quote, Run, Until,
};

use super::casts::ended;
use super::{ServerArguments, answer, price, refused};
use crate::arguments::Format;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::sources;
use crate::{output, quantity};

/// Bytes of an input that are read: more than a server takes, which says how much that is.
const INPUT_BYTES_MAX: usize = 64 << 20;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate cast add@1.0.0 --invoke add -- 2 3
  tollgate cast transform --invoke transform --input @request.json
  tollgate cast report@stable --idempotency-key order-17 --format json
  tollgate cast add --invoke add --quote -- 2 3

Exit codes are those of `tollgate run`.")]
pub(crate) struct CastArguments {
    /// The module: its last push, a version, or a tag
    #[arg(value_name = "NAME[@VERSION]")]
    module: String,
    /// Call this export instead of the program's start
    #[arg(long, value_name = "EXPORT")]
    invoke: Option<String>,
    /// Input for the export as JSON, or `@FILE` with it (`@-` for standard input)
    #[arg(long, value_name = "JSON|@FILE", requires = "invoke")]
    input: Option<String>,
    /// Input for the export as it is, or `@FILE` with it (`@-` for standard input), which need not be text
    #[arg(
        long,
        value_name = "TEXT|@FILE",
        requires = "invoke",
        conflicts_with = "input"
    )]
    input_text: Option<String>,
    /// Let it run once, however often this is asked with the same key
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Print its id when it has begun, and do not wait for its end; `tollgate casts wait` does
    #[arg(long)]
    detach: bool,
    /// Say what it would cost, and run nothing
    #[arg(long, conflicts_with_all = ["detach", "idempotency_key"])]
    quote: bool,
    /// Gas it may use [default: the server's]
    #[arg(long, value_name = "N", value_parser = quantity::gas)]
    gas: Option<u64>,
    /// Memory it may use [default: the server's]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    memory: Option<u64>,
    /// Wall time it may take [default: the server's]
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    server: ServerArguments,
    /// For people, or everything the server says for programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Numbers, for a core function
    #[arg(last = true, value_name = "NUMBERS", conflicts_with_all = ["input", "input_text"], requires = "invoke")]
    arguments: Vec<serde_json::Number>,
}

pub(crate) fn run(arguments: &CastArguments) -> CliResult<Exit> {
    let new = NewCast {
        module: arguments.module.clone(),
        export: arguments.invoke.clone(),
        input: input(arguments)?,
        limits: Some(CastLimits {
            gas: arguments.gas,
            memory_bytes: arguments.memory,
            timeout_ms: arguments.timeout.map(milliseconds).transpose()?,
        }),
    };
    if arguments.quote {
        let quote = arguments.server.client()?.quote(&new).map_err(refused)?;
        return answer(arguments.format, &quoted(&quote), &json!(quote));
    }
    let until = match arguments.detach {
        true => Until::Begun,
        false => Until::Ended,
    };
    let key = arguments.idempotency_key.as_deref();
    let client = arguments.server.client()?;
    let run = client.cast(&new, key, until);
    let Run { cast, is_replay } = run.map_err(refused)?;
    if let (CastStatus::Waiting, Some(card)) = (cast.status, &cast.card) {
        output::say(&format!(
            "tollgate: {} waits for an approver, who looks at it by `tollgate approvals show {card}` with a key of that role and answers by \
             `tollgate approvals answer {card} allow-once`",
            cast.id
        ));
    }
    if arguments.detach {
        return answer(arguments.format, &format!("{}\n", cast.id), &json!(cast));
    }
    let cast = match cast.status {
        CastStatus::Waiting => ended(&client, &cast.id)?,
        CastStatus::Running
        | CastStatus::Succeeded
        | CastStatus::Failed
        | CastStatus::Denied
        | CastStatus::Lost => cast,
    };
    match arguments.format {
        Format::Json => output::answer(format!("{:#}\n", json!(cast)).as_bytes())?,
        Format::Human => tell(&cast, is_replay)?,
    }
    Ok(exit(&cast))
}

fn quoted(quote: &Quote) -> String {
    let Quote {
        module,
        version,
        least_micro_usd,
        most_micro_usd,
        prices,
    } = quote;
    format!(
        "{module}@{version}: {} to {}\n{}\n",
        Cost::from_micro_usd(*least_micro_usd),
        Cost::from_micro_usd(*most_micro_usd),
        price::line(prices),
    )
}

fn milliseconds(time: Duration) -> CliResult<u64> {
    u64::try_from(time.as_millis()).or_exit(Exit::Usage)
}

fn input(arguments: &CastArguments) -> CliResult<Option<Input>> {
    let CastArguments {
        input,
        input_text,
        arguments,
        ..
    } = arguments;
    if let Some(json) = input {
        let text = String::from_utf8(read(json)?).or_exit(Exit::Invalid)?;
        let json: Box<RawValue> = serde_json::from_str(&text).map_err(|error| {
            CliError::message(
                Exit::Invalid,
                format!("the input is not JSON: {error}; for other input use `--input-text`"),
            )
        })?;
        return Ok(Some(Input::Json(json)));
    }
    if let Some(text) = input_text {
        return Ok(Some(match String::from_utf8(read(text)?) {
            Ok(text) => Input::Text(text),
            Err(error) => Input::Base64(base64(error.as_bytes())),
        }));
    }
    Ok((!arguments.is_empty()).then(|| Input::Values(arguments.clone())))
}

fn read(typed: &str) -> CliResult<Vec<u8>> {
    match typed.strip_prefix('@') {
        Some(file) => sources::read_bytes(sources::Input::behind_at(file), INPUT_BYTES_MAX),
        None => Ok(typed.as_bytes().to_vec()),
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The output is the answer, on standard output; how it went is said on standard error.
pub(super) fn tell(cast: &Cast, is_replay: bool) -> CliResult<()> {
    output::answer(cast.stdout.as_bytes())?;
    if !cast.stderr.is_empty() {
        output::say(cast.stderr.trim_end());
    }
    if let Some(said) = &cast.output {
        output::answer(&shown(said)?)?;
    }
    if cast.is_forgotten {
        output::say("tollgate: what it returned, wrote and used is not kept any more");
    }
    if cast.output_bytes_left_out > 0 {
        output::say(&format!(
            "tollgate: of what it wrote, {} bytes before that are not kept",
            cast.output_bytes_left_out
        ));
    }
    if let Some(failure) = &cast.failure {
        output::say(&format!("tollgate: {}", failure.message));
        if let Some(flag) = failure.limit.as_deref().and_then(flag) {
            output::say(&format!(
                "  help: `{flag}` of a cast, as far as the server lets it"
            ));
        }
    }
    let used = cast.usage.as_ref().map_or_else(String::new, |usage| {
        format!(", {} gas", quantity::show_count(usage.gas))
    });
    let again = if is_replay { ", as it ran before" } else { "" };
    output::say(&format!(
        "tollgate: {}{again}: {}@{}{used}, {}",
        cast.id,
        cast.module,
        cast.version,
        Cost::from_micro_usd(cast.cost_micro_usd),
    ));
    Ok(())
}

/// What to type for more of what a limit of the server bounds.
fn flag(limit: &str) -> Option<&'static str> {
    match limit {
        "gas" => Some("--gas=N"),
        "memory" => Some("--memory=SIZE"),
        "wall time" => Some("--timeout=TIME"),
        _ => None,
    }
}

fn shown(said: &CastOutput) -> CliResult<Vec<u8>> {
    use base64::Engine as _;
    let mut bytes = match said {
        CastOutput::Json(json) => json.get().as_bytes().to_vec(),
        CastOutput::Text(text) => text.as_bytes().to_vec(),
        CastOutput::Base64(text) => {
            let decoded = base64::engine::general_purpose::STANDARD.decode(text);
            return decoded.or_exit(Exit::Invalid);
        }
        CastOutput::Values(values) => {
            let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
            return Ok(lines.into_bytes());
        }
        CastOutput::ExitCode(_) => return Ok(Vec::new()),
    };
    if bytes.last().is_some_and(|last| *last != b'\n') {
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// The exit code of `tollgate run` for the same end.
pub(super) fn exit(cast: &Cast) -> Exit {
    match (cast.status, &cast.failure, &cast.output) {
        (CastStatus::Succeeded, _, Some(CastOutput::ExitCode(code))) => match *code {
            0 => Exit::Success,
            code => Exit::Guest(u8::try_from(code).unwrap_or(u8::MAX)),
        },
        (CastStatus::Succeeded, _, _) => Exit::Success,
        (CastStatus::Denied, _, _) => Exit::Denied,
        (
            CastStatus::Running | CastStatus::Waiting | CastStatus::Failed | CastStatus::Lost,
            Some(failure),
            _,
        ) => of_failure(failure),
        (
            CastStatus::Running | CastStatus::Waiting | CastStatus::Failed | CastStatus::Lost,
            None,
            _,
        ) => Exit::Internal,
    }
}

fn of_failure(failure: &CastFailure) -> Exit {
    match (failure.kind.as_str(), failure.limit.as_deref()) {
        ("trap", _) | ("limit", Some("stack")) => Exit::Trap,
        ("limit", Some("gas")) => Exit::Gas,
        ("limit", Some("wall time" | "queue")) => Exit::Time,
        ("limit", Some("output" | "host call size" | "disk" | "new file" | "answer")) => {
            Exit::Output
        }
        ("limit", _) => Exit::Memory,
        ("denied", _) => Exit::Denied,
        ("missing_export" | "missing_import" | "bad_guest", _) => Exit::Invalid,
        ("bad_arguments", _) => Exit::Usage,
        _ => Exit::Internal,
    }
}
