//! What of the module is called, and with what: an export with its input or arguments, or the program's start.

use std::path::Path;

use tollgate::{ComponentArgs, Entry, Module, Signature, ValueType};

use crate::error::{CliError, CliResult, OrExit};
use crate::exit::Exit;
use crate::{near, sources};

/// What was typed of it.
#[derive(Clone, Copy)]
pub(crate) struct Called<'a> {
    /// The export; none for the start of a program.
    pub(crate) export: Option<&'a str>,
    /// As JSON, or `@FILE`.
    pub(crate) input: Option<&'a str>,
    /// As it is, or `@FILE`.
    pub(crate) input_text: Option<&'a str>,
    /// What stood after `--`.
    pub(crate) arguments: &'a [String],
}

/// The input that was read.
pub(crate) struct Input {
    bytes: Option<Vec<u8>>,
    pub(crate) from_stdin: bool,
}

impl Called<'_> {
    /// `--input` and `--input-text`: as typed, or from `@FILE`, in `bytes_max` bytes at most: it is what a host call moves. JSON
    /// that does not parse never reaches the module.
    pub(crate) fn input(self, bytes_max: u64) -> CliResult<Input> {
        let (text, is_json) = match (self.input, self.input_text) {
            (Some(text), _) => (text, true),
            (None, Some(text)) => (text, false),
            (None, None) => {
                return Ok(Input {
                    bytes: None,
                    from_stdin: false,
                });
            }
        };
        let file = text.strip_prefix('@').map(sources::Input::behind_at);
        let from_stdin = file.is_some_and(|file| file.is_stdin());
        let name = match text.strip_prefix('@') {
            None => "--input",
            Some(_) if from_stdin => "standard input",
            Some(path) => path,
        };
        let read = match file {
            Some(file) => file.read(bytes_max),
            None => Ok((text.len() as u64 <= bytes_max).then(|| text.to_owned().into_bytes())),
        };
        let bytes = read.map_err(|error| cannot_read(name, &error))?;
        let bytes = bytes.ok_or_else(|| too_large(name, bytes_max))?;
        if is_json && let Some(wrong) = sources::not_json(name, &bytes) {
            let instead = match file {
                None => sources::perhaps_a_file("--input", text),
                Some(_) => None,
            };
            let instead = instead.unwrap_or_else(|| {
                String::from("; for other input use `--input-text`, for a file `--input @FILE`")
            });
            return Err(CliError::message(Exit::Invalid, wrong + &instead));
        }
        Ok(Input {
            bytes: Some(bytes),
            from_stdin,
        })
    }
}

fn too_large(name: &str, bytes_max: u64) -> CliError {
    let message = format!(
        "input `{name}` is larger than the host call size limit of {bytes_max} bytes; split it, or raise the limit with \
         `--host-call-limit`"
    );
    CliError::message(Exit::Invalid, message)
}

fn cannot_read(name: &str, error: &std::io::Error) -> CliError {
    CliError::message(
        Exit::NotFound,
        format!(
            "cannot read input `{name}`: {error}{}",
            near::file(Path::new(name), error)
        ),
    )
}

impl Called<'_> {
    /// Where the execution begins: the program's start, or the export with the arguments its kind of module takes.
    pub(crate) fn entry(self, module: &Module, input: Input) -> CliResult<Entry> {
        let Some(export) = self.export.map(str::to_owned) else {
            return Ok(Entry::Start);
        };
        let args = self.arguments.to_vec();
        Ok(match (module.is_component(), input.bytes) {
            (true, Some(_)) if self.input_text.is_some() => {
                let message = format!(
                    "`{export}` is a function of a component, which takes JSON or arguments and no text: give `--input JSON`, or its \
                 arguments after `--`"
                );
                return Err(CliError::message(Exit::Usage, message));
            }
            (true, Some(bytes)) => {
                let json = String::from_utf8(bytes).or_exit(Exit::Invalid)?;
                Entry::Component {
                    export,
                    args: ComponentArgs::Json(json),
                }
            }
            (true, None) => Entry::Component {
                export,
                args: ComponentArgs::Wave(args.join(", ")),
            },
            (false, Some(input)) => {
                takes_bytes(&export, module.signature(&export))?;
                makes_room(module, &export)?;
                Entry::Bytes { export, input }
            }
            (false, None) => {
                takes_arguments(&export, module.signature(&export), args.len())?;
                Entry::CoreText { export, args }
            }
        })
    }
}

/// What functions take bytes: where they are and how many; the answer is the same in one number.
fn of_bytes() -> Signature {
    Signature::new([ValueType::I32, ValueType::I32], [ValueType::I64])
}

/// Refuses arguments where something else was meant: those of a program, or input.
fn takes_arguments(export: &str, signature: Option<Signature>, given: usize) -> CliResult<()> {
    let Some(signature) = signature else {
        return Ok(());
    };
    let message = if signature == of_bytes() && given != 2 {
        format!(
            "`{export}` takes {signature}, as functions of bytes do: give them with `--input JSON`, `--input-text TEXT` or `--input @FILE`, or \
             two numbers after `--`"
        )
    } else if signature.params.is_empty() && given > 0 {
        format!(
            "`{export}` takes no arguments, and what stands after `--` would be its own; only a program that is started, without `--invoke`, \
             gets arguments as a program does; leave them out, or give it variables with `--env=NAME=VALUE`"
        )
    } else {
        return Ok(());
    };
    Err(CliError::message(Exit::Usage, message))
}

/// Refuses input for a function that takes none. One that is not there is told when it is called.
fn takes_bytes(export: &str, signature: Option<Signature>) -> CliResult<()> {
    let bytes = of_bytes();
    let Some(other) = signature.filter(|signature| *signature != bytes) else {
        return Ok(());
    };
    let instead = match other.params.is_empty() {
        true => "it takes nothing, so leave the input out".to_owned(),
        false => {
            format!("give its arguments after `--`: `tollgate run … --invoke {export} -- ARGS`")
        }
    };
    let message = format!(
        "`{export}` takes no input: that is for functions {bytes}, and this one is {other}; {instead}"
    );
    Err(CliError::message(Exit::Usage, message))
}

/// Refuses input for a function whose module makes no room for it.
fn makes_room(module: &Module, export: &str) -> CliResult<()> {
    if !module.has_function(export) || module.has_function("alloc") {
        return Ok(());
    }
    let message = format!(
        "`{export}` cannot be given bytes: its module exports no `alloc`, which would make room for them (docs/abi.md); it is not made for \
         Tollgate's way of passing bytes"
    );
    Err(CliError::message(Exit::Invalid, message))
}

/// What the guest sees as its own name: the file's name without its folder.
pub(crate) fn program_name(module: &str) -> String {
    let name = module.split(['#', '?']).next().unwrap_or(module);
    name.rsplit(['/', '\\'])
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or(name)
        .to_owned()
}
