//! What the subcommands that evaluate have in common: which program, with which input, facts and limits.

use std::path::Path;

use clap::Args;
use tollgate_ecl::host::input::Encoder;
use tollgate_ecl::{EvalError, GasLimits, Input, MemoryFacts, Program, Redaction, Verdict};

use super::source::Source;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::quantity;
use crate::sources::{self, read_bytes};

/// Bytes of an input or a facts file.
const JSON_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The program to evaluate.
#[derive(Args)]
pub(super) struct ProgramArguments {
    /// Files or folders of the bundle
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// Name or id of the policy or guard; needed when there are several
    #[arg(long, value_name = "NAME")]
    pub(super) policy: Option<String>,
}

/// What it is evaluated with.
#[derive(Args)]
pub(super) struct RequestArguments {
    /// The input as JSON, or `@FILE` with it (`@-` for standard input)
    #[arg(long, value_name = "JSON|@FILE")]
    pub(super) input: Option<String>,
    /// File of facts as JSON; without it the host knows nothing
    #[arg(long, value_name = "FILE")]
    pub(super) facts: Option<String>,
    /// Gas at most, over all layers; default: the limit of the program
    #[arg(long, value_name = "GAS", value_parser = quantity::gas)]
    pub(super) gas_limit: Option<u64>,
}

/// The program of that name or id, or the only one, with the source it is of.
pub(super) fn select<'s>(
    sources: &'s [Source],
    name: Option<&str>,
) -> CliResult<(&'s Source, &'s Program)> {
    let found = sources
        .iter()
        .flat_map(|s| s.compiled.programs.iter().map(move |p| (s, p)));
    let programs = || sources.iter().flat_map(|s| &s.compiled.programs);
    let wanted =
        |p: &Program| name.is_none_or(|name| *p.name == *name || p.id.as_deref() == Some(name));
    let found: Vec<_> = found.filter(|(_, program)| wanted(program)).collect();
    if let [only] = found.as_slice() {
        return Ok(*only);
    }
    let mut names: Vec<String> = programs().map(|p| format!("`{}`", p.name)).collect();
    names.dedup();
    let names = names.join(", ");
    let message = match name {
        _ if names.is_empty() => "the source has no policy and no guard".to_owned(),
        Some(name) if found.is_empty() => {
            format!("there is no policy or guard `{name}`; there are: {names}")
        }
        Some(name) => format!("several files declare `{name}`; name the file that is meant"),
        None => format!("choose one with --policy; there are: {names}"),
    };
    Err(CliError::message(Exit::Usage, message))
}

impl RequestArguments {
    /// The input as JSON text, which keeps every digit of its numbers; an empty object when none was given.
    pub(super) fn input(&self) -> CliResult<String> {
        let Some(text) = &self.input else {
            return Ok("{}".to_owned());
        };
        let (name, bytes) = match text.strip_prefix('@') {
            Some(path) => {
                let file = sources::Input::behind_at(path);
                (path, read_bytes(file, JSON_BYTES_MAX)?)
            }
            None => ("--input", text.clone().into_bytes()),
        };
        if let Some(wrong) = sources::not_json(name, &bytes) {
            let instead = match name {
                "--input" => sources::perhaps_a_file("--input", text).unwrap_or_default(),
                _ => String::new(),
            };
            return Err(CliError::message(Exit::Invalid, wrong + &instead));
        }
        let text = String::from_utf8(bytes);
        text.map_err(|error| {
            CliError::message(Exit::Invalid, format!("`{name}` is not JSON: {error}"))
        })
    }

    /// The input of a program.
    pub(super) fn encoded(
        &self,
        program: &Program,
        redaction: &Redaction,
    ) -> CliResult<(String, Input)> {
        let json = self.input()?;
        let input = Encoder::new(program).encode_str(&json).map_err(|e| {
            let e = redaction.input_error(e);
            let help = e.help.as_ref().map_or(String::new(), |h| format!("; {h}"));
            let name = &program.name;
            let message = match self.input {
                Some(_) => format!("the input does not fit `{name}`: {e}{help}"),
                None => format!(
                    "`{name}` needs an input, and there is none: {e}; give it with `--input JSON`, or `--input @FILE`"
                ),
            };
            CliError::message(Exit::Invalid, message)
        })?;
        Ok((json, input))
    }

    /// The facts that the host knows; what is hidden is not shown of a file that is none of facts.
    pub(super) fn facts(&self, redaction: &Redaction) -> CliResult<MemoryFacts> {
        let Some(path) = &self.facts else {
            return Ok(MemoryFacts::new());
        };
        // As `--input` has it.
        let path = path.strip_prefix('@').unwrap_or(path);
        let file = sources::Input::plain(Path::new(path));
        let bytes = read_bytes(file, JSON_BYTES_MAX)?;
        let invalid =
            |e: &dyn std::fmt::Display| CliError::message(Exit::Invalid, format!("`{path}`: {e}"));
        let text = String::from_utf8(bytes).map_err(|e| invalid(&e))?;
        MemoryFacts::from_json_str(&text).map_err(|e| invalid(&redaction.facts_error(e)))
    }

    /// What to do about an evaluation that ended for want of a fact, when no facts were given.
    pub(super) fn hint(&self, verdict: &Verdict) -> Option<String> {
        if let (Err(EvalError::GasExhausted { .. }), Some(limit)) =
            (&verdict.result, self.gas_limit)
        {
            return Some(format!(
                "help: `--gas-limit={limit}` bounds it; leave that out for the limit of the program\n"
            ));
        }
        let Err(EvalError::UnknownFact { kind, .. }) = verdict.result else {
            return None;
        };
        self.facts.is_none().then(|| {
            format!(
                "help: the host knows no facts: give `{}` and others with `--facts FILE` (docs/facts.md)\n",
                kind.name()
            )
        })
    }

    pub(super) fn limits(&self, program: &Program) -> GasLimits {
        let mut limits = program.gas_limits;
        if let Some(total) = self.gas_limit {
            limits.total = limits.total.min(total);
        }
        limits
    }
}
