//! `tollgate ecl build`: a policy as a WebAssembly module, with its types and a host in JavaScript.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tollgate::Digest;
use tollgate_ecl::engines::wasm;

use super::answer::{FormatArguments, print, print_json};
use super::policy::{ProgramArguments, select};
use super::source;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::outputs::Outputs;

/// What the host in JavaScript takes inputs and answers in with: the guest `ecl-host`.
const HOST_WASM: &[u8] = include_bytes!("../../../../guests/build/ecl-host.wasm");

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate ecl build charging.ecl -o charging.wasm
  tollgate ecl build policies/ --policy vehicle-charging -o charging.wasm --dts --js

The module runs wherever WebAssembly does; docs/policy-wasm.md has its calling convention. The program hash says what it was
built from; the SHA-256 is that of the file, to pin it by.")]
pub(super) struct BuildArguments {
    #[command(flatten)]
    program: ProgramArguments,
    /// The module to write; `-` is standard output, which then has nothing else
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Write the TypeScript declarations of its input and output beside it, as `.d.ts`
    #[arg(long)]
    dts: bool,
    /// Write a host in JavaScript for Node and browsers beside it, as `host.mjs` with `host.wasm`
    #[arg(long)]
    js: bool,
    /// Search lists and texts with vector instructions: for engines with the SIMD proposal
    #[arg(long)]
    simd: bool,
    #[command(flatten)]
    format: FormatArguments,
}

pub(super) fn run(arguments: &BuildArguments) -> CliResult<Exit> {
    let (sources, read) = source::compiled_from(&arguments.program.paths)?;
    let (_, program) = select(&sources, arguments.program.policy.as_deref())?;
    let options = wasm::Options {
        simd: arguments.simd,
    };
    let built =
        wasm::build_with(program, options).map_err(|error| CliError::new(Exit::Invalid, error))?;
    let mut outputs = Outputs::new(arguments.output.clone(), built.wasm.as_slice());
    if arguments.dts {
        outputs.add(
            arguments.output.with_extension("d.ts"),
            built.dts.as_bytes(),
        );
    }
    if arguments.js {
        outputs.add(
            arguments.output.with_file_name("host.mjs"),
            built.mjs.as_bytes(),
        );
        outputs.add(arguments.output.with_file_name("host.wasm"), HOST_WASM);
    }
    outputs.write(&read)?;
    if outputs.is_stream() {
        return Ok(Exit::Success);
    }
    let sha256 = Digest::of(&built.wasm).to_hex();
    let names = outputs.names();
    if arguments.format.json() {
        print_json(&json!({
            "policy": program.name,
            "program": program.hash,
            "sha256": sha256,
            "bytes": built.wasm.len(),
            "files": names,
        }))?;
    } else {
        print(&format!(
            "{}: {} bytes\nprogram {}\nsha256  {sha256}\n",
            names.join(", "),
            built.wasm.len(),
            program.hash,
        ))?;
    }
    Ok(Exit::Success)
}
