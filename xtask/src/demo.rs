//! `cargo xtask demo`: programs nobody vouched for, on real input: refused, granted, limited, and what each run cost; then a
//! policy that allows, asks and denies.
//!
//! Every step is a command line one could type. The demonstration fails when a step does not end as it should, so the
//! first thing a reader sees of the project is tested.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cargo;
use crate::{guests, paths};

struct Step {
    title: &'static str,
    arguments: &'static [&'static str],
    /// The exit code that shows that it went as it should.
    code: i32,
}

const FILE_ACCESS: &str = "examples/ecl/tools/file_access.ecl";

const STEPS: [Step; 11] = [
    Step {
        title: "A program without a grant cannot read anything; the missing grant is named",
        arguments: &["run", "guests/build/wordstat.wasm", "--", "docs"],
        code: 1,
    },
    Step {
        title: "With the grant it counts the words of this repository's documents",
        arguments: &[
            "run",
            "guests/build/wordstat.wasm",
            "--allow-read=docs",
            "--",
            "--top",
            "5",
            "docs",
        ],
        code: 0,
    },
    Step {
        title: "Reading is not writing: a report file needs its own grant",
        arguments: &[
            "run",
            "guests/build/wordstat.wasm",
            "--allow-read=docs",
            "--",
            "--out",
            "docs/words.txt",
            "docs",
        ],
        code: 1,
    },
    Step {
        title: "A loop without an end is stopped by its gas",
        arguments: &["run", "guests/build/spin.wasm", "--gas", "10M"],
        code: 152,
    },
    Step {
        title: "A memory bomb is stopped by the memory limit",
        arguments: &["run", "guests/build/memory-bomb.wasm", "--memory", "8MiB"],
        code: 137,
    },
    Step {
        title: "A sleep of a hundred years is stopped by the clock",
        arguments: &[
            "run",
            "guests/build/sleep.wasm",
            "--allow-clock",
            "--timeout",
            "200ms",
        ],
        code: 124,
    },
    Step {
        title: "JSON in, JSON out, in a module that imports nothing",
        arguments: &[
            "run",
            "guests/build/json-transform.wasm",
            "--invoke",
            "transform",
            "--input",
            r#"{"records":[{"city":"Oslo","kwh":12.5},{"city":"Bergen","kwh":4}],"steps":[{"filter":{"field":"kwh","at_least":10}}]}"#,
        ],
        code: 0,
    },
    Step {
        title: "A component with typed exports prices a basket",
        arguments: &[
            "run",
            "guests/build/pricing-component.wasm",
            "--invoke",
            "tollgate:pricing/quotes@0.1.0#price",
            "--input",
            r#"[{"customer":"Ada","tier":"gold","lines":[{"sku":"bolt","quantity":100,"unit-cents":12}],"coupon":null}]"#,
        ],
        code: 0,
    },
    Step {
        title: "What an agent's tool may do is a policy: it may write its output",
        arguments: &[
            "ecl",
            "eval",
            FILE_ACCESS,
            "--input",
            r#"{"access":{"path":"/project/out/report.html","mode":"Write"},"workspace":"/project/"}"#,
        ],
        code: 0,
    },
    Step {
        title: "A person is asked before it deletes a source",
        arguments: &[
            "ecl",
            "eval",
            FILE_ACCESS,
            "--input",
            r#"{"access":{"path":"/project/src/main.rs","mode":"Delete"},"workspace":"/project/"}"#,
        ],
        code: 2,
    },
    Step {
        title: "What climbs out of the project is denied",
        arguments: &[
            "ecl",
            "eval",
            FILE_ACCESS,
            "--input",
            r#"{"access":{"path":"/project/../etc/passwd","mode":"Read"},"workspace":"/project/"}"#,
        ],
        code: 1,
    },
];

pub(crate) fn run() -> Result<()> {
    guests::build()?;
    // The whole workspace, as the tests build it: one choice of features, so nothing is built twice.
    cargo::run(&mut cargo::cargo([
        "build",
        "--workspace",
        "--bin",
        "tollgate",
    ]))?;
    perform_steps()?;
    Ok(())
}

/// Performs every step with the command that is built; how many there are.
pub(crate) fn perform_steps() -> Result<usize> {
    let folder = paths::target().join("demo");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let mut rows = Vec::new();
    for (index, step) in STEPS.iter().enumerate() {
        let report = folder.join(format!("{}.json", index + 1));
        println!("\n{}. {}", index + 1, step.title);
        rows.extend(perform(step, &report)?);
    }
    println!("\nWhat it cost\n");
    println!(
        "  {:<28} {:>9} {:>14} {:>12} {:>12} {:>8}",
        "program", "ended", "gas", "time", "memory", "cost"
    );
    for row in rows {
        println!("  {row}");
    }
    println!(
        "\nThe reports are in `{}`. Next: docs/guide.md",
        folder.display()
    );
    Ok(STEPS.len())
}

/// Runs one step, with its output on this terminal, and returns its row of the table when it ran a program.
fn perform(step: &Step, report: &Path) -> Result<Option<String>> {
    let mut command = Command::new(paths::target().join("debug").join("tollgate"));
    command.current_dir(paths::root());
    let program = match step.arguments {
        ["run", program, rest @ ..] => {
            command.args(["run", program, "--report"]).arg(report);
            command.args(rest);
            Some(*program)
        }
        arguments => {
            command.args(arguments);
            None
        }
    };
    println!(
        "   $ tollgate {}\n",
        step.arguments
            .iter()
            .map(|argument| quoted(argument))
            .collect::<Vec<_>>()
            .join(" ")
    );
    let status = command
        .stdin(std::process::Stdio::null())
        .status()
        .context("cannot start `tollgate`")?;
    if status.code() != Some(step.code) {
        bail!(
            "`{}` should end with code {}, and ended with {status}",
            cargo::show(&command),
            step.code
        );
    }
    let Some(program) = program else {
        return Ok(None);
    };
    let text = fs::read_to_string(report)
        .with_context(|| format!("cannot read `{}`", report.display()))?;
    let report = serde_json::from_str(&text).context("the report is not JSON")?;
    row(program, &report).map(Some)
}

fn row(module: &str, report: &Value) -> Result<String> {
    let number = |pointer: &str| {
        report
            .pointer(pointer)
            .and_then(Value::as_u64)
            .with_context(|| format!("no `{pointer}` in the report"))
    };
    let text = |pointer: &str| {
        report
            .pointer(pointer)
            .and_then(Value::as_str)
            .with_context(|| format!("no `{pointer}` in the report"))
    };
    let program = module.rsplit('/').next().unwrap_or(module);
    let time = format!("{:.1} ms", number("/usage/wall_ns")? as f64 / 1e6);
    let memory = format!("{} KiB", number("/usage/memory_bytes_peak")? / 1024);
    Ok(format!(
        "{program:<28} {:>9} {:>14} {time:>12} {memory:>12} {:>8}",
        text("/status")?,
        number("/usage/gas")?,
        text("/cost/text")?
    ))
}

fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=/.:@#".contains(c);
    if argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{argument}'")
    }
}
