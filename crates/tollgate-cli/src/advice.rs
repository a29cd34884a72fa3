//! What to type against an error of the library, which knows no flags.
//!
//! The library says what is missing or too small as data; here stands which flag changes it. Nothing reads messages.

use std::path::Path;

use tollgate::sandbox::{CompileLimit, ScanError, SourceError};
use tollgate::{
    BuildError, CacheError, CompileError, Failure, Grant, LimitExceeded, LimitKind, LoadError,
};
use tollgate_api::{ClientError, ErrorCode};

use crate::set_by::SetBy;
use crate::{hints, near, quantity};

/// Returns the flag that changes a limit of a run; nothing for those that are not of a single run.
pub(crate) const fn flag(limit: LimitKind) -> Option<&'static str> {
    match limit {
        LimitKind::Gas => Some("--gas"),
        LimitKind::Memory => Some("--memory"),
        LimitKind::Wall => Some("--timeout"),
        LimitKind::Stack => Some("--stack"),
        LimitKind::Tables => Some("--max-tables"),
        LimitKind::Memories => Some("--max-memories"),
        LimitKind::Instances => Some("--max-instances"),
        LimitKind::Output => Some("--output-limit"),
        LimitKind::HostCall => Some("--host-call-limit"),
        LimitKind::Handles => Some("--max-handles"),
        LimitKind::Disk => Some("--disk"),
        LimitKind::Files => Some("--max-files"),
        // The engine's own, and new ones until they have a flag.
        _ => None,
    }
}

/// Returns why an execution has no result, with what to type against it.
pub(crate) fn told(failure: &Failure, grant: &Grant, set_by: &SetBy) -> String {
    match failure {
        Failure::LimitExceeded(exceeded) => limit(exceeded, set_by),
        Failure::Denied(violation) => hints::told(violation, grant),
        other => other.to_string(),
    }
}

/// Returns what to do about an entry that a module does not have, which exports these functions.
pub(crate) fn entry(name: &str, available: &[String]) -> String {
    // `add(2, 3)`, as other tools have it.
    if let Some((function, arguments)) =
        name.strip_suffix(')').and_then(|call| call.split_once('('))
    {
        let near = near::export(function, available).unwrap_or("EXPORT");
        let arguments = arguments
            .split(',')
            .map(|one| hints::for_a_shell(one.trim()));
        let arguments: Vec<_> = arguments.collect();
        let typed = hints::for_a_shell(&format!("--invoke={near}"));
        return format!(
            "arguments stand after `--`: `{typed} -- {}`",
            arguments.join(" ")
        );
    }
    match near::export(name, available) {
        Some(near) => format!(
            "did you mean `{}`?",
            hints::for_a_shell(&format!("--invoke={near}"))
        ),
        None => String::from(
            "`tollgate inspect MODULE` lists what can be called; name it with `--invoke`",
        ),
    }
}

fn limit(exceeded: &LimitExceeded, set_by: &SetBy) -> String {
    let Some(flag) = flag(exceeded.limit) else {
        return exceeded.to_string();
    };
    let (name, value) = (exceeded.limit.name(), exceeded.value);
    let mut had = typed(exceeded.limit, value);
    if exceeded.limit.unit() == "bytes" && had.ends_with(|last: char| last.is_ascii_digit()) {
        had.push_str(" bytes");
    }
    let by = set_by.of(flag);
    let by = by.map_or_else(String::new, |by| format!(", set by {by}"));
    match more(exceeded) {
        Some(more) => format!("{name} limit of {had} reached{by}; raise it with `{flag}={more}`"),
        None => format!("{name} limit of {had} reached{by}; `{flag}` takes no more than that"),
    }
}

/// Twice as much as a limit, and as often as what was refused needs, as its flag takes it; nothing where the flag takes no more.
fn more(exceeded: &LimitExceeded) -> Option<String> {
    let LimitExceeded {
        limit,
        value,
        needed,
    } = *exceeded;
    let mut more = value.checked_mul(2)?.max(1);
    while needed.is_some_and(|needed| more < needed) {
        more = more.checked_mul(2)?;
    }
    let more = match limit {
        LimitKind::Stack => more.min(*quantity::STACK_BYTES.end()),
        _ => more,
    };
    (more > value).then(|| typed(limit, more))
}

/// The value of a limit, as its flag takes it.
fn typed(limit: LimitKind, value: u64) -> String {
    match limit.unit() {
        "bytes" => quantity::typed_bytes(value),
        "ms" => quantity::typed_milliseconds(value),
        "gas" => quantity::typed_count(value),
        _ => value.to_string(),
    }
}

/// Returns what to add to the message of an error, as the rest of its sentence.
pub(crate) fn rest(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|layer| {
        if let Some(error) = layer.downcast_ref::<LoadError>() {
            load(error)
        } else if let Some(BuildError::Cache(error)) = layer.downcast_ref() {
            Some(cache(error))
        } else if let Some(BuildError::Compile(error)) = layer.downcast_ref() {
            compile(error)
        } else if let Some(ClientError::Refused { body, .. }) = layer.downcast_ref() {
            server(body.code)
        } else if let Some(error) = layer.downcast_ref() {
            compile(error)
        } else if let Some(error) = layer.downcast_ref() {
            source(error)
        } else if let Some(error) = layer.downcast_ref() {
            scan(error)
        } else {
            layer.downcast_ref().map(cache)
        }
    })
}

/// Returns the flag of the limit that an error is about, if it is about one.
pub(crate) fn limit_of(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|layer| {
        if let Some(LoadError::Source(error)) = layer.downcast_ref() {
            source_limit(error)
        } else if let Some(LoadError::Scan(error)) = layer.downcast_ref() {
            scan_limit(error)
        } else if let Some(LoadError::Compile(error)) = layer.downcast_ref() {
            compile_limit(error)
        } else if let Some(error) = layer.downcast_ref() {
            compile_limit(error)
        } else if let Some(error) = layer.downcast_ref() {
            source_limit(error)
        } else {
            layer.downcast_ref().and_then(scan_limit)
        }
    })
}

const fn source_limit(error: &SourceError) -> Option<&'static str> {
    match error {
        SourceError::TooLarge { .. } => Some("--module-size"),
        _ => None,
    }
}

const fn scan_limit(error: &ScanError) -> Option<&'static str> {
    match error {
        ScanError::Limit(_) => Some("--module-limit"),
        ScanError::Proposal { .. } | ScanError::Invalid { .. } | ScanError::Float { .. } => None,
    }
}

fn compile_limit(error: &CompileError) -> Option<&'static str> {
    match error {
        CompileError::Limit { limit, .. } => Some(compile_flag(*limit)),
        CompileError::Scan(error) => scan_limit(error),
        CompileError::TooLarge { .. } => Some("--module-size"),
        _ => None,
    }
}

fn server(code: ErrorCode) -> Option<String> {
    let advice = match code {
        ErrorCode::OverBudget => " (`--timeout` and `--memory` of a cast; `tollgate budget set`)",
        _ => return None,
    };
    Some(advice.to_owned())
}

fn load(error: &LoadError) -> Option<String> {
    match error {
        LoadError::Source(error) => source(error),
        LoadError::Scan(error) => scan(error),
        LoadError::Compile(error) => compile(error),
        _ => None,
    }
}

fn source(error: &SourceError) -> Option<String> {
    match error {
        SourceError::TooLarge { .. } => Some(String::from(" with `--module-size`")),
        SourceError::Read { name, source } => Some(near::file(Path::new(name), source)),
        _ => None,
    }
}

fn scan(error: &ScanError) -> Option<String> {
    match error {
        ScanError::Limit(exceeded) => {
            let (limit, found) = (exceeded.limit, exceeded.found);
            Some(format!(": `--module-limit {limit}={found}`"))
        }
        ScanError::Proposal { proposal, .. } => {
            let switch = proposal.switch()?;
            Some(format!(": `--proposal {}`", switch.name()))
        }
        ScanError::Invalid { .. } | ScanError::Float { .. } => None,
    }
}

fn compile(error: &CompileError) -> Option<String> {
    match error {
        CompileError::Limit { limit, more, .. } => {
            Some(format!(": `{}={more}`", compile_flag(*limit)))
        }
        CompileError::Scan(error) => scan(error),
        CompileError::TooLarge { .. } => Some(String::from("; raise it with `--module-size`")),
        _ => None,
    }
}

const fn compile_flag(limit: CompileLimit) -> &'static str {
    match limit {
        CompileLimit::Memory => "--compile-memory",
        // The wall time is as many times the CPU time as by default.
        CompileLimit::Cpu | CompileLimit::Wall => "--compile-time",
        CompileLimit::Artifact => "--code-size",
        CompileLimit::Metadata => "--metadata-size",
    }
}

fn cache(error: &CacheError) -> String {
    let choice = match error {
        CacheError::Folder { .. } => " with `--cache-dir`, or keep nothing with `--no-cache`",
        _ => " (choose another folder with `--cache-dir`, or keep nothing with `--no-cache`)",
    };
    choice.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_of_a_run_has_its_flag_and_twice_the_value() {
        let told = [
            (
                LimitKind::Gas,
                7,
                "gas limit of 7 reached; raise it with `--gas=14`",
            ),
            (
                LimitKind::Gas,
                1_000_000_000,
                "gas limit of 1G reached; raise it with `--gas=2G`",
            ),
            (
                LimitKind::Memory,
                64 << 20,
                "memory limit of 64MiB reached; raise it with `--memory=128MiB`",
            ),
            (
                LimitKind::Wall,
                1_500,
                "wall time limit of 1500ms reached; raise it with `--timeout=3s`",
            ),
            (
                LimitKind::Stack,
                48 << 20,
                "stack limit of 48MiB reached; raise it with `--stack=64MiB`",
            ),
            (
                LimitKind::Stack,
                64 << 20,
                "stack limit of 64MiB reached; `--stack` takes no more than that",
            ),
            (
                LimitKind::Output,
                0,
                "output limit of 0 bytes reached; raise it with `--output-limit=1`",
            ),
            (
                LimitKind::Handles,
                1_024,
                "open handle limit of 1024 reached; raise it with `--max-handles=2048`",
            ),
            (
                LimitKind::Disk,
                u64::MAX,
                "disk limit of 18446744073709551615 bytes reached; `--disk` takes no more than that",
            ),
            (
                LimitKind::Queue,
                7,
                "queue limit of 7 executions reached; try again, or raise `concurrent` or `queued` of the engine",
            ),
        ];
        for (kind, value, text) in told {
            let exceeded = LimitExceeded::new(kind, value);
            assert_eq!(limit(&exceeded, &SetBy::default()), text);
        }
    }

    #[test]
    fn the_flag_is_the_rest_of_the_sentence() {
        let error = SourceError::TooLarge {
            name: String::from("a.wasm"),
            bytes_max: 8,
        };
        let error = crate::error::CliError::new(crate::exit::Exit::Invalid, LoadError::from(error));
        let told = error.to_string();
        assert!(told.ends_with("bytes) with `--module-size`"), "{told}");
    }
}
