//! From what somebody asked for to a request of the library, and from its report to an answer.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tollgate::gate::without_secrets;
use tollgate::{
    ComponentArgs, Cost, Decision, Entry, Failure, Grant, Limits, Module, Output, PriceList,
    Report, Request, Value,
};
use tollgate_api::{
    Cast, CastDecision, CastFailure, CastLimits, CastOutput, CastStatus, CastUsage, Input, NewCast,
    Verdict,
};
use tollgate_state::approval::Most;
use tollgate_state::limits::{ANSWER_BYTES_MAX, MONEY_MICRO_USD_MAX};

use crate::caller::Caller;
use crate::error::{self, ApiError};
use crate::limits::{EXPORT_BYTES_MAX, FAILED_OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX};
use crate::one_meaning;
use crate::underway::CANCELLED;

/// The kind of failures that are not the module's.
const OURS: &str = "internal";

/// The kind of the failure of a run that was ended from outside.
const STOPPED: &str = "stopped";

/// What a function gets.
pub(crate) struct Gets<'a> {
    /// As text, where it is text. Numbers are an array of JSON.
    pub(crate) text: Option<Cow<'a, str>>,
    pub(crate) bytes: u64,
}

impl Gets<'_> {
    /// As a card shows it.
    pub(crate) fn shown(&self) -> String {
        match &self.text {
            Some(text) => without_secrets(text),
            None if self.bytes == 0 => String::new(),
            None => format!("[{} bytes that are no text]", self.bytes),
        }
    }
}

fn list(items: impl Iterator<Item = String>) -> Option<Cow<'static, str>> {
    let items: Vec<String> = items.collect();
    Some(format!("[{}]", items.join(",")).into())
}

/// What bytes that a run returns are, in its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OutputForm {
    /// JSON, if they can be.
    Json,
    Text,
}

/// A run that can begin.
pub(crate) struct Asked {
    module: Module,
    entry: Arc<Entry>,
    limits: Limits,
    prices: PriceList,
    /// SHA-256 of what the function gets.
    pub(crate) input_digest: String,
    form: OutputForm,
}

impl Asked {
    /// Reads what is asked for. What fits no function of the module is refused here, before anything is written down.
    pub(crate) fn read(
        module: &Module,
        prices: PriceList,
        asked: NewCast,
    ) -> Result<Self, ApiError> {
        let NewCast {
            module: _,
            export,
            input,
            limits,
        } = asked;
        let form = match input {
            Some(Input::Json(_)) => OutputForm::Json,
            _ => OutputForm::Text,
        };
        let input_digest = hex::encode(Sha256::digest(
            serde_json::to_vec(&input).map_err(|e| ApiError::internal(&e))?,
        ));
        let asked = Self {
            entry: Arc::new(entry(module, export, input)?),
            limits: limited(limits.unwrap_or_default())?,
            module: module.clone(),
            prices,
            input_digest,
            form,
        };
        let (cost, most) = (asked.cost_max(), Cost::from_micro_usd(MONEY_MICRO_USD_MAX));
        if cost > most {
            return Err(ApiError::bad(format!(
                "the run could cost {cost} by its prices and limits, and at most {most} can be reserved; ask for less time, memory or gas"
            )));
        }
        Ok(asked)
    }

    /// The most it can use.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What an answer about it is bound to, SHA-256 in hexadecimal digits: what the function gets, and what it may use and cost.
    pub(crate) fn digest(&self) -> String {
        let Limits {
            gas,
            memory_bytes,
            wall,
            ..
        } = self.limits();
        let bound = format!(
            "{} {gas} {memory_bytes} {} {}",
            self.input_digest,
            wall.as_millis(),
            self.cost_max().micro_usd(),
        );
        hex::encode(Sha256::digest(bound))
    }

    /// The same as a policy and a person see it, with the most it can cost.
    pub(crate) fn most(&self) -> Most {
        let most = self.limits();
        Most {
            gas: most.gas,
            memory_bytes: most.memory_bytes,
            wall_ms: u64::try_from(most.wall.as_millis()).unwrap_or(u64::MAX),
            cost_micro_usd: self.cost_max().micro_usd(),
        }
    }

    /// The most it can cost.
    pub(crate) fn cost_max(&self) -> Cost {
        self.prices.estimate(self.limits())
    }

    /// What its usage costs.
    pub(crate) fn prices(&self) -> &PriceList {
        &self.prices
    }

    /// The report with what is charged: what a run took beyond its limits until it was stopped, some milliseconds, is not.
    pub(crate) fn charged(&self, report: Report) -> Report {
        let cost = report.cost.min(self.cost_max());
        Report { cost, ..report }
    }

    /// What the caller is told; ids and times are filled in by whoever knows them.
    pub(crate) fn answer(&self, report: &Report) -> Cast {
        Cast {
            cost_micro_usd: report.cost.micro_usd(),
            ..told(report, self.form)
        }
    }

    /// The function that it calls.
    pub(crate) fn export(&self) -> Option<&str> {
        match &*self.entry {
            Entry::Start => None,
            Entry::Component { export, .. }
            | Entry::Core { export, .. }
            | Entry::CoreText { export, .. }
            | Entry::Bytes { export, .. } => Some(export),
        }
    }

    /// What its function gets: the same, however it was sent.
    pub(crate) fn input(&self) -> Gets<'_> {
        let text: Option<Cow<'_, str>> = match &*self.entry {
            Entry::Start => {
                return Gets {
                    text: None,
                    bytes: 0,
                };
            }
            Entry::Bytes { input, .. } => {
                let bytes = input.len() as u64;
                let text = std::str::from_utf8(input).ok().map(Cow::from);
                return Gets { text, bytes };
            }
            Entry::Core { args, .. } => list(args.iter().map(Value::to_string)),
            Entry::CoreText { args, .. } => list(args.iter().cloned()),
            Entry::Component { args, .. } => match args {
                ComponentArgs::Json(text) | ComponentArgs::Wave(text) => Some(text.into()),
            },
        };
        let bytes = text.as_deref().map_or(0, str::len) as u64;
        Gets { text, bytes }
    }

    /// The request of the library for a run of the module of this name. Nothing is granted; as everywhere, the first argument of
    /// a program is the name of its file.
    pub(crate) fn request(&self, caller: &Caller, name: &str) -> Request {
        let grant = Grant {
            args: vec![format!("{name}.wasm")],
            ..Grant::none()
        };
        Request::new(&self.module, Arc::clone(&self.entry))
            .grant(grant)
            .limits(self.limits.clone())
            .prices(self.prices)
            .caller(format!("{}/{}", caller.tenant(), caller.principal.key))
    }
}

fn entry(module: &Module, export: Option<String>, input: Option<Input>) -> Result<Entry, ApiError> {
    let Some(export) = export else {
        return match input {
            None if module.is_component() || module.has_function("_start") => Ok(Entry::Start),
            None => Err(ApiError::bad(
                "the module is no program, it has no `_start`; name the function to call as `export`",
            )),
            Some(_) => Err(ApiError::bad(
                "an `input` is for a function; name it as `export`",
            )),
        };
    };
    if export.len() > EXPORT_BYTES_MAX {
        return Err(ApiError::bad(format!(
            "the name of a function has at most {EXPORT_BYTES_MAX} bytes, and `export` has {}",
            export.len()
        )));
    }
    exactly_named(module, &export)?;
    let bytes = |export: String, input: Vec<u8>| {
        takes_bytes(module, &export)?;
        Ok(Entry::Bytes { export, input })
    };
    match input {
        Some(Input::Json(json)) if module.is_component() => Ok(Entry::Component {
            export,
            args: ComponentArgs::Json(json.get().to_owned()),
        }),
        None if module.is_component() => Ok(Entry::Component {
            export,
            args: ComponentArgs::Json("[]".to_owned()),
        }),
        Some(Input::Json(json)) => bytes(export, json.get().as_bytes().to_vec()),
        Some(Input::Text(text)) => bytes(export, text.into_bytes()),
        Some(Input::Base64(text)) => {
            let decoded = STANDARD.decode(text);
            bytes(
                export,
                decoded.map_err(|_| ApiError::bad("`base64` is not base64"))?,
            )
        }
        Some(Input::Values(numbers)) => {
            // As text, as a command has them: the receipt of either is the same.
            let values = values(module, &export, &numbers)?;
            let args = values.iter().map(Value::to_string).collect();
            Ok(Entry::CoreText { export, args })
        }
        None => {
            values(module, &export, &[])?;
            Ok(Entry::CoreText {
                export,
                args: Vec::new(),
            })
        }
    }
}

/// Refuses a name that is not the function's own. An engine takes an interface of a compatible version for another, and then a
/// function would have names that its policy does not know.
fn exactly_named(module: &Module, export: &str) -> Result<(), ApiError> {
    if !module.is_component() || module.functions().iter().any(|name| name == export) {
        return Ok(());
    }
    Err(ApiError::bad(format!(
        "the module has no function `{export}`; its functions are those that `GET /api/v1/modules` and `tollgate inspect` name, version included"
    )))
}

/// Refuses bytes for a function that can be handed none.
fn takes_bytes(module: &Module, export: &str) -> Result<(), ApiError> {
    if module.is_component() {
        return Err(ApiError::bad(format!(
            "`{export}` is a function of a component; write its arguments as `json`"
        )));
    }
    if !module.has_function(export) {
        return Err(ApiError::bad(format!(
            "the module has no function `{export}`"
        )));
    }
    if !module.has_function("alloc") {
        return Err(ApiError::bad(format!(
            "bytes are handed to `{export}` through a function `alloc`, and the module has none; write numbers as `values`"
        )));
    }
    Ok(())
}

/// Why a function takes no numbers: it is not there, or its types cannot cross the border.
fn no_values(module: &Module, export: &str) -> ApiError {
    ApiError::bad(match module.has_function(export) {
        true => format!("`{export}` has parameters or results that are no numbers"),
        false => format!("the module has no core function `{export}`"),
    })
}

/// Numbers as the types of a core function's parameters.
fn values(
    module: &Module,
    export: &str,
    numbers: &[serde_json::Number],
) -> Result<Vec<Value>, ApiError> {
    let signature = module
        .signature(export)
        .ok_or_else(|| no_values(module, export))?;
    if signature.params.len() != numbers.len() {
        return Err(ApiError::bad(format!(
            "`{export}` takes {} values, not {}",
            signature.params.len(),
            numbers.len()
        )));
    }
    let pairs = signature.params.iter().zip(numbers);
    pairs
        .map(|(kind, number)| {
            let value = Value::parse(&number.to_string(), *kind);
            value.map_err(|error| ApiError::bad(format!("`{export}`: {error}")))
        })
        .collect()
}

fn limited(asked: CastLimits) -> Result<Limits, ApiError> {
    let CastLimits {
        gas,
        memory_bytes,
        timeout_ms,
    } = asked;
    let (standard, most) = (Limits::standard(), tollgate::limits::maximum());
    let wall_max = u64::try_from(most.wall.as_millis()).unwrap_or(u64::MAX);
    for (name, value, most) in [
        ("gas", gas, most.gas),
        ("memory_bytes", memory_bytes, most.memory_bytes),
        ("timeout_ms", timeout_ms, wall_max),
    ] {
        // What is above the maximum can never run: nobody is asked about it, and it has no price.
        if let Some(value) = value.filter(|value| !(1..=most).contains(value)) {
            return Err(ApiError::bad(format!(
                "`{name}` is from 1 to {most}, and not {value}"
            )));
        }
    }
    Ok(Limits {
        gas: gas.unwrap_or(standard.gas),
        memory_bytes: memory_bytes.unwrap_or(standard.memory_bytes),
        wall: timeout_ms.map_or(standard.wall, Duration::from_millis),
        ..standard
    })
}

fn told(report: &Report, form: OutputForm) -> Cast {
    let outcome = &report.outcome;
    let decision = decision(&report.decision);
    let (output, failure) = match &outcome.result {
        _ if decision.verdict == Verdict::Deny => (None, Some(denied(&decision))),
        Ok(output) => match said(output, outcome.exit_code, form) {
            Ok(output) => (Some(output), None),
            Err(failure) => (None, Some(failure)),
        },
        Err(failure) => (None, Some(failed(failure))),
    };
    let status = match (&failure, decision.verdict) {
        (_, Verdict::Deny) => CastStatus::Denied,
        (None, Verdict::Allow) => CastStatus::Succeeded,
        (Some(_), Verdict::Allow) => CastStatus::Failed,
    };
    let usage = report.usage();
    let (stdout, stderr) = (outcome.stdout.text(), outcome.stderr.text());
    let kept = match failure {
        None => usize::MAX,
        Some(_) => FAILED_OUTPUT_BYTES_MAX,
    };
    let (stdout, stdout_left_out) = last_bytes(&stdout, kept);
    let (stderr, stderr_left_out) = last_bytes(&stderr, kept);
    Cast {
        status,
        output,
        failure,
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
        output_bytes_left_out: stdout_left_out + stderr_left_out,
        decision: Some(decision),
        usage: Some(CastUsage {
            gas: usage.gas,
            wall_us: u64::try_from(usage.wall.as_micros()).unwrap_or(u64::MAX),
            memory_bytes_peak: usage.memory_bytes_peak,
            output_bytes: usage.output_bytes,
            host_calls: usage.host_calls,
        }),
        ..blank()
    }
}

/// The end of a text, at most so many bytes of it, and how many come before it.
fn last_bytes(text: &str, bytes_max: usize) -> (&str, u64) {
    let mut begin = text.len().saturating_sub(bytes_max);
    while !text.is_char_boundary(begin) {
        begin += 1;
    }
    (text.get(begin..).unwrap_or_default(), begin as u64)
}

/// Writes into the log what the caller is not told.
pub(crate) fn log(id: &str, (report, cast): (&Report, &Cast)) {
    let is_ours = cast.failure.as_ref().is_some_and(|told| told.kind == OURS);
    if let (true, Err(failure)) = (is_ours, &report.outcome.result) {
        tracing::error!(cast = id, %failure, "a run failed through no fault of its module");
    }
}

/// What the caller is told of a run that could not be begun any more.
pub(crate) fn unstarted(why: &str) -> Cast {
    Cast {
        status: CastStatus::Failed,
        failure: Some(CastFailure {
            kind: STOPPED.to_owned(),
            limit: None,
            message: why.to_owned(),
        }),
        ..blank()
    }
}

/// The same of a run that was told to stop, if that is why it ended.
pub(crate) fn cancelled(cast: Cast) -> Cast {
    let failure = cast.failure.map(|failure| match failure.kind.as_str() {
        STOPPED => CastFailure {
            kind: CANCELLED.to_owned(),
            message: "it was cancelled".to_owned(),
            ..failure
        },
        _ => failure,
    });
    Cast { failure, ..cast }
}

pub(crate) fn blank() -> Cast {
    Cast {
        id: String::new(),
        status: CastStatus::Running,
        module: String::new(),
        version: String::new(),
        digest: String::new(),
        output: None,
        failure: None,
        stdout: String::new(),
        stderr: String::new(),
        output_bytes_left_out: 0,
        decision: None,
        usage: None,
        cost_micro_usd: 0,
        started_at: String::new(),
        ended_at: None,
        card: None,
        is_forgotten: false,
    }
}

/// The answer as it is kept. One that is too long even so, since its text has to be escaped, is told without its output.
pub(crate) fn fitting(cast: Cast) -> Result<(Cast, String), serde_json::Error> {
    let answer = serde_json::to_string(&cast)?;
    if answer.len() <= ANSWER_BYTES_MAX {
        return Ok((cast, answer));
    }
    let cast = Cast {
        status: CastStatus::Failed,
        output: None,
        failure: Some(too_long(ANSWER_BYTES_MAX)),
        stdout: String::new(),
        stderr: String::new(),
        ..cast
    };
    let answer = serde_json::to_string(&cast)?;
    Ok((cast, answer))
}

fn decision(decision: &Decision) -> CastDecision {
    CastDecision {
        verdict: match decision.is_accept() {
            true => Verdict::Allow,
            false => Verdict::Deny,
        },
        reasons: decision.reasons().to_vec(),
        policy: None,
        explained: Vec::new(),
        card: None,
        answered_by: None,
    }
}

/// What the caller is told of a run that the policy of its module denied: nothing ran.
pub(crate) fn denied_by(decision: &CastDecision) -> Cast {
    Cast {
        status: CastStatus::Denied,
        failure: Some(denied(decision)),
        decision: Some(decision.clone()),
        ..blank()
    }
}

/// The same of a run that it allowed, with whose word that was.
pub(crate) fn allowed_by(policy: &CastDecision, cast: Cast) -> Cast {
    let decision = cast.decision.map(|decision| CastDecision {
        policy: policy.policy.clone(),
        card: policy.card.clone(),
        answered_by: policy.answered_by.clone(),
        ..decision
    });
    Cast { decision, ..cast }
}

fn denied(decision: &CastDecision) -> CastFailure {
    CastFailure {
        kind: "denied".to_owned(),
        limit: None,
        message: decision.reasons.join("; "),
    }
}

/// What a run returned, or why that is not told: it is more than fits into an answer.
fn said(
    output: &Output,
    exit_code: Option<i32>,
    form: OutputForm,
) -> Result<CastOutput, CastFailure> {
    let too_long = || too_long(OUTPUT_BYTES_MAX);
    let fits = |bytes: &[u8]| bytes.len() <= OUTPUT_BYTES_MAX;
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => CastOutput::Text(text.to_owned()),
        Err(_) => CastOutput::Base64(STANDARD.encode(bytes)),
    };
    let json = |bytes: &[u8]| {
        one_meaning::check(bytes)?;
        serde_json::from_slice(bytes).map(CastOutput::Json)
    };
    match output {
        Output::Exit => exit_code
            .map(CastOutput::ExitCode)
            .ok_or_else(without_exit_code),
        Output::Values(values) => Ok(CastOutput::Values(values.iter().map(number).collect())),
        Output::Bytes(bytes) if !fits(bytes) => Err(too_long()),
        Output::Bytes(bytes) if form == OutputForm::Json => {
            Ok(json(bytes).unwrap_or_else(|_| text(bytes)))
        }
        Output::Bytes(bytes) => Ok(text(bytes)),
        Output::Component { json, .. } if !fits(json.as_bytes()) => Err(too_long()),
        Output::Component { json: said, .. } => {
            Ok(json(said.as_bytes()).unwrap_or_else(|_| text(said.as_bytes())))
        }
    }
}

/// A core value as JSON: a number where JSON has it, else its text.
fn number(value: &Value) -> serde_json::Value {
    match value {
        Value::I32(n) => (*n).into(),
        Value::I64(n) => (*n).into(),
        Value::F32(n) => float((*n).into()),
        Value::F64(n) => float(*n),
        other => other.to_string().into(),
    }
}

fn float(n: f64) -> serde_json::Value {
    match serde_json::Number::from_f64(n) {
        Some(number) => number.into(),
        None => n.to_string().into(),
    }
}

fn too_long(bytes_max: usize) -> CastFailure {
    CastFailure {
        kind: "limit".to_owned(),
        limit: Some("answer".to_owned()),
        message: format!("it returned more than the {bytes_max} bytes that fit into an answer"),
    }
}

/// A program that ended has a code; without one nobody knows whether it is that of success.
fn without_exit_code() -> CastFailure {
    CastFailure {
        kind: OURS.to_owned(),
        limit: None,
        message: "the program ended without an exit code".to_owned(),
    }
}

fn failed(failure: &Failure) -> CastFailure {
    let (kind, limit) = match failure {
        Failure::Trap(_) => ("trap", None),
        Failure::LimitExceeded(exceeded) => ("limit", Some(exceeded.limit.name().to_owned())),
        Failure::Denied(_) => ("denied", None),
        Failure::MissingExport { .. } => ("missing_export", None),
        Failure::MissingImport { .. } => ("missing_import", None),
        Failure::BadArguments { .. } => ("bad_arguments", None),
        Failure::BadGuest { .. } => ("bad_guest", None),
        Failure::Cancelled => (STOPPED, None),
        // The rest is not the module's doing, and says things of this machine.
        _ => return ours(),
    };
    CastFailure {
        kind: kind.to_owned(),
        limit,
        message: error::shown(&failure.to_string()),
    }
}

/// What is told of a failure that is not the module's.
fn ours() -> CastFailure {
    CastFailure {
        kind: OURS.to_owned(),
        limit: None,
        message: "the server could not run it to its end; its log has more under this run's id"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_of_a_text_are_whole_characters() {
        assert_eq!(last_bytes("abcdef", 2), ("ef", 4));
        assert_eq!(last_bytes("a\u{e9}b", 2), ("b", 3));
        assert_eq!(last_bytes("ab", 2), ("ab", 0));
        assert_eq!(last_bytes("", 0), ("", 0));
    }
}
