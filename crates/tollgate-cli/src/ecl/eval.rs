//! `tollgate ecl eval`: one decision, with its reasons and effects.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};
use tollgate_ecl::data::types::Type;
use tollgate_ecl::diagnostic::nearest;
use tollgate_ecl::host::outcome::{EffectRecord, word};
use tollgate_ecl::ir::EffectKind;
use tollgate_ecl::tools::advice::{Advice, advise};
use tollgate_ecl::tools::findings::{Finder, Found, findings};
use tollgate_ecl::{CompiledProgram, Decision, Program, Reasons, Redaction, Verdict, Vm};

use super::answer::{FormatArguments, print, print_json};
use super::decider::Decider;
use super::policy::{ProgramArguments, RequestArguments, select};
use super::source::{self, Source};
use crate::error::{CliError, CliResult, OrExit as _};
use crate::escapes::clean;
use crate::exit::Exit;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate ecl eval charging.ecl --input @request.json --facts facts.json
  tollgate ecl eval policies/ --policy vehicle-charging --input '{\"offer\": …}' --format json

Exit codes: 0 accept, 1 reject, 2 escalate, 3 evaluation error; 64 usage, 65 invalid program or input, 66 file not found.")]
pub(super) struct EvalArguments {
    #[command(flatten)]
    program: ProgramArguments,
    #[command(flatten)]
    request: RequestArguments,
    /// Show no value of a field of this name, nor what is computed from it; may be given several times
    #[arg(long, value_name = "FIELD")]
    redact: Vec<String>,
    #[command(flatten)]
    format: FormatArguments,
}

/// A decision with everything that belongs to it.
pub(super) struct Decided {
    pub(super) verdict: Verdict,
    /// The rule that decided.
    pub(super) rule: Option<Decider>,
    pub(super) reasons: Reasons,
    pub(super) effects: Vec<EffectRecord>,
    pub(super) output: Option<Value>,
    /// What constraints say that do not decide.
    pub(super) advice: Vec<Advice>,
    /// Every rule that holds.
    pub(super) found: Found,
}

pub(super) fn run(arguments: &EvalArguments) -> CliResult<Exit> {
    let sources = source::compiled(&arguments.program.paths)?;
    let decided = decide(
        &sources,
        arguments.program.policy.as_deref(),
        &arguments.request,
        &arguments.redact,
    )?;
    if arguments.format.json() {
        print_json(&to_json(&decided)?)?;
    } else {
        // Here only what does not hold; `explain` tells everything.
        let advice = decided.advice.iter().filter(|a| a.holds != Some(true));
        let advice = advice.map(Advice::headline);
        let lines = decided.reasons.lines_told().into_iter().chain(advice);
        print(&in_words(&decided, &lines.collect::<Vec<_>>()))?;
        if let Some(hint) = arguments.request.hint(&decided.verdict) {
            print(&hint)?;
        }
    }
    Ok(exit(&decided.verdict))
}

/// Evaluates with reasons.
pub(super) fn decide(
    sources: &[Source],
    policy: Option<&str>,
    request: &RequestArguments,
    redact: &[String],
) -> CliResult<Decided> {
    let (Source { bundle, compiled }, program) = select(sources, policy)?;
    let redaction = redaction(redact, program)?;
    let (json, input) = request.encoded(program, &redaction)?;
    let mut facts = request.facts(&redaction)?;
    let limits = request.limits(program);
    let machine = CompiledProgram::new(program.clone()).or_exit(Exit::Internal)?;
    let mut vm = Vm::new(Arc::new(machine));
    let mut explanation = vm.explain(&input, &mut facts, &limits);
    let (verdict, effects, output) = explanation.verdict.whole(vm.effects(), vm.output());
    explanation.verdict = verdict;
    let read = |ty: &Type, words: [u64; 2]| vm.read(ty, words);
    let mut reasons = Reasons::new(program, &explanation, &read, &redaction);
    let finder = Finder::of(compiled, program).or_exit(Exit::Internal)?;
    let found = findings(finder.as_ref(), &json, &mut facts, (&reasons, &redaction));
    reasons.fill_messages(&found);
    let rule = reasons.deciding();
    Ok(Decided {
        verdict,
        rule: rule.map(|rule| Decider::new(bundle, &rule.rule, &rule.place)),
        reasons,
        effects: redaction.effects(program, effects),
        output: redaction.output(program, output).map(|o| o.to_json()),
        found,
        advice: advise(compiled, program, &json, &mut facts, &redaction),
    })
}

/// What is not to be shown; an error if a name would hide nothing.
fn redaction(names: &[String], program: &Program) -> CliResult<Redaction> {
    let redaction = Redaction::of(names.iter().map(String::as_str));
    let Some(name) = redaction.unknown(program).first().copied() else {
        return Ok(redaction);
    };
    let fields = program.records.iter().flat_map(|record| &record.fields);
    let near = nearest(name, fields.map(|field| &*field.name));
    let near = near.map_or(String::new(), |near| {
        format!("; did you mean `--redact {near}`?")
    });
    let message = format!(
        "`--redact {name}` hides nothing: `{}` has no such field{near}",
        program.name
    );
    Err(CliError::message(Exit::Usage, message))
}

/// The exit code of a verdict.
pub(super) fn exit(verdict: &Verdict) -> Exit {
    Exit::Guest(match verdict.result {
        Ok(Decision::Accept) => 0,
        Ok(Decision::Reject) => 1,
        Ok(Decision::Escalate) => 2,
        Err(_) => 3,
    })
}

/// The decision, the lines that explain it, effects and gas.
pub(super) fn in_words(decided: &Decided, lines: &[String]) -> String {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail. Texts may come from an input: they get no control characters through.
        let _ = writeln!(out, "{}", clean(&text.to_string()));
    };
    match decided.verdict.result {
        Ok(decision) => line(format_args!("{}", word(decision))),
        Err(error) => line(format_args!("error {}: {error}", error.code())),
    }
    if let Some(message) = &decided.reasons.message {
        line(format_args!("  {message}"));
    }
    for reason in lines {
        line(format_args!("  {reason}"));
    }
    if let Some(rule) = &decided.rule {
        line(format_args!("{rule}"));
    }
    for violation in decided.found.violations() {
        line(format_args!("violation {}", violation.headline()));
    }
    match (decided.found.more, decided.found.error) {
        (0, None) => {}
        (more, None) => line(format_args!("and {more} findings more")),
        (_, Some(error)) => line(format_args!(
            "violations are not known: error {}: {error}",
            error.code()
        )),
    }
    if let Some(output) = &decided.output {
        line(format_args!("output {output}"));
    }
    for effect in &decided.effects {
        line(format_args!("effect {}", effect_in_words(effect)));
    }
    line(format_args!("gas {}", decided.verdict.gas.total()));
    out
}

fn effect_in_words(effect: &EffectRecord) -> String {
    let operands: Vec<String> = effect
        .operands
        .iter()
        .map(|v| v.to_json().to_string())
        .collect();
    let operands = operands.join(", ");
    match &effect.kind {
        EffectKind::Emit { event_type } => format!("emit(\"{event_type}\", {operands})"),
        EffectKind::Put { store } => format!("put(\"{store}\", {operands})"),
    }
}

fn to_json(decided: &Decided) -> CliResult<Value> {
    let reasons = serde_json::to_value(&decided.reasons).or_exit(Exit::Internal)?;
    let effects = serde_json::to_value(&decided.effects).or_exit(Exit::Internal)?;
    let code = decided.verdict.result.err().map(|e| e.code().to_string());
    let mut shown = json!({
        "decision": decided.verdict.result.ok().map(word),
        "error": code,
        "lines": decided.reasons.lines(),
        "reasons": reasons,
        "output": decided.output,
        "effects": effects,
        "gas": { "total": decided.verdict.gas.total(), "layers": decided.verdict.gas },
    });
    add_beside(decided, &mut shown);
    Ok(shown)
}

/// What is said beside the reasons: which rule decided, advice, the violations, how many are left out and why there are none.
pub(super) fn add_beside(decided: &Decided, shown: &mut Value) {
    let Found {
        findings: _,
        more,
        error,
        // The reasons have it.
        last_word: _,
    } = &decided.found;
    shown["rule"] = json!(decided.rule);
    shown["advice"] = json!(decided.advice);
    shown["violations"] = json!(decided.found.violations().collect::<Vec<_>>());
    shown["findings_left_out"] = json!(more);
    shown["findings_error"] = json!(error.map(|e| e.code().to_string()));
}
