//! The report for people. Text that came from the guest is cleaned of control characters wherever it is shown.

use tollgate::gate::{NOBODY_TO_ASK, ShadowReport};
use tollgate::sandbox::limits::VIOLATIONS;
use tollgate::sandbox::{PolicySaid, Tier};
use tollgate::{Failure, LimitKind, Origin, Output, Profile, Report, Violation, Violations};

use crate::advice;
use crate::escapes::clean;
use crate::exit::Exit;
use crate::hints::{self, for_a_shell};
use crate::lesson::Taught;
use crate::load::less_jail;
use crate::progress::Voice;
use crate::quantity::{show_bytes, show_count, show_duration};
use crate::report::{Context, Notation};

/// Violations and stack frames shown; the rest is counted.
const LINES_SHOWN: usize = 8;

/// The whole report; only what went wrong where nothing else is to be said.
pub(crate) fn human(report: &Report, context: &Context, voice: Voice) -> String {
    let mut lines = problems(report, context);
    if voice == Voice::Heard {
        lines.extend(notes(context));
        lines.extend(numbers(report, context));
        lines.extend(report.shadow.iter().flat_map(shadow));
    }
    lines.extend(context.taught.iter().flat_map(Taught::told));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// What a policy would have said that was not enforced.
fn shadow(shadow: &ShadowReport) -> Vec<String> {
    let word = |said: PolicySaid| match said {
        PolicySaid::Allow => "allow",
        PolicySaid::Deny => "deny",
        PolicySaid::Ask => "ask",
    };
    let disagreed = match shadow.disagreed() {
        0 => String::from("agrees"),
        count => format!("disagrees {} times", show_count(count)),
    };
    let mut lines = vec![format!(
        "  shadow  `{}` {disagreed} in {} calls",
        clean(&shadow.name),
        show_count(shadow.calls)
    )];
    let counted = shadow.disagreements.iter().map(|one| {
        let (decided, said) = (word(one.decided), word(one.shadow));
        format!("    {decided} -> {said}: {}", show_count(one.count))
    });
    lines.extend(counted);
    if shadow.faults > 0 {
        lines.push(format!("    it failed {} times", show_count(shadow.faults)));
    }
    lines
}

fn problems(report: &Report, context: &Context) -> Vec<String> {
    let mut lines = Vec::new();
    // A reader that went away wanted no more, and is not told so.
    if let Err(failure) = &report.outcome.result
        && context.exit != Exit::Unheard
    {
        let told = advice::told(failure, &context.grant, &context.set_by);
        lines.push(format!("tollgate: {}", clean(&told)));
        if let Failure::Denied(violation) = failure {
            lines.extend(why(violation, context));
        }
        if let Failure::Trap(trap) = failure {
            let callers = trap.backtrace.iter().skip(1).take(LINES_SHOWN);
            lines.extend(
                callers.map(|frame| format!("    called from {}", clean(&frame.to_string()))),
            );
        }
        lines.extend(help(failure, context).map(|help| format!("  help: {help}")));
    }
    lines.extend(denials(report, context));
    if context.escapes_dropped > 0 {
        let count = context.escapes_dropped;
        lines.push(format!(
            "tollgate: kept {count} control sequences in the output from your terminal"
        ));
    }
    lines
}

/// What was refused on the way; what ended the run is said already.
fn denials(report: &Report, context: &Context) -> Vec<String> {
    let ended_by = match &report.outcome.result {
        Err(Failure::Denied(violation)) => Some(violation),
        _ => None,
    };
    let mut seen: Vec<(&Violation, usize)> = Vec::new();
    let Violations { listed, more } = &report.outcome.violations;
    let others = listed
        .iter()
        .filter(|one| ended_by.is_none_or(|by| !by.is_of(one)));
    for violation in others {
        match seen.iter_mut().find(|(known, _)| known.is_of(violation)) {
            Some((_, times)) => *times += 1,
            None => seen.push((violation, 1)),
        }
    }
    let shown = seen
        .iter()
        .take(LINES_SHOWN)
        .flat_map(|(violation, times)| {
            let times = if *times > 1 {
                format!(" ({times} times)")
            } else {
                String::new()
            };
            let told = hints::told(violation, &context.grant);
            let told = format!("tollgate: {}{times}", clean(&told));
            [told].into_iter().chain(why(violation, context))
        });
    let mut lines: Vec<_> = shown.collect();
    if seen.len() > LINES_SHOWN {
        lines.push(format!(
            "tollgate: and {} more denials; `--format json` lists them",
            seen.len() - LINES_SHOWN
        ));
    }
    if listed.iter().any(|one| one.detail.contains(NOBODY_TO_ASK)) {
        lines.push(String::from(
            "  help: there is no terminal to ask at; with `--approvals=STATE` somebody answers from another one",
        ));
    }
    if *more > 0 {
        lines.push(format!(
            "tollgate: and {more} denials that are counted alone: a report lists {VIOLATIONS}"
        ));
    }
    lines
}

/// What to type to learn more of a denial, if it is in a journal.
fn why(violation: &Violation, context: &Context) -> Option<String> {
    let (decision, journal) = (violation.decision?, context.journal.as_ref()?);
    let journal = for_a_shell(&format!("--journal={}", journal.display()));
    Some(format!(
        "  why: tollgate why {decision} {}",
        clean(&journal)
    ))
}

fn help(failure: &Failure, context: &Context) -> Option<String> {
    match failure {
        Failure::MissingExport {
            name,
            wanted: _,
            available,
        } => Some(clean(&advice::entry(name, available))),
        Failure::MissingImport { hint: None, .. } => Some(String::from(
            "`tollgate inspect MODULE` lists what the module wants from its host",
        )),
        Failure::BadArguments { .. } => Some(arguments_help(context.notation).to_owned()),
        Failure::NotJailed(error) => less_jail(error).map(str::to_owned),
        Failure::Internal { .. } | Failure::Crashed { .. } | Failure::Forbidden { .. } => {
            Some(String::from(
                "this is a bug in Tollgate; please report it with the output of `tollgate doctor --format json`",
            ))
        }
        _ => None,
    }
}

const fn arguments_help(notation: Notation) -> &'static str {
    match notation {
        Notation::Wave => {
            "`tollgate inspect MODULE` shows what it takes; a text has its quotation marks inside those of the shell \
             (`'\"text\"'`), names of fields have none, and `--input` takes JSON"
        }
        Notation::Other => "`tollgate inspect MODULE` shows what it takes",
    }
}

fn notes(context: &Context) -> Option<String> {
    let names = clean(&context.secrets_left_out.join(", "));
    (!names.is_empty()).then(|| {
        format!("tollgate: not passed on, because they look like secrets: {names}; name them with `--allow-env=NAME`")
    })
}

fn numbers(report: &Report, context: &Context) -> Vec<String> {
    let (usage, limits) = (report.usage(), &context.limits);
    let uncounted = match context.profile {
        Profile::Timed => " (instructions are not counted in this profile)",
        Profile::Metered | Profile::Isolated => "",
    };
    let line = |name: &str, text: String| format!("    {name:<9} {text}");
    let of = |used: String, limit: String| format!("{used} of {limit}");
    let mut lines = vec![
        format!("--- {} ({})", clean(&context.source), report.module),
        line("loaded", loaded(context)),
        line("result", result(report)),
        line(
            "gas",
            of(show_count(usage.gas), show_count(limits.gas)) + uncounted,
        ),
        line(
            "time",
            of(show_duration(usage.wall), show_duration(limits.wall))
                + &format!(", CPU {}", show_duration(usage.cpu)),
        ),
        line(
            "memory",
            of(
                show_bytes(usage.memory_bytes_peak),
                show_bytes(limits.memory_bytes),
            ),
        ),
        line(
            "output",
            of(
                show_bytes(usage.output_bytes),
                show_bytes(limits.output_bytes),
            ),
        ),
        line(
            "host",
            format!(
                "{} calls, {} gas, {}",
                show_count(usage.host_calls),
                show_count(usage.gas_host),
                show_bytes(usage.host_call_bytes)
            ),
        ),
    ];
    if (usage.disk_bytes, usage.disk_files) != (0, 0) {
        let bytes = of(show_bytes(usage.disk_bytes), show_bytes(limits.disk_bytes));
        let files = of(show_count(usage.disk_files), show_count(limits.disk_files));
        lines.push(line("disk", format!("{bytes}, {files} files")));
    }
    lines.push(line("cost", cost(report)));
    lines
}

/// The cost, and what was metered where a minimum hides it.
fn cost(report: &Report) -> String {
    if report.cost == report.metered {
        return report.cost.to_string();
    }
    format!("{} (minimum; metered {})", report.cost, report.metered)
}

fn loaded(context: &Context) -> String {
    let total = show_duration(context.timings.total);
    let (tier, made) = match context.tier {
        Tier::Speed => ("", ""),
        Tier::Quick => (
            " without optimisation (`--optimise` makes later runs faster)",
            ", compiled without optimisation",
        ),
    };
    match context.origin {
        Origin::Compiled => format!(
            "compiled{tier} in {}, {total} in all",
            show_duration(context.timings.compile)
        ),
        Origin::Disk => format!("from the cache{made}, {total} in all"),
        Origin::Memory => format!("loaded already{made}, {total} in all"),
    }
}

fn result(report: &Report) -> String {
    match &report.outcome.result {
        Ok(Output::Exit) => match report.outcome.exit_code {
            Some(code) => format!("exit code {code}"),
            None => "no exit code".to_owned(),
        },
        Ok(Output::Values(values)) if values.len() == 1 => "1 value".to_owned(),
        Ok(Output::Values(values)) => format!("{} values", values.len()),
        Ok(Output::Bytes(bytes)) => show_bytes(bytes.len() as u64),
        Ok(Output::Component { .. }) => "a component value".to_owned(),
        Err(Failure::LimitExceeded(exceeded)) => match exceeded.limit {
            LimitKind::Gas => "stopped: gas exhausted".to_owned(),
            limit => format!("stopped: {} limit", limit.name()),
        },
        Err(failure) => failure.kind().replace('-', " "),
    }
}
