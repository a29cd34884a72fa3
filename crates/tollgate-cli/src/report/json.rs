//! The report for programs. Its fields only ever grow: `version` changes when one is removed or changes its meaning.
//!
//! What a guest answered in JSON stands in it as the guest wrote it: taken apart it would be a hundred times larger in memory,
//! and indented it would be as much longer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use tollgate::{
    Captured, Failure, Granted, Limits, Output, PathGrant, Profile, Report, Usage, Value, Violation,
};

use crate::advice;
use crate::escapes::in_json;
use crate::hints;
use crate::report::Context;
use crate::report::checked::is_json;

/// The JSON text, with a line end.
pub(crate) fn json(report: &Report, context: &Context) -> Vec<u8> {
    let mut text = Vec::new();
    for (name, value) in fields(report, context) {
        text.extend(if text.is_empty() { "{\n  " } else { ",\n  " }.as_bytes());
        text.extend(Json::from(name).to_string().into_bytes());
        text.extend(b": ");
        value.write(&mut text);
    }
    text.extend(b"\n}\n");
    match std::str::from_utf8(&text) {
        Ok(whole) => in_json(whole).into_bytes(),
        // No JSON; whoever reads it finds that too.
        Err(_) => text,
    }
}

/// The value of a field.
enum Field<'a> {
    Value(Json),
    /// What an export answered, if it did.
    Result(Option<&'a Output>),
}

impl Field<'_> {
    fn write(&self, text: &mut Vec<u8>) {
        match self {
            Self::Value(value) => {
                // Every line but the first stands two further in.
                let lines = format!("{value:#}").replace('\n', "\n  ");
                text.extend(lines.into_bytes());
            }
            Self::Result(None) => text.extend(b"null"),
            Self::Result(Some(output)) => Answer::of(output).write(text),
        }
    }
}

fn fields<'a>(report: &'a Report, context: &Context) -> Vec<(&'static str, Field<'a>)> {
    let value = Field::Value;
    let taught = context.taught.as_ref();
    let taught = taught.map(|taught| ("learned", value(taught.json())));
    let mut fields = vec![
        ("version", value(json!(1))),
        (
            "module",
            value(json!({ "source": context.source, "digest": report.module })),
        ),
        ("execution", value(json!(report.execution))),
        ("engine", value(json!(report.engine))),
        ("input", value(json!(report.input))),
        ("policy", value(json!(report.policy))),
        ("shadow", value(json!(report.shadow))),
        ("grant", value(granted(&report.grant))),
        (
            "load",
            value(json!({
                "origin": context.origin,
                "tier": context.tier,
                "compile_ns": nanoseconds(context.timings.compile),
                "total_ns": nanoseconds(context.timings.total),
            })),
        ),
        ("warnings", value(json!(context.warnings))),
        ("decision", value(json!(report.decision))),
        ("status", value(json!(status(report)))),
        ("exit_code", value(json!(context.exit.code()))),
        ("result", Field::Result(report.outcome.result.as_ref().ok())),
        (
            "error",
            value(json!(
                report
                    .outcome
                    .result
                    .as_ref()
                    .err()
                    .map(|failure| error(failure, context))
            )),
        ),
        ("calls", value(json!(report.outcome.calls))),
        ("violations", value(violations(report, context))),
        (
            "violations_more",
            value(json!(report.outcome.violations.more)),
        ),
        ("usage", value(usage(report.usage()))),
        ("limits", value(limits(&context.limits))),
        ("profile", value(json!(profile(context.profile)))),
        ("moved", value(json!(report.outcome.moved))),
        (
            "cost",
            value(json!({
                "micro_usd": report.cost.micro_usd(),
                "metered_micro_usd": report.metered.micro_usd(),
                "text": report.cost.to_string(),
            })),
        ),
        ("stdout", value(captured(&report.outcome.stdout))),
        ("stderr", value(captured(&report.outcome.stderr))),
    ];
    fields.extend(taught);
    fields
}

/// What an export answered: its kind, a part that is written as it is, and others.
struct Answer<'a> {
    kind: &'static str,
    as_it_is: Option<&'a [u8]>,
    others: Vec<(&'static str, Json)>,
}

impl<'a> Answer<'a> {
    fn of(output: &'a Output) -> Self {
        let without = |kind, others| Self {
            kind,
            as_it_is: None,
            others,
        };
        match output {
            Output::Exit => without("exit", Vec::new()),
            Output::Values(values) => without(
                "values",
                vec![("values", values.iter().map(value).collect())],
            ),
            Output::Bytes(bytes) if is_json(bytes) => Self {
                kind: "json",
                as_it_is: Some(bytes),
                others: Vec::new(),
            },
            Output::Bytes(bytes) => without("bytes", vec![("bytes", text_or_base64(bytes))]),
            Output::Component { json, wave } if is_json(json.as_bytes()) => Self {
                kind: "component",
                as_it_is: Some(json.as_bytes()),
                others: vec![("wave", json!(wave))],
            },
            Output::Component { json, wave } => without(
                "component",
                vec![("json", json!(json)), ("wave", json!(wave))],
            ),
        }
    }

    fn write(&self, text: &mut Vec<u8>) {
        text.extend(format!("{{\n    \"kind\": \"{}\"", self.kind).into_bytes());
        if let Some(json) = self.as_it_is {
            text.extend(b",\n    \"json\": ");
            text.extend(json.trim_ascii());
        }
        for (name, value) in &self.others {
            text.extend(format!(",\n    \"{name}\": {value}").into_bytes());
        }
        text.extend(b"\n  }");
    }
}

fn status(report: &Report) -> &'static str {
    match &report.outcome.result {
        Ok(_) => "completed",
        Err(Failure::Denied(_)) => "denied",
        Err(Failure::LimitExceeded(_)) => "limited",
        Err(_) => "failed",
    }
}

/// Numbers that JSON has no notation for are texts.
fn value(value: &Value) -> Json {
    let shown = match *value {
        Value::I32(n) => json!(n),
        Value::I64(n) => json!(n),
        Value::F32(n) if n.is_finite() => json!(n),
        Value::F64(n) if n.is_finite() => json!(n),
        _ => json!(value.to_string()),
    };
    json!({ "type": value.value_type(), "value": shown })
}

/// A new field does not compile until it is shown.
fn violations(report: &Report, context: &Context) -> Json {
    let violations = report.outcome.violations.listed.iter().map(|violation| {
        let Violation {
            capability,
            call,
            detail,
            need: _,
            decision,
        } = violation;
        json!({
            "capability": capability,
            "call": call,
            "detail": detail,
            "needs": hints::needs(violation, &context.grant).unwrap_or_default(),
            "decision": decision.map(|decision| decision.to_string()),
        })
    });
    violations.collect()
}

#[expect(
    clippy::indexing_slicing,
    reason = "a member is set in JSON that is an object"
)]
fn error(failure: &Failure, context: &Context) -> Json {
    let message = advice::told(failure, &context.grant, &context.set_by);
    let mut error = json!({ "kind": failure.kind(), "message": message });
    if let Failure::LimitExceeded(exceeded) = failure {
        error["limit"] = json!({
            "name": exceeded.limit,
            "value": exceeded.value,
            "unit": exceeded.limit.unit(),
            "flag": advice::flag(exceeded.limit),
        });
    }
    if let Failure::Trap(trap) = failure {
        error["trap"] = json!(trap.code);
        error["backtrace"] = trap
            .backtrace
            .iter()
            .map(|frame| Json::String(frame.to_string()))
            .collect();
    }
    error
}

/// A new field does not compile until it is shown.
fn granted(granted: &Granted) -> Json {
    let Granted {
        read,
        write,
        env_inherited,
        env_chosen,
        stdin,
        net,
        clock,
        random,
        exit,
    } = granted;
    let paths = |paths: &[PathGrant]| -> Json {
        let paths = paths.iter().map(|path| {
            let host = path.host.to_string_lossy();
            json!({ "host": host, "guest": path.guest, "mounts": path.mounts })
        });
        paths.collect()
    };
    let net: Vec<_> = net.iter().map(ToString::to_string).collect();
    json!({
        "read": paths(read),
        "write": paths(write),
        "env_inherited": env_inherited,
        "env_chosen": env_chosen,
        "stdin": stdin,
        "net": net,
        "clock": clock,
        "random": random,
        "exit": exit,
    })
}

/// As [`granted`], of what was used.
fn usage(usage: &Usage) -> Json {
    let Usage {
        gas,
        gas_host,
        wall,
        cpu,
        memory_bytes_peak,
        output_bytes,
        host_calls,
        host_call_bytes,
        disk_bytes,
        disk_files,
    } = usage;
    json!({
        "gas": gas,
        "gas_host": gas_host,
        "wall_ns": nanoseconds(*wall),
        "cpu_ns": nanoseconds(*cpu),
        "memory_bytes_peak": memory_bytes_peak,
        "output_bytes": output_bytes,
        "host_calls": host_calls,
        "host_call_bytes": host_call_bytes,
        "disk_bytes": disk_bytes,
        "disk_files": disk_files,
    })
}

/// As [`granted`], of the limits.
fn limits(limits: &Limits) -> Json {
    let Limits {
        gas,
        memory_bytes,
        wall,
        tables,
        memories,
        instances,
        output_bytes,
        host_call_bytes,
        handles,
        disk_bytes,
        disk_files,
    } = limits;
    json!({
        "gas": gas,
        "memory_bytes": memory_bytes,
        "wall_ns": nanoseconds(*wall),
        "tables": tables,
        "memories": memories,
        "instances": instances,
        "output_bytes": output_bytes,
        "host_call_bytes": host_call_bytes,
        "handles": handles,
        "disk_bytes": disk_bytes,
        "disk_files": disk_files,
    })
}

fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Metered => "metered",
        Profile::Timed => "timed",
        Profile::Isolated => "isolated",
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "a member is set in JSON that is an object"
)]
fn captured(captured: &Captured) -> Json {
    let mut object = text_or_base64(&captured.bytes);
    object["truncated"] = Json::Bool(captured.truncated);
    object
}

/// Text as text, anything else in base64: nothing is lost either way.
fn text_or_base64(bytes: &[u8]) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

fn nanoseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
