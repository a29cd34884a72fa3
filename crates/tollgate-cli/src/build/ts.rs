//! `tollgate build ts`: TypeScript becomes a module.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use tollgate::Digest;
use tollgate::source_files::Sources;
use tollgate_diagnostics::diagnostic::Diagnostic;
use tollgate_diagnostics::render::{Style, render, to_json};
use tollgate_diagnostics::source::Bundle;
use tollgate_forge::{Level, Options, compile};

use super::{bounded, project};
use crate::arguments::Format;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{answer, say};
use crate::outputs::Outputs;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate build ts math.ts
  tollgate build ts src/main.ts --project . -o main.wasm --emit dts

The language is a part of TypeScript with the integer types of AssemblyScript; docs/typescript.md has the table of what is
compiled. Imports are followed inside of the project folder alone.")]
pub(super) struct TsArguments {
    /// The file whose exports the module has
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The module to write; FILE with the ending `.wasm` if it is not given. `-` is standard output, which then has nothing else
    #[arg(long, short, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The folder that imports may not leave; that of FILE if it is not given
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// What the module is made good at
    #[arg(
        long,
        alias = "optimize",
        value_enum,
        default_value = "speed",
        value_name = "LEVEL"
    )]
    optimise: Optimise,
    /// Write this beside the module too: its text (`.wat`), or TypeScript declarations of its exports (`.d.ts`)
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    emit: Vec<Emit>,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "human", value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Optimise {
    /// Nothing is rewritten.
    None,
    /// A small module.
    Size,
    /// Less work when it runs.
    Speed,
    /// Less work, and it may be larger.
    Aggressive,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// The module as text.
    Wat,
    /// Declarations of its exports.
    Dts,
}

impl From<Optimise> for Level {
    fn from(level: Optimise) -> Self {
        match level {
            Optimise::None => Self::None,
            Optimise::Size => Self::Size,
            Optimise::Speed => Self::Speed,
            Optimise::Aggressive => Self::Aggressive,
        }
    }
}

pub(super) fn run(arguments: &TsArguments) -> CliResult<Exit> {
    bounded::within(&arguments.file, || compiled(arguments))
}

fn compiled(arguments: &TsArguments) -> CliResult<Exit> {
    let Sources { bundle, paths } = project::load(&arguments.file, arguments.project.as_deref())?;
    let options = Options {
        optimise: arguments.optimise.into(),
    };
    let compiled = compile(&bundle, 0, options);
    let Some(built) = compiled.built else {
        return refused(arguments.format, &bundle, &compiled.diagnostics);
    };
    let output = output(arguments)?;
    let wat = arguments.emit.contains(&Emit::Wat);
    let wat = wat.then(|| wasmprinter::print_bytes(&built.wasm));
    let wat = wat
        .transpose()
        .map_err(|error| CliError::new(Exit::Internal, error))?;
    let mut outputs = Outputs::new(output.clone(), &built.wasm);
    if let Some(wat) = &wat {
        outputs.add(output.with_extension("wat"), wat.as_bytes());
    }
    if arguments.emit.contains(&Emit::Dts) {
        outputs.add(output.with_extension("d.ts"), built.declarations.as_bytes());
    }
    outputs.write(&paths)?;
    if outputs.is_stream() {
        return Ok(Exit::Success);
    }
    let sha256 = Digest::of(&built.wasm).to_hex();
    let names = outputs.names();
    let bytes = built.wasm.len();
    let text = match arguments.format {
        Format::Human => format!("{}: {bytes} bytes\nsha256  {sha256}\n", names.join(", ")),
        Format::Json => {
            let value = json!({ "valid": true, "diagnostics": [], "files": names, "bytes": bytes, "sha256": sha256 });
            format!("{value:#}\n")
        }
    };
    answer(text.as_bytes())?;
    Ok(Exit::Success)
}

fn output(arguments: &TsArguments) -> CliResult<PathBuf> {
    let Some(given) = arguments.output.clone() else {
        return Ok(arguments.file.with_extension("wasm"));
    };
    if given
        .extension()
        .is_some_and(|extension| extension == "wat")
    {
        let message = format!(
            "`{}` is a name for text, and a module is bytes; name it `.wasm`, and take `--emit wat` for the text beside it",
            given.display()
        );
        return Err(CliError::message(Exit::Usage, message));
    }
    Ok(given)
}

/// Says why there is no module.
fn refused(format: Format, bundle: &Bundle, diagnostics: &[Diagnostic]) -> CliResult<Exit> {
    match format {
        Format::Human => {
            let text = render(bundle, diagnostics, Style::Colored);
            // That nobody reads it is not an error.
            drop(anstream::stderr().lock().write_all(text.as_bytes()));
            let count = diagnostics.iter().filter(|d| d.is_error()).count();
            let errors = if count == 1 {
                "1 error".to_owned()
            } else {
                format!("{count} errors")
            };
            say(&format!(
                "tollgate: {errors}; `tollgate build explain CODE` says more about a code"
            ));
        }
        Format::Json => {
            let list: Vec<Value> = diagnostics.iter().map(|d| to_json(bundle, d)).collect();
            let value = json!({ "valid": false, "diagnostics": list });
            answer(format!("{value:#}\n").as_bytes())?;
        }
    }
    Ok(Exit::Invalid)
}
