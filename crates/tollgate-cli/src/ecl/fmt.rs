//! `tollgate ecl fmt`: rewrites files in the one layout.

use std::path::Path;

use clap::Args;
use serde_json::json;
use tollgate_ecl::Bundle;
use tollgate_ecl::tools::format::format;

use super::answer::{FormatArguments, print, print_json};
use super::source;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::output_file::OutputFile;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate ecl fmt policies/
  tollgate ecl fmt --check policies/    # exit code 1 when a file would change
  cat policy.ecl | tollgate ecl fmt -")]
pub(super) struct FmtArguments {
    /// Files or folders; `-` formats standard input to standard output
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Change nothing; name the files that would change, and end with 1 when there are any
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Unchanged,
    Changed,
    Invalid,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::Invalid => "invalid",
        }
    }
}

pub(super) fn run(arguments: &FmtArguments) -> CliResult<Exit> {
    let mut outcomes = Vec::new();
    for path in &arguments.paths {
        for file in source::files(path)? {
            let outcome = format_file(&file, arguments)?;
            outcomes.push((file, outcome));
        }
    }
    if arguments.format.json() {
        let files: Vec<_> = outcomes
            .iter()
            .map(|(file, outcome)| json!({ "file": file.to_string_lossy(), "outcome": outcome.word() }))
            .collect();
        print_json(&json!({ "files": files }))?;
    }
    let any = |wanted| outcomes.iter().any(|(_, outcome)| *outcome == wanted);
    Ok(if any(Outcome::Invalid) {
        Exit::Invalid
    } else if arguments.check && any(Outcome::Changed) {
        Exit::Guest(1)
    } else {
        Exit::Success
    })
}

fn format_file(path: &Path, arguments: &FmtArguments) -> CliResult<Outcome> {
    let text = source::read(path)?;
    let stdin = path == Path::new("-");
    let formatted = match format(&text) {
        Ok(formatted) => formatted,
        Err(diagnostics) => {
            source::report(&Bundle::single(source::name(path), text), &diagnostics);
            return Ok(Outcome::Invalid);
        }
    };
    let outcome = if formatted == text {
        Outcome::Unchanged
    } else {
        Outcome::Changed
    };
    if stdin && !arguments.check {
        print(&formatted)?;
    } else if outcome == Outcome::Changed {
        if !arguments.check {
            replace(path, &formatted)?;
        }
        if !arguments.format.json() {
            print(&format!("{}\n", path.display()))?;
        }
    }
    Ok(outcome)
}

/// Puts the new text in the file's place in one step, so that an interruption leaves either text.
fn replace(path: &Path, text: &str) -> CliResult<()> {
    let cannot = |e: std::io::Error| anyhow::anyhow!("cannot write `{}`: {e}", path.display());
    // A link stays a link: the file it names is replaced.
    let target = path
        .canonicalize()
        .map_err(cannot)
        .or_exit(Exit::NotFound)?;
    let permissions = std::fs::metadata(&target)
        .map_err(cannot)
        .or_exit(Exit::NotFound)?
        .permissions();
    if permissions.readonly() {
        return Err(cannot(std::io::ErrorKind::PermissionDenied.into())).or_exit(Exit::NotFound);
    }
    let written = OutputFile::check(&target).and_then(|file| file.write(text.as_bytes()));
    written.map_err(|error| CliError {
        exit: Exit::NotFound,
        ..error
    })
}
