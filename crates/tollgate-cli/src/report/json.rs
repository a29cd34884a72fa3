//! The report for programs. Its fields only ever grow: `version` changes when one is removed or changes its meaning.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use tollgate::{Captured, Failure, Limits, Output, Profile, Report, Value};

use crate::report::Context;

/// The JSON text, with a line end.
pub(crate) fn json(report: &Report, context: &Context) -> Vec<u8> {
    format!("{:#}\n", object(report, context)).into_bytes()
}

fn object(report: &Report, context: &Context) -> Json {
    let usage = report.usage();
    json!({
        "version": 1,
        "module": { "source": context.source, "digest": report.module },
        "load": {
            "origin": context.origin,
            "compile_ns": nanoseconds(context.timings.compile),
            "total_ns": nanoseconds(context.timings.total),
        },
        "warnings": context.warnings,
        "decision": report.decision,
        "status": status(report),
        "exit_code": context.exit.code(),
        "result": report.outcome.result.as_ref().ok().map(result),
        "error": report.outcome.result.as_ref().err().map(error),
        "violations": report.outcome.violations,
        "usage": {
            "gas": usage.gas,
            "gas_host": usage.gas_host,
            "wall_ns": nanoseconds(usage.wall),
            "cpu_ns": nanoseconds(usage.cpu),
            "memory_bytes_peak": usage.memory_bytes_peak,
            "output_bytes": usage.output_bytes,
            "host_calls": usage.host_calls,
            "host_call_bytes": usage.host_call_bytes,
        },
        "limits": limits(&context.limits),
        "profile": profile(context.profile),
        "moved": report.outcome.moved,
        "cost": { "micro_usd": report.cost.micro_usd(), "text": report.cost.to_string() },
        "stdout": captured(&report.outcome.stdout),
        "stderr": captured(&report.outcome.stderr),
    })
}

fn status(report: &Report) -> &'static str {
    match &report.outcome.result {
        Ok(_) => "completed",
        Err(Failure::Denied(_)) => "denied",
        Err(Failure::LimitExceeded(_)) => "limited",
        Err(_) => "failed",
    }
}

fn result(output: &Output) -> Json {
    match output {
        Output::Exit => json!({ "kind": "exit" }),
        Output::Values(values) => {
            json!({ "kind": "values", "values": values.iter().map(value).collect::<Vec<_>>() })
        }
        Output::Bytes(bytes) => match serde_json::from_slice::<Json>(bytes) {
            Ok(value) => json!({ "kind": "json", "json": value }),
            Err(_) => json!({ "kind": "bytes", "bytes": text_or_base64(bytes) }),
        },
        Output::Component { json, wave } => {
            let value =
                serde_json::from_str::<Json>(json).unwrap_or_else(|_| Json::String(json.clone()));
            json!({ "kind": "component", "json": value, "wave": wave })
        }
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

fn error(failure: &Failure) -> Json {
    let mut error = json!({ "kind": failure.kind(), "message": failure.to_string() });
    if let Failure::LimitExceeded(exceeded) = failure {
        error["limit"] = json!({
            "name": exceeded.limit,
            "value": exceeded.value,
            "unit": exceeded.limit.unit(),
            "flag": exceeded.flag(),
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

fn limits(limits: &Limits) -> Json {
    json!({
        "gas": limits.gas,
        "memory_bytes": limits.memory_bytes,
        "wall_ns": nanoseconds(limits.wall),
        "tables": limits.tables,
        "memories": limits.memories,
        "instances": limits.instances,
        "output_bytes": limits.output_bytes,
        "host_call_bytes": limits.host_call_bytes,
        "handles": limits.handles,
    })
}

fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Metered => "metered",
        Profile::Timed => "timed",
        Profile::Isolated => "isolated",
    }
}

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
